/** A thread that opens a compiled model it is sent and answers with what it computes from it. */

import { parentPort, workerData } from "node:worker_threads";
import { openCompiledModel } from "../../../src/model/pack.ts";
import { openEvaluator } from "../../../src/wasm/evaluator.ts";
import { type Evaluated, evaluate } from "./evaluate.ts";

/** What the thread is started with. */
export interface Assignment {
  readonly buffer: ArrayBufferLike;
  readonly theta: Float64Array;
}

const { buffer, theta } = workerData as Assignment;
const answer: Evaluated = evaluate(openEvaluator(openCompiledModel(buffer)), theta);
parentPort?.postMessage(answer);
