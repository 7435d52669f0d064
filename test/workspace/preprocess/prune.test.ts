import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPyhf } from "../../../src/index.ts";
import {
  type PruneSystematicsOptions,
  pruneVariations,
} from "../../../src/workspace/preprocess/prune.ts";
import { validateWorkspace } from "../../../src/workspace/validate.ts";
import {
  arbitraryTemplate,
  golden,
  histosys,
  modifiersOf,
  normsys,
  workspaceOf,
} from "./support.ts";

const names = (workspace: ReturnType<typeof workspaceOf>): string[] =>
  modifiersOf(workspace).map((modifier) => modifier.name);

describe("effects", () => {
  test.each(["overall", "norm", "shape"] as const)("%s is that of the golden numbers", (mode) => {
    expect(golden.effects.length).toBeGreaterThan(50);
    for (const { nominal, hi, lo, [mode]: effect } of golden.effects) {
      const input = workspaceOf(nominal, [histosys("a", hi, lo)]);
      expect(pruneVariations(input, { mode, threshold: effect * (1 - 1e-9) }).changes).toEqual([]);
      const { changes } = pruneVariations(input, { mode, threshold: effect * (1 + 1e-9) + 1e-15 });
      expect(changes).toHaveLength(1);
      expect(Math.abs((changes[0]?.maxEffect ?? 0) - effect)).toBeLessThanOrEqual(1e-14);
    }
  });

  test("of a normsys: the larger side; it has no shape", () => {
    const input = workspaceOf([10, 20], [normsys("a", 1.001, 0.996), normsys("b", 1.001, 0.994)]);
    const { changes } = pruneVariations(input);
    expect(changes).toEqual([
      { channel: "SR", sample: "s", modifier: "a", type: "normsys", maxEffect: 1 - 0.996 },
    ]);
    expect(pruneVariations(input, { mode: "norm" }).changes).toEqual(changes);
    expect(pruneVariations(input, { mode: "shape" }).changes).toEqual([]);
  });

  test("the threshold itself is kept, whatever rounding makes of it", () => {
    const input = workspaceOf(
      [10, 20],
      [normsys("a", 1.005, 1), histosys("b", [10.05, 20], [10, 20])],
    );
    expect(pruneVariations(input).changes).toEqual([]);
    expect(pruneVariations(input, { threshold: 0.0050001 }).changes).toHaveLength(2);
  });

  test("by norm or by shape only, with a warning where the other is not small", () => {
    const input = workspaceOf(
      [100, 100],
      [
        histosys("slope", [110, 90], [90, 110]),
        histosys("scale", [110, 110], [90, 90]),
        histosys("tiny", [100.1, 100], [99.9, 100]),
      ],
    );
    const norm = pruneVariations(input, { mode: "norm" });
    expect(names(norm.workspace)).toEqual(["scale"]);
    expect(norm.warnings).toEqual([
      "removed by mode norm although bins change by the threshold or more: slope on SR/s",
    ]);
    const shape = pruneVariations(input, { mode: "shape" });
    expect(names(shape.workspace)).toEqual(["slope"]);
    expect(shape.warnings).toEqual([
      "removed by mode shape although bins change by the threshold or more: scale on SR/s",
    ]);
    expect(names(pruneVariations(input).workspace)).toEqual(["slope", "scale"]);
  });

  test("bins without nominal do not count, with a warning; without any other the variation stays", () => {
    const some = pruneVariations(workspaceOf([0, 10], [histosys("a", [2, 10], [0, 10])]));
    expect(some.changes).toMatchObject([{ maxEffect: 0 }]);
    expect(some.warnings).toEqual([
      "removed although it varies bins whose nominal is not positive: a on SR/s",
    ]);
    for (const mode of ["overall", "norm", "shape"] as const) {
      const none = workspaceOf([0, -1], [histosys("a", [2, 10], [0, 10])]);
      expect(pruneVariations(none, { mode }).changes).toEqual([]);
    }
  });
});

