"""On the adding problem, do convolutions learn as fast as a GRU, and an LSTM not at
all?

Sequences of 50 steps (600 in Bai, Kolter and Koltun, 2018), networks of at most 5,000
numbers, 600 updates of Adam on batches of 32, three rates, and more where the best lay
at the edge of them, which came after the first run. A control: convolutions with
one level less, which see 29 steps, so that the first mark is out of sight for most
sequences. The numbers are squared errors; answering the mean has 1/6.

Used by ``42-classic-experiments``.
"""

import numpy as np
import torch
from _classic import learn, of_size, squared
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best, below

from rnnbook.data.tasks import adding_task

RULE = (
    "Squared errors at the own best rate; the mean's is 1/6. *Holds*: GRU and "
    "convolutions below 0.01, the LSTM above 0.1, the short-sighted convolutions above "
    "1/24. *In part*: the convolutions lie below the LSTM by two standard errors, and "
    "the short-sighted ones above 1/24."
)


def verdict(runs):
    best = at_best(runs, ["network"])
    test = {n: rows.test for n, rows in best.groupby("network")}
    if test["short-sighted"].mean() <= 1 / 24:
        return NOT_HERE
    learned = max(test["GRU"].mean(), test["convolution"].mean()) < 0.01
    if learned and test["LSTM"].mean() > 0.1:
        return WHOLE
    return IN_PART if below(test["convolution"], test["LSTM"]) else NOT_HERE


def _setting(network, lr, updates=600):
    return {"network": network, "lr": lr, "updates": updates}


GRID = [
    _setting("LSTM", 0.01, 40),  # cheap: a test makes it again
    *(
        _setting(network, lr)
        for network in ("LSTM", "GRU", "convolution", "short-sighted")
        for lr in (0.003, 0.01, 0.03)
    ),
    # Added after the first run: the best rate lay at the edge.
    *(_setting(network, lr) for network in ("LSTM", "GRU") for lr in (0.1, 0.3)),
    _setting("convolution", 0.001),
]
SEEDS = range(3)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 0.15, "test": 0.15}
LENGTH = 50


def batch(size, rng):
    return tuple(map(torch.as_tensor, adding_task(size, LENGTH, rng)))


def run(setting, seed):
    torch.manual_seed(seed)
    short = setting["network"] == "short-sighted"
    kind = "convolution" if short else setting["network"]
    model = of_size(kind, 2, 1, 5000, levels=3 if short else 4)
    learn(
        model,
        lambda rng: batch(32, rng),
        squared,
        setting["lr"],
        setting["updates"],
        np.random.default_rng(seed),
    )
    with torch.no_grad():
        return {
            part: float(squared(model(x), y))
            for part, (x, y) in {
                part: batch(1000, np.random.default_rng(6000 + k))
                for k, part in enumerate(("valid", "test"))
            }.items()
        }
