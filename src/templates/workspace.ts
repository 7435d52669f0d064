/**
 * The last step: templates of a plan to a workspace.
 *
 * @module
 */

import type {
  Channel,
  Measurement,
  Modifier,
  Observation,
  ParameterConfig,
  Sample,
  Workspace,
} from "../workspace/types.ts";
import { type BuildNotice, Notices } from "./notices.ts";
import type { AnalysisPlan, ParameterPlan, RegionPlan, SamplePlan } from "./plan.ts";
import { type Region, regionTemplates } from "./region.ts";
import type { TemplatesByKey } from "./requests.ts";
import { systematicModifiers } from "./systematics.ts";
import type { Template } from "./template.ts";

/** A workspace that was built. */
export interface Built {
  readonly workspace: Workspace;
  readonly notices: readonly BuildNotice[];
}

/**
 * Builds the workspace of a plan from its templates.
 *
 * Modifiers are in the order staterror or shapesys, normfactors, shapefactors, lumi, systematics.
 *
 * @param templates what {@link requestsOf} asks for
 * @param notices of what happened before
 * @throws NextstatError `input` where histograms do not have the same bins
 */
export function buildWorkspace(
  plan: AnalysisPlan,
  templates: TemplatesByKey,
  notices: Notices = new Notices(),
): Built {
  const channels: Channel[] = [];
  const observations: Observation[] = [];
  for (const region of plan.regions) {
    const made = regionTemplates(region, plan.floor, templates, notices);
    const shared = sharedUncertainties(region, made);
    const systematics = systematicModifiers(region, made, notices);
    const samples = region.samples.map((sample): Sample => {
      const nominal = made.nominal.get(sample.name) as Template;
      const modifiers = [
        ...statisticalModifiers(region, sample, nominal, shared),
        ...factorModifiers(sample),
        ...(systematics.get(sample.name) ?? []),
      ];
      return { name: sample.name, data: nominal.values, modifiers };
    });
    channels.push({ name: region.name, samples });
    observations.push({ name: region.name, data: made.observed });
  }
  const measurements = [measurementOf(plan)];
  return {
    workspace: { channels, measurements, observations, version: "1.0.0" },
    notices: notices.list(),
  };
}

/**
 * Whether the total of the samples that share parameters is uncertain enough in each bin to have one.
 *
 * @returns [bins]; null where nothing is left out
 */
function sharedUncertainties(region: RegionPlan, made: Region): readonly boolean[] | null {
  const sharing = region.samples.filter(({ statistical }) => statistical?.kind === "shared");
  const threshold = Math.max(0, ...sharing.map(({ statistical }) => statistical?.threshold ?? 0));
  if (threshold === 0) return null;
  const nominal = sharing.map(({ name }) => made.nominal.get(name) as Template);
  return (nominal[0]?.values ?? []).map((_, b) => {
    const total = nominal.reduce((sum, { values }) => sum + (values[b] as number), 0);
    const variance = nominal.reduce((sum, { variances }) => sum + (variances[b] as number), 0);
    return total > 0 && Math.sqrt(variance) / total >= threshold;
  });
}

function statisticalModifiers(
  region: RegionPlan,
  { name, statistical }: SamplePlan,
  { values, variances }: Template,
  shared: readonly boolean[] | null,
): readonly Modifier[] {
  if (statistical === null) return [];
  const { kind, threshold, constraint } = statistical;
  const isShared = kind === "shared";
  const data = variances.map((variance, b) => {
    const uncertainty = Math.sqrt(variance);
    const counts = isShared
      ? (shared?.[b] ?? true)
      : threshold === 0 || uncertainty / (values[b] as number) >= threshold;
    return counts ? uncertainty : 0;
  });
  if (threshold > 0 && data.every((uncertainty) => uncertainty === 0)) return [];
  const set = region.name.replaceAll(" ", "-");
  // What pyhf takes a staterror or shapesys to have is not said again.
  const usual = isShared ? "Gaussian" : "Poisson";
  return [
    {
      name: isShared ? `staterror_${set}` : `stat_${set}_${name.replaceAll(" ", "-")}`,
      type: isShared ? "staterror" : "shapesys",
      data,
      ...(constraint === usual ? {} : { constraint: { type: constraint } }),
    },
  ];
}

function factorModifiers(sample: SamplePlan): readonly Modifier[] {
  return [
    ...sample.normFactors.map((name): Modifier => ({ name, type: "normfactor", data: null })),
    ...sample.shapeFactors.map((name): Modifier => ({ name, type: "shapefactor", data: null })),
    ...(sample.scalesWithLuminosity
      ? [{ name: "lumi", type: "lumi", data: null } satisfies Modifier]
      : []),
  ];
}

function measurementOf(plan: AnalysisPlan): Measurement {
  const parameters = plan.parameters.map(parameterConfig);
  if (plan.luminosity !== null) {
    parameters.push({
      name: "lumi",
      auxdata: [1],
      bounds: [[0, 10]],
      inits: [1],
      sigmas: [plan.luminosity],
    });
  }
  return { name: plan.measurement, config: { parameters, poi: plan.pois[0] ?? "" } };
}

function parameterConfig(parameter: ParameterPlan): ParameterConfig {
  const { name, init, bounds, isFixed, isFree, gaussian } = parameter;
  return {
    name,
    ...(init === null ? {} : { inits: [init] }),
    ...(bounds === null ? {} : { bounds: [bounds] }),
    ...(isFixed ? { fixed: true } : {}),
    ...(gaussian === undefined
      ? {}
      : {
          auxdata: [gaussian.centre],
          sigmas: [gaussian.width],
          constraint: { type: "Gaussian" as const },
        }),
    ...(isFree ? { constraint: { type: "NoConstraint" } } : {}),
  };
}