describe("what goes, and what stays", () => {
  const input = workspaceOf(
    [10, 20],
    [normsys("a", 1.001, 1), histosys("a", [12, 20], [10, 20]), normsys("b", 1.001, 1)],
    [{ name: "mu", inits: [1] }, { name: "b", inits: [0.5] }, { name: "a" }, { name: "other" }],
  );

  test("each use is decided on its own; settings go with the last one", () => {
    const before = structuredClone(input);
    const { workspace, changes, removedParameters, nConsidered } = pruneVariations(input);
    expect(input).toEqual(before);
    expect(changes.map(({ modifier, type }) => [modifier, type])).toEqual([
      ["a", "normsys"],
      ["b", "normsys"],
    ]);
    expect(nConsidered).toBe(3);
    expect(removedParameters).toEqual(["b"]);
    expect(workspace.measurements[0]?.config.parameters.map((p) => p.name)).toEqual([
      "mu",
      "a",
      "other",
    ]);
    expect(validateWorkspace(workspace)).toEqual(validateWorkspace(input));
  });

  test("names restrict it", () => {
    expect(pruneVariations(input, { modifiers: ["b"] }).changes).toHaveLength(1);
  });

  test("a parameter of interest stays", () => {
    const measurement = { name: "second", config: { poi: "b", parameters: [] } };
    const measurements = [...input.measurements, measurement];
    const { changes, warnings } = pruneVariations({ ...input, measurements });
    expect(changes.map((c) => c.modifier)).toEqual(["a"]);
    expect(warnings).toEqual(["kept, as it is a parameter of interest: b on SR/s"]);
  });

  test("threshold 0 removes what has no effect at all, and nothing else", () => {
    const trivial = workspaceOf(
      [0, 20],
      [
        normsys("none", 1, 1),
        histosys("still", [0, 20], [0, 20]),
        histosys("empty", [1, 20], [0, 20]),
        histosys("slight", [0, 20], [0, 20.000001]),
      ],
    );
    for (const mode of ["overall", "norm", "shape"] as const) {
      const { workspace } = pruneVariations(trivial, { threshold: 0, mode });
      expect(names(workspace)).toEqual(["empty", "slight"]);
    }
  });
});

test("properties: monotonous, done once, and the same likelihood at alpha = 0", () => {
  const threshold = fc.double({ min: 0, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(arbitraryTemplate, threshold, threshold, (template, one, other) => {
      const { nominal, hi, lo } = template;
      const input = workspaceOf(nominal, [histosys("a", hi, lo), normsys("b", 1.02, 0.7)]);
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      const few = pruneVariations(input, { threshold: low });
      const many = pruneVariations(input, { threshold: high });
      expect(many.changes).toEqual(expect.arrayContaining([...few.changes]));
      expect(pruneVariations(many.workspace, { threshold: high }).changes).toEqual([]);
      if (many.changes.length === 0) return;
      const [before, after] = [fromPyhf(input), fromPyhf(many.workspace)];
      // Each alpha takes the term of its constraint at 0 with it.
      const terms = many.removedParameters.length * 0.5 * Math.log(2 * Math.PI);
      const difference = before.nll(before.suggestedInit()) - after.nll(after.suggestedInit());
      expect(Math.abs(difference - terms)).toBeLessThan(1e-9);
    }),
    { numRuns: 60 },
  );
});

test.each<[PruneSystematicsOptions, RegExp]>([
  [{ threshold: -0.1 }, /^the threshold must be 0 or more, found -0.1 — give a fraction/],
  [{ threshold: Number.NaN }, /^the threshold must be 0 or more, found NaN/],
  [{ mode: "shapes" as "shape" }, /^unknown pruning mode "shapes" — did you mean "shape"\?$/],
  [{ samples: ["S"] }, /^the workspace has no sample "S"/],
])("refused: %j", (options, message) => {
  expect(() => pruneVariations(workspaceOf([1], []), options)).toThrow(
    expect.objectContaining({ kind: "usage", message: expect.stringMatching(message) }),
  );
});
