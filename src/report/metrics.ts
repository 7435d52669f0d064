/**
 * Metrics JSON v0: one document per command for experiment tracking, the same groups for every command.
 *
 * Two sets of groups stand side by side: metric, uncertainty, timing, counters, status and provenance with a fixed list of
 * fields; and the flat fields of `nextstat_metrics_v0` with the command's own values under `metrics`. The keys are those of
 * the document (snake_case), in a fixed order. `docs/metrics.schema.json` is its schema.
 *
 * @module
 */

import type { FitResult } from "../infer/fit-result.ts";

/** A value of a command. Numbers that are not finite become null. */
export type MetricValue = number | string | boolean | null | readonly (number | null)[];

/** What one command has to say. Keys are those of the document, in snake_case. */
export interface MetricValues {
  /** The command's own values, in the order they are to appear. Headline names are copied to the group `metric`. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** `mu_sigma`, `cov_available`, and more of the command's own. Default none. */
  readonly uncertainty?: Readonly<Record<string, number | boolean | null>>;
  /** Whether every fit converged; null (default) for a command that fits nothing. */
  readonly converged?: boolean | null;
  /** Degraded flags, of the fixed vocabulary in the schema. Default none. */
  readonly flags?: readonly string[];
  /** Work done. Default none. */
  readonly counters?: MetricCounters;
}

/** Fits, gradients and exact Hessians of the whole command. */
export interface MetricCounters {
  readonly nFit: number;
  readonly nGradient: number;
  readonly nHessian: number;
}

/** Where and how a command ran; everything a pure function cannot know. */
export interface MetricsContext {
  /** Name of the command, e.g. `fit`. */
  readonly command: string;
  readonly warnings?: readonly string[];
  /** Whether the run was stopped before its end. Default false. */
  readonly interrupted?: boolean;
  /** Version of nextstat, and the commit it was built from. Default unknown. */
  readonly version?: string;
  readonly commit?: string;
  /** Milliseconds since 1970. Default unknown. */
  readonly createdUnixMs?: number;
  /** Seconds: the whole run, reading and compiling, fitting. Default unknown. */
  readonly wallTimeS?: number;
  readonly readTimeS?: number;
  readonly fitTimeS?: number;
  /** Threads that could be used. Default 1. */
  readonly threads?: number;
  /** Whether the fixed single-thread order was asked for. Default false. */
  readonly parity?: boolean;
  /** Default `cpu`. */
  readonly device?: string;
}

/** Headline numbers that every document has, null where the command does not compute them. */
export const HEADLINE_METRICS = [
  "mu_hat",
  "mu_test",
  "mu_up",
  "cls",
  "clsb",
  "clb",
  "q_mu",
  "p0",
  "z_obs",
  "z_exp",
  "p_value",
  "nll",
] as const;

/** A Metrics JSON v0 document. */
export interface MetricsDocument {
  readonly schema_version: "nextstat_metrics_v0";
  readonly tool: "nextstat";
  readonly tool_version: string | null;
  readonly created_unix_ms: number | null;
  readonly command: string;
  readonly device: string;
  readonly threads: number;
  readonly parity: boolean;
  readonly metric: Readonly<Record<(typeof HEADLINE_METRICS)[number], number | null>>;
  readonly uncertainty: Readonly<Record<string, number | boolean | null>> & {
    readonly mu_sigma: number | null;
    readonly cov_available: boolean | null;
  };
  readonly timing: {
    readonly wall_time_s: number | null;
    readonly read_time_s: number | null;
    readonly fit_time_s: number | null;
  };
  readonly counters: {
    readonly n_fit: number | null;
    readonly n_gradient: number | null;
    readonly n_hessian: number | null;
  };
  readonly status: {
    /** Whether the numbers can be used: no fit failed to converge, and nothing was interrupted. */
    readonly ok: boolean;
    readonly converged: boolean | null;
    readonly interrupted: boolean;
    readonly warnings: readonly string[];
    readonly degraded_flags: readonly string[];
  };
  readonly provenance: {
    readonly version: string | null;
    readonly commit: string | null;
    readonly threads: number;
    readonly eval_mode: "parity" | "fast";
    readonly device: string;
  };
  readonly warnings: readonly string[];
  readonly degraded_flags: readonly string[];
  readonly metrics: Readonly<Record<string, MetricValue>>;
}

/**
 * The document of one command.
 *
 * ```ts
 * const document = buildMetrics(fitMetrics(result), { command: "fit", warnings: result.warnings });
 * ```
 */
