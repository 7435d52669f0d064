/**
 * The schema of Arrow data: fields, their types, and how each is laid out in buffers.
 *
 * Reference: apache/arrow, format/Schema.fbs and docs/source/format/Columnar.rst.
 *
 * @module
 */

import type { NumericType } from "../../columns/index.ts";
import { MAX_DECIMAL_DIGITS } from "../tables/columnar.ts";
import type { FlatTable } from "./flatbuffer.ts";

/**
 * The buffers of a field, after that of the missing values, which all have but `null`, `union` and `runs`. Fields that cannot be
 * read have a layout too, since what follows them must be found.
 */
export type Layout =
  | { readonly kind: "null" }
  | { readonly kind: "bits" }
  | { readonly kind: "numbers"; readonly type: NumericType }
  | { readonly kind: "half" }
  | { readonly kind: "decimal"; readonly bytes: number; readonly scale: number }
  | { readonly kind: "bytes" }
  | { readonly kind: "text"; readonly isLarge: boolean }
  | { readonly kind: "view" }
  | { readonly kind: "list"; readonly isLarge: boolean }
  | { readonly kind: "list-view" }
  | { readonly kind: "fixed-list"; readonly length: number }
  | { readonly kind: "record" }
  | { readonly kind: "union"; readonly isDense: boolean }
  | { readonly kind: "runs" };

/** A field, of the table or within another one. */
export interface ArrowField {
  readonly name: string;
  /** For people: `double`, `list<float>`. */
  readonly type: string;
  readonly unreadable: string | null;
  readonly layout: Layout;
  readonly children: readonly ArrowField[];
  /** The values are indices into a dictionary, whose values have the layout. */
  readonly dictionary: { readonly id: number; readonly index: NumericType } | null;
}

type Typed = Pick<ArrowField, "type" | "unreadable" | "layout">;

const MAX_DEPTH = 32;
/** Damaged schemas can refer to one field many times. */
const MAX_FIELDS = 100_000;
const BYTES = "it holds bytes, not text: write it as strings (UTF-8)";
const UNITS = ["s", "ms", "us", "ns"] as const;

/** @throws NextstatError `input` where the schema is damaged, or of another byte order */
export function readSchema(schema: FlatTable): readonly ArrowField[] {
  if (schema.short(0, 0) !== 0) {
    throw schema.damaged("its numbers are big-endian, which is not supported");
  }
  let count = 0;
  const read = (field: FlatTable, depth: number): ArrowField => {
    count += 1;
    if (depth > MAX_DEPTH || count > MAX_FIELDS) throw field.damaged("it has too many fields");
    const children = field.tables(5).map((child) => read(child, depth + 1));
    const own = typeOf(field, children);
    const name = field.text(0);
    const encoding = field.table(4);
    if (encoding === null) return { name, ...own, children, dictionary: null };
    const indexType = encoding.table(1);
    const index = indexType === null ? "int32" : integerType(indexType);
    const isSimple = ["bits", "numbers", "half", "decimal", "text", "view"].includes(
      own.layout.kind,
    );
    return {
      name,
      type: `dictionary<${own.type}>`,
      unreadable: own.unreadable ?? (isSimple ? null : "a dictionary of other things than values"),
      layout: own.layout,
      children,
      dictionary: { id: encoding.count(0), index },
    };
  };
  return schema.tables(1).map((field) => read(field, 0));
}

function integerType(type: FlatTable): NumericType {
  const bits = type.int(0, 0);
  const name = `${type.byte(1, 0) === 0 ? "u" : ""}int${bits}`;
  if (![8, 16, 32, 64].includes(bits)) throw type.damaged(`integers of ${bits} bits`);
  return name as NumericType;
}

