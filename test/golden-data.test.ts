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
  readonly points: readonly unknown[];
}

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

describe("golden references", () => {
  const expected = [...generated].flatMap(([name, text]) =>
    measurementsOf(text).flatMap((measurement, i) =>
      ["root", "pyhf"].map((set) => ({
        file: `${i === 0 ? name : `${name}.${measurement}`}.${set}.json`,
        workspace: `${name}.json`,
        measurement,
        set,
      })),
    ),
  );

  it("are one file per workspace, measurement and interpolation set", () => {
    expect(namesIn("reference")).toEqual(expected.map(({ file }) => file).sort());
  });

  it.each(expected)("$file says what it was made from", ({ file, workspace, measurement, set }) => {
    const text = readFileSync(new URL(file, folder("reference")), "utf8");
    const reference = JSON.parse(text) as Reference;
    expect(reference).toMatchObject({ workspace, measurement, interpolation: { set } });
    expect(reference.points).toHaveLength(5);
  });
});
