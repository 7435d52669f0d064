/**
 * The second set of measurements, `--inference`: hypothesis test, upper limits, ranking and profile scan, each from a built
 * model to the finished record, with every fit it needs.
 *
 * @module
 */

import {
  type Impacts,
  measureInference,
  type OwnInference,
  type Scan,
  type Work,
} from "./inference-ours.ts";
import type { PeerValue, StepName, Tool } from "./peers.ts";
import { type ModelResult, peerTime, type Section, type Suite } from "./suite.ts";
import { formatCount, formatDifference, formatTable, formatTime } from "./table.ts";

type Result = ModelResult<OwnInference>;

function counters(
  work: (ours: OwnInference) => Work,
): readonly (readonly [string, (result: Result) => string])[] {
  return [
    ["fits", ({ ours }) => formatCount(work(ours).nFit)],
    ["gradients", ({ ours }) => formatCount(work(ours).nGradient)],
    ["Hessians", ({ ours }) => formatCount(work(ours).nHessian)],
  ];
}

const TEST = {
  step: "hypotest",
  tools: ["pyhf", "nextstat"],
  required: [
    { tool: "pyhf", than: "pyhf SLSQP's", median: 500 },
    { tool: "nextstat", than: "NextStat's", median: 100 },
  ],
} as const;

const LIMITS = {
  step: "limits",
  tools: ["pyhf", "nextstat"],
  required: [
    { tool: "pyhf", than: "pyhf SLSQP's", median: 500 },
    { tool: "nextstat", than: "NextStat's", median: 150 },
  ],
} as const;

const SECTIONS: readonly Section<OwnInference>[] = [
  {
    ...TEST,
    label: "hypotest",
    seconds: (ours) => ours.hypotest.seconds,
    title:
      "Asymptotic test of mu = 1 with the expected set, search for other minima on (pyhf: NumPy and SLSQP; NextStat: no expected set)",
    extra: counters((ours) => ours.hypotest),
  },
  {
    ...TEST,
    label: "hypotest, no search",
    seconds: (ours) => ours.hypotestLocal.seconds,
    title: "The same without search for other minima (search: false), as the peers do",
    extra: counters((ours) => ours.hypotestLocal),
  },
  {
    ...LIMITS,
    label: "six limits",
    seconds: (ours) => ours.limits.seconds,
    title:
      'Observed and five expected limits, ours to 1e-6, search on (pyhf: upper_limit to 1e-4; NextStat: upper_limit(method="root") to 1e-4)',
    extra: counters((ours) => ours.limits),
  },
  {
    ...LIMITS,
    label: "six limits, no search",
    seconds: (ours) => ours.limitsLocal.seconds,
    title: "The same without search for other minima (search: false), as the peers do",
    extra: counters((ours) => ours.limitsLocal),
  },
  {
    label: "ranking",
    step: "ranking",
    seconds: (ours) => ours.ranking.seconds,
    title:
      "Ranking, ours by all three definitions (cabinetry: fit.ranking with its first fit, 4 refits each; NextStat: 2 refits each)",
    tools: ["cabinetry", "nextstat"],
    extra: [
      ...counters((ours) => ours.ranking),
      ["in the fit", ({ ours }) => `${ours.fitHessians}`],
      ["rechecked", ({ ours }) => `${ours.ranking.nRechecked}`],
    ],
    required: [
      { tool: "cabinetry", than: "cabinetry's", median: 100 },
      { tool: "nextstat", than: "NextStat's", median: 80 },
    ],
  },
  {
    label: "scan",
    step: "scan",
    seconds: (ours) => ours.scan.seconds,
    title:
      "Profile scan, 31 points over mu in [0, 3], ours with both intervals and search on (NextStat: profile_scan, points alone)",
    tools: ["nextstat"],
    extra: counters((ours) => ours.scan),
    required: [],
  },
];

