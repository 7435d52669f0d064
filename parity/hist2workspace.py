"""ROOT's hist2workspace for installations that lack it: PyPI's `root` has no XML parser.

The XML is read here, by the rules of ROOT's ConfigParser, into HistFactory::Measurement; everything after that is ROOT's.
Paths are relative to the folder in which it runs.

usage: python hist2workspace.py COMBINATION.xml     writes PREFIX_combined_MEASUREMENT_model.root of every measurement
       python hist2workspace.py --macro FILE.C      runs a macro, as `root -l -b -q` does
       python hist2workspace.py --check             prints the version of ROOT
"""

import os
import sys
import warnings
import xml.etree.ElementTree as ET

# The wheel says on import that it is not for production.
warnings.filterwarnings("ignore")

import ROOT  # noqa: E402

HF = ROOT.RooStats.HistFactory
CONSTRAINTS = {
    "Gaussian": HF.Constraint.Gaussian,
    "Gauss": HF.Constraint.Gaussian,
    "Poisson": HF.Constraint.Poisson,
    "Pois": HF.Constraint.Poisson,
}
BOOLEANS = {"True": True, "true": True, "False": False, "false": False}


def read_sample(element, file, path, channel):
    file, path = element.get("InputFile", file), element.get("HistoPath", path)
    sample = HF.Sample(element.get("Name"), element.get("HistoName"), file, path)
    sample.SetChannelName(channel)
    sample.SetNormalizeByTheory(BOOLEANS[element.get("NormalizeByTheory", "True")])
    for child in element:
        get = child.get
        if child.tag == "NormFactor":
            sample.AddNormFactor(get("Name"), float(get("Val", 1)), float(get("Low")), float(get("High")))
        elif child.tag == "OverallSys":
            sample.AddOverallSys(get("Name"), float(get("Low")), float(get("High")))
        elif child.tag == "HistoSys":
            sides = [
                get(f"Histo{part}{side}", default)
                for side in ("Low", "High")
                for part, default in (("Name", None), ("File", file), ("Path", path))
            ]
            sample.AddHistoSys(get("Name"), *sides)
        elif child.tag == "ShapeSys":
            constraint = CONSTRAINTS[get("ConstraintType", "Gaussian")]
            place = (get("InputFile", file), get("HistoPath", path))
            sample.AddShapeSys(get("Name"), constraint, get("HistoName"), *place)
        elif child.tag == "ShapeFactor":
            factor = HF.ShapeFactor()
            factor.SetName(get("Name"))
            factor.SetConstant(BOOLEANS[get("Const", "False")])
            if get("HistoName"):
                factor.SetHistoName(get("HistoName"))
                factor.SetInputFile(get("InputFile", file))
                factor.SetHistoPath(get("HistoPath", path))
            sample.GetShapeFactorList().push_back(factor)
        elif child.tag == "StatError":
            if not BOOLEANS[get("Activate")]:
                continue
            if get("HistoName"):
                sample.ActivateStatError(get("HistoName"), get("InputFile") or file, get("HistoPath") or path)
            else:
                sample.ActivateStatError()
        else:
            sys.exit(f"hist2workspace.py: unknown element <{child.tag}> in a sample")
    return sample


def read_channel(name):
    root = ET.parse(name).getroot()
    channel = HF.Channel(root.get("Name"))
    file, path = root.get("InputFile", ""), root.get("HistoPath", "")
    channel.SetInputFile(file)
    channel.SetHistoPath(path)
    data = root.find("Data")
    if data is not None:
        channel.SetData(data.get("HistoName"), data.get("InputFile", file), data.get("HistoPath", path))
    for child in root:
        if child.tag == "StatErrorConfig":
            kind = CONSTRAINTS[child.get("ConstraintType", "Poisson")]
            channel.SetStatErrorConfig(float(child.get("RelErrorThreshold", 0.05)), kind)
        elif child.tag == "Sample":
            channel.AddSample(read_sample(child, file, path, root.get("Name")))
    return channel


def read_measurement(element, top, prefix):
    """One measurement as a workspace of ROOT's."""
    measurement = HF.Measurement(element.get("Name"), element.get("Name"))
    measurement.SetOutputFilePrefix(prefix)
    measurement.SetLumi(float(element.get("Lumi", 1)))
    measurement.SetLumiRelErr(float(element.get("LumiRelErr", 0.1)))
    for key, set_bin in (("BinLow", measurement.SetBinLow), ("BinHigh", measurement.SetBinHigh)):
        if element.get(key):
            set_bin(int(element.get(key)))
    for k, poi in enumerate(element.find("POI").text.split()):
        (measurement.AddPOI if k else measurement.SetPOI)(poi)
    for setting in element.findall("ParamSetting"):
        for name in (setting.text or "").split():
            if setting.get("Const") == "True":
                measurement.AddConstantParam(name)
            if setting.get("Val"):
                measurement.SetParamValue(name, float(setting.get("Val")))
    for term in element.findall("ConstraintTerm"):
        relative = float(term.get("RelativeUncertainty", 0))
        for name in term.text.split():
            if term.get("Type") == "NoConstraint":
                measurement.AddNoSyst(name)
            elif relative and term.get("Type") == "Gamma":
                measurement.AddGammaSyst(name, relative)
            elif relative and term.get("Type") == "LogNormal":
                measurement.AddLogNormSyst(name, relative)
            elif relative and term.get("Type") == "Uniform":
                measurement.AddUniformSyst(name)
    for function in top.findall("Function"):
        parts = [function.get(key) for key in ("Name", "Expression", "Dependents")]
        measurement.AddFunctionObject(HF.PreprocessFunction(*parts))
    for channel in top.findall("Input"):
        measurement.AddChannel(read_channel(channel.text.strip()))
    measurement.CollectHistograms()
    return HF.MakeModelAndMeasurementFast(measurement, HF.HistoToWorkspaceFactoryFast.Configuration())


def make_workspaces(path):
    top = ET.parse(path).getroot()
    prefix = top.get("OutputFilePrefix")
    os.makedirs(os.path.dirname(prefix) or ".", exist_ok=True)
    for element in top.findall("Measurement"):
        workspace = read_measurement(element, top, prefix)
        if not workspace:
            sys.exit(f"hist2workspace.py: ROOT made no workspace of measurement {element.get('Name')}")
        target = f"{prefix}_combined_{element.get('Name')}_model.root"
        if not os.path.exists(target):
            workspace.writeToFile(target)


def main():
    ROOT.gROOT.SetBatch(True)
    if sys.argv[1:] == ["--check"]:
        print(ROOT.gROOT.GetVersion())
    elif len(sys.argv) == 3 and sys.argv[1] == "--macro":
        ROOT.gROOT.Macro(sys.argv[2])
    elif len(sys.argv) == 2:
        ROOT.gErrorIgnoreLevel = ROOT.kError
        ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
        make_workspaces(sys.argv[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
