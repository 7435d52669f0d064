"""uproot's side of `node bench/run.ts --io`: writes the trees that both sides read, and reads them.

usage: python bench/io.py write FOLDER MEGABYTES     one file for each compression, with the same events
       python bench/io.py read FILE REPEATS          prints JSON: processor seconds of each repeat, checksums of the columns
"""

import json
import os
import sys
import time
import zlib

import awkward as ak
import numpy as np
import uproot

# What an entry takes on average, in bytes: the branches below.
ENTRY_BYTES = 73
# Entries of a basket: some 100 kB for each branch, between ROOT's first baskets and what it lets them grow to.
STEP = 1 << 15
COMPRESSION = {"none": None, "lz4": uproot.LZ4(4), "zstd": uproot.ZSTD(5), "zlib": uproot.ZLIB(1)}


def events(rng, count):
    """Kinematics with the digits that analysis files keep, flags, counts, and lists of jets."""

    def rounded(values, digits):
        return np.round(values, digits).astype("f4")

    jets = rng.poisson(3, count)
    return {
        "pt": rounded(rng.exponential(50, count), 2),
        "eta": rounded(rng.normal(0, 1.5, count), 3),
        "phi": rounded(rng.uniform(-np.pi, np.pi, count), 3),
        "mass": rounded(rng.normal(125, 10, count), 2),
        "met": rounded(rng.exponential(30, count), 2),
        "score": rng.beta(2, 5, count),
        "weight": rng.normal(1, 0.1, count),
        "run": np.full(count, 358031, dtype="i4"),
        "event": np.cumsum(rng.integers(1, 9, count)).astype("i8"),
        "channel": rng.integers(0, 4, count).astype("i4"),
        "trigger": rng.random(count) < 0.8,
        "jet_pt": ak.unflatten(rounded(rng.exponential(40, jets.sum()), 2), jets),
    }


def write(folder, megabytes):
    steps = max(1, round(float(megabytes) * 1e6 / ENTRY_BYTES / STEP))
    for name, compression in COMPRESSION.items():
        rng = np.random.default_rng(1)
        with uproot.recreate(os.path.join(folder, f"{name}.root"), compression=compression) as file:
            first = events(rng, STEP)
            file.mktree("events", {key: first[key].type if key == "jet_pt" else first[key].dtype for key in first})
            file["events"].extend(first)
            for _ in range(steps - 1):
                file["events"].extend(events(rng, STEP))


def checksum(array):
    layout = ak.to_layout(array)
    if layout.is_list:
        layout = layout.to_ListOffsetArray64(True)
        layout = layout.content[: layout.offsets[-1]]
    return zlib.crc32(np.ascontiguousarray(layout.data).tobytes())


def read(path, repeats):
    seconds = []
    for _ in range(int(repeats)):
        start = time.process_time()
        with uproot.open(path) as file:
            arrays = file["events"].arrays(library="ak")
        seconds.append(time.process_time() - start)
    checks = {name: checksum(arrays[name]) for name in arrays.fields}
    record = {"version": uproot.__version__, "entries": len(arrays), "seconds": seconds, "checksums": checks}
    print(json.dumps(record))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
