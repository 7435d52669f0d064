"""ROOT's histograms for test/formats/trexfitter/draw.config: writes test/golden/trexfitter/draw.json.

They are drawn as TRExFitter draws them: TTree::Draw with the weight times the selection, for each file by itself, then
what is outside is merged into the first and the last bin, and the histogram is scaled. Strings are put together here by hand.

    python -m pip install -r tools/golden/requirements-root.txt
    python -W ignore tools/golden/trexfitter.py
"""

import json
from array import array
from pathlib import Path

import ROOT

ROOT.gROOT.SetBatch(True)
ROOT.TH1.AddDirectory(True)
REPOSITORY = Path(__file__).resolve().parents[2]
NTUPLES = REPOSITORY / "test" / "golden" / "cabinetry" / "ntuples"
OUTPUT = REPOSITORY / "test" / "golden" / "trexfitter" / "draw.json"
PROVENANCE = {"tool": "ROOT", "version": str(ROOT.gROOT.GetVersion()), "wheel": "root 0.1a12"}

LUMINOSITY = 2
MANY = {
    "variable": "mass",
    "bins": (5, 60.0, 180.0),
    "selection": "(njets >= 3) * (1 + 0.5 * nbtags)",
    "weight": "1",
}
FEW = {
    "variable": "sqrt(mass) + 0.1 * met",
    "bins": [4.0, 8.0, 10.0, 14.0, 22.0],
    "selection": "nbtags == 0 && met > 20",
    "weight": "0.5 + met / 100",
}


def empty(region):
    bins = region["bins"]
    if isinstance(bins, tuple):
        return ROOT.TH1D("h", "", *bins)
    return ROOT.TH1D("h", "", len(bins) - 1, array("d", bins))


def draw(region, files, tree, weight, selection, scales):
    total = None
    for file, scale in zip(files, scales):
        source = ROOT.TFile.Open(str(NTUPLES / f"{file}.root"))
        histogram = empty(region)
        histogram.Sumw2()
        source.Get(tree).Draw(f"{region['variable']}>>h", f"({weight})*({selection})", "goff")
        last = histogram.GetNbinsX()
        for edge, outside in ((1, 0), (last, last + 1)):
            error = (histogram.GetBinError(edge) ** 2 + histogram.GetBinError(outside) ** 2) ** 0.5
            histogram.SetBinContent(edge, histogram.GetBinContent(edge) + histogram.GetBinContent(outside))
            histogram.SetBinError(edge, error)
        histogram.Scale(scale)
        values = [histogram.GetBinContent(i + 1) for i in range(last)]
        variances = [histogram.GetBinError(i + 1) ** 2 for i in range(last)]
        if total is None:
            total = (values, variances)
        else:
            total = tuple([a + b for a, b in zip(old, new)] for old, new in zip(total, (values, variances)))
        source.Close()
    return {"values": total[0], "variances": total[1]}


templates = {}
for name, region in (("many", MANY), ("few", FEW)):
    of_region = f"({region['selection']})"
    simulated = f"(weight_mc) * ({region['weight']})"
    wjets = f"{of_region} && (abs(mass - 100) < 60)"

    def ttbar(file, tree):
        return draw(region, [file], tree, simulated, of_region, [LUMINOSITY])

    def w(weight):
        scales = [LUMINOSITY, 3 * LUMINOSITY]
        return draw(region, ["wjets1", "wjets2"], "wjets", f"{simulated} * ({weight})", wjets, scales)

    fakes = f"({region['weight']}) * (0.5)"
    templates |= {
        f"{name}/data/nominal": draw(region, ["data"], "nominal", "1", of_region, [1]),
        f"{name}/ttbar/nominal": ttbar("mc", "ttbar"),
        f"{name}/ttbar/jer_up": ttbar("mc", "ttbar_jer_up"),
        f"{name}/ttbar/isr_up": ttbar("mc", "ttbar_isr_up"),
        f"{name}/ttbar/isr_down": ttbar("shower", "ttbar_isr_down"),
        f"{name}/wjets/nominal": w("weight_btag"),
        f"{name}/wjets/btag_up": w("weight_btag * weight_btag_up / weight_btag"),
        f"{name}/wjets/btag_down": w("weight_btag_down"),
        f"{name}/fakes/nominal": draw(region, ["data"], "fakes", fakes, "met < 100", [1]),
    }
OUTPUT.parent.mkdir(exist_ok=True)
OUTPUT.write_text(json.dumps({"provenance": PROVENANCE, "templates": templates}, indent=1) + "\n")
