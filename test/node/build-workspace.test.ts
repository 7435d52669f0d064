/** `buildWorkspace` of nextstat/node: the same as the command, from a path or a text. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { fit, fromPyhf } from "../../src/index.ts";
import { buildWorkspace } from "../../src/node/index.ts";

const FOLDER = fileURLToPath(new URL("../golden/cabinetry/", import.meta.url));
const CONFIG = join(FOLDER, "config.yml");

test("a path, and a text with a folder, give the same workspace, which can be fitted", async () => {
  const built = await buildWorkspace(CONFIG);
  const text = readFileSync(CONFIG, "utf8");
  const again = await buildWorkspace({ text }, { folder: FOLDER, format: "cabinetry", threads: 2 });
  expect(again).toEqual(built);
  expect(built.coverage.unknown).toEqual([]);
  expect(built.warnings[0]).toContain("templates with negative bins");
  expect(fit(fromPyhf(built.workspace)).converged).toBe(true);
});

test("a configuration of cabinetry is seen in YAML from any editor, and in JSON", async () => {
  const text = readFileSync(CONFIG, "utf8");
  const built = await buildWorkspace({ text }, { folder: FOLDER });
  const others = [`\uFEFF${text}`, text.replaceAll("\n", "\r\n"), JSON.stringify(parse(text))];
  for (const other of others) {
    const { workspace } = await buildWorkspace({ text: other }, { folder: FOLDER });
    expect(workspace).toEqual(built.workspace);
  }
});

test("some regions only; what is wrong names the configuration and the line", async () => {
  const { workspace } = await buildWorkspace(CONFIG, { only: ["SR"] });
  expect(workspace.channels.map(({ name }) => name)).toEqual(["SR"]);
  await expect(buildWorkspace(CONFIG, { only: ["SR2"] })).rejects.toMatchObject({ kind: "usage" });
  const text = readFileSync(CONFIG, "utf8").replace("POI: mu", "POI: [mu]");
  await expect(buildWorkspace({ text, file: "mine.yml" }, { folder: FOLDER })).rejects.toThrow(
    /POI of General must be a text.*mine\.yml, line 3/,
  );
  await expect(buildWorkspace({ text: "fit" })).rejects.toThrow("no configuration that is known");
});
