/**
 * Damaged workspaces through everything: reading, compiling, likelihood, audit and fit. Whatever the damage, the outcome
 * is a refusal that says what is wrong, or a result in which every number is finite.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import {
  audit,
  type FitOptions,
  type FitResult,
  fit,
  fromPyhf,
  type Model,
  NextstatError,
} from "../../src/index.ts";
import { mutateWorkspace, type Rng, seededRng } from "../formats/fuzz.ts";

const RUNS = 24;
const CASES_PER_RUN = 1000;
/** No case may take longer; the slowest measured ones take a hundredth of it. */
const LIMIT_MS = 20_000;
const MAX_BASE_BYTES = 8_000;
/** Counted over all runs at the end, so that a fuzzer that reaches nothing is noticed. */
const total = { cases: 0, refused: 0, fitted: 0, converged: 0, slowestMs: 0 };

const root = new URL("../../", import.meta.url);
const goldenFolder = new URL("test/golden/workspaces/", root);
const bases: readonly { readonly name: string; readonly workspace: unknown }[] = [
  new URL("examples/multichannel.json", root),
  ...readdirSync(goldenFolder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => new URL(file, goldenFolder)),
]
  .map((url) => ({
    name: url.pathname.replace(/^.*\//, ""),
    text: readFileSync(url, "utf8"),
  }))
  .filter(({ text }) => text.length <= MAX_BASE_BYTES)
  .map(({ name, text }) => ({ name, workspace: JSON.parse(text) as unknown }));

/** What is wrong with one case, and how to get it again. */
interface Failure {
  readonly what: string;
  readonly base: string;
  readonly options: string;
  readonly workspace: string;
}

describe("mutated workspaces are refused or give finite results", () => {
  test("there is enough to mutate", () => {
    expect(bases.length).toBeGreaterThan(50);
    expect(RUNS * CASES_PER_RUN).toBeGreaterThanOrEqual(20_000);
  });

  test.each(Array.from({ length: RUNS }, (_, run) => run + 1))("seed %i", (seed) => {
    const rng = seededRng(seed);
    const failures = new Map<string, Failure>();
    for (let i = 0; i < CASES_PER_RUN; i++) {
      const failure = runCase(rng, i);
      if (failure === undefined) continue;
      const known = failures.get(failure.what);
      if (known === undefined || known.workspace.length > failure.workspace.length) {
        failures.set(failure.what, failure);
      }
    }
    expect([...failures.values()]).toEqual([]);
  });

  afterAll(() => {
    console.log(
      `${total.cases} mutated workspaces: ${total.refused} refused, ${total.fitted} fitted ` +
        `(${total.converged} converged), slowest ${total.slowestMs.toFixed(0)} ms`,
    );
    expect(total.fitted).toBeGreaterThan(0.3 * total.cases);
    expect(total.refused).toBeGreaterThan(0.1 * total.cases);
    expect(total.converged).toBeGreaterThan(0.9 * total.fitted);
  });
});

function runCase(rng: Rng, i: number): Failure | undefined {
  const { name, workspace } = bases[Math.floor(rng() * bases.length)] as (typeof bases)[number];
  const mutated = mutateWorkspace(workspace, rng, { numericShare: i % 2 === 0 ? 0.5 : 0.95 });
  const text = JSON.stringify(mutated);
  const interpDefaults = i % 4 < 2 ? "root" : "pyhf";
  let options: FitOptions = {};
  total.cases++;
  const start = performance.now();
  const what = ((): string | undefined => {
    let model: Model;
    try {
      // The same document as text and as a value: two ways in.
      model = fromPyhf(i % 8 === 0 ? (mutated as object) : text, { interpDefaults });
    } catch (error) {
      total.refused++;
      return describeRefusal(error, ["input", "usage"]);
    }
    try {
      options = fitOptions(model, i);
      return checkModel(model) ?? checkFit(model, fit(model, options), options);
    } catch (error) {
      return describeRefusal(error, ["input", "numeric"]);
    }
  })();
  const elapsed = performance.now() - start;
  total.slowestMs = Math.max(total.slowestMs, elapsed);
  const slow = elapsed > LIMIT_MS ? `took ${elapsed.toFixed(0)} ms` : undefined;
  const failed = what ?? slow;
  if (failed === undefined) return undefined;
  return {
    what: failed,
    base: name,
    options: JSON.stringify({ interpDefaults, ...options }),
    workspace: text,
  };
}

/** Mostly a plain fit; now and then one of the other things a fit can be asked for. */
function fitOptions(model: Model, i: number): FitOptions {
  const name = model.paramNames()[0];
  if (name === undefined) return {};
  switch (i % 12) {
    case 3:
      return { asimov: true };
    case 5:
      return { minos: [name] };
    case 7:
      return { fixedParams: { [name]: model.suggestedInit()[0] as number } };
    case 9:
      return { search: false };
    case 11:
      return { covariance: false };
    default:
      return {};
  }
}

/** Undefined for an error the library may throw; otherwise what it threw. */
function describeRefusal(error: unknown, kinds: readonly string[]): string | undefined {
  if (!(error instanceof NextstatError)) {
    const place = error instanceof Error ? error.stack?.split("\n")[1]?.trim() : undefined;
    return `threw ${String(error)} ${place?.replace(/\(.*\/src\//, "(src/") ?? ""}`;
  }
  if (!kinds.includes(error.kind)) return `threw an error of kind ${error.kind}: ${error.message}`;
  // Words of the inside, which tell a user nothing.
  if (/matrix|undefined|NaN/.test(error.problem)) {
    return `refused with "${error.problem.replaceAll(/\d+/g, "#")}"`;
  }
  return undefined;
}

function checkModel(model: Model): string | undefined {
  const init = model.suggestedInit();
  if (init.length !== model.nParams()) return "suggestedInit has the wrong length";
  const numbers = { bounds: model.paramBounds(), init, audit: audit(model) };
  // Where the model is impossible the NLL is +Infinity, an honest answer; NaN is none.
  if (Number.isNaN(model.nll(init))) return "NLL at the starting values is NaN";
  return describeNonFinite(numbers);
}

function checkFit(model: Model, result: FitResult, options: FitOptions): string | undefined {
  total.fitted++;
  if (result.converged) total.converged++;
  const bounds = model.paramBounds();
  const outside = result.bestfit.findIndex((value, i) => {
    const [lower, upper] = bounds[i] as [number, number];
    return value < lower || value > upper;
  });
  if (outside >= 0) return "the best fit is outside the bounds";
  const { initialNll } = result;
  if (initialNll !== null && result.nll > initialNll + 1e-9 * Math.max(1, Math.abs(initialNll))) {
    return "the best fit is worse than the starting values";
  }
  if (result.converged !== (result.terminationReason === "converged")) {
    return `converged is ${result.converged}, the reason "${result.terminationReason}"`;
  }
  if (options.covariance === false && result.covariance !== null) return "unwanted covariance";
  return describeNonFinite(result);
}

/** The first number that is not finite, as `path = value`, indices left out. */
function describeNonFinite(value: unknown, path = ""): string | undefined {
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = describeNonFinite(member, `${path}.${Array.isArray(value) ? "#" : key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
