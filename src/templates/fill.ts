/**
 * Filling of templates from one table: every column is read once, every distinct expression evaluated once per chunk, and
 * every distinct combination of selection and axis looked up once, for all the templates that use it.
 *
 * Sums run in the order of the entries, file after file, so that they depend on neither chunks nor threads, and are
 * boost-histogram's to the last bit: smoothing makes a visible difference of one. Events whose variable or weight is no
 * finite number are left out and counted; an infinite variable is outside of every axis.
 *
 * @module
 */

import type { Column, Table, TableColumn } from "../columns/index.ts";
import {
  compileExpression,
  type Expression,
  instance,
  instancesOf,
  type Values,
} from "../expressions/index.ts";
import { type Axis, type BinFinder, binFinder, NOT_A_NUMBER } from "./bins.ts";
import type { ExpressionStyle, PlannedExpression } from "./plan.ts";

/** A template to be filled from a table; plain data, which goes to worker threads. */
export interface Fill {
  readonly axis: Axis;
  readonly variable: PlannedExpression;
  readonly selection: PlannedExpression | null;
  readonly weights: readonly PlannedExpression[];
}

/** Templates being filled. */
export interface Filled {
  /** [sum of the bins of all templates] sums of weights, template by template. */
  readonly values: Float64Array;
  /** In the same order, sums of squared weights. */
  readonly variances: Float64Array;
  /** [templates] events left out because the variable or the weight is not a finite number. */
  readonly unusable: Float64Array;
}

/** Fills of a table, compiled for its columns. */
export interface CompiledFills {
  /** Columns that are needed. */
  readonly columns: readonly string[];
  /** @param firstEntry of the chunk in the table */
  add(
    columns: Readonly<Record<string, Column>>,
    entries: number,
    firstEntry: number,
    to: Filled,
  ): void;
}

/** Entries evaluated together: intermediate results stay in the processor's caches. */
const CHUNK_ENTRIES = 1 << 15;

/** Empty templates. */
export function emptyFilled(fills: readonly Fill[]): Filled {
  const cells = fills.reduce((sum, { axis }) => sum + axis.edges.length - 1, 0);
  return {
    values: new Float64Array(cells),
    variances: new Float64Array(cells),
    unusable: new Float64Array(fills.length),
  };
}

/**
 * Fills from all entries of a table.
 *
 * @param afterChunk told the number of entries of each chunk
 * @throws NextstatError `input` where the file is damaged
 */
export async function fillTable(
  table: Table,
  fills: CompiledFills,
  to: Filled,
  afterChunk: (entries: number) => void | Promise<void>,
): Promise<void> {
  if (fills.columns.length === 0) {
    // Constants only: nothing is read, and the entries still count.
    for (let at = 0; at < table.entries; at += CHUNK_ENTRIES) {
      const entries = Math.min(CHUNK_ENTRIES, table.entries - at);
      fills.add({}, entries, at, to);
      await afterChunk(entries);
    }
    return;
  }
  for await (const chunk of table.chunks(fills.columns, { chunkEntries: CHUNK_ENTRIES })) {
    const entries = chunk.stop - chunk.start;
    fills.add(chunk.columns, entries, chunk.start, to);
    await afterChunk(entries);
  }
}

/** Where events of a selection fall on an axis. */
interface Place {
  readonly variable: number;
  /** Index of an expression, or -1. */
  readonly selection: number;
  readonly find: BinFinder;
}

interface Target {
  /** Index of the template. */
  readonly template: number;
  readonly place: number;
  readonly weight: number;
  /** Of the first bin among all cells. */
  readonly offset: number;
}

/**
 * Compiles the expressions of some of the fills.
 *
 * @param chosen which are filled from this table
 * @param columns of the table
 * @throws NextstatError `input` for expressions that cannot be read or name columns that are not there
 */
export function compileFills(
  fills: readonly Fill[],
  chosen: readonly number[],
  style: ExpressionStyle,
  columns: readonly TableColumn[],
): CompiledFills {
  const expressions: Expression[] = [];
  const places: Place[] = [];
  const weights: (readonly number[])[] = [];
  const index = new Map<string, number>();
  const once = <T>(list: T[], key: string, make: () => T): number => {
    const known = index.get(key);
    if (known !== undefined) return known;
    index.set(key, list.push(make()) - 1);
    return list.length - 1;
  };
  const expression = ({ text, origin }: PlannedExpression): number =>
    once(expressions, `expression ${text}`, () =>
      compileExpression(text, { style, columns, origin }),
    );
  const offsets = offsetsOf(fills);
  const targets = chosen.map((template): Target => {
    const fill = fills[template] as Fill;
    const { axis } = fill;
    const variable = expression(fill.variable);
    const selection = fill.selection === null ? -1 : expression(fill.selection);
    const factors = fill.weights.map(expression);
    // A selection of ROOT is a factor of the weight: "(nJets > 3) * 2" counts twice.
    if (style === "root" && selection >= 0) factors.unshift(selection);
    const { edges, isUniform, mergeOutside } = axis;
    const key = JSON.stringify([variable, selection, isUniform, mergeOutside, edges]);
    const place = once(places, `place ${key}`, () => ({
      variable,
      selection,
      find: binFinder(axis),
    }));
    const weight = once(weights, `weight ${factors.join()}`, () => factors);
    return { template, place, weight, offset: offsets[template] as number };
  });
  const needed = new Set(expressions.flatMap((e) => e.columns));
  return {
    columns: [...needed],
    add(chunk, entries, firstEntry, to) {
      const values = expressions.map((e) => e.evaluate(chunk, entries, firstEntry));
      const steps = { values, entries, places, weights, targets };
      if (values.every(({ offsets }) => offsets === null)) addScalars(steps, to);
      else addInstances(steps, to);
    },
  };
}

