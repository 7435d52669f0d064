/**
 * Channels with their histograms -> channels of a workspace.
 *
 * @module
 */

import { count } from "../../workspace/checks.ts";
import type { Channel, Modifier } from "../../workspace/types.ts";
import type { BinSet } from "./bin-sets.ts";
import type { BuildContext } from "./context.ts";
import { factorsOf, linearSystematic } from "./factors.ts";
import type { LoadedChannel, LoadedSample, LoadedSystematic } from "./load-channel.ts";
import { LUMI } from "./parameter-names.ts";
import { changed, kept } from "./report.ts";
import type { Place } from "./xml-text.ts";

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
  const factors = factorsOf(sample, context);
  const drafts: Draft[] = factors.parameters.map(({ name, place }) => ({
    modifier: { name, type: "normfactor", data: null },
    place,
  }));
  for (const { place, linear } of factors.linear) {
    drafts.push({ modifier: linearSystematic(linear, place, context), place });
  }
  const byTheory = element.normalizeByTheory ?? defaults.normalizeByTheory;
  if (context.hasLumi && (byTheory || defaults.lumi === "every sample")) {
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
        // It is there so that the alpha of a function has its constraint.
        const isIdle = lo === 1 && hi === 1;
        const isUsed = factors.linear.some(({ linear }) => linear.systematic === systematic.name);
        if (isIdle && isUsed) break;
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
