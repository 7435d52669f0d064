/**
 * Result records as JSON: snake_case keys in sorted order, two spaces, every number finite or null.
 *
 * @module
 */

/** What {@link formatJson} may be told. */
export interface FormatJsonOptions {
  /**
   * Members (in camelCase) whose value is a dictionary with names from the model as keys; those
   * keys are data and stay as they are. Default none.
   */
  readonly dictionaries?: readonly string[];
}

/** The record as JSON text with a final newline. */
export function formatJson(record: object, options: FormatJsonOptions = {}): string {
  const dictionaries = new Set(options.dictionaries ?? []);
  return `${JSON.stringify(toJsonValue(record, dictionaries, false), null, 2)}\n`;
}

/** `nActiveBounds` -> `n_active_bounds`, `twiceNll` -> `twice_nll`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toJsonValue(
  value: unknown,
  dictionaries: ReadonlySet<string>,
  keysAreNames: boolean,
): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === null || typeof value !== "object") return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number>, (x) =>
      Number.isFinite(x) ? x : null,
    );
  }
  if (Array.isArray(value)) return value.map((item) => toJsonValue(item, dictionaries, false));
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]): [string, unknown] => [
      keysAreNames ? key : snakeCase(key),
      toJsonValue(member, dictionaries, dictionaries.has(key)),
    ]);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sortedObject(entries);
}

/** An object whose own keys are exactly these, `__proto__` included. */
function sortedObject(entries: readonly [string, unknown][]): object {
  const out = {};
  for (const [key, value] of entries) {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true });
  }
  return out;
}
