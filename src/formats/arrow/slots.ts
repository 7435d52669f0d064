/**
 * Which buffers of a record batch belong to which field: they have no names, only an order.
 *
 * Reference: apache/arrow, docs/source/format/Columnar.rst.
 *
 * @module
 */

import { damaged } from "../root/byte-reader.ts";
import type { Batch } from "./messages.ts";
import type { ArrowField } from "./schema.ts";

/** The buffers of one field in a batch. */
export interface Slot {
  readonly field: ArrowField;
  readonly length: number;
  readonly buffers: readonly (readonly [offset: number, length: number])[];
  readonly children: readonly Slot[];
}

/** Gives each field its buffers, in the order in which they are written. */
export function slotsOf(batch: Batch, fields: readonly ArrowField[]): readonly Slot[] {
  let nodes = 0;
  let buffers = 0;
  let variadic = 0;
  const slot = (field: ArrowField): Slot => {
    const length = batch.nodes[nodes++];
    let count = buffersOf(field);
    if (field.layout.kind === "view" && field.dictionary === null) {
      count += batch.variadic[variadic++] ?? 0;
    }
    const own = batch.buffers.slice(buffers, buffers + count);
    buffers += count;
    if (length === undefined || own.length < count) {
      throw damaged(batch.origin, `column "${field.name}": its buffers are missing`);
    }
    // What is below a dictionary is in its own batches.
    const children = field.dictionary === null ? field.children.map(slot) : [];
    return { field, length, buffers: own, children };
  };
  return fields.map(slot);
}

function buffersOf({ layout, dictionary }: ArrowField): number {
  if (dictionary !== null) return 2;
  switch (layout.kind) {
    case "null":
    case "runs":
      return 0;
    case "fixed-list":
    case "record":
      return 1;
    case "bits":
    case "numbers":
    case "half":
    case "decimal":
    case "bytes":
    case "view":
    case "list":
      return 2;
    case "text":
    case "list-view":
      return 3;
    case "union":
      return layout.isDense ? 2 : 1;
    default:
      return layout satisfies never;
  }
}
