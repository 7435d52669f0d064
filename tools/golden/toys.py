#!/usr/bin/env python3
"""Hypothesis tests with toys of golden workspaces, from pyhf's toy calculator.

usage: python tools/golden/toys.py [NAME ...]
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Reads test/golden/workspaces/NAME.json, writes test/golden/toys/NAME.json. Fits are by SciPy, the default of pyhf; both
statistics of a toy are good to about 1e-5. Random numbers are NumPy's with the seed of the file.
"""

import json
import platform
import sys
import time

from reference import CODES, GOLDEN

import numpy as np
import pyhf
import scipy
from pyhf.infer.calculators import ToyCalculator

TASKS = {
    "mixed-counting": 2.0,
    "mixed-staterror-shapesys": 2.0,
}
"""Signal strength tested."""
TOYS = 2000
SEED = 20261122


def answer(name: str, mu: float) -> dict:
    pyhf.set_backend("numpy")
    workspace = pyhf.Workspace(json.loads((GOLDEN / "workspaces" / f"{name}.json").read_text()))
    normsys, histosys = CODES["root"]
    settings = {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}
    model = workspace.model(modifier_settings=settings)
    data = workspace.data(model)
    np.random.seed(SEED)
    calculator = ToyCalculator(data, model, test_stat="qtilde", ntoys=TOYS, track_progress=False)
    observed = float(calculator.teststatistic(mu))
    signal, background = calculator.distributions(mu)
    clsb, clb, cls = (float(p) for p in calculator.pvalues(observed, signal, background))
    bands = calculator.expected_pvalues(signal, background)
    return {
        "workspace": f"{name}.json",
        "mu": mu,
        "n_toys": TOYS,
        "seed": SEED,
        "q_obs": observed,
        "clsb": clsb,
        "clb": clb,
        "cls": cls,
        "expected": {key: [float(p) for p in band] for key, band in zip(("clsb", "clb", "cls"), bands)},
        "q": {
            "sb": sorted(round(float(q), 5) for q in signal.samples),
            "b": sorted(round(float(q), 5) for q in background.samples),
        },
        "made_with": {
            "pyhf": pyhf.__version__,
            "scipy": scipy.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def main() -> None:
    names = sys.argv[1:] or list(TASKS)
    (GOLDEN / "toys").mkdir(exist_ok=True)
    for name in names:
        begin = time.time()
        result = answer(name, TASKS[name])
        (GOLDEN / "toys" / f"{name}.json").write_text(json.dumps(result) + "\n")
        print(f"{name}: CLs {result['cls']:.4f}, {time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()
