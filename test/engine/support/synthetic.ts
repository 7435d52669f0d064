/** The synthetic models of the tests. */

import type { Workspace } from "../../../src/workspace/types.ts";
import type { SyntheticShape } from "../../../tools/synthetic.ts";

const BASE: SyntheticShape = {
  channels: 4,
  binsPerChannel: 10,
  backgrounds: 3,
  systematics: 24,
  coverage: 0.5,
  shapes: 0.4,
  staterror: true,
  seed: 1,
};

/** Shapes: about 4 and 16 times the modifiers of the first, then bins >> parameters and the reverse. */
export const SYNTHETIC_SHAPES: Readonly<Record<string, SyntheticShape>> = {
  base: BASE,
  "4x modifiers": { ...BASE, channels: 8, systematics: 48, seed: 2 },
  "16x modifiers": { ...BASE, channels: 16, systematics: 96, seed: 3 },
  "5,000 bins": { ...BASE, channels: 10, binsPerChannel: 500, staterror: false, seed: 4 },
  "1,000 parameters": {
    ...BASE,
    channels: 5,
    systematics: 999,
    coverage: 0.1,
    staterror: false,
    seed: 5,
  },
};

/** Non-zero modifier entries of a workspace: what the time of a gradient is measured against. */
export function modifierEntries({ channels }: Workspace): number {
  let entries = 0;
  for (const { samples } of channels) {
    for (const { data, modifiers } of samples) {
      for (const { type } of modifiers) {
        entries += type === "normsys" || type === "normfactor" || type === "lumi" ? 1 : data.length;
      }
    }
  }
  return entries;
}
