/**
 * What of ROOT's compression is 64-bit arithmetic or a tight loop over bytes, in AssemblyScript: LZ4 blocks, and the
 * checksums XXH64 (of LZ4 blocks) and XXH3 (of RNTuple envelopes and pages).
 *
 * LZ4: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 * XXH64, XXH3: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md (seed 0, default secret)
 *
 * @module
 */

/** First byte that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

/**
 * Unpacks one LZ4 block.
 *
 * @returns the bytes written; -1 where the block is damaged: it ends too early, or points outside of what is unpacked
 */
export function lz4(source: usize, sourceLength: usize, target: usize, capacity: usize): isize {
  const sourceEnd = source + sourceLength;
  const targetEnd = target + capacity;
  let from = source;
  let to = target;
  while (from < sourceEnd) {
    const token = load<u8>(from++);
    let length: usize = token >> 4;
    if (length === 15) {
      let more: usize = 255;
      while (more === 255) {
        if (from >= sourceEnd) return -1;
        more = load<u8>(from++);
        length += more;
      }
    }
    if (length > sourceEnd - from || length > targetEnd - to) return -1;
    if (length <= 16 && from + 16 <= sourceEnd && to + 16 <= targetEnd) {
      v128.store(to, v128.load(from));
    } else {
      memory.copy(to, from, length);
    }
    from += length;
    to += length;
    if (from === sourceEnd) return to - target;
    if (from + 2 > sourceEnd) return -1;
    const distance: usize = load<u16>(from);
    from += 2;
    if (distance === 0 || distance > to - target) return -1;
    length = token & 15;
    if (length === 15) {
      let more: usize = 255;
      while (more === 255) {
        if (from >= sourceEnd) return -1;
        more = load<u8>(from++);
        length += more;
      }
    }
    length += 4;
    if (length > targetEnd - to) return -1;
    let match = to - distance;
    const end = to + length;
    if (distance >= 16 && end + 16 <= targetEnd) {
      // Copies up to 15 bytes too many, which what follows overwrites.
      while (to < end) {
        v128.store(to, v128.load(match));
        to += 16;
        match += 16;
      }
    } else if (distance >= 8 && end + 8 <= targetEnd) {
      while (to < end) {
        store<u64>(to, load<u64>(match));
        to += 8;
        match += 8;
      }
    } else {
      // The copy may overlap what it writes: that is how runs are repeated.
      while (to < end) store<u8>(to++, load<u8>(match++));
    }
    to = end;
  }
  return -1;
}

const P32_1: u64 = 0x9e3779b1;
const P32_2: u64 = 0x85ebca77;
const P32_3: u64 = 0xc2b2ae3d;
const P64_1: u64 = 0x9e3779b185ebca87;
const P64_2: u64 = 0xc2b2ae3d27d4eb4f;
const P64_3: u64 = 0x165667b19e3779f9;
const P64_4: u64 = 0x85ebca77c2b2ae63;
const P64_5: u64 = 0x27d4eb2f165667c5;

function round64(accumulator: u64, input: u64): u64 {
  return rotl<u64>(accumulator + input * P64_2, 31) * P64_1;
}

function merge64(hash: u64, accumulator: u64): u64 {
  return (hash ^ round64(0, accumulator)) * P64_1 + P64_4;
}

function avalanche64(value: u64): u64 {
  let hash = value;
  hash = (hash ^ (hash >> 33)) * P64_2;
  hash = (hash ^ (hash >> 29)) * P64_3;
  return hash ^ (hash >> 32);
}

/** XXH64 of `length` bytes. */
export function xxh64(input: usize, length: usize): u64 {
  const end = input + length;
  let at = input;
  let hash: u64;
  if (length >= 32) {
    let v1: u64 = P64_1 + P64_2;
    let v2: u64 = P64_2;
    let v3: u64 = 0;
    let v4: u64 = 0 - P64_1;
    while (at + 32 <= end) {
      v1 = round64(v1, load<u64>(at));
      v2 = round64(v2, load<u64>(at, 8));
      v3 = round64(v3, load<u64>(at, 16));
      v4 = round64(v4, load<u64>(at, 24));
      at += 32;
    }
    hash = rotl<u64>(v1, 1) + rotl<u64>(v2, 7) + rotl<u64>(v3, 12) + rotl<u64>(v4, 18);
    hash = merge64(hash, v1);
    hash = merge64(hash, v2);
    hash = merge64(hash, v3);
    hash = merge64(hash, v4);
  } else {
    hash = P64_5;
  }
  hash += <u64>length;
  while (at + 8 <= end) {
    hash = rotl<u64>(hash ^ round64(0, load<u64>(at)), 27) * P64_1 + P64_4;
    at += 8;
  }
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * P64_1), 23) * P64_2 + P64_3;
    at += 4;
  }
  while (at < end) {
    hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * P64_5), 11) * P64_1;
    at += 1;
  }
  return avalanche64(hash);
}

const MX1: u64 = 0x165667919e3779f9;
const MX2: u64 = 0x9fb21c651e98df25;
const STRIPE: usize = 64;
const BLOCK: usize = 1024;
/** XXH3's default secret, 192 bytes. */
// biome-ignore format: one row is 16 bytes
const SECRET = memory.data<u8>([
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
]);
/** The eight accumulators. */
const ACCUMULATORS = memory.data(64, 16);

