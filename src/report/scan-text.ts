/**
 * Scans of the profile likelihood as text.
 *
 * @module
 */

import type { LikelihoodInterval, ProfileScanResult } from "../infer/scan.ts";
import type { ProfileScan2dResult } from "../infer/scan2d.ts";
import { number, recordText, type TextContext } from "./tests-text.ts";
import { printable, table } from "./text.ts";

/** Columns of the sketched curve. */
const SKETCH = 40;
/** 2 Delta NLL at its right edge, unless the curve stays lower. */
const SKETCH_TOP = 9;

/** The curve along one parameter, with its intervals. */
export function profileScanText(result: ProfileScanResult, context: TextContext): string {
  const name = printable(result.parameter);
  const sigma = result.sigma === null ? "" : ` ± ${number(result.sigma)}`;
  const rows: [string, string][] = [
    ["best fit", `${name} = ${number(result.muHat)}${sigma}`],
    ["NLL", number(result.nllHat)],
    ["68 % interval", intervalText(result.ci68)],
    ["95 % interval", intervalText(result.ci95)],
  ];
  const highest = result.points.reduce((top, p) => Math.max(top, p.twiceDeltaNll ?? 0), 0);
  const top = Math.min(SKETCH_TOP, highest);
  const points = table(
    [
      { title: name, align: "right" },
      { title: "2 Delta NLL", align: "right" },
      { title: "q_mu", align: "right" },
      { title: "", align: "left" },
    ],
    result.points.map(({ mu, twiceDeltaNll, qMu, converged }) => [
      number(mu),
      number(twiceDeltaNll),
      number(qMu),
      twiceDeltaNll === null
        ? "not computed"
        : sketch(twiceDeltaNll, top) + (converged === false ? " (not converged)" : ""),
    ]),
  );
  return recordText(
    `${context.title}: profile of ${result.parameter}`,
    rows,
    [points.join("\n")],
    context.warnings,
  );
}

/** A mark at the height of the curve; beyond the right edge an arrow. */
function sketch(value: number, top: number): string {
  if (!(top > 0)) return "|";
  if (value > top) return `${" ".repeat(SKETCH)}>`;
  return `${" ".repeat(Math.round((SKETCH * value) / top))}|`;
}

function intervalText({ pieces, note }: LikelihoodInterval): string {
  const text = pieces
    .map(({ lower, upper }) => `[${number(lower)}, ${number(upper)}]`)
    .join(" and ");
  return note === "" ? text : `${text}  (${printable(note)})`;
}

/** The grid over two parameters, with the contours' extents. */
export function profileScan2dText(result: ProfileScan2dResult, context: TextContext): string {
  const { x, y, levels, twiceDeltaNll } = result;
  const rows: [string, string][] = [
    ["best fit", [x, y].map(bestfitText).join(", ")],
    ["NLL", number(result.nllHat)],
  ];
  const contours = table(
    [
      { title: "level", align: "right" },
      { title: "2 Delta NLL", align: "right" },
      { title: printable(x.parameter), align: "left" },
      { title: printable(y.parameter), align: "left" },
      { title: "area", align: "right" },
      { title: "vertices", align: "right" },
      { title: "", align: "left" },
    ],
    levels.flatMap(({ confidence, level, contours: found }) =>
      found.map(({ vertices, area, closed, method }) => [
        `${number(100 * confidence)} %`,
        number(level),
        extent(vertices.map((v) => v.x)),
        extent(vertices.map((v) => v.y)),
        number(area),
        String(vertices.length),
        [closed ? "" : "clipped", method === "grid" ? "along the grid" : ""]
          .filter((note) => note !== "")
          .join(", "),
      ]),
    ),
  );
  const marks = "#+-:";
  const sorted = levels.map(({ level }) => level).sort((a, b) => a - b);
  const map = [...twiceDeltaNll].reverse().map((row) =>
    row
      .map((value) => {
        if (value === null) return "?";
        const at = sorted.findIndex((level) => value < level);
        return at < 0 ? "." : (marks[at] ?? "~");
      })
      .join(""),
  );
  const ends = ({ parameter, values }: typeof x): string =>
    `${printable(parameter)} from ${number(values[0] ?? null)} to ${number(values.at(-1) ?? null)}`;
  const legend = `Right: ${ends(x)}. Up: ${ends(y)}.`;
  return recordText(
    `${context.title}: profile of ${x.parameter} and ${y.parameter}`,
    rows,
    [contours.join("\n"), [legend, ...map].join("\n")],
    context.warnings,
  );
}

/** Rounding of an axis's width is written as 0. */
function bestfitText({ parameter, bestfit, values }: ProfileScan2dResult["x"]): string {
  const width = (values.at(-1) ?? 0) - (values[0] ?? 0);
  return `${printable(parameter)} = ${number(Math.abs(bestfit) < 1e-12 * width ? 0 : bestfit)}`;
}

function extent(values: readonly number[]): string {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return `[${number(least)}, ${number(most)}]`;
}
