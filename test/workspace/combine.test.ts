import { describe, expect, test } from "vitest";
import { type CombineOptions, combine, fromPyhf, NextstatError } from "../../src/index.ts";
import type { Modifier, ParameterConfig, Workspace } from "../../src/workspace/types.ts";

const lumi = (sigma: number): ParameterConfig => ({ name: "lumi", auxdata: [1], sigmas: [sigma] });
const normsys = (name: string): Modifier => ({ name, type: "normsys", data: { hi: 1.1, lo: 0.9 } });
const factor = (name: string): Modifier => ({ name, type: "normfactor", data: null });
const free = (name: string): Modifier => ({ name, type: "shapefactor", data: null });
const stat = (name: string): Modifier => ({ name, type: "staterror", data: [1, 2] });
const shape = (name: string): Modifier => ({ name, type: "shapesys", data: [1, 2] });
const LUMI: Modifier = { name: "lumi", type: "lumi", data: null };

/** One channel of two bins with one sample. */
function workspace(
  channel: string,
  modifiers: readonly Modifier[],
  parameters: readonly ParameterConfig[] = [],
  poi = "mu",
): Workspace {
  return {
    channels: [{ name: channel, samples: [{ name: "s", data: [10, 20], modifiers }] }],
    observations: [{ name: channel, data: [11, 19] }],
    measurements: [{ name: "fit", config: { poi, parameters } }],
    version: "1.0.0",
  };
}

/** The combination and its warnings. */
function combined(
  inputs: readonly Workspace[],
  options: CombineOptions = {},
): { workspace: Workspace; warnings: string[]; names: string[] } {
  const warnings: string[] = [];
  const result = combine(inputs, { ...options, onWarning: (text) => warnings.push(text) });
  const names = result.channels.flatMap((c) =>
    c.samples.flatMap((s) => s.modifiers.map((m) => m.name)),
  );
  return { workspace: result, warnings, names };
}

function refusal(inputs: readonly Workspace[], options: CombineOptions = {}): string {
  try {
    combine(inputs, options);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    expect(error.message).not.toContain("\n");
    return error.message;
  }
  throw new Error("nothing was refused");
}

const settingsOf = (result: Workspace): readonly ParameterConfig[] =>
  result.measurements[0]?.config.parameters ?? [];

describe("channels side by side", () => {
  const SR = workspace("SR", [factor("mu"), LUMI, normsys("jes")], [lumi(0.02)]);
  const CR = workspace("CR", [factor("mu"), LUMI, normsys("jes")], [lumi(0.02)]);

  test("one measurement, with the common POI and the settings of all", () => {
    const { workspace: result, warnings } = combined([SR, CR]);
    expect(result.channels).toEqual([...SR.channels, ...CR.channels]);
    expect(result.observations).toEqual([...SR.observations, ...CR.observations]);
    expect(result.measurements).toEqual([
      { name: "combined", config: { poi: "mu", parameters: [lumi(0.02)] } },
    ]);
    expect(fromPyhf(result).paramNames()).toEqual(["mu", "lumi", "jes"]);
    expect(warnings).toEqual([]);
  });

  test("takes texts, and more than two", () => {
    const VR = workspace("VR", [factor("mu")]);
    const texts = [SR, CR, VR].map((input) => JSON.stringify(input));
    expect(combine(texts)).toEqual(combine([SR, CR, VR]));
    expect(combine(texts).channels.map((c) => c.name)).toEqual(["SR", "CR", "VR"]);
  });

  test("a name in two of them is a clash", () => {
    expect(refusal([SR, CR, SR])).toMatch(
      /^channel "SR" in both workspace 0 and workspace 2 — .*--prefix-channels/,
    );
  });

  test("the first of several measurements, or the one asked for", () => {
    const [fit] = SR.measurements;
    const other = { name: "other", config: { poi: "jes", parameters: [lumi(0.05)] } };
    const two = { ...SR, measurements: [...SR.measurements, other] };
    const first = combined([two, CR]);
    expect(first.workspace.measurements[0]?.config.poi).toBe("mu");
    expect(first.warnings).toEqual([
      'workspace 0 has 2 measurements; using "fit" (others: "other")',
    ]);
    const both = { ...CR, measurements: [...CR.measurements, other] };
    const asked = combined([two, both], { measurement: "other" });
    expect(asked.workspace.measurements[0]?.config).toEqual(other.config);
    expect(asked.warnings).toEqual([]);
    expect(fit?.name).toBe("fit");
    expect(refusal([two, CR], { measurement: "othe" })).toBe(
      'no measurement "othe" in workspace 0 — did you mean "other"?',
    );
    expect(refusal([two, CR], { measurement: "other" })).toMatch(
      /^no measurement "other" in workspace 1/,
    );
  });
});

