/**
 * A luminosity that only some samples depend on. ROOT (6.38, 6.40) multiplies every sample by its Lumi, whatever
 * NormalizeByTheory says; so there it becomes a function of a systematic: centre + width * alpha, with alpha's unit Gaussian
 * for the luminosity's.
 *
 * @module
 */

import type { Workspace } from "../../workspace/types.ts";
import type { MeasurementToWrite, ModelParameter } from "../hs3/model-parameters.ts";
import { functionElement } from "./write-linear.ts";
import { cannotWrite } from "./write-parameters.ts";
import type { WrittenElement } from "./write-text.ts";

/** centre + width * alpha of the systematic `lumi`. */
export interface LumiFunction {
  readonly centre: number;
  readonly width: number;
}

/** Names in the XML. The name of the modifier is fixed, so no other has it. */
export const LUMI_SYSTEMATIC = "lumi";
const LUMI_FUNCTION = "lumi_factor";

/** @returns null where the luminosity can be ROOT's own, or is 1 */
export function lumiFunction(
  { channels }: Workspace,
  measurements: readonly MeasurementToWrite[],
): LumiFunction | null {
  const lumis = measurements.flatMap(({ parameters }) =>
    parameters.filter(({ kind }) => kind === "lumi"),
  );
  if (lumis.every(({ fixed, init }) => fixed && init === 1)) return null;
  const samples = channels.flatMap((channel) => channel.samples);
  if (samples.every(({ modifiers }) => modifiers.some(({ type }) => type === "lumi"))) return null;
  const [first, ...others] = lumis.map(gaussian) as [LumiFunction, ...LumiFunction[]];
  if (others.some(({ centre, width }) => centre !== first.centre || width !== first.width)) {
    throw cannotWrite(
      "a luminosity that some samples go without, and that differs between measurements,",
      "choose one measurement",
    );
  }
  const isPoi = measurements.some(({ poi, parameters }) =>
    parameters.some(({ name, kind }) => kind === "lumi" && name === poi),
  );
  if (isPoi) {
    throw cannotWrite(
      "a luminosity that some samples go without, and that is the parameter of interest,",
      "choose another one",
    );
  }
  return first;
}

/** Centre and width of the constraint of a luminosity. */
export function gaussian({ constraint, auxdata }: ModelParameter): LumiFunction {
  if (constraint.type !== "gauss" || !(auxdata > 0)) {
    throw cannotWrite(`a luminosity of ${auxdata}`, "give auxdata above 0, and sigmas");
  }
  return { centre: auxdata, width: constraint.sigma };
}

export function lumiElement(lumi: LumiFunction): WrittenElement {
  return functionElement(LUMI_FUNCTION, lumi, LUMI_SYSTEMATIC);
}

/** What a sample has instead of NormalizeByTheory: the factor, and an OverallSys without effect that constrains alpha. */
export function lumiElements({ centre }: LumiFunction): readonly WrittenElement[] {
  const range = { Val: centre, High: 10 * centre, Low: 0 };
  return [
    { name: "NormFactor", attributes: { Name: LUMI_FUNCTION, ...range } },
    { name: "OverallSys", attributes: { Name: LUMI_SYSTEMATIC, High: 1, Low: 1 } },
  ];
}
