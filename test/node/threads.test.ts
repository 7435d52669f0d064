/**
 * Worker threads: the same bytes for any number of them, and an end that leaves nothing behind.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { fromPyhf, massScan, procedures, upperLimit } from "../../src/index.ts";
import { massScanInThreads, openThreads } from "../../src/node/index.ts";
import { openThread } from "../../src/node/thread-channel.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { runStepsAsync } from "../../src/parallel/run-steps.ts";
import { ROOT } from "../cli/run-cli.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";

const GRID = { start: 0, stop: 3, points: 25 };

test("1, 2, 3 and 4 threads give the same JSON, work counted included", async () => {
  const model = fromPyhf(goldenWorkspaceText("kink-several"), { interpDefaults: "pyhf" });
  const here = JSON.stringify(upperLimit(model, { grid: GRID }));
  for (const size of [1, 2, 3, 4]) {
    const pool = createPool(openThread, size);
    const steps = procedures.upperLimit(model, { grid: GRID });
    const there = await runStepsAsync(steps, pool.executor(model.compiled));
    expect(JSON.stringify(there) === here, `${size} threads`).toBe(true);
    await pool.close();
  }
});

describe("threads of the library", () => {
  test("start where a procedure takes long, and hand over in the middle of a batch", async () => {
    const model = fromPyhf(goldenWorkspaceText("two-minima-08"));
    const grid = { start: 0, stop: 4, points: 800 };
    const threads = openThreads(model, 2);
    const seen: number[] = [];
    const [first, second] = await Promise.all([
      threads.run(procedures.upperLimit(model, { scan: grid }), {
        onProgress: (_, done, total) => seen.push(done / total),
      }),
      threads.run(procedures.hypotest(model, 1)),
    ]);
    await threads.close();
    expect(first).toEqual(upperLimit(model, { scan: grid }));
    expect(second.converged).toBe(true);
    expect(Math.max(...seen)).toBe(1);
  });

  test("a mass scan is the same on several", async () => {
    const points = ["mixed-counting", "two-minima-08", "bound-mu-zero"].map((name) => ({
      label: name,
      open: () => fromPyhf(goldenWorkspaceText(name)),
    }));
    const sources = [
      ...points,
      { label: "broken", open: () => fromPyhf("{}") },
      { label: "out of bounds", open: () => fromPyhf(goldenWorkspaceText("override-fixed")) },
    ];
    const options = { grid: GRID };
    const here = await massScan(sources, options);
    expect(here.massPoints[3]?.error).toMatch(/lacks the key/);
    expect(here.exclusion.labels).toHaveLength(here.massPoints.filter((p) => !p.error).length);
    const there = await massScanInThreads(sources, options, 2);
    expect(JSON.stringify(there) === JSON.stringify(here)).toBe(true);
  });
});

test("a thread that dies gives one error", async () => {
  const model = fromPyhf(goldenWorkspaceText("two-minima-08"));
  const pool = createPool(() => openThread(new URL("./dying-worker.ts", import.meta.url)), 2);
  const steps = procedures.upperLimit(model, { scan: GRID });
  await expect(runStepsAsync(steps, pool.executor(model.compiled))).rejects.toThrow(
    "a worker thread died (exit code 7) — use fewer threads: each needs memory for the model",
  );
  await pool.close();
});

test("the built package: threads that are not closed do not keep the process alive", () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { fromPyhf, procedures } from "nextstat";
    import { openThreads } from "nextstat/node";
    const model = fromPyhf(readFileSync("test/golden/workspaces/two-minima-08.json", "utf8"));
    const scan = { start: 0, stop: 4, points: 800 };
    const { points } = await openThreads(model, 2).run(procedures.upperLimit(model, { scan }));
    console.log(points.length);
  `;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    { cwd: ROOT, encoding: "utf8", timeout: 60_000 },
  );
  expect({ stdout, stderr, status }).toEqual({ stdout: "800\n", stderr: "", status: 0 });
});