/** [templates + 1] where the bins of each begin among all cells. */
export function offsetsOf(fills: readonly Fill[]): readonly number[] {
  const offsets = [0];
  for (const { axis } of fills) offsets.push((offsets.at(-1) as number) + axis.edges.length - 1);
  return offsets;
}

/** The expressions of a chunk evaluated, and what is to be made of them. */
interface Steps {
  readonly values: readonly Values[];
  readonly entries: number;
  readonly places: readonly Place[];
  readonly weights: readonly (readonly number[])[];
  readonly targets: readonly Target[];
}

/** Every expression has one value for each entry. */
function addScalars({ values, entries, places, weights, targets }: Steps, to: Filled): void {
  const arrays = values.map((v) => v.values);
  const located = places.map((place) => locate(place, arrays, entries));
  const products = weights.map((factors) => product(factors, arrays, entries));
  for (const { template: t, place, weight, offset } of targets) {
    const { selected, bins, count, unusable } = located[place] as Located;
    const { values: w, allFinite } = products[weight] as Product;
    to.unusable[t] = (to.unusable[t] as number) + unusable;
    if (!allFinite) {
      addFinite(located[place] as Located, w, offset, t, to);
      continue;
    }
    for (let i = 0; i < count; i++) {
      const value = w[selected[i] as number] as number;
      const cell = offset + (bins[i] as number);
      to.values[cell] = (to.values[cell] as number) + value;
      to.variances[cell] = (to.variances[cell] as number) + value * value;
    }
  }
}

/** As the loop of {@link addScalars}, where some weight is not finite. */
function addFinite(
  { selected, bins, count }: Located,
  weights: Float64Array,
  offset: number,
  target: number,
  to: Filled,
): void {
  for (let i = 0; i < count; i++) {
    const value = weights[selected[i] as number] as number;
    if (!Number.isFinite(value)) {
      to.unusable[target] = (to.unusable[target] as number) + 1;
      continue;
    }
    const cell = offset + (bins[i] as number);
    to.values[cell] = (to.values[cell] as number) + value;
    to.variances[cell] = (to.variances[cell] as number) + value * value;
  }
}

interface Located {
  /** [count] entries that are selected and on the axis. */
  readonly selected: Int32Array;
  /** [count] their bins. */
  readonly bins: Int32Array;
  readonly count: number;
  /** Selected, but the variable is not a number. */
  readonly unusable: number;
}

function locate(place: Place, arrays: readonly Float64Array[], entries: number): Located {
  const { find, variable, selection } = place;
  const x = arrays[variable] as Float64Array;
  const mask = arrays[selection];
  const selected = new Int32Array(entries);
  const bins = new Int32Array(entries);
  let count = 0;
  let unusable = 0;
  for (let i = 0; i < entries; i++) {
    // A selection that is not a number is no selection.
    if (mask !== undefined && !(mask[i] as number)) continue;
    const bin = find(x[i] as number);
    if (bin >= 0) {
      selected[count] = i;
      bins[count] = bin;
      count++;
    } else if (bin === NOT_A_NUMBER) unusable++;
  }
  return { selected, bins, count, unusable };
}

interface Product {
  readonly values: Float64Array;
  readonly allFinite: boolean;
}

/** Weights of all entries: factors multiplied in their order, 1 without any. */
function product(
  factors: readonly number[],
  arrays: readonly Float64Array[],
  entries: number,
): Product {
  const [first, ...rest] = factors.map((f) => arrays[f] as Float64Array);
  if (first === undefined) return { values: new Float64Array(entries).fill(1), allFinite: true };
  const values = rest.length === 0 ? first : first.slice();
  for (const factor of rest) {
    for (let i = 0; i < entries; i++) values[i] = (values[i] as number) * (factor[i] as number);
  }
  let allFinite = true;
  for (let i = 0; i < entries; i++) allFinite &&= Number.isFinite(values[i]);
  return { values, allFinite };
}

/** Some expressions have several instances per event, which go together as in TTree::Draw. */
function addInstances({ values, entries, places, weights, targets }: Steps, to: Filled): void {
  for (const target of targets) {
    const t = target.template;
    const { variable, selection, find } = places[target.place] as Place;
    const factors = (weights[target.weight] as readonly number[]).map((f) => values[f] as Values);
    const x = values[variable] as Values;
    const mask = values[selection];
    const involved = [x, ...factors, ...(mask === undefined ? [] : [mask])];
    for (let entry = 0; entry < entries; entry++) {
      const count = instancesOf(involved, entry);
      for (let i = 0; i < count; i++) {
        if (mask !== undefined && !instance(mask, entry, i)) continue;
        const bin = find(instance(x, entry, i));
        if (bin < 0 && bin !== NOT_A_NUMBER) continue;
        const weight = factors.reduce((w, factor) => w * instance(factor, entry, i), 1);
        if (bin === NOT_A_NUMBER || !Number.isFinite(weight)) {
          to.unusable[t] = (to.unusable[t] as number) + 1;
          continue;
        }
        const cell = target.offset + bin;
        to.values[cell] = (to.values[cell] as number) + weight;
        to.variances[cell] = (to.variances[cell] as number) + weight * weight;
      }
    }
  }
}
