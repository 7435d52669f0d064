/**
 * Tasks of procedures as units of a campaign: a unit is one toy, or one whole walk, numbered over the tasks of a batch in
 * their order.
 *
 * @module
 */

import type { FitCounters, Walk, WalkResult } from "../infer/profile.ts";
import { sizeOf, type Task, type TaskResult } from "../infer/steps.ts";
import type { Toy, ToyRun, ToyRunResult } from "../infer/toys.ts";
import { encodePlain } from "./plain-data.ts";
import { NOTHING_FOUND, type TaskExecutor } from "./run-steps.ts";
import type { Range, RoundRunner, RoundWork, Unit } from "./units.ts";

/**
 * Runs bulk batches by their units, the others as they are.
 *
 * @param inner who computes what has to be computed
 */
export function createUnitExecutor(inner: TaskExecutor, rounds: RoundRunner): TaskExecutor {
  return {
    async run(tasks, control) {
      if (!control.bulk) return await inner.run(tasks, control);
      const offsets = offsetsOf(tasks);
      const work: RoundWork = {
        count: offsets.at(-1) as number,
        doing: control.doing,
        identity: () => identityOf(control.doing, tasks),
        sizeOf(unit) {
          const task = tasks[taskOf(offsets, unit)] as Task;
          return "path" in task ? sizeOf(task) : 1;
        },
        async run(ranges, { signal, onPoints, onUnits }) {
          const pieces = cut(tasks, offsets, ranges);
          await inner.run(
            pieces.map(({ task }) => task),
            {
              ...control,
              signal,
              onPoints,
              onResult: (k, result) => onUnits(unitsOf(pieces[k] as Piece, result)),
            },
          );
        },
      };
      const values = await rounds.run(work, control);
      return tasks.map((task, k) =>
        resultOf(task, values.slice(offsets[k] as number, offsets[k + 1] as number)),
      );
    },
  };
}

/** `[tasks + 1]` the first unit of every task, and the number of units. */
function offsetsOf(tasks: readonly Task[]): Float64Array {
  const offsets = new Float64Array(tasks.length + 1);
  tasks.forEach((task, k) => {
    offsets[k + 1] = (offsets[k] as number) + unitsIn(task);
  });
  return offsets;
}

function unitsIn(task: Task): number {
  return "path" in task ? 1 : task.count;
}

/** The task that a unit belongs to. */
function taskOf(offsets: Float64Array, unit: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] as number) <= unit) low = middle;
    else high = middle;
  }
  return low;
}

/** A task, or a part of one. */
interface Piece {
  readonly task: Task;
  /** Its first unit. */
  readonly unit: number;
}

function cut(
  tasks: readonly Task[],
  offsets: Float64Array,
  ranges: readonly Range[],
): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const { lo, hi } of ranges) {
    for (let unit = lo, k = taskOf(offsets, lo); unit < hi; ) {
      const begin = offsets[k] as number;
      const end = offsets[k + 1] as number;
      const task = tasks[k] as Task;
      const count = "path" in task ? 1 : Math.min(end, hi) - unit;
      pieces.push({ task: part(task, unit - begin, count), unit });
      unit += count;
      while (k < tasks.length && (offsets[k + 1] as number) <= unit) k++;
    }
  }
  return pieces;
}

/** Toys of a run from its `from`-th on; a walk is a unit. */
function part(task: Task, from: number, count: number): Task {
  return "path" in task ? task : { ...task, first: task.first + from, count };
}

/** What of a piece is finished. */
function unitsOf({ task, unit }: Piece, result: TaskResult): Unit[] {
  if ("path" in task) {
    return result.points.length === task.path.length ? [[unit, result]] : [];
  }
  const { points } = result as ToyRunResult;
  return points.map((toy) => [unit + toy.index - task.first, toy]);
}

/** The result of a task from the values of its units, as far as they are there. */
function resultOf(task: Walk | ToyRun, values: readonly unknown[]): TaskResult {
  if ("path" in task) return (values[0] as WalkResult | undefined) ?? NOTHING_FOUND;
  const points = values.filter((value) => value !== undefined) as Toy[];
  const sum = (key: keyof FitCounters): number =>
    points.reduce((total, toy) => total + toy[key], 0);
  return {
    points,
    counters: { nFit: sum("nFit"), nGradient: sum("nGradient"), nHessian: sum("nHessian") },
  };
}

/** Every member of every task; one that several tasks have is written once. */
function* identityOf(doing: string, tasks: readonly Task[]): Iterable<string> {
  const numbers = new Map<object, number>();
  yield JSON.stringify(doing);
  for (const task of tasks) {
    for (const [key, value] of Object.entries(task)) {
      if (typeof value !== "object" || value === null) {
        yield `${key} ${encodePlain(value)}`;
        continue;
      }
      const known = numbers.get(value);
      yield `${key} ${known === undefined ? encodePlain(value) : `#${known}`}`;
      if (known === undefined) numbers.set(value, numbers.size);
    }
  }
}
