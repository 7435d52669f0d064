/**
 * The tables of a workspace, what to make of them, and the rows of yields.
 *
 * @module
 */

import type { NamedTable } from "./cells.ts";

/** How tables become a workspace. */
export interface YieldsOptions {
  /** Name of the parameter of interest. Default: `mu`, or what the table of measurements says. */
  readonly poi?: string;
  /** The sample that the parameter of interest scales. Default: the one called like it, else `signal` in any case. */
  readonly signal?: string;
  /** Observed events, `[nBins]` of each channel. Default: the sums of the samples. */
  readonly observations?: Readonly<Record<string, readonly number[]>>;
}

/** The tables of a workspace. */
export interface YieldsTables {
  readonly yields: NamedTable;
  /** `channel`, `sample`, `modifier_name`, `modifier_type`, and `data_hi`, `data_lo`, `data` as the type needs them. */
  readonly modifiers?: NamedTable;
  /** `channel`, `data`. */
  readonly observations?: NamedTable;
  /** `name`, `poi`. */
  readonly measurements?: NamedTable;
}

export interface YieldRow {
  readonly row: number;
  readonly sample: string;
  readonly yields: readonly number[];
  readonly errors: readonly number[] | null;
}

/** Channels in the order of their names. */
export type YieldRows = ReadonlyMap<string, readonly YieldRow[]>;
