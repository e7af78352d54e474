"""What the experiments of 33-scaling share: clocks, and one layer to be timed."""

import math
import time

import torch
from torch import nn


def least(f, repeats, clock=time.process_time):
    """Milliseconds of the fastest of some calls, after one that does not count."""
    f()
    took = []
    for _ in range(repeats):
        begun = clock()
        f()
        took.append(clock() - begun)
    return 1000 * min(took)


def log10(ms):
    return math.log10(max(ms, 1e-6))


def layer(T, H, B, seed):
    """One update of torch.nn.LSTM without the update: forwards and backwards."""
    torch.manual_seed(seed)
    lstm, x = nn.LSTM(H, H, batch_first=True), torch.randn(B, T, H)

    def once():
        lstm.zero_grad()
        lstm(x)[0].sum().backward()

    return once
