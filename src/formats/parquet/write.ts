/**
 * Columns as Parquet files: snappy, no missing values.
 *
 * @module
 */

import type { ColumnToWrite } from "../tables/column-to-write.ts";

/** How the pages of files are compressed that {@link writeParquet} makes. */
export const PARQUET_COMPRESSION = "snappy";

/** The bytes of a Parquet file. */
export async function writeParquet(columns: readonly ColumnToWrite[]): Promise<Uint8Array> {
  // Only who writes Parquet waits for the library.
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const buffer = parquetWriteBuffer({
    schema: [
      { name: "schema", repetition_type: "REQUIRED", num_children: columns.length },
      ...columns.flatMap(schemaOf),
    ],
    columnData: columns.map(({ name, data }) => ({
      name,
      data: Array.isArray(data) ? [...data] : (data as Float64Array),
    })),
    createdBy: "nextstat",
  });
  return new Uint8Array(buffer);
}

type SchemaElements = NonNullable<
  Parameters<typeof import("hyparquet-writer").parquetWriteBuffer>[0]["schema"]
>;

function schemaOf({ name, type }: ColumnToWrite): SchemaElements {
  const required = { name, repetition_type: "REQUIRED" } as const;
  switch (type) {
    case "STRING":
      return [
        {
          ...required,
          type: "BYTE_ARRAY",
          converted_type: "UTF8",
          logical_type: { type: "STRING" },
        },
      ];
    case "DOUBLE":
    case "INT32":
    case "BOOLEAN":
      return [{ ...required, type }];
    case "UINT32":
      return [{ ...required, type: "INT32", converted_type: "UINT_32" }];
    case "DOUBLES":
      return [
        { ...required, converted_type: "LIST", logical_type: { type: "LIST" }, num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "REQUIRED", type: "DOUBLE" },
      ];
    default:
      return type satisfies never;
  }
}
