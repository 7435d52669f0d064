/**
 * Tables of yields -> a checked workspace.
 *
 * One row per channel and sample: `channel`, `sample`, `yields` (a list with a number for each bin) and, where there are any,
 * `stat_error` (their absolute uncertainties). The sample of the signal gets the parameter of interest as a normfactor, and
 * uncertainties become a staterror of the channel. A table of modifiers takes the place of both.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import type { Channel, Measurement, Modifier, Sample, Workspace } from "../../workspace/types.ts";
import { type ConversionReport, type Notice, newConversionLog } from "../conversion.ts";
import { checkWorkspace } from "../pyhf/read.ts";
import { oneLine } from "../root/byte-reader.ts";
import { type Cells, type NamedTable, readCells } from "./cells.ts";
import { type ModifierRows, readModifiers } from "./modifiers.ts";
import { observe } from "./observe.ts";
import type { YieldRow, YieldRows, YieldsOptions, YieldsTables } from "./rows.ts";

/** Tables as a workspace. */
export interface YieldsInput {
  readonly workspace: Workspace;
  /** What was decided on the tables' behalf. */
  readonly notices: readonly Notice[];
  readonly report: ConversionReport;
}

const DEFAULT_POI = "mu";
const MEASUREMENT = "NormalMeasurement";
/** Relative; sums in another order differ by less. */
const SAME_SUM = 1e-9;

/**
 * Reads the tables of a workspace.
 *
 * @throws NextstatError `input` for tables that are malformed or contradict each other, `usage` for options that do
 */
export async function readYields(
  tables: YieldsTables,
  options: YieldsOptions = {},
): Promise<YieldsInput> {
  if (options.poi === "") {
    throw new NextstatError("usage", "the name of the parameter of interest is empty", {
      hint: "name it, or leave the option out",
    });
  }
  const log = newConversionLog();
  const notices: Notice[] = [];
  const { name: file } = tables.yields;
  const cells = await readCells(tables.yields, "yields", {
    texts: ["channel", "sample"],
    lists: ["yields"],
    optionalLists: ["stat_error"],
  });
  for (const column of cells.ignored) {
    log.lost.push({ path: `${file}: column ${column}`, note: "not a column of a yields table" });
  }
  const rows = collectRows(cells);
  refuseTotals(rows, file);
  for (const [channel, samples] of rows) {
    for (const { row, sample } of samples) {
      log.kept.push({ path: `${file}: row ${row}`, note: `sample "${sample}" of "${channel}"` });
    }
  }
  const say = (message: string): void => {
    notices.push({ message });
    log.changed.push({ path: file, note: message });
  };

  const measurements = await readMeasurements(tables, options);
  const modifiers =
    tables.modifiers === undefined
      ? automaticModifiers(rows, options, file, say)
      : await givenModifiers(tables.modifiers, rows, options, measurements, say);
  const observations = await observe(tables, rows, options, say);
  const channels: Channel[] = [...rows].map(([name, samples]) => ({
    name,
    samples: samples.map(
      ({ sample, yields }): Sample => ({
        name: sample,
        data: yields,
        modifiers: modifiers.get(name)?.get(sample) ?? [],
      }),
    ),
  }));
  try {
    const { workspace, warnings } = checkWorkspace({
      channels,
      observations,
      measurements,
      version: "1.0.0",
    });
    return {
      workspace,
      notices: [...notices, ...warnings.map((message) => ({ message }))],
      report: log,
    };
  } catch (error) {
    throw error instanceof NextstatError ? error.at({ file }) : error;
  }
}

/** Tables of expected events may have a row for the sum of the samples, which would count them twice. */
function refuseTotals(rows: YieldRows, file: string): void {
  const isSum = (samples: readonly YieldRow[]): boolean => {
    const total = samples.find(({ sample }) => sample.toLowerCase() === "total");
    const others = samples.filter((other) => other !== total);
    if (total === undefined || others.length === 0) return false;
    return total.yields.every((value, bin) => {
      const sum = others.reduce((all, { yields }) => all + (yields[bin] as number), 0);
      return Math.abs(value - sum) <= SAME_SUM * Math.abs(sum);
    });
  };
  if (![...rows.values()].every(isSum)) return;
  throw new NextstatError("input", 'the sample "total" is the sum of the others in every channel', {
    location: { file },
    hint: "leave its rows out, or every event counts twice",
  });
}

