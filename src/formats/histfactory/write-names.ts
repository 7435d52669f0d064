/**
 * Names as ROOT can have them: they end up in names of RooFit objects, where blanks, brackets and commas mean something.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";

/** Gives every name one of its own that ROOT can read, and reports those that it changes. */
export class RootNames {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #what: string;
  readonly #log: ConversionLog;

  /** @param what for the report, e.g. `channel` */
  constructor(what: string, log: ConversionLog) {
    this.#what = what;
    this.#log = log;
  }

  /** @param pointer where the name is first used */
  of(name: string, pointer: string): string {
    const known = this.#given.get(name);
    if (known !== undefined) return known;
    let legal = name.replace(/[^\w.-]/g, "_");
    if (!/^[A-Za-z_]/.test(legal)) legal = `_${legal}`;
    while (this.#taken.has(legal)) legal += "_";
    if (legal !== name) {
      this.#log.changed.push({
        path: pointer,
        note: `${this.#what} "${name}" is called "${legal}", as ROOT can have it`,
      });
    }
    this.#taken.add(legal);
    this.#given.set(name, legal);
    return legal;
  }

  /** A name for what has none of its own. */
  fresh(wanted: string): string {
    let name = wanted;
    while (this.#taken.has(name)) name += "_";
    this.#taken.add(name);
    return name;
  }
}
