/**
 * The parts of a workspace as lists: the record of `nextstat inspect`, with the content of `pyhf inspect`.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import { compareCodePoints, modifierOfParameter, modifierUses } from "../workspace/names.ts";
import type {
  Measurement,
  Modifier,
  ModifierType,
  ParameterConstraint,
  Workspace,
} from "../workspace/types.ts";
import { heading, listNames, printable, TEXT_COLUMNS, table } from "./text.ts";

/** Constraint of a parameter by pyhf's names; the last three only with our extension of the measurement. */
export type ConstraintName =
  | "unconstrained"
  | "constrained_by_normal"
  | "constrained_by_poisson"
  | "constrained_by_gamma"
  | "constrained_by_lognormal"
  /** The bins of a set have different ones. */
  | "mixed";

/** The record of an inspection. Lists are sorted by name; pairs and triples are as pyhf writes them. */
export interface InspectRecord {
  /** Name and number of bins. */
  readonly channels: readonly (readonly [name: string, bins: number])[];
  /** Name, parameter of interest, names of the parameters with settings; in file order. */
  readonly measurements: readonly (readonly [
    name: string,
    poi: string,
    parameters: readonly string[],
  ])[];
  /** Type by name; of a normsys with a histosys `normsys`, as pyhf has it (`systematics` has both). */
  readonly modifiers: Readonly<Record<string, ModifierType>>;
  readonly parameters: readonly (readonly [name: string, constraint: ConstraintName])[];
  readonly samples: readonly string[];
  /** Parameter, constraint, types of its modifiers. */
  readonly systematics: readonly (readonly [
    name: string,
    constraint: ConstraintName,
    types: readonly ModifierType[],
  ])[];
}

/**
 * Lists the parts of a workspace. No model is built, so a background-only workspace without its signal is no error.
 *
 * @param measurement whose constraints count. Default: the first
 * @throws NextstatError `usage` for a measurement that does not exist
 */
export function inspectWorkspace(workspace: Workspace, measurement?: string): InspectRecord {
  const chosen = findMeasurement(workspace, measurement);
  const uses = modifierUses(workspace);
  const names = [...uses.keys()].sort(compareCodePoints);
  const constraints = constraintsOf(workspace, chosen);
  const systematics = names.map((name) => {
    const types = [...(uses.get(name) ?? [])].sort(compareCodePoints);
    return [name, constraints.get(name) ?? "unconstrained", types] as const;
  });
  return {
    channels: workspace.channels
      .map((channel) => [channel.name, channel.samples[0]?.data.length ?? 0] as const)
      .sort(([a], [b]) => compareCodePoints(a, b)),
    measurements: workspace.measurements.map(({ name, config }) => [
      name,
      config.poi,
      config.parameters.map((parameter) => parameter.name),
    ]),
    modifiers: Object.fromEntries(
      systematics.map(([name, , types]) => [name, types.at(-1) as ModifierType]),
    ),
    parameters: systematics.map(([name, constraint]) => [name, constraint]),
    samples: [...new Set(workspace.channels.flatMap((c) => c.samples.map((s) => s.name)))].sort(
      compareCodePoints,
    ),
    systematics,
  };
}

function findMeasurement(workspace: Workspace, name: string | undefined): Measurement {
  const names = workspace.measurements.map((measurement) => measurement.name);
  const found = workspace.measurements[name === undefined ? 0 : names.indexOf(name)];
  if (found !== undefined) return found;
  throw new NextstatError("usage", `no measurement "${name}"`, {
    hint: suggestName(name ?? "", names),
  });
}

/** Constraints by modifier name: those of the modifiers, and what the measurement makes of them. */
function constraintsOf(
  workspace: Workspace,
  measurement: Measurement,
): ReadonlyMap<string, ConstraintName> {
  const constraints = new Map<string, ConstraintName>();
  for (const channel of workspace.channels) {
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        constraints.set(modifier.name, defaultConstraint(modifier));
      }
    }
  }
  const uses = modifierUses(workspace);
  for (const { name, constraint } of measurement.config.parameters) {
    const target = modifierOfParameter(uses, name);
    if (constraint === undefined || target === undefined) continue;
    const named = CONSTRAINTS[constraint.type];
    const changed = constraints.get(target.modifier) !== named;
    if (changed) constraints.set(target.modifier, target.bin === "" ? named : "mixed");
  }
  return constraints;
}

const CONSTRAINTS: Readonly<Record<ParameterConstraint["type"], ConstraintName>> = {
  Gaussian: "constrained_by_normal",
  Poisson: "constrained_by_poisson",
  Gamma: "constrained_by_gamma",
  LogNormal: "constrained_by_lognormal",
  Uniform: "unconstrained",
  NoConstraint: "unconstrained",
};

function defaultConstraint(modifier: Modifier): ConstraintName {
  switch (modifier.type) {
    case "normfactor":
    case "shapefactor":
      return "unconstrained";
    case "shapesys":
    case "staterror":
      return CONSTRAINTS[
        modifier.constraint?.type ?? (modifier.type === "shapesys" ? "Poisson" : "Gaussian")
      ];
    case "normsys":
    case "histosys":
    case "lumi":
      return "constrained_by_normal";
  }
  return modifier satisfies never;
}

/**
 * The record as tables.
 *
 * @param options `measurement` is the one marked as in use. Default: the first
 */
export function inspectText(
  record: InspectRecord,
  options: { readonly title: string; readonly measurement?: string },
): string {
  const left = (title: string) => ({ title, align: "left" }) as const;
  const right = (title: string) => ({ title, align: "right" }) as const;
  const inUse = options.measurement ?? record.measurements[0]?.[0];
  const summary = (["channels", "samples", "parameters", "measurements"] as const).map((key) => [
    key,
    String(record[key].length),
  ]);
  const lines = [
    heading(`Contents of ${printable(options.title)}`, "="),
    ...table([left(""), right("")], summary).slice(1),
    "",
    ...table(
      [left("channel"), right("bins")],
      record.channels.map(([name, bins]) => [printable(name), String(bins)]),
    ),
    "",
    ...table(
      [left("sample")],
      record.samples.map((name) => [printable(name)]),
    ),
    "",
    ...table(
      [left("parameter"), left("constraint"), left("modifiers")],
      record.systematics.map(([name, constraint, types]) => [
        printable(name),
        constraint,
        types.join(", "),
      ]),
    ),
    "",
    ...table(
      [left("measurement"), left("POI"), left("settings for")],
      record.measurements.map(([name, poi, parameters]) => [
        `${printable(name)}${name === inUse ? " (in use)" : ""}`,
        poi === "" ? "none" : printable(poi),
        parameters.length === 0 ? "none" : listNames(parameters, TEXT_COLUMNS / 2),
      ]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}
