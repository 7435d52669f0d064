/**
 * What becomes of the parts of a document that is turned into another format. Every reader and writer keeps this record,
 * so that nothing is lost in silence.
 *
 * @module
 */

/** Something the user should know about what was read, with its degraded flag where there is one. */
export interface Notice {
  readonly message: string;
  readonly flag?: string;
}

/** One part of a document. */
export interface ConversionEntry {
  /** Where it is in the document that was read: a JSON pointer (RFC 6901), in XML `file:line`. */
  readonly path: string;
  /** What it is, or what became of it. */
  readonly note: string;
}

/** What became of a document's parts. */
export interface ConversionReport {
  /** Said by the result too, with the same numbers. */
  readonly kept: readonly ConversionEntry[];
  /** Said otherwise: under another name, in another form, or made explicit. */
  readonly changed: readonly ConversionEntry[];
  /** Not in the result. */
  readonly lost: readonly ConversionEntry[];
}

/** A report in the making. */
export interface ConversionLog {
  readonly kept: ConversionEntry[];
  readonly changed: ConversionEntry[];
  readonly lost: ConversionEntry[];
}

/** An empty report. */
export function newConversionLog(): ConversionLog {
  return { kept: [], changed: [], lost: [] };
}

/** The report of two steps, one after the other. What the second changes or loses has not been kept. */
export function joinReports(first: ConversionReport, second: ConversionReport): ConversionReport {
  const touched = new Set([...second.changed, ...second.lost].map(({ path }) => path));
  const unique = (entries: readonly ConversionEntry[]): readonly ConversionEntry[] => [
    ...new Map(entries.map((entry) => [`${entry.path} ${entry.note}`, entry])).values(),
  ];
  return {
    kept: unique([...first.kept, ...second.kept].filter(({ path }) => !touched.has(path))),
    changed: unique([...first.changed, ...second.changed]),
    lost: unique([...first.lost, ...second.lost]),
  };
}
