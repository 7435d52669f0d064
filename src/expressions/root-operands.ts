/**
 * Operators of TTreeFormula, and how many operands its functions take.
 *
 * @module
 */

import {
  add,
  and,
  type BinaryKernel,
  COMPARISONS,
  divideOrZero,
  multiply,
  or,
  subtract,
} from "./kernels.ts";
import { ROOT_FUNCTIONS } from "./root-functions.ts";

/** Operators that have a loop of their own. */
export const KERNELS: Readonly<Record<string, BinaryKernel>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  ...COMPARISONS,
  "/": divideOrZero,
  "&&": and,
  "||": or,
};

/** Functions over all instances of their operands, or about them: how many operands, at least and at most. */
export const OPERANDS_OF_LISTS: ReadonlyMap<string, readonly [number, number]> = new Map([
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
  ...OPERANDS_OF_LISTS,
  ...[...ROOT_FUNCTIONS].map(([name, { operands }]): [string, readonly [number, number]] => [
    name,
    operands,
  ]),
]);
