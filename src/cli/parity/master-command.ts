/**
 * `nextstat parity master`.
 *
 * @module
 */

import { join } from "node:path";
import type { Command } from "commander";
import { NextstatError } from "../../errors.ts";
import { DEFAULT_GRID } from "../../parity/cases.ts";
import type { PyhfReport } from "../../parity/pyhf-report.ts";
import { deterministic, type SuiteReport, suiteStatus } from "../../parity/records.ts";
import { pyhfText, suiteText } from "../../parity/suite-text.ts";
import { EXIT } from "../exit.ts";
import type { Run } from "../run.ts";
import { DEFAULT_GLOB, findCases, loadCases } from "./find-cases.ts";
import {
  addReportOptions,
  addRootOptions,
  logCase,
  prepareOutput,
  type ReportOptions,
  type RootOptions,
  show,
  suiteExit,
  thresholdsOf,
  writeReport,
} from "./options.ts";
import { type FoundRoot, findRoot } from "./prerequisites.ts";
import { runPyhf } from "./run-pyhf.ts";
import { runSuite } from "./run-suite.ts";
import { prerequisitesText } from "./suite-command.ts";

interface MasterOptions extends ReportOptions, RootOptions {
  readonly rootSearchDir?: string;
  readonly rootGlob: string;
  readonly rootIncludeFixtures?: boolean;
  readonly rootCasesAbsolutePaths?: boolean;
  readonly rootCases?: string;
  readonly rootPrereqOnly?: boolean;
  readonly pyhfPython?: string;
  readonly deterministic?: boolean;
  readonly outDir: string;
}

/** Where a list of cases came from. */
interface UsedCases {
  readonly path: string;
  readonly generation: {
    readonly searchDir: string | null;
    readonly includeFixtures: boolean;
    readonly absolutePaths: boolean;
  } | null;
}

const FILES = {
  master: "apex2_master_report.json",
  pyhf: "apex2_pyhf_report.json",
  suite: "apex2_root_suite_report.json",
  cases: "apex2_root_cases.json",
} as const;

export function defineMaster(command: Command, run: Run): void {
  command
    .summary("everything: pyhf's numbers, and ROOT on all models")
    .description(
      "Compares with pyhf's recorded numbers, and with ROOT on all models of a list, of a folder of exports, or of the package.",
    )
    .usage("[options]")
    .optionsGroup("Cases:")
    .option("--root-search-dir <DIR>", "folder with exports: every combination in it is a case")
    .option("--root-glob <PATTERN>", "which files are combinations", DEFAULT_GLOB)
    .option(
      "--root-include-fixtures",
      "the models that come with nextstat too (default without a folder)",
    )
    .option("--root-cases-absolute-paths", "absolute paths in the list that is made")
    .option("--root-cases <FILE>", "this list of cases instead")
    .option("--root-prereq-only", "only say whether ROOT is there")
    .option(
      "--pyhf-python <PYTHON>",
      "Python with pyhf to ask now, instead of its recorded numbers",
    )
    .option("--out-dir <DIR>", "where the reports and the folders of the runs go", "tmp")
    .option("--deterministic", "leave out what differs from run to run: times and folders");
  addReportOptions(addRootOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat parity master
  nextstat parity master --root-search-dir trex/output --root-include-fixtures --root-cases-absolute-paths
  nextstat parity master --root-prereq-only

Exit codes: 0 nothing fails (what was skipped is named), 2 something does, 3 --root-prereq-only and there is no ROOT.`,
    )
    .action(async (options: MasterOptions) => {
      const found = findRoot(options.rootPython);
      if (options.rootPrereqOnly === true) {
        const report = { prereqs: found.prereqs, missing: found.missing };
        show(options, report, () => prerequisitesText(found.prereqs));
        run.finish(found.programs === null ? EXIT.prerequisite : EXIT.ok);
        return;
      }
      await runMaster(found, options, run);
    });
}

async function runMaster(found: FoundRoot, options: MasterOptions, run: Run): Promise<void> {
  const at = (file: string): string => join(options.outDir, file);
  prepareOutput(at(FILES.master));
  const used = makeCases(options, at(FILES.cases));
  const cases = loadCases(used.path);
  const isSame = options.deterministic === true;

  const pyhf = runPyhf({
    python: options.pyhfPython,
    workspaces: cases.flatMap((one) => ("pyhfJson" in one ? (one.pyhfJson ?? []) : [])),
    referencePath: at("pyhf_reference.json"),
    version: run.version,
    deterministic: isSame,
  });
  writeReport(at(FILES.pyhf), pyhf);

  const suite = await runSuite(cases, {
    found,
    thresholds: thresholdsOf(options),
    workdir: at("root_parity_suite"),
    keepGoing: true,
    timeoutS: options.timeout,
    version: run.version,
    casesFile: used.path,
    onCase: (one) => logCase(options, one),
  });
  const root = isSame ? deterministic(suite) : suite;
  writeReport(at(FILES.suite), root);

  const report = masterReport(pyhf, root, used, at, options);
  writeReport(at(FILES.master), report);
  show(options, report, () => `${pyhfText(pyhf)}\n${suiteText(root)}`);
  const rootExit = suiteExit(suite.summary, options);
  run.finish(pyhf.summary.nFailed > 0 ? EXIT.disagrees : rootExit);
}

function masterReport(
  pyhf: PyhfReport,
  root: SuiteReport,
  used: UsedCases,
  at: (file: string) => string,
  options: MasterOptions,
): object {
  const ok = pyhf.summary.nFailed === 0;
  return {
    meta: { timestamp: root.meta.timestamp, version: root.meta.version },
    pyhf: {
      status: ok ? "ok" : "fail",
      returncode: ok ? EXIT.ok : EXIT.disagrees,
      reportPath: at(FILES.pyhf),
      report: pyhf,
    },
    root: {
      status: suiteStatus(root.summary),
      reportPath: at(FILES.suite),
      casesPathUsed: used.path,
      casesGeneration: used.generation,
      prereqs: root.meta.prereqs,
      thresholds: thresholdsOf(options),
      report: root,
    },
  };
}

/** The list that was given, or one of the folder and the fixtures. */
function makeCases(options: MasterOptions, path: string): UsedCases {
  const { rootCases, rootSearchDir: searchDir, rootGlob: glob } = options;
  const absolutePaths = options.rootCasesAbsolutePaths === true;
  if (rootCases !== undefined) {
    if (searchDir !== undefined || options.rootIncludeFixtures === true) {
      throw new NextstatError("usage", "--root-cases is a list, and another one is to be made", {
        hint: "give --root-cases alone, or make one list with nextstat parity cases",
      });
    }
    return { path: rootCases, generation: null };
  }
  const includeFixtures = options.rootIncludeFixtures === true || searchDir === undefined;
  const how = { searchDir, glob, includeFixtures, absolutePaths, muGrid: DEFAULT_GRID };
  writeReport(path, findCases(how, path));
  const generation = { searchDir: searchDir ?? null, includeFixtures, absolutePaths };
  return { path, generation };
}
