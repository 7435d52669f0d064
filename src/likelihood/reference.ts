/**
 * The naive likelihood: {@link Evaluator} straight from the {@link ResolvedModel}, written to be read and to judge the
 * fast kernels. It allocates freely and costs the cube of the modifiers per sample and bin; never use it in a fit.
 *
 * The expected events of a bin are, over the samples of its channel,
 *
 *     nu = sum_s (nominal_s + sum_i delta_si(theta)) prod_j factor_sj(theta)
 *
 * and the NLL is the Poisson terms of the bins plus the constraint terms, constants included (K. Cranmer et al.,
 * HistFactory, CERN-OPEN-2012-016). Sums run over channels, samples and modifiers in the order of the model, then over
 * the parameters. Every delta and factor depends on one parameter and comes with its first two derivatives there, from
 * which gradient and Hessian follow by the product rule; no product is ever divided by one of its factors, so a factor
 * of exactly 0 is nothing special.
 *
 * Derivatives are taken with respect to every parameter, the fixed ones too.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { lnGamma } from "../math/special.ts";
import type {
  AlphaTransform,
  Constraint,
  HistosysCode,
  NormsysCode,
  ResolvedChannel,
  ResolvedModel,
  ResolvedModifier,
  ResolvedSample,
} from "../model/resolved-model.ts";
import type { Dataset, Evaluator } from "./evaluator.ts";

/** Below this many expected events the logarithm of a bin with data is replaced by its Taylor expansion. */
const SMALLEST_EXPECTED = 1e-10;

const HALF_LN_2PI = Math.log(2 * Math.PI) / 2;

