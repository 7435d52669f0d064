/** A small combination in memory, whose texts tests change. */

import {
  bytesSource,
  type HistFactoryFiles,
  type HistFactoryInput,
  type HistFactoryOptions,
  openRoot,
  readHistFactory,
  writeRoot,
} from "../../../src/formats/index.ts";
import { NextstatError } from "../../../src/index.ts";

export const COMBINATION = `<!DOCTYPE Combination SYSTEM 'HistFactorySchema.dtd'>
<Combination OutputFilePrefix="results/x">
  <Input>channel.xml</Input>
  <Measurement Name="m" Lumi="1.0" LumiRelErr="0.1">
    <POI>mu</POI>
    <ParamSetting Const="True">Lumi</ParamSetting>
  </Measurement>
</Combination>
`;

export const CHANNEL = `<!DOCTYPE Channel SYSTEM 'HistFactorySchema.dtd'>
<Channel Name="SR" InputFile="data.root">
  <Data HistoName="data" />
  <Sample Name="signal" HistoName="signal">
    <NormFactor Name="mu" Val="1" Low="0" High="5" />
  </Sample>
  <Sample Name="bkg" HistoName="bkg">
    <OverallSys Name="norm" High="1.1" Low="0.9" />
    <HistoSys Name="jes" HistoNameHigh="up" HistoNameLow="down" />
    <ShapeSys Name="shape" HistoName="relative" />
    <StatError Activate="True" />
  </Sample>
</Channel>
`;

const EDGES = [0, 1, 2];
const HISTOGRAMS = writeRoot(
  [
    { path: "data", edges: EDGES, values: [55, 48] },
    { path: "negative", edges: EDGES, values: [55, -1] },
    { path: "signal", edges: EDGES, values: [5, 4] },
    { path: "bkg", edges: EDGES, values: [50, 40], variances: [9, 4] },
    { path: "up", edges: EDGES, values: [53, 41] },
    { path: "down", edges: EDGES, values: [48, 39] },
    { path: "relative", edges: EDGES, values: [0.1, 0.2] },
    { path: "wide", edges: [0, 1, 2, 3], values: [1, 2, 3] },
    { path: "infinite", edges: EDGES, values: [1, Number.POSITIVE_INFINITY] },
    { path: "folder/bkg", edges: EDGES, values: [51, 39] },
  ],
  "data.root",
);

/** Texts by name of the file, over those above. */
export type Texts = Readonly<Record<string, string>>;

function memoryFiles(texts: Texts = {}): HistFactoryFiles {
  const all: Texts = { "channel.xml": CHANNEL, ...texts };
  const missing = (name: string): NextstatError =>
    new NextstatError("input", "there is no such file", {
      location: { file: name },
      hint: "check the path",
    });
  return {
    async readText(name) {
      const text = all[name];
      if (text === undefined) throw missing(name);
      return { text, file: name };
    },
    async openRoot(name) {
      if (name === "broken.root") return openRoot(bytesSource(HISTOGRAMS.slice(0, 300), name));
      if (name !== "data.root") throw missing(name);
      return openRoot(bytesSource(HISTOGRAMS, name));
    },
  };
}

export function readMemory(
  texts: Texts = {},
  options: HistFactoryOptions = {},
): Promise<HistFactoryInput> {
  const text = texts["combination.xml"] ?? COMBINATION;
  return readHistFactory(text, "combination.xml", memoryFiles(texts), options);
}

/** The channel's text with one part replaced. */
export function channelWith(part: string, by: string): Texts {
  return { "channel.xml": replaced(CHANNEL, part, by) };
}

/** The combination's text with one part replaced. */
export function combinationWith(part: string, by: string): Texts {
  return { "combination.xml": replaced(COMBINATION, part, by) };
}

function replaced(text: string, part: string, by: string): string {
  if (!text.includes(part)) throw new Error(`"${part}" is not in the text`);
  return text.replace(part, () => by);
}
