/**
 * Checks a parsed document against one of pyhf's document types and words the first violation for a reader: what was
 * expected, what was found, and in which channel, sample, modifier or measurement.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { MODIFIER_TYPES } from "../../workspace/types.ts";
import { extendPointer, pointerSegments, valueAt } from "./json-pointer.ts";
import { describeValue, shorten } from "./json-text.ts";

import {
  jsonpatch,
  measurement,
  model,
  patchset,
  type SchemaViolation,
  workspace,
} from "./validators.js";

/** The document types of pyhf's schema 1.0.0. */
export type DocumentKind = "workspace" | "model" | "measurement" | "patchset" | "jsonpatch";

const VALIDATORS = { workspace, model, measurement, patchset, jsonpatch } as const;

/**
 * Checks a document of the given kind.
 *
 * @throws NextstatError `input` with the JSON pointer of the first violation
 */
export function checkDocument(kind: DocumentKind, document: unknown): void {
  const validate = VALIDATORS[kind];
  if (validate(document)) return;
  const violation = validate.errors?.[0];
  if (violation === undefined) {
    throw new NextstatError("input", `the document is not a valid ${kind}`);
  }
  throw wordViolation(violation, document);
}

function wordViolation(violation: SchemaViolation, document: unknown): NextstatError {
  const { keyword, instancePath, params, parentSchema, data } = violation;
  const title = parentSchema?.title ?? "value";
  const what = subject(instancePath, title);
  const context = describeContext(document, instancePath);
  switch (keyword) {
    case "additionalProperties": {
      const key = String(params.additionalProperty);
      const known = Object.keys(parentSchema?.properties ?? {});
      return fail(`unknown key "${shorten(key)}" in ${article(title)}${context}`, {
        // A key of any length can stand there; a pointer should stay readable.
        pointer: key.length > 100 ? instancePath : extendPointer(instancePath, key),
        hint: suggestName(key, known),
      });
    }
    case "required": {
      const key = String(params.missingProperty);
      const keys = Object.keys((data ?? {}) as object);
      const similar = keys.find((k) => k.toLowerCase() === key.toLowerCase());
      const rest = similar === undefined ? "" : `; it has "${shorten(similar)}"`;
      return fail(`${article(title)} lacks the key "${key}"${context}${rest}`, {
        pointer: instancePath,
        hint: `add "${key}"`,
      });
    }
    case "discriminator": {
      const tag = String(params.tag);
      const value = params.tagValue;
      const known = tag === "op" ? PATCH_OPERATIONS : MODIFIER_TYPES;
      const named = tag === "op" ? "JSON Patch operation" : "modifier type";
      return fail(
        typeof value === "string"
          ? `unknown ${named} "${shorten(value)}"${context}`
          : `the ${named} must be a text, found ${describeValue(value)}${context}`,
        {
          pointer: extendPointer(instancePath, tag),
          hint:
            typeof value === "string" ? suggestName(value, known) : `one of ${known.join(", ")}`,
        },
      );
    }
    case "enum": {
      const known = parentSchema?.enum ?? [];
      return fail(
        `${what} must be one of ${known.join(", ")}, found ${describeValue(data)}${context}`,
        {
          pointer: instancePath,
          hint: typeof data === "string" ? suggestName(data, known) : "",
        },
      );
    }
    default: {
      const expected = parentSchema?.description ?? article(title);
      return fail(`${what} must be ${expected}, found ${describeValue(data)}${context}`, {
        pointer: instancePath,
        hint: adviseOnValue(data),
      });
    }
  }
}

const PATCH_OPERATIONS = ["add", "remove", "replace", "move", "copy", "test"] as const;

function fail(problem: string, options: { pointer: string; hint: string }): NextstatError {
  return new NextstatError("input", problem, {
    location: { pointer: options.pointer },
    hint: options.hint,
  });
}

/** What the pointer points at, as the beginning of a sentence: `"data"`, `entry 3 of "data"`, `the workspace`. */
function subject(pointer: string, title: string): string {
  const segments = pointerSegments(pointer);
  const last = segments.pop();
  if (last === undefined) return `the ${title}`;
  if (!/^\d+$/.test(last)) return `"${last}"`;
  const list = segments.pop();
  return list === undefined || /^\d+$/.test(list) ? `entry ${last}` : `entry ${last} of "${list}"`;
}

const NAMED: Readonly<Record<string, string>> = {
  channels: "channel",
  samples: "sample",
  modifiers: "modifier",
  observations: "observation",
  measurements: "measurement",
  parameters: "parameter",
};

/** ` (channel "SR", sample "signal")`: the named things around a place, as far as they have names. */
function describeContext(document: unknown, pointer: string): string {
  const parts: string[] = [];
  let path = "";
  const segments = pointerSegments(pointer);
  segments.forEach((segment, i) => {
    path = extendPointer(path, segment);
    const kind = NAMED[segments[i - 1] ?? ""];
    if (kind === undefined) return;
    const name = valueAt(document, `${path}/name`);
    if (typeof name === "string") parts.push(`${kind} "${shorten(name)}"`);
  });
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function adviseOnValue(value: unknown): string {
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return "write the number without quotes";
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return "numbers must be below 1.8e308 in size";
  }
  return "";
}

function article(title: string): string {
  return `${/^[aeiou]/i.test(title) ? "an" : "a"} ${title}`;
}
