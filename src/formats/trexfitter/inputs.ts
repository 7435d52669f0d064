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

/** Inputs of one side of a systematic. */
export function inputsOfSide(values: Values, kind: InputKind, side: Side): Inputs {
  return {
    main: eachPart((part) => singleOrList(values, `${kind}${part}`, side)),
    suffixes: eachPart((part) => {
      const suffix = values.text(`${kind}${part}Suf${side}`);
      return suffix === null ? [] : [suffix];
    }),
  };
}

/** Whether a block gives any input. */
export function hasInputs({ main, suffixes }: Inputs): boolean {
  return PARTS.some((part) => main[part].length > 0 || suffixes[part].length > 0);
}

/** Blocks that say where a template is, in the order of their suffixes. */
export interface InputChain {
  readonly kind: InputKind;
  readonly job: Inputs;
  readonly region: Inputs;
  readonly sample: Inputs;
  readonly side: Inputs | null;
  /** Suffixes of histograms that are not those of a systematic. */
  readonly nominalNames: readonly string[];
}

/** All places of a template, in the order of TRExFitter. @param block whose template it is, for messages */
export function locationsOf(chain: InputChain, block: Block, region: string): Location[] {
  const { kind, job, sample, side } = chain;
  const blocks = [side, sample, chain.region, job];
  const main = eachPart((part) => blocks.find((b) => (b?.main[part].length ?? 0) > 0)?.main[part]);
  const suffixes = eachPart((part) => {
    const own = combine(chain.region.suffixes[part], sample.suffixes[part]);
    if (side !== null) return combine(own, side.suffixes[part]);
    return part === "Name" ? combine(own, chain.nominalNames) : own;
  });
  for (const part of ["File", "Name"] as const) {
    if (main[part] !== undefined || (part === "Name" && suffixes.Name.length > 0)) continue;
    throw configurationError(
      block,
      `no ${kind}${part} for ${nameOf(block)} in region "${region}"`,
      `give ${kind}${part} in the sample, the region or the job`,
    );
  }
  const folders = combine(main.Path ?? [], suffixes.Path);
  const files = combine(main.File ?? [], suffixes.File);
  const names = combine(main.Name ?? [], suffixes.Name);
  return (folders.length === 0 ? [""] : folders).flatMap((folder) =>
    files.flatMap((file) =>
      names.map((name) => ({
        path: `${folder === "" ? "" : `${folder.replace(/\/+$/, "")}/`}${file.replace(/\.root$/, "")}.root`,
        name,
      })),
    ),
  );
}

/** Every text with every suffix. */
function combine(texts: readonly string[], suffixes: readonly string[]): readonly string[] {
  if (texts.length === 0) return suffixes;
  if (suffixes.length === 0) return texts;
  return texts.flatMap((text) => suffixes.map((suffix) => text + suffix));
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
