/**
 * Start values, ranges and constraints of an HS3 document as settings of a measurement: only what differs from the
 * defaults of a workspace is written.
 *
 * @module
 */

import type { ParameterConfig } from "../../workspace/types.ts";
import type { ConversionLog } from "../conversion.ts";
import type { TermOfParameter } from "./constraints.ts";
import { hs3Error, type ObjectNode } from "./document.ts";
import type { Range, Values } from "./index-document.ts";

/** Defaults of a workspace (pyhf's). */
const DEFAULTS = {
  factor: { init: 1, lower: 0, upper: 10 },
  alpha: { init: 0, lower: -5, upper: 5 },
  gamma: { init: 1, lower: 1e-10, upper: 10 },
} as const;

interface Place {
  readonly init: number;
  readonly lower: number;
  readonly upper: number;
}

/** Start and range of a parameter; a missing side is the default, or ten times the start. */
function placeOf(values: Values, parameter: string, defaults: Place): Place {
  const init = values.start(parameter) ?? defaults.init;
  const { lower, upper }: Range = values.range(parameter);
  return {
    init,
    lower: lower ?? Math.min(defaults.lower, init < 0 ? 10 * init : init),
    upper: upper ?? Math.max(defaults.upper, 10 * init),
  };
}

/** A scalar parameter of the workspace and what the document says of it. */
export interface ScalarParameter {
  /** Name in the workspace. */
  readonly name: string;
  /** Name in the document. */
  readonly parameter: string;
  readonly kind: "normfactor" | "lumi" | "alpha" | "lognormal";
  readonly term: TermOfParameter | null;
  /** Held whatever the parameter points say. */
  readonly held: boolean;
  /** Value of a name that is a number; null otherwise. */
  readonly literal: number | null;
  readonly node: ObjectNode;
}

/** The settings of a scalar parameter, or null where the defaults say it all. */
export function scalarConfig(scalar: ScalarParameter, values: Values): ParameterConfig | null {
  const { name, parameter, kind, term, literal } = scalar;
  const fixed = scalar.held || literal !== null || values.isConstant(parameter) === true;
  const held = fixed ? { fixed: true } : {};
  if (literal !== null) {
    const bounds = literal >= 0 && literal <= 10 ? {} : { bounds: [[literal - 1, literal + 1]] };
    return { name, inits: [literal], ...bounds, ...held };
  }
  if (kind === "lognormal" && term?.type === "lognormal") {
    return lognormalConfig(scalar, term, values, held);
  }
  const isAlpha = kind === "alpha";
  const centre = term?.type === "gauss" ? term.centre : undefined;
  const defaults =
    kind === "lumi" && centre !== undefined
      ? { init: centre, lower: 0, upper: 10 * centre }
      : DEFAULTS[isAlpha ? "alpha" : "factor"];
  const place = placeOf(values, parameter, defaults);
  const config: ParameterConfig = {
    name,
    ...differences(place, defaults),
    ...termSettings(kind, term),
    ...held,
  };
  return Object.keys(config).length === 1 ? null : config;
}

/** Only what is not the default. */
function differences(place: Place, defaults: Place): Pick<ParameterConfig, "inits" | "bounds"> {
  const { init, lower, upper } = place;
  return {
    ...(init === defaults.init ? {} : { inits: [init] }),
    ...(lower === defaults.lower && upper === defaults.upper ? {} : { bounds: [[lower, upper]] }),
  };
}

function termSettings(
  kind: ScalarParameter["kind"],
  term: TermOfParameter | null,
): Partial<ParameterConfig> {
  if (term === null) return {};
  switch (term.type) {
    case "gauss": {
      const { centre, sigma } = term;
      if (kind === "alpha") {
        return {
          ...(centre === 0 ? {} : { auxdata: [centre] }),
          ...(sigma === 1 ? {} : { sigmas: [sigma] }),
        };
      }
      const settings = { auxdata: [centre], sigmas: [sigma] };
      return kind === "lumi" ? settings : { ...settings, constraint: { type: "Gaussian" } };
    }
    case "poisson":
      return {
        auxdata: [term.count],
        factors: [term.tau],
        constraint: { type: "Poisson" },
      };
    case "uniform":
      return kind === "alpha" ? { constraint: { type: "NoConstraint" } } : {};
    case "lognormal":
      return {};
  }
}

