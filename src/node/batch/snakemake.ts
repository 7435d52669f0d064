/**
 * Snakemake: a rule for the tasks of a round, and one that collects.
 *
 * @module
 */

import type { BatchRequest } from "./batch-system.ts";

/** What is asked. */
export interface SnakemakeRequest extends Pick<BatchRequest, "round" | "node" | "script"> {
  readonly tasks: readonly number[];
}

/** A Snakefile for the missing tasks of a round, to be run in the folder of the campaign. */
export function snakefile(request: SnakemakeRequest): string {
  const { round, tasks, node, script } = request;
  const nextstat = `${quoted(node)} ${quoted(script)}`;
  return `# The tasks of round ${round} that were missing. Run in the folder of the campaign: snakemake --cores 4
# A procedure may have further rounds: collect says so, and nextstat export gives the next file.
TASKS = [${tasks.join(", ")}]


rule all:
    input:
        "result.json",


rule task:
    output:
        touch("batch/snakemake/${round}-{task}.done"),
    shell:
        r"""${nextstat} run-task . --round ${round} {wildcards.task}"""


rule collect:
    input:
        expand("batch/snakemake/${round}-{task}.done", task=TASKS),
    output:
        "result.json",
    shell:
        r"""${nextstat} collect . -o {output}"""
`;
}

/** A word of a shell command inside a format of Python. */
function quoted(word: string): string {
  const shell = /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return shell.replaceAll("{", "{{").replaceAll("}", "}}");
}
