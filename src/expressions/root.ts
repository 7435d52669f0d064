/**
 * Expressions of ROOT over columns. Every number is a double, as in TTreeFormula.
 *
 * @module
 */

import type { NumericArray } from "../columns/index.ts";
import {
  add,
  and,
  type BinaryKernel,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  multiply,
  notEqual,
  or,
  subtract,
} from "./kernels.ts";
import type { Leaf } from "./leaves.ts";
import { BLOCK, type Register } from "./program.ts";
import { ROOT_FUNCTIONS, ROOT_OPERATORS } from "./root-functions.ts";
import { beginOf, type Context, Scope } from "./root-scope.ts";
import type { Node, Source } from "./syntax.ts";
import type { Values } from "./values.ts";

const KERNELS: Readonly<Record<string, BinaryKernel>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "<": less,
  ">": greater,
  "<=": lessEqual,
  ">=": greaterEqual,
  "==": equal,
  "!=": notEqual,
  "&&": and,
  "||": or,
};

/** Functions over all instances of their operands, or about them: how many operands, at least and at most. */
const COUNTS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["Sum$", [1, 1]],
  ["Min$", [1, 1]],
  ["Max$", [1, 1]],
  ["MinIf$", [2, 2]],
  ["MaxIf$", [2, 2]],
  ["Alt$", [2, 2]],
  ["Length$", [0, 1]],
  ["Entry$", [0, 0]],
  ["LocalEntry$", [0, 0]],
  ["Iteration$", [0, 0]],
  ["@size", [1, 1]],
]);

/** Functions by name, with how many operands they take. */
export const ROOT_OPERANDS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ...COUNTS,
  ...[...ROOT_FUNCTIONS].map(([name, { operands }]): [string, readonly [number, number]] => [
    name,
    operands,
  ]),
]);

/** An expression for columns of certain types. */
export class RootProgram {
  readonly #source: Source;
  readonly #nameOf: (name: string) => string;
  readonly #context: Context;
  readonly #scope: Scope;
  readonly #result: Register;

  /** @param nameOf the column that a name in the text means */
  constructor(
    node: Node,
    source: Source,
    nameOf: (name: string) => string,
    leaves: ReadonlyMap<string, Leaf>,
  ) {
    this.#source = source;
    this.#nameOf = nameOf;
    this.#context = { leaves, entries: 0, firstEntry: 0, from: 0, size: 0 };
    this.#scope = new Scope(this.#context);
    this.#result = this.#compile(node, this.#scope);
    this.#checkDimensions(this.#scope);
  }

  evaluate(leaves: ReadonlyMap<string, Leaf>, entries: number, firstEntry: number): Values {
    const context = this.#context;
    Object.assign(context, { leaves, entries, firstEntry });
    const scope = this.#scope;
    const plain = scope.terms.length === 0;
    const blocks: Float64Array[] = [];
    const whole = plain ? new Float64Array(entries) : null;
    const offsets = plain ? null : new Int32Array(entries + 1);
    let total = 0;
    for (let from = 0; from < entries; from += BLOCK) {
      context.from = from;
      context.size = Math.min(BLOCK, entries - from);
      const n = scope.run();
      const values = this.#result.values.subarray(0, n);
      if (whole !== null) whole.set(values, from);
      else blocks.push(values.slice());
      if (offsets !== null) {
        for (let i = 1; i <= context.size; i++) {
          offsets[from + i] = total + (scope.offsets[i] as number);
        }
      }
      total += n;
    }
    if (whole !== null) return { values: whole, offsets: null, single: true };
    const values = new Float64Array(total);
    let at = 0;
    for (const block of blocks) {
      values.set(block, at);
      at += block.length;
    }
    return { values, offsets, single: scope.single };
  }

