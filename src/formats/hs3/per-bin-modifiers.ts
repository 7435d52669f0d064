/**
 * What a set of per-bin parameters of HS3 is in a workspace, and its settings.
 *
 * @module
 */

import type { Modifier, ParameterConfig } from "../../workspace/types.ts";
import type { ConversionLog } from "../conversion.ts";
import { shorten } from "../pyhf/json-text.ts";
import type { TermOfParameter } from "./constraints.ts";
import { hs3Error, pointerOf } from "./document.ts";
import type { Values } from "./index-document.ts";
import { type BinParameter, perBinConfigs } from "./parameters.ts";
import { absoluteUncertainty, type PerBinSet, type PerBinUse } from "./per-bin-sets.ts";
import type { DraftSample } from "./read-channel.ts";
import type { Terms } from "./scalars.ts";

/** A set as the workspace has it. */
export interface DecidedSet {
  readonly type: "shapefactor" | "shapesys" | "staterror";
  /** Null for a shapefactor. */
  readonly constraint: "Gaussian" | "Poisson" | null;
  readonly bins: readonly BinParameter[];
  /** The modifier on one of its samples. */
  readonly modifierOf: (sample: DraftSample) => Modifier;
}

/** Decides what a set is in the workspace. */
export function decideSet(
  set: PerBinSet,
  terms: Terms,
  values: Values,
  log: ConversionLog,
): DecidedSet {
  const [{ draft }] = set.uses as [PerBinUse, ...PerBinUse[]];
  const path = draft.node.pointer;
  if (draft.type === "shapefactor") return shapefactorOf(set, terms, false);
  requireAgreement(set, terms);
  const relative = draft.relative ?? staterrorWidths(set);
  if (draft.constraint === "Const") {
    log.changed.push({ path, note: `${set.name}: a shapefactor that is held` });
    return shapefactorOf(set, terms, true);
  }
  const free = set.parameters.every((parameter) => values.isConstant(parameter) === false);
  if (draft.type === "shapesys" && free && relative.every((value) => value === 0)) {
    log.changed.push({ path, note: `${set.name}: without uncertainties it is a shapefactor` });
    return shapefactorOf(set, terms, false);
  }
  return draft.type === "staterror"
    ? staterrorOf(set, relative, draft.constraint === "Poisson", log)
    : shapesysOf(set, relative, draft.constraint === "Poisson", log);
}

/** Settings of a set in a measurement. */
export function setConfigs(
  set: PerBinSet,
  decided: DecidedSet,
  values: Values,
  log: ConversionLog,
): readonly ParameterConfig[] {
  return perBinConfigs(set.name, decided.constraint, decided.bins, values, log);
}

function shapefactorOf(set: PerBinSet, { byParameter }: Terms, held: boolean): DecidedSet {
  const bins = set.parameters.map((parameter): BinParameter => {
    const term = byParameter.get(parameter);
    const constraint = term === undefined ? null : relativeTerm(term);
    if (term !== undefined && term.type !== "uniform" && constraint === null) {
      throw hs3Error(
        `the constraint of "${shorten(parameter)}" is not one of a relative uncertainty`,
        pointerOf((set.uses[0] as PerBinUse).draft.node, "parameters"),
        "a per-bin constraint has its centre at 1",
      );
    }
    return { parameter, relative: null, constraint, heldByDefault: held };
  });
  const { name } = set;
  const modifier: Modifier = { name, type: "shapefactor", data: null };
  return { type: "shapefactor", constraint: null, bins, modifierOf: () => modifier };
}

/** The relative uncertainty of a constraint term of a gamma, or null where it has another form. */
function relativeTerm(term: TermOfParameter): BinParameter["constraint"] {
  if (term.type === "gauss" && term.centre === 1) return { type: "Gaussian", relative: term.sigma };
  if (term.type === "poisson" && Math.abs(term.count - term.tau) <= 1e-9 * term.tau) {
    return { type: "Poisson", relative: 1 / Math.sqrt(term.tau) };
  }
  return null;
}

