"""Do four habits pay: telling an age, windows in order, no dropout in a cell, trust?

``asynchronous``: of two series one is read at every fourth step only, by chance, and
its last reading is carried on; their sum at the next step is forecast. ``windows``: the
next value of a series that swings, from windows in time's order or in any; as a control
from windows whose inside is shuffled. ``bit``: a sign after 15 steps, by an LSTM whose
cell loses a quarter of its numbers, anew at each step or the same ones throughout.
``far``: an LSTM that learned to recall a sign over 25 steps is asked after 25
(``valid``) and after 1,000 (``test``). Errors relative to that of always answering the
mean. Used by ``41-claims-tested``.
"""

import numpy as np
import torch
from _claims import Reader, error, fit, judged
from torch import nn

RATES = 0.01, 0.03
GRID = [
    {"claim": claim, "net": net, "lr": lr, "updates": updates}
    for claim, nets, rates, updates in (
        ("asynchronous", ("carried on", "age told", "all read"), RATES, 400),
        ("windows", ("in order", "shuffled", "inside shuffled"), RATES, 400),
        ("bit", ("no dropout", "each step", "one mask"), RATES, 250),
        ("far", ("LSTM",), RATES[:1], 400),
    )
    for net in nets
    for lr in rates
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.5, "test": 0.5}


def walk(rng, B, steps, kept):
    """Draws of a series that comes back to its mean, of variance 1."""
    v = rng.normal(size=(B, steps))
    for k in range(1, steps):
        v[:, k] = kept * v[:, k - 1] + np.sqrt(1 - kept**2) * v[:, k]
    return v


def two_clocks(net):
    """Draws of 20 steps of two series, the second with gaps; their next sum is y."""

    def draw(rng, B):
        a, b = walk(rng, B, 21, 0.5), walk(rng, B, 21, 0.9)
        read = (rng.random((B, 20)) < 0.25) | (net == "all read")
        read[:, 0] = True
        steps = np.arange(20)
        last = np.maximum.accumulate(np.where(read, steps, 0), axis=1)
        age = (steps - last) / 4 if net == "age told" else np.zeros((B, 20))
        seen = np.take_along_axis(b, last, axis=1)
        return np.stack([a[:, :-1], seen, age], axis=2), a[:, -1] + b[:, -1]

    return draw


def swings(seed):
    """1,500 values of a series that swings with a period of about a dozen steps."""
    rng = np.random.default_rng(seed)
    v, noise = np.zeros(1500), rng.normal(0, 0.4, 1500)
    for k in range(2, 1500):
        v[k] = 1.6 * v[k - 1] - 0.85 * v[k - 2] + noise[k]
    return v


def windows(net, lr, updates, seed):
    v, model, at = swings(seed), Reader(1), 0
    ends = np.arange(20, 1500)
    x, y = v[ends[:, None] - np.arange(20, 0, -1), None], v[ends]
    if net == "inside shuffled":
        x = np.random.default_rng(seed).permuted(x, axis=1)
    order = np.arange(960)  # windows to learn from; then 240 choose, the rest judge

    def draw(rng, B):
        nonlocal at
        if at == 0 and net != "in order":
            rng.shuffle(order)
        rows, at = order[at : at + B], (at + B) % 960
        return x[rows], y[rows]

    fit(model, draw, updates, lr, np.random.default_rng(seed))
    return {
        "valid": error(model, x[960:1200], y[960:1200]),
        "test": error(model, x[1200:], y[1200:]),
    }


def recall(steps):
    """Draws of a sign, then noise."""

    def draw(rng, B):
        x = rng.normal(0, 0.3, (B, steps))
        y = x[:, 0] = rng.choice([-1.0, 1.0], B)
        return x[..., None], y

    return draw


class Leaky(nn.Module):
    """An LSTM cell of forget bias 3 that loses a quarter of its numbers in training."""

    def __init__(self, net, units=16):
        super().__init__()
        self.cell, self.head, self.net = nn.LSTMCell(1, units), nn.Linear(units, 1), net
        self.cell.bias_ih.data[units : 2 * units] = 3.0
        self.cell.bias_hh.data[units : 2 * units] = 0.0

    def forward(self, x):
        h = c = mask = x.new_zeros(len(x), 16)
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
            if self.training and self.net != "no dropout":
                if t == 0 or self.net == "each step":
                    mask = (torch.rand_like(c) > 0.25) / 0.75
                c = c * mask
        return self.head(h)[:, 0]


def leaky(net, lr, updates, seed):
    model, draw = Leaky(net), recall(15)
    fit(model, draw, updates, lr, np.random.default_rng(seed))
    model.eval()
    new = (draw(np.random.default_rng(k + seed), 1000) for k in (10_000, 20_000))
    valid, test = (error(model, *part) for part in new)
    return {"valid": valid, "test": test}


def run(setting, seed):
    torch.manual_seed(seed)
    claim, net = setting["claim"], setting["net"]
    lr, updates = setting["lr"], setting["updates"]
    if claim == "windows":
        return windows(net, lr, updates, seed)
    if claim == "bit":
        return leaky(net, lr, updates, seed)
    if claim == "far":
        return judged(Reader(1, bias=3.0), recall(25), updates, lr, seed, recall(1000))
    return judged(Reader(3, "GRU"), two_clocks(net), updates, lr, seed)
