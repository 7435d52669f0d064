#!/usr/bin/env python3
"""pyhf's answers for patchsets: extract, apply, verify, inspect.

usage: python tools/golden/patchsets.py
needs: pip install -r tools/golden/requirements.txt   (pinned versions; Python 3.11)

Writes test/golden/operations/patchset.json: the texts of the inputs under `backgrounds` and `patchsets`, and cases that
name them. `output` is what pyhf prints, byte for byte; `error` is the class and message of its exception.
"""

import json
import re
import tempfile
from copy import deepcopy
from pathlib import Path

import pyhf
from click.testing import CliRunner
from pyhf.cli import cli
from pyhf.utils import digest

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "test" / "golden" / "operations" / "patchset.json"

# As text, because how a number is written is part of it.
BACKGROUND = """{
  "channels": [
    {"name": "SR", "samples": [
      {"name": "background", "data": [50, 60.0, 7E1], "modifiers": [
        {"name": "jes", "type": "histosys", "data": {"hi_data": [52.0, 63, 71.5], "lo_data": [48, 57.0, 6.85e1]}},
        {"name": "stat_SR", "type": "staterror", "data": [2.0, 2, 3]}
      ]}
    ]},
    {"name": "CR", "samples": [
      {"name": "background", "data": [500.0], "modifiers": [{"name": "z_norm", "type": "normfactor", "data": null}]}
    ]}
  ],
  "observations": [{"name": "SR", "data": [52, 61.0, 73]}, {"name": "CR", "data": [510.0]}],
  "measurements": [{"name": "search", "config": {"poi": "mu", "parameters": [
    {"name": "mu", "inits": [1.0], "bounds": [[0, 1E1]]}
  ]}}],
  "version": "1.0.0"
}
"""
BACKGROUNDS = {
    "background": BACKGROUND,
    "other layout": json.dumps(json.loads(BACKGROUND), sort_keys=True),
    "other spelling": BACKGROUND.replace("[50, ", "[50.0, "),
    "other content": BACKGROUND.replace("[510.0]", "[511.0]"),
}
DIGESTS = {name: digest(json.loads(BACKGROUND), algorithm=name) for name in ("md5", "sha256")}

SIGNAL = """{"name": "signal", "data": [%s], "modifiers": [
  {"name": "mu", "type": "normfactor", "data": null},
  {"name": "theory", "type": "normsys", "data": {"hi": 1.10, "lo": 9e-1}}
]}"""


def add_signal(data):
    return '{"op": "add", "path": "/channels/0/samples/0", "value": %s}' % (SIGNAL % data)


# Operations of the patches, and what they show.
PATCHES = {
    "signal_500_1": [add_signal("5, 10.0, 1E-5")],
    "signal_900_100": [add_signal("0.5, 1, 123456789012345678901"), '{"op": "test", "path": "/channels/1/samples/0/data/0", "value": 500}'],
    # Numbers that change their place in a list take their spelling along.
    "numbers_move": [
        add_signal("1, 2.0, 3"),
        '{"op": "remove", "path": "/channels/0/samples/1/data/0"}',
        '{"op": "add", "path": "/channels/0/samples/1/data/-", "value": 80.0}',
        '{"op": "move", "from": "/observations/0/data/1", "path": "/observations/0/data/0"}',
        '{"op": "copy", "from": "/observations/1/data/0", "path": "/observations/0/data/3"}',
        '{"op": "remove", "path": "/observations/0/data/1"}',
        '{"op": "replace", "path": "/channels/0/samples/1/modifiers/1/data/2", "value": 4.0}',
    ],
    "containers_move": [
        '{"op": "copy", "from": "/channels/0", "path": "/channels/-"}',
        '{"op": "replace", "path": "/channels/2/name", "value": "VR"}',
        '{"op": "replace", "path": "/channels/2/samples/0/modifiers/1/name", "value": "stat_VR"}',
        '{"op": "copy", "from": "/observations/0", "path": "/observations/0"}',
        '{"op": "replace", "path": "/observations/0/name", "value": "VR"}',
        '{"op": "move", "from": "/channels/2", "path": "/channels/0"}',
        add_signal("1.0, 1, 1.00"),
    ],
    "whole_document": ['{"op": "replace", "path": "", "value": %s}' % BACKGROUND.replace("7E1", "7E2")],
    "nothing": [],
    "test_fails": ['{"op": "test", "path": "/channels/0/name", "value": "CR"}'],
    "no_such_place": ['{"op": "replace", "path": "/channels/7/name", "value": "X"}'],
    "index_with_zero": ['{"op": "replace", "path": "/channels/01/name", "value": "X"}'],
    "no_workspace": ['{"op": "remove", "path": "/observations"}'],
    "wrong_kind": ['{"op": "replace", "path": "/channels/0/samples/0/data", "value": "many"}'],
}


