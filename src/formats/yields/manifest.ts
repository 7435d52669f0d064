/**
 * The manifest beside a Parquet file of yields: what is in it, and how to see that it is unchanged.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { PARQUET_COMPRESSION } from "../parquet/write.ts";
import type { ColumnToWrite } from "../tables/column-to-write.ts";

/** As it is written, in JSON. */
interface ParquetManifest {
  readonly schema_version: "nextstat.histograms_parquet_manifest.v1";
  /** ISO 8601. */
  readonly created_at_utc: string;
  /** Null in a model without one. */
  readonly poi: string | null;
  /** As given. */
  readonly parquet_path: string;
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string;
  readonly compression: string;
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  readonly stats: {
    readonly n_rows: number;
    readonly n_channels: number;
    readonly n_samples: number;
    readonly n_bins: number;
  };
}

/** What a manifest is made of, beside the file. */
export interface ManifestOptions {
  readonly createdAt: Date;
  readonly path: string;
  readonly poi: string | null;
  readonly stats: ParquetManifest["stats"];
}

const TYPES: Readonly<Record<ColumnToWrite["type"], string>> = {
  STRING: "string",
  DOUBLE: "double",
  INT32: "int32",
  UINT32: "uint32",
  BOOLEAN: "bool",
  DOUBLES: "list<double>",
};

/** The manifest of a file. */
export function manifestOf(
  bytes: Uint8Array,
  columns: readonly ColumnToWrite[],
  { createdAt, path, poi, stats }: ManifestOptions,
): ParquetManifest {
  return {
    schema_version: "nextstat.histograms_parquet_manifest.v1",
    created_at_utc: createdAt.toISOString(),
    poi,
    parquet_path: path,
    sha256: bytesToHex(sha256(bytes)),
    compression: PARQUET_COMPRESSION,
    schema: columns.map(({ name, type }) => ({ name, type: TYPES[type] })),
    stats,
  };
}
