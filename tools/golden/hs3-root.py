"""ROOT's numbers for HS3 documents: writes test/golden/hs3/.

NAME.hs3.json are documents made here, by hand or by ROOT's own export; NAME.root.json what ROOT makes of them: NLL at
several points, and the best fit. exports.json is for documents that `nextstat convert` makes of golden workspaces: NLL at
several points. All NLLs are differences to the first point, because ROOT leaves out constants.

    python -m pip install -r tools/golden/requirements-root.txt
    python -W ignore tools/golden/hs3-root.py
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import ROOT

ROOT.gROOT.SetBatch(True)
ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "test" / "golden" / "hs3"
PROVENANCE = {"tool": "ROOT", "version": str(ROOT.gROOT.GetVersion()), "wheel": "root 0.1a12"}

# Workspaces whose histograms stay positive: ROOT clips interpolated ones at zero.
EXPORTED = [
    "bound-gamma", "channels-unsorted", "large-normsys", "many-channels", "mixed-all-seven", "mixed-counting",
    "mixed-factors-on-one-sample", "mixed-normsys-histosys", "mixed-staterror-shapesys", "mixed-two-staterrors",
    "negative-nominal-bin", "non-integer-data", "only-histosys", "only-lumi", "only-normfactor",
    "only-normsys", "only-shapefactor", "only-shapesys", "only-staterror", "override-auxdata", "override-fixed-per-bin",
    "override-inits-bounds", "override-lumi-off-centre", "override-per-bin", "poi-is-alpha", "poi-none", "pull-gammas",
    "realistic-medium", "shapesys-zero-sigma", "shared-everything", "shared-shapefactor-channels",
    "staterror-zero-delta", "zero-data-bins",
]


def channel(name, samples, axes=None, **more):
    n = len(samples[0]["data"]["contents"])
    axes = axes or [{"name": f"obs_x_{name}", "min": 0, "max": n, "nbins": n}]
    return {"name": f"model_{name}", "type": "histfactory_dist", "axes": axes, "samples": samples, **more}


def sample(name, contents, *modifiers, errors=None):
    data = {"contents": contents, **({} if errors is None else {"errors": errors})}
    return {"name": name, "data": data, "modifiers": list(modifiers)}


def normfactor(name, **more):
    return {"name": name, "type": "normfactor", "parameter": name, **more}


def normsys(name, lo, hi, **more):
    data = {"lo": lo, "hi": hi}
    return {"name": name, "type": "normsys", "parameter": f"alpha_{name}", "data": data, **more}


def histosys(name, lo, hi, **more):
    data = {"lo": {"contents": lo}, "hi": {"contents": hi}}
    return {"name": name, "type": "histosys", "parameter": f"alpha_{name}", "data": data, **more}


def document(channels, observed, start, constants=None, ranges=None, constraints=(), functions=()):
    """A document with one analysis of all channels, and ROOT's bookkeeping."""
    names = [c["name"].removeprefix("model_") for c in channels]
    globs = {k: v for k, v in (constants or {}).items()}
    spans = {name: [0.0, 10.0] for name in start} | (ranges or {})
    for name in start:
        if name.startswith("alpha_") and name not in (ranges or {}):
            spans[name] = [-5.0, 5.0]
    axes = [{"name": name, "min": lo, "max": hi} for name, (lo, hi) in spans.items()]
    observables = [axis for c in channels for axis in c["axes"]]
    span = lambda a: {"name": a["name"], "min": (a.get("edges") or [a.get("min")])[0],
                      "max": (a.get("edges") or [a.get("max")])[-1]}
    category = {"index_cat": "channelCat", "indices": list(range(len(names))), "labels": names}
    distributions = [c["name"] for c in channels]
    return {
        "distributions": [*channels, *constraints],
        **({"functions": list(functions)} if functions else {}),
        "data": [
            {"name": f"obsData_{name}", "type": "binned", "axes": c["axes"], "contents": contents}
            for name, c, contents in zip(names, channels, observed)
        ],
        "likelihoods": [
            {"name": "likelihood", "distributions": distributions, "data": [f"obsData_{n}" for n in names]}
        ],
        "domains": [
            {"name": "analysis_nuisance_parameters", "type": "product_domain",
             "axes": [a for a in axes if a["name"] != "mu"]},
            {"name": "analysis_global_observables", "type": "product_domain",
             "axes": [{"name": name} for name in globs if name.startswith("nom_")]},
            {"name": "analysis_parameters_of_interest", "type": "product_domain",
             "axes": [a for a in axes if a["name"] == "mu"]},
            {"name": "default_domain", "type": "product_domain",
             "axes": [*axes, *map(span, observables), *({"name": n} for n in globs if n.startswith("nom_"))]},
        ],
        "parameter_points": [
            {"name": "default_values", "parameters": [
                *({"name": name, "value": value} for name, value in start.items()),
                *({"name": name, "value": value, "const": True} for name, value in globs.items()),
            ]}
        ],
        "analyses": [
            {"name": "analysis", "likelihood": "likelihood", "parameters_of_interest": ["mu"],
             "domains": ["analysis_nuisance_parameters", "analysis_global_observables",
                         "analysis_parameters_of_interest"]}
        ],
        "metadata": {"hs3_version": "0.2", "authors": ["nextstat"], "packages": []},
        "misc": {"ROOT_internal": {
            "ModelConfigs": {"analysis": {"mcName": "ModelConfig", "pdfName": "simPdf"}},
            "attributes": {f"{n}_model": {"tags": ["BinnedLikelihood", "GenerateBinned"]} for n in names},
            "combined_datasets": {"obsData": category},
            "combined_distributions": {"simPdf": {**category, "distributions": distributions}},
        }},
    }