  #leaf(name: string): Leaf {
    return this.#context.leaves.get(this.#nameOf(name)) as Leaf;
  }

  #compile(node: Node, scope: Scope): Register {
    const { program } = scope;
    switch (node.kind) {
      case "number":
        return program.constant(node.value);
      case "column":
        return this.#column(node, scope);
      case "unary": {
        const operand = this.#compile(node.operand, scope);
        if (node.operator === "+") return operand;
        if (node.operator === "-") return program.call("-", (x) => -x, [operand]);
        return program.call("!", (x) => (x === 0 ? 1 : 0), [operand]);
      }
      case "binary":
        return this.#binary(node, scope);
      case "conditional":
        return program.select(
          this.#compile(node.condition, scope),
          this.#compile(node.yes, scope),
          this.#compile(node.no, scope),
        );
      case "call":
        return this.#call(node, scope);
      default:
        throw this.#source.error(
          "a text stands where a number belongs",
          node.position,
          'texts can be compared only: name == "text"',
        );
    }
  }

  #binary(node: Extract<Node, { kind: "binary" }>, scope: Scope): Register {
    const { operator, left, right } = node;
    const { program } = scope;
    const comparison = this.#compareTexts(node, scope);
    if (comparison !== null) return comparison;
    const a = this.#compile(left, scope);
    if (operator === "^" && right.kind === "number" && right.value === 2) {
      return program.binary("*", multiply, a, a);
    }
    const b = this.#compile(right, scope);
    const kernel = KERNELS[operator];
    if (kernel !== undefined) return program.binary(operator, kernel, a, b);
    const f = ROOT_OPERATORS[operator] as (x: number, y: number) => number;
    return program.call(operator, f as (...operands: number[]) => number, [a, b]);
  }

  #compareTexts(node: Extract<Node, { kind: "binary" }>, scope: Scope): Register | null {
    const { operator, left, right } = node;
    if (left.kind !== "text" && right.kind !== "text") return null;
    const [text, other] = left.kind === "text" ? [left, right] : [right, left];
    if (text.kind !== "text") return null;
    const name = other.kind === "column" ? this.#nameOf(other.name) : "";
    if (other.kind !== "column" || this.#leaf(other.name).type !== "string") {
      throw this.#source.error(
        "a text is compared with what is none",
        other.position,
        "compare it with a column of texts",
      );
    }
    if (operator !== "==" && operator !== "!=") {
      throw this.#source.error(
        `"${operator}" of texts`,
        node.position,
        'texts can be compared with "==" and "!=" only',
      );
    }
    if (this.#leaf(other.name).levels.length > 0) {
      throw this.#source.error(
        `column "${name}" has several texts in each entry`,
        other.position,
        "only one text for each entry can be compared",
      );
    }
    const key = `text ${operator} ${JSON.stringify([name, text.value])}`;
    const hit = operator === "==" ? 1 : 0;
    return scope.program.step(key, (out) => (n) => {
      const { leaves, from } = this.#context;
      const values = leaves.get(name)?.values as readonly string[];
      for (let i = 0; i < n; i++) {
        const entry = scope.terms.length === 0 ? i : (scope.entry[i] as number);
        out.values[i] = values[from + entry] === text.value ? hit : 1 - hit;
      }
    });
  }

  #column(node: Extract<Node, { kind: "column" }>, scope: Scope): Register {
    const name = this.#nameOf(node.name);
    const { levels, type } = this.#leaf(node.name);
    if (type === "string") {
      throw this.#source.error(
        `column "${name}" is a text`,
        node.position,
        'texts can be compared only: name == "text"',
      );
    }
    if (levels.length === 0) {
      const beyond = node.indices.find((index) => index?.kind !== "number" || index.value !== 0);
      if (beyond !== undefined) {
        throw this.#source.error(
          `column "${name}" has one number for each entry`,
          node.position,
          "take out the index",
        );
      }
      return scope.program.step(`column ${name}`, (out) => (n) => {
        scope.load(out, this.#context.leaves.get(name) as Leaf, n);
      });
    }
    if (node.indices.length > levels.length) {
      throw this.#source.error(
        `column "${name}" has ${levels.length} dimension${levels.length > 1 ? "s" : ""}`,
        node.position,
        "take out an index",
      );
    }
    const indices = levels.map((_, i) => node.indices[i] ?? null);
    const isFixed = (index: Node): boolean => index.kind === "number" && index.integer;
    if (indices.some((index) => index !== null && !isFixed(index))) {
      return this.#indexed(node, indices, scope);
    }
    const numbers = indices.map((index, i) => {
      if (index?.kind !== "number") return null;
      const level = levels[i];
      const { value } = index;
      if (level !== undefined && "length" in level && value >= level.length) {
        throw this.#source.error(
          `index ${value} is out of range`,
          index.position,
          `"${name}" has ${level.length} items here, from 0 on`,
        );
      }
      return value;
    });
    const term = scope.term(name, numbers, node.position);
    return scope.program.step(`term ${name} ${numbers.join()}`, (out) => (n) => {
      const values = this.#context.leaves.get(name)?.values as NumericArray;
      const { places } = term;
      for (let i = 0; i < n; i++) out.values[i] = Number(values[places[i] as number]);
    });
  }

  /** A column whose index is computed: NaN where it is out of range, as in ROOT. */
  #indexed(
    node: Extract<Node, { kind: "column" }>,
    indices: readonly (Node | null)[],
    scope: Scope,
  ): Register {
    const name = this.#nameOf(node.name);
    const { levels } = this.#leaf(node.name);
    const registers = indices.map((index, i) => {
      if (index === null) {
        throw this.#source.error(
          `column "${name}" has computed and free dimensions`,
          node.position,
          "give an index to every dimension",
        );
      }
      if (this.#runs(index) && "length" in (levels[i] as object)) {
        throw this.#source.error(
          "the index of an array of fixed size runs over a list",
          index.position,
          "ROOT takes the first item only: use one number for each entry",
        );
      }
      return this.#compile(index, scope);
    });
    const key = `indexed ${name} ${registers.map(({ id }) => id).join()}`;
    return scope.program.step(key, (out) => (n) => {
      const leaf = this.#context.leaves.get(name) as Leaf;
      const values = leaf.values as NumericArray;
      for (let i = 0; i < n; i++) {
        let place =
          this.#context.from + (scope.terms.length === 0 ? i : (scope.entry[i] as number));
        for (const [k, level] of leaf.levels.entries()) {
          if (place < 0) break;
          const index = Math.trunc(registers[k]?.values[i] as number);
          const begin = beginOf(level, place);
          const inside = index >= 0 && index < beginOf(level, place + 1) - begin;
          place = inside ? begin + index : -1;
        }
        out.values[i] = place < 0 ? Number.NaN : Number(values[place]);
      }
    });
  }

  /** Whether a part has as many instances as some list has items. */
  #runs(node: Node): boolean {
    switch (node.kind) {
      case "column":
        return (
          this.#leaf(node.name).levels.some((_, i) => (node.indices[i] ?? null) === null) ||
          node.indices.some((index) => index !== null && this.#runs(index))
        );
      case "unary":
        return this.#runs(node.operand);
      case "binary":
        return this.#runs(node.left) || this.#runs(node.right);
      case "conditional":
        return this.#runs(node.condition) || this.#runs(node.yes) || this.#runs(node.no);
      case "call":
        return !COUNTS.has(node.name) && node.operands.some((operand) => this.#runs(operand));
      default:
        return false;
    }
  }

  #call(node: Extract<Node, { kind: "call" }>, scope: Scope): Register {
    const { name, operands } = node;
    const { program } = scope;
    const simple = ROOT_FUNCTIONS.get(name);
    if (simple !== undefined) {
      return program.call(
        name,
        simple.f,
        operands.map((operand) => this.#compile(operand, scope)),
      );
    }
    const context = this.#context;
    switch (name) {
      case "Entry$":
      case "LocalEntry$":
        return program.step("Entry$", (out) => (n) => {
          for (let i = 0; i < n; i++) {
            const entry = scope.terms.length === 0 ? i : (scope.entry[i] as number);
            out.values[i] = context.firstEntry + context.from + entry;
          }
        });
      case "Iteration$":
        return program.step("Iteration$", (out) => (n) => {
          if (scope.terms.length === 0) out.values.fill(0, 0, n);
          else out.values.set(scope.iteration);
        });
      case "@size":
        return this.#size(node, scope);
      case "Alt$":
        return this.#alternative(node, scope);
      default:
        if (operands.length === 0) {
          return program.step("Length$", (out) => (n) => {
            if (scope.terms.length === 0) out.values.fill(1, 0, n);
            for (let i = 0; i < n && scope.terms.length > 0; i++) {
              const entry = scope.entry[i] as number;
              out.values[i] =
                (scope.offsets[entry + 1] as number) - (scope.offsets[entry] as number);
            }
          });
        }
        return this.#reduce(node, scope);
    }
  }

  #size(node: Extract<Node, { kind: "call" }>, scope: Scope): Register {
    const column = node.operands[0] as Extract<Node, { kind: "column" }>;
    const name = this.#nameOf(column.name);
    const [outer] = this.#leaf(column.name).levels;
    if (outer === undefined) {
      throw this.#source.error(
        `column "${name}" is no list`,
        node.position,
        "only lists have a size",
      );
    }
    const context = this.#context;
    return scope.program.step(`@size ${name}`, (out) => (n) => {
      const level = context.leaves.get(name)?.levels[0] as typeof outer;
      for (let i = 0; i < n; i++) {
        const entry = context.from + (scope.terms.length === 0 ? i : (scope.entry[i] as number));
        out.values[i] = beginOf(level, entry + 1) - beginOf(level, entry);
      }
    });
  }

  /** One number for each entry from all its instances. */
  #reduce(node: Extract<Node, { kind: "call" }>, scope: Scope): Register {
    const inner = new Scope(this.#context);
    const registers = node.operands.map((operand) => this.#compile(operand, inner));
    this.#checkDimensions(inner);
    const [value, condition] = registers as [Register, Register | undefined];
    const byEntry = new Float64Array(BLOCK);
    const reduce = REDUCTIONS[node.name] as Reduction;
    return scope.program.step(writeKey(node), (out) => (n) => {
      inner.run();
      for (let i = 0; i < this.#context.size; i++) {
        const begin = inner.terms.length === 0 ? i : (inner.offsets[i] as number);
        const end = inner.terms.length === 0 ? i + 1 : (inner.offsets[i + 1] as number);
        byEntry[i] = reduce(value.values, condition?.values ?? null, begin, end);
      }
      scope.spread(out, byEntry, n);
    });
  }

  /** Alt$(a, b): b where a has no such instance. */
  #alternative(node: Extract<Node, { kind: "call" }>, scope: Scope): Register {
    const [wanted, otherwise] = node.operands as [Node, Node];
    const inner = new Scope(this.#context);
    const value = this.#compile(wanted, inner);
    this.#checkDimensions(inner);
    const before = scope.terms.length;
    const other = this.#compile(otherwise, scope);
    if (scope.terms.length > before || this.#runs(otherwise)) {
      throw this.#source.error(
        "the alternative of Alt$ is a list",
        otherwise.position,
        "give one number for each entry",
      );
    }
    return scope.program.step(writeKey(node), (out) => (n) => {
      inner.run();
      for (let i = 0; i < n; i++) {
        const plain = scope.terms.length === 0;
        const entry = plain ? i : (scope.entry[i] as number);
        const iteration = plain ? 0 : (scope.iteration[i] as number);
        const begin = inner.terms.length === 0 ? entry : (inner.offsets[entry] as number);
        const end = inner.terms.length === 0 ? entry + 1 : (inner.offsets[entry + 1] as number);
        const from = begin + iteration < end ? value.values[begin + iteration] : other.values[i];
        out.values[i] = from as number;
      }
    });
  }

  /** ROOT pairs an inner dimension with an outer one only where the outer one runs. */
  #checkDimensions(scope: Scope): void {
    const most = Math.max(0, ...scope.terms.map(({ dimensions }) => dimensions));
    for (const { indices, dimensions, position, column } of scope.terms) {
      if (dimensions === 0 || dimensions === most || indices[0] === null) continue;
      throw this.#source.error(
        `a part of "${column}" is next to what has more dimensions`,
        position,
        "ROOT does not pair them either: use the same number of free dimensions",
      );
    }
  }
}

type Reduction = (
  values: Float64Array,
  condition: Float64Array | null,
  begin: number,
  end: number,
) => number;

/** The extreme of the values that count, 0 where none does. */
function extreme(better: (x: number, y: number) => boolean): Reduction {
  return (values, condition, begin, end) => {
    let best = 0;
    let found = false;
    for (let i = begin; i < end; i++) {
      if (condition !== null && condition[i] === 0) continue;
      const value = values[i] as number;
      if (!found || better(value, best)) best = value;
      found = true;
    }
    return best;
  };
}

const smallest = extreme((x, y) => x < y);
const largest = extreme((x, y) => x > y);

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  Sum$: (values, _, begin, end) => {
    let sum = 0;
    for (let i = begin; i < end; i++) sum += values[i] as number;
    return sum;
  },
  Length$: (_, __, begin, end) => end - begin,
  Min$: smallest,
  MinIf$: smallest,
  Max$: largest,
  MaxIf$: largest,
};

/** A text that is the same for the same expression, wherever it stands. */
function writeKey(node: Node): string {
  return JSON.stringify(node, (key, value) => (key === "position" ? undefined : value));
}
