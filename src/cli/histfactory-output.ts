/**
 * HistFactory's files as the output of a command.
 *
 * @module
 */

import { basename } from "node:path";
import type { ConvertedFiles } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import { checkNewFolder, writeFolder, writeOutput } from "../node/read-input.ts";
import { conversionText } from "../report/conversion-text.ts";
import type { OutputOptions } from "./common.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";

/** Checks that there is a folder to write to, before anything is read. */
export function requireNewFolder(folder: string | undefined): string {
  if (folder === undefined || folder === "-") {
    throw new NextstatError("usage", "no folder to write to", { hint: "give it with -o DIR" });
  }
  checkNewFolder(folder);
  return folder;
}

/** Writes the folder and the report; the report is also what the command prints. */
export function presentFiles(
  { files, report, warnings }: ConvertedFiles,
  {
    title,
    folder,
    lossReport,
  }: {
    readonly title: string;
    readonly folder: string;
    readonly lossReport: string | undefined;
  },
  options: Omit<OutputOptions, "output">,
  run: Run,
): void {
  const json = `${JSON.stringify(report, null, 2)}\n`;
  writeFolder(folder, files);
  if (lossReport !== undefined) writeOutput(lossReport, json);
  present(
    {
      json: () => json,
      text: () => conversionText(`${title} as HistFactory XML in ${basename(folder)}`, report),
      warnings,
      warningsApart: true,
      metrics: () => ({
        metrics: {
          files: Object.keys(files).length,
          kept_parts: report.kept.length,
          changed_parts: report.changed.length,
          lost_parts: report.lost.length,
        },
      }),
    },
    options,
    run,
  );
}
