/**
 * The other side: finds a Python environment with the peers in it and runs `peers.py` there, one process per workspace and
 * tool.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Protocol } from "./timing.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SCRIPT = fileURLToPath(new URL("peers.py", import.meta.url));
const OWN_ENVIRONMENT = fileURLToPath(new URL("../.peers/bin/python", import.meta.url));

export const INSTALL_HINT =
  "peers: not installed. `../shared/peers/setup.sh` installs pyhf, NextStat and cabinetry into .peers; or give an environment " +
  "that has them\n       with --python PATH or NEXTSTAT_PEERS_PYTHON.";

/** What `peers.py` can measure, and the tool its numbers belong to. */
const TOOL_OF = {
  nextstat: "nextstat",
  "pyhf-scipy": "pyhf",
  "pyhf-jax": "pyhf",
  cabinetry: "cabinetry",
} as const;
export type Peer = keyof typeof TOOL_OF;
export type Tool = (typeof TOOL_OF)[Peer];

/** A step that worked. */
export interface PeerValue {
  readonly seconds: number;
  /** NLL at the nominal start. */
  readonly value?: number;
  /** NLL at the minimum. */
  readonly nll?: number;
  /** By parameter name. */
  readonly gradient?: Readonly<Record<string, number>>;
  readonly evaluations?: number;
  readonly cls?: number | null;
  /** Five expected CLs. */
  readonly expected?: readonly (number | null)[];
  /** Observed and five expected. */
  readonly limits?: readonly (number | null)[];
  /** `[up, down]` by parameter name. */
  readonly impacts?: Readonly<Record<string, readonly (number | null)[]>>;
  /** One-sided statistic on the grid. */
  readonly q?: readonly (number | null)[];
  /** The statistic of the data. */
  readonly qObs?: number | null;
  /** Toys of both hypotheses, and those of them without an answer. */
  readonly nToys?: number;
  readonly nFailed?: number;
}

/** A step that did not: `limit` is the processor time it was given, in seconds. */
export interface PeerError {
  readonly error: string;
  readonly limit?: number;
}

export type PeerStep = PeerValue | PeerError;

export type StepName =
  | "build"
  | "nll"
  | "gradient"
  | "localFit"
  | "completeFit"
  | "hypotest"
  | "limits"
  | "ranking"
  | "scan"
  | "toys";

export type PeerRecord = { readonly [step in StepName]?: PeerStep } & {
  readonly version?: string;
  /** Why nothing of this tool could be measured. */
  readonly error?: string;
};

export type PeerResult = { readonly [tool in Tool]?: PeerRecord };

export interface PeerOptions {
  readonly python: string;
  readonly peers: readonly Peer[];
  /** Seconds of processor time a single step may take. */
  readonly limit: number;
  readonly protocol: Protocol;
  /** Further arguments of the script. */
  readonly extra: readonly string[];
}

/** The Python of the peers: the one asked for, else the environment variable's, else `.peers`. */
export function findPython(asked: string | undefined): string | undefined {
  const chosen = asked ?? process.env.NEXTSTAT_PEERS_PYTHON;
  if (chosen !== undefined && chosen !== "") {
    if (spawnSync(chosen, ["--version"]).status !== 0) {
      throw new RangeError(`${chosen} does not run: give the path of a Python interpreter`);
    }
    return chosen;
  }
  return existsSync(OWN_ENVIRONMENT) ? OWN_ENVIRONMENT : undefined;
}

/** Measures the peers on one workspace file. */
export async function measurePeers(path: string, options: PeerOptions): Promise<PeerResult> {
  const tools = [...new Set(options.peers.map((peer) => TOOL_OF[peer]))];
  const result: { -readonly [tool in Tool]?: PeerRecord } = {};
  for (const tool of tools) {
    const peers = options.peers.filter((peer) => TOOL_OF[peer] === tool);
    result[tool] = await measureTool(path, tool, { ...options, peers });
  }
  return result;
}

/** A process that ends in the middle is started again for the steps that remain. */
async function measureTool(path: string, tool: Tool, options: PeerOptions): Promise<PeerRecord> {
  let record: PeerRecord = {};
  for (;;) {
    const { output, failure } = await runScript(path, Object.keys(record), options);
    const line = output.trimEnd().split("\n").at(-1) ?? "";
    if (line === "") return { ...record, ...failure };
    const { running, ...rest } = JSON.parse(line) as PeerResult & {
      readonly running?: readonly [tool: Tool, step: StepName];
    };
    record = { ...record, ...rest[tool] };
    if (running === undefined) return record;
    record = { ...record, [running[1]]: failure };
  }
}

interface ScriptEnd {
  readonly output: string;
  /** What became of a step that was running when the process ended. */
  readonly failure: PeerError;
}

function runScript(
  path: string,
  skip: readonly string[],
  options: PeerOptions,
): Promise<ScriptEnd> {
  const { protocol, limit } = options;
  const args = [SCRIPT, path, "--tools", options.peers.join(","), "--limit", `${limit}`];
  args.push("--batch", `${protocol.batchSeconds}`, "--batches", `${protocol.batches}`);
  args.push("--once-above", `${protocol.onceAbove}`, "--skip", skip.join(","), ...options.extra);
  const child = spawn(options.python, args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  // The script limits its processor time; this is for one that waits for something.
  let deadline: NodeJS.Timeout | undefined;
  const postpone = (): void => {
    clearTimeout(deadline);
    deadline = setTimeout(() => child.kill("SIGKILL"), 10_000 * limit);
  };
  postpone();
  child.stdout.on("data", postpone);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(deadline);
      const failure =
        signal === "SIGXCPU"
          ? { error: "limit", limit }
          : { error: `the process ended: ${signal ?? `exit code ${code}`}` };
      resolve({ output, failure });
    });
  });
}