def patchset(patches=None, digests=None, labels='["m_stop", "m_chi"]', more=""):
    if patches is None:
        patches = "".join(
            '%s\n    {"metadata": {"name": "%s", "values": [%d, %s], "note": "caf\\u00e9 \\ud83d\\ude00", "mass": 1.50},'
            ' "patch": [%s]}' % ("," if i else "", name, i, "1.0" if i % 2 else "2", ",\n".join(operations))
            for i, (name, operations) in enumerate(PATCHES.items())
        )
    return """{
  "metadata": {
    "references": {"hepdata": "ins1234567"},
    "digests": %s,
    "description": "signals, é",
    "labels": %s%s
  },
  "patches": [%s],
  "version": "1.0.0"
}
""" % (json.dumps(digests or DIGESTS), labels, more, patches)


def one(name="a", values="1, 2", patch="[]"):
    return '{"metadata": {"name": "%s", "values": [%s]}, "patch": %s}' % (name, values, patch)


GOOD = json.loads(patchset(one()))


def changed(change):
    document = deepcopy(GOOD)
    change(document)
    return json.dumps(document, indent=2)


def delete(*path):
    def change(document):
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]
    return changed(change)


def put(value, *path):
    def change(document):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value
    return changed(change)


PATCHSETS = {
    "patchset": patchset(),
    "one patch": patchset(one("only", patch="[%s]" % add_signal("1, 2, 3"))),
    "md5 alone": patchset(one(), {"md5": DIGESTS["md5"]}),
    "sha256 alone": patchset(one(), {"sha256": DIGESTS["sha256"]}),
    "wrong md5": patchset(one(), {"sha256": DIGESTS["sha256"], "md5": "0" * 32}),
    "wrong sha256": patchset(one(), {"md5": DIGESTS["md5"], "sha256": "f" * 64}),
    "capital sha256": patchset(one(), {"sha256": DIGESTS["sha256"].upper()}),
    "values as texts": patchset(one("a", '"1", 1') + "," + one("b", '1, "1"')),
    "metadata of both": patchset(
        '{"metadata": {"name": "a", "values": [1.0, 2], "mass": 2.0, "width": 1.0, "x": 1, "y": 1.0}, "patch": []}',
        more=',\n    "name": "of the set", "mass": 2, "list": [1, 1.0, {"z": 3E0}], "x": 1.0, "y": 1, "\\ue000": 1, "\\ud83d\\ude00": 2',
    ),
    # Malformed ones.
    "not JSON": '{"metadata": ',
    "empty": "",
    "a list": "[]",
    "a workspace": BACKGROUND,
    "no patches key": delete("patches"),
    "no metadata": delete("metadata"),
    "no version": delete("version"),
    "another version": put("2.0.0", "version"),
    "unknown key": put(1, "comment"),
    "no patch at all": put([], "patches"),
    "patches are an object": put({}, "patches"),
    "no digests": delete("metadata", "digests"),
    "empty digests": put({}, "metadata", "digests"),
    "unknown digest": put({"sha1": "0" * 40}, "metadata", "digests"),
    "short digest": put({"md5": "0" * 31}, "metadata", "digests"),
    "no references": delete("metadata", "references"),
    "wrong reference": put({"hepdata": "1234567"}, "metadata", "references"),
    "no labels": put([], "metadata", "labels"),
    "label with a space": put(["m stop", "m_chi"], "metadata", "labels"),
    "no description": delete("metadata", "description"),
    "patch without metadata": delete("patches", 0, "metadata"),
    "patch without name": delete("patches", 0, "metadata", "name"),
    "patch without values": delete("patches", 0, "metadata", "values"),
    "patch without operations": delete("patches", 0, "patch"),
    "name with a slash": put("a/b", "patches", 0, "metadata", "name"),
    "value null": put([1, None], "patches", 0, "metadata", "values"),
    "too few values": put([1], "patches", 0, "metadata", "values"),
    "too many values": put([1, 2, 3], "patches", 0, "metadata", "values"),
    "two of one name": patchset(one("a", "1, 2") + "," + one("a", "3, 4")),
    "two of the same values": patchset(one("a", "1, 2.0") + "," + one("b", "1.0, 2")),
    "unknown operation": put([{"op": "ad", "path": "/version"}], "patches", 0, "patch"),
    "operation without value": put([{"op": "add", "path": "/version"}], "patches", 0, "patch"),
    "operation without path": put([{"op": "remove"}], "patches", 0, "patch"),
    "path without slash": put([{"op": "remove", "path": "version"}], "patches", 0, "patch"),
    "operation is a text": put(["remove /version"], "patches", 0, "patch"),
}


