/**
 * Baskets: the records that hold some entries of one branch of a tree, and their offsets where the entries have different
 * lengths. Usually records of their own; the last ones of a tree that was not flushed are inside the tree.
 *
 * Reference: TBasket::Streamer and TBasket::ReadBasketBuffers.
 *
 * @module
 */

import { copyBigEndian } from "./byte-order.ts";
import { ByteReader, type Origin } from "./byte-reader.ts";
import { type Key, type OpenFile, readKey, unpackRecord } from "./keys.ts";

/** Entries of one branch, unpacked. */
export interface Basket {
  readonly nEntries: number;
  /** The entries one after the other. */
  readonly data: Uint8Array;
  /** [nEntries + 1] where each entry begins in `data`; null where all have the same size. */
  readonly offsets: Int32Array | null;
  /** Offsets exist but were left out of the file, to be computed from the counts of another branch. */
  readonly offsetsLeftOut: boolean;
}

/** A basket inside the tree. */
export interface EmbeddedBasket {
  readonly basket: Basket;
}

interface BasketHeader {
  readonly version: number;
  readonly nEntries: number;
  /** End of the data, counted from the header of the record. */
  readonly last: number;
  readonly flag: number;
}

/** The flag of a basket whose offsets were left out is larger by this. */
const OFFSETS_LEFT_OUT = 80;

function readBasketHeader(reader: ByteReader): BasketHeader {
  const version = reader.u16();
  reader.skip(4); // size of the buffer
  if (reader.i32() < 0) reader.skip(1); // options, which a negative size announces
  const nEntries = reader.i32();
  const last = reader.i32();
  const flag = reader.u8();
  if (nEntries < 0) throw reader.damaged(`a basket claims ${nEntries} entries`);
  return { version, nEntries, last, flag };
}

/** Unpacks the basket whose record these bytes are. */
export async function readBasket(
  file: OpenFile,
  bytes: Uint8Array,
  origin: Origin,
): Promise<Basket> {
  const record = new ByteReader(bytes, origin);
  const { key, data } = await unpackRecord(file, record);
  record.moveTo(0);
  readKey(record);
  const header = readBasketHeader(record);
  const border = header.last - key.headerBytes;
  const unpacked = data.bytes;
  if (border < 0 || border > unpacked.length) {
    throw record.damaged(
      `a basket of ${unpacked.length} bytes claims ${border} bytes of entries`,
      0,
    );
  }
  const offsetsLeftOut = header.flag >= OFFSETS_LEFT_OUT;
  if (border === unpacked.length) {
    return { nEntries: header.nEntries, data: unpacked, offsets: null, offsetsLeftOut };
  }
  data.moveTo(border);
  const offsets = readOffsets(data, header, key);
  return {
    nEntries: header.nEntries,
    data: unpacked.subarray(0, border),
    offsets,
    offsetsLeftOut: false,
  };
}

/** Reads a basket that stands in the middle of a tree. */
export function readEmbeddedBasket(reader: ByteReader): EmbeddedBasket {
  const key = readKey(reader);
  const header = readBasketHeader(reader);
  const { nEntries, last } = header;
  const offsetsLeftOut = header.flag >= OFFSETS_LEFT_OUT;
  const flag = offsetsLeftOut ? header.flag - OFFSETS_LEFT_OUT : header.flag;
  let offsets: Int32Array | null = null;
  if (!offsetsLeftOut && flag !== 0 && flag % 10 !== 2) {
    if (nEntries > 0) offsets = readOffsets(reader, header, key);
    if (flag > 40) reader.skip(4 * reader.count(4, "displacements"));
  }
  if (!(flag === 1 || flag > 10)) {
    const none = { nEntries: 0, data: new Uint8Array(0), offsets: null, offsetsLeftOut: false };
    return { basket: none };
  }
  const length = header.version > 1 ? last : reader.count(1, "bytes of a basket");
  const data = reader.take(length).subarray(key.headerBytes);
  return { basket: { nEntries, data, offsets, offsetsLeftOut } };
}

/** The offsets of entries, which count from the header of the record in the file. */
function readOffsets(reader: ByteReader, header: BasketHeader, key: Key): Int32Array {
  const { nEntries } = header;
  const border = header.last - key.headerBytes;
  const start = reader.position;
  const count = reader.count(4, "entries of a basket");
  if (count < nEntries || count > nEntries + 1) {
    throw reader.damaged(`a basket of ${nEntries} entries has ${count} offsets`, start);
  }
  const offsets = new Int32Array(nEntries + 1);
  copyBigEndian(reader.take(4 * nEntries), offsets);
  reader.skip(4 * (count - nEntries));
  let previous = 0;
  for (let i = 0; i < nEntries; i++) {
    const offset = (offsets[i] as number) - key.headerBytes;
    if (offset < previous || offset > border) {
      throw reader.damaged(`entry ${i} of a basket begins outside of it`, start);
    }
    offsets[i] = previous = offset;
  }
  offsets[nEntries] = border;
  return offsets;
}
