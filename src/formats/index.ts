/**
 * Reading workspaces: text in, checked plain data out. No I/O; runs in browsers and Node alike.
 *
 * @module
 */

export {
  checkWorkspace,
  type PatchInput,
  readWorkspace,
} from "./pyhf/read.ts";
export { checkDocument, type DocumentKind } from "./pyhf/schema-check.ts";
