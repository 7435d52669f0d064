/**
 * How the entries of a branch are written, from what the tree says of it: leaves, or a class and a type of C++.
 *
 * Reference: TLeaf*.cxx, TBranchElement.cxx, TStreamerInfoReadBuffer.cxx.
 *
 * @module
 */

import { bytesOf, type NumericType } from "../../columns/numbers.ts";
import { isObject, itemsMember, numberMember, type RootObject, textMember } from "./objects.ts";
import { type ClassElement, type ClassInfos, findByChecksum, findClass } from "./streamer-info.ts";

/** What stands in the data for one item. */
export type Item =
  | { readonly kind: "number"; readonly type: NumericType; readonly widen: boolean }
  /** `bare`: no bytes at all stand for an empty text, as TLeafC has it. */
  | { readonly kind: "string"; readonly bare: boolean }
  | { readonly kind: "vector"; readonly item: Item };

/** How an entry is written. */
export interface Layout {
  readonly item: Item;
  /** Lengths of a fixed array of items, outermost first; empty for a single item. */
  readonly shape: readonly number[];
  /** Any number of such arrays, as many as fit between the offsets of the entry. */
  readonly counted: boolean;
  /** Bytes before the items. */
  readonly headerBytes: number;
  /** Of one of several leaves in a branch: bytes of all leaves, and of those before. */
  readonly stride?: number;
  readonly offset?: number;
}

/** A column of a branch: its layout, or why it has none. */
export interface BranchColumn {
  readonly name: string;
  readonly type: string;
  readonly layout: Layout | string;
  /** The leaf that says how many items each entry has. */
  readonly counter?: RootObject;
}

const LEAVES: Readonly<Record<string, readonly [signed: NumericType, unsigned: NumericType]>> = {
  TLeafB: ["int8", "uint8"],
  TLeafS: ["int16", "uint16"],
  TLeafI: ["int32", "uint32"],
  TLeafL: ["int64", "uint64"],
  TLeafG: ["int64", "uint64"],
  TLeafF: ["float32", "float32"],
  TLeafD: ["float64", "float64"],
  TLeafO: ["bool", "bool"],
};

/** EReadWrite of members that are branches. */
const STREAMER_TYPES: Readonly<Record<number, NumericType>> = {
  1: "int8",
  2: "int16",
  3: "int32",
  4: "int64",
  5: "float32",
  6: "int32",
  8: "float64",
  11: "uint8",
  12: "uint16",
  13: "uint32",
  14: "uint64",
  15: "uint32",
  16: "int64",
  17: "uint64",
  18: "bool",
};
const DOUBLE32 = 9;
const ARRAY = 20;

const BASIC_TYPES: Readonly<Record<string, NumericType>> = {
  bool: "bool",
  Bool_t: "bool",
  char: "int8",
  Char_t: "int8",
  "signed char": "int8",
  int8_t: "int8",
  "unsigned char": "uint8",
  UChar_t: "uint8",
  uint8_t: "uint8",
  short: "int16",
  Short_t: "int16",
  int16_t: "int16",
  "unsigned short": "uint16",
  UShort_t: "uint16",
  uint16_t: "uint16",
  int: "int32",
  Int_t: "int32",
  int32_t: "int32",
  "unsigned int": "uint32",
  unsigned: "uint32",
  UInt_t: "uint32",
  uint32_t: "uint32",
  long: "int64",
  Long_t: "int64",
  "long long": "int64",
  Long64_t: "int64",
  int64_t: "int64",
  "unsigned long": "uint64",
  ULong_t: "uint64",
  "unsigned long long": "uint64",
  ULong64_t: "uint64",
  uint64_t: "uint64",
  size_t: "uint64",
  float: "float32",
  Float_t: "float32",
  double: "float64",
  Double_t: "float64",
};

