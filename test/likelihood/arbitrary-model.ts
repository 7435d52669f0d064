/**
 * Random small models for property tests: every modifier, interpolation code, constraint and transform, several channels
 * with shared parameters, per-bin sets, data with zeros, masks.
 */

import fc from "fast-check";
import type { Dataset } from "../../src/likelihood/evaluator.ts";
import type {
  AlphaTransform,
  Constraint,
  HistosysCode,
  NormsysCode,
  Parameter,
  ResolvedChannel,
  ResolvedModel,
  ResolvedModifier,
  ResolvedSample,
} from "../../src/model/resolved-model.ts";

/** A model with a point and a dataset to evaluate it at. */
export interface ModelCase {
  readonly model: ResolvedModel;
  /** `[nParameters]`; normfactors may be negative, so expected events may be too. */
  readonly theta: Float64Array;
  readonly dataset: Dataset;
}

export interface ModelCaseOptions {
  /**
   * Whether alphas may sit on 0 and +-1, where interpolations have kinks; false keeps them 0.02 away, for differences.
   * Transformed alphas are kept off +-1 in any case: rounding decides on which side they fall.
   */
  readonly kinks: boolean;
}

export function arbitraryModelCase(options: ModelCaseOptions): fc.Arbitrary<ModelCase> {
  return rawCase.map((raw) => buildCase(raw, options));
}

const MAX_BINS = 4;

const perBin = <T>(value: fc.Arbitrary<T>) =>
  fc.array(value, { minLength: MAX_BINS, maxLength: MAX_BINS });

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** A variation relative to nominal; both sides may go the same way. */
const variation = fc.oneof(between(0.7, 1.3), fc.constant(1));

const rawModifier = fc.record({
  type: fc.constantFrom(
    "factor",
    "normsys",
    "normsys",
    "histosys",
    "histosys",
    "staterror",
    "shapesys",
    "shapefactor",
  ),
  /** Chooses among the parameters that fit, modulo their number. */
  pick: fc.nat(11),
  normsysCode: fc.constantFrom<NormsysCode>("code0", "code1", "code2", "code4"),
  histosysCode: fc.constantFrom<HistosysCode>("code0", "code2", "code4p"),
  /** Mostly positive; the rest meets the linear fallback. */
  hi: fc.oneof({ weight: 9, arbitrary: between(0.5, 1.7) }, fc.constantFrom(0, -0.2)),
  lo: fc.oneof({ weight: 9, arbitrary: between(0.5, 1.7) }, fc.constantFrom(0, -0.2)),
  hiRatio: perBin(variation),
  loRatio: perBin(variation),
  /** Added to both templates, so that empty bins vary too. */
  offset: fc.constantFrom(0, 0, 0, 0.5),
});

const rawSample = fc.record({
  nominal: perBin(fc.oneof({ weight: 5, arbitrary: between(0.5, 200) }, fc.constant(0))),
  modifiers: fc.array(rawModifier, { maxLength: 7 }),
});

const rawChannel = fc.record({
  nBins: fc.integer({ min: 1, max: MAX_BINS }),
  samples: fc.array(rawSample, { minLength: 1, maxLength: 3 }),
  observed: perBin(fc.oneof(fc.nat(300), between(0, 300), fc.constant(0))),
});

const rawCase = fc.record({
  channels: fc.array(rawChannel, { minLength: 1, maxLength: 3 }),
  alphas: fc.array(
    fc.record({
      kind: fc.constantFrom("normal", "normal", "shifted", "free", "lognormal", "gamma"),
      r: between(0.03, 0.3),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  /** One per parameter, repeated: how far from its centre, in rough standard deviations. */
  pulls: fc.array(fc.oneof(between(-3, 3), fc.constantFrom(0, 1, -1)), {
    minLength: 1,
    maxLength: 24,
  }),
  /** One per parameter, repeated: put it at 0 if it is a factor without Poisson constraint. */
  zeros: fc.array(fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true)), {
    minLength: 1,
    maxLength: 24,
  }),
  /** Per-bin widths, repeated. */
  widths: fc.array(between(0.02, 0.4), { minLength: 1, maxLength: 8 }),
  /** Shift of each auxiliary datum in standard deviations, repeated. */
  auxiliaryPulls: fc.array(between(-2, 2), { minLength: 1, maxLength: 8 }),
  mask: fc.option(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 })),
});