def gaussian(parameter, sigma, reverse=False):
    x, mean = (parameter, f"nom_{parameter}") if not reverse else (f"nom_{parameter}", parameter)
    return {"name": f"{parameter}Constraint", "type": "gaussian_dist", "x": x, "mean": mean, "sigma": sigma}


def interpolation():
    """RooFit's numbers of FlexibleInterpVar, one per sample; histosys as it comes."""
    codes = {"linear": 0, "exponential": 1, "parabolic": 2, "four": 4, "five": 5}
    samples = [sample("signal", [5.0, 10.0, 4.0], normfactor("mu"), histosys("shape", [4.0, 9.0, 4.5], [6.5, 11.5, 3.0]))]
    start = {"mu": 1.0, "alpha_shape": 0.0}
    for i, (name, code) in enumerate(codes.items()):
        contents = [12.0 + 3 * i, 9.0 + i, 7.0 + 2 * i]
        samples.append(sample(f"background_{name}", contents, normsys(name, 0.85 - 0.02 * i, 1.3, interpolation=code)))
        start[f"alpha_{name}"] = 0.0
    samples.append(sample("background_unstated", [8.0, 6.0, 5.0], normsys("unstated", 0.8, 1.15)))
    start["alpha_unstated"] = 0.0
    nominal = {f"nom_{name}": 0.0 for name in start if name != "mu"}
    return document([channel("SR", samples)], [[110.0, 95.0, 88.0]], start, nominal)


def constraints():
    """Every form of a constraint of a scalar parameter."""
    named = lambda p: {"constraint_name": f"{p}Constraint"}
    samples = [
        sample("signal", [6.0, 11.0], normfactor("mu"), normfactor("efficiency", **named("efficiency"))),
        sample("counted", [20.0, 16.0], normfactor("count", **named("count"))),
        sample("logarithmic", [14.0, 22.0], normfactor("rate", **named("rate"))),
        sample("wide", [9.0, 7.0], normsys("wide", 0.9, 1.12, interpolation=4, **named("alpha_wide"))),
        sample("flat", [5.0, 6.0], normsys("flat", 0.8, 1.3, interpolation=1, **named("alpha_flat"))),
        sample("reversed", [8.0, 4.0], normfactor("scale", **named("scale"))),
    ]
    terms = [
        gaussian("efficiency", 0.08),
        {"name": "countConstraint", "type": "poisson_dist", "x": "nom_count", "mean": "count_mean", "integer": False},
        {"name": "rateConstraint", "type": "lognormal_dist", "x": "nom_rate", "mu": "rate_log", "sigma": 0.15},
        gaussian("alpha_wide", 1.6),
        {"name": "alpha_flatConstraint", "type": "uniform_dist", "x": ["alpha_flat"]},
        gaussian("scale", 0.2, reverse=True),
    ]
    functions = [
        {"name": "count_mean", "type": "product", "factors": ["count", "count_tau"]},
        {"name": "rate_log", "type": "generic_function", "expression": "log(rate)"},
    ]
    start = {"mu": 1.0, "efficiency": 0.95, "count": 1.0, "rate": 1.0, "alpha_wide": 0.0, "alpha_flat": 0.0, "scale": 1.1}
    constants = {"nom_efficiency": 0.95, "nom_count": 33.0, "count_tau": 30.0, "nom_rate": 1.0, "nom_alpha_wide": 0.4,
                 "nom_scale": 1.1}
    return document([channel("SR", samples)], [[66.0, 61.0]], start, constants, {"rate": [0.05, 10.0]}, terms, functions)


