/**
 * pyhf's reference numbers in one shape: the committed ones of test/golden and, where the folder is there, those of
 * ../shared/data.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type FromPyhfOptions, fromPyhf, type Model } from "../../../src/index.ts";

export interface ReferencePoint {
  /** `[nParameters]` in the order of {@link ReferenceCase.parameters}, like every vector here. */
  readonly position: readonly number[];
  /** null where pyhf's number is not finite. */
  readonly nll: number | null;
  /** null where there is none that can be trusted. */
  readonly gradient: readonly number[] | null;
  /** Main data, null where not stored. */
  readonly expected: readonly number[] | null;
}

export interface ReferenceMinimum {
  readonly nll: number;
  readonly position: readonly number[];
}

export interface ReferenceFit extends ReferenceMinimum {
  /** From the exact Hessian over the free parameters; null where there is none. */
  readonly uncertainties: readonly (number | null)[];
  /** Whether position and uncertainties mean something: a stationary, unique, smooth minimum. */
  readonly regular: boolean;
}

export interface ReferenceCase {
  /** Name of the reference file without `.json`. */
  readonly label: string;
  readonly set: "root" | "pyhf";
  readonly poi: string | null;
  readonly parameters: readonly string[];
  readonly init: readonly number[];
  readonly bounds: readonly (readonly [number, number])[];
  readonly fixed: readonly boolean[];
  readonly points: readonly ReferencePoint[];
  readonly fit: ReferenceFit;
  /** Other minima within 10 units of 2NLL. */
  readonly otherMinima: readonly ReferenceMinimum[];
  /** Minima with the parameter of interest held; null where the likelihood is zero whatever the rest. */
  readonly conditional: readonly { readonly poi: number; readonly nll: number | null }[];
  openModel(): Model;
}

const repository = new URL("../../../", import.meta.url);
export const publishedFolder: URL = new URL("../shared/data/published/", repository);
export const tutorialFolder: URL = new URL("../shared/data/tutorial/", repository);

function jsonFiles(folder: URL, ending = ".json"): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .sort();
}

function parse(url: URL): unknown {
  return JSON.parse(readFileSync(url, "utf8"));
}

/** A function that compiles the workspace once, however often it is called. */
function opener(url: URL, options: FromPyhfOptions): () => Model {
  let model: Model | undefined;
  return () => {
    model ??= fromPyhf(readFileSync(url, "utf8"), options);
    return model;
  };
}

// --- Committed ------------------------------------------------------------------------------------------------------

/** A file of test/golden/reference, see tools/golden/README.md. */
interface GoldenReference {
  readonly workspace: string;
  readonly measurement: string;
  readonly interpolation: { readonly set: "root" | "pyhf" };
  readonly poi: string | null;
  readonly parameters: string[];
  readonly init: number[];
  readonly bounds: [number, number][];
  readonly fixed: boolean[];
  readonly points: ReferencePoint[];
  readonly fit: ReferenceMinimum & {
    readonly uncertainties: (number | null)[];
    readonly kinks: string[];
    readonly singular: boolean;
  };
  readonly other_minima: ReferenceMinimum[];
  readonly conditional: { readonly poi: number; readonly nll: number | null }[];
}

/** Every committed reference, or those whose name passes. */
export function goldenCases(select: (label: string) => boolean = () => true): ReferenceCase[] {
  const references = new URL("test/golden/reference/", repository);
  const workspaces = new URL("test/golden/workspaces/", repository);
  return jsonFiles(references)
    .map((file) => file.replace(/\.json$/, ""))
    .filter(select)
    .map((label) => {
      const r = parse(new URL(`${label}.json`, references)) as GoldenReference;
      const { set } = r.interpolation;
      return {
        ...r,
        label,
        set,
        fit: { ...r.fit, regular: r.fit.kinks.length === 0 && !r.fit.singular },
        otherMinima: r.other_minima,
        openModel: opener(new URL(r.workspace, workspaces), {
          interpDefaults: set,
          measurement: r.measurement,
        }),
      };
    });
}

/** The text of a committed workspace. */
export function goldenWorkspaceText(name: string): string {
  return readFileSync(new URL(`test/golden/workspaces/${name}.json`, repository), "utf8");
}

// --- Published ------------------------------------------------------------------------------------------------------

/** A reference of ../shared/data, see ../shared/peers/reference.py. */
interface PublishedReference {
  readonly codes: "code4" | "pyhf";
  readonly poi: string | null;
  readonly parameters: string[];
  readonly init: number[];
  readonly bounds: [number, number][];
  readonly fixed: boolean[];
  readonly nll_init: number | null;
  readonly grad_init: number[] | null;
  readonly expected_init: number[];
  readonly points: { readonly x: number[]; readonly nll: number | null; grad: number[] | null }[];
  readonly fit: {
    readonly nll: number;
    readonly bestfit: number[];
    readonly uncertainties_free_hessian: (number | null)[];
    readonly grad_norm: number;
  };
  readonly fit_mu0?: { readonly nll: number };
  readonly fit_mu1?: { readonly nll: number };
}

/** Above this the reference's minimiser stopped on a kink, not in a minimum with a slope of zero. */
const STATIONARY = 1e-6;
/** Minima this close to a kink are on it. */
const NEAR_KINK = 1e-6;

/** Every reference of a folder of ../shared/data; none when it is absent. */
export function sharedCases(folder: URL): ReferenceCase[] {
  return jsonFiles(folder, ".reference.json").map((file): ReferenceCase => {
    const r = parse(new URL(file, folder)) as PublishedReference;
    const set = r.codes === "code4" ? "root" : "pyhf";
    const workspace = file.replace(/\.(code4|pyhf)\.reference\.json$/, ".json");
    const openModel = opener(new URL(workspace, folder), { interpDefaults: set });
    const isAlpha = alphasOf(openModel(), r.parameters);
    const onKink = (x: readonly number[], distance: number): boolean =>
      set === "pyhf" && x.some((v, i) => isAlpha[i] && Math.abs(v) <= distance);
    const point = (
      position: number[],
      nll: number | null,
      gradient: number[] | null,
    ): ReferencePoint => ({
      position,
      nll,
      gradient: onKink(position, 0) || gradient?.includes(null as never) ? null : gradient,
      expected: null,
    });
    return {
      label: file.replace(/\.reference\.json$/, ""),
      set,
      poi: r.poi,
      parameters: r.parameters,
      init: r.init,
      bounds: r.bounds,
      fixed: r.fixed,
      points: [
        {
          ...point(r.init, r.nll_init, r.grad_init),
          expected: r.expected_init.slice(0, openModel().resolved.observed.length),
        },
        ...r.points.map(({ x, nll, grad }) => point(x, nll, grad)),
      ],
      fit: {
        nll: r.fit.nll,
        position: r.fit.bestfit,
        uncertainties: r.fit.uncertainties_free_hessian.map((u) => (u === 0 ? null : u)),
        regular: r.fit.grad_norm < STATIONARY && !onKink(r.fit.bestfit, NEAR_KINK),
      },
      otherMinima: [],
      conditional: [r.fit_mu0, r.fit_mu1].flatMap((f, poi) => (f ? [{ poi, nll: f.nll }] : [])),
      openModel,
    };
  });
}

function alphasOf(model: Model, names: readonly string[]): boolean[] {
  const kinds = new Map(model.resolved.parameters.map((p) => [p.name, p.kind]));
  return names.map((name) => kinds.get(name) === "alpha");
}

/** The text of a workspace of ../shared/data. */
export function sharedWorkspaceText(folder: URL, name: string): string {
  return readFileSync(new URL(`${name}.json`, folder), "utf8");
}
