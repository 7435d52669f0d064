/**
 * The model as a user holds it: a workspace compiled for one measurement, and a device that computes its likelihood.
 *
 * @module
 */

import { NextstatError } from "./errors.ts";
import {
  type DocumentInput,
  type Hs3Options,
  type Hs3Source,
  type PatchInput,
  readDocument,
} from "./formats/index.ts";
import type { FitTarget } from "./infer/fit.ts";
import type { CurvatureEvaluator } from "./likelihood/evaluator.ts";
import { type CompiledModel, packModel } from "./model/pack.ts";
import { type ResolveOptions, resolveModel } from "./model/resolve.ts";
import type { HistosysCode, NormsysCode, ResolvedModel } from "./model/resolved-model.ts";
import { openEvaluator } from "./wasm/evaluator.ts";
import type { Workspace } from "./workspace/types.ts";

/** How to read a pyhf workspace. */
export interface FromPyhfOptions {
  /**
   * Interpolation of normsys and histosys: `root` = code4 and code4p (default, also pyhf's since 0.7), `pyhf` = code1 and
   * code0 (pyhf's before that).
   */
  readonly interpDefaults?: "root" | "pyhf";
  /** Interpolation by modifier type; wins over `interpDefaults`. */
  readonly interpolation?: { readonly normsys?: NormsysCode; readonly histosys?: HistosysCode };
  /** Measurement to use. Default: the first. */
  readonly measurement?: string;
  /** Parameter of interest. Default: the measurement's. */
  readonly poi?: string;
  /** JSON Patches to apply first, in order; a pyhf patchset needs the `name` of its patch. */
  readonly patches?: readonly PatchInput[];
  /** Name of the input for error messages. */
  readonly file?: string;
}

/** How to read an HS3 document. */
export interface FromHs3Options extends Hs3Options {
  /** Analysis to use among those of the likelihood in use. Default: the first. */
  readonly measurement?: string;
  /** Parameter of interest. Default: the analysis' first. */
  readonly poi?: string;
  /** Name of the input for error messages. */
  readonly file?: string;
}

/** How to read a workspace of any format. */
export interface FromWorkspaceOptions extends FromPyhfOptions {
  /** Options for an HS3 document; refused for a pyhf workspace. */
  readonly hs3?: Hs3Options;
}

/** Interpolation of modifiers that have none of their own, by `interpDefaults`. */
export const INTERPOLATION = {
  root: { normsys: "code4", histosys: "code4p" },
  pyhf: { normsys: "code1", histosys: "code0" },
} as const;

/** A compiled HistFactory model. Parameter vectors are `[nParams]` in the order of `paramNames()`. */
export interface Model extends FitTarget {
  /** Number of parameters, fixed ones included. */
  nParams(): number;
  /** Index of the parameter of interest, or null. */
  poiIndex(): number | null;
  /** Names as pyhf has them, `staterror_SR[0]` for one bin of a per-bin set. */
  paramNames(): string[];
  /** `[nParams]` lower and upper bound of each parameter. */
  paramBounds(): [number, number][];
  /** `[nParams]` starting values. */
  suggestedInit(): number[];
  /** NLL = -ln L of the observed data with every constant term. */
  nll(theta: ArrayLike<number>): number;
  /** `[nParams]` gradient of the NLL. At alpha = 0 codes 0 and 1 have two; this is the right-hand one. */
  gradient(theta: ArrayLike<number>): number[];
  /**
   * Expected events, channels in lexicographic order, followed by the expected auxiliary data, as pyhf has them.
   *
   * @param options `includeAuxdata: false` leaves the auxiliary data out
   */
  expectedData(theta: ArrayLike<number>, options?: { readonly includeAuxdata?: boolean }): number[];
  readonly workspace: Workspace;
  /** What the HS3 document had beside the workspace, or null for a pyhf workspace. */
  readonly hs3: Hs3Source | null;
  /** Interpolation of the modifiers that have none of their own. */
  readonly interpolation: { readonly normsys: NormsysCode; readonly histosys: HistosysCode };
  readonly resolved: ResolvedModel;
  /** The model as the kernels read it: one flat buffer, shared where the platform has SharedArrayBuffer. */
  readonly compiled: CompiledModel;
  /** What is allowed in the input but probably not meant, and what was decided on its behalf. */
  readonly warnings: readonly string[];
}

/**
 * Builds a model from a pyhf workspace.
 *
 * ```ts
 * const model = fromPyhf(await readFile("workspace.json", "utf8"));
 * const { bestfit, uncertainties } = fit(model);
 * ```
 *
 * @param source JSON text, or the value it stands for
 * @throws NextstatError `input` for a malformed workspace (with line, column and JSON pointer), `usage` for a measurement
 * or POI that does not exist
 */
export function fromPyhf(source: string | object, options: FromPyhfOptions = {}): Model {
  return buildModel(
    readDocument(source, { ...fileOf(options), ...patchesOf(options), from: "pyhf" }),
    options,
  );
}

/**
 * Builds a model from an HS3 document.
 *
 * ```ts
 * const model = fromHs3(await readFile("workspace.hs3.json", "utf8"), { interpolation: "root" });
 * ```
 *
 * @param source JSON text, or the value it stands for
 * @throws NextstatError `input` for a document that is malformed or says what cannot be computed (with JSON pointer), `usage`
 * for an analysis, parameter point or POI that does not exist
 */
