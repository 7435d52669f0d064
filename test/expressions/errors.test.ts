/**
 * What is refused, and how: always with a NextstatError that shows the place.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column, TableColumn } from "../../src/columns/index.ts";
import { NextstatError } from "../../src/errors.ts";
import { compileExpression, type ExpressionStyle } from "../../src/expressions/index.ts";

const numbers = (...values: number[]): Column => ({
  kind: "numbers",
  type: "float64",
  values: Float64Array.from(values),
});
const COLUMNS: Readonly<Record<string, Column>> = {
  met: numbers(1, -2, 0),
  njet: numbers(3, 0, 2),
  jet_pt: { kind: "lists", offsets: Int32Array.of(0, 2, 2, 3), content: numbers(10, 20, 30) },
  name: { kind: "strings", values: ["a", "b", ""] },
  wide: { kind: "numbers", type: "int64", values: BigInt64Array.of(3n, -1n, (1n << 60n) + 1n) },
  mask: { kind: "numbers", type: "uint64", values: BigUint64Array.of(3n, 1n, 0n) },
  charge: { kind: "numbers", type: "int32", values: Int32Array.of(1, -1, 0) },
};
const KNOWN: readonly TableColumn[] = [
  ...Object.keys(COLUMNS).map((name) => ({ name, type: "double", unreadable: null })),
  { name: "lorentz", type: "TLorentzVector", unreadable: "its class is not described" },
  { name: "a.pt", type: "float", unreadable: null },
  { name: "b.pt", type: "float", unreadable: null },
];

function evaluate(text: string, style: ExpressionStyle, origin?: string): Float64Array {
  const options =
    origin === undefined ? { style, columns: KNOWN } : { style, columns: KNOWN, origin };
  return compileExpression(text, options).evaluate(COLUMNS, 3, 0).values;
}

function refusal(text: string, style: ExpressionStyle, origin?: string): NextstatError {
  try {
    evaluate(text, style, origin);
  } catch (error) {
    if (error instanceof NextstatError) return error;
    throw error;
  }
  throw new Error(`"${text}" was evaluated`);
}

describe("what is refused", () => {
  it("shows the place with a caret", () => {
    expect(refusal("njet>1 && mett>2", "root", "region SR, Selection").message).toBe(
      'there is no column "mett" in the expression of region SR, Selection, character 11 — did you mean "met"?\n' +
        "  njet>1 && mett>2\n" +
        "            ^",
    );
  });

  it.each([
    ["root", "  ", "the expression is empty"],
    ["root", "(met>1", '"(" is not closed'],
    ["root", "met>1)", '")" closes nothing'],
    ["root", "(met]", '"]" closes nothing'],
    ["root", "met>", "the end stands where a value belongs"],
    ["root", "met=1", '"=" follows a value'],
    ["root", "met met", '"met" follows a value'],
    ["root", "1.2f", '"1.2f" is not a number'],
    ["root", "met#2", '"#" means nothing here'],
    ["root", '"ee', '" has no end'],
    ["root", "TMath::Gauss(met)", 'there is no function "TMath::Gauss"'],
    ["root", "min(1,2,3)", "min has 3 operands"],
    ["root", "sqrt>2", 'there is no column "sqrt"'],
    ["root", "lorentz", 'column "lorentz" cannot be read'],
    ["root", "pt", '"pt" can be several columns'],
    ["root", "name", 'column "name" is a text'],
    ["root", "met[2]", 'column "met" has one number for each entry'],
    ["root", "jet_pt[0][1]", 'column "jet_pt" has 1 dimension'],
    ["root", "Entries$", "Entries$ is not known where a table is read in pieces"],
    ["root", "Alt$(met,jet_pt)", "the alternative of Alt$ is a list"],
    ["root", "met=<1", '"=" follows a value'],
    ["python", "wide%2==0", "1152921504606847000 is computed with as an integer of 64 bits"],
    ["python", "wide==1152921504606846978", "1152921504606847000 is computed with"],
    ["python", "mask-2", "-1 is computed with as an integer of 64 bits"],
    ["python", "~mask", "-4 is computed with as an integer of 64 bits"],
    ["python", "mask&charge", '"&" of uint64 and int32'],
    ["python", "2**charge", "an integer to a negative power"],
    ["python", "1&mask**(mask-3)", "-2 is computed with"],
    ["python", "met*~True", '"~" of True or False'],
    ["python", "met>1 and njet>2", '"and" means nothing for columns'],
    ["python", "1<met<2", "a chain of comparisons"],
    ["python", "jet_pt>1", 'column "jet_pt" has several numbers in each entry'],
    ["python", "met constructor njet", '"constructor" follows a value'],
    ["pandas", "met __proto__ 2", '"__proto__" follows a value'],
    ["python", "jet_pt[0]", "an index"],
    ["python", "(met", '"(" is not closed'],
    ["pandas", "met and njet", '"and" of what is not true or false'],
    ["pandas", "-wide > 0", "is computed with as an integer of 64 bits"],
    ["pandas", "met in 3", '"in" with no list after it'],
  ] as const)("%s: %s", (style, text, problem) => {
    const error = refusal(text, style);
    expect(error.kind).toBe("input");
    expect(error.problem).toContain(problem);
  });

  it.each(["root", "python", "pandas"] as const)("has limits in the style of %s", (style) => {
    expect(refusal(`${"(".repeat(5000)}met${")".repeat(5000)}`, style).problem).toContain(
      "nested too deeply",
    );
    expect(refusal(`${"-(".repeat(3000)}met${")".repeat(3000)}`, style).problem).toContain(
      "nested too deeply",
    );
    expect(refusal(Array(5000).fill("met").join("+"), style).problem).toMatch(
      /too (?:deeply|many terms)/,
    );
    expect(refusal(Array(4000).fill("met").join("<"), style).problem).toMatch(
      /too (?:deeply|many terms)|chain/,
    );
    expect(refusal("met+".repeat(10_000), style).problem).toContain("40000 characters");
    const sum = evaluate(Array(900).fill("met").join("+"), style);
    expect([...sum]).toEqual([900, -1800, 0]);
  });

  it("takes integers of 64 bits as doubles where nothing depends on their last digits", () => {
    expect([...evaluate("wide*1.5", "python")]).toEqual([4.5, -1.5, 1.5 * 2 ** 60]);
    expect([...evaluate("wide>2", "python")]).toEqual([1, 0, 1]);
    expect([...evaluate("mask%2", "python")]).toEqual([1, 1, 0]);
  });

  it("never ends in anything else, whatever the text", () => {
    const words =
      "met njet jet_pt name foo sqrt( TMath::Max( Sum$( Alt$( Length$ Iteration$ where( @jet_pt.size() get( 1 2.5 0x1F 1e3 \"a\" 'b' ` ( ) [ ] , ? : + - * / // % ^ ** < > <= >= == != = && || & | ! ~ << >> and or not in True constructor [1,2]".split(
        " ",
      );
    const soup = fc
      .array(fc.constantFrom(...words), { maxLength: 14 })
      .map((parts) => parts.join(" "));
    fc.assert(
      fc.property(soup, fc.constantFrom("root", "python", "pandas"), (text, style) => {
        try {
          expect(evaluate(text, style)).toBeInstanceOf(Float64Array);
        } catch (error) {
          expect(error).toBeInstanceOf(NextstatError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
