/** Filling from columns in memory. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Column, TableColumn } from "../../src/columns/index.ts";
import { compileFills, emptyFilled, type Fill } from "../../src/templates/index.ts";

const doubles = (values: readonly number[]): Column => ({
  kind: "numbers",
  type: "float64",
  values: Float64Array.from(values),
});

const lists = (values: readonly (readonly number[])[]): Column => {
  const offsets = Int32Array.from([
    0,
    ...values.map((_, i) => values.slice(0, i + 1).flat().length),
  ]);
  return { kind: "lists", offsets, content: doubles(values.flat()) };
};

const COLUMNS: readonly TableColumn[] = [
  ...["x", "w", "cut"].map((name) => ({ name, type: "double", unreadable: null })),
  { name: "v", type: "vector<double>", unreadable: null },
  { name: "u", type: "vector<double>", unreadable: null },
];

const expression = (text: string): { text: string; origin: string } => ({ text, origin: "test" });

function fill(options: Partial<Fill> & { readonly variable: Fill["variable"] }): Fill {
  const axis = { edges: [0, 1, 2, 3], isUniform: false, mergeOutside: false };
  return { axis, selection: null, weights: [], ...options };
}

function run(
  fills: readonly Fill[],
  style: "root" | "python",
  columns: Readonly<Record<string, Column>>,
  entries: number,
) {
  const filled = emptyFilled(fills);
  compileFills(fills, [...fills.keys()], style, COLUMNS).add(columns, entries, 0, filled);
  return {
    values: [...filled.values],
    variances: [...filled.variances],
    unusable: [...filled.unusable],
  };
}

describe("one value for each entry", () => {
  test("several templates are those of each alone, and of a loop over events", () => {
    const value = fc.oneof(
      fc.double({ min: -1, max: 4, noNaN: true }),
      fc.constantFrom(0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY),
    );
    const weight = fc.oneof(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, weight, fc.boolean()), { maxLength: 40 }),
        fc.constantFrom("root" as const, "python" as const),
        (events, style) => {
          const columns = {
            x: doubles(events.map(([x]) => x)),
            w: doubles(events.map(([, w]) => w)),
            cut: doubles(events.map(([, , cut]) => (cut ? 1 : 0))),
          };
          const fills = [
            fill({ variable: expression("x") }),
            fill({ variable: expression("x"), weights: [expression("w"), expression("w")] }),
            fill({
              variable: expression("x"),
              selection: expression("cut"),
              weights: [expression("w")],
            }),
          ];
          const all = run(fills, style, columns, events.length);
          const wanted = {
            values: [] as number[],
            variances: [] as number[],
            unusable: [] as number[],
          };
          for (const [power, isCut] of [
            [0, false],
            [2, false],
            [1, true],
          ] as const) {
            const [values, variances] = [
              [0, 0, 0],
              [0, 0, 0],
            ];
            let unusable = 0;
            for (const [x, w, cut] of events) {
              if (isCut && !cut) continue;
              const bin = Math.floor(x);
              const total = w ** power;
              if (Number.isNaN(x)) unusable++;
              else if (bin >= 0 && bin < 3) {
                if (Number.isFinite(total)) {
                  values[bin] = (values[bin] as number) + (power === 2 ? w * w : total);
                  variances[bin] =
                    (variances[bin] as number) + (power === 2 ? w * w * (w * w) : total * total);
                } else unusable++;
              }
            }
            wanted.values.push(...values);
            wanted.variances.push(...variances);
            wanted.unusable.push(unusable);
          }
          expect(all).toEqual(wanted);
        },
      ),
    );
  });

  test("a selection of ROOT's style is a factor, of Python's it is not", () => {
    const columns = { x: doubles([0.5, 1.5]), cut: doubles([2, 0]) };
    const fills = [fill({ variable: expression("x"), selection: expression("cut") })];
    expect(run(fills, "root", columns, 2).values).toEqual([2, 0, 0]);
    expect(run(fills, "python", columns, 2).values).toEqual([1, 0, 0]);
  });
});

describe("several instances for each entry", () => {
  const v = [[0.5, 1.5], [], [2.5]];

  test("each counts, with the weight of its event", () => {
    const columns = { v: lists(v), w: doubles([2, 3, 5]) };
    const fills = [fill({ variable: expression("v"), weights: [expression("w")] })];
    const { values, variances } = run(fills, "root", columns, 3);
    expect(values).toEqual([2, 2, 5]);
    expect(variances).toEqual([4, 4, 25]);
  });

  test("lists go together, and end with the shorter one", () => {
    const columns = { v: lists(v), u: lists([[10], [20], [30, 40]]), x: doubles([0, 0, 0]) };
    const both = fill({ variable: expression("v"), weights: [expression("u")] });
    expect(run([both], "root", columns, 3).values).toEqual([10, 0, 30]);
    // A template without lists has one instance, beside one that has them.
    const scalar = fill({ variable: expression("x") });
    expect(run([both, scalar], "root", columns, 3).values).toEqual([10, 0, 30, 3, 0, 0]);
  });

  test("an element that is not there gives nothing", () => {
    const columns = { v: lists(v) };
    expect(run([fill({ variable: expression("v[1]") })], "root", columns, 3).values).toEqual([
      0, 1, 0,
    ]);
  });
});
