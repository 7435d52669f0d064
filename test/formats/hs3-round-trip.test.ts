/**
 * pyhf -> HS3 -> pyhf: the same parameters, the same likelihood.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convert, fromHs3, fromPyhf, type Model } from "../../src/index.ts";
import { arbitraryWorkspace } from "../workspace/arbitrary-workspace.ts";

const FOLDERS = [
  ["golden", new URL("../golden/workspaces/", import.meta.url)],
  ["published", new URL("../../../shared/data/published/", import.meta.url)],
] as const;

/** Ten places within the bounds, the same on every run. */
function* places({ resolved }: Model): Generator<number[]> {
  const { parameters } = resolved;
  for (let k = 0; k < 10; k++) {
    yield parameters.map(({ init, lower, upper, fixed }, i) => {
      if (fixed || k === 0) return init;
      const step = 0.4 * Math.sin(1 + 7 * k + 3 * i);
      return Math.min(upper, Math.max(lower, init + step));
    });
  }
}

/** Checks that two models are one. */
function expectEqual(model: Model, other: Model): void {
  const order = other.paramNames().map((name) => model.paramNames().indexOf(name));
  expect([...other.paramNames()].sort()).toEqual([...model.paramNames()].sort());
  const poi = (m: Model): string | undefined => m.paramNames()[m.poiIndex() ?? -1];
  expect(poi(other)).toBe(poi(model));
  other.resolved.parameters.forEach((parameter, i) => {
    const before = model.resolved.parameters[order[i] as number];
    const { init, lower, upper, fixed } = parameter;
    expect({ init, lower, upper, fixed }).toEqual({
      init: before?.init,
      lower: before?.lower,
      upper: before?.upper,
      fixed: before?.fixed,
    });
  });
  for (const place of places(model)) {
    const nll = model.nll(place);
    const same = other.nll(order.map((i) => place[i] as number));
    expect(Math.abs(same - nll)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(nll)));
  }
}

function checkRoundTrip(source: string | object): void {
  const model = fromPyhf(source);
  const hs3 = convert(source, { to: "hs3" });
  // Constraints belong to the channels: a measurement with another one is left out, and said to be.
  const lost = hs3.report.lost.map(({ path }) => path);
  expect(lost.filter((path) => !/^\/measurements\/[1-9]$/.test(path))).toEqual([]);
  const text = JSON.stringify(hs3.document);
  expectEqual(model, fromHs3(text));
  const back = convert(text, { to: "pyhf" });
  // Only codes 4 and 4p, so the workspace says nothing that pyhf does not read.
  expect(JSON.stringify(back.document)).not.toContain('"interpolation"');
  expectEqual(model, fromPyhf(back.document));
}

describe.each(FOLDERS)("%s workspaces", (kind, folder) => {
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => /^[^.]+\.json$/.test(file))
    : [];
  if (files.length === 0) {
    test.skip(`the ${kind} workspaces are not here`, () => {});
    return;
  }
  test.each(files.map((file) => [file, new URL(file, folder)] as const))("%s", (_, url) => {
    checkRoundTrip(readFileSync(url, "utf8"));
  });
});

test("any workspace", () => {
  fc.assert(
    fc.property(arbitraryWorkspace(), (workspace) => checkRoundTrip(workspace)),
    { numRuns: 60 },
  );
});

test("every code of interpolation, with the defaults of old pyhf", () => {
  const text = readFileSync(new URL("mixed-all-seven.json", FOLDERS[0][1]), "utf8");
  const model = fromPyhf(text, { interpDefaults: "pyhf" });
  const hs3 = convert(text, { to: "hs3", interpDefaults: "pyhf" });
  const again = fromHs3(JSON.stringify(hs3.document));
  expectEqual(model, again);
  // pyhf JSON has no place for other codes but the extension, which is read back.
  const pyhf = convert(hs3.document, { to: "pyhf" });
  expect(pyhf.warnings.join()).toMatch(/pyhf does not read the extension "interpolation"/);
  expectEqual(model, fromPyhf(pyhf.document));
});
