/**
 * Finished units in memory, as text, like files have them.
 *
 * @module
 */

import type { UnitStore } from "../../src/parallel/campaign.ts";
import { decodePlain, encodePlain } from "../../src/parallel/plain-data.ts";
import type { RoundWork } from "../../src/parallel/units.ts";

export interface MemoryStore extends UnitStore {
  /** Texts of the units of each round. */
  readonly rounds: Map<number, string>[];
  /** Units given to every `keep`, in order. */
  readonly kept: number[][];
  /** Identities of the rounds opened. */
  readonly opened: { readonly round: number; readonly text: string }[];
}

export function openMemoryStore(rounds: Map<number, string>[] = []): MemoryStore {
  const store: MemoryStore = {
    rounds,
    kept: [],
    opened: [],
    open(round: number, work: RoundWork) {
      rounds[round] ??= new Map();
      const units = rounds[round];
      store.opened.push({ round, text: [...work.identity()].join("\n") });
      return {
        read: () =>
          Array.from({ length: work.count }, (_, unit) => {
            const text = units.get(unit);
            return text === undefined ? undefined : decodePlain(JSON.parse(text));
          }),
        keep(found) {
          store.kept.push(found.map(([unit]) => unit));
          for (const [unit, value] of found) units.set(unit, encodePlain(value));
        },
      };
    },
  };
  return store;
}
