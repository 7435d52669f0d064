/** What is written as HistFactory files, read again. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesSource, openRoot, readHistFactory } from "../../../src/formats/index.ts";
import { modelOf, toHistFactory } from "../../../src/histfactory-xml.ts";
import { fromPyhf, type Model, NextstatError } from "../../../src/index.ts";
import { EXPORTED, exportedFiles } from "../../../tools/golden/histfactory-exported.ts";
import { seededRng } from "../fuzz.ts";
import { GOLDEN, readModel } from "./support.ts";

const WORKSPACES = new URL("../../golden/workspaces/", import.meta.url).pathname;

/** The model that reading the written files gives. */
async function roundTrip(model: Model): Promise<Model> {
  const { files } = toHistFactory(model);
  const contents = new Map(Object.entries(files));
  const input = await readHistFactory(
    contents.get("combination.xml") as string,
    "combination.xml",
    {
      readText: async (name) => ({ text: contents.get(name) as string, file: name }),
      openRoot: (name) => openRoot(bytesSource(contents.get(name) as Uint8Array, name)),
    },
  );
  return modelOf(input, { measurement: model.resolved.measurement });
}

/** The position of the same parameters in the other model, where a luminosity may be a systematic. */
function translate(theta: readonly number[], model: Model, other: Model): number[] {
  const names = model.paramNames();
  const staterrors = new Map<string, number>();
  model.resolved.parameters.forEach(({ kind, set, bin }, i) => {
    if (kind === "staterror") staterrors.set(`${set}[${bin}]`, i);
  });
  return other.resolved.parameters.map(({ name, init, set, bin }) => {
    const same = names.indexOf(name);
    if (same >= 0) return theta[same] as number;
    if (name === "alpha_lumi") {
      const lumi = model.resolved.parameters[names.indexOf("lumi")];
      const sigma = lumi?.constraint.type === "gauss" ? lumi.constraint.sigma : Number.NaN;
      return ((theta[names.indexOf("lumi")] as number) - (lumi?.auxdata ?? 0)) / sigma;
    }
    // ROOT's name of a channel's staterror, whatever ours was; a further one has the channel's name after its own.
    const [, channel] = /^staterror_(.*)$/.exec(set) ?? [];
    for (const { name: own, samples } of model.workspace.channels) {
      const sets = samples.flatMap(({ modifiers }) =>
        modifiers.filter(({ type }) => type === "staterror").map((modifier) => modifier.name),
      );
      const wanted = own === channel ? sets[0] : sets.find((each) => `${each}_${own}` === set);
      const at = wanted === undefined ? undefined : staterrors.get(`${wanted}[${bin}]`);
      if (at !== undefined) return theta[at] as number;
    }
    return init;
  });
}

/** Three random positions, not far from the start. */
function positions(model: Model): number[][] {
  const rng = seededRng(1);
  const start = model.suggestedInit();
  return [0, 1, 2].map((step) =>
    model.resolved.parameters.map(({ fixed, lower, upper }, i) => {
      const from = start[i] as number;
      if (fixed || step === 0) return from;
      const span = Math.min(upper - from, 1);
      return Math.max(lower, from + 0.5 * span * rng());
    }),
  );
}

/** Why some cannot be written. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "only-shapefactor": /no parameter of interest/,
  "poi-none": /no parameter of interest/,
  "poi-none-free-shapes": /no parameter of interest/,
  "override-auxdata": /auxiliary datum or width of the constraint of "signal_theory"/,
  "override-per-bin": /auxiliary datum 1.02 of "staterror_SR\[0\]"/,
  "several-measurements": /differs between measurements/,
};

describe("workspaces", () => {
  const names = readdirSync(WORKSPACES).map((file) => file.replace(/\.json$/, ""));
  const load = (name: string): Model =>
    fromPyhf(readFileSync(join(WORKSPACES, `${name}.json`), "utf8"));

  test.each(names.filter((name) => REFUSED[name] === undefined))("%s", async (name) => {
    const model = load(name);
    const back = await roundTrip(model);
    const nll = positions(model).map((theta) => ({
      before: model.nll(theta),
      after: back.nll(translate(theta, model, back)),
    })) as [{ before: number; after: number }, ...{ before: number; after: number }[]];
    // A luminosity in units of its width differs by a constant.
    const changed = back.paramNames().includes("alpha_lumi");
    const offset = changed ? nll[0].after - nll[0].before : 0;
    for (const { before, after } of nll) {
      expect(Math.abs(after - before - offset)).toBeLessThan(1e-10 * Math.max(1, Math.abs(before)));
    }
    expect(back.paramNames()[back.poiIndex() ?? -1]).toBe(
      model.paramNames()[model.poiIndex() ?? -1],
    );
    const free = (each: Model): number =>
      each.resolved.parameters.filter(({ fixed }) => !fixed).length;
    expect(free(back)).toBe(free(model));
  });

  test.each(Object.entries(REFUSED))("%s is refused", (name, message) => {
    const model = load(name);
    expect(() => toHistFactory(model)).toThrow(NextstatError);
    expect(() => toHistFactory(model)).toThrow(message);
  });

  test("one of several measurements", async () => {
    const { files } = toHistFactory(load("several-measurements"), { allMeasurements: false });
    expect(String(files["combination.xml"]).match(/<Measurement /g)).toHaveLength(1);
  });
});

test.each(["stat-errors", "constraint-terms", "shapes", "regions", "functions"])(
  "%s, which was read from such files",
  async (name) => {
    const path = join(GOLDEN, "inputs", name, "combination.xml");
    const measurement = name === "regions" ? "free" : name === "constraint-terms" ? "Uniform" : "m";
    const model = await readModel(path, measurement, { measurement });
    const back = await roundTrip(model);
    for (const theta of positions(model)) {
      const before = model.nll(theta);
      const after = back.nll(translate(theta, model, back));
      expect(Math.abs(after - before)).toBeLessThan(1e-10 * Math.max(1, Math.abs(before)));
    }
  },
);

test.each(Object.entries(EXPORTED))("%s is what ROOT was asked about", (name, workspace) => {
  for (const [path, content] of Object.entries(exportedFiles(workspace))) {
    const committed = readFileSync(join(GOLDEN, "inputs", name, path));
    expect(Buffer.compare(Buffer.from(content as string), committed), path).toBe(0);
  }
});
