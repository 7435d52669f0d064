/**
 * Errors a user can act on. Everything the library refuses is a {@link NextstatError} with a fixed `kind`, so that doors
 * (command line, page, client) can choose an exit code or a message without parsing text.
 *
 * The message reads `what was wrong (value) — where — what to do`.
 *
 * @module
 */

/**
 * What went wrong, as a fixed vocabulary:
 * - `input`: a file, workspace, patch or measurement is malformed or inconsistent;
 * - `usage`: an option or argument makes no sense, or names something that does not exist;
 * - `numeric`: the computation cannot produce a number (never used for a fit that did not converge: that is a result).
 */
export type ErrorKind = "input" | "usage" | "numeric";

/** Where in the input the trouble is. */
export interface ErrorLocation {
  /** File name as the user gave it, or `-` for standard input. */
  readonly file?: string;
  /** RFC 6901 JSON pointer, `""` for the whole document. */
  readonly pointer?: string;
  /** 1-based line and column in the text, where known. */
  readonly line?: number;
  readonly column?: number;
  /** Object in a ROOT file, as `folder/name;cycle`. */
  readonly object?: string;
  /** 0-based position in a binary file, in bytes. */
  readonly offset?: number;
}

/** The one error class of the library. */
export class NextstatError extends Error {
  override readonly name = "NextstatError";
  readonly kind: ErrorKind;
  /** What was wrong, without location and advice. */
  readonly problem: string;
  readonly location: ErrorLocation;
  /** What to do about it; empty when the problem says it all. */
  readonly hint: string;

  constructor(
    kind: ErrorKind,
    problem: string,
    options: { location?: ErrorLocation; hint?: string; cause?: unknown } = {},
  ) {
    const location = options.location ?? {};
    const hint = options.hint ?? "";
    super(
      [problem, describeLocation(location), hint].filter((part) => part !== "").join(" — "),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.kind = kind;
    this.problem = problem;
    this.location = location;
    this.hint = hint;
  }

  /** The same error with more known about where it happened (fields given here win). */
  at(location: ErrorLocation): NextstatError {
    return new NextstatError(this.kind, this.problem, {
      location: { ...this.location, ...location },
      hint: this.hint,
      cause: this.cause,
    });
  }
}

function describeLocation(location: ErrorLocation): string {
  const parts: string[] = [];
  if (location.file !== undefined)
    parts.push(location.file === "-" ? "standard input" : location.file);
  if (location.line !== undefined)
    parts.push(`line ${location.line}, column ${location.column ?? 1}`);
  if (location.pointer !== undefined && location.pointer !== "")
    parts.push(`at ${location.pointer}`);
  if (location.object !== undefined) parts.push(`object ${location.object}`);
  if (location.offset !== undefined) parts.push(`byte ${location.offset}`);
  return parts.join(", ");
}

/**
 * ` (did you mean "x"?)` for the nearest known name, or the list of names when none is near; for error texts.
 *
 * @param name what was asked for
 * @param known every valid name
 */
export function suggestName(name: string, known: readonly string[]): string {
  if (known.length === 0) return "there are none";
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean "${nearest}"?`;
  const shown = known.slice(0, 12).map((k) => `"${k}"`);
  return `known: ${shown.join(", ")}${known.length > 12 ? ` and ${known.length - 12} more` : ""}`;
}

/** The known name within an edit distance of about a third of its length, if there is one. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > 200) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein distance, two rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
