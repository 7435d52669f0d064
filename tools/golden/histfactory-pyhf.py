"""Writes test/golden/histfactory/pyhf/NAME.json: what pyhf makes of HistFactory inputs that it can read.

usage: python tools/golden/histfactory-pyhf.py     (with the packages of requirements.txt, and uproot)
"""

import json
import os
import warnings

import numpy as np
import pyhf
import pyhf.readxml

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../test/golden/histfactory")
CASES = ["plain", "constraint-terms"]


def main():
    out = os.path.join(FOLDER, "pyhf")
    os.makedirs(out, exist_ok=True)
    for name in CASES:
        os.chdir(os.path.join(FOLDER, "inputs", name))
        pyhf.readxml.clear_filecache()
        workspace = pyhf.Workspace(pyhf.readxml.parse("combination.xml", "."))
        model = workspace.model()
        config = model.config
        start = np.array(config.suggested_init())
        free = ~np.array(config.suggested_fixed())
        moved = start + 0.1 * free * np.sin(np.arange(len(start)))
        data = workspace.data(model)
        record = {
            "provenance": f"pyhf {pyhf.__version__}, codes 4 and 4p",
            "parameters": [
                {"name": n, "init": i, "bounds": list(b), "fixed": bool(f)}
                for n, i, b, f in zip(
                    config.par_names,
                    config.suggested_init(),
                    config.suggested_bounds(),
                    config.suggested_fixed(),
                )
            ],
            "points": [
                {"position": list(map(float, p)), "nll": -float(model.logpdf(p, data)[0])} for p in (start, moved)
            ],
        }
        with open(os.path.join(out, f"{name}.json"), "w") as file:
            json.dump(record, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
