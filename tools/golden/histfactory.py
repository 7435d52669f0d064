"""Writes test/golden/histfactory/: HistFactory inputs with everything that is read from them, and ROOT's own numbers for them.

inputs/NAME/ has the XML files and one or two ROOT files, reference/NAME.json what ROOT makes of them. Those whose names begin
with exported- are written by histfactory-exported.ts. The PyPI wheel of ROOT
has no ConfigParser, so the XML is read here, by its rules, into HistFactory::Measurement; everything after that is ROOT's.

usage: python tools/golden/histfactory.py                          (with the packages of requirements.txt)
       python tools/golden/histfactory.py FILE BASE OUT [MU,MU,...]  numbers of another combination, found from the folder BASE
"""

import json
import math
import os
import random
import sys
import tempfile
import xml.etree.ElementTree as ET
from array import array

import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../parity"))
from hist2workspace import read_measurement  # noqa: E402

FOLDER = os.path.join(HERE, "../../test/golden/histfactory")
POINTS = 4

ROOT.gROOT.SetBatch(True)
ROOT.gErrorIgnoreLevel = ROOT.kError
ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.FATAL)


# -------------------------------------------------------------------------------------------------------------- recording


def widen(workspace):
    """Takes the ends off the ranges of global observables.

    RooFit normalises constraint terms over these ranges, which are not part of HistFactory's model: a Gaussian of width 0.3 is
    cut off at 0 and 10, and ROOT 6.40 clips nom_beta = 1 / r^2 to 10, which moves the mode of a Gamma constraint.
    """
    for variable in workspace.allVars():
        name = variable.GetName()
        if not name.startswith("nom"):
            continue
        if name.startswith("nom_beta_"):
            theta = workspace.var(f"theta_{name[len('nom_beta_'):]}").getVal()
            # As far as counts of four times the nominal go: much wider, and the integral over it misses the peak.
            variable.setRange(0, 4 / theta + 20)
            variable.setVal(1 / theta)
        elif name.startswith("nom_gamma_") or name == "nominalLumi":
            variable.setRange(-1e4 if variable.getMax() < 1e4 else 0, max(1e4, variable.getMax()))
        else:
            variable.setRange(-1e4, 1e4)


def minimum(nll):
    """Minuit's, again from where it stopped until that changes nothing."""
    best = math.inf
    for _ in range(10):
        minimizer = ROOT.RooMinimizer(nll)
        minimizer.setPrintLevel(-1)
        minimizer.setStrategy(2)
        minimizer.setEps(1e-4)
        minimizer.minimize("Minuit2", "Migrad")
        minimizer.hesse()
        if not nll.getVal() < best - 1e-10:
            break
        best = nll.getVal()
    return nll.getVal()


def record(workspace, mus):
    widen(workspace)
    config = workspace.obj("ModelConfig")
    observables = config.GetGlobalObservables()
    nll = config.GetPdf().createNLL(
        workspace.data("obsData"), EvalBackend="cpu", Offset="none", GlobalObservables=observables
    )
    poi = config.GetParametersOfInterest().first()
    parameters = [p for p in nll.getVariables() if not p.GetName().startswith(("nom", "theta_", "tau_", "kappa_"))]
    parameters = sorted(
        (p for p in parameters if p.InheritsFrom("RooRealVar") and not config.GetObservables().find(p)),
        key=lambda p: p.GetName(),
    )
    free = [p for p in parameters if not p.isConstant()]
    start = {p.GetName(): p.getVal() for p in parameters}
    out = {
        "poi": poi.GetName(),
        "parameters": [
            {
                "name": p.GetName(),
                "value": p.getVal(),
                # TRExFitter writes ranges up to 1e30.
                "range": [p.getMin(), p.getMax()],
                "constant": bool(p.isConstant()),
            }
            for p in parameters
        ],
        "points": [{"position": start, "nll": nll.getVal()}],
    }
    generator = random.Random(out["poi"])
    for _ in range(POINTS):
        for p in free:
            span = min(p.getMax() - start[p.GetName()], start[p.GetName()] - p.getMin(), 3.0)
            p.setVal(start[p.GetName()] + 0.5 * (span or 0.1) * generator.uniform(-1 if span else 0, 1))
        out["points"].append({"position": {p.GetName(): p.getVal() for p in parameters}, "nll": nll.getVal()})

    def restart():
        for p in free:
            p.setVal(start[p.GetName()])

    for p in free:
        if p.getMax() > 1e6 or p.getMin() < -1e6:
            p.setRange(max(p.getMin(), -100.0), min(p.getMax(), 100.0))
    restart()
    best = minimum(nll)
    out["fit"] = {
        "nll": best,
        "values": {p.GetName(): p.getVal() for p in free},
        "errors": {p.GetName(): p.getError() for p in free},
    }
    out["q"] = []
    poi.setConstant(True)
    for mu in mus:
        restart()
        poi.setVal(mu)
        out["q"].append({"mu": mu, "q": 2 * (minimum(nll) - best)})
    poi.setConstant(False)
    return out


