#!/usr/bin/env python3
"""Times pyhf, NextStat and cabinetry on one pyhf workspace.

usage: python bench/peers.py WORKSPACE.json [--inference START,STOP,POINTS | --toys COUNT]
                             [--tools pyhf-scipy,pyhf-jax,nextstat,cabinetry] [--limit SECONDS]
                             [--batch SECONDS] [--batches N] [--once-above SECONDS] [--skip STEP,STEP]

Without --inference and --toys: model build, NLL, gradient, fit. With --inference: hypothesis test, limits, ranking, and a
profile scan on that grid. With --toys: the hypothesis test with toys, at most COUNT of each hypothesis; seconds are per toy.

Prints the record so far as one line of JSON after every step, so that the last line stands even when a tool brings the
process down; "running" names the step in progress. A step that fails is {"error": "..."}, one that takes more processor
time than --limit {"error": "limit", "limit": SECONDS}. Native code does not see that limit before it returns: when it
goes on for a quarter of the limit more, the system ends the process with SIGXCPU.

Seconds are processor time of the whole process (every thread) per call, in the fastest of N batches of calls after one for
warming up, each at least --batch long; a step longer than --once-above is run once. Interpolation is code4 and code4p,
NLL is natural-log with every constant, the point is the tool's nominal start.
"""

import argparse
import json
import logging
import math
import os
import signal
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

TOY_SECONDS = 10  # of processor time: then there are enough toys


class LimitReached(Exception):
    pass


def on_alarm(_signal, _frame):
    raise LimitReached


def set_limit(seconds):
    """Processor seconds from now until LimitReached is raised; None for no limit. Nothing happens on Windows."""
    if not hasattr(signal, "setitimer"):
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = hard if seconds is None else math.ceil(time.process_time() + 1.25 * seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    signal.signal(signal.SIGPROF, on_alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds or 0)


def finite(value):
    """The same record with null for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(entry) for entry in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None


class Measurement:
    """The record that is printed, and the rule by which its steps are timed."""

    def __init__(self, options):
        self.options = options
        self.record = {}

    def print(self):
        print(json.dumps(finite(self.record)), flush=True)

    def tool(self, name):
        return self.record.setdefault(name, {})

    def step(self, tool, key, run):
        """Runs one guarded step and stores its result, unless it is to be skipped."""
        if key in self.options.skip:
            return
        self.record["running"] = [tool, key]
        self.print()
        set_limit(self.options.limit)
        try:
            self.tool(tool)[key] = run()
        except LimitReached:
            self.tool(tool)[key] = {"error": "limit", "limit": self.options.limit}
        except BaseException as error:  # a panic in a native extension is not an Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            text = (str(error) or type(error).__name__).splitlines()[0]
            self.tool(tool)[key] = {"error": f"{type(error).__name__}: {text[:120]}"}
        finally:
            set_limit(None)
        del self.record["running"]
        self.print()

    def timed(self, run):
        """Processor seconds per call, and what the last call returned."""
        options = self.options
        start = time.process_time()
        value = run()
        first = time.process_time() - start
        if first > options.once_above:
            return first, value
        calls = 0
        start = time.process_time()
        while calls == 0 or time.process_time() - start < options.batch:
            run()
            calls += 1
        best = float("inf")
        for _ in range(options.batches):
            start = time.process_time()
            for _ in range(calls):
                value = run()
            best = min(best, (time.process_time() - start) / calls)
        return best, value


def build_pyhf(text):
    """pyhf's workspace and model."""
    import pyhf

    settings = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}
    workspace = pyhf.Workspace(json.loads(text))
    return workspace, workspace.model(modifier_settings=settings)


def use_scipy():
    import pyhf

    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(maxiter=200000))


