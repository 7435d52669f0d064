/**
 * The schema of a Parquet file as a tree of lists, records and leaves, with the levels that tell their values apart.
 *
 * Every value comes with two levels: how many optional or repeated nodes on the way to it are there (definition), and at
 * which list the entry continues (repetition, 0 for a new entry). A node that has no value ends the way early.
 *
 * Lists are recognised by their form, not by the names in them, which differ from writer to writer.
 *
 * @module
 */

import { damaged, type Origin } from "../root/byte-reader.ts";
import { type LeafType, leafType } from "./leaf-types.ts";
import type { PhysicalType, SchemaElement } from "./metadata.ts";

/** A column of the file. */
export interface Leaf {
  /** Among all leaves. */
  readonly index: number;
  readonly path: readonly string[];
  readonly physical: PhysicalType;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number;
  readonly type: LeafType;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

interface NodeBase {
  /** The definition level from which on the node has a value. */
  readonly definition: number;
  /** The definition level from which on there is a place for it: of the list that it is in, 0 outside of lists. */
  readonly place: number;
  /** How many lists it is in. */
  readonly repetition: number;
}

export interface LeafNode extends NodeBase {
  readonly kind: "leaf";
  readonly leaf: Leaf;
}

export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly content: SchemaNode;
}

export interface RecordNode extends NodeBase {
  readonly kind: "record";
  readonly fields: readonly (readonly [name: string, node: SchemaNode])[];
}

export type SchemaNode = LeafNode | ListNode | RecordNode;

/** The columns of the table, by name. */
export type SchemaColumns = readonly (readonly [name: string, node: SchemaNode])[];

/** Nodes on the way to a leaf. */
const MAX_DEPTH = 32;

/** Levels of the nodes around one. */
interface Around {
  readonly definition: number;
  readonly place: number;
  readonly repetition: number;
  readonly path: readonly string[];
}

/** @throws NextstatError `input` where the elements form no tree */
export function readSchema(elements: readonly SchemaElement[], origin: Origin): SchemaColumns {
  let next = 0;
  let leaves = 0;

  const take = (): SchemaElement => {
    const element = elements[next++];
    if (element === undefined) throw damaged(origin, "the schema ends too early");
    return element;
  };

  /** A node and what is below it; a repeated one is a list by itself unless `isItem`. */
  const read = (around: Around, isItem = false): readonly [string, SchemaNode] => {
    const element = take();
    const { name, repetition, type, children } = element;
    const path = [...around.path, name];
    if (path.length > MAX_DEPTH) throw damaged(origin, "the schema is nested too deeply");
    if (repetition === "repeated" && !isItem) {
      next -= 1;
      const base = { definition: around.definition, place: around.place };
      const inside = {
        ...around,
        definition: around.definition + 1,
        place: around.definition + 1,
        repetition: around.repetition + 1,
      };
      const [, content] = read(inside, true);
      return [name, { kind: "list", ...base, repetition: around.repetition, content }];
    }
    const definition = around.definition + (repetition === "optional" ? 1 : 0);
    const base = { definition, place: around.place, repetition: around.repetition };
    const below: Around = { ...base, path };
    if (type !== null) {
      if (children > 0) throw damaged(origin, "a column of the schema has columns in it");
      const leaf: Leaf = {
        index: leaves++,
        path,
        physical: type,
        typeLength: element.typeLength,
        type: leafType(element),
        maxDefinition: definition,
        maxRepetition: around.repetition,
      };
      return [name, { kind: "leaf", ...base, leaf }];
    }
    if (children === 0) throw damaged(origin, "a group of the schema is empty");
    const first = elements[next];
    if (children === 1 && first?.repetition === "repeated" && isListOrMap(element)) {
      return [name, readList(below, base, name, first, isMap(element))];
    }
    return [name, { kind: "record", ...base, fields: readFields(below, children) }];
  };

  const readFields = (below: Around, children: number): RecordNode["fields"] => {
    const fields: (readonly [string, SchemaNode])[] = [];
    for (let i = 0; i < children; i++) fields.push(read(below));
    return fields;
  };

  /** The repeated node in a list is a shell around its items, or an item itself in older files. */
  const readList = (
    below: Around,
    base: NodeBase,
    name: string,
    repeated: SchemaElement,
    isMapped: boolean,
  ): SchemaNode => {
    const inside = {
      definition: below.definition + 1,
      place: below.definition + 1,
      repetition: below.repetition + 1,
      path: [...below.path, repeated.name],
    };
    const isItem =
      isMapped ||
      repeated.type !== null ||
      repeated.children !== 1 ||
      repeated.name === "array" ||
      repeated.name === `${name}_tuple` ||
      isListOrMap(repeated);
    if (isItem) {
      const [, content] = read({ ...inside, path: below.path }, true);
      return { kind: "list", ...base, content };
    }
    take();
    const [, content] = read(inside);
    return { kind: "list", ...base, content };
  };

  const root = take();
  const columns = readFields({ definition: 0, place: 0, repetition: 0, path: [] }, root.children);
  if (next !== elements.length) throw damaged(origin, "the schema goes on after its end");
  return columns;
}

function isListOrMap(element: SchemaElement): boolean {
  return element.logical?.kind === 3 || element.converted === 3 || isMap(element);
}

function isMap(element: SchemaElement): boolean {
  return element.logical?.kind === 2 || element.converted === 1 || element.converted === 2;
}

/** All leaves below a node, in the order of the file. */
export function leavesOf(node: SchemaNode): readonly Leaf[] {
  switch (node.kind) {
    case "leaf":
      return [node.leaf];
    case "list":
      return leavesOf(node.content);
    case "record":
      return node.fields.flatMap(([, field]) => leavesOf(field));
    default:
      return node satisfies never;
  }
}

/** The type of a node for people. */
export function typeName(node: SchemaNode): string {
  switch (node.kind) {
    case "leaf":
      return node.leaf.type.name;
    case "list":
      return `list<${typeName(node.content)}>`;
    case "record":
      return `struct<${node.fields.map(([name, field]) => `${name}: ${typeName(field)}`).join(", ")}>`;
    default:
      return node satisfies never;
  }
}
