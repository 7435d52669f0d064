/**
 * Parameter sets: what the modifiers of one name ask for, and what the measurement's settings make of it.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Channel, Modifier, ParameterConfig } from "../workspace/types.ts";
import type { AlphaTransform, Constraint, ParameterKind } from "./resolved-model.ts";

/** A named group of parameters as the modifiers define it, before overrides. */
export interface ParameterSet {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly perBin: boolean;
  /** `[size]` each; NaN where only the measurement can say (lumi). */
  readonly inits: number[];
  readonly lower: number[];
  readonly upper: number[];
  readonly auxdata: number[];
  readonly constraints: Constraint[];
  /** Bins that the templates leave no freedom: zero uncertainty or zero nominal. */
  readonly degenerate: boolean[];
  readonly transform: AlphaTransform;
  first: number;
}

const ALPHA_BOUND = 5;
const GAMMA_LOWER = 1e-10;
const FACTOR_UPPER = 10;

/** Offset of each channel's bins within a staterror set that several channels carry (in data-vector order). */
export function perChannelOffsets(order: readonly Channel[]): Map<string, Map<string, number>> {
  const offsets = new Map<string, Map<string, number>>();
  const sizes = new Map<string, number>();
  for (const channel of order) {
    for (const name of staterrorNames(channel)) {
      const size = sizes.get(name) ?? 0;
      const byChannel = offsets.get(name) ?? new Map<string, number>();
      byChannel.set(channel.name, size);
      offsets.set(name, byChannel);
      sizes.set(name, size + (channel.samples[0]?.data.length ?? 0));
    }
  }
  return offsets;
}

function staterrorNames(channel: Channel): Set<string> {
  const names = new Set<string>();
  for (const sample of channel.samples) {
    for (const modifier of sample.modifiers)
      if (modifier.type === "staterror") names.add(modifier.name);
  }
  return names;
}

/** Every parameter set in order of first appearance in the file. */
export function collectSets(
  fileOrder: readonly Channel[],
  dataOrder: readonly Channel[],
): Map<string, ParameterSet> {
  const sets = new Map<string, ParameterSet>();
  const withStaterror = new Map<string, Channel[]>();
  for (const channel of dataOrder) {
    for (const name of staterrorNames(channel)) {
      const channels = withStaterror.get(name);
      if (channels === undefined) withStaterror.set(name, [channel]);
      else channels.push(channel);
    }
  }
  for (const channel of fileOrder) {
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        if (sets.has(modifier.name)) continue;
        const channels = withStaterror.get(modifier.name) ?? [];
        sets.set(modifier.name, modifierSet(modifier, sample.data, channels));
      }
    }
  }
  return sets;
}

function modifierSet(
  modifier: Modifier,
  nominal: readonly number[],
  staterrorChannels: readonly Channel[],
): ParameterSet {
  const { name } = modifier;
  switch (modifier.type) {
    case "normfactor":
      return uniformSet(name, "normfactor", 1, false, 1, 0, FACTOR_UPPER, { type: "none" });
    case "shapefactor":
      return uniformSet(name, "shapefactor", nominal.length, true, 1, 0, FACTOR_UPPER, {
        type: "none",
      });
    case "normsys":
    case "histosys":
      return uniformSet(name, "alpha", 1, false, 0, -ALPHA_BOUND, ALPHA_BOUND, {
        type: "gauss",
        sigma: 1,
      });
    case "lumi":
      return uniformSet(name, "lumi", 1, false, Number.NaN, Number.NaN, Number.NaN, {
        type: "none",
      });
    case "shapesys": {
      const set = uniformSet(name, "shapesys", nominal.length, true, 1, GAMMA_LOWER, FACTOR_UPPER, {
        type: "gauss",
        sigma: 1,
      });
      for (let b = 0; b < nominal.length; b++) {
        const value = nominal[b] as number;
        const sigma = modifier.data[b] as number;
        const degenerate = !(sigma > 0 && value > 0);
        set.degenerate[b] = degenerate;
        if (modifier.constraint?.type === "Gaussian") {
          set.constraints[b] = { type: "gauss", sigma: degenerate ? 1 : sigma / value };
        } else {
          const tau = degenerate ? 1 : (value / sigma) ** 2;
          set.constraints[b] = { type: "poisson", tau };
          set.auxdata[b] = tau;
        }
      }
      return set;
    }
    case "staterror":
      return staterrorSet(name, modifier.constraint?.type === "Poisson", staterrorChannels);
  }
  return modifier satisfies never;
}

/**
 * The Barlow-Beeston-lite set of one staterror name: relative uncertainty sqrt(sum sigma^2) / sum nominal over the
 * samples that carry it, in every channel that has it.
 */
