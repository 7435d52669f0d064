/**
 * Operators of NumPy by type.
 *
 * @module
 */

import {
  add,
  and,
  type BinaryKernel,
  COMPARISONS,
  divide,
  multiply,
  notEqual,
  or,
  power,
  subtract,
} from "./kernels.ts";
import { floorDivide, integerPower, modulo } from "./numpy-functions.ts";
import { isFloat, isInteger, type NumberType, rounding } from "./numpy-types.ts";

/** How to compute, before rounding, and the type of the result. */
export interface Operation {
  readonly type: NumberType;
  readonly kernel: BinaryKernel | null;
  readonly f: ((x: number, y: number) => number) | null;
}

const byKernel = (type: NumberType, kernel: BinaryKernel): Operation => ({ type, kernel, f: null });
const byNumber = (type: NumberType, f: (x: number, y: number) => number): Operation => ({
  type,
  kernel: null,
  f,
});

/** What an operator does with numbers that have the common type `type`; a text says why it does nothing. */
export function operationOf(
  operator: string,
  a: NumberType,
  b: NumberType,
  type: NumberType,
): Operation | string {
  switch (operator) {
    case "+":
      return byKernel(type, type === "bool" ? or : add);
    case "*":
      if (type === "bool") return byKernel(type, and);
      return type === "int32" || type === "uint32"
        ? byNumber(type, Math.imul)
        : byKernel(type, multiply);
    case "-":
      return type === "bool" ? '"-" of truth values' : byKernel(type, subtract);
    case "/":
      return byKernel(isFloat(type) ? type : "float64", divide);
    case "//":
      return isFloat(type) ? byNumber(type, floorDivide) : byNumber(orByte(type), integerQuotient);
    case "%":
      return isFloat(type) ? byNumber(type, modulo) : byNumber(orByte(type), integerRemainder);
    case "**":
      return isFloat(type) ? byNumber(type, power) : powerOf(orByte(type));
    default:
      return onBits(operator, a, b, type);
  }
}

/** Truth values are divided as bytes. */
function orByte(type: NumberType): NumberType {
  return type === "bool" ? "int8" : type;
}

/** 0 for what is divided by 0. */
const integerRemainder = (x: number, y: number): number => {
  if (y === 0) return 0;
  const remainder = x % y;
  return (remainder === 0 || remainder < 0 === y < 0 ? remainder : remainder + y) + 0;
};
const integerQuotient = (x: number, y: number): number =>
  y === 0 ? 0 : (x - integerRemainder(x, y)) / y;

function powerOf(type: NumberType): Operation {
  const wrap = rounding(type);
  if (wrap === null) return byNumber(type, power);
  const times = type.endsWith("32")
    ? (x: number, y: number): number => wrap(Math.imul(x, y))
    : (x: number, y: number): number => wrap(x * y);
  return byNumber(type, integerPower(times));
}

/** Shifts by a negative number, or by more than there are bits, leave the sign only. */
const WIDE: Readonly<Record<string, (x: bigint, y: bigint) => bigint>> = {
  "&": (x, y) => x & y,
  "|": (x, y) => x | y,
  "^": (x, y) => x ^ y,
  "<<": (x, y) => (y < 0n || y > 63n ? 0n : x << y),
  ">>": (x, y) => x >> (y < 0n || y > 63n ? 64n : y),
};

function onBits(
  operator: string,
  a: NumberType,
  b: NumberType,
  type: NumberType,
): Operation | string {
  const shifts = operator === "<<" || operator === ">>";
  if (type === "bool" && !shifts) {
    if (operator === "^") return byKernel("bool", notEqual);
    return byKernel("bool", operator === "&" ? and : or);
  }
  if (isFloat(type) && !isFloat(a) && !isFloat(b)) {
    return `"${operator}" of ${a} and ${b}, which no integer holds both`;
  }
  if (!(isInteger(a) || a === "bool") || !(isInteger(b) || b === "bool")) {
    return `"${operator}" of a number with a fraction`;
  }
  const result = orByte(type);
  const wide = WIDE[operator];
  if (wide === undefined) return `"${operator}" is no operator for numbers`;
  if (!result.endsWith("64")) {
    const bits = Number(/\d+/.exec(result)?.[0]);
    if (operator === "<<") return byNumber(result, (x, y) => (y < 0 || y >= bits ? 0 : x * 2 ** y));
    if (operator === ">>")
      return byNumber(result, (x, y) => Math.floor(x / 2 ** (y < 0 || y > bits ? bits : y)));
    if (operator === "&") return byNumber(result, (x, y) => x & y);
    return byNumber(result, operator === "|" ? (x, y) => x | y : (x, y) => x ^ y);
  }
  const fit = result === "int64" ? BigInt.asIntN : BigInt.asUintN;
  return byNumber(result, (x, y) => Number(fit(64, wide(BigInt(x), BigInt(y)))));
}

/** A comparison of two numbers in the text; null for what is none. */
export function compareConstants(operator: string, x: number, y: number): boolean | null {
  const kernel = COMPARISONS[operator];
  if (kernel === undefined) return null;
  const out = new Float64Array(1);
  kernel(out, Float64Array.of(x), Float64Array.of(y), 1);
  return out[0] === 1;
}

/** Two numbers in the text, as Python computes them; null where it refuses. */
export function foldConstants(
  operator: string,
  x: number,
  y: number,
  integers: boolean,
): { readonly value: number; readonly type: "integer" | "number" } | null {
  const type = integers ? "integer" : "number";
  if (y === 0 && /^(?:\/|\/\/|%)$/.test(operator)) return null;
  switch (operator) {
    case "+":
      return { value: x + y, type };
    case "-":
      return { value: x - y, type };
    case "*":
      return { value: x * y, type };
    case "/":
      return { value: x / y, type: "number" };
    case "//":
      return { value: floorDivide(x, y), type };
    case "%":
      return { value: modulo(x, y), type };
    case "**": {
      const value = x ** y;
      if (Number.isNaN(value) || (x === 0 && y < 0)) return null;
      return { value, type: integers && y >= 0 ? "integer" : "number" };
    }
    default: {
      const wide = WIDE[operator];
      if (!integers || wide === undefined || (operator.length === 2 && (y < 0 || y > 63)))
        return null;
      return { value: Number(wide(BigInt(x), BigInt(y))), type };
    }
  }
}
