/**
 * How HS3 says which interpolation a modifier has. Three spellings occur: RooFit's whole numbers, its newer records
 * `{type, in, out}` (in the modifier or, for all of a channel, in `default_interpolation`), and pyhs3's names in `data`.
 *
 * RooFit's numbers: FlexibleInterpVar counts 4 and 5 alike as polynomial inside and exponential outside,
 * PiecewiseInterpolation 4 as polynomial inside and linear outside (JSONFactories_HistFactory.cxx).
 *
 * @module
 */

import type { HistosysCode, NormsysCode } from "../../workspace/types.ts";
import { describeValue } from "../pyhf/json-text.ts";
import {
  has,
  hs3Error,
  type ObjectNode,
  objectAt,
  objectOf,
  optionalText,
  pointerOf,
  textOf,
} from "./document.ts";

/** The modifiers that interpolate, and the codes each can have. */
export interface Codes {
  readonly normsys: NormsysCode;
  readonly histosys: HistosysCode;
}

const BY_NUMBER: { readonly [T in keyof Codes]: Readonly<Record<number, Codes[T]>> } = {
  normsys: { 0: "code0", 1: "code1", 2: "code2", 3: "code2", 4: "code4", 5: "code4" },
  histosys: { 0: "code0", 2: "code2", 3: "code2", 4: "code4p" },
};

/** By `type in out`. */
const BY_RECORD: { readonly [T in keyof Codes]: Readonly<Record<string, Codes[T]>> } = {
  normsys: {
    "add poly1 null": "code0",
    "mult exp null": "code1",
    "add poly2 poly1": "code2",
    "mult poly6 exp": "code4",
  },
  histosys: {
    "add poly1 null": "code0",
    "add poly2 poly1": "code2",
    "add poly6 poly1": "code4p",
  },
};

const BY_NAME: { readonly [T in keyof Codes]: readonly Codes[T][] } = {
  normsys: ["code0", "code1", "code2", "code4"],
  histosys: ["code0", "code2", "code4p"],
};

/** The number RooFit reads as a code. */
export function interpolationNumber(code: NormsysCode | HistosysCode): number {
  return code === "code4p" ? 4 : Number(code.slice(4));
}

/**
 * The interpolation that a modifier or its channel states.
 *
 * @returns undefined where neither states one
 */
export function statedInterpolation<T extends keyof Codes>(
  type: T,
  modifier: ObjectNode,
  channel: ObjectNode,
): Codes[T] | undefined {
  const own = has(modifier, "interpolation")
    ? readCode(type, modifier, "interpolation")
    : undefined;
  const data = objectOf(modifier, "data");
  const inData = has(data, "interpolation") ? readCode(type, data, "interpolation") : undefined;
  if (own !== undefined && inData !== undefined && own !== inData) {
    throw hs3Error(
      `${modifier.what} states two interpolations, ${own} and ${inData}`,
      pointerOf(data, "interpolation"),
      'leave "interpolation" out in one of the two places',
    );
  }
  if (own !== undefined || inData !== undefined) return own ?? inData;
  return has(channel, "default_interpolation")
    ? readCode(type, channel, "default_interpolation")
    : undefined;
}

function readCode<T extends keyof Codes>(type: T, node: ObjectNode, key: string): Codes[T] {
  const value = node.value[key];
  const pointer = pointerOf(node, key);
  let code: Codes[T] | undefined;
  if (typeof value === "number") code = BY_NUMBER[type][value];
  else if (typeof value === "string") code = BY_NAME[type].find((name) => name === value);
  else {
    const record = objectAt(value, pointer, `"${key}" of ${node.what}`);
    const out = optionalText(record, "out") ?? "null";
    code = BY_RECORD[type][`${textOf(record, "type")} ${textOf(record, "in")} ${out}`];
  }
  if (code !== undefined) return code;
  const found = typeof value === "object" ? JSON.stringify(value) : describeValue(value);
  throw hs3Error(
    `the interpolation ${found} of ${node.what} does not exist for a ${type}`,
    pointer,
    `there are ${BY_NAME[type].join(", ")} (${Object.keys(BY_NUMBER[type]).join(", ")} in RooFit's numbers)`,
  );
}