/** How C++ calls them. */
const C_NAMES: Readonly<Record<NumericType, string>> = {
  bool: "bool",
  int8: "int8_t",
  uint8: "uint8_t",
  int16: "int16_t",
  uint16: "uint16_t",
  int32: "int32_t",
  uint32: "uint32_t",
  int64: "int64_t",
  uint64: "uint64_t",
  float32: "float",
  float64: "double",
};

/** Byte count and version before a collection. */
const COLLECTION_HEADER = 6;
/** fType of branches of the members of a TClonesArray, and of a collection of objects. */
const CLONES_MEMBER = 31;
const COLLECTION_MEMBER = 41;
const CLONES = 3;
const COLLECTION = 4;

/** The columns of a branch without those of its sub-branches; none for a mere group of branches. */
export function branchColumns(
  branch: RootObject,
  name: string,
  infos: ClassInfos,
): readonly BranchColumn[] {
  const nested = itemsMember(branch, "fBranches").length > 0;
  const leaves = itemsMember(branch, "fLeaves").filter(isObject);
  if (branch.className === "TBranchElement") {
    const type = numberMember(branch, "fType") ?? 0;
    if (type === CLONES || type === COLLECTION) return [column(name, number("int32"))];
    return nested ? [] : [elementColumn(branch, name, infos, type)];
  }
  if (nested) return [];
  if (branch.className !== "TBranch") {
    const className = textMember(branch, "fClassName") ?? branch.className;
    return [{ name, type: className, layout: `objects in a ${branch.className} are not decoded` }];
  }
  return leafColumns(leaves, name);
}

/** A branch of leaves. Several are written one after the other for each entry. */
function leafColumns(leaves: readonly RootObject[], name: string): readonly BranchColumn[] {
  const [only] = leaves;
  if (only === undefined) return [{ name, type: "", layout: "the branch has no leaves" }];
  if (leaves.length === 1) return [leafColumn(only, name)];
  const columns = leaves.map((leaf, i) =>
    leafColumn(leaf, `${name}.${textMember(leaf, "fName") ?? i}`),
  );
  const sizes = columns.map(({ layout }) =>
    typeof layout === "string" || layout.counted || layout.item.kind !== "number"
      ? undefined
      : bytesOf(layout.item.type) * product(layout.shape),
  );
  if (sizes.includes(undefined)) {
    const reason = "one of the leaves of its branch has no fixed size";
    return columns.map((each) => ({ ...each, layout: reason }));
  }
  const stride = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  let offset = 0;
  return columns.map((each, i) => {
    const layout = { ...(each.layout as Layout), stride, offset };
    offset += sizes[i] ?? 0;
    return { ...each, layout };
  });
}

