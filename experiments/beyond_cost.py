"""What does a sequence cost, against its length, on one core?

Processor time of one pass forwards over 4 or 32 sequences of 64 numbers a step, best
of three, as the logarithm to base 2 of microseconds: a linear step as a loop, the same
by doubling, causal attention with one head, and the GRU of PyTorch, each without the
matrices that make its inputs but for the GRU.

Used by ``35-beyond``.
"""

import math
import time

import torch
from _beyond import Scan
from torch import nn

WAYS = ("loop", "doubling", "attention", "GRU")
GRID = [{"T": T, "B": B} for B in (4, 32) for T in (64, 256, 1024)]
SEEDS = range(3)
TOLERANCE = dict.fromkeys(WAYS, 2.0)  # another processor, or a busy one


def doubling(a, b):
    d = 1
    while d < b.shape[1]:
        b = torch.cat([b[:, :d], b[:, d:] + a[:, d:] * b[:, :-d]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d *= 2
    return b


def attention(q, k, v, past):
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~past, -torch.inf)
    return scores.softmax(-1) @ v


@torch.inference_mode()
def run(setting, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    T, B, gru = setting["T"], setting["B"], nn.GRU(64, 64, batch_first=True)
    a, b, v = torch.rand(3, B, T, 64).unbind()
    past = torch.ones(T, T, dtype=torch.bool).tril()
    passes = {
        "loop": lambda: Scan.apply(a, b),
        "doubling": lambda: doubling(a, b),
        "attention": lambda: attention(a, b, v, past),
        "GRU": lambda: gru(b),
    }
    found = {}
    for name, one in passes.items():
        one()
        took = []
        for _ in range(3):
            start = time.process_time()
            one()
            took.append(time.process_time() - start)
        found[name] = math.log2(1e6 * max(min(took), 1e-6))
    return found
