/**
 * Expressions of ROOT against what ROOT made of them, entry by entry and instance by instance, from the same file.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { compileExpression, pairValues, type Values } from "../../src/expressions/index.ts";
import type { RootTable } from "../../src/index.ts";
import { openRootFile } from "../../src/node/index.ts";

interface Recorded {
  readonly evaluated: readonly {
    readonly expression: string;
    readonly entries: readonly (readonly (number | string)[])[];
  }[];
  readonly refused: readonly string[];
  readonly drawn: readonly {
    readonly variable: string;
    readonly weight: string;
    readonly values: readonly number[];
    readonly weights: readonly number[];
  }[];
}

const FOLDER = fileURLToPath(new URL("../golden/expressions/", import.meta.url));
const recorded: Recorded = JSON.parse(readFileSync(`${FOLDER}root.json`, "utf8"));
/** Functions that libraries of C and engines of JavaScript may round differently. */
const ROUNDED = /log|exp|sin|cos|tan|hypot|pow|\^|\*\*/i;
const TOLERANCE = 1e-15;

let table: RootTable;
let columns: Awaited<ReturnType<RootTable["read"]>>["columns"];

beforeAll(async () => {
  const file = await openRootFile(`${FOLDER}tree.root`);
  table = await file.table("events");
  ({ columns } = await table.read());
  await file.close();
});

function evaluate(text: string): Values {
  const expression = compileExpression(text, { style: "root", columns: table.columns });
  return expression.evaluate(columns, table.entries, 0);
}

function byEntry({ values, offsets }: Values): number[][] {
  return Array.from({ length: table.entries }, (_, i) =>
    offsets === null ? [values[i] as number] : [...values.subarray(offsets[i], offsets[i + 1])],
  );
}

const asNumber = (value: number | string): number =>
  typeof value === "number" ? value : Number(value.replace("inf", "Infinity"));

function differs(ours: number, theirs: number, tolerance: number): boolean {
  if (Object.is(ours, theirs) || ours === theirs) return false;
  return !(Math.abs(ours - theirs) <= tolerance * Math.abs(theirs));
}

describe("expressions of ROOT", () => {
  it.each(recorded.evaluated)("$expression", ({ expression, entries }) => {
    const ours = byEntry(evaluate(expression));
    const theirs = entries.map((entry) => entry.map(asNumber));
    expect(ours.map(({ length }) => length)).toEqual(theirs.map(({ length }) => length));
    const tolerance = ROUNDED.test(expression) ? TOLERANCE : 0;
    const different = ours.flatMap((entry, i) =>
      entry.flatMap((value, k) => {
        const expected = theirs[i]?.[k] as number;
        return differs(value, expected, tolerance) ? [{ entry: i, k, value, expected }] : [];
      }),
    );
    expect(different).toEqual([]);
  });

  it.each(recorded.refused)("refuses %s as ROOT does", (expression) => {
    expect(() => evaluate(expression)).toThrow(NextstatError);
  });

  it.each(recorded.drawn)("draws $variable with $weight", (drawn) => {
    const { variable, weight } = pairValues(evaluate(drawn.variable), evaluate(drawn.weight));
    const filled = [...weight.keys()].filter((i) => weight[i] !== 0);
    expect(filled.map((i) => variable[i])).toEqual(drawn.values);
    expect(filled.map((i) => weight[i])).toEqual(drawn.weights);
  });
});
