#!/usr/bin/env python3
"""An ntuple analysis, and what cabinetry makes of it: histograms and workspace.

usage: python tools/golden/templates.py golden              writes test/golden/cabinetry/
       python tools/golden/templates.py write FOLDER EVENTS  the same analysis with more events, for `node bench/run.ts --build`
       python tools/golden/templates.py run FOLDER           builds it with cabinetry there; prints JSON: processor seconds, workspace
       python tools/golden/templates.py fit WORKSPACE        fits it with cabinetry; prints JSON: best fit and uncertainties
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Three regions, five samples and data, twelve systematics of every kind that cabinetry has: other weights, trees, variables,
filters and files, factors on the yield, two-sided and mirrored, smoothed, in some regions or samples only, and two that
share a parameter. The golden files are

- ntuples/NAME.root: trees, and config.yml with the analysis of them;
- config-histograms.yml: the same analysis with these histograms as input, of which cabinetry makes the same workspace;
- config-interference.yml: an analysis of the same ntuples with a sample of negative yield;
- expected.json: cabinetry's histograms (bins, yields, stdev), its workspace, and that of the interference.

Seeded: the same numbers every time.
"""

import json
import logging
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import cabinetry
import numpy as np
import uproot
import yaml

OUTPUT = Path(__file__).resolve().parents[2] / "test" / "golden" / "cabinetry"
SEED = 1912
GOLDEN_EVENTS = 1200

# Share of all events, mean and width of the mass, and mean weight of an event: data are as many as is expected of the others.
SAMPLES = {
    "signal": (0.10, 125, 12, 0.03),
    "ttbar": (0.35, 160, 60, 0.20),
    "wjets": (0.30, 110, 70, 0.20),
    "zjets": (0.15, 105, 40, 0.11),
    "fakes": (0.15, 80, 50, 0.5),
    "data": (0.15, 0, 0, 1.0),
}
PROCESSES = ["signal", "ttbar", "wjets", "zjets"]


def events(rng, sample, count, shift=0.0):
    """Event-level columns of the types that analyses have."""
    _, mean, width, weight = SAMPLES[sample]
    if sample == "data":
        expected = np.array([SAMPLES[process][0] * SAMPLES[process][3] for process in PROCESSES])
        process = rng.choice(len(PROCESSES), count, p=expected / expected.sum())
        mean, width = (np.array([SAMPLES[p][i] for p in PROCESSES])[process] for i in (1, 2))
    mass = np.abs(rng.normal(mean + shift, width, count))
    up, down = (np.round(rng.normal(shift_of, 0.02, count), 3) for shift_of in (0.03, 0.02))
    return {
        "mass": np.round(mass, 2),
        "mass_jes_up": np.round(mass * 1.03, 2),
        "mass_jes_down": np.round(mass * 0.975, 2),
        "met": np.round(rng.exponential(60, count), 2).astype("f4"),
        "njets": (2 + rng.poisson(2, count)).astype("i4"),
        "nbtags": rng.binomial(3, 0.35, count).astype("i4"),
        "passes_trigger": rng.random(count) < 0.9,
        "weight_mc": np.round(weight * rng.normal(1, 0.2, count), 4).astype("f4"),
        "weight_btag": np.round(rng.normal(0.97, 0.05, count), 3).astype("f4"),
        "weight_btag_up": np.round(rng.normal(1.01, 0.05, count), 3).astype("f4"),
        "weight_btag_down": np.round(rng.normal(0.93, 0.05, count), 3).astype("f4"),
        "weight_pileup_up": 1 + up,
        "weight_pileup_down": 1 - down,
    }


def columns(sample, arrays):
    """Those that the analysis needs: most of a small file is what describes its columns."""
    keys = ["mass", "met", "njets", "nbtags"]
    if sample != "data":
        keys += ["passes_trigger"]
    if sample not in ("data", "fakes"):
        keys += ["weight_mc"]
    if sample in ("signal", "ttbar", "wjets", "zjets"):
        keys += ["mass_jes_up", "mass_jes_down"]
    if sample in ("signal", "ttbar", "wjets"):
        keys += [key for key in arrays if key.startswith(("weight_btag", "weight_pileup"))]
    if sample == "alternative":
        keys += ["weight_btag"]
    return {key: arrays[key] for key in keys}


def write_tree(file, name, arrays):
    file.mktree(name, {key: array.dtype for key, array in arrays.items()})
    # Baskets of the size that analysis files have.
    count = len(arrays["mass"])
    for start in range(0, count, 100_000):
        file[name].extend({key: array[start : start + 100_000] for key, array in arrays.items()})


