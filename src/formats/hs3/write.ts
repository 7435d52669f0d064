/**
 * A workspace -> HS3 0.2, in the form that ROOT's RooJSONFactoryWSTool reads and writes. Interpolations are written out
 * twice, as RooFit's number and as pyhs3's name, so that both read them as they are meant.
 *
 * @module
 */

import { count } from "../../workspace/checks.ts";
import type { Workspace } from "../../workspace/types.ts";
import { type ConversionReport, newConversionLog } from "../conversion.ts";
import type { Codes } from "./interpolation.ts";
import type { MeasurementToWrite, ModelParameter } from "./model-parameters.ts";
import type { Hs3Source, ParameterPoint } from "./types.ts";
import { type WrittenChannel, writeChannel } from "./write-channel.ts";
import {
  describeConstraint,
  namesOf,
  type ParameterNames,
  writeTerms,
} from "./write-constraints.ts";
import { writeMisc } from "./write-misc.ts";

export interface WriteHs3Options {
  /** The measurements to write, the first first. */
  readonly measurements: readonly MeasurementToWrite[];
  /** Interpolation of modifiers that have none of their own. */
  readonly interpolation: Codes;
  /** Values of parameters to write under a name, such as a best fit: by parameter of the model. */
  readonly points?: readonly ParameterPoint[];
  /** What an HS3 document had that the workspace has no place for. */
  readonly source?: Hs3Source;
  /** Version of nextstat, for `metadata.packages`. Default: not recorded. */
  readonly version?: string;
}

