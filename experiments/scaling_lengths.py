"""What does a mean of means cost, where sequences have several lengths?

The sentences and the network of rnnbook.distributed, sixteen an update, eight for
each of two workers (here in one process: the gradient is the same). ``all``: the sum
of the losses over the letters of both. ``own``: the mean of the two workers' means.
Sentences are dealt at random, or by length, so that the first worker has the shorter
ones. ``weights at random`` is the control: the two weights of a letter that ``by
length`` has, given to eight sentences each that were drawn at random. Scores in bits a
letter, on all sentences that did not train and on the shortest and longest third of
them; rates are chosen on the validation part.

Used by ``33-scaling``.
"""

import math

import numpy as np
import torch
from torch import nn

from rnnbook.data.prose import load_prose
from rnnbook.distributed import SKIP, Reader, padded, sentences

GRID = [
    {"mean": "all", "dealt": "at random", "lr": 0.01, "updates": 2},  # cheap
    *(
        {"mean": mean, "dealt": dealt, "lr": lr, "updates": 400}
        for mean, dealt in (
            ("all", "at random"),
            ("own", "at random"),
            ("own", "by length"),
            ("own", "weights at random"),
        )
        for lr in (0.003, 0.01, 0.03)
    ),
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.1, "test": 0.1, "short": 0.1, "long": 0.1}


def summed(model, some):
    x, y = padded(some)
    scores = model(x).flatten(0, 1)
    loss = nn.functional.cross_entropy(
        scores, y.flatten(), ignore_index=SKIP, reduction="sum"
    )
    return loss, int((y != SKIP).sum())


@torch.no_grad()
def score(model, rows):
    losses, counts = zip(
        *(summed(model, rows[k : k + 64]) for k in range(0, len(rows), 64))
    )
    return float(sum(losses)) / sum(counts) / math.log(2)


def run(setting, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    rows = sentences(load_prose().text)
    train = [r for k, r in enumerate(rows) if k % 10 < 8]
    valid, test = (sorted(rows[k::10], key=len) for k in (8, 9))
    model = Reader(64)
    adam = torch.optim.Adam(model.parameters(), setting["lr"])
    for _ in range(setting["updates"]):
        some = [train[k] for k in rng.choice(len(train), 16, replace=False)]
        ordered = sorted(some, key=len)
        if setting["dealt"] == "by length":
            some = ordered
        (a, n), (b, m) = summed(model, some[:8]), summed(model, some[8:])
        loss = (a + b) / (n + m) if setting["mean"] == "all" else (a / n + b / m) / 2
        if setting["dealt"] == "weights at random":
            light, heavy = (
                sum(len(r) - 1 for r in part) for part in (ordered[8:], ordered[:8])
            )
            loss = (a / heavy + b / light) / (n / heavy + m / light)
        adam.zero_grad()
        loss.backward()
        adam.step()
    third = len(test) // 3
    return {
        "valid": score(model, valid),
        "test": score(model, test),
        "short": score(model, test[:third]),
        "long": score(model, test[-third:]),
    }
