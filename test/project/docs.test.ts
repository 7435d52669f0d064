import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { agrees, DOCUMENTS, shownOutputs } from "../../tools/docs-output.ts";

/** Blocks of lines that begin with a bar. */
function tablesOf(document: string): readonly (readonly string[])[] {
  const blocks = readFileSync(document, "utf8").split(/^(?!\|).*\n/m);
  return blocks.map((block) => block.trimEnd().split("\n")).filter(([first]) => first !== "");
}

describe("tables", () => {
  it.each(DOCUMENTS)("of %s have a head", (document) => {
    for (const [head, line] of tablesOf(document)) {
      expect(line, `below ${head}`).toMatch(/^\|( *:?-+:? *\|)+$/);
    }
  });

  it("list the metrics of every command", () => {
    const text = readFileSync("docs/command-line.md", "utf8");
    const [, help = ""] = /\nCommands:\n(.*?)\n\n/s.exec(text) ?? [];
    const commands = [...help.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name);
    const [, ...rows] =
      tablesOf("docs/command-line.md").find(([head]) => /keys of `metrics`/.test(head ?? "")) ?? [];
    const listed = rows.map((row) => row.split("|")[1]).join();
    const missing = commands.filter((name) => !new RegExp(`\`${name}[\` ]`).test(listed));
    // Those of collect are the ones of the command whose result it is.
    const campaigns = ["plan", "submit", "status", "collect", "cancel", "run-task"];
    expect(missing).toEqual(["download", ...campaigns, "parity", "rerun", "help"]);
  });
});

/** `node tools/docs-output.ts` writes the output of today into the documents. */
describe("the documents show what the commands print", () => {
  it.each(DOCUMENTS)("%s", (document) => {
    const outputs = shownOutputs(document);
    expect(outputs.length).toBeGreaterThan(5);
    for (const output of outputs) {
      if (!agrees(output)) expect(output.actual, output.command).toBe(output.shown);
    }
  });
});