function typeOf(field: FlatTable, children: readonly ArrowField[]): Typed {
  const type = field.table(3);
  const kind = field.byte(2, 0);
  const numbers = (name: string, own: NumericType): Typed => ({
    type: name,
    unreadable: null,
    layout: { kind: "numbers", type: own },
  });
  const refused = (name: string, unreadable: string, layout: Layout): Typed => ({
    type: name,
    unreadable,
    layout,
  });
  const [item] = children;
  const oneItem = (): ArrowField => {
    if (item === undefined || children.length !== 1) throw field.damaged("a list of no type");
    return item;
  };
  const int = (slot: number, fallback: number): number => type?.int(slot, fallback) ?? fallback;
  const unit = (fallback: number): string => {
    const own = UNITS[type?.short(0, fallback) ?? fallback];
    if (own === undefined) throw field.damaged("an unknown unit of time");
    return own;
  };
  switch (kind) {
    case 1:
      return refused("null", "it holds nothing but missing values", { kind: "null" });
    case 2: {
      if (type === null) throw field.damaged("an integer of no type");
      // Polars has them; Arrow itself does not.
      if (type.int(0, 0) === 128) {
        return refused("int128", "integers of 128 bits are not read: cast it to double", {
          kind: "bytes",
        });
      }
      const own = integerType(type);
      return numbers(own, own);
    }
    case 3:
      switch (type?.short(0, 0) ?? 0) {
        case 0:
          return { type: "halffloat", unreadable: null, layout: { kind: "half" } };
        case 1:
          return numbers("float", "float32");
        case 2:
          return numbers("double", "float64");
      }
      throw field.damaged("an unknown precision");
    case 4:
    case 19:
      return refused("binary", BYTES, { kind: "text", isLarge: kind === 19 });
    case 5:
    case 20:
      return { type: "string", unreadable: null, layout: { kind: "text", isLarge: kind === 20 } };
    case 6:
      return { type: "bool", unreadable: null, layout: { kind: "bits" } };
    case 7: {
      const [precision, scale, bits] = [int(0, 0), int(1, 0), int(2, 128)];
      const name = `decimal(${precision}, ${scale})`;
      const layout: Layout = { kind: "decimal", bytes: bits / 8, scale };
      if (![32, 64, 128, 256].includes(bits)) throw field.damaged(`decimals of ${bits} bits`);
      return precision > MAX_DECIMAL_DIGITS || precision <= 0 || scale < 0
        ? refused(name, `a double holds ${MAX_DECIMAL_DIGITS} digits: cast it to double`, layout)
        : { type: name, unreadable: null, layout };
    }
    case 8:
      return (type?.short(0, 1) ?? 1) === 0
        ? numbers("date[days]", "int32")
        : numbers("date[ms]", "int64");
    case 9:
      return numbers(`time[${unit(1)}]`, int(1, 32) === 64 ? "int64" : "int32");
    case 10:
      return numbers(`timestamp[${unit(0)}]`, "int64");
    case 11:
      return refused("interval", "intervals are not read: write them as numbers", {
        kind: "bytes",
      });
    case 12:
    case 21:
      return {
        type: `list<${oneItem().type}>`,
        unreadable: oneItem().unreadable,
        layout: { kind: "list", isLarge: kind === 21 },
      };
    case 13:
      return {
        type: `struct<${children.map((child) => `${child.name}: ${child.type}`).join(", ")}>`,
        unreadable: children.find(({ unreadable }) => unreadable !== null)?.unreadable ?? null,
        layout: { kind: "record" },
      };
    case 14:
      return refused("union", "values of several types are not read: write a column for each", {
        kind: "union",
        isDense: (type?.short(0, 0) ?? 0) === 1,
      });
    case 15:
      return refused(`fixed_size_binary[${int(0, 0)}]`, BYTES, { kind: "bytes" });
    case 16: {
      const length = int(0, 0);
      if (length < 0) throw field.damaged(`arrays of ${length} items`);
      return {
        type: `${oneItem().type}[${length}]`,
        unreadable: oneItem().unreadable,
        layout: { kind: "fixed-list", length },
      };
    }
    case 17:
      return {
        type: `list<${oneItem().type}>`,
        unreadable: oneItem().unreadable,
        layout: { kind: "list", isLarge: false },
      };
    case 18:
      return numbers(`duration[${unit(1)}]`, "int64");
    case 22:
      return refused("runs", "run-end encoding is not read: write plain columns", { kind: "runs" });
    case 23:
      return refused("binary", BYTES, { kind: "view" });
    case 24:
      return { type: "string", unreadable: null, layout: { kind: "view" } };
    case 25:
    case 26:
      return refused("list_view", "views of lists are not read: write them as lists", {
        kind: "list-view",
      });
    default:
      throw field.damaged(`there is no type ${kind}`);
  }
}
