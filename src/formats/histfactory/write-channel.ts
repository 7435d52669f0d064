/**
 * A channel of a workspace -> its XML and its histograms.
 *
 * @module
 */

import type { Channel, Modifier, Sample } from "../../workspace/types.ts";
import type { ModelParameter } from "../hs3/model-parameters.ts";
import type { HistogramToWrite } from "../root/write-histogram.ts";
import type { BinConstraint } from "./document.ts";
import { type LinearFunctions, linearElements, slopeOf } from "./write-linear.ts";
import { type LumiFunction, lumiElements } from "./write-lumi.ts";
import type { RootNames } from "./write-names.ts";
import { binUncertainties, cannotWrite } from "./write-parameters.ts";
import type { WrittenElement } from "./write-text.ts";

/** What the files of all channels share. */
export interface WriteContext {
  readonly channelNames: RootNames;
  readonly sampleNames: RootNames;
  readonly modifierNames: RootNames;
  /** Parameters of the first measurement, by name. */
  readonly parameters: ReadonlyMap<string, ModelParameter>;
  /** Interpolation of modifiers that have none of their own. */
  readonly interpolation: { readonly normsys: string; readonly histosys: string };
  readonly histograms: HistogramToWrite[];
  /** What the luminosity becomes where it cannot be ROOT's; null where it can. */
  readonly lumi: LumiFunction | null;
  /** Filled here: the functions that normsys without ROOT's interpolation become. */
  readonly linear: LinearFunctions;
  /** Filled here: ROOT's names of parameters by ours. */
  readonly rootNames: Map<string, string>;
}

/** A per-bin set of a channel, as ROOT has it. */
interface BinSet {
  readonly constraint: BinConstraint;
  readonly relative: readonly number[];
}

/** The staterror sets of a channel, the one that becomes StatError first; the others are ShapeSys of several samples. */
interface StatErrors {
  readonly main: string | null;
  readonly sets: ReadonlyMap<string, BinSet>;
  /** `[nBins]` what errors of the main set are multiplied by, so that they make the constraint that the model has. */
  readonly scale: readonly number[];
}

/** @param offsets index of the channel's first parameter in each staterror set */
export function writeChannel(
  channel: Channel,
  index: number,
  data: readonly number[],
  offsets: ReadonlyMap<string, number>,
  context: WriteContext,
): { readonly name: string; readonly xml: WrittenElement } {
  const pointer = `/channels/${index}`;
  const name = context.channelNames.of(channel.name, pointer);
  const stat = statErrors(channel, name, offsets, context);
  const add = (
    suffix: string,
    values: readonly number[],
    variances?: readonly number[],
  ): string => {
    const path = `hist${name}_${suffix}`;
    const edges = Array.from({ length: values.length + 1 }, (_, i) => i);
    context.histograms.push({
      path,
      edges,
      values,
      ...(variances === undefined ? {} : { variances }),
    });
    return path;
  };
  const samples = channel.samples.map((sample, s) => {
    const at = `${pointer}/samples/${s}`;
    return writeSample(sample, { at, channel: name, offsets, stat, add }, context);
  });
  const children: WrittenElement[] = [
    { name: "Data", attributes: { HistoName: add("data", data) } },
  ];
  if (stat.main !== null) {
    const ConstraintType = stat.sets.get(stat.main)?.constraint;
    children.push({
      name: "StatErrorConfig",
      attributes: { RelErrorThreshold: 0, ConstraintType },
    });
  }
  const attributes = { Name: name, InputFile: "data.root" };
  return { name, xml: { name: "Channel", attributes, children: [...children, ...samples] } };
}

interface ChannelContext {
  /** Pointer to the sample. */
  readonly at: string;
  readonly channel: string;
  readonly offsets: ReadonlyMap<string, number>;
  readonly stat: StatErrors;
  readonly add: (
    suffix: string,
    values: readonly number[],
    variances?: readonly number[],
  ) => string;
}

function writeSample(sample: Sample, local: ChannelContext, context: WriteContext): WrittenElement {
  const { stat, add, at } = local;
  const own = context.sampleNames.of(sample.name, at);
  const byTheory = sample.modifiers.some(({ type }) => type === "lumi");
  const main = sample.modifiers.find(
    ({ name, type }) => type === "staterror" && name === stat.main,
  );
  const errors = main?.type === "staterror" ? main.data : undefined;
  const variances = errors?.map((error, b) => (error * (stat.scale[b] as number)) ** 2);
  const children = sample.modifiers.flatMap((modifier, m) =>
    writeModifier(modifier, sample, own, { ...local, at: `${at}/modifiers/${m}` }, context),
  );
  const attributes = {
    Name: own,
    HistoName: add(own, sample.data, variances),
    NormalizeByTheory: byTheory && context.lumi === null ? "True" : "False",
  };
  return { name: "Sample", attributes, children };
}

