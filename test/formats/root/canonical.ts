/**
 * Columns and histograms as bytes that say what they hold, the same as tools/golden/root.py makes of what uproot reads.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Column } from "../../../src/columns/index.ts";
import type { Histogram, RootFile } from "../../../src/formats/index.ts";

export function digest(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}

function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Offsets and lengths are 64-bit, little-endian. */
function words(values: Iterable<number>): Uint8Array {
  return bytesOf(BigInt64Array.from(values, BigInt));
}

/** Kind, lengths, then content. */
export function canonical(column: Column): Uint8Array {
  switch (column.kind) {
    case "numbers":
      return Buffer.concat([Buffer.from(`n${column.type}\0`), bytesOf(column.values)]);
    case "strings": {
      const texts = column.values.map((text) => Buffer.from(text));
      const parts = texts.flatMap((text) => [
        Uint8Array.from(bytesOf(Uint32Array.of(text.length))),
        text,
      ]);
      return Buffer.concat([Buffer.from("s"), ...parts]);
    }
    case "arrays":
      return Buffer.concat([Buffer.from("a"), words([column.length]), canonical(column.content)]);
    case "lists":
      return Buffer.concat([Buffer.from("l"), words(column.offsets), canonical(column.content)]);
    case "records": {
      const parts = Object.entries(column.fields).flatMap(([name, field]) => [
        Buffer.from(`${name}\0`),
        canonical(field),
      ]);
      return Buffer.concat([Buffer.from("r"), ...parts]);
    }
    default:
      return column satisfies never;
  }
}

export function digestNumbers(numbers: ArrayLike<number>): string {
  return digest(bytesOf(Float64Array.from(numbers)));
}

/** One digest of a histogram, as in `summary` of root.py. */
function summariseHistogram(h: Histogram): string {
  return digest(
    [
      h.className,
      h.title,
      ...h.axes.map(({ edges }) => digestNumbers(edges)),
      digestNumbers(h.values),
      digestNumbers(h.variances),
      String(h.weighted),
      digestNumbers([h.entries]),
    ].join("\n"),
  );
}

async function summariseTable(file: RootFile, key: string): Promise<string> {
  const table = await file.table(key);
  const { columns } = await table.read();
  const names = Object.keys(columns).sort();
  return digest(
    [
      table.className,
      `${table.entries}`,
      ...names.map((name) => `${name} ${digest(canonical(columns[name] as Column))}`),
    ].join("\n"),
  );
}

/** One digest of an object. */
export async function summarise(file: RootFile, key: string, className: string): Promise<string> {
  return /^TH[123]/.test(className)
    ? summariseHistogram(await file.histogram(key))
    : summariseTable(file, key);
}
