/**
 * `nextstat patchset`.
 *
 * @module
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextstat, ROOT, runHere, shell } from "./run-cli.ts";

type Case = {
  readonly patchset: string;
  readonly background: string;
  readonly name: string;
  readonly metadata?: boolean;
  readonly output?: string;
};
interface Golden {
  readonly backgrounds: Readonly<Record<string, string>>;
  readonly patchsets: Readonly<Record<string, string>>;
  readonly extract: readonly Case[];
  readonly apply: readonly Case[];
}
const golden: Golden = JSON.parse(
  readFileSync(`${ROOT}test/golden/operations/patchset.json`, "utf8"),
);

let folder: string;
let background: string;
let patchset: string;
let other: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nextstat-patchset-"));
  const write = (name: string, text: string | undefined): string => {
    writeFileSync(join(folder, name), text ?? "");
    return join(folder, name);
  };
  background = write("background.json", golden.backgrounds.background);
  other = write("other.json", golden.backgrounds["other spelling"]);
  patchset = write("patchset.json", golden.patchsets.patchset);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What pyhf printed. */
function expected(cases: readonly Case[], name: string, metadata?: boolean): string {
  const found = cases.find(
    (c) => c.patchset === "patchset" && c.name === name && (c.metadata ?? metadata) === metadata,
  );
  return found?.output ?? "no such case";
}

describe("prints what pyhf prints", () => {
  test("extract", () => {
    const plain = nextstat(["patchset", "extract", patchset, "--name", "numbers_move"]);
    expect(plain).toEqual({
      status: 0,
      stdout: expected(golden.extract, "numbers_move", false),
      stderr: "",
    });
    const gzipped = gzipSync(golden.patchsets.patchset ?? "");
    const args = ["patchset", "extract", "-", "--name", "signal_500_1", "--with-metadata"];
    expect(nextstat(args, { input: gzipped }).stdout).toBe(
      expected(golden.extract, "signal_500_1", true),
    );
  });

  test("apply, to a file", () => {
    const output = join(folder, "signal.json");
    const args = ["patchset", "apply", background, patchset, "--name", "containers_move"];
    expect(nextstat([...args, "-o", output])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(output, "utf8")).toBe(expected(golden.apply, "containers_move"));
    rmSync(output);
  });
});

