import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { checkDocument, checkWorkspace, readWorkspace } from "../../src/formats/index.ts";
import { workspaceDigest } from "../../src/index.ts";
import { validText, validWorkspace } from "../bad-inputs/base.ts";
import { mutateText, mutateWorkspace, seededRng } from "./fuzz.ts";

const PUBLISHED = new URL("../../../shared/data/published/", import.meta.url);
const published = existsSync(PUBLISHED)
  ? readdirSync(PUBLISHED).filter((name) => /^[^.]+\.json$/.test(name))
  : [];

const patch = (...operations: readonly object[]): { text: string; file: string } => ({
  text: JSON.stringify(operations),
  file: "patch.json",
});

const patchset = JSON.stringify({
  metadata: {
    references: { hepdata: "ins1234567" },
    digests: { sha256: "0".repeat(64) },
    labels: ["mass"],
    description: "two signal points",
  },
  patches: [
    {
      metadata: { name: "m500", values: [500] },
      patch: [{ op: "replace", path: "/channels/0/samples/0/data", value: [1, 2] }],
    },
    {
      metadata: { name: "m600", values: ["heavy"] },
      patch: [{ op: "replace", path: "/channels/0/samples/0/data", value: [3, 4] }],
    },
  ],
  version: "1.0.0",
});

describe("readWorkspace", () => {
  test("gives the document as it is, and where its values are", () => {
    const { workspace, locate, warnings } = readWorkspace(validText(), { file: "w.json" });
    expect(workspace).toEqual(validWorkspace());
    expect(warnings).toEqual([]);
    expect(locate("/channels/0/name")).toEqual({ line: 4, column: 15 });
  });

  test("applies patches in order", () => {
    const { workspace, locate } = readWorkspace(validText(), {
      patches: [
        patch({ op: "replace", path: "/channels/1/samples/0/name", value: "first" }),
        patch({ op: "test", path: "/channels/1/samples/0/name", value: "first" }),
        patch({ op: "replace", path: "/channels/1/samples/0/name", value: "second" }),
      ],
    });
    expect(workspace.channels[1]?.samples[0]?.name).toBe("second");
    expect(locate("/channels/0/name")).toBeUndefined();
  });

  test("a patch may repair what is wrong", () => {
    const broken = JSON.stringify({ ...validWorkspace(), extra: 1 });
    expect(() => readWorkspace(broken)).toThrow(/unknown key "extra"/);
    const { workspace } = readWorkspace(broken, {
      patches: [patch({ op: "remove", path: "/extra" })],
    });
    expect(workspace).toEqual(validWorkspace());
  });

  test("takes a named patch of a patchset", () => {
    const read = (name?: string) =>
      readWorkspace(validText(), {
        patches: [{ text: patchset, file: "set.json", ...(name === undefined ? {} : { name }) }],
      }).workspace.channels[0]?.samples[0]?.data;
    expect(read("m500")).toEqual([1, 2]);
    expect(read("m600")).toEqual([3, 4]);
    expect(() => read("m700")).toThrow(
      'the patchset has no patch "m700" — set.json — did you mean "m500"?',
    );
    expect(() => read()).toThrow(
      'this patchset holds 2 patches: "m500", "m600" — set.json — say which one to apply, by its name',
    );
  });

  test("warns when a patchset is for another background", () => {
    const warningsOf = (text: string): readonly string[] =>
      readWorkspace(validText(), {
        patches: [
          patch({ op: "replace", path: "/channels/0/samples/0/data", value: [7, 8] }),
          { text, file: "set.json", name: "m500" },
        ],
      }).warnings;
    const digest = workspaceDigest(validText());
    expect(warningsOf(patchset)).toEqual([
      `the patchset is not for this background: sha256 of the background is ${digest}, the patchset expects ${"0".repeat(64)} (set.json)`,
    ]);
    // Of the file, whatever was patched before.
    expect(warningsOf(patchset.replace("0".repeat(64), digest))).toEqual([]);
  });

  test("errors name the patch file, operation and path", () => {
    expect(() =>
      readWorkspace(validText(), {
        file: "w.json",
        patches: [patch({ op: "remove", path: "/channels/7" })],
      }),
    ).toThrow(
      'patch operation 0 ("remove" at "/channels/7") cannot be applied: index 7 is beyond the end of a list of 2 — patch.json, line 1, column 2, at /0',
    );
  });

  test("errors after patches give no line", () => {
    expect(() =>
      readWorkspace(validText(), {
        file: "w.json",
        patches: [patch({ op: "replace", path: "/channels/0/name", value: 5 })],
      }),
    ).toThrow(
      /^"name" must be a text, found 5 \(after applying patches\) — w\.json, at \/channels\/0\/name$/,
    );
  });

  test("standard input is named in words", () => {
    expect(() => readWorkspace("{", { file: "-" })).toThrow(/standard input, line 1, column 2/);
  });

  test("limits the length of the text", () => {
    const text = " ".repeat(256 * 1024 * 1024 + 1);
    expect(() => readWorkspace(text, { file: "big.json" })).toThrow(
      "the text is too large (268435457 characters, limit 268435456) — big.json",
    );
  });
});

