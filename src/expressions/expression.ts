/**
 * Compiling an expression.
 *
 * @module
 */

import type { Column, TableColumn } from "../columns/index.ts";
import { NextstatError, suggestName } from "../errors.ts";
import { describeLeaf, type Leaf, leafOf } from "./leaves.ts";
import { NUMPY_OPERANDS, NumpyProgram } from "./numpy.ts";
import { parsePython } from "./parse-python.ts";
import { parseRoot } from "./parse-root.ts";
import { ROOT_OPERANDS, RootProgram } from "./root.ts";
import { type Node, Source } from "./syntax.ts";
import type { Values } from "./values.ts";

/**
 * Whose meaning a text has: TTreeFormula's (`root`), uproot's (`python`), or that of pandas' `DataFrame.query` (`pandas`). Numbers
 * are doubles in `root`; in the others they have NumPy's types, so that what is computed of `float` stays `float`.
 */
export type ExpressionStyle = "root" | "python" | "pandas";

export interface CompileOptions {
  readonly style: ExpressionStyle;
  /** Columns that there are. */
  readonly columns: readonly TableColumn[];
  /** Where the text stands, for errors. */
  readonly origin?: string;
}

/** A text that was understood. */
export interface Expression {
  readonly text: string;
  /** Names of the columns that it needs. */
  readonly columns: readonly string[];
  /**
   * The numbers of a chunk. Integers of 64 bits count as the nearest double.
   *
   * @param columns at least those that are needed
   * @param entries of the chunk
   * @param firstEntry its first entry in the table, from which Entry$ counts
   * @throws NextstatError `input` where the types of the columns do not fit
   */
  evaluate(columns: Readonly<Record<string, Column>>, entries: number, firstEntry: number): Values;
}

/** @throws NextstatError `input` with the place in the text */
export function compileExpression(text: string, options: CompileOptions): Expression {
  const { style } = options;
  const source = new Source(text, options.origin);
  const node = style === "root" ? parseRoot(source) : parsePython(source, style);
  const names = new Names(source, options);
  names.check(node);
  const columns = [...new Set(names.meanings.values())];
  const nameOf = (name: string): string => names.meanings.get(name) as string;
  let signature = "";
  let program: RootProgram | NumpyProgram | undefined;
  return {
    text,
    columns,
    evaluate: (given, entries, firstEntry) => {
      const leaves = new Map<string, Leaf>();
      for (const name of columns) {
        const column = Object.hasOwn(given, name) ? given[name] : undefined;
        if (column === undefined) {
          throw new NextstatError("usage", `the columns to evaluate "${text}" lack "${name}"`);
        }
        leaves.set(name, leafOf(name, column));
      }
      const found = [...leaves.values()].map(describeLeaf).join();
      if (program === undefined || found !== signature) {
        signature = found;
        const Compiled = style === "root" ? RootProgram : NumpyProgram;
        program = new Compiled(node, source, nameOf, leaves);
      }
      return program.evaluate(leaves, entries, firstEntry);
    },
  };
}

/** Finds out what the names of an expression mean. */
class Names {
  /** The column that each name means. */
  readonly meanings = new Map<string, string>();
  readonly #source: Source;
  readonly #columns: ReadonlyMap<string, TableColumn>;
  readonly #isRoot: boolean;

  constructor(source: Source, { style, columns }: CompileOptions) {
    this.#source = source;
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.#isRoot = style === "root";
  }

  check(node: Node): void {
    switch (node.kind) {
      case "column":
        if (!this.meanings.has(node.name)) {
          this.meanings.set(node.name, this.#find(node.name, node.position));
        }
        for (const index of node.indices) if (index !== null) this.check(index);
        break;
      case "unary":
        this.check(node.operand);
        break;
      case "binary":
        this.check(node.left);
        this.check(node.right);
        break;
      case "conditional":
        this.check(node.condition);
        this.check(node.yes);
        this.check(node.no);
        break;
      case "call":
        this.#checkCall(node);
        for (const operand of node.operands) this.check(operand);
        break;
      case "list":
        for (const item of node.items) this.check(item);
        break;
      default:
    }
  }

  #checkCall({ name, operands, position }: Extract<Node, { kind: "call" }>): void {
    const functions = this.#isRoot ? ROOT_OPERANDS : NUMPY_OPERANDS;
    const counts = functions.get(name);
    if (counts === undefined) {
      const known = [...functions.keys()].filter((key) => !key.startsWith("@"));
      throw this.#source.error(
        `there is no function "${name}"`,
        position,
        suggestName(name, known),
      );
    }
    const [least, most] = counts;
    if (operands.length >= least && operands.length <= most) return;
    const wanted = least === most ? `${least}` : `${least} or ${most}`;
    throw this.#source.error(
      `${name} has ${operands.length} operand${operands.length === 1 ? "" : "s"}`,
      position,
      `it takes ${wanted}`,
    );
  }

  #find(name: string, position: number): string {
    const column = this.#columns.get(name) ?? this.#findLeaf(name, position);
    if (column === undefined) {
      const isFunction = (this.#isRoot ? ROOT_OPERANDS : NUMPY_OPERANDS).has(name);
      const hint = isFunction
        ? `call the function: ${name}(...)`
        : suggestName(name, [...this.#columns.keys()]);
      throw this.#source.error(`there is no column "${name}"`, position, hint);
    }
    if (column.unreadable !== null) {
      throw this.#source.error(
        `column "${column.name}" cannot be read`,
        position,
        column.unreadable,
      );
    }
    return column.name;
  }

  /** ROOT takes the name of a leaf without that of its branch. */
  #findLeaf(name: string, position: number): TableColumn | undefined {
    if (!this.#isRoot) return undefined;
    const found = [...this.#columns.values()].filter((column) => column.name.endsWith(`.${name}`));
    if (found.length > 1) {
      const which = found.map((column) => `"${column.name}"`).join(" or ");
      throw this.#source.error(`"${name}" can be several columns`, position, `write ${which}`);
    }
    return found[0];
  }
}
