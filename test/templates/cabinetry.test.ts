/** An analysis of ntuples built by us and by cabinetry 0.6: tools/golden/templates.py. */

import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCabinetry } from "../../src/formats/cabinetry/read.ts";
import type { HistogramToWrite } from "../../src/formats/index.ts";
import { buildFromPlan } from "../../src/node/build-plan.ts";
import { fillRequests } from "../../src/node/fill-threads.ts";
import { openRootFile, writeRootFile } from "../../src/node/root-file.ts";
import { requestsOf } from "../../src/templates/index.ts";
import type { Workspace } from "../../src/workspace/types.ts";

const FOLDER = fileURLToPath(new URL("../golden/cabinetry/", import.meta.url));

interface Expected {
  readonly histograms: Readonly<
    Record<string, { readonly bins: number[]; readonly yields: number[]; readonly stdev: number[] }>
  >;
  readonly workspace: Workspace;
  readonly interference: Workspace;
}

const expected = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as Expected;

/**
 * Relative. Both sum some hundred weights in double precision, in other orders where files and ranges are added: rounding of
 * 1e-16 for each term.
 */
const TOLERANCE = 1e-12;

/** Differences between two documents, numbers by {@link TOLERANCE}. */
function differences(actual: unknown, wanted: unknown, path: string = ""): string[] {
  if (typeof wanted === "number" && typeof actual === "number") {
    const isClose = Math.abs(actual - wanted) <= TOLERANCE * Math.max(1e-3, Math.abs(wanted));
    return isClose ? [] : [`${path}: ${actual}, expected ${wanted}`];
  }
  if (
    wanted === null ||
    typeof wanted !== "object" ||
    actual === null ||
    typeof actual !== "object"
  ) {
    return actual === wanted ? [] : [`${path}: ${String(actual)}, expected ${String(wanted)}`];
  }
  const keys = new Set([...Object.keys(wanted), ...Object.keys(actual)]);
  return [...keys].flatMap((key) =>
    differences(
      (actual as Record<string, unknown>)[key],
      (wanted as Record<string, unknown>)[key],
      `${path}/${key}`,
    ),
  );
}

function planOf(config: string): ReturnType<typeof readCabinetry> {
  return readCabinetry(readFileSync(join(FOLDER, config), "utf8"), config);
}

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "nextstat-build-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Cabinetry's name of a histogram. */
function cabinetryName(name: string): string {
  const [region = "", sample = "", variation = ""] = name.split("/");
  const side =
    variation === "nominal"
      ? ""
      : `_${variation.replace(/_(up|down)$/, (_, s: string) => `_${s === "up" ? "Up" : "Down"}`)}`;
  return `${region}_${sample}${side}`.replaceAll(" ", "-");
}

describe("an analysis of ntuples", () => {
  test("every key of the configuration is applied", () => {
    const { coverage, warnings } = planOf("config.yml");
    expect(coverage.unknown).toEqual([]);
    expect(coverage.listed.map(({ key }) => key)).toEqual(["HistogramFolder"]);
    expect(warnings).toEqual([]);
  });

  test("every histogram is cabinetry's", async () => {
    const { plan } = planOf("config.yml");
    const { events } = requestsOf(plan);
    const filled = await fillRequests(events, { style: "python", folder: FOLDER, threads: 1 });
    const seen = new Set<string>();
    for (const [i, { name }] of events.entries()) {
      const key = cabinetryName(name);
      seen.add(key);
      const { edges, values, variances } = filled[i]?.template ?? {};
      const stdev = variances?.map(Math.sqrt);
      const wanted = expected.histograms[key];
      expect(differences({ bins: edges, yields: values, stdev }, wanted, key)).toEqual([]);
    }
    // Templates that are the same events are filled once here: up sides that change nothing.
    expect(seen.size).toBeGreaterThan(70);
  });

  test("the workspace is cabinetry's", async () => {
    const { plan } = planOf("config.yml");
    const { workspace, work } = await buildFromPlan(plan, { folder: FOLDER });
    expect(differences(workspace, expected.workspace)).toEqual([]);
    expect(work.filled).toBeGreaterThan(70);
  });

  test("variations of a sample with a negative yield are cabinetry's", async () => {
    const { plan } = planOf("config-interference.yml");
    const { workspace, notices } = await buildFromPlan(plan, { folder: FOLDER });
    expect(differences(workspace, expected.interference)).toEqual([]);
    expect(notices.map(({ kind }) => kind)).toContain("negative-yield");
  });

  test("the same bytes for any number of threads", async () => {
    const { plan } = planOf("config.yml");
    const one = await buildFromPlan(plan, { folder: FOLDER, threads: 1 });
    const three = await buildFromPlan(plan, { folder: FOLDER, threads: 3 });
    expect(JSON.stringify(three)).toBe(JSON.stringify(one));
  });

  test("stops when it is told to", async () => {
    const { plan } = planOf("config.yml");
    const signal = AbortSignal.abort(new Error("enough"));
    for (const threads of [1, 2]) {
      await expect(buildFromPlan(plan, { folder: FOLDER, threads, signal })).rejects.toThrow(
        "enough",
      );
    }
  });
});

