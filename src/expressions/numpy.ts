/**
 * Expressions of Python over columns, with the types of NumPy 2: each step is computed as a double and rounded or wrapped to
 * the type that NumPy computes with. Integers of 64 bits are doubles; where one beyond 2^53 would make a difference, it is refused.
 *
 * @module
 */

import type { NumericArray } from "../columns/index.ts";
import type { NextstatError } from "../errors.ts";
import {
  and,
  type BinaryKernel,
  COMPARISONS,
  equal,
  multiply,
  negate,
  not,
  or,
} from "./kernels.ts";
import { type Leaf, loadNumbers } from "./leaves.ts";
import { exactInteger, wholePower } from "./numpy-exact.ts";
import { NUMPY_FUNCTIONS } from "./numpy-functions.ts";
import { compareConstants, foldConstants, operationOf } from "./numpy-operators.ts";
import {
  concrete,
  isInteger,
  isWide,
  type NumberType,
  promote,
  rangeOf,
  rounding,
} from "./numpy-types.ts";
import { BLOCK, Program, type Register } from "./program.ts";
import type { Node, Source } from "./syntax.ts";
import type { Values } from "./values.ts";

/** Functions by name, with how many operands they take. */
export const NUMPY_OPERANDS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["where", [3, 3]],
  ["True", [0, 0]],
  ["False", [0, 0]],
  ...[...NUMPY_FUNCTIONS].map(([name, { operands }]): [string, readonly [number, number]] => [
    name,
    [operands, operands],
  ]),
]);

/** A register with its type; `constant` where it is a number in the text, or computed of such. */
interface Typed {
  readonly register: Register;
  readonly type: NumberType;
  readonly constant: number | null;
}

/** An expression for columns of certain types. */
export class NumpyProgram {
  readonly #source: Source;
  readonly #nameOf: (name: string) => string;
  readonly #program = new Program();
  readonly #result: Register;
  #leaves: ReadonlyMap<string, Leaf>;
  /** First entry of the block. */
  #from = 0;

  /** @param nameOf the column that a name in the text means */
  constructor(
    node: Node,
    source: Source,
    nameOf: (name: string) => string,
    leaves: ReadonlyMap<string, Leaf>,
  ) {
    this.#source = source;
    this.#nameOf = nameOf;
    this.#leaves = leaves;
    this.#result = this.#compile(node).register;
  }