type RawCase = typeof rawCase extends fc.Arbitrary<infer T> ? T : never;
type RawModifier = typeof rawModifier extends fc.Arbitrary<infer T> ? T : never;

/** Element `i` of a list repeated without end. */
function cyclic<T>(list: readonly T[], i: number): T {
  return list[i % list.length];
}

function buildCase(raw: RawCase, { kinks }: ModelCaseOptions): ModelCase {
  const parameters = globalParameters(raw);
  const channels: ResolvedChannel[] = [];
  let firstBin = 0;
  raw.channels.forEach((channel, c) => {
    const { nBins } = channel;
    const sets = perBinSets(raw, parameters, c, nBins);
    const samples = channel.samples.map((sample, s): ResolvedSample => {
      const nominal = sample.nominal.slice(0, nBins);
      const modifiers = sample.modifiers.map((m) => buildModifier(m, nominal, parameters, sets));
      return { name: `sample${s}`, nominal, modifiers: unique(modifiers) };
    });
    channels.push({ name: `channel${c}`, nBins, firstBin, samples });
    firstBin += nBins;
  });
  const model: ResolvedModel = {
    measurement: "random",
    channels,
    parameters,
    poi: 0,
    observed: raw.channels.flatMap(({ observed, nBins }) => observed.slice(0, nBins)),
    auxiliaryOrder: [],
    notices: [],
  };
  const theta = Float64Array.from(parameters, (parameter, p) => {
    const pull = cyclic(raw.pulls, p);
    if (parameter.kind !== "alpha") return factorValue(parameter, pull, cyclic(raw.zeros, p));
    return alphaValue(parameter.transform, kinks ? pull : awayFrom([-1, 0, 1], pull));
  });
  return { model, theta, dataset: buildDataset(raw, model) };
}

// --- Parameters -------------------------------------------------------------------------------------------------------

const N_FACTORS = 3;

function globalParameters(raw: RawCase): Parameter[] {
  const free = { type: "none" } as const;
  const parameters = [
    parameter("mu", "normfactor", free, 0),
    parameter("k_background", "normfactor", free, 0),
    parameter("lumi", "lumi", { type: "gauss", sigma: 0.02 }, 1),
  ];
  raw.alphas.forEach(({ kind, r }, i) => {
    const name = `alpha${i}`;
    const unit = { type: "gauss", sigma: 1 } as const;
    if (kind === "normal") parameters.push(parameter(name, "alpha", unit, 0));
    if (kind === "shifted")
      parameters.push(parameter(name, "alpha", { type: "gauss", sigma: r }, r));
    if (kind === "free") parameters.push(parameter(name, "alpha", free, 0));
    if (kind === "lognormal") {
      parameters.push({
        ...parameter(name, "alpha", unit, 0),
        transform: { type: "lognormal", r },
      });
    }
    if (kind === "gamma") {
      const tau = 1 / (r * r);
      parameters.push({
        ...parameter(name, "alpha", { type: "poisson", tau }, tau),
        transform: { type: "affine", slope: 1 / r },
        init: 1,
        lower: 0,
        upper: 10,
      });
    }
  });
  return parameters;
}

/** Adds a channel's `staterror`, `shapesys` and `shapefactor` sets; the last is shared between equal bin counts. */
function perBinSets(
  raw: RawCase,
  parameters: Parameter[],
  c: number,
  nBins: number,
): { staterror: number; shapesys: number; shapefactor: number } {
  const addSet = (set: string, kind: Parameter["kind"], constrain: (b: number) => Constraint) => {
    const first = parameters.length;
    for (let b = 0; b < nBins; b++) {
      const constraint = constrain(b);
      const auxdata = { none: 0, gauss: 1, poisson: "tau" in constraint ? constraint.tau : 0 };
      parameters.push({
        ...parameter(`${set}[${b}]`, kind, constraint, auxdata[constraint.type]),
        set,
        bin: b,
        // Without a constraint on what should have one: the fixed gamma of a bin without uncertainty.
        fixed: constraint.type === "none" && kind !== "shapefactor",
      });
    }
    return first;
  };
  const width = (b: number) => cyclic(raw.widths, 3 * c + b);
  const shared = `shape_${nBins}_bins`;
  const known = parameters.findIndex(({ set }) => set === shared);
  return {
    staterror: addSet(`staterror_channel${c}`, "staterror", (b) =>
      width(b) < 0.04 ? { type: "none" } : { type: "gauss", sigma: width(b) },
    ),
    shapesys: addSet(`shapesys_channel${c}`, "shapesys", (b) =>
      width(b) < 0.04 ? { type: "none" } : { type: "poisson", tau: 1 / width(b) ** 2 },
    ),
    shapefactor: known >= 0 ? known : addSet(shared, "shapefactor", () => ({ type: "none" })),
  };
}

