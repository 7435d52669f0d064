/**
 * `nextstat parity cases`.
 *
 * @module
 */

import type { Command } from "commander";
import { NextstatError } from "../../errors.ts";
import { DEFAULT_GRID } from "../../parity/cases.ts";
import { counted } from "../../report/text.ts";
import { EXIT } from "../exit.ts";
import type { Run } from "../run.ts";
import { DEFAULT_GLOB, findCases } from "./find-cases.ts";
import {
  addGridOptions,
  addReportOptions,
  type GridOptions,
  gridOf,
  prepareOutput,
  type ReportOptions,
  show,
  writeReport,
} from "./options.ts";

interface CasesOptions extends ReportOptions, GridOptions {
  readonly searchDir?: string;
  readonly glob: string;
  readonly includeFixtures?: boolean;
  readonly absolutePaths?: boolean;
  readonly out: string;
}

export function defineCases(command: Command, run: Run): void {
  command
    .summary("a list of models, from a folder of exports")
    .description(
      "Makes the list of cases for parity suite: every HistFactory export below a folder, named after its own folder.",
    )
    .usage("[options]")
    .optionsGroup("Cases:")
    .option(
      "--search-dir <DIR>",
      "folder with exports of TRExFitter or other makers of HistFactory XML",
    )
    .option("--glob <PATTERN>", "which files are combinations", DEFAULT_GLOB)
    .option("--include-fixtures", "the models that come with nextstat too")
    .option("--absolute-paths", "absolute paths in the list (default: relative to its folder)")
    .option("-o, --out <FILE>", "write the list to FILE", "tmp/apex2_root_cases.json");
  addReportOptions(addGridOptions(command, DEFAULT_GRID))
    .addHelpText(
      "after",
      `
Examples:
  nextstat parity cases --search-dir trex/output --include-fixtures --absolute-paths
  nextstat parity cases --search-dir exports --glob '**/RooStats/*_combined.xml' --out cases.json`,
    )
    .action((options: CasesOptions) => {
      const { searchDir, glob, includeFixtures = false, absolutePaths = false, out } = options;
      if (searchDir === undefined && !includeFixtures) {
        throw new NextstatError("usage", "no cases", {
          hint: "give a folder with --search-dir, or --include-fixtures",
        });
      }
      const muGrid = gridOf(options);
      prepareOutput(out);
      const how = { searchDir, glob, includeFixtures, absolutePaths, muGrid };
      const document = findCases(how, out);
      writeReport(out, document);
      const names = document.cases.map(({ name }) => `  ${name}\n`).join("");
      show(
        options,
        document,
        () => `${counted(document.cases.length, "case")} in ${out}\n${names}`,
      );
      run.finish(EXIT.ok);
    });
}
