/**
 * What expressions give, and what a histogram is filled with.
 *
 * @module
 */

/** Numbers of entries. */
export interface Values {
  /** All numbers, entry by entry. */
  readonly values: Float64Array;
  /** [entries + 1] where each entry begins in `values`; null: one number for each entry. */
  readonly offsets: Int32Array | null;
  /** At most one number for each entry, which is repeated next to what has more. */
  readonly single: boolean;
}

/** Numbers that go together. */
export interface Pairs {
  readonly variable: Float64Array;
  readonly weight: Float64Array;
  /** [pairs] the entry of each; null: each entry has one pair. */
  readonly entries: Int32Array | null;
}

/**
 * What `TTree::Draw(variable, weight)` fills: lists run in parallel and end with the shorter one, a single number is repeated,
 * and an entry where one of them has no number gives nothing. Pairs of weight 0 are kept. Lists of lists count as one list.
 */
export function pairValues(variable: Values, weight: Values): Pairs {
  if (variable.offsets === null && weight.offsets === null) {
    return { variable: variable.values, weight: weight.values, entries: null };
  }
  const involved = [variable, weight];
  const count = (variable.offsets ?? (weight.offsets as Int32Array)).length - 1;
  let pairs = 0;
  for (let entry = 0; entry < count; entry++) pairs += instancesOf(involved, entry);
  const numbers = new Float64Array(pairs);
  const weights = new Float64Array(pairs);
  const entries = new Int32Array(pairs);
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    const instances = instancesOf(involved, entry);
    for (let i = 0; i < instances; i++, at++) {
      numbers[at] = instance(variable, entry, i);
      weights[at] = instance(weight, entry, i);
      entries[at] = entry;
    }
  }
  return { variable: numbers, weight: weights, entries };
}

/** How often an entry is filled: never where one has no number, as often as the shortest list has numbers, or once. */
export function instancesOf(involved: readonly Values[], entry: number): number {
  let count = Number.POSITIVE_INFINITY;
  for (const { offsets, single } of involved) {
    if (offsets === null) continue;
    const length = (offsets[entry + 1] as number) - (offsets[entry] as number);
    if (length === 0) return 0;
    if (!single) count = Math.min(count, length);
  }
  return Number.isFinite(count) ? count : 1;
}

/** The number that goes into an instance of an entry. */
export function instance({ values, offsets, single }: Values, entry: number, i: number): number {
  if (offsets === null) return values[entry] as number;
  return values[(offsets[entry] as number) + (single ? 0 : i)] as number;
}
