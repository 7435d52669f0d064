/**
 * A fit result as text: what was fitted, how good the minimum is, and the parameters with their
 * uncertainties rounded by the PDG rule, pulls and constraints.
 *
 * @module
 */

import { isSemidefinite } from "../infer/describe-fit.ts";
import type { Certificate, FitResult, MinosInterval } from "../infer/fit-result.ts";
import { priorWidth } from "../infer/objective.ts";
import type { Parameter, ResolvedModel } from "../model/resolved-model.ts";
import { bare, pdgRound } from "./pdg.ts";
import {
  type Column,
  counted,
  heading,
  listNames,
  printable,
  TEXT_COLUMNS,
  table,
  wrap,
} from "./text.ts";

/** What {@link fitText} should know besides the result. */
export interface FitTextOptions {
  /** What was fitted, for the heading: a file name. Default the measurement's name. */
  readonly title?: string;
  /** Whether the data were the Asimov set. Default false. */
  readonly asimov?: boolean;
  /** Show every parameter however many there are. Default false. */
  readonly all?: boolean;
  /** Warnings to show. Default the result's. */
  readonly warnings?: readonly string[];
}

/** Up to this many parameters are all shown. */
const SHORT_TABLE = 40;

/** Other minima that are listed. */
const SHOWN_MINIMA = 3;

/** Of a longer list: how many of the most pulled, and of the most constrained. */
const MOST_PULLED = 15;
const MOST_CONSTRAINED = 10;

/** One line of the parameter table, as numbers. */
export interface ParameterRow {
  readonly parameter: Parameter;
  readonly isPoi: boolean;
  readonly bestfit: number;
  readonly uncertainty: number | null;
  /** (bestfit - centre) / width of the constraint; null without one, or for a fixed parameter. */
  readonly pull: number | null;
  /** uncertainty / width of the constraint; null without one, or without an uncertainty. */
  readonly constraint: number | null;
  readonly minos: MinosInterval | null;
  /** `fixed`, `at lower bound`, `on a kink`, or why there is no uncertainty; empty when there is nothing to say. */
  readonly note: string;
}

/** Every parameter of the fit in model order. */
export function parameterRows(resolved: ResolvedModel, result: FitResult): readonly ParameterRow[] {
  const bounds = new Map(result.certificate.activeBounds.map((b) => [b.name, b]));
  return resolved.parameters.map((parameter, i) => {
    const bestfit = result.bestfit[i] ?? Number.NaN;
    const uncertainty = result.uncertainties[i] ?? null;
    const centre = result.constraintCentres[i] ?? null;
    const width = priorWidth(parameter);
    const fixed = uncertainty === 0;
    const bound = bounds.get(parameter.name);
    const kink = result.certificate.kinks.includes(parameter.name);
    const reason = kink ? "on a kink" : (result.uncertaintyReasons[parameter.name] ?? "");
    return {
      parameter,
      isPoi: i === result.poiIndex,
      bestfit,
      uncertainty,
      pull: centre === null || width === null || fixed ? null : (bestfit - centre) / width,
      constraint: width === null || fixed || uncertainty === null ? null : uncertainty / width,
      minos: result.minos?.find((m) => m.name === parameter.name) ?? null,
      note: fixed ? "fixed" : bound === undefined ? reason : `at ${bound.bound} bound`,
    };
  });
}

