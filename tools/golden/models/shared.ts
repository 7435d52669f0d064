/**
 * Parameters shared by name: across modifier types, samples and channels.
 *
 * @module
 */
import {
  channel,
  histosys,
  lumi,
  lumiConfig,
  measurement,
  mu,
  normfactor,
  normsys,
  sample,
  shapefactor,
  staterror,
  type Workspaces,
  workspace,
} from "../build.ts";

export const sharedParameters: Workspaces = {
  "shared-normsys-histosys": workspace([
    channel(
      "SR",
      [109, 82, 35],
      sample("signal", [6, 13, 8], mu),
      sample(
        "background",
        [100, 70, 25],
        normsys("jes", 1.04, 0.95),
        histosys("jes", [103, 70.5, 23], [98, 69, 27.5]),
      ),
    ),
  ]),
  "shared-across-channels": workspace([
    channel(
      "SR",
      [62, 51],
      sample("signal", [5, 12], mu, normsys("jes", 0.97, 1.02)),
      sample("top", [38, 25], normsys("jes", 1.06, 0.93), normsys("top_theory", 1.2, 0.85)),
      sample("diboson", [14, 12], histosys("jes", [15.5, 11.8], [12.9, 12.4])),
    ),
    channel(
      "CR",
      [410, 190],
      sample(
        "top",
        [370, 160],
        histosys("jes", [380, 158], [362, 161]),
        normsys("top_theory", 1.1, 0.9),
      ),
      sample("diboson", [22, 18], normsys("jes", 1.01, 0.98)),
    ),
  ]),
  "shared-normsys-opposite": workspace([
    channel(
      "SR",
      [77, 63, 29],
      sample("signal", [4, 9, 8], mu),
      sample("first", [40, 30, 12], normsys("migration", 1.14, 0.88)),
      sample("second", [30, 22, 9], normsys("migration", 0.86, 1.13)),
    ),
  ]),
  "shared-normfactor": workspace([
    channel(
      "SR",
      [88, 61],
      sample("ggF", [5, 9], mu),
      sample("VBF", [2, 6], mu, normsys("vbf_theory", 1.05, 0.96)),
      sample("top", [70, 40], normfactor("top_norm"), normsys("top_sr", 1.07, 0.94)),
    ),
    channel(
      "CR",
      [512, 388],
      sample("ggF", [3, 2], mu),
      sample("top", [470, 350], normfactor("top_norm")),
    ),
  ]),
  "shared-shapefactor": workspace([
    channel(
      "SR",
      [66, 44, 21],
      sample("signal", [4, 11, 6], mu),
      sample("multijet", [40, 20, 8], shapefactor("multijet_shape")),
      sample("multijet_heavy", [14, 9, 4], shapefactor("multijet_shape")),
    ),
    channel("VR", [181, 99, 40], sample("multijet", [170, 100, 36], shapefactor("multijet_shape"))),
  ]),
  "shared-shapefactor-channels": workspace([
    channel(
      "SR",
      [31, 22],
      sample("signal", [3, 8], mu),
      sample("multijet", [26, 14], shapefactor("multijet_shape"), normsys("transfer", 1.1, 0.9)),
    ),
    channel("CR_one", [260, 133], sample("multijet", [250, 140], shapefactor("multijet_shape"))),
    channel("CR_two", [88, 52], sample("multijet", [90, 48], shapefactor("multijet_shape"))),
  ]),
  "shared-staterror": workspace([
    channel(
      "SR",
      [57, 40, 16],
      sample("signal", [4, 9, 5], mu, staterror("staterror_SR", [0.4, 0.6, 0.5])),
      sample("top", [30, 18, 6], staterror("staterror_SR", [1.6, 1.1, 0.8])),
      sample("diboson", [20, 11, 4], staterror("staterror_SR", [1.1, 0.9, 0.6])),
      sample("rare", [2, 1.4, 0.7]),
    ),
  ]),
  "shared-lumi": workspace(
    [
      channel(
        "SR",
        [61, 39],
        sample("signal", [6, 11], mu, lumi),
        sample("diboson", [30, 18], lumi, normsys("diboson_theory", 1.09, 0.92)),
        sample("data_driven", [22, 10]),
      ),
      channel("CR", [240], sample("diboson", [230], lumi)),
    ],
    measurement("fit", "mu", lumiConfig(0.05)),
  ),
  "shared-everything": workspace([
    channel(
      "SR_b",
      [48, 37, 20],
      sample("signal", [3, 8, 9], mu, normsys("btag", 1.06, 0.93), normsys("jes", 1.02, 0.97)),
      sample(
        "top",
        [28, 17, 6],
        normfactor("top_norm"),
        normsys("btag", 1.04, 0.95),
        histosys("jes", [29.5, 17.2, 5.6], [27, 16.6, 6.5]),
        staterror("staterror_SR_b", [1.1, 0.9, 0.5]),
      ),
      sample(
        "wjets",
        [12, 8, 3],
        normfactor("wjets_norm"),
        normsys("btag", 1.25, 0.78),
        histosys("jes", [13.1, 8.4, 3.3], [11.2, 7.5, 2.6]),
        staterror("staterror_SR_b", [1.4, 1.1, 0.7]),
      ),
    ),
    channel(
      "SR_0b",
      [160, 122],
      sample("signal", [4, 6], mu, normsys("btag", 0.95, 1.05)),
      sample("top", [50, 28], normfactor("top_norm"), normsys("btag", 0.9, 1.1)),
      sample(
        "wjets",
        [105, 80],
        normfactor("wjets_norm"),
        normsys("jes", 1.05, 0.94),
        staterror("staterror_SR_0b", [4, 3.3]),
      ),
    ),
  ]),
};
