/**
 * Other readings of a model, one decision changed in each: which of them makes our likelihood ROOT's says what a difference
 * comes from.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { modelOf } from "../../histfactory-xml.ts";
import type { FromPyhfOptions, Model, Workspace } from "../../index.ts";
import { fromPyhf } from "../../index.ts";
import { readInput } from "../../node/read-input.ts";
import { type Counterparts, counterpartsOf } from "../../parity/positions.ts";
import type { RunSummary } from "../../parity/records.ts";
import type { Modifier } from "../../workspace/types.ts";
import { readXml, reopenWorkspace, type XmlReading } from "./case-model.ts";

export interface OpenedVariant {
  readonly model: Model;
  readonly counterparts: Counterparts;
}

export interface Variant {
  /** What is decided otherwise. */
  readonly name: string;
  readonly open: () => Promise<OpenedVariant>;
}

/** The model as it is read, and the other readings. */
export function variantsOf(
  summary: RunSummary,
  runDir: string,
): { readonly asRead: () => Promise<OpenedVariant>; readonly others: readonly Variant[] } {
  const path = join(runDir, summary.artifacts.model as string);
  return summary.input.mode === "pyhf-json"
    ? workspaceVariants(path, summary.input.measurement)
    : xmlVariants(path, baseOf(path, runDir, summary), summary.input.measurement);
}

/** The folder of the run that stands for the one in which hist2workspace ran. */
function baseOf(path: string, runDir: string, { artifacts }: RunSummary): string {
  const parts = (artifacts.model as string).split(/[\\/]/);
  const depth = parts.findIndex((part) => part !== "base");
  return depth === -1 ? dirname(path) : join(runDir, ...parts.slice(0, depth));
}

type Reading = XmlReading & Pick<FromPyhfOptions, "interpDefaults">;

function xmlVariants(
  path: string,
  baseFolder: string,
  measurement: string,
): ReturnType<typeof variantsOf> {
  const open = async ({ interpDefaults, ...how }: Reading): Promise<OpenedVariant> => {
    const { input } = await readXml(path, { baseFolder, measurement, ...how });
    const interp = interpDefaults === undefined ? {} : { interpDefaults };
    const model = modelOf(input, { measurement, ...interp });
    return { model, counterparts: counterpartsOf(model.resolved.parameters, input.rootNames) };
  };
  const reading = (name: string, how: Reading): Variant => ({ name, open: () => open(how) });
  return {
    asRead: () => open({}),
    others: [
      reading("interpolation: code1 and code0 instead of code4 and code4p", {
        interpDefaults: "pyhf",
      }),
      reading("StatErrorConfig: all Gaussian", {
        edit: statErrors("Gaussian"),
      }),
      reading("StatErrorConfig: all Poisson", { edit: statErrors("Poisson") }),
      reading("ShapeSys: all Poisson", { edit: shapeSys("Poisson") }),
      reading("ShapeSys: all Gaussian", { edit: shapeSys("Gaussian") }),
      reading("ConstraintTerm: all ignored", { edit: withoutTerms }),
      reading("ConstraintTerm: NoConstraint floats", { noConstraint: "free" }),
      {
        name: "NormalizeByTheory: Lumi multiplies only samples that say True",
        open: () => lumiByTheory(path, baseFolder, measurement),
      },
      reading("all defaults of pyhf's reader", { defaults: "pyhf" }),
    ],
  };
}

/** ROOT 6.38 and 6.40 multiply every sample by Lumi, older ones those that say so. */
async function lumiByTheory(
  path: string,
  baseFolder: string,
  measurement: string,
): Promise<OpenedVariant> {
  const { input } = await readXml(path, { baseFolder, measurement });
  const { input: stated } = await readXml(path, { baseFolder, measurement, defaults: "pyhf" });
  const workspace: Workspace = {
    ...input.workspace,
    channels: input.workspace.channels.map((channel, c) => ({
      ...channel,
      samples: channel.samples.map((sample, s) => {
        const other = stated.workspace.channels[c]?.samples[s];
        const has = other?.modifiers.some(({ type }) => type === "lumi") === true;
        if (has) return sample;
        return { ...sample, modifiers: sample.modifiers.filter(({ type }) => type !== "lumi") };
      }),
    })),
  };
  const model = modelOf({ ...input, workspace }, { measurement });
  return { model, counterparts: counterpartsOf(model.resolved.parameters, input.rootNames) };
}

/** Sets the constraint of every StatErrorConfig, and gives one to channels without. */
function statErrors(type: string): (text: string) => string {
  const set = (element: string): string => setAttribute(element, "ConstraintType", type);
  return (text) => {
    const element = /<StatErrorConfig\b[^>]*>/;
    if (element.test(text)) return text.replace(element, set);
    return text.replace(/<Sample\b/, (sample) => `${set("<StatErrorConfig />")}${sample}`);
  };
}

function shapeSys(type: string): (text: string) => string {
  return (text) =>
    text.replaceAll(/<ShapeSys\b[^>]*>/g, (element) =>
      setAttribute(element, "ConstraintType", type),
    );
}

function withoutTerms(text: string): string {
  return text.replaceAll(/<ConstraintTerm\b[^>]*>[^<]*<\/ConstraintTerm\s*>/g, "");
}

function setAttribute(element: string, key: string, value: string): string {
  const bare = element.replace(new RegExp(`\\s${key}\\s*=\\s*("[^"]*"|'[^']*')`), "");
  return bare.replace(/^<\w+/, (start) => `${start} ${key}="${value}"`);
}

function workspaceVariants(path: string, measurement: string): ReturnType<typeof variantsOf> {
  const { text, file } = readInput(path);
  const asRead = async (): Promise<OpenedVariant> => reopenWorkspace(text, file, measurement);
  const other = async (
    change: (modifier: Modifier) => Modifier,
    options: Pick<FromPyhfOptions, "interpDefaults"> = {},
  ): Promise<OpenedVariant> => {
    const { model, counterparts } = await asRead();
    const workspace: Workspace = {
      ...model.workspace,
      channels: model.workspace.channels.map((channel) => ({
        ...channel,
        samples: channel.samples.map((sample) => ({
          ...sample,
          modifiers: sample.modifiers.map(change),
        })),
      })),
    };
    return { model: fromPyhf(workspace, { file, measurement, ...options }), counterparts };
  };
  const constrain =
    (which: "staterror" | "shapesys", type: "Gaussian" | "Poisson") =>
    (modifier: Modifier): Modifier =>
      modifier.type === which ? { ...modifier, constraint: { type } } : modifier;
  return {
    asRead,
    others: [
      {
        name: "interpolation: code1 and code0 instead of code4 and code4p",
        open: () => other((modifier) => modifier, { interpDefaults: "pyhf" }),
      },
      { name: "staterror: Poisson", open: () => other(constrain("staterror", "Poisson")) },
      { name: "shapesys: Gaussian", open: () => other(constrain("shapesys", "Gaussian")) },
    ],
  };
}
