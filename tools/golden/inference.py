#!/usr/bin/env python3
"""Tests, limits, discovery and goodness of fit of the golden workspaces, from pyhf's likelihood and formulas.

usage: python tools/golden/inference.py [--interpolation root|pyhf|both] [--largest N] [NAME ...]
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Reads test/golden/workspaces/NAME.json and test/golden/reference (for starts only), writes
test/golden/inference/NAME.root.json and NAME.pyhf.json; without NAME, every workspace of at most N parameters, smallest
first. Measurements without a free parameter of interest have no file.

The formulas are those of pyhf.infer.calculators.AsymptoticCalculator with the model's own bounds. Every fit is the
lowest of several starts by minimise.py; what is not trustworthy is written as null, with a reason.
"""

import argparse
import copy
import json
import platform
import sys
import time
import zlib
from pathlib import Path
from typing import Callable, Sequence

from reference import CODES, GOLDEN, Reference, kink_flips, number_of_starts, random_position, without_nonfinite

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import scipy
from jax.scipy.special import gammaln
from scipy.optimize import brentq
from scipy.special import gammaln as log_gamma
from scipy.special import log_ndtr, ndtr
from scipy.stats import chi2

from likelihood import Likelihood
from minimise import Minimum, distinct_minima, look, newton_step

VALUES = (0.0, 0.5, 1.0, 2.0)
"""Conditional fits at these, and tests of the positive ones, where the bounds allow."""
BAND = (2, 1, 0, -1, -2)
LIFT = 50.0
"""Limits are searched up to this multiple of the upper bound of the parameter of interest."""
GRADIENT_GOAL = 1e-9
TRUSTED_GRADIENT = 1e-6


class Untrusted(Exception):
    """Why a number is not given."""


class Model(Likelihood):
    """pyhf's likelihood with the data as an argument of the compiled functions, for Asimov sets without recompiling."""

    def _compile(self, model, data) -> None:
        self.model = model

        def nll(position, main, auxiliary):
            has_data = main > 0
            expected = model.expected_actualdata(position)
            logs = jnp.where(has_data, main * jnp.log(jnp.where(has_data, expected, 1.0)), 0.0)
            poisson = jnp.sum(expected - logs + gammaln(main + 1.0))
            return poisson - (model.constraint_logpdf(auxiliary, position) if auxiliary.size > 0 else 0.0)

        def hessian(position, main, auxiliary):
            def column(direction):
                return jax.jvp(lambda x: jax.grad(nll)(x, main, auxiliary), (position,), (direction,))[1]

            return jax.lax.map(column, jnp.eye(position.size), batch_size=8)

        def full_logpdf(position, main, auxiliary):
            return -model.logpdf(position, jnp.concatenate([main, auxiliary]))[0], model.expected_actualdata(position)

        self._compiled = (jax.jit(nll), jax.jit(jax.value_and_grad(nll)), jax.jit(hessian), jax.jit(full_logpdf))
        self._bind(np.asarray(data))

    def _bind(self, data: np.ndarray) -> None:
        n_main = self.model.config.nmaindata
        self.main, self.auxiliary = data[:n_main], data[n_main:]
        arrays = (jnp.asarray(self.main), jnp.asarray(self.auxiliary))

        def bound(function):
            return lambda position: function(position, *arrays)

        self._value, self._value_and_gradient, self._hessian, self._pyhf = map(bound, self._compiled)
        counts = np.maximum(np.abs(data), 1.0)
        self.rounding = float(np.finfo(float).eps * np.sum(counts * (1 + 2 * np.log(counts))))
        """Of an NLL: its terms are that much larger than their sum."""

    def with_data(self, data: np.ndarray) -> "Model":
        other = copy.copy(self)
        other._bind(data)
        return other

    def with_upper_bound(self, value: float) -> "Model":
        """With another upper bound of the parameter of interest."""
        other = copy.copy(self)
        other.upper = self.upper.copy()
        other.upper[self.poi] = value
        return other

    def expected_data(self, position: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.expected_data(jnp.asarray(position)))

    def unconstrained(self) -> np.ndarray:
        mask = np.zeros(self.init.size, dtype=bool)
        for name in self.model.config.par_order:
            mask[self.model.config.par_slice(name)] = not self.model.config.param_set(name).constrained
        return mask

    def constraint_nll(self, position: np.ndarray) -> float:
        if self.auxiliary.size == 0:
            return 0.0
        return -float(self.model.constraint_logpdf(jnp.asarray(self.auxiliary), jnp.asarray(position)))


