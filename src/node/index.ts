/**
 * What needs Node: several threads.
 *
 * ```ts
 * import { fromPyhf, procedures } from "nextstat";
 * import { openThreads } from "nextstat/node";
 * ```
 *
 * @module
 */

export type { RunOptions } from "../parallel/run-steps.ts";
export { massScanInThreads, openThreads, type Threads } from "./threads.ts";
