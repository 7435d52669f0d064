/**
 * Our speed beside the peers', in one run on one thread: model build, NLL, gradient, fit, and the NLL they end at; with
 * `--inference` hypothesis test, limits, ranking, scan, and their numbers; with `--toys` toys, and what a second thread gives;
 * with `--io` reading of ROOT files; with `--build` workspaces of events.
 *
 * usage: node bench/run.ts [--inference | --toys | --io | --build] [--models a,b] [--peers pyhf-scipy,nextstat|none] [--python PATH]
 *                          [--limit SECONDS] [--quick] [--json FILE]
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { NextstatError } from "../src/index.ts";
import { runBuild } from "./build.ts";
import { FITS } from "./fits.ts";
import { INFERENCE } from "./inference.ts";
import { runIo } from "./io.ts";
import { chooseModels, type ModelFile } from "./models.ts";
import { findPython, INSTALL_HINT, measurePeers, type Peer } from "./peers.ts";
import { formatProcess, measureProcess } from "./process.ts";
import { formatScaling, measureScaling } from "./scaling.ts";
import {
  CLAIM_PARAMETERS,
  formatJudgement,
  formatNotes,
  formatSection,
  judgeClaims,
  type ModelResult,
  type ModelSize,
  type Suite,
  TOOL_NAME,
  TOOLS,
} from "./suite.ts";
import { formatTime } from "./table.ts";
import { type Protocol, QUICK, THOROUGH } from "./timing.ts";
import { TOY_SUITE } from "./toys.ts";
import type { OwnToys } from "./toys-ours.ts";
import { formatThreads, measureThreads } from "./toys-threads.ts";

const HELP = `usage: node bench/run.ts [options]

  --inference       hypothesis test, limits, ranking and scan instead of NLL, gradient and fit
  --toys            toys, and two threads over one, instead
  --io              reading trees of ROOT files, beside uproot, instead (only --python, --quick and --json go with it)
  --build           a workspace of a million events, beside cabinetry, instead (only --python, --quick and --json go with it)
  --models A,B      workspaces by file name (default: some of test/golden/workspaces, the example, and the published ones)
  --peers LIST      of ${FITS.peers.join(",")}, or none; with --inference of
                    ${INFERENCE.peers.join(",")}; with --toys of
                    ${TOY_SUITE.peers.join(",")} (default: all)
  --python PATH     interpreter that has them (default: $NEXTSTAT_PEERS_PYTHON, else .peers/bin/python)
  --limit SECONDS   processor time one step of a peer may take (default 120; 20 with --quick)
  --quick           few workspaces, short batches
  --json FILE       write every number
`;

const SUITES = { fits: FITS, inference: INFERENCE, toys: TOY_SUITE } as const;

interface Settings {
  readonly suite: keyof typeof SUITES | "io" | "build";
  readonly files: readonly ModelFile[];
  readonly hasPublished: boolean;
  readonly peers: readonly Peer[];
  readonly python: string | undefined;
  readonly limit: number;
  readonly quick: boolean;
  readonly json: string | undefined;
}

function readSettings(args: readonly string[]): Settings | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inference: { type: "boolean", default: false },
      toys: { type: "boolean", default: false },
      io: { type: "boolean", default: false },
      build: { type: "boolean", default: false },
      models: { type: "string" },
      peers: { type: "string" },
      python: { type: "string" },
      limit: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  const asked = (["inference", "toys", "io", "build"] as const).filter((name) => values[name]);
  if (asked.length > 1) throw new RangeError(`--${asked.join(" and --")}: give one of them`);
  const suite = asked[0] ?? "fits";
  const { peers: known, models } = SUITES[suite === "io" || suite === "build" ? "fits" : suite];
  const limit = Number(values.limit ?? (quick ? 20 : 120));
  if (!(limit > 0)) throw new RangeError(`--limit ${values.limit}: give a number of seconds`);
  const peers = readPeers(values.peers, known);
  const names = values.models?.split(",").filter((name) => name !== "") ?? [];
  return {
    suite,
    ...chooseModels(names, models, quick),
    peers,
    python: peers.length === 0 ? undefined : findPython(values.python),
    limit,
    quick,
    json: values.json,
  };
}

function readPeers(list: string | undefined, all: readonly Peer[]): readonly Peer[] {
  if (list === undefined) return all;
  if (list === "none") return [];
  return list.split(",").map((name) => {
    const peer = all.find((candidate) => candidate === name);
    if (peer === undefined) {
      throw new RangeError(`no peer "${name}"; there are ${all.join(", ")}, and none`);
    }
    return peer;
  });
}

async function measureModel<Own extends ModelSize>(
  suite: Suite<Own>,
  file: ModelFile,
  settings: Settings,
  protocol: Protocol,
): Promise<ModelResult<Own>> {
  const text = readFileSync(file.path, "utf8");
  process.stderr.write(`${file.name} ...`);
  const begin = performance.now();
  const ours = suite.measure(text, protocol);
  const middle = performance.now();
  const { python, peers, limit } = settings;
  const extra = suite.peerArguments(ours);
  const theirs =
    python === undefined
      ? null
      : await measurePeers(file.path, { python, peers, limit, protocol, extra });
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(0)} s`;
  const end = performance.now();
  process.stderr.write(` ours ${seconds(begin, middle)}, peers ${seconds(middle, end)}\n`);
  return {
    name: file.name,
    published: file.published,
    bytes: Buffer.byteLength(text),
    ours,
    peers: theirs,
  };
}

function describeRun(
  settings: Settings,
  protocol: Protocol,
  results: readonly ModelResult<unknown>[],
): string {
  const [cpu] = cpus();
  const versions = TOOLS.flatMap((tool) => {
    const version = results.map((r) => r.peers?.[tool]?.version).find((v) => v !== undefined);
    return version === undefined ? [] : [`${TOOL_NAME[tool]} ${version}`];
  });
  const ms = formatTime(protocol.batchSeconds);
  return [
    `nextstat benchmark: Node ${process.versions.node}, ${cpu?.model ?? "unknown processor"}, ` +
      `${availableParallelism()} cores, one thread; ${versions.join(", ") || "no peers"}`,
    `Times are processor time of the process per call, the same way on both sides: the fastest of ${protocol.batches} ` +
      `batches of at least ${ms}`,
    `after one for warming up (so compiled code on both sides); what takes more than ${protocol.onceAbove} s is run once.`,
    `For each workspace ours and the peers are run one after the other. Interpolation: code4 and code4p. Step limit of a ` +
      `peer: ${settings.limit} s.`,
  ].join("\n");
}

/** Everything a suite found. */
interface Measured<Own> {
  readonly results: readonly ModelResult<Own>[];
  readonly failures: readonly string[];
  readonly claims: object;
}

