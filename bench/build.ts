/**
 * Building the workspace of an analysis of a million events on one thread, beside cabinetry, in processor time; and the fits of
 * both workspaces, each by its own program.
 *
 * Both sides read the same ROOT files, which `tools/golden/templates.py` makes from a fixed seed: three regions, five samples,
 * twelve systematics. Ours does it once more with the same events in Parquet files.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readCabinetry } from "../src/formats/cabinetry/read.ts";
import { fit, fromPyhf } from "../src/index.ts";
import { buildFromPlan } from "../src/node/build-plan.ts";
import { openRootFile } from "../src/node/root-file.ts";
import type { AnalysisPlan } from "../src/templates/index.ts";
import type { Workspace } from "../src/workspace/types.ts";
import { formatRatio, formatTable, formatTime } from "./table.ts";

const SCRIPT = fileURLToPath(new URL("../tools/golden/templates.py", import.meta.url));
const EVENTS = 1_000_000;

/** A side's work. */
interface Side {
  /** Processor time of histograms and workspace. */
  readonly seconds: number;
  /** Of the process, what it had loaded before included. */
  readonly peakBytes: number;
  readonly bestfit: Readonly<Record<string, number>>;
  readonly uncertainty: Readonly<Record<string, number>>;
}

/** Both. */
export interface BuildBench {
  readonly events: number;
  readonly ours: Side;
  /** With Parquet files: processor time, and the largest relative difference to cabinetry's workspace. */
  readonly parquet: { readonly seconds: number; readonly workspaces: number };
  readonly cabinetry: Side & { readonly version: string };
  /** Largest relative difference of a number of the workspaces. */
  readonly workspaces: number;
  /** Largest difference of a best fit, in units of its uncertainty. */
  readonly fits: number;
}

/** Makes the files, builds and fits on both sides, and prints the table. */
export async function runBuild(python: string, quick: boolean): Promise<BuildBench> {
  const folder = mkdtempSync(join(tmpdir(), "nextstat-build-"));
  const events = quick ? EVENTS / 20 : EVENTS;
  try {
    process.stderr.write("writing the events ...\n");
    runPython(python, ["write", folder, `${events}`]);
    process.stderr.write("ours ...\n");
    const plan = readCabinetry(readFileSync(join(folder, "config.yml"), "utf8"), "config.yml").plan;
    const { side: ours, workspace } = await buildOurs(plan, folder);
    process.stderr.write("ours, Parquet ...\n");
    const parquetFolder = join(folder, "parquet");
    await writeParquetFiles(folder, parquetFolder);
    const parquet = await buildTimed(fromParquetFiles(plan), parquetFolder);
    process.stderr.write("cabinetry ...\n");
    const { side: cabinetry, workspace: theirs } = buildTheirs(python, folder);
    const result: BuildBench = {
      events,
      ours,
      parquet: {
        seconds: parquet.seconds,
        workspaces: largestDifference(parquet.workspace, theirs),
      },
      cabinetry,
      workspaces: largestDifference(workspace, theirs),
      fits: Math.max(
        ...Object.entries(cabinetry.bestfit).map(
          ([name, value]) =>
            Math.abs((ours.bestfit[name] ?? Number.POSITIVE_INFINITY) - value) /
            (cabinetry.uncertainty[name] || 1),
        ),
      ),
    };
    process.stdout.write(`${describe(result)}\n`);
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runPython(python: string, args: readonly string[]): string {
  const run = spawnSync(python, ["-W", "ignore", SCRIPT, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    // NumPy's helpers would be counted as processor time too.
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  });
  if (run.status !== 0) {
    const reason = run.stderr.trim().split("\n").at(-1) ?? "";
    throw new RangeError(`${python} templates.py ${args[0]}: ${reason} (is cabinetry installed?)`);
  }
  return run.stdout;
}

/** Builds a plan, and takes the processor time of it. */
async function buildTimed(
  plan: AnalysisPlan,
  folder: string,
): Promise<{ readonly workspace: Workspace; readonly seconds: number }> {
  const before = process.cpuUsage();
  const { workspace } = await buildFromPlan(plan, { folder });
  const { user, system } = process.cpuUsage(before);
  return { workspace, seconds: (user + system) / 1e6 };
}

/** Every tree as a Parquet file, in row groups of the size of the baskets. */
async function writeParquetFiles(from: string, to: string): Promise<void> {
  mkdirSync(join(to, "ntuples"), { recursive: true });
  for (const name of readdirSync(join(from, "ntuples"))) {
    const file = await openRootFile(join(from, "ntuples", name));
    for (const { path } of await file.list()) {
      const { columns } = await (await file.table(path)).read();
      const columnData = Object.entries(columns).map(([column, content]) => {
        if (content.kind !== "numbers") throw new RangeError(`${column} is no column of numbers`);
        const isBool = content.type === "bool";
        const data = isBool ? Array.from(content.values as Uint8Array, Boolean) : content.values;
        return { name: column, data: data as Float64Array };
      });
      const bytes = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 100_000 }));
      writeFileSync(join(to, "ntuples", parquetName(name, path)), bytes);
    }
    await file.close();
  }
}

