/**
 * Any columns come back from what we write, in both formats, whole and in chunks of any size.
 *
 * @module
 */

import fc from "fast-check";
import { expect, it } from "vitest";
import {
  bytesSource,
  type ColumnToWrite,
  openTable,
  writeArrow,
  writeParquet,
} from "../../../src/formats/index.ts";
import { valuesOf } from "./values.ts";

const number = fc.double();
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const COLUMNS = {
  STRING: text,
  DOUBLE: number,
  INT32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  UINT32: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  BOOLEAN: fc.boolean(),
  DOUBLES: fc.array(number, { maxLength: 5 }),
};
const ARRAYS = { DOUBLE: Float64Array, INT32: Int32Array, UINT32: Uint32Array } as const;

const table = fc
  .integer({ min: 0, max: 70 })
  .chain((rows) =>
    fc.array(
      fc
        .constantFrom(...(Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]))
        .chain((type) =>
          fc
            .array(COLUMNS[type] as fc.Arbitrary<unknown>, { minLength: rows, maxLength: rows })
            .map((data) => ({ type, data })),
        ),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map((columns) =>
    columns.map(({ type, data }, i) => {
      const Typed = ARRAYS[type as keyof typeof ARRAYS];
      const own = Typed === undefined ? data : Typed.from(data as number[]);
      return { name: `c${i}`, type, data: own } as ColumnToWrite;
    }),
  );

it("columns are what was written", async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 80 }), async (columns, chunkEntries) => {
      const expected = columns.map(({ type, data }) => {
        if (type === "STRING" || type === "BOOLEAN") return data;
        const plain = (value: number): unknown => {
          if (Object.is(value, -0)) return "-0";
          return Number.isFinite(value)
            ? value
            : { NaN: "nan", Infinity: "inf", "-Infinity": "-inf" }[String(value)];
        };
        return Array.from(data as ArrayLike<number | readonly number[]>, (value) =>
          typeof value === "number" ? plain(value) : value.map(plain),
        );
      });
      for (const bytes of [writeArrow(columns), await writeParquet(columns)]) {
        const opened = await openTable(bytesSource(bytes, "written"));
        const whole = await opened.table.read();
        expect(Object.values(whole.columns).map(valuesOf)).toEqual(expected);
        const pieces: unknown[][] = columns.map(() => []);
        for await (const chunk of opened.table.chunks(undefined, { chunkEntries })) {
          for (const [i, column] of Object.values(chunk.columns).entries()) {
            pieces[i]?.push(...valuesOf(column));
          }
        }
        expect(pieces).toEqual(expected);
      }
    }),
    { numRuns: 150 },
  );
});
