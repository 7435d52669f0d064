/**
 * Our speed beside pyhf's and NextStat's, in one run on one thread: model build, NLL, gradient, fit, and the NLL they end at.
 *
 * usage: node bench/run.ts [--models a,b] [--peers pyhf-scipy,pyhf-jax,nextstat|none] [--python PATH] [--limit SECONDS]
 *                          [--quick] [--json FILE]
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { chooseModels, type ModelFile } from "./models.ts";
import { measureOurs } from "./ours.ts";
import {
  findPython,
  INSTALL_HINT,
  measurePeers,
  PEERS,
  type Peer,
  type PeerStep,
} from "./peers.ts";
import { formatProcess, measureProcess } from "./process.ts";
import { formatScaling, measureScaling } from "./scaling.ts";
import {
  CLAIM_PARAMETERS,
  formatClaims,
  judgeClaims,
  type ModelResult,
  type Quantity,
  ratioOf,
  type Tool,
} from "./summary.ts";
import { formatCount, formatDifference, formatRatio, formatTable, formatTime } from "./table.ts";
import { type Protocol, QUICK, THOROUGH } from "./timing.ts";

const HELP = `usage: node bench/run.ts [options]

  --models A,B      workspaces by file name (default: some of test/golden/workspaces, the example, and the published ones)
  --peers LIST      of ${PEERS.join(",")}, or none (default: all)
  --python PATH     interpreter that has them (default: $NEXTSTAT_PEERS_PYTHON, else .peers/bin/python)
  --limit SECONDS   real time one step of a peer may take (default 120; 20 with --quick)
  --quick           few workspaces, short batches
  --json FILE       write every number
`;

interface Settings {
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
  const limit = Number(values.limit ?? (quick ? 20 : 120));
  if (!(limit > 0)) throw new RangeError(`--limit ${values.limit}: give a number of seconds`);
  const peers = readPeers(values.peers);
  const names = values.models?.split(",").filter((name) => name !== "") ?? [];
  return {
    ...chooseModels(names, quick),
    peers,
    python: peers.length === 0 ? undefined : findPython(values.python),
    limit,
    quick,
    json: values.json,
  };
}

function readPeers(list: string | undefined): readonly Peer[] {
  if (list === undefined) return PEERS;
  if (list === "none") return [];
  return list.split(",").map((name) => {
    const peer = PEERS.find((candidate) => candidate === name);
    if (peer === undefined) {
      throw new RangeError(`no peer "${name}"; there are ${PEERS.join(", ")}, and none`);
    }
    return peer;
  });
}

async function measureModel(
  file: ModelFile,
  settings: Settings,
  protocol: Protocol,
): Promise<ModelResult> {
  const text = readFileSync(file.path, "utf8");
  process.stderr.write(`${file.name} ...`);
  const begin = performance.now();
  const ours = measureOurs(text, protocol);
  const middle = performance.now();
  const { python, peers, limit } = settings;
  const theirs =
    python === undefined ? null : await measurePeers(file.path, { python, peers, limit, protocol });
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

interface Section {
  readonly quantity: Quantity;
  readonly title: string;
  readonly tools: readonly Tool[];
  /** Further columns. */
  readonly extra: readonly (readonly [heading: string, cell: (result: ModelResult) => string])[];
}

const SECTIONS: readonly Section[] = [
  {
    quantity: "build",
    title: "Model build, from text to model (pyhf: NumPy)",
    tools: ["pyhf", "nextstat"],
    extra: [["size", (r) => `${formatCount(Math.round(r.bytes / 1000))} kB`]],
  },
  {
    quantity: "nll",
    title: "NLL at the nominal start (pyhf: NumPy)",
    tools: ["pyhf", "nextstat"],
    extra: [],
  },
  {
    quantity: "gradient",
    title: "NLL and gradient at the nominal start (pyhf: JAX, compiled; NextStat: gradient alone)",
    tools: ["pyhf", "nextstat"],
    extra: [["per entry", (r) => formatTime(r.ours.gradient.seconds / r.ours.nEntries)]],
  },
  {
    quantity: "localFit",
    title:
      "Local fit: one minimisation from the nominal start, ours to EDM < 1e-9 (pyhf: NumPy and SLSQP; NextStat: fit_minimum)",
    tools: ["pyhf", "nextstat"],
    extra: [
      ["gradients", (r) => formatCount(r.ours.localEvaluations)],
      ["EDM", (r) => r.ours.localEdm.toExponential(0)],
    ],
  },
  {
    quantity: "completeFit",
    title:
      "Complete fit: search for other minima, exact Hessian, certificate, covariance (NextStat: fit; pyhf has none)",
    tools: ["nextstat"],
    extra: [
      ["gradients", (r) => formatCount(r.ours.completeEvaluations)],
      ["starts", (r) => formatCount(r.ours.nStarts)],
      ["Hessians", (r) => formatCount(r.ours.nHessian)],
    ],
  },
];

