/**
 * Patchsets against pyhf's answers, made by tools/golden/patchsets.py.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import {
  applySpelledPatch,
  checkPatched,
  digestMismatch,
  extractPatch,
  findPatch,
  type NumberSpellings,
  pythonJson,
  readPatchset,
  readSpellings,
  readWorkspace,
} from "../../src/formats/index.ts";
import { spelledCopy, takeSpellings } from "../../src/formats/pyhf/python-json.ts";
import {
  applyPatchset,
  extractPatch as extract,
  readPatchset as read,
  verifyPatchset,
  type Workspace,
} from "../../src/index.ts";

type Answer = { readonly patchset: string; readonly output?: string; readonly error?: string };
type Chosen = Answer & { readonly name: string };
interface Golden {
  readonly backgrounds: Readonly<Record<string, string>>;
  readonly patchsets: Readonly<Record<string, string>>;
  readonly extract: readonly (Chosen & { readonly metadata: boolean })[];
  readonly apply: readonly (Chosen & { readonly background: string })[];
  readonly verify: readonly (Answer & { readonly background: string })[];
  readonly inspect: readonly Answer[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/operations/patchset.json", import.meta.url), "utf8"),
);
const background = (name: string): string => golden.backgrounds[name] as string;
const patchset = (name: string): string => golden.patchsets[name] as string;

function errorOf(action: () => unknown): NextstatError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(NextstatError);
    return error as NextstatError;
  }
  throw new Error("nothing was thrown");
}

describe("extract as pyhf", () => {
  test.each(golden.extract)("$patchset: $name, metadata $metadata", (c) => {
    const spellings: NumberSpellings = new WeakMap();
    const { patchset: set } = readPatchset({ text: patchset(c.patchset) }, spellings);
    if (c.error !== undefined) {
      const { kind, message } = errorOf(() => findPatch(set, c.name));
      expect(kind).toBe("usage");
      expect(message).toMatch(/no patch "signal_500" — did you mean "signal_500_1"\?/);
      return;
    }
    const extracted = extractPatch(set, findPatch(set, c.name), c.metadata, spellings);
    expect(`${pythonJson(extracted, { indent: 4, spellings })}\n`).toBe(c.output);
  });
});

describe("apply as pyhf", () => {
  /** What ours says where pyhf's message is that of a library below it. */
  const words: Readonly<Record<string, RegExp>> = {
    test_fails: /operation 0 \("test" at "\/channels\/0\/name"\).*not the one the test expects/,
    no_such_place: /index 7 is beyond the end of a list of 2/,
    index_with_zero: /"01" is not an index of a list of 2/,
    no_workspace: /lacks the key "observations" \(after applying patches\)/,
    wrong_kind: /"data" must be .* found the text "many".*after applying patches/,
    signal_500: /no patch "signal_500"/,
  };

  test.each(golden.apply)("$name to $background", (c) => {
    const spellings: NumberSpellings = new WeakMap();
    const text = background(c.background);
    const { workspace } = readWorkspace(text);
    readSpellings(text, workspace, spellings);
    const { patchset: set, place } = readPatchset({ text: patchset("patchset") }, spellings);
    const before = JSON.stringify([workspace, set]);
    const apply = (): Workspace => {
      const mismatch = digestMismatch(set, workspace, spellings);
      if (mismatch !== null) throw mismatch;
      const patched = applySpelledPatch(set, findPatch(set, c.name), workspace, place, spellings);
      return checkPatched(patched).workspace;
    };
    if (c.error === undefined) {
      expect(`${pythonJson(apply(), { indent: 4, spellings })}\n`).toBe(c.output);
      expect(applyPatchset(set, text, c.name)).toEqual(JSON.parse(c.output ?? ""));
    } else {
      const expected = words[c.name] ?? /not for this background/;
      expect(errorOf(apply).message).toMatch(expected);
      expect(errorOf(() => applyPatchset(set, text, c.name)).message).toMatch(expected);
    }
    expect(JSON.stringify([workspace, set]), "the inputs are not changed").toBe(before);
  });
});