export function buildMetrics(values: MetricValues, context: MetricsContext): MetricsDocument {
  const { metrics, uncertainty = {}, counters } = values;
  const converged = values.converged ?? null;
  const interrupted = context.interrupted ?? false;
  const warnings = [...(context.warnings ?? [])];
  const flags = [...(values.flags ?? [])];
  const version = context.version ?? null;
  const threads = context.threads ?? 1;
  const parity = context.parity ?? false;
  const device = context.device ?? "cpu";
  const headline = HEADLINE_METRICS.map((name) => [name, numberOrNull(metrics[name])]);
  return {
    schema_version: "nextstat_metrics_v0",
    tool: "nextstat",
    tool_version: version,
    created_unix_ms: numberOrNull(context.createdUnixMs),
    command: context.command,
    device,
    threads,
    parity,
    metric: Object.fromEntries(headline) as MetricsDocument["metric"],
    uncertainty: {
      mu_sigma: null,
      cov_available: null,
      ...(finiteValues(uncertainty) as typeof uncertainty),
    } as MetricsDocument["uncertainty"],
    timing: {
      wall_time_s: numberOrNull(context.wallTimeS),
      read_time_s: numberOrNull(context.readTimeS),
      fit_time_s: numberOrNull(context.fitTimeS),
    },
    counters: {
      n_fit: numberOrNull(counters?.nFit),
      n_gradient: numberOrNull(counters?.nGradient),
      n_hessian: numberOrNull(counters?.nHessian),
    },
    status: {
      ok: converged !== false && !interrupted,
      converged,
      interrupted,
      warnings,
      degraded_flags: flags,
    },
    provenance: {
      version,
      commit: context.commit ?? null,
      threads,
      eval_mode: parity ? "parity" : "fast",
      device,
    },
    warnings,
    degraded_flags: flags,
    metrics: finiteValues(metrics),
  };
}

/** What a fit has to say. */
export function fitMetrics(result: FitResult): MetricValues {
  const poi = result.poiIndex;
  const hat = poi === null ? null : (result.bestfit[poi] ?? null);
  const sigma = poi === null ? null : (result.uncertainties[poi] ?? null);
  return {
    metrics: {
      converged: result.converged,
      nll: result.nll,
      twice_nll: result.twiceNll,
      poi_index: poi,
      poi_hat: hat,
      poi_sigma: sigma,
      mu_hat: hat,
      edm: result.edm,
      n_fev: result.nFev,
    },
    uncertainty: { mu_sigma: sigma, cov_available: result.covariance !== null },
    converged: result.converged,
    flags: result.flags,
    counters: { nFit: 1, nGradient: result.nGev, nHessian: result.nHessian },
  };
}

/**
 * The document as one flat row for an experiment tracker: `metric/mu_hat`, `uncertainty/mu_sigma`, `status/ok`. Truth values
 * are 0 and 1, null is left out, a list becomes its length (`status/n_warnings`) and its members joined to a text, and a
 * list of numbers has one more key for each (`metric/exp_limits/0`).
 */
export function metricsToWandbRow(document: MetricsDocument): Record<string, number | string> {
  const row: Record<string, number | string> = {};
  const { metric, metrics, uncertainty, timing, counters, status, provenance } = document;
  const groups = { metric, uncertainty, timing, counters, status, provenance };
  row.command = document.command;
  for (const [group, values] of Object.entries({ ...groups, metric: { ...metric, ...metrics } })) {
    for (const [name, value] of Object.entries(values)) addCells(row, group, name, value);
  }
  return row;
}

function addCells(
  row: Record<string, number | string>,
  group: string,
  name: string,
  value: MetricValue | readonly string[],
): void {
  if (value === null) return;
  if (typeof value === "boolean") row[`${group}/${name}`] = value ? 1 : 0;
  else if (typeof value !== "object") row[`${group}/${name}`] = value;
  else {
    row[`${group}/n_${name}`] = value.length;
    row[`${group}/${name}`] = value.map((item) => item ?? "").join("; ");
    for (const [i, item] of value.entries()) {
      if (typeof item === "number") row[`${group}/${name}/${i}`] = item;
    }
  }
}

function numberOrNull(value: MetricValue | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function finiteValues(
  values: Readonly<Record<string, MetricValue>>,
): Readonly<Record<string, MetricValue>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === "number") return [name, numberOrNull(value)];
      if (Array.isArray(value)) return [name, value.map(numberOrNull)];
      return [name, value];
    }),
  );
}