function staterrorSet(name: string, poisson: boolean, channels: readonly Channel[]): ParameterSet {
  const relative: number[] = [];
  for (const channel of channels) {
    const nBins = channel.samples[0]?.data.length ?? 0;
    const variance = new Float64Array(nBins);
    const nominal = new Float64Array(nBins);
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        if (modifier.type !== "staterror" || modifier.name !== name) continue;
        for (let b = 0; b < nBins; b++) {
          variance[b] = (variance[b] as number) + (modifier.data[b] as number) ** 2;
          nominal[b] = (nominal[b] as number) + (sample.data[b] as number);
        }
      }
    }
    for (let b = 0; b < nBins; b++) {
      const total = nominal[b] as number;
      relative.push(total > 0 ? Math.sqrt(variance[b] as number) / total : 0);
    }
  }
  const set = uniformSet(name, "staterror", relative.length, true, 1, GAMMA_LOWER, FACTOR_UPPER, {
    type: "gauss",
    sigma: 1,
  });
  relative.forEach((delta, b) => {
    set.degenerate[b] = delta === 0;
    if (delta === 0) return;
    if (poisson) {
      set.constraints[b] = { type: "poisson", tau: 1 / delta ** 2 };
      set.auxdata[b] = 1 / delta ** 2;
    } else {
      set.constraints[b] = { type: "gauss", sigma: delta };
    }
  });
  return set;
}

function uniformSet(
  name: string,
  kind: ParameterKind,
  size: number,
  perBin: boolean,
  init: number,
  lower: number,
  upper: number,
  constraint: Constraint,
): ParameterSet {
  const fill = <T>(value: T): T[] => new Array<T>(size).fill(value);
  return {
    name,
    kind,
    perBin,
    inits: fill(init),
    lower: fill(lower),
    upper: fill(upper),
    auxdata: fill(constraint.type === "none" ? 0 : init),
    constraints: fill(constraint),
    degenerate: fill(false),
    transform: { type: "identity" },
    first: -1,
  };
}

/** Applies the measurement's settings for a whole set; lengths were validated. */
export function applyConfig(set: ParameterSet, config: ParameterConfig, pointer: string): void {
  if (set.kind === "lumi") startLumi(set, config, pointer);
  if (config.constraint !== undefined) {
    for (let i = 0; i < set.inits.length; i++) applyConstraint(set, i, config, pointer);
  }
  for (let i = 0; i < set.inits.length; i++) applyValues(set, i, i, config, pointer);
}

/** Applies settings written for one bin of a set (`name[i]`), as the HistFactory XML importers write them. */
export function applyBinConfig(set: ParameterSet, config: ParameterConfig, pointer: string): void {
  if (!set.perBin || !config.name.startsWith(`${set.name}[`)) return;
  const bin = Number(config.name.slice(set.name.length + 1, -1));
  if (config.name !== `${set.name}[${bin}]` || bin >= set.inits.length) return;
  if (config.constraint !== undefined) applyConstraint(set, bin, config, pointer);
  applyValues(set, bin, 0, config, pointer);
}

/** Lumi has no defaults: centre and width must be given; start and range follow from them when they are not. */
function startLumi(set: ParameterSet, config: ParameterConfig, pointer: string): void {
  const centre = config.auxdata?.[0];
  const sigma = config.sigmas?.[0];
  if (centre === undefined || sigma === undefined) {
    throw new NextstatError(
      "input",
      `lumi settings lack ${centre === undefined ? "auxdata" : "sigmas"}`,
      {
        location: { pointer },
        hint: 'give both, e.g. "auxdata": [1.0], "sigmas": [0.02]',
      },
    );
  }
  set.inits[0] = centre;
  set.lower[0] = 0;
  set.upper[0] = FACTOR_UPPER * centre;
  set.auxdata[0] = centre;
  set.constraints[0] = { type: "gauss", sigma };
}

function applyValues(
  set: ParameterSet,
  i: number,
  entry: number,
  config: ParameterConfig,
  pointer: string,
): void {
  const init = config.inits?.[entry];
  if (init !== undefined) set.inits[i] = init;
  const bounds = config.bounds?.[entry];
  if (bounds !== undefined) {
    set.lower[i] = bounds[0] as number;
    set.upper[i] = bounds[1] as number;
  }
  const constraint = set.constraints[i] as Constraint;
  const aux = config.auxdata?.[entry];
  const sigma = config.sigmas?.[entry];
  const factor = config.factors?.[entry];
  if (constraint.type === "none" && (aux ?? sigma ?? factor) !== undefined) {
    throw new NextstatError(
      "input",
      `parameter "${set.name}" has no constraint, so it takes no auxdata, sigmas or factors`,
      {
        location: { pointer },
        hint: "remove them, or use a constrained modifier",
      },
    );
  }
  if (aux !== undefined) set.auxdata[i] = aux;
  if (sigma !== undefined) {
    if (constraint.type !== "gauss")
      throw wrongWidth(set, "sigmas", "a Poisson", "factors", pointer);
    set.constraints[i] = { type: "gauss", sigma };
  }
  if (factor !== undefined) {
    if (constraint.type !== "poisson")
      throw wrongWidth(set, "factors", "a Gaussian", "sigmas", pointer);
    set.constraints[i] = { type: "poisson", tau: factor };
  }
}

