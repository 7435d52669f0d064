import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bare, pdgDecimals, pdgRound } from "../../src/report/pdg.ts";

describe("PDG rounding", () => {
  // The first two are the examples of the rule's own text.
  test.each<[number, number, string, string]>([
    [0.827, 0.119, "0.83", "0.12"],
    [0.827, 0.367, "0.8", "0.4"],
    [1.2345, 0.354, "1.23", "0.35"],
    [1.2345, 0.355, "1.2", "0.4"],
    [1.2345, 0.949, "1.2", "0.9"],
    [1.2345, 0.95, "1.2", "1.0"],
    [1.2345, 0.9994, "1.2", "1.0"],
    [1.2345, 0.9996, "1.2", "1.0"],
    [1.2345, 1, "1.2", "1.0"],
    [0.0968, 0.0954, "0.10", "0.10"],
    [123456, 1234, "123500", "1200"],
    [123456, 960, "123500", "1000"],
    [123456, 4321, "123000", "4000"],
    [-0.004, 0.3, "0.00", "0.30"],
    [0, 1, "0.0", "1.0"],
    [1.2345, 0.9496, "1.2", "1.0"],
    [0.35, 0.5, "0.4", "0.5"],
    [-0.35, 0.5, "-0.4", "0.5"],
    [2.3e-12, 9.5e-13, "2.3e-12", "1.0e-12"],
    [2.3456e-12, 1.23e-13, "2.35e-12", "1.2e-13"],
    [4.5e12, 1.2e10, "4.500e+12", "1.2e+10"],
  ])("%f +- %f", (value, error, roundedValue, roundedError) => {
    expect(pdgRound(value, [error])).toEqual({ value: roundedValue, errors: [roundedError] });
  });

  test("the smaller of two errors decides", () => {
    expect(pdgRound(0.7566, [1.234, 0.367])).toEqual({ value: "0.8", errors: ["1.2", "0.4"] });
    expect(pdgRound(0.7566, [-0.123, 1.9])).toEqual({ value: "0.76", errors: ["0.12", "1.90"] });
  });

  test("without an error the value keeps five digits", () => {
    expect(pdgRound(1.23456789, []).value).toBe("1.2346");
    expect(pdgRound(1.23456789, [0])).toEqual({ value: "1.2346", errors: ["0"] });
    expect(bare(1)).toBe("1");
    expect(bare(Number.NaN)).toBe("NaN");
  });

  const errors = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  const values = fc.double({ min: -1e6, max: 1e6, noNaN: true });

  test("rounded numbers are within half a unit of the last digit kept", () => {
    fc.assert(
      fc.property(values, errors, (value, error) => {
        const rounded = pdgRound(value, [error]);
        // The error is rounded to three digits first, which moves it by up to a twentieth of a unit.
        const half = 0.56 * 10 ** -pdgDecimals(error);
        expect(Math.abs(Number(rounded.errors[0]) - error)).toBeLessThanOrEqual(half);
        expect(Math.abs(Number(rounded.value) - value)).toBeLessThanOrEqual(half);
      }),
    );
  });

  test("an error keeps one or two significant digits and loses at most 13 %", () => {
    fc.assert(
      fc.property(errors, (error) => {
        const text = pdgRound(0, [error]).errors[0] as string;
        const digits = text.replace(".", "").replace(/^0+/, "").replace(/0+$/, "");
        expect(digits.length).toBeLessThanOrEqual(2);
        // Worst case: 0.3545 shown as 0.4.
        expect(Math.abs(Number(text) - error) / error).toBeLessThanOrEqual(0.13);
      }),
    );
  });

  test("a factor of ten moves the decimals by one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 999 }),
        fc.integer({ min: -6, max: 4 }),
        (n, power) => {
          const at = (p: number): number => pdgDecimals(Number(`${n}e${p}`));
          expect(at(power)).toBe(at(power + 1) + 1);
        },
      ),
    );
  });
});
