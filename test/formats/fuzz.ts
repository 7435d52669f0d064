/**
 * Random damage to workspaces: values of the wrong type, numbers from the edges of double precision, lists of the wrong
 * length, things removed, repeated, swapped and renamed, and noise in the text. Most results are invalid; the valid ones
 * are odd but legal models.
 *
 * @module
 */

/** Uniform in [0, 1). */
export type Rng = () => number;

/** Small seeded generator (mulberry32), good enough to pick mutations. */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Container = Record<string, unknown> | unknown[];

/** A place in the document: `container[key]`. */
interface Slot {
  readonly container: Container;
  readonly key: string;
}

type Mutator = (root: Container, rng: Rng) => void;

const ODD_NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-10,
  1e-300,
  5e-324,
  1e10,
  1e100,
  1e308,
  -1e308,
  1.7976931348623157e308,
  2 ** 53,
  -1e-5,
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  "",
  "x",
  "1.5",
  "lumi",
  "__proto__",
  [],
  {},
  [[]],
  [1],
  { name: "x" },
  ...ODD_NUMBERS,
];
const TYPES = ["histosys", "lumi", "normfactor", "normsys", "shapefactor", "shapesys", "staterror"];

function pick<T>(items: readonly T[], rng: Rng): T {
  return items[Math.floor(rng() * items.length)] as T;
}

function slots(root: Container, accept: (value: unknown, key: string) => boolean): Slot[] {
  const found: Slot[] = [];
  const pending: Container[] = [root];
  for (let container = pending.pop(); container !== undefined; container = pending.pop()) {
    for (const [key, value] of Object.entries(container)) {
      if (accept(value, key)) found.push({ container, key });
      if (typeof value === "object" && value !== null) pending.push(value as Container);
    }
  }
  return found;
}

function get({ container, key }: Slot): unknown {
  return (container as Record<string, unknown>)[key];
}

function set({ container, key }: Slot, value: unknown): void {
  Object.defineProperty(container, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function drop({ container, key }: Slot): void {
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}

const isNumber = (value: unknown): boolean => typeof value === "number";
const isList = (value: unknown): boolean => Array.isArray(value);

/** Applies `change` to a random slot that `accept` accepts. */
function at(
  accept: (value: unknown, key: string) => boolean,
  change: (slot: Slot, rng: Rng, all: readonly Slot[]) => void,
): Mutator {
  return (root, rng) => {
    const all = slots(root, accept);
    if (all.length > 0) change(pick(all, rng), rng, all);
  };
}

/** Changes that usually keep the schema satisfied: the interesting ones for what comes after reading. */
const NUMERIC: readonly Mutator[] = [
  at(isNumber, (slot, rng) => set(slot, pick(ODD_NUMBERS, rng))),
  at(isNumber, (slot, rng) => set(slot, (get(slot) as number) * 10 ** (rng() * 12 - 6))),
  at(isNumber, (slot) => set(slot, -(get(slot) as number))),
  at(isNumber, (slot, rng, all) => set(slot, get(pick(all, rng)))),
  at(
    (value, key) => isList(value) && key.endsWith("data"),
    (slot, rng) => {
      const factor = pick([0, -1, 1e-9, 1e9], rng);
      set(
        slot,
        (get(slot) as unknown[]).map((v) => (typeof v === "number" ? v * factor : v)),
      );
    },
  ),
];

const STRUCTURAL: readonly Mutator[] = [
  at(() => true, drop),
  at(
    () => true,
    (slot, rng) => set(slot, structuredClone(pick(ODD_VALUES, rng))),
  ),
  at(
    () => true,
    (slot, rng, all) => set(slot, structuredClone(get(pick(all, rng)))),
  ),
  at(isList, (slot, rng) => {
    const list = get(slot) as unknown[];
    if (list.length > 0) list.push(structuredClone(pick(list, rng)));
  }),
  at(isList, (slot) => (get(slot) as unknown[]).pop()),
  at(isList, (slot) => (get(slot) as unknown[]).reverse()),
  at(
    (_, key) => key === "name",
    (slot, rng, all) => set(slot, get(pick(all, rng))),
  ),
  at(
    (_, key) => key === "type",
    (slot, rng) => set(slot, pick(TYPES, rng)),
  ),
  at(
    (_, key) => !/^\d+$/.test(key),
    (slot, rng) => {
      const value = get(slot);
      drop(slot);
      set({ container: slot.container, key: pick(["data", "name", "Name", "x", ""], rng) }, value);
    },
  ),
  at(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    (slot, rng) => {
      const key = pick(["fixed", "bounds", "inits", "constraint", "data", "__proto__"], rng);
      const value = pick([true, [1], [[0, 10]], { type: "Poisson" }, null], rng);
      set({ container: get(slot) as Container, key }, structuredClone(value));
    },
  ),
];

export interface MutateOptions {
  /** Largest number of changes. Default: 3. */
  readonly maxChanges?: number;
  /** Share of changes to numbers only, which mostly leave a valid workspace. Default: 0.5. */
  readonly numericShare?: number;
}

/** A damaged copy of a workspace. */
export function mutateWorkspace(
  workspace: unknown,
  rng: Rng,
  options: MutateOptions = {},
): unknown {
  const { maxChanges = 3, numericShare = 0.5 } = options;
  const copy = structuredClone(workspace) as Container;
  const changes = 1 + Math.floor(rng() * maxChanges);
  for (let i = 0; i < changes; i++) {
    pick(rng() < numericShare ? NUMERIC : STRUCTURAL, rng)(copy, rng);
  }
  return copy;
}

const NOISE = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "NaN",
  "1e999",
  "null",
  "-",
  "\u0000",
  "é",
  " ",
];

/** A damaged copy of a text: characters removed, repeated or replaced, or the end cut off. */
export function mutateText(text: string, rng: Rng): string {
  const offset = Math.floor(rng() * text.length);
  const length = 1 + Math.floor(rng() * 8);
  switch (Math.floor(rng() * 4)) {
    case 0:
      return text.slice(0, offset);
    case 1:
      return text.slice(0, offset) + text.slice(offset + length);
    case 2:
      return text.slice(0, offset) + text.slice(offset, offset + length) + text.slice(offset);
    default:
      return text.slice(0, offset) + pick(NOISE, rng) + text.slice(offset + Math.floor(rng() * 2));
  }
}
