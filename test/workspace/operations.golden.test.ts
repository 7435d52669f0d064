import { describe, expect, test } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { pythonJson } from "../../src/formats/index.ts";
import { spellNumber } from "../../src/formats/pyhf/python-json.ts";
import { inspect, workspaceDigest } from "../../src/index.ts";
import { combineWorkspaces } from "../../src/workspace/combine.ts";
import type { Join } from "../../src/workspace/join.ts";
import { pruneParts } from "../../src/workspace/prune.ts";
import { renameParts } from "../../src/workspace/rename.ts";
import { sortedWorkspace } from "../../src/workspace/sort.ts";
import type { ModifierType, Workspace } from "../../src/workspace/types.ts";
import { type OperationCase, readGolden, readInputs } from "./golden-operations.ts";

/** Runs an operation as the commands do and compares its text, or its refusal, with pyhf's. */
function check(
  { inputs, result, error }: OperationCase,
  texts: Readonly<Record<string, string>>,
  operation: (workspaces: readonly Workspace[]) => Workspace,
): void {
  const { workspaces, spellings } = readInputs(inputs.map((name) => texts[name] as string));
  const before = JSON.stringify(workspaces);
  if (error !== undefined) {
    expect(() => operation(workspaces), error).toThrow(NextstatError);
  } else {
    expect(pythonJson(operation(workspaces), { spellings })).toBe(result);
  }
  expect(JSON.stringify(workspaces), "the inputs are not changed").toBe(before);
}

describe("combine as pyhf", () => {
  type Case = OperationCase & { readonly join: Join; readonly merge: boolean };
  const { cases, workspaces } = readGolden<{ readonly cases: readonly Case[] }>("combine");
  const titled = cases.map((c) => ({
    ...c,
    title: `${c.inputs.join(" and ")}: ${c.join}${c.merge ? ", merged" : ""}`,
  }));

  test.each(titled)("$title", (c) => {
    check(c, workspaces, (inputs) => {
      const named = inputs.map((workspace, i) => ({ name: `${i}.json`, workspace }));
      return combineWorkspaces(named, { join: c.join, mergeChannels: c.merge }).workspace;
    });
  });

  test("errors name what pyhf names", () => {
    for (const { inputs, join, merge, error = "" } of titled) {
      const [, names] = /(?:name|structure|POI|configs): \[?('.*?')(?:\]|\.)/.exec(error) ?? [];
      if (names === undefined) continue;
      const named = readInputs(inputs.map((name) => workspaces[name] as string)).workspaces.map(
        (workspace, i) => ({ name: `${i}.json`, workspace }),
      );
      let message = "";
      try {
        combineWorkspaces(named, { join, mergeChannels: merge });
      } catch (thrown) {
        message = (thrown as Error).message;
      }
      for (const name of names.split(", ")) expect(message).toContain(name.replaceAll("'", '"'));
    }
  });
});

describe("prune as pyhf", () => {
  interface Options {
    readonly channels?: readonly string[];
    readonly samples?: readonly string[];
    readonly modifiers?: readonly string[];
    readonly modifier_types?: readonly ModifierType[];
    readonly measurements?: readonly string[];
  }
  type Case = OperationCase & { readonly options: Options };
  const { cases, workspaces } = readGolden<{ readonly cases: readonly Case[] }>("prune");

  test.each(cases)("$options", (c) => {
    const { modifier_types: modifierTypes = [], ...rest } = c.options;
    check(c, workspaces, ([workspace]) => {
      return pruneParts(workspace as Workspace, { ...rest, modifierTypes }).workspace;
    });
  });
});

describe("rename as pyhf", () => {
  type Names = Readonly<Record<string, string>>;
  interface Options {
    readonly channels?: Names;
    readonly samples?: Names;
    readonly modifiers?: Names;
    readonly measurements?: Names;
  }
  type Case = OperationCase & { readonly options: Options };
  const { cases, workspaces } = readGolden<{ readonly cases: readonly Case[] }>("rename");

  test.each(cases)("$options", (c) => {
    check(c, workspaces, ([workspace]) => renameParts(workspace as Workspace, c.options).workspace);
  });
});

describe("sort as pyhf", () => {
  type Case = OperationCase & { readonly indented?: string };
  const { cases, workspaces } = readGolden<{ readonly cases: readonly Case[] }>("sort");

  test.each(cases)("$inputs", (c) => {
    check(c, workspaces, ([workspace]) => sortedWorkspace(workspace as Workspace));
  });

  test("as its command prints it", () => {
    const { inputs = [], indented } = cases[0] ?? {};
    const texts = inputs.map((name) => workspaces[name] as string);
    const { workspaces: read, spellings } = readInputs(texts);
    const sorted = sortedWorkspace(read[0] as Workspace);
    expect(pythonJson(sorted, { indent: 4, spellings })).toBe(indented);
  });
});

describe("digest as pyhf", () => {
  interface Case {
    readonly name: string;
    readonly text: string;
    readonly digests: Readonly<Record<string, string>>;
  }
  const golden = readGolden<{
    readonly cases: readonly Case[];
    readonly numbers: readonly string[];
  }>("digest");

  test.each(golden.cases)("$name", ({ text, digests }) => {
    for (const [algorithm, digest] of Object.entries(digests)) {
      expect(workspaceDigest(text, algorithm as "sha256"), algorithm).toBe(digest);
    }
  });

  test("a byte-order mark changes nothing", () => {
    const { text = "", digests } = golden.cases[0] ?? {};
    expect(workspaceDigest(`\ufeff${text}`)).toBe(digests?.sha256);
  });

  test("numbers are spelled as Python spells them", () => {
    expect(golden.numbers.length).toBeGreaterThan(250);
    const ours = golden.numbers.map((text) => spellNumber(Number(text).toExponential(20)));
    expect(ours).toEqual(golden.numbers);
  });
});

describe("inspect as pyhf", () => {
  type Case = OperationCase & { readonly record: unknown };
  const { cases, workspaces } = readGolden<{ readonly cases: readonly Case[] }>("inspect");

  test.each(cases)("$inputs", ({ inputs, record }) => {
    expect(inspect(workspaces[inputs[0] ?? ""] ?? "")).toEqual(record);
  });
});