def polish(model: Model, minimum: Minimum, value: float | None) -> Minimum:
    """Newton steps that shrink the gradient where the NLL itself no longer resolves the way down."""
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[model.fixed] = upper[model.fixed] = model.init[model.fixed]
    if value is not None:
        lower[model.poi] = upper[model.poi] = value
    for _ in range(3):
        x = minimum.position
        view = look(model, x, lower, upper)
        if view.norm < GRADIENT_GOAL:
            break
        trial = np.clip(x + newton_step(view, model.hessian(x, view.side), x), view.lower, view.upper)
        nll = model.value(trial)
        after = look(model, trial, lower, upper)
        if nll > minimum.nll + model.rounding or after.norm >= view.norm:
            break
        at_bounds = ((trial <= lower) & (after.gradient >= 0)) | ((trial >= upper) & (after.gradient <= 0))
        minimum = Minimum(nll, trial, after.norm, at_bounds)
    return minimum


class Profile:
    """Lowest NLLs of one data set: free, and at values of the parameter of interest."""

    def __init__(self, model: Model, seed: int, known: list[np.ndarray]):
        self.model = model
        self.reference = Reference(model, seed)
        self.rng = self.reference.rng
        self.known = known
        self.at: dict[float, list[Minimum]] = {}
        self.gradient_norm = 0.0
        self.free = self._search(None, [model.init, *known, *self._random(1.0)])
        if self.free:
            self.free = self._search(None, kink_flips(model, self.free[0].position), self.free)

    def _random(self, share: float) -> list[np.ndarray]:
        count = int(np.ceil(share * number_of_starts(self.model.init.size) / 4))
        return [random_position(self.model, self.rng, 1.0 + i % 3) for i in range(count)]

    def _search(self, value: float | None, starts: list[np.ndarray], found: Sequence[Minimum] = ()) -> list[Minimum]:
        """The minima in `found` and from `starts`, lowest first."""
        minima = distinct_minima([*found, *self.reference.search(value, starts)]) if starts else list(found)
        if minima and minima[0].gradient_norm > GRADIENT_GOAL:
            minima[0] = polish(self.model, minima[0], value)
        return minima

    def explore(self, values: list[float]) -> None:
        """Conditional fits from many starts, seeded with each other's results, and the free fit with theirs."""
        for again in (False, True):
            for value in values:
                starts = [] if again else [self.model.init, *self.known, *self._random(0.7)]
                self.check(value, [*starts, *self._near(value, 4, 4)])
            self.free = self._search(None, [m.position for v in values for m in self.at[v][:2]], self.free)

    def check(self, value: float, starts: Sequence[np.ndarray] = ()) -> float:
        """Adds the minima at `value` from more starts; by how much the lowest fell."""
        before = self.at[value][0].nll if self.at.get(value) else np.inf
        starts = [*starts, *[m.position for m in self.free[:4]], *self._near(value, 2, 3), *self._random(0.3)]
        minima = self._search(value, starts, self.at.get(value, []))
        if minima:
            minima = self._search(value, kink_flips(self.model, minima[0].position), minima)
        self.at[value] = minima
        return before - minima[0].nll if minima else 0.0

    def _near(self, value: float, values: int, minima: int) -> list[np.ndarray]:
        nearest = sorted((v for v in self.at if self.at[v]), key=lambda v: abs(v - value))[:values]
        return [m.position for v in nearest for m in self.at[v][:minima]]

    def trusted(self, minima: list[Minimum], what: str) -> Minimum:
        if not minima:
            raise Untrusted(f"no finite NLL in {what}")
        if minima[0].gradient_norm > TRUSTED_GRADIENT:
            raise Untrusted(f"gradient {minima[0].gradient_norm:.1e} in {what}")
        self.gradient_norm = max(self.gradient_norm, minima[0].gradient_norm)
        return minima[0]

    def best(self) -> Minimum:
        return self.trusted(self.free, "the free fit")

    def conditional(self, value: float) -> Minimum:
        if value not in self.at:
            self.at[value] = self._search(value, self._near(value, 2, 3))
            if not self.at[value]:
                self.check(value)
        return self.trusted(self.at[value], f"the fit at {value:g}")

    def twice_difference(self, value: float) -> float:
        conditional, free = self.conditional(value).nll, self.best().nll
        difference = 2 * (conditional - free)
        if difference < -20 * self.model.rounding:
            raise Untrusted(f"the fit at {value:g} is lower than the free one")
        return difference if difference > 2 * self.model.rounding else 0.0

    def equally_low(self, minima: list[Minimum]) -> list[Minimum]:
        return [m for m in minima if m.nll - minima[0].nll < 1e-7 * max(1.0, abs(minima[0].nll) * 1e-4)]

    def mu_hat(self) -> float:
        values = [m.position[self.model.poi] for m in self.equally_low(self.free)]
        if np.ptp(values) > 1e-3:
            raise Untrusted("the likelihood is flat: any value of the parameter of interest fits as well")
        return float(self.best().position[self.model.poi])

    def side(self, value: float) -> float:
        """Sign of the best fit minus `value`."""
        signs = {float(np.sign(m.position[self.model.poi] - value)) for m in self.equally_low(self.free)}
        if len(signs) > 1:
            raise Untrusted(f"fits on both sides of {value:g} are equally low")
        return signs.pop()

    def one_sided(self, value: float) -> float:
        """q and qtilde: 0 where the best fit is above `value`. They differ by the bounds alone."""
        difference = self.twice_difference(value)
        return difference if difference == 0 or self.side(value) <= 0 else 0.0

    def discovery(self) -> float:
        """q0."""
        difference = self.twice_difference(0.0)
        return difference if difference == 0 or self.side(0.0) >= 0 else 0.0


