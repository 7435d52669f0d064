/** What is written as HistFactory files; read again: conversions/chains.test.ts. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toHistFactory } from "../../../src/histfactory-xml.ts";
import { fromPyhf } from "../../../src/index.ts";
import { EXPORTED, exportedFiles } from "../../../tools/golden/histfactory-exported.ts";
import { GOLDEN } from "./support.ts";

const WORKSPACES = new URL("../../golden/workspaces/", import.meta.url);

test("one of several measurements", () => {
  const text = readFileSync(new URL("several-measurements.json", WORKSPACES), "utf8");
  const { files } = toHistFactory(fromPyhf(text), { allMeasurements: false });
  expect(String(files["combination.xml"]).match(/<Measurement /g)).toHaveLength(1);
});

test("a linear normsys becomes a function, one for each slope", () => {
  const slope = (name: string, hi: number, lo: number): object => ({
    name,
    data: [50],
    modifiers: [
      { name: "mu", type: "normfactor", data: null },
      { name: "a", type: "normsys", data: { hi, lo }, interpolation: "code0" },
    ],
  });
  const model = fromPyhf({
    channels: [
      {
        name: "SR",
        samples: [slope("x", 1.25, 0.75), slope("y", 0.5, 1.5), slope("z", 1.25, 0.75)],
      },
    ],
    observations: [{ name: "SR", data: [150] }],
    measurements: [{ name: "m", config: { poi: "mu", parameters: [] } }],
    version: "1.0.0",
  });
  const { files } = toHistFactory(model);
  expect(String(files["combination.xml"]).match(/<Function .*/g)).toEqual([
    '<Function Name="a_factor" Expression="1.0+0.25*alpha_a" Dependents="alpha_a[0,-5,5]" />',
    '<Function Name="a_factor_" Expression="1.0-0.5*alpha_a" Dependents="alpha_a[0,-5,5]" />',
  ]);
});

test.each(Object.entries(EXPORTED))("%s is what ROOT was asked about", (name, workspace) => {
  for (const [path, content] of Object.entries(exportedFiles(workspace))) {
    const committed = readFileSync(join(GOLDEN, "inputs", name, path));
    expect(Buffer.compare(Buffer.from(content as string), committed), path).toBe(0);
  }
});