test("what apply makes is what --patch makes", () => {
  const { stdout, stderr } = shell(
    `nextstat patchset apply ${background} ${patchset} --name signal_500_1 | nextstat digest -; ` +
      `nextstat patchset extract ${patchset} --name signal_500_1 | nextstat fit ${background} --patch - --no-search; ` +
      `nextstat fit ${background} --patch ${patchset}#signal_500_1 --no-search`,
  );
  expect(stderr).toBe("");
  const [digest, ...fits] = stdout.split(/^(?=\{)/m);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  expect(fits).toHaveLength(2);
  expect(fits[0]).toBe(fits[1]);
});

test("verify", () => {
  const good = nextstat(["patchset", "verify", background, patchset]);
  expect(JSON.parse(good.stdout)).toEqual({
    digests: JSON.parse(golden.patchsets.patchset ?? "").metadata.digests,
    verified: true,
  });
  expect(nextstat(["patchset", "verify", background, patchset, "--format", "text"]).stdout).toMatch(
    /^All good: patchset\.json is for background\.json\.\nmd5 {5}[0-9a-f]{32}\nsha256 {2}[0-9a-f]{64}\n$/,
  );
});

test("inspect", () => {
  const record = JSON.parse(nextstat(["patchset", "inspect", patchset]).stdout);
  expect(record).toMatchObject({
    labels: ["m_stop", "m_chi"],
    references: { hepdata: "ins1234567" },
    n_patches: 11,
    version: "1.0.0",
  });
  expect(record.patches[1]).toEqual({ name: "signal_900_100", values: [1, 1], n_operations: 2 });
  const { stdout } = nextstat(["patchset", "inspect", patchset, "--format", "text"]);
  expect(stdout).toMatch(/^patch +m_stop +m_chi +operations\nsignal_500_1 +0 +2 +1\n/m);
  const text = nextstat([
    "patchset",
    "extract",
    patchset,
    "--name",
    "numbers_move",
    "--format",
    "text",
  ]);
  expect(text.stdout).toMatchInlineSnapshot(`
    "Patch numbers_move of patchset.json
    ===================================
    m_stop  2
    m_chi   2

    7 operations
      add      /channels/0/samples/0
      remove   /channels/0/samples/1/data/0
      add      /channels/0/samples/1/data/-
      move     /observations/0/data/0
      copy     /observations/0/data/3
      remove   /observations/0/data/1
      replace  /channels/0/samples/1/modifiers/1/data/2
    "
  `);
});

test("a background with other digests is an error, or a warning with --no-verify", () => {
  const args = ["patchset", "apply", other, patchset, "--name", "signal_500_1"];
  const refused = nextstat(args);
  const problem =
    "the patchset is not for this background: md5 of the background is [0-9a-f]{32}, the patchset expects [0-9a-f]{32}";
  expect(refused.stderr).toMatch(
    new RegExp(
      `^nextstat: ${problem} — .*patchset\\.json, line 4, column 24, at /metadata/digests/md5 — give `,
    ),
  );
  expect(refused.stdout).toBe("");
  expect(refused.status).toBe(2);
  const forced = nextstat([...args, "--no-verify"]);
  expect(forced.stderr).toMatch(new RegExp(`^nextstat: warning: ${problem}\n$`));
  expect(JSON.parse(forced.stdout).channels[0].samples).toHaveLength(2);
  expect(nextstat([...args, "--no-verify", "--strict"]).status).toBe(3);
  const patched = nextstat(["audit", other, "--patch", `${patchset}#signal_500_1`]);
  expect(JSON.parse(patched.stdout).warnings?.[0] ?? patched.stdout).toMatch(new RegExp(problem));
});

test("a bundle of an application can be run again", () => {
  const bundle = join(folder, "bundle");
  nextstat(["patchset", "apply", background, patchset, "--name", "nothing", "--bundle", bundle]);
  const { status, stdout } = nextstat(["rerun", bundle, "--format", "text"]);
  expect(stdout).toMatch(/^patchset apply of .*: identical\n$/);
  expect(status).toBe(0);
});

test.each<[string, () => readonly string[], RegExp]>([
  [
    "no patch of that name",
    () => ["extract", patchset, "--name", "signal_50_1"],
    /no patch "signal_50_1" — did you mean "signal_500_1"/,
  ],
  ["no choice", () => ["extract", patchset], /this patchset holds 11 patches: .* — say which one/],
  [
    "a workspace as patchset",
    () => ["inspect", background],
    /not a pyhf patchset — .*background\.json/,
  ],
  [
    "a patchset as background",
    () => ["verify", patchset, patchset],
    /pyhf patchset, not a workspace/,
  ],
  [
    "inputs in the wrong order",
    () => ["apply", patchset, background, "--name", "x"],
    /pyhf patchset, not a workspace/,
  ],
  ["standard input twice", () => ["verify", "-", "-"], /standard input can be read only once/],
  [
    "one input",
    () => ["verify", background],
    /missing required argument 'PATCHSET'.*nextstat patchset verify --help/,
  ],
  [
    "a file that is not there",
    () => ["verify", background, "nowhere.json"],
    /no such file — nowhere\.json/,
  ],
  [
    "a patch that does not apply",
    () => ["apply", background, patchset, "--name", "no_such_place"],
    /operation 0 .*patchset\.json, line \d+, .*at \/patches\/7\/patch\/0/,
  ],
  [
    "a result that is no workspace",
    () => ["apply", background, patchset, "--name", "no_workspace"],
    /lacks the key "observations" \(after applying patches\) — .*patchset\.json#no_workspace/,
  ],
  [
    "output over an input",
    () => ["extract", patchset, "--name", "nothing", "-o", patchset],
    /is the input itself/,
  ],
  [
    "an unknown command",
    () => ["aply", background, patchset],
    /unknown command "patchset aply" — did you mean "apply"/,
  ],
])("%s is refused in one line", async (_, args, message) => {
  const before = readdirSync(folder);
  const { exitCode, stdout, stderr } = await runHere(["patchset", ...args()]);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
  expect(stdout).toBe("");
  expect(exitCode).toBe(2);
  expect(readdirSync(folder)).toEqual(before);
});