function parameter(
  name: string,
  kind: Parameter["kind"],
  constraint: Constraint,
  auxdata: number,
): Parameter {
  const isAlpha = kind === "alpha";
  return {
    name,
    set: name,
    bin: null,
    kind,
    init: isAlpha ? 0 : 1,
    lower: { normfactor: -5, alpha: -5, lumi: 0, shapefactor: 0, shapesys: 1e-10, staterror: 0 }[
      kind
    ],
    upper: isAlpha ? 5 : 10,
    fixed: false,
    constraint,
    auxdata,
    transform: { type: "identity" },
  };
}

/** A normfactor keeps the sign of its pull; the rest is positive, or 0 where asked for. */
function factorValue({ kind, constraint }: Parameter, pull: number, zero: boolean): number {
  if (zero && constraint.type !== "poisson") return 0;
  if (kind === "normfactor") return 1 + 0.6 * pull;
  return kind === "lumi" ? 1 + 0.05 * pull : 1 + 0.3 * pull;
}

/** The theta whose alpha is (about) `pull`. */
function alphaValue(transform: AlphaTransform, pull: number): number {
  switch (transform.type) {
    case "identity":
      return pull;
    case "lognormal":
      return Math.log1p(transform.r * awayFrom([-1, 1], pull)) / Math.log1p(transform.r);
    case "affine":
      return 1 + awayFrom([-1, 1], pull) / transform.slope;
  }
  return transform satisfies never;
}

function awayFrom(points: readonly number[], x: number): number {
  return points.some((point) => Math.abs(x - point) < 0.02) ? x + 0.05 : x;
}

// --- Modifiers and data -----------------------------------------------------------------------------------------------

function buildModifier(
  raw: RawModifier,
  nominal: readonly number[],
  parameters: readonly Parameter[],
  sets: { staterror: number; shapesys: number; shapefactor: number },
): ResolvedModifier {
  const nAlphas = parameters.filter(({ kind }) => kind === "alpha").length;
  const alpha = N_FACTORS + (raw.pick % nAlphas);
  switch (raw.type) {
    case "factor":
      return { type: "factor", parameter: raw.pick % N_FACTORS };
    case "normsys":
      return { type: "normsys", parameter: alpha, hi: raw.hi, lo: raw.lo, code: raw.normsysCode };
    case "histosys": {
      const vary = (ratios: readonly number[]) => nominal.map((x, b) => x * ratios[b] + raw.offset);
      const [hi, lo] = [vary(raw.hiRatio), vary(raw.loRatio)];
      return { type: "histosys", parameter: alpha, hi, lo, code: raw.histosysCode };
    }
    default:
      return { type: "perbin", firstParameter: sets[raw.type] };
  }
}

/** At most one modifier of a type and parameter per sample, as in a workspace. */
function unique(modifiers: readonly ResolvedModifier[]): ResolvedModifier[] {
  const key = (m: ResolvedModifier) =>
    m.type === "perbin" ? `perbin ${m.firstParameter}` : `${m.type} ${m.parameter}`;
  return [...new Map(modifiers.map((m) => [key(m), m])).values()];
}

function buildDataset(raw: RawCase, model: ResolvedModel): Dataset {
  const auxiliary = Float64Array.from(model.parameters, ({ constraint, auxdata }, p) => {
    const pull = cyclic(raw.auxiliaryPulls, p);
    if (constraint.type === "gauss") return auxdata + pull * constraint.sigma;
    return Math.max(0, auxdata + pull * Math.sqrt(auxdata));
  });
  const main = Float64Array.from(model.observed);
  const { mask } = raw;
  if (mask === null) return { main, auxiliary };
  return {
    main,
    auxiliary,
    binMask: Uint8Array.from(main, (_, b) => Number(cyclic(mask, b))),
    constraintMask: Uint8Array.from(auxiliary, (_, p) => Number(cyclic(mask, p + 1))),
  };
}
