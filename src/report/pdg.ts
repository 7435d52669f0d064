/**
 * Rounding of a value and its uncertainty by the rule of the Particle Data Group, Review of Particle
 * Physics (M. Tanabashi et al., Phys. Rev. D 98, 030001 (2018), Introduction, section 5.3 "Rounding"):
 * if the three highest order digits of the error lie between 100 and 354, keep two significant
 * digits; between 355 and 949, keep one; between 950 and 999, round up to 1000 and keep two. The
 * value gets the precision of the error.
 *
 * The three digits are taken after rounding the error to three, so that an error written 0.355
 * counts as 355 whatever its binary expansion is. Of an up and a down error the smaller one decides.
 *
 * @module
 */

/** A value and its errors as text, all with the same number of decimals. */
export interface RoundedValue {
  readonly value: string;
  /** The errors in the order given, without sign. */
  readonly errors: readonly string[];
}

/** Beyond this many decimals, or from this size on, numbers are written with an exponent. */
const MAX_DECIMALS = 8;
const MAX_PLAIN = 1e9;

/** Significant digits of a value that has no uncertainty. */
const BARE_DIGITS = 5;

/**
 * The number of decimals the rule keeps for this error; -1 means tens, -2 hundreds.
 *
 * @param error positive and finite
 */
export function pdgDecimals(error: number): number {
  const [mantissa = "0", exponent = "0"] = error.toExponential(2).split("e");
  const digits = Number(mantissa.replace(".", ""));
  return (digits < 355 ? 1 : 0) - Number(exponent);
}

/**
 * The value and its errors rounded together. Without any positive finite error the value alone is
 * given, with five significant digits.
 */
export function pdgRound(value: number, errors: readonly number[]): RoundedValue {
  const sizes = errors.map(Math.abs);
  const smallest = Math.min(...sizes.filter((e) => e > 0 && Number.isFinite(e)));
  if (!Number.isFinite(smallest)) return { value: bare(value), errors: sizes.map(bare) };
  const decimals = pdgDecimals(smallest);
  const largest = Math.max(Math.abs(value), ...sizes.filter(Number.isFinite));
  const plain = decimals <= MAX_DECIMALS && largest < MAX_PLAIN;
  const write = (x: number): string => {
    if (!Number.isFinite(x)) return String(x);
    const rounded = roundDecimal(x, decimals);
    if (plain) return rounded.toFixed(Math.max(decimals, 0));
    if (rounded === 0) return "0";
    const exponent = Number(rounded.toExponential().split("e")[1]);
    return rounded.toExponential(Math.min(exponent + decimals, 15));
  };
  return {
    value: write(value),
    errors: sizes.map((e) => write(e === smallest ? threeDigits(e) : e)),
  };
}

/** A value without uncertainty, with five significant digits and no trailing zeros. */
export function bare(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(BARE_DIGITS)));
}

function threeDigits(x: number): number {
  return Number(x.toExponential(2));
}

/** x rounded half away from zero in its shortest decimal form, so that 0.95 becomes 1.0 and not 0.9. */
function roundDecimal(x: number, decimals: number): number {
  const [mantissa = "0", exponent = "0"] = Math.abs(x).toExponential().split("e");
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + decimals}`));
  const size = Number(`${shifted}e${-decimals}`);
  return x < 0 && size > 0 ? -size : size;
}
