/**
 * Parameters of the measurement.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import type { ParameterPlan } from "../../templates/index.ts";
import type { Block, Config } from "./config.ts";

/** The parameter of interest, if there is one. */
export function poiOf({ general, normFactors, systematics, warnings }: Config): readonly string[] {
  const poi = general.text("POI");
  if (poi === null || poi === "") return [];
  const names = [...normFactors, ...systematics].map(parameterName);
  if (!names.includes(poi)) {
    warnings.push(
      `line ${general.lineOf("POI")}: the POI "${poi}" is no parameter (${suggestName(poi, names)})`,
    );
  }
  return [poi];
}

/** Of the nuisance parameter or factor. */
export function parameterName(block: Block): string {
  return block.text("ModifierName") ?? block.name;
}

/** A setting for every NormFactor, and for the systematics that are fixed. */
export function parametersOf({
  fixed,
  normFactors,
  systematics,
  warnings,
  fail,
}: Config): ParameterPlan[] {
  const used = new Set<string>();
  const fixedAt = (block: Block): number | null => {
    const entry = fixed.find(({ name }) => name === block.name || name === parameterName(block));
    if (entry === undefined) return null;
    used.add(entry.name);
    return entry.value;
  };
  const parameters: ParameterPlan[] = [];
  for (const block of normFactors) {
    const value = fixedAt(block);
    const nominal = block.number("Nominal");
    if (value !== null && nominal !== null && value !== nominal) {
      warnings.push(
        `line ${block.lineOf("Nominal")}: "${block.name}" is fixed at ${value}, the value in Fixed, and not at its Nominal ${nominal}, as cabinetry would`,
      );
    }
    parameters.push({
      name: block.name,
      init: value ?? nominal,
      bounds: boundsOf(block, fail),
      isFixed: value !== null,
      isFree: false,
    });
  }
  for (const block of systematics) {
    const value = fixedAt(block);
    const name = parameterName(block);
    if (value === null || parameters.some((known) => known.name === name)) continue;
    parameters.push({ name, init: value, bounds: null, isFixed: true, isFree: false });
  }
  for (const { name, line } of fixed) {
    if (used.has(name)) continue;
    const names = [...normFactors, ...systematics].map(parameterName);
    warnings.push(
      `line ${line}: Fixed names "${name}", which is no parameter (${suggestName(name, names)})`,
    );
  }
  return parameters;
}

function boundsOf(block: Block, fail: Config["fail"]): readonly [number, number] | null {
  const bounds = block.numbers("Bounds");
  if (bounds === null) return null;
  const [low, high] = bounds;
  if (bounds.length === 2 && (low as number) < (high as number)) {
    return [low as number, high as number];
  }
  throw fail(
    `Bounds of "${block.name}" are no range`,
    block.lineOf("Bounds"),
    "give two numbers, the lower one first",
  );
}
