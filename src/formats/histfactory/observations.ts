/**
 * The observed data of a channel.
 *
 * @module
 */

import type { Observation } from "../../workspace/types.ts";
import type { Notice } from "../conversion.ts";
import type { BuildContext } from "./context.ts";
import type { HistFactoryDocument, MeasurementElement } from "./document.ts";
import type { LoadedChannel } from "./load-channel.ts";
import { changed } from "./report.ts";

/** The data of a channel; without any, the expectation at the start, as ROOT's Asimov data. */
export function observe(
  { element, data, samples, nBins }: LoadedChannel,
  { measurements }: HistFactoryDocument,
  { names, factors, functions, defaults, log }: BuildContext,
  notices: Notice[],
): Observation {
  const { name } = element;
  if (data !== null) return { name, data };
  const [measurement] = measurements as [MeasurementElement];
  const set = new Map(
    measurement.settings.flatMap(({ name: parameter, value }) =>
      value === null ? [] : [[parameter, value] as const],
    ),
  );
  const start = (own: string): number => {
    const linear = functions.linear.get(own);
    if (linear !== undefined) return linear.constant;
    const monomial = functions.monomials.get(own);
    if (monomial !== undefined) {
      return [...monomial.powers].reduce(
        (product, [parameter, power]) => product * start(parameter) ** power,
        monomial.coefficient,
      );
    }
    return set.get(own) ?? factors.get(names.normFactor(own))?.value ?? 1;
  };
  const expected = new Array<number>(nBins).fill(0);
  for (const { nominal, systematics, element: sample } of samples) {
    const byTheory = sample.normalizeByTheory ?? defaults.normalizeByTheory;
    const isScaled = byTheory || defaults.lumi === "every sample";
    let factor = isScaled ? (set.get("Lumi") ?? measurement.lumi) : 1;
    for (const systematic of systematics) {
      if (systematic.type === "NormFactor") factor *= start(systematic.name);
    }
    for (let b = 0; b < nBins; b++) {
      const shape = systematics.reduce(
        (product, systematic) =>
          systematic.type === "ShapeFactor" ? product * (systematic.shape?.[b] ?? 1) : product,
        1,
      );
      expected[b] = (expected[b] as number) + (nominal[b] as number) * factor * shape;
    }
  }
  const note = `channel "${name}" has no <Data>: the data are the expectation at the start of measurement "${measurement.name}", systematics at nominal`;
  changed(log, element.place, note);
  notices.push({ message: note });
  return { name, data: expected };
}