function writeModifier(
  modifier: Modifier,
  sample: Sample,
  own: string,
  { at, add, stat, channel }: ChannelContext,
  { modifierNames, parameters, interpolation, rootNames, lumi, linear }: WriteContext,
): WrittenElement[] {
  const { name } = modifier;
  const written = modifier.type === "lumi" ? "" : modifierNames.of(name, at);
  switch (modifier.type) {
    case "lumi":
      return lumi === null ? [] : [...lumiElements(lumi)];
    case "normfactor": {
      const parameter = parameters.get(name) as ModelParameter;
      if (parameter.constraint.type !== "none" && !parameter.fixed) {
        throw cannotWrite(`the constraint of the normfactor "${name}"`, "use a normsys");
      }
      rootNames.set(name, written);
      const { init: Val, lower: Low, upper: High } = parameter;
      return [{ name: "NormFactor", attributes: { Name: written, Val, High, Low } }];
    }
    case "normsys": {
      const code = modifier.interpolation ?? interpolation.normsys;
      const slope = code === "code0" ? slopeOf(modifier.data) : null;
      if (slope !== null) return [...linearElements(written, slope, linear, modifierNames)];
      requireCode(code, "code4", name);
      const { hi: High, lo: Low } = modifier.data;
      return [{ name: "OverallSys", attributes: { Name: written, High, Low } }];
    }
    case "histosys": {
      requireCode(modifier.interpolation ?? interpolation.histosys, "code4p", name);
      const HistoNameHigh = add(`${own}_${written}High`, modifier.data.hi_data);
      const HistoNameLow = add(`${own}_${written}Low`, modifier.data.lo_data);
      return [{ name: "HistoSys", attributes: { Name: written, HistoNameHigh, HistoNameLow } }];
    }
    case "shapesys": {
      const bins = binParameters(name, sample.data.length, 0, parameters);
      const degenerate = modifier.data.map((sigma, b) => !(sigma > 0 && (sample.data[b] ?? 0) > 0));
      const { constraint: ConstraintType, relative } = binUncertainties(name, bins, degenerate);
      nameBins(bins, `gamma_${written}`, rootNames);
      const HistoName = add(`${own}_${written}`, relative);
      return [{ name: "ShapeSys", attributes: { Name: written, HistoName, ConstraintType } }];
    }
    case "shapefactor": {
      const bins = binParameters(name, sample.data.length, 0, parameters);
      nameBins(bins, `gamma_${written}`, rootNames);
      const isPlain = bins.every(({ init }) => init === 1);
      const start = bins.map(({ init }) => init);
      const HistoName = isPlain ? undefined : add(`${own}_${written}`, start);
      return [{ name: "ShapeFactor", attributes: { Name: written, HistoName } }];
    }
    case "staterror": {
      if (name === stat.main) return [{ name: "StatError", attributes: { Activate: "True" } }];
      // ROOT has one StatError in a channel; samples that share a ShapeSys are the same model.
      const { constraint: ConstraintType, relative } = stat.sets.get(name) as BinSet;
      const Name = `${written}_${channel}`;
      const HistoName = add(`${own}_${written}`, relative);
      return [{ name: "ShapeSys", attributes: { Name, HistoName, ConstraintType } }];
    }
  }
  return modifier satisfies never;
}

function statErrors(
  channel: Channel,
  written: string,
  offsets: ReadonlyMap<string, number>,
  { parameters, rootNames, modifierNames }: WriteContext,
): StatErrors {
  const sets = new Map<string, BinSet>();
  let main: string | null = null;
  const nBins = channel.samples[0]?.data.length ?? 0;
  let scale = new Array<number>(nBins).fill(1);
  for (const { modifiers } of channel.samples) {
    for (const { type, name } of modifiers) {
      if (type !== "staterror" || sets.has(name)) continue;
      const template = templateUncertainty(channel, name);
      const bins = binParameters(name, nBins, offsets.get(name) ?? 0, parameters);
      const set = binUncertainties(
        name,
        bins,
        template.map((relative) => relative === 0),
      );
      sets.set(name, set);
      if (main === null) {
        main = name;
        nameBins(bins, `gamma_stat_${written}`, rootNames);
        scale = set.relative.map((relative, b) => ratio(relative, template[b] as number, name));
      } else {
        nameBins(bins, `gamma_${modifierNames.of(name, "")}_${written}`, rootNames);
      }
    }
  }
  return { main, sets, scale };
}

/** What errors are multiplied by; those that agree but for rounding are left as they are. */
function ratio(wanted: number, template: number, name: string): number {
  if (wanted === template || Math.abs(wanted - template) < 1e-14 * wanted) return 1;
  if (template > 0) return wanted / template;
  throw cannotWrite(
    `the uncertainty of "${name}" where its samples have none`,
    "give the samples their errors instead of a setting of the measurement",
  );
}

/** `[nBins]` sqrt(sum of squared errors) / sum of events over the samples of a staterror. */
function templateUncertainty({ samples }: Channel, name: string): number[] {
  const nBins = samples[0]?.data.length ?? 0;
  return Array.from({ length: nBins }, (_, b) => {
    let [squares, total] = [0, 0];
    for (const { data, modifiers } of samples) {
      for (const modifier of modifiers) {
        if (modifier.type !== "staterror" || modifier.name !== name) continue;
        squares += (modifier.data[b] as number) ** 2;
        total += data[b] as number;
      }
    }
    return total > 0 ? Math.sqrt(squares) / total : 0;
  });
}

function binParameters(
  name: string,
  nBins: number,
  first: number,
  parameters: ReadonlyMap<string, ModelParameter>,
): ModelParameter[] {
  return Array.from(
    { length: nBins },
    (_, b) => parameters.get(`${name}[${first + b}]`) as ModelParameter,
  );
}

function nameBins(
  bins: readonly ModelParameter[],
  prefix: string,
  rootNames: Map<string, string>,
): void {
  bins.forEach(({ name }, b) => void rootNames.set(name, `${prefix}_bin_${b}`));
}

function requireCode(code: string, expected: string, name: string): void {
  if (code === expected) return;
  throw cannotWrite(
    `the interpolation ${code} of "${name}"`,
    `ROOT's HistFactory has ${expected} (where HS3 states none: --hs3-interp root)`,
  );
}
