/**
 * JSON objects that are not of the shape of a workspace.
 *
 * @module
 */

import { type BadInput, broken, validWorkspace } from "./base.ts";

const json = (value: unknown) => (): string => JSON.stringify(value);

export const schemaCases: readonly BadInput[] = [
  { name: "empty object", text: () => "{}", expect: /a workspace lacks the key "channels"/ },
  {
    name: "model specification",
    text: () => JSON.stringify({ channels: validWorkspace().channels, parameters: [] }),
    expect:
      /pyhf model specification, not a workspace: it lacks "observations", "measurements", "version"/,
  },
  {
    name: "measurement only",
    text: json({ name: "fit", config: { poi: "mu", parameters: [] } }),
    expect: /single pyhf measurement, not a workspace/,
  },
  {
    name: "patchset as workspace",
    text: json({
      metadata: {},
      patches: [{ metadata: { name: "m500", values: [500] }, patch: [] }],
      version: "1.0.0",
    }),
    expect: /pyhf patchset, not a workspace; it holds 1 patch: "m500"/,
  },
  {
    name: "JSON Patch as workspace",
    text: json([{ op: "remove", path: "/channels/0" }]),
    expect: /this is a JSON Patch, not a workspace/,
  },
  {
    name: "HS3 document without a likelihood",
    text: json({ metadata: { hs3_version: "0.2" }, distributions: [], data: [], likelihoods: [] }),
    expect: /neither an analysis nor a likelihood/,
  },
  {
    name: "version of the wrong type",
    text: broken((w) => {
      w.version = 1;
    }),
    expect: /"version" must be the text "1.0.0", found 1/,
    pointer: "/version",
  },
  {
    name: "unknown version",
    text: broken((w) => {
      w.version = "2.0.0";
    }),
    expect: /"version" must be the text "1.0.0", found the text "2.0.0"/,
    pointer: "/version",
  },
  {
    name: "version missing",
    text: broken((w) => {
      delete w.version;
    }),
    expect: /a workspace lacks the key "version"/,
  },
  {
    name: "unknown top-level key",
    text: broken((w) => {
      w.measurment = [];
    }),
    expect: /unknown key "measurment" in a workspace.*did you mean "measurements"\?/s,
    pointer: "/measurment",
  },
  {
    name: "unknown key of enormous length",
    text: broken((w) => {
      w["k".repeat(100_000)] = 1;
    }),
    expect: /unknown key "k{60}\.\.\." in a workspace/,
  },
  {
    name: "__proto__ as key",
    text: () => JSON.stringify(validWorkspace()).replace('"version"', '"__proto__": {}, "version"'),
    expect: /unknown key "__proto__" in a workspace/,
  },
  {
    name: "channels missing",
    text: broken((w) => {
      delete w.channels;
    }),
    expect: /a workspace lacks the key "channels"/,
  },
  {
    name: "no channels",
    text: broken((w) => {
      w.channels = [];
    }),
    expect: /"channels" must be a list of at least one channel, found an empty list/,
    pointer: "/channels",
  },
  {
    name: "channels as object",
    text: broken((w) => {
      w.channels = { SR: w.channels[0] };
    }),
    expect: /"channels" must be a list of at least one channel, found an object/,
    pointer: "/channels",
    line: 2,
  },
  {
    name: "channel null",
    text: broken((w) => {
      w.channels[1] = null;
    }),
    expect: /entry 1 of "channels" must be a channel, found null/,
    pointer: "/channels/1",
  },
  {
    name: "channel without name",
    text: broken((w) => {
      delete w.channels[0].name;
    }),
    expect: /a channel lacks the key "name"/,
    pointer: "/channels/0",
    line: 3,
  },
  {
    name: "channel name a number",
    text: broken((w) => {
      w.channels[0].name = 7;
    }),
    expect: /"name" must be a text, found 7/,
    pointer: "/channels/0/name",
    line: 4,
  },
  {
    name: "no samples",
    text: broken((w) => {
      w.channels[0].samples = [];
    }),
    expect: /"samples" must be a list of at least one sample, found an empty list \(channel "SR"\)/,
    pointer: "/channels/0/samples",
  },
  {
    name: "sample without modifiers",
    text: broken((w) => {
      delete w.channels[0].samples[0].modifiers;
    }),
    expect: /a sample lacks the key "modifiers" \(channel "SR", sample "signal"\)/,
    pointer: "/channels/0/samples/0",
  },
  {
    name: "sample without data",
    text: broken((w) => {
      delete w.channels[0].samples[0].data;
    }),
    expect: /a sample lacks the key "data"/,
    pointer: "/channels/0/samples/0",
  },
  {
    name: "key in the wrong case",
    text: broken((w) => {
      w.channels[0].samples[0].Data = w.channels[0].samples[0].data;
      delete w.channels[0].samples[0].data;
    }),
    expect: /a sample lacks the key "data".*it has "Data"/,
  },
  {
    name: "no bins",
    text: broken((w) => {
      w.channels[0].samples[0].data = [];
    }),
    expect: /"data" must be a list of at least one number, found an empty list/,
    pointer: "/channels/0/samples/0/data",
  },
  {
    name: "null data",
    text: broken((w) => {
      w.channels[0].samples[0].data = null;
    }),
    expect: /"data" must be a list of at least one number, found null/,
    pointer: "/channels/0/samples/0/data",
  },
  {
    name: "number as data",
    text: broken((w) => {
      w.channels[0].samples[0].data = 5;
    }),
    expect: /"data" must be a list of at least one number, found 5/,
  },
  {
    name: "number in quotes",
    text: broken((w) => {
      w.channels[0].samples[1].data[1] = "60.0";
    }),
    expect: /entry 1 of "data" must be a finite number, found the text "60.0".*without quotes/s,
    pointer: "/channels/0/samples/1/data/1",
  },
  {
    name: "null in data",
    text: broken((w) => {
      w.channels[0].samples[1].data[1] = null;
    }),
    expect: /entry 1 of "data" must be a finite number, found null/,
  },
  {
    name: "true in data",
    text: broken((w) => {
      w.observations[0].data[0] = true;
    }),
    expect: /entry 0 of "data" must be a finite number, found true/,
    pointer: "/observations/0/data/0",
  },
  {
    name: "lists in data",
    text: broken((w) => {
      w.channels[0].samples[0].data = [[5, 10]];
    }),
    expect: /entry 0 of "data" must be a finite number, found a list of 2 entries/,
  },
  {
    name: "number beyond double precision",
    text: () => JSON.stringify(validWorkspace()).replace("[5,10]", "[5,1e999]"),
    expect: /entry 1 of "data" must be a finite number, found a number beyond double precision/,
    pointer: "/channels/0/samples/0/data/1",
  },
  {
    name: "unknown modifier type",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].type = "normsyst";
    }),
    expect:
      /unknown modifier type "normsyst" \(channel "SR", sample "signal", modifier "theory"\).*did you mean "normsys"\?/s,
    pointer: "/channels/0/samples/0/modifiers/2/type",
  },
  {
    name: "modifier type far from any",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].type = "gaussian process";
    }),
    expect: /unknown modifier type "gaussian process".*known: "histosys", "lumi"/s,
  },
  {
    name: "modifier type a number",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].type = 3;
    }),
    expect: /the modifier type must be a text, found 3/,
  },
  {
    name: "modifier without type",
    text: broken((w) => {
      delete w.channels[0].samples[0].modifiers[2].type;
    }),
    expect: /a modifier lacks the key "type"/,
    pointer: "/channels/0/samples/0/modifiers/2",
  },
  {
    name: "modifier a text",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2] = "theory";
    }),
    expect: /entry 2 of "modifiers" must be a modifier, found the text "theory"/,
  },
  {
    name: "modifier without data",
    text: broken((w) => {
      delete w.channels[0].samples[0].modifiers[0].data;
    }),
    expect: /a normfactor modifier lacks the key "data"/,
    pointer: "/channels/0/samples/0/modifiers/0",
  },
  {
    name: "data on a normfactor",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[0].data = [1, 1];
    }),
    expect:
      /"data" must be null, found a list of 2 entries \(channel "SR", sample "signal", modifier "mu"\)/,
  },
  {
    name: "normsys data without lo",
    text: broken((w) => {
      delete w.channels[0].samples[0].modifiers[2].data.lo;
    }),
    expect: /a normsys data object lacks the key "lo"/,
  },
  {
    name: "normsys data a list",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].data = [1.1, 0.9];
    }),
    expect: /"data" must be an object with the numbers "hi" and "lo", found a list/,
  },
  {
    name: "normsys with histosys keys",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].data = { hi_data: [1], lo_data: [1] };
    }),
    expect: /normsys data object lacks the key "hi"/,
  },
  {
    name: "unknown key in normsys data",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].data.nominal = 1;
    }),
    expect: /unknown key "nominal" in a normsys data object/,
  },
  {
    name: "histosys hi_data a number",
    text: broken((w) => {
      w.channels[0].samples[1].modifiers[0].data.hi_data = 52;
    }),
    expect: /"hi_data" must be a list of at least one number, found 52/,
    pointer: "/channels/0/samples/1/modifiers/0/data/hi_data",
  },
  {
    name: "lumi of another name",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[1].name = "luminosity";
    }),
    expect: /"name" must be "lumi" .*found the text "luminosity"/,
    pointer: "/channels/0/samples/0/modifiers/1/name",
  },
  {
    name: "constraint on a normfactor",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[0].constraint = { type: "Gaussian" };
    }),
    expect: /unknown key "constraint" in a normfactor modifier/,
  },
  {
    name: "interpolation that a normsys does not have",
    text: broken((w) => {
      w.channels[0].samples[0].modifiers[2].interpolation = "code4p";
    }),
    expect: /"interpolation" must be one of code0, code1, code2, code4, found the text "code4p"/,
    pointer: "/channels/0/samples/0/modifiers/2/interpolation",
  },
  {
    name: "unknown constraint of a staterror",
    text: broken((w) => {
      w.channels[0].samples[1].modifiers[2].constraint = { type: "Poison" };
    }),
    expect:
      /"type" must be one of Gaussian, Poisson, found the text "Poison".*did you mean "Poisson"\?/s,
  },
  {
    name: "observations missing",
    text: broken((w) => {
      delete w.observations;
    }),
    expect: /a workspace lacks the key "observations"/,
  },
  {
    name: "no observations",
    text: broken((w) => {
      w.observations = [];
    }),
    expect:
      /"observations" must be a list with the observed data of every channel, found an empty list/,
  },
  {
    name: "observation data as object",
    text: broken((w) => {
      w.observations[0].data = { counts: [1, 2] };
    }),
    expect: /"data" must be a list of at least one number, found an object \(observation "SR"\)/,
  },
  {
    name: "measurements missing",
    text: broken((w) => {
      delete w.measurements;
    }),
    expect: /a workspace lacks the key "measurements"/,
  },
  {
    name: "no measurements",
    text: broken((w) => {
      w.measurements = [];
    }),
    expect: /"measurements" must be a list of at least one measurement/,
  },
  {
    name: "measurement without poi",
    text: broken((w) => {
      delete w.measurements[0].config.poi;
    }),
    expect: /a measurement config lacks the key "poi" \(measurement "fit"\)/,
    pointer: "/measurements/0/config",
  },
  {
    name: "poi null",
    text: broken((w) => {
      w.measurements[0].config.poi = null;
    }),
    expect: /"poi" must be the name of a parameter, or "" for none, found null/,
  },
  {
    name: "parameters as object",
    text: broken((w) => {
      w.measurements[0].config.parameters = { mu: {} };
    }),
    expect: /"parameters" must be a list of parameter settings .*found an object/,
  },
  {
    name: "fixed a text",
    text: broken((w) => {
      w.measurements[0].config.parameters[0].fixed = "true";
    }),
    expect: /"fixed" must be true or false, found the text "true"/,
  },
  {
    name: "singular key",
    text: broken((w) => {
      w.measurements[0].config.parameters[0].init = [1];
    }),
    expect: /unknown key "init" in a parameter setting.*did you mean "inits"\?/s,
    pointer: "/measurements/0/config/parameters/0/init",
  },
  {
    name: "bounds not in pairs",
    text: broken((w) => {
      w.measurements[0].config.parameters[0].bounds = [0, 5];
    }),
    expect: /entry 0 of "bounds" must be a pair \[lower, upper\], found 0/,
  },
  {
    name: "bounds of three",
    text: broken((w) => {
      w.measurements[0].config.parameters[0].bounds = [[0, 5, 10]];
    }),
    expect: /entry 0 of "bounds" must be a pair \[lower, upper\], found a list of 3 entries/,
  },
  {
    name: "unknown constraint of a parameter",
    text: broken((w) => {
      w.measurements[0].config.parameters.push({
        name: "theory",
        constraint: { type: "Lognormal" },
      });
    }),
    expect: /found the text "Lognormal".*did you mean "LogNormal"\?/s,
  },
  {
    name: "rel_uncertainty zero",
    text: broken((w) => {
      w.measurements[0].config.parameters.push({
        name: "theory",
        constraint: { type: "LogNormal", rel_uncertainty: 0 },
      });
    }),
    expect: /"rel_uncertainty" must be a number above 0, found 0/,
  },
];
