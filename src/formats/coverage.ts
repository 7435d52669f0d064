/**
 * What coverage reports of configurations have in common.
 *
 * @module
 */

/** A key of a configuration, and where it stands. */
export interface CoverageEntry {
  /** `global` for settings of the whole analysis, `block` for those of a region, sample, ... */
  readonly scope: "global" | "block";
  /** As in `Region`; empty for global settings. */
  readonly block_kind: string;
  readonly block_name: string;
  readonly key: string;
  /** As written; long ones may be shortened. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}
