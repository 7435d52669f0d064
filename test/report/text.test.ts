import { expect, test } from "vitest";
import { listNames, printable, table, wrap } from "../../src/report/text.ts";

test("printable makes control and direction characters visible", () => {
  expect(printable("a\u001b[31mb\nc\u202e")).toBe("a\\u001b[31mb\\u000ac\\u202e");
  expect(printable("μ_tt̄")).toBe("μ_tt̄");
});

test("listNames keeps to the width and says how many are left", () => {
  const names = ["alpha", "beta", "gamma", "delta"];
  expect(listNames(names, 40)).toBe("alpha, beta, gamma, delta");
  expect(listNames(names, 24)).toBe("alpha, ... and 3 more");
  expect(listNames(names, 1)).toBe("alpha, ... and 3 more");
  expect(listNames([], 10)).toBe("");
});

test("wrap breaks at spaces only", () => {
  expect(wrap("one two three", 9, "- ", "  ")).toBe("- one two\n  three");
  expect(wrap("incomprehensibilities", 5)).toBe("incomprehensibilities");
});

test("table leaves out columns without content", () => {
  const columns = [
    { title: "name", align: "left" },
    { title: "empty", align: "left" },
    { title: "n", align: "right" },
  ] as const;
  expect(
    table(columns, [
      ["a", "", "1"],
      ["long", "", "12"],
    ]),
  ).toEqual(["name   n", "a      1", "long  12"]);
});
