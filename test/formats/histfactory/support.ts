/** What the tests of HistFactory files share. */

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { HistFactoryInput } from "../../../src/formats/histfactory/read.ts";
import { type HistFactoryOptions, readHistFactory } from "../../../src/formats/index.ts";
import { modelOf } from "../../../src/histfactory-xml.ts";
import type { Model } from "../../../src/index.ts";
import { lookUpFiles } from "../../../src/node/histfactory-files.ts";

export const GOLDEN = new URL("../../golden/histfactory/", import.meta.url).pathname;

/** One parameter as ROOT has it. */
export interface RootParameter {
  readonly name: string;
  readonly value: number;
  readonly range: readonly [number, number];
  readonly constant: boolean;
}

/** ROOT's numbers for one measurement. */
export interface RootNumbers {
  readonly poi: string;
  readonly parameters: readonly RootParameter[];
  /** The first is the start. */
  readonly points: readonly { readonly position: Record<string, number>; readonly nll: number }[];
  readonly fit: {
    readonly nll: number;
    readonly values: Record<string, number>;
    readonly errors: Record<string, number>;
  };
  readonly q: readonly { readonly mu: number; readonly q: number }[];
}

/** Reads a combination on disk. */
function readFiles(path: string, options: HistFactoryOptions = {}): Promise<HistFactoryInput> {
  return readHistFactory(readFileSync(path, "utf8"), basename(path), lookUpFiles(path), options);
}

export async function readModel(
  path: string,
  measurement: string,
  options: HistFactoryOptions = {},
): Promise<Model> {
  return modelOf(await readFiles(path, options), { measurement });
}

/** ROOT's numbers of a combination in the golden folder, by measurement. */
export function rootNumbers(name: string): Readonly<Record<string, RootNumbers>> {
  const text = readFileSync(join(GOLDEN, "reference", `${name}.json`), "utf8");
  return (JSON.parse(text) as { measurements: Record<string, RootNumbers> }).measurements;
}

/** Our name of a parameter of ROOT's; `columns` is the number of bins along the second axis of a channel that has one. */
export function ownName(name: string, model: Model, columns = 1): string {
  const names = model.paramNames();
  const [, set = name, bins] = /^gamma_(.*?)_bin_([\d_]+)$/.exec(name) ?? [];
  if (bins !== undefined) {
    const bin = bins.split("_").reduce((index, part) => index * columns + Number(part), 0);
    // Where a systematic has the short name.
    const long = `gamma_${set}[${bin}]`;
    return names.includes(long) ? long : `${set.replace(/^stat_/, "staterror_")}[${bin}]`;
  }
  if (name === "Lumi") return "lumi";
  if (name.startsWith("beta_")) return name.slice("beta_".length);
  // An OverallSys with a Gamma constraint takes the short name, a HistoSys of its name keeps ROOT's.
  if (names.includes(name)) return name;
  return name.replace(/^alpha_/, "");
}

/** A position of ours: the start, moved to where ROOT's parameters are. */
export function ownPosition(
  model: Model,
  position: Readonly<Record<string, number>>,
  columns = 1,
): number[] {
  const names = model.paramNames();
  const theta = model.suggestedInit();
  for (const [name, value] of Object.entries(position)) {
    if (name === "Lumi" && value === 1 && !names.includes("lumi")) continue;
    const index = names.indexOf(ownName(name, model, columns));
    if (index < 0) throw new Error(`${name} is no parameter of ours`);
    theta[index] = value;
  }
  return theta;
}
