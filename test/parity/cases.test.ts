import { describe, expect, test } from "vitest";
import { checkGrid, gridValues, readCases } from "../../src/parity/cases.ts";
import { type CaseReport, suiteStatus, summarise } from "../../src/parity/records.ts";

const one = { name: "a/b", mode: "pyhf-json", pyhf_json: "w.json", measurement: "m" };

function read(...cases: readonly object[]): ReturnType<typeof readCases> {
  return readCases({ cases }, "cases.json");
}

describe("the list of cases", () => {
  test("is read with its defaults", () => {
    expect(
      read(one, { name: "x", mode: "histfactory-xml", histfactory_xml: "c.xml", rootdir: "d" }),
    ).toEqual([
      {
        name: "a/b",
        mode: "pyhf-json",
        pyhfJson: "w.json",
        measurement: "m",
        histfactoryXml: null,
        rootdir: null,
        muGrid: { start: 0, stop: 5, points: 51 },
      },
      {
        name: "x",
        mode: "histfactory-xml",
        pyhfJson: null,
        measurement: null,
        histfactoryXml: "c.xml",
        rootdir: "d",
        muGrid: { start: 0, stop: 5, points: 51 },
      },
    ]);
  });

  test("a case that cannot be run is one, with its reason", () => {
    expect(read({ ...one, mode: "combine" }, { name: "n", mode: "histfactory-xml" })).toEqual([
      { name: "a/b", reason: "unknown_mode:combine" },
      { name: "n", reason: "missing_histfactory_xml" },
    ]);
  });

  test.each<[string, object[], RegExp]>([
    ["a name twice", [one, one], /two cases are called "a\/b" — cases.json, at \/cases\/1\/name/],
    [
      "a name that leaves the folder",
      [{ ...one, name: "../up" }],
      /cannot be the name of a folder/,
    ],
    ["an absolute name", [{ ...one, name: "/etc" }], /cannot be the name of a folder/],
    ["no name", [{ mode: "pyhf-json" }], /"name" is missing/],
    ["a path that is none", [{ ...one, pyhf_json: 3 }], /"pyhf_json" is not a string/],
    ["a case that is none", [[]], /this is not an object — cases.json, at \/cases\/0/],
    [
      "a grid backwards",
      [{ ...one, mu_grid: { start: 2, stop: 1, points: 3 } }],
      /the grid goes from 2 to 1 — cases.json, at \/cases\/0\/mu_grid/,
    ],
    ["a grid without points", [{ ...one, mu_grid: { start: 0, stop: 1 } }], /"points" is missing/],
  ])("%s is refused", (_, cases, message) => {
    expect(() => read(...cases)).toThrow(message);
  });

  test("a document that is no list is refused", () => {
    expect(() => readCases([], "x.json")).toThrow(/this is not an object — x.json/);
    expect(() => readCases({ cases: {} }, "x.json")).toThrow(/"cases" is not a list/);
  });
});

describe("grids", () => {
  test("have both ends exactly", () => {
    const values = gridValues({ start: 0.1, stop: 0.7, points: 7 });
    expect(values[0]).toBe(0.1);
    expect(values[6]).toBe(0.7);
    expect(values).toHaveLength(7);
    expect([...values].sort((a, b) => a - b)).toEqual(values);
  });

  test.each([1, 2.5, 100_000])("of %s points are refused", (points) => {
    expect(() => checkGrid({ start: 0, stop: 1, points })).toThrow(/points/);
  });
});

describe("the status of a suite", () => {
  const report = (status: string): CaseReport =>
    ({ status, agreement: null }) as unknown as CaseReport;
  test.each([
    [["ok", "ok"], "ok"],
    [["ok", "skipped"], "skipped"],
    [["skipped", "error"], "error"],
    [["error", "fail", "ok"], "fail"],
  ])("%j is %s", (statuses, expected) => {
    expect(suiteStatus(summarise(statuses.map(report), statuses.length))).toBe(expected);
  });
});
