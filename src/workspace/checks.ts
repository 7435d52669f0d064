/**
 * Building blocks of the workspace checks.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { ModifierType } from "./types.ts";

/** Longest name of a channel, sample, modifier, parameter or measurement. */
const MAX_NAME_LENGTH = 1000;

/** What the modifiers of one name make: one parameter, or one per bin. */
export interface ParameterSetShape {
  readonly type: ModifierType;
  readonly perBin: boolean;
  /** Number of parameters. */
  readonly size: number;
}

/** An `input` error at a JSON pointer. */
export function inputError(problem: string, pointer: string, hint = ""): NextstatError {
  return new NextstatError("input", problem, { location: { pointer }, hint });
}

/** Refuses names that occur twice, or are too long to be meant. */
export function requireUnique(
  items: readonly { readonly name: string }[],
  what: string,
  pointer: string,
  within = "",
): void {
  const seen = new Map<string, number>();
  items.forEach(({ name }, index) => {
    checkNameLength(name, what, `${pointer}/${index}/name`);
    const first = seen.get(name);
    if (first !== undefined) {
      throw inputError(
        `duplicate ${what} name "${name}"${within}`,
        `${pointer}/${index}/name`,
        `entries ${first} and ${index} have it: rename or merge one of them`,
      );
    }
    seen.set(name, index);
  });
}

/** Which list is checked, and against what. */
export interface ListCheck {
  /** Subject of the error text, e.g. `data of sample "ttbar"`. */
  readonly what: string;
  readonly pointer: string;
  /** Required number of entries; any when undefined. */
  readonly length?: number;
  /** Why this length, e.g. `its channel has 3 bins`. */
  readonly because?: string;
}

/** Refuses lists of the wrong length. */
export function requireLength(values: readonly unknown[], check: ListCheck): void {
  const { what, pointer, length, because = "" } = check;
  if (length !== undefined && values.length !== length) {
    const found = count(values.length, "entry", "entries");
    throw inputError(`${what} has ${found}, expected ${length}`, pointer, because);
  }
}

/** Numbers beyond this have no meaning as events, factors or bounds, and their products overflow. */
const LARGEST = 1e30;

/** Whether a number can be computed with. */
export function isUsable(value: number): boolean {
  return Math.abs(value) <= LARGEST;
}

/** What is wrong with a number that is not usable. */
export function unusable(what: string, value: number): string {
  return Number.isFinite(value)
    ? `${what} is too large (${value}, at most ${LARGEST} makes sense)`
    : `${what} is not a finite number (${value})`;
}

/** Refuses lists of the wrong length, and entries that are not finite numbers of a sensible size. */
export function requireNumbers(values: readonly number[], check: ListCheck): void {
  requireLength(values, check);
  const bad = values.findIndex((value) => !isUsable(value));
  if (bad >= 0) {
    const problem = unusable(`entry ${bad} of ${check.what}`, values[bad] as number);
    throw inputError(problem, `${check.pointer}/${bad}`);
  }
}

/** `1 bin`, `2 bins`. */
export function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** Refuses names too long to be meant. */
export function checkNameLength(name: string, what: string, pointer: string): void {
  if (name.length > MAX_NAME_LENGTH) {
    throw inputError(
      `the name of a ${what} is ${name.length} characters long (limit ${MAX_NAME_LENGTH})`,
      pointer,
      `it begins "${name.slice(0, 40)}..."`,
    );
  }
}
