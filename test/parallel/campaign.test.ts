/**
 * Campaigns without files: the same record however the work is cut, and whoever does which part of it.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPyhf, type Model, procedures } from "../../src/index.ts";
import type { Steps } from "../../src/infer/steps.ts";
import {
  CampaignPause,
  computeMissing,
  computeRanges,
  createRounds,
  emptyStore,
  leaveGaps,
  requireAll,
  timeUnits,
  verifySample,
} from "../../src/parallel/campaign.ts";
import { createLocalExecutor, runStepsAsync } from "../../src/parallel/run-steps.ts";
import { createUnitExecutor } from "../../src/parallel/unit-tasks.ts";
import {
  countUnits,
  describeRanges,
  gapsOf,
  type RoundRunner,
  type RoundWork,
  runAtOnce,
} from "../../src/parallel/units.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { openMemoryStore } from "./memory-store.ts";

const golden = (name: string): Model => fromPyhf(goldenWorkspaceText(name));
const seconds = (): number => performance.now() / 1000;

/** Runs a procedure with its rounds computed by `rounds`. */
function drive<R>(model: Model, steps: Steps<R>, rounds: RoundRunner): Promise<R> {
  return runStepsAsync(steps, createUnitExecutor(createLocalExecutor(model.evaluator), rounds));
}

const text = (record: unknown): string => JSON.stringify(record);

describe("ranges of units", () => {
  const flags = fc.array(fc.boolean(), { maxLength: 40 });

  test("gaps are the units that are not there", () => {
    fc.assert(
      fc.property(flags, fc.nat(40), fc.nat(40), (has, a, b) => {
        const within = { lo: Math.min(a, b, has.length), hi: Math.min(Math.max(a, b), has.length) };
        const gaps = gapsOf((unit) => has[unit] as boolean, within);
        const units = gaps.flatMap(({ lo, hi }) => has.map((_, u) => u).slice(lo, hi));
        const all = has.map((_, unit) => unit).filter((unit) => !has[unit]);
        expect(units).toEqual(all.filter((unit) => unit >= within.lo && unit < within.hi));
        expect(countUnits(gaps)).toBe(units.length);
      }),
    );
  });

  test("are described by their ends", () => {
    const gaps = [
      { lo: 0, hi: 25 },
      { lo: 30, hi: 31 },
      { lo: 40, hi: 42 },
    ];
    expect(describeRanges(gaps, 2)).toBe("0-24, 30 and 1 more");
  });
});

describe("a procedure gives the same record in parts", () => {
  const cases: [string, (model: Model) => Steps<unknown>, string][] = [
    [
      "test with toys",
      (model) => procedures.hypotestToys(model, 1, { nToys: 40, expectedSet: true }),
      "mixed-normsys-histosys",
    ],
    [
      "goodness of fit with toys",
      (model) => procedures.goodnessOfFit(model, { nToys: 30 }),
      "single-bin",
    ],
    ["ranking", (model) => procedures.ranking(model), "realistic-medium"],
  ];

  test.each(cases)("%s", async (_, open, name) => {
    const model = golden(name);
    const direct = text(await runStepsAsync(open(model), model.evaluator));
    const first = openMemoryStore();
    // All units once, to know how many there are.
    await drive(model, open(model), createRounds(first, computeMissing(seconds)));
    const count = first.rounds[0]?.size ?? 0;
    expect(count).toBeGreaterThan(20);
    expect(text(await drive(model, open(model), runAtOnce))).toBe(direct);
    const parts = fc.array(fc.nat(count), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(parts, fc.nat(), async (cuts, turn) => {
        const store = openMemoryStore();
        const ends = [0, ...new Set(cuts.sort((a, b) => a - b)), count];
        const ranges = ends.slice(1).map((hi, k) => ({ lo: ends[k] as number, hi }));
        // Begin anywhere, and do one part again.
        const at = turn % ranges.length;
        const order = [
          ...ranges.slice(at),
          ...ranges.slice(0, at),
          ranges[at] as (typeof ranges)[0],
        ];
        for (const range of order) {
          const rounds = createRounds(
            store,
            computeRanges(0, () => [range], seconds),
          );
          await drive(model, open(model), rounds).catch((error: unknown) => {
            expect(error).toBeInstanceOf(CampaignPause);
          });
        }
        expect(new Set(store.opened.map((opened) => opened.text)).size).toBe(1);
        expect(text(await drive(model, open(model), createRounds(store, requireAll)))).toBe(direct);
      }),
      { numRuns: 8 },
    );
  });
});

