/**
 * Variations that stress the interpolation: one-sided, both on one side of nominal (a kink at 0 for the piecewise codes),
 * large.
 *
 * @module
 */
import { channel, histosys, mu, normsys, sample, type Workspaces, workspace } from "../build.ts";

export const hardInterpolation: Workspaces = {
  "kink-histosys-one-sided": workspace([
    channel(
      "SR",
      [65, 47, 24],
      sample("signal", [4, 9, 6], mu),
      sample("background", [60, 40, 17], histosys("shower", [66, 41, 15.5], [60, 40, 17])),
    ),
  ]),
  "kink-histosys-same-side": workspace([
    channel(
      "SR",
      [68, 45, 26],
      sample("signal", [4, 9, 6], mu),
      sample("background", [60, 40, 17], histosys("shower", [66, 42, 18.5], [63, 43, 18])),
    ),
    channel("CR", [301], sample("background", [290], histosys("shower", [300], [296]))),
  ]),
  "kink-histosys-at-nominal": workspace([
    channel(
      "SR",
      [58, 41, 17],
      sample("signal", [4, 9, 6], mu),
      sample("background", [60, 40, 17], histosys("shower", [70, 47, 20], [72, 46, 19.5])),
    ),
    channel("CR", [281], sample("background", [290], histosys("shower", [300], [304]))),
  ]),
  "kink-normsys-one-sided": workspace([
    channel(
      "SR",
      [65, 47],
      sample("signal", [4, 9], mu, normsys("signal_theory", 1.1, 1)),
      sample("background", [60, 40], normsys("rate", 1, 0.88)),
    ),
  ]),
  "kink-normsys-same-side": workspace([
    channel(
      "SR",
      [66, 46],
      sample("signal", [4, 9], mu),
      sample("background", [60, 40], normsys("rate", 1.12, 1.05)),
    ),
    channel("CR", [325], sample("background", [300], normsys("rate", 1.12, 1.05))),
  ]),
  "kink-normsys-at-nominal": workspace([
    channel(
      "SR",
      [59, 41],
      sample("signal", [4, 9], mu),
      sample("background", [60, 40], normsys("rate", 1.12, 1.15), normsys("other", 0.93, 0.9)),
    ),
    channel("CR", [291], sample("background", [300], normsys("rate", 1.1, 1.07))),
  ]),
  "kink-several": workspace([
    channel(
      "SR",
      [121, 93, 50, 19],
      sample("signal", [4, 10, 9, 5], mu, normsys("signal_theory", 1.09, 1.02)),
      sample(
        "top",
        [70, 50, 24, 8],
        normsys("top_rate", 1.08, 1.03),
        histosys("shower", [74, 53, 23, 7.2], [72, 51, 25, 8.4]),
        histosys("recoil", [70, 50, 24, 8], [67, 51, 25.5, 8.7]),
      ),
      sample(
        "vjets",
        [41, 28, 13, 4],
        histosys("scale", [44, 30, 14, 4.6], [42, 27, 12.1, 3.6]),
        normsys("vjets_rate", 0.94, 0.97),
      ),
    ),
    channel(
      "CR",
      [520, 260],
      sample(
        "top",
        [380, 170],
        normsys("top_rate", 1.05, 1.02),
        histosys("shower", [388, 168], [391, 176]),
      ),
      sample("vjets", [131, 84], histosys("scale", [140, 88], [137, 81])),
    ),
  ]),
  "large-normsys": workspace([
    channel(
      "SR",
      [41, 30],
      sample("signal", [4, 9], mu, normsys("signal_theory", 1.6, 0.5)),
      sample("background", [28, 14], normsys("rate", 3, 0.2)),
    ),
  ]),
  "large-normsys-inverted": workspace([
    channel(
      "SR",
      [41, 30],
      sample("signal", [4, 9], mu),
      sample("first", [18, 6], normsys("rate", 0.2, 3)),
      sample("second", [12, 9], normsys("rate", 2.2, 0.6), normsys("other", 1.9, 0.4)),
    ),
    channel("CR", [88], sample("first", [60], normsys("rate", 0.35, 2.4)), sample("second", [20])),
  ]),
  "large-histosys": workspace([
    channel(
      "SR",
      [44, 35, 22],
      sample("signal", [4, 9, 7], mu),
      sample("background", [40, 22, 9], histosys("tilt", [25, 24, 16.2], [62, 19, 2.7])),
    ),
    channel(
      "CR",
      [203, 118],
      sample("background", [220, 96], histosys("tilt", [160, 150], [300, 41])),
    ),
  ]),
  "large-both": workspace([
    channel(
      "SR",
      [52, 39, 14],
      sample("signal", [4, 9, 7], mu, normsys("shared", 0.7, 1.45)),
      sample(
        "background",
        [40, 22, 9],
        normsys("shared", 1.8, 0.45),
        histosys("shared", [52, 20, 6], [29, 25, 12.5]),
        normsys("rate", 2.5, 0.3),
      ),
    ),
    channel("CR", [140, 77], sample("background", [120, 60], normsys("rate", 1.9, 0.5))),
  ]),
};
