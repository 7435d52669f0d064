/**
 * What a bad input is, a small valid workspace with every modifier type, and ways to break a copy of it.
 *
 * @module
 */

export interface BadInput {
  /** What is wrong, unique. */
  readonly name: string;
  /** Content of the input file. */
  readonly text?: () => string | Uint8Array;
  /** Instead of `text`: a path with no file, or a directory. */
  readonly path?: "missing" | "directory";
  /** Contents of the JSON Patch files, in order. The input is the valid workspace unless `text` is given. */
  readonly patches?: readonly (() => string)[];
  /** Further command-line arguments: `--measurement NAME` and `--poi NAME`. */
  readonly args?: readonly string[];
  /** Part of the error's text. */
  readonly expect: RegExp;
  /** JSON pointer the error names. */
  readonly pointer?: string;
  /** Line the error names. */
  readonly line?: number;
  /** Needs hundreds of megabytes of memory or disk. */
  readonly slow?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: cases break the document in ways no type allows
export type Loose = any;

/** A fresh copy of the valid workspace. */
export function validWorkspace(): Loose {
  return {
    channels: [
      {
        name: "SR",
        samples: [
          {
            name: "signal",
            data: [5, 10],
            modifiers: [
              { name: "mu", type: "normfactor", data: null },
              { name: "lumi", type: "lumi", data: null },
              { name: "theory", type: "normsys", data: { hi: 1.1, lo: 0.9 } },
            ],
          },
          {
            name: "background",
            data: [50, 60],
            modifiers: [
              { name: "JES", type: "histosys", data: { hi_data: [52, 63], lo_data: [48, 57] } },
              { name: "bkg_shape", type: "shapesys", data: [5, 6] },
              { name: "stat_SR", type: "staterror", data: [2, 2.5] },
            ],
          },
        ],
      },
      {
        name: "CR",
        samples: [
          {
            name: "background",
            data: [500],
            modifiers: [
              { name: "JES", type: "normsys", data: { hi: 1.05, lo: 0.95 } },
              { name: "CR_shape", type: "shapefactor", data: null },
            ],
          },
        ],
      },
    ],
    observations: [
      { name: "SR", data: [52, 71] },
      { name: "CR", data: [510] },
    ],
    measurements: [
      {
        name: "fit",
        config: {
          poi: "mu",
          parameters: [
            { name: "mu", inits: [1], bounds: [[0, 5]] },
            { name: "lumi", inits: [1], bounds: [[0.5, 1.5]], auxdata: [1], sigmas: [0.02] },
          ],
        },
      },
    ],
    version: "1.0.0",
  };
}

/** The text of the valid workspace, two spaces a level. */
export function validText(): string {
  return JSON.stringify(validWorkspace(), null, 2);
}

/** The text of the workspace after a change. */
export function broken(change: (workspace: Loose) => void): () => string {
  return () => {
    const workspace = validWorkspace();
    change(workspace);
    return JSON.stringify(workspace, null, 2);
  };
}

/** The text of the valid workspace with one piece of it replaced. */
export function textWith(piece: string | RegExp, replacement: string): () => string {
  return () => {
    const text = validText();
    const changed = text.replace(piece, () => replacement);
    if (changed === text) throw new Error(`the valid workspace has no ${piece}`);
    return changed;
  };
}
