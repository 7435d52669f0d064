/**
 * What making the parts of a workspace needs to know.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import type { BinSet } from "./bin-sets.ts";
import type { Functions } from "./functions.ts";
import type { Defaults } from "./options.ts";
import type { ParameterNames } from "./parameter-names.ts";
import type { Place } from "./xml-text.ts";

/** A normalisation factor with its start and range. */
export interface Factor {
  /** Of the workspace. */
  readonly name: string;
  readonly value: number;
  /** Infinite where the factor is a constant without a range. */
  readonly low: number;
  readonly high: number;
  readonly fixed: boolean;
  readonly place: Place;
}

export interface BuildContext {
  readonly names: ParameterNames;
  readonly functions: Functions;
  readonly binSets: ReadonlyMap<string, BinSet>;
  readonly defaults: Defaults;
  /** Whether there is a luminosity, or it is 1 throughout. */
  readonly hasLumi: boolean;
  readonly log: ConversionLog;
  /** Filled here, in order of first use, by names of the workspace. */
  readonly factors: Map<string, Factor>;
  /** Filled here: places by pointers into the workspace. */
  readonly places: Map<string, Place>;
}
