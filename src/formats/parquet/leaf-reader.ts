/**
 * The entries of one leaf, page after page: no more of the file is held than a page and what has been asked for.
 *
 * @module
 */

import type { NumericArray } from "../../columns/index.ts";
import { newArray, setNumbers } from "../../columns/numbers.ts";
import { NextstatError } from "../../errors.ts";
import { damaged, type Origin } from "../root/byte-reader.ts";
import type { ByteSource } from "../tables/byte-source.ts";
import type { TableCodecs } from "../tables/codecs.ts";
import type { Budget } from "../tables/table.ts";
import type { LeafEntries } from "./assemble.ts";
import { crc32 } from "./crc32.ts";
import type { LeafValues } from "./leaf-types.ts";
import type { ColumnChunk, RowGroup } from "./metadata.ts";
import { decodeDictionary, decodePage, type PageHeader, pageHeader } from "./pages.ts";
import type { Leaf } from "./schema.ts";
import { EndOfBytes, Fields, readStruct } from "./thrift.ts";

/** Read at once, in bytes; more where a page is larger. */
const WINDOW = 1 << 20;
/** Rows that are passed over at once. */
const SKIP = 1 << 16;
/** A page header is larger than this only where it is damaged, in bytes: it may hold the least and largest text. */
const MAX_HEADER = 1 << 24;

/** The open file, as the readers of columns see it. */
export interface OpenParquet {
  readonly source: ByteSource;
  readonly codecs: TableCodecs;
  readonly groups: readonly RowGroup[];
}

/** A page, and how much of it has been taken. */
interface OpenPage {
  readonly entries: LeafEntries;
  level: number;
  value: number;
}

/** A class because it is all state: the position in the file. */
export class LeafReader {
  readonly #file: OpenParquet;
  readonly #leaf: Leaf;
  /** Of the next row to take. */
  #row = 0;
  #group = -1;
  /** Of the next page, in the file. */
  #offset = 0;
  /** Values of the chunk that have been decoded. */
  #decoded = 0;
  #page: OpenPage | null = null;
  #dictionary: LeafValues | null = null;
  #window: { readonly start: number; readonly bytes: Uint8Array } | null = null;

  constructor(file: OpenParquet, leaf: Leaf) {
    this.#file = file;
    this.#leaf = leaf;
  }

  /** The entries of rows from `row` on; forwards is cheaper than back. */
  async take(row: number, rows: number, budget: Budget): Promise<LeafEntries> {
    await this.#moveTo(row, budget);
    const pieces: LeafEntries[] = [];
    let left = rows;
    while (left > 0) {
      const group = this.#current();
      if (this.#row === group.start + group.rows) {
        this.#enter(this.#group + 1);
        continue;
      }
      const count = Math.min(left, group.start + group.rows - this.#row);
      await this.#takeInGroup(count, budget, pieces);
      left -= count;
    }
    return join(pieces, this.#leaf, budget);
  }

  #current(): RowGroup {
    return this.#file.groups[this.#group] as RowGroup;
  }

  #chunk(): ColumnChunk {
    return this.#current().chunks[this.#leaf.index] as ColumnChunk;
  }

