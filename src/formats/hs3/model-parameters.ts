/**
 * The parameters of a model as writing HS3 needs them: values, ranges and constraints are final, because HS3 has no defaults.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";

/** A parameter of the model, with every default and setting applied. */
export interface ModelParameter {
  readonly name: string;
  readonly set: string;
  /** Bin of a per-bin set, or null. */
  readonly bin: number | null;
  readonly kind: "normfactor" | "alpha" | "lumi" | "shapefactor" | "shapesys" | "staterror";
  readonly init: number;
  readonly lower: number;
  readonly upper: number;
  readonly fixed: boolean;
  readonly constraint:
    | { readonly type: "none" }
    | { readonly type: "gauss"; readonly sigma: number }
    | { readonly type: "poisson"; readonly tau: number };
  readonly auxdata: number;
  readonly transform:
    | { readonly type: "identity" | "affine" }
    | { readonly type: "lognormal"; readonly r: number };
}

/** A measurement of the workspace with its parameters. */
export interface MeasurementToWrite {
  readonly name: string;
  /** Name of the parameter of interest, or null. */
  readonly poi: string | null;
  readonly parameters: readonly ModelParameter[];
}

/** What HS3 has no form for. */
export function cannotWrite(problem: string, hint: string): NextstatError {
  return new NextstatError("usage", `${problem} cannot be written as HS3`, { hint });
}
