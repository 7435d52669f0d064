/**
 * Empty bins, vanishing uncertainties, odd yields, odd orders.
 *
 * @module
 */
import {
  channel,
  histosys,
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

export const edgeCases: Workspaces = {
  "shapesys-zero-sigma": workspace([
    channel(
      "SR",
      [55, 44, 12],
      sample("signal", [5, 10, 4], mu),
      sample("background", [52, 38, 9], shapesys("uncorrelated", [6, 0, 2.4])),
    ),
  ]),
  "shapesys-zero-nominal": workspace([
    channel(
      "SR",
      [55, 9, 12],
      sample("signal", [5, 10, 4], mu),
      sample("background", [52, 0, 9], shapesys("uncorrelated", [6, 5.5, 2.4])),
    ),
  ]),
  "shapesys-zero-with-data": workspace([
    channel(
      "singlechannel",
      [6, 0],
      sample("signal", [6, 9], mu),
      sample("background", [40, 60], shapesys("uncorrelated", [0, 14])),
    ),
  ]),
  "staterror-zero-delta": workspace([
    channel(
      "SR",
      [55, 44, 12],
      sample("signal", [5, 10, 4], mu),
      sample("background", [52, 38, 9], staterror("staterror_SR", [3.1, 0, 1.7])),
    ),
  ]),
  "staterror-zero-nominal": workspace([
    channel(
      "SR",
      [55, 12, 12],
      sample("signal", [5, 10, 4], mu),
      sample("first", [30, 0, 6], staterror("staterror_SR", [2.3, 0.4, 1.2])),
      sample("second", [22, 0, 3], staterror("staterror_SR", [1.7, 0, 0.9])),
    ),
  ]),
  "staterror-one-sample-empty": workspace([
    channel(
      "SR",
      [37, 20],
      sample("signal", [5, 10], mu),
      sample("first", [30, 0], staterror("staterror_SR", [2.3, 0.6])),
      sample("second", [0, 13], staterror("staterror_SR", [0, 1.4])),
    ),
  ]),
  "zero-data-bins": workspace([
    channel(
      "SR",
      [9, 3, 0, 0],
      sample("signal", [1, 1.5, 0.8, 0.3], mu, normsys("theory", 1.1, 0.9)),
      sample(
        "background",
        [7.4, 2.6, 0.9, 0.2],
        histosys("tilt", [7.6, 2.7, 1, 0.26], [7.2, 2.4, 0.8, 0.15]),
        staterror("staterror_SR", [0.6, 0.4, 0.3, 0.1]),
      ),
    ),
  ]),
  "zero-data-everywhere": workspace([
    channel(
      "SR",
      [0, 0],
      sample("signal", [1.1, 0.7], mu),
      sample("background", [0.6, 1.9], normsys("theory", 1.3, 0.75)),
    ),
  ]),
  "zero-yield-no-data": workspace([
    channel(
      "SR",
      [21, 0, 8],
      sample("signal", [3, 0, 4], mu),
      sample("background", [19, 0, 5], normsys("theory", 1.1, 0.92)),
    ),
  ]),
  "zero-background-with-data": workspace([
    channel(
      "SR",
      [21, 3, 8],
      sample("signal", [3, 2.5, 4], mu),
      sample("background", [19, 0, 5], normsys("theory", 1.1, 0.92)),
    ),
  ]),
  // ln 0 at the nominal point: the fit has to find the feasible region first.
  "zero-nominal-with-data": workspace([
    channel(
      "SR",
      [33, 1],
      sample("background", [30, 0], histosys("leakage", [31, 1.2], [29, -0.8])),
    ),
    channel("CR", [52], sample("signal", [10], mu), sample("background", [45])),
  ]),
  "negative-nominal-bin": workspace([
    channel(
      "SR",
      [41, 27, 13],
      sample("signal", [5, 8, 4], mu),
      sample("interference", [-2.5, -0.8, 1.2], normsys("interference_theory", 1.4, 0.7)),
      sample("background", [40, 22, 8], histosys("tilt", [42, 22, 7.4], [38.5, 21.8, 8.7])),
    ),
  ]),
  "non-integer-data": workspace([
    channel(
      "SR",
      [31.25, 18.4, 0.35],
      sample("signal", [3, 6, 1], mu),
      sample("background", [28.5, 13.2, 0.61], normsys("theory", 1.09, 0.9)),
    ),
  ]),
  "channels-unsorted": workspace([
    channel(
      "zeta",
      [31, 22],
      sample("signal", [3, 7], mu),
      sample(
        "background",
        [29, 14],
        normsys("late", 1.1, 0.93),
        staterror("staterror_zeta", [1.9, 1.2]),
      ),
    ),
    channel("Beta", [12, 9, 4], sample("background", [13, 8, 3.5], normsys("early", 0.9, 1.08))),
    channel(
      "alpha10",
      [45],
      sample("signal", [2], mu),
      sample("background", [40], normsys("early", 1.05, 0.96), shapesys("shape_alpha10", [3.8])),
    ),
    channel("alpha9", [7, 5], sample("background", [6, 6], normsys("late", 1.2, 0.85))),
  ]),
  "single-bin": workspace([
    channel("SR", [6], sample("signal", [2.5], mu), sample("background", [3.1])),
  ]),
  "single-bin-poisson": workspace([
    channel("SR", [9], sample("signal", [4], mu), sample("background", [6], shapesys("b", [2.2]))),
  ]),
  "tiny-yields": workspace([
    channel(
      "SR",
      [1, 0, 0, 2],
      sample("signal", [0.012, 0.034, 0.051, 0.4], mu),
      sample("background", [0.021, 0.00043, 0.3, 0.09], normsys("theory", 1.5, 0.6)),
    ),
  ]),
  "huge-yields": workspace([
    channel(
      "SR",
      [4127450, 1988230, 306120],
      sample("signal", [8000, 21000, 9500], mu),
      sample(
        "background",
        [4.1192e6, 1.9671e6, 297400],
        normsys("theory", 1.01, 0.992),
        histosys("jes", [4.123e6, 1.9675e6, 295800], [4.1161e6, 1.9665e6, 298900]),
      ),
    ),
  ]),
  "many-channels": workspace(
    Array.from({ length: 14 }, (_, i) =>
      channel(
        `region_${i + 1}`,
        [40 + ((i * 17) % 23), 18 + ((i * 11) % 13)],
        sample("signal", [1 + (i % 5), 2 + (i % 3)], mu),
        sample(
          "background",
          [44 + ((i * 5) % 9), 20 + (i % 4)],
          normsys(`norm_${i % 4}`, 1.04 + 0.01 * (i % 6), 0.95),
          normsys("common", 1.03, 0.96),
        ),
      ),
    ),
  ),
  // Two factors whose product is all that counts: the minimum is a curve.
  "flat-direction": workspace([
    channel(
      "SR",
      [28, 24],
      sample("signal", [6, 12], mu, normfactor("branching")),
      sample("background", [23, 13], normsys("theory", 1.1, 0.9)),
    ),
  ]),
  "modifier-without-effect": workspace([
    channel(
      "SR",
      [28, 24],
      sample("signal", [6, 12], mu),
      sample(
        "background",
        [23, 13],
        normsys("nothing", 1, 1),
        histosys("nothing_either", [23, 13], [23, 13]),
        normsys("theory", 1.1, 0.9),
      ),
    ),
  ]),
};

export const minimaAtBounds: Workspaces = {
  "bound-mu-zero": workspace([
    channel(
      "SR",
      [41, 22, 6],
      sample("signal", [4, 9, 6], mu, normsys("signal_theory", 1.1, 0.9)),
      sample(
        "background",
        [46, 30, 11],
        normsys("theory", 1.06, 0.95),
        staterror("staterror_SR", [2.4, 2, 1.3]),
      ),
    ),
  ]),
  "bound-mu-negative": workspace(
    [
      channel(
        "SR",
        [41, 22, 6],
        sample("signal", [4, 9, 6], mu, normsys("signal_theory", 1.1, 0.9)),
        sample("background", [46, 30, 11], normsys("theory", 1.06, 0.95)),
      ),
    ],
    measurement("fit", "mu", { name: "mu", bounds: [[-5, 10]] }),
  ),
  "bound-mu-upper": workspace(
    [
      channel(
        "SR",
        [74, 61],
        sample("signal", [4, 9], mu),
        sample("background", [46, 30], normsys("theory", 1.06, 0.95)),
      ),
    ],
    measurement("fit", "mu", { name: "mu", bounds: [[0, 1.5]] }),
  ),
  "bound-alpha": workspace(
    [
      channel(
        "SR",
        [99, 85],
        sample("signal", [3, 5], mu),
        sample("background", [60, 58], normsys("theory", 1.02, 0.98), normsys("rate", 1.12, 0.9)),
      ),
      channel("CR", [940], sample("background", [610], normsys("rate", 1.12, 0.9))),
    ],
    measurement("fit", "mu", { name: "rate", bounds: [[-2, 2]] }),
  ),
  "bound-shapefactor-zero": workspace([
    channel(
      "SR",
      [31, 18, 4],
      sample("signal", [3, 8, 5], mu),
      sample("multijet", [26, 14, 2], shapefactor("shape")),
    ),
    channel("CR", [205, 98, 0], sample("multijet", [190, 105, 3], shapefactor("shape"))),
  ]),
  "bound-gamma": workspace(
    [
      channel(
        "SR",
        [70, 12],
        sample("signal", [3, 5], mu),
        sample("background", [40, 14], staterror("staterror_SR", [12, 2])),
      ),
    ],
    measurement("fit", "mu", {
      name: "staterror_SR",
      bounds: [
        [0.8, 1.2],
        [0.8, 1.2],
      ],
    }),
  ),
  "pull-large": workspace([
    channel(
      "SR",
      [150, 88],
      sample("signal", [5, 9], mu),
      sample(
        "background",
        [100, 60],
        normsys("rate", 1.2, 0.85),
        histosys("tilt", [108, 55], [93, 64]),
      ),
    ),
    channel("CR", [1650], sample("background", [1000], normsys("rate", 1.2, 0.85))),
    channel(
      "VR",
      [410, 150],
      sample("background", [400, 240], histosys("tilt", [440, 205], [365, 270])),
    ),
  ]),
  "pull-gammas": workspace([
    channel(
      "SR",
      [90, 11, 30],
      sample("signal", [3, 5, 4], mu),
      sample("first", [40, 24, 18], shapesys("first_shape", [22, 12, 9])),
      sample("second", [10, 8, 6], staterror("staterror_SR", [5, 3.5, 3])),
    ),
  ]),
};
