/**
 * Channels with their histograms -> channels of a workspace.
 *
 * @module
 */

import { count } from "../../workspace/checks.ts";
import type { Channel, Modifier } from "../../workspace/types.ts";
import type { ConversionLog } from "../conversion.ts";
import type { BinSet } from "./bin-sets.ts";
import type { NormFactorElement } from "./document.ts";
import { xmlError } from "./elements.ts";
import { type Functions, type Monomial, multiply } from "./functions.ts";
import type { LoadedChannel, LoadedSample, LoadedSystematic } from "./load-channel.ts";
import type { Defaults } from "./options.ts";
import { LUMI, type ParameterNames } from "./parameter-names.ts";
import { changed, kept } from "./report.ts";
import type { Place } from "./xml-text.ts";

/** A normalisation factor with its start and range. */
export interface Factor {
  /** Of the workspace. */
  readonly name: string;
  readonly value: number;
  /** Infinite where the factor is a constant without a range. */
  readonly low: number;
  readonly high: number;
  readonly fixed: boolean;
  readonly place: Place;
}

export interface BuildContext {
  readonly names: ParameterNames;
  readonly functions: Functions;
  readonly binSets: ReadonlyMap<string, BinSet>;
  readonly defaults: Defaults;
  readonly log: ConversionLog;
  /** Filled here, in order of first use, by names of the workspace. */
  readonly factors: Map<string, Factor>;
  /** Filled here: places by pointers into the workspace. */
  readonly places: Map<string, Place>;
}

export function buildChannel(loaded: LoadedChannel, index: number, context: BuildContext): Channel {
  const { element, samples, nBins, shape } = loaded;
  const { places, log } = context;
  const pointer = `/channels/${index}`;
  places.set(pointer, element.place);
  places.set(`/observations/${index}`, element.data?.place ?? element.place);
  const sizes = `${count(samples.length, "sample", "samples")}, ${count(nBins, "bin", "bins")}`;
  kept(log, element.place, `channel "${element.name}": ${sizes}`);
  if (shape.length > 1) {
    changed(
      log,
      element.place,
      `${shape.join(" x ")} bins of channel "${element.name}" in one row`,
    );
  }
  const carried = new Set<string>();
  return {
    name: element.name,
    samples: samples.map((sample, s) => {
      const at = `${pointer}/samples/${s}`;
      places.set(at, sample.element.place);
      const drafts = sampleModifiers(sample, element.name, carried, context);
      drafts.forEach(({ place }, m) => void places.set(`${at}/modifiers/${m}`, place));
      return {
        name: sample.element.name,
        data: sample.nominal,
        modifiers: drafts.map(({ modifier }) => modifier),
      };
    }),
  };
}

interface Draft {
  readonly modifier: Modifier;
  readonly place: Place;
}

/** @param carried names of shared per-bin sets that a sample before has brought into this channel */
function sampleModifiers(
  sample: LoadedSample,
  channel: string,
  carried: Set<string>,
  context: BuildContext,
): Draft[] {
  const { element, systematics } = sample;
  const { names, defaults } = context;
  const normFactors = systematics.filter((systematic) => systematic.type === "NormFactor");
  const drafts: Draft[] = factorsOf(element.name, normFactors, context).map(({ name, place }) => ({
    modifier: { name, type: "normfactor", data: null },
    place,
  }));
  const byTheory = element.normalizeByTheory ?? defaults.normalizeByTheory;
  if (byTheory || defaults.lumi === "every sample") {
    drafts.push({ modifier: { name: LUMI, type: "lumi", data: null }, place: element.place });
  }
  for (const systematic of systematics) {
    const { place } = systematic;
    const add = (modifier: Modifier): void => void drafts.push({ modifier, place });
    switch (systematic.type) {
      case "NormFactor":
        break;
      case "OverallSys": {
        const { low: lo, high: hi } = systematic;
        add({ name: names.overallSys(systematic.name), type: "normsys", data: { hi, lo } });
        break;
      }
      case "HistoSys": {
        noteNegative(systematic, sample, context);
        const data = { hi_data: systematic.high, lo_data: systematic.low };
        add({ name: names.histoSys(systematic.name), type: "histosys", data });
        break;
      }
      case "ShapeFactor":
        add({ name: names.shape(systematic.name), type: "shapefactor", data: null });
        break;
      case "StatError": {
        const { name, constraint } = setOf(names.statError(channel), context);
        const own = constraint === "Poisson" ? { constraint: { type: constraint } as const } : {};
        add({ name, type: "staterror", data: systematic.errors, ...own });
        break;
      }
      case "ShapeSys":
        add(shapeSys(systematic, sample, carried, context));
        break;
      default:
        systematic satisfies never;
    }
  }
  return drafts;
}

