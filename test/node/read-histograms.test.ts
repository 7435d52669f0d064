/** Histograms of ROOT files as templates. */

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readHistograms } from "../../src/node/read-histograms.ts";
import { openRootFile } from "../../src/node/root-file.ts";
import { type HistogramRequest, Notices } from "../../src/templates/index.ts";

const FOLDER = fileURLToPath(new URL("../golden/root/", import.meta.url));

const request = (path: string, histogram: string, mergeOutside = false): HistogramRequest => ({
  key: "k",
  origin: "line 3: sample",
  location: { path, histogram },
  mergeOutside,
});

async function read(wanted: HistogramRequest) {
  const notices = new Notices();
  const [made] = await readHistograms([wanted], FOLDER, notices);
  return { template: made?.[1], notices: notices.list().map(({ message }) => message) };
}

describe("content outside of the axis", () => {
  test("is left out, and told", async () => {
    const { template, notices } = await read(request("histograms.root", "hD"));
    const file = await openRootFile(`${FOLDER}histograms.root`);
    const { values } = await file.histogram("hD");
    await file.close();
    expect(template?.values).toEqual([...values]);
    expect(notices.join()).toContain("34 in hD of");
  });

  // What ROOT wrote: 24 events below, 10 above.
  test("goes into the outer bins where it is merged", async () => {
    const plain = (await read(request("histograms.root", "hD"))).template;
    const { template, notices } = await read(request("histograms.root", "hD", true));
    const last = (plain?.values.length ?? 0) - 1;
    const moved = plain?.values.map((v, b) => v + (b === 0 ? 24 : 0) + (b === last ? 10 : 0));
    expect(template?.values).toEqual(moved);
    expect(template?.variances).toEqual(moved);
    expect(notices).toEqual([]);
  });
});

test.each([
  ["histograms.root", "hX", /line 3: sample: there is no "hX"/],
  ["hist*.root", "hD", /hist\*.root stands for 2 files.*without wildcards/],
  ["no.root", "hD", /line 3: sample: there is no file no.root/],
  ["histograms.uproot.json", "hD", /not a ROOT file|no ROOT file/],
])("%s: %s", async (path, histogram, message) => {
  await expect(read(request(path, histogram))).rejects.toThrow(message);
});