def numbers(combination, base, mus):
    combination = os.path.abspath(combination)
    back = os.getcwd()
    os.chdir(base)
    top = ET.parse(combination).getroot()
    with tempfile.TemporaryDirectory() as scratch:
        out = {
            element.get("Name"): record(read_measurement(element, top, os.path.join(scratch, "x")), mus)
            for element in top.findall("Measurement")
        }
    os.chdir(back)
    provenance = f"ROOT {ROOT.gROOT.GetVersion()}, ranges of global observables widened"
    return {"provenance": provenance, "measurements": out}


# ----------------------------------------------------------------------------------------------------------------- inputs


def th1(name, values, errors=None, edges=None):
    edges = edges or list(range(len(values) + 1))
    histogram = ROOT.TH1D(name, "", len(values), array("d", edges))
    for i, value in enumerate(values):
        histogram.SetBinContent(i + 1, value)
        histogram.SetBinError(i + 1, errors[i] if errors else math.sqrt(abs(value)))
    histogram.Write()


def th2(name, rows):
    histogram = ROOT.TH2D(name, "", len(rows), 0, len(rows), len(rows[0]), 0, len(rows[0]))
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            histogram.SetBinContent(i + 1, j + 1, value)
    histogram.Write()


class Folder:
    """One case: its XML files and ROOT files."""

    def __init__(self, name):
        self.path = os.path.join(FOLDER, "inputs", name)
        os.makedirs(self.path, exist_ok=True)

    def xml(self, name, text, kind="Channel"):
        with open(os.path.join(self.path, name), "w") as file:
            file.write(f"<!DOCTYPE {kind} SYSTEM 'HistFactorySchema.dtd'>\n{text.strip()}\n")

    def root(self, name="data.root"):
        return ROOT.TFile(os.path.join(self.path, name), "RECREATE", "", 101)


def combination(inputs, measurements, functions=""):
    listed = "\n".join(f"  <Input>{name}</Input>" for name in inputs)
    return f'<Combination OutputFilePrefix="results/x">\n{functions}{listed}\n{measurements}</Combination>'


def measurement(name, inside="", poi="mu", attributes='Lumi="1.0" LumiRelErr="0.1"'):
    body = f"    <POI>{poi}</POI>\n" + "".join(f"    {line}\n" for line in inside.splitlines() if line)
    return f'  <Measurement Name="{name}" {attributes}>\n{body}  </Measurement>\n'


HELD_LUMI = '<ParamSetting Const="True">Lumi</ParamSetting>\n'


def stat_errors():
    case = Folder("stat-errors")
    case.xml(
        "combination.xml",
        combination(["poisson.xml", "gaussian.xml", "default.xml"], measurement("m", HELD_LUMI)),
        "Combination",
    )
    body = """
<Channel Name="{name}" InputFile="data.root" HistoPath="{name}">
  <Data HistoName="data" />
{config}  <Sample Name="signal" HistoName="signal">
    <NormFactor Name="mu" Val="1" Low="0" High="4" />
  </Sample>
  <Sample Name="one" HistoName="one">
    <StatError Activate="True" HistoName="one_relative" />
    <OverallSys Name="scale" High="1.1" Low="0.92" />
  </Sample>
  <Sample Name="two" HistoName="two">
    <StatError Activate="True" />
  </Sample>
  <Sample Name="three" HistoName="one"><StatError Activate="False" /></Sample>
</Channel>"""
    configs = {
        "poisson": '  <StatErrorConfig RelErrorThreshold="0.04" ConstraintType="Poisson" />\n',
        "gaussian": '  <StatErrorConfig RelErrorThreshold="0.02" ConstraintType="Gaussian" />\n',
        "default": "",
    }
    file = case.root()
    for k, (name, config) in enumerate(configs.items()):
        case.xml(f"{name}.xml", body.format(name=name, config=config))
        file.mkdir(name).cd()
        th1("data", [58 + k, 33, 71 - 4 * k, 4])
        th1("signal", [6, 4, 3, 1])
        th1("one", [20, 12, 30, 1.5])
        th1("one_relative", [0.1, 0.02, 0.05, 0.5])
        th1("two", [12, 8 + k, 10, 0.5], [2.0, 0.1, 0.3, 0.4])
    file.Close()