def asimov(observed: Profile, value: float) -> Profile:
    """Of the conditional fit at `value`. Its free minimum is the truth, where every term is at its own maximum."""
    model = observed.model
    truth = observed.conditional(value)
    data = model.expected_data(truth.position)
    for other in observed.equally_low(observed.at[value]):
        if not np.allclose(model.expected_data(other.position), data, rtol=1e-7, atol=1e-9):
            raise Untrusted(f"several fits at {value:g} are equally low and expect different data")
    profile = Profile(model.with_data(data), zlib.crc32(data.tobytes()), [truth.position])
    here = profile.model.value(truth.position)
    if not abs(profile.best().nll - here) <= 10 * model.rounding:
        raise Untrusted(f"the Asimov set of {value:g} is fitted better elsewhere")
    return profile


def tail(z: float) -> float:
    """Probability of a standard normal above z."""
    return float(ndtr(-z))


def transformed(q: float, q_asimov: float, statistic: str) -> float:
    """As AsymptoticCalculator.teststatistic for test_stat `statistic` ("q" or "qtilde")."""
    root, shift = np.sqrt(q), np.sqrt(q_asimov)
    if statistic == "q" or root <= shift:
        return float(root - shift)
    if shift == 0:
        raise Untrusted("division by sqrt(qA) = 0")
    return float((q - q_asimov) / (2 * shift))


def ln_cls(value: float, q_asimov: float) -> float:
    """From the logarithms of the tails, which do not underflow."""
    return float(log_ndtr(-(value + np.sqrt(q_asimov))) - log_ndtr(-value))


def observed_p_values(q: float, q_asimov: float, statistic: str) -> dict:
    """As AsymptoticCalculator.pvalues, and ln CLs; CLs is NaN where pyhf divides 0 by 0."""
    value = transformed(q, q_asimov, statistic)
    above_signal, above_background = tail(value + np.sqrt(q_asimov)), tail(value)
    ratio = above_signal / above_background if above_background > 0 else np.nan
    return {
        "t": value,
        "CLsb": above_signal,
        "CLb": above_background,
        "CLs": ratio,
        "ln_CLs": ln_cls(value, q_asimov),
    }


def expected_cls(q_asimov: float, base: str) -> list[float]:
    """As AsymptoticCalculator.expected_pvalues with calc_base_dist `base`; the same for every test_stat."""
    shift = np.sqrt(q_asimov)
    values = [max(n, -shift) if base == "clipped_normal" else n for n in BAND]
    return [tail(value + shift) / tail(value) for value in values]


