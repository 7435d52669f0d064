/**
 * Documents through several formats: what is left of the likelihood, and what the reports say is not.
 *
 * @module
 */

import { expect } from "vitest";
import {
  type ConversionInput,
  writeConverted,
  writeConvertedFiles,
} from "../../../src/conversions.ts";
import {
  bytesSource,
  type ConversionReport,
  type HistFactoryInput,
  type Hs3Options,
  openRoot,
  readDocument,
  readHistFactory,
} from "../../../src/formats/index.ts";
import { buildModel } from "../../../src/histfactory-model.ts";
import type { Model } from "../../../src/index.ts";
import { counterpartsOf } from "../../../src/parity/positions.ts";
import { seededRng } from "../fuzz.ts";

export type Format = ConversionInput["format"];

/** A document that has been read. */
export interface Stage extends ConversionInput {
  /** ROOT's names of parameters by ours, of HistFactory's files. */
  readonly rootNames?: HistFactoryInput["rootNames"];
}

/** A document and how its parameters follow from those of the first one. */
interface Link {
  readonly stage: Stage;
  /** Values by name from values by name. */
  readonly carry: (values: ReadonlyMap<string, number>) => ReadonlyMap<string, number>;
  readonly report: ConversionReport;
}

export function readJson(source: string | object, hs3: Hs3Options = {}): Stage {
  return readDocument(source, { hs3 });
}

function modelOf(stage: Stage, measurement: string): Model {
  return buildModel(stage, { measurement });
}

/** One step. */
async function convertTo(stage: Stage, to: Format): Promise<Link> {
  if (to !== "histfactory") {
    const { document, report } = writeConverted(stage, { to });
    return { stage: readJson(JSON.stringify(document)), carry: (values) => values, report };
  }
  const { files, rootParameters, report } = writeConvertedFiles(stage, {});
  const contents = new Map(Object.entries(files));
  const text = contents.get("combination.xml") as string;
  const input = await readHistFactory(text, "combination.xml", {
    readText: async (name) => ({ text: contents.get(name) as string, file: name }),
    openRoot: (name) => openRoot(bytesSource(contents.get(name) as Uint8Array, name)),
  });
  const after: Stage = { ...input, format: "histfactory", hs3: null };
  const own = new Map<string, string>();
  for (const { name } of input.workspace.measurements) {
    const { parameters } = modelOf(after, name).resolved;
    for (const [mine, { name: root }] of counterpartsOf(parameters, input.rootNames)) {
      own.set(root, mine);
    }
  }
  const carry: Link["carry"] = (values) => {
    const out = new Map<string, number>();
    for (const [name, { name: root, centre, width }] of rootParameters) {
      const value = values.get(name);
      const mine = own.get(root);
      if (value !== undefined && mine !== undefined) out.set(mine, (value - centre) / width);
    }
    return out;
  };
  return { stage: after, carry, report };
}

/** @throws NextstatError for what one of the formats refuses */
async function runChain(
  start: Stage,
  formats: readonly Format[],
): Promise<{ readonly end: Stage; readonly links: readonly Link[] }> {
  const links: Link[] = [];
  let stage = start;
  for (const format of formats) {
    const link = await convertTo(stage, format);
    links.push(link);
    stage = link.stage;
  }
  return { end: stage, links };
}

/** Ten places within the bounds, the same on every run; the first is the start. */
function places({ resolved }: Model): number[][] {
  const rng = seededRng(1);
  return Array.from({ length: 10 }, (_, k) =>
    resolved.parameters.map(({ init, lower, upper, fixed }) => {
      if (fixed || k === 0) return init;
      return Math.min(upper, Math.max(lower, init + 0.8 * (rng() - 0.5)));
    }),
  );
}

/** Rounding of two sums of the same terms in another order, and of numbers that were divided and multiplied again. */
const TOLERANCE = 1e-10;

/** Checks that what is left of a measurement is its likelihood, and that whatever else differs is in a report. */
function expectSame(model: Model, other: Model, links: readonly Link[], measurement: string): void {
  const names = model.paramNames();
  const carried = (place: readonly number[]): number[] => {
    const first = new Map(names.map((name, i) => [name, place[i] as number]));
    const values = links.reduce<ReadonlyMap<string, number>>((at, { carry }) => carry(at), first);
    return other.resolved.parameters.map(({ name, init, fixed }) => {
      const value = values.get(name);
      if (value === undefined) expect(fixed, `${name} is new and free`).toBe(true);
      return value ?? init;
    });
  };
  const points = places(model).map((place) => ({
    before: model.nll(place),
    after: other.nll(carried(place)),
  }));
  const [start] = points as [(typeof points)[number]];
  for (const { before, after } of points) {
    const moved = after - start.after - (before - start.before);
    const size = Math.max(1, Math.abs(before), Math.abs(start.before));
    expect(Math.abs(moved)).toBeLessThanOrEqual(TOLERANCE * size);
  }
  const poi = (each: Model): string => each.paramNames()[each.poiIndex() ?? -1] ?? "";
  const only: ReadonlyMap<string, number> = new Map(
    model.poiIndex() === null ? [] : [[poi(model), 1]],
  );
  const carriedPoi = [...links.reduce((at, { carry }) => carry(at), only).keys()];
  expect(carriedPoi).toEqual(other.poiIndex() === null ? [] : [poi(other)]);
  // Where a fit begins, and what floats.
  const begin = carried(model.suggestedInit());
  other.suggestedInit().forEach((init, i) => {
    const from = begin[i] as number;
    expect(Math.abs(init - from), other.paramNames()[i]).toBeLessThan(
      1e-12 * Math.max(1, Math.abs(init)),
    );
  });
  const free = (each: Model): number =>
    each.resolved.parameters.filter(({ fixed }) => !fixed).length;
  expect(free(other)).toBe(free(model));
  const ends = (side: "lower" | "upper") => carried(model.resolved.parameters.map((p) => p[side]));
  const [lower, upper] = [ends("lower"), ends("upper")];
  const moved = other.resolved.parameters.filter(
    (p, i) => !p.fixed && !(isNear(p.lower, lower[i]) && isNear(p.upper, upper[i])),
  );
  if (moved.length > 0) {
    const told = links.flatMap(({ report }) => [...report.lost, ...report.changed]);
    const note = told.find(
      (each) => /range/.test(each.note) && each.note.includes(`"${measurement}"`),
    );
    expect(note, `ranges of ${moved.map(({ name }) => name).join(", ")}`).toBeDefined();
  }
}

function isNear(a: number, b: number | undefined): boolean {
  // Ranges of bins end at 0 in ROOT and at 1e-10 in pyhf.
  return b !== undefined && (a === b || Math.abs(a - b) <= 1e-10 * Math.max(1, Math.abs(a)));
}

/** Checks every measurement of a chain: it is left, or a report says that it is lost. */
export async function expectChain(start: Stage, formats: readonly Format[]): Promise<void> {
  const { end, links } = await runChain(start, formats);
  const left = new Set(end.workspace.measurements.map(({ name }) => name));
  const lost = links.flatMap(({ report }) => report.lost);
  const first = start.workspace.measurements[0]?.name as string;
  expect(left).toContain(first);
  for (const { name } of start.workspace.measurements) {
    if (left.has(name)) expectSame(modelOf(start, name), modelOf(end, name), links, name);
    else expect(lost.map(({ note }) => note).join("\n")).toContain(`measurement ${name}:`);
  }
}
