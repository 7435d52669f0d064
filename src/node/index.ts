/**
 * What needs Node: workspaces of events, several threads, ROOT, HistFactory and table files on disk, and downloads into folders.
 *
 * ```ts
 * import { fromPyhf, procedures } from "nextstat";
 * import { openRootFile, openThreads } from "nextstat/node";
 * ```
 *
 * @module
 */

export type { RunOptions } from "../parallel/run-steps.ts";
export {
  APPROVED_ORIGINS,
  type DownloadOptions,
  type DownloadResult,
  download,
} from "./archives/download.ts";
export {
  type BuildWorkspaceOptions,
  type BuiltWorkspace,
  buildWorkspace,
  type ConfigurationFormat,
  type ConfigurationText,
} from "./build-workspace.ts";
export { type FileLookup, type LookupOptions, lookUpFiles } from "./histfactory-files.ts";
export { openRootFile, writeRootFile } from "./root-file.ts";
export { openTableFile } from "./table-file.ts";
export { massScanInThreads, openThreads, type Threads } from "./threads.ts";
