"""Does an LSTM learn the adding problem, and do its rivals?

Sequences of 40 steps, 32 units, 600 updates: the LSTM, the plain RNN at four learning
rates, and the popular wrong LSTM whose gates share one weight matrix, with its one bias
at 0 or at 1. The numbers are mean losses over the last 50 updates before each mark.

Used by ``11-lstm``.
"""

import numpy as np

from rnnbook.data import adding_task
from rnnbook.layers import LSTM, RNN, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

T, H, UPDATES = 40, 32, 600
MARKS = 50, 100, 200, 300, 400, 500, 600
GRID = [
    {"network": "LSTM", "lr": 0.02},
    {"network": "RNN", "lr": 0.02},
    {"network": "shared", "lr": 0.02},
    {"network": "shared, bias 1", "lr": 0.02},
    {"network": "RNN", "lr": 0.002},
    {"network": "RNN", "lr": 0.006},
    {"network": "RNN", "lr": 0.05},
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed. When a
# run begins to learn, or a rate that is too large throws it, is chaotic most of all.
TOLERANCE = {f"after_{m}": 0.3 if 300 <= m <= 500 else 0.1 for m in MARKS}


class SharedLSTM(LSTM):
    """All gates and the candidate from the same pre-activation."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for p in self.params.values():
            p[...] = np.concatenate([np.split(p, 4, axis=-1)[0]] * 4, axis=-1)

    def backward(self, dh, dstate=None):
        result = super().backward(dh, dstate)
        for g in self.grads.values():
            g[...] = np.concatenate([sum(np.split(g, 4, axis=-1))] * 4, axis=-1)
        return result


def train(layer, task, length, steps, lr, rng, batch=64):
    """Loss at every step, for a task that asks one number at the end: (steps,)."""
    head = Linear(layer.params["W_hh"].shape[0], 1, rng=rng)
    optimizer = Adam([layer.params, head.params], lr=lr)
    losses = []
    for _ in range(steps):
        x, y = task(batch, length, rng)
        h, _ = layer.forward(x)  # (B, T, H)
        loss, dy = squared_error(head.forward(h[:, -1]), y[:, None])  # (B, 1)
        dh = np.zeros_like(h)
        dh[:, -1] = head.backward(dy)
        layer.backward(dh)
        grads = [layer.grads, head.grads]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
        losses.append(loss)
    return np.array(losses)


def adding_run(cell, seed, lr=0.02, bias=None):
    """Loss at every update; with a bias, all biases start there."""
    rng = np.random.default_rng(seed)
    layer = cell(2, H, rng=rng)
    if bias is not None:
        layer.params["b_h"][:] = bias
    return train(layer, adding_task, T, UPDATES, lr, rng)


def run(setting, seed):
    cells = {"LSTM": LSTM, "RNN": RNN, "shared": SharedLSTM}
    cell = cells[setting["network"].removesuffix(", bias 1")]
    bias = 1 if setting["network"].endswith("bias 1") else None
    losses = adding_run(cell, seed, setting["lr"], bias)
    return {f"after_{m}": float(losses[m - 50 : m].mean()) for m in MARKS}