/** An HS3 document and what became of the workspace's parts. */
export interface WrittenHs3 {
  readonly document: object;
  readonly report: ConversionReport;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/**
 * Writes a workspace as HS3.
 *
 * @throws NextstatError `usage` for what HS3 has no form for
 */
export function writeHs3(workspace: Workspace, options: WriteHs3Options): WrittenHs3 {
  const { source } = options;
  const log = newConversionLog();
  const warnings: string[] = [];
  const [first, ...others] = options.measurements as [MeasurementToWrite, ...MeasurementToWrite[]];
  const names = namesOf(first.parameters, source);
  const measurements = [first, ...others.filter((other) => agrees(first, other, workspace, log))];
  const channels = workspace.channels.map((channel, c) => {
    const written = writeChannel({ workspace, channel, index: c, names, ...options, log });
    log.kept.push({
      path: `/channels/${c}`,
      note: `${channel.name}: ${count(channel.samples.length, "sample", "samples")}`,
    });
    return written;
  });
  const { distributions, functions, constants, auxiliary } = writeTerms(first, names);
  const likelihood = source?.likelihood ?? "likelihood";
  const domains = [
    ...measurements.flatMap((measurement) => writeDomains(measurement, names)),
    writeDefaultDomain(first, names, channels),
  ];
  const points = measurements.map((measurement, m) => ({
    name: pointName(measurement, m, source),
    parameters: startValues(measurement, names, constants),
  }));
  for (const { name, values } of options.points ?? []) {
    points.push({ name, parameters: pointEntries(values, first, names) });
  }
  for (const point of source?.points ?? []) {
    if (points.some(({ name }) => name === point.name)) continue;
    const parameters = Object.entries(point.values).map(([name, value]) => ({ name, value }));
    points.push({ name: point.name, parameters });
  }
  const document = {
    distributions: [...channels.map(({ distribution }) => distribution), ...distributions],
    ...(functions.length === 0 ? {} : { functions }),
    data: channels.map(({ data }) => data),
    likelihoods: [
      {
        name: likelihood,
        distributions: channels.map(({ distribution }) => distribution.name),
        data: channels.map(({ data }) => data.name),
        ...(auxiliary.length === 0 ? {} : { aux_distributions: auxiliary }),
      },
    ],
    domains,
    parameter_points: points,
    analyses: measurements.map((measurement, m) => ({
      name: measurement.name,
      likelihood,
      parameters_of_interest: measurement.poi === null ? [] : [names.of(measurement.poi)],
      domains: domainNames(measurement),
      init: pointName(measurement, m, source),
    })),
    metadata: writeMetadata(source, options.version),
    misc: writeMisc(
      workspace.channels.map(({ name }) => name),
      channels,
      measurements,
      source,
    ),
  };
  measurements.forEach((measurement) => {
    const index = workspace.measurements.findIndex(({ name }) => name === measurement.name);
    log.kept.push({ path: `/measurements/${index}`, note: `analysis ${measurement.name}` });
  });
  workspace.observations.forEach(({ name }, o) => {
    log.kept.push({ path: `/observations/${o}`, note: `data of ${name}` });
  });
  warnAboutNames(document.distributions, names, warnings);
  return { document, report: log, warnings };
}

/** Constraints belong to the channels, so all analyses of one document must have the same. */
function agrees(
  first: MeasurementToWrite,
  other: MeasurementToWrite,
  { measurements }: Workspace,
  log: { readonly lost: { path: string; note: string }[] },
): boolean {
  const differing = first.parameters.find((parameter) => {
    const theirs = other.parameters.find(({ name }) => name === parameter.name);
    return theirs === undefined || describeConstraint(theirs) !== describeConstraint(parameter);
  });
  if (differing === undefined) return true;
  const index = measurements.findIndex(({ name }) => name === other.name);
  log.lost.push({
    path: `/measurements/${index}`,
    note: `measurement ${other.name}: another constraint of ${differing.name} than in ${first.name}`,
  });
  return false;
}

function pointName(
  { name }: MeasurementToWrite,
  index: number,
  source: Hs3Source | undefined,
): string {
  if (index > 0) return `${name}_default_values`;
  return source?.start ?? "default_values";
}

const DOMAINS = ["nuisance_parameters", "global_observables", "parameters_of_interest"] as const;

function domainNames({ name }: MeasurementToWrite): readonly string[] {
  return DOMAINS.map((kind) => `${name}_${kind}`);
}

/** The ranges of an analysis, in RooFit's three domains. */
function writeDomains(
  measurement: MeasurementToWrite,
  names: ParameterNames,
): readonly { readonly axes: readonly object[] }[] {
  const { parameters, poi } = measurement;
  const axis = ({ name, lower, upper }: ModelParameter): object => ({
    name: names.of(name),
    min: lower,
    max: upper,
  });
  const observables = parameters.filter(({ constraint }) => constraint.type !== "none");
  const axes = [
    parameters.filter(({ name }) => name !== poi).map(axis),
    observables.map((parameter) => globalAxis(parameter, names)),
    parameters.filter(({ name }) => name === poi).map(axis),
  ];
  return domainNames(measurement).map((name, i) => ({
    name,
    type: "product_domain",
    axes: axes[i] ?? [],
  }));
}

/** RooFit reads no document without a domain of this name; it has all that the first analysis has, and the observables. */
function writeDefaultDomain(
  measurement: MeasurementToWrite,
  names: ParameterNames,
  channels: readonly WrittenChannel[],
): object {
  const observables = channels.flatMap(({ observables }) => observables);
  const axes = [...writeDomains(measurement, names).flatMap((d) => d.axes), ...observables];
  return { name: "default_domain", type: "product_domain", axes };
}

/**
 * Global observables are not fitted. ROOT normalises a constraint over their range, so it is so wide that its ends do not
 * matter for any value of the parameter within its bounds.
 */
function globalAxis(parameter: ModelParameter, names: ParameterNames): object {
  const { name, lower, upper, auxdata, constraint } = parameter;
  const widths = 40;
  if (constraint.type === "poisson") {
    const most = Math.max(auxdata, constraint.tau * upper);
    return { name: names.observable(name), min: 0, max: most + widths * (Math.sqrt(most) + 1) };
  }
  const reach = constraint.type === "gauss" ? widths * constraint.sigma : 0;
  return {
    name: names.observable(name),
    min: Math.min(lower, auxdata) - reach,
    max: Math.max(upper, auxdata) + reach,
  };
}

interface PointEntry {
  readonly name: string;
  readonly value: number;
  readonly const?: boolean;
}

function startValues(
  { parameters }: MeasurementToWrite,
  names: ParameterNames,
  constants: ReadonlyMap<string, number>,
): readonly PointEntry[] {
  return [
    ...parameters.map(({ name, init, fixed }) => ({
      name: names.of(name),
      value: init,
      ...(fixed ? { const: true } : {}),
    })),
    ...parameters
      .filter(({ constraint }) => constraint.type !== "none")
      .map(({ name, auxdata }) => ({ name: names.observable(name), value: auxdata, const: true })),
    ...[...constants].map(([name, value]) => ({ name, value, const: true })),
  ];
}

function pointEntries(
  values: Readonly<Record<string, number>>,
  { parameters }: MeasurementToWrite,
  names: ParameterNames,
): readonly PointEntry[] {
  return parameters
    .filter(({ name }) => Object.hasOwn(values, name))
    .map(({ name, fixed }) => ({
      name: names.of(name),
      value: values[name] as number,
      ...(fixed ? { const: true } : {}),
    }));
}

/** The metadata of the document that was read, with nextstat among the packages. */
function writeMetadata(source: Hs3Source | undefined, version: string | undefined): object {
  const metadata = { ...source?.metadata, hs3_version: "0.2" };
  if (version === undefined) return metadata;
  const before = source?.metadata.packages;
  const packages = (Array.isArray(before) ? before : []).filter(
    (entry) => typeof entry !== "object" || entry === null || entry.name !== "nextstat",
  );
  return { ...metadata, packages: [...packages, { name: "nextstat", version }] };
}

/** RooFit takes names of letters, digits and underscores only. */
function warnAboutNames(
  distributions: readonly object[],
  names: ParameterNames,
  warnings: string[],
): void {
  const all = [
    ...names.all,
    ...distributions.flatMap((distribution) => {
      const { name, samples = [] } = distribution as {
        readonly name: string;
        readonly samples?: readonly { readonly name: string }[];
      };
      return [name, ...samples.map((sample) => sample.name)];
    }),
  ];
  const odd = all.filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (odd.length === 0) return;
  warnings.push(
    `ROOT reads names of letters, digits and _ only: set RooJSONFactoryWSTool.allowSanitizeNames there (${count(odd.length, "name", "names")}, e.g. "${odd[0]}")`,
  );
}
