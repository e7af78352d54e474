"""Does a GRU see gaps in time, the order of a set, and a trend, without being told?

``irregular``: a value that decays towards zero is read at 20 times, and forecast at one
more; the gaps between the times are drawn, or all alike. ``set``: the second largest of
ten numbers; the test part always comes in random order. ``trend``: the next value of a
series that rises; the test part lies beyond what was learned. Errors relative to that
of always answering the mean; in ``trend`` in units of the spread of the noise instead.
Used by ``41-claims-tested``.
"""

import numpy as np
import torch
from _claims import Reader, fit, judged, tensors
from torch import nn

RATES = 0.003, 0.01, 0.03
GRID = [
    {"claim": claim, "net": net, "lr": lr, "updates": updates}
    for claim, nets, updates in (
        ("set", ("sorted", "shuffled", "mean of the elements"), 400),
        ("irregular", ("values", "values and gaps", "values, equal gaps"), 400),
        ("trend", ("levels", "changes", "last value"), 400),
    )
    for net in nets
    for lr in (RATES if net != "last value" else RATES[:1])
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.3, "test": 0.3}


def decay(equal, told):
    """Draws of a process with correlation exp(-gap): 20 values, the next one is y."""

    def draw(rng, B):
        gaps = np.full((B, 21), 0.5) if equal else rng.exponential(0.5, (B, 21))
        kept = np.exp(-gaps)
        v = rng.normal(size=(B, 21))
        for k in range(1, 21):
            v[:, k] = kept[:, k] * v[:, k - 1] + np.sqrt(1 - kept[:, k] ** 2) * v[:, k]
        ahead = kept[:, 1:] if told else np.zeros((B, 20))  # to the value after it
        return np.stack([v[:, :-1], ahead], axis=2), v[:, -1]

    return draw


def numbers(ordered):
    """Draws of ten numbers; the second largest is y."""

    def draw(rng, B):
        x = rng.normal(size=(B, 10))
        y = np.sort(x, axis=1)[:, -2]
        return (np.sort(x, axis=1) if ordered else x)[..., None], y

    return draw


class MeanReader(nn.Module):
    """Reads each element by itself, and sees the mean: no order can matter."""

    def __init__(self, units=32):
        super().__init__()
        self.each = nn.Sequential(nn.Linear(1, units), nn.ReLU(),
                                  nn.Linear(units, units), nn.ReLU())  # fmt: skip
        self.head = nn.Sequential(nn.Linear(units, units), nn.ReLU(),
                                  nn.Linear(units, 1))  # fmt: skip

    def forward(self, x):
        return self.head(self.each(x).mean(dim=1))[:, 0]


def risen(seed):
    """600 values: a straight rise of 6 and noise of 0.2; learned up to 300."""
    rng = np.random.default_rng(seed)
    return np.linspace(0, 6, 600) + rng.normal(0, 0.2, 600)


def windows(v, first, last, net):
    """Windows of 20 whose targets lie in first to last; changes from the last value."""
    ends = np.arange(first, last)
    x, y = v[ends[:, None] - np.arange(20, 0, -1)], v[ends]
    if net != "levels":
        x, y = x - x[:, -1:], y - x[:, -1]
    return x[..., None], y


@torch.no_grad()
def off(model, x, y):
    x, y = tensors((x, y))
    guess = model(x) if model else 0.0 * y
    return float(((guess - y) ** 2).mean().sqrt()) / 0.2


def trend(net, lr, updates, seed):
    v, model = risen(seed), None if net == "last value" else Reader(1, "GRU")
    x, y = windows(v, 20, 300, net)
    if model:

        def draw(rng, B):
            rows = rng.integers(0, len(y), B)
            return x[rows], y[rows]

        fit(model, draw, updates, lr, np.random.default_rng(seed))
    return {
        "valid": off(model, *windows(v, 300, 360, net)),
        "test": off(model, *windows(v, 360, 600, net)),
    }


def run(setting, seed):
    torch.manual_seed(seed)
    claim, net = setting["claim"], setting["net"]
    lr, updates = setting["lr"], setting["updates"]
    if claim == "trend":
        return trend(net, lr, updates, seed)
    if claim == "set":
        model = Reader(1, "GRU") if net[0] == "s" else MeanReader()
        draw = numbers(net == "sorted")
        return judged(model, draw, updates, lr, seed, unseen=numbers(False))
    draw = decay("equal" in net, "and gaps" in net)
    return judged(Reader(2, "GRU"), draw, updates, lr, seed)
