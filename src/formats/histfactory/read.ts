/**
 * HistFactory's XML and ROOT files -> a checked workspace.
 *
 * ```text
 * combination.xml --> parse --> document --+
 * channels/*.xml  --> parse --> document --+--> load histograms --> channels --+
 *                                          |                                   +--> workspace
 *                                          +-----------------> measurements ---+
 * ```
 *
 * Semantics are those of ROOT 6.40 (ConfigParser, HistoToWorkspaceFactoryFast), checked against ROOT itself.
 *
 * @module
 */

import { type ErrorLocation, NextstatError, suggestName } from "../../errors.ts";
import { count } from "../../workspace/checks.ts";
import type { Workspace } from "../../workspace/types.ts";
import { validateWorkspace } from "../../workspace/validate.ts";
import {
  type ConversionLog,
  type ConversionReport,
  type Notice,
  newConversionLog,
} from "../conversion.ts";
import { collectBinSets } from "./bin-sets.ts";
import { buildChannel } from "./build-channels.ts";
import { buildMeasurement, type SystematicNames } from "./build-measurement.ts";
import type { BuildContext, Factor } from "./context.ts";
import type { HistFactoryDocument, MeasurementElement } from "./document.ts";
import { xmlError } from "./elements.ts";
import { type Functions, readFunctions } from "./functions.ts";
import { type HistFactoryFiles, HistogramReader } from "./histograms.ts";
import { type LoadedChannel, loadChannel } from "./load-channel.ts";
import { observe } from "./observations.ts";
import { DEFAULTS, type HistFactoryOptions } from "./options.ts";
import { nameParameters, type ParameterNames } from "./parameter-names.ts";
import { readChannel } from "./read-channel.ts";
import { readCombination } from "./read-combination.ts";
import { changed, lost } from "./report.ts";
import { type Place, parseXml } from "./xml-text.ts";

/** HistFactory's files as a workspace. */
export interface HistFactoryInput {
  readonly workspace: Workspace;
  readonly notices: readonly Notice[];
  /** Paths are `file:line`. */
  readonly report: ConversionReport;
  /** Where in the XML the part is that a pointer into the workspace refers to. */
  readonly locate: (pointer: string) => ErrorLocation;
  /** ROOT's names of parameters by ours; `alpha_x` is `beta_x` in a measurement that gives it a Gamma constraint. */
  readonly rootNames: ReadonlyMap<string, string>;
}

/**
 * Reads the combination and everything that it names.
 *
 * @param text content of the combination's file
 * @param file what to call it in messages
 * @throws NextstatError `input` with file, line and column
 */
export async function readHistFactory(
  text: string,
  file: string,
  files: HistFactoryFiles,
  options: HistFactoryOptions = {},
): Promise<HistFactoryInput> {
  const log = newConversionLog();
  const document = await readDocuments(text, file, files, options, log);
  const reader = new HistogramReader(files);
  try {
    const channels: LoadedChannel[] = [];
    for (const channel of document.channels) {
      channels.push(await loadChannel(channel, reader, log));
    }
    return build(document, channels, options, log);
  } finally {
    await reader.close();
  }
}

async function readDocuments(
  text: string,
  file: string,
  files: HistFactoryFiles,
  { measurement }: HistFactoryOptions,
  log: ConversionLog,
): Promise<HistFactoryDocument> {
  const combination = readCombination(parseXml(text, file), log);
  const measurements = combination.measurements.filter(
    ({ name }) => measurement === undefined || name === measurement,
  );
  if (measurements.length === 0) {
    const names = combination.measurements.map(({ name }) => name);
    throw new NextstatError("usage", `no measurement "${measurement}"`, {
      location: { file },
      hint: suggestName(measurement ?? "", names),
    });
  }
  const channels = [];
  const places = new Map<string, Place>();
  for (const { name, place } of combination.inputs) {
    const input = await readInputText(name, place, files);
    const channel = readChannel(parseXml(input.text, input.file), log);
    const before = places.get(channel.name);
    if (before !== undefined) {
      throw xmlError(
        `two channels are called "${channel.name}"`,
        channel.place,
        `the other is in ${before.file}`,
      );
    }
    places.set(channel.name, channel.place);
    channels.push(channel);
  }
  return { ...combination, measurements, channels };
}

async function readInputText(
  name: string,
  place: Place,
  files: HistFactoryFiles,
): Promise<{ readonly text: string; readonly file: string }> {
  try {
    return await files.readText(name);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    throw xmlError(`${error.problem}: ${error.location.file ?? name}`, place, error.hint);
  }
}

