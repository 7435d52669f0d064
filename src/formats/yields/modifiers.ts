/**
 * The table of modifiers: one row for each modifier of a sample in a channel.
 *
 * | `modifier_type`          | columns                                          |
 * | ------------------------ | ------------------------------------------------ |
 * | normsys                  | `data_hi`, `data_lo`: a list of one factor each  |
 * | histosys                 | `data_hi`, `data_lo`: `[nBins]` events           |
 * | shapesys, staterror      | `data`: `[nBins]` absolute uncertainties         |
 * | normfactor, lumi, shapefactor | none                                        |
 *
 * @module
 */

import { type NextstatError, suggestName } from "../../errors.ts";
import { MODIFIER_TYPES, type Modifier, type ModifierType } from "../../workspace/types.ts";
import { type Cells, type NamedTable, readCells } from "./cells.ts";

/** Modifiers by channel and sample. */
export type ModifierRows = ReadonlyMap<string, ReadonlyMap<string, readonly Modifier[]>>;

/** How many bins each sample has, by channel. */
type Bins = ReadonlyMap<string, ReadonlyMap<string, number>>;

const DATA = ["data_hi", "data_lo", "data"] as const;
type DataColumn = (typeof DATA)[number];

/** @throws NextstatError `input` for rows that are malformed, or of samples that are not there */
export async function readModifiers(table: NamedTable, bins: Bins): Promise<ModifierRows> {
  const cells = await readCells(table, "modifiers", {
    texts: ["channel", "sample", "modifier_name", "modifier_type"],
    lists: [],
    optionalLists: DATA,
  });
  const [channels, samples, names, types] = [
    cells.texts("channel"),
    cells.texts("sample"),
    cells.texts("modifier_name"),
    cells.texts("modifier_type"),
  ];
  const lists = new Map(DATA.map((column) => [column, cells.lists(column)]));
  const modifiers = new Map<string, Map<string, Modifier[]>>();
  for (let row = 0; row < cells.rows; row++) {
    const [channel, sample, name] = [channels[row], samples[row], names[row]] as [
      string,
      string,
      string,
    ];
    const nBins = binsOf(bins, channel, sample, row, cells);
    const type = MODIFIER_TYPES.find((known) => known === types[row]);
    if (type === undefined) {
      const asked = types[row] as string;
      throw cells.fail(`row ${row}: unknown type "${asked}"`, suggestName(asked, MODIFIER_TYPES));
    }
    const data = (column: DataColumn): readonly number[] | null => lists.get(column)?.[row] ?? null;
    const modifier = build(name, type, data, nBins, (problem) =>
      cells.fail(`row ${row} (${type} "${name}" of "${sample}" in "${channel}"): ${problem}`, HINT),
    );
    const ofChannel = modifiers.get(channel) ?? new Map<string, Modifier[]>();
    const own = ofChannel.get(sample) ?? [];
    if (own.some((other) => other.name === name && other.type === type)) {
      throw cells.fail(
        `row ${row}: "${sample}" in "${channel}" has the ${type} "${name}" already`,
        "keep one of them",
      );
    }
    modifiers.set(channel, ofChannel.set(sample, [...own, modifier]));
  }
  return modifiers;
}

const HINT =
  "normsys has lists of one factor in data_hi and data_lo, histosys of events per bin, shapesys and staterror uncertainties in data";

function binsOf(bins: Bins, channel: string, sample: string, row: number, cells: Cells): number {
  const samples = bins.get(channel);
  if (samples === undefined) {
    throw cells.fail(
      `row ${row}: there is no channel "${channel}" in the yields table`,
      suggestName(channel, [...bins.keys()]),
    );
  }
  const nBins = samples.get(sample);
  if (nBins === undefined) {
    throw cells.fail(
      `row ${row}: there is no sample "${sample}" in channel "${channel}" of the yields table`,
      suggestName(sample, [...samples.keys()]),
    );
  }
  return nBins;
}

function build(
  name: string,
  type: ModifierType,
  data: (column: DataColumn) => readonly number[] | null,
  nBins: number,
  fail: (problem: string) => NextstatError,
): Modifier {
  const take = (column: DataColumn, length: number): readonly number[] => {
    const list = data(column);
    if (list === null) throw fail(`"${column}" has no value`);
    if (list.length !== length)
      throw fail(`"${column}" has ${list.length} items instead of ${length}`);
    return list;
  };
  const refuse = (...columns: DataColumn[]): void => {
    // Writers that know no missing lists write empty ones.
    const filled = columns.find((column) => (data(column)?.length ?? 0) > 0);
    if (filled !== undefined) throw fail(`"${filled}" has a value that it does not use`);
  };
  switch (type) {
    case "normfactor":
    case "lumi":
    case "shapefactor":
      refuse("data_hi", "data_lo", "data");
      return { name, type, data: null };
    case "normsys":
      refuse("data");
      return {
        name,
        type,
        data: { hi: take("data_hi", 1)[0] as number, lo: take("data_lo", 1)[0] as number },
      };
    case "histosys":
      refuse("data");
      return {
        name,
        type,
        data: { hi_data: take("data_hi", nBins), lo_data: take("data_lo", nBins) },
      };
    case "shapesys":
    case "staterror":
      refuse("data_hi", "data_lo");
      return { name, type, data: take("data", nBins) };
    default:
      return type satisfies never;
  }
}
