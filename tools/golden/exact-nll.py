#!/usr/bin/env python3
"""NLL of a workspace at the points of its reference with 50 digits: the judge where two double-precision sums disagree.

usage: python tools/golden/exact-nll.py WORKSPACE.json REFERENCE.json
needs: mpmath (1.3.0 or later), nothing else; Python 3.11

Prints, for each point: its number (the initial position first), the NLL, and how far the reference's is from it, relative.
The numbers of the workspace are taken as the doubles that every program reads; everything after that, widths of staterror
included, has 50 digits. Reads the references of test/golden/reference and those of ../shared/data.

The formulas are HistFactory's (CERN-OPEN-2012-016) as in src/likelihood/reference.ts: written anew, not translated from a
program that is being judged.
"""

import json
import sys

from mpmath import log, loggamma, mp, mpf, pi, sqrt

mp.dps = 50
HALF_LN_2PI = log(2 * pi) / 2


def extrapolated(hi, lo, alpha):
    """Codes 1 and 0 and the outside of codes 4 and 4p: hi to the right of 0, lo to the left."""
    return (hi, alpha) if alpha >= 0 else (lo, -alpha)


def normsys_factor(code, hi, lo, alpha):
    if hi <= 0 or lo <= 0:
        side, distance = extrapolated(hi, lo, alpha)
        return 1 + distance * (side - 1)
    if code == "code1" or abs(alpha) >= 1:
        side, distance = extrapolated(hi, lo, alpha)
        return side**distance
    even0, odd0 = (hi + lo) / 2, (hi - lo) / 2
    first_hi, first_lo = hi * log(hi), lo * log(lo)
    even1, odd1 = (first_hi - first_lo) / 2, (first_hi + first_lo) / 2
    second_hi, second_lo = first_hi * log(hi), first_lo * log(lo)
    even2, odd2 = (second_hi + second_lo) / 2, (second_hi - second_lo) / 2
    coefficients = (
        1,
        (15 * odd0 - 7 * even1 + odd2) / 8,
        (-24 + 24 * even0 - 9 * odd1 + even2) / 8,
        (-5 * odd0 + 5 * even1 - odd2) / 4,
        (12 - 12 * even0 + 7 * odd1 - even2) / 4,
        (3 * odd0 - 3 * even1 + odd2) / 8,
        (-8 + 8 * even0 - 5 * odd1 + even2) / 8,
    )
    return sum(c * alpha**n for n, c in enumerate(coefficients))


def histosys_delta(code, up, down, alpha):
    if code == "code0" or abs(alpha) >= 1:
        return alpha * (up if alpha >= 0 else down)
    square = alpha * alpha
    return alpha * (up + down) / 2 + square * (up - down) / 16 * (15 + square * (3 * square - 10))


def poisson(n, nu):
    if n == 0:
        return nu
    return nu - n * log(nu) + loggamma(n + 1)


def gauss(centre, value, sigma):
    return ((centre - value) / sigma) ** 2 / 2 + log(sigma) + HALF_LN_2PI


class Workspace:
    def __init__(self, spec, measurement, normsys_code, histosys_code):
        self.codes = normsys_code, histosys_code
        self.channels = spec["channels"]
        self.observed = {o["name"]: [mpf(n) for n in o["data"]] for o in spec["observations"]}
        chosen = next(m for m in spec["measurements"] if measurement in (None, m["name"]))
        self.settings = {p["name"]: p for p in chosen["config"]["parameters"]}

    def setting(self, name, key, index, default):
        values = self.settings.get(name, {}).get(key)
        return default if values is None else mpf(values[index])

    def nll(self, theta):
        """`theta`: value by parameter name, NAME[BIN] for per-bin ones."""
        constraints = {}
        total = mpf(0)
        for channel in self.channels:
            observed = self.observed[channel["name"]]
            self.collect_constraints(channel, theta, constraints)
            for b, n in enumerate(observed):
                total += poisson(n, sum(self.yield_of(sample, b, theta) for sample in channel["samples"]))
        return total + sum(constraints.values())

    def yield_of(self, sample, b, theta):
        nominal = mpf(sample["data"][b])
        deltas, factors = mpf(0), mpf(1)
        for modifier in sample["modifiers"]:
            name, kind, data = modifier["name"], modifier["type"], modifier["data"]
            if kind == "histosys":
                up, down = mpf(data["hi_data"][b]) - nominal, nominal - mpf(data["lo_data"][b])
                deltas += histosys_delta(self.codes[1], up, down, theta[name])
            elif kind == "normsys":
                factors *= normsys_factor(self.codes[0], mpf(data["hi"]), mpf(data["lo"]), theta[name])
            else:
                factors *= theta[name] if kind in ("normfactor", "lumi") else theta[f"{name}[{b}]"]
        return (nominal + deltas) * factors

    def collect_constraints(self, channel, theta, out):
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                name, kind = modifier["name"], modifier["type"]
                if kind in ("normsys", "histosys"):
                    out[name] = self.gaussian(name, 0, theta[name], mpf(0), mpf(1))
                elif kind == "lumi":
                    out[name] = self.gaussian(name, 0, theta[name], None, None)
                for b, nominal in enumerate(sample["data"]):
                    bin_name = f"{name}[{b}]"
                    if kind == "shapesys":
                        sigma = modifier["data"][b]
                        tau = (mpf(nominal) / mpf(sigma)) ** 2 if nominal > 0 and sigma > 0 else mpf(1)
                        out[bin_name] = poisson(self.setting(name, "auxdata", b, tau), tau * theta[bin_name])
                    elif kind == "staterror":
                        width = self.staterror_width(channel, name, b)
                        out[bin_name] = self.gaussian(name, b, theta[bin_name], mpf(1), width)

    def gaussian(self, name, index, value, centre, sigma):
        centre = self.setting(name, "auxdata", index, centre)
        return gauss(centre, value, self.setting(name, "sigmas", index, sigma))

    def staterror_width(self, channel, name, b):
        carriers = [
            (mpf(sample["data"][b]), mpf(modifier["data"][b]))
            for sample in channel["samples"]
            for modifier in sample["modifiers"]
            if modifier["type"] == "staterror" and modifier["name"] == name
        ]
        nominal, variance = sum(n for n, _ in carriers), sum(s * s for _, s in carriers)
        return sqrt(variance) / nominal if nominal > 0 and variance > 0 else mpf(1)


def points_of(reference):
    """(position, NLL) pairs of either layout."""
    if "nll_init" in reference:
        yield reference["init"], reference["nll_init"]
    for point in reference["points"]:
        yield point.get("position", point.get("x")), point["nll"]


def main(workspace_file, reference_file):
    with open(workspace_file) as file:
        spec = json.load(file)
    with open(reference_file) as file:
        reference = json.load(file)
    root = reference.get("codes") == "code4" or reference.get("interpolation", {}).get("set") == "root"
    codes = ("code4", "code4p") if root else ("code1", "code0")
    workspace = Workspace(spec, reference.get("measurement"), *codes)
    for i, (position, nll) in enumerate(points_of(reference)):
        if nll is None:
            continue
        theta = {name: mpf(value) for name, value in zip(reference["parameters"], position)}
        exact = workspace.nll(theta)
        print(i, mp.nstr(exact, 25), mp.nstr((mpf(nll) - exact) / abs(exact), 3))


if __name__ == "__main__":
    main(*sys.argv[1:])
