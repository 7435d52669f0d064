/**
 * The first set of measurements: model build, NLL, gradient, fit, and the NLL the fits end at.
 *
 * @module
 */

import { measureOurs, type OwnResult } from "./ours.ts";
import type { PeerValue, StepName, Tool } from "./peers.ts";
import { type ModelResult, peerTime, type Section, type Suite } from "./suite.ts";
import { formatCount, formatDifference, formatTable, formatTime } from "./table.ts";

const SECTIONS: readonly Section<OwnResult>[] = [
  {
    label: "build",
    step: "build",
    seconds: (ours) => ours.build.seconds,
    title: "Model build, from text to model (pyhf: NumPy)",
    tools: ["pyhf", "nextstat"],
    extra: [["size", (r) => `${formatCount(Math.round(r.bytes / 1000))} kB`]],
    required: [],
  },
  {
    label: "NLL",
    step: "nll",
    seconds: (ours) => ours.nll.seconds,
    title: "NLL at the nominal start (pyhf: NumPy)",
    tools: ["pyhf", "nextstat"],
    extra: [],
    required: [],
  },
  {
    label: "NLL+gradient",
    step: "gradient",
    seconds: (ours) => ours.gradient.seconds,
    title: "NLL and gradient at the nominal start (pyhf: JAX, compiled; NextStat: gradient alone)",
    tools: ["pyhf", "nextstat"],
    extra: [["per entry", (r) => formatTime(r.ours.gradient.seconds / r.ours.nEntries)]],
    required: [
      { tool: "nextstat", than: "NextStat's gradient", median: 25, each: 15 },
      { tool: "pyhf", than: "pyhf-JAX's", median: 10 },
    ],
  },
  {
    label: "local fit",
    step: "localFit",
    seconds: (ours) => ours.localFit.seconds,
    title:
      "Local fit: one minimisation from the nominal start, ours to EDM < 1e-9 (pyhf: NumPy and SLSQP; NextStat: fit_minimum)",
    tools: ["pyhf", "nextstat"],
    extra: [
      ["gradients", (r) => formatCount(r.ours.localEvaluations)],
      ["EDM", (r) => r.ours.localEdm.toExponential(0)],
    ],
    required: [
      { tool: "nextstat", than: "NextStat's", median: 150, each: 40 },
      { tool: "pyhf", than: "pyhf SLSQP's", median: 1000 },
    ],
  },
  {
    label: "complete fit",
    step: "completeFit",
    seconds: (ours) => ours.completeFit.seconds,
    title:
      "Complete fit: search for other minima, exact Hessian, certificate, covariance (NextStat: fit; pyhf has none)",
    tools: ["nextstat"],
    extra: [
      ["gradients", (r) => formatCount(r.ours.completeEvaluations)],
      ["starts", (r) => formatCount(r.ours.nStarts)],
      ["Hessians", (r) => formatCount(r.ours.nHessian)],
    ],
    required: [{ tool: "nextstat", than: "NextStat's", median: 40 }],
  },
];

export const FITS: Suite<OwnResult> = {
  peers: ["pyhf-scipy", "pyhf-jax", "nextstat"],
  models: {
    committed: [
      "multichannel",
      "mixed-all-seven",
      "two-minima-01",
      "realistic-small",
      "realistic-150",
      "realistic-300",
    ],
    quick: ["multichannel", "realistic-small", "s2018-31_B", "s2018-04"],
  },
  measure: measureOurs,
  peerArguments: () => [],
  sections: SECTIONS,
  bounds: [],
  formatNumbers: (results) => [formatMinima(results)],
  notesOnOurs: ({ localProblem }) => (localProblem === "" ? [] : [`local fit: ${localProblem}`]),
  notesOnStep,
};

/** NLL at the minimum: ours, and how far above it the others end. */
function formatMinima(results: readonly ModelResult<OwnResult>[]): string {
  const above = (result: ModelResult<OwnResult>, tool: Tool, name: StepName): string => {
    const step = result.peers?.[tool]?.[name];
    return step !== undefined && "seconds" in step && step.nll !== undefined
      ? formatDifference(step.nll - result.ours.completeNll)
      : peerTime(result, tool, name);
  };
  const rows = results.map((result) => {
    const { ours } = result;
    return [
      result.name,
      ours.completeNll.toFixed(6),
      ours.converged ? "yes" : "NO",
      ours.localProblem === "" ? formatDifference(ours.localNll - ours.completeNll) : "failed",
      above(result, "pyhf", "localFit"),
      above(result, "nextstat", "localFit"),
      above(result, "nextstat", "completeFit"),
    ];
  });
  const heading = ["workspace", "ours, complete", "certified", "our local fit", "pyhf SLSQP"];
  heading.push("NextStat fit_minimum", "NextStat fit");
  return `NLL at the minimum: ours, and that of the others minus ours\n\n${formatTable(heading, rows)}`;
}

/** Where the same point gives another value. */
function notesOnStep(ours: OwnResult, _: Tool, theirs: PeerValue): string[] {
  const notes: string[] = [];
  const nll = theirs.value;
  if (nll !== undefined && !(Math.abs(nll - ours.startNll) <= 1e-6)) {
    notes.push(`NLL at the start is ${nll}, ours ${ours.startNll}`);
  }
  const slope = theirs.gradient;
  if (slope !== undefined) notes.push(...compareGradients(ours.startGradient, slope));
  return notes;
}

function compareGradients(
  ours: Readonly<Record<string, number>>,
  theirs: Readonly<Record<string, number>>,
): string[] {
  const unknown = Object.keys(ours).filter((name) => theirs[name] === undefined);
  if (unknown.length > 0) {
    return [`there is no parameter ${unknown.slice(0, 3).join(", ")}; gradients not compared`];
  }
  const differing = Object.entries(ours)
    .map(([name, value]) => ({ name, value, other: theirs[name] as number }))
    .filter(({ value, other }) => !(Math.abs(value - other) <= 1e-6))
    .sort((a, b) => Math.abs(b.value - b.other) - Math.abs(a.value - a.other));
  const [worst] = differing;
  if (worst === undefined) return [];
  return [
    `gradient at the start differs in ${differing.length} components, most in ${worst.name}: ` +
      `${worst.other}, ours ${worst.value}`,
  ];
}
