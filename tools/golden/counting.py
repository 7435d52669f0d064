#!/usr/bin/env python3
"""Exact limits and intervals of counting experiments without nuisance parameters.

usage: python tools/golden/counting.py
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Writes test/golden/counting.json. n events are observed where b + mu are expected:

- `cls`: the mu at which P(n' <= n | b + mu) = alpha P(n' <= n | b), which is what CLs = alpha is when n' orders the outcomes;
- `expected`: the same for the n' at the quantiles -2, -1, 0, 1, 2 of the Poisson distribution of b;
- `unified`: the mu >= 0 that G. J. Feldman and R. D. Cousins, Phys. Rev. D 57 (1998) 3873, do not reject: the likelihood
  ratio orders the outcomes, and P(those at least as far from mu as n) >= 1 - cl. Pairs of ends: the set may have gaps;
- `gaussian`: the same for a measurement x of mu >= 0 with standard deviation 1 (their table X).
"""

import json
import platform
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.stats import norm, poisson

OUT = Path(__file__).parents[2] / "test" / "golden" / "counting.json"
ALPHA = 0.05
LEVELS = [0.68, 0.9]
STEP = 1e-2
EPSILON = 1e-9
"""Outcomes whose statistics differ by less are equally far."""


def cls_limit(n: int, b: float) -> float:
    return brentq(lambda mu: poisson.cdf(n, b + mu) - ALPHA * poisson.cdf(n, b), 0, 100, xtol=1e-12)


def expected_limits(b: float) -> list[float]:
    return [cls_limit(int(poisson.ppf(norm.cdf(k), b)), b) for k in (-2, -1, 0, 1, 2)]


def far(n: int, b: float, mu: float) -> float:
    """P(outcomes at least as far from mu as n)."""
    outcomes = np.arange(60)
    best = np.maximum(outcomes - b, 0)
    t = 2 * (poisson.logpmf(outcomes, best + b) - poisson.logpmf(outcomes, mu + b))
    return float(poisson.pmf(outcomes, mu + b)[t >= t[n] - EPSILON].sum())


def pieces(p, end: float, cl: float) -> list[list[float]]:
    """Where p(mu) >= 1 - cl on [0, end], each change of side found on a grid and bisected: p has jumps."""
    grid = np.arange(0, end, STEP)
    inside = [p(mu) >= 1 - cl for mu in grid]
    ends = [0.0] if inside[0] else []
    for k in range(1, len(grid)):
        if inside[k] == inside[k - 1]:
            continue
        low, high = grid[k - 1], grid[k]
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if (p(middle) >= 1 - cl) == inside[k - 1] else (low, middle)
        ends.append(float(low))
    return [ends[k : k + 2] for k in range(0, len(ends), 2)]


def far_gaussian(x: float, mu: float) -> float:
    """t = (x - mu)^2 above 0, (x - mu)^2 - x^2 below."""
    t = (x - mu) ** 2 - (min(x, 0) ** 2)
    upper = mu + np.sqrt(t)
    lower = mu - np.sqrt(t)
    if lower < 0:
        # Below 0, mu^2 - 2 x mu = t.
        lower = (mu**2 - t) / (2 * mu) if mu > 0 else -np.inf
    return float(norm.sf(upper - mu) + norm.cdf(lower - mu))


def main() -> None:
    counting = []
    for b, counts in ((3.0, range(11)), (100.0, [90, 100, 110])):
        for n in counts:
            entry = {"b": b, "n": n, "cls": cls_limit(n, b), "unified": None}
            if b == 3.0:
                entry["unified"] = [pieces(lambda mu: far(n, b, mu), 16, cl) for cl in LEVELS]
            counting.append(entry)
    gaussian = [
        {"x": x, "unified": [pieces(lambda mu: far_gaussian(x, mu), 8, cl) for cl in LEVELS]}
        for x in (-1.0, 0.0, 1.0, 2.0, 3.0)
    ]
    result = {
        "alpha": ALPHA,
        "levels": LEVELS,
        "expected": {str(b): expected_limits(b) for b in (3.0, 100.0)},
        "counting": counting,
        "gaussian": gaussian,
        "made_with": {"scipy": scipy.__version__, "numpy": np.__version__, "python": platform.python_version()},
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