def write_ntuples(folder, total):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)

    def tree(file, name, sample, kind, fraction=1.0, shift=0.0):
        count = int(SAMPLES[sample][0] * total * fraction)
        write_tree(file, name, columns(kind, events(rng, sample, count, shift)))

    def recreate(name):
        return uproot.recreate(folder / name, compression=uproot.ZLIB(9))

    with recreate("data.root") as file:
        tree(file, "nominal", "data", "data")
        tree(file, "fakes", "fakes", "fakes")
    with recreate("mc.root") as file:
        for sample in ("signal", "ttbar", "zjets"):
            tree(file, sample, sample, sample)
        tree(file, "ttbar_jer_up", "ttbar", "alternative", shift=3.0)
        tree(file, "ttbar_isr_up", "ttbar", "alternative", shift=5.0)
    for part in ("wjets1.root", "wjets2.root"):
        with recreate(part) as file:
            tree(file, "wjets", "wjets", "wjets", fraction=0.5)
    with recreate("shower.root") as file:
        tree(file, "ttbar", "ttbar", "alternative", shift=-4.0)
        tree(file, "ttbar_isr_down", "ttbar", "alternative", shift=-3.0)


def config(base):
    """The analysis of the ntuples in a folder."""
    mc = "weight_mc * weight_btag"
    simulated = ["signal", "ttbar", "wjets", "zjets"]
    return {
        "General": {
            "Measurement": "search",
            "POI": "mu",
            "InputPath": f"{base}ntuples/{{SamplePath}}",
            "HistogramFolder": f"{base}histograms/",
            "Fixed": [{"Name": "fakes_norm", "Value": 0.0}],
        },
        "Regions": [
            {
                "Name": "SR",
                "Variable": "mass",
                "Filter": "(njets >= 3) & (nbtags >= 1) & (met > 40)",
                "Binning": [50, 90, 110, 130, 150, 170, 200],
            },
            {"Name": "CR top", "Variable": "met", "Filter": "(nbtags >= 2) & (njets < 4)", "Binning": [0, 20, 40, 80, 160]},
            {"Name": "CR_wjets", "Variable": "sqrt(mass) + 0.1 * met", "Filter": "nbtags == 0", "Binning": [0, 100]},
        ],
        "Samples": [
            {"Name": "data", "Tree": "nominal", "SamplePath": "data.root", "Data": True},
            {"Name": "signal", "Tree": "signal", "SamplePath": "mc.root", "Weight": mc, "Regions": ["SR", "CR top"]},
            {"Name": "ttbar", "Tree": "ttbar", "SamplePath": "mc.root", "Weight": mc},
            {"Name": "wjets", "Tree": "wjets", "SamplePath": ["wjets1.root", "wjets2.root"], "Weight": mc},
            {"Name": "zjets", "Tree": "zjets", "SamplePath": "m[a-c]*.root", "Weight": "weight_mc", "DisableStaterror": True},
            {
                "Name": "fakes",
                "Tree": "fakes",
                "SamplePath": "da?a.root",
                "Weight": "0.5",
                "Filter": "(njets >= 3) & (met < 100) & ~passes_trigger",
                "Regions": "SR",
            },
        ],
        "NormFactors": [
            {"Name": "mu", "Samples": "signal", "Nominal": 1, "Bounds": [-5, 10]},
            {"Name": "k_top", "Samples": "ttbar", "Regions": ["SR", "CR top"], "Bounds": [0, 5]},
        ],
        "Systematics": [
            {"Name": "lumi", "Type": "Normalization", "Up": {"Normalization": 0.017}, "Down": {"Normalization": -0.017}, "Samples": simulated},
            {"Name": "ttbar_xsec", "Type": "Normalization", "Up": {"Normalization": 0.06}, "Down": {"Normalization": -0.05}, "Samples": "ttbar"},
            {
                "Name": "jes",
                "Type": "NormPlusShape",
                "Up": {"Variable": "mass_jes_up"},
                "Down": {"Variable": "mass_jes_down"},
                "Regions": "SR",
                "Samples": simulated,
            },
            {"Name": "jer", "Type": "NormPlusShape", "Up": {"Tree": "ttbar_jer_up"}, "Down": {"Symmetrize": True}, "Samples": ["ttbar"]},
            {
                "Name": "btag",
                "Type": "NormPlusShape",
                "Up": {"Weight": "weight_mc * weight_btag_up"},
                "Down": {"Weight": "weight_mc * weight_btag_down"},
                "Samples": ["signal", "ttbar", "wjets"],
            },
            {
                "Name": "pileup",
                "Type": "NormPlusShape",
                "Up": {"Weight": f"{mc} * weight_pileup_up"},
                "Down": {"Weight": f"{mc} * weight_pileup_down"},
                "Samples": ["signal", "ttbar", "wjets"],
                "Smoothing": {"Algorithm": "353QH, twice", "Regions": ["SR", "CR top"], "Samples": ["ttbar", "wjets"]},
            },
            {
                "Name": "ttbar_shower",
                "Type": "NormPlusShape",
                "Up": {"SamplePath": "shower.root"},
                "Down": {"Symmetrize": True},
                "Samples": "ttbar",
                "Smoothing": {"Algorithm": "353QH, twice"},
            },
            {
                "Name": "ttbar_isr",
                "Type": "NormPlusShape",
                "Up": {"Tree": "ttbar_isr_up"},
                "Down": {"SamplePath": ["shower.root"], "Tree": "ttbar_isr_down", "Weight": "weight_mc"},
                "Samples": "ttbar",
            },
            {
                "Name": "trigger",
                "Type": "NormPlusShape",
                "Up": {"Filter": "(njets >= 3) & (nbtags >= 1) & (met > 36)"},
                "Down": {"Filter": "(njets >= 3) & (nbtags >= 1) & (met > 43) & passes_trigger"},
                "Regions": "SR",
                "Samples": simulated,
            },
            {
                "Name": "wjets_model_SR",
                "Type": "NormPlusShape",
                "Up": {"Weight": f"{mc} * (1 + 0.001 * (mass - 100))"},
                "Down": {"Symmetrize": True},
                "Regions": "SR",
                "Samples": "wjets",
                "ModifierName": "wjets_model",
            },
            {
                "Name": "wjets_model_CR",
                "Type": "Normalization",
                "Up": {"Normalization": 0.1},
                "Down": {"Normalization": -0.1},
                "Regions": "CR_wjets",
                "Samples": "wjets",
                "ModifierName": "wjets_model",
            },
            {"Name": "fakes_norm", "Type": "Normalization", "Up": {"Normalization": 0.5}, "Down": {"Normalization": -0.5}, "Samples": "fakes"},
        ],
    }