export function fromHs3(source: string | object, options: FromHs3Options = {}): Model {
  const { measurement, poi, file, ...hs3 } = options;
  return buildModel(readDocument(source, { ...fileOf(options), hs3, from: "hs3" }), {
    ...fileOf(options),
    ...(measurement === undefined ? {} : { measurement }),
    ...(poi === undefined ? {} : { poi }),
  });
}

/**
 * Builds a model from a workspace of any format: pyhf or HS3, as its content says.
 *
 * @param source JSON text, or the value it stands for
 * @throws NextstatError as {@link fromPyhf} and {@link fromHs3}; `usage` for options of the other format
 */
export function fromWorkspace(source: string | object, options: FromWorkspaceOptions = {}): Model {
  const { hs3 = {} } = options;
  const input = readDocument(source, { ...fileOf(options), ...patchesOf(options), hs3 });
  const given = options.interpDefaults ?? options.interpolation;
  if (input.format === "hs3" && given !== undefined) {
    throw new NextstatError(
      "usage",
      "defaults of interpolation are for pyhf workspaces, and this is HS3",
      {
        location: fileOf(options),
        hint: "an HS3 document states its own; --hs3-interp decides where it does not",
      },
    );
  }
  return buildModel(input, options);
}

function fileOf({ file }: { readonly file?: string }): { readonly file?: string } {
  return file === undefined ? {} : { file };
}

function patchesOf({ patches }: FromPyhfOptions): { readonly patches?: readonly PatchInput[] } {
  return patches === undefined ? {} : { patches };
}

/** A document that has been read, as a model. */
export function buildModel(
  input: Pick<DocumentInput, "workspace" | "hs3" | "notices" | "locate">,
  options: FromPyhfOptions,
): Model {
  const defaults = options.interpDefaults ?? "root";
  if (!Object.hasOwn(INTERPOLATION, defaults)) {
    throw new NextstatError("usage", `interpDefaults "${defaults}" is neither "root" nor "pyhf"`);
  }
  requireCode("normsys", options.interpolation?.normsys, ["code0", "code1", "code2", "code4"]);
  requireCode("histosys", options.interpolation?.histosys, ["code0", "code2", "code4p"]);
  const interpolation = { ...INTERPOLATION[defaults], ...options.interpolation };
  const resolveOptions: ResolveOptions = {
    ...interpolation,
    ...(options.measurement === undefined ? {} : { measurement: options.measurement }),
    ...(options.poi === undefined ? {} : { poi: options.poi }),
  };
  let resolved: ResolvedModel;
  try {
    resolved = resolveModel(input.workspace, resolveOptions);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    const { pointer } = error.location;
    throw error.at(pointer === undefined ? fileOf(options) : input.locate(pointer));
  }
  return createModel(input, interpolation, resolved);
}

function requireCode(type: string, code: string | undefined, known: readonly string[]): void {
  if (code === undefined || known.includes(code)) return;
  throw new NextstatError("usage", `interpolation "${code}" does not exist for ${type}`, {
    hint: `choose one of ${known.join(", ")}`,
  });
}

function createModel(
  { workspace, hs3, notices }: Pick<DocumentInput, "workspace" | "hs3" | "notices">,
  interpolation: Model["interpolation"],
  plain: ResolvedModel,
): Model {
  // Those with a flag go into every result.
  const flagged = notices.filter(({ flag }) => flag !== undefined);
  const warnings = notices.filter(({ flag }) => flag === undefined).map(({ message }) => message);
  const resolved = { ...plain, notices: [...flagged, ...plain.notices] };
  const compiled = packModel(resolved);
  let opened: CurvatureEvaluator | undefined;
  const open = (): CurvatureEvaluator => {
    opened ??= openEvaluator(compiled);
    return opened;
  };
  const { parameters } = resolved;
  const point = (theta: ArrayLike<number>): Float64Array => {
    if (theta.length !== parameters.length) {
      throw new NextstatError(
        "usage",
        `${theta.length} parameter values for ${parameters.length} parameters`,
        {
          hint: "give one value per name of paramNames(), in that order",
        },
      );
    }
    return Float64Array.from(theta);
  };
  return {
    workspace,
    hs3,
    interpolation,
    resolved,
    compiled,
    get evaluator() {
      return open();
    },
    warnings: [...warnings, ...resolved.notices.map((n) => n.message)],
    nParams: () => parameters.length,
    poiIndex: () => resolved.poi,
    paramNames: () => parameters.map((p) => p.name),
    paramBounds: () => parameters.map((p) => [p.lower, p.upper]),
    suggestedInit: () => parameters.map((p) => p.init),
    nll(theta) {
      return open().nll(point(theta));
    },
    gradient(theta) {
      const out = new Float64Array(parameters.length);
      open().gradient(point(theta), out);
      return [...out];
    },
    expectedData(theta, options = {}) {
      const x = point(theta);
      const out = new Float64Array(resolved.observed.length);
      open().expected(x, out);
      if (options.includeAuxdata === false) return [...out];
      const auxiliary = resolved.auxiliaryOrder.map((i) => {
        const constraint = parameters[i]?.constraint;
        return (x[i] as number) * (constraint?.type === "poisson" ? constraint.tau : 1);
      });
      return [...out, ...auxiliary];
    },
  };
}
