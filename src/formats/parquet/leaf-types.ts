/**
 * What the values of a column mean: the types of Parquet, and how their stored values become ours.
 *
 * Reference: apache/parquet-format, LogicalTypes.md.
 *
 * @module
 */

import type { NumericArray, NumericType } from "../../columns/index.ts";
import { newArray } from "../../columns/numbers.ts";
import {
  decimalNumber,
  halfPrecision,
  MAX_DECIMAL_DIGITS,
  strictText,
} from "../tables/columnar.ts";
import type { Physical } from "./encodings.ts";
import type { SchemaElement } from "./metadata.ts";

/** Numbers, or texts. */
export type LeafValues = NumericArray | readonly string[];

/** How a column is read. */
export interface LeafType {
  /** For people: `double`, `timestamp[us]`. */
  readonly name: string;
  /** What its values become; null where they cannot be read. */
  readonly values: NumericType | "string" | null;
  /** Why they cannot; null where they can. */
  readonly unreadable: string | null;
  readonly convert: (stored: Physical) => LeafValues;
}

/** The annotations by their numbers: newer, older. */
const LOGICAL = { string: 1, enum: 4, decimal: 5, date: 6, time: 7, timestamp: 8 } as const;
const LOGICAL_INTEGER = 10;
const LOGICAL_NULL = 11;
const LOGICAL_JSON = 12;
const LOGICAL_FLOAT16 = 15;
/** UINT_8 to UINT_64, INT_8 to INT_64. */
const CONVERTED_INTEGERS = [
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "int8",
  "int16",
  "int32",
  "int64",
] as const;
const FIRST_CONVERTED_INTEGER = 11;
const UNITS = ["", "ms", "us", "ns"] as const;

/** The type of a leaf of the schema. */
export function leafType(element: SchemaElement): LeafType {
  const { type, converted, logical } = element;
  const kind = logical?.kind ?? null;
  if (kind === LOGICAL_NULL) return refused("null", "it holds nothing but missing values");
  switch (type) {
    case "BOOLEAN":
      return as("bool", "bool");
    case "FLOAT":
      return as("float", "float32");
    case "DOUBLE":
      return as("double", "float64");
    case "INT32":
    case "INT64": {
      if (kind === LOGICAL.decimal || converted === 5) return decimal(element);
      return integer(element, type === "INT32" ? 32 : 64);
    }
    case "BYTE_ARRAY":
      if (kind === LOGICAL.decimal || converted === 5) return decimal(element);
      if (kind === LOGICAL.string || converted === 0) return texts("string");
      if (kind === LOGICAL.enum || converted === 4) return texts("enum");
      if (kind === LOGICAL_JSON || converted === 19) return texts("json");
      return refused("binary", "it holds bytes, not text: write it as strings (UTF-8)");
    case "FIXED_LEN_BYTE_ARRAY":
      if (kind === LOGICAL.decimal || converted === 5) return decimal(element);
      if (kind === LOGICAL_FLOAT16 && element.typeLength === 2) {
        return {
          ...as("halffloat", "float32"),
          convert: (stored) =>
            Float32Array.from(stored as readonly Uint8Array[], (bytes) =>
              halfPrecision((bytes[0] as number) | ((bytes[1] as number) << 8)),
            ),
        };
      }
      return refused(
        `fixed_size_binary[${element.typeLength}]`,
        "it holds bytes, not numbers: write it as numbers or strings",
      );
    case "INT96":
      return refused("int96", "timestamps of 96 bits are obsolete: write them with 64 bits");
    case null:
      return refused("group", "a group without fields");
    default:
      return type satisfies never;
  }
}

function as(name: string, values: NumericType): LeafType {
  return { name, values, unreadable: null, convert: (stored) => stored as NumericArray };
}

function refused(name: string, unreadable: string): LeafType {
  return {
    name,
    values: null,
    unreadable,
    convert: () => {
      throw new RangeError(unreadable);
    },
  };
}

function texts(name: string): LeafType {
  return {
    name,
    values: "string",
    unreadable: null,
    convert: (stored) => (stored as readonly Uint8Array[]).map(strictText),
  };
}

/** Integers, and days and times as integers in the unit that the name of the type says. */
function integer(element: SchemaElement, bits: 32 | 64): LeafType {
  const { converted, logical } = element;
  const plain = bits === 32 ? "int32" : "int64";
  const fields = logical?.fields;
  const unitName = (): string => {
    const unit = fields?.struct(2, "a unit of time");
    return UNITS[[1, 2, 3].find((id) => unit?.has(id)) ?? 0] as string;
  };
  switch (logical?.kind) {
    case LOGICAL.date:
      return as("date[days]", plain);
    case LOGICAL.time:
      return as(`time[${unitName()}]`, plain);
    case LOGICAL.timestamp:
      return as(`timestamp[${unitName()}]`, plain);
    case LOGICAL_INTEGER: {
      const isSigned = fields?.bool(2) ?? true;
      const name = `${isSigned ? "" : "u"}int${fields?.int(1)}`;
      const known = CONVERTED_INTEGERS.find((candidate) => candidate === name);
      if (known === undefined) return refused(name, "there are no such integers");
      return sized(known, bits);
    }
  }
  const names = { 6: "date[days]", 7: "time[ms]", 8: "time[us]", 9: "timestamp[ms]" } as const;
  const time = converted === 10 ? "timestamp[us]" : names[converted as keyof typeof names];
  if (time !== undefined) return as(time, plain);
  const known = CONVERTED_INTEGERS[(converted ?? -1) - FIRST_CONVERTED_INTEGER];
  return known === undefined ? as(plain, plain) : sized(known, bits);
}

/** Integers of a type of their own, which are stored with 32 or 64 bits. */
function sized(type: (typeof CONVERTED_INTEGERS)[number], bits: 32 | 64): LeafType {
  if (type === (bits === 32 ? "int32" : "int64")) return as(type, type);
  if (type.endsWith("64") !== (bits === 64)) {
    return refused(type, `integers of this type are not stored with ${bits} bits`);
  }
  return {
    ...as(type, type),
    convert(stored) {
      const numbers = stored as Int32Array | BigInt64Array;
      if (numbers instanceof BigInt64Array) {
        return new BigUint64Array(
          numbers.buffer as ArrayBuffer,
          numbers.byteOffset,
          numbers.length,
        );
      }
      if (type === "uint32") {
        return new Uint32Array(numbers.buffer as ArrayBuffer, numbers.byteOffset, numbers.length);
      }
      const narrow = newArray(type, numbers.length) as Int8Array;
      narrow.set(numbers);
      for (let i = 0; i < numbers.length; i++) {
        if (narrow[i] !== numbers[i]) throw new RangeError(`${numbers[i]} is no ${type}`);
      }
      return narrow;
    },
  };
}

function decimal(element: SchemaElement): LeafType {
  const { logical } = element;
  const scale = logical?.fields.int(1) ?? element.scale;
  const precision = logical?.fields.int(2) ?? element.precision;
  const name = `decimal(${precision}, ${scale})`;
  if (precision > MAX_DECIMAL_DIGITS || precision <= 0 || scale < 0) {
    return refused(name, `a double holds ${MAX_DECIMAL_DIGITS} digits: cast it to double`);
  }
  return {
    ...as(name, "float64"),
    convert: (stored) =>
      Float64Array.from(stored as Iterable<number | bigint | Uint8Array>, (value) => {
        const unscaled = value instanceof Uint8Array ? bigEndian(value) : BigInt(value);
        return decimalNumber(unscaled, scale);
      }),
  };
}

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > 16) throw new RangeError(`a decimal number of ${bytes.length} bytes`);
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
