/**
 * What tests of templates share.
 *
 * @module
 */

import type { TemplateEffect } from "../../src/templates/plan.ts";

/** Nothing is done to its templates. */
export const PLAIN_EFFECT: TemplateEffect = {
  kind: "template",
  up: null,
  down: null,
  reference: null,
  symmetrisation: "none",
  smoothing: null,
  scaleUp: 1,
  scaleDown: 1,
  keepNormalisation: true,
  keepShape: true,
  pruning: null,
};