def gammas():
    """Per-bin parameters: Gaussian statistical errors with a threshold, a shapesys of two samples, a moved observable."""
    names = lambda stem, n: [f"gamma_{stem}_bin_{i}" for i in range(n)]
    stat = {"name": "staterror", "type": "staterror", "parameters": names("stat_SR", 3), "constraint_type": "Gauss"}
    shared = {"name": "shared", "type": "shapesys", "parameters": names("shared", 3), "constraint_type": "Gauss",
              "data": {"vals": [0.1, 0.2, 0.15]}}
    counts = {"name": "counts", "type": "shapesys", "parameters": names("counts", 3), "constraint_type": "Poisson",
              "data": {"vals": [0.2, 0.25, 0.125]}}
    free = {"name": "free", "type": "shapefactor", "parameters": names("free", 2)}
    tail = {"name": "staterror", "type": "staterror", "parameters": names("stat_CR", 2), "constraint_type": "Poisson"}
    edges = [{"name": "obs_x_CR", "edges": [0.0, 30.0, 100.0]}]
    channels = [
        channel("SR", [
            sample("signal", [4.0, 9.0, 6.0], normfactor("mu")),
            sample("one", [30.0, 20.0, 12.0], stat, shared, errors=[1.0, 2.5, 2.0]),
            sample("two", [22.0, 14.0, 9.0], stat, shared, counts, errors=[0.8, 2.0, 1.5]),
        ], staterror={"relThreshold": 0.05, "constraint_type": "Gauss"}),
        channel("CR", [
            sample("three", [40.0, 15.0], tail, errors=[3.0, 2.0]),
            sample("four", [10.0, 8.0], free),
        ], axes=edges, staterror={"constraint_type": "Poisson"}),
    ]
    start = {"mu": 1.0}
    for name in [*names("stat_SR", 3), *names("shared", 3), *names("counts", 3), *names("stat_CR", 2), *names("free", 2)]:
        start[name] = 1.0
    found = document(channels, [[58.0, 45.0, 30.0], [52.0, 21.0]], start, {"nom_gamma_counts_bin_1": 13.5})
    # Below the threshold, and held as ROOT writes it.
    found["parameter_points"][0]["parameters"][1]["const"] = True
    return found


def custom():
    """A product as a custom modifier, a number as a normfactor, and the names of a document that ROOT did not write."""
    samples = [
        sample("signal", [7.0, 5.0], {"name": "scale", "type": "custom"}, normsys("theory", 0.9, 1.1, constraint_type="Gauss")),
        sample("background", [30.0, 24.0], normfactor("k_factor"), normsys("theory", 0.95, 1.08)),
    ]
    functions = [{"name": "scale", "type": "product", "factors": ["mu", "branching"]}]
    start = {"mu": 1.0, "branching": 0.6, "k_factor": 1.0, "alpha_theory": 0.0}
    found = document([channel("A", samples)], [[35.0, 33.0]], start, {"nom_alpha_theory": 0.0}, functions=functions)
    found["parameter_points"][0]["parameters"][1]["const"] = True
    return found


def histogram(name, contents, errors=None):
    found = ROOT.TH1D(name, name, len(contents), 0.0, float(len(contents)))
    for i, value in enumerate(contents):
        found.SetBinContent(i + 1, value)
        found.SetBinError(i + 1, errors[i] if errors else 0)
    found.SetDirectory(ROOT.nullptr)
    ROOT.SetOwnership(found, False)
    return found


def roofit(folder):
    """HistFactory's model of two channels, as ROOT exports it."""
    factory = ROOT.RooStats.HistFactory
    measurement = factory.Measurement("meas", "meas")
    measurement.SetPOI("mu")
    measurement.SetLumi(1.0)
    measurement.SetLumiRelErr(0.02)
    measurement.SetOutputFilePrefix(str(folder / "roofit"))
    for k, name in enumerate(("SR", "CR")):
        found = factory.Channel(name)
        found.SetData(histogram(f"data_{name}", [57.0 + 3 * k, 63.0 - 4 * k]))
        found.SetStatErrorConfig(0.01, "Poisson")
        signal = factory.Sample(f"signal_{name}")
        signal.SetHisto(histogram(f"s_{name}", [5.0, 10.0]))
        signal.AddNormFactor("mu", 1, 0, 5)
        signal.AddOverallSys("sigsys", 0.9, 1.2)
        signal.AddOverallSys("common", 0.95, 1.07)
        signal.SetNormalizeByTheory(True)
        found.AddSample(signal)
        background = factory.Sample(f"background_{name}")
        background.SetHisto(histogram(f"b_{name}", [50.0, 52.0], [5.0, 2.0]))
        background.ActivateStatError()
        shape = factory.HistoSys()
        shape.SetName("jes")
        shape.SetHistoLow(histogram(f"lo_{name}", [48.0, 50.0]))
        shape.SetHistoHigh(histogram(f"hi_{name}", [53.0, 51.0]))
        background.AddHistoSys(shape)
        uncorrelated = factory.ShapeSys()
        uncorrelated.SetName(f"shape_{name}")
        uncorrelated.SetErrorHist(histogram(f"e_{name}", [0.1, 0.05]))
        uncorrelated.SetConstraintType(factory.Constraint.Poisson if k == 0 else factory.Constraint.Gaussian)
        background.AddShapeSys(uncorrelated)
        background.SetNormalizeByTheory(True)
        found.AddSample(background)
        if k == 1:
            third = factory.Sample("multijet")
            third.SetHisto(histogram("q", [3.0, 4.0]))
            third.AddShapeFactor("multijet_shape")
            third.SetNormalizeByTheory(False)
            found.AddSample(third)
        measurement.AddChannel(found)
    workspace = factory.MakeModelAndMeasurementFast(measurement)
    return json.loads(str(ROOT.RooJSONFactoryWSTool(workspace).exportJSONtoString()))