/** The two halves of the 128-bit product, xored. */
function foldedProduct(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const low = aLow * bLow;
  const cross = (low >> 32) + aHigh * bLow;
  const middle = (cross & 0xffffffff) + aLow * bHigh;
  const high = (cross >> 32) + (middle >> 32) + aHigh * bHigh;
  return high ^ ((middle << 32) | (low & 0xffffffff));
}

function mix16(input: usize, secret: usize): u64 {
  return foldedProduct(
    load<u64>(input) ^ load<u64>(secret),
    load<u64>(input, 8) ^ load<u64>(secret, 8),
  );
}

function avalanche3(value: u64): u64 {
  let hash = value;
  hash = (hash ^ (hash >> 37)) * MX1;
  return hash ^ (hash >> 32);
}

function shortXxh3(input: usize, length: usize): u64 {
  if (length === 0) return avalanche64(load<u64>(SECRET, 56) ^ load<u64>(SECRET, 64));
  if (length <= 3) {
    const combined: u32 =
      ((<u32>load<u8>(input)) << 16) |
      ((<u32>load<u8>(input + (length >> 1))) << 24) |
      <u32>load<u8>(input + length - 1) |
      ((<u32>length) << 8);
    return avalanche64(<u64>(combined ^ load<u32>(SECRET) ^ load<u32>(SECRET, 4)));
  }
  if (length <= 8) {
    const value = <u64>load<u32>(input + length - 4) + ((<u64>load<u32>(input)) << 32);
    let hash = value ^ load<u64>(SECRET, 8) ^ load<u64>(SECRET, 16);
    hash ^= rotl<u64>(hash, 49) ^ rotl<u64>(hash, 24);
    hash *= MX2;
    hash ^= (hash >> 35) + <u64>length;
    hash *= MX2;
    return hash ^ (hash >> 28);
  }
  const low = load<u64>(input) ^ load<u64>(SECRET, 24) ^ load<u64>(SECRET, 32);
  const high = load<u64>(input + length - 8) ^ load<u64>(SECRET, 40) ^ load<u64>(SECRET, 48);
  return avalanche3(<u64>length + bswap<u64>(low) + high + foldedProduct(low, high));
}

function middleXxh3(input: usize, length: usize): u64 {
  let hash = <u64>length * P64_1;
  if (length <= 128) {
    for (let i: usize = 0; i < (length - 1) >> 5; i++) {
      hash += mix16(input + 16 * (i + 1), SECRET + 32 * (i + 1));
      hash += mix16(input + length - 16 * (i + 2), SECRET + 32 * (i + 1) + 16);
    }
    hash += mix16(input, SECRET) + mix16(input + length - 16, SECRET + 16);
    return avalanche3(hash);
  }
  for (let i: usize = 0; i < 8; i++) hash += mix16(input + 16 * i, SECRET + 16 * i);
  hash = avalanche3(hash);
  for (let i: usize = 8; i < length >> 4; i++) {
    hash += mix16(input + 16 * i, SECRET + 16 * (i - 8) + 3);
  }
  hash += mix16(input + length - 16, SECRET + 136 - 17);
  return avalanche3(hash);
}

function accumulate(input: usize, secret: usize): void {
  for (let i: usize = 0; i < 64; i += 8) {
    const value = load<u64>(input + i);
    const key = value ^ load<u64>(secret + i);
    const own = ACCUMULATORS + i;
    const other = ACCUMULATORS + (i ^ 8);
    store<u64>(other, load<u64>(other) + value);
    store<u64>(own, load<u64>(own) + (key & 0xffffffff) * (key >> 32));
  }
}

function longXxh3(input: usize, length: usize): u64 {
  store<u64>(ACCUMULATORS, P32_3, 0);
  store<u64>(ACCUMULATORS, P64_1, 8);
  store<u64>(ACCUMULATORS, P64_2, 16);
  store<u64>(ACCUMULATORS, P64_3, 24);
  store<u64>(ACCUMULATORS, P64_4, 32);
  store<u64>(ACCUMULATORS, P32_2, 40);
  store<u64>(ACCUMULATORS, P64_5, 48);
  store<u64>(ACCUMULATORS, P32_1, 56);
  const end = input + length;
  let at = input;
  while (at + BLOCK < end) {
    for (let i: usize = 0; i < 16; i++) accumulate(at + STRIPE * i, SECRET + 8 * i);
    for (let i: usize = 0; i < 64; i += 8) {
      const value = load<u64>(ACCUMULATORS + i);
      const scrambled = (value ^ (value >> 47) ^ load<u64>(SECRET + 128 + i)) * P32_1;
      store<u64>(ACCUMULATORS + i, scrambled);
    }
    at += BLOCK;
  }
  let secret = SECRET;
  while (at + STRIPE < end) {
    accumulate(at, secret);
    at += STRIPE;
    secret += 8;
  }
  accumulate(end - STRIPE, SECRET + 121);
  let hash = <u64>length * P64_1;
  for (let i: usize = 0; i < 64; i += 16) hash += mix16(ACCUMULATORS + i, SECRET + 11 + i);
  return avalanche3(hash);
}

/** XXH3 (64 bits) of `length` bytes. */
export function xxh3(input: usize, length: usize): u64 {
  if (length <= 16) return shortXxh3(input, length);
  if (length <= 240) return middleXxh3(input, length);
  return longXxh3(input, length);
}

/** Makes sure that addresses below `end` can be used; false when the memory cannot grow that far. */
export function reserve(end: usize): bool {
  const pages = <i32>((end + 0xffff) >> 16);
  return memory.size() >= pages || memory.grow(pages - memory.size()) >= 0;
}
