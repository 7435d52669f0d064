/**
 * `nextstat mass-scan`.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { applyPatchOf, readBackground, readPatchset } from "../formats/index.ts";
import {
  fromWorkspace,
  type MassPointSource,
  type MassScanResult,
  type Model,
  type PatchInput,
} from "../index.ts";
import { massScanInThreads } from "../node/threads.ts";
import { counted } from "../report/text.ts";
import { massScanText } from "../report/upper-limit-text.ts";
import { roundsOf } from "./campaign.ts";
import { addProcedureOptions, type CommonOptions, threadsOf } from "./common.ts";
import {
  addConfidenceOptions,
  type ConfidenceOptions,
  confidenceOptions,
  gridOf,
} from "./confidence.ts";
import {
  isHistFactory,
  openedHistFactory,
  readXmlInput,
  readXmlModel,
} from "./histfactory-input.ts";
import {
  inputPath,
  isCampaign,
  openInput,
  openPatches,
  recordInput,
  recordsInputs,
  requireOneStdin,
} from "./inputs.ts";
import {
  addLikelihoodOptions,
  type LikelihoodOptions,
  likelihoodOptions,
} from "./likelihood-options.ts";
import { modelOptions } from "./load-model.ts";
import { mismatchWarnings, NO_VERIFY } from "./patchset-digests.ts";
import { present, recordJson } from "./present.ts";
import { watched } from "./procedure.ts";
import type { Run } from "./run.ts";
import { parseThreads } from "./values.ts";
import { naturalOrder, workspacesIn } from "./workspace-folder.ts";

interface MassScanCommandOptions extends CommonOptions, LikelihoodOptions, ConfidenceOptions {
  readonly workspacesDir?: string;
  readonly patchset?: string;
  readonly verify: boolean;
  readonly labels?: string;
  readonly expected: boolean;
  readonly jobs?: number;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] --workspaces-dir DIR | --patchset FILE BACKGROUND")
    .description(
      "Solves the upper limits of many workspaces, one for each mass point: what an exclusion plot shows.",
    )
    .optionsGroup("Mass points:")
    .option(
      "--workspaces-dir <DIR>",
      "every .json, .json.gz and combination (.xml, FOLDER/combination.xml) in DIR, in natural order (m100, m1000)",
    )
    .option("--patchset <FILE>", "pyhf patchset: every patch is one mass point of the background")
    .option(...NO_VERIFY)
    .option("--labels <a,b>", "names of the mass points, in their order (default: file or patch)")
    .addOption(
      new Option("--jobs <N>", "mass points at the same time; the same as --threads").argParser(
        parseThreads,
      ),
    )
    .optionsGroup("Limit:")
    .option("--no-expected", "observed limits only");
  addConfidenceOptions(command, "CLs there too, the limits are solved all the same");
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat mass-scan --workspaces-dir masses/ --threads 0
  nextstat mass-scan --workspaces-dir masses/ --labels m100,m200,m300 -o limits.json
  nextstat mass-scan background.json --patchset patchset.json --cl 0.95

A workspace that cannot be computed has its error in the result and a warning; the others are computed.`,
    )
    .action(async (file: string | undefined, options: MassScanCommandOptions) => {
      requireOneOf(run, "jobs", "threads");
      const threads = threadsOf({ ...options, threads: options.jobs ?? options.threads });
      const grid = gridOf(options);
      const asked = {
        ...confidenceOptions(options),
        expected: options.expected,
        ...(grid === undefined ? {} : { grid }),
      };
      const { sources, title, coordinateNames, ...loaded } = relabelled(
        await massPoints(file, options, run),
        options.labels,
      );
      run.loadedAt = performance.now();
      const all = { ...asked, ...(coordinateNames === null ? {} : { coordinateNames }) };
      const rounds = roundsOf(options, run);
      const result = await watched(options, (_, control) =>
        massScanInThreads(sources, all, threads, control, rounds),
      );
      requireOne(result);
      const warnings = [...loaded.warnings, ...result.warnings];
      present(
        {
          json: () => recordJson({ command: "mass-scan", ...result, warnings }),
          text: () => massScanText(result, { title, warnings }),
          warnings,
          metrics: () => ({
            metrics: {
              alpha: result.alpha,
              n_mass_points: result.nMassPoints,
              n_converged: result.nConverged,
            },
            converged: result.converged,
            flags: result.flags,
            counters: result,
          }),
          interrupted: result.partial,
        },
        { ...options, threads },
        run,
      );
    });
}

interface MassPoints {
  readonly sources: readonly MassPointSource[];
  readonly title: string;
  readonly coordinateNames: readonly string[] | null;
  /** About what all of them are made from. */
  readonly warnings: readonly string[];
}

async function massPoints(
  file: string | undefined,
  options: MassScanCommandOptions,
  run: Run,
): Promise<MassPoints> {
  const { workspacesDir, patchset } = options;
  if (workspacesDir !== undefined && patchset !== undefined) {
    throw new NextstatError("usage", "both --workspaces-dir and --patchset were given", {
      hint: "give one of them",
    });
  }
  if (workspacesDir !== undefined) {
    const input = file ?? options.input;
    if (input !== undefined) {
      throw new NextstatError(
        "usage",
        `--workspaces-dir takes no other input, but ${input} was given`,
        {
          hint: "a background workspace goes with --patchset",
        },
      );
    }
    return await fromFolder(workspacesDir, options, run);
  }
  if (patchset !== undefined) return fromPatchset(file, patchset, options, run);
  throw new NextstatError("usage", "no mass points", {
    hint: "give --workspaces-dir DIR, or --patchset FILE and the background workspace",
  });
}