/** A parameter whose logarithm is constrained, as an alpha: parameter = exp(sigma alpha). */
function lognormalConfig(
  { name, parameter, node }: ScalarParameter,
  { centre, sigma }: { readonly centre: number; readonly sigma: number },
  values: Values,
  held: Pick<ParameterConfig, "fixed">,
): ParameterConfig | null {
  if (centre !== 1) {
    throw hs3Error(
      `the log-normal constraint of "${parameter}" has its centre at ${centre}`,
      node.pointer,
      "only a centre of 1 can be read",
    );
  }
  const alphaOf = (value: number | undefined, fallback: number): number =>
    value === undefined || !(value > 0) ? fallback : Math.log(value) / sigma;
  const range = values.range(parameter);
  const place = {
    init: alphaOf(values.start(parameter), 0),
    lower: Math.max(-10, alphaOf(range.lower, DEFAULTS.alpha.lower)),
    upper: Math.min(10, alphaOf(range.upper, DEFAULTS.alpha.upper)),
  };
  const config = { name, ...differences(place, DEFAULTS.alpha), ...held };
  return Object.keys(config).length === 1 ? null : config;
}

/** One bin of a per-bin set. */
export interface BinParameter {
  /** Name in the document. */
  readonly parameter: string;
  /** The relative uncertainty the workspace's templates give, 0 where they give no freedom; null for a shapefactor. */
  readonly relative: number | null;
  /** A constraint that the templates do not give. */
  readonly constraint: { readonly type: "Gaussian" | "Poisson"; readonly relative: number } | null;
  /** Held unless a parameter point says otherwise. */
  readonly heldByDefault: boolean;
}

/** The settings of a per-bin set: for the whole set where all bins take part, else for single bins. */
export function perBinConfigs(
  set: string,
  type: "Gaussian" | "Poisson" | null,
  bins: readonly BinParameter[],
  values: Values,
  log: ConversionLog,
): readonly ParameterConfig[] {
  const defaults = type === null ? DEFAULTS.factor : DEFAULTS.gamma;
  const places = bins.map(({ parameter }) => placeOf(values, parameter, defaults));
  let raised = 0;
  const ranges = places.map(({ lower, upper }) => {
    // The logarithm of a Poisson constraint ends at 0.
    if (type !== "Poisson" || lower > 0) return [lower, upper];
    raised += 1;
    return [DEFAULTS.gamma.lower, upper];
  });
  if (raised > 0) {
    log.changed.push({ path: "/domains", note: `${set}: lower bound 1e-10 instead of 0` });
  }
  const fixed = bins.map(
    ({ parameter, heldByDefault }) => values.isConstant(parameter) ?? heldByDefault,
  );
  const allFixed = fixed.every(Boolean);
  const auxdata = bins.map((bin) => auxiliary(bin, type, values));
  const moved = auxdata.some(({ moved }) => moved);
  const special = bins.some(({ constraint }) => constraint !== null);
  const whole: ParameterConfig = {
    name: set,
    ...(places.some(({ init }) => init !== defaults.init)
      ? { inits: places.map(({ init }) => init) }
      : {}),
    ...(ranges.some(([lower, upper]) => lower !== defaults.lower || upper !== defaults.upper)
      ? { bounds: ranges }
      : {}),
    ...(moved && !special ? { auxdata: auxdata.map(({ value }) => value) } : {}),
    ...(allFixed && bins.some(({ relative }) => relative !== 0) ? { fixed: true } : {}),
  };
  const single = bins.flatMap((bin, i): ParameterConfig[] => {
    const name = `${set}[${i}]`;
    const config: ParameterConfig = {
      name,
      ...(bin.constraint === null
        ? {}
        : { constraint: { type: bin.constraint.type, rel_uncertainty: bin.constraint.relative } }),
      // A bin without uncertainty is held by the workspace itself, unless it says that it is free.
      ...(bin.relative === 0 && bin.constraint === null && !fixed[i]
        ? { constraint: { type: "NoConstraint" as const } }
        : {}),
      ...(special && auxdata[i]?.moved === true ? { auxdata: [auxdata[i].value] } : {}),
      ...(fixed[i] && !allFixed && bin.relative !== 0 ? { fixed: true } : {}),
    };
    return Object.keys(config).length === 1 ? [] : [config];
  });
  return Object.keys(whole).length === 1 ? single : [whole, ...single];
}

/** The auxiliary datum of a bin, and whether it is another one than follows from the uncertainty. */
function auxiliary(
  { parameter, relative, constraint }: BinParameter,
  type: "Gaussian" | "Poisson" | null,
  values: Values,
): { readonly value: number; readonly moved: boolean } {
  const width = constraint?.relative ?? relative;
  if (type === null || width === null || width === 0) return { value: 1, moved: false };
  const expected = type === "Poisson" ? 1 / width ** 2 : 1;
  const given = values.constant(`nom_${parameter}`);
  // Both come from the same uncertainty in different ways: an ulp or two is no other datum.
  if (given === undefined || Math.abs(given - expected) <= 1e-9 * expected) {
    return { value: expected, moved: false };
  }
  return { value: given, moved: true };
}
