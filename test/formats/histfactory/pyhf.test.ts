/** HistFactory files with pyhf's defaults against pyhf's own reading, recorded by tools/golden/histfactory-pyhf.py. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GOLDEN, readModel } from "./support.ts";

interface PyhfNumbers {
  readonly parameters: readonly {
    readonly name: string;
    readonly init: number;
    readonly bounds: readonly [number, number];
    readonly fixed: boolean;
  }[];
  readonly points: readonly { readonly position: readonly number[]; readonly nll: number }[];
}

test.each(readdirSync(join(GOLDEN, "pyhf")))("%s", async (file) => {
  const pyhf = JSON.parse(readFileSync(join(GOLDEN, "pyhf", file), "utf8")) as PyhfNumbers;
  const path = join(GOLDEN, "inputs", file.replace(/\.json$/, ""), "combination.xml");
  const [measurement] = ["m", "Gaussian"].filter((name) =>
    readFileSync(path, "utf8").includes(`Name="${name}"`),
  ) as [string];
  const model = await readModel(path, measurement, { defaults: "pyhf" });
  const { parameters } = model.resolved;
  const own = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  expect([...own.keys()].sort()).toEqual(pyhf.parameters.map(({ name }) => name).sort());
  for (const { name, init, bounds, fixed } of pyhf.parameters) {
    const { lower, upper, ...parameter } = own.get(name) ?? { lower: null, upper: null };
    expect({ ...parameter, bounds: [lower, upper] }).toMatchObject({ name, init, bounds, fixed });
  }
  const names = pyhf.parameters.map(({ name }) => name);
  for (const { position, nll } of pyhf.points) {
    const theta = parameters.map(({ name }) => position[names.indexOf(name)] as number);
    expect(Math.abs(model.nll(theta) - nll)).toBeLessThan(1e-12 * Math.abs(nll));
  }
});