class Limits:
    """Upper limits of the parameter of interest: roots of CLs(mu) = 1 - confidence.

    A kind of limit is the observed one with "q" or "qtilde", or the expected one at a number of standard deviations.
    """

    def __init__(self, observed: Profile, background: Profile):
        self.observed, self.background = observed, background
        model = observed.model
        self.bound = float(model.upper[model.poi])
        self.ceiling = LIFT * self.bound
        seeds = [m.position for m in observed.free[:3]]
        seeds += [m.position for value in sorted(observed.at)[-2:] for m in observed.at[value][:2]]
        self.lifted = Profile(model.with_upper_bound(self.ceiling), 1, seeds)
        self.lifted.at = observed.at

    def statistic(self, value: float) -> float:
        profile = self.observed if value <= self.bound else self.lifted
        return profile.one_sided(value)

    def height(self, value: float, kind: str | int, confidence: float) -> float:
        q_asimov = self.background.twice_difference(value)
        if isinstance(kind, int):
            return ln_cls(kind, q_asimov) - np.log(1 - confidence)
        return ln_cls(transformed(self.statistic(value), q_asimov, kind), q_asimov) - np.log(1 - confidence)

    def grid(self, targets: list[tuple]) -> list[float]:
        """Values from 0 to where every target is below 0, if anywhere."""
        unit = self.bound / 64
        at_one = self.background.twice_difference(1.0) if self.bound >= 1 else 0.0
        if at_one > 1e-6:
            unit = min(unit, 0.5 / np.sqrt(at_one))
        values = [unit]
        while values[-1] < self.ceiling and any(self.height(values[-1], *target) > 0 for target in targets):
            values.append(min(2 * values[-1], self.ceiling))
        return sorted({*values, *np.linspace(0, values[-1], 21)[1:].tolist()})

    def start(self, high: float, kind: str | int, confidence: float) -> float:
        """A value below `high` where CLs is above 1 - confidence and qA well above its rounding."""
        low = high / 2
        while self.background.twice_difference(low) > 1e5 * self.background.model.rounding:
            if self.height(low, kind, confidence) > 0:
                return low
            low /= 2
        raise Untrusted(f"CLs is below {1 - confidence:.2f} as near to 0 as qA is resolved")

    def root(self, grid: list[float], kind: str | int, confidence: float) -> float:
        heights = [np.inf, *[self.height(value, kind, confidence) for value in grid]]
        ends = [0.0, *grid]
        crossings = [i for i in range(len(grid)) if (heights[i] > 0) != (heights[i + 1] > 0)]
        if not crossings:
            raise Untrusted(f"CLs does not fall below {1 - confidence:.2f} up to {ends[-1]:g}")
        if len(crossings) > 1:
            raise Untrusted(f"CLs crosses {1 - confidence:.2f} {len(crossings)} times")
        low, high = ends[crossings[0]], ends[crossings[0] + 1]
        if low == 0:
            low = self.start(high, kind, confidence)
        for _ in range(4):
            value = brentq(self.height, low, high, args=(kind, confidence), xtol=1e-14 * high, rtol=1e-11)
            fell = self.background.check(value)
            if not isinstance(kind, int):
                fell = max(fell, self.observed.check(value))
            if fell < 10 * self.background.model.rounding:
                return value
        raise Untrusted(f"lower minima keep appearing near {value:g}")


class Document:
    """The numbers of one model, with the reasons of those not given."""

    def __init__(self):
        self.reasons: dict[str, str] = {}

    def number(self, key: str, compute: Callable):
        try:
            return compute()
        except Untrusted as failure:
            self.reasons[key] = str(failure)
            return None


