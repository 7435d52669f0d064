/**
 * The JSON of a fit, read back: what a plot can be made from without fitting again.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import { type CorrelationResult, squaresOf } from "../infer/correlation.ts";

/** The part of a fit's JSON that is read, in the order of a model's parameters. */
export interface FitFile {
  readonly parameterNames: readonly string[];
  /** `[nParameters x nParameters]` row-major, rows of parameters that are not free are 0; null where the fit has none. */
  readonly covariance: readonly number[] | null;
  /** Whether the fit says so; true when it says nothing. */
  readonly converged: boolean;
  readonly warnings: readonly string[];
  /** Parameters held by a bound or on a kink; empty when the fit says nothing. */
  readonly atBound: readonly string[];
}

/** Correlations of at most this: rounding may take them past 1. */
const MAX_CORRELATION = 1 + 1e-6;

/**
 * Checks the JSON of a fit against a model.
 *
 * @param value the parsed JSON
 * @param names the parameters of the model; the file may have them in another order
 * @param file for the error
 * @throws NextstatError `input` for a document that is no fit, and one whose parameters are not those of the model
 */
export function checkFitFile(value: unknown, names: readonly string[], file: string): FitFile {
  const fail = (problem: string, hint: string): NextstatError =>
    new NextstatError("input", problem, { location: { file }, hint });
  const record = isRecord(value) ? value : {};
  const { parameter_names: given, covariance = null, converged, warnings, certificate } = record;
  if (!isList(given, (name): name is string => typeof name === "string")) {
    throw fail("this is not a fit: it has no list parameter_names", MAKE_ONE);
  }
  const known = new Set(names);
  const unknown = given.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw fail(
      `the fit is not one of this model, which has no parameter "${unknown}"`,
      suggestName(unknown, names),
    );
  }
  const places = new Map(given.map((name, i) => [name, i]));
  if (places.size < given.length) throw fail("the fit has a parameter twice", MAKE_ONE);
  const missing = names.find((name) => !places.has(name));
  if (missing !== undefined) {
    throw fail(`the fit is not one of this model: it has no parameter "${missing}"`, MAKE_ONE);
  }
  const n = names.length;
  if (covariance !== null && !(isList(covariance, isFiniteNumber) && covariance.length === n * n)) {
    throw fail(`the covariance is not a list of ${n * n} = ${n} x ${n} numbers`, MAKE_ONE);
  }
  const order = names.map((name) => places.get(name) as number);
  const ordered =
    covariance && order.flatMap((i) => order.map((j) => covariance[i * n + j] as number));
  if (ordered !== null && !isCovariance(ordered, n)) {
    throw fail("the covariance is none: some correlation is beyond 1", MAKE_ONE);
  }
  return {
    parameterNames: names,
    covariance: ordered,
    converged: converged !== false,
    warnings: isList(warnings, (text): text is string => typeof text === "string") ? warnings : [],
    atBound: heldIn(certificate),
  };
}

const MAKE_ONE = "make it with nextstat fit WORKSPACE -o FILE";

/** The correlations of a fit that was read: the record that the fit itself would have given. */
export function correlationOfFit(
  { parameterNames, covariance, converged, warnings, atBound }: FitFile,
  withCovariance: boolean,
): CorrelationResult {
  const n = parameterNames.length;
  const index = [...parameterNames.keys()].filter((i) => (covariance?.[i * n + i] ?? 0) > 0);
  const left = covariance === null ? [] : parameterNames.filter((_, i) => !index.includes(i));
  const squares = covariance === null ? null : squaresOf(covariance, index);
  return {
    names: index.map((i) => parameterNames[i] as string),
    matrix: squares?.matrix ?? null,
    covariance: withCovariance ? (squares?.covariance ?? null) : null,
    fixed: left.filter((name) => !atBound.includes(name)),
    atBound: left.filter((name) => atBound.includes(name)),
    weakestDirection: [],
    converged,
    partial: false,
    warnings:
      covariance === null
        ? [...warnings, "the fit has no covariance: there are no correlations"]
        : warnings,
    flags: covariance === null ? ["covariance_unavailable"] : [],
    nFit: 0,
    nGradient: 0,
    nHessian: 0,
  };
}

/** Names of the parameters that a certificate lists as held by a bound or on a kink. */
function heldIn(certificate: unknown): readonly string[] {
  if (!isRecord(certificate)) return [];
  const { active_bounds: bounds, kinks } = certificate;
  const held: readonly unknown[] = [
    ...(Array.isArray(bounds) ? bounds.filter(isRecord).map(({ name }) => name) : []),
    ...(Array.isArray(kinks) ? kinks : []),
  ];
  return held.filter((name) => typeof name === "string");
}

function isCovariance(covariance: readonly number[], n: number): boolean {
  return covariance.every((value, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    const variances = (covariance[i * n + i] as number) * (covariance[j * n + j] as number);
    return i === j ? value >= 0 : Math.abs(value) <= MAX_CORRELATION * Math.sqrt(variances);
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList<T>(value: unknown, check: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(check);
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
