/**
 * Finds the damage of a Zstandard block on which fzstd 0.1.1 never ends.
 *
 * The weights of a Huffman table are themselves coded with a table of states. Where one weight has all states, a step reads no
 * bits, and fzstd waits for the bits to end. With a second weight the states that read none go down, so that it does end. Real
 * weights are never all the same code: encoders write these as they are.
 *
 * @module
 */

const FRAME = 0xfd2fb528;
const COMPRESSED = 2;

/** Whether a block has such weights. Other damage is left to the decompressor. */
export function hasEndlessWeights(block: Uint8Array): boolean {
  const byte = (at: number): number => block[at] ?? 0;
  const word = (at: number): number => byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16);
  let at = 0;
  while (at + 4 <= block.length) {
    const magic = (word(at) | (byte(at + 3) << 24)) >>> 0;
    if (magic !== FRAME) {
      at += 8 + ((word(at + 4) | (byte(at + 7) << 24)) >>> 0);
      continue;
    }
    const flags = byte(at + 4);
    const isSingle = (flags >> 5) & 1;
    const content = flags >> 6 === 0 ? isSingle : 1 << (flags >> 6);
    at += 6 - isSingle + ([0, 1, 2, 4][flags & 3] as number) + content;
    for (let isLast = false; !isLast && at < block.length; ) {
      const header = word(at);
      const kind = (header >> 1) & 3;
      isLast = (header & 1) === 1;
      at += 3;
      if (kind === COMPRESSED && (byte(at) & 3) === 2) {
        const weights = at + ([3, 3, 4, 5][(byte(at) >> 2) & 3] as number);
        if (byte(weights) < 128 && isOneWeight(word, weights + 1)) return true;
      }
      at += kind === 1 ? 1 : header >> 3;
    }
    at += (flags & 4) === 0 ? 0 : 4;
  }
  return false;
}

/** Whether the first weight of a table that has states has them all. */
function isOneWeight(word: (at: number) => number, from: number): boolean {
  let bit = 4;
  const take = (n: number): number => {
    const value = (word(from + (bit >> 3)) >> (bit & 7)) & ((1 << n) - 1);
    bit += n;
    return value;
  };
  const accuracy = (word(from) & 15) + 5;
  // RFC 8878, 4.1.1: one state more than are left is a code of all ones, 0 states a code of 1 and repeats of two bits.
  for (let symbol = 0; symbol < 256; symbol++) {
    const states = 1 << accuracy;
    const short = 2 * states - 2 - states;
    const low = take(accuracy);
    let code = low;
    if (low >= short) {
      const value = low | (take(1) << accuracy);
      code = value >= states ? value - short : value;
    }
    if (code !== 1) return code - 1 === states;
    for (let repeat = take(2); ; repeat = take(2)) {
      symbol += repeat;
      if (repeat !== 3) break;
    }
  }
  return false;
}
