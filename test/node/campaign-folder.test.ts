/**
 * The folder of a campaign: whatever happens to the files of finished units, a value that is read is the value that was
 * computed, or there is an error.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  makePlan,
  openStore,
  type Plan,
  planFiles,
  readPlan,
  readRounds,
  resultFiles,
  taskCount,
  taskRange,
} from "../../src/node/campaign-folder.ts";
import { writeFolder } from "../../src/node/read-input.ts";
import { checkUnits, type Trailer, writeUnits } from "../../src/node/result-files.ts";
import { computeMissing, createRounds, requireAll } from "../../src/parallel/campaign.ts";
import { encodePlain } from "../../src/parallel/plain-data.ts";
import { type RoundWork, runAtOnce, type Unit } from "../../src/parallel/units.ts";

const top = mkdtempSync(join(tmpdir(), "nextstat-campaign-"));
afterAll(() => rmSync(top, { recursive: true }));
let nFolders = 0;

const CONTENT = {
  command: "hypotest-toys",
  options: { "--mu": 1, "--seed": 7 },
  operands: ["inputs/a.json"],
  inputs: [{ path: "inputs/a.json", sha256: "0".repeat(64) }],
  version: "1.2.3",
};

/** A new campaign. */
function campaign(split: Plan["split"] = { tasks: 3 }) {
  nFolders++;
  const folder = join(top, String(nFolders));
  const plan = makePlan(CONTENT, { argv: ["hypotest-toys", "inputs/a.json"], inputs: [], split });
  writeFolder(folder, planFiles(plan, []));
  const warnings: string[] = [];
  const store = openStore(folder, plan, { onWarning: (text) => warnings.push(text) });
  return { folder, results: join(folder, "results"), plan, store, warnings };
}

/** Values with everything that text can get wrong. */
function madeUp(unit: number): unknown {
  const special = [Number.NaN, -0, Number.NEGATIVE_INFINITY, 1 / 3, 5e-324][unit % 5];
  return { unit, special, name: "ü\n\u2028", x: Float64Array.of(unit / 7, special as number) };
}

function madeUpUnits(lo: number, hi: number): Unit[] {
  return Array.from({ length: hi - lo }, (_, k) => [lo + k, madeUp(lo + k)] as const);
}

function work(count: number, doing = "toys"): RoundWork {
  return {
    count,
    doing,
    identity: () => [doing],
    sizeOf: () => 1,
    async run(ranges, { onUnits }) {
      for (const { lo, hi } of ranges) onUnits(madeUpUnits(lo, hi));
    },
  };
}

const quiet = { signal: undefined, onPoints: () => {} };

