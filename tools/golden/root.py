"""Writes, beside each ROOT file, NAME.uproot.json: what uproot reads from it.

Histograms with all numbers where they are few, else as digests; columns of trees and ntuples as digests of their canonical
bytes (see `canonical`), which test/formats/root/canonical.ts makes, too.

With --summary, one digest for each object of the files below a folder instead, into OUT.json: for files that are not part
of the project.

usage: python tools/golden/root.py [--summary OUT.json FOLDER]     (with the packages of requirements-root.txt)
"""

import glob
import hashlib
import json
import os
import struct
import sys

import awkward as ak
import numpy as np
import uproot

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../test/golden/root")
SHOWN = 16
# What uproot 5.7.7 reads wrongly: after an empty text it loses its place. ROOT's texts are in empty-chars.root.json.
WRONG = {"empty_chars": "wrong in uproot"}


def digest(content):
    return hashlib.sha256(content).hexdigest()[:32]


def numbers(array):
    """All numbers, or their digest."""
    array = np.asarray(array, dtype="<f8")
    return array.tolist() if array.size <= SHOWN else digest(array.tobytes())


def canonical(layout):
    """Bytes that say what a column holds, whatever holds it: kind, lengths, then content."""
    if layout.is_record:
        names = layout.fields
        if layout.is_tuple:
            names = [f"_{i}" for i in range(len(names))]
        parts = [b"r"]
        for name, content in zip(names, layout.contents):
            parts.append(name.encode() + b"\0" + canonical(content[: len(layout)]))
        return b"".join(parts)
    if layout.is_option:
        # A list of one item or none.
        there = ~np.asarray(ak.is_none(layout))
        offsets = np.concatenate([[0], np.cumsum(there)]).astype("<i8")
        return b"l" + offsets.tobytes() + canonical(ak.to_layout(ak.drop_none(layout)))
    if layout.parameter("__array__") == "string":
        texts = [text.encode() for text in ak.to_list(layout)]
        return b"s" + b"".join(struct.pack("<I", len(text)) + text for text in texts)
    if layout.is_indexed:
        return canonical(layout.project())
    if layout.is_regular:
        content = layout.content[: len(layout) * layout.size]
        return b"a" + struct.pack("<q", layout.size) + canonical(content)
    if layout.is_list:
        layout = layout.to_ListOffsetArray64(True)
        offsets = np.asarray(layout.offsets, dtype="<i8")
        return b"l" + offsets.tobytes() + canonical(layout.content[: offsets[-1]])
    if layout.is_numpy:
        data = np.asarray(layout.data)
        if data.ndim > 1:
            inner = ak.contents.NumpyArray(data.reshape(-1, *data.shape[2:]))
            return b"a" + struct.pack("<q", data.shape[1]) + canonical(inner)
        if data.dtype == np.float16:
            data = data.astype("f4")
        return b"n" + data.dtype.name.encode() + b"\0" + data.astype(data.dtype.newbyteorder("<")).tobytes()
    if layout.is_unknown:
        return b""
    raise TypeError(type(layout).__name__)


def histogram(h):
    axes = h.axes if hasattr(h, "axes") else [h.axis()]
    labels = h.axis(0).labels()
    record = {
        "title": h.title,
        "edges": [numbers(axis.edges()) for axis in axes],
        "values": numbers(h.values().ravel()),
        "variances": numbers(h.variances().ravel()),
        "weighted": bool(h.weighted),
        "entries": float(h.member("fEntries")),
        "outside": float(h.values(flow=True).sum(dtype="f8") - h.values().sum(dtype="f8")),
    }
    if labels is not None:
        record["labels"] = list(labels)
    return record


def tree_columns(tree):
    for name, branch in tree.items(recursive=True):
        grouped = isinstance(branch.interpretation, uproot.interpretation.grouped.AsGrouped)
        if grouped and len(branch.branches) > 0 and not branch.member("fType", none_if_missing=True) in (3, 4):
            continue
        if grouped or name in WRONG:
            yield name, WRONG.get(name)
            continue
        try:
            layout = ak.to_layout(branch.array())
        except Exception as error:  # noqa: BLE001  (uproot raises many kinds)
            yield name, f"{type(error).__name__}"
            continue
        if layout.is_record:
            for leaf in layout.fields:
                yield f"{name}.{leaf}", layout.content(leaf)
        else:
            yield name, layout


def ntuple_columns(ntuple):
    for field in ntuple.fields:
        try:
            yield field.name, ak.to_layout(field.array())
        except Exception as error:  # noqa: BLE001
            yield field.name, f"{type(error).__name__}"


def table(columns, entries):
    record = {}
    for name, layout in columns:
        if layout is None or isinstance(layout, str):
            record[name] = {"unreadable": layout or "grouped"}
            continue
        try:
            record[name] = {"type": str(layout.form.type), "digest": digest(canonical(layout))}
        except TypeError as error:
            record[name] = {"unreadable": str(error)}
    return {"entries": int(entries), "columns": record}


def describe(path):
    objects = []
    with uproot.open(path) as file:
        for name, class_name in file.classnames(recursive=True).items():
            if class_name in ("TDirectory", "TDirectoryFile"):
                continue
            record = {"key": name, "class": class_name}
            if class_name.startswith(("TH1", "TH2", "TH3")):
                record["histogram"] = histogram(file[name])
            elif class_name in ("TTree", "TNtuple"):
                record["table"] = table(tree_columns(file[name]), file[name].num_entries)
            elif class_name == "ROOT::RNTuple":
                record["table"] = table(ntuple_columns(file[name]), file[name].num_entries)
            objects.append(record)
    return {"provenance": f"uproot {uproot.__version__}", "objects": objects}


def summary(record):
    """One digest of an object: of lines that say what is in it."""
    if "histogram" in record:
        h = record["histogram"]
        lines = [record["class"], h["title"], *map(digest_of, h["edges"]), digest_of(h["values"])]
        lines += [digest_of(h["variances"]), str(h["weighted"]).lower(), digest_of([h["entries"]])]
    else:
        columns = record["table"]["columns"]
        lines = [record["class"], str(record["table"]["entries"])]
        lines += [f"{name} {columns[name].get('digest')}" for name in sorted(columns)]
    return digest("\n".join(lines).encode())


def digest_of(values):
    return values if isinstance(values, str) else digest(np.asarray(values, dtype="<f8").tobytes())


def summarise(target, folder):
    files = {}
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.root"), recursive=True)):
        record = describe(path)
        files[os.path.relpath(path, folder)] = {o["key"]: summary(o) for o in record["objects"]}
    with open(target, "w") as out:
        json.dump({"provenance": f"uproot {uproot.__version__}", "files": files}, out, indent=1)
        out.write("\n")


def main():
    if sys.argv[1:2] == ["--summary"]:
        return summarise(*sys.argv[2:])
    # uproot refuses the compression of before ROOT 3: that file has the contents of tree-zlib, which root-files.py checks.
    usual = [path for path in glob.glob(os.path.join(FOLDER, "*.root")) if "deflate" not in path]
    for path in sorted(usual):
        record = describe(path)
        target = os.path.splitext(path)[0] + ".uproot.json"
        with open(target, "w") as out:
            json.dump(record, out, indent=1, ensure_ascii=False)
            out.write("\n")
        print(os.path.basename(target), len(record["objects"]), "objects")


if __name__ == "__main__":
    sys.exit(main())
