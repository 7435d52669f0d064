/**
 * The list of models to compare with ROOT.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { JsonReader } from "./json-reader.ts";

/** Equidistant signal strengths. */
export interface MuGridSpec {
  readonly start: number;
  readonly stop: number;
  readonly points: number;
}

export const DEFAULT_GRID: MuGridSpec = { start: 0, stop: 5, points: 51 };

/** One model. Paths are relative to the file of the list, or absolute. */
export interface ParityCase {
  /** Unique; also the folder of its runs. */
  readonly name: string;
  readonly mode: "pyhf-json" | "histfactory-xml";
  /** The workspace; null in the other mode. */
  readonly pyhfJson: string | null;
  /** Default the first. */
  readonly measurement: string | null;
  /** The combination; null in the other mode. */
  readonly histfactoryXml: string | null;
  /** Folder that paths in the XML are relative to. Default: that of the XML, or one around it. */
  readonly rootdir: string | null;
  readonly muGrid: MuGridSpec;
}

export interface CasesDocument {
  readonly cases: readonly ParityCase[];
}

/** A case that cannot be run, and why: reported as an error of its own, it does not stop the others. */
export interface BadCase {
  readonly name: string;
  readonly reason: string;
}

/** The strengths of a grid, ascending. */
export function gridValues({ start, stop, points }: MuGridSpec): readonly number[] {
  return Array.from({ length: points }, (_, i) =>
    i === points - 1 ? stop : start + ((stop - start) * i) / (points - 1),
  );
}

/** @throws NextstatError `usage` for a grid that is none */
export function checkGrid({ start, stop, points }: MuGridSpec): void {
  if (!(start < stop)) {
    throw new NextstatError("usage", `the grid goes from ${start} to ${stop}`, {
      hint: "give a start below the stop",
    });
  }
  if (!Number.isInteger(points) || points < 2 || points > 10_000) {
    throw new NextstatError("usage", `a grid of ${points} points`, {
      hint: "give a whole number from 2 to 10000",
    });
  }
}

/**
 * @param value the parsed document
 * @param file its name, for messages
 * @throws NextstatError `input` for a document that is malformed or gives a name twice
 */
export function readCases(value: unknown, file: string): readonly (ParityCase | BadCase)[] {
  const names = new Set<string>();
  return new JsonReader(value, file).objects("cases").map((reader) => {
    const name = reader.string("name");
    if (names.has(name)) {
      throw reader.error("name", `two cases are called "${name}"`, "give each a name of its own");
    }
    names.add(name);
    if (!isFolderName(name)) {
      throw reader.error(
        "name",
        `"${name}" cannot be the name of a folder`,
        "use letters, digits and slashes, without . or .. as a part",
      );
    }
    const mode = reader.string("mode");
    if (mode !== "pyhf-json" && mode !== "histfactory-xml") {
      return { name, reason: `unknown_mode:${mode}` };
    }
    const key = mode === "pyhf-json" ? "pyhf_json" : "histfactory_xml";
    if (!reader.has(key)) return { name, reason: `missing_${key}` };
    const optional = (member: string): string | null =>
      reader.has(member) ? reader.string(member) : null;
    return {
      name,
      mode,
      pyhfJson: mode === "pyhf-json" ? reader.string("pyhf_json") : null,
      measurement: optional("measurement"),
      histfactoryXml: mode === "histfactory-xml" ? reader.string("histfactory_xml") : null,
      rootdir: optional("rootdir"),
      muGrid: readGrid(reader),
    };
  });
}

function readGrid(reader: JsonReader): MuGridSpec {
  if (!reader.has("mu_grid")) return DEFAULT_GRID;
  const grid = reader.object("mu_grid");
  const read = {
    start: grid.number("start"),
    stop: grid.number("stop"),
    points: grid.number("points"),
  };
  try {
    checkGrid(read);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    throw reader.error("mu_grid", error.problem, error.hint);
  }
  return read;
}

/** Runs are written to a folder of this name below the work folder, and nowhere else. */
function isFolderName(name: string): boolean {
  if (/[\p{Cc}\\:]/u.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