/** A constraint term listed in the likelihood counts once: it must be the one the modifier makes. */
function requireAgreement(set: PerBinSet, { byParameter }: Terms): void {
  const [{ draft }] = set.uses as [PerBinUse, ...PerBinUse[]];
  const widths = draft.relative ?? staterrorWidths(set);
  set.parameters.forEach((parameter, b) => {
    const term = byParameter.get(parameter);
    if (term === undefined) return;
    const listed = relativeTerm(term);
    const width = widths[b] as number;
    const agrees =
      listed?.type === draft.constraint &&
      Math.abs((listed?.relative ?? 0) - width) <= 1e-6 * width;
    if (agrees) return;
    throw hs3Error(
      `the parameter "${shorten(parameter)}" has two different constraints: that of ${draft.node.what} and one in the likelihood`,
      draft.node.pointer,
      "give it one",
    );
  });
}

/** `[nBins]` relative uncertainties sqrt(sum errors^2) / sum contents over the samples of a staterror. */
function staterrorWidths({ uses, parameters }: PerBinSet): readonly number[] {
  const missing = uses.find(({ sample }) => sample.errors === null);
  if (missing !== undefined && uses.every(({ sample }) => sample.errors === null)) {
    throw hs3Error(
      `${missing.draft.node.what} needs the "errors" of its sample`,
      `${missing.sample.pointer}/data`,
      'add "errors", one per bin',
    );
  }
  return parameters.map((_, b) => {
    let variance = 0;
    let nominal = 0;
    for (const { sample } of uses) {
      variance += (sample.errors?.[b] ?? 0) ** 2;
      nominal += sample.contents[b] as number;
    }
    return nominal > 0 ? Math.sqrt(variance) / nominal : 0;
  });
}

function staterrorOf(
  set: PerBinSet,
  relative: readonly number[],
  poisson: boolean,
  log: ConversionLog,
): DecidedSet {
  const { name, uses } = set;
  for (const { sample, draft } of uses) {
    if (sample.errors !== null) continue;
    log.changed.push({ path: draft.node.pointer, note: `${name}: no errors, taken as 0` });
  }
  const threshold = uses[0]?.draft.threshold ?? 0;
  const bins = set.parameters.map((parameter, b) => ({
    parameter,
    relative: relative[b] as number,
    constraint: null,
    heldByDefault: (relative[b] as number) < threshold || relative[b] === 0,
  }));
  return {
    type: "staterror",
    constraint: poisson ? "Poisson" : "Gaussian",
    bins,
    modifierOf: (sample) => ({
      name,
      type: "staterror",
      data: sample.errors ?? sample.contents.map(() => 0),
      ...(poisson ? { constraint: { type: "Poisson" } } : {}),
    }),
  };
}

/**
 * A shapesys of one sample stays one. Of several samples it is a staterror, whose uncertainties are chosen so that their
 * sum in quadrature is the relative one of the sum: all of it on the first sample.
 */
function shapesysOf(
  set: PerBinSet,
  relative: readonly number[],
  poisson: boolean,
  log: ConversionLog,
): DecidedSet {
  const { name, uses } = set;
  const [first] = uses as [PerBinUse, ...PerBinUse[]];
  const constraint = poisson ? "Poisson" : "Gaussian";
  const shared = uses.length > 1;
  const nominal = relative.map((_, b) =>
    uses.reduce((sum, { sample }) => sum + (sample.contents[b] as number), 0),
  );
  const bins = set.parameters.map((parameter, b): BinParameter => {
    const width = relative[b] as number;
    // Where nothing is expected no absolute uncertainty says it.
    const beyond = width > 0 && !((nominal[b] as number) > 0);
    return {
      parameter,
      relative: beyond ? 0 : width,
      constraint: beyond ? { type: constraint, relative: width } : null,
      heldByDefault: width === 0,
    };
  });
  const absolute = bins.map((bin, b) =>
    bin.relative === null || bin.relative === 0
      ? 0
      : absoluteUncertainty(bin.relative, nominal[b] as number),
  );
  if (shared) {
    log.changed.push({
      path: first.draft.node.pointer,
      note: `${name}: shared by ${uses.length} samples, so it is a staterror`,
    });
  }
  const type = shared ? "staterror" : "shapesys";
  const isDefault = shared ? !poisson : poisson;
  return {
    type,
    constraint,
    bins,
    modifierOf: (sample) => ({
      name,
      type,
      data: sample === first.sample ? absolute : absolute.map(() => 0),
      ...(isDefault ? {} : { constraint: { type: constraint } }),
    }),
  };
}
