/**
 * Arithmetic on blocks of numbers.
 *
 * The usual operators are loops of their own, so that each is compiled for itself; the others share one that calls a function
 * for each number.
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
export const less: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! < b[i]! ? 1 : 0;
};
export const greater: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! > b[i]! ? 1 : 0;
};
export const lessEqual: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! <= b[i]! ? 1 : 0;
};
export const greaterEqual: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! >= b[i]! ? 1 : 0;
};
export const equal: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! === b[i]! ? 1 : 0;
};
export const notEqual: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! !== b[i]! ? 1 : 0;
};
/** NaN is true, as in C and Python. */
export const and: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! !== 0 && b[i]! !== 0 ? 1 : 0;
};
export const or: BinaryKernel = (out, a, b, n) => {
  for (let i = 0; i < n; i++) out[i] = a[i]! !== 0 || b[i]! !== 0 ? 1 : 0;
};
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