export const INFERENCE: Suite<OwnInference> = {
  peers: ["pyhf-scipy", "nextstat", "cabinetry"],
  models: {
    committed: ["multichannel", "mixed-all-seven", "two-minima-01", "realistic-small"],
    quick: ["multichannel", "two-minima-01", "s2018-31_B"],
  },
  measure: measureInference,
  peerArguments: ({ scan: { grid } }) => [
    "--inference",
    `${grid.start},${grid.stop},${grid.points}`,
  ],
  sections: SECTIONS,
  bounds: [
    {
      text: "Hessians of a ranking",
      atMost: 1,
      value: ({ ours }) => ours.ranking.nHessian,
      format: formatCount,
    },
    {
      text: "scan of tttt-prod",
      atMost: 0.1,
      value: ({ name, ours }) => (name === "tttt-prod" ? ours.scan.seconds : null),
      format: formatTime,
    },
  ],
  formatNumbers: (results) => [formatTests(results), formatImpacts(results)],
  notesOnOurs,
  notesOnStep,
};

const NO_NUMBER = "-";

function difference(theirs: number | null | undefined, ours: number | null | undefined): string {
  if (typeof theirs !== "number" || typeof ours !== "number") return NO_NUMBER;
  return formatDifference(theirs - ours);
}

function peerValue(result: Result, tool: Tool, name: StepName): PeerValue | undefined {
  const step = result.peers?.[tool]?.[name];
  return step !== undefined && "seconds" in step ? step : undefined;
}

/** CLs and limits: ours, and those of the others minus ours. */
function formatTests(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { hypotest, hypotestLocal, limits, limitsLocal } = result.ours;
    const [observed, , , median] = limits.limits;
    const theirs = (tool: Tool): string[] => {
      const of = peerValue(result, tool, "limits")?.limits;
      return of === undefined
        ? [peerTime(result, tool, "limits"), ""]
        : [difference(of[0], observed), difference(of[3], median)];
    };
    const cls = (tool: Tool): string => {
      const value = peerValue(result, tool, "hypotest");
      return value === undefined
        ? peerTime(result, tool, "hypotest")
        : difference(value.cls, hypotest.cls);
    };
    return [
      result.name,
      hypotest.cls?.toPrecision(6) ?? NO_NUMBER,
      difference(hypotestLocal.cls, hypotest.cls),
      cls("pyhf"),
      cls("nextstat"),
      observed?.toPrecision(6) ?? NO_NUMBER,
      difference(limitsLocal.limits[0], observed),
      ...theirs("pyhf"),
      ...theirs("nextstat"),
    ];
  });
  const heading = ["workspace", "CLs(1)", "no search", "pyhf", "NextStat", "limit", "no search"];
  heading.push("pyhf", "expected", "NextStat", "expected");
  return (
    "CLs at mu = 1 and the observed limit: ours, and the others' minus ours (expected: the same of the median expected limit)\n\n" +
    formatTable(heading, rows)
  );
}

/** The largest impact by two definitions, and how far the others are off in any. */
function formatImpacts(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { ranking, scan } = result.ours;
    const columns = (impacts: Impacts, tool: Tool): string[] => {
      const [name, value] = largestImpact(impacts);
      const theirs = peerValue(result, tool, "ranking")?.impacts;
      const worst = theirs === undefined ? null : compareImpacts(impacts, theirs)[0];
      return [
        name.slice(0, 24),
        value.toPrecision(4),
        theirs === undefined
          ? peerTime(result, tool, "ranking")
          : formatDifference(worst?.difference ?? 0),
      ];
    };
    const q = peerValue(result, "nextstat", "scan")?.q;
    return [
      result.name,
      ...columns(ranking.centre, "nextstat"),
      ...columns(ranking.bestfit, "cabinetry"),
      q === undefined ? peerTime(result, "nextstat", "scan") : formatDifference(worstQ(scan.q, q)),
    ];
  });
  const heading = ["workspace", "around the centre", "impact", "NextStat", "around the best fit"];
  heading.push("impact", "cabinetry", "q, NextStat");
  return (
    "Largest impact, and the largest difference in any impact, and in q over the scan: the others' minus ours\n\n" +
    formatTable(heading, rows)
  );
}