const TOOL_NAME = { pyhf: "pyhf", nextstat: "NextStat" } as const;

function formatSection(section: Section, results: readonly ModelResult[]): string {
  const heading = ["workspace", "par", "bins", "entries", "ours"];
  for (const tool of section.tools) heading.push(TOOL_NAME[tool], "ratio");
  heading.push(...section.extra.map(([title]) => title));
  const rows = results.map((result) => {
    const { ours } = result;
    const row = [result.name, `${ours.nParameters}`, `${ours.nBins}`, formatCount(ours.nEntries)];
    row.push(formatTime(ours[section.quantity].seconds));
    for (const tool of section.tools) {
      const ratio = ratioOf(result, section.quantity, tool);
      row.push(peerTime(result, tool, section.quantity));
      row.push(ratio === null ? "" : `${ratio.atLeast ? "> " : ""}${formatRatio(ratio.value)}`);
    }
    row.push(...section.extra.map(([, cell]) => cell(result)));
    return row;
  });
  return `${section.title}\n\n${formatTable(heading, rows)}`;
}

function stepOf(result: ModelResult, tool: Tool, quantity: Quantity): PeerStep | undefined {
  return result.peers?.[tool]?.[quantity];
}

function peerTime(result: ModelResult, tool: Tool, quantity: Quantity): string {
  if (result.peers === null) return "not installed";
  const step = stepOf(result, tool, quantity);
  if (step === undefined) return result.peers[tool]?.error === undefined ? "not run" : "failed";
  if ("seconds" in step) return formatTime(step.seconds);
  return step.limit === undefined ? "failed" : `> ${step.limit} s`;
}

/** NLL at the minimum: ours, and how far above it the others end. */
function formatMinima(results: readonly ModelResult[]): string {
  const above = (result: ModelResult, tool: Tool, quantity: Quantity): string => {
    const step = stepOf(result, tool, quantity);
    return step !== undefined && "seconds" in step && step.nll !== undefined
      ? formatDifference(step.nll - result.ours.completeNll)
      : peerTime(result, tool, quantity);
  };
  const rows = results.map((result) => {
    const { ours } = result;
    return [
      result.name,
      ours.completeNll.toFixed(6),
      ours.converged ? "yes" : "NO",
      ours.localProblem === "" ? formatDifference(ours.localNll - ours.completeNll) : "failed",
      above(result, "pyhf", "localFit"),
      above(result, "nextstat", "localFit"),
      above(result, "nextstat", "completeFit"),
    ];
  });
  const heading = ["workspace", "ours, complete", "certified", "our local fit", "pyhf SLSQP"];
  heading.push("NextStat fit_minimum", "NextStat fit");
  return `NLL at the minimum: ours, and that of the others minus ours\n\n${formatTable(heading, rows)}`;
}

/** What failed, and where the same point gives another value. */
function formatNotes(results: readonly ModelResult[]): string[] {
  const notes: string[] = [];
  for (const result of results) {
    const { ours, peers, name } = result;
    if (ours.localProblem !== "") notes.push(`${name}: our local fit: ${ours.localProblem}`);
    for (const tool of ["pyhf", "nextstat"] as const) {
      const record = peers?.[tool];
      if (record === undefined) continue;
      const label = `${name}: ${TOOL_NAME[tool]}`;
      if (record.error !== undefined) notes.push(`${label}: ${record.error}`);
      for (const section of SECTIONS) {
        const step = record[section.quantity];
        if (step === undefined) continue;
        if ("error" in step) {
          if (step.limit === undefined) notes.push(`${label}, ${section.quantity}: ${step.error}`);
          continue;
        }
        const nll = step.value;
        if (nll !== undefined && !(Math.abs(nll - ours.startNll) <= 1e-6)) {
          notes.push(`${label}'s NLL at the start is ${nll}, ours ${ours.startNll}`);
        }
        const slope = step.gradient;
        if (slope !== undefined) notes.push(...compareGradients(label, ours.startGradient, slope));
      }
    }
  }
  return notes;
}

