/**
 * What a worker does: waits for jobs, runs them, answers.
 *
 * @module
 */

import type { Likelihood } from "../infer/profile.ts";
import { createTaskRunner, type Task, type TaskRunner } from "../infer/steps.ts";
import { upperLimitSteps } from "../infer/upper-limit.ts";
import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import { type CompiledModel, openCompiledModel } from "../model/pack.ts";
import { type LimitJob, type Reply, type Request, type TaskJob, toFailure } from "./messages.ts";
import { createBreather, runStepsAsync, runTask } from "./run-steps.ts";

/** The worker's end of the line. */
export interface WorkerPort {
  post(reply: Reply): void;
  onRequest(listener: (request: Request) => void): void;
}

/** Points are reported together when they come faster than this. */
const REPORT_EVERY_MS = 50;

/**
 * Serves the requests of a pool.
 *
 * @param open opens the device that this worker computes with
 */
export function serveWorker(
  port: WorkerPort,
  open: (model: CompiledModel) => CurvatureEvaluator,
): void {
  const likelihoods = new Map<number, Likelihood>();
  const breathe = createBreather();
  let model: CompiledModel | undefined;
  let opened: TaskRunner | undefined;
  let job = new AbortController();

  const runner = (): TaskRunner => {
    opened ??= createTaskRunner(open(model as CompiledModel));
    return opened;
  };

  const work = async (likelihood: number, rest: TaskJob, signal: AbortSignal): Promise<Reply> => {
    const task: Task = { ...rest, likelihood: likelihoods.get(likelihood) as Likelihood };
    let count = 0;
    let reported = performance.now();
    const onPoints = (more: number): void => {
      count += more;
      const now = performance.now();
      if (now - reported < REPORT_EVERY_MS) return;
      port.post({ type: "points", count });
      reported = now;
      count = 0;
    };
    const stopped = (): boolean => signal.aborted;
    const result = await runTask(runner(), task, breathe, stopped, onPoints);
    if (count > 0) port.post({ type: "points", count });
    return { type: "done", result };
  };

  const limit = async (
    { buffer, resolved, options }: LimitJob,
    signal: AbortSignal,
  ): Promise<Reply> => {
    const evaluator = open(openCompiledModel(buffer));
    const onProgress = (doing: string): void => port.post({ type: "doing", doing });
    const steps = upperLimitSteps({ resolved, evaluator }, { ...options, onProgress });
    return { type: "limited", result: await runStepsAsync(steps, evaluator, { signal }) };
  };

  const handle = (request: Request): Promise<Reply> | undefined => {
    switch (request.type) {
      case "model":
        model = openCompiledModel(request.buffer);
        opened = undefined;
        return undefined;
      case "likelihood":
        likelihoods.set(request.id, request.likelihood);
        if (request.forget !== null) likelihoods.delete(request.forget);
        return undefined;
      case "stop":
        job.abort();
        return undefined;
      case "task":
        job = new AbortController();
        return work(request.likelihood, request.task, job.signal);
      case "limit":
        job = new AbortController();
        return limit(request, job.signal);
    }
    return request satisfies never;
  };

  port.onRequest((request) => {
    handle(request)?.then(
      (reply) => port.post(reply),
      (error: unknown) => port.post({ type: "failed", failure: toFailure(error) }),
    );
  });
}
