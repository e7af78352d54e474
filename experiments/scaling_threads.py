"""What does a second thread buy for one recurrent layer, on an idle and a busy machine?

torch.nn.LSTM, T = 32, as many inputs as units, forwards and backwards: the clock's time
with one thread over that with two (the least of fifteen calls each, in turns). ``busy``
other processes compute all the while.

Used by ``33-scaling``.
"""

import subprocess
import sys
import time

import torch
from _scaling import layer, least

GRID = [{"H": 32, "B": 1, "busy": 0}] + [
    {"H": H, "B": B, "busy": busy}
    for busy in (0, 2)
    for H in (64, 256, 512)
    for B in (1, 16, 64)
]
SEEDS = range(3)
TOLERANCE = {"faster": 1.5}
ALONE = True


def run(setting, seed):
    once = layer(32, setting["H"], setting["B"], seed)
    beside = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(beside) for _ in range(setting["busy"])]
    clock = {}
    try:
        for n in (1, 2, 1, 2, 1, 2):
            torch.set_num_threads(n)
            took = least(once, 5, time.perf_counter)
            clock[n] = min(clock.get(n, 1e9), took)
    finally:
        torch.set_num_threads(1)
        for other in others:
            other.kill()
            other.wait()
    return {"faster": clock[1] / clock[2]}
