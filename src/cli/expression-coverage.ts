/**
 * Which expressions of a configuration can be evaluated, and what they need.
 *
 * @module
 */

import type { TableColumn } from "../columns/index.ts";
import { NextstatError } from "../errors.ts";
import { compileExpression, type ExpressionStyle } from "../expressions/index.ts";
import type { Configuration } from "../node/build-workspace.ts";
import { withTable } from "../node/fill-tasks.ts";
import { findFiles } from "../node/find-files.ts";
import type { ExpressionUse } from "../templates/index.ts";

/** An expression, and whether its table has what it needs. */
export interface ExpressionCoverage {
  readonly key: string;
  readonly role: ExpressionUse["role"];
  /** Empty: everywhere. */
  readonly ctx_region: string;
  readonly ctx_sample: string;
  readonly line: number;
  readonly expr: string;
  readonly ok: boolean;
  /** Why not; null where it can. */
  readonly error: string | null;
  readonly required_branches: readonly string[];
  /** Made of several settings. */
  readonly derived: boolean;
}

/** Compiles each expression against the first table that it is for. @param folder that names of files are relative to */
export async function expressionCoverage(
  { plan, expressions }: Configuration,
  folder: string,
): Promise<ExpressionCoverage[]> {
  const tables = new Map<string, Promise<readonly TableColumn[]>>();
  const entries: ExpressionCoverage[] = [];
  for (const use of expressions) {
    const { key, role, region, sample, line, text, derived, table } = use;
    const origin = `line ${line}: ${key}`;
    const id = JSON.stringify([table.path, table.table]);
    const columns = tables.get(id) ?? columnsOf(table, folder, origin);
    tables.set(id, columns);
    const checked = await checkedExpression(text, plan.style, origin, columns);
    entries.push({
      key,
      role,
      ctx_region: region,
      ctx_sample: sample,
      line,
      expr: text,
      ...checked,
      derived,
    });
  }
  return entries;
}

async function checkedExpression(
  text: string,
  style: ExpressionStyle,
  origin: string,
  columns: Promise<readonly TableColumn[]>,
): Promise<Pick<ExpressionCoverage, "ok" | "error" | "required_branches">> {
  try {
    const compiled = compileExpression(text, { style, columns: await columns, origin });
    return { ok: true, error: null, required_branches: compiled.columns };
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    return { ok: false, error: error.message, required_branches: [] };
  }
}

async function columnsOf(
  { path, table }: ExpressionUse["table"],
  folder: string,
  origin: string,
): Promise<readonly TableColumn[]> {
  const [first] = findFiles(folder, path, origin);
  return await withTable({ path: first as string, table, origin }, ({ columns }) => columns);
}
