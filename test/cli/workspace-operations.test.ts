import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspect } from "../../src/index.ts";
import { validText } from "../bad-inputs/base.ts";
import { readGolden } from "../workspace/golden-operations.ts";
import { type CliResult, EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const LUMI = "test/golden/workspaces/only-lumi.json";
const OTHER = "test/golden/workspaces/channels-unsorted.json";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "workspace-operations-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("sort, prune and rename", () => {
  test("sort prints what pyhf prints, from gzipped standard input", () => {
    const { cases, workspaces } = readGolden<{
      readonly cases: readonly { readonly inputs: readonly string[]; readonly indented: string }[];
    }>("sort");
    const { inputs = [], indented } = cases[0] ?? {};
    const input = gzipSync(workspaces[inputs[0] ?? ""] ?? "");
    const { status, stdout, stderr } = nextstat(["sort", "-"], { input });
    expect(stderr).toBe("");
    expect(stdout).toBe(`${indented}\n`);
    expect(status).toBe(0);
  });

  test("prune writes a file, warns, and --strict minds", () => {
    const output = join(folder, "pruned.json");
    const args = ["prune", "-i", EXAMPLE, "-c", "CR_top", "-s", "signal", "-t", "staterror"];
    const { status, stdout, stderr } = nextstat([...args, "-o", output, "--strict"]);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      'nextstat: warning: measurement "search" has settings for "lumi", which no modifier defines: ignored\n' +
        'nextstat: warning: measurement "search" has settings for "mu", which no modifier defines: ignored\n' +
        'nextstat: warning: no modifier defines "mu", the parameter of interest of measurement "search"\n' +
        "nextstat: 3 warnings, and --strict was given\n",
    );
    expect(status).toBe(3);
    const contents = inspect(readFileSync(output, "utf8"));
    expect(contents.channels).toEqual([
      ["CR_wjets", 4],
      ["SR", 4],
    ]);
    expect(Object.values(contents.modifiers)).not.toContain("staterror");
    expect(contents.samples).not.toContain("signal");
  });

  test("rename takes pairs, before and after the file", () => {
    const pairs = ["-m", "mu", "jes", "-m", "jes", "mu", "--channel", "SR", "a b"];
    const before = nextstat(["rename", ...pairs, EXAMPLE]);
    const after = nextstat([
      "rename",
      EXAMPLE,
      "--modifier=mu",
      "--modifier=jes",
      ...pairs.slice(3),
    ]);
    expect(before.stderr).toBe("");
    expect(after).toEqual(before);
    const contents = inspect(before.stdout);
    expect(contents.measurements).toEqual([["search", "jes", ["lumi", "jes"]]]);
    expect(contents.modifiers).toMatchObject({ jes: "normfactor", mu: "histosys" });
    expect(contents.channels.map(([name]) => name)).toContain("a b");
  });
});

