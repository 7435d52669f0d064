/**
 * Channels made of worker threads: both ends.
 *
 * @module
 */

import { parentPort, Worker } from "node:worker_threads";
import type { Request } from "../parallel/messages.ts";
import type { Channel } from "../parallel/pool.ts";
import type { WorkerPort } from "../parallel/worker-loop.ts";

/** The worker's entry: `worker.ts` run from the source, `worker.js` from the built files. */
const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "../worker.ts" : "../worker.js",
  import.meta.url,
);

/** Starts a worker thread. It does not keep the process alive unless it is held. */
export function openThread(entry: URL = ENTRY): Channel {
  // Flags of this process such as --input-type are not for a worker.
  const worker = new Worker(entry, { execArgv: [] });
  worker.unref();
  return {
    post: (request) => worker.postMessage(request),
    listen({ onReply, onEnd }) {
      worker.on("message", onReply);
      // An error is followed by the end; whoever hears first of it is told why.
      worker.on("error", (error) => onEnd(error instanceof Error ? error.message : String(error)));
      worker.on("exit", (code) => onEnd(`exit code ${code}`));
    },
    hold(waiting) {
      if (waiting) worker.ref();
      else worker.unref();
    },
    async terminate() {
      await worker.terminate();
    },
  };
}

/** This thread's line to the one that started it. */
export function threadPort(): WorkerPort {
  if (parentPort === null) throw new Error("this file is the entry of a worker thread");
  const port = parentPort;
  return {
    post: (reply) => port.postMessage(reply),
    onRequest(listener) {
      port.on("message", (request: Request) => listener(request));
    },
  };
}
