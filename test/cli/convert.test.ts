/**
 * `nextstat convert`, and HS3 documents with the other commands.
 *
 * @module
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Loose, validDocument } from "../formats/hs3-documents.ts";
import { EXAMPLE, nextstat } from "./run-cli.ts";

const ROOFIT = "test/golden/hs3/roofit.hs3.json";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "convert-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(file: string): Loose {
  return JSON.parse(readFileSync(file, "utf8"));
}

describe("convert", () => {
  test("pyhf to HS3 and back, with a report of each step; fits agree", () => {
    const hs3 = join(folder, "example.hs3.json");
    const report = join(folder, "report.json");
    const there = nextstat(["convert", EXAMPLE, hs3, "--loss-report", report]);
    expect(there).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(read(hs3).metadata.packages[0].name).toBe("nextstat");
    expect(Object.keys(read(report))).toEqual(["kept", "changed", "lost"]);
    expect(read(report).lost).toEqual([]);
    expect(read(report).kept).toContainEqual({ path: "/channels/0", note: "SR: 4 samples" });

    const back = join(folder, "back.json");
    const again = nextstat(["convert", hs3, back, "--loss-report", report]);
    expect(again).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(read(report).lost.map(({ path }: Loose) => path)).toEqual(["/metadata", "/misc"]);

    const fits = [EXAMPLE, hs3, back].map((file) =>
      JSON.parse(nextstat(["fit", file, "--no-covariance"]).stdout),
    );
    for (const found of fits) {
      expect(found.parameter_names).toEqual(fits[0].parameter_names);
      expect(found.nll).toBeCloseTo(fits[0].nll, 10);
    }
  });

  test("a best fit becomes a parameter point that other commands start from", () => {
    const [fit, hs3] = [join(folder, "fit.json"), join(folder, "with-fit.hs3.json")];
    nextstat(["fit", EXAMPLE, "-o", fit]);
    expect(nextstat(["convert", EXAMPLE, hs3, "--best-fit", fit]).status).toBe(0);
    const { stdout } = nextstat(["audit", hs3, "--parameter-point", "best_fit"]);
    const record = JSON.parse(stdout);
    expect(record.format).toBe("HS3 v0.2");
    expect(record.parameter_points).toEqual(["best_fit", "default_values"]);
    const text = nextstat(["audit", hs3, "--format", "text"]).stdout;
    expect(text).toMatch(/^Points: +2 \(default_values, best_fit\)$/m);
  });

  test("standard input and output, gzipped", () => {
    const input = gzipSync(JSON.stringify(validDocument()));
    const { status, stdout } = nextstat(["convert", "-", "--to", "pyhf"], { input });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).channels[0].name).toBe("SR");
  });

  test("warnings go to standard error, and --strict minds them", () => {
    const args = ["convert", ROOFIT, "--to", "pyhf", "-o", join(folder, "roofit.json"), "--strict"];
    const { status, stderr } = nextstat(args);
    expect(status).toBe(3);
    expect(stderr).toMatch(/warning: the document has 2 analyses; using "simPdf_asimovData"/);
    expect(stderr).toMatch(/--hs3-interp root/);
  });

  test("every format to every other, and to itself: one report for the way, and the same fit", () => {
    const outputs = { pyhf: "every.json", hs3: "every.hs3.json", histfactory: "every/" };
    const at = (name: string, from: string): string => join(folder, `${from}-${name}`);
    // NLLs differ by a constant where the luminosity becomes a function of a systematic.
    const best = (file: string): number => {
      const path = file.endsWith("/") ? `${file}combination.xml` : file;
      const { parameter_names, bestfit } = JSON.parse(
        nextstat(["fit", path, "--no-covariance"]).stdout,
      );
      return bestfit[parameter_names.indexOf("mu")];
    };
    const first = Object.fromEntries(
      Object.entries(outputs).map(([to, name]) => {
        const report = at("report.json", to);
        const args = ["convert", EXAMPLE, at(name, "pyhf"), "--to", to, "--loss-report", report];
        expect(nextstat(args).status).toBe(0);
        expect(Object.keys(read(report))).toEqual(["kept", "changed", "lost"]);
        return [to, at(name, "pyhf")];
      }),
    );
    const mu = best(EXAMPLE);
    for (const [from, file] of Object.entries(first)) {
      const source = from === "histfactory" ? `${file}combination.xml` : file;
      for (const [to, name] of Object.entries(outputs)) {
        const target = at(name, `from-${from}`);
        const { status } = nextstat(["convert", source, target, "--to", to]);
        expect(status, `${from} to ${to}`).toBe(0);
        expect(best(target)).toBeCloseTo(mu, 7);
      }
    }
  });

  test("a folder is written whole, its report printed", () => {
    const target = join(folder, "xml");
    const { status, stdout, stderr } = nextstat(["convert", EXAMPLE, `${target}/`]);
    expect(status).toBe(0);
    const [ranges] = JSON.parse(stdout).lost;
    expect(ranges).toMatchObject({
      path: "/measurements/0",
      note: expect.stringMatching(/^ranges/),
    });
    expect(stderr).toBe(`nextstat: warning: lost: ${ranges.note}\n`);
    const exported = join(folder, "exported");
    expect(nextstat(["export", "histfactory", EXAMPLE, "-o", exported]).stdout).toBe(stdout);
    for (const file of ["combination.xml", "data.root", "channels/SR.xml"]) {
      expect(readFileSync(join(exported, file)).equals(readFileSync(join(target, file)))).toBe(
        true,
      );
    }
    const hs3 = join(folder, "for-xml.hs3.json");
    nextstat(["convert", EXAMPLE, hs3]);
    const report = JSON.parse(nextstat(["convert", hs3, `${target}2/`]).stdout);
    const paths = (part: string): string[] => report[part].map(({ path }: Loose) => path);
    expect(paths("lost")).toEqual(["/analyses/0", "/metadata", "/misc"]);
    expect(paths("kept")).toContain("/distributions/0");
  });

  test("a bundle can be run again", () => {
    const bundle = join(folder, "bundle");
    const output = join(folder, "bundled.hs3.json");
    const { status } = nextstat([
      "convert",
      EXAMPLE,
      "--to",
      "hs3",
      "-o",
      output,
      "--bundle",
      bundle,
    ]);
    expect(status).toBe(0);
    expect(nextstat(["rerun", bundle]).status).toBe(0);
  });

  test.each([
    [[EXAMPLE], /the format of the output is not known.*--to pyhf, --to hs3, --to histfactory/],
    [[EXAMPLE, "copy.json"], /the input is pyhf already.*--to hs3 or --to histfactory/],
    [[EXAMPLE, "--to", "histfactory"], /no folder to write to — give it with -o DIR/],
    [[EXAMPLE, "examples"], /the folder is not empty — examples/],
    [[EXAMPLE, "--to", "hs3", "-o", "examples"], /this is a directory, not a file — examples/],
    [[EXAMPLE, "--to", "histfactory", "-o", "a.d", "--bundle", "b"], /HistFactory XML is a folder/],
    [[EXAMPLE, "--to", "pyhf", "--best-fit", EXAMPLE], /--best-fit is for HS3 output/],
    [[EXAMPLE, "a.hs3", "-o", "b.hs3"], /two outputs \(a.hs3 and -o b.hs3\)/],
    [[EXAMPLE, "--to", "hs3", "--from", "hs3"], /this is not an HS3 document/],
    [[ROOFIT, "--to", "pyhf", "--from", "pyhf"], /this is an HS3 document, not a pyhf workspace/],
    [[EXAMPLE, "--to", "hs3", "--analysis", "x"], /the option analysis is for HS3 documents/],
    [[EXAMPLE, "--to", "hs3", "--measurement", "x"], /no measurement "x"/],
    [[EXAMPLE, "--to", "hs3", "--best-fit", EXAMPLE], /this is not a fit/],
    [[EXAMPLE, "x.hs3", "--bundle", "b"], /the output of a bundled run is an option/],
    [[ROOFIT, "--to", "pyhf", "--analysis", "simPdf_obsDat"], /did you mean "simPdf_obsData"/],
  ])("refuses %j", (args, text) => {
    const { status, stdout, stderr } = nextstat(["convert", ...args]);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
    for (const file of ["copy.json", "a.hs3", "b.hs3", "x.hs3", "a.d", "b"])
      expect(existsSync(file)).toBe(false);
  });

  test("a document that cannot be read leaves no file behind", () => {
    const document = validDocument();
    document.distributions[0].samples[1].modifiers[0].type = "weightsys";
    const input = join(folder, "broken.hs3.json");
    writeFileSync(input, JSON.stringify(document));
    const before = readdirSync(folder);
    const output = join(folder, "never.json");
    const report = join(folder, "never-report.json");
    const { status, stderr } = nextstat(["convert", input, output, "--loss-report", report]);
    expect(stderr).toMatch(
      /line 1, column \d+, at \/distributions\/0\/samples\/1\/modifiers\/0\/type/,
    );
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe("other commands read HS3", () => {
  test("fit, with ROOT's interpolation", () => {
    const args = ["fit", ROOFIT, "--analysis", "simPdf_obsData", "--hs3-interp", "root"];
    const { status, stdout, stderr } = nextstat(args);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const record = JSON.parse(stdout);
    expect(record.converged).toBe(true);
    expect(record.parameter_names).toContain("gamma_stat_SR[0]");
    expect(record.flags).toEqual([]);
  });

  test("the flag says that interpolation was assumed", () => {
    const { stdout } = nextstat(["fit", ROOFIT, "--no-covariance"]);
    expect(JSON.parse(stdout).flags).toContain("hs3_interp_default");
  });

  test("operations on workspaces make pyhf JSON of it", () => {
    const { status, stdout } = nextstat(["sort", ROOFIT, "--hs3-interp", "root"]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).channels.map(({ name }: Loose) => name)).toEqual(["CR", "SR"]);
  });

  test("defaults of interpolation are not for HS3", () => {
    const { status, stderr } = nextstat(["fit", ROOFIT, "--interp-defaults", "pyhf"]);
    expect(stderr).toMatch(/defaults of interpolation are for pyhf workspaces/);
    expect(status).toBe(2);
  });
});