function collectRows(cells: Cells): YieldRows {
  const { fail } = cells;
  const names = { channel: cells.texts("channel"), sample: cells.texts("sample") };
  const yields = cells.lists("yields");
  const errors = cells.lists("stat_error");
  if (cells.rows === 0)
    throw fail("the yields table has no rows", "give one per channel and sample");
  const rows = new Map<string, YieldRow[]>();
  /** By channel and sample. */
  const rowOf = new Map<string, number>();
  for (let row = 0; row < cells.rows; row++) {
    const channel = names.channel[row] as string;
    const sample = names.sample[row] as string;
    const here = `row ${row} (sample "${sample}" of channel "${channel}")`;
    const own = yields[row];
    if (own === null || own === undefined || own.length === 0) {
      throw fail(`${here} has no yields`, "give one number per bin");
    }
    const known = rows.get(channel) ?? [];
    const key = JSON.stringify([channel, sample]);
    const before = rowOf.get(key);
    if (before !== undefined) {
      throw fail(`${here} is there already, as row ${before}`, "keep one of them");
    }
    rowOf.set(key, row);
    const bins = known[0]?.yields.length ?? own.length;
    if (own.length !== bins) {
      throw fail(
        `${here} has ${own.length} bins, and row ${known[0]?.row} of the same channel ${bins}`,
        "give all samples of a channel the same bins",
      );
    }
    const uncertainty = errors[row] ?? null;
    if (uncertainty !== null && uncertainty.length !== own.length) {
      throw fail(
        `${here} has ${own.length} yields and ${uncertainty.length} items in "stat_error"`,
        "give one per bin, or no value (null) for none",
      );
    }
    const negative = uncertainty?.find((value) => value < 0);
    if (negative !== undefined) {
      throw fail(`${here} has the uncertainty ${negative}`, "uncertainties are not negative");
    }
    known.push({ row, sample, yields: own, errors: uncertainty });
    rows.set(channel, known);
  }
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readMeasurements(
  tables: YieldsTables,
  { poi }: YieldsOptions,
): Promise<Measurement[]> {
  const { measurements } = tables;
  const named = (name: string, own: string): Measurement => ({
    name,
    config: { poi: own, parameters: [] },
  });
  if (measurements === undefined) return [named(MEASUREMENT, poi ?? DEFAULT_POI)];
  if (poi !== undefined) {
    throw new NextstatError("usage", "the parameter of interest is given twice", {
      location: { file: measurements.name },
      hint: "leave out the option, or the table of measurements",
    });
  }
  const cells = await readCells(measurements, "measurements", {
    texts: ["name", "poi"],
    lists: [],
    optionalLists: [],
  });
  if (cells.rows === 0) throw cells.fail("the measurements table has no rows", "give one at least");
  const pois = cells.texts("poi");
  return cells.texts("name").map((name, row) => named(name, pois[row] as string));
}

/** The modifiers that yields tables stand for. */
function automaticModifiers(
  rows: YieldRows,
  options: YieldsOptions,
  file: string,
  say: (message: string) => void,
): ModifierRows {
  const poi = options.poi ?? DEFAULT_POI;
  const samples = [...new Set([...rows.values()].flat().map(({ sample }) => sample))];
  const signal = findSignal(samples, poi, options.signal, file);
  if (options.signal === undefined) {
    say(`the sample "${signal}" is taken for the signal, which "${poi}" scales`);
  }
  return new Map(
    [...rows].map(([channel, own]) => [
      channel,
      new Map(
        own.map(({ sample, errors }): [string, Modifier[]] => [
          sample,
          [
            ...(sample === signal ? [{ name: poi, type: "normfactor", data: null } as const] : []),
            ...(errors === null
              ? []
              : [{ name: `staterror_${channel}`, type: "staterror", data: errors } as const]),
          ],
        ]),
      ),
    ]),
  );
}

function findSignal(
  samples: readonly string[],
  poi: string,
  signal: string | undefined,
  file: string,
): string {
  const fail = (problem: string): NextstatError => {
    const names = samples.map((sample) => `"${sample}"`).join(", ");
    return new NextstatError("input", oneLine(problem), {
      location: { file },
      hint: `say which sample is the signal (--signal NAME): there are ${oneLine(names)}`,
    });
  };
  if (signal !== undefined) {
    if (samples.includes(signal)) return signal;
    throw new NextstatError("usage", `there is no sample "${signal}"`, {
      location: { file },
      hint: suggestName(signal, samples),
    });
  }
  if (samples.includes(poi)) return poi;
  const called = samples.filter((sample) => sample.toLowerCase() === "signal");
  const [only] = called;
  if (only === undefined) throw fail(`no sample is called "${poi}" or "signal"`);
  if (called.length > 1) throw fail(`${called.length} samples are called signal`);
  return only;
}

async function givenModifiers(
  table: NamedTable,
  rows: YieldRows,
  { signal }: YieldsOptions,
  measurements: readonly Measurement[],
  say: (message: string) => void,
): Promise<ModifierRows> {
  const location = { file: table.name };
  if (signal !== undefined) {
    throw new NextstatError("usage", "a signal is named, and the modifiers say what each scales", {
      location,
      hint: "leave out the signal, or the table of modifiers",
    });
  }
  if ([...rows.values()].flat().some(({ errors }) => errors !== null)) {
    say('"stat_error" is not used, since there is a table of modifiers');
  }
  const bins = new Map(
    [...rows].map(([channel, own]) => [
      channel,
      new Map(own.map(({ sample, yields }) => [sample, yields.length])),
    ]),
  );
  const modifiers = await readModifiers(table, bins);
  const all = [...modifiers.values()].flatMap((samples) => [...samples.values()].flat());
  const names = [...new Set(all.map(({ name }) => name))];
  for (const { name, config } of measurements) {
    if (names.includes(config.poi)) continue;
    throw new NextstatError(
      "input",
      `no modifier is called "${config.poi}", the parameter of interest of "${name}"`,
      { location, hint: suggestName(config.poi, names) },
    );
  }
  if (all.some(({ type }) => type === "lumi")) {
    say(
      'the tables do not say the luminosity: give "lumi" its auxdata and sigmas in the workspace',
    );
  }
  return modifiers;
}