test("a file that two patterns stand for is read once, with a notice", async () => {
  const text = readFileSync(join(FOLDER, "config.yml"), "utf8");
  const twice = text.replace("- wjets1.root", "- wjets[12].root");
  expect(twice).not.toBe(text);
  const once = await buildFromPlan(planOf("config.yml").plan, { folder: FOLDER });
  const { plan } = readCabinetry(twice, "twice.yml");
  const { workspace, notices } = await buildFromPlan(plan, { folder: FOLDER });
  expect(JSON.stringify(workspace)).toBe(JSON.stringify(once.workspace));
  const { message } = notices.find(({ kind }) => kind === "repeated-files") ?? {};
  expect(message).toMatch(
    /named several times, read once \(\d+\): .*wjets2.root:wjets of SR\/wjets/,
  );
});

describe("events in Parquet files", () => {
  test("give the same workspace", async () => {
    const folder = join(scratch, "parquet");
    mkdirSync(join(folder, "ntuples"), { recursive: true });
    for (const name of readdirSync(join(FOLDER, "ntuples"))) {
      const file = await openRootFile(join(FOLDER, "ntuples", name));
      for (const { path } of await file.list()) {
        const { columns } = await (await file.table(path)).read();
        const columnData = Object.entries(columns).map(([column, content]) => {
          if (content.kind !== "numbers") throw new Error(`${column} is no column of numbers`);
          const isBool = content.type === "bool";
          const data = isBool ? Array.from(content.values as Uint8Array, Boolean) : content.values;
          return { name: column, data: data as Float32Array };
        });
        const bytes = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 100 }));
        writeFileSync(join(folder, `ntuples/${name.replace(".root", `.${path}.parquet`)}`), bytes);
      }
      await file.close();
    }
    const text = JSON.stringify(planOf("config.yml").plan).replace(
      /\.root","table":"(\w+)"/g,
      (_, table: string) => `.${table}.parquet","table":""`,
    );
    const plan = JSON.parse(text) as ReturnType<typeof planOf>["plan"];
    const { workspace } = await buildFromPlan(plan, { folder, threads: 2 });
    expect(differences(workspace, expected.workspace)).toEqual([]);
  });
});

describe("histograms as input", () => {
  test("cabinetry's histograms give cabinetry's workspace", async () => {
    const folder = join(scratch, "histograms");
    mkdirSync(folder);
    const { plan } = planOf("config-histograms.yml");
    const { histograms } = requestsOf(plan);
    const content = histograms.map(({ location }): HistogramToWrite => {
      const path = location.histogram;
      const wanted = expected.histograms[cabinetryName(path)];
      if (wanted === undefined) throw new Error(`no histogram ${path}`);
      const { bins, yields, stdev } = wanted;
      return { path, edges: bins, values: yields, variances: stdev.map((s) => s * s) };
    });
    writeRootFile(join(folder, "histograms.root"), content);
    const { workspace } = await buildFromPlan(plan, { folder });
    expect(differences(workspace, expected.workspace)).toEqual([]);
  });
});

