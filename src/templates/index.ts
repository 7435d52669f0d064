/**
 * From tables to templates, and from templates to a workspace.
 *
 * @module
 */

export { checkAxis } from "./bins.ts";
export {
  addFilled,
  type CompiledFills,
  compileFills,
  emptyFilled,
  type Fill,
  type Filled,
  fillRange,
} from "./fill.ts";
export { type BuildNotice, HARMLESS, Notices } from "./notices.ts";
export type * from "./plan.ts";
export {
  type EventRequest,
  type HistogramRequest,
  requestsOf,
  type TemplatesByKey,
} from "./requests.ts";
export type { Template } from "./template.ts";
export { type Built, buildWorkspace } from "./workspace.ts";
