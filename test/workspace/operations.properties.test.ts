import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  combine,
  fromPyhf,
  type Model,
  pruneWorkspace,
  renameWorkspace,
  sortWorkspace,
  workspaceDigest,
} from "../../src/index.ts";
import type { Workspace } from "../../src/workspace/types.ts";
import { arbitraryWorkspace } from "./arbitrary-workspace.ts";

const RUNS = { numRuns: 40 };

/** The value with the keys of every object in reverse order. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reverseKeys(item)]));
}

describe("sort", () => {
  test("twice is once, and the likelihood stays", () => {
    fc.assert(
      fc.property(arbitraryWorkspace(), (workspace) => {
        const sorted = sortWorkspace(workspace);
        expect(sortWorkspace(sorted)).toEqual(sorted);
        const [before, after] = [fromPyhf(workspace), fromPyhf(sorted)];
        const value = positions(before, 1);
        expect(nllAt(after, value)).toBeCloseTo(nllAt(before, value), 8);
      }),
      RUNS,
    );
  });
});

describe("digest", () => {
  test("does not depend on the order of keys, or on white space", () => {
    fc.assert(
      fc.property(arbitraryWorkspace(), fc.nat(8), (workspace, indent) => {
        const digest = workspaceDigest(workspace);
        expect(workspaceDigest(reverseKeys(workspace) as object)).toBe(digest);
        expect(workspaceDigest(JSON.stringify(workspace, null, indent))).toBe(digest);
      }),
      RUNS,
    );
  });
});

describe("rename", () => {
  test("there and back", () => {
    fc.assert(
      fc.property(arbitraryWorkspace(), fc.string({ minLength: 1 }), (workspace, suffix) => {
        const { channels } = workspace;
        const samples = channels.flatMap((channel) => channel.samples);
        const modifiers = samples.flatMap((sample) => sample.modifiers).map((m) => m.name);
        const there = (names: readonly string[]) =>
          new Map(names.map((name) => [name, `${name} ${suffix}`]));
        const maps = {
          channels: there(channels.map((channel) => channel.name)),
          samples: there(samples.map((sample) => sample.name)),
          modifiers: there(modifiers.filter((name) => name !== "lumi")),
          measurements: there(["fit"]),
        };
        const back = (map: ReadonlyMap<string, string>) =>
          new Map([...map].map(([from, to]) => [to, from]));
        const renamed = renameWorkspace(workspace, maps);
        expect(renamed.channels[0]?.name).toBe(`${channels[0]?.name} ${suffix}`);
        const returned = renameWorkspace(renamed, {
          channels: back(maps.channels),
          samples: back(maps.samples),
          modifiers: back(maps.modifiers),
          measurements: back(maps.measurements),
        });
        expect(returned).toEqual(workspace);
      }),
      RUNS,
    );
  });
});

describe("combine", () => {
  test("of the halves of a workspace is the workspace", () => {
    fc.assert(
      fc.property(arbitraryWorkspace(2), fc.nat(), (workspace, at) => {
        const names = workspace.channels.map((channel) => channel.name);
        const cut = 1 + (at % (names.length - 1));
        const halves = [
          pruneWorkspace(workspace, { channels: names.slice(cut) }),
          pruneWorkspace(workspace, { channels: names.slice(0, cut) }),
        ];
        const joined = combine(halves, { join: "outer" });
        expect(sortWorkspace(joined)).toEqual(sortWorkspace(workspace));
      }),
      RUNS,
    );
  });

  test("has the NLL of its parts, with shared constraints once", () => {
    fc.assert(
      fc.property(arbitraryWorkspace(), arbitraryWorkspace(), fc.nat(999), (a, b, seed) => {
        const labels = ["a", "b"];
        const combined = fromPyhf(combine([a, b], { labels }));
        const value = positions(combined, seed);
        const parts = [a, b].map((workspace, i) => {
          const model = fromPyhf(workspace);
          return nllAt(model, (name) =>
            value(isPerBin(workspace, name) ? `${labels[i]}_${name}` : name),
          );
        });
        const shared = ["lumi", "theory", "jes"]
          .filter((name) => [a, b].every((w) => fromPyhf(w).paramNames().includes(name)))
          .reduce((sum, name) => sum + constraintTerm(name, value(name)), 0);
        const expected = (parts[0] as number) + (parts[1] as number) - shared;
        const size = 1 + Math.abs(expected);
        expect(Math.abs(nllAt(combined, value) - expected) / size).toBeLessThan(1e-12);
      }),
      RUNS,
    );
  });
});

/** A repeatable position for every parameter, near its start. */
function positions(model: Model, seed: number): (name: string) => number {
  const init = new Map(model.paramNames().map((name, i) => [name, model.suggestedInit()[i] ?? 0]));
  return (name) => {
    const code = [...name].reduce((sum, c) => (sum * 31 + (c.codePointAt(0) ?? 0)) % 1009, seed);
    return (init.get(name) ?? Number.NaN) + 0.2 * Math.sin(code);
  };
}

function nllAt(model: Model, value: (name: string) => number): number {
  return model.nll(model.paramNames().map(value));
}

function isPerBin(workspace: Workspace, parameter: string): boolean {
  const modifiers = workspace.channels.flatMap((c) => c.samples.flatMap((s) => s.modifiers));
  return !modifiers.some((modifier) => modifier.name === parameter);
}

/** -ln of the normal density of each constrained scalar of the random workspaces. */
function constraintTerm(name: string, x: number): number {
  const [centre, sigma] = name === "lumi" ? [1, 0.025] : name === "theory" ? [0.25, 0.5] : [0, 1];
  return (x - centre) ** 2 / (2 * sigma ** 2) + Math.log(sigma) + Math.log(2 * Math.PI) / 2;
}
