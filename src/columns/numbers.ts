/**
 * Arrays of numbers of any type.
 *
 * @module
 */

/** Types of numbers; `bool` is a byte that is 0 or 1. */
export type NumericType =
  | "bool"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32"
  | "float64";

/** Integers of 64 bits are exact, as `bigint`. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

const ARRAYS = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Size of one number in bytes. */
export function bytesOf(type: NumericType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/** An array of zeros. */
export function newArray(type: NumericType, length: number): NumericArray {
  return new ARRAYS[type](length);
}

/** Copies numbers of the same type into an array, from `index` on. */
export function setNumbers(target: NumericArray, numbers: NumericArray, index: number): void {
  // The compiler cannot know that the types are the same.
  (target as { set(numbers: unknown, index: number): void }).set(numbers, index);
}

/** The numbers whose bytes, in the order of this machine, these are. `bytes` must be aligned. */
export function viewBytes(type: NumericType, bytes: Uint8Array): NumericArray {
  const length = bytes.byteLength / bytesOf(type);
  return new ARRAYS[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
}
