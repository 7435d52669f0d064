#!/usr/bin/env python3
"""Ranking and uncertainty breakdown of a few golden workspaces, from pyhf's likelihood and from cabinetry.

usage: python tools/golden/ranking.py
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Reads test/golden/workspaces/NAME.json, writes test/golden/ranking/NAME.json. Every refit is minimised by minimise.py to the
last digits, from the global fit and from the initial position; cabinetry's own refits (Minuit) stand beside them, where it
has the definition: they agree to Minuit's tolerance only.
"""

import json
import platform
from pathlib import Path

from likelihood import Likelihood
from minimise import minimise

import cabinetry
import jax
import numpy as np
import pyhf
import scipy

GOLDEN = Path(__file__).resolve().parents[2] / "test" / "golden"
NAMES = ("mixed-all-seven", "override-lumi-off-centre", "realistic-small", "shared-everything")


def lowest(function: Likelihood, starts, held=None):
    lower, upper = function.lower.copy(), function.upper.copy()
    lower[function.fixed] = upper[function.fixed] = function.init[function.fixed]
    if held is not None:
        index, value = held
        lower[index] = upper[index] = value
    found = [minimise(function, np.clip(start, lower, upper), lower, upper) for start in starts]
    return min((m for m in found if m is not None), key=lambda m: m.nll)


def category(kind: str, constrained: bool) -> str:
    if kind in ("staterror", "shapesys"):
        return "mc_stat"
    if kind == "lumi":
        return "lumi"
    return "systematics" if constrained else "free_factors"


def kinds(spec: dict, config) -> list[str]:
    types = {name: kind for name, kind in config.modifiers}
    listed = []
    for name in config.par_order:
        where = config.par_slice(name)
        listed += [types[name]] * (where.stop - where.start)
    return listed


def cabinetry_ranking(spec: dict, measurement: str, function: Likelihood):
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(verbose=0, tolerance=1e-4))
    workspace = pyhf.Workspace(spec)
    model = workspace.model(measurement_name=measurement)
    data = workspace.data(model)
    fit = cabinetry.fit.fit(model, data, strategy=2, tolerance=1e-4)
    ranked = cabinetry.fit.ranking(model, data, fit_results=fit, strategy=2, tolerance=1e-4)
    numbers = zip(ranked.labels, ranked.prefit_down, ranked.prefit_up, ranked.postfit_down, ranked.postfit_up)
    return {label: {"prefit-bestfit": [float(a), float(b)], "postfit": [float(c), float(d)]} for label, a, b, c, d in numbers}


def main() -> None:
    (GOLDEN / "ranking").mkdir(exist_ok=True)
    for name in NAMES:
        spec = json.loads((GOLDEN / "workspaces" / f"{name}.json").read_text())
        measurement = spec["measurements"][0]["name"]
        function = Likelihood(spec, measurement, "code4", "code4p")
        config = pyhf.Workspace(spec).model(measurement_name=measurement).config
        best = lowest(function, [function.init])
        uncertainties, singular = function.uncertainties(best)
        assert not singular and function.poi is not None
        mu = best.position[function.poi]
        constrained = function.prior_width > 0
        free = ~(function.fixed | best.at_bounds)
        entries = []
        for k in np.flatnonzero(constrained & ~function.fixed):
            centre, width = function.prior_centre[k], function.prior_width[k]
            hat, sigma = best.position[k], uncertainties[k]
            entry = {
                "name": function.names[k],
                "centre": float(centre),
                "width": float(width),
                "pull": float((hat - centre) / width),
                "constraint": float(sigma / width),
            }
            for definition, middle, half in (
                ("prefit-centre", centre, width),
                ("prefit-bestfit", hat, width),
                ("postfit", hat, sigma),
            ):
                shifts = []
                for sign in (-1, 1):
                    value = float(np.clip(middle + sign * half, function.lower[k], function.upper[k]))
                    refit = lowest(function, [best.position, function.init], (k, value))
                    shifts.append(float(refit.position[function.poi] - mu))
                entry[definition] = shifts
            entries.append(entry)

        hessian = function.hessian(best.position)

        def sigma_with(kept: np.ndarray) -> float:
            rows = np.flatnonzero(kept)
            inverse = np.linalg.inv(hessian[np.ix_(rows, rows)])
            return float(np.sqrt(inverse[list(rows).index(function.poi)][list(rows).index(function.poi)]))

        group_of = np.array([category(kind, bool(c)) for kind, c in zip(kinds(spec, config), constrained)])
        nuisance = np.arange(free.size) != function.poi
        total = sigma_with(free)
        groups = {}
        for group in sorted(set(group_of[free & nuisance])):
            without = sigma_with(free & ~(nuisance & (group_of == group)))
            groups[group] = {"without": without, "impact": float(np.sqrt(max(total**2 - without**2, 0.0)))}
        record = {
            "workspace": f"{name}.json",
            "measurement": measurement,
            "poi": function.poi_name,
            "mu_hat": float(mu),
            "nll_hat": float(best.nll),
            "gradient_norm": float(best.gradient_norm),
            "entries": entries,
            "cabinetry": cabinetry_ranking(spec, measurement, function),
            "impacts": {
                "total": total,
                "statistical": sigma_with(free & ~(constrained & nuisance)),
                "data_statistical": sigma_with(free & ~nuisance),
                "groups": groups,
            },
            "provenance": {
                "python": platform.python_version(),
                "pyhf": pyhf.__version__,
                "cabinetry": cabinetry.__version__,
                "jax": jax.__version__,
                "numpy": np.__version__,
                "scipy": scipy.__version__,
            },
        }
        (GOLDEN / "ranking" / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
        print(name, len(entries), "entries", best.gradient_norm)


if __name__ == "__main__":
    main()