function compareGradients(
  label: string,
  ours: Readonly<Record<string, number>>,
  theirs: Readonly<Record<string, number>>,
): string[] {
  const unknown = Object.keys(ours).filter((name) => theirs[name] === undefined);
  if (unknown.length > 0) {
    return [`${label} has no parameter ${unknown.slice(0, 3).join(", ")}; gradients not compared`];
  }
  const differing = Object.entries(ours)
    .map(([name, value]) => ({ name, value, other: theirs[name] as number }))
    .filter(({ value, other }) => !(Math.abs(value - other) <= 1e-6))
    .sort((a, b) => Math.abs(b.value - b.other) - Math.abs(a.value - a.other));
  const [worst] = differing;
  if (worst === undefined) return [];
  return [
    `${label}'s gradient at the start differs in ${differing.length} components, most in ${worst.name}: ` +
      `${worst.other}, ours ${worst.value}`,
  ];
}

function describeRun(
  settings: Settings,
  protocol: Protocol,
  results: readonly ModelResult[],
): string {
  const [cpu] = cpus();
  const version = (tool: Tool): string =>
    results.map((r) => r.peers?.[tool]?.version).find((v) => v !== undefined) ?? "-";
  const ms = formatTime(protocol.batchSeconds);
  return [
    `nextstat benchmark: Node ${process.versions.node}, ${cpu?.model ?? "unknown processor"}, ` +
      `${availableParallelism()} cores, one thread; pyhf ${version("pyhf")}, NextStat ${version("nextstat")}`,
    `Times are processor time of the process per call, the same way on both sides: the fastest of ${protocol.batches} ` +
      `batches of at least ${ms}`,
    `after one for warming up (so compiled code on both sides); what takes more than ${protocol.onceAbove} s is run once.`,
    `For each workspace ours and the peers are run one after the other. Interpolation: code4 and code4p. Step limit of a ` +
      `peer: ${settings.limit} s.`,
  ].join("\n");
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === null) {
    process.stdout.write(HELP);
    return;
  }
  const protocol = settings.quick ? QUICK : THOROUGH;
  const results: ModelResult[] = [];
  for (const file of settings.files) results.push(await measureModel(file, settings, protocol));

  const blocks = [describeRun(settings, protocol, results)];
  if (settings.peers.length > 0 && settings.python === undefined) blocks.push(INSTALL_HINT);
  if (!settings.hasPublished) {
    blocks.push("published workspaces: ../shared/data/published is absent, skipped.");
  }
  blocks.push(...SECTIONS.map((section) => formatSection(section, results)), formatMinima(results));
  const notes = formatNotes(results);
  if (notes.length > 0) blocks.push(["Notes", "", ...notes].join("\n"));
  process.stdout.write(`${blocks.join("\n\n\n")}\n\n\n`);

  const groups = [
    { title: "published", claims: judgeClaims(results.filter((r) => r.published)) },
    { title: "committed", claims: judgeClaims(results.filter((r) => !r.published)) },
  ];
  for (const { title, claims } of groups) {
    if (claims.length === 0) continue;
    process.stdout.write(
      `Required speed, over the ${title} workspaces with ${CLAIM_PARAMETERS} or more parameters\n\n` +
        `${formatClaims(claims)}\n\n\n`,
    );
  }
  process.stderr.write("scaling ...\n");
  const scaling = measureScaling(settings.quick);
  process.stdout.write(`${formatScaling(scaling)}\n\n\n`);
  process.stderr.write("whole processes ...\n");
  const processes = measureProcess(settings.quick ? 3 : 9);
  process.stdout.write(`${formatProcess(processes)}\n`);

  if (settings.json !== undefined) {
    const environment = { node: process.versions.node, cpu: cpus()[0]?.model ?? null };
    const claims = Object.fromEntries(groups.map(({ title, claims }) => [title, claims]));
    const record = { environment, protocol, results, claims, scaling, processes };
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
