/**
 * Filling in worker threads: what goes to a thread, what comes back, and what a thread does.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { RootFile, RootTable } from "../formats/index.ts";
import {
  type CompiledFills,
  compileFills,
  type ExpressionStyle,
  type Fill,
  type Filled,
  fillRange,
} from "../templates/index.ts";
import { openRootFile } from "./root-file.ts";

/** A table, and everything that is to be filled from it. */
export interface TableFills {
  readonly path: string;
  readonly table: string;
  readonly style: ExpressionStyle;
  readonly fills: readonly Fill[];
}

/** A range of entries of a table. */
export interface FillTask {
  /** Index into the tables that all threads know. */
  readonly table: number;
  readonly start: number;
  readonly stop: number;
}

/** Says what there is to fill, then asks for ranges of it. */
export type FillRequest =
  | { readonly kind: "tables"; readonly tables: readonly TableFills[] }
  | { readonly kind: "fill"; readonly id: number; readonly task: FillTask };

/** The answer to a range. */
export type FillReply =
  | { readonly kind: "filled"; readonly id: number; readonly filled: Filled }
  | { readonly kind: "failed"; readonly id: number; readonly error: FailedFill };

/** An error as plain data. */
export interface FailedFill {
  readonly message: string;
  /** Null for what is a bug. */
  readonly known: Pick<NextstatError, "kind" | "problem" | "location" | "hint"> | null;
}

/** What a thread holds open: the table of its last task. */
export interface OpenFills {
  readonly file: RootFile;
  readonly table: RootTable;
  readonly compiled: CompiledFills;
}

/**
 * Opens a table and compiles what is to be filled from it.
 *
 * @throws NextstatError `input` for files, tables and expressions that cannot be used
 */
export async function openFills({ path, table, style, fills }: TableFills): Promise<OpenFills> {
  const file = await openRootFile(path);
  try {
    const opened = await file.table(table);
    return { file, table: opened, compiled: compileFills(fills, style, opened.columns) };
  } catch (error) {
    await file.close();
    throw error instanceof NextstatError ? error.at({ file: path }) : error;
  }
}

/** Does tasks one after the other, keeping the last table open. */
export function fillRunner(tables: readonly TableFills[]): {
  run(task: FillTask): Promise<Filled>;
  close(): Promise<void>;
} {
  let open: { readonly index: number; readonly fills: OpenFills } | null = null;
  const close = async (): Promise<void> => {
    await open?.fills.file.close();
    open = null;
  };
  return {
    async run({ table: index, start, stop }) {
      if (open?.index !== index) {
        await close();
        open = { index, fills: await openFills(tables[index] as TableFills) };
      }
      const { table, compiled } = open.fills;
      return await fillRange(table, compiled, start, stop);
    },
    close,
  };
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
