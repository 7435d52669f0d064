/**
 * The comparison with pyhf: with numbers that came with the package, or with those of a pyhf that is installed.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NextstatError } from "../../errors.ts";
import { parseJson } from "../../formats/index.ts";
import { fromPyhf } from "../../index.ts";
import {
  comparePyhf,
  PYHF_THRESHOLDS,
  type PyhfReference,
  type PyhfReport,
  readPyhfReference,
  summarisePyhf,
} from "../../parity/pyhf-report.ts";
import { FIXTURES } from "./find-cases.ts";
import { timeNll } from "./own-scan.ts";
import { PARITY_FOLDER } from "./prerequisites.ts";

const RECORDED = join(FIXTURES, "pyhf_reference.json");

export interface PyhfOptions {
  /** A Python with pyhf; default the recorded numbers. */
  readonly python: string | undefined;
  /** Workspaces to ask it for. */
  readonly workspaces: readonly string[];
  /** Where its numbers go. */
  readonly referencePath: string;
  readonly version: string;
  readonly deterministic: boolean;
}

/** @throws NextstatError `usage` for a Python without pyhf */
export function runPyhf(options: PyhfOptions): PyhfReport {
  const { python, version, deterministic } = options;
  const live = python !== undefined;
  const path = live ? askPyhf(python, options) : RECORDED;
  const { provenance, cases } = load(path);
  const reports = cases.map((one) => {
    const file = join(dirname(path), one.workspace);
    const { measurement } = one;
    const text = readFileSync(file, "utf8");
    const startedAt = performance.now();
    const model = fromPyhf(text, { file, measurement });
    // Opened here, so that the time is the whole one.
    void model.evaluator;
    const buildS = (performance.now() - startedAt) / 1000;
    if (deterministic) return comparePyhf(one, model, null);
    return comparePyhf(one, model, {
      pyhf: { buildS: one.buildS, nllEvalS: one.nllS },
      nextstat: { buildS, nllEvalS: timeNll(model, model.suggestedInit()) },
    });
  });
  return {
    meta: {
      timestamp: deterministic ? null : new Date().toISOString(),
      version,
      reference: live ? `${provenance}, run now` : `${provenance}, recorded`,
      thresholds: PYHF_THRESHOLDS,
    },
    cases: reports,
    summary: summarisePyhf(reports),
  };
}

function load(path: string): PyhfReference {
  return readPyhfReference(parseJson(readFileSync(path, "utf8"), path).value, path);
}

function askPyhf(python: string, { workspaces, referencePath }: PyhfOptions): string {
  const script = join(PARITY_FOLDER, "pyhf_reference.py");
  const { error, status, stderr } = spawnSync(python, [script, referencePath, ...workspaces], {
    encoding: "utf8",
  });
  if (error === undefined && status === 0) return referencePath;
  const said = error?.message ?? stderr.trimEnd().split("\n").at(-1) ?? "";
  throw new NextstatError("usage", `the Python "${python}" cannot run pyhf (${said})`, {
    hint: "install pyhf there, or leave --pyhf-python out: numbers of pyhf's come with the package",
  });
}
