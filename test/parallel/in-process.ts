/**
 * Channels to workers that live in this thread: a pool without threads.
 *
 * @module
 */

import type { Reply, Request } from "../../src/parallel/messages.ts";
import type { Channel, ChannelListener } from "../../src/parallel/pool.ts";
import { serveWorker } from "../../src/parallel/worker-loop.ts";
import { openEvaluator } from "../../src/wasm/evaluator.ts";

/** A channel and what happened on it. */
export interface InProcessChannel {
  readonly channel: Channel;
  readonly posted: Request[];
  /** Makes the worker end as if it had crashed. */
  die(reason: string): void;
  held: boolean;
  terminated: boolean;
}

/** Opens a worker in this thread. Messages are copied as between threads. */
export function openInProcess(open: typeof openEvaluator = openEvaluator): InProcessChannel {
  let listener: ChannelListener | undefined;
  let receive: ((request: Request) => void) | undefined;
  let alive = true;
  serveWorker(
    {
      post(reply: Reply) {
        const copy = structuredClone(reply);
        queueMicrotask(() => {
          if (alive) listener?.onReply(copy);
        });
      },
      onRequest(handler) {
        receive = handler;
      },
    },
    open,
  );
  const line: InProcessChannel = {
    posted: [],
    held: false,
    terminated: false,
    die(reason) {
      alive = false;
      listener?.onEnd(reason);
    },
    channel: {
      post(request) {
        line.posted.push(request);
        const copy = structuredClone(request);
        setTimeout(() => {
          if (alive) receive?.(copy);
        });
      },
      listen(given) {
        listener = given;
      },
      hold(waiting) {
        line.held = waiting;
      },
      async terminate() {
        alive = false;
        line.terminated = true;
      },
    },
  };
  return line;
}
