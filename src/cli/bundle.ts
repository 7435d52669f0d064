/**
 * Reproducibility bundles: a folder with the inputs of a command, its result, and what it takes to run it again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import { NextstatError } from "../errors.ts";
import { isInside, readFileBytes, readInput, writeFolder } from "../node/read-input.ts";
import { readCommit } from "./commit.ts";
import type { ExitCode } from "./exit.ts";
import type { RecordedInput, Run } from "./run.ts";

const SCHEMA_VERSION = "nextstat_bundle_v0";
const MANIFEST = "bundle.json";

/** Outputs of a command by their names in the bundle. */
export interface BundleOutputs {
  readonly "result.json": string;
  readonly "result.txt"?: string;
  readonly "metrics.json"?: string;
}

/** A file of the bundle; `path` has `/` between folders. */
interface BundledFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The file `bundle.json`. */
export interface BundleManifest {
  readonly schema_version: typeof SCHEMA_VERSION;
  readonly command: string;
  /** Arguments of `nextstat` in the folder of the bundle, without the options that say where output goes. */
  readonly argv: readonly string[];
  /** The options among them: their values as texts, or true. */
  readonly options: Readonly<Record<string, readonly string[] | true>>;
  readonly exit_code: number;
  readonly created_unix_ms: number;
  readonly versions: {
    readonly nextstat: string;
    readonly commit: string | null;
    readonly node: string;
  };
  readonly platform: { readonly os: string; readonly arch: string };
  readonly inputs: readonly BundledFile[];
  readonly outputs: readonly BundledFile[];
}

/**
 * Writes the bundle of a run.
 *
 * @throws NextstatError `usage` when the folder cannot be written or is not empty
 */
export function writeBundle(
  folder: string,
  outputs: BundleOutputs,
  exitCode: ExitCode,
  run: Run,
): void {
  const inputs = new Map<string, Uint8Array>();
  const { argv, options, paths } = normalizeArguments(run);
  for (const { path, bytes } of run.inputs) inputs.set(paths.get(path) as string, bytes);
  const files: Record<string, string | Uint8Array> = {
    ...Object.fromEntries(inputs),
    ...outputs,
  };
  const describe = (path: string): BundledFile => {
    const content = files[path] as string | Uint8Array;
    return { path, bytes: Buffer.byteLength(content), sha256: sha256(content) };
  };
  const manifest: BundleManifest = {
    schema_version: SCHEMA_VERSION,
    command: run.command,
    argv,
    options,
    exit_code: exitCode,
    created_unix_ms: Date.now(),
    versions: {
      nextstat: run.version,
      commit: readCommit(),
      node: process.versions.node,
    },
    platform: { os: process.platform, arch: process.arch },
    inputs: [...inputs.keys()].map(describe),
    outputs: Object.keys(outputs).map(describe),
  };
  writeFolder(folder, { ...files, [MANIFEST]: `${JSON.stringify(manifest, null, 2)}\n` });
}

/**
 * Reads the manifest of a bundle and checks that every file it lists is what it was.
 *
 * @throws NextstatError `input` for a folder that is no bundle, and a bundle that is damaged
 */
export function readBundle(folder: string): BundleManifest {
  const manifest = parseManifest(folder);
  for (const file of [...manifest.inputs, ...manifest.outputs]) {
    const location = { file: join(folder, file.path) };
    if (sha256(readFileBytes(location.file)) === file.sha256) continue;
    throw new NextstatError("input", "the bundle is damaged: a file is not what it was", {
      location,
      hint: "restore it, or make the bundle again",
    });
  }
  return manifest;
}

/**
 * Running a bundle again writes nothing, whoever made it. Short options, which no bundle has, could hide one that writes:
 * `-po` is `-p -o`.
 */
export const WRITES: RegExp = /^(-[^-]|--(output|json-metrics|bundle|report|table|resume)(=|$))/;

/** A JSON file of a bundle as plain data. */
export function readBundleJson(folder: string, name: string): unknown {
  const file = join(folder, name);
  const { text } = readInput(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NextstatError("input", "the bundle is damaged: not valid JSON", {
      location: { file },
      hint: NO_BUNDLE,
      cause,
    });
  }
}

const NO_BUNDLE = "give a folder that --bundle has written";

function parseManifest(folder: string): BundleManifest {
  const fail = (problem: string): NextstatError =>
    new NextstatError("input", problem, {
      location: { file: join(folder, MANIFEST) },
      hint: NO_BUNDLE,
    });
  const manifest = readBundleJson(folder, MANIFEST) as Partial<BundleManifest> | null;
  if (typeof manifest !== "object" || manifest?.schema_version !== SCHEMA_VERSION) {
    throw fail(`this is not the list of a bundle (schema_version ${SCHEMA_VERSION})`);
  }
  const { command, argv, inputs, outputs, versions } = manifest;
  const complete =
    typeof command === "string" &&
    isListOf(argv, (word) => typeof word === "string") &&
    argv.join(" ").startsWith(command) &&
    command !== "rerun" &&
    !argv.some((word) => WRITES.test(word)) &&
    isListOf(inputs, isBundledFile) &&
    isListOf(outputs, isBundledFile) &&
    outputs.some(({ path }) => path === "result.json") &&
    typeof versions?.nextstat === "string";
  if (!complete) throw fail("the bundle is damaged: its files or its command are not listed well");
  return manifest as BundleManifest;
}

function isListOf<T>(value: unknown, check: (item: T) => boolean): value is readonly T[] {
  return Array.isArray(value) && value.every(check);
}

