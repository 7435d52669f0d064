/**
 * What an RNTuple says of itself: fields (what users see), columns (how they are stored) and clusters (where they are).
 *
 * Reference: ROOT's tree/ntuple/doc/BinaryFormatSpecification.md, version 1.0.
 *
 * @module
 */

import type { Part } from "../tables/table.ts";
import { type ByteReader, damaged } from "./byte-reader.ts";
import { readEnvelope } from "./envelope.ts";
import type { OpenFile } from "./keys.ts";
import { type FrameReader, readEnvelopeAt } from "./ntuple-envelope.ts";

/** Structural roles of fields. */
export const ROLES = { leaf: 0, collection: 1, record: 2, variant: 3, streamed: 4 } as const;

/** A field, by its position in the list. */
export interface NtupleField {
  readonly id: number;
  /** Of a field of the ntuple itself its own. */
  readonly parent: number;
  readonly role: number;
  readonly name: string;
  readonly typeName: string;
  /** Of a fixed array; 0 otherwise. */
  readonly arrayLength: number;
  /** The field whose columns it shows under another name. */
  readonly source: number | undefined;
}

/** A column, by its position in the list. */
export interface NtupleColumn {
  readonly id: number;
  readonly type: number;
  readonly bits: number;
  readonly field: number;
  /** Of several ways to store a field, each cluster uses one. */
  readonly representation: number;
  /** Added after entries were written, which have zeros in it. */
  readonly deferred: boolean;
  /** Of quantised numbers. */
  readonly min: number;
  readonly max: number;
}

/** Some elements of a column, stored together. */
export interface NtuplePage {
  readonly elements: number;
  /** Without the checksum. */
  readonly part: Part;
  readonly hasChecksum: boolean;
}

/** A column in a cluster; undefined for another representation, or a column that was added later. */
export type ClusterColumn = readonly NtuplePage[] | undefined;

/** Some entries. */
export interface NtupleCluster {
  readonly firstEntry: number;
  readonly entries: number;
  /** By column. */
  readonly columns: readonly ClusterColumn[];
}

/** All metadata of an RNTuple. */
export interface NtupleSchema {
  readonly fields: readonly NtupleField[];
  readonly columns: readonly NtupleColumn[];
  readonly clusters: readonly NtupleCluster[];
  readonly entries: number;
}

interface Anchor {
  readonly header: Part;
  readonly headerSize: number;
  readonly footer: Part;
  readonly footerSize: number;
}

function readAnchor(reader: ByteReader): Anchor {
  readEnvelope(reader);
  const epoch = reader.u16();
  const major = reader.u16();
  reader.skip(4); // minor version, patch
  if (epoch !== 1) {
    throw damaged(
      reader.origin,
      `the ntuple has version ${epoch}.${major} of the format`,
      "only version 1 is read: write it with ROOT 6.34 or later",
    );
  }
  const numbers = Array.from({ length: 6 }, () => reader.u64());
  const [seekHeader, header, headerSize, seekFooter, footer, footerSize] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    header: { offset: seekHeader, length: header },
    headerSize,
    footer: { offset: seekFooter, length: footer },
    footerSize,
  };
}

