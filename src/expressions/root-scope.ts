/**
 * Which items of lists go together in an expression of ROOT.
 *
 * Every list without an index, or with empty brackets, runs. Lists run in parallel by dimension, the first one with the first one,
 * and end with the shortest; what has fewer dimensions is repeated over the others. An index that is a number and out of
 * range leaves the entry, or the item, out. ROOT itself reads beyond the end of a list of one item next to a longer one in some
 * orders of the operands; here it always ends.
 *
 * @module
 */

import { type Leaf, type Level, loadNumbers } from "./leaves.ts";
import { Program, type Register } from "./program.ts";

/** A column as it is used: with an index at each level, or null where it runs. */
export interface Term {
  readonly column: string;
  readonly indices: readonly (number | null)[];
  /** Dimensions that run. */
  readonly dimensions: number;
  /** Position in the text, for errors. */
  readonly position: number;
  /** For each instance, which of the numbers of the column. */
  places: Int32Array;
}

/** What is being evaluated: columns, and the block of entries. */
export interface Context {
  leaves: ReadonlyMap<string, Leaf>;
  entries: number;
  firstEntry: number;
  /** First entry of the block and number of its entries. */
  from: number;
  size: number;
}

/** One set of instances: of the whole expression, or of what a function like Sum$ runs over. */
export class Scope {
  readonly context: Context;
  readonly program: Program = new Program();
  readonly terms: Term[] = [];
  /** [instances] the entry in the block, and which of the instances of this entry. */
  entry: Int32Array = new Int32Array(0);
  iteration: Int32Array = new Int32Array(0);
  /** [entries of the block + 1] where the instances of an entry begin. */
  offsets: Int32Array = new Int32Array(0);

  constructor(context: Context) {
    this.context = context;
  }

  /** Whether an entry has at most one instance, which stands for as many as are needed. */
  get single(): boolean {
    return this.terms.every(({ dimensions }) => dimensions === 0);
  }

  term(column: string, indices: readonly (number | null)[], position: number): Term {
    const known = this.terms.find(
      (term) => term.column === column && term.indices.every((index, i) => index === indices[i]),
    );
    if (known !== undefined) return known;
    const dimensions = indices.filter((index) => index === null).length;
    const term = { column, indices, dimensions, position, places: new Int32Array(0) };
    this.terms.push(term);
    return term;
  }

  /** Numbers that entries have, for each instance. */
  spread(out: Register, values: Float64Array, n: number): void {
    if (this.terms.length === 0) out.values.set(values.subarray(0, n));
    else for (let i = 0; i < n; i++) out.values[i] = values[this.entry[i] as number] as number;
  }

  /** A column with one number for each entry. */
  load(out: Register, leaf: Leaf, n: number): void {
    const values = leaf.values as Exclude<Leaf["values"], readonly string[]>;
    const { from } = this.context;
    if (this.terms.length === 0) loadNumbers(out.values, values, from, n);
    else
      for (let i = 0; i < n; i++) out.values[i] = Number(values[from + (this.entry[i] as number)]);
  }

  /** Finds the instances of the block, runs the program, and says how many instances there are. */
  run(): number {
    const n = this.terms.length === 0 ? this.context.size : this.#findInstances();
    this.program.run(n);
    return n;
  }

  #findInstances(): number {
    const { from, size, leaves } = this.context;
    const walks = this.terms.map((term) => new Walk(term, leaves.get(term.column) as Leaf));
    const depth = Math.max(...this.terms.map(({ dimensions }) => dimensions));
    const entry: number[] = [];
    const iteration: number[] = [];
    const offsets = new Int32Array(size + 1);
    for (let i = 0; i < size; i++) {
      const before = entry.length;
      const instance = (): void => {
        entry.push(i);
        iteration.push(entry.length - 1 - before);
      };
      runTogether(
        walks,
        walks.map(() => from + i),
        0,
        depth,
        instance,
      );
      offsets[i + 1] = entry.length;
    }
    this.entry = Int32Array.from(entry);
    this.iteration = Int32Array.from(iteration);
    this.offsets = offsets;
    for (const walk of walks) walk.term.places = Int32Array.from(walk.places);
    return entry.length;
  }
}

/** The way of a term through the levels of its column. */
class Walk {
  readonly term: Term;
  readonly places: number[] = [];
  /** For each dimension that runs, the levels with an index before it, and its own; at last those behind all. */
  readonly #before: { level: Level; index: number }[][] = [[]];
  readonly #running: Level[] = [];

  constructor(term: Term, leaf: Leaf) {
    this.term = term;
    for (const [i, level] of leaf.levels.entries()) {
      const index = term.indices[i] as number | null;
      if (index !== null) this.#before.at(-1)?.push({ level, index });
      else {
        this.#running.push(level);
        this.#before.push([]);
      }
    }
  }

  /** The place behind the indices before a dimension; -1 where one is out of range. */
  advance(place: number, dimension: number): number {
    let at = place;
    for (const { level, index } of this.#before[dimension] ?? []) {
      const begin = beginOf(level, at);
      if (index >= beginOf(level, at + 1) - begin) return -1;
      at = begin + index;
    }
    return at;
  }

  /** Where the items of a dimension begin and how many there are; infinitely many of what has no such dimension. */
  range(place: number, dimension: number): readonly [begin: number, count: number] {
    const level = this.#running[dimension];
    if (level === undefined) return [place, Number.POSITIVE_INFINITY];
    const begin = beginOf(level, place);
    return [begin, beginOf(level, place + 1) - begin];
  }

  step(begin: number, i: number, dimension: number): number {
    return dimension < this.#running.length ? begin + i : begin;
  }
}

/** Where the items of a list begin. */
export function beginOf(level: Level, place: number): number {
  return "offsets" in level ? (level.offsets[place] as number) : place * level.length;
}

function runTogether(
  walks: readonly Walk[],
  places: readonly number[],
  dimension: number,
  depth: number,
  instance: () => void,
): void {
  const behind = walks.map((walk, k) => walk.advance(places[k] as number, dimension));
  if (behind.includes(-1)) return;
  if (dimension === depth) {
    for (const [k, walk] of walks.entries()) walk.places.push(behind[k] as number);
    instance();
    return;
  }
  const ranges = walks.map((walk, k) => walk.range(behind[k] as number, dimension));
  const count = Math.min(...ranges.map(([, items]) => items));
  for (let i = 0; i < count; i++) {
    const next = walks.map((walk, k) => walk.step(ranges[k]?.[0] as number, i, dimension));
    runTogether(walks, next, dimension + 1, depth, instance);
  }
}
