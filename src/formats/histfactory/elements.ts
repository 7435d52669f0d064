/**
 * The vocabulary of HistFactory's XML (ROOT's `HistFactorySchema.dtd` and what its ConfigParser reads beyond it), and
 * reading of attributes. Like ROOT, it takes no element or attribute that it does not know: a misspelt one would be lost.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import type { Place, XmlAttribute, XmlElement } from "./xml-text.ts";

interface ElementRule {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
}

const HISTOGRAM = ["InputFile", "HistoName", "HistoPath"] as const;

const ELEMENTS: Readonly<Record<string, ElementRule>> = {
  Combination: {
    attributes: ["OutputFilePrefix", "Mode"],
    children: ["Function", "Input", "Measurement"],
  },
  Function: { attributes: ["Name", "Expression", "Dependents"], children: [] },
  Input: { attributes: [], children: [] },
  Measurement: {
    attributes: ["Name", "Lumi", "LumiRelErr", "BinLow", "BinHigh", "Mode", "ExportOnly"],
    children: ["POI", "ParamSetting", "ConstraintTerm", "Asimov"],
  },
  POI: { attributes: [], children: [] },
  ParamSetting: { attributes: ["Const", "Val"], children: [] },
  ConstraintTerm: { attributes: ["Type", "RelativeUncertainty"], children: [] },
  Asimov: { attributes: ["Name", "FixParams"], children: [] },
  Channel: {
    attributes: ["Name", ...HISTOGRAM],
    children: ["Data", "StatErrorConfig", "Sample"],
  },
  Data: { attributes: ["Name", ...HISTOGRAM], children: [] },
  StatErrorConfig: { attributes: ["RelErrorThreshold", "ConstraintType"], children: [] },
  Sample: {
    attributes: ["Name", "NormalizeByTheory", ...HISTOGRAM],
    children: [
      "StatError",
      "HistoSys",
      "OverallSys",
      "ShapeSys",
      "NormFactor",
      "ShapeFactor",
      "HistoFactor",
    ],
  },
  StatError: { attributes: ["Activate", ...HISTOGRAM], children: [] },
  HistoSys: {
    attributes: [
      "Name",
      "HistoFileHigh",
      "HistoPathHigh",
      "HistoNameHigh",
      "HistoFileLow",
      "HistoPathLow",
      "HistoNameLow",
    ],
    children: [],
  },
  OverallSys: { attributes: ["Name", "High", "Low"], children: [] },
  ShapeSys: { attributes: ["Name", "ConstraintType", ...HISTOGRAM], children: [] },
  NormFactor: { attributes: ["Name", "Val", "High", "Low", "Const"], children: [] },
  ShapeFactor: { attributes: ["Name", "Const", ...HISTOGRAM], children: [] },
  // ROOT warns that it does not support it, and reads nothing in it.
  HistoFactor: { attributes: ["Name"], children: [] },
};

/** Longest problem and hint that a message shows, in characters: names and values in files may be of any length. */
const MAX_SHOWN = 400;
/** What does not belong into a line of text: attributes may hold any of it, as in `&#10;`. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

function shown(text: string): string {
  // The middle goes: what is wrong stands at either end.
  const isShort = text.length <= MAX_SHOWN;
  const short = isShort ? text : `${text.slice(0, MAX_SHOWN - 100)}...${text.slice(-100)}`;
  return short.replace(CONTROL, "?");
}

/** An `input` error at a place of an XML file. */
export function xmlError(problem: string, place: Place, hint = ""): NextstatError {
  return new NextstatError("input", shown(problem), { location: place, hint: shown(hint) });
}

/** Refuses everything in an element that is not in the vocabulary. */
export function checkElement(element: XmlElement, expected: string): void {
  if (element.name !== expected) {
    const hint =
      element.name === "Channel"
        ? "this is the file of one channel: give the one that starts with <Combination>"
        : element.name === "Combination"
          ? "a file named by <Input> describes one channel"
          : "is it a HistFactory file?";
    throw xmlError(
      `the file starts with <${element.name}>, not <${expected}>`,
      element.place,
      hint,
    );
  }
  checkContent(element);
}

function checkContent(element: XmlElement): void {
  const { attributes, children } = ELEMENTS[element.name] as ElementRule;
  for (const [name, { place }] of element.attributes) {
    if (attributes.includes(name)) continue;
    throw xmlError(
      `<${element.name}> has no attribute ${name}`,
      place,
      suggestName(name, attributes),
    );
  }
  for (const child of element.children) {
    if (!children.includes(child.name)) {
      const hint =
        children.length === 0
          ? `<${element.name}> contains no elements`
          : suggestName(child.name, children);
      throw xmlError(`<${child.name}> does not belong in <${element.name}>`, child.place, hint);
    }
    checkContent(child);
  }
}

/** The children of one name, in order. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The value of an attribute; undefined where it is missing or, as for ROOT, empty. */
export function attribute(element: XmlElement, name: string): XmlAttribute | undefined {
  const found = element.attributes.get(name);
  return found === undefined || found.value === "" ? undefined : found;
}

/** The value of an attribute as text; undefined where it is missing or empty. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return attribute(element, name)?.value;
}

/** The value of an attribute that must be there. */
export function requiredText(element: XmlElement, name: string): string {
  const found = attribute(element, name);
  if (found !== undefined) return found.value;
  const label = name === "Name" ? undefined : textOf(element, "Name");
  const which = label === undefined ? "" : ` "${label}"`;
  throw xmlError(`<${element.name}>${which} has no ${name}`, element.place, `add ${name}="..."`);
}

/** A number, or `fallback` where the attribute is missing. ROOT reads 0 where there is no number; here it is refused. */
export function numberOf(element: XmlElement, name: string, fallback: number): number {
  const found = attribute(element, name);
  return found === undefined ? fallback : parseNumber(found, `${name} of <${element.name}>`);
}

/** A number that must be there. */
export function requiredNumber(element: XmlElement, name: string): number {
  requiredText(element, name);
  return numberOf(element, name, Number.NaN);
}

function parseNumber({ value, place }: XmlAttribute, what: string): number {
  const number = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*$/.test(value)
    ? Number(value)
    : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw xmlError(`${what} is not a number ("${value}")`, place, "give a finite number, as in 1.05");
}

/** `True`, `true`, `False` or `false`, or `fallback` where the attribute is missing. */
export function booleanOf(element: XmlElement, name: string, fallback: boolean): boolean {
  const found = attribute(element, name);
  switch (found?.value) {
    case undefined:
      return fallback;
    case "True":
    case "true":
      return true;
    case "False":
    case "false":
      return false;
    default:
      throw xmlError(
        `${name} of <${element.name}> is neither True nor False ("${found?.value}")`,
        found?.place ?? element.place,
        "write True or False",
      );
  }
}

/** The names in the text of an element, separated by blanks. */
export function namesIn(element: XmlElement): readonly string[] {
  const names = element.text.split(/\s+/).filter((name) => name !== "");
  if (names.length === 0) {
    throw xmlError(`<${element.name}> names no parameter`, element.place, "put the name inside it");
  }
  return names;
}
