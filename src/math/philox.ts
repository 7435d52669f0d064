/**
 * Philox4x32-10: random bits as a function of a key and a counter, so that any piece of any stream can be had without the
 * ones before it.
 *
 * Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
 *
 * @module
 */

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The upper 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each sum stays below 2^53, where doubles are exact.
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) | 0;
}

/**
 * One block of 128 random bits.
 *
 * @param counter `[4]` 32-bit words, low word first
 * @param key `[2]` 32-bit words
 * @param out `[4]` the block
 */
export function philox4x32(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  out: Uint32Array,
): void {
  let c0 = (counter[0] as number) | 0;
  let c1 = (counter[1] as number) | 0;
  let c2 = (counter[2] as number) | 0;
  let c3 = (counter[3] as number) | 0;
  let k0 = (key[0] as number) | 0;
  let k1 = (key[1] as number) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Random numbers of one purpose, in their order. */
export interface RandomStream {
  /** Uniform in (0, 1), neither end included: a multiple of 2^-53. */
  uniform(): number;
}

const TWO_32 = 4294967296;
const TWO_53 = 9007199254740992;

/**
 * The stream of one member of one ensemble. Streams of different (seed, ensemble, index) share no block.
 *
 * @param seed the campaign: an integer from 0 to 2^53 - 1
 * @param ensemble from 0 to 2^32 - 1
 * @param index of the member: from 0 to 2^53 - 1
 */
export function openStream(seed: number, ensemble: number, index: number): RandomStream {
  const key = [seed % TWO_32, Math.floor(seed / TWO_32)];
  const counter = [0, ensemble, index % TWO_32, Math.floor(index / TWO_32)];
  const block = new Uint32Array(4);
  let used = 4;
  return {
    uniform() {
      for (;;) {
        if (used === 4) {
          philox4x32(counter, key, block);
          counter[0] = (counter[0] as number) + 1;
          used = 0;
        }
        const high = (block[used] as number) >>> 5;
        const low = (block[used + 1] as number) >>> 6;
        used += 2;
        const value = (high * 67108864 + low) / TWO_53;
        if (value > 0) return value;
      }
    },
  };
}
