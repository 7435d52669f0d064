"""pyhf's likelihood of one workspace and measurement, with exact derivatives where JAX's own are unusable.

Two places need care:
- A bin without data and without expected events has the finite NLL 0, but its JAX derivative is 0/0. The Poisson term of
  the main bins is therefore written out here, from pyhf's expected data; every value is checked against pyhf's logpdf.
- Codes 1 and 0 have a kink at alpha = 0, where JAX returns one side's derivative or a wrong one. Derivatives there are
  asked for one side at a time, by moving alpha a hair to that side.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
from jax.scipy.special import gammaln

HAIR = 1e-13
"""Shift of an alpha at exactly 0 that selects a side: far below anything the derivatives resolve."""


class Likelihood:
    def __init__(self, spec: dict, measurement: str, normsys_code: str, histosys_code: str):
        pyhf.set_backend("jax", precision="64b")
        workspace = pyhf.Workspace(spec)
        model = workspace.model(
            measurement_name=measurement,
            modifier_settings={"normsys": {"interpcode": normsys_code}, "histosys": {"interpcode": histosys_code}},
        )
        config = model.config
        self.poi, self.poi_name = config.poi_index, config.poi_name
        self.names = list(config.par_names)
        self.channels = list(config.channels)
        self.init = np.asarray(config.suggested_init(), dtype=float)
        self.lower, self.upper = np.asarray(config.suggested_bounds(), dtype=float).T
        self.fixed = np.asarray(config.suggested_fixed(), dtype=bool)
        self._describe(config)
        self.kinked = self.is_alpha & (normsys_code == "code1")
        self._compile(model, jnp.asarray(workspace.data(model), dtype=jnp.float64))

    def _describe(self, config) -> None:
        """Kinds of the parameters, and the centre and width of their constraints (width 0: unconstrained)."""
        size = self.init.size
        types = {name: kind for name, kind in config.modifiers}
        self.is_alpha, self.is_factor = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        self.prior_centre, self.prior_width = np.zeros(size), np.zeros(size)
        for name in config.par_order:
            where, parameters = config.par_slice(name), config.param_set(name)
            self.is_alpha[where] = types[name] in ("normsys", "histosys")
            self.is_factor[where] = types[name] not in ("normsys", "histosys", "normfactor")
            if parameters.constrained:
                scale = 1.0 if parameters.pdf_type == "normal" else np.asarray(parameters.factors)
                self.prior_centre[where] = np.asarray(parameters.auxdata) / scale
                self.prior_width[where] = parameters.width()

    def _compile(self, model, data) -> None:
        n_main = model.config.nmaindata
        main, auxiliary = data[:n_main], data[n_main:]
        has_data = main > 0

        def nll(position):
            expected = model.expected_actualdata(position)
            logs = jnp.where(has_data, main * jnp.log(jnp.where(has_data, expected, 1.0)), 0.0)
            poisson = jnp.sum(expected - logs + gammaln(main + 1.0))
            constrained = auxiliary.size > 0  # pyhf has no constraint term to ask for otherwise
            return poisson - (model.constraint_logpdf(auxiliary, position) if constrained else 0.0)

        def hessian(position):
            def column(direction):
                return jax.jvp(jax.grad(nll), (position,), (direction,))[1]

            return jax.lax.map(column, jnp.eye(position.size), batch_size=8)

        self._value = jax.jit(nll)
        self._value_and_gradient = jax.jit(jax.value_and_grad(nll))
        self._hessian = jax.jit(hessian)
        self._pyhf = jax.jit(lambda x: (-model.logpdf(x, data)[0], model.expected_actualdata(x)))

    def value(self, position: np.ndarray) -> float:
        value = float(self._value(position))
        return value if np.isfinite(value) else np.inf

    def gradient(self, position: np.ndarray, side: np.ndarray | int = 1) -> np.ndarray:
        """Gradient, with kinked alphas at 0 seen from `side` (+1 or -1, for all or each)."""
        return np.asarray(self._value_and_gradient(self._aside(position, side))[1])

    def hessian(self, position: np.ndarray, side: np.ndarray | int = 1) -> np.ndarray:
        matrix = np.asarray(self._hessian(self._aside(position, side)))
        return 0.5 * (matrix + matrix.T)

    def pyhf_nll_and_expected(self, position: np.ndarray) -> tuple[float, np.ndarray]:
        nll, expected = self._pyhf(position)
        ours, theirs = float(self._value(position)), float(nll)
        if np.isfinite(ours) or np.isfinite(theirs):
            assert abs(ours - theirs) <= 1e-12 * max(1.0, abs(theirs)), (ours, theirs)
        return theirs, np.asarray(expected)

    def _aside(self, position: np.ndarray, side: np.ndarray | int) -> np.ndarray:
        return np.where(self.kinked & (position == 0), HAIR * side, position)

    def kinks_at(self, minimum) -> np.ndarray:
        """Mask of the alphas at 0 where the gradient or the curvature of the NLL jumps."""
        position = np.where(self.kinked & (np.abs(minimum.position) < 1e-6), 0.0, minimum.position)
        on_zero = self.kinked & (position == 0) & ~self.fixed
        if not on_zero.any():
            return on_zero
        slopes = self.gradient(position, 1) - self.gradient(position, -1)
        inside = ~(self.fixed | minimum.at_bounds)
        curvatures = (self.hessian(position, 1) - self.hessian(position, -1))[:, inside]
        return on_zero & ((np.abs(slopes) > 1e-8) | np.any(np.abs(curvatures) > 1e-8, axis=1))

    def uncertainties(self, minimum) -> tuple[np.ndarray | None, bool]:
        """Square roots of the inverse Hessian's diagonal over the parameters neither fixed nor at a bound (NaN there).

        None, and True, if that Hessian is singular.
        """
        free = ~(self.fixed | minimum.at_bounds)
        hessian = self.hessian(minimum.position)[np.ix_(free, free)]
        uncertainties = np.full(free.size, np.nan)
        if free.any():
            scale = np.sqrt(np.maximum(np.diag(hessian), 1e-30))
            correlation = hessian / np.outer(scale, scale)
            if np.linalg.eigvalsh(correlation)[0] < 1e-9:
                return None, True
            uncertainties[free] = np.sqrt(np.diag(np.linalg.inv(correlation))) / scale
        return uncertainties, False
