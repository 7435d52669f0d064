"""Writes parity/fixtures/: the models that come with nextstat for the comparison with ROOT, and pyhf's numbers for them.

The workspaces in JSON are written here as they stand; the histograms of the HistFactory combination by ROOT. All numbers are
invented.

usage: python tools/parity/fixtures.py [PYHF_PYTHON]    (with ROOT; and a Python with pyhf, to record its numbers)
"""

import json
import math
import os
import subprocess
import sys
from array import array

import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
PARITY = os.path.join(HERE, "../../parity")
FIXTURES = os.path.join(PARITY, "fixtures")


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def sample(name, data, *modifiers):
    return {"name": name, "data": data, "modifiers": list(modifiers)}


def histosys(name, hi, lo):
    return modifier(name, "histosys", {"hi_data": hi, "lo_data": lo})


def normsys(name, hi, lo):
    return modifier(name, "normsys", {"hi": hi, "lo": lo})


MU = modifier("mu", "normfactor")
LUMI = modifier("lumi", "lumi")


def workspace(measurement, channels, observed, parameters=()):
    return {
        "channels": [{"name": name, "samples": samples} for name, samples in channels.items()],
        "observations": [{"name": name, "data": data} for name, data in observed.items()],
        "measurements": [{"name": measurement, "config": {"poi": "mu", "parameters": list(parameters)}}],
        "version": "1.0.0",
    }


def simple():
    """One channel, uncorrelated uncertainties."""
    channel = [
        sample("signal", [9.5, 14.0, 6.0], MU),
        sample("background", [61.0, 47.0, 33.5], modifier("uncorr_bkguncrt", "shapesys", [4.0, 5.5, 3.0])),
    ]
    return workspace("GaussExample", {"singlechannel": channel}, {"singlechannel": [66.0, 58.0, 31.0]})


def all_modifiers():
    """Two channels with every kind of modifier."""
    signal_region = [
        sample("signal", [6.0, 11.0, 8.0], MU, LUMI, normsys("theory", 1.08, 0.93)),
        sample(
            "top",
            [48.0, 39.0, 21.0],
            LUMI,
            normsys("top_xsec", 1.06, 0.95),
            histosys("jes", [50.5, 40.0, 20.2], [46.1, 38.2, 21.5]),
            modifier("staterror_SR", "staterror", [2.1, 1.9, 1.2]),
        ),
        sample(
            "fakes",
            [9.0, 6.5, 4.0],
            LUMI,
            modifier("fakes_shape", "shapesys", [2.0, 1.6, 1.3]),
            modifier("staterror_SR", "staterror", [0.8, 0.7, 0.9]),
        ),
    ]
    control_region = [
        sample(
            "top",
            [180.0, 95.0],
            LUMI,
            normsys("top_xsec", 1.06, 0.95),
            histosys("jes", [186.0, 96.5], [175.5, 93.1]),
            modifier("staterror_CR", "staterror", [4.0, 3.1]),
        ),
        sample("free", [60.0, 25.0], LUMI, modifier("free_shape", "shapefactor")),
    ]
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.0, 10.0]], "inits": [1.0]}
    channels = {"SR": signal_region, "CR": control_region}
    return workspace("search", channels, {"SR": [66.0, 61.0, 37.0], "CR": [251.0, 113.0]}, [lumi])


def two_minima():
    """A variation that lowers a bin on both sides: the likelihood has two minima, and Minuit stops in the higher one."""
    channel = [
        sample("signal", [20.0, 8.0], MU),
        sample("one", [95.0, 15.0], modifier("one_shape", "histosys", {"hi_data": [97.0, 14.0], "lo_data": [93.0, 16.0]})),
        sample("two", [45.0, 110.0], histosys("shared", [52.0, 54.0], [40.0, 47.0])),
    ]
    control = [sample("two", [110.0, 62.0], histosys("shared", [98.0, 66.0], [119.0, 55.0]))]
    return workspace("m", {"SR": channel, "CR": control}, {"SR": [168.0, 95.0], "CR": [108.0, 63.0]})


WORKSPACES = {"simple_workspace": simple, "all_modifiers": all_modifiers, "two_minima": two_minima}


def th1(name, values, errors=None):
    histogram = ROOT.TH1D(name, "", len(values), array("d", range(len(values) + 1)))
    for i, value in enumerate(values):
        histogram.SetBinContent(i + 1, value)
        histogram.SetBinError(i + 1, errors[i] if errors else math.sqrt(abs(value)))
    histogram.Write()