describe("per-bin modifiers stay independent", () => {
  const settings = [
    { name: "stat", inits: [1, 1.5] },
    { name: "stat[0]", fixed: true },
    lumi(0.02),
  ];
  const A = workspace(
    "SR",
    [factor("mu"), LUMI, stat("stat"), shape("fakes"), free("f")],
    settings,
  );
  const B = workspace(
    "CR",
    [factor("mu"), LUMI, stat("stat"), shape("fakes"), free("f")],
    settings,
  );

  test("with prefixes all are renamed, with their settings; scalars are not", () => {
    const { workspace: result, names, warnings } = combined([A, B], { prefixChannels: true });
    expect(result.channels.map((c) => c.name)).toEqual(["ws0_SR", "ws1_CR"]);
    expect(result.observations.map((o) => o.name)).toEqual(["ws0_SR", "ws1_CR"]);
    const perBin = ["stat", "fakes", "f"];
    expect(names).toEqual([
      ...["mu", "lumi", ...perBin.map((name) => `ws0_${name}`)],
      ...["mu", "lumi", ...perBin.map((name) => `ws1_${name}`)],
    ]);
    expect(settingsOf(result).map((setting) => setting.name)).toEqual([
      "ws0_stat",
      "ws0_stat[0]",
      "lumi",
      "ws1_stat",
      "ws1_stat[0]",
    ]);
    expect(fromPyhf(result).nParams()).toBe(2 + 12);
    expect(warnings).toEqual([]);
  });

  test("labels take the place of ws0, ws1", () => {
    const { workspace: result, names } = combined([A, B], { labels: ["y16", "y17"] });
    expect(result.channels.map((c) => c.name)).toEqual(["y16_SR", "y17_CR"]);
    expect(names).toContain("y16_stat");
  });

  test("without prefixes those of one name are renamed, with a warning", () => {
    const C = workspace("CR", [factor("mu"), stat("stat"), shape("own")]);
    const { names, warnings, workspace: result } = combined([A, C]);
    expect(names).toEqual(["mu", "lumi", "ws0_stat", "fakes", "f", "mu", "ws1_stat", "own"]);
    expect(warnings).toEqual([
      'the per-bin modifier "stat" occurs in several workspaces: renamed to "ws0_stat" and "ws1_stat", so that its bins stay independent (--join leaves names alone)',
    ]);
    expect(settingsOf(result).map((s) => s.name)).toEqual(["ws0_stat", "ws0_stat[0]", "lumi"]);
  });

  test("a name that is per-bin in one workspace only", () => {
    const C = workspace("CR", [factor("mu"), normsys("stat")], [{ name: "stat", inits: [0.5] }]);
    for (const options of [{}, { prefixChannels: true }]) {
      const { names, workspace: result } = combined([A, C], options);
      expect(names.slice(-2)).toEqual(["mu", "stat"]);
      expect(names).toContain("ws0_stat");
      const own = settingsOf(result).filter((s) => s.name === "stat");
      expect(own).toEqual([{ name: "stat", inits: [0.5] }]);
    }
  });

  test("a per-bin parameter of interest is renamed too", () => {
    const own = workspace("SR", [factor("mu"), stat("stat")], [], "stat[1]");
    const { workspace: result } = combined([own, workspace("CR", [normsys("jes")], [], "")], {
      labels: ["a", "b"],
    });
    expect(result.measurements[0]?.config.poi).toBe("a_stat[1]");
    expect(fromPyhf(result).poiIndex()).not.toBeNull();
  });

  test("prefixes that make two names one are refused", () => {
    const clash = { labels: ["a", "a_b"] };
    expect(refusal([workspace("b_SR", []), workspace("SR", [])], clash)).toMatch(
      /^channel "a_b_SR" in both .*, with their prefixes — choose other labels/,
    );
    const [x, y] = [workspace("X", [stat("b_stat")]), workspace("Y", [stat("stat")])];
    expect(refusal([x, y], clash)).toMatch(/are both called "a_b_stat" — choose other labels/);
    const taken = workspace("X", [stat("stat"), normsys("a_stat")]);
    expect(refusal([taken, y], clash)).toMatch(/prefixed with "a_".*one of the new names is taken/);
  });
});

