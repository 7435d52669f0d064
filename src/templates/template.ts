/**
 * Histograms as the steps from tables to a workspace pass them on.
 *
 * @module
 */

/** A histogram of one variable. */
export interface Template {
  /** [bins + 1] ascending. */
  readonly edges: readonly number[];
  /** [bins] sums of weights, in events. */
  readonly values: readonly number[];
  /** [bins] squared statistical uncertainties: sums of squared weights. */
  readonly variances: readonly number[];
}

/** Sum of templates with the same bins, each times a factor. */
export function addTemplates(
  terms: readonly { readonly factor: number; readonly template: Template }[],
): Template {
  const [first] = terms;
  if (first === undefined) throw new RangeError("nothing to add");
  const values = first.template.values.map(() => 0);
  const variances = first.template.variances.map(() => 0);
  for (const { factor, template } of terms) {
    for (let b = 0; b < values.length; b++) {
      values[b] = (values[b] as number) + factor * (template.values[b] as number);
      variances[b] = (variances[b] as number) + factor * factor * (template.variances[b] as number);
    }
  }
  return { edges: first.template.edges, values, variances };
}

/** Two templates multiplied bin by bin, with independent uncertainties. */
export function multiplyTemplates(left: Template, right: Template): Template {
  return combine(left, right, (a, b) => ({
    value: a.value * b.value,
    variance: a.variance * b.value ** 2 + b.variance * a.value ** 2,
  }));
}

/** Two templates divided bin by bin, with independent uncertainties; a bin that is divided by 0 is 0. */
export function divideTemplates(left: Template, right: Template): Template {
  return combine(left, right, (a, b) =>
    b.value === 0
      ? { value: 0, variance: 0 }
      : {
          value: a.value / b.value,
          variance: (a.variance * b.value ** 2 + b.variance * a.value ** 2) / b.value ** 4,
        },
  );
}

interface Bin {
  readonly value: number;
  readonly variance: number;
}

function combine(left: Template, right: Template, operation: (a: Bin, b: Bin) => Bin): Template {
  const bin = (template: Template, b: number): Bin => ({
    value: template.values[b] as number,
    variance: template.variances[b] as number,
  });
  const bins = left.values.map((_, b) => operation(bin(left, b), bin(right, b)));
  return {
    edges: left.edges,
    values: bins.map(({ value }) => value),
    variances: bins.map(({ variance }) => variance),
  };
}

/** Whether two histograms have the same bins, but for rounding. */
export function haveSameBins(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  const span = (a[a.length - 1] as number) - (a[0] as number);
  return a.every((edge, i) => Math.abs(edge - (b[i] as number)) <= SAME_EDGE * span);
}

/** Relative to the range of the histogram: edges of float histograms, and those computed as i * width. */
const SAME_EDGE = 1e-7;
