/**
 * An expression as a list of steps over registers, each a block of numbers. Equal steps are one step.
 *
 * @module
 */

import { apply, type BinaryKernel, select } from "./kernels.ts";

/** Entries that go through a program at once: a few registers of them fit into the first cache of a processor. */
export const BLOCK = 1024;

/** A block of numbers. */
export interface Register {
  readonly id: number;
  values: Float64Array;
}

/** Steps in the order in which they run. */
export class Program {
  readonly #steps: ((n: number) => void)[] = [];
  readonly #registers = new Map<string, Register>();
  #constants: (() => void)[] = [];
  #capacity = BLOCK;

  /** Makes room for n numbers and runs. */
  run(n: number): void {
    if (n > this.#capacity) {
      this.#capacity = 2 ** Math.ceil(Math.log2(n));
      for (const register of this.#registers.values()) {
        register.values = new Float64Array(this.#capacity);
      }
      for (const fill of this.#constants) fill();
    }
    for (const step of this.#steps) step(n);
  }

  /** The register of a step; the same one for the same key. */
  step(key: string, make: (out: Register) => (n: number) => void): Register {
    const known = this.#registers.get(key);
    if (known !== undefined) return known;
    const out = { id: this.#registers.size, values: new Float64Array(this.#capacity) };
    this.#registers.set(key, out);
    this.#steps.push(make(out));
    return out;
  }

  constant(value: number): Register {
    const key = `constant ${Object.is(value, -0) ? "-0" : value}`;
    const known = this.#registers.get(key);
    if (known !== undefined) return known;
    const out = { id: this.#registers.size, values: new Float64Array(this.#capacity).fill(value) };
    this.#registers.set(key, out);
    this.#constants.push(() => out.values.fill(value));
    return out;
  }

  binary(name: string, kernel: BinaryKernel, a: Register, b: Register): Register {
    return this.step(
      `${name} ${a.id} ${b.id}`,
      (out) => (n) => kernel(out.values, a.values, b.values, n),
    );
  }

  select(condition: Register, yes: Register, no: Register): Register {
    const key = `select ${condition.id} ${yes.id} ${no.id}`;
    return this.step(
      key,
      (out) => (n) => select(out.values, condition.values, yes.values, no.values, n),
    );
  }

  call(
    name: string,
    f: (...operands: number[]) => number,
    operands: readonly Register[],
  ): Register {
    const key = `${name}(${operands.map(({ id }) => id).join(" ")})`;
    return this.step(
      key,
      (out) => (n) =>
        apply(
          out.values,
          f,
          operands.map(({ values }) => values),
          n,
        ),
    );
  }
}
