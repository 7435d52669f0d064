/**
 * Patchsets as text.
 *
 * @module
 */

import { counted, heading, printable, TEXT_COLUMNS, table, wrap } from "./text.ts";

/** What the text says of a patch. */
interface ShownPatch {
  readonly name: string;
  readonly values: readonly (number | string)[];
  readonly patch: readonly { readonly op: string; readonly path: string }[];
}

/** What the text says of a patchset. */
interface ShownPatchset {
  readonly description: string;
  readonly references: Readonly<Record<string, string>>;
  readonly digests: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
  readonly patches: readonly ShownPatch[];
}

/** The patches of a set by name and values, in file order. */
export function patchsetText(patchset: ShownPatchset, title: string): string {
  const { description, references, digests, labels, patches } = patchset;
  const facts = [
    ...Object.entries(references),
    ...Object.entries(digests),
    ["patches", String(patches.length)] as const,
  ];
  const rows = patches.map(({ name, values, patch }) => [
    name,
    ...values.map((value) => printable(String(value))),
    String(patch.length),
  ]);
  return lines([
    heading(`Patchset ${printable(title)}`, "="),
    wrap(printable(description), TEXT_COLUMNS),
    "",
    ...pairs(facts),
    "",
    ...table(
      [
        { title: "patch", align: "left" },
        ...labels.map((label) => ({ title: label, align: "right" as const })),
        { title: "operations", align: "right" },
      ],
      rows,
    ),
  ]);
}

/** The operations of one patch. */
export function patchText(
  { labels }: Pick<ShownPatchset, "labels">,
  { name, values, patch }: ShownPatch,
  title: string,
): string {
  return lines([
    heading(`Patch ${name} of ${printable(title)}`, "="),
    ...pairs(labels.map((label, i) => [label, printable(String(values[i]))])),
    "",
    counted(patch.length, "operation"),
    ...patch.map(({ op, path }) => `  ${op.padEnd(7)}  ${printable(path)}`),
  ]);
}

/** That the digests are the expected ones. */
export function verifiedText(
  digests: Readonly<Record<string, string>>,
  { background, patchset }: { readonly background: string; readonly patchset: string },
): string {
  return lines([
    `All good: ${printable(patchset)} is for ${printable(background)}.`,
    ...pairs(Object.entries(digests)),
  ]);
}

function pairs(facts: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function lines(parts: readonly string[]): string {
  return `${parts.join("\n")}\n`;
}
