/**
 * From tables to templates, and from templates to a workspace.
 *
 * @module
 */

export { checkAxis } from "./bins.ts";
export {
  type CompiledFills,
  compileFills,
  emptyFilled,
  type Fill,
  type Filled,
  fillTable,
  offsetsOf,
} from "./fill.ts";
export { HARMLESS, Notices } from "./notices.ts";
export type * from "./plan.ts";
export { type EventRequest, type HistogramRequest, requestsOf } from "./requests.ts";
export type { Template } from "./template.ts";
export { type Built, buildWorkspace } from "./workspace.ts";
