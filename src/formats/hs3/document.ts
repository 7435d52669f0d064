/**
 * A JSON document read key by key: every value knows its pointer, and what is not as it should be is one clear error.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { extendPointer } from "../pyhf/json-pointer.ts";
import { describeValue, shorten } from "../pyhf/json-text.ts";

/** A JSON object and where it is. */
export interface ObjectNode {
  readonly value: Readonly<Record<string, unknown>>;
  readonly pointer: string;
  /** What it is, for error texts: `distribution "model_SR"`. */
  readonly what: string;
}

/** A malformed document. */
export function hs3Error(problem: string, pointer: string, hint = ""): NextstatError {
  return new NextstatError("input", problem, { location: { pointer }, hint });
}

/** The value as an object. */
export function objectAt(value: unknown, pointer: string, what: string): ObjectNode {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw hs3Error(`${what} must be an object, found ${describeValue(value)}`, pointer);
  }
  return { value: value as Readonly<Record<string, unknown>>, pointer, what };
}

/** Whether the key is there; `null` counts as absent. */
export function has(node: ObjectNode, key: string): boolean {
  return Object.hasOwn(node.value, key) && node.value[key] !== null;
}

/** The pointer of a member. */
export function pointerOf(node: ObjectNode, key: string): string {
  return extendPointer(node.pointer, key);
}

function lacks(node: ObjectNode, key: string): NextstatError {
  return hs3Error(`${node.what} lacks the key "${key}"`, node.pointer, `add "${key}"`);
}

function wrong(node: ObjectNode, key: string, expected: string): NextstatError {
  const found = describeValue(node.value[key]);
  return hs3Error(
    `"${key}" of ${node.what} must be ${expected}, found ${found}`,
    pointerOf(node, key),
  );
}

/** A member that is an object. */
export function objectOf(node: ObjectNode, key: string): ObjectNode {
  if (!has(node, key)) throw lacks(node, key);
  return objectAt(node.value[key], pointerOf(node, key), `"${key}" of ${node.what}`);
}

/** A member that is a list. */
export function listOf(node: ObjectNode, key: string): readonly unknown[] {
  if (!has(node, key)) throw lacks(node, key);
  const value = node.value[key];
  if (!Array.isArray(value)) throw wrong(node, key, "a list");
  return value;
}

/** A member that is a text. */
export function textOf(node: ObjectNode, key: string): string {
  if (!has(node, key)) throw lacks(node, key);
  const value = node.value[key];
  if (typeof value !== "string") throw wrong(node, key, "a text");
  return value;
}

/** A member that is a text, where it is there. */
export function optionalText(node: ObjectNode, key: string): string | undefined {
  return has(node, key) ? textOf(node, key) : undefined;
}

/** A member that is a finite number. */
export function numberOf(node: ObjectNode, key: string): number {
  if (!has(node, key)) throw lacks(node, key);
  const value = node.value[key];
  if (typeof value !== "number" || !Number.isFinite(value))
    throw wrong(node, key, "a finite number");
  return value;
}

/** A member that is a list of finite numbers. */
export function numbersOf(node: ObjectNode, key: string): readonly number[] {
  const list = listOf(node, key);
  list.forEach((value, i) => {
    if (typeof value === "number" && Number.isFinite(value)) return;
    throw hs3Error(
      `entry ${i} of "${key}" of ${node.what} must be a finite number, found ${describeValue(value)}`,
      extendPointer(pointerOf(node, key), i),
    );
  });
  return list as readonly number[];
}

/** A member that is a list of texts. */
export function textsOf(node: ObjectNode, key: string): readonly string[] {
  const list = listOf(node, key);
  list.forEach((value, i) => {
    if (typeof value === "string") return;
    throw hs3Error(
      `entry ${i} of "${key}" of ${node.what} must be a text, found ${describeValue(value)}`,
      extendPointer(pointerOf(node, key), i),
    );
  });
  return list as readonly string[];
}

/** The objects of a list member. */
export function objectsOf(node: ObjectNode, key: string, kind: string): readonly ObjectNode[] {
  return listOf(node, key).map((value, i) =>
    named(objectAt(value, extendPointer(pointerOf(node, key), i), `${kind} ${i}`), kind),
  );
}

/** The same object, called by its name where it has one. */
function named(node: ObjectNode, kind: string): ObjectNode {
  const { name } = node.value;
  return typeof name === "string" ? { ...node, what: `${kind} "${shorten(name)}"` } : node;
}

/** The objects of a list member by their names, which must differ; none where the key is absent. */
export function byName(
  node: ObjectNode,
  key: string,
  kind: string,
): ReadonlyMap<string, ObjectNode> {
  const entries = new Map<string, ObjectNode>();
  if (!has(node, key)) return entries;
  for (const entry of objectsOf(node, key, kind)) {
    const name = textOf(entry, "name");
    if (entries.has(name)) {
      throw hs3Error(
        `two entries of "${key}" are called "${shorten(name)}"`,
        pointerOf(entry, "name"),
        "names must differ",
      );
    }
    entries.set(name, entry);
  }
  return entries;
}

/** The entry of a name, or an error that names the nearest one. */
export function lookUp(
  entries: ReadonlyMap<string, ObjectNode>,
  name: string,
  kind: string,
  pointer: string,
): ObjectNode {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  throw hs3Error(
    `there is no ${kind} "${shorten(name)}"`,
    pointer,
    suggestName(name, [...entries.keys()]),
  );
}
