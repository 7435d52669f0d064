#!/usr/bin/env python3
"""Hypothesis tests with toys of golden workspaces, as pyhf's toy calculator makes them, with fits that can be trusted.

usage: python tools/golden/toys.py [--jobs N] [NAME ...]
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Reads test/golden/workspaces/NAME.json, writes test/golden/toys/NAME.json. Pseudo-data are pyhf's samples, with NumPy's
random numbers and the seed of the file. pyhf's statistic comes from SciPy, which stops early on some toys and in the wrong
minimum on others, so every toy is fitted again by minimise.py: from where SciPy ended, from the point the toy was drawn at
and, for models with several minima, from random ones; the lowest counts. `corrected` says how many toys that changed.
p-values and their expected ones are those of pyhf's toy calculator, for the statistics so found.
"""

import argparse
import json
import multiprocessing
import platform
import time

from reference import CODES, GOLDEN, random_position

import jax
import numpy as np
import pyhf
import scipy
from pyhf.infer.calculators import EmpiricalDistribution, ToyCalculator
from pyhf.infer.test_statistics import qmu_tilde

from inference import Model, polish
from minimise import Minimum, distinct_minima, minimise

TASKS = {
    "mixed-counting": (2.0, 0),
    "mixed-staterror-shapesys": (2.0, 0),
    "mixed-normsys-histosys": (2.0, 0),
    "shared-lumi": (2.0, 0),
    "tiny-yields": (8.0, 0),
    "huge-yields": (1.1, 0),
    "two-minima-08": (2.0, 6),
}
"""Signal strength tested, and random starts of every fit."""
TOYS = 2000
SEED = 20261122
CORRECTED = 1e-4
"""Statistics that differ by more are corrected, not rounded."""


class Toys:
    """The ensembles of one workspace and the statistic of their members."""

    def __init__(self, name: str):
        self.mu, self.n_random = TASKS[name]
        self.spec = json.loads((GOLDEN / "workspaces" / f"{name}.json").read_text())
        self.likelihood = Model(self.spec, self.spec["measurements"][0]["name"], *CODES["root"])
        self.rng = np.random.default_rng(SEED)

    def fit(self, likelihood: Model, starts: list[np.ndarray], poi: float | None) -> Minimum:
        """The lowest minimum from any start."""
        lower, upper = likelihood.lower.copy(), likelihood.upper.copy()
        lower[likelihood.fixed] = upper[likelihood.fixed] = likelihood.init[likelihood.fixed]
        if poi is not None:
            lower[likelihood.poi] = upper[likelihood.poi] = poi
        minima = [minimise(likelihood, start, lower, upper) for start in starts]
        return distinct_minima([polish(likelihood, minimum, poi) for minimum in minima if minimum is not None])[0]

    def statistic(self, data: np.ndarray, point: np.ndarray, ends: list[np.ndarray]) -> float:
        """Of data drawn at a point; `ends` are where a conditional and a free fit ended, if they did."""
        likelihood = self.likelihood.with_data(data)
        starts = [point]
        starts += [random_position(likelihood, self.rng, 1.0 + i % 3) for i in range(self.n_random)]
        free = self.fit(likelihood, [*ends[1:], *starts], None)
        if free.position[likelihood.poi] > self.mu:
            return 0.0
        held = self.fit(likelihood, [free.position, *ends[:1], *starts], self.mu)
        if held.nll < free.nll:
            free = self.fit(likelihood, [held.position], None)
        return 0.0 if free.position[likelihood.poi] > self.mu else max(0.0, 2 * (held.nll - free.nll))

    def point(self, poi: float) -> np.ndarray:
        """Of an ensemble: the conditional fit to the data."""
        starts = [self.likelihood.init]
        starts += [random_position(self.likelihood, self.rng, 1.0 + i % 3) for i in range(2 * self.n_random)]
        return self.fit(self.likelihood, starts, poi).position


class PyhfToys:
    """What pyhf's toy calculator does, on its NumPy backend."""

    def __init__(self, spec: dict, mu: float):
        normsys, histosys = CODES["root"]
        settings = {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}
        workspace = pyhf.Workspace(spec)
        self.model = workspace.model(modifier_settings=settings)
        self.data = np.asarray(workspace.data(self.model))
        self.mu = mu

    def sample(self, point: np.ndarray) -> np.ndarray:
        return self.model.make_pdf(pyhf.tensorlib.astensor(point)).sample((TOYS,))

    def statistic(self, data: np.ndarray) -> tuple[float, list[np.ndarray]]:
        """NaN where a fit fails, and where the two fits ended."""
        config = self.model.config
        settings = (config.suggested_init(), config.suggested_bounds(), config.suggested_fixed())
        try:
            q, ends = qmu_tilde(self.mu, data, self.model, *settings, return_fitted_pars=True)
        except pyhf.exceptions.FailedMinimization:
            return np.nan, []
        return float(q), [np.asarray(end) for end in ends]

    def p_values(self, observed: float, sb: np.ndarray, b: np.ndarray) -> tuple[tuple, tuple]:
        """CLsb, CLb and CLs, and the expected ones."""
        calculator = ToyCalculator(self.data, self.model, test_stat="qtilde", ntoys=TOYS, track_progress=False)
        distributions = (EmpiricalDistribution(sb), EmpiricalDistribution(b))
        return calculator.pvalues(observed, *distributions), calculator.expected_pvalues(*distributions)


def answer(name: str) -> dict:
    toys = Toys(name)
    points = {"sb": toys.point(toys.mu), "b": toys.point(0.0)}
    pyhf.set_backend("numpy")
    theirs = PyhfToys(toys.spec, toys.mu)
    np.random.seed(SEED)
    samples = {key: theirs.sample(point) for key, point in points.items()}
    ends = {key: [theirs.statistic(data) for data in sample] for key, sample in samples.items()}
    pyhf.set_backend("jax", precision="64b")
    observed = toys.statistic(theirs.data, points["b"], [points["sb"], toys.likelihood.init])
    q, corrected = {}, {}
    for key, point in points.items():
        found = zip(samples[key], ends[key], strict=True)
        q[key] = np.array([toys.statistic(data, point, places) for data, (_, places) in found])
        by_scipy = np.array([value for value, _ in ends[key]])
        corrected[key] = int(np.sum(~(np.abs(by_scipy - q[key]) <= CORRECTED)))
    pyhf.set_backend("numpy")
    p, bands = theirs.p_values(observed, q["sb"], q["b"])
    kinds = ("clsb", "clb", "cls")
    return {
        "workspace": f"{name}.json",
        "mu": toys.mu,
        "n_toys": TOYS,
        "seed": SEED,
        "q_obs": observed,
        **{kind: float(value) for kind, value in zip(kinds, p)},
        "expected": {kind: [float(value) for value in band] for kind, band in zip(kinds, bands)},
        "corrected": corrected,
        "q": {key: sorted(round(float(value), 5) for value in q[key]) for key in points},
        "made_with": {
            "pyhf": pyhf.__version__,
            "jax": jax.__version__,
            "scipy": scipy.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def make(name: str) -> str:
    begin = time.time()
    result = answer(name)
    (GOLDEN / "toys" / f"{name}.json").write_text(json.dumps(result) + "\n")
    return f"{name}: CLs {result['cls']:.4f}, corrected {result['corrected']}, {time.time() - begin:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    (GOLDEN / "toys").mkdir(exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(arguments.jobs, maxtasksperchild=1) as pool:
        for summary in pool.imap_unordered(make, arguments.names or list(TASKS)):
            print(summary, flush=True)


if __name__ == "__main__":
    main()
