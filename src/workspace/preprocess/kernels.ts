/**
 * Smoothing of plain arrays: 353QH applied twice, and a Gaussian kernel.
 *
 * @module
 */

/** Arrays shorter than this are not smoothed. */
export const MIN_BINS = 3;

/**
 * 353QH, twice: running medians of 3, 5 and 3, a quadratic through flat tops (Q), running means with weights 1/4, 1/2, 1/4
 * (H); then the same on what that left over, and the sum of both. The second pass gives back the peaks and valleys that
 * the first one cuts off.
 *
 * Source: J. Friedman, CERN School of Computing 1974, https://cds.cern.ch/record/186223, page 292; the ends as in
 * cabinetry 0.6.0.
 *
 * @param values `[nBins]`; fewer than three are returned as they are
 * @returns `[nBins]`, not below 0 where no value is
 */
export function smooth353qhTwice(values: readonly number[]): number[] {
  if (values.length < MIN_BINS) return [...values];
  const smooth = smooth353qh(values);
  const rough = smooth353qh(values.map((value, i) => value - at(smooth, i)));
  const result = smooth.map((value, i) => value + at(rough, i));
  return values.some((value) => value < 0) ? result : result.map((value) => Math.max(value, 0));
}

/** One pass. */
function smooth353qh(values: readonly number[]): number[] {
  const medians = smoothMedian3(smoothMedian5(smoothEnds(smoothMedian3(values), values)));
  return smoothMeans(interpolateFlat(medians));
}

/** Medians of three neighbours; the ends stay. */
function smoothMedian3(y: readonly number[]): number[] {
  return y.map((value, i) =>
    i === 0 || i === y.length - 1 ? value : median([at(y, i - 1), value, at(y, i + 1)]),
  );
}

/** The ends by extrapolation from the inner medians. On three values the last end sees the new first one. */
function smoothEnds(medians: readonly number[], original: readonly number[]): number[] {
  const z = [...medians];
  const last = z.length - 1;
  z[0] = median([3 * at(z, 1) - 2 * at(z, 2), at(original, 0), at(z, 1)]);
  z[last] = median([
    at(z, last - 1),
    at(original, last),
    3 * at(z, last - 1) - 2 * at(z, last - 2),
  ]);
  return z;
}

/** Medians of five neighbours, of three beside the ends; the ends stay. */
function smoothMedian5(y: readonly number[]): number[] {
  const last = y.length - 1;
  return y.map((value, i) => {
    if (i === 0 || i === last) return value;
    if (i === 1) return median(y.slice(0, 3));
    if (i === last - 1) return median(y.slice(-3));
    return median(y.slice(i - 2, i + 3));
  });
}

/** Medians leave flat tops and bottoms of three: a quadratic through them and their outer neighbours. */
function interpolateFlat(z: readonly number[]): number[] {
  const y = [...z];
  for (let i = 2; i < z.length - 2; i++) {
    const here = at(z, i);
    if (at(z, i - 1) !== here || at(z, i + 1) !== here) continue;
    const left = at(z, i - 2) - here;
    const right = at(z, i + 2) - here;
    // Otherwise it is a step of a slope.
    if (left * right <= 0) continue;
    const j = Math.abs(right) > Math.abs(left) ? -1 : 1;
    y[i] = -0.5 * at(z, i - 2 * j) + here / 0.75 + at(z, i + 2 * j) / 6;
    y[i + j] = 0.5 * (at(z, i + 2 * j) - at(z, i - 2 * j)) + here;
  }
  return y;
}

/** Means with weights 1/4, 1/2, 1/4; the ends stay. */
function smoothMeans(y: readonly number[]): number[] {
  return y.map((value, i) =>
    i === 0 || i === y.length - 1 ? value : 0.25 * at(y, i - 1) + 0.5 * value + 0.25 * at(y, i + 1),
  );
}

/**
 * Means with Gaussian weights, normalised over the bins there are, so that constants stay and the ends are not pulled down.
 *
 * @param values `[n]`
 * @param positions `[n]` bin numbers: values may have gaps between them
 * @param sigma width in bins
 * @returns `[n]`
 */
export function smoothGaussian(
  values: readonly number[],
  positions: readonly number[],
  sigma: number,
): number[] {
  const weights = Array.from({ length: Math.max(0, ...positions) + 1 }, (_, distance) =>
    decay(0.5 * (distance / sigma) ** 2),
  );
  return positions.map((center) => {
    let total = 0;
    let norm = 0;
    for (const [i, position] of positions.entries()) {
      const weight = at(weights, Math.abs(position - center));
      total += weight * at(values, i);
      norm += weight;
    }
    return total / norm;
  });
}

/**
 * e^-x for x >= 0, to 12 digits where it matters. `Math.exp` differs between engines in the last digit, and the same input
 * gives the same bytes in all of them.
 */
function decay(x: number): number {
  if (x > 700) return 0;
  let y = x;
  let squarings = 0;
  while (y > 0.5) {
    y /= 2;
    squarings++;
  }
  let term = 1;
  let result = 1;
  for (let k = 1; k <= 16; k++) {
    term *= -y / k;
    result += term;
  }
  for (let k = 0; k < squarings; k++) result *= result;
  return result;
}

/** The middle one of an odd number of values. */
function median(values: readonly number[]): number {
  return at(
    values.toSorted((a, b) => a - b),
    (values.length - 1) / 2,
  );
}

function at(values: readonly number[], i: number): number {
  return values[i] as number;
}
