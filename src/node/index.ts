/**
 * What needs Node: several threads, and ROOT and HistFactory files on disk.
 *
 * ```ts
 * import { fromPyhf, procedures } from "nextstat";
 * import { openRootFile, openThreads } from "nextstat/node";
 * ```
 *
 * @module
 */

export type { RunOptions } from "../parallel/run-steps.ts";
export { type FileLookup, type LookupOptions, lookUpFiles } from "./histfactory-files.ts";
export { openRootFile, writeRootFile } from "./root-file.ts";
export { massScanInThreads, openThreads, type Threads } from "./threads.ts";
