/**
 * The buffers of a record batch -> columns.
 *
 * Reference: apache/arrow, docs/source/format/Columnar.rst.
 *
 * @module
 */

import { concatenate, sliceColumn } from "../../columns/column.ts";
import type { Column, NumericArray, NumericType } from "../../columns/index.ts";
import { bytesOf, newArray, viewBytes } from "../../columns/numbers.ts";
import { NextstatError } from "../../errors.ts";
import { damaged } from "../root/byte-reader.ts";
import type { ByteSource } from "../tables/byte-source.ts";
import type { TableCodecs } from "../tables/codecs.ts";
import { decimalNumber, halfPrecision, strictText } from "../tables/columnar.ts";
import type { Budget } from "../tables/table.ts";
import { unpackLz4Frame } from "./lz4-frame.ts";
import type { Batch } from "./messages.ts";
import type { ArrowField } from "./schema.ts";
import { type Slot, slotsOf } from "./slots.ts";

/** A column, and which of its entries have no value. */
export interface OptionalColumn {
  readonly column: Column;
  /** [entries] 1 where there is none; null where all have one. Numbers of floating point are NaN there already. */
  readonly missing: Uint8Array | null;
}

/** What loading needs beside the batch. */
export interface BatchContext {
  readonly source: ByteSource;
  readonly codecs: TableCodecs;
  readonly budget: Budget;
  /** The values of a dictionary, as they are for the batch. */
  readonly dictionary: (id: number) => Promise<OptionalColumn>;
  /** Thrown where a value is missing in a list, and there is no value for that. */
  readonly refuse: () => Error;
}

/** The best that LZ4 can do, unpacked to packed. */
const MOST_LZ4 = 256;
const SLACK = 1 << 10;
/** Larger buffers are refused, in bytes. */
const MAX_BUFFER = 1 << 30;

/**
 * One field of a batch.
 *
 * @param fields all of them, since the buffers have no names
 * @throws NextstatError `input` where the batch is damaged
 */