/** The result as a block of text with a final newline. */
export function fitText(
  resolved: ResolvedModel,
  result: FitResult,
  options: FitTextOptions = {},
): string {
  const rows = parameterRows(resolved, result);
  const blocks = [
    header(resolved, result, options),
    minimum(result),
    poiLine(rows),
    parameterTable(rows, options.all ?? false),
    warningBlock(options.warnings ?? result.warnings),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function header(resolved: ResolvedModel, result: FitResult, options: FitTextOptions): string {
  const all = resolved.channels.map((channel) => channel.name);
  const validation = new Set(result.validationRegions ?? []);
  const fitted = (result.fitRegions ?? all).filter((name) => !validation.has(name));
  const bins = resolved.channels.reduce(
    (sum, channel) => sum + (fitted.includes(channel.name) ? channel.nBins : 0),
    0,
  );
  const part = fitted.length < all.length ? `${fitted.length} of ${all.length}` : all.length;
  const free = result.uncertainties.filter((u) => u !== 0).length;
  const fixed = result.uncertainties.length - free;
  const channels = `${part} (${listNames(fitted, 50)}), ${counted(bins, "bin")}`;
  return [
    heading(`Fit of ${printable(options.title ?? resolved.measurement)}`, "="),
    field("Measurement", printable(resolved.measurement)),
    field("Channels", channels),
    ...(validation.size > 0
      ? [field("Validation", `${listNames([...validation], 60)} (not in the fit)`)]
      : []),
    field("Data", options.asimov === true ? "Asimov set of the starting values" : "observed"),
    field("Parameters", `${free} free${fixed > 0 ? `, ${fixed} fixed` : ""}`),
  ].join("\n");
}

function minimum(result: FitResult): string {
  const { certificate } = result;
  const flags = result.flags.length > 0 ? [field("Flags", result.flags.join(", "))] : [];
  return [
    heading("Minimum", "-"),
    field("NLL", `${result.nll.toFixed(8)}    2NLL ${result.twiceNll.toFixed(8)}`),
    field(
      "Status",
      result.converged ? "converged" : `NOT CONVERGED: ${printable(result.terminationReason)}`,
    ),
    field(
      "Work",
      `${counted(result.nIter, "iteration")}, ${counted(result.nFev, "evaluation")}, ${counted(result.nGev, "gradient")}, ${counted(result.nHessian, "Hessian")}`,
    ),
    field("EDM", exponent(result.edm)),
    field("Stationary", `largest gradient component ${exponent(result.finalGradNorm)}`),
    field("Curvature", describeCurvature(certificate)),
    field("At bounds", describeBounds(certificate)),
    ...(certificate.kinks.length > 0
      ? [field("On a kink", listNames(certificate.kinks, TEXT_COLUMNS - LABEL - 2))]
      : []),
    ...describeOtherMinima(result).map((text, i) => field(i === 0 ? "Other minima" : "", text)),
    ...flags,
  ].join("\n");
}

const LABEL = 14;

function exponent(value: number | null): string {
  return value === null ? "not finite" : value.toExponential(1);
}

function field(label: string, text: string): string {
  return wrap(text, TEXT_COLUMNS, `  ${label.padEnd(LABEL)}`, " ".repeat(LABEL + 2));
}

function describeCurvature(certificate: Certificate): string {
  const { smallestEigenvalue: smallest, weakestDirection: direction } = certificate;
  if (smallest === null) return "no free parameters";
  const definite = certificate.positiveDefinite
    ? "positive definite"
    : isSemidefinite(smallest)
      ? "SINGULAR: flat along some direction"
      : "NOT POSITIVE DEFINITE: a saddle point";
  const along = direction
    .slice(0, 3)
    .map(({ name, component }) => `${signed(component, 2)} ${printable(name)}`)
    .join(" ");
  return `${definite}; weakest direction ${along === "" ? "unknown" : along} (scaled eigenvalue ${smallest.toExponential(1)})`;
}

function describeBounds({ activeBounds }: Certificate): string {
  if (activeBounds.length === 0) return "none";
  const shown = activeBounds
    .slice(0, 5)
    .map((b) => `${printable(b.name)} at its ${b.bound} bound ${bare(b.value)}`);
  const more = activeBounds.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function describeOtherMinima(result: FitResult): readonly string[] {
  const { search, nStarts, otherMinima } = result.certificate;
  switch (search) {
    case "off":
      return ["not looked for (search off)"];
    case "not-needed":
      return ["none possible in this model"];
    case "limited":
    case "searched": {
      const tried =
        counted(nStarts, "start") + (search === "limited" ? ", the likeliest of many" : "");
      if (otherMinima.length === 0) return [`none found from ${tried}`];
      const { poiIndex } = result;
      const poi = poiIndex === null ? undefined : result.parameterNames[poiIndex];
      const lines = otherMinima.slice(0, SHOWN_MINIMA).map((other) => {
        const delta = `Delta 2NLL = ${bare(other.deltaTwiceNll)}`;
        if (poiIndex === null || poi === undefined) return delta;
        return `${delta} at ${printable(poi)} = ${bare(other.parameters[poiIndex] ?? Number.NaN)}`;
      });
      const more = otherMinima.length - lines.length;
      return [
        `${otherMinima.length} found from ${tried}${more > 0 ? `, the lowest ${lines.length}:` : ":"}`,
        ...lines,
      ];
    }
    default:
      return search satisfies never;
  }
}

function poiLine(rows: readonly ParameterRow[]): string {
  const row = rows.find((r) => r.isPoi);
  if (row === undefined) return "No parameter of interest.";
  const { value, error } = describeValue(row);
  const note = row.note === "" ? "" : ` (${printable(row.note)})`;
  const exact =
    row.uncertainty === null || row.uncertainty === 0
      ? ""
      : `    [${row.bestfit.toPrecision(7)} ± ${row.uncertainty.toPrecision(7)}]`;
  const minos = minosText(row);
  const interval = minos === "" ? "" : `, profile likelihood ${minos}`;
  return `${printable(row.parameter.name)} = ${value}${error === "" ? "" : ` ${error}`}${interval}${note}${exact}`;
}

const COLUMNS: readonly Column[] = [
  { title: "parameter", align: "left" },
  { title: "best fit", align: "right" },
  { title: "", align: "left" },
  { title: "MINOS", align: "left" },
  { title: "pull", align: "right" },
  { title: "constraint", align: "right" },
  { title: "", align: "left" },
];

function parameterTable(allRows: readonly ParameterRow[], all: boolean): string {
  const common = commonNote(allRows);
  const rows = allRows.map((row) => (row.note === common ? { ...row, note: "" } : row));
  const shown = all || rows.length <= SHORT_TABLE ? rows : selectRows(rows);
  const cells = shown.map((row) => {
    const { value, error } = describeValue(row);
    return [
      printable(row.parameter.name),
      value,
      error,
      minosText(row),
      row.pull === null ? "" : signed(row.pull, 2),
      row.constraint === null ? "" : row.constraint.toFixed(2),
      [row.isPoi ? "POI" : "", printable(row.note)].filter(Boolean).join("; "),
    ];
  });
  const hidden = rows.length - shown.length;
  const lines = [heading("Parameters", "-"), ...table(COLUMNS, cells)];
  if (common !== undefined) lines.push(`(no uncertainty: ${printable(common)})`);
  if (hidden > 0) {
    lines.push(
      `(${hidden} of ${rows.length} not shown; shown are the POI, free factors, the most pulled and constrained)`,
      "(--all shows all)",
    );
  }
  for (const { parameter, minos } of shown) {
    if (minos === null || minos.note === "") continue;
    lines.push(
      wrap(printable(`MINOS of ${parameter.name}: ${minos.note}`), TEXT_COLUMNS, "", "  "),
    );
  }
  if (shown.some((row) => row.pull !== null)) {
    lines.push(
      "pull = (best fit - prior centre) / prior width; constraint = uncertainty / prior width",
    );
  }
  return lines.join("\n");
}

/** A reason that most parameters share, as without a covariance; said once instead of in every line. */
function commonNote(rows: readonly ParameterRow[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { note, uncertainty } of rows) {
    if (note !== "" && uncertainty === null) counts.set(note, (counts.get(note) ?? 0) + 1);
  }
  for (const [note, n] of counts) if (n > 1 && n > rows.length / 2) return note;
  return undefined;
}

/**
 * Of a long list: the POI, scalar free factors, everything with a note except `fixed`, and the most
 * pulled and constrained; in model order.
 */
function selectRows(rows: readonly ParameterRow[]): readonly ParameterRow[] {
  const keep = new Set(
    rows.filter(
      (row) =>
        row.isPoi ||
        row.minos !== null ||
        (row.note !== "fixed" &&
          (row.note !== "" || (row.parameter.bin === null && priorWidth(row.parameter) === null))),
    ),
  );
  const by = (key: (row: ParameterRow) => number, n: number): void => {
    const rest = rows.filter((row) => !keep.has(row) && row.pull !== null);
    for (const row of rest.toSorted((a, b) => key(b) - key(a)).slice(0, n)) keep.add(row);
  };
  by((row) => Math.abs(row.pull ?? 0), MOST_PULLED);
  by((row) => -(row.constraint ?? Number.POSITIVE_INFINITY), MOST_CONSTRAINED);
  return rows.filter((row) => keep.has(row));
}

function describeValue(row: ParameterRow): { value: string; error: string } {
  if (row.uncertainty === null || row.uncertainty === 0) {
    return { value: bare(row.bestfit), error: "" };
  }
  const { value, errors } = pdgRound(row.bestfit, [row.uncertainty]);
  return { value, error: `± ${errors[0]}` };
}

/** `+1.1 -0.9`, with `?` for a side that was not found; empty when not asked for. */
function minosText({ minos, bestfit }: ParameterRow): string {
  if (minos === null) return "";
  const sides = [minos.up, minos.down].filter((side) => side !== null);
  const { errors } = pdgRound(bestfit, sides);
  const up = minos.up === null ? "?" : errors[0];
  const down = minos.down === null ? "?" : errors[errors.length - 1];
  return `+${up} -${down}`;
}

function warningBlock(warnings: readonly string[]): string {
  if (warnings.length === 0) return "";
  return [
    `${counted(warnings.length, "warning")}:`,
    ...warnings.map((warning) => wrap(printable(warning), TEXT_COLUMNS, "  - ", "    ")),
  ].join("\n");
}

function signed(x: number, decimals: number): string {
  const text = x.toFixed(decimals);
  const zero = Number(text) === 0;
  return zero ? (0).toFixed(decimals) : x > 0 ? `+${text}` : text;
}