/** Whether this describes a file inside the folder. */
function isBundledFile(file: Partial<BundledFile> | null): boolean {
  if (typeof file?.path !== "string" || typeof file.sha256 !== "string") return false;
  return isInside(file.path);
}

/** SHA-256 in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The command line as it reads in the folder of the bundle. */
export interface NormalizedArguments {
  readonly argv: readonly string[];
  readonly options: Readonly<Record<string, readonly string[] | true>>;
  /** Where each input lies in the bundle, by the path it was given with. */
  readonly paths: ReadonlyMap<string, string>;
}

/** A part of the command line that may name an input. */
interface Word {
  /** `--patch`; empty for a positional argument. */
  readonly option: string;
  value: string | null;
  readonly namesFile: boolean;
}

/** What the help calls a file or a folder: `<FILE>`, `[DIR]`, `<PATH...>`. */
export const FILE_VALUE: RegExp = /[<[](FILE|DIR|PATH)/;

/** Gives every input its place in the bundle, and the command line the names it has there. */
export function normalizeArguments(
  run: Pick<Run, "command" | "inputs" | "options" | "operands" | "outputOptions">,
): NormalizedArguments {
  const words: Word[] = [
    ...run.options
      .filter(({ option }) => !run.outputOptions.has(option.attributeName()))
      .map(({ option, value }) => ({
        option: option.long ?? option.flags,
        value,
        namesFile: FILE_VALUE.test(option.flags),
      })),
    ...run.operands().map((value) => ({ option: "", value, namesFile: true })),
  ];
  const paths = placeInputs(run.inputs, words);
  const options: Record<string, string[] | true> = {};
  const given: string[] = [];
  const positional: string[] = [];
  for (const { option, value } of words) {
    if (option === "") positional.push(value ?? "");
    else {
      const name = option.replace(/^-+/, "");
      const values = options[name];
      if (value === null) options[name] = true;
      else options[name] = [...(Array.isArray(values) ? values : []), value];
      given.push(value === null ? option : `${option}=${value}`);
    }
  }
  const guard = positional.some((value) => value.startsWith("-")) ? ["--"] : [];
  return { argv: [...run.command.split(" "), ...given, ...guard, ...positional], options, paths };
}

/** Chooses a path in the bundle for every input, and writes it into the words that name the input. */
function placeInputs(
  inputs: readonly RecordedInput[],
  words: readonly Word[],
): Map<string, string> {
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  const given = words.map(({ value }) => value);
  const isNamed = (path: string, value: string | null | undefined): boolean =>
    value === path || value?.startsWith(`${path}#`) === true;
  const namedBy = (path: string): readonly Word[] =>
    words.filter((word, i) => word.namesFile && isNamed(path, given[i]));
  // The folder that each input is kept in: one that its kind needs, or one that is named instead of it.
  const folders = inputs.map(({ path, within }) => {
    if (within !== undefined || namedBy(path).length > 0) return within;
    return given.find((value, i) => words[i]?.namesFile === true && isBelow(path, value)) as
      | string
      | undefined;
  });
  const places = new Map<string, string>();
  const placeOf = (folder: string): string => {
    // One folder in another stays there.
    const root = folders.reduce<string>(
      (outer, other) => (isBelow(outer, other) ? (other as string) : outer),
      folder,
    );
    const key = resolve(root);
    // The folder may be called . or ..
    const place = places.get(key) ?? unusedPath(basename(key), taken);
    places.set(key, place);
    return moved(folder, root, place);
  };
  inputs.forEach(({ path }, k) => {
    if (paths.has(path)) return;
    const folder = folders[k];
    const name = path === "-" ? "standard input" : basename(path);
    let place: string;
    if (folder === undefined) place = unusedPath(name, taken);
    else place = path === "-" ? `${placeOf(folder)}/${name}` : moved(path, folder, placeOf(folder));
    paths.set(path, place);
    let named = namedBy(path);
    // A list of names without an end takes the file after it for one more: fit --minos a b FILE.
    const isAlone = named.length === 0 && folder === undefined;
    if (isAlone) named = words.filter((_, i) => isNamed(path, given[i])).slice(-1);
    for (const word of named) word.value = place + (word.value as string).slice(path.length);
  });
  words.forEach((word, i) => {
    const value = given[i];
    const holds =
      word.namesFile &&
      inputs.some(({ path }, k) => folders[k] !== undefined && isBelow(path, value));
    if (holds) word.value = placeOf(value as string);
  });
  return paths;
}

/** Where a path of a folder is when the folder is elsewhere. */
function moved(path: string, folder: string, place: string): string {
  const inside = relative(folder, path);
  return inside === "" ? place : `${place}/${inside.split(sep).join("/")}`;
}

/** Whether the path lies in this folder. */
function isBelow(path: string, folder: string | null | undefined): boolean {
  if (folder === null || folder === undefined || path === "-") return false;
  const inside = relative(folder, path);
  return inside !== "" && !isAbsolute(inside) && inside.split(sep)[0] !== "..";
}

/**
 * `inputs/name.json`, or `inputs/2/name.json` when that is taken: texts that name the file read the same when the command
 * is run again.
 */
function unusedPath(name: string, taken: Set<string>): string {
  let path = `inputs/${name}`;
  for (let n = 2; taken.has(path.toLowerCase()); n++) path = `inputs/${n}/${name}`;
  taken.add(path.toLowerCase());
  return path;
}
