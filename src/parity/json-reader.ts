/**
 * Reading JSON whose shape is known: each member is asked for with its type, and one that is missing or of another type is an
 * error that names it.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";

/** A JSON object of a file, read member by member. */
export class JsonReader {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #pointer: string;

  /**
   * @param pointer where in the file
   * @throws NextstatError `input` for a value that is not an object
   */
  constructor(value: unknown, file: string, pointer = "") {
    this.#file = file;
    this.#pointer = pointer;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#error("this is not an object", "");
    }
    this.#members = value as Readonly<Record<string, unknown>>;
  }

  has(key: string): boolean {
    const value = Object.hasOwn(this.#members, key) ? this.#members[key] : undefined;
    return value !== undefined && value !== null;
  }

  string(key: string): string {
    return this.#typed(key, "a string", isString);
  }

  number(key: string): number {
    return this.#typed(key, "a number", isNumber);
  }

  /** Of a computation that may have failed: null where it has. */
  numberOrNull(key: string): number | null {
    return this.has(key) ? this.number(key) : null;
  }

  numbers(key: string): readonly number[] {
    return this.#typed(key, "a list of numbers", (value) => isListOf(value, isNumber));
  }

  numbersOrNulls(key: string): readonly (number | null)[] {
    return this.#typed(key, "a list of numbers", (value): value is (number | null)[] =>
      isListOf(value, (each): each is number | null => each === null || isNumber(each)),
    );
  }

  strings(key: string): readonly string[] {
    return this.#typed(key, "a list of strings", (value) => isListOf(value, isString));
  }

  boolean(key: string): boolean {
    return this.#typed(key, "true or false", isBoolean);
  }

  booleans(key: string): readonly boolean[] {
    return this.#typed(key, "a list of booleans", (value): value is boolean[] =>
      isListOf(value, isBoolean),
    );
  }

  object(key: string): JsonReader {
    return new JsonReader(this.#members[key], this.#file, `${this.#pointer}/${key}`);
  }

  objects(key: string): readonly JsonReader[] {
    const list = this.#typed(key, "a list", (value): value is unknown[] => Array.isArray(value));
    return list.map(
      (value, i) => new JsonReader(value, this.#file, `${this.#pointer}/${key}/${i}`),
    );
  }

  /** An error about a member. */
  error(key: string, problem: string, hint = ""): NextstatError {
    return this.#error(problem, hint, `/${key}`);
  }

  #typed<T>(key: string, wanted: string, is: (value: unknown) => value is T): T {
    const value = Object.hasOwn(this.#members, key) ? this.#members[key] : undefined;
    if (is(value)) return value;
    throw this.#error(
      value === undefined ? `"${key}" is missing` : `"${key}" is not ${wanted}`,
      `expected ${wanted}`,
      `/${key}`,
    );
  }

  #error(problem: string, hint: string, below = ""): NextstatError {
    const pointer = `${this.#pointer}${below}`;
    return new NextstatError("input", problem, { location: { file: this.#file, pointer }, hint });
  }
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isListOf<T>(value: unknown, is: (each: unknown) => each is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}
