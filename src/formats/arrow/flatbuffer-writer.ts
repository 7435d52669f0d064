/**
 * FlatBuffers, written front to back: a table, then what it refers to, so that every reference points forward, as it must. Every
 * field takes eight bytes, which keeps all of them aligned.
 *
 * @module
 */

/** A field of a table: its number, and its value. */
export type FlatField = readonly [slot: number, value: FlatValue];

/** Numbers by their size in bytes, texts, tables, and vectors of tables or of structs of 64-bit numbers. */
export type FlatValue =
  | { readonly bytes: 1 | 2 | 4 | 8; readonly number: number }
  | { readonly text: string }
  | { readonly table: readonly FlatField[] }
  | { readonly tables: readonly (readonly FlatField[])[] }
  | { readonly structs: readonly (readonly number[])[] };

/** The bytes of a root table, a multiple of eight of them. */
export function writeFlatBuffer(root: readonly FlatField[]): Uint8Array {
  const bytes: number[] = [];
  const text = new TextEncoder();

  const put = (at: number, size: number, number: number): void => {
    const scratch = new DataView(new ArrayBuffer(8));
    scratch.setBigInt64(0, BigInt(number), true);
    for (let i = 0; i < size; i++) bytes[at + i] = scratch.getUint8(i);
  };
  /** Room for `size` bytes, `before` bytes ahead of a multiple of eight. */
  const reserve = (size: number, before = 0): number => {
    while ((bytes.length + before) % 8 !== 0) bytes.push(0);
    const at = bytes.length;
    for (let i = 0; i < size; i++) bytes.push(0);
    return at;
  };

  const table = (fields: readonly FlatField[]): number => {
    const slots = Math.max(0, ...fields.map(([slot]) => slot + 1));
    const directory = reserve(4 + 2 * slots);
    const at = reserve(8 + 8 * fields.length);
    put(directory, 2, 4 + 2 * slots);
    put(directory + 2, 2, 8 + 8 * fields.length);
    put(at, 4, at - directory);
    fields.forEach(([slot, value], i) => {
      const place = 8 + 8 * i;
      put(directory + 4 + 2 * slot, 2, place);
      if ("number" in value) put(at + place, value.bytes, value.number);
      else put(at + place, 4, refer(value) - (at + place));
    });
    return at;
  };

  const refer = (value: Exclude<FlatValue, { readonly number: number }>): number => {
    if ("table" in value) return table(value.table);
    if ("text" in value) {
      const encoded = text.encode(value.text);
      const at = reserve(4 + encoded.length + 1);
      put(at, 4, encoded.length);
      encoded.forEach((byte, i) => {
        bytes[at + 4 + i] = byte;
      });
      return at;
    }
    if ("tables" in value) {
      const at = reserve(4 + 4 * value.tables.length, 4);
      put(at, 4, value.tables.length);
      value.tables.forEach((own, i) => {
        const place = at + 4 + 4 * i;
        put(place, 4, table(own) - place);
      });
      return at;
    }
    const width = value.structs[0]?.length ?? 0;
    const at = reserve(4 + 8 * width * value.structs.length, 4);
    put(at, 4, value.structs.length);
    value.structs.flat().forEach((number, i) => {
      put(at + 4 + 8 * i, 8, number);
    });
    return at;
  };

  reserve(8);
  put(0, 4, table(root));
  reserve(0);
  return Uint8Array.from(bytes);
}
