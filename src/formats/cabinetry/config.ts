/**
 * A configuration of cabinetry 0.6 as plain data: every key of its schema with its type, and where it stands.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import type { CoverageEntry } from "../coverage.ts";
import { coverageEntry, type ListedEntry, shorten } from "./coverage.ts";
import { type BlockKind, hasType, isYes, KEYS, type Keys, type Kind, WORDS } from "./keys.ts";
import { parseYaml, type YamlEntry, type YamlNode } from "./yaml-tree.ts";

/** A fixed parameter. */
export interface FixedParameter {
  readonly name: string;
  readonly value: number;
  readonly line: number;
}

/** A block of the configuration, whose keys have been checked. */
export interface Block {
  readonly kind: BlockKind;
  /** Its own, or that of the block it is in. */
  readonly name: string;
  readonly line: number;
  text(key: string): string | null;
  number(key: string): number | null;
  boolean(key: string): boolean;
  /** One text as a list of one; empty where the key is not there. */
  texts(key: string): readonly string[];
  numbers(key: string): readonly number[] | null;
  block(key: "Up" | "Down" | "Smoothing"): Block | null;
  /** Line of a key, or of the block where it is not there. */
  lineOf(key: string): number;
  /** Notes that a key is there and changes nothing. */
  withoutEffect(key: string, note: string): void;
}

/** A whole configuration. */
export interface Config {
  readonly general: Block;
  readonly fixed: readonly FixedParameter[];
  readonly regions: readonly Block[];
  readonly samples: readonly Block[];
  readonly normFactors: readonly Block[];
  readonly systematics: readonly Block[];
  /** An error at a line. */
  readonly fail: Fail;
  readonly keys: Keycount;
  readonly unknown: readonly CoverageEntry[];
  readonly listed: readonly ListedEntry[];
  readonly warnings: string[];
}

/** An error at a line of the configuration. */
export type Fail = (problem: string, line: number, hint: string) => NextstatError;

interface Keycount {
  globals: number;
  blocks: number;
  attributes: number;
}

const SECTIONS = ["General", "Regions", "Samples", "NormFactors", "Systematics"];

/**
 * Reads a configuration.
 *
 * @param file its name, for messages
 * @throws NextstatError `input` with the line for what the schema does not allow
 */
export function readConfig(text: string, file: string): Config {
  const { root, warnings } = parseYaml(text, file);
  const fail: Fail = (problem, line, hint) =>
    new NextstatError("input", problem, { location: { file, line }, hint });
  const reader = new BlockReader(fail);
  if (!isMapping(root)) throw fail("this is no list of settings", 1, `give ${SECTIONS.join(", ")}`);
  const sections = root.value as ReadonlyMap<string, YamlEntry>;
  for (const [key, entry] of sections) {
    if (!SECTIONS.includes(key)) reader.addUnknown("global", "", "", key, entry);
  }
  const generalEntry = sections.get("General");
  if (generalEntry === undefined) {
    throw fail(
      "there is no General",
      1,
      "add General: with Measurement, InputPath and HistogramFolder",
    );
  }
  const general = reader.read("General", generalEntry, "");
  const config: Config = {
    general,
    fixed: reader.fixed(generalEntry),
    regions: reader.list(sections, "Regions", "Region"),
    samples: reader.list(sections, "Samples", "Sample"),
    normFactors: reader.list(sections, "NormFactors", "NormFactor"),
    systematics: sections.has("Systematics")
      ? reader.list(sections, "Systematics", "Systematic")
      : [],
    fail,
    keys: reader.keys,
    unknown: reader.unknown,
    listed: reader.listed,
    warnings: [...warnings],
  };
  for (const key of ["Measurement", "InputPath", "HistogramFolder"]) {
    if (general.text(key) === null) {
      throw fail(`General has no ${key}`, general.line, `add ${key}: TEXT`);
    }
  }
  return config;
}

function isMapping(node: YamlNode): boolean {
  return node.value instanceof Map;
}

