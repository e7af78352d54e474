"""Does clipping let more of ten plain networks learn the order of two signs?

The second design of ``classic_temporal_order``, whose verdict rested on five of five
runs against three of five. The same task, network and training; ten seeds that were not
used there, four rates between the best of both, and a rule that asks for more than
luck. The numbers are the shares of wrong answers, of 1,000 each.

Used by ``42-classic-experiments``.
"""

from math import comb

import numpy as np
import torch
from _classic import Reader, class_loss, learn, made, symbols, wrong
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best

RULE = (
    "A run is solved with less than 1 % wrong; ten new seeds, four rates. *Holds*: "
    "each at its own best rate, clipping solves more runs than training without it, by "
    "Fisher's exact test (two-sided, below 0.05). *In part*: at one and the same rate "
    "it does, and at none the reverse is so. *Does not hold here*: at its own rate it "
    "solves no more. Else *cannot tell*."
)


def by_luck(a, b, n):
    """Fisher: how likely two groups of n part at least so unevenly, a + b solved."""
    ways = [comb(n, k) * comb(n, a + b - k) for k in range(a + b + 1)]
    return sum(w for w in ways if w <= ways[a]) / sum(ways)


def verdict(runs):
    runs = runs[runs.updates == runs.updates.max()]
    runs = runs.assign(solved=runs.test < 0.01)
    own, n = at_best(runs, ["clip"]).groupby("clip").solved.sum(), runs.seed.nunique()
    same = runs.groupby(["lr", "clip"]).solved.sum().unstack()
    told = same.apply(lambda r: by_luck(int(r[1.0]), int(r[0.0]), n) < 0.05, axis=1)
    more, less = same[1.0] > same[0.0], same[1.0] < same[0.0]
    if own[1.0] > own[0.0] and by_luck(int(own[1.0]), int(own[0.0]), n) < 0.05:
        return WHOLE
    if (more & told).any() and not (less & told).any():
        return IN_PART
    return NOT_HERE if own[1.0] <= own[0.0] else "cannot tell"


def _setting(clip, lr, updates=1000):
    return {"clip": clip, "lr": lr, "updates": updates}


GRID = [
    _setting(1.0, 0.1, 40),  # cheap: a test makes it again
    *(_setting(c, lr) for c in (1.0, 0.0) for lr in (0.03, 0.05, 0.07, 0.1)),
]
SEEDS = range(10, 20)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 0.5, "test": 0.5}
UNITS, LENGTH = 50, 50


def temporal_order(batch, length, rng):
    """Letters 0 to 3, marks 4 and 5, (B, T); classes 0 to 3, (B,)."""
    x = rng.integers(0, 4, (batch, length))
    marks, rows = rng.integers(0, 2, (batch, 2)), np.arange(batch)
    tenth = length // 10
    for k, first in enumerate((tenth, 5 * tenth)):
        x[rows, first + rng.integers(0, tenth, batch)] = 4 + marks[:, k]
    return x, 2 * marks[:, 0] + marks[:, 1]


def batch(size, rng):
    x, y = temporal_order(size, LENGTH, rng)
    return symbols(x, 6), torch.as_tensor(y)


def run(setting, seed):
    torch.manual_seed(seed)
    model = Reader(made("tanh, orthogonal", 6, UNITS), UNITS, 4)
    learn(
        model,
        lambda rng: batch(20, rng),
        class_loss,
        setting["lr"],
        setting["updates"],
        np.random.default_rng(seed),
        setting["clip"],
        "SGD",
    )
    return {
        part: wrong(model, *batch(1000, np.random.default_rng(7010 + k)))
        for k, part in enumerate(("valid", "test"))
    }
