"""The trainings of an LSTM that several experiments of ``11-lstm`` share."""

import numpy as np

from rnnbook.data import recall_task
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm


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


def recall_loss(length, bias, seed):
    """The mean loss of the last 25 updates."""
    rng = np.random.default_rng(seed)
    layer = LSTM(2, 16, rng=rng)
    layer.params["b_h"][16:32] = bias
    losses = train(layer, recall_task, length, 250, 0.01, rng, batch=32)
    return float(losses[-25:].mean())


def learned(losses, limit):
    """The first update at which the mean of the last 50 losses is below 0.01."""
    means = np.convolve(losses, np.ones(50) / 50, "valid")  # of updates 1 to 50, ...
    low = np.flatnonzero(means < 0.01)
    return int(low[0]) + 50 if low.size else limit
