#!/usr/bin/env python3
"""Lowest NLL of the models in test/engine/cases by brute force: pyhf's likelihood, 60 random starts of scipy's L-BFGS-B.

usage: python tools/golden/regressions.py     (packages: requirements.txt beside this file)
Prints one line a model and code set; test/engine/regressions.test.ts quotes them.
"""
import json
import pathlib
import warnings

import numpy as np
import pyhf
from scipy.optimize import minimize

warnings.filterwarnings("ignore")
np.seterr(all="ignore")
CASES = pathlib.Path(__file__).parents[2] / "test/engine/cases"
MODELS = [
    ("missed-minimum-1", "root"),
    ("missed-minimum-2", "root"),
    ("missed-minimum-3", "root"),
    ("bilinear", "root"),
    ("far-minimum", "root"),
    ("kink-at-bound-1", "pyhf"),
]
CODES = {
    "root": {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}},
    "pyhf": {"normsys": {"interpcode": "code1"}, "histosys": {"interpcode": "code0"}},
}


def lowest(name: str, codes: str) -> float:
    workspace = pyhf.Workspace(json.loads((CASES / f"{name}.json").read_text()))
    model = workspace.model(modifier_settings=CODES[codes])
    data = workspace.data(model)
    bounds = np.array(model.config.suggested_bounds())
    fixed = np.array(model.config.suggested_fixed())
    init = np.array(model.config.suggested_init(), float)
    box = [(x, x) if f else tuple(b) for x, f, b in zip(init, fixed, bounds)]

    def nll(theta: np.ndarray) -> float:
        # Yields that are not positive have no likelihood.
        if np.any(model.expected_actualdata(theta) <= 0):
            return 1e10
        value = -float(model.logpdf(theta, data)[0])
        return value if np.isfinite(value) else 1e10

    random = np.random.default_rng(20261122)
    best = np.inf
    for _ in range(60):
        start = np.where(fixed, init, bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * random.random(len(init)))
        found = minimize(nll, start, method="L-BFGS-B", bounds=box)
        found = minimize(nll, found.x, method="Nelder-Mead", bounds=box, options={"xatol": 1e-9, "fatol": 1e-12})
        best = min(best, found.fun)
    return best


for name, codes in MODELS:
    print(f"{name} {codes} {lowest(name, codes):.9f}", flush=True)
