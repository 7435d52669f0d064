import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

describe("nextstat audit", () => {
  test("text", () => {
    const { status, stdout, stderr } = nextstat(["audit", "--input", EXAMPLE, "--format", "text"]);
    expect(stderr).toBe("");
    expect(stdout).toMatchInlineSnapshot(`
      "Workspace Audit
      ===============
      Format:    pyhf v1.0.0
      Channels:  3 (SR, CR_top, CR_wjets)
      Samples:   4 (signal, ttbar, wjets, fakes)
      Bins:      11 total (SR 4, CR_top 3, CR_wjets 4)
      Modifiers: 15 unique
        normfactor:  2 (mu, mu_top)
        normsys:     5 (signal_theory, btag, wjets_extrapolation, fakes_norm, wjets_xsec)
        histosys:    3 (jes, jer, ttbar_generator)
        shapesys:    1 (fakes_SR)
        staterror:   2 (staterror_SR, staterror_CR_top)
        lumi:        1 (lumi)
        shapefactor: 1 (wjets_shape)
      Parameters:  26 total (1 POI + 25 nuisance)
      POI:         mu
      Measurements: 1 (search)
      "
    `);
    expect(status).toBe(0);
  });

  test("JSON is the default away from a terminal, with sorted keys", () => {
    const { status, stdout } = nextstat(["audit", EXAMPLE]);
    const record = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual(Object.keys(record).toSorted());
    expect(record).toMatchObject({
      format: "pyhf v1.0.0",
      channels: [
        { name: "SR", bins: 4 },
        { name: "CR_top", bins: 3 },
        { name: "CR_wjets", bins: 4 },
      ],
      samples: ["signal", "ttbar", "wjets", "fakes"],
      parameter_count: 26,
      parameter_count_estimate: 15,
      poi: "mu",
      measurements: [{ name: "search", poi: "mu", n_fixed_params: 0 }],
      modifier_types_used: { normfactor: 6, normsys: 17, histosys: 10, shapefactor: 2 },
      unsupported_features: [],
      channel_count: 3,
      total_bins: 11,
      total_samples: 12,
      total_modifiers: 45,
      warnings: [],
    });
    expect(stdout).toBe(`${JSON.stringify(record, null, 2)}\n`);
    expect(status).toBe(0);
  });

  test("warns, and --strict makes that exit code 3", () => {
    const workspace = JSON.parse(readFileSync(`${ROOT}${EXAMPLE}`, "utf8"));
    workspace.channels[0].samples[1].modifiers.push({
      name: "huge",
      type: "normsys",
      data: { hi: 2.5, lo: 0.5 },
    });
    const input = JSON.stringify(workspace);
    const relaxed = nextstat(["audit", "-", "--format", "text"], { input });
    expect(relaxed.status).toBe(0);
    expect(relaxed.stdout).toMatch(
      /\n1 warning:\n {2}- 1 variation of more than 100 %: huge on SR\/ttbar\n$/,
    );
    const strict = nextstat(["audit", "-", "--strict"], { input });
    expect(strict.status).toBe(3);
    expect(strict.stderr).toBe("nextstat: 1 warning, and --strict was given\n");
    expect(JSON.parse(strict.stdout).findings).toEqual([
      {
        kind: "huge-variation",
        count: 1,
        examples: ["huge on SR/ttbar"],
        message: "1 variation of more than 100 %: huge on SR/ttbar",
      },
    ]);
  });
});