def constraint_terms():
    case = Folder("constraint-terms")
    term = '<ConstraintTerm Type="{0}" RelativeUncertainty="{1}">{2}</ConstraintTerm>\n'
    terms = {
        "Gaussian": "",
        # Small: RooFit normalises the term over nom_beta, which matters by exp(-1 / r^2).
        "Gamma": term.format("Gamma", 0.1, "norm"),
        "LogNormal": term.format("LogNormal", 0.5, "norm other"),
        "Uniform": term.format("Uniform", 1, "norm both"),
        "Ignored": term.format("Gamma", 0, "norm"),
        "NoConstraint": term.format("NoConstraint", 0, "norm"),
    }
    body = "".join(measurement(name, HELD_LUMI + text) for name, text in terms.items())
    case.xml("combination.xml", combination(["channel.xml"], body), "Combination")
    separate = measurement("Gamma", HELD_LUMI + term.format("Gamma", 0.1, "both"))
    case.xml("separate.xml", combination(["channel.xml"], separate), "Combination")
    case.xml(
        "channel.xml",
        """
<Channel Name="SR" InputFile="data.root">
  <Data HistoName="data" />
  <Sample Name="signal" HistoName="signal"><NormFactor Name="mu" Val="1" Low="-2" High="5" /></Sample>
  <Sample Name="background" HistoName="background">
    <OverallSys Name="norm" High="1.2" Low="0.85" />
    <OverallSys Name="other" High="1.05" Low="0.9" />
    <OverallSys Name="both" High="1.02" Low="0.96" />
    <HistoSys Name="both" HistoNameHigh="up" HistoNameLow="down" />
  </Sample>
</Channel>""",
    )
    file = case.root()
    th1("data", [61, 52, 44])
    th1("signal", [4, 8, 3])
    th1("background", [50, 45, 40])
    th1("up", [54, 46, 38])
    th1("down", [45, 43.5, 41])
    file.Close()


def shapes():
    case = Folder("shapes")
    case.xml("combination.xml", combination(["one.xml", "two.xml"], measurement("m", HELD_LUMI)), "Combination")
    case.xml(
        "one.xml",
        """
<Channel Name="one" InputFile="data.root" HistoPath="nominal">
  <Data HistoName="data" HistoPath="" />
  <Sample Name="signal" HistoName="signal"><NormFactor Name="mu" Val="1" Low="0" High="5" /></Sample>
  <Sample Name="a" HistoName="a">
    <HistoSys Name="jes" HistoNameHigh="a" HistoPathHigh="/varied/up/" HistoNameLow="a" HistoPathLow="varied/down" />
    <HistoSys Name="files" HistoFileHigh="more.root" HistoPathHigh="" HistoNameHigh="up" HistoFileLow="more.root"
              HistoPathLow="" HistoNameLow="down" />
    <ShapeSys Name="gaussian" HistoName="relative" />
    <ShapeSys Name="shared" HistoName="common" ConstraintType="Poisson" />
  </Sample>
  <Sample Name="b" HistoName="b" HistoPath="nominal/inner" InputFile="more.root">
    <ShapeSys Name="shared" HistoName="common" HistoPath="nominal" InputFile="data.root" ConstraintType="Pois" />
    <ShapeSys Name="poisson" HistoName="relative" HistoPath="nominal" InputFile="data.root" ConstraintType="Poisson" />
  </Sample>
</Channel>""",
    )
    case.xml(
        "two.xml",
        """
<Channel Name="two" InputFile="data.root" HistoPath="flat">
  <Data HistoName="data" />
  <Sample Name="signal" HistoName="signal"><NormFactor Name="mu" Val="1" Low="0" High="5" /></Sample>
  <Sample Name="a" HistoName="a">
    <HistoSys Name="jes" HistoNameHigh="up" HistoNameLow="down" />
    <ShapeSys Name="plane" HistoName="relative" ConstraintType="Gauss" />
    <StatError Activate="True" />
  </Sample>
</Channel>""",
    )
    edges = [0, 10, 25, 80, 200]
    file = case.root()
    th1("data", [52, 41, 3, 20], edges=edges)
    file.mkdir("nominal").cd()
    th1("signal", [3, 5, 1, 2], edges=edges)
    th1("a", [30, 20, 0, 10], edges=edges)
    th1("relative", [0.1, 0.2, 0.3, 0], edges=edges)
    th1("common", [0.05, 0.15, 0.1, 0.25], edges=edges)
    for side, values in (("up", [33, 21, 1, 9]), ("down", [28, 18.5, 1, 11])):
        (file.GetDirectory("varied") or file.mkdir("varied")).mkdir(side).cd()
        th1("a", values, edges=edges)
    file.mkdir("flat").cd()
    th2("data", [[14, 22, 9], [30, 12, 17]])
    th2("signal", [[1, 2, 0.5], [3, 1, 0.2]])
    th2("a", [[12, 20, 10], [25, 12, 16]])
    th2("up", [[13, 20.5, 10.2], [26, 11.5, 16]])
    th2("down", [[11, 19, 9.9], [24.5, 12.4, 15]])
    th2("relative", [[0.1, 0.05, 0.2], [0.15, 0.3, 0]])
    file.Close()
    more = case.root("more.root")
    # Where nothing is expected both sides are equal: ROOT cuts off what would be negative in between.
    th1("up", [31, 19, 0.2, 10.5], edges=edges)
    th1("down", [29.5, 21, 0.2, 9], edges=edges)
    more.mkdir("nominal").mkdir("inner").cd()
    th1("b", [15, 14, 2, 8], edges=edges)
    more.Close()