/** Measures a suite and prints its tables. */
async function runSuite<Own extends ModelSize>(
  suite: Suite<Own>,
  settings: Settings,
  protocol: Protocol,
): Promise<Measured<Own>> {
  const results: ModelResult<Own>[] = [];
  const failures: string[] = [];
  for (const file of settings.files) {
    try {
      results.push(await measureModel(suite, file, settings, protocol));
    } catch (error) {
      if (!(error instanceof NextstatError)) throw error;
      process.stderr.write(" failed\n");
      failures.push(`${file.name}: ours failed and the workspace is left out: ${error.message}`);
    }
  }
  const blocks = [describeRun(settings, protocol, results)];
  if (settings.peers.length > 0 && settings.python === undefined) blocks.push(INSTALL_HINT);
  if (!settings.hasPublished) {
    blocks.push("published workspaces: ../shared/data/published is absent, skipped.");
  }
  blocks.push(...suite.sections.map((section) => formatSection(section, results)));
  blocks.push(...suite.formatNumbers(results));
  const notes = [...failures, ...formatNotes(suite, results)];
  if (notes.length > 0) blocks.push(["Notes", "", ...notes].join("\n"));
  const claims = {
    published: judgeClaims(
      suite,
      results.filter((r) => r.published),
    ),
    committed: judgeClaims(
      suite,
      results.filter((r) => !r.published),
    ),
  };
  for (const [title, judgement] of Object.entries(claims)) {
    const tables = formatJudgement(judgement);
    if (tables === "") continue;
    blocks.push(
      `Required speed, over the ${title} workspaces with ${CLAIM_PARAMETERS} or more parameters\n\n${tables}`,
    );
  }
  process.stdout.write(`${blocks.join("\n\n\n")}\n`);
  return { results, failures, claims };
}

/** What is measured on other models than the suite's. */
function runGrowth(quick: boolean): object {
  process.stderr.write("scaling ...\n");
  const scaling = measureScaling(quick);
  process.stdout.write(`\n\n${formatScaling(scaling)}\n`);
  process.stderr.write("whole processes ...\n");
  const processes = measureProcess(quick ? 3 : 9);
  process.stdout.write(`\n\n${formatProcess(processes)}\n`);
  return { scaling, processes };
}

/** What a second thread gives, on the workspaces that count. */
async function runThreads(
  { files, quick }: Settings,
  results: readonly ModelResult<OwnToys>[],
): Promise<object> {
  process.stderr.write("threads ...\n");
  const models = results
    .filter(({ ours }) => ours.nParameters >= CLAIM_PARAMETERS)
    .map(({ name, ours }) => ({
      name,
      text: readFileSync(files.find((file) => file.name === name)?.path as string, "utf8"),
      toySeconds: ours.search.seconds,
    }));
  const threads = await measureThreads(models, quick);
  process.stdout.write(`\n\n${formatThreads(threads)}\n`);
  return { threads };
}

/** Measures what was asked for. */
async function runAll(settings: Settings, protocol: Protocol): Promise<object> {
  switch (settings.suite) {
    case "fits":
      return { ...(await runSuite(FITS, settings, protocol)), ...runGrowth(settings.quick) };
    case "inference":
      return await runSuite(INFERENCE, settings, protocol);
    case "toys": {
      const measured = await runSuite(TOY_SUITE, settings, protocol);
      return { ...measured, ...(await runThreads(settings, measured.results)) };
    }
    case "io": {
      const { python, quick } = settings;
      if (python === undefined) throw new RangeError(`--io needs uproot\n${INSTALL_HINT}`);
      return { reading: await runIo(python, quick) };
    }
    case "build": {
      const { python, quick } = settings;
      if (python === undefined) throw new RangeError(`--build needs cabinetry\n${INSTALL_HINT}`);
      return { building: await runBuild(python, quick) };
    }
  }
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === null) {
    process.stdout.write(HELP);
    return;
  }
  const protocol = settings.quick ? QUICK : THOROUGH;
  const measured = await runAll(settings, protocol);
  if (settings.json !== undefined) {
    const environment = { node: process.versions.node, cpu: cpus()[0]?.model ?? null };
    const record = { environment, protocol, ...measured };
    writeFileSync(settings.json, `${JSON.stringify(record, null, 2)}\n`);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof RangeError || (error instanceof TypeError && "code" in error)))
    throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