  #enter(index: number): void {
    this.#group = index;
    this.#page = null;
    this.#dictionary = null;
    this.#decoded = 0;
    this.#window = null;
    if (index >= this.#file.groups.length) return;
    this.#row = this.#current().start;
    this.#offset = this.#chunk().offset;
    const { type, path, values } = this.#chunk();
    const { physical, path: own, maxRepetition } = this.#leaf;
    if (type !== physical || path.length !== own.length || path.some((p, i) => p !== own[i])) {
      throw this.#damaged("its pages belong to another column");
    }
    if (maxRepetition === 0 && values !== this.#current().rows) {
      throw this.#damaged(
        `it has ${values} values, and its row group ${this.#current().rows} rows`,
      );
    }
  }

  async #moveTo(row: number, budget: Budget): Promise<void> {
    const { groups } = this.#file;
    const group = this.#group < 0 ? undefined : groups[this.#group];
    if (group === undefined || row < this.#row || row >= group.start + group.rows) {
      const index = groups.findIndex(({ start, rows }) => row < start + rows);
      if (index < 0) return;
      if (index !== this.#group || row < this.#row) this.#enter(index);
    }
    while (this.#row < row) await this.#takeInGroup(Math.min(SKIP, row - this.#row), budget, []);
  }

  /** Rows that the row group still has. */
  async #takeInGroup(rows: number, budget: Budget, pieces: LeafEntries[]): Promise<void> {
    const { maxRepetition, maxDefinition } = this.#leaf;
    const group = this.#current();
    let left = rows;
    for (;;) {
      let page = this.#page;
      if (page === null || page.level === page.entries.levels) {
        // Pages may begin within a row, so the next one tells whether the last row has ended.
        if (left === 0 && (maxRepetition === 0 || this.#decoded === this.#chunk().values)) break;
        page = await this.#nextPage(budget);
        this.#page = page;
      }
      const { levels, repetition, definition, values } = page.entries;
      const from = page.level;
      let to = from;
      if (repetition === null) {
        to = Math.min(levels, from + left);
        left -= to - from;
      } else {
        for (; to < levels; to++) {
          if (repetition[to] !== 0) continue;
          if (left === 0) break;
          left -= 1;
        }
      }
      let taken = to - from;
      if (definition !== null) {
        taken = 0;
        for (let i = from; i < to; i++) if (definition[i] === maxDefinition) taken += 1;
      }
      if (to > from) {
        pieces.push({
          levels: to - from,
          repetition: repetition === null ? null : repetition.subarray(from, to),
          definition: definition === null ? null : definition.subarray(from, to),
          values: slice(values, page.value, page.value + taken),
        });
      }
      page.level = to;
      page.value += taken;
      if (left === 0 && to < levels) break;
    }
    this.#row += rows;
    const isEnd = this.#row === group.start + group.rows;
    const rest = this.#page === null ? 0 : this.#page.entries.levels - this.#page.level;
    if (isEnd && (rest > 0 || this.#decoded !== this.#chunk().values)) {
      throw this.#damaged("it has more values than its row group has rows");
    }
  }

  async #nextPage(budget: Budget): Promise<OpenPage> {
    for (;;) {
      const chunk = this.#chunk();
      if (this.#offset >= chunk.offset + chunk.length) {
        throw this.#damaged(`its pages end after ${this.#decoded} of ${chunk.values} values`);
      }
      const isFirst = this.#decoded === 0;
      const at = this.#offset;
      const header = await this.#readHeader();
      if (header.packed > chunk.offset + chunk.length - this.#offset) {
        throw this.#damaged(`a page of ${header.packed} bytes is longer than its column`, at);
      }
      if (header.kind !== "dictionary" && header.values > chunk.values - this.#decoded) {
        throw this.#damaged(`a page of ${header.values} values is too long`, at);
      }
      const bytes = await this.#read(this.#offset, header.packed, budget);
      this.#offset += header.packed;
      if (header.kind === "other" || (header.kind !== "dictionary" && header.values === 0))
        continue;
      if (header.checksum !== null && header.checksum !== crc32(bytes)) {
        throw this.#damaged("a page does not have the checksum that its header says", at);
      }
      const context = { chunk, leaf: this.#leaf, codecs: this.#file.codecs, budget };
      try {
        if (header.kind === "dictionary") {
          if (this.#dictionary !== null || !isFirst) throw new RangeError("a second dictionary");
          this.#dictionary = await decodeDictionary(header, bytes, context);
          continue;
        }
        const entries = await decodePage(header, bytes, this.#dictionary, context);
        if (isFirst && entries.repetition !== null && entries.repetition[0] !== 0) {
          throw new RangeError("its first row has no beginning");
        }
        this.#decoded += header.values;
        return { entries, level: 0, value: 0 };
      } catch (error) {
        if (error instanceof NextstatError) throw error;
        throw this.#damaged(error instanceof Error ? error.message : String(error), at);
      }
    }
  }

  async #readHeader(): Promise<PageHeader> {
    const chunk = this.#chunk();
    const end = chunk.offset + chunk.length;
    const origin = { ...this.#origin(), offset: this.#offset };
    for (let length = 1 << 10; ; length *= 8) {
      const bytes = await this.#read(this.#offset, Math.min(length, end - this.#offset), () => {});
      try {
        const { struct, end: size } = readStruct(bytes, 0, origin);
        const header = pageHeader(new Fields(struct, origin, "the header of a page"));
        this.#offset += size;
        return header;
      } catch (error) {
        if (!(error instanceof EndOfBytes)) throw error;
        if (length >= Math.min(MAX_HEADER, end - this.#offset)) {
          throw damaged(origin, "the header of a page has no end");
        }
      }
    }
  }

  /** Bytes of the chunk. */
  async #read(offset: number, length: number, budget: Budget): Promise<Uint8Array> {
    let window = this.#window;
    if (
      window === null ||
      offset < window.start ||
      offset + length > window.start + window.bytes.length
    ) {
      const chunk = this.#chunk();
      const wanted = Math.min(Math.max(length, WINDOW), chunk.offset + chunk.length - offset);
      budget(wanted);
      window = { start: offset, bytes: await this.#file.source.read(offset, wanted) };
      this.#window = window;
    }
    return window.bytes.subarray(offset - window.start, offset - window.start + length);
  }

  #origin(): Origin {
    return { file: this.#file.source.name, offset: this.#offset };
  }

  #damaged(problem: string, offset: number = this.#offset): NextstatError {
    const column = this.#leaf.path.join(".");
    return damaged({ ...this.#origin(), offset }, `column "${column}": ${problem}`);
  }
}

function slice(values: LeafValues, from: number, to: number): LeafValues {
  if (from === 0 && to === values.length) return values;
  return Array.isArray(values)
    ? values.slice(from, to)
    : (values as NumericArray).subarray(from, to);
}

/** Pieces one after the other. */
function join(pieces: readonly LeafEntries[], leaf: Leaf, budget: Budget): LeafEntries {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const sum = (count: (piece: LeafEntries) => number): number =>
    pieces.reduce((total, piece) => total + count(piece), 0);
  const levels = sum((piece) => piece.levels);
  budget(levels * 10);
  const joined = (of: (piece: LeafEntries) => Uint8Array | null, otherwise: number): Uint8Array => {
    const all = new Uint8Array(levels).fill(otherwise);
    let at = 0;
    for (const piece of pieces) {
      const own = of(piece);
      if (own !== null) all.set(own, at);
      at += piece.levels;
    }
    return all;
  };
  const isComplete = pieces.every(({ definition }) => definition === null);
  return {
    levels,
    repetition: leaf.maxRepetition === 0 ? null : joined(({ repetition }) => repetition, 0),
    definition: isComplete ? null : joined(({ definition }) => definition, leaf.maxDefinition),
    values: joinValues(
      pieces.map(({ values }) => values),
      leaf,
    ),
  };
}

function joinValues(parts: readonly LeafValues[], { type }: Leaf): LeafValues {
  if (type.values === "string" || type.values === null) {
    return (parts as readonly (readonly string[])[]).flat();
  }
  const all = newArray(
    type.values,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    setNumbers(all, part as NumericArray, at);
    at += part.length;
  }
  return all;
}
