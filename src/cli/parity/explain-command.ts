/**
 * `nextstat parity explain`.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { NextstatError } from "../../errors.ts";
import { parseJson } from "../../formats/index.ts";
import { readInput } from "../../node/read-input.ts";
import { conclusions, explanationText } from "../../parity/explain.ts";
import { JsonReader } from "../../parity/json-reader.ts";
import { readSummary } from "../../parity/read-summary.ts";
import { readRootScan } from "../../parity/scan-records.ts";
import { EXIT } from "../exit.ts";
import type { Run } from "../run.ts";
import { explainRun, type OwnMinima } from "./explain.ts";
import { addReportOptions, parseIndex, type ReportOptions, show } from "./options.ts";
import { ARTIFACTS } from "./root-run.ts";

interface ExplainOptions extends Pick<ReportOptions, "format" | "logLevel" | "strict"> {
  readonly runDir?: string;
  readonly summary?: string;
  readonly top: number;
}

export function defineExplain(command: Command, run: Run): void {
  command
    .summary("why a run differs, from its folder, without ROOT")
    .description(
      "Says what the difference of a run comes from: evaluates nextstat's likelihood where ROOT's fits ended, as the model is " +
        "read and as it could have been read, and looks at gradient and curvature there.",
    )
    .usage("[options]")
    .optionsGroup("Input:")
    .option("--run-dir <DIR>", "folder of a run, as parity scan and suite leave it")
    .option("--summary <FILE>", "summary.json in that folder, instead")
    .addOption(
      new Option("--top <N>", "how many of the worst points to show")
        .argParser(parseIndex)
        .default(10),
    );
  addReportOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat parity explain --run-dir tmp/root_parity_suite/fixtures/two_minima/run_1790000000
  nextstat parity explain --summary run_1790000000/summary.json --top 3 --format text`,
    )
    .action(async (options: ExplainOptions) => {
      const runDir = folderOf(options);
      const read = (name: string): { readonly value: unknown; readonly file: string } => {
        const { text, file } = readInput(join(runDir, name));
        return { value: parseJson(text, file).value, file };
      };
      const [summaryFile, rootFile, ownFile] = [
        read(ARTIFACTS.summary),
        read(ARTIFACTS.rootScan),
        read(ARTIFACTS.ownScan),
      ];
      const summary = readSummary(summaryFile.value, summaryFile.file);
      const root = readRootScan(rootFile.value, rootFile.file);
      const minima: OwnMinima = new Map(
        new JsonReader(ownFile.value, ownFile.file)
          .objects("points")
          .map((point) => [point.number("mu"), point.number("nll_mu")]),
      );
      const explanation = await explainRun(summary, root, minima, runDir);
      const record = { ...explanation, conclusions: conclusions(summary, explanation), summary };
      show(options, record, () => explanationText(summary, explanation, options.top));
      run.finish(EXIT.ok);
    });
}

function folderOf({ runDir, summary }: ExplainOptions): string {
  if (runDir !== undefined && summary === undefined) return runDir;
  if (summary !== undefined && runDir === undefined) return dirname(summary);
  throw new NextstatError("usage", runDir === undefined ? "no run to explain" : "two runs", {
    hint: "give one of --run-dir and --summary",
  });
}
