/**
 * Plain data as JSON that gives every bit back: numbers that JSON does not have, and typed arrays, are objects with one
 * member whose name begins with `$`. Encoding what was decoded gives the same text.
 *
 * @module
 */

const ARRAYS = { $f64: Float64Array, $i32: Int32Array, $u8: Uint8Array } as const;

/** Numbers that JSON has no text for, by the text used here. */
const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

/**
 * The value as JSON text in one line. Members that are undefined are left out.
 *
 * @throws TypeError for what is no plain data: functions, class instances, other typed arrays
 */
export function encodePlain(value: unknown): string {
  return JSON.stringify(encode(value));
}

/** What {@link encodePlain} was given, from its parsed JSON, which is used up. */
export function decodePlain(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) {
    for (let i = 0; i < json.length; i++) {
      if (typeof json[i] === "object") json[i] = decodePlain(json[i]);
    }
    return json;
  }
  const members = json as Record<string, unknown>;
  for (const key in members) {
    if (key.startsWith("$")) return decodeTagged(key, members[key]);
    const member = members[key];
    if (typeof member === "object") members[key] = decodePlain(member);
  }
  return members;
}

function encode(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return isJsonNumber(value) ? value : { $: numberText(value) };
    case "object":
      return value === null ? null : encodeObject(value);
    default:
      throw new TypeError(`a ${typeof value} is no plain data`);
  }
}

function encodeObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(encode);
  for (const [tag, type] of Object.entries(ARRAYS)) {
    if (!(value instanceof type)) continue;
    return { [tag]: Array.from(value, (x) => (isJsonNumber(x) ? x : numberText(x))) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`a ${value.constructor.name} is no plain data`);
  }
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const encoded = entries.map(([key, member]) => [key, encode(member)] as const);
  const special = entries.some(([key]) => key.startsWith("$") || key === "__proto__");
  return special ? { $entries: encoded } : Object.fromEntries(encoded);
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function decodeTagged(tag: string, content: unknown): unknown {
  if (tag === "$") return NUMBERS[content as string];
  if (tag === "$entries") {
    const entries = content as [string, unknown][];
    return Object.fromEntries(entries.map(([key, member]) => [key, decodePlain(member)]));
  }
  const type = ARRAYS[tag as keyof typeof ARRAYS];
  if (type === undefined) throw new TypeError(`unknown plain data ${tag}`);
  const numbers = content as (number | string)[];
  return new type(numbers.map((x) => (typeof x === "string" ? (NUMBERS[x] as number) : x)));
}
