/**
 * The observed events: given, in a table, or the sums of the samples.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import type { Observation } from "../../workspace/types.ts";
import { readCells } from "./cells.ts";
import type { YieldRows, YieldsOptions, YieldsTables } from "./rows.ts";

/** @throws NextstatError `input` for channels that are not there, missing, or of other bins; `usage` for two sources */
export async function observe(
  tables: YieldsTables,
  rows: YieldRows,
  options: YieldsOptions,
  say: (message: string) => void,
): Promise<Observation[]> {
  const given = await readObservations(tables, options);
  if (given === null) {
    const names = [...rows.keys()].map((name) => `"${name}"`).join(", ");
    say(
      `there are no observed events: the sums of the samples are used as data (Asimov) in ${names}`,
    );
    return [...rows].map(([name, samples]) => ({
      name,
      data: (samples[0]?.yields ?? []).map((_, bin) =>
        samples.reduce((sum, { yields }) => sum + (yields[bin] as number), 0),
      ),
    }));
  }
  const location = { file: given.file };
  for (const name of given.data.keys()) {
    if (rows.has(name)) continue;
    throw new NextstatError("input", `observed events for a channel "${name}" that is not there`, {
      location,
      hint: suggestName(name, [...rows.keys()]),
    });
  }
  return [...rows].map(([name, samples]) => {
    const data = given.data.get(name);
    const bins = samples[0]?.yields.length;
    if (data === undefined || data.length !== bins) {
      const found = data === undefined ? "there are none" : `there are ${data.length}`;
      throw new NextstatError(
        "input",
        `channel "${name}" needs ${bins} observed events: ${found}`,
        {
          location,
          hint: "give all channels, or none for the sums of the samples",
        },
      );
    }
    return { name, data };
  });
}

async function readObservations(
  { yields, observations: table }: YieldsTables,
  { observations }: YieldsOptions,
): Promise<{ readonly data: Map<string, readonly number[]>; readonly file: string } | null> {
  if (observations !== undefined && table !== undefined) {
    throw new NextstatError("usage", "observed events are given twice", {
      location: { file: table.name },
      hint: "leave out the option, or the table",
    });
  }
  if (observations !== undefined) {
    return { data: new Map(Object.entries(observations)), file: yields.name };
  }
  if (table === undefined) return null;
  const cells = await readCells(table, "observations", {
    texts: ["channel"],
    lists: ["data"],
    optionalLists: [],
  });
  const lists = cells.lists("data");
  const data = new Map<string, readonly number[]>();
  cells.texts("channel").forEach((channel, row) => {
    if (data.has(channel)) {
      throw cells.fail(`row ${row}: channel "${channel}" is there already`, "keep one of them");
    }
    const own = lists[row];
    if (own === null || own === undefined) {
      throw cells.fail(`row ${row} has no "data"`, "give one number per bin");
    }
    data.set(channel, own);
  });
  return { data, file: table.name };
}
