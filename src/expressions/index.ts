/**
 * Expressions over columns: ROOT's, Python's and pandas'. Texts are read into steps over blocks of numbers, and never run as
 * code.
 *
 * @module
 */

export {
  type CompileOptions,
  compileExpression,
  type Expression,
  type ExpressionStyle,
} from "./expression.ts";
export { instance, instancesOf, type Pairs, pairValues, type Values } from "./values.ts";