/** Work whose units are numbers made from their own. */
function numbers(count: number, doing: string, computed: number[] = [], shift = 0): RoundWork {
  return {
    count,
    doing,
    identity: () => [doing],
    sizeOf: () => 1,
    async run(ranges, { signal, onPoints, onUnits }) {
      for (const { lo, hi } of ranges) {
        for (let unit = lo; unit < hi && signal?.aborted !== true; unit++) {
          computed.push(unit);
          onUnits([[unit, { value: shift + ((unit * 7) % 11) }]]);
          onPoints(1);
        }
      }
    },
  };
}

/** A procedure whose second round is as long as the first has large values. */
async function adaptive(rounds: RoundRunner, control = quiet): Promise<string> {
  const first = await rounds.run(numbers(20, "first"), control);
  const large = first.filter((found) => ((found as { value: number } | undefined)?.value ?? 0) > 4);
  const second = await rounds.run(numbers(large.length, "second"), control);
  return text([first, second]);
}

const quiet = { signal: undefined, onPoints: () => {} };

describe("rounds that depend on those before", () => {
  const all = (count: number) => [{ lo: 0, hi: count }];

  test("are found in order, task by task", async () => {
    const store = openMemoryStore();
    const run = (round: number, lo: number, hi: number) =>
      adaptive(
        createRounds(
          store,
          computeRanges(round, () => [{ lo, hi }], seconds),
        ),
      );
    await expect(run(0, 5, 20)).rejects.toThrow(CampaignPause);
    await expect(run(1, 0, 1)).rejects.toThrow(
      "the campaign is not finished: 5 of 20 units of round 0 (first) are missing (0-4)",
    );
    await expect(run(0, 0, 8)).rejects.toThrow(CampaignPause);
    // Only what was missing of the range.
    expect(store.kept).toEqual([Array.from({ length: 15 }, (_, k) => k + 5), [0, 1, 2, 3, 4]]);
    await expect(
      adaptive(createRounds(store, computeRanges(1, all, seconds))),
    ).rejects.toMatchObject({ round: 1, interrupted: false });
    // The round is done, the next one is not its business.
    const before = store.kept.length;
    store.rounds[1]?.delete(0);
    await expect(run(0, 0, 20)).rejects.toMatchObject({ round: 1 });
    expect(store.kept).toHaveLength(before);
    await expect(run(1, 0, 1)).rejects.toThrow(CampaignPause);
    const direct = await adaptive(runAtOnce);
    expect(await adaptive(createRounds(store, requireAll))).toBe(direct);
    // All is there: the procedure comes to its end.
    expect(await run(0, 0, 20)).toBe(direct);
  });

  test("are left open where the first is", async () => {
    const store = openMemoryStore();
    await expect(adaptive(createRounds(store, requireAll))).rejects.toThrow(
      "all of 20 units of round 0 (first) are missing (0-19)",
    );
    expect(JSON.parse(await adaptive(createRounds(store, leaveGaps)))).toEqual([
      new Array(20).fill(null),
      [],
    ]);
  });
});