def test_of(value: float, observed: Profile, background: Profile | None, document: Document) -> dict:
    key = f"tests.{value:g}"
    q = document.number(f"{key}.q", lambda: observed.one_sided(value))
    missing = background is None
    q_asimov = None if missing else document.number(f"{key}.qA", lambda: background.one_sided(value))
    entry = {
        "mu": value,
        "tmu": document.number(f"{key}.tmu", lambda: observed.twice_difference(value)),
        "q": q,
        "qA": q_asimov,
    }
    for statistic in ("q", "qtilde"):
        known = q is not None and q_asimov is not None
        p_values = document.number(
            f"{key}.{statistic}_p", lambda: observed_p_values(q, q_asimov, statistic) if known else None
        )
        if p_values is not None and np.isnan(p_values["CLs"]):
            document.reasons[f"{key}.{statistic}_p.CLs"] = "0/0: both tails underflow"
        entry[f"{statistic}_p"] = p_values
    for base in ("normal", "clipped_normal"):
        entry[f"expected_{base}"] = None if q_asimov is None else expected_cls(q_asimov, base)
    return entry


def discovery(observed: Profile, signal: Profile | None, document: Document) -> dict:
    values = {}
    for suffix, profile in (("", observed), ("_A", signal)):
        statistic = None if profile is None else document.number(f"discovery.q0{suffix}", profile.discovery)
        z = None if statistic is None else float(np.sqrt(statistic))
        values |= {f"q0{suffix}": statistic, f"Z{suffix}": z, f"p0{suffix}": None if z is None else tail(z)}
    return values


def limits_of(observed: Profile, background: Profile | None, document: Document) -> dict | None:
    if background is None:
        return None
    targets = [(statistic, confidence) for statistic in ("q", "qtilde") for confidence in (0.95, 0.9)]
    targets += [(n, 0.95) for n in BAND]
    try:
        limits = Limits(observed, background)
        grid = limits.grid(targets)
    except Untrusted as failure:
        document.reasons["limits"] = str(failure)
        return None
    roots = {
        target: document.number(f"limits.{target[0]}.{target[1]:g}", lambda: limits.root(grid, *target))
        for target in targets
    }
    return {
        "q": {"0.95": roots["q", 0.95], "0.9": roots["q", 0.9]},
        "qtilde": {"0.95": roots["qtilde", 0.95], "0.9": roots["qtilde", 0.9]},
        "expected": [roots[n, 0.95] for n in BAND],
        "searched_to": grid[-1],
        "lifted_mu_hat": document.number("limits.lifted_mu_hat", limits.lifted.mu_hat),
    }


def goodness_of_fit(observed: Profile) -> dict:
    model = observed.model
    free = ~model.fixed
    main = model.main
    poisson = np.sum(main - np.where(main > 0, main * np.log(np.where(main > 0, main, 1)), 0) + log_gamma(main + 1))
    centre = np.where(model.unconstrained(), model.init, model.prior_centre)
    saturated = float(poisson) + model.constraint_nll(centre)
    held = 2 * (model.constraint_nll(np.where(free, centre, model.init)) - model.constraint_nll(centre))
    statistic = 2 * (observed.best().nll - saturated)
    ndf = int(main.size - np.sum(model.unconstrained() & free))
    return {
        "statistic": statistic,
        "nll_saturated": saturated,
        "fixed_part": held,
        "ndf": ndf,
        "p": float(chi2.sf(statistic, ndf)) if ndf > 0 else None,
    }


def known_positions(stem: str, interpolation: str) -> list[np.ndarray]:
    """Minima that reference.py found, of both interpolation sets."""
    positions = []
    for which in dict.fromkeys((interpolation, *CODES)):
        path = GOLDEN / "reference" / f"{stem}.{which}.json"
        if path.exists():
            reference = json.loads(path.read_text())
            minima = [reference["fit"], *reference["other_minima"][:4], *reference["conditional"]]
            positions += [np.asarray(m["position"]) for m in minima if m["position"] is not None]
    return positions


