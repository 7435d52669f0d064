import { describe, expect, it } from "vitest";
import { agrees, DOCUMENTS, shownOutputs } from "../../tools/docs-output.ts";

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
