/**
 * Per-bin parameters: what StatError, ShapeSys and ShapeFactor make of a channel's bins, as ROOT's
 * HistoToWorkspaceFactoryFast decides it (`createStatConstraintTerms`, `MakeScaledUncertaintyHist`).
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import type { BinConstraint } from "./document.ts";
import { xmlError } from "./elements.ts";
import type { LoadedChannel, LoadedSystematic } from "./load-channel.ts";
import type { Defaults } from "./options.ts";
import type { ParameterNames } from "./parameter-names.ts";
import { changed } from "./report.ts";
import type { Place } from "./xml-text.ts";

/** One parameter of a set. */
export interface BinParameter {
  readonly init: number;
  /** Relative uncertainty; 0 where nothing constrains it. */
  readonly relative: number;
  readonly fixed: boolean;
  /** The workspace's numbers do not give the constraint, because nothing is expected in the bin: it is to be stated. */
  readonly stated: boolean;
}

/** The parameters of one name. */
export interface BinSet {
  readonly name: string;
  readonly kind: "staterror" | "shapesys" | "shapefactor";
  readonly constraint: BinConstraint;
  readonly place: Place;
  readonly channel: string;
  readonly bins: readonly BinParameter[];
  /** How many samples of the channel have it. */
  samples: number;
  /** Expected events of all of them, `[nBins]`. */
  readonly total: number[];
}

/** @throws NextstatError `input` for parameters that samples or channels share in a way the model cannot say */
export function collectBinSets(
  channels: readonly LoadedChannel[],
  names: ParameterNames,
  defaults: Defaults,
  log: ConversionLog,
): ReadonlyMap<string, BinSet> {
  const sets = new Map<string, BinSet>();
  for (const channel of channels) {
    const { element, nBins } = channel;
    const stat = statErrorSet(channel, names, defaults);
    if (stat !== null) sets.set(stat.name, stat);
    for (const { nominal, systematics } of channel.samples) {
      for (const systematic of systematics) {
        if (systematic.type !== "ShapeSys" && systematic.type !== "ShapeFactor") continue;
        const name = names.shape(systematic.name);
        const made =
          systematic.type === "ShapeSys"
            ? shapeSysSet(systematic, name, element.name, nominal, defaults)
            : shapeFactorSet(systematic, name, element.name, nBins);
        const before = sets.get(name);
        if (before === undefined) {
          sets.set(name, made);
        } else {
          requireSame(before, made, systematic, log);
          before.samples++;
          nominal.forEach((events, b) => {
            before.total[b] = (before.total[b] as number) + events;
          });
        }
      }
    }
  }
  return sets;
}

/** Relative uncertainty sqrt(sum of squared errors) / sum of events over the samples that take part. */
function statErrorSet(
  { element, nBins, samples }: LoadedChannel,
  names: ParameterNames,
  { statErrors }: Defaults,
): BinSet | null {
  const squares = new Array<number>(nBins).fill(0);
  const total = new Array<number>(nBins).fill(0);
  let place: Place | undefined;
  let n = 0;
  for (const { nominal, systematics } of samples) {
    for (const systematic of systematics) {
      if (systematic.type !== "StatError") continue;
      place ??= systematic.place;
      n++;
      for (let b = 0; b < nBins; b++) {
        squares[b] = (squares[b] as number) + (systematic.errors[b] as number) ** 2;
        total[b] = (total[b] as number) + (nominal[b] as number);
      }
    }
  }
  if (place === undefined) return null;
  const config = element.statErrorConfig ?? { threshold: 0.05, constraint: "Poisson" };
  const threshold = statErrors === "configured" ? config.threshold : 0;
  return {
    name: names.statError(element.name),
    kind: "staterror",
    constraint: statErrors === "configured" ? config.constraint : "Gaussian",
    place,
    channel: element.name,
    samples: n,
    total,
    bins: total.map((events, b) => {
      const relative = events > 0 ? Math.sqrt(squares[b] as number) / events : 0;
      return { init: 1, relative, fixed: relative === 0 || relative < threshold, stated: false };
    }),
  };
}

type ShapeSys = Extract<LoadedSystematic, { readonly type: "ShapeSys" }>;
type ShapeFactor = Extract<LoadedSystematic, { readonly type: "ShapeFactor" }>;

function shapeSysSet(
  { constraint, place, relative }: ShapeSys,
  name: string,
  channel: string,
  nominal: readonly number[],
  { shapeSys }: Defaults,
): BinSet {
  return {
    name,
    kind: "shapesys",
    constraint: shapeSys === "Poisson" ? "Poisson" : (constraint ?? "Gaussian"),
    place,
    channel,
    samples: 1,
    total: [...nominal],
    bins: relative.map((r, b) => ({
      init: 1,
      relative: Math.max(r, 0),
      fixed: !(r > 0),
      // pyhf fixes the parameter of a bin in which nothing is expected; ROOT leaves it free.
      stated: r > 0 && !((nominal[b] as number) > 0) && shapeSys === "as stated",
    })),
  };
}

function shapeFactorSet(
  { constant, shape, place }: ShapeFactor,
  name: string,
  channel: string,
  nBins: number,
): BinSet {
  return {
    name,
    kind: "shapefactor",
    constraint: "Gaussian",
    place,
    channel,
    samples: 1,
    total: new Array<number>(nBins).fill(0),
    bins: Array.from({ length: nBins }, (_, b) => ({
      init: shape?.[b] ?? 1,
      relative: 0,
      fixed: constant,
      stated: false,
    })),
  };
}

/** Samples and channels that use one name share the parameters. */
function requireSame(
  before: BinSet,
  after: BinSet,
  { type, name, place }: ShapeSys | ShapeFactor,
  log: ConversionLog,
): void {
  if (before.kind !== after.kind) {
    throw xmlError(
      `the ShapeSys and the ShapeFactor "${name}" would share their parameters`,
      place,
      "rename one of them",
    );
  }
  if (before.bins.length !== after.bins.length) {
    throw xmlError(
      `the ${type} "${name}" has ${after.bins.length} bins here and ${before.bins.length} in channel "${before.channel}"`,
      place,
      "modifiers of one name need the same number of bins",
    );
  }
  const differs = after.bins.some((bin, b) => {
    const other = before.bins[b] as BinParameter;
    return bin.relative !== other.relative || bin.init !== other.init || bin.fixed !== other.fixed;
  });
  if (type === "ShapeFactor") {
    if (differs) {
      const note = `initial shape of ShapeFactor "${name}": as in channel "${before.channel}", where it is first used`;
      changed(log, place, note);
    }
    return;
  }
  if (before.channel !== after.channel) {
    throw xmlError(
      `the ShapeSys "${name}" is also in channel "${before.channel}", where ROOT has it share the parameters`,
      place,
      "parameters of a ShapeSys cannot be shared between channels here: rename one",
    );
  }
  if (differs || before.constraint !== after.constraint) {
    throw xmlError(
      `the ShapeSys "${name}" has other uncertainties than on the sample before, with which it shares its parameters`,
      place,
      "give both the same histogram and constraint, or rename one",
    );
  }
}
