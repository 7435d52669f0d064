/**
 * The output shown in the documentation is real: every `$ command` of a `console` block is run in the checkout, and what
 * follows it is what it prints. A line `...` stands for any lines.
 *
 * usage: node tools/docs-output.ts          writes the output of today into the documents
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const DOCUMENTS: readonly string[] = ["README.md", "docs/command-line.md"];

/** One command of a document: the output it shows, and the output it has. */
export interface ShownOutput {
  readonly command: string;
  readonly shown: string;
  readonly actual: string;
}

/** Runs a command line as the documents mean it: in the checkout, `nextstat` being the built command. */
function run(command: string): string {
  const path = `${ROOT}node_modules/.bin${delimiter}${process.env.PATH ?? ""}`;
  const { stdout, stderr } = spawnSync("bash", ["-c", `(${command}) 2>&1`], {
    cwd: ROOT,
    env: { ...process.env, PATH: path, NO_COLOR: "1" },
    encoding: "utf8",
  });
  return `${stdout}${stderr}`.trimEnd();
}

/** Replaces the output of each command in the text's console blocks by `replace`'s answer. */
function mapOutputs(text: string, replace: (output: ShownOutput) => string): string {
  return text.replace(/```console\n([\s\S]*?)```/g, (_, block: string) => {
    const parts = block.split(/^(?=\$ )/m).map((part) => {
      const [first = "", ...rest] = part.trimEnd().split("\n");
      const command = first.slice(2);
      const shown = rest.join("\n");
      const output = replace({ command, shown, actual: run(command) });
      return output === "" ? first : `${first}\n${output}`;
    });
    return `\`\`\`console\n${parts.join("\n")}\n\`\`\``;
  });
}

/** Every command of a document with both outputs. */
export function shownOutputs(document: string): ShownOutput[] {
  const outputs: ShownOutput[] = [];
  mapOutputs(readFileSync(ROOT + document, "utf8"), (output) => {
    outputs.push(output);
    return output.shown;
  });
  return outputs;
}

/** Whether the shown output is the actual one, `...` standing for any lines. */
export function agrees({ shown, actual }: ShownOutput): boolean {
  const pattern = shown
    .split("\n")
    .map((line) =>
      line.trim() === "..." ? "(?:.*\\n)*?" : `${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\n`,
    )
    .join("");
  return new RegExp(`^${pattern}$`).test(`${actual}\n`);
}

if (import.meta.main) {
  for (const document of DOCUMENTS) {
    const text = readFileSync(ROOT + document, "utf8");
    const keep = /^ *\.\.\.$/m;
    writeFileSync(
      ROOT + document,
      mapOutputs(text, (output) => (keep.test(output.shown) ? output.shown : output.actual)),
    );
  }
}
