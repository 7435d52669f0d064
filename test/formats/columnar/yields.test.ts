/**
 * Tables of yields become the same workspace whoever wrote them, and however; and the rules by which they do.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bytesSource, openTable } from "../../../src/formats/index.ts";
import {
  fit,
  fitToys,
  fromArrow,
  fromParquet,
  fromParquetWithModifiers,
  fromPyhf,
  profileScan,
  toArrow,
  toParquet,
} from "../../../src/index.ts";
import { CODECS, valuesOf } from "./values.ts";

const folder = fileURLToPath(new URL("../../golden/columnar/", import.meta.url));
const read = (name: string): Uint8Array => readFileSync(`${folder}${name}`);
const files = readdirSync(folder).filter((name) => /^yields-.*\.(parquet|arrows?)$/.test(name));

const YIELDS = {
  channels: [
    {
      name: "CR",
      samples: [
        {
          name: "background",
          data: [500, 400],
          modifiers: [{ name: "staterror_CR", type: "staterror", data: [10, 12.5] }],
        },
        {
          name: "signal",
          data: [2, 1],
          modifiers: [{ name: "mu", type: "normfactor", data: null }],
        },
      ],
    },
    {
      name: "SR",
      samples: [
        {
          name: "background",
          data: [50, 60, 70],
          modifiers: [{ name: "staterror_SR", type: "staterror", data: [5.5, 6.25, 7.125] }],
        },
        {
          name: "signal",
          data: [5, 10, 15],
          modifiers: [
            { name: "mu", type: "normfactor", data: null },
            { name: "staterror_SR", type: "staterror", data: [0.5, 1, 1.5] },
          ],
        },
      ],
    },
  ],
  observations: [
    { name: "CR", data: [502, 401] },
    { name: "SR", data: [55, 70, 85] },
  ],
  measurements: [{ name: "NormalMeasurement", config: { poi: "mu", parameters: [] } }],
  version: "1.0.0",
};

describe("one workspace", () => {
  it("of thirty files at least", () => {
    expect(files.length).toBeGreaterThan(30);
  });

  it.each(files)("%s", async (name) => {
    const build = name.endsWith("parquet") ? fromParquet : fromArrow;
    const { workspace, warnings } = await build(read(name), CODECS);
    expect(workspace).toEqual(YIELDS);
    expect(warnings).toEqual([
      'the sample "signal" is taken for the signal, which "mu" scales',
      'there are no observed events: the sums of the samples are used as data (Asimov) in "CR", "SR"',
    ]);
  });
});

describe("options", () => {
  const bytes = read("yields-polars-zstd.parquet");

  it("observed events, by channel or as a table", async () => {
    const observations = { SR: [53, 71, 88], CR: [510, 399] };
    const model = await fromParquet(bytes, { observations });
    expect(model.workspace.observations).toEqual([
      { name: "CR", data: [510, 399] },
      { name: "SR", data: [53, 71, 88] },
    ]);
    for (const table of ["pyarrow.parquet", "polars.parquet", "polars.arrow", "duckdb.parquet"]) {
      const same = await fromParquet(bytes, { observations: read(`observations-${table}`) });
      expect(same.workspace).toEqual(model.workspace);
    }
  });

  it("the signal is named, or called like the parameter, or signal", async () => {
    const signals = async (options: object): Promise<string[]> =>
      (await fromParquet(bytes, options)).workspace.channels.flatMap(({ samples }) =>
        samples
          .filter(({ modifiers }) => modifiers.some(({ type }) => type === "normfactor"))
          .map(({ name }) => name),
      );
    expect(await signals({ signal: "background", poi: "norm" })).toEqual([
      "background",
      "background",
    ]);
    expect(await signals({ poi: "background" })).toEqual(["background", "background"]);
    expect(await signals({ poi: "xsec" })).toEqual(["signal", "signal"]);
  });

  it("modifiers and measurements, of any writer", async () => {
    const kinds = ["pyarrow.parquet", "polars.parquet", "polars.arrow", "duckdb.parquet"];
    const models = await Promise.all(
      kinds.map((kind) =>
        fromParquetWithModifiers(bytes, read(`modifiers-${kind}`), {
          measurements: read(`measurements-${kind}`),
          observations: read(`observations-${kind}`),
          measurement: "other",
        }),
      ),
    );
    const [first] = models;
    for (const model of models) expect(model.workspace).toEqual(first?.workspace);
    expect(first?.paramNames()[0]).toBe("xsec");
    expect(first?.workspace.measurements.map(({ config }) => config.poi)).toEqual(["mu", "xsec"]);
    const [, sr] = first?.workspace.channels ?? [];
    expect(sr?.samples[0]?.modifiers).toEqual([
      { name: "xsec", type: "normsys", data: { hi: 1.1, lo: 0.9 } },
      { name: "scale", type: "histosys", data: { hi_data: [55, 61, 72], lo_data: [45, 59, 68] } },
      { name: "stat_SR", type: "staterror", data: [5.5, 6.25, 7.125] },
    ]);
    expect(first?.warnings).toContain(
      '"stat_error" is not used, since there is a table of modifiers',
    );
  });
});

describe("results as tables", () => {
  const build = () =>
    fromParquetWithModifiers(read("yields-duckdb-v2.parquet"), read("modifiers-duckdb.parquet"), {
      observations: read("observations-duckdb.parquet"),
    });
  const table = async (bytes: Uint8Array): Promise<Record<string, unknown[]>> => {
    const opened = await openTable(bytesSource(bytes, "written"));
    const { columns } = await opened.table.read();
    return Object.fromEntries(Object.entries(columns).map(([name, c]) => [name, valuesOf(c)]));
  };

  it("yields of each sample add up to the total, wherever the parameters are", async () => {
    const model = await build();
    const { bestfit } = fit(model);
    const written = await table(toArrow(model, { values: bestfit }));
    expect(await table(await toParquet(model, { values: bestfit }))).toEqual(written);
    expect(written.channel).toEqual(["CR", "CR", "CR", "SR", "SR", "SR"]);
    expect(written.sample).toEqual([
      "background",
      "signal",
      "total",
      "background",
      "signal",
      "total",
    ]);
    const yields = written.yields as number[][];
    for (const [a, b, total] of [yields.slice(0, 3), yields.slice(3)]) {
      total?.forEach((value, bin) => {
        // A sum of two numbers, in the kernel or here: one rounding each.
        expect(Math.abs(value - ((a?.[bin] ?? 0) + (b?.[bin] ?? 0)))).toBeLessThan(
          4e-16 * value * 2,
        );
      });
    }
    expect([...(yields[2] ?? []), ...(yields[5] ?? [])]).toEqual(
      model.expectedData(bestfit, { includeAuxdata: false }),
    );
    // The signal has mu and nothing else.
    expect(yields[4]).toEqual([5, 10, 15].map((events) => events * (bestfit[0] as number)));
  });

  it("a table without the total comes back as the workspace", async () => {
    const model = await build();
    const again = await fromArrow(toArrow(model, { total: false }), CODECS);
    expect(again.workspace.channels.map(({ samples }) => samples.map(({ data }) => data))).toEqual(
      YIELDS.channels.map(({ samples }) => samples.map(({ data }) => data)),
    );
    await expect(fromArrow(toArrow(model))).rejects.toThrow(
      'the sample "total" is the sum of the others in every channel',
    );
  });

  it("parameters", async () => {
    const model = await build();
    const written = await table(await toParquet(model, { what: "params" }));
    expect(written).toEqual(await table(toArrow(model, { what: "params" })));
    expect(written.name).toEqual(model.paramNames());
    expect(written.index).toEqual(model.paramNames().map((_, i) => i));
    expect(written.init).toEqual(model.suggestedInit());
    expect(written.value).toEqual(model.suggestedInit());
    expect(written.bound_lo).toEqual(model.paramBounds().map(([low]) => low));
    expect(written.bound_hi).toEqual(model.paramBounds().map(([, high]) => high));
  });

  it("scans and toys", async () => {
    const model = await build();
    const scan = profileScan(model, [0, 1, 2]);
    const scanned = await table(await toParquet(scan, { what: "scan" }));
    expect(scanned).toEqual({
      mu: [0, 1, 2],
      q_mu: scan.points.map(({ qMu }) => qMu),
      twice_delta_nll: scan.points.map(({ twiceDeltaNll }) => twiceDeltaNll),
      nll_mu: scan.points.map(({ nllMu }) => nllMu),
      status: ["converged", "converged", "converged"],
    });
    const toys = fitToys(model, { nToys: 3, seed: 1 });
    const written = await table(toArrow(toys, { what: "toys" }));
    expect(written.nll).toEqual(toys.toys.map(({ nll }) => nll));
    expect(written["fit.mu"]).toEqual(
      toys.toys.map(({ x }) => x[toys.parameterNames.indexOf("mu")]),
    );
  });

  it("what there is no table of", async () => {
    const model = await build();
    expect(() => toArrow(model, { what: "scan" } as object)).toThrow('there is no table "scan"');
    expect(() => toArrow(model, { what: "params", values: [1] })).toThrow("1 parameter values for");
    const named = fromPyhf({
      ...YIELDS,
      channels: YIELDS.channels.map((channel) => ({
        ...channel,
        samples: channel.samples.map((sample, i) =>
          i === 0 ? { ...sample, name: "total" } : sample,
        ),
      })),
    });
    expect(() => toArrow(named)).toThrow('a sample of channel "CR" is called "total"');
    expect(toArrow(named, { total: false }).length).toBeGreaterThan(100);
  });
});
