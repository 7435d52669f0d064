/**
 * Functions of TTreeFormula.
 *
 * Outside their domain the functions of TFormula give a number where C gives NaN or infinity: a logarithm of what is not positive is
 * 0, a division by zero is 0, sqrt takes the absolute value, exp ends at 700. Those of TMath give what C gives. Trigonometric
 * and exponential functions differ from ROOT's C library in the last digit. What becomes an integer and is none, or is too large,
 * is the least integer, as on processors of type x86-64.
 *
 * @module
 */

import { power } from "./kernels.ts";

export interface RootFunction {
  /** How many operands, at least and at most. */
  readonly operands: readonly [least: number, most: number];
  readonly f: (...operands: number[]) => number;
}

const ROUND_LIMIT = 2 ** 52;

/** C's round: half away from zero. */
const round = (x: number): number =>
  Math.abs(x) < ROUND_LIMIT ? Math.sign(x) * Math.floor(Math.abs(x) + 0.5) : x;

/** TMath::Nint: half to the even number, as an integer of 32 bits. */
const nint = (x: number): number => {
  const below = Math.floor(x);
  const rest = x - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const nearest = up ? below + 1 : below;
  return nearest >= -(2 ** 31) && nearest < 2 ** 31 ? nearest + 0 : -(2 ** 31);
};

const inside = (f: (x: number) => number) => (x: number) => (Math.abs(x) > 1 ? 0 : f(x));
const positive = (f: (x: number) => number) => (x: number) => (x > 0 ? f(x) : 0);
const copySign = (x: number, sign: number): number =>
  sign < 0 || Object.is(sign, -0) ? -Math.abs(x) : Math.abs(x);
// Not Math.min and Math.max: of a NaN and a number min and max give what is on the left, those of TMath what is on the right.
const minimum = (x: number, y: number): number => {
  if (y < x) return y;
  return x;
};
const maximum = (x: number, y: number): number => {
  if (y > x) return y;
  return x;
};
/** TMath::ATan2, which knows no sign of zero. */
const atan2 = (y: number, x: number): number => {
  if (x !== 0) return Math.atan2(y, x);
  if (y === 0) return 0;
  return y > 0 ? Math.PI / 2 : -Math.PI / 2;
};
const range = (low: number, high: number, x: number): number => {
  if (x < low) return low;
  return Math.min(x, high);
};
const isEven = (x: number): number => (toSigned(x) % 2n === 0n ? 1 : 0);
const square = (x: number): number => x * x;

const constant = (value: number): RootFunction => ({ operands: [0, 0], f: () => value });
const one = (f: (x: number) => number): RootFunction => ({ operands: [1, 1], f });
const two = (f: (x: number, y: number) => number): RootFunction => ({ operands: [2, 2], f });

