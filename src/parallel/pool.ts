/**
 * A pool of workers behind channels, whatever these are made of. Jobs go one by one to whoever is free; results are placed
 * by index, and a job depends on nothing but its own record, so that nothing depends on timing.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Likelihood } from "../infer/profile.ts";
import { sizeOf, type Task, type TaskResult } from "../infer/steps.ts";
import type { UpperLimitResult } from "../infer/upper-limit.ts";
import type { CompiledModel } from "../model/pack.ts";
import { fromFailure, type LimitJob, type Reply, type Request } from "./messages.ts";
import { NOTHING_FOUND, type TaskControl, type TaskExecutor } from "./run-steps.ts";

/** A line to one worker. */
export interface Channel {
  post(request: Request): void;
  /** To be called once, before anything is posted. */
  listen(listener: ChannelListener): void;
  /** Whether the process has to wait for this worker; not from the start. */
  hold(waiting: boolean): void;
  terminate(): Promise<void>;
}

export interface ChannelListener {
  onReply(reply: Reply): void;
  /** The worker is gone, and not because it was told to. */
  onEnd(reason: string): void;
}

export interface Pool {
  /** Who runs tasks of this model. */
  executor(model: CompiledModel): TaskExecutor;
  /** Computes an upper limit in a worker; when stopped, it is partial, or null where it was not begun. */
  limit(job: LimitJob, control: LimitControl): Promise<UpperLimitResult | null>;
  /** Ends every worker, whatever it is doing. */
  close(): Promise<void>;
}

export interface LimitControl {
  readonly signal: AbortSignal | undefined;
  readonly onDoing: (doing: string) => void;
}

/** Likelihoods a worker remembers: the observed one and those of a few Asimov sets. */
const MAX_LIKELIHOODS = 8;

interface Job {
  /** Sends what the worker does not know yet, then the job itself. */
  readonly send: (worker: Worker) => void;
  readonly onReply: (reply: Reply) => void;
  readonly fail: (error: Error) => void;
}

interface Submitted<T> {
  readonly result: Promise<T>;
  /** Ends the job where it is. */
  readonly stop: () => void;
}

interface Worker {
  readonly channel: Channel;
  job: Job | null;
  model: CompiledModel | null;
  /** In the order they were sent. */
  likelihoods: Likelihood[];
}

/**
 * @param open starts a worker
 * @param size most workers; they are started when there is work for them
 */
