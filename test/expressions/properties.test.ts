/**
 * Random expressions against a naive evaluator that takes one entry at a time.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../src/columns/index.ts";
import { compileExpression, pairValues } from "../../src/expressions/index.ts";

/** More entries than a block, so that its end is met. */
const ENTRIES = 2500;
const X = Float64Array.from({ length: ENTRIES }, (_, i) => ((i * 7919) % 101) / 8 - 5);
const Y = Float64Array.from({ length: ENTRIES }, (_, i) => (i * 31) % 17);
const COLUMNS: Readonly<Record<string, Column>> = {
  x: { kind: "numbers", type: "float64", values: X },
  y: { kind: "numbers", type: "float64", values: Y },
};
const KNOWN = ["x", "y"].map((name) => ({ name, type: "double", unreadable: null }));

/** A text with every operation in parentheses, and what it is for one entry. */
interface Case {
  readonly text: string;
  readonly at: (i: number) => number;
}

const leaf = fc.oneof(
  fc.constant<Case>({ text: "x", at: (i) => X[i] as number }),
  fc.constant<Case>({ text: "y", at: (i) => Y[i] as number }),
  fc.integer({ min: 0, max: 40 }).map((k): Case => ({ text: `${k / 4}`, at: () => k / 4 })),
);

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? 0 : a / b),
  "<": (a, b) => +(a < b),
  ">": (a, b) => +(a > b),
  "<=": (a, b) => +(a <= b),
  ">=": (a, b) => +(a >= b),
  "==": (a, b) => +(a === b),
  "!=": (a, b) => +(a !== b),
  "&&": (a, b) => +(a !== 0 && b !== 0),
  "||": (a, b) => +(a !== 0 || b !== 0),
};

const { tree } = fc.letrec<{ tree: Case }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, depthSize: "medium" },
    leaf,
    fc.tuple(fc.constantFrom(...Object.keys(BINARY)), tie("tree"), tie("tree")).map(
      ([operator, a, b]): Case => ({
        text: `(${a.text})${operator}(${b.text})`,
        at: (i) => (BINARY[operator] as (a: number, b: number) => number)(a.at(i), b.at(i)),
      }),
    ),
    fc.tuple(tie("tree"), tie("tree"), tie("tree")).map(
      ([c, a, b]): Case => ({
        text: `(${c.text})?(${a.text}):(${b.text})`,
        at: (i) => (c.at(i) === 0 ? b.at(i) : a.at(i)),
      }),
    ),
    tie("tree").map((a): Case => ({ text: `-(${a.text})`, at: (i) => -a.at(i) })),
    tie("tree").map((a): Case => ({ text: `!(${a.text})`, at: (i) => +(a.at(i) === 0) })),
    tie("tree").map((a): Case => ({ text: `fabs(${a.text})`, at: (i) => Math.abs(a.at(i)) })),
  ),
}));

describe("random expressions", () => {
  it("are what a naive evaluator finds", () => {
    fc.assert(
      fc.property(tree, ({ text, at }) => {
        const expression = compileExpression(text, { style: "root", columns: KNOWN });
        const { values, offsets } = expression.evaluate(COLUMNS, ENTRIES, 0);
        expect(offsets).toBeNull();
        const different = values.findIndex((value, i) => value !== at(i) && !Number.isNaN(at(i)));
        expect(different).toBe(-1);
      }),
      { numRuns: 200 },
    );
  });

  it("pair lists over any number of blocks", () => {
    const lengths = Array.from({ length: ENTRIES }, (_, i) => (i * 5) % 4);
    const offsets = Int32Array.from([0, ...lengths]).map(
      (
        (sum) => (n) =>
          (sum += n)
      )(0),
    );
    const content = Float64Array.from({ length: offsets.at(-1) as number }, (_, k) => k);
    const columns: Record<string, Column> = {
      ...COLUMNS,
      v: { kind: "lists", offsets, content: { kind: "numbers", type: "float64", values: content } },
    };
    const known = [...KNOWN, { name: "v", type: "vector<double>", unreadable: null }];
    const evaluate = (text: string) =>
      compileExpression(text, { style: "root", columns: known }).evaluate(columns, ENTRIES, 0);
    const { variable, weight, entries } = pairValues(evaluate("v+x"), evaluate("y"));
    const expected = lengths.flatMap((n, i) =>
      Array.from({ length: n }, (_, k) => [
        (offsets[i] as number) + k + (X[i] as number),
        Y[i] as number,
        i,
      ]),
    );
    const found = [...variable].map((value, k) => [value, weight[k], entries?.[k]]);
    expect(found).toEqual(expected);
    expect(evaluate("Entry$").values[ENTRIES - 1]).toBe(ENTRIES - 1);
  });
});