  evaluate(leaves: ReadonlyMap<string, Leaf>, entries: number): Values {
    this.#leaves = leaves;
    const values = new Float64Array(entries);
    for (let from = 0; from < entries; from += BLOCK) {
      const n = Math.min(BLOCK, entries - from);
      this.#from = from;
      this.#program.run(n);
      values.set(this.#result.values.subarray(0, n), from);
    }
    return { values, offsets: null, single: true };
  }

  #constant(value: number, type: NumberType): Typed {
    return { register: this.#program.constant(value), type, constant: value };
  }

  #compile(node: Node): Typed {
    switch (node.kind) {
      case "number":
        return this.#constant(node.value, node.integer ? "integer" : "number");
      case "column":
        return this.#column(node);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
      case "call":
        return this.#call(node);
      default:
        throw this.#source.error(
          node.kind === "list"
            ? "a list stands where a number belongs"
            : "a text stands where a number belongs",
          node.position,
          node.kind === "list"
            ? "lists belong after in"
            : 'texts can be compared only: name == "text"',
        );
    }
  }

  #column(node: Extract<Node, { kind: "column" }>): Typed {
    const name = this.#nameOf(node.name);
    const { levels, type } = this.#leaves.get(name) as Leaf;
    if (levels.length > 0) {
      throw this.#source.error(
        `column "${name}" has several numbers in each entry`,
        node.position,
        "one number for each entry is needed: make such a column",
      );
    }
    if (type === "string") {
      throw this.#source.error(
        `column "${name}" is a text`,
        node.position,
        'texts can be compared only: name == "text"',
      );
    }
    const register = this.#program.step(`column ${name}`, (out) => (n) => {
      const values = this.#leaves.get(name)?.values as NumericArray;
      loadNumbers(out.values, values, this.#from, n);
    });
    return { register, type, constant: null };
  }

  /** The same numbers, none of them an integer that a double does not hold. */
  #exact(register: Register, type: NumberType, position: number): Register {
    if (!isWide(type)) return register;
    const check = exactInteger(type, this.#source, position);
    return this.#program.call(`exact ${type}`, check, [register]);
  }

  /** Rounds or wraps what was computed. */
  #rounded(register: Register, type: NumberType): Typed {
    const round = rounding(type);
    if (round === null) return { register, type, constant: null };
    return { register: this.#program.call(`as ${type}`, round, [register]), type, constant: null };
  }

  /** As an operand of what is computed with a type: a number in the text is rounded to it first. */
  #as({ register, type, constant }: Typed, target: NumberType, position: number): Register {
    if (constant === null || (type !== "number" && type !== "integer")) return register;
    if (type === "integer" && isInteger(target) && target !== "integer") {
      const [least, greatest] = rangeOf(target);
      if (constant < least || constant > greatest) {
        throw this.#source.error(
          `${constant} is out of the range of ${target}`,
          position,
          "NumPy computes with the type of the column: write the number with a point",
        );
      }
    }
    return this.#program.constant(rounding(target)?.(constant) ?? constant);
  }

  #unary({ operator, operand, position }: Extract<Node, { kind: "unary" }>): Typed {
    const inner = this.#compile(operand);
    const { type, constant, register } = inner;
    const isBool = type === "bool";
    if (operator === "not" || (operator === "~" && isBool)) {
      if (!isBool) throw this.#needsTruth(operator, position);
      if (operator === "~" && constant !== null) {
        throw this.#source.error('"~" of True or False', position, "Python makes -2 or -1 of it");
      }
      return {
        register: this.#program.unary("not", not, register),
        type,
        constant: null,
      };
    }
    if (operator === "~") {
      if (!isInteger(type))
        throw this.#source.error(
          '"~" of a number with a fraction',
          position,
          "it is for truth values and integers",
        );
      if (constant !== null) return this.#constant(-constant - 1, type);
      const inverted = this.#program.call("~", (x) => -x - 1, [
        this.#exact(register, type, position),
      ]);
      return this.#rounded(this.#exact(inverted, type, position), type);
    }
    if (isBool) {
      throw this.#source.error(
        `"${operator}" of a truth value`,
        position,
        "NumPy refuses this: use ~, or multiply by 1",
      );
    }
    if (operator === "+") return inner;
    if (constant !== null) return this.#constant(-constant, type);
    const negated = this.#program.unary("-", negate, register);
    return this.#rounded(this.#exact(negated, type, position), type);
  }

  #needsTruth(operator: string, position: number): NextstatError {
    return this.#source.error(
      `"${operator}" of what is not true or false`,
      position,
      "it goes between comparisons",
    );
  }

  #binary(node: Extract<Node, { kind: "binary" }>): Typed {
    const { operator, left, right, position } = node;
    if (
      operator === "in" ||
      operator === "not in" ||
      left.kind === "list" ||
      right.kind === "list"
    ) {
      return this.#member(node);
    }
    const comparison = this.#compareTexts(node);
    if (comparison !== null) return comparison;
    const a = this.#compile(left);
    const b = this.#compile(right);
    if (operator === "and" || operator === "or") {
      if (a.type !== "bool" || b.type !== "bool") throw this.#needsTruth(operator, position);
      const register = this.#program.binary(
        operator,
        operator === "and" ? and : or,
        a.register,
        b.register,
      );
      return { register, type: "bool", constant: null };
    }
    // Python, which has no columns to look at here, makes 2 of True + True.
    const isSum = isTruth(a) && isTruth(b) && !/^[&|^]$/.test(operator);
    if ((isWeak(a) && isWeak(b)) || isSum) return this.#fold(operator, a, b, position);
    const type = promote(a.type, b.type);
    const compare = COMPARISONS[operator];
    if (compare !== undefined) {
      const [x, y] = [this.#as(a, type, left.position), this.#as(b, type, right.position)];
      // Of two integers one that is exact is enough; which of two columns would be is not known.
      const isExact = [a, b].some(({ constant }) => Number.isSafeInteger(constant));
      const register = this.#program.binary(
        operator,
        compare,
        isExact ? x : this.#exact(x, type, left.position),
        isExact ? y : this.#exact(y, type, right.position),
      );
      return { register, type: "bool", constant: null };
    }
    return this.#arithmetic(node, a, b, type);
  }

  #fold(operator: string, a: Typed, b: Typed, position: number): Typed {
    const x = a.constant as number;
    const y = b.constant as number;
    const compared = compareConstants(operator, x, y);
    if (compared !== null) return this.#constant(compared ? 1 : 0, "bool");
    const folded = foldConstants(operator, x, y, a.type !== "number" && b.type !== "number");
    if (folded === null) {
      throw this.#source.error(
        `${x} ${operator} ${y} has no value`,
        position,
        "Python refuses this, too",
      );
    }
    return this.#constant(folded.value, folded.type);
  }

  #arithmetic(
    node: Extract<Node, { kind: "binary" }>,
    a: Typed,
    b: Typed,
    type: NumberType,
  ): Typed {
    const { operator, left, right, position } = node;
    const operation = operationOf(operator, a.type, b.type, type);
    if (typeof operation === "string")
      throw this.#source.error(operation, position, "NumPy refuses this, too");
    const program = this.#program;
    const x = this.#exact(
      this.#as(a, operation.type, left.position),
      operation.type,
      left.position,
    );
    if (operator === "**" && b.constant !== null && isWeak(b)) {
      if (!isInteger(operation.type) && b.constant === 2) {
        return this.#rounded(program.binary("*", multiply, x, x), operation.type);
      }
      if (!isInteger(operation.type) && b.constant === 0.5) {
        return this.#rounded(program.call("sqrt", Math.sqrt, [x]), operation.type);
      }
    }
    let y = this.#exact(
      this.#as(b, operation.type, right.position),
      operation.type,
      right.position,
    );
    if (operator === "**" && isInteger(operation.type)) {
      y = program.call("exponent", wholePower(this.#source, right.position), [y]);
    }
    const key = `${operator} ${operation.type}`;
    const register =
      operation.kernel === null
        ? program.call(key, operation.f as (...operands: number[]) => number, [x, y])
        : program.binary(key, operation.kernel as BinaryKernel, x, y);
    return this.#rounded(this.#exact(register, operation.type, position), operation.type);
  }

  #compareTexts({
    operator,
    left,
    right,
    position,
  }: Extract<Node, { kind: "binary" }>): Typed | null {
    if (left.kind !== "text" && right.kind !== "text") return null;
    const [text, other] = left.kind === "text" ? [left, right] : [right, left];
    if (text.kind !== "text") return null;
    if (operator !== "==" && operator !== "!=") {
      throw this.#source.error(
        `"${operator}" of texts`,
        position,
        'texts can be compared with "==" and "!=" only',
      );
    }
    return this.#matchTexts(other, [text.value], operator === "==");
  }

  #matchTexts(other: Node, texts: readonly string[], hit: boolean): Typed {
    const name = other.kind === "column" ? this.#nameOf(other.name) : "";
    const leaf = this.#leaves.get(name);
    if (leaf?.type !== "string" || leaf.levels.length > 0) {
      throw this.#source.error(
        "a text is compared with what is none",
        other.position,
        "compare it with a column of texts",
      );
    }
    const register = this.#program.step(
      `texts ${hit} ${JSON.stringify([name, texts])}`,
      (out) => (n) => {
        const values = this.#leaves.get(name)?.values as readonly string[];
        for (let i = 0; i < n; i++) {
          out.values[i] = texts.includes(values[this.#from + i] as string) === hit ? 1 : 0;
        }
      },
    );
    return { register, type: "bool", constant: null };
  }

  /** Whether a value is in a list; `==` of a list is the same in pandas. */
  #member({ operator, left, right, position }: Extract<Node, { kind: "binary" }>): Typed {
    const hit = operator === "in" || operator === "==";
    if (right.kind !== "list" || (!hit && operator !== "not in" && operator !== "!=")) {
      throw this.#source.error(
        `"${operator}" with no list after it`,
        position,
        "write x in [1, 2]",
      );
    }
    const texts = right.items.flatMap((item) => (item.kind === "text" ? [item.value] : []));
    if (texts.length > 0 && texts.length === right.items.length)
      return this.#matchTexts(left, texts, hit);
    const { register } = this.#compile(left);
    const numbers = right.items.map((item) => {
      const { constant } = this.#compile(item);
      if (constant === null)
        throw this.#source.error(
          "a column in a list",
          item.position,
          "lists hold numbers or texts",
        );
      return constant;
    });
    const found = numbers
      .map((number) => this.#program.binary("==", equal, register, this.#program.constant(number)))
      .reduce((a, b) => this.#program.binary("or", or, a, b), this.#program.constant(0));
    if (hit) return { register: found, type: "bool", constant: null };
    const missing = this.#program.unary("not", not, found);
    return { register: missing, type: "bool", constant: null };
  }

  #call({ name, operands, position }: Extract<Node, { kind: "call" }>): Typed {
    if (name === "True" || name === "False") return this.#constant(name === "True" ? 1 : 0, "bool");
    const inner = operands.map((operand) => this.#compile(operand));
    if (name === "where") {
      const [condition, yes, no] = inner as [Typed, Typed, Typed];
      const type = promote(concrete(yes.type), concrete(no.type));
      const register = this.#program.select(condition.register, yes.register, no.register);
      return { register, type, constant: null };
    }
    const { f, type: typeOf } = NUMPY_FUNCTIONS.get(name) as NonNullable<
      ReturnType<typeof NUMPY_FUNCTIONS.get>
    >;
    const common = inner.map(({ type }) => type).reduce(promote);
    if (name === "neg" && common === "bool") {
      throw this.#source.error(
        '"-" of a truth value',
        position,
        "NumPy refuses this: use ~, or multiply by 1",
      );
    }
    const registers = inner.map((typed, i) =>
      this.#as(typed, common, operands[i]?.position ?? position),
    );
    const type = typeOf(...inner.map((typed) => typed.type));
    const register = this.#program.call(`${name} ${type}`, f, registers);
    // These give numbers of the type that they take.
    if (/^(?:abs|absolute|floor|ceil|trunc|fmin|fmax)$/.test(name) && type === inner[0]?.type) {
      return { register, type, constant: null };
    }
    return this.#rounded(register, type);
  }
}

function isWeak({ type, constant }: Typed): boolean {
  return constant !== null && (type === "number" || type === "integer");
}

/** True or False in the text. */
function isTruth({ type, constant }: Typed): boolean {
  return constant !== null && type === "bool";
}
