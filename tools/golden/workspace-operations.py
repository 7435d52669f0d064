#!/usr/bin/env python3
"""pyhf's answers for the operations on workspaces: combine, prune, rename, sort, digest, inspect.

usage: python tools/golden/workspace-operations.py
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Writes test/golden/operations/NAME.json: the texts of the inputs under `workspaces`, and `cases` that name them. A result
is the text that Python's json.dumps makes of it (sorted keys), so that it shows how each number is spelled; an error is
pyhf's message.
"""

import json
import logging
import random
import re
import struct
import tempfile
from copy import deepcopy
from pathlib import Path

import pyhf
from click.testing import CliRunner
from pyhf.cli import cli

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "test" / "golden" / "operations"

logging.getLogger("pyhf").setLevel(logging.ERROR)


def modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


def lumi(sigma=0.02):
    return {"name": "lumi", "auxdata": [1.0], "sigmas": [sigma], "bounds": [[0.5, 1.5]], "inits": [1.0]}


def measurement(name, poi="mu", parameters=()):
    return {"name": name, "config": {"poi": poi, "parameters": list(parameters)}}


def workspace(channels, observed, measurements):
    return {
        "channels": channels,
        "observations": [{"name": name, "data": data} for name, data in observed.items()],
        "measurements": measurements,
        "version": "1.0.0",
    }


SIGNAL = {
    "name": "signal",
    "data": [5, 10.0],
    "modifiers": [
        modifier("mu", "normfactor"),
        modifier("lumi", "lumi"),
        modifier("theory", "normsys", {"hi": 1.1, "lo": 0.9}),
    ],
}
BACKGROUND = {
    "name": "background",
    "data": [50, 60],
    "modifiers": [
        modifier("jes", "histosys", {"hi_data": [52, 63.0], "lo_data": [48.25, 57]}),
        modifier("fakes", "shapesys", [5, 6e0]),
        modifier("stat_SR", "staterror", [2, 2.5]),
    ],
}
SR = {"name": "SR", "samples": [SIGNAL, BACKGROUND]}
CR = {
    "name": "CR",
    "samples": [
        {
            "name": "background",
            "data": [500],
            "modifiers": [
                modifier("jes", "normsys", {"hi": 1.05, "lo": 0.95}),
                modifier("CR_shape", "shapefactor"),
            ],
        }
    ],
}
VR = {
    "name": "VR",
    "samples": [
        {"name": "zjets", "data": [7, 8, 9], "modifiers": [modifier("z_norm", "normfactor")]},
        {"name": "background", "data": [70, 80, 90], "modifiers": [modifier("jes", "normsys", {"hi": 1.02, "lo": 0.97})]},
    ],
}
DATA = {"SR": [52, 71], "CR": [510]}

SR_SIGNAL_ONLY = {"name": "SR", "samples": [SIGNAL]}
SR_OTHER_SAMPLES = {
    "name": "SR",
    "samples": [
        {**SIGNAL, "data": [6, 11]},
        {"name": "diboson", "data": [1, 2], "modifiers": [modifier("jes", "normsys", {"hi": 1.01, "lo": 0.99})]},
    ],
}
SR_AS_FLOATS = json.loads(json.dumps(SR).replace("[5, 10.0]", "[5.0, 10]").replace("[50, 60]", "[5e1, 60.0]"))
MU_BOUNDS = {"name": "mu", "bounds": [[-5, 5]]}

