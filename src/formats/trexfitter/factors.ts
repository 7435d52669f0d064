/**
 * Norm factors and shape factors: which samples they scale in which regions, and their parameters.
 *
 * @module
 */

import type { ParameterPlan } from "../../templates/plan.ts";
import { configurationError } from "./blocks.ts";
import { type Context, namesOf } from "./context.ts";
import type { Sample } from "./samples.ts";
import type { Values } from "./values.ts";

/** A factor and what it scales. */
export interface Factor {
  readonly name: string;
  readonly appliesTo: (region: string, sample: string) => boolean;
}

/** Nominal value and range of a factor that states none. */
const DEFAULT_RANGE = { nominal: 1, min: 0, max: 10 } as const;

/** Names that exist. */
export interface KnownNames {
  readonly regions: readonly string[];
  /** Those that are in the model. */
  readonly samples: readonly string[];
}

/** Factors in the blocks of samples, and their parameters. */
export function ownFactors(samples: readonly Sample[]): {
  readonly norm: readonly Factor[];
  readonly shape: readonly Factor[];
  readonly parameters: readonly ParameterPlan[];
} {
  const parameters: ParameterPlan[] = [];
  const factorsOf = (key: "normFactor" | "shapeFactor"): Factor[] =>
    samples.flatMap((sample) => {
      const own = sample[key];
      if (own === null) return [];
      const { name, range, isConstant } = own;
      if (key === "normFactor" && range !== null) {
        const [init, min, max] = range;
        parameters.push(checkedParameter({ name, init, min, max, isConstant }, sample.values));
      }
      return [
        { name, appliesTo: (region, of) => of === sample.name && sample.regions.has(region) },
      ];
    });
  return { norm: factorsOf("normFactor"), shape: factorsOf("shapeFactor"), parameters };
}

/** Reads a block of a factor. */
export function readFactorBlock(context: Context, values: Values, known: KnownNames): Factor {
  const both = [...known.regions, ...known.samples];
  const samples = namesOf(context, values, "Samples", known.samples, "sample");
  const regions = namesOf(context, values, "Regions", known.regions, "region");
  const excluded = namesOf(context, values, "Exclude", both, "region or sample");
  return {
    name: values.block.name,
    appliesTo: (region, sample) =>
      samples?.has(sample) !== false &&
      regions?.has(region) !== false &&
      excluded?.has(region) !== true &&
      excluded?.has(sample) !== true,
  };
}

/** The parameter of a block of a norm factor. */
export function readNormParameter(values: Values): ParameterPlan {
  const tau = values.number("Tau") ?? 0;
  if (tau < 0 || (tau > 0 && !Number.isFinite(1 / tau))) {
    throw configurationError(
      values.setting("Tau") ?? values.block,
      `Tau is ${tau}`,
      "expected 0 or a number above, of which 1/Tau is the width",
    );
  }
  const parameter = checkedParameter(
    {
      name: values.block.name,
      init: values.number("Nominal") ?? DEFAULT_RANGE.nominal,
      min: values.number("Min") ?? DEFAULT_RANGE.min,
      max: values.number("Max") ?? DEFAULT_RANGE.max,
      isConstant: values.boolean("Constant") ?? false,
    },
    values,
  );
  const centre = parameter.init ?? DEFAULT_RANGE.nominal;
  // exp(-tau^2 (x - nominal)^2 / 2)
  return tau === 0 ? parameter : { ...parameter, gaussian: { centre, width: 1 / tau } };
}

function checkedParameter(
  {
    name,
    init,
    min,
    max,
    isConstant,
  }: Record<"init" | "min" | "max", number> & {
    readonly name: string;
    readonly isConstant: boolean;
  },
  values: Values,
): ParameterPlan {
  if (!(min <= init && init <= max && min < max)) {
    throw configurationError(
      values.setting("Nominal") ??
        values.setting("Min") ??
        values.setting("Max") ??
        values.setting("NormFactor") ??
        values.block,
      `norm factor "${name}" is ${init} in the range from ${min} to ${max}`,
      "expected Min <= Nominal <= Max",
    );
  }
  return { name, init, bounds: [min, max], isFixed: isConstant, isFree: false };
}

/** Names of the factors that scale a sample in a region. */
export function factorNames(
  factors: readonly Factor[],
  region: string,
  sample: string,
): readonly string[] {
  return factors.filter((f) => f.appliesTo(region, sample)).map(({ name }) => name);
}

/** One parameter for each name; of several, the last one holds, as in TRExFitter. */
export function uniteParameters(
  context: Context,
  parameters: readonly ParameterPlan[],
): ParameterPlan[] {
  const united = new Map<string, ParameterPlan>();
  for (const parameter of parameters) {
    const before = united.get(parameter.name);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(parameter)) {
      context.warnings.push(
        `"${parameter.name}" is defined several times with other values; the last ones hold`,
      );
    }
    united.set(parameter.name, parameter);
  }
  return [...united.values()];
}
