/**
 * What reading and writing HS3 share with their callers.
 *
 * @module
 */

import type { Workspace } from "../../workspace/types.ts";
import type { ConversionReport } from "../conversion.ts";

/** How to read an HS3 document. */
export interface Hs3Options {
  /** Name of the analysis. Default: the first, and those of the same likelihood as further measurements. */
  readonly analysis?: string;
  /** Name of the parameter point to start from. Default: the analysis' own, else `default_values`, else the first. */
  readonly parameterPoint?: string;
  /**
   * Interpolation of normsys and histosys that state none: `standard` = code1 and code0 (default), `root` = code4 and code4p,
   * as ROOT reads them.
   */
  readonly interpolation?: "standard" | "root";
  /** Leave out modifiers that cannot be read, with a warning each, instead of refusing them. Default false. */
  readonly allowUnsupported?: boolean;
}

/** A set of parameter values under a name. */
export interface ParameterPoint {
  readonly name: string;
  /** By the names of the document. */
  readonly values: Readonly<Record<string, number>>;
}

/** The parts of an HS3 document that a workspace has no place for; writing HS3 again takes them up. */
export interface Hs3Source {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly misc: Readonly<Record<string, unknown>> | null;
  readonly likelihood: string;
  /** Names of distribution and data, and the axes, by channel of the workspace. */
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly distribution: string;
        /** Where the distribution is in the document. */
        readonly pointer: string;
        readonly data: string;
        readonly axes: readonly unknown[];
      }
    >
  >;
  /** Names of parameters in the document, by those of the workspace; only where they differ. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Every parameter point, by the names of the document. */
  readonly points: readonly ParameterPoint[];
  /** Name of the point the starting values come from, or null. */
  readonly start: string | null;
  /** What was left out because it cannot be read. */
  readonly leftOut: readonly string[];
}

/** Something the user should know, with its degraded flag where there is one. */
export interface Hs3Notice {
  readonly message: string;
  readonly flag?: string;
}

/** An HS3 document as a workspace. */
export interface Hs3Import {
  readonly workspace: Workspace;
  readonly notices: readonly Hs3Notice[];
  readonly report: ConversionReport;
  readonly source: Hs3Source;
  /** The pointer in the document of what a pointer into the workspace refers to. */
  readonly origin: (pointer: string) => string;
}