def interference_config(base):
    """An analysis with a sample of negative yield, as interference has, and every kind of variation of it."""
    made = config(base)
    mc = "-0.4 * weight_mc"
    varied = {"Type": "NormPlusShape", "Samples": "interference"}
    made["General"].pop("Fixed")
    made["Regions"] = [{"Name": "SR", "Variable": "mass", "Filter": "nbtags >= 1", "Binning": [50, 90, 110, 140, 170, 200]}]
    made["Samples"] = [
        {"Name": "data", "Tree": "nominal", "SamplePath": "data.root", "Data": True},
        {"Name": "ttbar", "Tree": "ttbar", "SamplePath": "mc.root", "Weight": "weight_mc"},
        {"Name": "interference", "Tree": "zjets", "SamplePath": "mc.root", "Weight": mc},
    ]
    made["NormFactors"] = [{"Name": "mu", "Samples": "interference", "Bounds": [-5, 5]}]
    made["Systematics"] = [
        {"Name": "scale", **varied, "Up": {"Weight": f"{mc} * 1.2"}, "Down": {"Weight": f"{mc} * (0.7 + 0.001 * mass)"}},
        {"Name": "jes", **varied, "Up": {"Variable": "mass_jes_up"}, "Down": {"Symmetrize": True}},
        {
            "Name": "tune",
            **varied,
            "Up": {"Weight": f"{mc} * (0.5 + 0.005 * mass)"},
            "Down": {"Variable": "mass_jes_down"},
            "Smoothing": {"Algorithm": "353QH, twice"},
        },
    ]
    return made


def build(analysis):
    """cabinetry's three steps, on one thread."""
    cabinetry.templates.build(analysis, method="uproot")
    cabinetry.templates.postprocess(analysis)
    return cabinetry.workspace.build(analysis)


def histograms(folder):
    found = {}
    for path in sorted(Path(folder).glob("*.npz")):
        arrays = np.load(path)
        found[path.stem] = {key: arrays[key].tolist() for key in ("bins", "yields", "stdev")}
    return found


