"""Why are two processes not twice as fast: what they send, or that they are two?

``beside``: two processes of rnnbook.distributed train at the same moment, each its own
network with half of the batch, and send nothing: time of the clock for an update of
the first one. ``sending``: two processes only average as many numbers as the network
has parameters, by gloo. Medians, as logarithms to base 10 of milliseconds, to be held
against ``scaling_processes``.

Used by ``33-scaling``.
"""

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import torch.distributed as dist
from _scaling import log10

from rnnbook.distributed import Reader

GRID = [
    {"what": "sending", "processes": 1, "hidden": 32, "batch": 0},  # cheap
    *(
        {"what": "sending", "processes": 2, "hidden": hidden, "batch": 0}
        for hidden in (64, 256, 512)
    ),
    *(
        {"what": "beside", "processes": 2, "hidden": hidden, "batch": batch}
        for hidden, batch in ((64, 16), (256, 16), (256, 32), (512, 32))
    ),
]
SEEDS = range(1)
TOLERANCE = {"log10_ms": 1.0}


def averaged(rank, world, path, hidden):
    """Process ``rank`` of those that send; the first leaves its median in a file."""
    torch.set_num_threads(1)
    store = dist.FileStore(str(path / "store"), world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    numbers = torch.zeros(sum(p.numel() for p in Reader(hidden).parameters()))
    took = []
    for _ in range(25):
        dist.barrier()
        begun = time.perf_counter()
        dist.all_reduce(numbers)
        took.append(time.perf_counter() - begun)
    if rank == 0:
        (path / "told.json").write_text(json.dumps({"seconds": took}), "utf-8")
    dist.destroy_process_group()


def sending(folder, setting):
    world, hidden = setting["processes"], setting["hidden"]
    if world == 1:
        return averaged(0, 1, folder, hidden)
    fork = multiprocessing.get_context("fork")
    both = [
        fork.Process(target=averaged, args=(rank, world, folder, hidden))
        for rank in range(world)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()


def beside(folder, setting, seed):
    command = [sys.executable, "-m", "rnnbook.distributed", "--steps", "20"]
    command += [f"--{name}={setting[name]}" for name in ("hidden", "batch")]
    command += ["--every", "1000", "--seed", str(seed), "--folder"]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    both = [
        subprocess.Popen([*command, str(place)], env=env, stderr=subprocess.PIPE)
        for place in (folder, folder / "other")
    ]
    for one in both:
        _, said = one.communicate()
        if one.returncode:
            raise RuntimeError(said)


def run(setting, seed):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if setting["what"] == "sending":
            sending(folder, setting)
        else:
            beside(folder, setting, seed)
        seconds = json.loads((folder / "told.json").read_text("utf-8"))["seconds"]
    return {"log10_ms": log10(1000 * statistics.median(seconds[5:]))}
