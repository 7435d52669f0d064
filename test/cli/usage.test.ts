import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT, shell } from "./run-cli.ts";

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };

describe("nextstat", () => {
  test.each(["--version", "-V"])("%s prints the version of package.json", (option) => {
    expect(nextstat([option])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("--help lists the commands, examples and exit codes", () => {
    const { status, stdout, stderr } = nextstat(["--help"]);
    expect(status).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Usage: nextstat <command> \[options\] FILE$/m);
    expect(stdout).toMatch(/^ {2}audit +what a workspace contains/m);
    expect(stdout).toMatch(/^ {2}fit +maximum-likelihood fit/m);
    expect(stdout).toMatch(/^Examples:$/m);
    expect(stdout).toMatch(/^Exit codes: 0 done/m);
  });

  test.each([
    ["audit", "--help"],
    ["fit", "--help"],
    ["help", "audit"],
    ["help", "fit"],
  ])("%s %s has options, examples and at most 100 columns", (...args) => {
    const { status, stdout } = nextstat(args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Input:$/m);
    expect(stdout).toMatch(/^Output:$/m);
    expect(stdout).toMatch(/^Examples:$/m);
    const widest = Math.max(...stdout.split("\n").map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(100);
  });

  test("fit --help names every option", () => {
    const { stdout } = nextstat(["fit", "--help"]);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map((match) => match[1]);
    expect(options).toMatchInlineSnapshot(`
      [
        "--asimov",
        "--fit-regions",
        "--validation-regions",
        "--fix",
        "--init",
        "--bounds",
        "--no-search",
        "--minos",
        "--no-covariance",
        "--all",
        "--input",
        "--patch",
        "--measurement",
        "--poi",
        "--interp-defaults",
        "--analysis",
        "--parameter-point",
        "--hs3-interp",
        "--allow-unsupported",
        "--output",
        "--format",
        "--json-metrics",
        "--bundle",
        "--strict",
        "--threads",
        "--parity",
        "--log-level",
        "--help",
      ]
    `);
  });

  test("without a command shows the help on stderr", () => {
    const { status, stdout, stderr } = nextstat([]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^Usage: nextstat/);
  });
});

describe("usage errors are one line and exit code 2", () => {
  test.each<[string, readonly string[], RegExp]>([
    ["unknown command", ["fitt"], /unknown command 'fitt' \(Did you mean fit\?\)/],
    [
      "help of an unknown command",
      ["help", "fitt"],
      /unknown command "fitt" — did you mean "fit"\?/,
    ],
    ["unknown option", ["--versio"], /unknown option '--versio' \(Did you mean --version\?\)/],
    [
      "unknown option of a command",
      ["fit", "--fromat", "text", EXAMPLE],
      /unknown option '--fromat' \(Did you mean --format\?\) — see nextstat fit --help/,
    ],
    ["no input", ["fit"], /no input — give a workspace FILE/],
    ["two inputs", ["fit", "-i", EXAMPLE, "other.json"], /two inputs \(other\.json and --input /],
    ["two files", ["audit", "a.json", "b.json"], /too many arguments for 'audit'/],
    ["wrong choice", ["fit", EXAMPLE, "--interp-defaults", "code5"], /code5' is invalid\. Allowed/],
    ["wrong format", ["audit", EXAMPLE, "--format", "xml"], /Allowed choices are text, json/],
    ["missing value", ["fit", EXAMPLE, "-o"], /'-o, --output <FILE>' argument missing/],
    ["stdin twice", ["fit", "-", "--patch", "-"], /standard input can be read only once/],
    ["fix without value", ["fit", EXAMPLE, "--fix", "mu"], /Expected NAME=VALUE/],
    ["fix to a word", ["fit", EXAMPLE, "--fix", "mu=one"], /Not a number: "one"/],
    ["fix to nothing", ["fit", EXAMPLE, "--fix", "mu="], /Not a number: ""/],
    ["fix to infinity", ["fit", EXAMPLE, "--fix", "mu=Infinity"], /Not a number: "Infinity"/],
    ["three bounds", ["fit", EXAMPLE, "--bounds", "mu=0,1,2"], /Expected LO,HI/],
    ["an option twice", ["hypotest", EXAMPLE, "--mu", "1", "--mu", "1"], /--mu is given twice/],
    [
      "a choice twice",
      ["hypotest", EXAMPLE, "--mu=1", "--format=json", "--format=text"],
      /--format is given twice/,
    ],
    ["hexadecimal", ["hypotest", EXAMPLE, "--mu", "0x1"], /Not a number: "0x1"/],
    ["one bound", ["hypotest", EXAMPLE, "--mu", "1", "--bounds", "mu=1"], /Expected LO,HI/],
    ["fix twice", ["fit", EXAMPLE, "--fix", "mu=1", "--fix", "mu=2"], /--fix names "mu" twice/],
    ["unknown region", ["fit", EXAMPLE, "--fit-regions", "SR,CR_tops"], /CR_tops.*CR_top/],
    ["unknown parameter", ["fit", EXAMPLE, "--fix", "jess=0"], /jess.*jes/],
    ["unknown minos parameter", ["fit", EXAMPLE, "--minos", "mu,jess"], /jess.*jes/],
    ["unknown measurement", ["fit", EXAMPLE, "--measurement", "serch"], /serch.*search/],
    ["unknown POI", ["fit", EXAMPLE, "--poi", "mu_tops"], /mu_tops.*mu_top/],
  ])("%s", (_, args, message) => {
    const { status, stdout, stderr } = nextstat(args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});

test("a reader that goes away is no error", () => {
  const { stdout, stderr } = shell(`nextstat fit ${EXAMPLE} --format json | head -n 1`);
  expect(stdout).toBe("{\n");
  expect(stderr).toBe("");
});

test("a full disk is", () => {
  const { status, stderr } = shell(`nextstat audit ${EXAMPLE} --format json > /dev/full`);
  expect(stderr).toMatch(/^nextstat: cannot write to standard output: ENOSPC[^\n]*\n$/);
  expect(status).toBe(2);
});