function leafColumn(leaf: RootObject, name: string): BranchColumn {
  if (leaf.className === "TLeafC") return column(name, { kind: "string", bare: true });
  const title = textMember(leaf, "fTitle") ?? "";
  const counter = leaf.members.fLeafCount;
  const counted = isObject(counter);
  const shape = fixedShape(title, numberMember(leaf, "fLen") ?? 1);
  if (leaf.className === "TLeafD32" && !/\[[^\][]*,/.test(title)) {
    return column(name, DOUBLE32_ITEM, { shape, counted });
  }
  const types = Object.hasOwn(LEAVES, leaf.className) ? LEAVES[leaf.className] : undefined;
  if (types === undefined) {
    return { name, type: leaf.className, layout: `a ${leaf.className} is not decoded` };
  }
  const [signed, unsigned] = types;
  const isUnsigned = numberMember(leaf, "fIsUnsigned") === 1;
  const own = column(name, number(isUnsigned ? unsigned : signed), { shape, counted });
  return counted ? { ...own, counter } : own;
}

/** The lengths in `x[n][2][3]`, if they make up the fixed length. */
function fixedShape(title: string, length: number): readonly number[] {
  const lengths = [...title.matchAll(/\[(\d+)\]/g)].map(([, digits]) => Number(digits));
  if (product(lengths) === length) return lengths;
  return length === 1 ? [] : [length];
}

/** A branch of a member of a class, or of an object that is not split. */
function elementColumn(
  branch: RootObject,
  name: string,
  infos: ClassInfos,
  type: number,
): BranchColumn {
  const className = textMember(branch, "fClassName") ?? "";
  const id = numberMember(branch, "fID") ?? -1;
  const streamerType = numberMember(branch, "fStreamerType") ?? -1;
  const version = numberMember(branch, "fClassVersion") ?? -1;
  const checksum = (numberMember(branch, "fCheckSum") ?? 0) >>> 0;
  const info = findByChecksum(infos, className, checksum) ?? findClass(infos, className, version);
  const element: ClassElement | undefined = id >= 0 ? info?.elements[id] : undefined;
  const counted = type === CLONES_MEMBER || type === COLLECTION_MEMBER;
  const isArray = streamerType > ARRAY && streamerType < 2 * ARRAY;
  const basic = isArray ? streamerType - ARRAY : streamerType;
  const leaf = itemsMember(branch, "fLeaves").find(isObject);
  const title = (leaf === undefined ? undefined : textMember(leaf, "fTitle")) ?? "";
  const length = (leaf === undefined ? undefined : numberMember(leaf, "fLen")) ?? 1;
  const shape = isArray ? fixedShape(title, element?.length ?? length) : [];
  const single = STREAMER_TYPES[basic];
  if (single !== undefined) return column(name, number(single), { shape, counted });
  if (basic === DOUBLE32 && !(element?.title ?? "").includes("[")) {
    return column(name, DOUBLE32_ITEM, { shape, counted });
  }
  const typeName = (id < 0 ? className : element?.typeName) ?? "";
  const item = parseType(typeName);
  if (item === undefined || counted || shape.length > 0) {
    const shown = typeName === "" ? `member ${id} of ${className}` : typeName;
    return {
      name,
      type: shown,
      layout: `${counted ? `lists of ${shown}` : `objects of ${shown}`} are not decoded`,
    };
  }
  const headerBytes = item.kind === "vector" ? COLLECTION_HEADER : 0;
  return { ...column(name, item, { headerBytes }), type: typeName };
}

const DOUBLE32_ITEM: Item = { kind: "number", type: "float32", widen: true };

function number(type: NumericType): Item {
  return { kind: "number", type, widen: false };
}

function column(name: string, item: Item, more: Partial<Layout> = {}): BranchColumn {
  const layout: Layout = { item, shape: [], counted: false, headerBytes: 0, ...more };
  const list = layout.counted ? "[]" : "";
  const type = `${describeItem(item)}${list}${layout.shape.map((n) => `[${n}]`).join("")}`;
  return { name, type, layout };
}

function describeItem(item: Item): string {
  switch (item.kind) {
    case "number":
      return item.widen ? "Double32_t" : C_NAMES[item.type];
    case "string":
      return "string";
    case "vector":
      return `vector<${describeItem(item.item)}>`;
    default:
      return item satisfies never;
  }
}

/** Basic types, texts, and collections of them to any depth; undefined for anything else. */
function parseType(text: string): Item | undefined {
  const type = text.trim().replace(/^std::/, "");
  const basic = Object.hasOwn(BASIC_TYPES, type) ? BASIC_TYPES[type] : undefined;
  if (basic !== undefined) return number(basic);
  if (type === "string" || type === "TString") return { kind: "string", bare: false };
  const [, inside] =
    /^(?:vector|list|deque|set|multiset|unordered_set|ROOT::VecOps::RVec|ROOT::RVec)<(.*)>$/.exec(
      type,
    ) ?? [];
  if (inside === undefined || text.length > 500) return undefined;
  const item = parseType(inside.replace(/,\s*(std::)?allocator<.*>\s*$/, ""));
  return item === undefined ? undefined : { kind: "vector", item };
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total * length, 1);
}
