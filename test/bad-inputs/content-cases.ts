/**
 * Workspaces of the right shape whose channels, samples, modifiers or observations contradict each other.
 *
 * @module
 */

import { type BadInput, broken, type Loose } from "./base.ts";

const sample = (w: Loose, channel: number, index: number): Loose =>
  w.channels[channel].samples[index];

export const contentCases: readonly BadInput[] = [
  {
    name: "duplicate channel",
    text: broken((w) => {
      w.channels[1].name = "SR";
    }),
    expect: /duplicate channel name "SR"/,
    pointer: "/channels/1/name",
  },
  {
    name: "duplicate sample in a channel",
    text: broken((w) => {
      sample(w, 0, 1).name = "signal";
    }),
    expect: /duplicate sample name "signal" in channel "SR"/,
    pointer: "/channels/0/samples/1/name",
  },
  {
    name: "duplicate modifier on a sample",
    text: broken((w) => {
      sample(w, 0, 0).modifiers.push({ name: "mu", type: "normfactor", data: null });
    }),
    expect: /duplicate normfactor "mu" of sample "signal" in channel "SR"/,
    pointer: "/channels/0/samples/0/modifiers/3",
  },
  {
    name: "duplicate observation",
    text: broken((w) => {
      w.observations[1].name = "SR";
      w.observations[1].data = [1, 2];
    }),
    expect: /duplicate observation name "SR"/,
    pointer: "/observations/1/name",
  },
  {
    name: "channel without observation",
    text: broken((w) => {
      w.observations.pop();
    }),
    expect: /channel "CR" has no observation/,
    pointer: "/channels/1",
  },
  {
    name: "observation of no channel",
    text: broken((w) => {
      w.observations[1].name = "CRR";
    }),
    expect: /observation "CRR" belongs to no channel.*did you mean "CR"\?/s,
    pointer: "/observations/1/name",
  },
  {
    name: "observation too long",
    text: broken((w) => {
      w.observations[1].data = [510, 3];
    }),
    expect: /observation "CR" has 2 entries, expected 1.*its channel has 1 bin/s,
    pointer: "/observations/1/data",
  },
  {
    name: "observation too short",
    text: broken((w) => {
      w.observations[0].data = [52];
    }),
    expect: /observation "SR" has 1 entry, expected 2/,
  },
  {
    name: "negative observed data",
    text: broken((w) => {
      w.observations[0].data[1] = -3;
    }),
    expect: /observation "SR" is negative in bin 1 \(-3\)/,
    pointer: "/observations/0/data/1",
  },
  {
    name: "samples of different lengths",
    text: broken((w) => {
      sample(w, 0, 1).data = [50, 60, 70];
    }),
    expect:
      /the data of sample "background" in channel "SR" has 3 entries, expected 2.*sample "signal"/s,
    pointer: "/channels/0/samples/1/data",
  },
  {
    name: "histosys hi_data too short",
    text: broken((w) => {
      sample(w, 0, 1).modifiers[0].data.hi_data = [52];
    }),
    expect:
      /hi_data of histosys "JES" of sample "background" in channel "SR" has 1 entry, expected 2/,
    pointer: "/channels/0/samples/1/modifiers/0/data/hi_data",
  },
  {
    name: "histosys lo_data too long",
    text: broken((w) => {
      sample(w, 0, 1).modifiers[0].data.lo_data = [48, 57, 1];
    }),
    expect: /lo_data of histosys "JES".*has 3 entries, expected 2/,
  },
  {
    name: "shapesys data too long",
    text: broken((w) => {
      sample(w, 0, 1).modifiers[1].data = [5, 6, 7];
    }),
    expect: /data of shapesys "bkg_shape".*has 3 entries, expected 2/,
    pointer: "/channels/0/samples/1/modifiers/1/data",
  },
  {
    name: "staterror data too short",
    text: broken((w) => {
      sample(w, 0, 1).modifiers[2].data = [2];
    }),
    expect: /data of staterror "stat_SR".*has 1 entry, expected 2/,
  },
  {
    name: "normfactor and normsys of one name",
    text: broken((w) => {
      sample(w, 0, 0).modifiers[2].name = "mu";
    }),
    expect: /normsys "mu".*shares its name with normfactor "mu".*only normsys and histosys/s,
    pointer: "/channels/0/samples/0/modifiers/2",
  },
  {
    name: "shapesys and staterror of one name",
    text: broken((w) => {
      sample(w, 0, 1).modifiers[2].name = "bkg_shape";
    }),
    expect: /staterror "bkg_shape".*shares its name with shapesys "bkg_shape"/,
  },
  {
    name: "normfactor and shapefactor of one name",
    text: broken((w) => {
      sample(w, 1, 0).modifiers[1].name = "mu";
    }),
    expect: /shapefactor "mu" of sample "background" in channel "CR" shares its name/,
  },
  {
    name: "normsys named lumi beside lumi",
    text: broken((w) => {
      sample(w, 0, 0).modifiers[2].name = "lumi";
    }),
    expect: /normsys "lumi".*shares its name with lumi "lumi"/,
  },
  {
    name: "shapesys on two samples",
    text: broken((w) => {
      sample(w, 0, 0).modifiers.push({ name: "bkg_shape", type: "shapesys", data: [1, 1] });
    }),
    expect: /shapesys "bkg_shape".*reuses the name of shapesys "bkg_shape".*a name of its own/s,
  },
  {
    name: "shapesys in two channels",
    text: broken((w) => {
      sample(w, 1, 0).modifiers.push({ name: "bkg_shape", type: "shapesys", data: [10] });
    }),
    expect: /shapesys "bkg_shape".*reuses the name/,
    pointer: "/channels/1/samples/0/modifiers/2",
  },
  {
    name: "shapefactor over channels of different lengths",
    text: broken((w) => {
      sample(w, 0, 1).modifiers.push({ name: "CR_shape", type: "shapefactor", data: null });
    }),
    expect: /shapefactor "CR_shape".*has 1 bin, but shapefactor "CR_shape".*has 2/,
  },
  {
    name: "staterror with two constraints",
    text: broken((w) => {
      sample(w, 0, 0).modifiers.push({
        name: "stat_SR",
        type: "staterror",
        data: [1, 1],
        constraint: { type: "Poisson" },
      });
    }),
    expect: /staterror "stat_SR".*give both the same constraint/s,
  },
  {
    name: "channel name of 1001 characters",
    text: broken((w) => {
      w.channels[0].name = "x".repeat(1001);
    }),
    expect: /the name of a channel is 1001 characters long \(limit 1000\)/,
    pointer: "/channels/0/name",
  },
  {
    name: "modifier name of a megabyte",
    text: broken((w) => {
      sample(w, 0, 0).modifiers[0].name = "x".repeat(1_000_000);
    }),
    expect: /the name of a modifier is 1000000 characters long/,
  },
];
