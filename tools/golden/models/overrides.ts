/**
 * Measurements that override a parameter's settings, several measurements, unusual parameters of interest and none.
 *
 * @module
 */
import type { ParameterConfig } from "../../../src/workspace/types.ts";
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

/** One channel with a parameter of most kinds, for measurements to play with. */
const playground = [
  channel(
    "SR",
    [73, 58, 26],
    sample("signal", [5, 11, 7], mu, normsys("signal_theory", 1.1, 0.92)),
    sample(
      "top",
      [44, 28, 9],
      normfactor("top_norm"),
      histosys("jes", [46, 28.4, 8.3], [42.4, 27.5, 9.8]),
      staterror("staterror_SR", [1.8, 1.3, 0.7]),
    ),
    sample("fakes", [18, 12, 5], shapesys("fakes_shape", [4, 3.1, 1.9])),
  ),
  channel("CR", [312], sample("top", [290], normfactor("top_norm"), normsys("jes", 1.02, 0.97))),
];

const overridden = (...parameters: ParameterConfig[]) =>
  workspace(playground, measurement("fit", "mu", ...parameters));

export const measurementOverrides: Workspaces = {
  "override-inits-bounds": overridden(
    { name: "mu", inits: [0.4], bounds: [[-3, 6]] },
    { name: "jes", inits: [0.7], bounds: [[-2, 2]] },
    { name: "top_norm", bounds: [[0.2, 4]] },
  ),
  "override-auxdata": overridden(
    { name: "jes", auxdata: [0.6] },
    { name: "signal_theory", inits: [0.3], auxdata: [-0.45] },
  ),
  "override-fixed": overridden(
    { name: "jes", inits: [0.7], fixed: true },
    { name: "top_norm", inits: [1.08], fixed: true },
  ),
  "override-fixed-per-bin": overridden(
    { name: "staterror_SR", inits: [1.02, 0.97, 1.1], fixed: true },
    { name: "fakes_shape", fixed: true },
  ),
  "override-fixed-poi": overridden({ name: "mu", inits: [1.3], fixed: true }),
  "override-per-bin": overridden(
    {
      name: "staterror_SR",
      inits: [1.01, 0.99, 1.05],
      bounds: [
        [0.5, 1.6],
        [0.5, 1.6],
        [0.2, 3],
      ],
      auxdata: [1.02, 0.97, 1.04],
      sigmas: [0.06, 0.08, 0.15],
    },
    {
      name: "fakes_shape",
      inits: [0.9, 1, 1.1],
      auxdata: [22, 14.5, 8.25],
      factors: [20, 15, 7.5],
    },
  ),
  "override-lumi-off-centre": workspace(
    [
      channel(
        "SR",
        [131, 84],
        sample("signal", [9, 16], mu, lumi),
        sample("background", [104, 61], lumi, normsys("theory", 1.06, 0.95)),
      ),
    ],
    measurement("fit", "mu", {
      name: "lumi",
      inits: [1.05],
      bounds: [[0.8, 1.4]],
      auxdata: [1.04],
      sigmas: [0.03],
    }),
  ),
  "several-measurements": workspace(
    [
      channel(
        "SR",
        [91, 60],
        sample("signal", [8, 15], mu, lumi),
        sample("exotic", [3, 6], normfactor("kappa"), lumi),
        sample("background", [76, 41], lumi, normsys("theory", 1.08, 0.93)),
      ),
      channel("CR", [150], sample("exotic", [9], normfactor("kappa")), sample("background", [140])),
    ],
    measurement("nominal", "mu", lumiConfig(0.02)),
    measurement("kappa", "kappa", lumiConfig(0.02), { name: "mu", bounds: [[0, 5]] }),
    measurement("frozen", "mu", lumiConfig(0.05), { name: "theory", fixed: true }),
  ),
  "poi-second": workspace(playground, measurement("fit", "top_norm")),
  "poi-is-alpha": workspace(
    playground,
    measurement("fit", "jes", { name: "mu", inits: [1], fixed: true }),
  ),
  "poi-none": workspace(playground, measurement("fit", "")),
  "poi-none-free-shapes": workspace(
    [
      channel(
        "CR_low",
        [140, 82],
        sample("multijet", [120, 70], shapefactor("shape_low")),
        sample("top", [22, 15], normsys("top_theory", 1.15, 0.9)),
      ),
      channel("CR_high", [77, 30], sample("top", [78, 32], normsys("top_theory", 1.12, 0.87))),
    ],
    measurement("fit", ""),
  ),
};
