/**
 * The model of a case, and its files in the folder of a run, so that ROOT reads what we read and writes nothing beside it.
 *
 * @module
 */

import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import { NextstatError } from "../../errors.ts";
import {
  type HistFactoryFiles,
  type HistFactoryInput,
  type HistFactoryOptions,
  readHistFactory,
} from "../../formats/index.ts";
import { modelOf, toHistFactory } from "../../histfactory-xml.ts";
import { fromWorkspace, type Model } from "../../index.ts";
import { type FileLookup, lookUpFiles } from "../../node/histfactory-files.ts";
import { readInput, writeOutput } from "../../node/read-input.ts";
import type { ParityCase } from "../../parity/cases.ts";
import { type Counterparts, counterpartsOf } from "../../parity/positions.ts";

/** Where ROOT's workspaces go, in the folder in which hist2workspace runs. */
const OUTPUT_PREFIX = "results/model";
/** A workspace in JSON, as it was read. */
const WORKSPACE_COPY = "workspace.json";

export interface CaseModel {
  readonly model: Model;
  readonly counterparts: Counterparts;
  /** Seconds from the files to a model that can be evaluated. */
  readonly buildS: number;
  /** The model as we read it, from the folder of the run. */
  readonly source: string;
  /** Folder in which to run hist2workspace. */
  readonly folder: string;
  /** The combination, from there. */
  readonly combination: string;
  /** Of ROOT's workspace, from there. */
  readonly workspaceFile: string;
}

/** Reads the model of a case and puts ROOT's input into the folder. */
export async function openCase(one: ParityCase, runDir: string): Promise<CaseModel> {
  return one.mode === "pyhf-json" ? exportCase(one, runDir) : await mirrorCase(one, runDir);
}

function exportCase({ pyhfJson, measurement }: ParityCase, runDir: string): CaseModel {
  const startedAt = performance.now();
  const { text } = readInput(pyhfJson as string);
  const model = openWorkspace(text, pyhfJson as string, measurement);
  const buildS = seconds(startedAt);
  const { files, rootParameters } = toHistFactory(model);
  for (const [path, content] of Object.entries({ ...files, [WORKSPACE_COPY]: text })) {
    const target = join(runDir, path);
    mkdirSync(dirname(target), { recursive: true });
    writeOutput(target, typeof content === "string" ? withPrefix(content) : content);
  }
  const place = placed(runDir, "combination.xml", model);
  return { model, counterparts: rootParameters, buildS, source: WORKSPACE_COPY, ...place };
}

function openWorkspace(text: string, file: string, measurement: string | null): Model {
  const model = fromWorkspace(text, { file, ...(measurement === null ? {} : { measurement }) });
  // Opened here, so that the time is the whole one.
  void model.evaluator;
  return model;
}

/** The model of a workspace that lies in the folder of a run. */
export function reopenWorkspace(
  text: string,
  file: string,
  measurement: string,
): Pick<CaseModel, "model" | "counterparts"> {
  const model = openWorkspace(text, file, measurement);
  return { model, counterparts: toHistFactory(model).rootParameters };
}

/** How to read a combination: which folder its files are in, and changes to what it says. */
export interface XmlReading extends HistFactoryOptions {
  readonly baseFolder?: string;
  /** Applied to the text of every XML file. */
  readonly edit?: (text: string) => string;
}

/** A combination with the files that it named. */
interface ReadXml {
  readonly input: HistFactoryInput;
  readonly found: FileLookup;
  readonly text: string;
  /** By the names in the XML. */
  readonly texts: ReadonlyMap<string, string>;
  readonly roots: ReadonlySet<string>;
}

export async function readXml(path: string, how: XmlReading): Promise<ReadXml> {
  const { baseFolder, edit = (text) => text, ...options } = how;
  const texts = new Map<string, string>();
  const roots = new Set<string>();
  const found = lookUpFiles(path, baseFolder === undefined ? {} : { baseFolder });
  const files: HistFactoryFiles = {
    async readText(name) {
      const { text, file } = await found.readText(name);
      texts.set(name, text);
      return { text: edit(text), file };
    },
    openRoot(name) {
      roots.add(name);
      return found.openRoot(name);
    },
  };
  const { text } = readInput(path);
  // What ROOT does with NoConstraint, not what the documents say that it means.
  const input = await readHistFactory(edit(text), path, files, {
    noConstraint: "root",
    ...options,
  });
  return { input, found, text, texts, roots };
}

