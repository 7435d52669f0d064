/**
 * HTCondor: a cluster of jobs, one for each group of tasks, on a file system that its machines share.
 *
 * It runs jobs of lost machines again, and with `max_retries` jobs that failed.
 *
 * @module
 */

import {
  askBatchSystem,
  type BatchRequest,
  type BatchSystem,
  countStates,
  runBatchCommand,
  type Submission,
  taskList,
} from "./batch-system.ts";

/** What `JobStatus` means. */
const STATES: Readonly<Record<string, string>> = {
  1: "idle",
  2: "running",
  3: "removed",
  4: "completed",
  5: "held",
  6: "transferring",
  7: "suspended",
};

export const htcondor: BatchSystem = {
  prepare: (request, name) => [prepareCondor(request, name)],
  // With -terse: `12.0 - 12.99`.
  jobOf: (output) => /^(\d+)\.\d+ - /m.exec(output)?.[1],
  states(jobs) {
    const lines = askBatchSystem(["condor_q", ...jobs, "-af", "ClusterId", "JobStatus"]);
    const named = lines.map((line) =>
      line.replace(/(\d+)\s*$/, (status) => STATES[status] ?? status),
    );
    return countStates(named, jobs);
  },
  cancel(jobs) {
    runBatchCommand(["condor_rm", ...jobs]);
  },
};

export function prepareCondor(request: BatchRequest, name: string): Submission {
  const { campaign, round, groups, node, script, maxRunning, seconds, mebibytes } = request;
  const path = `batch/${name}-0`;
  const lines = [
    "universe = vanilla",
    `batch_name = nextstat-${campaign.slice(0, 8)}`,
    `executable = ${withoutMacros(node)}`,
    `arguments = "${withoutMacros(quoted(script))} run-task . --round ${round} $(TASKS)"`,
    "should_transfer_files = NO",
    "log = log/condor.log",
    "output = log/condor-$(ClusterId).$(ProcId).out",
    "error = log/condor-$(ClusterId).$(ProcId).err",
    "request_cpus = 1",
    `request_memory = ${mebibytes}MB`,
    "request_disk = 100MB",
    "max_retries = 3",
    "# Seconds; at CERN it decides the queue.",
    `+MaxRuntime = ${seconds}`,
    ...(maxRunning === undefined ? [] : [`max_materialize = ${maxRunning}`]),
    ...request.options,
    `queue TASKS from ${path}.tasks`,
  ];
  return {
    files: { [`${path}.sub`]: `${lines.join("\n")}\n`, [`${path}.tasks`]: taskList(groups) },
    command: ["condor_submit", "-terse", `${path}.sub`],
    tasks: groups.flat(),
  };
}

/** A value of the submit description, where `$(NAME)` would be replaced. */
function withoutMacros(text: string): string {
  return text.replaceAll("$", "$(DOLLAR)");
}

/** A word of the arguments, which are in double quotes. */
function quoted(word: string): string {
  const inside = word.replaceAll('"', '""');
  return /[\s']/.test(inside) ? `'${inside.replaceAll("'", "''")}'` : inside;
}
