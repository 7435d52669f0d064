/**
 * A YAML text as a tree in which everything knows its line.
 *
 * YAML 1.2 is read. What Python's YAML 1.1 takes for something else is warned about: `yes` (true), `010` (8), `1e3` (text),
 * `1_000` (1000), `12:30` (750), dates.
 *
 * @module
 */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } from "yaml";
import { NextstatError } from "../../errors.ts";

/** A value and where it stands. */
export interface YamlNode {
  readonly line: number;
  readonly column: number;
  readonly value: YamlValue;
}

/** Scalars, lists, and mappings in the order of the text. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlNode[]
  | ReadonlyMap<string, YamlEntry>;

/** A member of a mapping: the value, and where its key stands. */
export interface YamlEntry extends YamlNode {
  readonly keyLine: number;
}

export interface YamlTree {
  readonly root: YamlNode;
  readonly warnings: readonly string[];
}

/** What nobody nests deeper. */
const MAX_DEPTH = 32;
/** Aliases of aliases grow without bounds. */
const MAX_NODES = 100_000;

/**
 * Parses a text.
 *
 * @throws NextstatError `input` with line and column for what is no YAML, has duplicate keys, aliases that grow beyond all
 * measure or tags
 */
export function parseYaml(text: string, file: string): YamlTree {
  const lines = new LineCounter();
  const warnings: string[] = [];
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const failAt = (problem: string, offset: number, hint: string): NextstatError => {
    const { line, col } = lines.linePos(offset);
    return new NextstatError("input", problem, { location: { file, line, column: col }, hint });
  };
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    throw failAt(
      `this is no YAML: ${error.message}`,
      error.pos[0],
      "correct the configuration; a text with special characters goes in quotes",
    );
  }
  let nodes = 0;
  const convert = (node: unknown, near: number, depth: number): YamlNode => {
    const { range } = (node ?? {}) as { readonly range?: readonly number[] | null };
    const offset = range?.[0] ?? near;
    nodes++;
    if (depth > MAX_DEPTH || nodes > MAX_NODES) {
      const much = depth > MAX_DEPTH ? `nested more than ${MAX_DEPTH} levels` : "too large";
      throw failAt(`the configuration is ${much}`, offset, "are there aliases in aliases?");
    }
    const { line, col: column } = lines.linePos(offset);
    const at = (value: YamlValue): YamlNode => ({ line, column, value });
    if (isSeq(node)) return at(node.items.map((item) => convert(item, offset, depth + 1)));
    if (isMap(node)) {
      const members = new Map<string, YamlEntry>();
      const merged: [name: string, entry: YamlEntry][] = [];
      for (const { key, value } of node.items) {
        const keyOffset =
          (key as { range?: readonly number[] | null } | null)?.range?.[0] ?? offset;
        if (!isScalar(key)) {
          throw failAt("a key that is no text", keyOffset, "write NAME: value");
        }
        const { line: keyLine } = lines.linePos(keyOffset);
        const entry = { ...convert(value, keyOffset, depth + 1), keyLine };
        // The key << of other mappings is a symbol; in quotes it is a text.
        if (typeof key.value !== "symbol") members.set(String(key.value), entry);
        else {
          const mappings = Array.isArray(entry.value) ? (entry.value as YamlNode[]) : [entry];
          for (const mapping of mappings) {
            if (!(mapping.value instanceof Map)) {
              throw failAt("<< takes settings of other blocks", keyOffset, "write <<: *NAME");
            }
            merged.push(...(mapping.value as ReadonlyMap<string, YamlEntry>));
          }
        }
      }
      // What the mapping has itself wins, then the first of those merged into it.
      for (const [name, entry] of merged) if (!members.has(name)) members.set(name, entry);
      return at(members);
    }
    if (isScalar(node)) {
      const doubt = node.type === Scalar.PLAIN ? doubtful(node.source ?? "") : null;
      if (doubt !== null) {
        warnings.push(
          `line ${line}: ${node.source} is ${describe(node.value)} here and ${doubt} in YAML 1.1, which Python reads: write it without doubt`,
        );
      }
      const { value } = node;
      if (typeof value === "string" || typeof value === "number") return at(value);
      if (typeof value === "boolean" || value === null) return at(value);
      throw failAt(`${String(value)} cannot be used here`, offset, "write a text or a number");
    }
    if (node === null || node === undefined) return at(null);
    if (isAlias(node)) return convert(node.resolve(document), offset, depth + 1);
    throw failAt("this part is not understood", offset, "write texts, numbers and lists");
  };
  return { root: convert(document.contents, 0, 0), warnings };
}

function describe(value: unknown): string {
  return typeof value === "string" ? "a text" : String(value);
}

/** What YAML 1.1, as PyYAML reads it, takes a plain scalar for, where that differs; null where it does not. */
function doubtful(source: string): string | null {
  if (/^(yes|on)$/i.test(source)) return "true";
  if (/^(no|off)$/i.test(source)) return "false";
  if (/^[-+]?0[0-7]+$/.test(source)) return String(Number.parseInt(source, 8));
  if (/^[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?$/.test(source)) return "a number to base 60";
  if (/^[-+]?\d[\d_]*(\.[\d_]*)?$/.test(source) && source.includes("_")) {
    return source.replaceAll("_", "");
  }
  // The exponent needs a sign there, and the mantissa a point.
  if (
    /^[-+]?(\d+\.?\d*|\.\d+)e[-+]?\d+$/i.test(source) &&
    !/^[-+]?\d+\.\d*e[-+]\d+$/i.test(source)
  ) {
    return "a text";
  }
  return /^\d{4}-\d\d?-\d\d?$/.test(source) ? "a date" : null;
}
