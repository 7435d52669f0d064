#!/usr/bin/env python3
"""Reference numbers for smoothing, pruning and symmetrising: cabinetry's smoothing, and NumPy for what it does not have.

usage: python tools/golden/smoothing.py
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Writes test/golden/smoothing.json:

- arrays: values and cabinetry.smooth.smooth_353qh_twice of them;
- ratios: nominal and variation, and the variation as cabinetry's template postprocessor smooths it;
- effects: nominal, hi and lo of a histosys, and its effect as each pruning mode measures it;
- mirrors: nominal, up and down, and both sides as each symmetrisation makes them.

Seeded: the same bytes every time.
"""

import json
import logging
from pathlib import Path

import cabinetry
import numpy as np
from cabinetry.histo import Histogram
from cabinetry.smooth import smooth_353qh_twice
from cabinetry.templates.postprocessor import apply_postprocessing

OUTPUT = Path(__file__).resolve().parents[2] / "test" / "golden" / "smoothing.json"
SEED = 353


def arrays(rng: np.random.Generator) -> list[np.ndarray]:
    """Lengths 1 to 60 of every kind that takes another path: ties, plateaus, negatives, steep slopes."""
    kinds = {
        "normal": lambda n: rng.normal(100, 15, n),
        "integer": lambda n: rng.integers(0, 6, n).astype(float),
        "plateau": lambda n: np.repeat(rng.integers(1, 9, n), rng.integers(1, 5, n))[:n].astype(float),
        "negative": lambda n: rng.normal(0, 2, n),
        "steep": lambda n: rng.poisson(1e4 * np.exp(-8 * np.arange(n) / n)).astype(float),
        "ratio": lambda n: 1 + rng.normal(0, 0.05, n),
        "peak": lambda n: np.round(10 * np.exp(-(((np.arange(n) - n / 2) / 3) ** 2)), 1),
    }
    return [make(n) for n in range(1, 61) for make in kinds.values()]


def random_arrays(rng: np.random.Generator) -> list[np.ndarray]:
    """To make a thousand arrays in all: random lengths, shapes and sizes of noise, in few digits."""
    made = []
    for _ in range(580):
        n = int(rng.integers(3, 31))
        smooth = rng.normal(0, 3) + rng.uniform(0, 5) * np.sin(rng.uniform(0, 6) * np.arange(n) / n + rng.uniform(0, 6))
        made.append(np.round(smooth + rng.normal(0, rng.uniform(0, 3), n), int(rng.integers(0, 4))))
    return made


def ratios(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Templates of 3 to 40 bins and variations of them with statistical noise."""
    cases = []
    for _ in range(60):
        n = int(rng.integers(3, 41))
        nominal = rng.uniform(20, 2000) * np.exp(-rng.uniform(0, 4) * np.arange(n) / n) + rng.uniform(0.1, 1, n)
        trend = 1 + rng.normal(0, 0.1) + rng.normal(0, 0.2) * np.arange(n) / n
        cases.append((nominal, np.maximum(nominal * (trend + rng.normal(0, 0.05, n)), 0)))
    return cases


def smooth_template(nominal: np.ndarray, variation: np.ndarray) -> list[float]:
    edges, no_errors = np.arange(nominal.size + 1.0), np.zeros(nominal.size)
    smoothed = apply_postprocessing(
        Histogram.from_arrays(edges, variation, no_errors),
        "variation",
        smoothing_algorithm="353QH, twice",
        nominal_histogram=Histogram.from_arrays(edges, nominal, no_errors),
    )
    return smoothed.yields.tolist()


def histosys(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Small variations of templates, some of them in bins without nominal events."""
    cases = []
    for i in range(60):
        n = int(rng.integers(1, 12))
        nominal = rng.uniform(1, 100, n)
        if i % 5 == 0 and n > 1:
            nominal[rng.integers(n)] = 0
        size, norm = 10 ** rng.uniform(-4, -1), 10 ** rng.uniform(-4, -1)
        up = nominal * (1 + norm + size * rng.normal(size=n))
        down = nominal * (1 - norm + size * rng.normal(size=n))
        cases.append((nominal, np.abs(up + (nominal == 0)), np.abs(down)))
    return cases


def effects(nominal: np.ndarray, *sides: np.ndarray) -> dict[str, float]:
    filled = nominal > 0

    def largest(side: np.ndarray) -> float:
        return float(np.max(np.abs(side - nominal)[filled] / nominal[filled]))

    return {
        "overall": max(largest(side) for side in sides),
        "norm": max(float(abs(side.sum() / nominal.sum() - 1)) for side in sides),
        "shape": max(largest(side * (nominal.sum() / side.sum())) for side in sides),
    }


def mirrored(nominal: np.ndarray, hi: np.ndarray, lo: np.ndarray) -> dict[str, dict[str, list[float]]]:
    up, down = hi - nominal, lo - nominal
    sign = np.where(up != 0, np.sign(up), -np.sign(down))
    shifts = {
        "onesided": up if np.any(up != 0) else -down,
        "twosided": (up - down) / 2,
        "absmean": sign * (np.abs(up) + np.abs(down)) / 2,
        "max": np.where(np.abs(up) >= np.abs(down), up, -down),
    }
    return {
        method: {"hi": (nominal + shift).tolist(), "lo": (nominal - shift).tolist()}
        for method, shift in shifts.items()
    }


def mirrors(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Both sides given, one side given, sides of one sign, bins without variation."""
    cases = []
    for i in range(40):
        n = int(rng.integers(1, 10))
        nominal = rng.uniform(10, 100, n)
        hi = nominal * (1 + rng.uniform(-0.4, 0.4, n) * rng.integers(0, 2, n))
        lo = nominal * (1 + rng.uniform(-0.4, 0.4, n) * rng.integers(0, 2, n))
        cases.append((nominal, nominal.copy() if i % 4 == 1 else hi, nominal.copy() if i % 4 == 2 else lo))
    return cases


def main() -> None:
    logging.disable(logging.WARNING)
    rng = np.random.default_rng(SEED)
    content = {
        "provenance": {
            "command": "python tools/golden/smoothing.py",
            "cabinetry": cabinetry.__version__,
            "numpy": np.__version__,
        },
        "arrays": [
            {"values": values.tolist(), "smooth": np.asarray(smooth_353qh_twice(values)).tolist()}
            for values in arrays(rng) + random_arrays(np.random.default_rng(SEED + 1))
        ],
        "ratios": [
            {"nominal": nominal.tolist(), "variation": variation.tolist(), "smooth": smooth_template(nominal, variation)}
            for nominal, variation in ratios(rng)
        ],
        "effects": [
            {"nominal": nominal.tolist(), "hi": hi.tolist(), "lo": lo.tolist(), **effects(nominal, hi, lo)}
            for nominal, hi, lo in histosys(rng)
        ],
        "mirrors": [
            {"nominal": nominal.tolist(), "hi": hi.tolist(), "lo": lo.tolist(), **mirrored(nominal, hi, lo)}
            for nominal, hi, lo in mirrors(rng)
        ],
    }
    with OUTPUT.open("w") as file:
        parts = ",\n".join(
            f"{json.dumps(key)}: "
            + ("[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]" if isinstance(value, list) else json.dumps(value))
            for key, value in content.items()
        )
        file.write("{\n" + parts + "\n}\n")


if __name__ == "__main__":
    main()
