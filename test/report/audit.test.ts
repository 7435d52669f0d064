import { describe, expect, test } from "vitest";
import { resolveModel } from "../../src/model/resolve.ts";
import { type AuditRecord, audit, auditText } from "../../src/report/audit.ts";
import type { FindingKind } from "../../src/report/audit-checks.ts";
import type { Channel, Modifier, Sample, Workspace } from "../../src/workspace/types.ts";

const MU: Modifier = { name: "mu", type: "normfactor", data: null };

function sample(name: string, data: readonly number[], ...modifiers: Modifier[]): Sample {
  return { name, data, modifiers };
}

function workspace(samples: readonly Sample[], changes: Partial<Workspace> = {}): Workspace {
  const channel: Channel = {
    name: "SR",
    samples: [sample("signal", [1, 2], MU), ...samples],
  };
  return {
    channels: [channel],
    observations: [{ name: "SR", data: [60, 70] }],
    measurements: [{ name: "search", config: { poi: "mu", parameters: [] } }],
    version: "1.0.0",
    ...changes,
  };
}

function auditOf(ws: Workspace): AuditRecord {
  const resolved = resolveModel(ws);
  const warnings = resolved.notices.map((notice) => notice.message);
  return audit({ workspace: ws, resolved, warnings, hs3: null });
}

const normsys = (name: string, hi: number, lo: number): Modifier => ({
  name,
  type: "normsys",
  data: { hi, lo },
});
const histosys = (name: string, hi: readonly number[], lo: readonly number[]): Modifier => ({
  name,
  type: "histosys",
  data: { hi_data: hi, lo_data: lo },
});

describe("findings", () => {
  const quiet = sample("background", [50, 60], normsys("norm", 1.1, 0.9));

  test("none in a healthy workspace", () => {
    expect(auditOf(workspace([quiet])).warnings).toEqual([]);
  });

  test.each<[FindingKind, string, readonly Sample[]]>([
    [
      "negative-template",
      "2 templates with negative entries: nominal of SR/bad, shift lo of SR/bad",
      [quiet, sample("bad", [-1, 2], histosys("shift", [0, 2.1], [-1.1, 1.9]))],
    ],
    [
      "negative-total",
      "1 template with a negative total: shift lo of SR/bad",
      [quiet, sample("bad", [1, 2], histosys("shift", [1, 2.1], [-2.1, 1.9]))],
    ],
    ["zero-template", "1 sample with no events at all: SR/none", [quiet, sample("none", [0, 0])]],
    [
      "zero-nominal-varied",
      "1 histosys variation of a bin whose nominal is zero: shift on SR/bad[1]",
      [quiet, sample("bad", [5, 0], histosys("shift", [6, 0.1], [4, 0]))],
    ],
    [
      "huge-variation",
      "2 variations of more than 100 %: big on SR/bad, shift on SR/bad[0]",
      [quiet, sample("bad", [5, 6], normsys("big", 2.2, 0.5), histosys("shift", [11, 7], [4, 5]))],
    ],
    [
      "same-side",
      "2 variations with hi and lo on the same side of the nominal (can make two minima): norm2 on SR/bad, shift on SR/bad[1]",
      [sample("bad", [50, 60], normsys("norm2", 1.1, 1.05), histosys("shift", [51, 63], [49, 62]))],
    ],
    [
      "one-sided",
      "1 variation with an effect on one side only (hi or lo equals the nominal): shift on SR/bad[0]",
      [sample("bad", [50, 60], histosys("shift", [55, 66], [50, 60]))],
    ],
    [
      "duplicate-effect",
      "1 duplicate effect (normsys that differ only in name): a = b",
      [sample("bad", [50, 60], normsys("a", 1.1, 0.9), normsys("b", 1.1, 0.9))],
    ],
    [
      "large-staterror",
      "1 staterror bin above 40 %, where a Gaussian is a poor description: stat[0] (50 %)",
      [sample("bad", [50, 60], { name: "stat", type: "staterror", data: [25, 6] })],
    ],
    [
      "free-shapefactor",
      "1 shapefactor free in every bin of a single channel, which then constrains nothing else: shape in SR",
      [sample("bad", [50, 60], { name: "shape", type: "shapefactor", data: null })],
    ],
  ])("%s", (kind, message, samples) => {
    const record = auditOf(workspace(samples));
    expect(record.findings.filter((finding) => finding.kind === kind)).toMatchObject([{ message }]);
    expect(record.warnings).toContain(message);
  });

  test("empty-bin, with the data that cannot be explained", () => {
    const ws = workspace([], {
      channels: [{ name: "SR", samples: [sample("signal", [1, 0], MU)] }],
      observations: [{ name: "SR", data: [1, 3] }],
    });
    expect(auditOf(ws).warnings).toContain("1 bin with no expected events: SR[1] with 3 observed");
  });

  test("no-poi", () => {
    const ws = workspace([quiet], {
      measurements: [{ name: "search", config: { poi: "", parameters: [] } }],
    });
    const record = auditOf(ws);
    expect(record.poi).toBeNull();
    expect(record.findings.map(({ kind }) => kind)).toEqual(["no-poi"]);
    expect(auditText(record)).toMatch(/^POI: {9}none$/m);
  });

  test("several measurements are a warning of the model", () => {
    const config = { poi: "mu", parameters: [] };
    const ws = workspace([quiet], {
      measurements: [
        { name: "first", config },
        { name: "second", config },
      ],
    });
    const record = auditOf(ws);
    expect(record.warnings).toHaveLength(1);
    expect(record.warnings[0]).toContain("second");
  });

  test("a thousand places make one line with a few examples", () => {
    const many = Array.from({ length: 1000 }, (_, i) => normsys(`sys${i}`, 3 + i / 1e4, 0.5));
    const record = auditOf(workspace([sample("bad", [50, 60], ...many)]));
    expect(record.findings).toHaveLength(1);
    expect(record.findings[0]).toMatchObject({ count: 1000 });
    expect(record.findings[0]?.examples).toHaveLength(5);
    expect(record.warnings[0]).toMatch(/sys4 on SR\/bad and 995 more$/);
  });
});

test("long lists of names are cut, and lines stay within 100 columns", () => {
  const many = Array.from({ length: 60 }, (_, i) =>
    normsys(`systematic_number_${i}`, 1.1 + i / 1e4, 0.9),
  );
  const text = auditText(auditOf(workspace([sample("background", [50, 60], ...many)])));
  expect(text).toMatch(/^ {2}normsys: +60 \(systematic_number_0, .* and \d+ more\)$/m);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});
