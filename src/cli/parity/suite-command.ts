/**
 * `nextstat parity suite`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { deterministic } from "../../parity/records.ts";
import { suiteText } from "../../parity/suite-text.ts";
import { EXIT } from "../exit.ts";
import type { Run } from "../run.ts";
import { loadCases } from "./find-cases.ts";
import {
  addReportOptions,
  addRootOptions,
  finishSuite,
  logCase,
  parseIndex,
  prepareOutput,
  type ReportOptions,
  type RootOptions,
  show,
  thresholdsOf,
  writeReport,
} from "./options.ts";
import { findRoot } from "./prerequisites.ts";
import { runSuite, selectCases } from "./run-suite.ts";

interface SuiteCommandOptions extends ReportOptions, RootOptions {
  readonly cases?: string;
  readonly keepGoing?: boolean;
  readonly caseIndex?: number;
  readonly caseName?: string;
  readonly prereqOnly?: boolean;
  readonly deterministic?: boolean;
  readonly out: string;
  readonly workdir: string;
}

export function defineSuite(command: Command, run: Run): void {
  command
    .summary("all models of a list, one report")
    .description("Runs parity scan on every case of a list and reports on all of them.")
    .usage("[options]")
    .optionsGroup("Cases:")
    .option("--cases <FILE>", "list of parity cases", "tmp/apex2_root_cases.json")
    .option("--keep-going", "go on after a case that fails (default: stop there)")
    .addOption(new Option("--case-index <N>", "only this one, from 0").argParser(parseIndex))
    .option("--case-name <NAME>", "only this one")
    .option("--prereq-only", "only say whether ROOT is there")
    .option("-o, --out <FILE>", "write the report to FILE", "tmp/apex2_root_suite_report.json")
    .option("--workdir <DIR>", "where the folders of the runs are made", "tmp/root_parity_suite")
    .option("--deterministic", "leave out what differs from run to run: times and folders");
  addReportOptions(addRootOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat parity suite --cases tmp/apex2_root_cases.json --keep-going --out report.json
  nextstat parity suite --prereq-only

Exit codes: 0 no case fails (skipped ones are named), 2 one does, or cannot be run, 3 --prereq-only and there is no ROOT.`,
    )
    .action(async (options: SuiteCommandOptions) => {
      const found = findRoot(options.rootPython);
      const { out, workdir, keepGoing = false, timeout: timeoutS } = options;
      if (options.prereqOnly === true) {
        const report = { prereqs: found.prereqs, missing: found.missing };
        show(options, report, () => prerequisitesText(found.prereqs));
        run.finish(found.programs === null ? EXIT.prerequisite : EXIT.ok);
        return;
      }
      const casesFile = options.cases as string;
      const cases = selectCases(loadCases(casesFile), options.caseIndex, options.caseName);
      prepareOutput(out);
      const report = await runSuite(cases, {
        found,
        thresholds: thresholdsOf(options),
        workdir,
        keepGoing,
        timeoutS,
        version: run.version,
        casesFile,
        onCase: (one) => logCase(options, one),
      });
      const written = options.deterministic === true ? deterministic(report) : report;
      writeReport(out, written);
      show(options, written, () => suiteText(written));
      finishSuite(report.summary, options, run);
    });
}

/** What was found where. */
export function prerequisitesText(prereqs: object): string {
  const lines = Object.entries(prereqs).map(
    ([name, place]) => `${name.padEnd(15)} ${place ?? "missing"}\n`,
  );
  return lines.join("");
}
