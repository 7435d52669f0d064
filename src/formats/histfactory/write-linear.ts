/**
 * A normsys that is interpolated linearly, which ROOT's OverallSys is not: a `<Function>` of its systematic, as it is read.
 *
 * @module
 */

import type { RootNames } from "./write-names.ts";
import { cannotWrite } from "./write-parameters.ts";
import type { WrittenElement } from "./write-text.ts";

/** The functions of a combination. */
export interface LinearFunctions {
  /** Names by systematic and slope. */
  readonly names: Map<string, string>;
  readonly elements: WrittenElement[];
}

/** Rounding of 1 + x and 1 - x. */
const ROUNDING = 1e-14;

/** Slope of a factor 1 + slope alpha, or null where its two sides have different ones. */
export function slopeOf({ hi, lo }: { readonly hi: number; readonly lo: number }): number | null {
  const isStraight = Math.abs(hi + lo - 2) <= ROUNDING * Math.max(1, Math.abs(hi));
  return isStraight ? (hi - lo) / 2 : null;
}

/**
 * What a sample has for the factor 1 + slope alpha: the function, and an OverallSys without effect that constrains alpha.
 *
 * @param systematic its name in the XML
 */
export function linearElements(
  systematic: string,
  slope: number,
  { names, elements }: LinearFunctions,
  factorNames: RootNames,
): readonly WrittenElement[] {
  const key = `${systematic} ${slope}`;
  let name = names.get(key);
  if (name === undefined) {
    if (!/^\w+$/.test(systematic)) {
      throw cannotWrite(
        `the linear interpolation of "${systematic}"`,
        "ROOT takes letters, digits and _ in formulas: rename it",
      );
    }
    name = factorNames.fresh(`${systematic}_factor`);
    names.set(key, name);
    elements.push(functionElement(name, { centre: 1, width: slope }, systematic));
  }
  return [
    { name: "NormFactor", attributes: { Name: name, Val: 1, High: 10, Low: 0 } },
    { name: "OverallSys", attributes: { Name: systematic, High: 1, Low: 1 } },
  ];
}

/** centre + width * alpha of a systematic. */
export function functionElement(
  name: string,
  { centre, width }: { readonly centre: number; readonly width: number },
  systematic: string,
): WrittenElement {
  const alpha = `alpha_${systematic}`;
  const sign = width < 0 ? "-" : "+";
  return {
    name: "Function",
    attributes: {
      Name: name,
      // With a point in it, so that C++ takes no part for a whole number.
      Expression: `${decimal(centre)}${sign}${decimal(Math.abs(width))}*${alpha}`,
      Dependents: `${alpha}[0,-5,5]`,
    },
  };
}

function decimal(value: number): string {
  const text = String(value);
  return /^\d+$/.test(text) ? `${text}.0` : text;
}
