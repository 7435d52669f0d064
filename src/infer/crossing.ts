/**
 * Where a profile has risen by a given amount: the end of a likelihood interval.
 *
 * The slope of a profile is the gradient component of what is held (everything else is stationary), so each step is a
 * Newton step on a curve whose value and slope are known, kept inside a shrinking bracket.
 *
 * The search asks for fits and is sent what they found, so that one search serves a fit on this thread (MINOS) and walks
 * that are run elsewhere (scans).
 *
 * Source: F. James, MINUIT reference manual (CERN D506), MINOS.
 *
 * @module
 */

/** Of the interval's length. */
const TOLERANCE = 1e-7;
const MAX_STEPS = 40;
/** Of the rise; also what another basin must be lower by to count. */
export const RISE_TOLERANCE = 1e-9;
/** A step may only end the search when the rise is this close to right: at a cliff all steps are small. */
const NEARLY = 1e-5;
/** A profile below the fit by more than this is no rounding. */
export const LOWER = 1e-6;

/** A profile along one coordinate, seen from its minimum. */
export interface CrossingTask {
  /** The minimum: its coordinate, `[nParameters]` position and NLL. */
  readonly origin: number;
  readonly x: Float64Array;
  readonly nll: number;
  /** Which way, and the last value of the coordinate there. */
  readonly sign: 1 | -1;
  readonly bound: number;
  /** Rise of NLL that is wanted: 1/2 for 68.27 % of one parameter. */
  readonly up: number;
  /** Distance at which a rise of 1/2 is expected. */
  readonly sigma: number;
  /** Where the profile is known to be below and, unless null, above; and the first place to look at. */
  readonly bracket?: {
    readonly inner: number;
    readonly outer: number | null;
    readonly first: number;
  };
}

/** A conditional fit that is wanted. */
export interface Trial {
  readonly at: number;
  /** `[nParameters]` a solution nearby. */
  readonly from: Float64Array;
  /** Whether other minima are to be looked for: this is where the search is about to end. */
  readonly verify: boolean;
}

/** The lowest conditional fit at a trial. */
export interface ProfileValue {
  readonly x: Float64Array;
  readonly nll: number;
  /** dNLL by the coordinate. */
  readonly slope: number;
}

/** Where the profile crosses; or why it does not, and whether that is because the bound comes first. */
export type Crossing =
  | { readonly at: number }
  | { readonly at: null; readonly reason: string; readonly atBound: boolean };

/** The search: yields the fits it needs, is sent what they found, returns the crossing. */
export function* findCrossing(task: CrossingTask): Generator<Trial, Crossing, ProfileValue> {
  const { origin, nll, sign, bound, up, sigma } = task;
  if (origin === bound) return missing(`already at the bound ${bound}`, true);
  let inner = task.bracket?.inner ?? origin;
  let outer = task.bracket?.outer ?? null;
  let from = task.x;
  let trial = clampTowards(
    task.bracket?.first ?? origin + sign * Math.sqrt(2 * up) * sigma,
    bound,
    sign,
  );
  for (let step = 0; step < MAX_STEPS; step++) {
    let found = yield { at: trial, from, verify: false };
    const next = nextTrial(found, trial);
    const off = Math.abs(found.nll - nll - up);
    const settled =
      off < RISE_TOLERANCE ||
      (off < NEARLY && Math.abs(next - trial) < TOLERANCE * Math.abs(next - origin));
    if (settled) {
      const checked = yield { at: trial, from: found.x, verify: true };
      if (!(checked.nll < found.nll - RISE_TOLERANCE)) {
        return { at: clampTowards(Math.abs(next - trial) < sigma ? next : trial, bound, sign) };
      }
      // Points of the bracket lay in a basin that is not the lowest.
      found = checked;
      outer = null;
    }
    const rise = found.nll - nll;
    if (rise < -LOWER) {
      return missing(`a lower minimum lies at ${trial}: the fit itself is not the best`, false);
    }
    if (rise < up) {
      if (trial === bound) {
        return missing(
          `the bound ${bound} is reached at Delta 2NLL = ${(2 * rise).toPrecision(3)}`,
          true,
        );
      }
      inner = trial;
      from = found.x;
    } else {
      outer = trial;
    }
    trial = insideBracket(nextTrial(found, trial));
  }
  return missing("no convergence", false);

  /** Secant on sqrt(rise), nearly linear, with the slope known: d sqrt(rise) = slope / (2 sqrt(rise)). */
  function nextTrial(found: ProfileValue, at: number): number {
    const root = Math.sqrt(Math.max(found.nll - nll, 1e-12));
    return at + ((Math.sqrt(up) - root) * 2 * root) / found.slope;
  }

  function insideBracket(next: number): number {
    const far = outer ?? bound;
    const inside = sign > 0 ? next > inner && next < far : next < inner && next > far;
    if (inside) return next;
    if (outer !== null) return (inner + outer) / 2;
    return clampTowards(inner + 2 * (inner - origin + sign * 0.1 * sigma), bound, sign);
  }
}

function missing(reason: string, atBound: boolean): Crossing {
  return { at: null, reason, atBound };
}

function clampTowards(value: number, bound: number, sign: 1 | -1): number {
  return sign > 0 ? Math.min(value, bound) : Math.max(value, bound);
}
