import { describe, expect, test } from "vitest";
import type { Workspace } from "../../src/workspace/types.ts";
import { validateWorkspace } from "../../src/workspace/validate.ts";
import { type Loose, validWorkspace } from "../bad-inputs/base.ts";

/** Warnings for the valid workspace after a change. Refusals are in `test/bad-inputs`. */
function check(change: (workspace: Loose) => void): string[] {
  const workspace = validWorkspace();
  change(workspace);
  return validateWorkspace(workspace as Workspace);
}

const modifiers = (w: Loose, channel: number, sample: number): Loose[] =>
  w.channels[channel].samples[sample].modifiers;
const parameters = (w: Loose): Loose[] => w.measurements[0].config.parameters;

describe("allowed", () => {
  test.each<[string, (w: Loose) => void]>([
    ["normsys and histosys of one name", () => {}],
    [
      "normsys and histosys of one name on one sample",
      (w) => modifiers(w, 0, 1).push({ name: "JES", type: "normsys", data: { hi: 1, lo: 1 } }),
    ],
    ["no POI", (w) => Object.assign(w.measurements[0].config, { poi: "" })],
    ["non-integer data", (w) => Object.assign(w.observations[0], { data: [1.5, 0] })],
    ["zero uncertainties", (w) => Object.assign(modifiers(w, 0, 1)[1], { data: [0, 0] })],
    ["negative uncertainties", (w) => Object.assign(modifiers(w, 0, 1)[2], { data: [-1, 2] })],
    ["negative nominal", (w) => Object.assign(w.channels[0].samples[0], { data: [-1, 2] })],
    [
      "staterror shared by samples of a channel",
      (w) => modifiers(w, 0, 0).push({ name: "stat_SR", type: "staterror", data: [1, 1] }),
    ],
    [
      "the default constraint written out on one of two",
      (w) =>
        modifiers(w, 0, 0).push({
          name: "stat_SR",
          type: "staterror",
          data: [1, 1],
          constraint: { type: "Gaussian" },
        }),
    ],
    ["empty names", (w) => Object.assign(modifiers(w, 0, 0)[2], { name: "" })],
    ["settings for one bin", (w) => parameters(w).push({ name: "stat_SR[1]", inits: [1.2] })],
    ["fixed without values", (w) => parameters(w).push({ name: "JES", fixed: true })],
    [
      "wide start and bounds",
      (w) => parameters(w).push({ name: "JES", inits: [7], bounds: [[-9, 9]] }),
    ],
    [
      "settings per bin",
      (w) =>
        parameters(w).push({
          name: "bkg_shape",
          inits: [1, 2],
          bounds: [
            [0, 3],
            [1, 4],
          ],
          auxdata: [100, 100],
          factors: [100, 100],
        }),
    ],
    [
      "start of a Gamma parameter in its own range",
      (w) =>
        parameters(w).push({
          name: "JES",
          inits: [1],
          bounds: [[0.5, 10]],
          constraint: { type: "Gamma", rel_uncertainty: 0.1 },
        }),
    ],
  ])("%s", (_, change) => {
    expect(check(change)).toEqual([]);
  });
});

describe("warned about", () => {
  test("settings of a parameter that no modifier defines", () => {
    expect(check((w) => parameters(w).push({ name: "jes", fixed: true }))).toEqual([
      'measurement "fit" has settings for "jes", which no modifier defines: ignored (did you mean "JES"?)',
    ]);
    expect(check((w) => parameters(w).push({ name: "nothing like it" }))).toEqual([
      'measurement "fit" has settings for "nothing like it", which no modifier defines: ignored',
    ]);
    expect(check((w) => parameters(w).push({ name: "stat_SR[2]" }))).toHaveLength(1);
    expect(check((w) => parameters(w).push({ name: "mu[0]" }))).toHaveLength(1);
  });

  test("a staterror that spans channels, which counts the bins of all of them", () => {
    const share = (w: Loose): void => {
      modifiers(w, 1, 0).push({ name: "stat_SR", type: "staterror", data: [20] });
    };
    expect(check(share)).toEqual([
      'staterror "stat_SR" is used in 2 channels: each gets its own parameters (pyhf refuses such a workspace)',
    ]);
    expect(() =>
      check((w) => {
        share(w);
        parameters(w).push({ name: "stat_SR", inits: [1, 1] });
      }),
    ).toThrow(/inits of parameter "stat_SR" has 2 entries, expected 3/);
  });
});

describe("refused in workspaces that no schema has seen", () => {
  test.each<[string, (w: Loose) => void, RegExp]>([
    [
      "NaN in a sample",
      (w) => w.channels[0].samples[0].data.fill(Number.NaN),
      /entry 0 of the data of sample "signal" in channel "SR" is not a finite number \(NaN\).*\/channels\/0\/samples\/0\/data\/0/,
    ],
    [
      "infinite histosys",
      (w) => modifiers(w, 0, 1)[0].data.lo_data.fill(Infinity),
      /entry 0 of lo_data of histosys "JES".*not a finite number/,
    ],
    [
      "infinite normsys",
      (w) => Object.assign(modifiers(w, 0, 0)[2].data, { hi: Infinity }),
      /hi of normsys "theory".*not a finite number/,
    ],
    [
      "NaN observation",
      (w) => w.observations[0].data.fill(Number.NaN),
      /observation "SR" is not a finite number/,
    ],
    [
      "infinite bounds",
      (w) => parameters(w).push({ name: "JES", bounds: [[-Infinity, 5]] }),
      /bounds of parameter "JES" is not a finite number/,
    ],
    ["no channels", (w) => Object.assign(w, { channels: [] }), /the workspace has no channels/],
    [
      "no samples",
      (w) => Object.assign(w.channels[0], { samples: [] }),
      /channel "SR" has no samples/,
    ],
    [
      "no bins",
      (w) => Object.assign(w.channels[1].samples[0], { data: [] }),
      /sample "background" in channel "CR" has no bins/,
    ],
    [
      "lumi of another name",
      (w) => Object.assign(modifiers(w, 0, 0)[1], { name: "L" }),
      /must be named "lumi"/,
    ],
  ])("%s", (_, change, message) => {
    expect(() => check(change)).toThrow(message);
  });
});
