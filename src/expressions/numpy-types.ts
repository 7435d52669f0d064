/**
 * Types of numbers as NumPy 2 promotes them: `float` stays `float` next to a number in the text, `int` wraps.
 *
 * @module
 */

import type { NumericType } from "../columns/index.ts";

/** A type of NumPy, or of a number in the text, which takes that of what it stands next to. */
export type NumberType = NumericType | "float16" | "number" | "integer";

const BITS: Readonly<Record<string, number>> = {
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
};

export const isInteger = (type: NumberType): boolean => type in BITS || type === "integer";
export const isFloat = (type: NumberType): boolean => type.startsWith("float") || type === "number";
const isUnsigned = (type: NumberType): boolean => type.startsWith("uint");

/** What a number in the text becomes where nothing else gives it a type. */
export function concrete(type: NumberType): NumberType {
  if (type === "number") return "float64";
  return type === "integer" ? "int64" : type;
}

/** The type of what is computed of two. */
export function promote(a: NumberType, b: NumberType): NumberType {
  if (a === b) return a;
  if (a === "bool") return concreteBeside(b);
  if (b === "bool") return concreteBeside(a);
  const weak = a === "number" || a === "integer" ? a : b === "number" || b === "integer" ? b : null;
  if (weak !== null) {
    const other = weak === a ? b : a;
    if (other === "number" || other === "integer") return "number";
    if (weak === "integer" || isFloat(other)) return other;
    return "float64";
  }
  if (isFloat(a) || isFloat(b)) return widest(floatHolding(a), floatHolding(b));
  const size = Math.max(BITS[a] as number, BITS[b] as number);
  if (isUnsigned(a) === isUnsigned(b))
    return `${isUnsigned(a) ? "uint" : "int"}${size}` as NumberType;
  const [unsigned, signed] = isUnsigned(a) ? [a, b] : [b, a];
  if ((BITS[signed] as number) > (BITS[unsigned] as number)) return signed;
  return BITS[unsigned] === 64 ? "float64" : (`int${2 * (BITS[unsigned] as number)}` as NumberType);
}

/** A truth value takes the type of what it is next to, but does not leave a number in the text without one. */
function concreteBeside(other: NumberType): NumberType {
  return concrete(other);
}

/** The smallest type with a fraction that holds every number of a type: what functions like sqrt compute with. */
export function floatHolding(type: NumberType): NumberType {
  if (isFloat(type)) return concrete(type);
  if (type === "bool" || BITS[type] === 8) return "float16";
  return BITS[type] === 16 ? "float32" : "float64";
}

function widest(a: NumberType, b: NumberType): NumberType {
  const order: readonly NumberType[] = ["float16", "float32", "float64"];
  return order[Math.max(order.indexOf(a), order.indexOf(b))] as NumberType;
}

/** Whether a type has integers that no double holds. */
export const isWide = (type: NumberType): boolean => type === "int64" || type === "uint64";

/** The least and the greatest integer of a type. */
export function rangeOf(type: NumberType): readonly [number, number] {
  const bits = BITS[type] as number;
  return isUnsigned(type) ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** Rounds or wraps a number that was computed as a double; null where there is nothing to do. */
export function rounding(type: NumberType): ((x: number) => number) | null {
  switch (type) {
    case "float32":
      return Math.fround;
    case "float16":
      return roundHalf;
    case "int8":
      return (x) => (x << 24) >> 24;
    case "int16":
      return (x) => (x << 16) >> 16;
    case "int32":
      return (x) => x | 0;
    case "uint8":
      return (x) => x & 0xff;
    case "uint16":
      return (x) => x & 0xffff;
    case "uint32":
      return (x) => x >>> 0;
    default:
      return null;
  }
}

/** Rounds to a number of 16 bits, with 11 of them for the significand. */
function roundHalf(x: number): number {
  const size = Math.abs(x);
  if (!(size < Number.POSITIVE_INFINITY) || size === 0) return x;
  if (size >= 65520) return x < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  // Adding and subtracting rounds to the step, half to even.
  const shift = 2 ** (exponent - 10 + 52);
  const rounded = size + shift - shift;
  return x < 0 ? -rounded : rounded;
}