describe("histograms of an earlier run", () => {
  test("are used until a file or an expression changes", async () => {
    const histograms = join(scratch, "kept.root");
    const { plan } = planOf("config.yml");
    const build = (changed = plan) => buildFromPlan(changed, { folder: FOLDER, histograms });
    const first = await build();
    expect(first.work.reused).toBe(0);
    const second = await build();
    expect(second.work).toEqual({ ...first.work, filled: 0, reused: first.work.filled });
    expect(JSON.stringify(second.workspace)).toBe(JSON.stringify(first.workspace));
    const fresh = await buildFromPlan(plan, { folder: FOLDER, histograms, reuse: false });
    expect(fresh.work).toEqual(first.work);

    const [region, ...others] = plan.regions;
    if (region === undefined) throw new Error("no region");
    const edges = [50, 130, 200];
    const other = { ...region, binning: { ...region.binning, edges } };
    const third = await build({ ...plan, regions: [other, ...others] });
    expect(third.work.filled).toBeGreaterThan(0);
    expect(third.work.reused).toBeGreaterThan(0);
    expect(third.workspace.observations[0]?.data.length).toBe(2);
  });

  test("carry what made them, and are readable for others", async () => {
    const histograms = join(scratch, "record.root");
    await buildFromPlan(planOf("config.yml").plan, { folder: FOLDER, histograms });
    const file = await openRootFile(histograms);
    const entry = (await file.list()).find(({ path }) => path === "SR/ttbar/jes_up");
    expect(entry?.title).toMatch(/^nextstat build [0-9a-f]{64} 0 [0-9a-f]{16}$/);
    const { values } = await file.histogram("SR/ttbar/jes_up");
    expect(differences([...values], expected.histograms.SR_ttbar_jes_Up?.yields)).toEqual([]);
    await file.close();
  });

  test("a file of something else is not overwritten", async () => {
    const histograms = join(scratch, "other.root");
    writeRootFile(histograms, [{ path: "mine", edges: [0, 1], values: [1] }]);
    utimesSync(histograms, 1, 1);
    for (const reuse of [true, false]) {
      await expect(
        buildFromPlan(planOf("config.yml").plan, { folder: FOLDER, histograms, reuse }),
      ).rejects.toThrow("mine is not of nextstat build");
    }
  });

  test("stay where only some regions are built", async () => {
    const histograms = join(scratch, "only.root");
    const { plan } = planOf("config.yml");
    const build = (...only: string[]) => buildFromPlan(plan, { folder: FOLDER, histograms, only });
    const first = await build("CR top");
    const second = await build("SR");
    expect(second.work.filled).toBeGreaterThan(0);
    expect((await build("CR top")).work).toEqual({ filled: 0, reused: first.work.filled, read: 0 });
    const all = await buildFromPlan(plan, { folder: FOLDER, histograms });
    expect(all.work.reused).toBe(first.work.filled + second.work.filled);
    expect(differences(all.workspace, expected.workspace)).toEqual([]);
  });

  test("that are damaged are refused, and stay as they are", async () => {
    const histograms = join(scratch, "damaged.root");
    const build = () => buildFromPlan(planOf("config.yml").plan, { folder: FOLDER, histograms });
    await build();
    const bytes = readFileSync(histograms);
    // Cut off, and zeros in the middle of a histogram.
    for (const damaged of [bytes.subarray(0, 5000), Buffer.from(bytes).fill(0, 20_000, 24_000)]) {
      writeFileSync(histograms, damaged);
      await expect(build()).rejects.toThrow("or delete this one: they are filled again");
      expect(readFileSync(histograms).equals(damaged)).toBe(true);
    }
  });

  test("are filled again when others have changed them, and what made them stands there still", async () => {
    const histograms = join(scratch, "scaled.root");
    const { plan } = planOf("config.yml");
    const first = await buildFromPlan(plan, { folder: FOLDER, histograms });
    const file = await openRootFile(histograms);
    const content = await Promise.all(
      (await file.list()).map(async ({ path, title }): Promise<HistogramToWrite> => {
        const { values, variances, axes } = await file.histogram(path);
        const factor = path === "SR/ttbar/nominal" ? 2 : 1;
        const edges = [...(axes[0]?.edges ?? [])];
        return { path, title, edges, values: values.map((v) => factor * v), variances };
      }),
    );
    await file.close();
    writeRootFile(histograms, content);
    const second = await buildFromPlan(plan, { folder: FOLDER, histograms });
    expect(second.work.filled).toBe(1);
    expect(JSON.stringify(second.workspace)).toBe(JSON.stringify(first.workspace));
  });

  test("are filled again when a file has other events, and the same size and time", async () => {
    const folder = join(scratch, "same-time");
    cpSync(FOLDER, folder, { recursive: true });
    const { plan } = planOf("config.yml");
    const histograms = join(folder, "kept.root");
    const [path, other] = ["wjets1.root", "wjets2.root"].map((n) => join(folder, "ntuples", n));
    const size = Math.max(statSync(path as string).size, statSync(other as string).size);
    for (const file of [path, other] as string[]) {
      appendFileSync(file, new Uint8Array(size - statSync(file).size));
    }
    const first = await buildFromPlan(plan, { folder, histograms });
    const { atime, mtime } = statSync(path as string);
    copyFileSync(other as string, path as string);
    utimesSync(path as string, atime, mtime);
    expect(statSync(path as string)).toMatchObject({ size, mtime });
    const second = await buildFromPlan(plan, { folder, histograms });
    expect(second.work.filled).toBeGreaterThan(0);
    expect(JSON.stringify(second.workspace)).not.toBe(JSON.stringify(first.workspace));
  });
});
