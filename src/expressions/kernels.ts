/**
 * Arithmetic on blocks of numbers.
 *
 * The usual operators are loops of their own, so that each is compiled for itself; the others share one that calls a function
 * for each number. Comparisons are converted and not branched on: half of them going either way, a branch takes ten times as long.
 *
 * @module
 */

/** out = a operator b, for the first n numbers. */
export type BinaryKernel = (out: Float64Array, a: Float64Array, b: Float64Array, n: number) => void;

/* biome-ignore-start lint/style/noNonNullAssertion: inside the arrays, and these are the inner loops */
export const add: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! + b[i]!;
};
export const subtract: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! - b[i]!;
};
export const multiply: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! * b[i]!;
};
export const divide: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! / b[i]!;
};
const less: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! < b[i]!);
};
const greater: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! > b[i]!);
};
const lessEqual: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! <= b[i]!);
};
const greaterEqual: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! >= b[i]!);
};
export const equal: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! === b[i]!);
};
export const notEqual: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! !== b[i]!);
};
/** By what they are written as, in every style. */
export const COMPARISONS: Readonly<Record<string, BinaryKernel>> = {
  "<": less,
  ">": greater,
  "<=": lessEqual,
  ">=": greaterEqual,
  "==": equal,
  "!=": notEqual,
};

/** NaN is true, as in C and Python. */
export const and: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! !== 0) & Number(b[i]! !== 0);
};
export const or: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! !== 0) | Number(b[i]! !== 0);
};
/** ROOT's division: 0 where it is by zero. */
export const divideOrZero: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = b[i]! === 0 ? 0 : a[i]! / b[i]!;
};

/** out = f(a), for the first n numbers. */
export type UnaryKernel = (out: Float64Array, a: Float64Array, n: number) => void;

export const negate: UnaryKernel = (out, a, n) => {
  for (let i = 0; i < n; i++) out[i] = -a[i]!;
};
export const not: UnaryKernel = (out, a, n) => {
  for (let i = 0; i < n; i++) out[i] = Number(a[i]! === 0);
};

/** The functions that stand in most expressions, as loops. */
export const LOOPS: ReadonlyMap<(x: number) => number, UnaryKernel> = new Map([
  [
    Math.abs,
    (out, a, n) => {
      for (let i = 0; i < n; i++) out[i] = Math.abs(a[i]!);
    },
  ],
  [
    Math.sqrt,
    (out, a, n) => {
      for (let i = 0; i < n; i++) out[i] = Math.sqrt(a[i]!);
    },
  ],
  [
    Math.fround,
    (out, a, n) => {
      for (let i = 0; i < n; i++) out[i] = Math.fround(a[i]!);
    },
  ],
] as [(x: number) => number, UnaryKernel][]);

/** out = condition ? yes : no. */
export function select(
  out: Float64Array,
  condition: Float64Array,
  yes: Float64Array,
  no: Float64Array,
  n: number,
): void {
  for (let i = 0; i < n; i++) out[i] = condition[i]! !== 0 ? yes[i]! : no[i]!;
}
/* biome-ignore-end lint/style/noNonNullAssertion: as above */

/** C's pow: 1 to any power is 1, also to NaN, and so is -1 to an infinite one. */
export function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
  return x ** y;
}

/** A function of numbers for each element. */
export function apply(
  out: Float64Array,
  f: (...operands: number[]) => number,
  operands: readonly Float64Array[],
  n: number,
): void {
  const [a, b, c] = operands;
  if (a === undefined) out.fill(f(), 0, n);
  else if (b === undefined) for (let i = 0; i < n; i++) out[i] = f(a[i] as number);
  else if (c === undefined) {
    for (let i = 0; i < n; i++) out[i] = f(a[i] as number, b[i] as number);
  } else {
    for (let i = 0; i < n; i++) out[i] = f(a[i] as number, b[i] as number, c[i] as number);
  }
}
