/**
 * Measurements whose settings do not fit the model, and questions the workspace cannot answer.
 *
 * @module
 */

import { type BadInput, broken, type Loose, validText } from "./base.ts";

/** The workspace with one more parameter setting. */
const withSetting = (setting: Loose): (() => string) =>
  broken((w) => {
    const { parameters } = w.measurements[0].config;
    w.measurements[0].config.parameters = [
      ...parameters.filter((p: Loose) => p.name !== setting.name),
      setting,
    ];
  });

export const measurementCases: readonly BadInput[] = [
  {
    name: "duplicate measurement",
    text: broken((w) => {
      w.measurements.push(w.measurements[0]);
    }),
    expect: /duplicate measurement name "fit"/,
    pointer: "/measurements/1/name",
  },
  {
    name: "duplicate parameter setting",
    text: broken((w) => {
      w.measurements[0].config.parameters.push({ name: "mu", fixed: true });
    }),
    expect: /duplicate parameter name "mu" in measurement "fit"/,
    pointer: "/measurements/0/config/parameters/2/name",
  },
  {
    name: "bad settings in a measurement that is not used",
    text: broken((w) => {
      w.measurements.push({
        name: "other",
        config: { poi: "mu", parameters: [{ name: "mu", bounds: [[1, 0]] }] },
      });
    }),
    expect: /bounds of parameter "mu" are not in order/,
    pointer: "/measurements/1/config/parameters/0/bounds/0",
  },
  {
    name: "bounds reversed",
    text: withSetting({ name: "mu", bounds: [[5, 0]] }),
    expect: /bounds of parameter "mu" are not in order \(\[5, 0\]\)/,
    pointer: "/measurements/0/config/parameters/1/bounds/0",
  },
  {
    name: "bounds equal",
    text: withSetting({ name: "mu", bounds: [[1, 1]] }),
    expect: /not in order \(\[1, 1\]\).*"fixed": true/s,
  },
  {
    name: "start value outside given bounds",
    text: withSetting({ name: "mu", inits: [7], bounds: [[0, 5]] }),
    expect: /the start value 7 of parameter "mu" is outside its bounds \[0, 5\]/,
    pointer: "/measurements/0/config/parameters/1/inits/0",
  },
  {
    name: "start value outside default bounds",
    text: withSetting({ name: "theory", inits: [8] }),
    expect: /the start value 8 of parameter "theory" is outside its default bounds \[-5, 5\]/,
  },
  {
    name: "default start value outside given bounds",
    text: withSetting({ name: "mu", bounds: [[2, 5]] }),
    expect: /the default start value 1 of parameter "mu" is outside its bounds \[2, 5\]/,
    pointer: "/measurements/0/config/parameters/1/bounds/0",
  },
  {
    name: "start value of one bin outside its bounds",
    text: withSetting({ name: "bkg_shape", inits: [1, 11] }),
    expect: /the start value 11 of parameter "bkg_shape" \(entry 1\) is outside its default bounds/,
  },
  {
    name: "inits too long for a scalar",
    text: withSetting({ name: "mu", inits: [1, 1] }),
    expect: /inits of parameter "mu" has 2 entries, expected 1.*"mu" is a single parameter/s,
    pointer: "/measurements/0/config/parameters/1/inits",
  },
  {
    name: "one init for a set of two",
    text: withSetting({ name: "bkg_shape", inits: [1] }),
    expect: /inits of parameter "bkg_shape" has 1 entry, expected 2.*shapesys with 2 parameters/s,
  },
  {
    name: "one pair of bounds for a set of two",
    text: withSetting({ name: "stat_SR", bounds: [[0, 2]] }),
    expect: /bounds of parameter "stat_SR" has 1 entry, expected 2/,
  },
  {
    name: "auxdata of the wrong length",
    text: withSetting({ name: "theory", auxdata: [0, 0] }),
    expect: /auxdata of parameter "theory" has 2 entries, expected 1/,
  },
  {
    name: "sigmas of the wrong length",
    text: withSetting({ name: "stat_SR", sigmas: [0.1, 0.1, 0.1] }),
    expect: /sigmas of parameter "stat_SR" has 3 entries, expected 2/,
  },
  {
    name: "factors of the wrong length",
    text: withSetting({ name: "bkg_shape", factors: [100] }),
    expect: /factors of parameter "bkg_shape" has 1 entry, expected 2/,
  },
  {
    name: "two values for one bin of a set",
    text: withSetting({ name: "stat_SR[1]", inits: [1, 1] }),
    expect: /inits of parameter "stat_SR\[1\]" has 2 entries, expected 1/,
  },
  {
    name: "sigma zero",
    text: withSetting({ name: "lumi", auxdata: [1], sigmas: [0] }),
    expect: /entry 0 of sigmas of parameter "lumi" is not positive \(0\)/,
    pointer: "/measurements/0/config/parameters/1/sigmas/0",
  },
  {
    name: "sigma negative",
    text: withSetting({ name: "stat_SR", sigmas: [0.1, -0.1] }),
    expect: /entry 1 of sigmas of parameter "stat_SR" is not positive \(-0.1\)/,
  },
  {
    name: "factor zero",
    text: withSetting({ name: "bkg_shape", factors: [100, 0] }),
    expect: /entry 1 of factors of parameter "bkg_shape" is not positive/,
  },
  {
    name: "negative Poisson auxdata",
    text: withSetting({ name: "bkg_shape", auxdata: [100, -1] }),
    expect: /entry 1 of auxdata of parameter "bkg_shape" is negative \(-1\)/,
  },
  {
    name: "LogNormal without its uncertainty",
    text: withSetting({ name: "theory", constraint: { type: "LogNormal" } }),
    expect: /constraint LogNormal of parameter "theory" needs a rel_uncertainty/,
    pointer: "/measurements/0/config/parameters/2/constraint",
  },
  {
    name: "constraint of a normfactor without its width",
    text: broken((w) => {
      w.measurements[0].config.parameters[0].constraint = { type: "Gaussian" };
    }),
    expect: /constraint Gaussian on parameter "mu" needs auxdata and sigmas/,
    pointer: "/measurements/0/config/parameters/0/constraint",
  },
  {
    name: "constraint that a normfactor does not take",
    text: broken((w) => {
      w.measurements[0].config.parameters[0].constraint = { type: "Uniform" };
    }),
    expect: /constraint Uniform on parameter "mu" is not possible.*Gaussian or Poisson/,
    pointer: "/measurements/0/config/parameters/0/constraint",
  },
  {
    name: "lumi without settings",
    text: broken((w) => {
      w.measurements[0].config.parameters.pop();
    }),
    expect: /"lumi" of type lumi has no settings in measurement "fit"/,
  },
  {
    name: "lumi settings without sigmas",
    text: withSetting({ name: "lumi", auxdata: [1] }),
    expect: /lumi settings lack sigmas/,
  },
  {
    name: "POI that no modifier defines",
    text: broken((w) => {
      w.measurements[0].config.poi = "mu_sig";
    }),
    expect: /POI "mu_sig" is not a parameter of the model/,
    pointer: "/measurements/0/config/poi",
  },
  {
    name: "POI of the command line absent",
    text: validText,
    args: ["--poi", "MU"],
    expect: /POI "MU" is not a parameter of the model.*did you mean "mu"\?/s,
  },
  {
    name: "POI with a parameter per bin",
    text: validText,
    args: ["--poi", "stat_SR"],
    expect: /POI "stat_SR" is not a parameter.*one parameter per bin/s,
  },
  {
    name: "measurement not found",
    text: validText,
    args: ["--measurement", "fitt"],
    expect: /no measurement "fitt".*did you mean "fit"\?/s,
  },
];