def fit_pyhf(m, text, with_jax, with_scipy):
    """pyhf: NLL and SLSQP fit on NumPy, compiled gradient on JAX."""
    import numpy as np
    import pyhf

    m.tool("pyhf")["version"] = pyhf.__version__
    if with_scipy:
        use_scipy()

        def timed_build():
            seconds, _ = m.timed(lambda: build_pyhf(text))
            return {"seconds": seconds}

        m.step("pyhf", "build", timed_build)
        workspace, model = build_pyhf(text)
        data = np.asarray(workspace.data(model), float)
        start = np.asarray(model.config.suggested_init(), float)

        def nll():
            seconds, value = m.timed(lambda: float(-model.logpdf(start, data)[0]))
            return {"seconds": seconds, "value": value}

        def fit():
            seconds, (point, value) = m.timed(lambda: pyhf.infer.mle.fit(data, model, return_fitted_val=True))
            return {"seconds": seconds, "nll": float(value) / 2}

        m.step("pyhf", "nll", nll)
        m.step("pyhf", "localFit", fit)
    if with_jax:

        def gradient():
            import jax

            pyhf.set_backend("jax", precision="64b")
            workspace, model = build_pyhf(text)
            data = pyhf.tensorlib.astensor(workspace.data(model))
            start = pyhf.tensorlib.astensor(model.config.suggested_init())
            function = jax.jit(jax.value_and_grad(lambda v: -model.logpdf(v, data)[0]))
            begin = time.process_time()
            jax.block_until_ready(function(start))
            compile_seconds = time.process_time() - begin
            seconds, (value, slope) = m.timed(lambda: jax.block_until_ready(function(start)))
            return {
                "seconds": seconds,
                "compileSeconds": compile_seconds,
                "value": float(value),
                "gradient": dict(zip(model.config.par_names, (float(v) for v in slope))),
            }

        m.step("pyhf", "gradient", gradient)


def infer_pyhf(m, text):
    """pyhf on NumPy with SLSQP: hypothesis test with the expected set, and its root finding for the six limits."""
    import pyhf

    m.tool("pyhf")["version"] = pyhf.__version__
    use_scipy()
    workspace, model = build_pyhf(text)
    data = workspace.data(model)

    def hypotest():
        seconds, (cls, expected) = m.timed(lambda: pyhf.infer.hypotest(1.0, data, model, return_expected_set=True))
        return {"seconds": seconds, "cls": float(cls), "expected": [float(v) for v in expected]}

    def limits():
        upper_limit = pyhf.infer.intervals.upper_limits.upper_limit
        seconds, (observed, expected) = m.timed(lambda: upper_limit(data, model, rtol=1e-4))
        return {"seconds": seconds, "limits": [float(v) for v in (observed, *expected)]}

    m.step("pyhf", "hypotest", hypotest)
    m.step("pyhf", "limits", limits)


def infer_cabinetry(m, text):
    """cabinetry: its global fit and four fits per parameter, with Minuit on NumPy."""
    import cabinetry
    import pyhf

    m.tool("cabinetry")["version"] = cabinetry.__version__
    pyhf.set_backend("numpy")
    workspace, model = build_pyhf(text)
    data = workspace.data(model)

    def ranking():
        seconds, r = m.timed(lambda: cabinetry.fit.ranking(model, data))
        pairs = zip(r.labels, zip(r.prefit_up.tolist(), r.prefit_down.tolist()))
        return {"seconds": seconds, "impacts": dict(pairs)}

    m.step("cabinetry", "ranking", ranking)


def infer_nextstat(m, text, grid):
    """NextStat: each procedure by its own call; its hypothesis test gives no expected values."""
    import nextstat

    model = open_nextstat(m, text)

    def hypotest():
        seconds, cls = m.timed(lambda: nextstat.hypotest(1.0, model))
        return {"seconds": seconds, "cls": float(cls)}

    def limits():
        seconds, (observed, expected) = m.timed(lambda: nextstat.upper_limit(model, method="root"))
        return {"seconds": seconds, "limits": [observed, *expected]}

    def ranking():
        seconds, entries = m.timed(lambda: nextstat.ranking(model))
        return {"seconds": seconds, "impacts": {e["name"]: [e["delta_mu_up"], e["delta_mu_down"]] for e in entries}}

    def scan():
        start, stop, points = grid
        values = [start + (stop - start) * i / (int(points) - 1) for i in range(int(points))]
        seconds, result = m.timed(lambda: nextstat.profile_scan(model, values))
        return {"seconds": seconds, "q": [point["q_mu"] for point in result["points"]]}

    m.step("nextstat", "hypotest", hypotest)
    m.step("nextstat", "limits", limits)
    m.step("nextstat", "ranking", ranking)
    m.step("nextstat", "scan", scan)


def toys_pyhf(m, text, count):
    """The steps of pyhf's ToyCalculator on NumPy with SLSQP, one toy of each hypothesis at a time until they took long."""
    import numpy as np
    import pyhf

    m.tool("pyhf")["version"] = pyhf.__version__
    use_scipy()
    np.random.seed(42)
    workspace, model = build_pyhf(text)
    data = workspace.data(model)
    settings = (model.config.suggested_init(), model.config.suggested_bounds(), model.config.suggested_fixed())

    def toys():
        times = []
        try:
            points = [pyhf.infer.mle.fixed_poi_fit(mu, data, model, *settings) for mu in (1.0, 0.0)]
            while len(times) < 2 * count and sum(times) < TOY_SECONDS:
                for point in points:
                    (sample,) = model.make_pdf(point).sample((1,))
                    start = time.process_time()
                    pyhf.infer.test_statistics.qmu_tilde(1.0, sample, model, *settings)
                    times.append(time.process_time() - start)
        except LimitReached:
            if not times:
                raise
        return {"seconds": sum(times) / len(times), "nToys": len(times)}

    m.step("pyhf", "toys", toys)


