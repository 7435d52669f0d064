/**
 * Whether two results are the same, and where they are not.
 *
 * @module
 */

/** One place where two results differ. A side without this place has no value. */
export interface ResultDifference {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** |after - before| relative to the larger of the two; null where they are not both numbers. */
  readonly relativeDifference: number | null;
}

/** Members that say when, or how long: never the same twice. */
const TIMES = /(^|_)time_s$|^created_/;

/** Members that say how the minimum was reached, and how nearly: another version goes another way. */
const EFFORT =
  /^n_(iter|fev|gev|fit|gradient|hessian|evaluations|starts|rechecked)$|^edm$|_grad(ient)?_norm$|^gradient$/;

/**
 * All differences between two parsed JSON results, times left out.
 *
 * @param tolerance numbers that differ by less, relative to the largest number of their list (to themselves outside of
 *   lists), count as equal; above 0 the members that describe the minimiser's way are left out too
 */
export function compareResults(
  before: unknown,
  after: unknown,
  tolerance = 0,
): readonly ResultDifference[] {
  const differences: ResultDifference[] = [];
  const visit = (a: unknown, b: unknown, path: string, scale: number): void => {
    if (a === b) return;
    if (typeof a === "number" && typeof b === "number") {
      const gap = Math.abs(a - b);
      const size = Math.max(Math.abs(a), Math.abs(b));
      if (gap <= tolerance * Math.max(size, scale)) return;
      differences.push({ path, before: a, after: b, relativeDifference: gap / size });
    } else if (Array.isArray(a) && Array.isArray(b)) {
      const largest = Math.max(largestOf(a), largestOf(b));
      for (let i = 0; i < Math.max(a.length, b.length); i++) {
        visit(a[i], b[i], `${path}/${i}`, largest);
      }
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        if (TIMES.test(key) || (tolerance > 0 && EFFORT.test(key))) continue;
        visit(a[key], b[key], `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, 0);
      }
    } else {
      differences.push({ path, before: a, after: b, relativeDifference: null });
    }
  };
  visit(before, after, "", 0);
  return differences;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The largest absolute number directly in the list. */
function largestOf(list: readonly unknown[]): number {
  return list.reduce<number>(
    (largest, item) => (typeof item === "number" ? Math.max(largest, Math.abs(item)) : largest),
    0,
  );
}
