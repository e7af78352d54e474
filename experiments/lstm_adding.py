"""Does an LSTM learn the adding problem, and do its rivals, and after how long?

Sequences of 40 steps, 1,800 updates. The LSTM with 32 units; the plain RNN at two
learning rates; and an LSTM whose gates share one weight matrix, with a quarter of the
weights, at three rates. A control tells the sharing from the number of weights: with 15
units the LSTM has as few of them. Two more keep ``W_hh`` at zero: then no unit sees an
output, and what a cell remembers, it remembers by itself. The numbers are mean losses
over the last 50 updates before each mark, and the first update at which such a mean
lies below 0.01 (1,800 if none).

Used by ``11-lstm`` and ``41-claims-tested``.
"""

import numpy as np
from _lstm import learned, train

from rnnbook.data import adding_task
from rnnbook.layers import LSTM, RNN

UPDATES = 1800
MARKS = 50, *range(100, UPDATES + 1, 100)
GRID = [
    {"network": "LSTM", "units": 32, "lr": 0.02, "W_hh": "learned"},
    {"network": "shared", "units": 32, "lr": 0.02, "W_hh": "learned"},
    {"network": "LSTM", "units": 15, "lr": 0.02, "W_hh": "learned"},
    {"network": "shared", "units": 32, "lr": 0.02, "W_hh": "zero"},
    {"network": "LSTM", "units": 32, "lr": 0.02, "W_hh": "zero"},
    {"network": "shared", "units": 32, "lr": 0.01, "W_hh": "learned"},
    {"network": "shared", "units": 32, "lr": 0.04, "W_hh": "learned"},
    {"network": "RNN", "units": 32, "lr": 0.02, "W_hh": "learned"},
    {"network": "RNN", "units": 32, "lr": 0.003, "W_hh": "learned"},
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed. When a
# run begins to learn, or a rate that is too large throws it, is chaotic most of all.
TOLERANCE = {f"after_{m}": 0.3 if m >= 300 else 0.1 for m in MARKS} | {"learned": 1200}


class SharedLSTM(LSTM):
    """All gates and the candidate from the same pre-activation."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for p in self.params.values():
            p[...] = np.tile(np.split(p, 4, axis=-1)[0], 4)

    def backward(self, dh, dstate=None):
        result = super().backward(dh, dstate)
        for g in self.grads.values():  # four halves have the norm of one
            g[...] = np.tile(sum(np.split(g, 4, axis=-1)) / 2, 4)
        return result


def without_h(cell):
    """The same layer with ``W_hh`` kept at zero: it does not see its own output."""

    class Alone(cell):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.params["W_hh"][...] = 0

        def backward(self, dh, dstate=None):
            result = super().backward(dh, dstate)
            self.grads["W_hh"][...] = 0
            return result

    return Alone


def adding_run(cell, units, updates, seed, lr=0.02):
    """Loss at every update, for sequences of 40 steps: (updates,)."""
    rng = np.random.default_rng(seed)
    layer = cell(2, units, rng=rng)
    return train(layer, adding_task, 40, updates, lr, rng)


def run(setting, seed):
    cell = {"LSTM": LSTM, "RNN": RNN, "shared": SharedLSTM}[setting["network"]]
    cell = without_h(cell) if setting["W_hh"] == "zero" else cell
    losses = adding_run(cell, setting["units"], UPDATES, seed, setting["lr"])
    means = np.convolve(losses, np.ones(50) / 50, "valid")  # of updates 1 to 50, ...
    found = {f"after_{m}": float(means[m - 50]) for m in MARKS}
    return found | {"learned": learned(losses, UPDATES)}