def regions():
    case = Folder("regions")
    free = measurement(
        "free",
        '<ParamSetting Val="1.2">mu</ParamSetting>\n'
        '<ParamSetting Const="True" Val="0.5">alpha_scale gamma_stat_SR_bin_1</ParamSetting>\n'
        '<ParamSetting Const="False">alpha_shape</ParamSetting>',
        poi="mu k",
        attributes='Lumi="1.5" LumiRelErr="0.04"',
    )
    held = measurement("held", HELD_LUMI + '<ParamSetting Const="True">k</ParamSetting>', attributes='Lumi="2"')
    exact = measurement("exact", attributes='Lumi="1" LumiRelErr="0"')
    case.xml("combination.xml", combination(["SR.xml", "CR.xml"], free + held + exact), "Combination")
    case.xml(
        "SR.xml",
        """
<Channel Name="SR" InputFile="data.root">
  <Data HistoName="data" />
  <StatErrorConfig RelErrorThreshold="0.01" ConstraintType="Gaussian" />
  <Sample Name="signal" HistoName="signal" NormalizeByTheory="True">
    <NormFactor Name="mu" Val="1" Low="0" High="6" />
    <NormFactor Name="k" Val="0.9" Low="0.1" High="3" />
  </Sample>
  <Sample Name="driven" HistoName="flat" NormalizeByTheory="False">
    <ShapeFactor Name="shape" HistoName="start" />
    <OverallSys Name="transfer" High="1.15" Low="0.9" />
  </Sample>
  <Sample Name="theory" HistoName="theory">
    <StatError Activate="True" />
    <OverallSys Name="scale" High="1.1" Low="0.9" />
    <HistoSys Name="shape" HistoNameHigh="theory_up" HistoNameLow="theory_down" />
  </Sample>
</Channel>""",
    )
    case.xml(
        "CR.xml",
        """
<Channel Name="CR" InputFile="data.root">
  <Data HistoName="control" />
  <Sample Name="driven" HistoName="flat" NormalizeByTheory="False">
    <ShapeFactor Name="shape" HistoName="start" />
  </Sample>
  <Sample Name="theory" HistoName="theory" NormalizeByTheory="true">
    <NormFactor Name="k" Val="0.9" Low="0.1" High="3" />
    <OverallSys Name="scale" High="1.2" Low="0.8" />
  </Sample>
</Channel>""",
    )
    file = case.root()
    th1("data", [170, 130, 60])
    th1("control", [150, 120, 40])
    th1("signal", [10, 5, 20])
    th1("flat", [1, 1, 1])
    th1("start", [60, 50, 8])
    th1("theory", [30, 20, 10], [2, 1, 1.5])
    th1("theory_up", [32, 21, 9])
    th1("theory_down", [27, 19, 10.5])
    file.Close()


