import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { extendPointer, pointerSegments, valueAt } from "../../src/formats/pyhf/json-pointer.ts";
import { parseJson } from "../../src/formats/pyhf/json-text.ts";
import { mutateText, seededRng } from "./fuzz.ts";

/** Every pointer of a document, with its value. */
function pointers(value: unknown, pointer = ""): [string, unknown][] {
  const below =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, v]) => pointers(v, extendPointer(pointer, key)))
      : [];
  return [[pointer, value], ...below];
}

const jsonWithSpaces = fc
  .tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, 2, "\t"))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

describe("parseJson", () => {
  test("gives the value of JSON.parse", () => {
    fc.assert(
      fc.property(jsonWithSpaces, (text) => {
        expect(parseJson(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  test("accepts a byte order mark", () => {
    expect(parseJson('\u{feff}{"a": 1}').value).toEqual({ a: 1 });
  });

  test("finds an error exactly where JSON.parse does", () => {
    const rng = seededRng(1);
    fc.assert(
      fc.property(jsonWithSpaces, (valid) => {
        const text = mutateText(valid, rng);
        let ok = true;
        try {
          JSON.parse(text);
        } catch {
          ok = false;
        }
        try {
          parseJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(NextstatError);
          const { message } = error as NextstatError;
          // A repeated key is the one thing refused beyond the grammar.
          if (ok) expect(message).toMatch(/appears twice/);
          // Texts of V8 itself would mean that the tokenizer saw nothing wrong.
          expect(message).not.toMatch(/SyntaxError/);
          return;
        }
        expect(ok).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test("locates every value", () => {
    fc.assert(
      fc.property(jsonWithSpaces, (text) => {
        const { value, locate } = parseJson(text);
        const lines = text.split("\n");
        for (const [pointer, expected] of pointers(value)) {
          const { line, column } = locate(pointer) ?? { line: 0, column: 0 };
          const rest = [(lines[line - 1] ?? "").slice(column - 1), ...lines.slice(line)].join("\n");
          expect(startsWithValue(rest, expected)).toBe(true);
        }
        expect(locate("/no such key/0")).toBeUndefined();
      }),
    );
  });

  test("counts lines and columns from 1", () => {
    const { locate } = parseJson('{\n  "a": [1,\r\n 22, {"b/c~": "x"}]}');
    expect(locate("")).toEqual({ line: 1, column: 1 });
    expect(locate("/a")).toEqual({ line: 2, column: 8 });
    expect(locate("/a/1")).toEqual({ line: 3, column: 2 });
    expect(locate("/a/2/b~1c~0")).toEqual({ line: 3, column: 15 });
    expect(locate("/a/3")).toBeUndefined();
    expect(locate("/a/0/x")).toBeUndefined();
  });

  test("takes escapes and brackets inside texts for what they are", () => {
    const value = { 'a"]}': '\\"{[:,', b: ["\\", "\\\\", '\\"'], "\\": 1 };
    expect(parseJson(JSON.stringify(value)).value).toEqual(value);
  });

  test("survives a million levels of nesting", () => {
    const depth = 1_000_000;
    const text = "[".repeat(depth) + "]".repeat(depth);
    expect(Array.isArray(parseJson(text).value)).toBe(true);
    expect(() => parseJson(text.slice(0, -1))).toThrow(/1 bracket still open/);
  });

  test("refuses what is not a text", () => {
    expect(() => parseJson(undefined as never)).toThrow(/expected a JSON text, found nothing/);
    expect(() => parseJson({} as never)).toThrow(/found an empty object/);
  });
});

/** Whether a JSON text begins with this value. */
function startsWithValue(text: string, value: unknown): boolean {
  if (typeof value === "object" && value !== null)
    return text[0] === (Array.isArray(value) ? "[" : "{");
  return text.startsWith(JSON.stringify(value));
}

describe("JSON pointers", () => {
  test("are taken apart as RFC 6901 says", () => {
    expect(pointerSegments("")).toEqual([]);
    expect(pointerSegments("/")).toEqual([""]);
    expect(pointerSegments("/a~1b/m~0n/~01/0")).toEqual(["a/b", "m~n", "~1", "0"]);
    expect(extendPointer("/a", "b/~c")).toBe("/a/b~1~0c");
  });

  test("see own properties only", () => {
    expect(valueAt({ a: [5] }, "/a/0")).toBe(5);
    expect(valueAt({ a: [5] }, "/a/length/x")).toBeUndefined();
    expect(valueAt({}, "/toString")).toBeUndefined();
  });
});
