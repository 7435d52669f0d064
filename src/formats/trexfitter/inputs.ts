/**
 * Where the events or histograms of a template are: TRExFitter puts paths, names of files and names of objects together
 * from the blocks of job, region, sample and systematic.
 *
 * ```text
 * PATH + suffixes / FILE + suffixes .root, and in it NAME + suffixes
 * ```
 *
 * Of PATH, FILE and NAME those of the systematic win, else the sample's, else the region's, else the job's. Suffixes of
 * region, sample and systematic follow one another. Of lists every combination is read, and all are added.
 *
 * @module
 */

import type { NextstatError } from "../../errors.ts";
import { type Block, configurationError } from "./blocks.ts";
import { nameOf } from "./context.ts";
import type { Values } from "./values.ts";

/** What the keys of inputs begin with. */
export type InputKind = "Ntuple" | "Histo";
export type Side = "Up" | "Down";

const PARTS = ["Path", "File", "Name"] as const;
type Part = (typeof PARTS)[number];

/** Inputs that a block gives. Empty lists for what it does not. */
export interface Inputs {
  readonly main: Readonly<Record<Part, readonly string[]>>;
  readonly suffixes: Readonly<Record<Part, readonly string[]>>;
}

/** An object in a file. */
export interface Location {
  readonly path: string;
  readonly name: string;
}

/** Inputs of a job, region or sample. The list of the plural key wins over the singular one. */
export function inputsOf(values: Values, kind: InputKind): Inputs {
  const hasSuffixes = values.block.kind !== "Job";
  return {
    main: eachPart((part) => singleOrList(values, `${kind}${part}`, "")),
    suffixes: eachPart((part) =>
      hasSuffixes ? singleOrList(values, `${kind}${part}Suff`, "") : [],
    ),
  };
}

/** Inputs of one side of a systematic. @param of what the keys end with: nothing, or `RefSample` */
export function inputsOfSide(values: Values, kind: InputKind, side: Side, of = ""): Inputs {
  return {
    main: eachPart((part) => singleOrList(values, `${kind}${part}`, `${side}${of}`)),
    suffixes: eachPart((part) => {
      const suffix = values.text(`${kind}${part}Suf${side}${of}`);
      return suffix === null ? [] : [suffix];
    }),
  };
}

/** Inputs with those that are missing taken from others. */
export function orInputs(first: Inputs, others: Inputs): Inputs {
  const either = (kind: keyof Inputs): Inputs["main"] =>
    eachPart((part) => (first[kind][part].length > 0 ? first : others)[kind][part]);
  return { main: either("main"), suffixes: either("suffixes") };
}

/** Whether a block gives any input. */
export function hasInputs(inputs: Inputs): boolean {
  return PARTS.some((part) => hasPart(inputs, part));
}

/** What job, region and sample say of the place of a template; what a systematic says goes before and after it. */
export interface BaseInputs {
  /** Of sample, region or job, in this order. */
  readonly main: Inputs["main"];
  /** Of region and sample. */
  readonly suffixes: Inputs["suffixes"];
  /** The same with the suffix of nominal histograms. */
  readonly nominalNames: readonly string[];
  /** Of files, where a systematic says nothing of folders and files. */
  readonly paths: readonly string[];
}

/** Puts the inputs of a sample in a region together. @param nominalNames suffixes of nominal histograms */
export function baseInputs(
  job: Inputs,
  region: Inputs,
  sample: Inputs,
  nominalNames: readonly string[],
): BaseInputs {
  const suffixes = eachPart((part) => combine(region.suffixes[part], sample.suffixes[part]));
  const main = eachPart(
    (part) => [sample, region, job].find((b) => b.main[part].length > 0)?.main[part] ?? [],
  );
  return {
    main,
    suffixes,
    nominalNames: combine(suffixes.Name, nominalNames),
    paths: pathsOf(combine(main.Path, suffixes.Path), combine(main.File, suffixes.File)),
  };
}

/** All places of a template, in the order of TRExFitter. @param block whose template it is, for messages */
export function locationsOf(
  kind: InputKind,
  base: BaseInputs,
  side: Inputs | null,
  block: Block,
  region: string,
): Location[] {
  const main = (part: Part): readonly string[] => {
    const own = side?.main[part] ?? [];
    return own.length > 0 ? own : base.main[part];
  };
  const suffixes = (part: Part): readonly string[] => {
    if (side !== null) return combine(base.suffixes[part], side.suffixes[part]);
    return part === "Name" ? base.nominalNames : base.suffixes[part];
  };
  const names = combine(main("Name"), suffixes("Name"));
  if (main("File").length === 0) throw missingInput(kind, "File", block, region);
  if (names.length === 0) throw missingInput(kind, "Name", block, region);
  const paths =
    side === null || FILE_PARTS.every((part) => !hasPart(side, part))
      ? base.paths
      : pathsOf(combine(main("Path"), suffixes("Path")), combine(main("File"), suffixes("File")));
  const [path, ...others] = paths;
  const [name, ...more] = names;
  // Almost always.
  if (path !== undefined && name !== undefined && others.length + more.length === 0) {
    return [{ path, name }];
  }
  return paths.flatMap((each) => names.map((one) => ({ path: each, name: one })));
}

const FILE_PARTS = ["Path", "File"] as const;

function hasPart({ main, suffixes }: Inputs, part: Part): boolean {
  return main[part].length > 0 || suffixes[part].length > 0;
}

function missingInput(kind: InputKind, part: Part, block: Block, region: string): NextstatError {
  return configurationError(
    block,
    `no ${kind}${part} for ${nameOf(block)} in region "${region}"`,
    `give ${kind}${part} in the sample, the region or the job`,
  );
}

function pathsOf(folders: readonly string[], files: readonly string[]): readonly string[] {
  return (folders.length === 0 ? [""] : folders).flatMap((folder) =>
    files.map((file) => pathOf(folder, file)),
  );
}

function pathOf(folder: string, file: string): string {
  const before = folder === "" ? "" : `${folder.replace(/\/+$/, "")}/`;
  return `${before}${file.replace(/\.root$/, "")}.root`;
}

/** Every text with every suffix. */
function combine(texts: readonly string[], suffixes: readonly string[]): readonly string[] {
  if (texts.length === 0) return suffixes;
  if (suffixes.length === 0) return texts;
  const [suffix] = suffixes;
  if (suffixes.length === 1 && suffix !== undefined) return texts.map((text) => text + suffix);
  return texts.flatMap((text) => suffixes.map((each) => text + each));
}

function singleOrList(values: Values, key: string, side: string): readonly string[] {
  const list = values.list(`${key}s${side}`);
  if (list !== null) return list;
  const single = values.text(`${key}${side}`);
  return single === null ? [] : [single];
}

function eachPart<T>(make: (part: Part) => T): Record<Part, T> {
  return { Path: make("Path"), File: make("File"), Name: make("Name") };
}
