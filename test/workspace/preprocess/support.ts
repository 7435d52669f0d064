/**
 * Golden numbers of `tools/golden/smoothing.py`, and workspaces around one template.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import type { Modifier, Workspace } from "../../../src/workspace/types.ts";

export interface TwoSides {
  readonly hi: readonly number[];
  readonly lo: readonly number[];
}

interface Golden {
  readonly arrays: readonly { readonly values: number[]; readonly smooth: number[] }[];
  readonly ratios: readonly {
    readonly nominal: number[];
    readonly variation: number[];
    readonly smooth: number[];
  }[];
  readonly effects: readonly (TwoSides & {
    readonly nominal: number[];
    readonly overall: number;
    readonly norm: number;
    readonly shape: number;
  })[];
  readonly mirrors: readonly (TwoSides & {
    readonly nominal: number[];
    readonly onesided: TwoSides;
    readonly twosided: TwoSides;
    readonly absmean: TwoSides;
    readonly max: TwoSides;
  })[];
}

export const golden = JSON.parse(
  readFileSync(new URL("../../golden/smoothing.json", import.meta.url), "utf8"),
) as Golden;

/** Agreement within 1e-12 of each expected entry, or of the largest where it is nearly 0. */
export function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  for (const [i, value] of expected.entries()) {
    const tolerance = 1e-12 * Math.max(Math.abs(value), 1e-3 * scale);
    if (Math.abs((actual[i] as number) - value) > tolerance) expect(actual).toEqual(expected);
  }
}

export const histosys = (name: string, hi: readonly number[], lo: readonly number[]): Modifier => ({
  name,
  type: "histosys",
  data: { hi_data: hi, lo_data: lo },
});

export const normsys = (name: string, hi: number, lo: number): Modifier => ({
  name,
  type: "normsys",
  data: { hi, lo },
});

/** A channel SR with one sample, which carries mu and these modifiers. */
export function workspaceOf(
  nominal: readonly number[],
  modifiers: readonly Modifier[],
  parameters: readonly { readonly name: string; readonly inits?: readonly number[] }[] = [],
): Workspace {
  const mu: Modifier = { name: "mu", type: "normfactor", data: null };
  return {
    channels: [
      { name: "SR", samples: [{ name: "s", data: nominal, modifiers: [mu, ...modifiers] }] },
    ],
    observations: [{ name: "SR", data: nominal.map((n) => Math.max(n, 0)) }],
    measurements: [{ name: "fit", config: { poi: "mu", parameters } }],
    version: "1.0.0",
  };
}

/** Modifiers of the one sample but mu. */
export function modifiersOf(workspace: Workspace): readonly Modifier[] {
  return workspace.channels[0]?.samples[0]?.modifiers.slice(1) ?? [];
}

/** Both sides of the first histosys. */
export function sidesOf(workspace: Workspace): TwoSides {
  const modifier = modifiersOf(workspace).find((m) => m.type === "histosys");
  if (modifier?.type !== "histosys") throw new Error("the workspace has no histosys");
  return { hi: modifier.data.hi_data, lo: modifier.data.lo_data };
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** A nominal with bins that may be empty, and two sides of it. */
export const arbitraryTemplate: fc.Arbitrary<TwoSides & { readonly nominal: readonly number[] }> =
  fc
    .array(
      fc.tuple(
        fc.oneof(
          { weight: 5, arbitrary: fc.double({ min: 1, max: 1000, noNaN: true }) },
          {
            weight: 1,
            arbitrary: fc.constant(0),
          },
        ),
        fc.double({ min: 0.6, max: 1.4, noNaN: true }),
        fc.oneof(fc.constant(1), fc.double({ min: 0.6, max: 1.4, noNaN: true })),
      ),
      { minLength: 1, maxLength: 20 },
    )
    .map((bins) => ({
      nominal: bins.map(([n]) => n),
      hi: bins.map(([n, up]) => n * up),
      lo: bins.map(([n, , down]) => n * down),
    }));