WORKSPACES = {
    "left": workspace([SR, CR], DATA, [measurement("fit", "mu", [lumi()])]),
    "apart": workspace([VR], {"VR": [80, 85, 101]}, [measurement("validation", "z_norm")]),
    "same-measurement": workspace([VR], {"VR": [80, 85, 101]}, [measurement("fit", "mu", [lumi()])]),
    "more-settings": workspace(
        [VR], {"VR": [80, 85, 101]}, [measurement("other"), measurement("fit", "mu", [{"name": "z_norm", "inits": [0.5]}])]
    ),
    "other-settings": workspace([VR], {"VR": [80, 85, 101]}, [measurement("fit", "mu", [lumi(0.03)])]),
    "other-poi": workspace([VR], {"VR": [80, 85, 101]}, [measurement("fit", "z_norm")]),
    "same-channel": workspace([VR, SR], {"VR": [80, 85, 101], "SR": [52, 71]}, [measurement("fit", "mu", [lumi()])]),
    "same-as-floats": workspace(
        [VR, SR_AS_FLOATS], {"VR": [80, 85, 101], "SR": [52.0, 71.0]}, [measurement("fit", "mu", [lumi()])]
    ),
    "other-channel": workspace(
        [SR_OTHER_SAMPLES, VR], {"VR": [80, 85, 101], "SR": [52, 71]}, [measurement("fit", "mu", [lumi()])]
    ),
    "other-observation": workspace([SR], {"SR": [53, 71]}, [measurement("fit", "mu", [lumi()])]),
    "signal-only": workspace([SR_SIGNAL_ONLY], {"SR": [52, 71]}, [measurement("fit", "mu", [lumi(), MU_BOUNDS])]),
    "two-measurements": workspace(
        [SR, CR, VR],
        {**DATA, "VR": [80, 85, 101]},
        [
            measurement("fit", "mu", [lumi(), MU_BOUNDS, {"name": "fakes", "inits": [1.0, 1.1]}]),
            measurement("z", "z_norm", [lumi()]),
        ],
    ),
    "unsorted": workspace(
        [
            {"name": name, "samples": [
                {"name": "b", "data": [1.0], "modifiers": [
                    modifier("nü", "normsys", {"hi": 1.1, "lo": 0.9}),
                    modifier("nü", "histosys", {"hi_data": [1.1], "lo_data": [1e-05]}),
                    modifier("mu", "normfactor"),
                ]},
                {"name": "a", "data": [2], "modifiers": []},
            ]}
            for name in ["z", "～", "\U0001f600", "é", "Z", "a10", "a2"]
        ],
        {name: [1] for name in ["z", "é", "Z", "\U0001f600", "a10", "～", "a2"]},
        [measurement("b", "mu", [{"name": "nü", "inits": [0.0]}, {"name": "mu", "fixed": True}]), measurement("a", "")],
    ),
    "example": json.loads((ROOT / "examples" / "multichannel.json").read_text(encoding="utf-8")),
}


def dumps(value):
    return json.dumps(value, sort_keys=True)


def outcome(operation):
    """The result's text, or pyhf's refusal."""
    try:
        return {"result": dumps(operation())}
    except (pyhf.exceptions.InvalidWorkspaceOperation, pyhf.exceptions.InvalidSpecification, ValueError) as error:
        # Sets are printed in another order every time.
        message = re.sub(r"\{('.*?')\}", lambda m: ", ".join(sorted(m[1].split(", "))), str(error).splitlines()[0])
        return {"error": message}


def load(name):
    return pyhf.Workspace(deepcopy(WORKSPACES[name]))