function parquetName(file: string, tree: string): string {
  return file.replace(/\.root$/, `.${tree}.parquet`);
}

/** The same plan with these files. */
function fromParquetFiles(plan: AnalysisPlan): AnalysisPlan {
  const isLocation = (value: unknown): value is { readonly path: string; readonly table: string } =>
    typeof value === "object" && value !== null && "table" in value;
  return JSON.parse(
    JSON.stringify(plan, (_, value: unknown) =>
      isLocation(value) ? { path: parquetName(value.path, value.table), table: "" } : value,
    ),
  );
}

async function buildOurs(
  plan: AnalysisPlan,
  folder: string,
): Promise<{ readonly side: Side; readonly workspace: Workspace }> {
  const { workspace, seconds } = await buildTimed(plan, folder);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  // The codes of pyhf's own model, which cabinetry fits.
  const model = fromPyhf(JSON.stringify(workspace), { interpDefaults: "root" });
  const { bestfit, uncertainties, parameterNames } = fit(model);
  const byName = (values: readonly (number | null)[]): Record<string, number> =>
    Object.fromEntries(parameterNames.map((name, i) => [name, values[i] ?? 0]));
  const side = {
    seconds,
    peakBytes,
    bestfit: byName(bestfit),
    uncertainty: byName(uncertainties),
  };
  return { side, workspace };
}

function buildTheirs(
  python: string,
  folder: string,
): { readonly side: BuildBench["cabinetry"]; readonly workspace: Workspace } {
  const built = JSON.parse(runPython(python, ["run", folder]));
  const path = join(folder, "cabinetry.json");
  writeFileSync(path, JSON.stringify(built.workspace));
  const fitted = JSON.parse(runPython(python, ["fit", path]));
  const byName = (values: readonly number[]): Record<string, number> =>
    Object.fromEntries(fitted.labels.map((name: string, i: number) => [name, values[i]]));
  const side = {
    version: built.version,
    seconds: built.seconds,
    peakBytes: built.peak_bytes,
    bestfit: byName(fitted.bestfit),
    uncertainty: byName(fitted.uncertainty),
  };
  return { side, workspace: built.workspace };
}

/** Relative, over all numbers; infinite where the documents have other parts. */
function largestDifference(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") {
    return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  }
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") {
    return a === b ? 0 : Number.POSITIVE_INFINITY;
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Math.max(
    0,
    ...[...keys].map((key) =>
      largestDifference((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    ),
  );
}

function describe({ events, ours, parquet, cabinetry, workspaces, fits }: BuildBench): string {
  const row = (name: string, { seconds, peakBytes, bestfit, uncertainty }: Side): string[] => [
    name,
    formatTime(seconds),
    `${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    `${bestfit.mu?.toFixed(4)} ± ${uncertainty.mu?.toFixed(4)}`,
  ];
  return [
    `nextstat benchmark, building: Node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, one thread`,
    `The workspace of ${events} events in ROOT files, 76 templates: processor time from the configuration to the workspace.`,
    "",
    formatTable(
      ["", "build", "peak memory", "mu"],
      [
        row("ours", ours),
        // Converting the files has taken more memory than reading them.
        ["ours, Parquet", formatTime(parquet.seconds), "", ""],
        row(`cabinetry ${cabinetry.version}`, cabinetry),
      ],
    ),
    "",
    `ours/cabinetry ${formatRatio(ours.seconds / cabinetry.seconds)}; largest relative difference of the workspaces ${workspaces.toExponential(1)} (Parquet: ${parquet.workspaces.toExponential(1)}); ` +
      `of the best fits ${fits.toExponential(1)} of an uncertainty`,
  ].join("\n");
}
