/**
 * The keys of cabinetry's schema, and what they hold.
 *
 * @module
 */

import type { YamlNode } from "./yaml-tree.ts";

/** What a key holds. */
export type Kind = "text" | "number" | "boolean" | "texts" | "numbers" | "block" | "fixed";

export type Keys = Readonly<Record<string, Kind>>;

/** `texts` is one text or a list of them. */
const TEMPLATE_KEYS: Keys = {
  Tree: "text",
  Weight: "text",
  Variable: "text",
  Filter: "text",
  RegionPath: "text",
  SamplePath: "texts",
  Normalization: "number",
  Symmetrize: "boolean",
  VariationPath: "text",
};

export type BlockKind =
  | "General"
  | "Region"
  | "Sample"
  | "NormFactor"
  | "Systematic"
  | "Up"
  | "Down"
  | "Smoothing"
  | "Fixed";

/** Every key of the schema, by kind of block. */
export const KEYS: Readonly<Record<BlockKind, Keys>> = {
  General: {
    Measurement: "text",
    POI: "text",
    InputPath: "text",
    HistogramFolder: "text",
    Fixed: "fixed",
    VariationPath: "text",
  },
  Region: {
    Name: "text",
    Variable: "text",
    Binning: "numbers",
    Filter: "text",
    RegionPath: "text",
  },
  Sample: {
    Name: "text",
    Tree: "text",
    Filter: "text",
    Weight: "text",
    SamplePath: "texts",
    Data: "boolean",
    DisableStaterror: "boolean",
    Regions: "texts",
  },
  NormFactor: {
    Name: "text",
    Regions: "texts",
    Samples: "texts",
    Nominal: "number",
    Bounds: "numbers",
  },
  Systematic: {
    Name: "text",
    Type: "text",
    Up: "block",
    Down: "block",
    Regions: "texts",
    Samples: "texts",
    Smoothing: "block",
    ModifierName: "text",
  },
  Up: TEMPLATE_KEYS,
  Down: TEMPLATE_KEYS,
  Smoothing: { Algorithm: "text", Regions: "texts", Samples: "texts" },
  Fixed: { Name: "text", Value: "number" },
};

/** Kinds in words. */
export const WORDS: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  texts: "a text or a list of texts",
  numbers: "a list of numbers",
  block: "a list of settings",
  fixed: "a list of Name and Value",
};

/** Whether a value is of a kind. */
export function hasType(type: Kind, value: YamlNode["value"]): boolean {
  const isList = (holds: (item: YamlNode["value"]) => boolean): boolean =>
    Array.isArray(value) && value.length > 0 && value.every((item) => holds(item.value));
  switch (type) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "boolean":
      return typeof value === "boolean" || isYes(value) || isNo(value);
    case "texts":
      return typeof value === "string" || isList((item) => typeof item === "string");
    case "numbers":
      return isList((item) => typeof item === "number" && Number.isFinite(item));
    case "block":
      return value instanceof Map;
    case "fixed":
      return Array.isArray(value);
    default:
      return type satisfies never;
  }
}

/** What Python's YAML takes for true; the reader of the text has warned. */
export function isYes(value: unknown): boolean {
  return typeof value === "string" && /^(yes|on)$/i.test(value);
}

function isNo(value: unknown): boolean {
  return typeof value === "string" && /^(no|off)$/i.test(value);
}