type ShapeSys = Extract<LoadedSystematic, { readonly type: "ShapeSys" }>;

/**
 * Several samples of a channel that share the parameters of a ShapeSys have them as a staterror: the uncertainty of all of
 * them together is put on the first one.
 */
function shapeSys(
  { name: own, place }: ShapeSys,
  { nominal }: LoadedSample,
  carried: Set<string>,
  context: BuildContext,
): Modifier {
  const set = setOf(context.names.shape(own), context);
  const { name, bins, constraint, samples, total } = set;
  if (samples === 1) {
    const data = bins.map(({ relative, stated }, b) =>
      stated ? 0 : relative * (nominal[b] as number),
    );
    const gaussian = constraint === "Gaussian" ? { constraint: { type: constraint } as const } : {};
    return { name, type: "shapesys", data, ...gaussian };
  }
  const isFirst = !carried.has(name);
  carried.add(name);
  if (isFirst) {
    const note = `ShapeSys "${own}" of ${samples} samples, which share its parameters, as a staterror`;
    changed(context.log, place, note);
  }
  const data = bins.map(({ relative }, b) =>
    isFirst ? relative * Math.max(total[b] as number, 0) : 0,
  );
  const poisson = constraint === "Poisson" ? { constraint: { type: constraint } as const } : {};
  return { name, type: "staterror", data, ...poisson };
}

function setOf(name: string, { binSets }: BuildContext): BinSet {
  return binSets.get(name) as BinSet;
}

/** ROOT takes 0 where a sample that has a HistoSys would be negative; here it stays negative. */
function noteNegative(
  { low, high, name, place }: Extract<LoadedSystematic, { readonly type: "HistoSys" }>,
  { nominal, element }: LoadedSample,
  { log }: BuildContext,
): void {
  const bin = nominal.findIndex((events, b) => Math.min(events, low[b] ?? 0, high[b] ?? 0) < 0);
  if (bin < 0) return;
  const note = `HistoSys "${name}" of sample "${element.name}" is negative in bin ${bin}: ROOT cuts the sample off at 0 there`;
  changed(log, place, note);
}

/** The factors of a sample: its NormFactors, those that are functions replaced by the parameters they are made of. */
function factorsOf(
  sample: string,
  elements: readonly NormFactorElement[],
  context: BuildContext,
): readonly Factor[] {
  const { functions, names } = context;
  let product: Monomial = { coefficient: 1, powers: new Map() };
  const places = new Map<string, Place>();
  const usedFunctions: NormFactorElement[] = [];
  for (const element of elements) {
    const { name, place } = element;
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
  if (firstFunction !== undefined) noteFunctions(sample, usedFunctions, product, context);
  const factors: Factor[] = [];
  for (const [name, power] of product.powers) {
    const place = places.get(name) as Place;
    if (Math.abs(power) < 1e-12) continue;
    if (Math.abs(power - 1) > 1e-12) {
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
  return factors;
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
  { log }: BuildContext,
): void {
  const left = [...powers].filter(([, power]) => Math.abs(power) > 1e-12).map(([name]) => name);
  const factors = [...(coefficient === 1 && left.length > 0 ? [] : [String(coefficient)]), ...left];
  const functions = used.map(({ name }) => `"${name}"`).join(", ");
  const [first] = used as [NormFactorElement];
  changed(
    log,
    first.place,
    `functions ${functions} of sample "${sample}": their product is ${factors.join(" * ")}`,
  );
}
