/**
 * The entry of a worker thread that fills templates.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { type FillReply, type FillRequest, failedFill, fillGroup } from "./fill-tasks.ts";

if (parentPort === null) throw new Error("this file is the entry of a worker thread");
const port = parentPort;
const post = (reply: FillReply): void => port.postMessage(reply);

port.on("message", ({ group }: FillRequest) => {
  fillGroup(group, (entries) => post({ kind: "progress", entries })).then(
    (filled) => post({ kind: "filled", filled }),
    (error: unknown) => post({ kind: "failed", error: failedFill(error) }),
  );
});
