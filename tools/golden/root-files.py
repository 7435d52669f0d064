"""Writes test/golden/root/NAME.root: small ROOT files with everything that is read from such files.

By ROOT itself, by uproot, and one with the compression of before ROOT 3, which neither writes any more. The bytes differ from
run to run (dates and identifiers), the contents do not. Run tools/golden/root.py afterwards.

usage: python tools/golden/root-files.py     (with the packages of requirements.txt)
"""

import json
import os
import subprocess
import sys
import zlib
from array import array

import awkward as ak
import numpy as np
import ROOT
import uproot

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../test/golden/root")
ENTRIES = 60

with open(os.path.join(HERE, "root-files.cpp")) as code:
    ROOT.gInterpreter.Declare(code.read())


def path_of(name):
    return os.path.join(FOLDER, f"{name}.root")


def histograms(name, compression):
    file = ROOT.TFile(path_of(name), "RECREATE", "", compression)
    rng = np.random.default_rng(1)
    for kind in "CSIFDL":
        h = getattr(ROOT, f"TH1{kind}")(f"h{kind}", f"type {kind};x;events", 7, -1.3, 2.9)
        for value in rng.normal(0.5, 1.5, 200):
            h.Fill(value)
        h.Write()
    weighted = ROOT.TH1D("weighted", "with weights", 5, array("d", [0, 0.1, 0.25, 1, 3, 10]))
    weighted.Sumw2()
    for value, weight in zip(rng.exponential(2, 100), rng.normal(1, 0.7, 100)):
        weighted.Fill(value, weight)
    weighted.Write()
    weighted.Scale(2)
    weighted.Write()  # cycle 2
    labels = ROOT.TH1F("labels", "\u00b5 and labels", 3, 0, 3)
    for i, label in enumerate(["one", "two", "three"]):
        labels.GetXaxis().SetBinLabel(i + 1, label)
        labels.SetBinContent(i + 1, 0.1 * (i + 1))
    function = ROOT.TF1("function", "gaus", 0, 3)
    labels.GetListOfFunctions().Add(function.Clone())
    labels.Write()
    inner = file.mkdir("signal", "a folder").mkdir("region one")
    inner.cd()
    th2 = ROOT.TH2D("th2", "2D", 3, 0, 3, 4, array("d", [0, 1, 2, 4, 8]))
    th3 = ROOT.TH3F("th3", "3D", 2, 0, 1, 3, 0, 1, 4, 0, 1)
    th3.Sumw2()
    for x, y, z, w in rng.uniform(-0.2, 1.2, (300, 4)):
        th2.Fill(3 * x, 8 * y)
        th3.Fill(x, y, z, w)
    th2.Write()
    th3.Write()
    ROOT.TNamed("note", "not a histogram").Write()
    profile = ROOT.TProfile("profile", "", 3, 0, 3)
    profile.Fill(1, 2)
    profile.Write()
    file.mkdir("empty")
    ROOT.TH1D("long" * 80, "a name of 320 bytes", 1, 0, 1).Write()
    file.Close()


