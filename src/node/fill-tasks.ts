/**
 * Filling in worker threads: what goes to a thread, what comes back, and what a thread does.
 *
 * @module
 */

import type { Table } from "../columns/index.ts";
import { NextstatError } from "../errors.ts";
import {
  type CompiledFills,
  compileFills,
  type ExpressionStyle,
  emptyFilled,
  type Fill,
  type Filled,
  fillTable,
} from "../templates/index.ts";
import { withOrigin } from "./find-files.ts";
import { openTableFile } from "./table-file.ts";

/** A table, and which templates of its group are filled from it. */
export interface GroupTable {
  readonly path: string;
  readonly table: string;
  /** What of the configuration asks for it, for messages. */
  readonly origin: string;
  readonly chosen: readonly number[];
}

/** Templates and all the tables they are filled from, one after the other. No other group fills them. */
export interface FillGroup {
  readonly style: ExpressionStyle;
  readonly fills: readonly Fill[];
  readonly tables: readonly GroupTable[];
}

/** Asks for a group. */
export interface FillRequest {
  readonly group: FillGroup;
}

/** How far it is, then the result. */
export type FillReply =
  | { readonly kind: "progress"; readonly entries: number }
  | { readonly kind: "filled"; readonly filled: Filled }
  | { readonly kind: "failed"; readonly error: FailedFill };

/** An error as plain data. */
interface FailedFill {
  readonly message: string;
  /** Null for what is a bug. */
  readonly known: Pick<NextstatError, "kind" | "problem" | "location" | "hint"> | null;
}

/**
 * Opens a table, does something with it, and closes its file.
 *
 * @throws NextstatError `input` for files and tables that cannot be used
 */
export async function withTable<T>(
  { path, table, origin }: Omit<GroupTable, "chosen">,
  use: (table: Table) => T | Promise<T>,
): Promise<T> {
  // Where the name of a tree is empty, the file is one table.
  const opened = await openTableFile(path, table === "" ? undefined : table).catch((error) => {
    throw withOrigin(error, origin);
  });
  try {
    return await use(opened.table);
  } catch (error) {
    throw error instanceof NextstatError ? error.at({ file: path }) : error;
  } finally {
    await opened.close();
  }
}

/**
 * Compiles the fills of a group for one table after the other. Tables with the same columns, as the thousands of files of a
 * sample have, share what is compiled.
 */
export function compilerOf({
  style,
  fills,
}: FillGroup): (table: Table, chosen: readonly number[]) => CompiledFills {
  let last: { readonly key: string; readonly compiled: CompiledFills } | undefined;
  return ({ columns }, chosen) => {
    const key = JSON.stringify([chosen, columns]);
    if (last?.key !== key) last = { key, compiled: compileFills(fills, chosen, style, columns) };
    return last.compiled;
  };
}

/**
 * Fills the templates of a group.
 *
 * @param afterChunk told the number of entries of each chunk
 */
export async function fillGroup(
  group: FillGroup,
  afterChunk: (entries: number) => void | Promise<void>,
): Promise<Filled> {
  const filled = emptyFilled(group.fills);
  const compile = compilerOf(group);
  for (const { chosen, ...place } of group.tables) {
    await withTable(place, (table) => fillTable(table, compile(table, chosen), filled, afterChunk));
  }
  return filled;
}

/** An error for the way to another thread. */
export function failedFill(error: unknown): FailedFill {
  if (error instanceof NextstatError) {
    const { kind, problem, location, hint, message } = error;
    return { message, known: { kind, problem, location, hint } };
  }
  return { message: error instanceof Error ? error.message : String(error), known: null };
}

/** The error that another thread had. */
export function fillError({ message, known }: FailedFill): Error {
  if (known === null) return new Error(message);
  const { kind, problem, location, hint } = known;
  return new NextstatError(kind, problem, { location, hint });
}