/** A function of one variable at one point: its value and its first two derivatives. */
interface Taylor {
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/** A {@link Taylor} in one parameter of the model. */
interface ParameterTaylor extends Taylor {
  readonly parameter: number;
}

/** One sample in one bin: (nominal + deltas) times factors. */
interface SampleBin {
  readonly nominal: number;
  readonly deltas: readonly ParameterTaylor[];
  readonly factors: readonly ParameterTaylor[];
}

/** One bin of the data vector: the sum of these is its expected events. */
type Bin = readonly SampleBin[];

/** The naive evaluator of a model; starts with its observed events and auxiliary data. */
export function referenceEvaluator(model: ResolvedModel): Evaluator {
  const nParameters = model.parameters.length;
  const nBins = model.observed.length;
  let data = checkedCopy(
    {
      main: Float64Array.from(model.observed),
      auxiliary: Float64Array.from(model.parameters, (parameter) => parameter.auxdata),
    },
    nBins,
    nParameters,
  );

  /** Calls `visit` with the expected events of each bin in the likelihood and its Poisson term as a function of them. */
  function forEachTerm(theta: Float64Array, visit: (bin: Bin, term: Taylor) => void): void {
    forEachBin(model, theta, (bin, at) => {
      if (data.binMask?.[at] === 0) return;
      visit(bin, poissonTerm(expectedEvents(bin), data.main[at]));
    });
  }

  /** Calls `visit` with each constraint term in the likelihood as a function of its parameter. */
  function forEachConstraint(theta: Float64Array, visit: (term: ParameterTaylor) => void): void {
    model.parameters.forEach(({ constraint }, parameter) => {
      if (data.constraintMask?.[parameter] === 0) return;
      visit({
        parameter,
        ...constraintTerm(constraint, data.auxiliary[parameter], theta[parameter]),
      });
    });
  }

  function nll(theta: Float64Array): number {
    let sum = 0;
    forEachTerm(theta, (_, term) => {
      sum += term.value;
    });
    forEachConstraint(theta, (term) => {
      sum += term.value;
    });
    return sum;
  }

  function gradient(theta: Float64Array, out: Float64Array): number {
    out.fill(0);
    forEachTerm(theta, (bin, term) => {
      for (const sample of bin) addFirstDerivatives(sample, term.first, out);
    });
    forEachConstraint(theta, (term) => {
      out[term.parameter] += term.first;
    });
    return nll(theta);
  }

  function hessian(theta: Float64Array, out: Float64Array): void {
    out.fill(0);
    const slope = new Float64Array(nParameters);
    forEachTerm(theta, (bin, term) => {
      slope.fill(0);
      for (const sample of bin) addFirstDerivatives(sample, 1, slope);
      for (let p = 0; p < nParameters; p++) {
        for (let q = 0; q < nParameters; q++) {
          out[p * nParameters + q] += term.second * (slope[p] * slope[q]);
        }
      }
      for (const sample of bin) addSecondDerivatives(sample, term.first, out, nParameters);
    });
    forEachConstraint(theta, (term) => {
      out[term.parameter * nParameters + term.parameter] += term.second;
    });
  }

  return {
    nParameters,
    nBins,
    nll,
    gradient,
    hessian,
    expected(theta, out) {
      forEachBin(model, theta, (bin, at) => {
        out[at] = expectedEvents(bin);
      });
    },
    setDataset(dataset) {
      data = checkedCopy(dataset, nBins, nParameters);
    },
  };
}

function checkedCopy(dataset: Dataset, nBins: number, nParameters: number): Dataset {
  const { main, auxiliary, binMask, constraintMask } = dataset;
  const lengths: [string, number | undefined, number][] = [
    ["main", main.length, nBins],
    ["auxiliary", auxiliary.length, nParameters],
    ["binMask", binMask?.length, nBins],
    ["constraintMask", constraintMask?.length, nParameters],
  ];
  for (const [name, length, expected] of lengths) {
    if (length !== undefined && length !== expected) {
      throw new NextstatError("usage", `dataset ${name} has ${length} entries, not ${expected}`);
    }
  }
  return {
    main: main.slice(),
    auxiliary: auxiliary.slice(),
    ...(binMask && { binMask: binMask.slice() }),
    ...(constraintMask && { constraintMask: constraintMask.slice() }),
  };
}

// --- Terms of the NLL -------------------------------------------------------------------------------------------------

/**
 * -ln Poisson(n | nu) = nu - n ln nu + lnGamma(n + 1) as a function of nu; nu itself where n = 0.
 *
 * An expected yield that is not positive has no likelihood. Below nu0 = {@link SMALLEST_EXPECTED} the logarithm is
 * continued by its second-order expansion ln nu0 + t - t^2/2, t = (nu - nu0)/nu0: value and two derivatives stay
 * continuous and finite, and the parabola, 1e20 n steep, keeps a minimiser out.
 */
function poissonTerm(nu: number, n: number): Taylor {
  if (n === 0) return { value: nu, first: 1, second: 0 };
  const log = extendedLog(nu);
  return {
    value: nu - n * log.value + lnGamma(n + 1),
    first: 1 - n * log.first,
    second: -n * log.second,
  };
}

function extendedLog(nu: number): Taylor {
  const nu0 = SMALLEST_EXPECTED;
  if (nu >= nu0) return { value: Math.log(nu), first: 1 / nu, second: -1 / (nu * nu) };
  const t = (nu - nu0) / nu0;
  return {
    value: Math.log(nu0) + t - (t * t) / 2,
    first: (1 - t) / nu0,
    second: -1 / (nu0 * nu0),
  };
}

/** The constraint term of a parameter theta with auxiliary datum a, see {@link Constraint}. */
function constraintTerm(constraint: Constraint, a: number, theta: number): Taylor {
  switch (constraint.type) {
    case "none":
      return { value: 0, first: 0, second: 0 };
    case "gauss": {
      const { sigma } = constraint;
      const pull = (theta - a) / sigma;
      return {
        value: (pull * pull) / 2 + Math.log(sigma) + HALF_LN_2PI,
        first: pull / sigma,
        second: 1 / (sigma * sigma),
      };
    }
    case "poisson": {
      // The auxiliary measurement is a bin with a events where tau theta are expected, down to its continuation.
      const { tau } = constraint;
      const term = poissonTerm(tau * theta, a);
      return { value: term.value, first: term.first * tau, second: term.second * (tau * tau) };
    }
  }
  return constraint satisfies never;
}

// --- Expected events and their derivatives ----------------------------------------------------------------------------

/** Every bin at theta with its index in the data vector, in order. */
function forEachBin(
  model: ResolvedModel,
  theta: Float64Array,
  visit: (bin: Bin, at: number) => void,
): void {
  for (const channel of model.channels) {
    for (let b = 0; b < channel.nBins; b++) {
      visit(evaluateBin(model, channel, b, theta), channel.firstBin + b);
    }
  }
}

function evaluateBin(
  model: ResolvedModel,
  channel: ResolvedChannel,
  b: number,
  theta: Float64Array,
): Bin {
  return channel.samples.map((sample) => ({
    nominal: sample.nominal[b],
    deltas: sample.modifiers
      .filter((modifier) => modifier.type === "histosys")
      .map((modifier) => delta(model, sample, modifier, b, theta)),
    factors: sample.modifiers
      .filter((modifier) => modifier.type !== "histosys")
      .map((modifier) => factor(model, modifier, b, theta)),
  }));
}

/** What a histosys adds to its sample in bin b. */
function delta(
  model: ResolvedModel,
  sample: ResolvedSample,
  { parameter, hi, lo, code }: Extract<ResolvedModifier, { type: "histosys" }>,
  b: number,
  theta: Float64Array,
): ParameterTaylor {
  const alpha = transformAlpha(model.parameters[parameter].transform, theta[parameter]);
  const up = hi[b] - sample.nominal[b];
  const down = sample.nominal[b] - lo[b];
  return { parameter, ...chain(interpolateDelta(code, up, down, alpha.value), alpha) };
}

/** What any other modifier multiplies its sample by in bin b. */
function factor(
  model: ResolvedModel,
  modifier: Exclude<ResolvedModifier, { type: "histosys" }>,
  b: number,
  theta: Float64Array,
): ParameterTaylor {
  switch (modifier.type) {
    case "factor": {
      const { parameter } = modifier;
      return { parameter, value: theta[parameter], first: 1, second: 0 };
    }
    case "perbin": {
      const parameter = modifier.firstParameter + b;
      return { parameter, value: theta[parameter], first: 1, second: 0 };
    }
    case "normsys": {
      const { parameter, hi, lo, code } = modifier;
      const alpha = transformAlpha(model.parameters[parameter].transform, theta[parameter]);
      return { parameter, ...chain(interpolateFactor(code, hi, lo, alpha.value), alpha) };
    }
  }
  return modifier satisfies never;
}

function expectedEvents(bin: Bin): number {
  let nu = 0;
  for (const sample of bin) nu += template(sample) * product(sample.factors);
  return nu;
}

/** Nominal plus deltas. */
function template({ nominal, deltas }: SampleBin): number {
  return deltas.reduce((sum, d) => sum + d.value, nominal);
}

/** Product of the factors, leaving out those at the positions `i` and `j`. */
function product(factors: readonly ParameterTaylor[], i?: number, j?: number): number {
  return factors.reduce((value, f, k) => (k === i || k === j ? value : value * f.value), 1);
}

/** Adds `weight` times the gradient of the sample's events to `out` `[nParameters]`. */
function addFirstDerivatives(sample: SampleBin, weight: number, out: Float64Array): void {
  const { deltas, factors } = sample;
  const base = template(sample);
  factors.forEach((f, i) => {
    out[f.parameter] += weight * base * f.first * product(factors, i);
  });
  for (const d of deltas) out[d.parameter] += weight * d.first * product(factors);
}

/** Adds `weight` times the Hessian of the sample's events to `out` `[nParameters x nParameters]`. */
function addSecondDerivatives(
  sample: SampleBin,
  weight: number,
  out: Float64Array,
  nParameters: number,
): void {
  const { deltas, factors } = sample;
  const base = template(sample);
  const add = (p: ParameterTaylor, q: ParameterTaylor, value: number) => {
    out[p.parameter * nParameters + q.parameter] += weight * value;
  };
  // Both orders of a pair at once, which keeps `out` exactly symmetric.
  const addPair = (p: ParameterTaylor, q: ParameterTaylor, value: number) => {
    add(p, q, value);
    add(q, p, value);
  };
  factors.forEach((f, i) => {
    add(f, f, base * f.second * product(factors, i));
    factors.slice(0, i).forEach((g, j) => {
      addPair(f, g, base * f.first * g.first * product(factors, i, j));
    });
    for (const d of deltas) addPair(f, d, f.first * d.first * product(factors, i));
  });
  for (const d of deltas) add(d, d, d.second * product(factors));
}

// --- Interpolation ----------------------------------------------------------------------------------------------------
//
// As functions of alpha: pyhf's src/pyhf/interpolators/code{0,1,2,4,4p}.py, ROOT's FlexibleInterpVar and
// PiecewiseInterpolation (roofit/roofitcore/inc/RooFit/Detail/MathFuncs.h). At alpha = 0 exactly, codes 0 and 1 have a
// kink and take the derivatives of the right-hand side; code 2 takes the second derivative of the inside at +-1.

/** f(alpha(theta)) as a function of theta. */
function chain(f: Taylor, alpha: Taylor): Taylor {
  return {
    value: f.value,
    first: f.first * alpha.first,
    second: f.second * (alpha.first * alpha.first) + f.first * alpha.second,
  };
}

/** The alpha an interpolation sees, see {@link AlphaTransform}. */
function transformAlpha(transform: AlphaTransform, theta: number): Taylor {
  switch (transform.type) {
    case "identity":
      return { value: theta, first: 1, second: 0 };
    case "lognormal": {
      const { r } = transform;
      const rate = Math.log1p(r);
      const slope = (rate * Math.exp(rate * theta)) / r;
      return { value: Math.expm1(rate * theta) / r, first: slope, second: rate * slope };
    }
    case "affine":
      return { value: transform.slope * (theta - 1), first: transform.slope, second: 0 };
  }
  return transform satisfies never;
}

/** A histosys, with up = hi - nominal and down = nominal - lo. */
function interpolateDelta(code: HistosysCode, up: number, down: number, alpha: number): Taylor {
  switch (code) {
    case "code0":
      return linear(up, down, alpha);
    case "code2":
      return parabolic(up, down, alpha);
    case "code4p":
      return polynomialLinear(up, down, alpha);
  }
  return code satisfies never;
}

/** A normsys; without a logarithm of hi and lo the exponential codes become linear. */
function interpolateFactor(code: NormsysCode, hi: number, lo: number, alpha: number): Taylor {
  const onePlus = (f: Taylor): Taylor => ({ ...f, value: 1 + f.value });
  switch (code) {
    case "code0":
      return onePlus(linear(hi - 1, 1 - lo, alpha));
    case "code2":
      return onePlus(parabolic(hi - 1, 1 - lo, alpha));
    case "code1":
    case "code4":
      if (hi <= 0 || lo <= 0) return onePlus(linear(hi - 1, 1 - lo, alpha));
      return code === "code1" ? exponential(hi, lo, alpha) : polynomialExponential(hi, lo, alpha);
  }
  return code satisfies never;
}

/** Code 0: alpha up to the right of 0, alpha down to the left. */
function linear(up: number, down: number, alpha: number): Taylor {
  const slope = alpha >= 0 ? up : down;
  return { value: alpha * slope, first: slope, second: 0 };
}

/** Code 1: hi^alpha to the right of 0, lo^-alpha to the left. */
function exponential(hi: number, lo: number, alpha: number): Taylor {
  const value = alpha >= 0 ? hi ** alpha : lo ** -alpha;
  const rate = alpha >= 0 ? Math.log(hi) : -Math.log(lo);
  return { value, first: rate * value, second: rate * rate * value };
}

/**
 * Code 2: q alpha^2 + b alpha inside [-1, 1], b = (up + down)/2, q = (up - down)/2, so up at 1 and -down at -1; outside on
 * along the tangent, as ROOT does. pyhf leaves q + b and q - b out of the tails, which makes it jump at +-1.
 */
function parabolic(up: number, down: number, alpha: number): Taylor {
  const b = (up + down) / 2;
  const q = (up - down) / 2;
  if (alpha > 1) return { value: up + (b + 2 * q) * (alpha - 1), first: b + 2 * q, second: 0 };
  if (alpha < -1) return { value: -down + (b - 2 * q) * (alpha + 1), first: b - 2 * q, second: 0 };
  return { value: (q * alpha + b) * alpha, first: 2 * q * alpha + b, second: 2 * q };
}

/**
 * Code 4p: code 0 outside (-1, 1); inside alpha S + alpha^2 A (15 - 10 alpha^2 + 3 alpha^4), S = (up + down)/2,
 * A = (up - down)/16, which meets it with two derivatives.
 */
function polynomialLinear(up: number, down: number, alpha: number): Taylor {
  if (Math.abs(alpha) >= 1) return linear(up, down, alpha);
  const s = (up + down) / 2;
  const a = (up - down) / 16;
  const square = alpha * alpha;
  return {
    value: alpha * s + square * a * (15 + square * (3 * square - 10)),
    first: s + alpha * a * (30 + square * (18 * square - 40)),
    second: a * (30 + square * (90 * square - 120)),
  };
}

/**
 * Code 4: code 1 outside (-1, 1); inside the polynomial 1 + sum_{n=1..6} a_n alpha^n that meets it with two derivatives.
 * S_k and A_k are the even and odd parts of its value and derivatives at +-1.
 */
function polynomialExponential(hi: number, lo: number, alpha: number): Taylor {
  if (Math.abs(alpha) >= 1) return exponential(hi, lo, alpha);
  const [u1, u2] = [hi * Math.log(hi), hi * Math.log(hi) ** 2];
  const [d1, d2] = [lo * Math.log(lo), lo * Math.log(lo) ** 2];
  const [s0, a0] = [(hi + lo) / 2, (hi - lo) / 2];
  const [s1, a1] = [(u1 - d1) / 2, (u1 + d1) / 2];
  const [s2, a2] = [(u2 + d2) / 2, (u2 - d2) / 2];
  const coefficients = [
    1,
    (15 * a0 - 7 * s1 + a2) / 8,
    (-24 + 24 * s0 - 9 * a1 + s2) / 8,
    (-5 * a0 + 5 * s1 - a2) / 4,
    (12 - 12 * s0 + 7 * a1 - s2) / 4,
    (3 * a0 - 3 * s1 + a2) / 8,
    (-8 + 8 * s0 - 5 * a1 + s2) / 8,
  ];
  return polynomial(coefficients, alpha);
}

/** sum_n coefficients[n] x^n by Horner's rule. */
function polynomial(coefficients: readonly number[], x: number): Taylor {
  let [value, first, second] = [0, 0, 0];
  for (const c of coefficients.toReversed()) {
    second = second * x + 2 * first;
    first = first * x + value;
    value = value * x + c;
  }
  return { value, first, second };
}
