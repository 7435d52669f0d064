/** The histograms of `draw.config` are those that ROOT draws (test/golden/trexfitter, by tools/golden/trexfitter.py). */

import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { readTrexFitter } from "../../../src/formats/index.ts";
import { buildFromPlan } from "../../../src/node/build-plan.ts";
import { fillRequests } from "../../../src/node/fill-threads.ts";
import { type AnalysisPlan, requestsOf } from "../../../src/templates/index.ts";
import type { Workspace } from "../../../src/workspace/types.ts";

const GOLDEN = new URL("../../golden/", import.meta.url);
const FOLDER = new URL("cabinetry/", GOLDEN).pathname;

/** Sums of up to a few hundred products of doubles, in another order: 2^-53 each. */
const TOLERANCE = 1e-13;

type Drawn = Readonly<
  Record<string, { readonly values: readonly number[]; readonly variances: readonly number[] }>
>;

const drawn: Drawn = JSON.parse(
  readFileSync(new URL("trexfitter/draw.json", GOLDEN), "utf8"),
).templates;

let plan: AnalysisPlan;
beforeAll(() => {
  const text = readFileSync(new URL("draw.config", import.meta.url), "utf8");
  plan = readTrexFitter(text, "draw.config", () => "").plan;
});

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [b, value] of expected.entries()) {
    expect(Math.abs((found[b] as number) - value)).toBeLessThanOrEqual(TOLERANCE * Math.abs(value));
  }
}

/** Of one input without a scale: what is filled is what is drawn, but for the luminosity of 2. */
test("templates of systematics", async () => {
  const { events } = requestsOf(plan);
  const filled = await fillRequests(events, { style: "root", folder: FOLDER, threads: 1 });
  const names = events.map(({ name }) => name);
  for (const region of ["many", "few"]) {
    for (const variation of ["jer_up", "isr_up", "isr_down"]) {
      const name = `${region}/ttbar/${variation}`;
      const { values, variances } = filled[names.indexOf(name)]?.template ?? {};
      expectClose(values?.map((v) => 2 * v) ?? [], drawn[name]?.values ?? []);
      expectClose(variances?.map((v) => 4 * v) ?? [], drawn[name]?.variances ?? []);
    }
  }
});

test("samples, their uncertainties, and effects of weights in a workspace", async () => {
  const { workspace } = await buildFromPlan({ ...plan, floor: null }, { folder: FOLDER });
  const parts = ({ channels }: Workspace, region: string, name: string) =>
    channels.find((channel) => channel.name === region)?.samples.find((s) => s.name === name);
  for (const region of ["many", "few"]) {
    for (const name of ["ttbar", "wjets", "fakes"]) {
      const sample = parts(workspace, region, name);
      const nominal = drawn[`${region}/${name}/nominal`];
      expectClose(sample?.data ?? [], nominal?.values ?? []);
      const staterror = sample?.modifiers.find(({ type }) => type === "staterror");
      const uncertainties = nominal?.variances.map(Math.sqrt) ?? [];
      expectClose((staterror?.data ?? []) as number[], uncertainties);
    }
    const observed = workspace.observations.find((o) => o.name === region)?.data ?? [];
    expectClose(observed, drawn[`${region}/data/nominal`]?.values ?? []);
    const normalisation = parts(workspace, region, "wjets")?.modifiers.find(
      ({ name, type }) => name === "btag" && type === "normsys",
    );
    const total = (name: string): number =>
      (drawn[`${region}/wjets/${name}`]?.values ?? []).reduce((sum, value) => sum + value, 0);
    const { hi, lo } = (normalisation?.data ?? {}) as { hi: number; lo: number };
    expectClose(
      [hi, lo],
      [total("btag_up") / total("nominal"), total("btag_down") / total("nominal")],
    );
  }
});