describe("what is missing", () => {
  test("is computed, and kept every two seconds", async () => {
    const computed: number[] = [];
    const known = new Map([[3, '{"value":10}']]);
    const store = openMemoryStore([known]);
    let done = 0;
    const control = {
      signal: undefined,
      onPoints(count: number) {
        done += count;
      },
    };
    const work = numbers(100, "numbers", computed);
    // A unit a second.
    const clock = (): number => computed.length;
    const values = await createRounds(store, computeMissing(clock)).run(work, control);
    expect(values).toEqual(await runAtOnce.run(numbers(100, "numbers"), quiet));
    expect(computed).toHaveLength(99);
    expect(store.kept.flat()).toEqual(computed);
    expect(store.kept.map((units) => units.length)).toEqual(new Array(33).fill(3));
    expect(done).toBe(100);
  });

  test("makes hundreds of files in 100 hours, not tens of thousands", async () => {
    const store = openMemoryStore();
    const computed: number[] = [];
    const clock = (): number => computed.length;
    await createRounds(store, computeMissing(clock)).run(numbers(360_000, "n", computed), quiet);
    expect(store.kept.length).toBeGreaterThan(200);
    expect(store.kept.length).toBeLessThan(500);
  });

  test("is given up when it cannot be kept", async () => {
    const store = openMemoryStore();
    const full = {
      open: (round: number, work: RoundWork) => ({
        ...store.open(round, work),
        keep(): void {
          throw new Error("no space left");
        },
      }),
    };
    const computed: number[] = [];
    const rounds = createRounds(
      full,
      computeMissing(() => computed.length),
    );
    await expect(rounds.run(numbers(100, "n", computed), quiet)).rejects.toThrow("no space left");
    expect(computed).toHaveLength(3);
  });

  test("is kept as far as it came when stopped", async () => {
    const store = openMemoryStore();
    const controller = new AbortController();
    let done = 0;
    const control = {
      signal: controller.signal,
      onPoints(count: number) {
        done += count;
        if (done === 70) controller.abort();
      },
    };
    const values = await createRounds(store, computeMissing(seconds)).run(
      numbers(1000, "numbers"),
      control,
    );
    expect(values.filter((value) => value !== undefined)).toHaveLength(70);
    expect(store.rounds[0]?.size).toBe(70);
  });
});

describe("verifying", () => {
  test("computes a share again, spread over all", async () => {
    const computed: number[] = [];
    const store = openMemoryStore();
    await createRounds(store, computeMissing(seconds)).run(numbers(100, "n"), quiet);
    const counts: number[] = [];
    const verify = verifySample(0.1, (count) => counts.push(count));
    await createRounds(store, requireAll, verify).run(numbers(100, "n", computed), quiet);
    expect(counts).toEqual([10]);
    expect(computed).toEqual([5, 15, 25, 35, 45, 55, 65, 75, 85, 95]);
  });

  test("of a small share computes one", async () => {
    const store = openMemoryStore([new Map([[7, '{"value":5}']])]);
    const counts: number[] = [];
    const verify = verifySample(1e-6, (count) => counts.push(count));
    await createRounds(store, leaveGaps, verify).run(numbers(8, "n"), quiet);
    expect(counts).toEqual([1]);
  });

  test("notices another value", async () => {
    const store = openMemoryStore();
    await createRounds(store, computeMissing(seconds)).run(numbers(10, "n"), quiet);
    const verify = verifySample(1, () => {});
    await expect(
      createRounds(store, requireAll, verify).run(numbers(10, "n", [], 1e-15), quiet),
    ).rejects.toThrow("unit 0 of round 0 (n) is another one when it is computed here");
  });
});

test("the time of a unit is known from a few, or from all", async () => {
  const computed: number[] = [];
  let clock = 0;
  const now = (): number => {
    clock += 0.5;
    return clock;
  };
  expect(await timeUnits(numbers(1000, "n", computed), quiet, now)).toBe(0.125);
  expect(computed).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(await timeUnits(numbers(1, "n"), quiet, now)).toBe(0.5);
  expect(await emptyStore.open(0, numbers(2, "n")).read()).toEqual([undefined, undefined]);
});
