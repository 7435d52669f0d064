/**
 * Functions of NumPy that expressions of Python can call.
 *
 * What is computed of `float` is computed as a double and rounded, which is the nearest number; NumPy's own may be a few units in
 * the last place of a `float` off.
 *
 * @module
 */

import { concrete, floatHolding, isInteger, type NumberType, promote } from "./numpy-types.ts";

export interface NumpyFunction {
  readonly operands: number;
  readonly f: (...operands: number[]) => number;
  /** Of the result, by those of the operands. */
  readonly type: (...types: NumberType[]) => NumberType;
}

const float = (...types: NumberType[]): NumberType => floatHolding(types.reduce(promote));
const keep = (type: NumberType): NumberType => concrete(type);
const keepInteger = (type: NumberType): NumberType =>
  isInteger(type) || type === "bool" ? concrete(type) : floatHolding(type);
const truth = (): NumberType => "bool";
const either = (a: NumberType, b: NumberType): NumberType => concrete(promote(a, b));

/** Half to the even number. */
const rint = (x: number): number => {
  if (Math.abs(x) >= 2 ** 52 || Number.isNaN(x)) return x;
  const below = Math.floor(x);
  const rest = x - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const result = up ? below + 1 : below;
  return result === 0 ? 0 * x : result;
};
const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

const one = (f: (x: number) => number, type = float): NumpyFunction => ({ operands: 1, f, type });
const two = (f: (x: number, y: number) => number, type = float): NumpyFunction => ({
  operands: 2,
  f,
  type,
});

/** By name. */
export const NUMPY_FUNCTIONS: ReadonlyMap<string, NumpyFunction> = new Map<string, NumpyFunction>([
  ["abs", one(Math.abs, keep)],
  ["absolute", one(Math.abs, keep)],
  ["fabs", one(Math.abs)],
  ["neg", one((x) => -x, keep)],
  ["sqrt", one(Math.sqrt)],
  ["cbrt", one(Math.cbrt)],
  ["exp", one(Math.exp)],
  ["exp2", one((x) => 2 ** x)],
  ["expm1", one(Math.expm1)],
  ["log", one(Math.log)],
  ["log1p", one(Math.log1p)],
  ["log2", one(Math.log2)],
  ["log10", one(Math.log10)],
  ["sin", one(Math.sin)],
  ["cos", one(Math.cos)],
  ["tan", one(Math.tan)],
  ...["asin", "arcsin"].map((name): [string, NumpyFunction] => [name, one(Math.asin)]),
  ...["acos", "arccos"].map((name): [string, NumpyFunction] => [name, one(Math.acos)]),
  ...["atan", "arctan"].map((name): [string, NumpyFunction] => [name, one(Math.atan)]),
  ...["atan2", "arctan2"].map((name): [string, NumpyFunction] => [name, two(Math.atan2)]),
  ["sinh", one(Math.sinh)],
  ["cosh", one(Math.cosh)],
  ["tanh", one(Math.tanh)],
  ...["asinh", "arcsinh"].map((name): [string, NumpyFunction] => [name, one(Math.asinh)]),
  ...["acosh", "arccosh"].map((name): [string, NumpyFunction] => [name, one(Math.acosh)]),
  ...["atanh", "arctanh"].map((name): [string, NumpyFunction] => [name, one(Math.atanh)]),
  ["floor", one(Math.floor, keepInteger)],
  ["ceil", one(Math.ceil, keepInteger)],
  ["trunc", one(Math.trunc, keepInteger)],
  ["rint", one(rint)],
  ["round", one(rint, (type) => (type === "bool" ? "float16" : keep(type)))],
  ["hypot", two(Math.hypot)],
  ["copysign", two((x, y) => (isNegative(y) ? -Math.abs(x) : Math.abs(x)))],
  ["fmax", two((x, y) => (x >= y || Number.isNaN(y) ? x : y), either)],
  ["fmin", two((x, y) => (x <= y || Number.isNaN(y) ? x : y), either)],
  ["isfinite", one((x) => (Number.isFinite(x) ? 1 : 0), truth)],
  ["isinf", one((x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? 1 : 0), truth)],
  ["isnan", one((x) => (Number.isNaN(x) ? 1 : 0), truth)],
  ["signbit", one((x) => (isNegative(x) ? 1 : 0), truth)],
  ["logical_and", two((x, y) => (x !== 0 && y !== 0 ? 1 : 0), truth)],
  ["logical_or", two((x, y) => (x !== 0 || y !== 0 ? 1 : 0), truth)],
]);

/** a // b of fractions, from the remainder as Python computes it. */
export function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const remainder = x % y;
  let quotient = (x - remainder) / y;
  if (remainder !== 0 && remainder < 0 !== y < 0) quotient -= 1;
  if (quotient === 0) return 0 * (x / y);
  const below = Math.floor(quotient);
  return quotient - below > 0.5 ? below + 1 : below;
}

/** a % b of fractions, with the sign of b. */
export function modulo(x: number, y: number): number {
  const remainder = x % y;
  if (remainder === 0) return isNegative(y) ? -0 : 0;
  return remainder < 0 === y < 0 ? remainder : remainder + y;
}

/** a ** b of integers, which wraps. */
export function integerPower(
  multiply: (x: number, y: number) => number,
): (x: number, y: number) => number {
  return (x, y) => {
    let result = 1;
    let base = x;
    for (let left = y; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) result = multiply(result, base);
      base = multiply(base, base);
    }
    return result;
  };
}
