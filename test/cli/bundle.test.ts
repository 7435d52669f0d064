import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { Option } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BundleManifest, normalizeArguments, readBundle } from "../../src/cli/bundle.ts";
import { NextstatError } from "../../src/errors.ts";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "nextstat-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));
const workspace = readFileSync(`${ROOT}${EXAMPLE}`);
const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

const good = join(folder, "good");
const patch = join(folder, "patch.json");
let result: string;
beforeAll(() => {
  const value = 3;
  writeFileSync(patch, JSON.stringify([{ op: "replace", path: "/observations/0/data/0", value }]));
  const args = ["fit", "-", "--patch", patch, "--fix", "jes=0.5", "--no-search", "--threads", "2"];
  const { status, stdout, stderr } = nextstat(
    [...args, "--format", "text", "--json-metrics", join(folder, "m.json"), "--bundle", good],
    { input: gzipSync(workspace) },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  result = stdout;
});

function manifestOf(bundle: string): BundleManifest {
  return JSON.parse(readFileSync(join(bundle, "bundle.json"), "utf8")) as BundleManifest;
}

/** A copy of the good bundle after `change`. */
function changed(name: string, change: (bundle: string) => void): string {
  const bundle = join(folder, name);
  cpSync(good, bundle, { recursive: true });
  change(bundle);
  return bundle;
}

describe("--bundle", () => {
  test("holds the inputs byte by byte, the outputs and how to make them", () => {
    const manifest = manifestOf(good);
    expect(manifest).toMatchObject({
      schema_version: "nextstat_bundle_v0",
      command: "fit",
      argv: [
        ...["fit", "--patch=inputs/patch.json", "--fix=jes=0.5", "--no-search", "--threads=2"],
        "inputs/standard input",
      ],
      options: { patch: ["inputs/patch.json"], fix: ["jes=0.5"], "no-search": true },
      exit_code: 0,
      versions: { node: process.versions.node },
      platform: { os: process.platform, arch: process.arch },
    });
    expect(manifest.inputs.map(({ path }) => path)).toEqual([
      "inputs/standard input",
      "inputs/patch.json",
    ]);
    expect(manifest.outputs.map(({ path }) => path)).toEqual([
      ...["result.json", "result.txt", "metrics.json"],
    ]);
    for (const { path, sha256: sum, bytes } of [...manifest.inputs, ...manifest.outputs]) {
      const content = readFileSync(join(good, path));
      expect({ path, sum, bytes }).toEqual({ path, sum: sha256(content), bytes: content.length });
    }
    expect(readFileSync(join(good, "inputs/standard input"))).toEqual(gzipSync(workspace));
    expect(readFileSync(join(good, "result.txt"), "utf8")).toBe(result);
    expect(readFileSync(join(good, "metrics.json"), "utf8")).toBe(
      readFileSync(join(folder, "m.json"), "utf8"),
    );
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("into an empty folder, and with the warnings' exit code", () => {
    const bundle = join(folder, "empty");
    mkdirSync(bundle);
    const input = "test/golden/workspaces/several-measurements.json";
    expect(nextstat(["audit", input, "--strict", "--bundle", bundle]).status).toBe(3);
    expect(readdirSync(bundle).toSorted()).toEqual(["bundle.json", "inputs", "result.json"]);
    expect(manifestOf(bundle).exit_code).toBe(3);
    const { status, stdout } = nextstat(["rerun", bundle, "--format", "text"]);
    expect(stdout).toMatch(/^audit of .*empty \(nextstat [\d.]+\): identical\n$/);
    expect(status).toBe(0);
  });

  test("a folder that is not empty, a file, no place: one line, exit code 2, nothing computed", () => {
    const cases: [string, RegExp][] = [
      [folder, /the folder is not empty — .* — choose another folder/],
      [patch, /this is a file, not a folder/],
      [join(folder, "no", "bundle"), /the folder to write to does not exist/],
    ];
    for (const [bundle, message] of cases) {
      const { status, stdout, stderr } = nextstat(["fit", EXAMPLE, "--bundle", bundle]);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    }
  });

  test.each(["-o", "--json-metrics"])("%s into its folder is refused at once", (option) => {
    const path = join(folder, "own");
    const into = option === "-o" ? path : join(path, "metrics.json");
    const { status, stderr } = nextstat(["fit", EXAMPLE, option, into, "--bundle", path]);
    expect(stderr).toMatch(/^nextstat: --[a-z-]+ .* is in the folder of --bundle — write it/);
    expect(status).toBe(2);
    expect(existsSync(path)).toBe(false);
  });

  test("a command that fails leaves nothing", () => {
    const bundle = join(folder, "failed");
    expect(nextstat(["fit", EXAMPLE, "--fix", "mu=20", "--bundle", bundle]).status).toBe(2);
    expect(existsSync(bundle)).toBe(false);
  });
});

describe("rerun", () => {
  test("identical", () => {
    const { status, stdout, stderr } = nextstat(["rerun", good]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ command: "fit", identical: true, differences: [] });
  });

  test("finds what differs, and forgives it within a tolerance", () => {
    const bundle = changed("changed", (path) => {
      const file = join(path, "result.json");
      const record = JSON.parse(readFileSync(file, "utf8"));
      record.nll *= 1 + 1e-7;
      record.n_fev += 1;
      const text = JSON.stringify(record);
      writeFileSync(file, text);
      const manifest = readFileSync(join(path, "bundle.json"), "utf8");
      const before = sha256(readFileSync(join(good, "result.json")));
      writeFileSync(join(path, "bundle.json"), manifest.replace(before, sha256(text)));
    });
    const { status, stdout } = nextstat(["rerun", bundle, "--format", "text"]);
    expect(stdout).toMatch(
      /: 2 differences\n {2}\/n_fev: \d+ -> \d+ {2}\(relative .*\n {2}\/nll: /,
    );
    expect(stdout).toMatch(/\/nll: [\d.]+ -> [\d.]+ {2}\(relative 1\.0e-7\)\n/);
    expect(status).toBe(1);
    expect(nextstat(["rerun", bundle, "--tolerance", "1e-6"]).status).toBe(0);
  });

  const edit = (path: string, from: string, to: string): void =>
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  test.each<[string, (bundle: string) => void, RegExp]>([
    [
      "an input changed",
      (bundle) => writeFileSync(join(bundle, "inputs/patch.json"), "[]"),
      /damaged: a file is not what it was — .*inputs\/patch\.json — restore it/,
    ],
    [
      "the result changed",
      (bundle) => edit(join(bundle, "result.json"), "nll", "null"),
      /damaged: a file is not what it was — .*result\.json/,
    ],
    [
      "an input missing",
      (bundle) => rmSync(join(bundle, "inputs/standard input")),
      /there is no such file — .*standard input/,
    ],
    ["no list", (bundle) => rmSync(join(bundle, "bundle.json")), /no such file — .*bundle\.json/],
    [
      "half a list",
      (bundle) => writeFileSync(join(bundle, "bundle.json"), `{"schema_`),
      /damaged: not valid JSON — .*bundle\.json/,
    ],
    [
      "another document",
      (bundle) => writeFileSync(join(bundle, "bundle.json"), "[]"),
      /this is not the list of a bundle/,
    ],
    [
      "a file outside of the folder",
      (bundle) => edit(join(bundle, "bundle.json"), '"path": "inputs/patch', '"path": "../patch'),
      /the bundle is damaged: its files or its command are not listed well/,
    ],
    [
      "a command that writes",
      (bundle) => edit(join(bundle, "bundle.json"), "--no-search", "--output=x"),
      /its files or its command are not listed well/,
    ],
    [
      "a command that writes by short options",
      (bundle) => edit(join(bundle, "bundle.json"), "--no-search", "-po"),
      /its files or its command are not listed well/,
    ],
  ])("%s: damaged", (name, change, message) => {
    const bundle = changed(name, change);
    expect(() => readBundle(bundle)).toThrow(message);
    expect(() => readBundle(bundle)).toThrow(NextstatError);
  });

  test.each<[string, (bundle: string) => void, RegExp]>([
    [
      "a damaged bundle",
      (bundle) => writeFileSync(join(bundle, "inputs/standard input"), "{}"),
      /the bundle is damaged: a file is not what it was/,
    ],
    [
      "a command that fails",
      (bundle) => edit(join(bundle, "bundle.json"), "jes=0.5", "jess=0.5"),
      /the command of the bundle fails: no parameter "jess" — did you mean "jes"\?/,
    ],
    [
      "a command that prints no JSON",
      (bundle) => edit(join(bundle, "bundle.json"), "--no-search", "--help"),
      /the command of the bundle fails: it prints no JSON/,
    ],
  ])("%s: one line, exit code 2", (name, change, message) => {
    const { status, stdout, stderr } = nextstat(["rerun", changed(name, change)]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test.each([
    [["--tolerance", "-1"], /Expected 0 <= X < 1/],
    [[], /missing required argument 'DIR'/],
  ])("bad usage %s", (args, message) => {
    const { status, stderr } = nextstat(["rerun", ...(args.length > 0 ? [good] : []), ...args]);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

describe("the command line in the folder of the bundle", () => {
  const bytes = new Uint8Array();
  const given = (
    flags: string,
    value: string | null,
  ): { option: Option; value: string | null } => ({
    option: new Option(flags),
    value,
  });
  const normalize = (
    inputs: readonly string[],
    options: Parameters<typeof normalizeArguments>[0]["options"],
    operands: readonly string[],
  ): ReturnType<typeof normalizeArguments> =>
    normalizeArguments({
      command: "fit",
      inputs: inputs.map((path) => ({ path, bytes })),
      options,
      operands: () => operands,
      outputOptions: new Set(["output"]),
    });

  test("inputs of one name get folders of their own", () => {
    const { argv, paths } = normalize(
      ["a/ws.json.gz", "b/WS.json.gz"],
      [],
      ["a/ws.json.gz", "b/WS.json.gz"],
    );
    expect(argv).toEqual(["fit", "inputs/ws.json.gz", "inputs/2/WS.json.gz"]);
    expect([...paths.keys()]).toEqual(["a/ws.json.gz", "b/WS.json.gz"]);
  });

  test("only what names a file is replaced", () => {
    const options = [
      given("--poi <NAME>", "mu"),
      given("-o, --output <FILE>", "mu.json"),
      given("--patch <FILE>", "set#one"),
      given("--asimov", null),
    ];
    expect(normalize(["mu", "set"], options, ["mu"]).argv).toEqual([
      ...["fit", "--poi=mu", "--patch=inputs/set#one", "--asimov", "inputs/mu"],
    ]);
  });

  test("a list of names that ends with the file", () => {
    const options = ["mu", "jes", "ws.json"].map((value) => given("--minos <NAMES...>", value));
    expect(normalize(["ws.json"], options, []).argv).toEqual([
      ...["fit", "--minos=mu", "--minos=jes", "--minos=inputs/ws.json"],
    ]);
  });

  test("files below a folder keep their places", () => {
    const options = [given("--workspaces-dir <DIR>", "../scan/")];
    const { argv, paths } = normalize(["../scan/m1.json", "../scan/more/m2.json"], options, []);
    expect(argv).toEqual(["fit", "--workspaces-dir=inputs/scan"]);
    expect([...paths.values()]).toEqual(["inputs/scan/m1.json", "inputs/scan/more/m2.json"]);
  });

  test("a folder that is called .. has its own name in the bundle", () => {
    const options = [given("--workspaces-dir <DIR>", "..")];
    const { argv, paths } = normalize(["../m1.json"], options, []);
    const name = basename(resolve(".."));
    expect(argv).toEqual(["fit", `--workspaces-dir=inputs/${name}`]);
    expect([...paths.values()]).toEqual([`inputs/${name}/m1.json`]);
  });
});