describe("whatever happens to the files", () => {
  const COUNT = 30;
  const kinds = fc.constantFrom("whole", "truncated", "changed", "longer", "empty", "gone");
  const files = fc.array(
    fc.record({
      a: fc.nat(COUNT),
      b: fc.nat(COUNT),
      kind: kinds,
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    }),
    { maxLength: 8 },
  );

  test("what is read is right, what is lost is computed again, and the result is the same", async () => {
    const expected = encodePlain(await runAtOnce.run(work(COUNT), quiet));
    await fc.assert(
      fc.asyncProperty(files, async (written) => {
        const { folder, results, store, warnings } = campaign();
        const kept = store.open(0, work(COUNT));
        const certain = new Set<number>();
        const names = new Map<string, string>();
        for (const { a, b, kind } of written) {
          const [lo, hi] = [Math.min(a, b), Math.max(a, b)];
          if (lo === hi) continue;
          // In any order of units.
          const units = madeUpUnits(lo, hi).reverse();
          const before = new Set(existsSync(results) ? readdirSync(results) : []);
          kept.keep(units, 1);
          const name = readdirSync(results).find((file) => !before.has(file));
          if (name !== undefined) names.set(name, kind);
        }
        const damage = [...names].map(([name, kind], k) => {
          const path = join(results, name);
          const at = written[k % written.length]?.at ?? 0;
          return spoil(path, kind, at);
        });
        for (const [name, kind] of names) {
          if (kind !== "whole") continue;
          const [, lo = "", hi = ""] = name.split("-");
          for (let unit = Number(lo); unit < Number(hi); unit++) certain.add(unit);
        }
        const values = kept.read();
        values.forEach((value, unit) => {
          if (value !== undefined) expect(encodePlain(value)).toBe(encodePlain(madeUp(unit)));
          else expect(certain.has(unit)).toBe(false);
        });
        expect(warnings).toHaveLength(damage.filter(Boolean).length);
        const rounds = createRounds(
          store,
          computeMissing(() => 0),
        );
        expect(encodePlain(await rounds.run(work(COUNT), quiet))).toBe(expected);
        const again = createRounds(store, requireAll);
        expect(encodePlain(await again.run(work(COUNT), quiet))).toBe(expected);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  /** Whether the file is there and damaged. */
  function spoil(path: string, kind: string, at: number): boolean {
    const bytes = readFileSync(path);
    const place = Math.floor(at * bytes.length);
    switch (kind) {
      case "truncated":
        truncateSync(path, place);
        return true;
      case "changed":
        bytes[place] = (bytes[place] as number) ^ 1;
        writeFileSync(path, bytes);
        // In its last line a change may be one of the time or the host, which count for nothing.
        return "damage" in checkUnits(path);
      case "longer":
        appendFileSync(path, "[1,2]\n");
        return true;
      case "empty":
        writeFileSync(path, "");
        return true;
      case "gone":
        rmSync(path);
        return false;
      default:
        return false;
    }
  }

  test("two values of a unit are an error that names both files", () => {
    const { store, results } = campaign();
    const kept = store.open(0, work(4));
    kept.keep(
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
      1,
    );
    kept.keep([[2, { a: 2 + 1e-15 }]], 1);
    const [one, two] = readdirSync(results).sort();
    expect(() => kept.read()).toThrow(
      `unit 2 has two different values — ${join(results, two as string)} — the other one is in ${join(results, one as string)}`,
    );
  });

  test("temporary files and others are left alone", () => {
    const { store, results } = campaign();
    const kept = store.open(0, work(2));
    kept.keep([[0, 1]], 1);
    writeFileSync(join(results, ".123-abc.tmp"), "[1,");
    writeFileSync(join(results, "notes.txt"), "mine");
    expect(kept.read()).toEqual([1, undefined]);
  });

  test("the same units written again are one file", () => {
    const { store, results } = campaign();
    const kept = store.open(0, work(100));
    for (let k = 0; k < 3; k++) kept.keep(madeUpUnits(0, 100), k);
    expect(readdirSync(results)).toHaveLength(1);
  });

  test("a file is lines and a summary with the digest of the lines", () => {
    const { store, results, plan } = campaign();
    store.open(0, work(3)).keep(
      [
        [2, "b"],
        [1, { x: -0 }],
      ],
      1.5,
    );
    const [name = ""] = readdirSync(results);
    const [first, second, last = "", end] = readFileSync(join(results, name), "utf8").split("\n");
    expect([first, second, end]).toEqual(['[1,{"x":{"$":"-0"}}]', '[2,"b"]', ""]);
    const trailer = JSON.parse(last) as Trailer;
    const sha256 = createHash("sha256").update(`${first}\n${second}\n`).digest("hex");
    expect(trailer).toMatchObject({ round: 0, lo: 1, hi: 3, n: 2, sha256, seconds: 1.5 });
    expect(trailer).toMatchObject({
      campaign: plan.campaign,
      nextstat: "1.2.3",
      arch: process.arch,
    });
    expect(name).toBe(`r0-000000001-000000003-${sha256.slice(0, 12)}.jsonl`);
  });

  test.skipIf(process.getuid?.() === 0)("a folder that cannot be written is one error", () => {
    const { store, results } = campaign();
    mkdirSync(results);
    chmodSync(results, 0o500);
    expect(() => store.open(0, work(1)).keep([[0, 1]], 1)).toThrow("no permission to write here");
  });

  test("a value longer than what is read at a time comes back", () => {
    const { store } = campaign();
    const long = "x".repeat(3_000_000);
    store.open(0, work(2)).keep(
      [
        [0, long],
        [1, "y"],
      ],
      1,
    );
    expect(store.open(0, work(2)).read()).toEqual([long, "y"]);
  });
});

describe("results of another origin", () => {
  /** A campaign with one file of another origin. */
  function foreign(change: Partial<Trailer>) {
    const made = campaign();
    const kept = made.store.open(0, work(2));
    kept.keep([[0, 1]], 1);
    const [name = ""] = readdirSync(made.results);
    const path = join(made.results, name);
    const [line = "", trailer = ""] = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${line}\n${JSON.stringify({ ...JSON.parse(trailer), ...change })}\n`);
    return { ...made, kept, path };
  }

  test.each<[string, Partial<Trailer>]>([
    ["nextstat", { nextstat: "1.2.4" }],
    ["Node", { node: "1.0.0" }],
    ["machine", { arch: "pdp11" }],
  ])("is refused (%s), unless mixing is allowed", (_, change) => {
    const { kept, plan, folder } = foreign(change);
    expect(() => kept.read()).toThrow(
      /^these results were made with another version or kind of machine/,
    );
    const mixed = openStore(folder, plan, { allowMixed: true, onWarning: () => {} });
    expect(mixed.open(0, work(2)).read()).toEqual([1, undefined]);
  });

  test("of another minor version of Node is taken", () => {
    const { kept } = foreign({ node: `${process.versions.node.split(".")[0]}.99.0` });
    expect(kept.read()).toEqual([1, undefined]);
  });

  test("of other units is refused", () => {
    const { kept } = foreign({ batch: "other" });
    expect(() => kept.read()).toThrow(
      "these results are of other units than those of the campaign",
    );
  });

  test("of another campaign counts as missing", () => {
    const { kept, warnings, path } = foreign({ campaign: "other" });
    expect(kept.read()).toEqual([undefined, undefined]);
    expect(warnings).toEqual([
      `${path} is damaged (it is of another campaign or round): its units are missing`,
    ]);
  });

  test("with a unit that the round does not have is refused", () => {
    const { folder, plan, results, store } = campaign();
    const round = store.open(0, work(2));
    const { batch } = readRounds(folder)[0] as { batch: string };
    const origin = { campaign: plan.campaign, round: 0, batch, nextstat: "1.2.3", seconds: 1 };
    writeUnits(results, [[5, 1]], origin);
    expect(() => round.read()).toThrow("unit 5 is none of the 2 of the round");
  });
});

describe("rounds", () => {
  test("are written down when they are opened, and have to stay what they are", () => {
    const { folder, store, plan } = campaign();
    expect(readRounds(folder)).toEqual([]);
    store.open(0, work(5));
    store.open(1, work(7, "more toys"));
    expect(readRounds(folder)).toMatchObject([
      { round: 0, count: 5, doing: "toys" },
      { round: 1, count: 7, doing: "more toys" },
    ]);
    expect(() => store.open(0, work(6))).toThrow("round 0 is not the one that was begun");
    expect(() => store.open(1, work(7))).toThrow("round 1 is not the one that was begun");
    expect(resultFiles(folder, plan, 1)).toEqual({ whole: [], damaged: [] });
  });
});

describe("tasks", () => {
  test("cover every unit once, whatever the split", () => {
    const split = fc.oneof(
      fc.record({ tasks: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ task_size: fc.integer({ min: 1, max: 50 }) }),
    );
    const plan = campaign().plan;
    fc.assert(
      fc.property(split, fc.integer({ min: 1, max: 200 }), (by, count) => {
        const cut = { ...plan, split: by };
        const ranges = Array.from({ length: taskCount(cut, count) }, (_, k) =>
          taskRange(cut, count, k),
        );
        expect(ranges[0]?.lo).toBe(0);
        expect(ranges.at(-1)?.hi).toBe(count);
        ranges.forEach(({ lo, hi }, k) => {
          expect(hi).toBeGreaterThan(lo);
          if (k > 0) expect(ranges[k - 1]?.hi).toBe(lo);
        });
        if ("tasks" in by) expect(ranges.length).toBeLessThanOrEqual(by.tasks);
      }),
    );
  });
});

describe("the plan", () => {
  test("comes back", () => {
    const { folder, plan } = campaign();
    expect(readPlan(folder)).toEqual(plan);
  });

  test("is the same campaign however it is cut, and another one for other content", () => {
    const same = makePlan(
      { ...CONTENT, options: { "--seed": 7, "--mu": 1 } },
      { argv: [], inputs: [], split: { task_size: 9 } },
    );
    expect(same.campaign).toBe(campaign().plan.campaign);
    for (const change of [{ version: "1.2.4" }, { options: { "--mu": 2, "--seed": 7 } }]) {
      const other = makePlan(
        { ...CONTENT, ...change },
        { argv: [], inputs: [], split: { tasks: 1 } },
      );
      expect(other.campaign).not.toBe(same.campaign);
    }
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ["no JSON", () => "{", /^the campaign is damaged: not valid JSON/],
    ["something else", () => "[]", /^this is not the plan of a campaign/],
    ["another schema", (text) => text.replace("_v0", "_v9"), /^this is not the plan of a campaign/],
    [
      "a changed seed",
      (text) => text.replace('"--seed": 7', '"--seed": 8'),
      /^the plan is damaged/,
    ],
    ["no tasks", (text) => text.replace('"tasks": 3', '"tasks": 0'), /^the plan is damaged/],
    ["no arguments", (text) => text.replace('"argv"', '"args"'), /^the plan is damaged/],
  ])("that is %s is one error", (_, change, message) => {
    const { folder } = campaign();
    const path = join(folder, "plan.json");
    writeFileSync(path, change(readFileSync(path, "utf8")));
    expect(() => readPlan(folder)).toThrow(message);
  });

  test("that is not there is one error", () => {
    expect(() => readPlan(top)).toThrow("there is no such file");
  });
});
