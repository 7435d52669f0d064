/**
 * Expressions of Python against what uproot and pandas made of them, of the same columns.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Column, TableColumn } from "../../src/columns/index.ts";
import { NextstatError } from "../../src/errors.ts";
import { compileExpression, type ExpressionStyle } from "../../src/expressions/index.ts";
import { openRootFile } from "../../src/node/index.ts";

const FOLDER = fileURLToPath(new URL("../golden/expressions/", import.meta.url));

function read<T>(name: string): T {
  return JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8"));
}

const uproot = read<{
  readonly evaluated: readonly {
    readonly expression: string;
    readonly type: string;
    readonly values: readonly (number | string)[];
  }[];
  readonly refused: readonly string[];
}>("python");
const pandas = read<{
  readonly evaluated: readonly {
    readonly expression: string;
    readonly selected: readonly number[];
  }[];
  readonly refused: readonly string[];
}>("pandas");

/** Functions whose last digits are the library's: NumPy promises 4 units in the last place. */
const ROUNDED = /log|exp|sin|cos|tan|hypot|cbrt|\*\*/;
/** Unit in the last place, relative. */
const STEP: Readonly<Record<string, number>> = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  float16: 2 ** -10,
};

let known: TableColumn[];
let columns: Record<string, Column>;
let entries: number;

beforeAll(async () => {
  const file = await openRootFile(`${FOLDER}tree.root`);
  const table = await file.table("events");
  const inTree = await table.read();
  await file.close();
  entries = table.entries;
  const values = Float64Array.from({ length: entries }, (_, i) => 0.1 * i - 0.6);
  columns = { ...inTree.columns, a_b: { kind: "numbers", type: "float64", values } };
  known = [...table.columns, { name: "a_b", type: "double", unreadable: null }];
});

function evaluate(text: string, style: ExpressionStyle): Float64Array {
  return compileExpression(text, { style, columns: known }).evaluate(columns, entries, 0).values;
}

const asNumber = (value: number | string): number =>
  typeof value === "number" ? value : Number(value.replace("inf", "Infinity"));

describe("expressions of uproot", () => {
  it.each(uproot.evaluated)("$expression", ({ expression, type, values }) => {
    const ours = evaluate(expression, "python");
    const tolerance = ROUNDED.test(expression) ? 4 * (STEP[type] ?? 0) : 0;
    const different = [...ours].flatMap((value, i) => {
      const expected = asNumber(values[i] as number | string);
      if (value === expected || Object.is(value, expected)) return [];
      if (Math.abs(value - expected) <= tolerance * Math.abs(expected)) return [];
      return [{ i, value, expected }];
    });
    expect(different).toEqual([]);
  });

  it.each(uproot.refused)("refuses %s as uproot does", (expression) => {
    expect(() => evaluate(expression, "python")).toThrow(NextstatError);
  });
});

describe("expressions of pandas", () => {
  it.each(pandas.evaluated)("$expression", ({ expression, selected }) => {
    const ours = evaluate(expression, "pandas");
    expect([...ours.keys()].filter((i) => ours[i] !== 0)).toEqual(selected);
  });

  it.each(pandas.refused)("refuses %s as pandas does", (expression) => {
    expect(() => evaluate(expression, "pandas")).toThrow(NextstatError);
  });
});
