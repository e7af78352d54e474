"""Print how fast the layers are beside PyTorch, Keras and tutorial code.

``make bench``, or ``python tests/benchmarks/table.py [--seconds 2]``.

A ratio is the time of one training step (forward, backward, with dx) divided by that
of ``torch.nn``, in the same process, on the same threads, in turns; below 1 is faster
than PyTorch. Times are minima over all turns: processor time on one thread, where other
programs matter less, and elapsed time on several.
"""

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from math import exp, log
from pathlib import Path

from contenders import KINDS, SHAPES

CONTENDERS = ("torch", "rnnbook", "products", "keras", "tutorial")
ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
}
IMPORT = """
import time
start = time.perf_counter()
import rnnbook.layers
print(time.perf_counter() - start)
"""


# ---- in a process of its own, with its own environment


def measure(threads, seconds):
    """Time every contender, in turns, and print a line of JSON for each case."""
    import contenders
    import tensorflow
    import torch
    from threadpoolctl import threadpool_info

    torch.set_num_threads(threads)
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    pools = [p for p in threadpool_info() if p["internal_api"] == "openblas"]
    print(json.dumps({"blas": pools}), flush=True)
    clock = time.process_time if threads == 1 else time.perf_counter
    for kind in KINDS:
        for shape in SHAPES:
            steps = {c: getattr(contenders, c)(kind, shape) for c in CONTENDERS}
            line = {"kind": kind, "shape": shape, **in_turns(steps, seconds, clock)}
            print(json.dumps(line), flush=True)


def in_turns(steps, seconds, clock):
    """The shortest time of each step; the slow ones take every fifth turn only."""
    best = dict.fromkeys(steps, float("inf"))
    end, turn = time.perf_counter() + seconds, 0
    for _ in range(2):  # warms up, and traces
        for step in steps.values():
            step()
    while turn < 5 or time.perf_counter() < end:
        for name, step in steps.items():
            if turn % 5 and name in ("keras", "tutorial"):
                continue
            start = clock()
            step()
            best[name] = min(best[name], clock() - start)
        turn += 1
    return best


def measure_memory(contender, kind, shape):
    """Print by how many MB three training steps raise the peak of the process."""
    import contenders

    def resident(which):
        status = Path("/proc/self/status").read_text()
        return int(status.split(which + ":")[1].split()[0]) / 1024

    if contender == "torch":
        import torch

        torch.set_num_threads(1)
    getattr(contenders, contender)(kind, (2, 3, 4, 5))()
    step = getattr(contenders, contender)(kind, shape)
    # Free memory that the process still holds would hide what the step takes.
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):  # glibc
        libc.malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak to what is used now
    before = resident("VmRSS")
    for _ in range(3):
        step()
    print(resident("VmHWM") - before)


# ---- in the process that prints


def run(arguments, threads=1, unset=True):
    """Run Python in a fresh process and return what it prints, line by line."""
    env = os.environ | ENVIRONMENT
    names = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"
    env |= dict.fromkeys(names, str(threads))
    if unset:
        env.pop("OPENBLAS_CORETYPE", None)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.splitlines()


def mean(ratios):
    """Geometric mean."""
    return exp(sum(map(log, ratios)) / len(ratios))


def print_speed(threads, seconds, unset):
    arguments = [__file__, "--measure", str(threads), "--seconds", str(seconds)]
    first, *lines = map(json.loads, run(arguments, threads, unset))
    name = "unset" if unset else os.environ["OPENBLAS_CORETYPE"]
    print(f"\n## {threads} thread{'s' * (threads > 1)}, OPENBLAS_CORETYPE {name}\n")
    for pool in first["blas"]:
        print(
            f"- {Path(pool['filepath']).parent.name}: {pool['internal_api']} "
            f"{pool['version']}, kernels for {pool['architecture']}, "
            f"{pool['num_threads']} thread(s)"
        )
    print()
    print("| layer | B, T, D, H | torch ms | rnnbook ms | rnnbook / torch |", end="")
    print(" keras / torch | tutorial / torch | products / rnnbook |")
    print("|---|---|" + "---:|" * 6)
    for kind in KINDS:
        rows = [line for line in lines if line["kind"] == kind]
        ratios = [ratios_of(row) for row in rows]
        for row, r in zip(rows, ratios, strict=True):
            shape = ", ".join(map(str, row["shape"]))
            times = f"{row['torch'] * 1e3:.2f} | {row['rnnbook'] * 1e3:.2f}"
            print(f"| {kind} | {shape} | {times} | " + cells(r))
        means = [mean(column) for column in zip(*ratios, strict=True)]
        print(f"| **{kind}** | geometric mean | | | " + cells(means))


def ratios_of(row):
    t, ours = row["torch"], row["rnnbook"]
    return ours / t, row["keras"] / t, row["tutorial"] / t, row["products"] / ours


def cells(ratios):
    *ratios, share = ratios
    return " | ".join(f"{r:.2f}" for r in ratios) + f" | {share:.0%} |"


def print_memory():
    print("\n## Peak memory of a training step, MB, one thread\n")
    if not Path("/proc/self/clear_refs").exists():
        print("Measured on Linux only.")
        return
    print("| layer | B, T, D, H | rnnbook | torch |\n|---|---|---:|---:|")
    for kind in KINDS:
        for shape in SHAPES:
            case = [kind, *map(str, shape)]
            used = (run([__file__, "--memory", c, *case]) for c in ("rnnbook", "torch"))
            ours, theirs = (float(lines[-1]) for lines in used)
            shape = ", ".join(map(str, shape))
            print(f"| {kind} | {shape} | {ours:.1f} | {theirs:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3, help="for each case")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--memory", nargs=6, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure, options.seconds)
    if options.memory:
        contender, kind, *shape = options.memory
        return measure_memory(contender, kind, tuple(map(int, shape)))
    print("# Speed and memory of rnnbook.layers, float32")
    load = f"; load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"\n{os.cpu_count()} processors{load} at the start.")
    took = min(float(run(["-c", IMPORT])[-1]) for _ in range(5))
    print(f"`import rnnbook.layers` takes {took:.2f} s of the 0.3 s it may take.")
    for unset in (True, False) if "OPENBLAS_CORETYPE" in os.environ else (True,):
        for threads in (1, 2):
            print_speed(threads, options.seconds, unset)
    print_memory()


if __name__ == "__main__":
    main()
