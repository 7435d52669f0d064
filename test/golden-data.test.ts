import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goldenWorkspaces } from "../tools/golden/make-workspaces.ts";

const folder = (name: string): URL => new URL(`./golden/${name}/`, import.meta.url);
const namesIn = (name: string): string[] =>
  readdirSync(folder(name))
    .filter((file) => file.endsWith(".json"))
    .sort();

const generated = goldenWorkspaces();

interface Reference {
  readonly workspace: string;
  readonly measurement: string;
  readonly interpolation: { readonly set: string };
  readonly poi: string | null;
  readonly parameters: readonly string[];
  readonly fixed: readonly boolean[];
  readonly points: readonly unknown[];
}

interface Inference {
  readonly poi_bounds: readonly [number, number];
  readonly conditional: readonly { readonly mu: number }[];
  readonly tests: readonly { readonly mu: number }[];
}

const LARGEST_INFERENCE = 150;

/** Measurement names of a workspace text, in file order. */
function measurementsOf(text: string): string[] {
  const { measurements } = JSON.parse(text) as { measurements: { name: string }[] };
  return measurements.map((measurement) => measurement.name);
}

describe("golden workspaces", () => {
  it("are the files the generator makes, and no others", () => {
    expect(namesIn("workspaces")).toEqual(
      [...generated.keys()].map((name) => `${name}.json`).sort(),
    );
  });

  it.each([...generated])("%s is byte for byte what the generator makes", (name, text) => {
    expect(readFileSync(new URL(`${name}.json`, folder("workspaces")), "utf8") === text).toBe(true);
  });
});

const models = [...generated].flatMap(([name, text]) =>
  measurementsOf(text).flatMap((measurement, i) =>
    ["root", "pyhf"].map((set) => ({
      file: `${i === 0 ? name : `${name}.${measurement}`}.${set}.json`,
      workspace: `${name}.json`,
      measurement,
      set,
    })),
  ),
);

function read<Content>(file: string, from: string): Content {
  return JSON.parse(readFileSync(new URL(file, folder(from)), "utf8")) as Content;
}

describe("golden references", () => {
  it("are one file per workspace, measurement and interpolation set", () => {
    expect(namesIn("reference")).toEqual(models.map(({ file }) => file).sort());
  });

  it.each(models)("$file says what it was made from", ({ file, workspace, measurement, set }) => {
    const reference = read<Reference>(file, "reference");
    expect(reference).toMatchObject({ workspace, measurement, interpolation: { set } });
    expect(reference.points).toHaveLength(5);
  });
});

describe("golden inference", () => {
  const tested = models.filter(({ file }) => {
    const { poi, parameters, fixed } = read<Reference>(file, "reference");
    if (poi === null || parameters.length > LARGEST_INFERENCE) return false;
    return fixed[parameters.indexOf(poi)] === false;
  });

  it("is one file per model with a free parameter of interest, but for the largest", () => {
    expect(namesIn("inference")).toEqual(tested.map(({ file }) => file).sort());
  });

  it.each(tested)("$file says what it was made from", ({ file, workspace, measurement, set }) => {
    const inference = read<Inference>(file, "inference");
    expect(inference).toMatchObject({
      workspace,
      measurement,
      interpolation: { set },
      nll_hat: expect.any(Number),
      goodness_of_fit: { statistic: expect.any(Number), ndf: expect.any(Number) },
    });
    const [lower, upper] = inference.poi_bounds;
    const values = [0, 0.5, 1, 2].filter((value) => value >= lower && value <= upper);
    expect(inference.conditional.map(({ mu }) => mu)).toEqual(values);
    expect(inference.tests.map(({ mu }) => mu)).toEqual(values.filter((value) => value > 0));
  });
});
