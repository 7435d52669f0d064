#!/usr/bin/env python3
"""Reference numbers for the golden workspaces, from pyhf's likelihood on its JAX backend in float64.

usage: python tools/golden/reference.py [--jobs N] [--interpolation root|pyhf|both] [NAME ...]
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Reads test/golden/workspaces/NAME.json (all of them without NAME) and writes test/golden/reference/NAME.root.json
(interpolation codes 4 and 4p) and NAME.pyhf.json (codes 1 and 0). A workspace with several measurements gets
NAME.MEASUREMENT.root.json and .pyhf.json for the second and later ones.

The likelihood and its derivatives are pyhf's; the minimiser is ours, in minimise.py, so that a reference minimum is never
some optimiser's early stop. Every number is natural-log, with all constant terms (also those of fixed parameters).
A value that is not finite is written as null.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sys
import zlib
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np
import pyhf

from likelihood import Likelihood
from minimise import Minimum, distinct_minima, minimise

GOLDEN = Path(__file__).resolve().parents[2] / "test" / "golden"
CODES = {"root": ("code4", "code4p"), "pyhf": ("code1", "code0")}

RANDOM_POINTS = 4
"""Points per model where the NLL, gradient and expected data are given, besides the initial one."""
SECOND_MINIMUM_RANGE = 10.0
"""In units of 2NLL above the lowest minimum: others inside are listed."""


def number_of_starts(n_parameters: int) -> int:
    return 40 if n_parameters <= 20 else 12 if n_parameters <= 80 else 6


def random_position(likelihood: Likelihood, rng: np.random.Generator, width: float) -> np.ndarray:
    """Constrained parameters normal around their auxiliary value, free ones uniform around 1; fixed ones stay.

    Keeps off the bounds, and alphas off 0. Where the NLL is not finite it shrinks towards the initial position, then
    draws again.
    """
    for _ in range(20):
        drawn = drawn_position(likelihood, rng, width)
        for shrink in (1.0, 0.7, 0.5, 0.3, 0.1):
            position = np.round(likelihood.init + shrink * (drawn - likelihood.init), 6)
            if np.isfinite(likelihood.value(position)):
                return position
    return np.round(drawn, 6)


def drawn_position(likelihood: Likelihood, rng: np.random.Generator, width: float) -> np.ndarray:
    lower, upper = likelihood.lower, likelihood.upper
    drawn = np.where(
        likelihood.prior_width > 0,
        likelihood.prior_centre + width * likelihood.prior_width * np.clip(rng.normal(size=lower.size), -3, 3),
        rng.uniform(0.1, 2.5, size=lower.size),
    )
    drawn = np.where(likelihood.is_factor, np.maximum(drawn, 0.05), drawn)
    drawn = np.where(likelihood.is_alpha & (np.abs(drawn) < 0.05), 0.05, drawn)
    margin = 1e-3 * (upper - lower)
    return np.where(likelihood.fixed, likelihood.init, np.clip(drawn, lower + margin, upper - margin))


class Reference:
    """Everything about one model and one interpolation set."""

    def __init__(self, likelihood: Likelihood, seed: int):
        self.likelihood = likelihood
        self.rng = np.random.default_rng(seed)

    def point(self, position: np.ndarray) -> dict:
        """NLL, gradient and expected main data; no gradient where some alpha sits on the kink of codes 1 and 0."""
        likelihood = self.likelihood
        nll, expected = likelihood.pyhf_nll_and_expected(position)
        on_kink = bool(np.any(likelihood.kinked & (position == 0)))
        gradient = None if on_kink or not np.isfinite(nll) else likelihood.gradient(position).tolist()
        return {"position": position.tolist(), "nll": nll, "gradient": gradient, "expected": expected.tolist()}

    def points(self) -> list[dict]:
        positions = [random_position(self.likelihood, self.rng, 1.2) for _ in range(RANDOM_POINTS)]
        return [self.point(position) for position in [self.likelihood.init, *positions]]

    def search(self, poi_value: float | None, starts: list[np.ndarray]) -> list[Minimum]:
        """Every distinct local minimum reached from `starts`, lowest first; none where the NLL is finite nowhere."""
        lower, upper = self.likelihood.lower.copy(), self.likelihood.upper.copy()
        lower[self.likelihood.fixed] = upper[self.likelihood.fixed] = self.likelihood.init[self.likelihood.fixed]
        if poi_value is not None:
            lower[self.likelihood.poi] = upper[self.likelihood.poi] = poi_value
        return distinct_minima([minimise(self.likelihood, start, lower, upper) for start in starts])

    def minima(self, known: list[np.ndarray]) -> tuple[list[Minimum], dict, int]:
        """Free minima, conditional ones by value of the POI (empty where not finite), and the number of free starts.

        Each kind of fit starts also from the results of the other, so no free fit ends above a conditional one.
        """
        likelihood = self.likelihood
        n_starts = number_of_starts(likelihood.init.size)
        starts = [likelihood.init, *known]
        starts += [random_position(likelihood, self.rng, 1.0 + i % 3) for i in range(n_starts)]
        free = self.search(None, starts)
        crossed = [flipped for flipped in kink_flips(likelihood, free[0].position)]
        starts += crossed
        free = distinct_minima(free + self.search(None, crossed)) if crossed else free

        conditional = {}
        if likelihood.poi is not None and not likelihood.fixed[likelihood.poi]:
            for value in (0.0, 1.0):
                if likelihood.lower[likelihood.poi] <= value <= likelihood.upper[likelihood.poi]:
                    seeds = [m.position for m in free[:4]] + starts[: 1 + len(known) + n_starts // 4]
                    conditional[value] = self.search(value, seeds)
            seeds = [minima[0].position for minima in conditional.values() if minima]
            free = distinct_minima(free + self.search(None, seeds))
            starts += seeds
        return free, conditional, len(starts)

    def fit(self, minima: list[Minimum], n_starts: int) -> dict:
        best = minima[0]
        likelihood = self.likelihood
        names = np.array(likelihood.names)
        kinks = likelihood.kinks_at(best)
        uncertainties, singular = (None, False) if kinks.any() else likelihood.uncertainties(best)
        if singular:  # a curve of minima is one
            minima[:] = distinct_minima(minima, distance=np.inf)
        return {
            "nll": best.nll,
            "position": best.position.tolist(),
            "uncertainties": None if uncertainties is None else uncertainties.tolist(),
            "gradient_norm": best.gradient_norm,
            "at_bounds": names[best.at_bounds & ~likelihood.fixed].tolist(),
            "kinks": names[kinks].tolist(),
            "singular": singular,
            "starts": n_starts,
            "minima_seen": len(minima),
        }


def kink_flips(likelihood: Likelihood, position: np.ndarray) -> list[np.ndarray]:
    """For codes 1 and 0: the minimum with one alpha put on the other side of 0, for each alpha not far from it."""
    flips = []
    for i in np.flatnonzero(likelihood.kinked & ~likelihood.fixed & (np.abs(position) < 2)):
        for value in (-position[i], 0.5 if position[i] <= 0 else -0.5):
            if value != 0 and likelihood.lower[i] <= value <= likelihood.upper[i]:
                flipped = position.copy()
                flipped[i] = value
                flips.append(flipped)
    limit = 2 * number_of_starts(position.size)
    return [flips[i] for i in np.linspace(0, len(flips) - 1, min(limit, len(flips))).astype(int)]


def reference_of(workspace_name: str, measurement: str, interpolation: str, known: list[np.ndarray]):
    """The document to write, and the positions of its minima."""
    spec = json.loads((GOLDEN / "workspaces" / f"{workspace_name}.json").read_text())
    likelihood = Likelihood(spec, measurement, *CODES[interpolation])
    reference = Reference(likelihood, seed=zlib.crc32(f"{workspace_name}/{measurement}".encode()))
    points = reference.points()
    free, conditional, n_starts = reference.minima(known)
    fit = reference.fit(free, n_starts)
    others = [m for m in free[1:] if 2 * (m.nll - free[0].nll) <= SECOND_MINIMUM_RANGE]
    document = {
        "workspace": f"{workspace_name}.json",
        "measurement": measurement,
        "interpolation": dict(zip(("set", "normsys", "histosys"), (interpolation, *CODES[interpolation]))),
        "provenance": {
            "pyhf": pyhf.__version__,
            "jax": jax.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "command": f"python tools/golden/reference.py {workspace_name}",
        },
        "poi": likelihood.poi_name,
        "channels": likelihood.channels,
        "parameters": likelihood.names,
        "init": likelihood.init.tolist(),
        "bounds": np.stack([likelihood.lower, likelihood.upper], axis=1).tolist(),
        "fixed": likelihood.fixed.tolist(),
        "points": points,
        "fit": fit,
        "other_minima": [{"nll": m.nll, "position": m.position.tolist()} for m in others],
        "conditional": [
            {"poi": value, "nll": minima[0].nll, "position": minima[0].position.tolist()}
            if minima
            else {"poi": value, "nll": None, "position": None}
            for value, minima in conditional.items()
        ],
    }
    return document, [m.position for m in free]


def without_nonfinite(value):
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nonfinite(entry) for key, entry in value.items()}
    return [without_nonfinite(entry) for entry in value] if isinstance(value, list) else value


def layout(document: dict) -> str:
    """JSON with one top-level key per line; lists of records and the fit take a line per entry."""

    def entries(value, opening, closing, lines):
        return f"{opening}\n  " + ",\n  ".join(lines) + f"\n {closing}" if lines else opening + closing

    def text(key, value):
        if key == "fit":
            return entries(value, "{", "}", [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()])
        if key in ("points", "other_minima", "conditional"):
            return entries(value, "[", "]", [json.dumps(entry) for entry in value])
        return json.dumps(value)

    lines = [f" {json.dumps(key)}: {text(key, value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def make(task: tuple[str, list[str]]) -> str:
    name, interpolations = task
    spec = json.loads((GOLDEN / "workspaces" / f"{name}.json").read_text())
    summaries = []
    for i, measurement in enumerate(entry["name"] for entry in spec["measurements"]):
        stem = name if i == 0 else f"{name}.{measurement}"
        known = []  # minima of codes 4 and 4p are good starts for codes 1 and 0
        for interpolation in interpolations:
            document, minima = reference_of(name, measurement, interpolation, known)
            known += minima[:3]
            path = GOLDEN / "reference" / f"{stem}.{interpolation}.json"
            path.write_text(layout(without_nonfinite(document)))
            fit = document["fit"]
            summaries.append(
                f"{stem}.{interpolation}: {len(document['points'][0]['expected'])} bins,"
                f" {len(document['parameters'])} parameters, nll {fit['nll']:.9f}, |g| {fit['gradient_norm']:.1e},"
                f" minima {fit['minima_seen']} ({len(document['other_minima'])} near), starts {fit['starts']},"
                f" bounds {len(fit['at_bounds'])}, kinks {len(fit['kinks'])}{', singular' if fit['singular'] else ''}"
            )
    jax.clear_caches()
    return "\n".join(summaries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--interpolation", choices=[*CODES, "both"], default="both")
    arguments = parser.parse_args()
    files = sorted((GOLDEN / "workspaces").glob("*.json"), key=lambda path: -path.stat().st_size)
    names = arguments.names or [path.stem for path in files]
    (GOLDEN / "reference").mkdir(exist_ok=True)
    interpolations = list(CODES) if arguments.interpolation == "both" else [arguments.interpolation]
    tasks = [(name, interpolations) for name in names]
    with multiprocessing.get_context("spawn").Pool(arguments.jobs, maxtasksperchild=12) as pool:
        for summary in pool.imap_unordered(make, tasks):
            print(summary, flush=True)


if __name__ == "__main__":
    sys.exit(main())
