/**
 * What ROOT needs beside the standard: without it the channels of a likelihood stay apart, and their data too.
 *
 * @module
 */

import { channelName } from "./read-channel.ts";
import type { Hs3Source } from "./types.ts";
import type { WrittenChannel } from "./write-channel.ts";

const CATEGORY = "channelCat";
const PDF = "simPdf";

/**
 * The `misc` of a document: that of the document that was read, with ROOT's bookkeeping for what is written now.
 *
 * @param labels names of the channels
 */
export function writeMisc(
  labels: readonly string[],
  channels: readonly WrittenChannel[],
  analyses: readonly { readonly name: string }[],
  source: Hs3Source | undefined,
): object {
  const distributions = channels.map(({ distribution }) => distribution.name);
  const category = { index_cat: CATEGORY, indices: labels.map((_, i) => i), labels };
  const data = combinedData(labels, channels);
  const internal = {
    ModelConfigs: Object.fromEntries(
      analyses.map(({ name }, i) => [
        name,
        { mcName: i === 0 ? "ModelConfig" : `ModelConfig_${name}`, pdfName: PDF },
      ]),
    ),
    attributes: Object.fromEntries(
      distributions.map((name) => [
        `${channelName(name)}_model`,
        // Bins as Poisson counts; without it ROOT treats them as weighted events of a density.
        { tags: ["BinnedLikelihood", "GenerateBinned"] },
      ]),
    ),
    ...(data === undefined ? {} : { combined_datasets: { [data]: category } }),
    combined_distributions: { [PDF]: { ...category, distributions } },
  };
  return { ...source?.misc, ROOT_internal: internal };
}

/** ROOT finds the data of channel SR under `NAME_SR`; undefined where the names are others. */
function combinedData(
  labels: readonly string[],
  channels: readonly WrittenChannel[],
): string | undefined {
  const stems = channels.map(({ data }, i) =>
    data.name.endsWith(`_${labels[i]}`)
      ? data.name.slice(0, -1 - (labels[i] as string).length)
      : "",
  );
  const [stem] = stems;
  return stem !== "" && stems.every((other) => other === stem) ? stem : undefined;
}
