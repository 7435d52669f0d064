/**
 * TTree: what it says of its branches, and which baskets hold which entries.
 *
 * @module
 */

import { bytesOf, type NumericArray } from "../../columns/numbers.ts";
import type { TableColumn } from "../../columns/table.ts";
import type { ColumnSource, Part, TableParts } from "../tables/table.ts";
import { type Basket, type EmbeddedBasket, readBasket } from "./basket.ts";
import { type BranchColumn, branchColumns, type Layout } from "./branch-layout.ts";
import { makeDecoder } from "./branch-values.ts";
import { damaged, type Origin, printable, unreadable } from "./byte-reader.ts";
import type { OpenFile } from "./keys.ts";
import {
  arrayMember,
  isObject,
  itemsMember,
  numberMember,
  type RootObject,
  textMember,
} from "./objects.ts";
import type { ClassInfos } from "./streamer-info.ts";

/** Where the entries of a branch are. */
interface BasketTable {
  /** One for each basket that is a record of its own. */
  readonly parts: readonly Part[];
  /** Those inside the tree, after the others. */
  readonly embedded: readonly Basket[];
  /** [baskets + 1] first entry of each, and the number of entries. */
  readonly firstEntries: readonly number[];
  /** Unpacked, in bytes, as claimed. */
  readonly totalBytes: number;
}

/**
 * The tree that a decoded object is.
 *
 * @throws NextstatError `input` where it lacks what a tree has
 */
export function readTree(
  object: RootObject,
  infos: ClassInfos,
  file: OpenFile,
  origin: Origin,
  path: string,
): TableParts {
  const entries = numberMember(object, "fEntries");
  if (entries === undefined || !isObject(object.members.fBranches)) {
    throw unreadable(
      origin,
      `the branches of the ${object.className} cannot be found`,
      "the file lacks the description of the class, or is damaged",
    );
  }
  if (!(Number.isSafeInteger(entries) && entries >= 0)) {
    throw damaged(origin, `the tree claims ${entries} entries`);
  }
  const columns: TableParts["columns"][number][] = [];
  const seen = new Set<RootObject>();
  /** By their leaves, those that may count the items of others. */
  const single = new Map<RootObject, () => ColumnSource>();
  addBranches(object, "");
  return { file, origin, path, entries, columns };

  function addBranches(parent: RootObject, prefix: string): void {
    for (const branch of itemsMember(parent, "fBranches")) {
      if (!isObject(branch)) continue;
      // References make it possible for a damaged file to have a branch inside itself.
      if (seen.has(branch)) throw damaged(origin, "a branch is there twice, or inside itself");
      seen.add(branch);
      const own = textMember(branch, "fName") ?? "";
      const name = `${prefix}${own.replace(/\.$/, "")}`;
      const [first, ...others] = branchColumns(branch, name, infos);
      for (const column of first === undefined ? [] : [first, ...others]) {
        columns.push(makeColumn(column, branch));
      }
      const [leaf] = itemsMember(branch, "fLeaves");
      const last = columns.at(-1);
      if (first !== undefined && others.length === 0 && isObject(leaf) && last !== undefined) {
        single.set(leaf, last[1]);
      }
      addBranches(branch, `${name}/`);
    }
  }

  function makeColumn(column: BranchColumn, branch: RootObject): TableParts["columns"][number] {
    const { name, type, layout, counter } = column;
    if (typeof layout === "string") {
      return [
        { name, type, unreadable: layout },
        () => {
          throw new RangeError(layout);
        },
      ];
    }
    const info = { name, type, unreadable: null };
    const here = { ...origin, object: `${origin.object}, branch ${printable(name)}` };
    const open = (): ColumnSource => {
      const table = readBasketTable(branch, entries as number, here);
      const isShort =
        leavesOffsetsOut(branch) && counter !== undefined && counter !== leafOf(branch);
      const counts = isShort ? single.get(counter)?.() : undefined;
      return branchSource({ info, layout, table, file, origin: here, counts });
    };
    return [info, open];
  }
}

/** ROOT's option kGenerateOffsetMap: offsets of entries are left out where the counts of another branch give them. */
function leavesOffsetsOut(branch: RootObject): boolean {
  const features = branch.members.fIOFeatures;
  return isObject(features) && ((numberMember(features, "fIOBits") ?? 0) & 1) !== 0;
}

function leafOf(branch: RootObject): unknown {
  return itemsMember(branch, "fLeaves")[0];
}

