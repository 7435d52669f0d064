/** Every chain of formats: the likelihood is the same, or a report or a refusal says why not. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hs3Options, readHistFactory } from "../../../src/formats/index.ts";
import { NextstatError } from "../../../src/index.ts";
import { lookUpFiles } from "../../../src/node/histfactory-files.ts";
import { arbitraryWorkspace } from "../../workspace/arbitrary-workspace.ts";
import { expectChain, type Format, readJson, type Stage } from "./chains.ts";

const GOLDEN = new URL("../../golden/", import.meta.url).pathname;
const SHARED = new URL("../../../../shared/data/", import.meta.url).pathname;

const CHAINS: Readonly<Record<Format, readonly (readonly Format[])[]>> = {
  pyhf: [
    ["pyhf"],
    ["hs3", "pyhf"],
    ["histfactory", "pyhf"],
    ["histfactory", "hs3", "pyhf"],
    ["hs3", "histfactory", "pyhf"],
    ["histfactory", "histfactory"],
  ],
  hs3: [
    ["hs3"],
    ["pyhf", "hs3"],
    ["histfactory", "hs3"],
    ["pyhf", "histfactory", "hs3"],
    ["histfactory", "pyhf", "hs3"],
  ],
  histfactory: [
    ["histfactory"],
    ["pyhf", "histfactory"],
    ["hs3", "histfactory"],
    ["pyhf", "hs3", "histfactory"],
    ["hs3", "pyhf", "histfactory"],
  ],
};

/** What cannot be written as HistFactory XML, and why. */
const NOT_IN_XML: Readonly<Record<string, RegExp>> = {
  "only-shapefactor": /no parameter of interest/,
  "poi-none": /no parameter of interest/,
  "poi-none-free-shapes": /no parameter of interest/,
  "override-auxdata": /auxiliary datum or width of the constraint of "signal_theory"/,
  "override-per-bin": /auxiliary datum 1.02 of "staterror_SR\[0\]"/,
  "several-measurements": /differs between measurements/,
};

/** The same for HS3 documents, read as the standard says. */
const HS3_NOT_IN_XML: Readonly<Record<string, RegExp>> = {
  constraints: /the constraint of the normfactor "efficiency"/,
  custom: /the interpolation code1 of "alpha_theory".*--hs3-interp root/,
  gammas: /the auxiliary datum 13.5 of "gamma_counts\[1\]"/,
  interpolation: /the interpolation code0 of "alpha_shape"/,
  roofit: /the interpolation code0 of "alpha_jes"/,
};

/** And constraints that HS3 has no form for, by their measurement. */
const NOT_IN_HS3: Readonly<Record<string, RegExp>> = {
  Gamma: /the Gamma constraint of "norm" cannot be written as HS3/,
  LogNormal: /the LogNormal constraint of "norm" cannot be written as HS3/,
};

/** Runs the chains of a document; those that its model cannot take must be refused for the reason that is given. */
function check(
  open: () => Promise<Stage>,
  from: Format,
  refusal?: RegExp,
  by: Format = "histfactory",
): void {
  const chains = CHAINS[from].map((chain) => [chain.join(", "), chain] as const);
  test.each(chains)("to %s", async (_, chain) => {
    const start = await open();
    // Of several measurements HS3 drops those that disagree, and says so.
    const isDropped = /measurements/.test(refusal?.source ?? "") && chain[0] === "hs3";
    if (refusal === undefined || isDropped || !chain.includes(by)) {
      await expectChain(start, chain);
      return;
    }
    const refused = expectChain(start, chain);
    await expect(refused).rejects.toThrow(NextstatError);
    await expect(refused).rejects.toThrow(refusal);
  });
}

function json(path: string, hs3: Hs3Options = {}): () => Promise<Stage> {
  return async () => readJson(readFileSync(path, "utf8"), hs3);
}

function combination(path: string, measurement?: string): () => Promise<Stage> {
  return async () => {
    const how = measurement === undefined ? {} : { measurement };
    const input = await readHistFactory(readFileSync(path, "utf8"), path, lookUpFiles(path), how);
    return { ...input, format: "histfactory", hs3: null };
  };
}

/** The names of files in a folder that end so, without that; none where there is no folder. */
function namesIn(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending) && !file.slice(0, -ending.length).includes("."))
    .map((file) => file.slice(0, -ending.length));
}

const WORKSPACES = join(GOLDEN, "workspaces");
describe.each(namesIn(WORKSPACES, ".json"))("workspace %s", (name) => {
  check(json(join(WORKSPACES, `${name}.json`)), "pyhf", NOT_IN_XML[name]);
});

const DOCUMENTS = join(GOLDEN, "hs3");
describe.each(namesIn(DOCUMENTS, ".hs3.json"))("HS3 %s", (name) => {
  check(json(join(DOCUMENTS, `${name}.hs3.json`)), "hs3", HS3_NOT_IN_XML[name]);
});
describe.each(["custom", "roofit"])("HS3 %s, read as ROOT reads it", (name) => {
  check(json(join(DOCUMENTS, `${name}.hs3.json`), { interpolation: "root" }), "hs3");
});

