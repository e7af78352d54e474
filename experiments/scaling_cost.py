"""How does the time of one layer's update grow with T, H and B?

torch.nn.LSTM with as many inputs as units, forwards and backwards, one thread, float32:
processor time, the least of five calls, as the logarithm to base 10 of milliseconds.
The last setting lies beyond all others: the chapter's model is not fitted to it.

Used by ``33-scaling``.
"""

import torch
from _scaling import layer, least, log10

GRID = [
    {"T": T, "H": H, "B": B}
    for T in (8, 32, 128)
    for H in (32, 96, 256)
    for B in (1, 8, 64)
] + [{"T": 256, "H": 384, "B": 32}]
SEEDS = range(3)
TOLERANCE = {"log10_ms": 0.8}


def run(setting, seed):
    torch.set_num_threads(1)
    return {"log10_ms": log10(least(layer(**setting, seed=seed), 5))}
