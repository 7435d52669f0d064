/**
 * Filling of templates from one table: every column is read once, every distinct expression evaluated once per chunk, and
 * every distinct combination of selection and axis looked up once, for all the templates that use it.
 *
 * Sums run in the order of the entries, so that they do not depend on chunks. Events whose variable or weight is no
 * finite number are left out and counted; an infinite variable is outside of every axis.
 *
 * @module
 */

import type { Column, Table, TableColumn } from "../columns/index.ts";
import { compileExpression, type Expression, type Values } from "../expressions/index.ts";
import { type Axis, type BinFinder, binFinder, NOT_A_NUMBER } from "./bins.ts";
import type { ExpressionStyle, PlannedExpression } from "./plan.ts";

/** A template to be filled from a table; plain data, which goes to worker threads. */
export interface Fill {
  readonly axis: Axis;
  readonly variable: PlannedExpression;
  readonly selection: PlannedExpression | null;
  readonly weights: readonly PlannedExpression[];
}

/** What a range of entries adds to templates. */
export interface Filled {
  /** [sum of the bins of all templates] sums of weights, template by template. */
  readonly values: Float64Array;
  /** In the same order, sums of squared weights. */
  readonly variances: Float64Array;
  /** [templates] events left out because the variable or the weight is not a finite number. */
  readonly unusable: Float64Array;
}

/** The fills of a table, compiled for its columns. */
export interface CompiledFills {
  /** Columns that are needed. */
  readonly columns: readonly string[];
  /** Length of {@link Filled.values}. */
  readonly cells: number;
  readonly templates: number;
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

/**
 * Fills from a range of entries.
 *
 * @throws NextstatError `input` where the file is damaged
 */
export async function fillRange(
  table: Table,
  fills: CompiledFills,
  start: number,
  stop: number,
): Promise<Filled> {
  const filled = emptyFilled(fills);
  if (fills.columns.length === 0) {
    // Constants only: nothing is read, and the entries still count.
    for (let at = start; at < stop; at += CHUNK_ENTRIES) {
      fills.add({}, Math.min(CHUNK_ENTRIES, stop - at), at, filled);
    }
    return filled;
  }
  const options = { start, stop, chunkEntries: CHUNK_ENTRIES };
  for await (const chunk of table.chunks(fills.columns, options)) {
    fills.add(chunk.columns, chunk.stop - chunk.start, chunk.start, filled);
  }
  return filled;
}

/** Nothing filled yet. */
export function emptyFilled(fills: Pick<CompiledFills, "cells" | "templates">): Filled {
  return {
    values: new Float64Array(fills.cells),
    variances: new Float64Array(fills.cells),
    unusable: new Float64Array(fills.templates),
  };
}

/** Adds what another range gave. */
export function addFilled(to: Filled, more: Filled): void {
  for (const name of ["values", "variances", "unusable"] as const) {
    const [sum, part] = [to[name], more[name]];
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (part[i] as number);
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
  readonly place: number;
  readonly weight: number;
  /** Of the first bin among all cells. */
  readonly offset: number;
}

/**
 * Compiles the expressions of fills.
 *
 * @param columns of the table
 * @throws NextstatError `input` for expressions that cannot be read or name columns that are not there
 */
export function compileFills(
  fills: readonly Fill[],
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
  let cells = 0;
  const targets = fills.map((fill): Target => {
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
    const offset = cells;
    cells += edges.length - 1;
    return { place, weight, offset };
  });
  const needed = new Set(expressions.flatMap((e) => e.columns));
  return {
    columns: [...needed],
    cells,
    templates: fills.length,
    add(chunk, entries, firstEntry, to) {
      const values = expressions.map((e) => e.evaluate(chunk, entries, firstEntry));
      const steps = { values, entries, places, weights, targets };
      if (values.every(({ offsets }) => offsets === null)) addScalars(steps, to);
      else addInstances(steps, to);
    },
  };
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
  for (const [t, { place, weight, offset }] of targets.entries()) {
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

/**
 * Some expressions have several instances per event, which go together: an event has as many as the shortest of those of a
 * template, and what has one value is repeated, as in TTree::Draw.
 */
function addInstances({ values, entries, places, weights, targets }: Steps, to: Filled): void {
  for (const [t, target] of targets.entries()) {
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

/** None where one of them has none; as many as the shortest list has, or one. */
function instancesOf(involved: readonly Values[], entry: number): number {
  let count = Number.POSITIVE_INFINITY;
  for (const { offsets, single } of involved) {
    if (offsets === null) continue;
    const length = (offsets[entry + 1] as number) - (offsets[entry] as number);
    if (length === 0) return 0;
    if (!single) count = Math.min(count, length);
  }
  return Number.isFinite(count) ? count : 1;
}

function instance({ values, offsets, single }: Values, entry: number, i: number): number {
  if (offsets === null) return values[entry] as number;
  return values[(offsets[entry] as number) + (single ? 0 : i)] as number;
}
