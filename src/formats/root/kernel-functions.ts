/**
 * The WebAssembly of `kernel.ts` behind functions over byte arrays.
 *
 * @module
 */

import { KERNEL_BYTES } from "./kernel-bytes.ts";

interface Kernel {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  reserve(end: number): number;
  lz4(source: number, sourceLength: number, target: number, capacity: number): number;
  xxh64(input: number, length: number): bigint;
  xxh3(input: number, length: number): bigint;
}

let kernel: Kernel | undefined;

function load(): Kernel {
  kernel ??= new WebAssembly.Instance(
    new WebAssembly.Module(Uint8Array.from(atob(KERNEL_BYTES), (c) => c.charCodeAt(0))),
    {},
  ).exports as unknown as Kernel;
  return kernel;
}

/** Copies the bytes into the kernel's memory, with room for `more` behind them. */
function enter(bytes: Uint8Array, more: number): { kernel: Kernel; input: number; free: number } {
  const loaded = load();
  const input = (loaded.heapBase() + 15) & ~15;
  const free = (input + bytes.length + 15) & ~15;
  if (!loaded.reserve(free + more + 16)) throw new RangeError("there is not enough memory");
  new Uint8Array(loaded.memory.buffer, input, bytes.length).set(bytes);
  return { kernel: loaded, input, free };
}

/**
 * Unpacks an LZ4 block.
 *
 * @param size expected, in bytes
 * @throws RangeError where the block is damaged, or holds more
 */
export function lz4(block: Uint8Array, size: number): Uint8Array {
  const { kernel, input, free } = enter(block, size);
  const length = kernel.lz4(input, block.length, free, size);
  if (length < 0) throw new RangeError("damaged");
  return new Uint8Array(kernel.memory.buffer, free, length).slice();
}

/** XXH64 with seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const { kernel, input } = enter(bytes, 0);
  return BigInt.asUintN(64, kernel.xxh64(input, bytes.length));
}

/** XXH3 of 64 bits, without a seed. */
export function xxh3(bytes: Uint8Array): bigint {
  const { kernel, input } = enter(bytes, 0);
  return BigInt.asUintN(64, kernel.xxh3(input, bytes.length));
}
