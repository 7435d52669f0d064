/**
 * The entry of a worker thread: the message loop with the WebAssembly evaluator.
 *
 * @module
 */

import { threadPort } from "./node/thread-channel.ts";
import { serveWorker } from "./parallel/worker-loop.ts";
import { openEvaluator } from "./wasm/evaluator.ts";

serveWorker(threadPort(), openEvaluator);
