"""Writes pyhf's likelihood and expected data of workspaces: what `nextstat parity master` compares with.

At the start, at 8 random points, and at signal strengths 0, 0.5 and 2. Interpolation is pyhf's default, code4 and code4p.

usage: python pyhf_reference.py OUT.json WORKSPACE.json...     (with pyhf; paths in OUT are relative to its folder)
"""

import json
import os
import random
import sys
import time

import pyhf

RANDOM_POINTS = 8


def position(model, generator, spread):
    """A point inside the bounds, up to `spread` of the way from the start to the nearer one (or 1 if that is closer)."""
    config = model.config
    out = []
    for start, (low, high), fixed in zip(
        config.suggested_init(), config.suggested_bounds(), config.suggested_fixed()
    ):
        width = min(start - low, high - start, 1.0)
        out.append(start if fixed else start + spread * width * generator.uniform(-1, 1))
    return out


def record(path, out):
    with open(path) as file:
        spec = json.load(file)
    begin = time.perf_counter()
    workspace = pyhf.Workspace(spec)
    model = workspace.model()
    build_s = time.perf_counter() - begin
    measurement = workspace.get_measurement()["name"]
    data = workspace.data(model)
    config = model.config
    generator = random.Random(os.path.basename(path))
    start = list(config.suggested_init())
    positions = [start] + [position(model, generator, 0.8) for _ in range(RANDOM_POINTS)]
    for strength in (0.0, 0.5, 2.0):
        moved = list(start)
        moved[config.poi_index] = strength
        positions.append(moved)
    points = [
        {
            "values": [float(v) for v in values],
            "nll": -float(model.logpdf(values, data)[0]),
            "expected": [float(v) for v in model.expected_data(values)],
        }
        for values in positions
    ]
    times = []
    for _ in range(21):
        begin = time.perf_counter()
        model.logpdf(start, data)
        times.append(time.perf_counter() - begin)
    return {
        "name": os.path.splitext(os.path.basename(path))[0],
        "workspace": os.path.relpath(path, os.path.dirname(os.path.abspath(out))),
        "measurement": measurement,
        "n_main_bins": sum(config.channel_nbins.values()),
        "parameter_names": list(config.par_names),
        "build_s": build_s,
        "nll_s": sorted(times)[len(times) // 2],
        "points": points,
    }


def main():
    out, *paths = sys.argv[1:]
    document = {"provenance": f"pyhf {pyhf.__version__}", "cases": [record(path, out) for path in paths]}
    with open(out, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