describe("documents of pyhf's schema", () => {
  const { channels, measurements } = validWorkspace();

  test("are told apart and checked", () => {
    expect(() => checkDocument("model", { channels })).not.toThrow();
    expect(() => checkDocument("model", { channels, parameters: [{ name: "mu" }] })).not.toThrow();
    expect(() => checkDocument("model", { channels, version: "1.0.0" })).toThrow(
      /unknown key "version" in a model specification/,
    );
    expect(() => checkDocument("measurement", measurements[0])).not.toThrow();
    expect(() => checkDocument("measurement", { name: "x" })).toThrow(
      /a measurement lacks the key "config"/,
    );
    expect(() => checkDocument("patchset", JSON.parse(patchset))).not.toThrow();
    expect(() => checkDocument("patchset", { patches: [] })).toThrow(/a patchset lacks the key/);
    expect(() => checkDocument("jsonpatch", [])).not.toThrow();
    expect(() => checkDocument("jsonpatch", [{ op: "add" }])).toThrow(
      /an operation lacks the key "path"/,
    );
  });

  test("carry our constraint extensions", () => {
    const workspace = validWorkspace();
    workspace.channels[0].samples[1].modifiers[2].constraint = { type: "Poisson" };
    workspace.measurements[0].config.parameters.push(
      { name: "theory", constraint: { type: "LogNormal", rel_uncertainty: 0.1 } },
      { name: "stat_SR[0]", constraint: { type: "Gamma", rel_uncertainty: 0.1 } },
      { name: "JES", constraint: { type: "NoConstraint" } },
    );
    expect(checkWorkspace(workspace).warnings).toEqual([]);
  });
});

describe.skipIf(published.length === 0)("published workspaces (../shared/data/published)", () => {
  test.each(published)("%s is valid, read in milliseconds", (name) => {
    const text = readFileSync(new URL(name, PUBLISHED), "utf8");
    const start = performance.now();
    const { workspace, warnings } = readWorkspace(text, { file: name });
    expect(performance.now() - start).toBeLessThan(500);
    expect(workspace).toEqual(JSON.parse(text));
    for (const warning of warnings) expect(warning).toMatch(/which no modifier defines: ignored/);
  });
});

describe("damaged workspaces", () => {
  /** Whatever happens to the text, reading it ends in a workspace or in an error a user can act on. */
  function readOrRefuse(text: string): boolean {
    try {
      readWorkspace(text, { file: "fuzz.json" });
      return true;
    } catch (error) {
      if (error instanceof NextstatError && error.kind === "input") return false;
      throw new Error(`not an input error for ${text}`, { cause: error });
    }
  }

  test("values, lists and names (5,000)", { timeout: 60_000 }, () => {
    const rng = seededRng(20);
    let valid = 0;
    for (let i = 0; i < 5000; i++) {
      if (readOrRefuse(JSON.stringify(mutateWorkspace(validWorkspace(), rng)))) valid++;
    }
    // Both outcomes must be common, or the test tests nothing.
    expect(valid).toBeGreaterThan(500);
    expect(valid).toBeLessThan(4500);
  });

  test("text (5,000)", { timeout: 60_000 }, () => {
    const rng = seededRng(21);
    const text = validText();
    for (let i = 0; i < 5000; i++) readOrRefuse(mutateText(text, rng));
  });

  test("patches (2,000)", { timeout: 60_000 }, () => {
    const rng = seededRng(22);
    const operations = [
      { op: "add", path: "/channels/0/samples/0/data/0", value: 3 },
      { op: "remove", path: "/channels/0/samples/0/data/0" },
      { op: "move", from: "/observations/0", path: "/observations/1" },
      { op: "copy", from: "/measurements/0/name", path: "/measurements/0/config/poi" },
      { op: "test", path: "/version", value: "1.0.0" },
      { op: "replace", path: "/measurements/0/config/poi", value: "mu" },
    ];
    for (let i = 0; i < 2000; i++) {
      const damaged = JSON.stringify(mutateWorkspace(operations, rng, { numericShare: 0 }));
      try {
        readWorkspace(validText(), { patches: [{ text: damaged }] });
      } catch (error) {
        expect(error).toBeInstanceOf(NextstatError);
      }
    }
  });
});