function largestImpact(impacts: Impacts): [name: string, value: number] {
  const all = Object.entries(impacts).flatMap(([name, pair]) =>
    pair.map((value): [string, number] => [name, value ?? 0]),
  );
  return all.reduce((a, b) => (Math.abs(b[1]) > Math.abs(a[1]) ? b : a), [NO_NUMBER, 0]);
}

interface ImpactDifference {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
  /** Theirs minus ours. */
  readonly difference: number;
}

/** The differences of the impacts that both have, largest first. */
function compareImpacts(
  ours: Impacts,
  theirs: NonNullable<PeerValue["impacts"]>,
): ImpactDifference[] {
  return Object.entries(ours)
    .flatMap(([name, pair]) =>
      pair.flatMap((value, k) => {
        const other = theirs[name]?.[k];
        if (value === null || typeof other !== "number") return [];
        return [{ name, ours: value, theirs: other, difference: other - value }];
      }),
    )
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
}

/** The largest difference of two scans. */
function worstQ(ours: Scan["q"], theirs: Scan["q"]): number {
  const differences = ours.map((q, i) => {
    const other = theirs[i];
    return q === null || typeof other !== "number" ? 0 : other - q;
  });
  return differences.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
}

function notesOnOurs(ours: OwnInference): string[] {
  const { hypotest, limits, ranking, scan } = ours;
  return Object.entries({ hypotest, limits, ranking, scan }).flatMap(([name, work]) => [
    ...(work.converged ? [] : [`${name} did not converge`]),
    ...work.warnings.map((warning) => `${name}: ${warning}`),
  ]);
}

/**
 * From here on a difference is no longer the peers' accuracy: CLs, relative for limits, impacts in units of the uncertainty
 * of mu (where there is none, of 1e-3), q.
 */
const SAME = { cls: 1e-3, limit: 1e-3, impact: 0.01, q: 1e-2 } as const;

const TEST_NAMES = ["observed", ...[-2, -1, 0, 1, 2].map((n) => `expected (${n} sigma)`)] as const;

function notesOnStep(ours: OwnInference, tool: Tool, theirs: PeerValue): string[] {
  const notes: string[] = [];
  const { cls, expected, limits, impacts, q } = theirs;
  if (cls !== undefined) {
    const own = [ours.hypotest.cls, ...ours.hypotest.expected];
    notes.push(...compareValues("CLs", own, [cls, ...(expected ?? [])], () => SAME.cls));
  }
  if (limits !== undefined) {
    const own = ours.limits.limits;
    notes.push(...compareValues("limit", own, limits, (limit) => SAME.limit * limit));
  }
  if (impacts !== undefined) {
    const { centre, bestfit, muUncertainty } = ours.ranking;
    const own = tool === "cabinetry" ? bestfit : centre;
    const differing = compareImpacts(own, impacts).filter(
      (one) => Math.abs(one.difference) > SAME.impact * (muUncertainty ?? 1e-3),
    );
    const [worst] = differing;
    if (worst !== undefined) {
      notes.push(
        `${differing.length} of ${2 * Object.keys(own).length} impacts differ, most that of ${worst.name}: ` +
          `${worst.theirs}, ours ${worst.ours}`,
      );
    }
  }
  if (q !== undefined && Math.abs(worstQ(ours.scan.q, q)) > SAME.q) {
    notes.push(`q of the scan differs by up to ${formatDifference(worstQ(ours.scan.q, q))}`);
  }
  return notes;
}

/** The first of observed and expected values that differs by more than what is the same. */
function compareValues(
  what: string,
  ours: readonly (number | null)[],
  theirs: readonly (number | null)[],
  same: (ours: number) => number,
): string[] {
  const index = theirs.findIndex((value, i) => {
    const own = ours[i] ?? null;
    if (own === null || value === null) return own !== value;
    return Math.abs(value - own) > same(own);
  });
  return index < 0 ? [] : [`${TEST_NAMES[index]} ${what} is ${theirs[index]}, ours ${ours[index]}`];
}