export async function loadField(
  batch: Batch,
  fields: readonly ArrowField[],
  index: number,
  context: BatchContext,
): Promise<OptionalColumn> {
  const slot = slotsOf(batch, fields)[index] as Slot;
  try {
    if (slot.length < batch.rows) {
      throw new RangeError(`${slot.length} values in a batch of ${batch.rows} rows`);
    }
    return await new FieldLoader(batch, context).load(slot, batch.rows, null);
  } catch (error) {
    if (error instanceof NextstatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(batch.origin, `column "${slot.field.name}": ${reason}`);
  }
}

/** A class because everything in it needs the batch. */
class FieldLoader {
  readonly #batch: Batch;
  readonly #context: BatchContext;

  constructor(batch: Batch, context: BatchContext) {
    this.#batch = batch;
    this.#context = context;
  }

  /**
   * The first `length` values of a field.
   *
   * @param outside [length] 1 where what the field is in has no value, so that its own mean nothing
   */
  async load(slot: Slot, length: number, outside: Uint8Array | null): Promise<OptionalColumn> {
    const { field } = slot;
    if (slot.length < length) throw new RangeError(`${slot.length} values instead of ${length}`);
    if (field.unreadable !== null) throw new RangeError(field.unreadable);
    const missing = await this.#missing(slot, length, outside);
    if (field.dictionary !== null) return this.#lookUp(slot, length, missing);
    return { column: await this.#values(slot, length, missing), missing };
  }

  async #values(slot: Slot, length: number, missing: Uint8Array | null): Promise<Column> {
    const { layout } = slot.field;
    switch (layout.kind) {
      case "bits":
        return numbers("bool", bits(await this.#bytes(slot, 1), length));
      case "numbers": {
        const values = await this.#numbers(slot, 1, layout.type, length);
        if (
          missing !== null &&
          (values instanceof Float64Array || values instanceof Float32Array)
        ) {
          for (let i = 0; i < length; i++) if (missing[i] === 1) values[i] = Number.NaN;
        }
        return numbers(layout.type, values);
      }
      case "half": {
        const halves = (await this.#numbers(slot, 1, "uint16", length)) as Uint16Array;
        const values = Float32Array.from(halves, halfPrecision);
        if (missing !== null)
          for (let i = 0; i < length; i++) if (missing[i] === 1) values[i] = Number.NaN;
        return numbers("float32", values);
      }
      case "decimal":
        return numbers("float64", await this.#decimals(slot, layout, length, missing));
      case "text":
        return {
          kind: "strings",
          values: await this.#texts(slot, layout.isLarge, length, missing),
        };
      case "view":
        return { kind: "strings", values: await this.#views(slot, length, missing) };
      case "list":
        return this.#lists(slot, layout.isLarge, length, missing);
      case "fixed-list": {
        const inside = missing === null ? null : new Uint8Array(length * layout.length);
        for (let i = 0; inside !== null && i < length; i++) {
          if (missing?.[i] === 1) inside.fill(1, i * layout.length, (i + 1) * layout.length);
        }
        const [child] = slot.children as [Slot];
        const content = this.#complete(
          child.field,
          await this.load(child, length * layout.length, inside),
          inside,
        );
        return { kind: "arrays", length: layout.length, entries: length, content };
      }
      case "record": {
        const fields: [string, Column][] = [];
        for (const child of slot.children) {
          const loaded = await this.load(child, length, missing);
          fields.push([child.field.name, this.#complete(child.field, loaded, null)]);
        }
        return { kind: "records", entries: length, fields: Object.fromEntries(fields) };
      }
      case "null":
      case "bytes":
      case "list-view":
      case "union":
      case "runs":
        throw new RangeError(slot.field.unreadable ?? layout.kind);
      default:
        return layout satisfies never;
    }
  }

  /** A column within another one: values may be missing only where there is one for that, or in `allowed` places. */
  #complete(field: ArrowField, loaded: OptionalColumn, allowed: Uint8Array | null): Column {
    const { column, missing } = loaded;
    const isFloat = column.kind === "numbers" && /^float/.test(column.type);
    // A record has no values of its own: those in it have been looked at.
    if (missing === null || isFloat || field.layout.kind === "record") return column;
    for (let i = 0; i < missing.length; i++) {
      if (missing[i] === 1 && allowed?.[i] !== 1) throw this.#context.refuse();
    }
    return column;
  }

  /** Which values are missing, by the field's own buffer and what it is in; null for none. */
  async #missing(
    slot: Slot,
    length: number,
    outside: Uint8Array | null,
  ): Promise<Uint8Array | null> {
    const [place] = slot.buffers;
    if (place === undefined || place[1] === 0) return outside;
    const present = bits(await this.#bytes(slot, 0), length);
    let hasMissing = outside !== null;
    const missing = outside === null ? new Uint8Array(length) : outside.slice();
    for (let i = 0; i < length; i++) {
      if (present[i] === 1) continue;
      missing[i] = 1;
      hasMissing = true;
    }
    return hasMissing ? missing : null;
  }

  async #lookUp(slot: Slot, length: number, missing: Uint8Array | null): Promise<OptionalColumn> {
    const { id, index } = slot.field.dictionary as { id: number; index: NumericType };
    const indices = await this.#numbers(slot, 1, index, length);
    const { column, missing: absent } = await this.#context.dictionary(id);
    const known = column.kind === "strings" || column.kind === "numbers" ? column.values : [];
    const all = missing === null ? new Uint8Array(length) : missing.slice();
    let hasMissing = missing !== null;
    const places = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      if (all[i] === 1) {
        places[i] = -1;
        continue;
      }
      const place = Number(indices[i]);
      if (!(place >= 0 && place < known.length)) {
        throw new RangeError(`value ${place} of a dictionary of ${known.length} is asked for`);
      }
      places[i] = place;
      if (absent?.[place] === 1) {
        all[i] = 1;
        hasMissing = true;
      }
    }
    const rest = hasMissing ? all : null;
    if (column.kind !== "numbers") {
      const values = Array.from(places, (place) => (known[place] as string | undefined) ?? "");
      return { column: { kind: "strings", values }, missing: rest };
    }
    const values = newArray(column.type, length) as Float64Array;
    const isFloat = /^float/.test(column.type);
    for (let i = 0; i < length; i++) {
      if (places[i] !== -1) values[i] = (known as Float64Array)[places[i] as number] as number;
      else if (isFloat) values[i] = Number.NaN;
    }
    return { column: { kind: "numbers", type: column.type, values }, missing: rest };
  }

  async #lists(
    slot: Slot,
    isLarge: boolean,
    length: number,
    missing: Uint8Array | null,
  ): Promise<Column> {
    const [child] = slot.children as [Slot];
    const offsets = await this.#offsets(slot, isLarge, length);
    const last = offsets[length] as number;
    const content = this.#complete(child.field, await this.load(child, last, null), null);
    const isHidden = (i: number): boolean =>
      missing?.[i] === 1 && (offsets[i + 1] as number) > (offsets[i] as number);
    const hasHidden = missing?.some((_, i) => isHidden(i)) ?? false;
    if (!hasHidden) {
      const first = offsets[0] as number;
      return {
        kind: "lists",
        offsets: offsets.map((offset) => offset - first),
        content: sliceColumn(content, first, last),
      };
    }
    // Lists without a value may have items nevertheless, which mean nothing.
    const kept: Column[] = [];
    const own = new Int32Array(length + 1);
    for (let i = 0; i < length; i++) {
      const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
      const isKept = missing?.[i] !== 1;
      own[i + 1] = (own[i] as number) + (isKept ? to - from : 0);
      if (isKept && to > from) kept.push(sliceColumn(content, from, to));
    }
    return {
      kind: "lists",
      offsets: own,
      content: kept.length === 0 ? sliceColumn(content, 0, 0) : concatenate(kept),
    };
  }

  /** [length + 1] where each value begins, never falling. */
  async #offsets(slot: Slot, isLarge: boolean, length: number): Promise<Int32Array> {
    // An empty column may have no offsets at all.
    if (length === 0) return new Int32Array(1);
    const given = await this.#numbers(slot, 1, isLarge ? "int64" : "int32", length + 1);
    const offsets = new Int32Array(length + 1);
    let before = 0;
    for (let i = 0; i <= length; i++) {
      const offset = Number(given[i]);
      if (!(offset >= before && offset < 2 ** 31)) {
        throw new RangeError(`value ${i} begins at ${offset}, after ${before}`);
      }
      offsets[i] = offset;
      before = offset;
    }
    return offsets;
  }

  async #texts(
    slot: Slot,
    isLarge: boolean,
    length: number,
    missing: Uint8Array | null,
  ): Promise<string[]> {
    const offsets = await this.#offsets(slot, isLarge, length);
    const data = await this.#bytes(slot, 2);
    if ((offsets[length] as number) > data.length) throw new RangeError("a text is cut off");
    return Array.from({ length }, (_, i) =>
      missing?.[i] === 1 ? "" : strictText(data.subarray(offsets[i], offsets[i + 1])),
    );
  }

  /** Texts of up to 12 bytes in place, longer ones in other buffers. */
  async #views(slot: Slot, length: number, missing: Uint8Array | null): Promise<string[]> {
    const views = await this.#bytes(slot, 1);
    if (views.length < length * 16) throw new RangeError("the values end too early");
    const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
    const data: Uint8Array[] = [];
    for (let i = 2; i < slot.buffers.length; i++) data.push(await this.#bytes(slot, i));
    return Array.from({ length }, (_, i) => {
      if (missing?.[i] === 1) return "";
      const at = i * 16;
      const size = view.getInt32(at, true);
      if (size < 0) throw new RangeError(`a text of ${size} bytes`);
      if (size <= 12) return strictText(views.subarray(at + 4, at + 4 + size));
      const bytes = data[view.getInt32(at + 8, true)];
      const from = view.getInt32(at + 12, true);
      if (bytes === undefined || from < 0 || from + size > bytes.length) {
        throw new RangeError("a text is cut off");
      }
      this.#context.budget(size);
      return strictText(bytes.subarray(from, from + size));
    });
  }

  async #decimals(
    slot: Slot,
    { bytes: width, scale }: { readonly bytes: number; readonly scale: number },
    length: number,
    missing: Uint8Array | null,
  ): Promise<Float64Array> {
    const bytes = await this.#bytes(slot, 1);
    if (bytes.length < length * width) throw new RangeError("the values end too early");
    return Float64Array.from({ length }, (_, i) => {
      if (missing?.[i] === 1) return Number.NaN;
      let value = 0n;
      for (let b = width - 1; b >= 0; b--)
        value = value * 256n + BigInt(bytes[i * width + b] as number);
      return decimalNumber(BigInt.asIntN(8 * width, value), scale);
    });
  }

  async #numbers(
    slot: Slot,
    index: number,
    type: NumericType,
    length: number,
  ): Promise<NumericArray> {
    const bytes = await this.#bytes(slot, index);
    const size = length * bytesOf(type);
    if (bytes.length < size) throw new RangeError("the values end too early");
    this.#context.budget(size);
    // A copy, aligned, and with no other numbers behind it.
    return viewBytes(type, new Uint8Array(bytes.subarray(0, size)));
  }

  /** A buffer, unpacked. */
  async #bytes(slot: Slot, index: number): Promise<Uint8Array> {
    const [offset, length] = slot.buffers[index] as readonly [number, number];
    const { source, budget, codecs } = this.#context;
    const { codec } = this.#batch;
    if (length === 0) return new Uint8Array(0);
    budget(length);
    const bytes = await source.read(offset, length);
    if (codec === "none") return bytes;
    if (length < 8) throw new RangeError("a compressed buffer is cut off");
    const size = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true));
    const packed = bytes.subarray(8);
    // What compression would not have made smaller.
    if (size === -1) return packed;
    if (
      size < 0 ||
      size > MAX_BUFFER ||
      (codec === "lz4" && size > packed.length * MOST_LZ4 + SLACK)
    ) {
      throw new RangeError(`${packed.length} bytes of ${codec} cannot unpack to ${size}`);
    }
    budget(size);
    const unpacked =
      codec === "lz4" ? unpackLz4Frame(packed, size) : await codecs.zstd(packed, size);
    if (unpacked.length !== size) {
      throw new RangeError(`a buffer unpacks to ${unpacked.length} bytes instead of ${size}`);
    }
    return unpacked;
  }
}

function numbers(type: NumericType, values: NumericArray): Column {
  return { kind: "numbers", type, values };
}

/** A byte of 0 or 1 for each bit. */
function bits(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length * 8 < length) throw new RangeError("the values end too early");
  const values = new Uint8Array(length);
  for (let i = 0; i < length; i++) values[i] = ((bytes[i >> 3] as number) >> (i & 7)) & 1;
  return values;
}
