/**
 * One case: our scan, ROOT's, and what they differ by, with everything in a folder of its own.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { NextstatError } from "../../errors.ts";
import { writeOutput } from "../../node/read-input.ts";
import { gridValues, type ParityCase } from "../../parity/cases.ts";
import {
  type CutReading,
  compareScans,
  type OwnAtRoot,
  type Thresholds,
} from "../../parity/compare.ts";
import { pointsFile, toOwn, unmatched } from "../../parity/positions.ts";
import { compareParameters, type RunSummary } from "../../parity/records.ts";
import type { RootScan } from "../../parity/scan-records.ts";
import { countCuts, negativeTemplates } from "../../parity/templates.ts";
import { recordJson } from "../present.ts";
import { type CaseModel, openCase } from "./case-model.ts";
import { cutNll } from "./cut-nll.ts";
import { type OwnRun, runOwnScan } from "./own-scan.ts";
import type { RootPrograms } from "./prerequisites.ts";
import { ARTIFACTS, type RootRun, runRoot } from "./root-run.ts";

export interface CaseRunOptions {
  readonly programs: RootPrograms;
  readonly thresholds: Thresholds;
  readonly timeoutS: number;
  readonly version: string;
}

/**
 * @param runDir an empty folder
 * @throws NextstatError for a model that cannot be read or written for ROOT; RootFailure where ROOT's programs fail
 */
export async function runCase(
  one: ParityCase,
  runDir: string,
  { programs, thresholds, timeoutS, version }: CaseRunOptions,
): Promise<RunSummary> {
  const opened = await openCase(one, runDir);
  const { model, counterparts } = opened;
  const { parameters, poi } = model.resolved;
  const poiName = parameters[poi ?? -1]?.name;
  if (poiName === undefined) {
    throw new NextstatError("usage", "the model has no parameter of interest to profile");
  }
  const own = runOwnScan(model, poiName, one.muGrid, opened.buildS, version);
  writeOutput(join(runDir, ARTIFACTS.ownScan), recordJson(own.scan));
  writeOutput(join(runDir, ARTIFACTS.points), pointsFile(parameters, counterparts, own.positions));
  const root = runRoot(programs, runDir, opened, gridValues(one.muGrid), timeoutS);
  const summary = summariseRun(one, opened, own, root, thresholds);
  writeOutput(join(runDir, ARTIFACTS.summary), recordJson(summary));
  return summary;
}

function summariseRun(
  one: ParityCase,
  { model, counterparts, source }: CaseModel,
  { scan: own, positions }: OwnRun,
  { scan: root, hist2workspaceS, scanWallS }: RootRun,
  thresholds: Thresholds,
): RunSummary {
  const { resolved } = model;
  const asRead = ownAtRoot((x) => model.nll(x));
  const compared = compareScans(own, root, asRead, thresholds, cutReading());
  const { status, agreement, reasons, diff } = compared;
  const free = unmatched(resolved.parameters, counterparts, root.parameterNames, root.constant);
  const missing = [
    ...free.own.map((name) => `"${name}" of nextstat's is not free in ROOT's model, or absent`),
    ...free.root.map((name) => `"${name}" of ROOT's is not free in nextstat's model, or absent`),
    ...root.atNextstat.unknown.map((name) => `ROOT's model has no "${name}"`),
  ];
  return {
    name: one.name,
    status,
    agreement,
    reasons: [...reasons, ...missing],
    input: {
      mode: one.mode,
      pyhfJson: one.pyhfJson,
      histfactoryXml: one.histfactoryXml,
      rootdir: one.rootdir,
      measurement: resolved.measurement,
      muGrid: one.muGrid,
    },
    thresholds,
    timingS: {
      buildWorkspace: own.timingS.build,
      hist2workspace: hist2workspaceS,
      rootProfileScanWall: scanWallS,
      nextstatProfileScan: own.timingS.scan,
    },
    artifacts: { ...ARTIFACTS, model: source },
    root: {
      version: root.rootVersion,
      muHat: root.muHat,
      nllHat: root.nllHat,
      muHatSource: root.muHatSource,
      statusFree: root.statusFree,
      nBadStatus: root.points.filter((point) => point.status !== 0).length,
    },
    nextstat: {
      version: own.version,
      muHat: own.muHat,
      nllHat: own.nllHat,
      converged: own.converged,
    },
    diff,
    parameters: compareParameters(
      own.parameterNames,
      resolved.parameters.map(({ name, fixed }) =>
        fixed ? null : (counterparts.get(name)?.name ?? null),
      ),
      own.bestfit,
      own.uncertainties,
      position(root.freeFit.parameters),
    ),
    unmatched: free,
    bench: [
      {
        case: one.name,
        tool: "root",
        buildS: hist2workspaceS + root.timingS.open,
        nllEvalS: root.timingS.nllEval,
        fitS: root.timingS.freeFit,
        scanS: root.timingS.scan,
      },
      {
        case: one.name,
        tool: "nextstat",
        buildS: own.timingS.build,
        nllEvalS: own.timingS.nllEval,
        fitS: own.timingS.fit,
        scanS: own.timingS.scan,
      },
    ],
  };

  function position(values: readonly number[]): Float64Array {
    return toOwn(resolved.parameters, counterparts, root.parameterNames, values);
  }

  function ownAtRoot(nll: (x: Float64Array) => number): OwnAtRoot {
    const at = ({ parameters }: Pick<RootScan["start"], "parameters">): number | null =>
      finite(nll(position(parameters)));
    return { start: at(root.start), freeFit: at(root.freeFit), points: root.points.map(at) };
  }

  /** Where the models are not the same, because ROOT cuts off what is negative. */
  function cutReading(): CutReading | null {
    const own = positions.map((x) => Float64Array.from(x));
    const theirs = [root.start, root.freeFit, ...root.points].map((at) => position(at.parameters));
    const templates = countCuts([...own, ...theirs].map((x) => negativeTemplates(resolved, x)));
    if (templates.nCut === 0) return null;
    const [freeFit = null, ...points] = own.map((x) => finite(cutNll(model, x)));
    const atRoot = ownAtRoot((x) => cutNll(model, x));
    return { templates, nll: { atRoot, atOwn: { freeFit, points } } };
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A new folder for a run, named after the time. */
export function newRunDir(workdir: string, name: string): string {
  const folder = join(workdir, name);
  mkdirSync(folder, { recursive: true });
  for (let time = Math.floor(Date.now() / 1000); ; time++) {
    const runDir = join(folder, `run_${time}`);
    try {
      mkdirSync(runDir);
      return runDir;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}
