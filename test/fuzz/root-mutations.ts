/**
 * Random damage to ROOT files, and reading everything in what is left.
 *
 * @module
 */

import { entriesOf } from "../../src/columns/index.ts";
import { bytesSource, openRoot } from "../../src/formats/index.ts";
import { xxh3 } from "../../src/formats/root/kernel-functions.ts";
import type { Rng } from "../formats/fuzz.ts";

/** Numbers at the edges of what sizes and counts can be. */
const ODD = [0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x1000000];
const ODD_WORDS = [...ODD, 0x40000000, 0x40000004, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** A whole number from 0 up to, not including, `limit`. */
export function below(limit: number, rng: Rng): number {
  return Math.floor(rng() * limit);
}

/** One of the items of a list that has some. */
export function pick<T>(list: readonly T[], rng: Rng): T {
  return list[below(list.length, rng)] as T;
}

type Mutation = (bytes: Uint8Array, rng: Rng) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  // A bit.
  (bytes, rng) => {
    const at = below(bytes.length, rng);
    bytes[at] = (bytes[at] as number) ^ (1 << below(8, rng));
    return bytes;
  },
  // A byte.
  (bytes, rng) => {
    bytes[below(bytes.length, rng)] = rng() < 0.5 ? below(256, rng) : pick(ODD, rng) & 0xff;
    return bytes;
  },
  // A size, a count or a position, of either byte order.
  (bytes, rng) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(below(bytes.length - 4, rng), pick(ODD_WORDS, rng), rng() < 0.3);
    return bytes;
  },
  (bytes, rng) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint16(below(bytes.length - 2, rng), pick(ODD_WORDS, rng), rng() < 0.3);
    return bytes;
  },
  // A number that points elsewhere in the file.
  (bytes, rng) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(below(bytes.length - 4, rng), below(bytes.length, rng), rng() < 0.3);
    return bytes;
  },
  // Bytes from elsewhere.
  (bytes, rng) => {
    const length = below(Math.min(200, bytes.length), rng);
    const from = below(bytes.length - length, rng);
    bytes.copyWithin(below(bytes.length - length, rng), from, from + length);
    return bytes;
  },
  // Zeros.
  (bytes, rng) => {
    const at = below(bytes.length, rng);
    return bytes.fill(0, at, at + below(64, rng));
  },
  // The end is missing.
  (bytes, rng) => bytes.subarray(0, below(bytes.length, rng)),
];

/** A copy with one to four damages. */
export function damage(original: Uint8Array, rng: Rng): Uint8Array {
  let bytes = original.slice();
  const count = 1 + below(rng() < 0.7 ? 1 : 4, rng);
  for (let i = 0; i < count; i++) {
    if (bytes.length < 8) break;
    bytes = pick(MUTATIONS, rng)(bytes, rng) as typeof bytes;
  }
  return bytes;
}

/** The envelopes of uncompressed RNTuples: found by type and length, with room for the checksum in what follows. */
export function envelopes(bytes: Uint8Array): readonly { start: number; length: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { start: number; length: number }[] = [];
  for (let start = 0; start + 16 <= bytes.length; start++) {
    const kind = view.getUint16(start, true);
    const length = view.getUint32(start + 2, true);
    if (kind < 1 || kind > 3 || length < 24 || start + length > bytes.length) continue;
    const end = start + length - 8;
    if (xxh3(bytes.subarray(start, end)) === view.getBigUint64(end, true)) {
      found.push({ start, length });
    }
  }
  return found;
}

/** Damages an envelope and makes its checksum right again, so that what reads its content is tested. */
export function damageEnvelope(
  original: Uint8Array,
  places: readonly { start: number; length: number }[],
  rng: Rng,
): Uint8Array {
  const bytes = original.slice();
  const { start, length } = pick(places, rng);
  const end = start + length - 8;
  const content = damage(bytes.subarray(start, end), rng);
  bytes.set(content, start);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(end, xxh3(bytes.subarray(start, end)), true);
  return bytes;
}

/** Opens, lists and reads everything. Problems of an object do not keep the others from being read. */
export async function readEverything(bytes: Uint8Array, name: string): Promise<readonly unknown[]> {
  const problems: unknown[] = [];
  try {
    const file = await openRoot(bytesSource(bytes, name));
    for (const { path, cycle, className } of await file.list()) {
      const key = `${path};${cycle}`;
      try {
        if (/^TH[123]/.test(className)) await file.histogram(key);
        else if (/^TTree|^TNtuple|RNTuple/.test(className)) {
          const table = await file.table(key);
          let chunks = 0;
          for (const { name: column, unreadable } of table.columns) {
            if (unreadable !== null) continue;
            try {
              for await (const chunk of table.chunks([column])) {
                entriesOf(Object.values(chunk.columns)[0] as never);
                // Damage may claim any number of entries: each chunk is one of them.
                if (++chunks > 100) break;
              }
            } catch (error) {
              problems.push(error);
            }
          }
        }
      } catch (error) {
        problems.push(error);
      }
    }
  } catch (error) {
    problems.push(error);
  }
  return problems;
}