function build(
  document: HistFactoryDocument,
  loaded: readonly LoadedChannel[],
  options: HistFactoryOptions,
  log: ConversionLog,
): HistFactoryInput {
  const defaults = DEFAULTS[options.defaults ?? "root"];
  const noConstraint = options.noConstraint ?? "free";
  const notices: Notice[] = [];
  const functions = defaults.extensions
    ? readFunctions(document.functions)
    : ignoreFunctions(document, log, notices);
  const systematics = systematicNames(loaded);
  const split = defaults.extensions
    ? splitNames(document.measurements, systematics, noConstraint)
    : new Set<string>();
  const names = nameParameters(loaded, functions, split, log);
  const binSets = collectBinSets(loaded, names, defaults, log);
  const factors = new Map<string, Factor>();
  const places = new Map<string, Place>();
  const hasLumi =
    defaults.lumi === "every sample"
      ? !isLumiOne(document.measurements)
      : document.channels.some(({ samples }) =>
          samples.some((sample) => sample.normalizeByTheory ?? defaults.normalizeByTheory),
        );
  const context: BuildContext = {
    ...{ names, functions, binSets, defaults, hasLumi, log, factors, places },
  };
  const channels = loaded.map((channel, index) => buildChannel(channel, index, context));
  reportUnused(functions, loaded, log);
  reportLumi(document, context, notices);
  const measurements = document.measurements.map((element, index) => {
    places.set(`/measurements/${index}`, element.place);
    return buildMeasurement(element, { ...context, systematics, noConstraint, notices });
  });
  const observations = loaded.map((channel) => observe(channel, document, context, notices));
  const workspace = { channels, observations, measurements, version: "1.0.0" };
  const locate = (pointer: string): ErrorLocation => {
    for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      const place = places.get(at);
      // The pointer is into a workspace that the user does not have.
      if (place !== undefined) return { ...place, pointer: "" };
    }
    return { pointer: "" };
  };
  try {
    for (const message of validateWorkspace(workspace)) notices.push({ message });
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    throw new NextstatError(error.kind, error.problem, {
      location: locate(error.location.pointer ?? ""),
      hint: error.hint,
    });
  }
  return { workspace, notices, report: log, locate, rootNames: rootNames(names, split) };
}

function rootNames(
  { targets, overallSys }: ParameterNames,
  split: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [root, { set, bin }] of targets)
    names.set(bin === null ? set : `${set}[${bin}]`, root);
  for (const name of split) names.set(overallSys(name), `alpha_${name}`);
  return names;
}

function systematicNames(channels: readonly LoadedChannel[]): SystematicNames {
  const [overall, histo] = [new Set<string>(), new Set<string>()];
  for (const { samples } of channels) {
    for (const systematic of samples.flatMap((sample) => sample.systematics)) {
      if (systematic.type === "OverallSys") overall.add(systematic.name);
      if (systematic.type === "HistoSys") histo.add(systematic.name);
    }
  }
  return { overall, histo };
}

/**
 * Systematics whose OverallSys and HistoSys have a parameter each: ROOT gives an OverallSys with a Gamma constraint a
 * parameter beta of its own, and one with NoConstraint none.
 */
function splitNames(
  measurements: readonly MeasurementElement[],
  { overall, histo }: SystematicNames,
  noConstraint: "free" | "root",
): ReadonlySet<string> {
  const split = new Set<string>();
  for (const { constraints } of measurements) {
    for (const { name, type, place } of constraints) {
      if (type !== "Gamma" && !(type === "NoConstraint" && noConstraint === "root")) continue;
      if (!overall.has(name) || !histo.has(name)) continue;
      const inAll = measurements.every((measurement) =>
        measurement.constraints.some((term) => term.name === name && term.type === type),
      );
      if (!inAll) {
        throw xmlError(
          `the ConstraintTerm ${type} separates OverallSys and HistoSys of "${name}" in this measurement only`,
          place,
          "a workspace has one set of modifiers: choose one measurement (--measurement)",
        );
      }
      split.add(name);
    }
  }
  return split;
}

function ignoreFunctions(
  { functions }: HistFactoryDocument,
  log: ConversionLog,
  notices: Notice[],
): Functions {
  for (const { name, place } of functions) {
    const note = `function "${name}": pyhf ignores it`;
    lost(log, place, note);
    notices.push({ message: note });
  }
  return readFunctions([]);
}

function reportUnused(
  { places }: Functions,
  channels: readonly LoadedChannel[],
  log: ConversionLog,
): void {
  const used = new Set<string>();
  for (const { samples } of channels) {
    for (const systematic of samples.flatMap((sample) => sample.systematics)) {
      if (systematic.type === "NormFactor") used.add(systematic.name);
    }
  }
  for (const [name, place] of places) {
    if (!used.has(name)) lost(log, place, `function "${name}": nothing uses it`);
  }
}

/** Whether every measurement holds the luminosity at 1. */
function isLumiOne(measurements: readonly MeasurementElement[]): boolean {
  return measurements.every(({ lumi, lumiRelErr, settings, pois }) => {
    const own = settings.filter(({ name }) => name === "Lumi");
    const isHeld = lumiRelErr === 0 || own.some(({ constant }) => constant);
    const isPoi = pois.some(({ name }) => name === "Lumi");
    return lumi === 1 && isHeld && !isPoi && own.every(({ value }) => (value ?? 1) === 1);
  });
}

/** A free luminosity multiplies samples that say they are not normalised by it. */
function reportLumi(
  { channels, measurements }: HistFactoryDocument,
  { defaults, log }: BuildContext,
  notices: Notice[],
): void {
  const isHeld = measurements.every(
    ({ settings, lumiRelErr }) =>
      lumiRelErr === 0 || settings.some(({ name, constant }) => name === "Lumi" && constant),
  );
  if (isHeld || defaults.lumi !== "every sample") return;
  const samples = channels
    .flatMap((channel) => channel.samples)
    .filter(({ normalizeByTheory }) => normalizeByTheory === false);
  for (const { name, place } of samples) {
    changed(
      log,
      place,
      `NormalizeByTheory False of sample "${name}": Lumi multiplies it all the same`,
    );
  }
  if (samples.length === 0) return;
  const message = `Lumi is free and multiplies ${count(samples.length, "sample", "samples")} with NormalizeByTheory="False" too, as in ROOT 6.40`;
  notices.push({ message });
}
