import { describe, expect, test } from "vitest";
import { applyOperation, type PatchOperation } from "../../src/formats/pyhf/json-patch.ts";

interface PatchCase {
  readonly name: string;
  readonly document: unknown;
  readonly patch: readonly PatchOperation[];
  /** The result, or the reason for a refusal. */
  readonly result?: unknown;
  readonly refused?: RegExp;
}

/** The examples of RFC 6902 appendix A that are within the schema, and the corners where libraries differ. */
const cases: readonly PatchCase[] = [
  {
    name: "A.1 add an object member",
    document: { foo: "bar" },
    patch: [{ op: "add", path: "/baz", value: "qux" }],
    result: { foo: "bar", baz: "qux" },
  },
  {
    name: "A.2 add a list entry",
    document: { foo: ["bar", "baz"] },
    patch: [{ op: "add", path: "/foo/1", value: "qux" }],
    result: { foo: ["bar", "qux", "baz"] },
  },
  {
    name: "A.3 remove an object member",
    document: { baz: "qux", foo: "bar" },
    patch: [{ op: "remove", path: "/baz" }],
    result: { foo: "bar" },
  },
  {
    name: "A.4 remove a list entry",
    document: { foo: ["bar", "qux", "baz"] },
    patch: [{ op: "remove", path: "/foo/1" }],
    result: { foo: ["bar", "baz"] },
  },
  {
    name: "A.5 replace a value",
    document: { baz: "qux", foo: "bar" },
    patch: [{ op: "replace", path: "/baz", value: "boo" }],
    result: { baz: "boo", foo: "bar" },
  },
  {
    name: "A.6 move a value",
    document: { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
    patch: [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    result: { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
  },
  {
    name: "A.7 move a list entry",
    document: { foo: ["all", "grass", "cows", "eat"] },
    patch: [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    result: { foo: ["all", "cows", "eat", "grass"] },
  },
  {
    name: "A.8 test success",
    document: { baz: "qux", foo: ["a", 2, { x: null }] },
    patch: [
      { op: "test", path: "/baz", value: "qux" },
      { op: "test", path: "/foo", value: ["a", 2, { x: null }] },
    ],
    result: { baz: "qux", foo: ["a", 2, { x: null }] },
  },
  {
    name: "A.9 test failure",
    document: { baz: "qux" },
    patch: [{ op: "test", path: "/baz", value: "bar" }],
    refused: /not the one the test expects/,
  },
  {
    name: "A.12 add below nothing",
    document: { foo: "bar" },
    patch: [{ op: "add", path: "/baz/bat", value: "qux" }],
    refused: /there is no "baz"/,
  },
  {
    name: "A.14 escapes",
    document: { "/": 9, "~1": 10 },
    patch: [{ op: "test", path: "/~01", value: 10 }],
    result: { "/": 9, "~1": 10 },
  },
  {
    name: "A.15 numbers are not texts",
    document: { "~1": 10 },
    patch: [{ op: "test", path: "/~01", value: "10" }],
    refused: /not the one/,
  },
  {
    name: "A.16 add a list as an entry",
    document: { foo: ["bar"] },
    patch: [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
    result: { foo: ["bar", ["abc", "def"]] },
  },
  {
    name: "add replaces a member",
    document: { a: 1 },
    patch: [{ op: "add", path: "/a", value: 2 }],
    result: { a: 2 },
  },
  {
    name: "replace the document",
    document: { a: 1 },
    patch: [{ op: "replace", path: "", value: [1] }],
    result: [1],
  },
  {
    name: "copy is a copy",
    document: { a: { n: 1 } },
    patch: [
      { op: "copy", from: "/a", path: "/b" },
      { op: "replace", path: "/b/n", value: 2 },
    ],
    result: { a: { n: 1 }, b: { n: 2 } },
  },
  {
    name: "copy the document into itself",
    document: { a: 1 },
    patch: [{ op: "copy", from: "", path: "/b" }],
    result: { a: 1, b: { a: 1 } },
  },
  {
    name: "move onto itself",
    document: { a: 1 },
    patch: [{ op: "move", from: "/a", path: "/a" }],
    result: { a: 1 },
  },
  {
    name: "empty key of an object",
    document: { "": 1 },
    patch: [{ op: "replace", path: "/", value: 2 }],
    result: { "": 2 },
  },
  {
    name: "empty index",
    document: [1, 2],
    patch: [{ op: "add", path: "/", value: 0 }],
    refused: /"" is not an index/,
  },
  {
    name: "index with a leading zero",
    document: [1, 2],
    patch: [{ op: "add", path: "/01", value: 0 }],
    refused: /"01" is not an index/,
  },
  {
    name: "index past 32 bits",
    document: [1, 2],
    patch: [{ op: "add", path: "/4294967296", value: 0 }],
    refused: /beyond the end of a list of 2/,
  },
  {
    name: "index one past the end",
    document: [1],
    patch: [{ op: "add", path: "/1", value: 2 }],
    result: [1, 2],
  },
  {
    name: "index two past the end",
    document: [1],
    patch: [{ op: "add", path: "/2", value: 2 }],
    refused: /beyond the end/,
  },
  {
    name: "remove the entry past the end",
    document: [1],
    patch: [{ op: "remove", path: "/-" }],
    refused: /"-" is not an index/,
  },
  {
    name: "negative index",
    document: [1],
    patch: [{ op: "remove", path: "/-1" }],
    refused: /"-1" is not an index/,
  },
  {
    name: "inherited member",
    document: {},
    patch: [{ op: "remove", path: "/toString" }],
    refused: /there is no "toString"/,
  },
  {
    name: "length of a list",
    document: [1],
    patch: [{ op: "replace", path: "/length", value: 0 }],
    refused: /"length" is not an index/,
  },
  {
    name: "prototype",
    document: {},
    patch: [{ op: "add", path: "/__proto__", value: { polluted: true } }],
    refused: /not allowed/,
  },
  {
    name: "prototype by way of the constructor",
    document: {},
    patch: [{ op: "add", path: "/constructor/prototype/polluted", value: true }],
    refused: /not allowed/,
  },
  {
    name: "replace what is not there",
    document: { a: 1 },
    patch: [{ op: "replace", path: "/b", value: 1 }],
    refused: /there is no "b"/,
  },
  {
    name: "move from nowhere",
    document: { a: 1 },
    patch: [{ op: "move", from: "/b", path: "/c" }],
    refused: /from \/b: there is no "b"/,
  },
  {
    name: "move into itself",
    document: { a: { b: 1 } },
    patch: [{ op: "move", from: "/a", path: "/a/b" }],
    refused: /cannot move into itself/,
  },
];

test.each(cases)("$name", ({ document, patch, result, refused }) => {
  let current: unknown = structuredClone(document);
  let problem = "";
  for (const operation of structuredClone(patch)) {
    const outcome = applyOperation(current, operation);
    if (!outcome.ok) problem = outcome.problem;
    else current = outcome.document;
  }
  if (refused === undefined) {
    expect(problem).toBe("");
    expect(current).toEqual(result);
  } else {
    expect(problem).toMatch(refused);
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

describe("deep values", () => {
  const deep = (): unknown => JSON.parse("[".repeat(100_000) + "]".repeat(100_000));

  test("are compared without recursion", () => {
    const outcome = applyOperation({ a: deep() }, { op: "test", path: "/a", value: deep() });
    expect(outcome.ok).toBe(true);
  });

  test("that cannot be copied are refused", () => {
    const outcome = applyOperation({ a: deep() }, { op: "copy", from: "/a", path: "/b" });
    expect(outcome).toMatchObject({ ok: false, problem: "the value is nested too deeply to copy" });
  });
});
