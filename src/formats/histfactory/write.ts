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

import { writeRoot } from "../root/write.ts";
import type { HistogramToWrite } from "../root/write-histogram.ts";
import type { RootParameter } from "./parameter-names.ts";
import { type WriteContext, writeChannel } from "./write-channel.ts";
import { functionElement, lumiFunction } from "./write-lumi.ts";
import { writeMeasurement } from "./write-measurement.ts";
import { RootNames } from "./write-names.ts";
import { GRAMMAR, type WrittenElement, xmlText } from "./write-text.ts";

export interface WriteHistFactoryOptions {
  readonly measurements: readonly MeasurementToWrite[];
  /** Interpolation of modifiers that have none of their own. */
  readonly interpolation: { readonly normsys: string; readonly histosys: string };
}

/** The files of a combination. */
export interface WrittenHistFactory {
  /** Contents by path in the folder; the combination is the last. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly report: ConversionReport;
  /** ROOT's parameters by our names, of the first measurement. */
  readonly rootParameters: ReadonlyMap<string, RootParameter>;
}

const GRAMMAR_FILE = "HistFactorySchema.dtd";

/** @throws NextstatError `usage` for what ROOT's HistFactory has no form for */
export function writeHistFactory(
  workspace: Workspace,
  { measurements, interpolation }: WriteHistFactoryOptions,
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
    log.changed.push({ path: "/measurements", note });
  }
  const functions = lumi === null ? [] : [functionElement(lumi)];
  const uses = systematicUses(workspace);
  const rootParameters = new Map<string, RootParameter>();
  const elements = measurements.map((measurement, index) => {
    const element = writeMeasurement(measurement, index, {
      rootNames: context.rootNames,
      systematicName: (name) => context.modifierNames.of(name, ""),
      uses: (name) => uses.get(name) ?? { overall: false, histo: false },
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
    rootParameters,
  };
}

/** Which modifiers the systematics have, by name. */
function systematicUses(
  workspace: Workspace,
): ReadonlyMap<string, { readonly overall: boolean; readonly histo: boolean }> {
  const uses = new Map<string, { overall: boolean; histo: boolean }>();
  for (const { samples } of workspace.channels) {
    for (const { name, type } of samples.flatMap((sample) => sample.modifiers)) {
      if (type !== "normsys" && type !== "histosys") continue;
      const use = uses.get(name) ?? { overall: false, histo: false };
      use[type === "normsys" ? "overall" : "histo"] = true;
      uses.set(name, use);
    }
  }
  return uses;
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