describe("conflicts", () => {
  const A = workspace("SR", [factor("mu"), LUMI], [lumi(0.02)]);
  const B = workspace("CR", [factor("mu"), LUMI], [lumi(0.03)]);
  const other = workspace("CR", [factor("mu"), factor("k")], [], "k");

  test("of settings are refused, or the first is taken", () => {
    const conflict =
      'sigmas of parameter "lumi" is [0.02] in workspace 0 and [0.03] in workspace 1';
    expect(refusal([A, B])).toMatch(conflict);
    expect(refusal([A, B])).toContain("--on-conflict first");
    const { workspace: result, warnings } = combined([A, B], { onConflict: "first" });
    expect(settingsOf(result)).toEqual([lumi(0.02)]);
    expect(warnings).toEqual([`${conflict}; taken from workspace 0`]);
  });

  test("of parameters of interest are refused, or the first is taken", () => {
    expect(refusal([A, other])).toMatch(
      /^the parameter of interest is "mu" in workspace 0 and "k" in workspace 1 — /,
    );
    const { workspace: result, warnings } = combined([A, other], { onConflict: "first" });
    expect(result.measurements[0]?.config.poi).toBe("mu");
    expect(warnings).toHaveLength(1);
  });

  test("a workspace without parameter of interest has no say", () => {
    const none = workspace("CR", [normsys("jes")], [], "");
    const { workspace: result, warnings } = combined([none, A]);
    expect(result.measurements[0]?.config.poi).toBe("mu");
    expect(warnings).toEqual([
      'workspace 0 without parameter of interest; using "mu" of workspace 1',
    ]);
    const nobody = combined([none, workspace("VR", [normsys("jes")], [], "")]);
    expect(nobody.workspace.measurements[0]?.config.poi).toBe("");
    expect(nobody.warnings).toEqual([]);
  });

  test("settings are merged key by key, and one says for whom they are new", () => {
    const bounds = workspace("SR", [factor("mu")], [{ name: "mu", bounds: [[0, 5]] }]);
    const inits = workspace("CR", [factor("mu")], [{ name: "mu", inits: [2], fixed: false }]);
    const { workspace: result, warnings } = combined([bounds, inits]);
    expect(settingsOf(result)).toEqual([
      { name: "mu", bounds: [[0, 5]], inits: [2], fixed: false },
    ]);
    expect(warnings).toEqual([
      'inits of parameter "mu" from workspace 1 hold for workspace 0 too',
      'bounds of parameter "mu" from workspace 0 hold for workspace 1 too',
    ]);
  });

  test("settings without effect get none, and conflict with nothing", () => {
    const unused = workspace("SR", [factor("mu")], [lumi(0.05), { name: "x", inits: [1] }]);
    const { workspace: result, warnings } = combined([unused, B]);
    expect(settingsOf(result)).toEqual([lumi(0.03), { name: "x", inits: [1] }]);
    expect(warnings).toEqual([
      'settings for "lumi" of workspace 0 are left out: it has no such modifier, but workspace 1 has',
    ]);
  });

  test("modifiers that cannot share a parameter are refused", () => {
    const scalar = workspace("CR", [factor("mu"), factor("jes")]);
    expect(refusal([workspace("SR", [factor("mu"), normsys("jes")]), scalar])).toMatch(
      /normfactor "jes" .* shares its name with normsys "jes" .* \(after combining\)/,
    );
  });

  test("the same data twice are worth a warning", () => {
    const { warnings } = combined([A, A], { prefixChannels: true });
    expect(warnings).toEqual([
      "workspace 0 and workspace 1 are identical: with prefixed channels the same data count twice",
    ]);
  });
});

