/**
 * The factors of a sample: its NormFactors, and what the functions among them are made of.
 *
 * @module
 */

import type { Modifier } from "../../workspace/types.ts";
import type { BuildContext, Factor } from "./context.ts";
import type { NormFactorElement } from "./document.ts";
import { xmlError } from "./elements.ts";
import { type Monomial, multiply } from "./formula.ts";
import type { LinearFunction } from "./functions.ts";
import type { LoadedSample } from "./load-channel.ts";
import { changed } from "./report.ts";
import type { Place } from "./xml-text.ts";

/** What multiplies a sample. */
export interface SampleFactors {
  readonly parameters: readonly Factor[];
  readonly linear: readonly { readonly linear: LinearFunction; readonly place: Place }[];
}

/** The factors of a sample: its NormFactors, those that are functions replaced by the parameters they are made of. */
export function factorsOf(
  { element: { name: sample }, systematics }: LoadedSample,
  context: BuildContext,
): SampleFactors {
  const { functions, names } = context;
  const elements = systematics.filter((systematic) => systematic.type === "NormFactor");
  const linear: SampleFactors["linear"][number][] = [];
  let product: Monomial = { coefficient: 1, powers: new Map() };
  const places = new Map<string, Place>();
  const usedFunctions: NormFactorElement[] = [];
  for (const element of elements) {
    const { name, place } = element;
    const ofAlpha = functions.linear.get(name);
    if (ofAlpha !== undefined) {
      linear.push({ linear: ofAlpha, place });
      const { constant } = ofAlpha;
      usedFunctions.push(element);
      product = multiply(product, { coefficient: constant, powers: new Map() });
      continue;
    }
    const monomial = functions.monomials.get(name);
    if (monomial === undefined) {
      if (places.has(name)) {
        throw xmlError(
          `sample "${sample}" has the NormFactor "${name}" twice`,
          place,
          "a sample takes each factor once",
        );
      }
      registerNormFactor(element, context);
    } else {
      usedFunctions.push(element);
    }
    product = multiply(product, monomial ?? { coefficient: 1, powers: new Map([[name, 1]]) });
    for (const parameter of monomial?.powers.keys() ?? [name]) {
      if (!places.has(parameter)) places.set(parameter, place);
    }
  }
  const [firstFunction] = usedFunctions;
  if (firstFunction !== undefined) noteFunctions(sample, usedFunctions, product, linear, context);
  const factors: Factor[] = [];
  for (const [name, power] of product.powers) {
    const place = places.get(name) as Place;
    if (power !== 1) {
      throw xmlError(
        `the factors of sample "${sample}" multiply to ${name} to the power ${power}`,
        place,
        "a workspace has factors that are parameters, each once",
      );
    }
    factors.push(context.factors.get(names.normFactor(name)) ?? declaredFactor(name, context));
  }
  if (firstFunction !== undefined && product.coefficient !== 1) {
    factors.push(constantFactor(firstFunction, product.coefficient, context));
  }
  return { parameters: factors, linear };
}

function registerNormFactor(element: NormFactorElement, context: BuildContext): void {
  const { factors, log, defaults } = context;
  const { name: own, value, low, high, constant, place } = element;
  const name = context.names.normFactor(own);
  const declared = context.functions.parameters.get(own);
  const before = factors.get(name);
  if (before !== undefined || declared !== undefined) {
    const first = before ?? declaredFactor(own, context);
    if (first.value !== value || first.low !== low || first.high !== high) {
      const note = `Val ${value}, Low ${low}, High ${high} of NormFactor "${own}": the first definition holds (${first.value}, ${first.low}, ${first.high})`;
      changed(log, place, note);
    }
    return;
  }
  const fixed = constant && defaults.normFactorConst;
  if (constant && !fixed) {
    const note = `Const of NormFactor "${own}": ROOT ignores it (use a ParamSetting)`;
    changed(log, place, note);
  }
  factors.set(name, { name, value, low, high, fixed, place });
}

/** A parameter that only a function declares. */
function declaredFactor(own: string, { names, functions, factors }: BuildContext): Factor {
  const declared = functions.parameters.get(own);
  if (declared === undefined) throw new Error(`the parameter ${own} is declared nowhere`);
  const { value, low, high, constant, place } = declared;
  const name = names.normFactor(own);
  const factor = { name, value, low, high, fixed: constant, place };
  factors.set(name, factor);
  return factor;
}

/** A number that multiplies a sample: a factor that is held, so that uncertainties of the template stay what they are. */
function constantFactor(
  { name: own, place }: NormFactorElement,
  value: number,
  { factors }: BuildContext,
): Factor {
  let name = `${own}_coefficient`;
  while (factors.has(name) && factors.get(name)?.value !== value) name += "_";
  const factor = { name, value, low: -Infinity, high: Infinity, fixed: true, place };
  factors.set(name, factor);
  return factor;
}

function noteFunctions(
  sample: string,
  used: readonly NormFactorElement[],
  { coefficient, powers }: Monomial,
  linear: SampleFactors["linear"],
  { log }: BuildContext,
): void {
  const left = [...powers.keys()];
  const isOne = coefficient === 1 && left.length + linear.length > 0;
  const factors = [...(isOne ? [] : [String(coefficient)]), ...left];
  for (const { linear: of } of linear) {
    factors.push(`(1 + ${of.slope / of.constant} alpha_${of.systematic})`);
  }
  const functions = used.map(({ name }) => `"${name}"`).join(", ");
  const [first] = used as [NormFactorElement];
  const note = `functions ${functions} of sample "${sample}": the product of its factors is ${factors.join(" * ")}`;
  changed(log, first.place, note);
}

/** 1 + slope/constant alpha: a normsys that is interpolated linearly between its sides. */
export function linearSystematic(
  { systematic, constant, slope }: LinearFunction,
  place: Place,
  { names }: BuildContext,
): Modifier {
  const target = names.targets.get(`alpha_${systematic}`);
  if (target === undefined) {
    throw xmlError(
      `a function uses alpha_${systematic}, and there is no systematic "${systematic}"`,
      place,
      "without an OverallSys or HistoSys it has no constraint: add one",
    );
  }
  const step = slope / constant;
  const data = { hi: 1 + step, lo: 1 - step };
  return { name: target.set, type: "normsys", data, interpolation: "code0" };
}