def tree(name, compression, basket=400, entries=ENTRIES):
    file = ROOT.TFile(path_of(name), "RECREATE", "", compression)
    t = ROOT.TTree("events", "all kinds of branches")
    scalars = {
        "i8": ("B", "b"), "u8": ("b", "B"), "i16": ("S", "h"), "u16": ("s", "H"), "i32": ("I", "i"),
        "u32": ("i", "I"), "i64": ("L", "q"), "u64": ("l", "Q"), "f32": ("F", "f"), "f64": ("D", "d"),
        "flag": ("O", "B"), "d32": ("d", "d"),
    }
    buffers = {}
    for key, (leaf, code) in scalars.items():
        buffers[key] = array(code, [0])
        t.Branch(key, buffers[key], f"{key}/{leaf}", basket)
    fixed = array("f", [0] * 3)
    matrix = array("i", [0] * 6)
    n = array("i", [0])
    counted = array("d", [0] * 10)
    pairs = array("h", [0] * 20)
    t.Branch("fixed", fixed, "fixed[3]/F", basket)
    t.Branch("matrix", matrix, "matrix[2][3]/I", basket)
    t.Branch("n", n, "n/I", basket)
    t.Branch("counted", counted, "counted[n]/D", basket)
    t.Branch("pairs", pairs, "pairs[n][2]/S", basket)
    leaves = ROOT.GoldenLeaves()
    t.Branch("leaves", ROOT.addressof(leaves), "a/F:b[2]/I:c/D", basket)
    vectors = {
        "v_float": "float", "v_int": "int", "v_double": "double", "v_bool": "bool", "v_short": "short",
        "v_u64": "unsigned long", "v_string": "std::string", "vv_float": "std::vector<float>",
        "vvv_int": "std::vector<std::vector<int>>", "vv_string": "std::vector<std::string>",
    }
    held = {key: ROOT.std.vector[inner]() for key, inner in vectors.items()}
    for key, vector in held.items():
        t.Branch(key, vector, basket)
    text = ROOT.std.string("")
    t.Branch("text", text, basket)
    chars = bytearray(300)
    t.Branch("chars", chars, "chars/C", basket)
    empty_chars = bytearray(30)
    t.Branch("empty_chars", empty_chars, "empty_chars/C", basket)
    rng = np.random.default_rng(2)
    for i in range(entries):
        for key, (_, code) in scalars.items():
            if code in "fd":
                buffers[key][0] = rng.normal() * 10.0 ** (i % 30 - 15)
            elif key == "flag":
                buffers[key][0] = i % 3 == 0
            else:
                size = 8 * buffers[key].itemsize
                low = -(1 << (size - 1)) if code.islower() else 0
                buffers[key][0] = int(rng.integers(low, low + (1 << size) - 1, dtype=np.int64 if code.islower() else np.uint64, endpoint=True))
        fixed[:] = array("f", rng.normal(size=3).astype("f4"))
        matrix[:] = array("i", [int(x) for x in rng.integers(-9, 9, 6)])
        n[0] = int(rng.integers(0, 10)) if i != 7 else 0
        counted[:] = array("d", rng.normal(size=10))
        pairs[:] = array("h", [int(x) for x in rng.integers(-999, 999, 20)])
        leaves.a, leaves.c = float(np.float32(rng.normal())), rng.normal()
        leaves.b[0], leaves.b[1] = i, -i
        for key in ("v_float", "v_double", "v_int", "v_bool", "v_short", "v_u64"):
            held[key].clear()
            for x in rng.integers(0, 2 if key == "v_bool" else 1000, rng.integers(0, 6)):
                held[key].push_back(float(x) / 7 if key in ("v_float", "v_double") else int(x))
        held["v_string"].clear()
        held["vv_float"].clear()
        held["vvv_int"].clear()
        held["vv_string"].clear()
        for j in range(int(rng.integers(0, 4))):
            held["v_string"].push_back("s" * (300 if (i, j) == (3, 0) else j + i % 5))
            held["vv_float"].push_back(ROOT.std.vector["float"]([float(x) for x in rng.normal(size=rng.integers(0, 4))]))
            inner = ROOT.std.vector["std::vector<int>"]()
            for k in range(j):
                inner.push_back(ROOT.std.vector["int"](range(k)))
            held["vvv_int"].push_back(inner)
            held["vv_string"].push_back(ROOT.std.vector["std::string"]([f"{i}", f"{j}\u00b5"][: j % 3]))
        text.assign("long " * 60 if i == 5 else f"entry {i}"[: i % 9])
        word = ("c" * (280 if i == 9 else 1 + i % 7)).encode() + b"\0"
        chars[: len(word)] = word
        word = (f"word {i}"[: i % 4 * 2]).encode() + b"\0"
        empty_chars[: len(word)] = word
        t.Fill()
    t.Write()
    ntuple = ROOT.TNtuple("ntuple", "", "x:y")
    for i in range(5):
        ntuple.Fill(i, -i)
    ntuple.Write()
    ROOT.TTree("nothing", "no branches").Write()
    none = ROOT.TTree("none", "no entries")
    none.Branch("x", fixed, "x/F")
    none.Branch("v", held["v_float"])
    none.Write()
    file.Close()


def no_offsets():
    """A tree whose baskets leave out where entries begin, as the counts of another branch say it."""
    file = ROOT.TFile(path_of("no-offsets"), "RECREATE", "", 0)
    t = ROOT.TTree("t", "")
    features = ROOT.ROOT.TIOFeatures()
    features.Set("kGenerateOffsetMap")
    t.SetIOFeatures(features)
    n, v = array("i", [0]), array("f", [0] * 3)
    t.Branch("n", n, "n/I")
    t.Branch("v", v, "v[n]/F")
    for i in range(9):
        n[0] = i % 4
        v[:] = array("f", [i, 2 * i, 3 * i])
        t.Fill()
    t.Write()
    file.Close()