/** By name. */
export const ROOT_FUNCTIONS: ReadonlyMap<string, RootFunction> = new Map<string, RootFunction>([
  ["pi", constant(Math.PI)],
  ["abs", one(Math.abs)],
  ["fabs", one(Math.abs)],
  ["std::abs", one(Math.abs)],
  ["sq", one(square)],
  ["sqrt", one((x) => Math.sqrt(Math.abs(x)))],
  ["cbrt", one(Math.cbrt)],
  ["exp", one((x) => (x < -700 ? 0 : Math.exp(Math.min(x, 700))))],
  ["log", one(positive(Math.log))],
  ["log10", one(positive(Math.log10))],
  ["log2", one(Math.log2)],
  ["sin", one(Math.sin)],
  ["cos", one(Math.cos)],
  ["tan", one(Math.tan)],
  ["asin", one(inside(Math.asin))],
  ["acos", one(inside(Math.acos))],
  ["atan", one(Math.atan)],
  ["sinh", one(Math.sinh)],
  ["cosh", one(Math.cosh)],
  ["tanh", one(Math.tanh)],
  ["asinh", one(Math.asinh)],
  ["acosh", one((x) => (x < 1 ? 0 : Math.acosh(x)))],
  ["atanh", one(inside(Math.atanh))],
  ["atan2", two(atan2)],
  ["hypot", two(Math.hypot)],
  ["fmod", two((x, y) => x % y)],
  ["pow", two(power)],
  ["min", two(minimum)],
  ["max", two(maximum)],
  ["int", one((x) => (Math.abs(x) < 2 ** 53 ? Math.trunc(x) + 0 : Number(toSigned(x))))],
  ["floor", one(Math.floor)],
  ["ceil", one(Math.ceil)],
  ["round", one(round)],
  ["trunc", one(Math.trunc)],
  ["sign", one((x) => (x < 0 ? -1 : 1))],
  ["TMath::Pi", constant(Math.PI)],
  ["TMath::TwoPi", constant(2 * Math.PI)],
  ["TMath::PiOver2", constant(Math.PI / 2)],
  ["TMath::PiOver4", constant(Math.PI / 4)],
  ["TMath::E", constant(Math.E)],
  ["TMath::DegToRad", constant(Math.PI / 180)],
  ["TMath::RadToDeg", constant(180 / Math.PI)],
  ["TMath::Sqrt2", constant(Math.SQRT2)],
  ["TMath::Ln10", constant(Math.LN10)],
  ["TMath::LogE", constant(Math.LOG10E)],
  ["TMath::Infinity", constant(Number.POSITIVE_INFINITY)],
  ["TMath::QuietNaN", constant(Number.NaN)],
  ["TMath::Abs", one(Math.abs)],
  ["TMath::Sq", one(square)],
  ["TMath::Sqrt", one(Math.sqrt)],
  ["TMath::Exp", one(Math.exp)],
  ["TMath::Log", one(Math.log)],
  ["TMath::Log2", one(Math.log2)],
  ["TMath::Log10", one(Math.log10)],
  ["TMath::Sin", one(Math.sin)],
  ["TMath::Cos", one(Math.cos)],
  ["TMath::Tan", one(Math.tan)],
  ["TMath::ASin", one(Math.asin)],
  ["TMath::ACos", one(Math.acos)],
  ["TMath::ATan", one(Math.atan)],
  ["TMath::SinH", one(Math.sinh)],
  ["TMath::CosH", one(Math.cosh)],
  ["TMath::TanH", one(Math.tanh)],
  ["TMath::ASinH", one(Math.asinh)],
  ["TMath::ACosH", one(Math.acosh)],
  ["TMath::ATanH", one(Math.atanh)],
  ["TMath::ATan2", two(atan2)],
  ["TMath::Hypot", two(Math.hypot)],
  ["TMath::Power", two(power)],
  ["TMath::Min", two((x, y) => minimum(y, x))],
  ["TMath::Max", two((x, y) => maximum(y, x))],
  ["TMath::Sign", two(copySign)],
  ["TMath::Range", { operands: [3, 3], f: range as RootFunction["f"] }],
  ["TMath::Floor", one(Math.floor)],
  ["TMath::Ceil", one(Math.ceil)],
  ["TMath::FloorNint", one((x) => nint(Math.floor(x)))],
  ["TMath::CeilNint", one((x) => nint(Math.ceil(x)))],
  ["TMath::Nint", one(nint)],
  ["TMath::Even", one(isEven)],
  ["TMath::Odd", one((x) => 1 - isEven(x))],
  ["TMath::IsNaN", one((x) => (Number.isNaN(x) ? 1 : 0))],
  ["TMath::Finite", one((x) => (Number.isFinite(x) ? 1 : 0))],
]);

const TWO_63 = 2 ** 63;

/** What a processor makes of a number as a signed integer of 64 bits. */
function toSigned(x: number): bigint {
  return x >= -TWO_63 && x < TWO_63 ? BigInt(Math.trunc(x)) : -(1n << 63n);
}

/** As an unsigned one: negative ones wrap, and what is too large is 0. */
function toUnsigned(x: number): bigint {
  if (x >= TWO_63) return x < 2 * TWO_63 ? BigInt(x) : 0n;
  return BigInt.asUintN(64, toSigned(x));
}

const small = (x: number): boolean => x >= 0 && x < 2 ** 31;

function onBits(
  quick: (x: number, y: number) => number,
  exact: (x: bigint, y: bigint) => bigint,
): (x: number, y: number) => number {
  return (x, y) =>
    small(x) && small(y)
      ? quick(x, y)
      : Number(BigInt.asUintN(64, exact(toUnsigned(x), toUnsigned(y))));
}

/** Operators that have no loop of their own. Those on bits work on unsigned integers of 64 bits. */
export const ROOT_OPERATORS: Readonly<Record<string, (x: number, y: number) => number>> = {
  "^": power,
  // ROOT ends with a signal where the divisor is 0 as an integer.
  "%": (x, y) => {
    const divisor = toSigned(y);
    if (small(x) && small(y) && y >= 1) return Math.trunc(x) % Math.trunc(y);
    return divisor === 0n ? Number.NaN : Number(toSigned(x) % divisor);
  },
  "&": onBits(
    (x, y) => x & y,
    (x, y) => x & y,
  ),
  "|": onBits(
    (x, y) => x | y,
    (x, y) => x | y,
  ),
  "<<": (x, y) => Number(BigInt.asUintN(64, toUnsigned(x) << (toUnsigned(y) & 63n))),
  ">>": (x, y) => Number(toUnsigned(x) >> (toUnsigned(y) & 63n)),
};