COMBINATION = """<!DOCTYPE Combination SYSTEM 'HistFactorySchema.dtd'>
<Combination OutputFilePrefix="results/fixture">
  <Input>channels/SR.xml</Input>
  <Input>channels/CR.xml</Input>
  <Measurement Name="fixture" Lumi="1.0" LumiRelErr="0.03">
    <POI>mu</POI>
    <ConstraintTerm Type="LogNormal" RelativeUncertainty="0.4">transfer</ConstraintTerm>
    <ConstraintTerm Type="Gamma" RelativeUncertainty="0.15">efficiency</ConstraintTerm>
  </Measurement>
</Combination>
"""

SIGNAL_REGION = """<!DOCTYPE Channel SYSTEM '../HistFactorySchema.dtd'>
<Channel Name="SR" InputFile="data.root" HistoPath="SR">
  <Data HistoName="data" />
  <Sample Name="signal" HistoName="signal"><NormFactor Name="mu" Val="1" Low="0" High="6" /></Sample>
  <Sample Name="multijet" HistoName="multijet" NormalizeByTheory="False">
    <OverallSys Name="transfer" High="1.25" Low="0.8" />
    <ShapeSys Name="closure" HistoName="closure" />
  </Sample>
  <Sample Name="top" HistoName="top" NormalizeByTheory="True">
    <StatError Activate="True" />
    <NormFactor Name="k_top" Val="1" Low="0" High="3" />
    <OverallSys Name="efficiency" High="1.05" Low="0.96" />
    <HistoSys Name="jes" HistoNameHigh="top_up" HistoNameLow="top_down" />
  </Sample>
</Channel>
"""

CONTROL_REGION = """<!DOCTYPE Channel SYSTEM '../HistFactorySchema.dtd'>
<Channel Name="CR" InputFile="data.root" HistoPath="CR">
  <Data HistoName="data" />
  <StatErrorConfig RelErrorThreshold="0.02" ConstraintType="Gaussian" />
  <Sample Name="top" HistoName="top" NormalizeByTheory="True">
    <StatError Activate="True" />
    <NormFactor Name="k_top" Val="1" Low="0" High="3" />
    <OverallSys Name="efficiency" High="1.03" Low="0.98" />
    <HistoSys Name="jes" HistoNameHigh="top_up" HistoNameLow="top_down" />
  </Sample>
</Channel>
"""


def histfactory():
    """What TRExFitter writes, and what pyhf's JSON cannot say: a threshold and Poisson StatErrors, a Gaussian ShapeSys,
    ConstraintTerms, NormalizeByTheory."""
    folder = os.path.join(FIXTURES, "histfactory")
    os.makedirs(os.path.join(folder, "channels"), exist_ok=True)
    texts = {"combination.xml": COMBINATION, "channels/SR.xml": SIGNAL_REGION, "channels/CR.xml": CONTROL_REGION}
    for name, text in texts.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    file = ROOT.TFile(os.path.join(folder, "data.root"), "RECREATE", "", 101)
    file.mkdir("SR").cd()
    th1("data", [59, 44, 23, 8])
    th1("signal", [3, 6, 5, 2.5])
    th1("multijet", [14, 9, 4, 1.5])
    th1("closure", [0.2, 0.15, 0.3, 0.5])
    th1("top", [40, 28, 12, 2.2], [1.6, 1.5, 1.1, 0.6])
    th1("top_up", [41.5, 29.2, 11.8, 2.4])
    th1("top_down", [38, 27.1, 12.3, 2.1])
    file.mkdir("CR").cd()
    th1("data", [310, 205, 97])
    th1("top", [290, 211, 92], [4, 6, 2.5])
    th1("top_up", [297, 215, 90])
    th1("top_down", [284, 207, 94.5])
    file.Close()


def main():
    os.makedirs(FIXTURES, exist_ok=True)
    paths = []
    for name, make in WORKSPACES.items():
        paths.append(os.path.join(FIXTURES, f"{name}.json"))
        with open(paths[-1], "w") as file:
            json.dump(make(), file, indent=1)
            file.write("\n")
    histfactory()
    if len(sys.argv) > 1:
        script = os.path.join(PARITY, "pyhf_reference.py")
        out = os.path.join(FIXTURES, "pyhf_reference.json")
        subprocess.run([sys.argv[1], script, out, *paths], check=True)


if __name__ == "__main__":
    main()
