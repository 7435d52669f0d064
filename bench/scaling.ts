/**
 * How the time grows with the size of the model, on synthetic ones: more modifiers, more bins, more parameters.
 *
 * usage: node bench/scaling.ts [--quick]
 *
 * @module
 */

import { fit, fromPyhf } from "../src/index.ts";
import { type SyntheticShape, syntheticWorkspace } from "../tools/synthetic.ts";
import { countEntries, fitLocally } from "./ours.ts";
import { formatCount, formatTable, formatTime } from "./table.ts";
import { measure, median, type Protocol, QUICK, THOROUGH } from "./timing.ts";

type Size = Omit<SyntheticShape, "seed">;

interface Series {
  readonly title: string;
  readonly sizes: readonly (readonly [label: string, size: Size])[];
}

const REGIONS = { channels: 4, backgrounds: 4, shapes: 1 / 3, staterror: false } as const;

const SERIES: readonly Series[] = [
  {
    title: "modifiers",
    sizes: [
      ["base", { ...REGIONS, binsPerChannel: 10, systematics: 40, coverage: 0.5, staterror: true }],
      ["4x", { ...REGIONS, binsPerChannel: 10, systematics: 160, coverage: 0.5, staterror: true }],
      ["16x", { ...REGIONS, binsPerChannel: 10, systematics: 640, coverage: 0.5, staterror: true }],
    ],
  },
  {
    title: "bins >> parameters",
    sizes: [
      ["base", { ...REGIONS, binsPerChannel: 78, systematics: 50, coverage: 0.5 }],
      ["4x", { ...REGIONS, binsPerChannel: 312, systematics: 50, coverage: 0.5 }],
      ["16x", { ...REGIONS, binsPerChannel: 1250, systematics: 50, coverage: 0.5 }],
    ],
  },
  {
    title: "parameters >> bins",
    sizes: [
      ["base", { ...REGIONS, binsPerChannel: 4, systematics: 60, coverage: 0.6 }],
      ["4x", { ...REGIONS, binsPerChannel: 4, systematics: 250, coverage: 0.6 }],
      ["16x", { ...REGIONS, binsPerChannel: 4, systematics: 999, coverage: 0.6 }],
    ],
  },
];
const SEEDS = [1, 2, 3];
/** Two timings of the same code differ by this much. */
const NOISE = 0.05;

interface ScalingResult {
  readonly series: string;
  readonly size: string;
  readonly nParameters: number;
  readonly nBins: number;
  /** Non-zero modifier entries. */
  readonly nEntries: number;
  /** Seconds. */
  readonly gradient: number;
  readonly localFit: number;
  readonly completeFit: number;
  /** Gradient evaluations of the local fit, for each of a few seeds. */
  readonly evaluations: readonly number[];
  readonly localConverged: boolean;
  readonly completeConverged: boolean;
}

/** Measures every synthetic model; `quick` leaves the largest out. */
export function measureScaling(quick: boolean): ScalingResult[] {
  const protocol = quick ? QUICK : THOROUGH;
  return SERIES.flatMap(({ title, sizes }) =>
    (quick ? sizes.slice(0, 2) : sizes).map(([label, size]) =>
      measureSize(title, label, size, protocol),
    ),
  );
}

function measureSize(series: string, label: string, size: Size, protocol: Protocol): ScalingResult {
  const models = SEEDS.map((seed) => fromPyhf(syntheticWorkspace({ ...size, seed })));
  const [model] = models;
  if (model === undefined) throw new RangeError("a series needs a seed");
  const { evaluator, resolved } = model;
  const start = Float64Array.from(model.suggestedInit());
  const out = new Float64Array(start.length);
  const locals = models.map(fitLocally);
  return {
    series,
    size: label,
    nParameters: model.nParams(),
    nBins: resolved.observed.length,
    nEntries: countEntries(resolved),
    // Short batches are too noisy for the statement on growth.
    gradient: measure(() => evaluator.gradient(start, out), THOROUGH).seconds,
    localFit: measure(() => fitLocally(model).solution.value, protocol).seconds,
    completeFit: measure(() => fit(model).nll, protocol).seconds,
    evaluations: locals.map((local) => local.nGradient),
    localConverged: locals.every((local) => local.solution.termination === "converged"),
    completeConverged: fit(model).converged,
  };
}

export function formatScaling(results: readonly ScalingResult[]): string {
  const rows = results.map((r) => [
    r.series,
    r.size,
    formatCount(r.nParameters),
    formatCount(r.nBins),
    formatCount(r.nEntries),
    formatTime(r.gradient),
    formatTime(r.gradient / r.nEntries),
    formatCount(median(r.evaluations)),
    `${formatTime(r.localFit)}${r.localConverged ? "" : " (!)"}`,
    `${formatTime(r.completeFit)}${r.completeConverged ? "" : " (!)"}`,
  ]);
  const heading = ["scaling", "size", "par", "bins", "entries", "NLL+gradient", "per entry"];
  heading.push("gradients", "local fit", "complete fit");
  const evaluations = results.flatMap((r) => r.evaluations);
  const typical = median(evaluations);
  const lines = [formatTable(heading, rows), "", ...growth(results)];
  lines.push(
    `Gradient evaluations of a local fit: median ${typical} over ${evaluations.length} models ` +
      `(at most ${Math.max(...evaluations)}); required: 30 or fewer: ${typical <= 30 ? "met" : "MISSED"}`,
  );
  if (results.some((r) => !r.localConverged || !r.completeConverged)) {
    lines.push("(!): did not converge");
  }
  return lines.join("\n");
}

/** One statement for each series: does NLL+gradient grow no faster than the entries, from the smallest to the largest? */
function growth(results: readonly ScalingResult[]): string[] {
  return SERIES.flatMap(({ title }) => {
    const own = results.filter((r) => r.series === title);
    const [first] = own;
    const last = own.at(-1);
    if (first === undefined || last === undefined) return [];
    const time = last.gradient / first.gradient;
    const entries = last.nEntries / first.nEntries;
    const verdict = time <= (1 + NOISE) * entries ? "no faster: met" : "FASTER: MISSED";
    return `${title}: NLL+gradient takes ${time.toFixed(1)} times as long for ${entries.toFixed(1)} times the entries: ${verdict}`;
  });
}

if (import.meta.main) {
  console.log(formatScaling(measureScaling(process.argv.includes("--quick"))));
}