def open_model(path, analysis_data="obsData"):
    workspace = ROOT.RooWorkspace("workspace")
    if not ROOT.RooJSONFactoryWSTool(workspace).importJSON(str(path)):
        raise SystemExit(f"ROOT cannot read {path}")
    (config, *_) = [o for o in workspace.allGenericObjects() if o.InheritsFrom("RooStats::ModelConfig")]
    data = workspace.data(analysis_data)
    nll = config.GetPdf().createNLL(
        data, ROOT.RooFit.EvalBackend("cpu"), ROOT.RooFit.GlobalObservables(config.GetGlobalObservables()),
        ROOT.RooFit.Offset("none"))
    parameters = [p for p in config.GetPdf().getParameters(data) if not p.isConstant() and p.InheritsFrom("RooRealVar")]
    ROOT.SetOwnership(workspace, False)
    return workspace, nll, sorted(parameters, key=lambda p: p.GetName())


def draw(parameter, generator):
    """A place within a third of the way to the nearer bound, and at most 1.5 for an alpha.

    ROOT ends the range of nominalLumi at 1.2 and normalises the constraint over it, so Lumi stays well below.
    """
    value, low, high = parameter.getVal(), parameter.getMin(), parameter.getMax()
    most = 0.05 if parameter.GetName() == "Lumi" else 1.5 if low < 0 else 0.3
    reach = min(most, (high - value) / 3 or 1e9, (value - low) / 3 or 1e9)
    return round(value + reach * generator.uniform(-1, 1), 3)


def evaluate(nll, parameters, n_points, generator):
    start = {p.GetName(): p.getVal() for p in parameters}
    places = [start] + [{p.GetName(): draw(p, generator) for p in parameters} for _ in range(n_points - 1)]
    values = []
    for place in places:
        for p in parameters:
            p.setVal(place[p.GetName()])
        values.append(nll.getVal())
    for p in parameters:
        p.setVal(start[p.GetName()])
    return [{"at": place, "difference": value - values[0]} for place, value in zip(places, values)], values[0]


def fit(nll, parameters, nll_start):
    minimizer = ROOT.RooMinimizer(nll)
    minimizer.setPrintLevel(-1)
    minimizer.setStrategy(2)
    minimizer.setEps(1e-6)
    status = minimizer.minimize("Minuit2", "migrad")
    status = minimizer.minimize("Minuit2", "migrad") or status
    if status != 0:
        raise SystemExit(f"Minuit2 ended with status {status}")
    return {
        "difference": nll.getVal() - nll_start,
        "values": {p.GetName(): p.getVal() for p in parameters},
        "errors": {p.GetName(): p.getError() for p in parameters},
    }


def write(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        documents = {"roofit": roofit(scratch), "interpolation": interpolation(), "constraints": constraints(),
                     "gammas": gammas(), "custom": custom()}
        for name, content in documents.items():
            path = FOLDER / f"{name}.hs3.json"
            write(path, content)
            _, nll, parameters = open_model(path)
            points, nll_start = evaluate(nll, parameters, 8, random.Random(f"points of {name}"))
            write(FOLDER / f"{name}.root.json",
                  {"provenance": PROVENANCE, "points": points, "fit": fit(nll, parameters, nll_start)})
        exports = {}
        for name in EXPORTED:
            path = scratch / f"{name}.hs3.json"
            source = REPOSITORY / "test" / "golden" / "workspaces" / f"{name}.json"
            subprocess.run(["node", REPOSITORY / "dist" / "cli" / "main.js", "convert", source, path,
                            "--log-level", "error"], check=True)
            _, nll, parameters = open_model(path)
            exports[name], _ = evaluate(nll, parameters, 4, random.Random(f"points of {name}"))
        write(FOLDER / "exports.json", {"provenance": PROVENANCE, "workspaces": exports})
    sys.stdout.flush()
    # ROOT's destructors are not to be relied on.
    os._exit(0)


main()