def histogram_config(analysis, base):
    """The same analysis from the histograms that the first one made."""
    region_path = {"SR": "SR", "CR top": "CR-top", "CR_wjets": "CR_wjets"}
    made = json.loads(json.dumps(analysis))
    made["General"]["InputPath"] = f"{base}histograms.root:{{RegionPath}}/{{SamplePath}}/{{VariationPath}}"
    made["General"]["VariationPath"] = "nominal"
    for region in made["Regions"]:
        for key in ("Variable", "Filter", "Binning"):
            region.pop(key)
        region["RegionPath"] = region_path[region["Name"]]
    for sample in made["Samples"]:
        for key in ("Tree", "Weight", "Filter"):
            sample.pop(key, None)
        sample["SamplePath"] = sample["Name"]
    for systematic in made["Systematics"]:
        if systematic["Type"] == "Normalization":
            continue
        systematic["Up"] = {"VariationPath": f"{systematic['Name']}_up"}
        if not systematic["Down"].get("Symmetrize"):
            systematic["Down"] = {"VariationPath": f"{systematic['Name']}_down"}
    return made


def write_histograms(path, analysis):
    """All histograms that cabinetry filled, in folders."""
    with uproot.recreate(path, compression=None) as file:
        for region in analysis["Regions"]:
            for sample in analysis["Samples"]:
                for systematic in [{}, *analysis["Systematics"]]:
                    for template in ["Up", "Down"] if systematic else [None]:
                        if not cabinetry.configuration.histogram_is_needed(region, sample, systematic, template):
                            continue
                        histogram = cabinetry.histo.Histogram.from_config(
                            analysis["General"]["HistogramFolder"], region, sample, systematic, template=template, modified=False
                        )
                        side = f"{systematic['Name']}_{template.lower()}" if systematic else "nominal"
                        file[f"{region['Name'].replace(' ', '-')}/{sample['Name']}/{side}"] = histogram


def golden():
    write_ntuples(OUTPUT / "ntuples", GOLDEN_EVENTS)
    OUTPUT.joinpath("config.yml").write_text(yaml.safe_dump(config(""), sort_keys=False, width=120))
    with tempfile.TemporaryDirectory() as folder:
        analysis = config(f"{OUTPUT}/")
        analysis["General"]["HistogramFolder"] = f"{folder}/histograms/"
        workspace = build(analysis)
        made = histograms(f"{folder}/histograms")
        write_histograms(f"{folder}/histograms.root", analysis)
        analysis = histogram_config(config(f"{folder}/"), f"{folder}/")
        analysis["General"]["HistogramFolder"] = f"{folder}/collected/"
        cabinetry.templates.collect(analysis, method="uproot")
        cabinetry.templates.postprocess(analysis)
        collected = cabinetry.workspace.build(analysis)
        analysis = interference_config(f"{OUTPUT}/")
        analysis["General"]["HistogramFolder"] = f"{folder}/interference/"
        interference = build(analysis)
    assert collected == workspace
    OUTPUT.joinpath("config-interference.yml").write_text(yaml.safe_dump(interference_config(""), sort_keys=False, width=120))
    OUTPUT.joinpath("config-histograms.yml").write_text(
        yaml.safe_dump(histogram_config(config(""), ""), sort_keys=False, width=120)
    )
    provenance = {"cabinetry": cabinetry.__version__, "uproot": uproot.__version__, "numpy": np.__version__}
    expected = {"provenance": provenance, "histograms": made, "workspace": workspace, "interference": interference}
    OUTPUT.joinpath("expected.json").write_text(json.dumps(expected) + "\n")


def write(folder, total):
    folder = Path(folder)
    write_ntuples(folder / "ntuples", int(total))
    folder.joinpath("config.yml").write_text(yaml.safe_dump(config(""), sort_keys=False, width=120))


def run(folder):
    os.chdir(folder)
    analysis = cabinetry.configuration.load("config.yml")
    # Libraries that are loaded at the first use are not what is measured.
    start = time.process_time()
    workspace = build(analysis)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"version": cabinetry.__version__, "seconds": seconds, "peak_bytes": peak, "workspace": workspace}))


def fit(path):
    workspace = cabinetry.workspace.load(path)
    model, data = cabinetry.model_utils.model_and_data(workspace)
    result = cabinetry.fit.fit(model, data)
    print(
        json.dumps(
            {
                "labels": result.labels,
                "bestfit": result.bestfit.tolist(),
                "uncertainty": result.uncertainty.tolist(),
                "twice_nll": result.best_twice_nll,
            }
        )
    )


if __name__ == "__main__":
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    command, *arguments = sys.argv[1:]
    {"golden": golden, "write": write, "run": run, "fit": fit}[command](*arguments)
