import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "nextstat-toys-"));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = JSON.parse(readFileSync(`${ROOT}docs/metrics.schema.json`, "utf8"));
const conforms = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

describe.each([
  ["toys fit", ["toys", "fit", EXAMPLE, "--n-toys", "60"]],
  ["coverage", ["coverage", EXAMPLE, "--n-toys", "60", "--mu", "0,1"]],
  ["significance --toys", ["significance", EXAMPLE, "--toys", "60", "--expected-set"]],
  ["goodness-of-fit --toys", ["goodness-of-fit", EXAMPLE, "--toys", "60"]],
] as const)("%s", (_, args) => {
  test("prints the same bytes with 1 and 3 threads, other ones with another seed", () => {
    const { status, stdout } = nextstat([...args]);
    expect(status).toBe(0);
    expect(nextstat([...args, "--threads", "3"]).stdout).toBe(stdout);
    expect(nextstat([...args, "--seed", "7"]).stdout).not.toBe(stdout);
  });

  test("has a text, and metrics that conform to their schema", () => {
    const metrics = join(folder, "metrics.json");
    const { status, stdout } = nextstat([...args, "--format", "text", "--json-metrics", metrics]);
    expect(status).toBe(0);
    expect(stdout).toContain("drawn for each toy");
    const document = JSON.parse(readFileSync(metrics, "utf8"));
    expect(conforms(document), JSON.stringify(conforms.errors)).toBe(true);
    expect(document.metrics.n_toys).toBeGreaterThan(0);
    expect(document.metrics.seed).toBe(42);
  });

  test("says that the auxiliary data are fixed", () => {
    const { stdout } = nextstat([...args, "--fixed-aux"]);
    expect(JSON.parse(stdout).flags).toEqual(["aux_fixed"]);
  });
});

describe("the table of toys fit", () => {
  test("has the same toys in Parquet and in JSON lines, and the record sums them up", async () => {
    const [parquet, lines] = [join(folder, "toys.parquet"), join(folder, "toys.jsonl")];
    const few = ["toys", "fit", EXAMPLE, "--n-toys", "50"];
    const { stdout } = nextstat([...few, "--table", parquet]);
    expect(nextstat([...few, "--table", lines, "--threads", "2"]).stdout).toBe(stdout);
    const record = JSON.parse(stdout);
    expect(record.toys).toBeUndefined();
    const bytes = readFileSync(parquet);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const fromParquet = await parquetReadObjects({ file });
    const fromLines = readFileSync(lines, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(fromLines).toHaveLength(50);
    const plain = fromParquet.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, Number.isNaN(value) ? null : value]),
      ),
    );
    expect(plain).toEqual(fromLines);
    for (const { name, mean, truth } of record.parameters) {
      const fitted = fromLines.map((row) => row[`fit.${name}`] as number);
      expect(fitted.reduce((sum, v) => sum + v, 0) / 50).toBeCloseTo(mean, 10);
      for (const row of fromLines) {
        if (row[`sigma.${name}`] === null) continue;
        const pull = (row[`fit.${name}`] - truth) / row[`sigma.${name}`];
        expect(row[`pull.${name}`]).toBeCloseTo(pull, 10);
      }
    }
    const covered = fromLines.filter(({ statistic }) => statistic <= 1).length;
    expect(record.interval_coverage).toBe(covered / 50);
  });

  test.each([
    [["--table", join(folder, "toys.csv")], /says no format.*\.parquet or \.jsonl/],
    [["--table", join(folder, "none", "toys.parquet")], /toys\.parquet/],
    [["--mu", "99"], /the value that toys are drawn at, 99, is outside the bounds/],
    [["--from", "data"], /Allowed choices are best-fit, prefit/],
    [["--n-toys", "0"], /0 is not a number of toys/],
  ] as const)("refuses %j", (args, message) => {
    const { status, stderr } = nextstat(["toys", "fit", EXAMPLE, ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

test.each([
  [["significance", EXAMPLE, "--expected-set"], /--expected-set needs --toys/],
  [["significance", EXAMPLE, "--seed", "3"], /--seed needs --toys/],
  [["goodness-of-fit", EXAMPLE, "--fixed-aux"], /--fixed-aux needs --toys/],
  [["upper-limit", EXAMPLE, "--p-estimator", "plus-one"], /--p-estimator needs --toys/],
  [["hypotest-toys", EXAMPLE, "--mu", "1", "--n-toys", "4294967296"], /do not fit into memory/],
  [["significance", EXAMPLE, "--toys", "1.5"], /Expected a whole number/],
  [["goodness-of-fit", EXAMPLE, "--toys", "0"], /0 is not a number of toys/],
  [["coverage", EXAMPLE, "--cl", "1.2"], /1.2 is not a confidence level/],
  [["coverage", EXAMPLE, "--mu", "0,,1"], /Not a number/],
  [["toys"], /./],
  [["toys", "fot", EXAMPLE], /unknown command "toys fot".*fit/],
] as const)("refuses %j", (args, message) => {
  const { status, stderr } = nextstat([...args]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});
