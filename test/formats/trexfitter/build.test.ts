/**
 * The analysis of `search.config` gives the workspace that cabinetry makes of the same analysis in its own words
 * (test/golden/cabinetry, recorded by tools/golden/templates.py).
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readTrexFitter } from "../../../src/formats/index.ts";
import { buildFromPlan } from "../../../src/node/build-plan.ts";
import type { AnalysisPlan } from "../../../src/templates/index.ts";
import type { Modifier, Workspace } from "../../../src/workspace/types.ts";

const GOLDEN = new URL("../../golden/cabinetry/", import.meta.url);

/**
 * The weights are `float`: NumPy multiplies them as such, ROOT as doubles. A product of two is rounded by up to 2^-24, and so
 * is that with a factor: sums of such numbers differ by no more than a few of these, squares by twice as much.
 */
const TOLERANCE = 4 * 2 ** -24;

/** Mirrored: cabinetry mirrors yield and shape each by itself, TRExFitter the template. Their sides up are the same. */
const MIRRORED = ["jer", "ttbar_shower", "wjets_model"];

/** As cabinetry has it, which leaves empty bins empty. */
let ours: Workspace;
let raised: Workspace;
/** Of the histograms that were filled for it. */
let fromHistograms: Workspace;
let cabinetry: Workspace;

/** The plan of a configuration beside this file. */
function planOf(name: string): AnalysisPlan {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  return readTrexFitter(read(name), name, read).plan;
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "trexfitter-"));
  const events = { folder: GOLDEN.pathname, histograms: join(folder, "histograms.root") };
  const plan = planOf("search.config");
  ours = (await buildFromPlan({ ...plan, floor: null }, events)).workspace;
  raised = (await buildFromPlan(plan, events)).workspace;
  fromHistograms = (await buildFromPlan(planOf("search-histograms.config"), { folder })).workspace;
  rmSync(folder, { recursive: true });
  const golden: { workspace: Workspace } = JSON.parse(
    readFileSync(new URL("expected.json", GOLDEN), "utf8"),
  );
  cabinetry = golden.workspace;
});

/** Numbers of a modifier: those of up alone where the mirror images differ by definition. */
function numbersOf({ name, type, data }: Modifier, channel: string): unknown {
  const isMirrored = MIRRORED.includes(name) && !(name === "wjets_model" && channel === "CR_wjets");
  if (!isMirrored) return data;
  if (type === "normsys") return { hi: data.hi };
  return type === "histosys" ? { hi_data: data.hi_data } : data;
}

/** All numbers of a workspace, each under a name. */
function flatten(value: unknown, path: string, into: Map<string, number>): Map<string, number> {
  if (typeof value === "number") into.set(path, value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, `${path}/${key}`, into);
  }
  return into;
}

function templatesIn({ channels }: Workspace): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const channel of channels) {
    for (const sample of channel.samples) {
      const place = `${channel.name}/${sample.name}`;
      flatten(sample.data, place, numbers);
      for (const modifier of sample.modifiers) {
        const values = numbersOf(modifier, channel.name);
        flatten(values, `${place}/${modifier.name}/${modifier.type}`, numbers);
      }
    }
  }
  return numbers;
}

/** Channels, samples and modifiers, without numbers. */
function structureOf({ channels }: Workspace): unknown {
  return channels.map(({ name, samples }) => [
    name,
    samples.map((sample) => [
      sample.name,
      sample.modifiers.map((modifier) => `${modifier.name} ${modifier.type}`).sort(),
    ]),
  ]);
}

describe("an analysis in TRExFitter's words and in cabinetry's", () => {
  test("has the same channels, samples, modifiers and data", () => {
    expect(structureOf(ours)).toEqual(structureOf(cabinetry));
    expect(ours.observations).toEqual(cabinetry.observations);
  });

  test("has the same templates", () => {
    const expected = templatesIn(cabinetry);
    const found = templatesIn(ours);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    const differences = [...expected].flatMap(([path, value]) => {
      const difference = Math.abs((found.get(path) as number) - value);
      return difference <= TOLERANCE * Math.max(1, Math.abs(value))
        ? []
        : [[path, value, found.get(path)]];
    });
    expect(differences).toEqual([]);
    expect(expected.size).toBeGreaterThan(300);
  });

  test("has the same parameters", () => {
    const parametersOf = ({ measurements }: Workspace): unknown =>
      measurements[0]?.config.parameters
        .filter(({ name }) => name !== "fakes_norm")
        .map(({ name, inits, bounds }) => [name, inits ?? [1], bounds]);
    expect(parametersOf(ours)).toEqual(parametersOf(cabinetry));
    expect(ours.measurements[0]?.config.poi).toBe("mu");
  });
});

test("the histograms of an analysis, read, give its workspace again", () => {
  expect(fromHistograms).toEqual(raised);
});

test("bins of backgrounds without events get 1e-6 events, as TRExFitter gives them", () => {
  const bins = ours.channels.flatMap(({ name, samples }, c) =>
    samples.flatMap((sample, s) =>
      sample.data.flatMap((value, b) =>
        value === 0
          ? [[`${name}/${sample.name}`, raised.channels[c]?.samples[s]?.data[b] ?? Number.NaN]]
          : [],
      ),
    ),
  );
  expect(bins.length).toBeGreaterThan(0);
  for (const [place, value] of bins) {
    if (String(place).endsWith("/signal")) expect(value).toBe(0);
    else expect(value).toBeCloseTo(1e-6, 11);
  }
});
