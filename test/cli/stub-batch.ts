/**
 * Commands of batch systems that only take notes, for `PATH`.
 *
 * @module
 */

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface StubBatch {
  /** Where the stubs are. */
  readonly folder: string;
  /** Environment in which the stubs are found first. */
  readonly env: NodeJS.ProcessEnv;
  /** The commands that were run, with their arguments, the working directory first. */
  calls(): string[];
  /** Makes a command print something, or fail. */
  answer(program: string, text: string, exitCode?: number): void;
}

/** Puts stubs into a folder. */
export function stubBatch(folder: string): StubBatch {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "calls");
  const stub: StubBatch = {
    folder,
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` },
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
    answer(program, text, exitCode = 0) {
      const path = join(folder, program);
      writeFileSync(`${path}.out`, text);
      const out = exitCode === 0 ? "" : " >&2";
      writeFileSync(
        path,
        `#!/bin/sh\necho "$PWD ${program} $*" >> '${log}'\ncat '${path}.out'${out}\nexit ${exitCode}\n`,
      );
      chmodSync(path, 0o755);
    },
  };
  stub.answer("scontrol", "Configuration data\nMaxArraySize            = 4\n");
  stub.answer("sbatch", "17\n");
  stub.answer("squeue", "");
  stub.answer("scancel", "");
  stub.answer("condor_submit", "23.0 - 23.7\n");
  stub.answer("condor_q", "");
  stub.answer("condor_rm", "");
  return stub;
}
