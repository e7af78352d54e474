"""What is the reset gate for? A sum that begins anew at every mark.

At each step the sum of all numbers since the last mark is asked for. The whole GRU (the
reset before the product) is trained beside the same GRU with its reset gate held open,
``r = 1``, with 1, 4 and 16 units at two learning rates. ``error`` is the mean squared
error over the last 50 of 1,000 updates, ``half`` that before update 500; a network that
always answers zero has 0.40.

Used by ``12-gru`` and ``41-claims-tested``.
"""

import numpy as np

from rnnbook.layers import GRU, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [
    {"cell": cell, "hidden": hidden, "lr": lr}
    for hidden in (1, 4, 16)
    for cell in ("GRU", "r = 1")
    for lr in (0.01, 0.03)
]
SEEDS = range(5)
# A training is chaotic: another processor is as good as another seed.
TOLERANCE = {"error": 0.02, "half": 0.15}


def sum_since_mark(batch, length, rng):
    """Numbers and marks, and after each step the sum since the last mark."""
    v = rng.uniform(-0.5, 0.5, size=(batch, length))
    mark = rng.random((batch, length)) < 0.15
    mark[:, 0] = True
    y, total = np.zeros((batch, length)), 0.0
    for t in range(length):
        total = np.where(mark[:, t], 0.0, total) + v[:, t]
        y[:, t] = total
    x = np.stack([v, mark], axis=-1)
    return x.astype(np.float32), y[..., None].astype(np.float32)


def hold_reset_open(layer):
    """r = 1 for good: where the sigmoid is flat, no gradient moves the gate."""
    layer.params["b_h"][: layer.hidden_size] = 50


def sum_losses(hidden, lr, is_open, seed, updates=1000):
    """Loss at every update, for a task that asks at every step."""
    rng = np.random.default_rng(seed)
    layer = GRU(2, hidden, reset_after=False, rng=rng)
    head, losses = Linear(hidden, 1, rng=rng), []
    if is_open:
        hold_reset_open(layer)
    optimizer = Adam([layer.params, head.params], lr=lr)
    for _ in range(updates):
        x, y = sum_since_mark(32, 20, rng)
        loss, dy = squared_error(head.forward(layer.forward(x)[0]), y)
        layer.backward(head.backward(dy))
        grads = [layer.grads, head.grads]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
        losses.append(loss)
    return losses


def run(setting, seed):
    is_open = setting["cell"] == "r = 1"
    losses = sum_losses(setting["hidden"], setting["lr"], is_open, seed)
    return {
        "error": float(np.mean(losses[-50:])),
        "half": float(np.mean(losses[450:500])),
    }