describe("joins", () => {
  const A = workspace("SR", [factor("mu"), free("f"), stat("stat")]);
  const B = workspace("CR", [factor("mu"), free("f"), stat("stat")]);

  test("leave names alone, and say what that means", () => {
    const { names, warnings } = combined([A, B], { join: "outer" });
    expect(names).toEqual(["mu", "f", "stat", "mu", "f", "stat"]);
    expect(warnings).toEqual([
      'the shapefactor "f" occurs in different channels of several workspaces: they share its parameters',
      'staterror "stat" is used in 2 channels: each gets its own parameters (pyhf refuses such a workspace)',
    ]);
  });

  test("with prefixes they stay apart", () => {
    const {
      names,
      warnings,
      workspace: result,
    } = combined([A, A], {
      join: "outer",
      labels: ["a", "b"],
    });
    expect(names).toEqual(["mu", "a_f", "a_stat", "mu", "b_f", "b_stat"]);
    expect(result.measurements).toEqual(A.measurements);
    expect(warnings).toHaveLength(1);
  });

  test("one side wins, with a warning", () => {
    const other = { ...A, observations: [{ name: "SR", data: [1, 2] }] };
    for (const [join, winner] of [
      ["left outer", A],
      ["right outer", other],
    ] as const) {
      const { workspace: result, warnings } = combined([A, other], { join });
      expect(result).toEqual(winner);
      expect(warnings).toEqual([
        `observation "SR": different in workspace 0 and workspace 1; taken from workspace ${winner === A ? 0 : 1}`,
      ]);
    }
  });

  test("of three go from left to right", () => {
    const VR = workspace("VR", [factor("mu")]);
    const { workspace: result } = combined([A, B, VR], { join: "outer" });
    expect(result.channels.map((c) => c.name)).toEqual(["SR", "CR", "VR"]);
    expect(result.measurements).toHaveLength(1);
    expect(
      refusal([A, B, { ...VR, channels: A.channels, observations: A.observations }], {
        join: "none",
      }),
    ).toMatch(/"fit"/);
  });
});

describe("options that make no sense", () => {
  const A = workspace("SR", [factor("mu")]);
  const B = workspace("CR", [factor("mu")]);

  test.each<[CombineOptions, RegExp]>([
    [{ labels: ["a"] }, /^1 label for 2 workspaces/],
    [{ labels: ["a", "a"] }, /labels are the same/],
    [{ labels: ["a", ""] }, /label is empty/],
    [{ mergeChannels: true }, /cannot be merged without a join/],
    [{ mergeChannels: true, join: "none" }, /cannot be merged by the join "none"/],
    [{ join: "outer", onConflict: "first" }, /--on-conflict does not go with --join/],
    [{ join: "outer", measurement: "fit" }, /--measurement does not go with --join/],
    [{ join: "otter" as "outer" }, /unknown join "otter" — did you mean "outer"\?/],
    [{ onConflict: "last" as "first" }, /unknown way out of conflicts "last"/],
  ])("%o", (options, message) => {
    expect(refusal([A, B], options)).toMatch(message);
  });

  test("too few workspaces", () => {
    expect(refusal([A])).toMatch(/^1 workspace to combine — give two or more/);
    expect(refusal([])).toMatch(/^0 workspaces to combine/);
  });
});