/** Which baskets a branch has, checked against the number of entries of the tree. */
function readBasketTable(branch: RootObject, entries: number, origin: Origin): BasketTable {
  const elsewhere = textMember(branch, "fFileName") ?? "";
  if (elsewhere !== "") {
    throw unreadable(
      origin,
      `the branch is in another file, ${elsewhere}`,
      "merge the files into one (hadd)",
    );
  }
  const own = numberMember(branch, "fEntries");
  if (own !== entries) {
    throw damaged(
      origin,
      `the branch has ${own ?? "no number of"} entries, and the tree ${entries}`,
    );
  }
  const seek = Array.from(arrayMember(branch, "fBasketSeek") ?? [], Number);
  const bytes = Array.from(arrayMember(branch, "fBasketBytes") ?? [], Number);
  const first = Array.from(arrayMember(branch, "fBasketEntry") ?? [], Number);
  const written = numberMember(branch, "fWriteBasket") ?? 0;
  let count = 0;
  while (count < written && count < seek.length && (seek[count] as number) !== 0) count += 1;
  const parts = Array.from(
    { length: count },
    (_, i): Part => ({ offset: seek[i] as number, length: bytes[i] ?? 0 }),
  );
  const firstEntries = count === 0 ? [0] : first.slice(0, count + 1);
  const embedded: Basket[] = [];
  if (firstEntries[count] !== entries) {
    for (const item of itemsMember(branch, "fBaskets")) {
      const basket = (item as EmbeddedBasket | undefined)?.basket;
      if (basket === undefined || basket.nEntries === 0) continue;
      embedded.push(basket);
      firstEntries.push((firstEntries.at(-1) as number) + basket.nEntries);
    }
  }
  let previous = 0;
  for (const [i, entry] of firstEntries.entries()) {
    if (i === 0 ? entry !== 0 : entry < previous) {
      throw damaged(origin, `basket ${i} begins at entry ${entry}, after ${previous}`);
    }
    previous = entry;
  }
  if (previous !== entries || firstEntries.length !== count + embedded.length + 1) {
    throw damaged(origin, `the baskets hold ${previous} entries of ${entries}`);
  }
  return { parts, embedded, firstEntries, totalBytes: numberMember(branch, "fTotBytes") ?? 0 };
}

interface BranchParts {
  readonly info: TableColumn;
  readonly layout: Layout;
  readonly table: BasketTable;
  readonly file: OpenFile;
  readonly origin: Origin;
  /** The numbers of items, for baskets without offsets. */
  readonly counts: ColumnSource | undefined;
}

function branchSource({ info, layout, table, file, origin, counts }: BranchParts): ColumnSource {
  const { parts, embedded, firstEntries } = table;
  const entries = firstEntries.at(-1) as number;
  /** The basket at the end of the last reading, where the next one begins. */
  let kept: { readonly index: number; readonly basket: Basket } | undefined;
  /** Baskets with entries between two. */
  const overlapping = (start: number, stop: number): number[] => {
    const found: number[] = [];
    if (start >= stop) return found;
    for (let i = lastAtMost(firstEntries, start); i < firstEntries.length - 1; i++) {
      if ((firstEntries[i] as number) >= stop) break;
      if ((firstEntries[i + 1] as number) > (firstEntries[i] as number)) found.push(i);
    }
    return found;
  };
  /** First entry of the first, and last of the last: counts are needed of whole baskets. */
  const wholeBaskets = (start: number, stop: number): readonly [number, number] => {
    const indices = overlapping(start, stop);
    if (indices.length === 0) return [start, stop];
    const last = indices.at(-1) as number;
    return [firstEntries[indices[0] as number] as number, firstEntries[last + 1] as number];
  };
  return {
    info,
    bytesPerEntry: entries === 0 ? 0 : table.totalBytes / entries,
    parts(start, stop) {
      const own = overlapping(start, stop)
        .filter((index) => index < parts.length && index !== kept?.index)
        .map((index) => parts[index] as Part);
      return counts === undefined ? own : [...own, ...counts.parts(...wholeBaskets(start, stop))];
    },
    async decode(start, stop, bytes, budget) {
      const [firstCount, lastCount] = wholeBaskets(start, stop);
      const items = await counts?.decode(firstCount, lastCount, bytes, budget);
      const { swap } = file.codecs;
      const decoder = makeDecoder({ layout, entries: stop - start, budget, swap });
      for (const index of overlapping(start, stop)) {
        const first = firstEntries[index] as number;
        const count = (firstEntries[index + 1] as number) - first;
        const part = parts[index];
        const here = { ...origin, offset: part?.offset ?? origin.offset };
        let basket = kept?.index === index ? kept.basket : undefined;
        if (basket === undefined && part !== undefined) {
          basket = await readBasket(file, bytes(part).bytes, here);
        }
        basket ??= embedded[index - parts.length] as Basket;
        if (basket.nEntries !== count) {
          throw damaged(here, `a basket has ${basket.nEntries} entries instead of ${count}`);
        }
        if (basket.offsetsLeftOut && items?.kind === "numbers") {
          const own = items.values.subarray(first - firstCount, first - firstCount + count);
          basket = withOffsets(basket, own, layout, here);
        }
        const from = Math.max(0, start - first);
        const to = Math.min(count, stop - first);
        decoder.add({ basket, from, to, origin: here });
        kept = to < count ? { index, basket } : undefined;
      }
      return decoder.finish();
    },
  };
}

/** Offsets from the number of items of each entry. */
function withOffsets(basket: Basket, counts: NumericArray, layout: Layout, origin: Origin): Basket {
  const { item, shape } = layout;
  const bytes = item.kind === "number" ? bytesOf(item.type) : 0;
  const size = shape.reduce((total, length) => total * length, bytes);
  const offsets = new Int32Array(basket.nEntries + 1);
  let end = 0;
  for (let i = 0; i < basket.nEntries; i++) {
    const count = Number(counts[i]);
    end += count * size;
    if (!(count >= 0 && end <= basket.data.length)) {
      throw damaged(origin, `entry ${i} of a basket has ${count} items, which do not fit`);
    }
    offsets[i + 1] = end;
  }
  if (end !== basket.data.length) {
    throw damaged(origin, `a basket has ${basket.data.length} bytes for items of ${end}`);
  }
  return { ...basket, offsets };
}

/** The last index whose value is at most `limit`, by halving. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) <= limit) low = middle;
    else high = middle;
  }
  return low;
}
