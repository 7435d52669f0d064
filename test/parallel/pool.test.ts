/**
 * The pool, its workers and the asynchronous driver: the same records as on one thread, whatever happens in between.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import {
  fromPyhf,
  hypotest,
  type Model,
  massScan,
  NextstatError,
  procedures,
  runAsync,
  upperLimit,
} from "../../src/index.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { runStepsAsync, type TaskExecutor } from "../../src/parallel/run-steps.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { type InProcessChannel, openInProcess } from "./in-process.ts";

const GRID = { start: 0, stop: 3, points: 25 };

function golden(name: string, interpDefaults: "root" | "pyhf" = "root"): Model {
  return fromPyhf(goldenWorkspaceText(name), { interpDefaults });
}

function openPool(size: number) {
  const lines: InProcessChannel[] = [];
  const pool = createPool(() => {
    const line = openInProcess();
    lines.push(line);
    return line.channel;
  }, size);
  return { pool, lines };
}

describe("a procedure gives the same record", () => {
  test.each(["mixed-normsys-histosys", "two-minima-08", "kink-several", "bound-mu-zero"])(
    "of %s in 1 and 3 workers as here, work counted included",
    async (name) => {
      for (const interpDefaults of ["root", "pyhf"] as const) {
        const model = golden(name, interpDefaults);
        const options = { scan: GRID };
        const here = JSON.stringify(upperLimit(model, options));
        for (const size of [1, 3]) {
          const { pool } = openPool(size);
          const steps = procedures.upperLimit(model, options);
          const there = await runStepsAsync(steps, pool.executor(model.compiled));
          expect(JSON.stringify(there) === here, `${size} workers, ${interpDefaults}`).toBe(true);
        }
      }
    },
  );

  test.each([
    ["ranking", procedures.ranking],
    ["scan", procedures.profileScan],
    ["impacts", procedures.impacts],
    ["significance", procedures.significance],
  ] as const)("of a %s, in the order in which workers are free", async (_, open) => {
    const model = golden("kink-several", "pyhf");
    const here = await runAsync<unknown>(model, open(model));
    const { pool } = openPool(3);
    const there = await runStepsAsync<unknown>(open(model), pool.executor(model.compiled));
    expect(JSON.stringify(there) === JSON.stringify(here)).toBe(true);
  });

  test("when it is watched", async () => {
    const model = golden("two-minima-08");
    const seen: [number, number][] = [];
    const onProgress = (_: string, done: number, total: number): void => {
      seen.push([done, total]);
    };
    const steps = procedures.hypotest(model, 1, { expectedSet: true });
    const result = await runAsync(model, steps, { onProgress });
    expect(result).toEqual(hypotest(model, 1, { expectedSet: true }));
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every(([done, total]) => done <= total)).toBe(true);
  });

  test("several models one after the other in one pool", async () => {
    const { pool, lines } = openPool(2);
    for (const name of ["mixed-counting", "two-minima-08", "mixed-counting"]) {
      const model = golden(name);
      const steps = procedures.upperLimit(model, { scan: GRID });
      const result = await runStepsAsync(steps, pool.executor(model.compiled));
      expect(result).toEqual(upperLimit(model, { scan: GRID }));
    }
    expect(lines).toHaveLength(2);
    expect(lines.every(({ held }) => !held)).toBe(true);
    // A model is sent when it changes, a likelihood once.
    for (const { posted } of lines) {
      expect(posted.filter(({ type }) => type === "model")).toHaveLength(3);
      expect(posted.filter(({ type }) => type === "likelihood").length).toBeLessThanOrEqual(6);
    }
    await pool.close();
    expect(lines.every(({ terminated }) => terminated)).toBe(true);
  });

  test("a worker remembers a few likelihoods, and is sent the others again", async () => {
    const model = golden("mixed-counting");
    const { pool, lines } = openPool(1);
    const reference = upperLimit(model, { scan: GRID });
    for (let k = 0; k < 6; k++) {
      const steps = procedures.upperLimit(model, { scan: GRID });
      expect(await runStepsAsync(steps, pool.executor(model.compiled))).toEqual(reference);
    }
    const forgotten = lines[0]?.posted.filter((r) => r.type === "likelihood" && r.forget !== null);
    expect(forgotten).toHaveLength(4);
  });
});

describe("interruption", () => {
  test("leaves what was not begun undone, and later batches too", async () => {
    const model = golden("two-minima-08");
    const controller = new AbortController();
    let nBatches = 0;
    const { pool } = openPool(2);
    const walker = pool.executor(model.compiled);
    const counting: TaskExecutor = {
      run(walks, control) {
        nBatches++;
        return walker.run(walks, control);
      },
    };
    const steps = procedures.upperLimit(model, { scan: { start: 0, stop: 3, points: 200 } });
    const result = await runStepsAsync(steps, counting, {
      signal: controller.signal,
      onProgress(doing, done) {
        if (doing === "scanning CLs" && done > 0) controller.abort();
      },
    });
    const whole = upperLimit(model, { scan: { start: 0, stop: 3, points: 200 } });
    expect(result.partial).toBe(true);
    const finished = result.points.filter(({ cls }) => cls !== null);
    expect(finished.length).toBeGreaterThan(0);
    expect(finished.length).toBeLessThan(200);
    for (const point of finished) expect(whole.points).toContainEqual(point);
    expect(nBatches).toBeLessThanOrEqual(2);
  });

  test("before the first walk: the global fit is there, the rest is null", async () => {
    const model = golden("two-minima-08");
    const steps = procedures.upperLimit(model);
    const result = await runAsync(model, steps, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ partial: true, obsLimit: null, points: [] });
    expect(result.expLimits).toEqual([null, null, null, null, null]);
    expect(result.muHat).toBe(upperLimit(model).muHat);
    const test = await runAsync(model, procedures.hypotest(model, 4), {
      signal: () => AbortSignal.abort(),
    });
    expect(test).toMatchObject({ partial: true, cls: null, qMu: null });
  });

  test("of a mass scan keeps the mass points that are finished", async () => {
    const points = Array.from({ length: 3000 }, (_, k) => ({
      label: `m${k}`,
      open: () => golden("mixed-counting"),
    }));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const result = await massScan(points, {}, { signal: controller.signal });
    expect(result.partial).toBe(true);
    expect(result.nMassPoints).toBeGreaterThan(0);
    expect(result.nMassPoints).toBeLessThan(3000);
    expect(result.nConverged).toBe(result.nMassPoints);
    const none = await massScan(points, {}, { signal: AbortSignal.abort() });
    expect(none).toMatchObject({ partial: true, massPoints: [] });
  });

  test("gives the event loop its turns", async () => {
    const model = golden("two-minima-08");
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const steps = procedures.upperLimit(model, { scan: { start: 0, stop: 3, points: 20_000 } });
    const result = await runAsync(model, steps, { signal: controller.signal });
    expect(result.partial).toBe(true);
  });
});

describe("failure", () => {
  test("a worker that dies ends the procedure with one error, and the next one has a new worker", async () => {
    const model = golden("two-minima-08");
    const { pool, lines } = openPool(2);
    const steps = procedures.upperLimit(model, { scan: GRID });
    const running = runStepsAsync(steps, pool.executor(model.compiled));
    while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve));
    lines[1]?.die("out of memory");
    await expect(running).rejects.toThrow(
      new NextstatError("numeric", "a worker thread died (out of memory)", {
        hint: "use fewer threads: each needs memory for the model",
      }),
    );
    // The evaluator is left as it was found.
    expect(model.nll(model.suggestedInit())).toBe(
      golden("two-minima-08").nll(model.suggestedInit()),
    );
    const again = procedures.upperLimit(model, { scan: GRID });
    expect(await runStepsAsync(again, pool.executor(model.compiled))).toEqual(
      upperLimit(model, { scan: GRID }),
    );
    expect(lines).toHaveLength(3);
  });

  test("an error in a worker is the error of the procedure", async () => {
    const model = golden("two-minima-08");
    for (const [error, message] of [
      [new NextstatError("input", "too large", { hint: "merge bins" }), /^too large — merge bins$/],
      [new TypeError("a bug"), /^in a worker: TypeError: a bug/],
    ] as const) {
      const failing = (): never => {
        throw error;
      };
      const pool = createPool(() => openInProcess(failing).channel, 2);
      const steps = procedures.upperLimit(model, { scan: GRID });
      const running = runStepsAsync(steps, pool.executor(model.compiled));
      await expect(running).rejects.toThrow(message);
    }
  });

  test("a pool that is closed in the middle says so", async () => {
    const model = golden("two-minima-08");
    const { pool, lines } = openPool(1);
    const steps = procedures.upperLimit(model, { scan: GRID });
    const running = runStepsAsync(steps, pool.executor(model.compiled));
    const rejected = expect(running).rejects.toThrow(/closed before the work was done/);
    while (lines.length < 1) await new Promise((resolve) => setTimeout(resolve));
    await pool.close();
    await rejected;
    const late = runStepsAsync(procedures.upperLimit(model), pool.executor(model.compiled));
    await expect(late).rejects.toThrow(/have been closed/);
  });
});
