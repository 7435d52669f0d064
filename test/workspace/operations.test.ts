import { describe, expect, test } from "vitest";
import {
  inspect,
  NextstatError,
  pruneWorkspace,
  renameWorkspace,
  workspaceDigest,
} from "../../src/index.ts";
import { compareCodePoints } from "../../src/workspace/names.ts";
import { validWorkspace } from "../bad-inputs/base.ts";

function refusal(operation: () => unknown): NextstatError {
  try {
    operation();
  } catch (error) {
    if (error instanceof NextstatError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function warningsOf(operation: (onWarning: (text: string) => void) => unknown): string[] {
  const warnings: string[] = [];
  operation((text) => warnings.push(text));
  return warnings;
}

test("names are compared by code point", () => {
  const names = ["～", "\u{1f600}", "a", "ab", "\u{1f601}", "Z", ""];
  expect(names.sort(compareCodePoints)).toEqual([
    "",
    "Z",
    "a",
    "ab",
    "～",
    "\u{1f600}",
    "\u{1f601}",
  ]);
});

describe("prune", () => {
  test("says when the parameter of interest or settings lose their modifier", () => {
    const warnings = warningsOf((onWarning) =>
      pruneWorkspace(validWorkspace(), { samples: ["signal"], channels: ["CR"], onWarning }),
    );
    expect(warnings).toEqual([
      'measurement "fit" has settings for "mu", which no modifier defines: ignored',
      'measurement "fit" has settings for "lumi", which no modifier defines: ignored',
      'no modifier defines "mu", the parameter of interest of measurement "fit"',
    ]);
  });

  test("removes the settings of one bin with their modifier", () => {
    const workspace = validWorkspace();
    workspace.measurements[0].config.parameters.push({ name: "stat_SR[1]", fixed: true });
    const pruned = pruneWorkspace(workspace, { modifiers: ["stat_SR"] });
    const names = pruned.measurements[0]?.config.parameters.map((p) => p.name);
    expect(names).toEqual(["mu", "lumi"]);
  });

  test("names the nearest known name", () => {
    const cases = [
      [{ channels: ["SRR"] }, 'no channel "SRR" — did you mean "SR"?'],
      [{ samples: ["backgrund"] }, 'no sample "backgrund" — did you mean "background"?'],
      [{ modifiers: ["JESS"] }, 'no modifier "JESS" — did you mean "JES"?'],
      [{ measurements: ["fi"] }, 'no measurement "fi" — did you mean "fit"?'],
    ] as const;
    for (const [options, message] of cases) {
      const error = refusal(() => pruneWorkspace(validWorkspace(), options));
      expect(error.message).toBe(`the workspace has ${message}`);
      expect(error.kind).toBe("usage");
    }
  });

  test("finds a type whose names all belong to another type too", () => {
    const workspace = validWorkspace();
    const pruned = pruneWorkspace(workspace, { modifierTypes: ["histosys"] });
    expect(inspect(pruned).modifiers.JES).toBe("normsys");
    const error = refusal(() => pruneWorkspace(pruned, { modifierTypes: ["histosys"] }));
    expect(error.message).toMatch(/^the workspace has no modifier of type "histosys" — known: /);
  });
});

describe("rename", () => {
  test("moves the settings of one bin, and a POI of one bin", () => {
    const workspace = validWorkspace();
    workspace.measurements[0].config.parameters.push({ name: "stat_SR[1]", fixed: true });
    workspace.measurements[0].config.poi = "stat_SR[0]";
    const renamed = renameWorkspace(workspace, { modifiers: { stat_SR: "gamma" } });
    const { poi, parameters } = renamed.measurements[0]?.config ?? {};
    expect(poi).toBe("gamma[0]");
    expect(parameters?.map((p) => p.name)).toEqual(["mu", "lumi", "gamma[1]"]);
  });

  test("says when modifiers become one", () => {
    const warnings = warningsOf((onWarning) =>
      renameWorkspace(validWorkspace(), { modifiers: { theory: "JES" }, onWarning }),
    );
    expect(warnings).toEqual([
      'the modifiers "theory" and "JES" are all called "JES" now: they share their parameters',
    ]);
  });

  test("says when settings begin to have an effect, and nothing of those that still have none", () => {
    const workspace = validWorkspace();
    workspace.measurements[0].config.parameters.push({ name: "JES_2", inits: [1] });
    const rename = (modifiers: Record<string, string>) =>
      warningsOf((onWarning) => renameWorkspace(workspace, { modifiers, onWarning }));
    expect(rename({ JES: "JES_2" })).toEqual([
      'measurement "fit" has settings for "JES_2", which were ignored: they hold now',
    ]);
    expect(rename({ JES: "other" })).toEqual([]);
  });

  test("refuses results that are no workspaces", () => {
    const cases = [
      [{ channels: { SR: "CR" } }, /^duplicate channel name "CR" \(after renaming\)/],
      [
        { samples: { signal: "background" } },
        /^duplicate sample name "background".*after renaming/,
      ],
      [{ modifiers: { lumi: "L" } }, /must be named "lumi" \(after renaming\)/],
      [{ modifiers: { mu: "" } }, /^the new name of modifier "mu" is empty/],
      [{ modifiers: { mu: "stat_SR" } }, /shares its name with/],
      [{ channels: { __proto__x: "a" } }, /no channel "__proto__x"/],
    ] as const;
    for (const [options, message] of cases) {
      expect(refusal(() => renameWorkspace(validWorkspace(), options)).message).toMatch(message);
    }
  });

  test("takes names that objects inherit as names", () => {
    const renamed = renameWorkspace(validWorkspace(), {
      modifiers: new Map([["mu", "__proto__"]]),
      samples: { background: "constructor" },
    });
    expect(renamed.measurements[0]?.config.poi).toBe("__proto__");
    expect(Object.keys(inspect(renamed).modifiers)).toContain("__proto__");
    expect(inspect(renamed).samples).toContain("constructor");
  });
});

describe("digest", () => {
  test("of a value is that of its JSON text", () => {
    const workspace = validWorkspace();
    expect(workspaceDigest(workspace)).toBe(workspaceDigest(JSON.stringify(workspace)));
    const floats = JSON.stringify(workspace).replace("[5,10]", "[5.0,10]");
    expect(workspaceDigest(floats)).not.toBe(workspaceDigest(workspace));
  });

  test("refuses what has none", () => {
    const workspace = validWorkspace();
    expect(refusal(() => workspaceDigest(workspace, "sha26" as "sha256")).message).toBe(
      'unknown algorithm "sha26" — did you mean "sha256"?',
    );
    workspace.channels[0].samples[0].name = "half \ud800";
    expect(refusal(() => workspaceDigest(workspace)).message).toMatch(
      /^the text "half \u{fffd}" has half a surrogate pair, which has no UTF-8 form/u,
    );
  });
});

describe("inspect", () => {
  test("knows the constraints of our extensions", () => {
    const workspace = validWorkspace();
    const [, background] = workspace.channels[0].samples;
    background.modifiers[1].constraint = { type: "Gaussian" };
    background.modifiers[2].constraint = { type: "Poisson" };
    const { parameters } = workspace.measurements[0].config;
    parameters.push({ name: "theory", constraint: { type: "LogNormal", rel_uncertainty: 0.1 } });
    parameters.push({ name: "stat_SR[0]", constraint: { type: "Gaussian" } });
    workspace.measurements.push({
      name: "free",
      config: { poi: "mu", parameters: [{ name: "JES", constraint: { type: "NoConstraint" } }] },
    });
    const first = Object.fromEntries(inspect(workspace).parameters);
    expect(first).toMatchObject({
      bkg_shape: "constrained_by_normal",
      stat_SR: "mixed",
      theory: "constrained_by_lognormal",
      JES: "constrained_by_normal",
      CR_shape: "unconstrained",
    });
    const second = Object.fromEntries(inspect(workspace, { measurement: "free" }).parameters);
    expect(second).toMatchObject({ JES: "unconstrained", stat_SR: "constrained_by_poisson" });
    expect(refusal(() => inspect(workspace, { measurement: "fre" })).message).toBe(
      'no measurement "fre" — did you mean "free"?',
    );
  });

  test("needs no model: a signal that is missing is no error", () => {
    const workspace = validWorkspace();
    workspace.measurements[0].config.poi = "mu_signal";
    expect(inspect(workspace).measurements).toEqual([["fit", "mu_signal", ["mu", "lumi"]]]);
  });
});
