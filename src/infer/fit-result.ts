/**
 * The record a fit returns. JSON keys are these names in snake_case.
 *
 * @module
 */

/** A minimum that is not the one returned: polished like it, its Hessian positive definite. */
export interface OtherMinimum {
  readonly nll: number;
  /** 2 (NLL here - NLL returned), at least 0. */
  readonly deltaTwiceNll: number;
  /** `[nParameters]` its position. */
  readonly parameters: readonly number[];
}

/** A parameter held at one of its bounds by the gradient. */
export interface ActiveBound {
  readonly name: string;
  readonly bound: "lower" | "upper";
  readonly value: number;
  /** dNLL/dtheta there: positive at a lower bound, negative at an upper one. */
  readonly gradient: number;
}

/** What was checked before a fit calls itself converged. */
export interface Certificate {
  /** Largest absolute component of the gradient over the free parameters; null when it is not finite. */
  readonly projectedGradientNorm: number | null;
  /** g^T H^-1 g / 2 with the exact Hessian over the free parameters: the expected distance to the minimum in NLL. */
  readonly edm: number | null;
  /** Whether the exact Hessian over the free parameters is positive definite. */
  readonly positiveDefinite: boolean;
  /** Smallest eigenvalue of that Hessian scaled to unit diagonal; null without free parameters or when it is not finite. */
  readonly smallestEigenvalue: number | null;
  /** The direction of that eigenvalue: its largest components, most important first. */
  readonly weakestDirection: readonly { readonly name: string; readonly component: number }[];
  readonly activeBounds: readonly ActiveBound[];
  /** Parameters resting on a kink of their interpolation (codes 0 and 1 at alpha = 0). */
  readonly kinks: readonly string[];
  /**
   * Whether other minima were looked for: `searched`, `limited` (the model is so large that only the likeliest places
   * were), `not-needed` (it cannot have them) or `off`.
   */
  readonly search: "searched" | "limited" | "not-needed" | "off";
  /** Minimisations run in the search, the first one included. */
  readonly nStarts: number;
  /** Distinct minima within 10 units of 2NLL of the one returned, lowest first. */
  readonly otherMinima: readonly OtherMinimum[];
}

/** An asymmetric interval from the profile likelihood (Delta 2NLL = 1). */
export interface MinosInterval {
  readonly name: string;
  /** theta_down - theta_hat, negative; null when there is none, for the reason in `note`. */
  readonly down: number | null;
  /** theta_up - theta_hat, positive; null when there is none, for the reason in `note`. */
  readonly up: number | null;
  /** Why a side is null: fixed, the bound comes first, a lower minimum was met, no convergence; empty otherwise. */
  readonly note: string;
}

export interface FitResult {
  readonly parameterNames: readonly string[];
  readonly poiIndex: number | null;
  /** `[nParameters]` position of the minimum. */
  readonly bestfit: readonly number[];
  /**
   * `[nParameters]` one standard deviation from the inverse exact Hessian over the free parameters; 0 for fixed
   * parameters; null at a bound, on a kink, in a singular direction, at a saddle point or when no covariance was asked
   * for, with the reason in `uncertaintyReasons`.
   */
  readonly uncertainties: readonly (number | null)[];
  /** `[nParameters]` where the constraint of each parameter pulls it on the data fitted; null without constraint. */
  readonly constraintCentres: readonly (number | null)[];
  /** Why an uncertainty is null, by parameter name. */
  readonly uncertaintyReasons: Readonly<Record<string, string>>;
  /** `[nParameters x nParameters]` row-major, zero for parameters that are not free; null when H is singular or it was not asked for. */
  readonly covariance: readonly number[] | null;
  /** NLL = -ln L at the minimum, all constants included. */
  readonly nll: number;
  readonly twiceNll: number;
  /**
   * Whether the certificate holds: finite, EDM below 1e-6, no negative curvature. A flat direction (a singular Hessian)
   * is a minimum all the same, with a warning and without covariance.
   */
  readonly converged: boolean;
  /** `converged`, or why the minimiser stopped. */
  readonly terminationReason: string;
  /** NLL at the starting point; null when it is not finite there. */
  readonly initialNll: number | null;
  /** As in the certificate: `edm`, and `projectedGradientNorm`. */
  readonly edm: number | null;
  readonly finalGradNorm: number | null;
  /** Floating parameters held at a bound. */
  readonly nActiveBounds: number;
  /** Iterations, evaluations of NLL (with or without gradient), of the gradient, of the exact Hessian: whole fit. */
  readonly nIter: number;
  readonly nFev: number;
  readonly nGev: number;
  readonly nHessian: number;
  readonly fitRegions: readonly string[] | null;
  readonly validationRegions: readonly string[] | null;
  readonly minos: readonly MinosInterval[] | null;
  readonly certificate: Certificate;
  readonly warnings: readonly string[];
  /** Fixed vocabulary of degraded flags, e.g. `covariance_unavailable`, `nonpositive_expected`. */
  readonly flags: readonly string[];
}

/** What may be asked of a fit. */
export interface FitOptions {
  /** Parameters held at a value, by name. */
  readonly fixedParams?: Readonly<Record<string, number>>;
  /** Starting values by name, instead of the model's. */
  readonly inits?: Readonly<Record<string, number>>;
  /** Bounds by name, instead of the model's. */
  readonly bounds?: Readonly<Record<string, readonly [number, number]>>;
  /** Fit the Asimov set of the starting values instead of the observed data. Default false. */
  readonly asimov?: boolean;
  /** Only these channels enter the likelihood. Default all. */
  readonly fitRegions?: readonly string[];
  /** These channels are left out of the likelihood. Default none. */
  readonly validationRegions?: readonly string[];
  /** Parameters to give asymmetric intervals for. Default none. */
  readonly minos?: readonly string[];
  /** Look for other minima where the model can have them. Default true. */
  readonly search?: boolean;
  /** Told in words what is being done, many times a second. Default nobody. */
  readonly onProgress?: (doing: string) => void;
  /** Compute the covariance. Default true; without it uncertainties are null. */
  readonly covariance?: boolean;
}
