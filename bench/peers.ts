/**
 * The other side: finds a Python environment with the peers in it and runs `peers.py` there, one process per workspace.
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
  "peers: not installed. `../shared/peers/setup.sh` installs pyhf and NextStat into .peers; or give an environment that " +
  "has them\n       with --python PATH or NEXTSTAT_PEERS_PYTHON.";

/** What `peers.py` can measure. */
export const PEERS = ["pyhf-scipy", "pyhf-jax", "nextstat"] as const;
export type Peer = (typeof PEERS)[number];

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
}

/** A step that did not: `limit` is the number of seconds it was given. */
export interface PeerError {
  readonly error: string;
  readonly limit?: number;
}

export type PeerStep = PeerValue | PeerError;

export interface PeerRecord {
  readonly version?: string;
  /** Why nothing of this tool could be measured. */
  readonly error?: string;
  readonly build?: PeerStep;
  readonly nll?: PeerStep;
  readonly gradient?: PeerStep;
  readonly localFit?: PeerStep;
  readonly completeFit?: PeerStep;
}

export interface PeerResult {
  readonly pyhf?: PeerRecord;
  readonly nextstat?: PeerRecord;
}

export interface PeerOptions {
  readonly python: string;
  readonly peers: readonly Peer[];
  /** Seconds of real time a single step may take. */
  readonly limit: number;
  readonly protocol: Protocol;
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
export function measurePeers(path: string, options: PeerOptions): Promise<PeerResult> {
  const { protocol } = options;
  const args = [SCRIPT, path, "--tools", options.peers.join(","), "--limit", `${options.limit}`];
  args.push("--batch", `${protocol.batchSeconds}`, "--batches", `${protocol.batches}`);
  args.push("--once-above", `${protocol.onceAbove}`);
  const child = spawn(options.python, args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  // Native code does not see the alarm of the script's own limit: the process is ended if a step goes far beyond it.
  let killed = false;
  let deadline: NodeJS.Timeout | undefined;
  const postpone = (): void => {
    clearTimeout(deadline);
    deadline = setTimeout(() => {
      killed = true;
      child.kill("SIGKILL");
    }, 1500 * options.limit);
  };
  postpone();
  child.stdout.on("data", postpone);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(deadline);
      resolve(
        readRecord(
          output,
          killed
            ? { error: "limit", limit: options.limit }
            : { error: `the process ended: ${signal ?? `exit code ${code}`}` },
        ),
      );
    });
  });
}

/** The last complete line; a step that was running when the process ended gets `failure`. */
function readRecord(output: string, failure: PeerError): PeerResult {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  if (line === "") return { pyhf: failure, nextstat: failure };
  const record = JSON.parse(line) as PeerResult & {
    running?: [tool: "pyhf" | "nextstat", step: string];
  };
  const { running, ...result } = record;
  if (running === undefined) return result;
  const [tool, step] = running;
  return { ...result, [tool]: { ...result[tool], [step]: failure } };
}