describe("verify as pyhf", () => {
  test.each(golden.verify)("$patchset for $background", (c) => {
    const set = read(patchset(c.patchset));
    const verify = (): void => verifyPatchset(set, background(c.background));
    // Where pyhf compares capital digits as text, ours takes the number.
    if (c.output !== undefined || c.patchset === "capital sha256") return verify();
    const [, algorithm, expected, got] =
      /'(\w+)'\. Expected: (\w+)\. Got: (\w+)/.exec(c.error ?? "") ?? [];
    const { kind, message, location } = errorOf(verify);
    expect(kind).toBe("input");
    expect(message).toContain(`${algorithm} of the background is ${got}`);
    expect(message).toContain(`the patchset expects ${expected}`);
    expect(location.pointer).toBe(`/metadata/digests/${algorithm}`);
  });
});

describe("inspect as pyhf", () => {
  test.each(golden.inspect.filter(({ output }) => output !== undefined))("$patchset", (c) => {
    const names = read(patchset(c.patchset)).patches.map(({ name }) => name);
    const [count, , , ...listed] = (c.output ?? "").trim().split("\n");
    expect(count).toBe(`${names.length} patches found in Patchset`);
    expect(names).toEqual(listed);
  });
});

describe("malformed patchsets", () => {
  const words: Readonly<Record<string, [problem: RegExp, pointer?: string]>> = {
    "not JSON": [/not valid JSON.*line 1, column 14/],
    empty: [/is empty/],
    "a list": [/this is not a pyhf patchset — set\.json — a patchset has "metadata"/],
    "a workspace": [/this is not a pyhf patchset/],
    "no patches key": [/this is not a pyhf patchset/],
    "no metadata": [/a patchset lacks the key "metadata"/],
    "no version": [/a patchset lacks the key "version"/],
    "another version": [
      /"version" must be the text "1\.0\.0", found the text "2\.0\.0"/,
      "/version",
    ],
    "unknown key": [/unknown key "comment" in a patchset/, "/comment"],
    "no patch at all": [/"patches" must be a list of at least one patch/, "/patches"],
    "patches are an object": [/"patches" must be a list/, "/patches"],
    "no digests": [/lacks the key "digests"/, "/metadata"],
    "empty digests": [/"digests" must be an object with "md5" or "sha256"/, "/metadata/digests"],
    "unknown digest": [/unknown key "sha1"/, "/metadata/digests/sha1"],
    "short digest": [/"md5" must be 32 lower-case hexadecimal/, "/metadata/digests/md5"],
    "no references": [/lacks the key "references"/, "/metadata"],
    "wrong reference": [/HEPData identifier.*"1234567"/, "/metadata/references/hepdata"],
    "no labels": [/"labels" must be a list of at least one/, "/metadata/labels"],
    "label with a space": [/letters, digits and underscores/, "/metadata/labels/0"],
    "no description": [/lacks the key "description"/, "/metadata"],
    "patch without metadata": [/a patch lacks the key "metadata"/, "/patches/0"],
    "patch without name": [/lacks the key "name"/, "/patches/0/metadata"],
    "patch without values": [/lacks the key "values"/, "/patches/0/metadata"],
    "patch without operations": [/a patch lacks the key "patch"/, "/patches/0"],
    "name with a slash": [/letters, digits and underscores.*"a\/b"/, "/patches/0/metadata/name"],
    "value null": [/a number or a text, found null/, "/patches/0/metadata/values/1"],
    "too few values": [/"a" has 1 value, the labels are 2 \(m_stop, m_chi\)/],
    "too many values": [/"a" has 3 values, the labels are 2/, "/patches/0/metadata/values"],
    "two of one name": [/two patches are called "a"/, "/patches/1/metadata/name"],
    "two of the same values": [/"a" and "b" have the same values/, "/patches/1/metadata/values"],
    "unknown operation": [/unknown JSON Patch operation "ad".*"add"/, "/patches/0/patch/0/op"],
    "operation without value": [/lacks the key "value"/, "/patches/0/patch/0"],
    "operation without path": [/lacks the key "path"/, "/patches/0/patch/0"],
    "path without slash": [/JSON pointer/, "/patches/0/patch/0/path"],
    "operation is a text": [/found the text "remove \/version"/, "/patches/0/patch/0"],
  };
  const refused = golden.inspect.filter(({ error }) => error !== undefined);

  test("are those that pyhf refuses", () => {
    expect(refused.map((c) => c.patchset)).toEqual(Object.keys(words));
  });

  test.each(refused)("$patchset", (c) => {
    const [problem, pointer] = words[c.patchset] as [RegExp, string?];
    const { kind, message, location } = errorOf(() =>
      readPatchset({ text: patchset(c.patchset), file: "set.json" }),
    );
    expect(kind).toBe("input");
    expect(message).toMatch(problem);
    expect(message).toContain("set.json");
    expect(message).not.toMatch(/\n/);
    if (pointer !== undefined) expect(location.pointer).toBe(pointer);
    if (pointer !== undefined) expect(location.line).toBeGreaterThan(0);
  });

  test("nested too deeply for functions that call themselves", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const text = patchset("md5 alone").replace(
      '"patch": []',
      `"patch": [{"op": "add", "path": "/x", "value": ${deep}}]`,
    );
    expect(errorOf(() => readPatchset({ text })).message).toMatch(/more than 200 levels deep/);
  });
});

