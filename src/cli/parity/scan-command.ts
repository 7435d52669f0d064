/**
 * `nextstat parity scan`.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { NextstatError } from "../../errors.ts";
import { DEFAULT_GRID, type ParityCase } from "../../parity/cases.ts";
import { summaryText } from "../../parity/summary-text.ts";
import { EXIT } from "../exit.ts";
import { log } from "../log.ts";
import type { Run } from "../run.ts";
import {
  addGridOptions,
  addReportOptions,
  addRootOptions,
  type GridOptions,
  gridOf,
  type ReportOptions,
  type RootOptions,
  show,
  thresholdsOf,
} from "./options.ts";
import { findRoot } from "./prerequisites.ts";
import { RootFailure } from "./root-run.ts";
import { newRunDir, runCase } from "./run-case.ts";

interface ScanOptions extends ReportOptions, RootOptions, GridOptions {
  readonly pyhfJson?: string;
  readonly measurement?: string;
  readonly histfactoryXml?: string;
  readonly rootdir?: string;
  readonly workdir: string;
}

export function defineScan(command: Command, run: Run): void {
  command
    .summary("one model: q(mu) of ROOT and of nextstat")
    .description(
      "Profiles the signal strength of one model with ROOT and with nextstat, on one grid, and compares. Everything that was " +
        "used and found is left in a new folder.",
    )
    .usage("[options]")
    .optionsGroup("Model:")
    .option("--pyhf-json <FILE>", "workspace (pyhf JSON or HS3): it is exported for ROOT")
    .option("--histfactory-xml <FILE>", "HistFactory combination, as TRExFitter exports it")
    .option("--measurement <NAME>", "measurement to use (default: the first)")
    .option(
      "--rootdir <DIR>",
      "folder that paths in the XML are relative to (default: that of the XML, or one around it)",
    )
    .option("--workdir <DIR>", "where the folder of the run is made", "tmp/root_parity");
  addReportOptions(addRootOptions(addGridOptions(command, DEFAULT_GRID)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat parity scan --pyhf-json workspace.json --measurement GaussExample --start 0 --stop 5 --points 51
  nextstat parity scan --histfactory-xml trex/output/combination.xml

Exit codes: 0 they agree, 2 they do not, 3 there is no ROOT.`,
    )
    .action(async (options: ScanOptions) => {
      const one = caseOf(options);
      const thresholds = thresholdsOf(options);
      const { programs, missing } = findRoot(options.rootPython);
      if (programs === null) {
        show(options, { name: one.name, status: "skipped", reason: missing }, () => "");
        log(options.logLevel, "error", `skipped: ${missing}; nothing was compared`);
        run.finish(EXIT.prerequisite);
        return;
      }
      const runDir = newRunDir(options.workdir, one.name);
      const { timeout: timeoutS } = options;
      try {
        const { version } = run;
        const summary = await runCase(one, runDir, { programs, thresholds, timeoutS, version });
        const written = { ...summary, runDir };
        show(options, written, () => `${summaryText(summary)}Folder of the run: ${runDir}\n`);
        run.finish(summary.status === "ok" ? EXIT.ok : EXIT.disagrees);
      } catch (error) {
        if (!(error instanceof RootFailure)) throw error;
        throw new NextstatError("usage", error.message, { hint: `see ${runDir}` });
      }
    });
}

function caseOf(options: ScanOptions): ParityCase {
  const { pyhfJson, histfactoryXml, measurement, rootdir } = options;
  const path = pyhfJson ?? histfactoryXml;
  if (path === undefined || (pyhfJson !== undefined && histfactoryXml !== undefined)) {
    throw new NextstatError("usage", path === undefined ? "no model" : "two models", {
      hint: "give one of --pyhf-json and --histfactory-xml",
    });
  }
  if (pyhfJson !== undefined && rootdir !== undefined) {
    throw new NextstatError("usage", "--rootdir is for --histfactory-xml", {
      hint: "a workspace in JSON names no files",
    });
  }
  const stem = basename(path).replace(/\.(json|xml)(\.gz)?$/, "");
  const folder = basename(dirname(path));
  const name = pyhfJson === undefined && !/^\.*$/.test(folder) ? folder : stem;
  return {
    name: name.replaceAll(/[\p{Cc}\\/:]/gu, "_"),
    mode: pyhfJson === undefined ? "histfactory-xml" : "pyhf-json",
    pyhfJson: pyhfJson ?? null,
    histfactoryXml: histfactoryXml ?? null,
    measurement: measurement ?? null,
    rootdir: rootdir ?? null,
    muGrid: gridOf(options),
  };
}
