/**
 * Reading workspaces: text in, checked plain data out. No I/O; runs in browsers and Node alike.
 *
 * @module
 */

export type { TextPosition } from "./pyhf/json-text.ts";
export {
  checkWorkspace,
  type PatchInput,
  type ReadWorkspaceOptions,
  readWorkspace,
  type WorkspaceInput,
} from "./pyhf/read.ts";
export { checkDocument, type DocumentKind } from "./pyhf/schema-check.ts";