def run(*arguments):
    """What pyhf prints, or why it does not."""
    files = []
    with tempfile.TemporaryDirectory() as folder:
        for argument in arguments:
            if isinstance(argument, tuple):
                file = Path(folder) / f"{len(files)}.json"
                file.write_text(argument[0], encoding="utf-8")
                files.append(str(file))
            else:
                files.append(argument)
        answer = CliRunner().invoke(cli, ["patchset", *files])
    if answer.exception is None:
        return {"output": answer.stdout}
    # The first sentence: what follows are values, addresses and paths of this machine.
    message = re.split(r"\n|\? ", str(answer.exception))[0]
    return {"error": f"{type(answer.exception).__name__}: {message}"}


def main():
    good = ["patchset", "one patch", "metadata of both", "values as texts"]
    extract = []
    for name in good:
        for patch in json.loads(PATCHSETS[name])["patches"]:
            for flag in ("--without-metadata", "--with-metadata"):
                key = patch["metadata"]["name"]
                extract.append({
                    "patchset": name, "name": key, "metadata": flag == "--with-metadata",
                    **run("extract", (PATCHSETS[name],), "--name", key, flag),
                })
    extract.append({"patchset": "patchset", "name": "signal_500", "metadata": False, **run("extract", (PATCHSETS["patchset"],), "--name", "signal_500")})
    apply = [
        {"patchset": "patchset", "background": background, "name": key, **run("apply", (BACKGROUNDS[background],), (PATCHSETS["patchset"],), "--name", key)}
        for background, keys in {
            "background": [*PATCHES, "signal_500"],
            "other layout": ["signal_500_1", "numbers_move"],
            "other content": ["signal_500_1"],
        }.items()
        for key in keys
    ]
    verify = [
        {"patchset": name, "background": background, **run("verify", (BACKGROUNDS[background],), (PATCHSETS[name],))}
        for background, names in {
            "background": ["patchset", "md5 alone", "sha256 alone", "wrong md5", "wrong sha256", "capital sha256"],
            "other layout": ["patchset"],
            "other spelling": ["patchset", "md5 alone", "sha256 alone"],
            "other content": ["patchset"],
        }.items()
        for name in names
    ]
    inspect = [{"patchset": name, **run("inspect", (text,))} for name, text in PATCHSETS.items()]
    cases = {"extract": extract, "apply": apply, "verify": verify, "inspect": inspect}
    document = {"pyhf": pyhf.__version__, "backgrounds": BACKGROUNDS, "patchsets": PATCHSETS, **cases}
    TARGET.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
