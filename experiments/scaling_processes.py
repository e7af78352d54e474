"""How long is an update of one process, and of two that share the batch?

rnnbook.distributed, one thread a process, gloo: time of the clock for an update, the
median of those after the fifth, as the logarithm to base 10 of milliseconds; and the
bytes that one process sends in a ring, counted.

Used by ``33-scaling``.
"""

import json
import statistics
import tempfile
from pathlib import Path

import torch
from _scaling import log10

from rnnbook.distributed import Reader, launch, main

GRID = [
    {"processes": 1, "hidden": 32, "batch": 8, "steps": 12},  # cheap
    *(
        {"processes": n, "hidden": hidden, "batch": batch, "steps": 16}
        for hidden, batch in ((64, 32), (256, 32), (256, 64), (384, 64), (512, 64))
        for n, batch in ((1, batch), (1, batch // 2), (2, batch))
    ),
]
GRID = [one for k, one in enumerate(GRID) if one not in GRID[:k]]
SEEDS = range(3)
TOLERANCE = {"log10_ms": 1.0, "bytes": 0.5}
ALONE = True


def run(setting, seed):
    n, names = setting["processes"], ("hidden", "batch", "steps")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        given = [f"--{name}={setting[name]}" for name in names]
        given += ["--folder", folder, "--every", "1000", "--seed", str(seed)]
        if n == 1:
            main(given)
        else:
            started = launch(n, *given)
            _, said = started.communicate()
            if started.returncode:
                raise RuntimeError(said)
        told = json.loads((Path(folder) / "told.json").read_text("utf-8"))
    size = 4 * sum(p.numel() for p in Reader(setting["hidden"]).parameters())
    return {
        "log10_ms": log10(1000 * statistics.median(told["seconds"][5:])),
        "bytes": size * 2 * (n - 1) / n,
    }