def inference_of(spec: dict, measurement: str, interpolation: str, known: list[np.ndarray], seed: int) -> dict | None:
    """The numbers of one model, or None if it has no free parameter of interest."""
    model = Model(spec, measurement, *CODES[interpolation])
    if model.poi is None or model.fixed[model.poi]:
        return None
    lower, upper = float(model.lower[model.poi]), float(model.upper[model.poi])
    values = [value for value in VALUES if lower <= value <= upper]
    document = Document()
    observed = Profile(model, seed, known)
    observed.explore(values)
    asimovs = {}
    for value in (0.0, 1.0):
        if value in values:
            asimovs[value] = document.number(f"asimov.{value:g}", lambda: asimov(observed, value))
            if asimovs[value] is not None:
                asimovs[value].explore(values)
        else:
            document.reasons[f"asimov.{value:g}"] = "outside the bounds"
    background, signal = asimovs.get(0.0), asimovs.get(1.0)
    numbers = {
        "poi": model.poi_name,
        "poi_bounds": [lower, upper],
        "mu_hat": document.number("mu_hat", observed.mu_hat),
        "nll_hat": document.number("nll_hat", lambda: observed.best().nll),
        "conditional": [
            {"mu": value, "nll": document.number(f"conditional.{value:g}", lambda: observed.conditional(value).nll)}
            for value in values
        ],
        "asimov": [
            {"mu": value, "main": profile.model.main.tolist(), "auxiliary": profile.model.auxiliary.tolist()}
            for value, profile in asimovs.items()
            if profile is not None
        ],
        "tests": [test_of(value, observed, background, document) for value in values if value > 0],
        "discovery": discovery(observed, signal, document),
        "limits": limits_of(observed, background, document),
        "goodness_of_fit": document.number("goodness_of_fit", lambda: goodness_of_fit(observed)),
    }
    for profile in (observed, *asimovs.values()):
        if profile is not None and profile.at.get(0.0):
            profile.model.pyhf_nll_and_expected(profile.at[0.0][0].position)  # asserts that the values are pyhf's
    norms = [profile.gradient_norm for profile in (observed, *asimovs.values()) if profile is not None]
    return numbers | {
        "rounding": 2 * model.rounding,
        "gradient_norm": max(norms),
        "reasons": document.reasons,
    }


def layout(document: dict) -> str:
    """JSON with one top-level key per line; lists of records take a line per record."""

    def text(value) -> str:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n  " + ",\n  ".join(json.dumps(entry) for entry in value) + "\n ]"
        return json.dumps(value)

    return "{\n" + ",\n".join(f" {json.dumps(key)}: {text(value)}" for key, value in document.items()) + "\n}\n"


def make(name: str, interpolations: list[str]) -> None:
    spec = json.loads((GOLDEN / "workspaces" / f"{name}.json").read_text())
    for i, measurement in enumerate(entry["name"] for entry in spec["measurements"]):
        stem = name if i == 0 else f"{name}.{measurement}"
        for interpolation in interpolations:
            started = time.process_time()
            seed = zlib.crc32(stem.encode())
            numbers = inference_of(spec, measurement, interpolation, known_positions(stem, interpolation), seed)
            if numbers is None:
                continue
            header = {
                "workspace": f"{name}.json",
                "measurement": measurement,
                "interpolation": dict(zip(("set", "normsys", "histosys"), (interpolation, *CODES[interpolation]))),
                "provenance": {
                    "pyhf": pyhf.__version__,
                    "jax": jax.__version__,
                    "numpy": np.__version__,
                    "scipy": scipy.__version__,
                    "python": platform.python_version(),
                    "command": f"python tools/golden/inference.py {name}",
                },
            }
            path = GOLDEN / "inference" / f"{stem}.{interpolation}.json"
            path.write_text(layout(without_nonfinite(header | numbers)))
            seconds = time.process_time() - started
            reasons = "; ".join(f"{key}: {reason}" for key, reason in numbers["reasons"].items())
            print(f"{stem}.{interpolation}: {seconds:.1f} s, |g| {numbers['gradient_norm']:.0e} {reasons}", flush=True)
    jax.clear_caches()


def n_parameters(name: str) -> int:
    return len(json.loads((GOLDEN / "reference" / f"{name}.root.json").read_text())["parameters"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--largest", type=int, default=10**9, metavar="N")
    parser.add_argument("--interpolation", choices=[*CODES, "both"], default="both")
    arguments = parser.parse_args()
    sizes = {path.stem: n_parameters(path.stem) for path in sorted((GOLDEN / "workspaces").glob("*.json"))}
    names = arguments.names or sorted((n for n in sizes if sizes[n] <= arguments.largest), key=lambda n: sizes[n])
    (GOLDEN / "inference").mkdir(exist_ok=True)
    for name in names:
        make(name, list(CODES) if arguments.interpolation == "both" else [arguments.interpolation])


if __name__ == "__main__":
    sys.exit(main())
