#!/usr/bin/env python3
"""Archives of likelihoods, good and bad, and the folders that pyhf unpacks the good ones to.

usage: python tools/golden/archives.py
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Writes test/golden/archives/NAME, made by Python's zipfile and tarfile, and test/golden/archives.json: for every good one the
files that `pyhf contrib download` leaves, by path with their content. pyhf is not asked about the bad ones: it would write
where they say.
"""

import gzip
import io
import json
import random
import stat
import string
import struct
import tarfile
import tempfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyhf
from pyhf.contrib.utils import download

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "test" / "golden" / "archives"
TIME = (2026, 1, 1, 0, 0, 0)

FILES = {
    "BkgOnly.json": '{"channels": []}\n' * 40,
    "patchset.json": '{"patches": []}\n',
    "README.md": "# Likelihood\n",
}
NESTED = {"SR/BkgOnly.json": "one\n", "SR/deep/er/patchset.json": "two\n", "empty.txt": "", "CR/BkgOnly.json": "three\n"}
LONG = {f"{'folder-' * 12}/{'name-' * 20}{i}.json": f"{i}\n" for i in range(2)} | {"é/ü.json": "é\n"}


def make_zip(entries, compression=zipfile.ZIP_DEFLATED, mode=stat.S_IFREG | 0o644):
    """Entries are pairs of name and content; a name that ends in a slash is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo("x", TIME)
            # Afterwards: the constructor and the property repair names.
            info.filename = name
            info.compress_type = compression
            info.create_system = 3
            info.external_attr = ((stat.S_IFDIR | 0o755) if name.endswith("/") else mode) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def make_tar(entries, compress=True, kind=tarfile.REGTYPE, format=tarfile.PAX_FORMAT, **fields):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if name.endswith("/") else kind
            data = content.encode()
            info.size = len(data) if info.type == tarfile.REGTYPE else 0
            for key, value in fields.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0) if compress else buffer.getvalue()


def under(folder, entries):
    return [(f"{folder}/", ""), *((f"{folder}/{name}", content) for name, content in entries.items())]


def replaced(data, old, new, count=-1):
    if old not in data:
        raise RuntimeError(f"no {old!r}")
    return data.replace(old, new, count)


def with_flag(data, flag):
    """Sets a bit of the general purpose flag of the only entry, in both headers."""
    local = data.index(b"PK\x03\x04") + 6
    central = data.index(b"PK\x01\x02") + 8
    out = bytearray(data)
    for at in (local, central):
        struct.pack_into("<H", out, at, struct.unpack_from("<H", out, at)[0] | flag)
    return bytes(out)


GOOD = {
    "flat.tar.gz": make_tar(FILES.items()),
    "flat.tar": make_tar(FILES.items(), compress=False),
    "dot.tar.gz": make_tar([("./", ""), *((f"./{name}", content) for name, content in FILES.items())]),
    "folder.tar.gz": make_tar(under("likelihoods", FILES)),
    "nested.tar.gz": make_tar(NESTED.items()),
    "long-pax.tar.gz": make_tar(LONG.items()),
    "long-gnu.tar.gz": make_tar(LONG.items(), format=tarfile.GNU_FORMAT),
    "folder.zip": make_zip(under("likelihoods", FILES)),
    "stored.zip": make_zip(under("likelihoods", FILES), zipfile.ZIP_STORED),
    "nested.zip": make_zip(under("likelihoods", NESTED)),
    "no-folder-entries.zip": make_zip([(f"likelihoods/{name}", content) for name, content in NESTED.items()]),
    "long.zip": make_zip(under("likelihoods", LONG)),
}
# Those that pyhf makes something else of, by the order in which a folder is listed.
OURS = {
    "flat.zip": make_zip(FILES.items()),
    "macos.zip": make_zip([*under("likelihoods", FILES), ("__MACOSX/", ""), ("__MACOSX/._likelihoods", "x")]),
}

ONE = make_zip([("a.json", "content " * 20)], zipfile.ZIP_STORED)
DEFLATED = make_zip([("a.json", "content " * 20)])
RANDOM = "".join(random.Random(1).choices(string.ascii_letters, k=4000))
BAD = {
    "parent.zip": make_zip([("a.json", "a"), ("../evil.json", "evil")]),
    "parent.tar.gz": make_tar([("a.json", "a"), ("b/../../evil.json", "evil")]),
    "absolute.zip": make_zip([("/tmp/evil.json", "evil")]),
    "absolute.tar.gz": make_tar([("/tmp/evil.json", "evil")]),
    "backslash.zip": make_zip([("..\\evil.json", "evil")]),
    "backslash.tar.gz": make_tar([("a\\..\\..\\evil.json", "evil")]),
    "drive.zip": make_zip([("C:/evil.json", "evil")]),
    "drive.tar.gz": make_tar([("C:evil.json", "evil")]),
    "dots-and-space.tar.gz": make_tar([("a/.. /evil.json", "evil")]),
    "control-character.tar.gz": make_tar([("a\x1b[2J.json", "evil")]),
    "not-utf8.tar.gz": make_tar([("a\udcff.json", "evil")], format=tarfile.GNU_FORMAT),
    "symlink.tar.gz": make_tar([("link", "")], kind=tarfile.SYMTYPE, linkname="/etc"),
    "through-symlink.tar.gz": None,
    "hardlink.tar.gz": make_tar([("link", "")], kind=tarfile.LNKTYPE, linkname="/etc/passwd"),
    "symlink.zip": make_zip([("link", "/etc")], mode=stat.S_IFLNK | 0o777),
    "fifo.tar.gz": make_tar([("pipe", "")], kind=tarfile.FIFOTYPE),
    "device.tar.gz": make_tar([("disk", "")], kind=tarfile.BLKTYPE, devmajor=8),
    "device.zip": make_zip([("disk", "")], mode=stat.S_IFBLK | 0o666),
    "sparse.tar.gz": make_tar([("holes", "x")], pax_headers={"GNU.sparse.major": "1", "GNU.sparse.name": "holes"}),
    "twice.tar.gz": make_tar([("a.json", "one"), ("./a.json", "two")]),
    "twice.zip": make_zip([("a.json", "one"), ("b.json", "x"), ("a.json", "two")]),
    "file-and-folder.tar.gz": make_tar([("a", "one"), ("a/b.json", "two")]),
    "folder-and-file.zip": make_zip([("a/b.json", "one"), ("a", "two")]),
    "name-too-long.tar.gz": make_tar([("n" * 300, "x")]),
    "encrypted.zip": with_flag(DEFLATED, 1),
    "lzma.zip": make_zip([("a.json", "x" * 100)], zipfile.ZIP_LZMA),
    "wrong-checksum.zip": replaced(ONE, b"content content", b"CONTENT content"),
    "wrong-size.zip": replaced(DEFLATED, struct.pack("<L", 160), struct.pack("<L", 100)),
    "cut.zip": DEFLATED[:-20],
    "cut.tar.gz": make_tar([("a.json", RANDOM)])[:2000],
    "cut.tar": make_tar([("a.json", RANDOM)], compress=False)[:2000],
    "wrong-checksum.tar": replaced(make_tar([("a.json", "x")], compress=False), b"a.json", b"b.json"),
    "wrong-checksum.tar.gz": (lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:])(make_tar([("a.json", RANDOM)])),
    "nothing.zip": make_zip([]),
    "folders-only.tar.gz": make_tar([("a/", "")]),
    "workspace.json.gz": gzip.compress(b'{"channels": []}', mtime=0),
    "other.tar.xz": None,
    "other.tar.bz2": None,
    "page.html": b"<!doctype html><title>Sign in</title>\n",
    "empty": b"",
}


def through_symlink():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        link = tarfile.TarInfo("out")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        archive.addfile(link)
        file = tarfile.TarInfo("out/evil.json")
        file.size = 4
        archive.addfile(file, io.BytesIO(b"evil"))
    return zero_time(buffer.getvalue())


def zero_time(data):
    return data[:4] + bytes(4) + data[8:]


def compressed(kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{kind}") as archive:
        archive.addfile(tarfile.TarInfo("a.json"), io.BytesIO())
    return buffer.getvalue()


BAD["through-symlink.tar.gz"] = through_symlink()
BAD["other.tar.xz"] = compressed("xz")
BAD["other.tar.bz2"] = compressed("bz2")


def pyhf_unpacks(data):
    """The files that pyhf leaves, by their paths."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "likelihoods"
            download(f"http://127.0.0.1:{server.server_port}/archive", target, force=True)
            found = sorted(path for path in target.rglob("*") if path.is_file())
            return {path.relative_to(target).as_posix(): path.read_text(encoding="utf-8") for path in found}
    finally:
        server.shutdown()
        server.server_close()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in {**GOOD, **OURS, **BAD}.items():
        (FOLDER / name).write_bytes(data)
    answers = {
        "pyhf": pyhf.__version__,
        "good": {name: pyhf_unpacks(data) for name, data in GOOD.items()},
        "files": FILES,
        "bad": list(BAD),
    }
    text = json.dumps(answers, indent=1, ensure_ascii=False)
    (FOLDER.parent / "archives.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
