/**
 * Columns of tables that are written. No value is missing; numbers that are not known are NaN.
 *
 * @module
 */

/** One column: its name, its type in the words of Parquet (`DOUBLES`: a list of doubles in every row), and a value per row. */
export type ColumnToWrite =
  | { readonly name: string; readonly type: "STRING"; readonly data: readonly string[] }
  | { readonly name: string; readonly type: "DOUBLE"; readonly data: Float64Array }
  | { readonly name: string; readonly type: "INT32"; readonly data: Int32Array }
  | { readonly name: string; readonly type: "UINT32"; readonly data: Uint32Array }
  | { readonly name: string; readonly type: "BOOLEAN"; readonly data: readonly boolean[] }
  | {
      readonly name: string;
      readonly type: "DOUBLES";
      readonly data: readonly (readonly number[])[];
    };
