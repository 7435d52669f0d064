/**
 * The entities that a DOCTYPE declares. Only those that stand for plain text are resolved: files are never read, and the
 * text that all references together stand for is limited, so that a small file cannot become a large one.
 *
 * @module
 */

import type { NextstatError } from "../../errors.ts";

/** Longest text that all references of a file may stand for, in characters. */
const MAX_EXPANSION = 1_000_000;
/** Longest DOCTYPE, in characters. */
const MAX_DOCTYPE = 20_000;

const PREDEFINED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** One declaration: of a parameter entity, by file, or with a value in quotes. */
const DECLARATION =
  /<!ENTITY\s+(%\s+)?([\w.:-]+)\s+(?:(SYSTEM|PUBLIC)\b[^>]*|"([^"]*)"|'([^']*)')\s*>/g;

type Fail = (problem: string, hint: string) => NextstatError;

/**
 * @param doctype what stands between `<!DOCTYPE` and its `>`
 * @param text the whole file, for the number of references
 * @returns texts by name
 * @throws what `fail` makes, for declarations that are not resolved
 */
export function declaredEntities(
  doctype: string,
  text: string,
  fail: Fail,
): ReadonlyMap<string, string> {
  if (doctype.length > MAX_DOCTYPE) {
    throw fail(`the DOCTYPE is longer than ${MAX_DOCTYPE} characters`, "shorten it");
  }
  const subset = doctype.replace(/<!--[\s\S]*?-->/g, " ");
  const raw = new Map<string, string>();
  for (const [, parameter, name = "", external, double, single] of subset.matchAll(DECLARATION)) {
    if (parameter !== undefined) {
      throw fail(`the DOCTYPE declares the parameter entity %${name};`, "only plain text is read");
    }
    if (external !== undefined) {
      throw fail(
        `the entity &${name}; is the content of another file`,
        "files named by a DOCTYPE are not read: put the content in place of the reference",
      );
    }
    // The first declaration is the one that counts (XML 1.0, 4.2).
    if (!raw.has(name)) raw.set(name, double ?? single ?? "");
  }
  const declarations = subset.split("<!ENTITY").length - 1;
  if (declarations > [...subset.matchAll(DECLARATION)].length) {
    throw fail(
      "the DOCTYPE has an entity declaration that cannot be read",
      'as in <!ENTITY a "b">',
    );
  }
  const resolved = new Map<string, string>();
  for (const name of raw.keys()) expand(name, raw, resolved, [], fail);
  requireSmall(text, resolved, fail);
  return resolved;
}

/** The text of an entity, references in it resolved; each is resolved once. */
function expand(
  name: string,
  raw: ReadonlyMap<string, string>,
  resolved: Map<string, string>,
  within: readonly string[],
  fail: Fail,
): string {
  const before = resolved.get(name);
  if (before !== undefined) return before;
  if (within.includes(name)) throw fail(`the entity &${name}; contains itself`, "");
  const value = (raw.get(name) as string).replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([\w.:-]+));/g,
    (reference, decimal, hexadecimal, inner) => {
      if (inner === undefined) {
        const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
        if (code > 0x10ffff) throw fail(`the entity &${name}; has no character ${reference}`, "");
        return String.fromCodePoint(code);
      }
      if (raw.has(inner)) return expand(inner, raw, resolved, [...within, name], fail);
      const known = Object.hasOwn(PREDEFINED, inner) ? PREDEFINED[inner] : undefined;
      if (known === undefined) {
        throw fail(`the entity &${name}; refers to &${inner};, which is not declared`, "");
      }
      return known;
    },
  );
  if (value.length > MAX_EXPANSION) throw tooLong(fail);
  if (value.includes("<")) {
    throw fail(
      `the entity &${name}; stands for elements`,
      "entities may stand for text only: put the elements in place of the reference",
    );
  }
  resolved.set(name, value);
  return value;
}

function requireSmall(text: string, entities: ReadonlyMap<string, string>, fail: Fail): void {
  let total = 0;
  for (const [, name = ""] of text.matchAll(/&([\w.:-]+);/g)) {
    total += entities.get(name)?.length ?? 0;
    if (total > MAX_EXPANSION) throw tooLong(fail);
  }
}

function tooLong(fail: Fail): NextstatError {
  return fail(
    `the entities stand for more than ${MAX_EXPANSION} characters`,
    "is this file from a source you trust?",
  );
}