describe("digest", () => {
  const sha256 = "4bb11174c91b1eff077409155fe6ef99803375e8a95ce858e375dc9168fb23f8";

  test("prints lines", () => {
    const { status, stdout, stderr } = nextstat(["digest", LUMI, "-a", "sha256", "-a", "md5"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(new RegExp(`^sha256:${sha256}\nmd5:[0-9a-f]{32}\n$`));
    expect(status).toBe(0);
  });

  test("prints JSON with --json", () => {
    expect(nextstat(["digest", LUMI, "--json"]).stdout).toBe(`{\n    "sha256": "${sha256}"\n}\n`);
  });
});

describe("inspect", () => {
  test("text", () => {
    const { status, stdout, stderr } = nextstat(["inspect", LUMI, "--format", "text"]);
    expect(stderr).toBe("");
    expect(stdout).toMatchInlineSnapshot(`
      "Contents of only-lumi.json
      ==========================
      channels      1
      samples       2
      parameters    2
      measurements  1

      channel  bins
      SR          2

      sample
      background
      signal

      parameter  constraint             modifiers
      lumi       constrained_by_normal  lumi
      mu         unconstrained          normfactor

      measurement   POI  settings for
      fit (in use)  mu   lumi
      "
    `);
    expect(status).toBe(0);
  });

  test("JSON is the record", () => {
    const { stdout } = nextstat(["inspect", EXAMPLE]);
    const record = JSON.parse(stdout);
    expect(record).toEqual(inspect(readFileSync(`${ROOT}${EXAMPLE}`, "utf8")));
    expect(Object.keys(record)).toEqual(Object.keys(record).toSorted());
  });
});

describe("combine", () => {
  test("is fitted like any workspace, and says what is shared", () => {
    const output = join(folder, "combined.json");
    const { status, stdout, stderr } = nextstat([
      ...["combine", LUMI, OTHER, "--labels", "a, b", "-o", output],
    ]);
    expect(stderr).toBe("nextstat: 1 modifier shared by name: mu\n");
    expect(stdout).toBe("");
    expect(status).toBe(0);
    const fit = nextstat(["fit", output, "--no-search"]);
    expect(JSON.parse(fit.stdout)).toMatchObject({ converged: true });
  });

  test("names the files in conflicts and warnings", () => {
    const other = join(folder, "other.json");
    const text = validText().replace("0.02", "0.03").replaceAll('"CR"', '"CR2"');
    writeFileSync(other, text.replaceAll('"SR"', '"SR2"'));
    const valid = join(folder, "valid.json");
    writeFileSync(valid, validText());
    const conflict = 'sigmas of parameter "lumi" is [0.02] in valid.json and [0.03] in other.json';
    const refused = nextstat(["combine", valid, "-i", other]);
    expect(refused.status).toBe(2);
    const first = nextstat(["combine", valid, other, "--on-conflict", "first"]);
    expect(first.stderr).toContain(`nextstat: warning: ${conflict}; taken from valid.json\n`);
    expect(first.status).toBe(0);
    expect(refused.stderr).toMatch(/in other\.json and \[0\.02\] in valid\.json/);
  });

  test("names files of one name by their paths", () => {
    const twin = join(folder, "twin");
    mkdirSync(twin);
    const path = join(twin, basename(LUMI));
    copyFileSync(LUMI, path);
    const { stderr } = nextstat(["combine", LUMI, path]);
    expect(stderr).toContain(`in both ${LUMI} and ${path} — `);
  });
});

/** Many short commands take turns on the cores. */
function concurrently(args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const words = [join(ROOT, "dist", "cli", "main.js"), ...args];
    const child = execFile(process.execPath, words, { cwd: ROOT }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}

test.concurrent.each(["combine", "prune", "rename", "sort", "digest", "inspect"])(
  "%s --help has options, examples and at most 100 columns",
  async (command) => {
    const { status, stdout } = await concurrently([command, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Input:$/m);
    expect(stdout).toMatch(/^Output:$/m);
    expect(stdout).toMatch(/^Examples:$/m);
    const widest = Math.max(...stdout.split("\n").map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(100);
  },
);

describe("what is refused is one line and exit code 2", () => {
  test.concurrent.each<[string, readonly string[], RegExp]>([
    ["clash of channels", ["combine", EXAMPLE, EXAMPLE], /"SR".*in both.*--prefix-channels/],
    ["one workspace", ["combine", EXAMPLE], /1 workspace to combine — give two or more/],
    ["no workspace", ["combine"], /0 workspaces to combine/],
    [
      "unknown join",
      ["combine", LUMI, OTHER, "-j", "inner"],
      /choices are none, outer, left outer/,
    ],
    ["standard input twice", ["combine", "-", "-"], /standard input can be read only once/],
    ["output over an input", ["combine", LUMI, OTHER, "-o", OTHER], /is the input itself/],
    ["broken second input", ["combine", LUMI, "README.md"], /not valid JSON.*README\.md/],
    ["last channel", ["prune", LUMI, "-c", "SR"], /pruning would leave no channel/],
    ["unknown type", ["prune", LUMI, "-t", "normsy"], /normsy.*did you mean "normsys"/],
    ["one name only", ["rename", LUMI, "-m", "mu"], /--modifier takes two names/],
    ["a name twice", ["rename", LUMI, "-m", "mu", "a", "-m", "mu", "b"], /renames "mu" twice/],
    ["unknown name", ["rename", LUMI, "-s", "signla", "a"], /no sample "signla".*"signal"/],
    ["unknown algorithm", ["digest", LUMI, "-a", "sha3"], /sha3.*is invalid/],
    ["two ways to print", ["digest", LUMI, "-j", "-p"], /cannot be used with/],
    ["no file", ["sort", "missing.json"], /there is no such file — missing\.json/],
    ["unknown measurement", ["inspect", LUMI, "--measurement", "ft"], /no measurement "ft"/],
  ])("%s", async (_, args, message) => {
    const { status, stdout, stderr } = await concurrently(args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});

test("a bundle of a renaming can be run again", () => {
  const bundle = join(folder, "bundle");
  const made = nextstat(["rename", LUMI, "-m", "mu", "-x", "-c", "SR", "A", "--bundle", bundle]);
  expect(made.stderr).toMatch(/unknown option '-x'/);
  expect(existsSync(bundle)).toBe(false);
  nextstat(["rename", LUMI, "-c", "SR", "A", "--bundle", bundle]);
  expect(nextstat(["rerun", bundle, "--format", "text"]).stdout).toMatch(/: identical\n$/);
});
