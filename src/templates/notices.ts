/**
 * What the building of a workspace has to say: nothing is left out, changed or doubtful without a word.
 *
 * @module
 */

/** Places named for each kind of notice. */
const EXAMPLES = 3;

/** Everything of one kind that was noticed. */
export interface BuildNotice {
  readonly kind: NoticeKind;
  /** How many places; `examples` has the first of them. */
  readonly count: number;
  /** One sentence with count and places. */
  readonly message: string;
  readonly examples: readonly string[];
}

/** Kinds of notices, in the order in which they are told, and what holds for the places. */
const NOTICES = {
  "not-a-number": "events left out, as the variable or the weight is not a finite number",
  "repeated-files": "files of a template that are named several times, read once",
  outside: "histograms with content outside of their axis, which is left out",
  "zero-integral": "templates without events in total, whose variations are left out",
  "negative-yield": "templates with a negative total",
  "negative-bins": "templates with negative bins",
  "empty-bins": "templates with empty bins",
  "bad-uncertainty": "templates with statistical uncertainties that are no numbers, taken as 0",
  "mirrored-negative": "variations whose mirror image is negative in some bin, set to 0",
  "not-normalised":
    "variations whose total has not the sign of the nominal one, kept as a shape with their yield",
  "same-side": "variations with up and down on the same side of the nominal",
  "one-sided": "variations with an effect on one side only",
  "no-effect": "variations without any effect",
  huge: "variations of more than 100 % in some bin",
  smoothing: "variations that could not be smoothed as asked",
  pruned: "effects below the thresholds of pruning, left out",
  blinded: "bins whose observed events are replaced by the expected ones",
  asimov: "regions whose observed events are the expected ones, as there are no data",
  floor: "bins without positive content, set to the smallest content allowed",
  guessed:
    "bins without events or a statistical uncertainty, which get the smallest one of the other bins",
} as const;

export type NoticeKind = keyof typeof NOTICES;

/** Which of them change what was asked for, or the fit; the others are for information. */
export const HARMLESS: ReadonlySet<NoticeKind> = new Set(["pruned", "blinded"]);

/** Collects notices, one of each kind with a count and the first places. */
export class Notices {
  readonly #found = new Map<NoticeKind, { count: number; examples: string[] }>();

  /** @param count for places that stand for several, such as events */
  add(kind: NoticeKind, place: string, count: number = 1): void {
    const entry = this.#found.get(kind) ?? { count: 0, examples: [] };
    entry.count += count;
    entry.examples.push(place);
    this.#found.set(kind, entry);
  }

  list(): readonly BuildNotice[] {
    return (Object.keys(NOTICES) as NoticeKind[]).flatMap((kind) => {
      const entry = this.#found.get(kind);
      if (entry === undefined) return [];
      const examples = entry.examples.slice(0, EXAMPLES);
      const more = entry.examples.length - examples.length;
      const places = examples.join(", ") + (more > 0 ? ` and ${more} more` : "");
      const message = `${NOTICES[kind]} (${entry.count}): ${places}`;
      return [{ kind, count: entry.count, message, examples }];
    });
  }
}