async function mirrorCase(one: ParityCase, runDir: string): Promise<CaseModel> {
  const file = one.histfactoryXml as string;
  const startedAt = performance.now();
  const how = one.measurement === null ? {} : { measurement: one.measurement };
  const base = one.rootdir === null ? {} : { baseFolder: one.rootdir };
  const read = await readXml(file, { ...how, ...base });
  const model = modelOf(read.input, how);
  void model.evaluator;
  const buildS = seconds(startedAt);
  const { folder, combination } = mirror(file, read, runDir);
  const counterparts = counterpartsOf(model.resolved.parameters, read.input.rootNames);
  const source = relative(runDir, join(folder, combination));
  return { model, counterparts, buildS, source, ...placed(folder, combination, model) };
}

/** Copies the XML files and links the ROOT files, so that names in the XML lead to them. */
function mirror(
  file: string,
  { found, text, texts, roots }: ReadXml,
  runDir: string,
): { readonly folder: string; readonly combination: string } {
  const base = found.baseFolder();
  const combination = relative(resolve(base), resolve(file));
  const names = [...texts.keys(), ...roots, combination].filter((name) => !isAbsolute(name));
  // As deep in the folder of the run as the names go up.
  const depth = Math.max(
    ...names.map((name) => normalize(name).split(/[\\/]/).filter(isUp).length),
  );
  const folder = join(runDir, ...new Array<string>(depth).fill("base"));
  const rewrite = (content: string): string => {
    let out = withPrefix(content);
    // What was found beside the XML is not where the XML says: ROOT is told where it is.
    for (const [name, place] of found.moved)
      out = out.replaceAll(`"${name}"`, `"${resolve(place)}"`);
    return out;
  };
  for (const [name, content] of [...texts, [combination, text] as const]) {
    if (isAbsolute(name)) continue;
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    writeOutput(target, rewrite(content));
    copyGrammar(content, join(base, name), target, runDir);
  }
  for (const name of roots) {
    if (isAbsolute(name) || found.moved.has(name)) continue;
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target)) symlinkSync(resolve(base, name), target);
  }
  return { folder, combination };
}

function isUp(part: string): boolean {
  return part === "..";
}

function placed(
  folder: string,
  combination: string,
  { resolved }: Model,
): Pick<CaseModel, "folder" | "combination" | "workspaceFile"> {
  mkdirSync(join(folder, dirname(OUTPUT_PREFIX)), { recursive: true });
  const workspaceFile = `${OUTPUT_PREFIX}_combined_${resolved.measurement}_model.root`;
  return { folder, combination, workspaceFile };
}

/** The combination with its output in the folder of the run; other files as they are. */
function withPrefix(text: string): string {
  const [element] = /<Combination\b[^>]*>/.exec(text) ?? [];
  if (element === undefined) return text;
  const bare = element.replace(/\sOutputFilePrefix\s*=\s*("[^"]*"|'[^']*')/, "");
  const own = bare.replace("<Combination", `<Combination OutputFilePrefix="${OUTPUT_PREFIX}"`);
  return text.replace(element, own);
}

/** hist2workspace checks each file against the grammar that it names. */
function copyGrammar(text: string, source: string, target: string, runDir: string): void {
  const [, name] = /<!DOCTYPE\s+\w+\s+SYSTEM\s+["']([^"']+)["']/.exec(text) ?? [];
  if (name === undefined || isAbsolute(name)) return;
  const grammar = join(dirname(source), name);
  const copy = join(dirname(target), name);
  const isInside = !relative(runDir, copy).startsWith("..");
  if (!isInside || !existsSync(grammar) || existsSync(copy)) return;
  mkdirSync(dirname(copy), { recursive: true });
  writeOutput(copy, readFileSync(grammar));
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

/** Why a case whose model cannot be opened failed, or the error itself where it is a bug of ours. */
export function caseProblem(error: unknown): string {
  if (error instanceof NextstatError) return error.message;
  if (error instanceof Error && "syscall" in error) return error.message;
  throw error;
}