function wrongWidth(
  set: ParameterSet,
  given: string,
  kind: string,
  instead: string,
  pointer: string,
): NextstatError {
  return new NextstatError(
    "input",
    `parameter "${set.name}" has ${kind} constraint, which takes no ${given}`,
    {
      location: { pointer },
      hint: `give ${instead} instead`,
    },
  );
}

/** HistFactory's ConstraintTerm and its per-bin relatives (ROOT's HistFactory, `ConstraintTerm`). */
function applyConstraint(
  set: ParameterSet,
  i: number,
  config: ParameterConfig,
  pointer: string,
): void {
  const { type, rel_uncertainty: r } = config.constraint as NonNullable<
    ParameterConfig["constraint"]
  >;
  const bad = (why: string, hint: string): NextstatError =>
    new NextstatError("input", `constraint ${type} on parameter "${set.name}" ${why}`, {
      location: { pointer: `${pointer}/constraint` },
      hint,
    });
  if (set.kind === "normfactor") {
    set.constraints[i] = factorConstraint(config, bad);
    return;
  }
  if (set.kind !== "alpha" && !set.perBin)
    throw bad("is not possible", "the measurement's auxdata and sigmas are the constraint of lumi");
  const needR = (): number => {
    if (r === undefined || !(r > 0))
      throw bad("needs rel_uncertainty > 0", "give the relative uncertainty");
    return r;
  };
  const override = set as { transform: AlphaTransform };
  switch (type) {
    case "Gaussian": {
      if (!set.perBin) return;
      const before = set.constraints[i] as Constraint;
      if (r !== undefined) {
        set.constraints[i] = { type: "gauss", sigma: needR() };
        set.degenerate[i] = false;
      } else if (before.type === "poisson") {
        set.constraints[i] = { type: "gauss", sigma: 1 / Math.sqrt(before.tau) };
      }
      set.auxdata[i] = 1;
      return;
    }
    case "Poisson":
    case "Gamma": {
      if (type === "Poisson" && !set.perBin)
        throw bad("is not possible", "use Gamma for a normsys parameter");
      const tau = 1 / needR() ** 2;
      set.constraints[i] = { type: "poisson", tau };
      set.auxdata[i] = tau;
      set.degenerate[i] = false;
      if (!set.perBin) {
        // ROOT's HistFactory maps beta, of mode 1 and a standard deviation of about r, to alpha = (beta - 1) / r.
        override.transform = { type: "affine", slope: Math.sqrt(tau) };
        set.inits[i] = 1;
        set.lower[i] = 0;
        set.upper[i] = FACTOR_UPPER;
      }
      return;
    }
    case "LogNormal":
      if (set.perBin) throw bad("is not possible", "only normsys and histosys parameters take one");
      override.transform = { type: "lognormal", r: needR() };
      return;
    case "Uniform":
    case "NoConstraint":
      set.constraints[i] = { type: "none" };
      set.auxdata[i] = 0;
      set.degenerate[i] = false;
      return;
  }
  throw new Error(`unknown constraint ${type satisfies never}`);
}

/** The constraint of a normfactor, which nothing but the measurement's settings can know; its datum is their `auxdata`. */
function factorConstraint(
  { constraint, auxdata, sigmas, factors }: ParameterConfig,
  bad: (why: string, hint: string) => NextstatError,
): Constraint {
  const width = constraint?.type === "Gaussian" ? sigmas?.[0] : factors?.[0];
  switch (constraint?.type) {
    case "Gaussian":
      if (width === undefined || auxdata === undefined)
        throw bad("needs auxdata and sigmas", "give the centre and the width of the constraint");
      return { type: "gauss", sigma: width };
    case "Poisson":
      if (width === undefined || auxdata === undefined)
        throw bad("needs auxdata and factors", "give the count, and what a factor of 1 expects");
      return { type: "poisson", tau: width };
    default:
      throw bad("is not possible", "a normfactor takes Gaussian or Poisson");
  }
}