def deflated(raw, size):
    """Raw deflate data of exactly `size` bytes."""
    empty = b"\x00\x00\x00\xff\xff"  # a stored block without content
    for level in range(9, 0, -1):
        for strategy in range(4):
            for memory in range(9, 0, -1):
                packer = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
                block = packer.compress(raw) + packer.flush()
                if len(block) <= size and (size - len(block)) % 5 == 0:
                    return empty * ((size - len(block)) // 5) + block
    return None


def old_compression():
    """The tree with zlib, its blocks changed into those of before ROOT 3 where one of the same size can be made."""
    with open(path_of("tree-zlib"), "rb") as source:
        content = bytearray(source.read())
    at = content.find(b"ZL\x08")
    while at >= 0:
        size = int.from_bytes(content[at + 3 : at + 6], "little")
        block = deflated(zlib.decompress(content[at + 9 : at + 9 + size]), size)
        if block is not None:
            content[at : at + 2] = b"CS"
            content[at + 9 : at + 9 + size] = block
        at = content.find(b"ZL\x08", at + 1)
    with open(path_of("tree-deflate"), "wb") as target:
        target.write(content)
    file, zlib_file = ROOT.TFile(path_of("tree-deflate")), ROOT.TFile(path_of("tree-zlib"))
    trees = file.Get("events"), zlib_file.Get("events")
    for expression in ("f64", "i32", "counted", "v_double", "u16"):
        sums = []
        for t in trees:
            count = t.Draw(expression, "", "goff")
            sums.append([t.GetV1()[i] for i in range(count)])
        assert sums[0] == sums[1] and len(sums[0]) > 0, expression
    print("tree-deflate: ROOT reads", content.count(b"CS\x08"), "blocks of deflate as those of zlib")


def read_texts():
    """Records the texts of which some are empty as ROOT reads them: uproot 5.7.7 loses its place after an empty one."""
    file = ROOT.TFile(path_of("tree-none"))
    t = file.Get("events")
    texts = [str(ROOT.goldenText(t, "empty_chars", i)) for i in range(ENTRIES)]
    with open(os.path.join(FOLDER, "empty-chars.root.json"), "w") as out:
        json.dump({"provenance": f"ROOT {ROOT.__version__}", "texts": texts}, out)
        out.write("\n")


def read_back():
    """Has ROOT read the file that the tests compare with the writer's, and records what it sees."""
    file = ROOT.TFile(path_of("written"))
    assert not file.IsZombie() and not file.TestBit(ROOT.TFile.kRecovered)
    record = {"provenance": f"ROOT {ROOT.__version__}", "histograms": {}}

    def walk(folder, prefix):
        for key in folder.GetListOfKeys():
            obj = key.ReadObj()
            name = f"{prefix}{key.GetName()}"
            if obj.InheritsFrom("TDirectory"):
                walk(obj, f"{name}/")
                continue
            bins = range(0, obj.GetNbinsX() + 2)
            record["histograms"][name] = {
                "class": obj.ClassName(),
                "title": obj.GetTitle(),
                "edges": [obj.GetXaxis().GetBinLowEdge(i) for i in range(1, obj.GetNbinsX() + 2)],
                "contents": [obj.GetBinContent(i) for i in bins],
                "errors": [obj.GetBinError(i) for i in bins],
                "weighted": obj.GetSumw2N() > 0,
                "entries": obj.GetEntries(),
                "mean": obj.GetMean(),
            }

    walk(file, "")
    with open(os.path.join(FOLDER, "written.root.json"), "w") as out:
        json.dump(record, out, indent=1)
        out.write("\n")


def by_uproot():
    rng = np.random.default_rng(3)
    with uproot.recreate(path_of("uproot"), compression=uproot.LZ4(4)) as file:
        file["h"] = np.histogram(rng.normal(size=500), bins=9)
        file["folder/h2"] = np.histogram2d(rng.normal(size=500), rng.normal(size=500), bins=(3, 4))
        data = {"x": rng.normal(size=40), "n": rng.integers(0, 99, 40), "b": rng.integers(0, 2, 40).astype(bool)}
        file["tree"] = data
        file["tree"].extend(data)
        jagged = ak.unflatten(rng.normal(size=60).astype("f4"), rng.multinomial(60, [1 / 20] * 20))
        file.mktree("jagged", {"j": jagged.type})
        file["jagged"].extend({"j": jagged})
        file.mkrntuple("ntuple", {"x": data["x"], "n": data["n"]})
        file["ntuple"].extend({"x": data["x"], "n": data["n"]})


def main():
    os.makedirs(FOLDER, exist_ok=True)
    histograms("histograms", 0)
    histograms("histograms-zstd", 505)
    for name, compression in {"none": 0, "zlib": 101, "lzma": 201, "lz4": 404, "zstd": 505}.items():
        tree(f"tree-{name}", compression)
    # For tests that read a file many thousand times.
    tree("small-tree", 0, 100, 5)
    ROOT.writeGoldenNtuple(path_of("small-ntuple"), 0, True, 6)
    ROOT.writeGoldenObjects(path_of("small-objects"), 3)
    no_offsets()
    old_compression()
    read_texts()
    ROOT.writeGoldenObjects(path_of("tree-objects"), ENTRIES)
    ROOT.writeGoldenNtuple(path_of("ntuple-none"), 0, False, ENTRIES)
    ROOT.writeGoldenNtuple(path_of("ntuple-zstd"), 505, True, ENTRIES)
    by_uproot()
    subprocess.run(["node", os.path.join(HERE, "root-written.ts")], check=True)
    read_back()


sys.exit(main())
