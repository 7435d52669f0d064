/**
 * Snakemake: a rule for the tasks of a round, and one that collects.
 *
 * @module
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BatchRequest } from "./batch-system.ts";

/** Of the marks of tasks that are done, in the folder of the campaign. */
const FOLDER = "batch/snakemake";

/** What is asked. */
export interface SnakemakeRequest extends Pick<BatchRequest, "round" | "node" | "script"> {
  /**
   * Different for every file that is exported after something was run: a task whose results were lost has its mark of the
   * time before, and would not be run.
   */
  readonly attempt: number;
  readonly tasks: readonly number[];
}

/** A Snakefile for the missing tasks of a round, to be run in the folder of the campaign. */
export function snakefile(request: SnakemakeRequest): string {
  const { round, attempt, tasks, node, script } = request;
  const mark = `${FOLDER}/${attempt}-${round}-{task}.done`;
  const nextstat = `${quoted(node)} ${quoted(script)}`;
  return `# The tasks of round ${round} that were missing. Run in the folder of the campaign: snakemake --cores 4
# A procedure may have further rounds: collect says so, and nextstat export gives the next file.
TASKS = [${tasks.join(", ")}]


rule all:
    input:
        expand("${mark}", task=TASKS),
        "result.json",


rule task:
    output:
        touch("${mark}"),
    shell:
        ${text(`${nextstat} run-task . --round ${round} {wildcards.task}`)}


rule collect:
    input:
        expand("${mark}", task=TASKS),
    output:
        "result.json",
    shell:
        ${text(`${nextstat} collect . -o {output}`)}
`;
}

/** The number of the next attempt in the folder of a campaign. */
export function nextAttempt(folder: string): number {
  const marks = join(folder, FOLDER);
  const names = existsSync(marks) ? readdirSync(marks) : [];
  return 1 + Math.max(0, ...names.map((name) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0)));
}

/** A text in Python, which has every escape that JSON has. */
function text(content: string): string {
  return JSON.stringify(content);
}

/** A word of a shell command inside a format of Python. */
function quoted(word: string): string {
  const shell = /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return shell.replaceAll("{", "{{").replaceAll("}", "}}");
}
