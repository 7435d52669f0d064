/**
 * Bad inputs, each with the one error it must give. Two runners share them: the library's (beside this file) and the
 * command line's, which also checks the exit code.
 *
 * @module
 */

import type { BadInput } from "./base.ts";
import { contentCases } from "./content-cases.ts";
import { fileCases } from "./file-cases.ts";
import { measurementCases } from "./measurement-cases.ts";
import { schemaCases } from "./schema-cases.ts";
import { syntaxCases } from "./syntax-cases.ts";

export type { BadInput } from "./base.ts";

export const badInputs: readonly BadInput[] = [
  ...syntaxCases,
  ...schemaCases,
  ...contentCases,
  ...measurementCases,
  ...fileCases,
];
