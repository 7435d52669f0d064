"""Local minimum of a smooth function in a box, or of one with kinks at coordinate = 0, by active-set Newton steps.

Between the kinks the function is smooth, so each step stays in the current orthant: a kinked coordinate that reaches 0
stops there, and leaves to the side where the one-sided derivative falls, if to any. A point where none falls, the free
gradient vanishes and the free Hessian has no negative eigenvalue is a local minimum.
"""

from dataclasses import dataclass

import numpy as np

from likelihood import Likelihood

GRADIENT_GOAL = 1e-10
"""Largest free gradient component to aim for; the last digits of the NLL usually stop the descent first."""
MAX_STEP = 3.0
MAX_ITERATIONS = 200


@dataclass
class Minimum:
    nll: float
    position: np.ndarray
    gradient_norm: float
    at_bounds: np.ndarray
    """Coordinates at a bound where the NLL falls beyond it, and fixed ones (equal bounds)."""


@dataclass
class View:
    """The function around a point, within the orthant the next step may move in."""

    gradient: np.ndarray
    side: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    blocked: np.ndarray
    """Coordinates that cannot move: held on a kink, or at a bound with the descent beyond it."""

    @property
    def norm(self) -> float:
        return float(np.max(np.abs(self.gradient[~self.blocked]), initial=0.0))


def look(function: Likelihood, x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> View:
    on_kink = function.kinked & (x == 0)
    right = function.gradient(x, 1)
    left = function.gradient(x, -1) if on_kink.any() else right
    goes_right = on_kink & (right < -GRADIENT_GOAL) & (-right >= left)
    goes_left = on_kink & (left > GRADIENT_GOAL) & ~goes_right
    held = on_kink & ~goes_right & ~goes_left
    above = function.kinked & ((x > 0) | goes_right)
    below = function.kinked & ((x < 0) | goes_left)
    lower, upper = np.where(above, np.maximum(lower, 0), lower), np.where(below, np.minimum(upper, 0), upper)
    gradient = np.where(goes_left, left, right)
    blocked = held | ((x <= lower) & (gradient >= 0)) | ((x >= upper) & (gradient <= 0))
    return View(gradient, np.where(goes_left, -1, 1), lower, upper, blocked)


def newton_step(view: View, hessian: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Step with the absolute Hessian, over the coordinates it does not push out of their bounds."""
    free = ~view.blocked
    while True:
        step = np.zeros_like(x)
        if not free.any():
            return step
        eigenvalues, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
        curvature = np.maximum(np.abs(eigenvalues), 1e-8 * max(1.0, np.max(np.abs(eigenvalues)) * 1e-4))
        step[free] = -vectors @ ((vectors.T @ view.gradient[free]) / curvature)
        outward = free & (((x <= view.lower) & (step < 0)) | ((x >= view.upper) & (step > 0)))
        if not outward.any():
            return step * min(1.0, MAX_STEP / max(np.max(np.abs(step)), 1e-300))
        free &= ~outward


def line_search(function: Likelihood, view: View, x: np.ndarray, value: float, step: np.ndarray):
    """First of the halved steps that lowers the function (or keeps it to rounding), or None."""
    rounding = 4e-15 * max(1.0, abs(value))
    for halvings in range(40):
        trial = np.clip(x + step * 0.5**halvings, view.lower, view.upper)
        slope = float(view.gradient @ (trial - x))
        trial_value = function.value(trial)
        if trial_value <= value + 1e-4 * slope or (halvings == 0 and abs(trial_value - value) <= rounding):
            return trial, trial_value, halvings
    return None


def minimise(function: Likelihood, start: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Minimum | None:
    """The local minimum reached from `start`, or None if the function is not finite there.

    The Hessian is kept while full steps with it shrink the gradient well (it is the expensive part).
    """
    x = np.clip(start, lower, upper)
    value = function.value(x)
    if not np.isfinite(value):
        return None
    view, hessian, side = look(function, x, lower, upper), None, None
    for _ in range(MAX_ITERATIONS):
        fresh = hessian is None or np.any(view.side != side)
        if fresh:
            hessian, side = function.hessian(x, view.side), view.side
        if view.norm < GRADIENT_GOAL:
            escaped = escape_saddle(function, view, function.hessian(x, view.side), x, value)
            if escaped is None:
                break
            x, value = escaped
            view, hessian = look(function, x, lower, upper), None
            continue
        found = line_search(function, view, x, value, newton_step(view, hessian, x))
        if found is None:
            if fresh:
                break
            hessian = None
            continue
        before, orthant = view.norm, view
        trial, trial_value, halvings = found
        view = look(function, trial, lower, upper)
        if abs(trial_value - value) <= 1e-13 * max(1.0, abs(value)) and view.norm >= before and fresh:
            view = orthant
            escaped = escape_saddle(function, view, hessian, x, value)
            if escaped is None:
                break
            trial, trial_value = escaped
            view, halvings = look(function, trial, lower, upper), 1
        x, value = trial, trial_value
        if halvings > 0 or view.norm > 0.2 * before:
            hessian = None
    view = look(function, x, lower, upper)
    at_bounds = ((x <= lower) & (view.gradient >= 0)) | ((x >= upper) & (view.gradient <= 0))
    return Minimum(value, x, view.norm, at_bounds)


def escape_saddle(function: Likelihood, view: View, hessian: np.ndarray, x: np.ndarray, value: float):
    """A lower point along the direction of negative curvature, or None where there is none."""
    free = ~view.blocked
    if not free.any():
        return None
    eigenvalues, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
    if eigenvalues[0] > -1e-7 * max(1.0, eigenvalues[-1]):
        return None
    direction = np.zeros_like(x)
    direction[free] = vectors[:, 0]
    for length in (0.3, -0.3, 0.01, -0.01):
        trial = np.clip(x + length * direction, view.lower, view.upper)
        trial_value = function.value(trial)
        if trial_value < value - 1e-12 * max(1.0, abs(value)):
            return trial, trial_value
    return None


def distinct_minima(candidates: list[Minimum | None], distance: float = 2e-3) -> list[Minimum]:
    """The minima that differ in NLL, or by `distance` in a coordinate, lowest first; of two alike the better converged."""
    found = sorted((m for m in candidates if m is not None and m.gradient_norm < 1e-4), key=lambda m: m.nll)
    distinct: list[Minimum] = []
    for minimum in found:
        for i, other in enumerate(distinct):
            same_nll = abs(minimum.nll - other.nll) < 1e-7 * max(1.0, abs(other.nll) * 1e-4)
            if same_nll and np.max(np.abs(minimum.position - other.position)) < distance:
                if minimum.gradient_norm < other.gradient_norm:
                    distinct[i] = minimum
                break
        else:
            distinct.append(minimum)
    return distinct
