/**
 * Runs ROOT's programs on the files of a case.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../../formats/index.ts";
import { readInput, writeOutput } from "../../node/read-input.ts";
import { type RootScan, readRootScan } from "../../parity/scan-records.ts";
import type { CaseModel } from "./case-model.ts";
import { PARITY_FOLDER, type RootPrograms } from "./prerequisites.ts";

/**
 * Minuit's: it stops at an EDM of 2e-3 times this, in NLL. The square root of twice that, 6e-4, is how far from the minimum it
 * may be in standard deviations.
 */
const TOLERANCE = 1e-4;
/** Free fits that are timed. */
const REPEATS = 3;

export const ARTIFACTS = {
  macro: "profile_scan.C",
  points: "nextstat_points.txt",
  rootScan: "root_profile_scan.json",
  ownScan: "nextstat_profile_scan.json",
  summary: "summary.json",
  hist2workspaceLog: "hist2workspace.log",
  rootLog: "root.log",
} as const;

/** Programs of ROOT's that did not do their work, in words and as a code. */
export class RootFailure extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface RootRun {
  readonly scan: RootScan;
  /** Seconds of the programs, their start included. */
  readonly hist2workspaceS: number;
  readonly scanWallS: number;
}

/** @throws RootFailure when a program fails or takes too long */
export function runRoot(
  programs: RootPrograms,
  runDir: string,
  opened: CaseModel,
  mus: readonly number[],
  timeoutS: number,
): RootRun {
  const hist2workspaceS = runProgram({
    name: "hist2workspace",
    words: [...programs.hist2workspace, opened.combination],
    folder: opened.folder,
    log: join(runDir, ARTIFACTS.hist2workspaceLog),
    expected: join(opened.folder, opened.workspaceFile),
    timeoutS,
  });
  const workspace = join(opened.folder, opened.workspaceFile).slice(runDir.length + 1);
  const target = join(runDir, ARTIFACTS.rootScan);
  writeOutput(join(runDir, ARTIFACTS.macro), macroText(workspace, mus));
  const scanWallS = runProgram({
    name: "root",
    words: [...programs.root, ARTIFACTS.macro],
    folder: runDir,
    log: join(runDir, ARTIFACTS.rootLog),
    expected: target,
    timeoutS,
  });
  const { text, file } = readInput(target);
  return { scan: readRootScan(parseJson(text, file).value, file), hist2workspaceS, scanWallS };
}

interface ProgramCall {
  readonly name: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly log: string;
  /** The file that the program is to write. */
  readonly expected: string;
  readonly timeoutS: number;
}

function runProgram({ name, words, folder, log, expected, timeoutS }: ProgramCall): number {
  const [program, ...args] = words as [string, ...string[]];
  const startedAt = performance.now();
  const output = openSync(log, "w");
  const { error, status, signal } = spawnSync(program, args, {
    cwd: folder,
    stdio: ["ignore", output, output],
    timeout: timeoutS * 1000,
    killSignal: "SIGKILL",
  });
  closeSync(output);
  const wallS = (performance.now() - startedAt) / 1000;
  if (error !== undefined && "code" in error && error.code === "ETIMEDOUT") {
    throw new RootFailure(`${name}_timeout`, `${name} took more than ${timeoutS} s`);
  }
  if (error !== undefined) throw new RootFailure(`${name}_failed`, `${name}: ${error.message}`);
  if (status === 0 && existsSync(expected)) return wallS;
  const how =
    status === 0 ? "wrote no result" : `ended with ${signal ?? `exit code ${String(status)}`}`;
  throw new RootFailure(`${name}_failed`, `${name} ${how}: ${lastLine(log)} (${log})`);
}

function lastLine(log: string): string {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  return (lines.at(-1) ?? "").slice(0, 300) || "no output";
}

function macroText(workspace: string, mus: readonly number[]): string {
  const settings = [
    `const char *const WORKSPACE_FILE = ${JSON.stringify(workspace)};`,
    `const std::vector<double> MUS = {${mus.join(", ")}};`,
    `const double TOLERANCE = ${TOLERANCE};`,
    `const int REPEATS = ${REPEATS};`,
  ];
  const macro = readFileSync(join(PARITY_FOLDER, ARTIFACTS.macro), "utf8");
  return macro.replace("// @SETTINGS@", () => settings.join("\n"));
}
