/**
 * A measurement of a model -> `<Measurement>`.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import type { MeasurementToWrite, ModelParameter } from "../hs3/model-parameters.ts";
import { describeConstraint } from "../hs3/write-constraints.ts";
import type { RootParameter } from "./parameter-names.ts";
import { gaussian, LUMI_SYSTEMATIC, type LumiFunction } from "./write-lumi.ts";
import { cannotWrite, termOf } from "./write-parameters.ts";
import type { WrittenElement } from "./write-text.ts";

export interface MeasurementContext {
  /** ROOT's names by ours, of factors and of per-bin parameters. */
  readonly rootNames: ReadonlyMap<string, string>;
  /** ROOT's names of systematics, without the prefix, by ours. */
  readonly systematicName: (name: string) => string;
  /** Whether a systematic has neither a HistoSys nor a function. */
  readonly isOverallOnly: (name: string) => boolean;
  /** What the luminosity is where it is not ROOT's. */
  readonly lumi: LumiFunction | null;
  /** The parameters that the channels have been written with. */
  readonly written: ReadonlyMap<string, ModelParameter>;
  /** Told what each parameter is in ROOT. */
  readonly onParameter: (own: string, root: RootParameter) => void;
  readonly log: ConversionLog;
}

export function writeMeasurement(
  { name, poi, parameters }: MeasurementToWrite,
  index: number,
  context: MeasurementContext,
): WrittenElement {
  const pointer = `/measurements/${index}`;
  if (poi === null) {
    throw cannotWrite(`the measurement "${name}", which has no parameter of interest,`, "name one");
  }
  const constants: string[] = [];
  const settings: WrittenElement[] = [];
  const terms: WrittenElement[] = [];
  const ranges: string[] = [];
  let lumi: { readonly value: number; readonly relative: number } | undefined;
  let poiName = poi;
  for (const parameter of parameters) {
    const { fixed, kind } = parameter;
    let { init } = parameter;
    let [unitCentre, unitWidth] = [0, 1];
    let own: string;
    let start = kind === "alpha" ? 0 : 1;
    switch (kind) {
      case "lumi": {
        const { centre, width } = gaussian(parameter);
        if (context.lumi === null) {
          own = "Lumi";
          lumi = { value: centre, relative: width / centre };
          start = centre;
        } else {
          own = `alpha_${LUMI_SYSTEMATIC}`;
          init = (init - centre) / width;
          [unitCentre, unitWidth] = [centre, width];
          start = 0;
        }
        break;
      }
      case "alpha": {
        const systematic = context.systematicName(parameter.name);
        const term = termOf(parameter, context.isOverallOnly(parameter.name));
        own = term?.type === "Gamma" ? `beta_${systematic}` : `alpha_${systematic}`;
        if (term?.type === "Gamma") start = 1;
        if (term !== null) {
          const attributes = { Type: term.type, RelativeUncertainty: term.relative };
          terms.push({ name: "ConstraintTerm", attributes, text: systematic });
        }
        if (term?.type === "Uniform") {
          const note = `"${parameter.name}", which has no constraint, as Uniform: ROOT makes that a Gaussian of width 100`;
          context.log.changed.push({ path: pointer, note });
        }
        break;
      }
      default:
        own = context.rootNames.get(parameter.name) as string;
        requireSameConstraint(parameter, context);
        start = writtenStart(parameter, context);
    }
    context.onParameter(parameter.name, { name: own, centre: unitCentre, width: unitWidth });
    if (parameter.name === poi) poiName = own;
    if (fixed) constants.push(own);
    if (init !== start) {
      settings.push({ name: "ParamSetting", attributes: { Val: init }, text: own });
    }
    if (!fixed && !hasRootRange(parameter, context)) ranges.push(parameter.name);
  }
  if (ranges.length > 0) {
    const shown = ranges.slice(0, 5).map((each) => `"${each}"`);
    const more = ranges.length > 5 ? ` and ${ranges.length - 5} more` : "";
    const note = `ranges of ${shown.join(", ")}${more} in measurement "${name}"`;
    context.log.lost.push({ path: pointer, note });
  }
  if (lumi === undefined) constants.push("Lumi");
  if (constants.length > 0) {
    settings.push({
      name: "ParamSetting",
      attributes: { Const: "True" },
      text: constants.join(" "),
    });
  }
  const attributes = {
    Name: name,
    Lumi: lumi?.value ?? 1,
    LumiRelErr: lumi?.relative ?? 0.1,
    ExportOnly: "True",
  };
  const children = [{ name: "POI", text: poiName }, ...settings, ...terms];
  return { name: "Measurement", attributes, children };
}

/** Channels hold for all measurements, and have the constraints of bins. */
function requireSameConstraint(parameter: ModelParameter, { written }: MeasurementContext): void {
  const first = written.get(parameter.name) as ModelParameter;
  // The term of a parameter that is held is a constant.
  if (parameter.fixed || describeConstraint(parameter) === describeConstraint(first)) return;
  throw cannotWrite(
    `the constraint of "${parameter.name}", which differs between measurements,`,
    "choose one measurement",
  );
}

/** The start that the channels' files give a parameter. */
function writtenStart({ name, kind }: ModelParameter, { written }: MeasurementContext): number {
  if (kind === "shapesys" || kind === "staterror") return 1;
  return (written.get(name) as ModelParameter).init;
}

/** Whether ROOT gives a parameter the range that it has, or one that differs only where nobody goes. */
function hasRootRange(parameter: ModelParameter, { written, lumi }: MeasurementContext): boolean {
  const { name, kind, lower, upper, constraint, auxdata } = parameter;
  switch (kind) {
    case "normfactor": {
      const first = written.get(name) as ModelParameter;
      return lower === first.lower && upper === first.upper;
    }
    case "lumi":
      if (lumi !== null)
        return lower === -5 * lumi.width + auxdata && upper === 5 * lumi.width + auxdata;
      return lower === 0 && upper === 10 * auxdata;
    case "alpha":
      return constraint.type === "poisson"
        ? lower === 0 && upper === 10
        : lower === -5 && upper === 5;
    case "shapefactor":
      return lower === 0 && upper === 1000;
    case "shapesys":
    case "staterror": {
      const sigma = constraint.type === "gauss" ? constraint.sigma : 0;
      const relative = constraint.type === "poisson" ? 1 / Math.sqrt(constraint.tau) : sigma;
      // ROOT's ends are at 0, ours at 1e-10.
      return Math.abs(lower) <= 1e-10 && Math.abs(upper - (1 + 5 * relative)) < 1e-12 * upper;
    }
  }
  return kind satisfies never;
}