/** Reads blocks and keeps account of their keys. */
class BlockReader {
  readonly keys: Keycount = { globals: 0, blocks: 0, attributes: 0 };
  readonly unknown: CoverageEntry[] = [];
  readonly listed: ListedEntry[] = [];
  readonly #fail: Fail;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  addUnknown(
    scope: CoverageEntry["scope"],
    kind: string,
    name: string,
    key: string,
    entry: YamlEntry,
  ): void {
    this.unknown.push(coverageEntry(scope, kind, name, key, entry));
  }

  list(sections: ReadonlyMap<string, YamlEntry>, section: string, kind: BlockKind): Block[] {
    const entry = sections.get(section);
    if (entry === undefined) throw this.#fail(`there is no ${section}`, 1, `add ${section}:`);
    const items = entry.value;
    if (!Array.isArray(items) || (items.length === 0 && section !== "Systematics")) {
      throw this.#fail(
        `${section} is no list`,
        entry.keyLine,
        "begin every item with - Name: TEXT",
      );
    }
    const names = new Map<string, number>();
    return (items as readonly YamlNode[]).map((item) => {
      const block = this.read(kind, item, "");
      const first = names.get(block.name);
      if (first !== undefined) {
        throw this.#fail(
          `two blocks of ${section} are called "${block.name}"`,
          block.line,
          `the other is in line ${first}: give it another name`,
        );
      }
      names.set(block.name, block.line);
      return block;
    });
  }

  fixed(general: YamlNode): FixedParameter[] {
    const entry = (general.value as ReadonlyMap<string, YamlEntry>).get("Fixed");
    if (entry === undefined) return [];
    if (!Array.isArray(entry.value)) {
      throw this.#fail("Fixed is no list", entry.keyLine, "write - Name: TEXT and Value: NUMBER");
    }
    return (entry.value as readonly YamlNode[]).map((item) => {
      const block = this.read("Fixed", item, "Fixed");
      const [name, value] = [block.text("Name"), block.number("Value")];
      if (name !== null && value !== null) return { name, value, line: block.line };
      throw this.#fail("a fixed parameter needs Name and Value", block.line, "add both");
    });
  }

  /** @param owner name of the block that it is in */
  read(kind: BlockKind, node: YamlNode, owner: string): Block {
    const { line } = node;
    if (!isMapping(node)) {
      throw this.#fail(`${kind} is no list of settings`, line, "write KEY: value");
    }
    const members = node.value as ReadonlyMap<string, YamlEntry>;
    const known: Keys = KEYS[kind];
    const given = members.get("Name")?.value;
    const name = typeof given === "string" && owner === "" ? given : owner;
    const isNamed = kind !== "General" && owner === "";
    if (isNamed && (typeof given !== "string" || given === "")) {
      throw this.#fail(
        `a ${kind} needs a Name that is a text`,
        line,
        "add Name: TEXT (numbers in quotes)",
      );
    }
    const isGlobal = kind === "General" || kind === "Fixed";
    if (kind === "General") this.keys.globals += members.size;
    else if (!isGlobal) this.keys.attributes += members.size;
    if (isNamed) this.keys.blocks += 1;
    for (const [key, entry] of members) {
      if (known[key] === undefined) {
        this.addUnknown(isGlobal ? "global" : "block", isGlobal ? "" : kind, name, key, entry);
      } else this.#check(kind, name, key, known[key], entry);
    }
    const get = (key: string): YamlEntry | undefined => members.get(key);
    const blocks = new Map<string, Block>();
    for (const [key, entry] of members) {
      if (known[key] === "block") blocks.set(key, this.read(key as BlockKind, entry, name));
    }
    return {
      kind,
      name,
      line,
      text: (key) => (get(key)?.value as string | undefined) ?? null,
      number: (key) => (get(key)?.value as number | undefined) ?? null,
      boolean: (key) => get(key)?.value === true || isYes(get(key)?.value),
      texts: (key) => textsOf(get(key)),
      numbers: (key) => numbersOf(get(key)),
      block: (key) => blocks.get(key) ?? null,
      lineOf: (key) => get(key)?.keyLine ?? line,
      withoutEffect: (key, note) => {
        const entry = get(key);
        if (entry === undefined) return;
        const where = coverageEntry("block", kind, name, key, entry);
        this.listed.push({ ...where, status: "not used", note });
      },
    };
  }

  #check(kind: BlockKind, name: string, key: string, type: Kind, entry: YamlEntry): void {
    if (hasType(type, entry.value)) {
      if (type === "texts") this.#checkUnique(key, entry);
      return;
    }
    const where = name === "" ? kind : `${kind} "${name}"`;
    throw this.#fail(
      `${key} of ${where} must be ${WORDS[type]}, found ${shorten(entry)}`,
      entry.keyLine,
      type === "text" ? "put it in quotes" : `write ${WORDS[type]}`,
    );
  }

  #checkUnique(key: string, entry: YamlEntry): void {
    const texts = textsOf(entry);
    const twice = texts.find((text, i) => texts.indexOf(text) < i);
    if (twice === undefined) return;
    throw this.#fail(`${key} has "${twice}" twice`, entry.keyLine, "give each once");
  }
}

function textsOf(entry: YamlEntry | undefined): readonly string[] {
  if (entry === undefined) return [];
  if (typeof entry.value === "string") return [entry.value];
  return (entry.value as readonly YamlNode[]).map(({ value }) => value as string);
}

function numbersOf(entry: YamlEntry | undefined): readonly number[] | null {
  if (entry === undefined) return null;
  return (entry.value as readonly YamlNode[]).map(({ value }) => value as number);
}

/** Warns of names of regions or samples that a block refers to and that are not there. */
export function checkNames(
  { warnings }: Pick<Config, "warnings">,
  block: Block,
  key: "Regions" | "Samples",
  known: readonly string[],
): void {
  for (const name of block.texts(key)) {
    if (known.includes(name)) continue;
    warnings.push(
      `line ${block.lineOf(key)}: ${key} of ${block.kind} "${block.name}" names "${name}", which is not there (${suggestName(name, known)})`,
    );
  }
}
