/**
 * What all styles of expressions have in common once they are read, and the one way of refusing a text.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";

/** Longest text, in characters; generated selections reach a few thousand. */
const MAX_LENGTH = 20_000;
/** Deepest nesting. Every term of a sum nests, too. What walks over expressions recurses, within what the stack takes. */
export const MAX_DEPTH = 1000;

/** A part of an expression. `position` is that of its first character, from 0. */
export type Node =
  | {
      readonly kind: "number";
      readonly value: number;
      readonly integer: boolean;
      readonly position: number;
    }
  | { readonly kind: "text"; readonly value: string; readonly position: number }
  /** A column, and what is in its brackets; null for empty brackets. */
  | {
      readonly kind: "column";
      readonly name: string;
      readonly indices: readonly (Node | null)[];
      readonly position: number;
    }
  | {
      readonly kind: "unary";
      readonly operator: string;
      readonly operand: Node;
      readonly position: number;
    }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Node;
      readonly right: Node;
      readonly position: number;
    }
  | {
      readonly kind: "conditional";
      readonly condition: Node;
      readonly yes: Node;
      readonly no: Node;
      readonly position: number;
    }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly operands: readonly Node[];
      readonly position: number;
    }
  /** A list in brackets. */
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly position: number };

/** A text that is read, and where it stands. */
export class Source {
  readonly text: string;
  readonly #origin: string;

  constructor(text: string, origin = "") {
    this.text = text;
    this.#origin = origin;
    if (text.trim() === "") throw this.error("the expression is empty", 0, "write an expression");
    if (text.length > MAX_LENGTH) {
      throw this.error(
        `the expression has ${text.length} characters`,
        0,
        `at most ${MAX_LENGTH} are read`,
      );
    }
  }

  /** What is wrong at a position, with the text and a caret below it. */
  error(problem: string, position: number, hint: string): NextstatError {
    const where =
      this.#origin === "" ? "in the expression" : `in the expression of ${this.#origin}`;
    const from = Math.max(0, position - 60);
    const shown = this.text.slice(from, from + 120).replace(/\s/g, " ");
    const caret = `${" ".repeat(position - from)}^`;
    return new NextstatError("input", `${problem} ${where}, character ${position + 1}`, {
      hint: `${hint}\n  ${shown}\n  ${caret}`,
    });
  }
}
