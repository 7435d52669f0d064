/**
 * Where tests of a signal strength reach their limits: nothing seen, nothing to see, far too much, far too little.
 *
 * @module
 */
import { channel, measurement, mu, normsys, sample, type Workspaces, workspace } from "../build.ts";

export const hypothesisTests: Workspaces = {
  "test-nothing-seen": workspace([
    channel("SR", [0], sample("signal", [3], mu), sample("background", [1.2])),
  ]),
  // No yield depends on mu: every test statistic is 0.
  "test-no-sensitivity": workspace([
    channel(
      "SR",
      [28, 19],
      sample("signal", [0, 0], mu),
      sample("background", [25, 17], normsys("theory", 1.08, 0.93)),
    ),
  ]),
  "test-excess": workspace(
    [
      channel(
        "SR",
        [412, 96],
        sample("signal", [12, 3], mu),
        sample("background", [118, 41], normsys("theory", 1.06, 0.95)),
      ),
    ],
    measurement("fit", "mu", { name: "mu", bounds: [[-5, 60]] }),
  ),
  // CLs is the ratio of two tails beyond 1e-30.
  "test-deficit": workspace(
    [
      channel(
        "SR",
        [504],
        sample("signal", [21], mu),
        sample("background", [987], normsys("theory", 1.02, 0.98)),
      ),
    ],
    measurement("fit", "mu", { name: "mu", bounds: [[-40, 10]] }),
  ),
  // Both tails of CLs are below the smallest double.
  "test-deficit-underflow": workspace(
    [channel("SR", [297], sample("signal", [53], mu), sample("background", [2011]))],
    measurement("fit", "mu", { name: "mu", bounds: [[-35, 10]] }),
  ),
};