def functions():
    case = Folder("functions")
    case.xml(
        "combination.xml",
        combination(
            ["channel.xml"],
            measurement("m", HELD_LUMI),
            '  <Function Name="root_mu" Expression="sqrt(mu)" Dependents="mu[1,0,4]" />\n'
            '  <Function Name="third" Expression="@0*@1/3" Dependents="mu[1,0,4],ratio[0.5,0.1,2]" />\n'
            '  <Function Name="twice" Expression="2*pow(third,1.0)*3" Dependents="third" />\n',
        ),
        "Combination",
    )
    case.xml(
        "channel.xml",
        """
<Channel Name="SR" InputFile="data.root">
  <Data HistoName="data" />
  <Sample Name="signal" HistoName="signal">
    <NormFactor Name="root_mu" Val="1" Low="0" High="3" />
    <NormFactor Name="root_mu" Val="1" Low="0" High="3" />
  </Sample>
  <Sample Name="other" HistoName="other">
    <NormFactor Name="twice" Val="1" Low="0" High="3" />
    <StatError Activate="True" />
  </Sample>
  <Sample Name="background" HistoName="background">
    <OverallSys Name="scale" High="1.1" Low="0.9" />
  </Sample>
</Channel>""",
    )
    file = case.root()
    th1("data", [64, 52, 40])
    th1("signal", [4, 9, 3])
    th1("other", [6, 2, 9], [1, 0.5, 2])
    th1("background", [50, 42, 30])
    file.Close()


def plain():
    """One that pyhf reads, too, and reads otherwise."""
    case = Folder("plain")
    lumi = measurement("m", attributes='Lumi="1.0" LumiRelErr="0.05"')
    case.xml("combination.xml", combination(["channel.xml"], lumi), "Combination")
    case.xml(
        "channel.xml",
        """
<Channel Name="SR" InputFile="data.root">
  <Data HistoName="data" />
  <Sample Name="signal" HistoName="signal">
    <NormFactor Name="mu" Val="1" Low="0" High="5" />
  </Sample>
  <Sample Name="theory" HistoName="theory" NormalizeByTheory="True">
    <NormFactor Name="k" Val="1.1" Low="0" High="5" Const="True" />
    <StatError Activate="True" />
    <HistoSys Name="jes" HistoNameHigh="up" HistoNameLow="down" />
  </Sample>
  <Sample Name="driven" HistoName="driven" NormalizeByTheory="False">
    <ShapeSys Name="shape" HistoName="relative" />
    <OverallSys Name="norm" High="1.1" Low="0.95" />
  </Sample>
</Channel>""",
    )
    file = case.root()
    th1("data", [64, 52, 40])
    th1("signal", [4, 9, 3])
    th1("theory", [30, 20, 19], [1.5, 2, 0.5])
    th1("up", [31, 21, 18.5])
    th1("down", [29, 18, 19])
    th1("driven", [25, 20, 15])
    th1("relative", [0.1, 0.05, 0.2])
    file.Close()


CASES = {
    "plain": plain,
    "stat-errors": stat_errors,
    "constraint-terms": constraint_terms,
    "shapes": shapes,
    "regions": regions,
    "functions": functions,
}


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def main():
    if len(sys.argv) > 1:
        mus = [float(mu) for mu in (sys.argv[4] if len(sys.argv) > 4 else "0,0.5,1,2").split(",")]
        write(sys.argv[3], numbers(sys.argv[1], sys.argv[2], mus))
        return
    os.makedirs(os.path.join(FOLDER, "reference"), exist_ok=True)
    for make in CASES.values():
        make()
    for name in sorted(os.listdir(os.path.join(FOLDER, "inputs"))):
        base = os.path.join(FOLDER, "inputs", name)
        for file in sorted(os.listdir(base)):
            if file not in ("combination.xml", "separate.xml"):
                continue
            suffix = "" if file == "combination.xml" else f".{file[:-4]}"
            path = os.path.join(FOLDER, "reference", f"{name}{suffix}.json")
            write(path, numbers(os.path.join(base, file), base, [0, 0.5, 1, 2]))


if __name__ == "__main__":
    main()