/** Reads header, footer and page lists. */
export async function readSchema(
  file: OpenFile,
  anchorReader: ByteReader,
  object: string,
): Promise<NtupleSchema> {
  const anchor = readAnchor(anchorReader);
  const header = await readEnvelopeAt(file, anchor.header, anchor.headerSize, "header", object);
  header.features();
  for (let i = 0; i < 3; i++) header.string(); // name, description, writer
  const fields: NtupleField[] = [];
  const columns: NtupleColumn[] = [];
  readFieldsAndColumns(header, fields, columns);

  const footer = await readEnvelopeAt(file, anchor.footer, anchor.footerSize, "footer", object);
  footer.features();
  footer.skip(8); // checksum of the header
  footer.record(() => readFieldsAndColumns(footer, fields, columns));
  const groups = footer.list(() =>
    footer.record(() => {
      footer.skip(8); // first entry
      const entries = footer.u64();
      const clusters = footer.u32();
      const size = footer.u64();
      return { entries, clusters, size, part: footer.locator() };
    }),
  );
  const clusters: NtupleCluster[] = [];
  for (const group of groups) {
    const list = await readEnvelopeAt(file, group.part, group.size, "pageList", object);
    list.skip(8); // checksum of the header
    const read = readPageList(list);
    if (read.length !== group.clusters) {
      throw list.damaged(`${read.length} clusters are listed, and ${group.clusters} announced`);
    }
    clusters.push(...read);
  }
  const entries = groups.reduce((sum, group) => sum + group.entries, 0);
  let next = 0;
  for (const cluster of clusters) {
    if (cluster.firstEntry !== next) {
      throw footer.damaged(`a cluster begins at entry ${cluster.firstEntry} instead of ${next}`);
    }
    next += cluster.entries;
  }
  // A reader that stopped at the first group of clusters would be silent about the rest.
  if (next !== entries || !Number.isSafeInteger(entries)) {
    throw footer.damaged(`the clusters hold ${next} entries of ${entries}`);
  }
  return { fields, columns, clusters, entries };
}

function readFieldsAndColumns(
  reader: FrameReader,
  fields: NtupleField[],
  columns: NtupleColumn[],
): void {
  reader.list(() => {
    fields.push(reader.record(() => readField(reader, fields.length)));
  });
  reader.list(() => {
    columns.push(reader.record(() => readColumn(reader, columns.length)));
  });
  // Columns that are shown by several fields: the fields say it, too.
  reader.list(() => reader.record(() => undefined));
  reader.list(() => reader.record(() => undefined)); // extra information on types
}

function readField(reader: FrameReader, id: number): NtupleField {
  reader.skip(8); // versions of field and type
  const parent = reader.u32();
  const role = reader.u16();
  const flags = reader.u16();
  const name = reader.string();
  const typeName = reader.string();
  reader.string(); // alias of the type
  reader.string(); // description
  const arrayLength = flags & 1 ? reader.u64() : 0;
  const source = flags & 2 ? reader.u32() : undefined;
  if (parent > id) throw reader.damaged(`field ${name} comes before its parent`);
  return { id, parent, role, name, typeName, arrayLength, source };
}

function readColumn(reader: FrameReader, id: number): NtupleColumn {
  const type = reader.u16();
  const bits = reader.u16();
  const field = reader.u32();
  const flags = reader.u16();
  const representation = reader.u16();
  const deferred = (flags & 1) !== 0;
  if (deferred) reader.skip(8); // first element
  const hasRange = (flags & 2) !== 0;
  const min = hasRange ? reader.f64() : 0;
  const max = hasRange ? reader.f64() : 0;
  return { id, type, bits, field, representation, deferred, min, max };
}

/** The upper byte of the number of entries has flags. */
const ENTRIES = 2 ** 56;

function readPageList(reader: FrameReader): NtupleCluster[] {
  const summaries = reader.list(() =>
    reader.record(() => ({ firstEntry: reader.u64(), entries: reader.u64() % ENTRIES })),
  );
  const pages = reader.list(() => reader.list(() => readPages(reader)));
  if (pages.length !== summaries.length) {
    throw reader.damaged(`${summaries.length} clusters have ${pages.length} lists of pages`);
  }
  return summaries.map((summary, i) => ({ ...summary, columns: pages[i] as ClusterColumn[] }));
}

function readPages(reader: FrameReader): ClusterColumn {
  const [pages, isUsed] = reader.listAndRest(
    (): NtuplePage => {
      const elements = reader.i32();
      return {
        elements: Math.abs(elements),
        hasChecksum: elements < 0,
        part: reader.locator(),
      };
    },
    () => reader.i64() >= 0, // first element; negative where the cluster uses another representation
  );
  return isUsed ? pages : undefined;
}
