"""Writes src/formats/root/class-list-bytes.ts: ROOT's descriptions of the classes of one-dimensional histograms.

ROOT puts them into every file with a TH1F and a TH1D. We write the same bytes into ours, so that programs which know no
class by heart can read them, and use them for files that have no descriptions.

usage: python tools/golden/root-classes.py     (with the packages of requirements-root.txt)
"""

import base64
import os
import struct
import tempfile

import ROOT

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "classes.root")
    file = ROOT.TFile(path, "RECREATE", "", 0)  # not compressed
    for histogram in (ROOT.TH1D("d", "", 1, 0, 1), ROOT.TH1F("f", "", 1, 0, 1)):
        histogram.Write()
    file.Close()
    with open(path, "rb") as written:
        content = written.read()

_, begin, end, seek_free, nbytes_free, nfree, nbytes_name = struct.unpack(">7i", content[4:32])
seek_info, nbytes_info = struct.unpack(">2i", content[37:45])
record = content[seek_info : seek_info + nbytes_info]
nbytes, version, objlen, _, keylen = struct.unpack(">ihiIh", record[:16])
assert nbytes == nbytes_info == keylen + objlen, "compressed after all"
text = base64.b64encode(record[keylen:]).decode()

here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "../../src/formats/root/class-list-bytes.ts")
with open(target, "w") as out:
    out.write(
        "/**\n"
        f" * The class descriptions that ROOT {ROOT.__version__} writes into a file with a TH1D and a TH1F, base64; made by\n"
        " * tools/golden/root-classes.py. The references in them count from a record header of "
        f"{keylen} bytes.\n"
        " *\n"
        " * @module\n"
        " */\n\n"
        f"export const CLASS_LIST_HEADER = {keylen};\n\n"
        f'export const CLASS_LIST: string =\n  "{text}";\n'
    )
