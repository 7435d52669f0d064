/**
 * The model as a user holds it: a workspace compiled for one measurement, and a device that computes its likelihood.
 *
 * @module
 */

import { NextstatError } from "./errors.ts";
import { checkWorkspace, type PatchInput, readWorkspace } from "./formats/index.ts";
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

const INTERPOLATION = {
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
  const place = options.file === undefined ? {} : { file: options.file };
  const patches = options.patches ?? [];
  const input =
    typeof source === "string" || patches.length > 0
      ? readWorkspace(typeof source === "string" ? source : JSON.stringify(source), {
          ...place,
          patches,
        })
      : { ...checkWorkspace(source), locate: () => undefined };
  const defaults = options.interpDefaults ?? "root";
  if (!Object.hasOwn(INTERPOLATION, defaults)) {
    throw new NextstatError("usage", `interpDefaults "${defaults}" is neither "root" nor "pyhf"`);
  }
  const codes = INTERPOLATION[defaults];
  requireCode("normsys", options.interpolation?.normsys, ["code0", "code1", "code2", "code4"]);
  requireCode("histosys", options.interpolation?.histosys, ["code0", "code2", "code4p"]);
  const resolveOptions: ResolveOptions = {
    ...codes,
    ...options.interpolation,
    ...(options.measurement === undefined ? {} : { measurement: options.measurement }),
    ...(options.poi === undefined ? {} : { poi: options.poi }),
  };
  let resolved: ResolvedModel;
  try {
    resolved = resolveModel(input.workspace, resolveOptions);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    const { pointer } = error.location;
    throw error.at({ ...place, ...(pointer === undefined ? {} : input.locate(pointer)) });
  }
  return createModel(input.workspace, resolved, input.warnings);
}

function requireCode(type: string, code: string | undefined, known: readonly string[]): void {
  if (code === undefined || known.includes(code)) return;
  throw new NextstatError("usage", `interpolation "${code}" does not exist for ${type}`, {
    hint: `choose one of ${known.join(", ")}`,
  });
}

function createModel(
  workspace: Workspace,
  resolved: ResolvedModel,
  warnings: readonly string[],
): Model {
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
