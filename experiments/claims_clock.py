"""Does a GRU take less processor time than an LSTM of as many units, in PyTorch?

Forwards and backwards over 50 steps, batches of 32, as many inputs as units, one
thread: the least processor time of five calls, the two taking turns; and, as a control,
that of a second LSTM. The numbers are shares of the LSTM's time. Used by
``41-claims-tested``.
"""

import time

import torch
from torch import nn

GRID = [{"units": units} for units in (16, 64, 128)]
SEEDS = range(5)
TOLERANCE = {"GRU": 20.0, "another LSTM": 5.0}  # a busy machine, another processor
ALONE = True


def run(setting, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    units = setting["units"]
    x = torch.randn(32, 50, units)
    kinds = {"LSTM": nn.LSTM, "GRU": nn.GRU, "another LSTM": nn.LSTM}
    nets = {k: kind(units, units, batch_first=True) for k, kind in kinds.items()}
    taken = {k: [] for k in nets}
    for _ in range(5):
        for k, net in nets.items():
            begin = time.process_time()
            net(x)[0].sum().backward()
            taken[k].append(time.process_time() - begin)
    least = {k: min(v) for k, v in taken.items()}
    return {k: least[k] / least["LSTM"] for k in ("GRU", "another LSTM")}
