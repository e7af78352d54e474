"""Does it matter for a short call whether the program keeps memory that it has freed?

torch.nn.LSTM as in scaling_cost, in a process of its own: ten calls of which none
counts, then processor time, the least of five, as the logarithm to base 10 of
milliseconds, and the pages that the system had to hand out in these. ``kept``: one
large piece of memory was freed before.

Used by ``33-scaling``.
"""

import json
import resource
import subprocess
import sys

from _scaling import layer, least, log10
from _settled import keep_freed_memory

GRID = [{"T": 8, "H": 32, "B": 1, "kept": 0}] + [
    {"T": 8, "H": 256, "B": B, "kept": kept} for B in (1, 8) for kept in (0, 1)
]
SEEDS = range(5)
TOLERANCE = {"log10_ms": 0.8, "log10_pages": 6.0}


def timed(T, H, B, kept, seed):
    if kept:
        keep_freed_memory()
    once = layer(T, H, B, seed)
    least(once, 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    ms = least(once, 5)
    pages = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return {"log10_ms": log10(ms), "log10_pages": log10(max(pages, 1) / 6)}


def run(setting, seed):
    given = json.dumps({**setting, "seed": seed})
    command = [sys.executable, __file__, given]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    print(json.dumps(timed(**json.loads(sys.argv[1]))))