const COMBINATIONS = join(GOLDEN, "histfactory/inputs");
describe.each(readdirSync(COMBINATIONS))("combination %s", (name) => {
  check(combination(join(COMBINATIONS, name, "combination.xml")), "histfactory");
});
const TERMS = join(COMBINATIONS, "constraint-terms/combination.xml");
const measurements = readFileSync(TERMS, "utf8").matchAll(/<Measurement Name="(\w+)"/g);
describe.each([...measurements].map(([, name]) => name as string))(
  "constraint terms: %s",
  (name) => {
    check(combination(TERMS, name), "histfactory", NOT_IN_HS3[name], "hs3");
  },
);

describe("several measurements", () => {
  const channel = {
    name: "SR",
    samples: [
      { name: "signal", data: [5, 6], modifiers: [{ name: "mu", type: "normfactor", data: null }] },
      {
        name: "bkg",
        data: [50, 60],
        modifiers: [
          { name: "norm", type: "normsys", data: { hi: 1.1, lo: 0.9 } },
          { name: "stat", type: "staterror", data: [5, 3] },
        ],
      },
    ],
  };
  const workspace = (...settings: readonly object[][]): Stage =>
    readJson({
      channels: [channel],
      observations: [{ name: "SR", data: [52, 70] }],
      measurements: settings.map((parameters, i) => ({
        name: `m${i}`,
        config: { poi: "mu", parameters },
      })),
      version: "1.0.0",
    });
  const held = { name: "norm", fixed: true, inits: [0.5] };
  const range = { name: "mu", inits: [2], bounds: [[-1, 7]] };
  const low = {
    name: "stat",
    bounds: [
      [0.5, 1.5],
      [0.75, 1.25],
    ],
  };

  test.each(CHAINS.pyhf.map((chain) => [chain.join(", "), chain] as const))(
    "each with its starts, ranges and what is held, to %s",
    (_, chain) => expectChain(workspace([], [held], [range, low]), chain),
  );

  test.each([["histfactory"], ["hs3"]] as const)(
    "another width of a set of bins, to %s",
    async (to) => {
      const other = { name: "stat", sigmas: [0.3, 0.3] };
      const converted = expectChain(workspace([], [other]), [to, "pyhf"]);
      // HS3 drops the second one; the channels of HistFactory hold for all of them.
      if (to === "hs3") await converted;
      else
        await expect(converted).rejects.toThrow(/"stat\[0\]", which differs between measurements/);
    },
  );
});

const linear = (hi: number, lo: number): object => ({
  channels: [
    {
      name: "SR",
      samples: [
        {
          name: "bkg",
          data: [50, 60],
          modifiers: [
            { name: "mu", type: "normfactor", data: null },
            { name: "slope", type: "normsys", data: { hi, lo }, interpolation: "code0" },
            { name: "slope_factor", type: "normfactor", data: null },
          ],
        },
      ],
    },
  ],
  observations: [{ name: "SR", data: [52, 70] }],
  measurements: [{ name: "m", config: { poi: "mu", parameters: [] } }],
  version: "1.0.0",
});
describe.each([
  ["up", 1.25, 0.75],
  ["down", 0.9, 1.1],
])("a normsys that is linear, %s", (_, hi, lo) => {
  check(async () => readJson(linear(hi, lo)), "pyhf");
});
describe("a normsys that is linear on each side", () => {
  check(async () => readJson(linear(1.3, 0.8)), "pyhf", /the interpolation code0 of "slope"/);
});

test.each(CHAINS.pyhf.map((chain) => [chain.join(", "), chain] as const))(
  "any workspace to %s",
  async (_, chain) => {
    await fc.assert(
      fc.asyncProperty(arbitraryWorkspace(), async (workspace) => {
        try {
          await expectChain(readJson(workspace), chain);
        } catch (error) {
          if (!(error instanceof NextstatError)) throw error;
          // Widths of constraints other than ROOT's, and no parameter of interest.
          expect(error.message).toMatch(
            /("theory"|no parameter of interest,) cannot be written as/,
          );
          fc.pre(false);
        }
      }),
      { numRuns: 15, maxSkipsPerRun: 1000 },
    );
  },
);

/** Workspaces and combinations that are not part of the project, beside it. */
const published = namesIn(join(SHARED, "published"), ".json");
if (published.length === 0) {
  test.skip("published workspaces: ../shared/data is not here", () => {});
} else {
  describe.each(published)("published workspace %s", (name) => {
    check(json(join(SHARED, "published", `${name}.json`)), "pyhf");
  });
}
const examples = combinationsIn(join(SHARED, "histfactory"));
if (examples.length === 0) {
  test.skip("examples of ROOT: ../shared/data is not here", () => {});
} else {
  describe.each(examples)("example %s", (name) => {
    check(combination(join(SHARED, "histfactory", name)), "histfactory");
  });
}

/** XML files in a folder and those below it that are combinations. */
function combinationsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".xml"))
    .filter((file) => /<Combination\b/.test(readFileSync(join(folder, file), "utf8")));
}
