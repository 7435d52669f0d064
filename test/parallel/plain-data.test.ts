import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePlain, encodePlain } from "../../src/parallel/plain-data.ts";

const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324),
);
const leaf = fc.oneof(
  number,
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(number).map((values) => Float64Array.from(values)),
  fc.array(fc.integer()).map((values) => Int32Array.from(values)),
  fc.uint8Array(),
);
/** Names like ours for special values, and one that plain assignment would lose. */
const name = fc.oneof(fc.string(), fc.constantFrom("$", "$f64", "$entries", "__proto__"));
const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
  plain: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("plain")),
    fc.array(fc.tuple(name, tie("plain"))).map((entries) => Object.fromEntries(entries)),
  ),
}));

describe("plain data as JSON", () => {
  test("comes back bit by bit, and gives the same text again", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const text = encodePlain(value);
        const back = decodePlain(JSON.parse(text));
        // Unlike toEqual this tells 0 from -0, and typed arrays from lists.
        expect(back).toStrictEqual(value);
        expect(encodePlain(back)).toBe(text);
        expect(text).not.toContain("\n");
      }),
    );
  });

  test("leaves out members that are undefined", () => {
    expect(encodePlain({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test.each([
    ["a function", () => 1],
    ["undefined in a list", [undefined]],
    ["a map", new Map()],
    ["another typed array", new Float32Array(1)],
    ["a large integer", 1n],
  ])("refuses %s", (_, value) => {
    expect(() => encodePlain({ value })).toThrow(/is no plain data/);
  });
});