def write(name, content):
    used = sorted({key for case in content["cases"] for key in case.get("inputs", [])})
    document = {
        "pyhf": pyhf.__version__,
        **({"workspaces": {key: json.dumps(WORKSPACES[key]) for key in used}} if used else {}),
        **content,
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (TARGET / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


BOTH_WAYS = {"more-settings", "same-as-floats", "other-channel", "signal-only"}


def combine():
    cases = []
    for right in (
        "apart",
        "same-measurement",
        "more-settings",
        "other-settings",
        "other-poi",
        "same-channel",
        "same-as-floats",
        "other-channel",
        "other-observation",
        "signal-only",
        "left",
    ):
        for left, second in (("left", right), (right, "left")):
            for join in pyhf.Workspace.valid_joins:
                for merge in (False, True):
                    if merge and (join == "none" or right not in BOTH_WAYS) and right != "apart":
                        continue
                    pair = load(left), load(second)
                    result = outcome(lambda: pyhf.Workspace.combine(*pair, join=join, merge_channels=merge))
                    cases.append({"inputs": [left, second], "join": join, "merge": merge, **result})
            if right not in BOTH_WAYS:
                break
    write("combine", {"cases": cases})


def prune():
    options = [
        {},
        {"channels": ["VR"]},
        {"channels": ["SR", "CR"]},
        {"samples": ["signal"]},
        {"samples": ["zjets", "signal"]},
        {"samples": ["background"]},
        {"modifiers": ["mu"]},
        {"modifiers": ["jes", "fakes", "lumi"]},
        {"modifier_types": ["staterror"]},
        {"modifier_types": ["normsys", "shapesys", "shapefactor"]},
        {"measurements": ["fit"]},
        {"channels": ["CR"], "samples": ["zjets"], "modifiers": ["stat_SR"], "modifier_types": ["lumi"]},
        {"modifiers": ["fakes"], "measurements": ["z"]},
        {"channels": ["SR", "CR", "VR"]},
        {"measurements": ["fit", "z"]},
        {"channels": ["SRR"]},
        {"samples": ["sig"]},
        {"modifiers": ["jess"]},
        {"modifier_types": ["nothing"]},
        {"measurements": ["fitt"]},
    ]
    cases = [
        {"inputs": ["two-measurements"], "options": option, **outcome(lambda: load("two-measurements").prune(**option))}
        for option in options
    ]
    option = {"channels": ["CR_wjets"], "samples": ["fakes"], "modifiers": ["jes"]}
    cases.append({"inputs": ["example"], "options": option, **outcome(lambda: load("example").prune(**option))})
    write("prune", {"cases": cases})


def rename():
    options = [
        {},
        {"channels": {"SR": "signal region"}},
        {"channels": {"SR": "CR", "CR": "SR"}},
        {"samples": {"background": "b", "zjets": "z+jets"}},
        {"modifiers": {"mu": "μ"}},
        {"modifiers": {"fakes": "jes", "jes": "fakes", "z_norm": "k"}},
        {"measurements": {"fit": "z", "z": "fit"}},
        {"channels": {"VR": "v"}, "samples": {"signal": "s"}, "modifiers": {"theory": "th"}, "measurements": {"z": "zz"}},
        {"channels": {"SRR": "a"}},
        {"samples": {"sig": "a"}},
        {"modifiers": {"jess": "a"}},
        {"measurements": {"fitt": "a"}},
        {"modifiers": {"lumi": "luminosity"}},
    ]
    cases = [
        {"inputs": ["two-measurements"], "options": option, **outcome(lambda: load("two-measurements").rename(**option))}
        for option in options
    ]
    write("rename", {"cases": cases})


def sort():
    names = ("unsorted", "two-measurements", "example")
    cases = [{"inputs": [name], **outcome(lambda: pyhf.Workspace.sorted(load(name)))} for name in names]
    cases[0]["indented"] = json.dumps(json.loads(cases[0]["result"]), indent=4, sort_keys=True)
    write("sort", {"cases": cases})


def digest():
    """Of texts, because that is where 1, 1.0 and 1E0 differ."""
    base = json.dumps(WORKSPACES["left"])
    small = (
        '{"channels":[{"name":"SR","samples":[{"name":"b","data":[%s],"modifiers":[]}]}],'
        '"observations":[{"name":"SR","data":[1]}],'
        '"measurements":[{"name":"m","config":{"poi":"","parameters":[]}}],"version":"1.0.0"}'
    )
    texts = {
        "as written by Python": base,
        "indented": json.dumps(WORKSPACES["left"], indent=3),
        "keys in another order": json.dumps(WORKSPACES["left"], sort_keys=True),
        "beyond ASCII": json.dumps(WORKSPACES["unsorted"], ensure_ascii=False),
        "escaped": json.dumps(WORKSPACES["unsorted"], ensure_ascii=True),
        "names with control characters": small.replace('"SR"', r'"a\u0000\u001f\b\f\n\r\t\"\\\/\u007f\u2028\u00e9"') % "1",
        **{f"number {literal}": small % literal for literal in (
            "1", "1.0", "1E3", "1e-05", "-0", "-0.0", "0.10", "100000000000000000000000", "123456789012345678901", "1e16",
            "12345678901234567.0", "9007199254740993", "9007199254740993.0", "0.0001", "0.00001", "1e22", "5e-324", "-2.5E-7",
        )},
    }
    algorithms = ["sha256", "md5", "sha1", "sha224", "sha384", "sha512"]
    cases = []
    for name, text in texts.items():
        loaded = pyhf.Workspace(json.loads(text))
        wanted = algorithms if name == "as written by Python" else ["sha256"]
        digests = {key: pyhf.utils.digest(loaded, algorithm=key) for key in wanted}
        cases.append({"name": name, "text": text, "digests": digests})
    draw = random.Random(20261122)
    floats = [struct.unpack("<d", struct.pack("<Q", draw.getrandbits(64)))[0] for _ in range(150)]
    floats += [draw.choice([1, -1]) * draw.random() * 10.0 ** draw.randint(-8, 22) for _ in range(150)]
    numbers = [repr(value) for value in floats if value == value and abs(value) != float("inf")]
    write("digest", {"cases": cases, "numbers": numbers})


def inspect():
    cases = []
    for name in ("left", "two-measurements", "example", "unsorted"):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "workspace.json", Path(folder) / "inspect.json"
            source.write_text(json.dumps(WORKSPACES[name]), encoding="utf-8")
            answer = CliRunner().invoke(cli, ["inspect", str(source), "--output-file", str(target)])
            if answer.exit_code != 0:
                raise RuntimeError(f"pyhf inspect fails for {name}: {answer.exception}")
            cases.append({"inputs": [name], "record": json.loads(target.read_text(encoding="utf-8"))})
    write("inspect", {"cases": cases})


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    for make in (combine, prune, rename, sort, digest, inspect):
        make()
