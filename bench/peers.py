#!/usr/bin/env python3
"""Times pyhf and NextStat on one pyhf workspace.

usage: python bench/peers.py WORKSPACE.json [--tools pyhf-scipy,pyhf-jax,nextstat] [--limit SECONDS]
                             [--batch SECONDS] [--batches N] [--once-above SECONDS]

Prints the record so far as one line of JSON after every step, so that the last line stands even when a tool brings the
process down; "running" names the step in progress. A step that fails is {"error": "..."}, one that takes longer than
--limit {"error": "limit", "limit": SECONDS}.

Seconds are processor time of the whole process (every thread) per call, in the fastest of N batches of calls after one for
warming up, each at least --batch long; a step longer than --once-above is run once. Interpolation is code4 and code4p,
NLL is natural-log with every constant, the point is the tool's nominal start.
"""

import argparse
import json
import logging
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


class LimitReached(Exception):
    pass


def on_alarm(_signal, _frame):
    raise LimitReached


class Measurement:
    """The record that is printed, and the rule by which its steps are timed."""

    def __init__(self, options):
        self.options = options
        self.record = {}

    def print(self):
        print(json.dumps(self.record), flush=True)

    def tool(self, name):
        return self.record.setdefault(name, {})

    def step(self, tool, key, run):
        """Runs one guarded step; stores its result and returns it, or None when it failed."""
        self.record["running"] = [tool, key]
        self.print()
        result = None
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, on_alarm)
            signal.setitimer(signal.ITIMER_REAL, self.options.limit)
        try:
            result = run()
            self.tool(tool)[key] = result
        except LimitReached:
            self.tool(tool)[key] = {"error": "limit", "limit": self.options.limit}
        except BaseException as error:  # a panic in a native extension is not an Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            text = (str(error) or type(error).__name__).splitlines()[0]
            self.tool(tool)[key] = {"error": f"{type(error).__name__}: {text[:120]}"}
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
        del self.record["running"]
        self.print()
        return result

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


def measure_pyhf(m, text, with_jax, with_scipy):
    """pyhf: NLL and SLSQP fit on NumPy, compiled gradient on JAX."""
    import numpy as np
    import pyhf

    settings = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}

    def build():
        workspace = pyhf.Workspace(json.loads(text))
        return workspace, workspace.model(modifier_settings=settings)

    m.tool("pyhf")["version"] = pyhf.__version__
    if with_scipy:
        pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(maxiter=200000))

        def timed_build():
            seconds, _ = m.timed(build)
            return {"seconds": seconds}

        if m.step("pyhf", "build", timed_build) is None:
            return
        workspace, model = build()
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
            workspace, model = build()
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


def measure_nextstat(m, text):
    """NextStat: `fit_minimum` is its minimisation alone, `fit` adds the Hessian."""
    import nextstat

    m.tool("nextstat")["version"] = nextstat.__version__
    if hasattr(nextstat, "set_threads"):
        nextstat.set_threads(1)

    def build():
        seconds, _ = m.timed(lambda: nextstat.HistFactoryModel.from_workspace(text))
        return {"seconds": seconds}

    if m.step("nextstat", "build", build) is None:
        return
    model = nextstat.HistFactoryModel.from_workspace(text)
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
    parser.add_argument("--tools", default="pyhf-scipy,pyhf-jax,nextstat")
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--batch", type=float, default=0.05)
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--once-above", type=float, default=2)
    options = parser.parse_args()
    tools = options.tools.split(",")
    with open(options.workspace, encoding="utf8") as file:
        text = file.read()
    m = Measurement(options)
    if "nextstat" in tools:
        try:
            measure_nextstat(m, text)
        except Exception as error:
            m.tool("nextstat")["error"] = f"{type(error).__name__}: {error}"[:160]
    if "pyhf-scipy" in tools or "pyhf-jax" in tools:
        try:
            measure_pyhf(m, text, "pyhf-jax" in tools, "pyhf-scipy" in tools)
        except Exception as error:
            m.tool("pyhf")["error"] = f"{type(error).__name__}: {error}"[:160]
    m.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
