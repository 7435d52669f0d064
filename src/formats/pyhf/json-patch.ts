/**
 * JSON Patch (RFC 6902) on plain JSON values.
 *
 * Written here rather than taken from a package: fast-json-patch 3.1.1 resolves `/list/` and `/list/4294967296` to
 * entry 0 and accepts `/list/01`, lets inherited names such as `/toString` count as existing, clones the whole document
 * for every move or copy, recurses over values, and its errors carry the document. Paths here see own properties only,
 * and `__proto__` and its like are refused, so no patch reaches a prototype.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import { extendPointer, pointerSegments } from "./json-pointer.ts";

/** An operation that has passed the `jsonpatch` schema. */
export type PatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly path: string; readonly from: string };

/** The patched document, or why the operation cannot be applied to it. */
export type PatchOutcome =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly problem: string; readonly hint?: string };

type Container = Record<string, unknown> | unknown[];

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Applies one operation. Both arguments are taken over: the document's containers are changed in place (unless the whole
 * document is replaced) and the operation's value becomes part of it. After a failure the document is not to be used: a
 * `move` may already have removed its source.
 */
export function applyOperation(document: unknown, operation: PatchOperation): PatchOutcome {
  switch (operation.op) {
    case "add":
      return place(document, operation.path, operation.value, "add");
    case "replace":
      return place(document, operation.path, operation.value, "replace");
    case "remove":
      return remove(document, operation.path).outcome;
    case "test": {
      const found = lookUp(document, operation.path);
      if (!found.ok) return found;
      return equalValues(found.document, operation.value)
        ? { ok: true, document }
        : { ok: false, problem: "the value there is not the one the test expects" };
    }
    case "copy": {
      const source = lookUp(document, operation.from);
      if (!source.ok) return { ...source, problem: `from ${operation.from}: ${source.problem}` };
      let value: unknown;
      try {
        value = structuredClone(source.document);
      } catch {
        return { ok: false, problem: "the value is nested too deeply to copy" };
      }
      return place(document, operation.path, value, "add");
    }
    case "move": {
      if (operation.path.startsWith(`${operation.from}/`)) {
        return { ok: false, problem: `a value cannot move into itself (from ${operation.from})` };
      }
      const source = lookUp(document, operation.from);
      if (!source.ok) return { ...source, problem: `from ${operation.from}: ${source.problem}` };
      if (operation.path === operation.from) return { ok: true, document };
      const { outcome } = remove(document, operation.from);
      if (!outcome.ok) return outcome;
      return place(outcome.document, operation.path, source.document, "add");
    }
  }
  return operation satisfies never;
}

/** The value at a path, as `document` of the outcome. */
function lookUp(document: unknown, path: string): PatchOutcome {
  const segments = pointerSegments(path);
  const last = segments.pop();
  if (last === undefined) return { ok: true, document };
  const parent = findContainer(document, segments);
  if (!parent.ok) return parent;
  return entry(parent.document as Container, last, "existing");
}

function place(
  document: unknown,
  path: string,
  value: unknown,
  mode: "add" | "replace",
): PatchOutcome {
  const segments = pointerSegments(path);
  const last = segments.pop();
  if (last === undefined) return { ok: true, document: value };
  const parent = findContainer(document, segments);
  if (!parent.ok) return parent;
  const container = parent.document as Container;
  const target = entry(container, last, mode === "add" ? "new" : "existing");
  if (!target.ok) return target;
  if (!Array.isArray(container)) container[last] = value;
  else if (mode === "replace") container[Number(last)] = value;
  else container.splice(last === "-" ? container.length : Number(last), 0, value);
  return { ok: true, document };
}

function remove(document: unknown, path: string): { outcome: PatchOutcome } {
  const segments = pointerSegments(path);
  const last = segments.pop();
  if (last === undefined) return { outcome: { ok: true, document: null } };
  const parent = findContainer(document, segments);
  if (!parent.ok) return { outcome: parent };
  const container = parent.document as Container;
  const target = entry(container, last, "existing");
  if (!target.ok) return { outcome: target };
  if (Array.isArray(container)) container.splice(Number(last), 1);
  else delete container[last];
  return { outcome: { ok: true, document } };
}

/** The list or object at the end of `segments`, as `document` of the outcome. */
function findContainer(document: unknown, segments: readonly string[]): PatchOutcome {
  let value = document;
  let path = "";
  for (const segment of segments) {
    if (!isContainer(value)) return notContainer(path);
    const next = entry(value, segment, "existing");
    if (!next.ok) return next;
    value = next.document;
    path = extendPointer(path, segment);
  }
  return isContainer(value) ? { ok: true, document: value } : notContainer(path);
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function notContainer(path: string): PatchOutcome {
  return {
    ok: false,
    problem: `${path === "" ? "the document" : path} is neither a list nor an object`,
  };
}

/** Checks that `name` is (or, for `new`, could become) an entry of the container; gives its value. */
function entry(container: Container, name: string, mode: "existing" | "new"): PatchOutcome {
  if (Array.isArray(container)) {
    const size = container.length;
    if (name === "-" && mode === "new") return { ok: true, document: undefined };
    if (!/^(?:0|[1-9]\d{0,9})$/.test(name)) {
      return { ok: false, problem: `"${name}" is not an index of a list of ${size}` };
    }
    const index = Number(name);
    if (index > size || (index === size && mode === "existing")) {
      return { ok: false, problem: `index ${name} is beyond the end of a list of ${size}` };
    }
    return { ok: true, document: container[index] };
  }
  if (FORBIDDEN.has(name)) return { ok: false, problem: `the key "${name}" is not allowed` };
  if (mode === "existing" && !Object.hasOwn(container, name)) {
    return {
      ok: false,
      problem: `there is no "${name}"`,
      hint: suggestName(name, Object.keys(container)),
    };
  }
  return { ok: true, document: Object.hasOwn(container, name) ? container[name] : undefined };
}

/** Deep equality of JSON values (RFC 6902 section 4.6), without recursion. */
function equalValues(left: unknown, right: unknown): boolean {
  const pairs: [unknown, unknown][] = [[left, right]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    if (a === b) continue;
    if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    for (const key of keys) {
      if (!Object.hasOwn(b, key)) return false;
      pairs.push([(a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]]);
    }
  }
  return true;
}
