/**
 * The ranking as text, with a bar for each parameter.
 *
 * @module
 */

import type { RankingResult } from "../infer/ranking.ts";
import { number, recordText, type TextContext } from "./tests-text.ts";
import { counted, printable, table } from "./text.ts";

/** Rows shown unless the caller asked for a number of them. */
const ROWS = 25;
/** Columns of a bar on each side of the middle. */
const HALF_BAR = 12;

/** What the text may be told besides. */
export interface RankingTextContext extends TextContext {
  /** Show every entry. Default the first 25. */
  readonly all?: boolean;
}

/** The ranking as a table. */
export function rankingText(result: RankingResult, context: RankingTextContext): string {
  const { poi, impact, muHat, muUncertainty, nTotal } = result;
  const sigma = muUncertainty === null ? "" : ` ± ${number(muUncertainty)}`;
  const entries = context.all === true ? result.entries : result.entries.slice(0, ROWS);
  const largest = entries.reduce(
    (size, e) => Math.max(size, Math.abs(e.impactUp ?? 0), Math.abs(e.impactDown ?? 0)),
    0,
  );
  const digits = decimals(largest);
  const rows = entries.map((e) => [
    `${e.rank}`,
    `${printable(e.name)}${e.failed ? " !" : e.clamped ? " *" : ""}`,
    signed(e.impactDown, digits),
    signed(e.impactUp, digits),
    bar(e.impactDown, e.impactUp, largest),
    signed(e.pull, 2),
    e.constraint === null ? "-" : e.constraint.toFixed(2),
  ]);
  const lines = table(
    [
      { title: "", align: "right" },
      { title: "parameter", align: "left" },
      { title: "down", align: "right" },
      { title: "up", align: "right" },
      { title: `change of ${printable(poi)} (- down, + up)`, align: "left" },
      { title: "pull", align: "right" },
      { title: "constraint", align: "right" },
    ],
    rows,
  );
  const notes: string[] = [];
  if (entries.length < nTotal) {
    const hidden = nTotal - entries.length;
    notes.push(
      `and ${counted(hidden, "more parameter")}${context.all === true ? "" : "; --top N shows N, the JSON has all"}`,
    );
  }
  if (entries.some((e) => e.clamped))
    notes.push("* held at a bound instead of the value beyond it");
  if (entries.some((e) => e.failed)) notes.push("! a refit is missing");
  return recordText(
    `${context.title}: ranking by the impact on ${poi}`,
    [
      ["best fit", `${printable(poi)} = ${number(muHat)}${sigma}`],
      ["held at", PLACES[impact]],
    ],
    [[...lines, ...notes].join("\n")],
    context.warnings,
  );
}

const PLACES = {
  "prefit-centre": "centre of the constraint -+ its width (prefit-centre)",
  "prefit-bestfit": "best fit -+ width of the constraint (prefit-bestfit)",
  postfit: "best fit -+ uncertainty (postfit)",
} as const;

/** Decimal places that give the largest impact three digits, whatever the scale of the parameter of interest. */
function decimals(largest: number): number {
  if (!(largest > 0)) return 4;
  const exponent = Number(largest.toExponential().split("e")[1]);
  return Math.min(Math.max(2 - exponent, 0), 12);
}

function signed(value: number | null, digits: number): string {
  if (value === null) return "-";
  const text = value.toFixed(digits);
  return Number(text) > 0 ? `+${text}` : Number(text) === 0 ? (0).toFixed(digits) : text;
}

/** Both impacts on a line with zero in the middle; where they lie on the same side the shorter one is on top. */
function bar(down: number | null, up: number | null, largest: number): string {
  const cells = [..." ".repeat(HALF_BAR), "|", ..." ".repeat(HALF_BAR)];
  const drawn = [
    { mark: "-", value: down ?? 0 },
    { mark: "+", value: up ?? 0 },
  ].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  for (const { mark, value } of drawn) {
    const length = largest > 0 ? Math.round((Math.abs(value) / largest) * HALF_BAR) : 0;
    for (let k = 1; k <= length; k++) cells[HALF_BAR + Math.sign(value) * k] = mark;
  }
  return cells.join("");
}
