#!/usr/bin/env python3
"""Profile scans of golden workspaces from pyhf's likelihood: curves, intervals, and points of contours.

usage: python tools/golden/scans.py [NAME ...]
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Reads test/golden/workspaces/NAME.json and test/golden/reference/NAME.root.json (for starts only), writes
test/golden/scans/NAME.json. Every fit is the lowest of many starts by minimise.py. The ends of the intervals and the
points of the contours are roots found by SciPy's brentq between places of a grid on either side of the level.
"""

import argparse
import json
import platform
import sys
import time
import zlib
from typing import Callable

from reference import CODES, GOLDEN, random_position, without_nonfinite

import jax
import numpy as np
import pyhf
import scipy
from scipy.optimize import brentq
from scipy.stats import chi2

from inference import layout
from likelihood import Likelihood
from minimise import Minimum, minimise

TASKS = {
    "mixed-counting": {"parameter": "modelling", "contour": ("mu", "modelling"), "around": (2.0, 1.5)},
    "two-minima-08": {"parameter": "mu", "contour": ("mu", "coupled"), "around": (0.5, 0.7)},
    "several-minima-02": {"parameter": "mu", "contour": None, "around": None},
}
"""Parameter to scan; parameters of the contour, and the half widths of its grid of places."""
ONE = {"68": 1.0, "95": float(chi2.isf(0.05, 1))}
TWO = {"68": float(chi2.isf(chi2.sf(1, 1), 2)), "95": float(chi2.isf(0.05, 2))}
CURVE = 61
"""Places of the grid on which sides of the level are told apart."""
KEPT = 5
"""Every how many of them are written."""
RANDOM_STARTS = 6
DIRECTIONS = 8


class Profile:
    """Lowest NLLs with some parameters held."""

    def __init__(self, function: Likelihood, seed: int, known: list[np.ndarray]):
        self.function = function
        rng = np.random.default_rng(seed)
        drawn = [random_position(function, rng, 1.0 + i % 3) for i in range(RANDOM_STARTS)]
        self.starts = [function.init, *known, *drawn]
        self.best = self.search({}, None)
        self.gradient_norm = self.best.gradient_norm

    def search(self, held: dict[int, float], near: np.ndarray | None) -> Minimum:
        lower, upper = self.function.lower.copy(), self.function.upper.copy()
        fixed = self.function.fixed
        lower[fixed] = upper[fixed] = self.function.init[fixed]
        for index, value in held.items():
            lower[index] = upper[index] = value
        starts = self.starts if near is None else [near, *self.starts]
        found = [m for start in starts if (m := minimise(self.function, start, lower, upper)) is not None]
        lowest = min(found, key=lambda m: m.nll)
        # Of the fits that are equally low, the one whose gradient is smallest.
        return min((m for m in found if m.nll <= lowest.nll + 1e-10), key=lambda m: m.gradient_norm)

    def nll(self, held: dict[int, float]) -> float:
        minimum = self.search(held, self.best.position)
        self.gradient_norm = max(self.gradient_norm, minimum.gradient_norm)
        return minimum.nll

    def twice_delta(self, held: dict[int, float]) -> float:
        return 2 * (self.nll(held) - self.best.nll)


def roots(function: Callable[[float], float], places: np.ndarray, values: np.ndarray) -> list[float]:
    """Where the function crosses 0, given its values at places."""
    return [
        brentq(function, places[k], places[k + 1], xtol=1e-11, rtol=1e-13)
        for k in range(len(places) - 1)
        if (values[k] < 0) != (values[k + 1] < 0)
    ]


def curve(profile: Profile, name: str) -> dict:
    """Along one parameter: NLL on a grid inside the bounds, and every crossing of both levels on it."""
    function = profile.function
    index = function.names.index(name)
    hat = profile.best.position[index]
    sigma = function.uncertainties(profile.best)[0][index]
    low, high = max(hat - 4 * sigma, function.lower[index]), min(hat + 4 * sigma, function.upper[index])
    places = np.linspace(low, high, CURVE)
    values = np.array([profile.twice_delta({index: place}) for place in places])
    crossings = {
        level: roots(lambda v: profile.twice_delta({index: v}) - height, places, values - height)
        for level, height in ONE.items()
    }
    return {
        "parameter": name,
        "hat": float(hat),
        "sigma": float(sigma),
        "crossings": crossings,
        "points": [
            {"value": float(v), "nll": float(q / 2 + profile.best.nll)}
            for v, q in list(zip(places, values))[::KEPT]
        ],
    }


def contour(profile: Profile, names: tuple[str, str], around: tuple[float, float]) -> dict:
    """Over two parameters: NLL at places around the best fit, and where straight lines from there cross the levels."""
    function = profile.function
    pair = [function.names.index(name) for name in names]
    hat = profile.best.position[pair]
    lower, upper = function.lower[pair], function.upper[pair]

    def at(place: np.ndarray) -> float:
        return profile.twice_delta({i: float(v) for i, v in zip(pair, place)})

    grid = [np.clip(hat + np.multiply(around, (a, b)), lower, upper) for a in (-1, 0, 1) for b in (-1, -0.5, 0.5, 1)]
    crossings = []
    for k in range(DIRECTIONS):
        angle = 2 * np.pi * (k + 0.5) / DIRECTIONS
        direction = np.multiply(around, (np.cos(angle), np.sin(angle)))
        with np.errstate(divide="ignore"):
            reach = np.min(np.where(direction > 0, (upper - hat) / direction, (lower - hat) / direction))
        places = np.linspace(0, min(reach, 3.0), CURVE // 2)
        values = np.array([at(hat + t * direction) for t in places])
        for level, height in TWO.items():
            found = roots(lambda t: at(hat + t * direction) - height, places, values - height)
            if found:
                x, y = hat + found[0] * direction
                crossings.append({"level": level, "x": float(x), "y": float(y), "times": len(found)})
    return {
        "parameters": list(names),
        "levels": TWO,
        "grid": [{"x": float(p[0]), "y": float(p[1]), "nll": at(p) / 2 + profile.best.nll} for p in grid],
        "crossings": crossings,
    }


def make(name: str) -> None:
    started = time.process_time()
    spec = json.loads((GOLDEN / "workspaces" / f"{name}.json").read_text())
    reference = json.loads((GOLDEN / "reference" / f"{name}.root.json").read_text())
    known = [reference["fit"], *reference["other_minima"], *reference["conditional"]]
    function = Likelihood(spec, spec["measurements"][0]["name"], *CODES["root"])
    profile = Profile(function, zlib.crc32(name.encode()), [np.asarray(m["position"]) for m in known])
    task = TASKS[name]
    numbers = {
        "nll_hat": profile.best.nll,
        "levels": ONE,
        "curve": curve(profile, task["parameter"]),
        "contour": None if task["contour"] is None else contour(profile, task["contour"], task["around"]),
    }
    header = {
        "workspace": f"{name}.json",
        "interpolation": "root",
        "provenance": {
            "pyhf": pyhf.__version__,
            "jax": jax.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "python": platform.python_version(),
            "command": f"python tools/golden/scans.py {name}",
        },
    }
    path = GOLDEN / "scans" / f"{name}.json"
    path.write_text(layout(without_nonfinite(header | numbers | {"gradient_norm": profile.gradient_norm})))
    print(f"{name}: {time.process_time() - started:.1f} s, |g| {profile.gradient_norm:.0e}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    (GOLDEN / "scans").mkdir(exist_ok=True)
    for name in parser.parse_args().names or TASKS:
        make(name)


if __name__ == "__main__":
    sys.exit(main())
