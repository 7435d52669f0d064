/**
 * Each modifier alone (beside the signal strength where it can be) and mixtures of them.
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
  shapesys,
  staterror,
  type Workspaces,
  workspace,
} from "../build.ts";

export const singleModifiers: Workspaces = {
  "only-normfactor": workspace([
    channel(
      "SR",
      [27, 31, 18],
      sample("signal", [4, 9, 6], mu),
      sample("background", [24, 20, 15]),
    ),
  ]),
  "only-normsys": workspace([
    channel(
      "SR",
      [58, 49],
      sample("signal", [6, 12], mu),
      sample("background", [50, 40], normsys("background_norm", 1.12, 0.91)),
    ),
  ]),
  "only-histosys": workspace([
    channel(
      "SR",
      [71, 66, 40],
      sample("signal", [3, 11, 8], mu),
      sample("background", [66, 51, 34], histosys("tilt", [72, 52, 31], [61, 49.5, 36.5])),
    ),
  ]),
  "only-shapesys": workspace([
    channel(
      "SR",
      [55, 44, 12],
      sample("signal", [5, 10, 4], mu),
      sample("background", [52, 38, 9], shapesys("uncorrelated", [6, 5.5, 2.4])),
    ),
  ]),
  "only-staterror": workspace([
    channel(
      "SR",
      [55, 44, 12],
      sample("signal", [5, 10, 4], mu),
      sample("background", [52, 38, 9], staterror("staterror_SR", [3.1, 2.8, 1.7])),
    ),
  ]),
  "only-lumi": workspace(
    [
      channel(
        "SR",
        [118, 97],
        sample("signal", [12, 22], mu, lumi),
        sample("background", [100, 80], lumi),
      ),
    ],
    measurement("fit", "mu", lumiConfig(0.021)),
  ),
  "only-shapefactor": workspace(
    [channel("CR", [104, 83, 37], sample("multijet", [95, 90, 30], shapefactor("multijet_shape")))],
    measurement("fit", ""),
  ),
};

export const mixedModifiers: Workspaces = {
  "mixed-all-seven": workspace(
    [
      channel(
        "SR",
        [98, 77, 41],
        sample("signal", [8, 14, 10], mu, lumi, normsys("signal_theory", 1.08, 0.93)),
        sample(
          "top",
          [60, 40, 18],
          lumi,
          normfactor("top_norm"),
          histosys("jes", [63, 40.5, 16.2], [57.5, 39, 19.4]),
          staterror("staterror_SR", [2.2, 1.9, 1.2]),
        ),
        sample(
          "fakes",
          [20, 14, 6],
          shapesys("fakes_shape", [5, 4.1, 2.6]),
          staterror("staterror_SR", [1.4, 1.2, 0.9]),
        ),
      ),
      channel(
        "CR",
        [330, 214],
        sample("top", [280, 170], lumi, normfactor("top_norm"), normsys("jes", 1.03, 0.96)),
        sample("multijet", [50, 50], shapefactor("multijet_shape")),
      ),
      channel("VR", [60, 49], sample("multijet", [62, 47], shapefactor("multijet_shape"))),
    ],
    measurement("fit", "mu", lumiConfig(0.017)),
  ),
  "mixed-counting": workspace(
    [
      channel(
        "SR",
        [14],
        sample("signal", [5.2], mu, lumi, normsys("acceptance", 1.06, 0.95)),
        sample(
          "background",
          [8.3],
          normsys("modelling", 1.22, 0.84),
          staterror("staterror_SR", [0.7]),
        ),
      ),
    ],
    measurement("fit", "mu", lumiConfig(0.017)),
  ),
  "mixed-normsys-histosys": workspace([
    channel(
      "SR",
      [142, 120, 71, 22],
      sample("signal", [5, 16, 14, 6], mu, normsys("signal_theory", 1.15, 0.88)),
      sample(
        "background",
        [130, 101, 55, 18],
        normsys("cross_section", 1.07, 0.94),
        histosys("scale", [134, 103, 53, 16.4], [127, 99.5, 57, 19.3]),
        histosys("resolution", [128, 103, 56.5, 19], [131.5, 99.2, 54, 17.6]),
      ),
    ),
  ]),
  "mixed-staterror-shapesys": workspace([
    channel(
      "SR",
      [40, 33],
      sample("signal", [4, 9], mu),
      sample(
        "background",
        [37, 25],
        shapesys("background_shape", [4.4, 3.6]),
        staterror("staterror_SR", [1.9, 1.5]),
      ),
    ),
  ]),
  "mixed-two-staterrors": workspace([
    channel(
      "SR",
      [40, 33, 18],
      sample("signal", [4, 9, 5], mu, staterror("staterror_signal", [0.3, 0.5, 0.4])),
      sample("background", [37, 25, 11], staterror("staterror_background", [2.6, 2.1, 1.4])),
    ),
  ]),
  "mixed-factors-on-one-sample": workspace([
    channel(
      "SR",
      [88, 66],
      sample("signal", [7, 15], mu, normfactor("branching"), normsys("theory", 1.1, 0.9)),
      sample(
        "background",
        [80, 49],
        normsys("first", 1.05, 0.97),
        normsys("second", 0.92, 1.06),
        normsys("third", 1.18, 0.79),
      ),
    ),
    channel("CR", [19, 24], sample("signal", [20, 20], normfactor("branching"))),
  ]),
};
