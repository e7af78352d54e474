"""When do workers of a DataLoader help?

Batches of 32 windows, 64 steps of 16 numbers, cut out of an array (``work`` 0) or
filtered by forty passes of NumPy as well (``work`` 40, some milliseconds each), for a
small LSTM that learns from them. An epoch of 512 windows with 0, 1 or 2 workers: the
processor time of the training process, which is what a faster clock has to come from,
and of all processes with the start of the workers, the least of two epochs, as
logarithms to base 10 of milliseconds a batch.

Used by ``33-scaling``.
"""

import os
import time

import numpy as np
import torch
from _scaling import log10
from torch import nn
from torch.utils.data import DataLoader, Dataset

GRID = [
    {"work": work, "workers": workers, "windows": windows}
    for work, workers, windows in (
        (0, 0, 64),
        *((work, n, 512) for work in (0, 40) for n in (0, 1, 2)),
    )
]
SEEDS = range(3)
TOLERANCE = {"log10_own": 0.8, "log10_all": 0.8}


class Windows(Dataset):
    def __init__(self, series, n, work):
        self.series, self.n, self.work = series, n, work

    def __len__(self):
        return self.n

    def __getitem__(self, k):
        x = self.series[k : k + 64]
        for _ in range(self.work):
            x = np.apply_along_axis(np.convolve, 0, x, [0.25, 0.5, 0.25], "same")
        return torch.tensor(x, dtype=torch.float32)


def processor():
    return sum(os.times()[:4])  # with children that have ended


def run(setting, seed):
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    n, workers = setting["windows"], setting["workers"]
    series = rng.normal(size=(n + 64, 16)).astype(np.float32)
    context = "fork" if workers else None
    loader = DataLoader(
        Windows(series, n, setting["work"]),
        32,
        num_workers=workers,
        multiprocessing_context=context,
    )
    torch.manual_seed(seed)
    lstm = nn.LSTM(16, 64, batch_first=True)
    adam = torch.optim.Adam(lstm.parameters())
    own, used = [], []
    for _ in range(2):
        begun, spent = time.process_time(), processor()
        for x in loader:
            adam.zero_grad()
            lstm(x)[0].square().mean().backward()
            adam.step()
        own.append(time.process_time() - begun)
        used.append(processor() - spent)
    batches = n / 32
    return {
        "log10_own": log10(1000 * min(own) / batches),
        "log10_all": log10(1000 * min(used) / batches),
    }
