/**
 * What parameters are in HistFactory's terms: relative uncertainties, kinds of constraints. A model that ROOT cannot build
 * is refused here.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import type { ModelParameter } from "../hs3/model-parameters.ts";
import type { BinConstraint } from "./document.ts";

/** What HistFactory has no form for. */
export function cannotWrite(problem: string, hint: string): NextstatError {
  return new NextstatError("usage", `${problem} cannot be written as HistFactory XML`, { hint });
}

/** Rounding that taking a number through another form leaves. */
function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));
}

/** Kind and relative uncertainties of a per-bin set; 0 where the parameter is held and has no uncertainty to keep. */
export function binUncertainties(
  name: string,
  bins: readonly ModelParameter[],
  /** `[nBins]` whether the templates leave a bin no freedom. */
  degenerate: readonly boolean[],
): { readonly constraint: BinConstraint; readonly relative: readonly number[] } {
  const kinds = new Set<BinConstraint>();
  const relative = bins.map((bin, b) => {
    if (degenerate[b] === true && bin.fixed) return 0;
    const { constraint, auxdata } = bin;
    switch (constraint.type) {
      case "gauss":
        if (!isNear(auxdata, 1)) break;
        kinds.add("Gaussian");
        return constraint.sigma;
      case "poisson":
        if (!isNear(auxdata, constraint.tau)) break;
        kinds.add("Poisson");
        return 1 / Math.sqrt(constraint.tau);
      case "none":
        throw cannotWrite(`"${bin.name}" without a constraint`, "use a shapefactor");
    }
    throw cannotWrite(
      `the auxiliary datum ${auxdata} of "${bin.name}"`,
      "in ROOT's model it is the nominal value: remove it from the settings",
    );
  });
  if (kinds.size > 1) {
    throw cannotWrite(`"${name}", with Gaussian and Poisson bins,`, "give all bins one kind");
  }
  return { constraint: [...kinds][0] ?? "Gaussian", relative };
}

/** A `<ConstraintTerm>`. */
export interface Term {
  readonly type: "Gamma" | "LogNormal" | "Uniform";
  readonly relative: number;
}

/** What constrains a systematic other than a unit Gaussian, or null. ROOT applies these terms to OverallSys only. */
export function termOf(
  { name, constraint, auxdata, transform, fixed }: ModelParameter,
  isOverallOnly: boolean,
): Term | null {
  const term = ((): Term | null | undefined => {
    switch (constraint.type) {
      case "none":
        return { type: "Uniform", relative: 1 };
      case "poisson":
        return isNear(auxdata, constraint.tau)
          ? { type: "Gamma", relative: 1 / Math.sqrt(constraint.tau) }
          : undefined;
      case "gauss":
        if (!isNear(constraint.sigma, 1) || auxdata !== 0) return undefined;
        return transform.type === "lognormal" ? { type: "LogNormal", relative: transform.r } : null;
    }
    return constraint satisfies never;
  })();
  if (term === undefined) {
    // The term of a parameter that is held is a constant.
    if (fixed) return null;
    throw cannotWrite(
      `the auxiliary datum or width of the constraint of "${name}"`,
      "in ROOT's model they are 0 and 1: scale the templates instead",
    );
  }
  if (term !== null && term.type !== "Uniform" && !isOverallOnly) {
    throw cannotWrite(
      `the constraint ${term.type} of "${name}", which has a histosys or is linear,`,
      "ROOT applies it to OverallSys only",
    );
  }
  return term;
}