def toys_nextstat(m, text, count):
    """NextStat's toys without its fits to the data: the difference of several and of one, fewer where they are slow."""
    import nextstat

    model = open_nextstat(m, text)

    def toys():
        def run(n):
            return m.timed(lambda: nextstat.hypotest_toys(1.0, model, n_toys=n, seed=42, return_meta=True))

        one, _ = run(1)
        n = min(count, max(5, int(TOY_SECONDS / one)))
        many, result = run(n)
        failed = sum(result[f"n_{kind}_{of}"] for kind in ("error", "nonconverged") for of in ("b", "sb"))
        seconds = (many - one) / (2 * (n - 1))
        return {"seconds": seconds, "nToys": 2 * n, "nFailed": failed, "qObs": result["q_obs"]}

    m.step("nextstat", "toys", toys)


def open_nextstat(m, text):
    import nextstat

    m.tool("nextstat")["version"] = nextstat.__version__
    if hasattr(nextstat, "set_threads"):
        nextstat.set_threads(1)
    return nextstat.HistFactoryModel.from_workspace(text)


def fit_nextstat(m, text):
    """NextStat: `fit_minimum` is its minimisation alone, `fit` adds the Hessian."""
    import nextstat

    def build():
        seconds, _ = m.timed(lambda: nextstat.HistFactoryModel.from_workspace(text))
        return {"seconds": seconds}

    model = open_nextstat(m, text)
    m.step("nextstat", "build", build)
    start = list(model.suggested_init())

    def nll():
        seconds, value = m.timed(lambda: model.nll(start))
        return {"seconds": seconds, "value": value}

    def gradient():
        seconds, slope = m.timed(lambda: model.grad_nll(start))
        return {"seconds": seconds, "gradient": dict(zip(model.parameter_names(), slope))}

    def local_fit():
        estimator = nextstat.MaximumLikelihoodEstimator()
        seconds, result = m.timed(lambda: estimator.fit_minimum(model))
        return {"seconds": seconds, "nll": result.nll, "converged": result.converged, "evaluations": result.n_gev}

    def complete_fit():
        seconds, result = m.timed(lambda: nextstat.fit(model))
        return {"seconds": seconds, "nll": result.nll, "converged": result.converged, "evaluations": result.n_gev}

    m.step("nextstat", "nll", nll)
    m.step("nextstat", "gradient", gradient)
    m.step("nextstat", "localFit", local_fit)
    m.step("nextstat", "completeFit", complete_fit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace")
    parser.add_argument("--inference", type=lambda text: [float(v) for v in text.split(",")])
    parser.add_argument("--toys", type=int)
    parser.add_argument("--tools", default="pyhf-scipy,pyhf-jax,nextstat,cabinetry")
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--batch", type=float, default=0.05)
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--once-above", type=float, default=2)
    parser.add_argument("--skip", type=lambda text: text.split(","), default=[])
    options = parser.parse_args()
    tools = options.tools.split(",")
    with open(options.workspace, encoding="utf8") as file:
        text = file.read()
    m = Measurement(options)
    with_jax, with_scipy = "pyhf-jax" in tools, "pyhf-scipy" in tools
    jobs = {}
    if options.toys is not None:
        jobs["nextstat"] = lambda: toys_nextstat(m, text, options.toys)
        jobs["pyhf"] = lambda: toys_pyhf(m, text, options.toys)
    elif options.inference is not None:
        jobs["nextstat"] = lambda: infer_nextstat(m, text, options.inference)
        jobs["pyhf"] = lambda: infer_pyhf(m, text)
        jobs["cabinetry"] = lambda: infer_cabinetry(m, text)
    else:
        jobs["nextstat"] = lambda: fit_nextstat(m, text)
        jobs["pyhf"] = lambda: fit_pyhf(m, text, with_jax, with_scipy)
    for tool, job in jobs.items():
        if not any(asked.startswith(tool) for asked in tools):
            continue
        try:
            job()
        except Exception as error:
            m.tool(tool)["error"] = f"{type(error).__name__}: {error}"[:160]
    m.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
