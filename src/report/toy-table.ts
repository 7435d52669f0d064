/**
 * Fitted toys as a table: one row per toy, in JSON lines or as columns of numbers.
 *
 * @module
 */

import type { FitToysResult, FittedToy } from "../infer/toy-fits.ts";

/** One column; missing numbers are NaN. */
export type TableColumn =
  | { readonly name: string; readonly type: "DOUBLE"; readonly data: Float64Array }
  | { readonly name: string; readonly type: "INT32"; readonly data: Int32Array }
  | { readonly name: string; readonly type: "BOOLEAN"; readonly data: readonly boolean[] }
  | { readonly name: string; readonly type: "STRING"; readonly data: readonly string[] };

/**
 * The columns: `index`, `status`, `lower_minimum`, `nll`, `statistic`, then for every parameter `NAME` its estimate `fit.NAME`,
 * standard deviation `sigma.NAME` and pull `pull.NAME`.
 */
export function toyColumns({ toys, parameters }: FitToysResult): TableColumn[] {
  const numbers = (name: string, of: (toy: FittedToy) => number): TableColumn => ({
    name,
    type: "DOUBLE",
    data: Float64Array.from(toys, of),
  });
  return [
    { name: "index", type: "INT32", data: Int32Array.from(toys, ({ index }) => index) },
    { name: "status", type: "STRING", data: toys.map(({ status }) => status) },
    { name: "lower_minimum", type: "BOOLEAN", data: toys.map(({ lower }) => lower) },
    numbers("nll", ({ nll }) => nll),
    numbers("statistic", ({ statistic }) => statistic),
    ...parameters.flatMap(({ name, truth }, i) => [
      numbers(`fit.${name}`, ({ x }) => x[i] as number),
      numbers(`sigma.${name}`, ({ sigma }) => sigma[i] as number),
      numbers(`pull.${name}`, ({ x, sigma }) => ((x[i] as number) - truth) / (sigma[i] as number)),
    ]),
  ];
}

/** One JSON object per row, with a final newline; missing numbers are null. */
export function* tableLines(columns: readonly TableColumn[]): Generator<string, void, void> {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  const rows = columns[0]?.data.length ?? 0;
  for (let row = 0; row < rows; row++) {
    // JSON has no NaN: JSON.stringify writes null.
    const cells = columns.map(({ data }, k) => `${keys[k]}:${JSON.stringify(data[row])}`);
    yield `{${cells.join(",")}}\n`;
  }
}
