/**
 * How numbers lie in ROOT files: big-endian in objects and trees.
 *
 * @module
 */

import { bytesOf, type NumericArray, type NumericType, newArray } from "../../columns/numbers.ts";

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