describe("a patch", () => {
  const set = read(patchset("patchset"));

  test("is found by its values", () => {
    expect(findPatch(set, [1, 1]).name).toBe("signal_900_100");
    expect(extract(set, [1, 1])).toBe(findPatch(set, "signal_900_100").patch);
    expect(errorOf(() => findPatch(set, ["1", 1])).message).toBe(
      "the patchset has no patch at m_stop, m_chi = 1, 1 — values are compared as they are written: 100 is not the text 100",
    );
  });

  test("needs no name when it is the only one", () => {
    expect(findPatch(read(patchset("one patch"))).name).toBe("only");
    expect(errorOf(() => findPatch(set)).message).toMatch(
      /^this patchset holds 11 patches: "signal_500_1", .* — say which one to apply, by its name$/,
    );
  });

  test("of a value is that of its text, up to the spelling of numbers", () => {
    const value = read(JSON.parse(patchset("patchset")));
    expect(value).toEqual(set);
    const other = JSON.parse(background("other content"));
    const warnings: string[] = [];
    const options = { verify: false, onWarning: (text: string) => warnings.push(text) };
    const workspace = applyPatchset(value, other, "signal_500_1", options);
    expect(workspace.channels[0]?.samples[0]?.name).toBe("signal");
    expect(warnings[0]).toMatch(/^the patchset is not for this background: md5 of the background/);
    // mu now has its normfactor: the background's own warnings are not those of the result.
    expect(warnings).toHaveLength(1);
  });
});

test("spellings follow their numbers through any rearrangement", () => {
  const literal = fc.constantFrom(
    "1",
    "1.0",
    "1E0",
    "-0.0",
    "2.50",
    "1e30",
    "10000000000000000000000",
  );
  fc.assert(
    fc.property(fc.array(literal, { minLength: 1 }), fc.infiniteStream(fc.nat()), (list, draws) => {
      const text = `{"a": [${list.join(", ")}], "b": {"x": ${list[0]}}}`;
      const value = JSON.parse(text);
      const spellings: NumberSpellings = new WeakMap();
      readSpellings(text, value, spellings);
      const spelled = spelledCopy(value, spellings) as typeof value;
      for (let n = 0; n < 5; n++) {
        const draw = (draws.next().value as number) % value.a.length;
        value.a.push(value.a[draw]);
        spelled.a.push(spelled.a[draw]);
        value.a.splice(draw, 1);
        spelled.a.splice(draw, 1);
      }
      const fresh = structuredClone(value);
      takeSpellings(fresh, spelled, spellings);
      const written = pythonJson(fresh, { spellings });
      expect(written).toBe(
        JSON.stringify(spelled)
          .replaceAll('"', "")
          .replaceAll(",", ", ")
          .replaceAll(":", ": ")
          .replace(/\b([abx])\b/g, '"$1"'),
      );
    }),
  );
});
