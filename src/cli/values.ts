/**
 * Values of options: numbers, names, and lists of them.
 *
 * @module
 */

import { InvalidArgumentError } from "commander";

/** No machine has more cores, and a pool of threads is memory. */
const MAX_THREADS = 1024;

/** Parses a number of threads. */
export function parseThreads(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > MAX_THREADS) {
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${MAX_THREADS}.`);
  }
  return Number(text);
}

/** Collects a repeatable option. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/**
 * Names given as `a,b` or one by one. A value that is a name as it stands is not split.
 *
 * @param known every valid name
 */
export function splitNames(values: readonly string[], known: readonly string[]): readonly string[] {
  return values.flatMap((value) =>
    known.includes(value)
      ? [value]
      : value
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
  );
}

/** Splits `NAME=TEXT` at the last `=`, as names may contain one and numbers do not. */
export function splitAssignment(value: string): { name: string; text: string } {
  const at = value.lastIndexOf("=");
  if (at <= 0) throw new InvalidArgumentError("Expected NAME=VALUE.");
  return { name: value.slice(0, at), text: value.slice(at + 1) };
}

/** Decimal, with or without exponent: neither hexadecimal nor words. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite number as people write it. */
export function parseNumber(text: string): number {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`Not a number: "${text}".`);
  return value;
}
