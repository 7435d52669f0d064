/**
 * The third set of measurements, `--toys`: seconds per toy of the hypothesis test with toys, free and conditional fit.
 *
 * @module
 */

import type { PeerValue, Tool } from "./peers.ts";
import type { ModelResult, Section, Suite } from "./suite.ts";
import { formatCount } from "./table.ts";
import { measureToys, type OwnToys, type ToyWork } from "./toys-ours.ts";

type Result = ModelResult<OwnToys>;

function counters(
  work: (ours: OwnToys) => ToyWork,
): readonly (readonly [string, (result: Result) => string])[] {
  return [
    ["toys", ({ ours }) => formatCount(work(ours).nToys)],
    ["fits", ({ ours }) => work(ours).nFit.toFixed(1)],
    ["gradients", ({ ours }) => formatCount(Math.round(work(ours).nGradient))],
    ["Hessians", ({ ours }) => work(ours).nHessian.toFixed(1)],
    ["lower", ({ ours }) => `${(100 * work(ours).lower).toFixed(1)} %`],
    ["failed", ({ ours }) => formatCount(work(ours).nFailed)],
  ];
}

const TOYS = { step: "toys", tools: ["pyhf", "nextstat"], ofMany: true } as const;
const THAN = {
  pyhf: { tool: "pyhf", than: "pyhf SLSQP's", median: 500 },
  nextstat: { tool: "nextstat", than: "NextStat's" },
} as const;

const SECTIONS: readonly Section<OwnToys>[] = [
  {
    ...TOYS,
    label: "toy",
    seconds: (ours) => ours.search.seconds,
    title:
      "One toy of the test of mu = 1 (qtilde, toys of both hypotheses, auxiliary data drawn), search for other minima on\n" +
      "(pyhf: the steps of its ToyCalculator, NumPy and SLSQP; NextStat: hypotest_toys, which draws the bins alone).\n" +
      "Ours: fits, gradients and Hessians per toy; share of toys where the search found a lower minimum; toys without an answer",
    extra: counters((ours) => ours.search),
    required: [THAN.pyhf, { ...THAN.nextstat, median: 20 }],
  },
  {
    ...TOYS,
    label: "toy, no search",
    seconds: (ours) => ours.local.seconds,
    title:
      "The same without search for other minima (search: false, a single start), as the peers do",
    extra: counters((ours) => ours.local),
    required: [THAN.pyhf, { ...THAN.nextstat, median: 100 }],
  },
];

export const TOY_SUITE: Suite<OwnToys> = {
  peers: ["pyhf-scipy", "nextstat"],
  models: {
    committed: [
      "multichannel",
      "mixed-all-seven",
      "two-minima-01",
      "realistic-small",
      "realistic-150",
    ],
    quick: ["multichannel", "two-minima-01", "s2018-31_B"],
  },
  measure: measureToys,
  peerArguments: ({ local }) => ["--toys", `${local.nToys / 2}`],
  sections: SECTIONS,
  bounds: [],
  formatNumbers: () => [],
  notesOnOurs: ({ search, local }) => [
    ...search.warnings,
    ...local.warnings.map((warning) => `no search: ${warning}`),
  ],
  notesOnStep,
};

/** From here on a difference in the statistic of the data is no longer accuracy. */
const SAME_Q = 1e-2;

function notesOnStep({ search }: OwnToys, _: Tool, theirs: PeerValue): string[] {
  const notes: string[] = [];
  const { qObs, nFailed = 0, nToys } = theirs;
  if (qObs !== undefined && !(Math.abs((qObs ?? Number.NaN) - (search.qObs ?? 0)) <= SAME_Q)) {
    notes.push(`q of the data is ${qObs}, ours ${search.qObs}`);
  }
  if (nFailed > 0) notes.push(`${nFailed} of ${nToys} toys have no answer`);
  return notes;
}
