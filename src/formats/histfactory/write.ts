/**
 * A workspace -> HistFactory's XML files and one ROOT file with all histograms, for ROOT's hist2workspace.
 *
 * ```text
 * combination.xml          measurements, and which channels
 * channels/NAME.xml        samples and systematics of each
 * data.root                TH1D of all of them
 * HistFactorySchema.dtd    the grammar that the XML names
 * ```
 *
 * Names of files are relative to the folder, so hist2workspace is to be run in it.
 *
 * @module
 */

import type { Channel, Workspace } from "../../workspace/types.ts";
import { type ConversionReport, newConversionLog } from "../conversion.ts";
import type { MeasurementToWrite } from "../hs3/model-parameters.ts";
import { reportSource } from "../hs3/report-source.ts";
import type { Hs3Source } from "../hs3/types.ts";
import { writeRoot } from "../root/write.ts";
import type { HistogramToWrite } from "../root/write-histogram.ts";
import type { RootParameter } from "./parameter-names.ts";
import { type WriteContext, writeChannel } from "./write-channel.ts";
import { lumiElement, lumiFunction } from "./write-lumi.ts";
import { writeMeasurement } from "./write-measurement.ts";
import { RootNames } from "./write-names.ts";
import { GRAMMAR, type WrittenElement, xmlText } from "./write-text.ts";

export interface WriteHistFactoryOptions {
  readonly measurements: readonly MeasurementToWrite[];
  /** Interpolation of modifiers that have none of their own. */
  readonly interpolation: { readonly normsys: string; readonly histosys: string };
  /** What an HS3 document had that the workspace has no place for, or null. */
  readonly source: Hs3Source | null;
}

/** The files of a combination. */
export interface WrittenHistFactory {
  /** Contents by path in the folder; the combination is the last. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly report: ConversionReport;
  /** What the user should know. */
  readonly warnings: readonly string[];
  /** ROOT's parameters by our names, of the first measurement. */
  readonly rootParameters: ReadonlyMap<string, RootParameter>;
}

const GRAMMAR_FILE = "HistFactorySchema.dtd";

/** @throws NextstatError `usage` for what ROOT's HistFactory has no form for */
export function writeHistFactory(
  workspace: Workspace,
  { measurements, interpolation, source }: WriteHistFactoryOptions,
): WrittenHistFactory {
  const log = newConversionLog();
  const [first] = measurements as readonly [MeasurementToWrite];
  const lumi = lumiFunction(workspace, measurements);
  const parameters = new Map(first.parameters.map((parameter) => [parameter.name, parameter]));
  const histograms: HistogramToWrite[] = [];
  const context: WriteContext = {
    channelNames: new RootNames("channel", log),
    sampleNames: new RootNames("sample", log),
    modifierNames: new RootNames("modifier", log),
    parameters,
    interpolation,
    histograms,
    rootNames: new Map(),
    lumi,
    linear: { names: new Map(), elements: [] },
  };
  const observed = new Map(workspace.observations.map(({ name, data }) => [name, data]));
  const offsets = staterrorOffsets(workspace.channels);
  const written = workspace.channels.map((channel, index) => {
    const own = offsets.get(channel.name) as ReadonlyMap<string, number>;
    const made = writeChannel(channel, index, observed.get(channel.name) ?? [], own, context);
    log.kept.push({ path: `/channels/${index}`, note: `channel "${channel.name}"` });
    return { path: `channels/${made.name}.xml`, xml: made.xml };
  });
  if (lumi !== null) {
    const note = `luminosity: as a function of a systematic, because some samples go without it`;
    log.changed.push({ path: "/measurements/0", note });
  }
  const functions = [...(lumi === null ? [] : [lumiElement(lumi)]), ...context.linear.elements];
  const others = beyondOverall(workspace, interpolation);
  const rootParameters = new Map<string, RootParameter>();
  const elements = measurements.map((measurement, index) => {
    const element = writeMeasurement(measurement, index, {
      rootNames: context.rootNames,
      systematicName: (name) => context.modifierNames.of(name, ""),
      isOverallOnly: (name) => !others.has(name),
      written: parameters,
      lumi,
      onParameter: (own, root) => {
        if (index === 0) rootParameters.set(own, root);
      },
      log,
    });
    log.kept.push({ path: `/measurements/${index}`, note: `measurement "${measurement.name}"` });
    return element;
  });
  const combination: WrittenElement = {
    name: "Combination",
    attributes: { OutputFilePrefix: "results" },
    children: [
      ...functions,
      ...written.map(({ path }) => ({ name: "Input", text: path })),
      ...elements,
    ],
  };
  const warnings = log.lost.map(({ note }) => `lost: ${note}`);
  if (source !== null) reportSource(source, log);
  return {
    files: {
      [GRAMMAR_FILE]: GRAMMAR,
      "data.root": writeRoot(histograms, "data.root"),
      ...Object.fromEntries(
        written.map(({ path, xml }) => [path, xmlText(xml, `../${GRAMMAR_FILE}`)]),
      ),
      "combination.xml": xmlText(combination, GRAMMAR_FILE),
    },
    report: log,
    warnings,
    rootParameters,
  };
}

/** Systematics that have more than an OverallSys: a HistoSys, or a function. */
function beyondOverall(
  { channels }: Workspace,
  interpolation: { readonly normsys: string },
): ReadonlySet<string> {
  const modifiers = channels.flatMap(({ samples }) => samples.flatMap((s) => s.modifiers));
  const others = modifiers.filter(
    (modifier) =>
      modifier.type === "histosys" ||
      (modifier.type === "normsys" &&
        (modifier.interpolation ?? interpolation.normsys) !== "code4"),
  );
  return new Set(others.map(({ name }) => name));
}

/** Index of each channel's first parameter in staterror sets that several channels have: channels in order of their names. */
function staterrorOffsets(
  channels: readonly Channel[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const offsets = new Map<string, Map<string, number>>();
  const order = [...channels].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, samples } of order) {
    const own = new Map<string, number>();
    for (const modifier of samples.flatMap((sample) => sample.modifiers)) {
      if (modifier.type !== "staterror" || own.has(modifier.name)) continue;
      const first = sizes.get(modifier.name) ?? 0;
      own.set(modifier.name, first);
      sizes.set(modifier.name, first + (samples[0]?.data.length ?? 0));
    }
    offsets.set(name, own);
  }
  return offsets;
}
