/**
 * The entry of a worker thread that fills templates.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { type FillReply, type FillRequest, failedFill, fillRunner } from "./fill-tasks.ts";

if (parentPort === null) throw new Error("this file is the entry of a worker thread");
const port = parentPort;
let runner = fillRunner([]);

/** Requests are answered in their order. */
async function answer(request: FillRequest): Promise<void> {
  if (request.kind === "tables") {
    runner = fillRunner(request.tables);
    return;
  }
  const { id, task } = request;
  let reply: FillReply;
  try {
    reply = { kind: "filled", id, filled: await runner.run(task) };
  } catch (error) {
    reply = { kind: "failed", id, error: failedFill(error) };
  }
  port.postMessage(reply);
}

let last = Promise.resolve();
port.on("message", (request: FillRequest) => {
  last = last.then(() => answer(request));
});
