/**
 * Arrays of numbers, and how they lie in files: big-endian in objects and trees.
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

/** Reverses the bytes of each number, of `size` bytes, in place. The memory is aligned for such numbers. */
export type ByteSwap = (bytes: Uint8Array, size: number) => void;

/** A {@link ByteSwap} for any platform. */
export const swapBytes: ByteSwap = ({ buffer, byteOffset, length }, size) => {
  if (size === 2) {
    const halves = new Uint16Array(buffer, byteOffset, length >> 1);
    for (let i = 0; i < halves.length; i++) {
      const value = halves[i] as number;
      halves[i] = (value << 8) | (value >> 8);
    }
  } else if (size === 4) {
    const words = new Uint32Array(buffer, byteOffset, length >> 2);
    for (let i = 0; i < words.length; i++) words[i] = swapped(words[i] as number);
  } else if (size === 8) {
    const words = new Uint32Array(buffer, byteOffset, length >> 2);
    for (let i = 0; i < words.length; i += 2) {
      const high = words[i] as number;
      words[i] = swapped(words[i + 1] as number);
      words[i + 1] = swapped(high);
    }
  }
};

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/**
 * Copies big-endian numbers into an array.
 *
 * @param bytes a whole number of them, at any alignment
 * @param target with room for them from `index` on
 */
export function copyBigEndian(
  bytes: Uint8Array,
  target: NumericArray,
  index: number = 0,
  swap: ByteSwap = swapBytes,
): void {
  const size = target.BYTES_PER_ELEMENT;
  const copy = new Uint8Array(target.buffer, target.byteOffset + index * size, bytes.length);
  copy.set(bytes);
  // The copy is aligned, which the source need not be.
  swap(copy, size);
}

/** Big-endian numbers as an array. */
export function fromBigEndian(type: NumericType, bytes: Uint8Array): NumericArray {
  const numbers = newArray(type, Math.floor(bytes.length / bytesOf(type)));
  copyBigEndian(bytes, numbers);
  return numbers;
}