/** Refuses two options that say the same, as one of them would be ignored. */
function requireOneOf(run: Run, first: string, second: string): void {
  const given = new Set(run.options.map(({ option }) => option.attributeName()));
  if (!given.has(first) || !given.has(second)) return;
  throw new NextstatError("usage", `--${first} and --${second} are both given`, {
    hint: "they say the same: give one of them",
  });
}

/** Every workspace of a folder. */
async function fromFolder(
  folder: string,
  options: MassScanCommandOptions,
  run: Run,
): Promise<MassPoints> {
  const found = workspacesIn(folder);
  found.sort((a, b) => naturalOrder(a.name, b.name));
  const patches = openPatches(options, run);
  if (isCampaign(options, run)) {
    for (const { name } of found) recordInput(join(folder, name), options, run);
  }
  if (recordsInputs(options, run)) {
    for (const { name } of found) await keepCombination(join(folder, name), options, run);
  }
  // A number in every name is what tells them apart: the mass.
  const numbers = found.map(({ label }) => label.match(/\d+(?:\.\d+)?/g) ?? []);
  const telling = numbers.every(({ length }) => length === 1);
  return {
    title: basename(folder),
    coordinateNames: null,
    warnings: [],
    sources: found.map(({ name, label }, i) =>
      source(
        {
          label,
          workspace: name,
          ...(telling ? { coordinates: [Number(numbers[i]?.[0])] } : {}),
        },
        options,
        () => openPoint(folder, name, patches, options, run),
      ),
    ),
  };
}

/** The model of a workspace in the folder. Errors are in the result, which is not to depend on where the folder lies. */
async function openPoint(
  folder: string,
  name: string,
  patches: readonly PatchInput[],
  options: MassScanCommandOptions,
  run: Run,
): Promise<Model> {
  const path = join(folder, name);
  const read = { ...modelOptions(options), file: name, patches };
  try {
    const input = openInput(path, options, run);
    if (!isHistFactory(input.text)) return fromWorkspace(input.text, read);
    return await readXmlModel(openedHistFactory(path, input, options, run), read);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    const { file } = error.location;
    const isOther = file !== undefined && file !== name && file !== path;
    throw error.at({ file: isOther ? relative(folder, file) : name });
  }
}

/** Sees to it that a bundle or a campaign has all files of a combination. What is wrong with them is the mass point's error. */
async function keepCombination(
  path: string,
  options: MassScanCommandOptions,
  run: Run,
): Promise<void> {
  try {
    const input = openInput(path, options, run);
    if (isHistFactory(input.text)) {
      await readXmlInput(openedHistFactory(path, input, options, run));
    }
  } catch (error) {
    if (!(error instanceof NextstatError) || error.kind === "usage") throw error;
  }
}

/** Every patch of a patchset, on one background. */
function fromPatchset(
  file: string | undefined,
  patchsetFile: string,
  options: MassScanCommandOptions,
  run: Run,
): MassPoints {
  const path = inputPath(file, options.input);
  requireOneStdin([path, patchsetFile, ...(options.patch ?? [])]);
  const { text, file: name } = openInput(path, options, run);
  const { patchset, place } = readPatchset(openInput(patchsetFile, options, run));
  const patches = openPatches(options, run);
  const { document, mismatch, warnings } = readBackground(text, patchset, { file: name, patches });
  return {
    title: basename(patchsetFile),
    coordinateNames: patchset.labels,
    warnings: [...mismatchWarnings(mismatch, place, options.verify), ...warnings],
    sources: patchset.patches.map((patch) =>
      source(
        { label: patch.name, workspace: basename(path), coordinates: patch.values },
        options,
        () =>
          withFile(`${basename(patchsetFile)}#${patch.name}`, () =>
            fromWorkspace(applyPatchOf(patchset, patch, document, place), modelOptions(options)),
          ),
      ),
    ),
  };
}

/** Says of a file that cannot be read what it is called, not where it lies. */
function withFile<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof NextstatError ? error.at({ file: name }) : error;
  }
}

function source(
  name: Pick<MassPointSource, "label" | "workspace" | "coordinates">,
  options: MassScanCommandOptions,
  open: () => Model | Promise<Model>,
): MassPointSource {
  let asked: ReturnType<typeof likelihoodOptions> | undefined;
  return {
    ...name,
    async open() {
      const model = await open();
      asked = likelihoodOptions(model, options);
      return model;
    },
    options: () => asked ?? {},
  };
}

/** The mass points under the names the user wants. */
function relabelled(points: MassPoints, labels: string | undefined): MassPoints {
  const { sources } = points;
  const names = labels?.split(",").map((label) => label.trim());
  if (names !== undefined && names.length !== sources.length) {
    const found = sources.map(({ label }) => label).slice(0, 12);
    const counts = `${counted(names.length, "label")} for ${counted(sources.length, "mass point")}`;
    throw new NextstatError("usage", counts, {
      hint: `give one for each of ${found.join(", ")}${sources.length > found.length ? ", ..." : ""}`,
    });
  }
  const all = names ?? sources.map(({ label }) => label);
  const twice = all.find((label, i) => all.indexOf(label) !== i);
  if (twice !== undefined) {
    throw new NextstatError("usage", `two mass points are called "${twice}"`, {
      hint: "name them with --labels",
    });
  }
  return { ...points, sources: sources.map((s, i) => ({ ...s, label: all[i] as string })) };
}

/** A scan without a single number is a failure. */
function requireOne({ massPoints, partial }: MassScanResult): void {
  const [first] = massPoints;
  if (partial || first === undefined || massPoints.some(({ error }) => error === null)) return;
  const n =
    massPoints.length === 1 ? "the mass point" : `any of the ${massPoints.length} mass points`;
  throw new NextstatError("numeric", `no limit for ${n}; ${first.label}: ${first.error}`);
}
