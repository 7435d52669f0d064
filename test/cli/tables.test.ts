/** `nextstat import parquet|arrow`, `nextstat export parquet|arrow`. */

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const GOLDEN = `${ROOT}test/golden/columnar/`;
const YIELDS = `${GOLDEN}yields-polars-zstd`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tables-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("import", () => {
  test("makes a workspace, and says what it assumed", () => {
    const workspace = join(folder, "workspace.json");
    const report = join(folder, "report.json");
    const { status, stdout, stderr } = nextstat([
      ...["import", "parquet", `${YIELDS}.parquet`, "-o", workspace, "--loss-report", report],
    ]);
    expect(status).toBe(0);
    expect(stdout).toBe("");
    expect(stderr.split("\n")).toEqual([
      'nextstat: warning: the sample "signal" is taken for the signal, which "mu" scales',
      'nextstat: warning: there are no observed events: the sums of the samples are used as data (Asimov) in "CR", "SR"',
      "",
    ]);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({
      kept: expect.arrayContaining([
        { path: "yields-polars-zstd.parquet: row 3", note: 'sample "signal" of "CR"' },
      ]),
      lost: [
        {
          path: "yields-polars-zstd.parquet: column comment",
          note: "not a column of a yields table",
        },
      ],
    });
    const fitted = nextstat(["fit", workspace]);
    expect(fitted.status).toBe(0);
    expect(JSON.parse(fitted.stdout).bestfit[0]).toBeCloseTo(1, 6);
  });

  test("takes the other tables, of either format, and can be bundled", () => {
    const bundle = join(folder, "bundle");
    const made = nextstat([
      ...["import", "arrow", `${YIELDS}.arrow`, "--bundle", bundle],
      ...["--modifiers", `${GOLDEN}modifiers-duckdb.parquet`],
      ...["--observations", `${GOLDEN}observations-polars.arrow`],
      ...["--measurements", `${GOLDEN}measurements-pyarrow.parquet`],
    ]);
    expect(made.status).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({
      observations: [
        { name: "CR", data: [510, 399] },
        { name: "SR", data: [53, 71, 88] },
      ],
      measurements: [
        { name: "main", config: { poi: "mu" } },
        { name: "other", config: { poi: "xsec" } },
      ],
    });
    const again = nextstat(["rerun", bundle]);
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ identical: true });
  });

  test.each([
    [["arrow", `${YIELDS}.parquet`], /this is a file of Parquet, not of Arrow/],
    [["parquet", EXAMPLE], /this is no table that can be read/],
    [["parquet", "-"], /tables are not read from standard input/],
    [["parquet", "missing.parquet"], /no such file/],
    [["parquet", `${YIELDS}.parquet`, "--signal", "sig"], /there is no sample "sig"/],
    [["parquet", `${GOLDEN}bad-no-yields.parquet`], /row 1 .* has no yields/],
    [["parquet", `${ROOT}test/golden/root/small-tree.root`], /this is a file of ROOT|which table/],
  ])("refuses %j", (args, message) => {
    const output = join(folder, "workspace.json");
    const { status, stdout, stderr } = nextstat(["import", ...args, "-o", output]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(existsSync(output)).toBe(false);
  });
});

describe("export", () => {
  test("writes yields, which come back, and a manifest", async () => {
    const table = join(folder, "yields.parquet");
    const manifest = join(folder, "manifest.json");
    const made = nextstat([
      ...["export", "parquet", EXAMPLE, "--no-total", "-o", table, "--manifest", manifest],
    ]);
    expect(made).toMatchObject({ status: 0, stdout: "" });
    const bytes = readFileSync(table);
    expect(JSON.parse(readFileSync(manifest, "utf8"))).toEqual({
      schema_version: "nextstat.histograms_parquet_manifest.v1",
      created_at_utc: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      poi: "mu",
      parquet_path: table,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      compression: "snappy",
      schema: [
        { name: "channel", type: "string" },
        { name: "sample", type: "string" },
        { name: "yields", type: "list<double>" },
      ],
      stats: { n_rows: 12, n_channels: 3, n_samples: 4, n_bins: 11 },
    });
    const back = nextstat(["import", "parquet", table, "--log-level", "error"]);
    expect(back.status).toBe(0);
    const { channels } = JSON.parse(back.stdout) as {
      channels: { name: string; samples: { name: string; data: number[] }[] }[];
    };
    expect(channels.map(({ name, samples }) => [name, samples.length])).toEqual([
      ["CR_top", expect.any(Number)],
      ["CR_wjets", expect.any(Number)],
      ["SR", 4],
    ]);
  });

  test("writes parameters, in both formats", async () => {
    const parquet = join(folder, "parameters.parquet");
    const arrow = join(folder, "parameters.arrows");
    for (const [format, file] of [
      ["parquet", parquet],
      ["arrow", arrow],
    ]) {
      const made = nextstat([
        "export",
        format as string,
        EXAMPLE,
        "--what",
        "params",
        "-o",
        file as string,
      ]);
      expect(made).toMatchObject({ status: 0, stdout: "" });
    }
    const bytes = new Uint8Array(readFileSync(parquet));
    const rows = await parquetReadObjects({ file: bytes.buffer });
    expect(rows).toHaveLength(26);
    expect(rows[0]).toEqual({ name: "mu", index: 0, value: 1, bound_lo: 0, bound_hi: 10, init: 1 });
    expect(readFileSync(arrow).length).toBeGreaterThan(1000);
  });

  test.each([
    [["parquet", EXAMPLE], /no file to write to/],
    [["arrow", EXAMPLE, "-o", "-"], /no file to write to/],
    [["arrow", EXAMPLE, "-o", EXAMPLE], /is the input itself/],
    [
      ["arrow", EXAMPLE, "--manifest", "m.json", "-o", "x.arrows"],
      /unknown option '--manifest'|--manifest/,
    ],
    [["parquet", EXAMPLE, "--what", "scan", "-o", "x.parquet"], /scan/],
  ])("refuses %j", (args, message) => {
    const { status, stderr } = nextstat(["export", ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
