/**
 * Damaged folders of campaigns: one clear error, or missing units, and never a wait without an end.
 *
 * @module
 */

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  makePlan,
  openStore,
  planFiles,
  readPlan,
  readRounds,
  resultFiles,
} from "../../src/node/campaign-folder.ts";
import { isInside, writeFolder } from "../../src/node/read-input.ts";
import type { RoundWork } from "../../src/parallel/units.ts";

const top = mkdtempSync(join(tmpdir(), "nextstat-damage-"));
afterAll(() => rmSync(top, { recursive: true }));
let nFolders = 0;

const WORK: RoundWork = {
  count: 4,
  doing: "toys",
  identity: () => ["toys"],
  sizeOf: () => 1,
  run: async () => {},
};

/** A campaign with two of four units in one file. */
function campaign() {
  nFolders++;
  const folder = join(top, String(nFolders));
  const content = {
    command: "hypotest-toys",
    options: { "--mu": -0 },
    operands: ["inputs/a..b.json"],
    inputs: [{ path: "inputs/a..b.json", sha256: "0" }],
    version: "1.2.3",
  };
  const inputs = [{ path: "inputs/a..b.json", bytes: 1, sha256: "0" }];
  const plan = makePlan(content, { argv: ["hypotest-toys"], inputs, split: { tasks: 2 } });
  writeFolder(folder, planFiles(plan, []));
  const warnings: string[] = [];
  const store = openStore(folder, plan, { onWarning: (text) => warnings.push(text) });
  const kept = store.open(0, WORK);
  kept.keep(
    [
      [0, 1],
      [1, 2],
    ],
    1,
  );
  const [name = ""] = readdirSync(join(folder, "results"));
  return { folder, plan, kept, warnings, file: join(folder, "results", name) };
}

describe("the record of a round", () => {
  test.each([-5, 0, 1e15, 4_294_967_296, 5, 1.5, null])("with %s units is damaged", (count) => {
    const { folder } = campaign();
    const path = join(folder, "rounds", "0.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"count": 4', `"count": ${count}`));
    expect(() => readRounds(folder)).toThrow(
      /^the campaign is damaged: this is not the round — .*0\.json — delete the file: it is made again$/,
    );
  });

  test.each(["", "null", "{", "[]", '{"count": {"$x": 1}}'])("%j is damaged", (text) => {
    const { folder } = campaign();
    writeFileSync(join(folder, "rounds", "0.json"), text);
    expect(() => readRounds(folder)).toThrow(
      /^the campaign is damaged: .* — delete the file: it is made again$/,
    );
  });

  test("of another round is damaged", () => {
    const { folder, plan } = campaign();
    const [record] = readRounds(folder);
    if (record === undefined) throw new Error("there is no round");
    const other = planFiles(plan, [{ ...record, round: 1 }])["rounds/1.json"] as string;
    writeFileSync(join(folder, "rounds", "0.json"), other);
    expect(() => readRounds(folder)).toThrow(/this is not the round/);
  });
});

describe("the plan", () => {
  test("with two points in the name of an input, and -0, comes back", () => {
    const { folder, plan } = campaign();
    expect(readPlan(folder)).toEqual(plan);
  });

  test.each<[string, RegExp, string]>([
    ["no options", /"options": \{[^}]*\{[^}]*\}\s*\}/, '"options": null'],
    ["another command line", /"argv": \[\s*"hypotest-toys"/, '"argv": ["hypotest-toys", "--help"'],
    ["another split", /"tasks": 2/, '"tasks": 3'],
    ["another version", /"nextstat": "1.2.3"/, '"nextstat": "1.2.4"'],
    ["no digest", /"sha256": "\w+"\n\}/, '"sha256": ""\n}'],
  ])("with %s is damaged", (_, from, to) => {
    const { folder } = campaign();
    const path = join(folder, "plan.json");
    const text = readFileSync(path, "utf8");
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    writeFileSync(path, changed);
    expect(() => readPlan(folder)).toThrow(
      /^the plan is damaged: it is not what was written — .*plan\.json — make the campaign again$/,
    );
  });

  test.each<[string, object]>([
    ["options", { content: { command: "a", options: null, operands: [], inputs: [] } }],
    ["inputs", { inputs: [null] }],
    ["a way out", { inputs: [{ path: "inputs/../../x", bytes: 1, sha256: "0" }] }],
  ])("with a right digest, but %s that no plan has, is damaged", (_, change) => {
    const { folder, plan } = campaign();
    const files = planFiles({ ...plan, ...change }, []);
    writeFileSync(join(folder, "plan.json"), files["plan.json"] as string);
    expect(() => readPlan(folder)).toThrow(/^the plan is damaged/);
  });
});

test.each<[string, boolean]>([
  ["inputs/a..b.json", true],
  ["inputs/..a/b..", true],
  ["inputs/../a", false],
  ["..\\a", false],
  ["/a", false],
])("whether %s stays in the folder: %s", (path, inside) => {
  expect(isInside(path)).toBe(inside);
});

describe("in place of a file of units", () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ["a folder", (path) => mkdirSync(path), /it is no file/],
    ["a link to nothing", (path) => symlinkSync("nowhere", path), /it cannot be read: ENOENT/],
    ["a link to itself", (path) => symlinkSync(path, path), /it cannot be read: ELOOP/],
    ["a device", (path) => symlinkSync("/dev/zero", path), /it is no file/],
  ])("%s counts as damaged", (_, make, damage) => {
    const { folder, plan, kept, warnings, file } = campaign();
    const other = join(folder, "results", "r0-000000002-000000003-0123456789ab.jsonl");
    make(other);
    expect(kept.read()).toEqual([1, 2, undefined, undefined]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(damage);
    expect(resultFiles(folder, plan, 0).whole.map(({ path }) => path)).toEqual([file]);
  });

  test("a folder is in the way of the units that were there", () => {
    const { kept, file } = campaign();
    renameSync(file, `${file}.old`);
    mkdirSync(file);
    expect(() =>
      kept.keep(
        [
          [0, 1],
          [1, 2],
        ],
        1,
      ),
    ).toThrow(/^cannot write \(\w+\) — .* — move away what is no file/);
    expect(readdirSync(join(file, "..")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a file in place of their folder is one error", () => {
    const { folder, kept } = campaign();
    rmSync(join(folder, "results"), { recursive: true });
    writeFileSync(join(folder, "results"), "");
    expect(() => kept.read()).toThrow(
      /^the campaign is damaged: this is no folder that can be read — .*results — move it away/,
    );
    expect(() => kept.keep([[0, 1]], 1)).toThrow(/ — move away what is no file/);
  });
});