export function createPool(open: () => Channel, size: number): Pool {
  const workers: Worker[] = [];
  const queue: Job[] = [];
  const ids = new WeakMap<Likelihood, number>();
  let nextId = 0;
  let closed = false;

  const start = (): Worker => {
    const worker: Worker = { channel: open(), job: null, model: null, likelihoods: [] };
    workers.push(worker);
    worker.channel.listen({
      onReply: (reply) => worker.job?.onReply(reply),
      onEnd(reason) {
        const place = workers.indexOf(worker);
        if (place < 0) return;
        workers.splice(place, 1);
        worker.job?.fail(workerDied(reason));
        dispatch();
      },
    });
    return worker;
  };

  const dispatch = (): void => {
    while (queue.length > 0 && !closed) {
      const idle = workers.find(({ job }) => job === null);
      if (idle === undefined && workers.length >= size) return;
      const worker = idle ?? start();
      worker.job = queue.shift() as Job;
      worker.channel.hold(true);
      worker.job.send(worker);
    }
  };

  /** Queues a job; `read` says which reply is the last, and its result. */
  const submit = <T>(
    send: (worker: Worker) => void,
    read: (reply: Reply) => { readonly result: T } | undefined,
    whenNotBegun: T,
  ): Submitted<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let at: Worker | undefined;
    const free = (): void => {
      if (at === undefined) return;
      at.job = null;
      at.channel.hold(false);
      dispatch();
    };
    const job: Job = {
      send(worker) {
        at = worker;
        send(worker);
      },
      onReply(reply) {
        if (reply.type === "failed") {
          job.fail(fromFailure(reply.failure));
          return;
        }
        const last = read(reply);
        if (last === undefined) return;
        resolve(last.result);
        free();
      },
      fail(error) {
        reject(error);
        free();
      },
    };
    queue.push(job);
    dispatch();
    return {
      result: promise,
      stop() {
        if (at?.job === job) at.channel.post({ type: "stop" });
        const place = queue.indexOf(job);
        if (place < 0) return;
        queue.splice(place, 1);
        resolve(whenNotBegun);
      },
    };
  };

  const introduce = (worker: Worker, model: CompiledModel, likelihood: Likelihood): number => {
    if (worker.model !== model) {
      worker.channel.post({ type: "model", buffer: model.buffer });
      worker.model = model;
    }
    let id = ids.get(likelihood);
    if (id === undefined) {
      id = nextId++;
      ids.set(likelihood, id);
    }
    if (!worker.likelihoods.includes(likelihood)) {
      worker.likelihoods.push(likelihood);
      const oldest =
        worker.likelihoods.length > MAX_LIKELIHOODS ? worker.likelihoods.shift() : undefined;
      const forget = oldest === undefined ? null : (ids.get(oldest) as number);
      worker.channel.post({ type: "likelihood", id, likelihood, forget });
    }
    return id;
  };

  const submitTask = (
    model: CompiledModel,
    { likelihood, ...job }: Task,
    onPoints: TaskControl["onPoints"],
  ): Submitted<TaskResult> =>
    submit(
      (worker) => {
        const id = introduce(worker, model, likelihood);
        worker.channel.post({ type: "task", likelihood: id, task: job });
      },
      (reply) => {
        if (reply.type === "points") onPoints(reply.count);
        return reply.type === "done" ? reply : undefined;
      },
      NOTHING_FOUND,
    );

  return {
    executor: (model) => ({
      async run(tasks, { signal, onPoints, onResult }) {
        requireOpen(closed);
        // The longest first, so that none is left for the end when the others are done.
        const order = tasks.map((_, k) => k);
        order.sort((a, b) => sizeOf(tasks[b] as Task) - sizeOf(tasks[a] as Task));
        const submitted = new Array<Submitted<TaskResult>>(tasks.length);
        for (const k of order) submitted[k] = submitTask(model, tasks[k] as Task, onPoints);
        const stop = (): void => {
          for (const one of submitted) one.stop();
        };
        signal?.addEventListener("abort", stop);
        try {
          return await Promise.all(
            submitted.map(async ({ result }, k) => {
              const found = await result;
              onResult?.(k, found);
              return found;
            }),
          );
        } catch (error) {
          stop();
          throw error;
        } finally {
          signal?.removeEventListener("abort", stop);
        }
      },
    }),
    async limit(job, { signal, onDoing }) {
      requireOpen(closed);
      const submitted = submit<UpperLimitResult | null>(
        (worker) => worker.channel.post({ type: "limit", ...job }),
        (reply) => {
          if (reply.type === "doing") onDoing(reply.doing);
          return reply.type === "limited" ? reply : undefined;
        },
        null,
      );
      signal?.addEventListener("abort", submitted.stop);
      try {
        return await submitted.result;
      } finally {
        signal?.removeEventListener("abort", submitted.stop);
      }
    },
    async close() {
      closed = true;
      const error = new NextstatError("usage", "the threads were closed before the work was done");
      for (const { fail } of queue.splice(0)) fail(error);
      await Promise.all(
        workers.splice(0).map(({ channel, job }) => {
          job?.fail(error);
          return channel.terminate();
        }),
      );
    },
  };
}

function requireOpen(closed: boolean): void {
  if (closed) throw new NextstatError("usage", "the threads have been closed");
}

function workerDied(reason: string): NextstatError {
  return new NextstatError("numeric", `a worker thread died (${reason})`, {
    hint: "use fewer threads: each needs memory for the model",
  });
}
