/**
 * Random small workspaces for property tests: every modifier, scalar names shared between channels and workspaces,
 * per-bin names that recur from workspace to workspace.
 *
 * @module
 */

import fc from "fast-check";
import type {
  Channel,
  Modifier,
  ParameterConfig,
  Sample,
  Workspace,
} from "../../src/workspace/types.ts";

const MAX_BINS = 3;

/** Settings that depend on the name only, so that no two workspaces disagree. */
const SETTINGS: Readonly<Record<string, Omit<ParameterConfig, "name">>> = {
  lumi: { auxdata: [1], sigmas: [0.025], inits: [1], bounds: [[0.5, 1.5]] },
  mu: { inits: [0.75], bounds: [[0, 5]] },
  theory: { sigmas: [0.5], auxdata: [0.25] },
};

const rawSample = fc.record({
  name: fc.constantFrom("signal", "background", "fakes"),
  data: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: MAX_BINS, maxLength: MAX_BINS }),
  scale: fc.integer({ min: 2, max: 9 }),
  has: fc.record({
    mu: fc.boolean(),
    k: fc.boolean(),
    lumi: fc.boolean(),
    theory: fc.boolean(),
    jes: fc.constantFrom("normsys", "histosys", "both", "none"),
    stat: fc.boolean(),
    fakes: fc.boolean(),
    free: fc.boolean(),
  }),
});

const rawChannel = fc.record({
  name: fc.constantFrom("SR", "CR", "VR", "～", "\u{1f600}"),
  nBins: fc.integer({ min: 1, max: MAX_BINS }),
  samples: fc.uniqueArray(rawSample, { minLength: 1, maxLength: 3, selector: (s) => s.name }),
  observed: fc.array(fc.nat(500), { minLength: MAX_BINS, maxLength: MAX_BINS }),
});

/** @param minChannels smallest number of channels */
export function arbitraryWorkspace(minChannels = 1): fc.Arbitrary<Workspace> {
  return fc
    .uniqueArray(rawChannel, { minLength: minChannels, maxLength: 4, selector: (c) => c.name })
    .map((raw) => {
      const channels = raw.map(
        (channel): Channel => ({
          name: channel.name,
          samples: channel.samples.map((sample) => buildSample(sample, channel)),
        }),
      );
      const modifiers = channels.flatMap((c) => c.samples.flatMap((s) => s.modifiers));
      const names = [...new Set(modifiers.map((modifier) => modifier.name))];
      const parameters = names
        .filter((name) => Object.hasOwn(SETTINGS, name))
        .map((name) => ({ name, ...SETTINGS[name] }));
      const statistical = modifiers.find((modifier) => modifier.type === "staterror");
      const fixed = statistical === undefined ? [] : [{ name: statistical.name, fixed: true }];
      return {
        channels,
        observations: raw.map((c) => ({ name: c.name, data: c.observed.slice(0, c.nBins) })),
        measurements: [
          {
            name: "fit",
            config: {
              poi: names.includes("mu") ? "mu" : "",
              parameters: [...parameters, ...fixed],
            },
          },
        ],
        version: "1.0.0",
      };
    });
}

function buildSample(
  raw: typeof rawSample extends fc.Arbitrary<infer T> ? T : never,
  channel: { readonly name: string; readonly nBins: number },
): Sample {
  const data = raw.data.slice(0, channel.nBins);
  const { has, scale } = raw;
  const times = (factor: number): number[] => data.map((events) => events * factor);
  const modifiers: Modifier[] = [];
  if (has.mu) modifiers.push({ name: "mu", type: "normfactor", data: null });
  if (has.k) modifiers.push({ name: "k", type: "normfactor", data: null });
  if (has.lumi) modifiers.push({ name: "lumi", type: "lumi", data: null });
  const ratio = { hi: 1 + scale / 50, lo: 1 - scale / 60 };
  if (has.theory) modifiers.push({ name: "theory", type: "normsys", data: ratio });
  if (has.jes === "normsys" || has.jes === "both") {
    modifiers.push({ name: "jes", type: "normsys", data: ratio });
  }
  if (has.jes === "histosys" || has.jes === "both") {
    const templates = { hi_data: times(ratio.hi), lo_data: times(ratio.lo) };
    modifiers.push({ name: "jes", type: "histosys", data: templates });
  }
  if (has.stat) {
    modifiers.push({ name: `stat_${channel.name}`, type: "staterror", data: times(1 / scale) });
  }
  if (has.fakes) {
    const name = `fakes_${channel.name}_${raw.name}`;
    modifiers.push({ name, type: "shapesys", data: times(0.1) });
  }
  if (has.free) modifiers.push({ name: `free_${channel.name}`, type: "shapefactor", data: null });
  return { name: raw.name, data, modifiers };
}
