"""How far does an LSTM learn to recall, from which forget-gate bias?

A sign, then noise, then the question for the sign: an LSTM of 16 cells, 250 updates,
the forget gate's bias at 0, 1 or 3 at the start and nothing else changed, over 10 to 50
steps. A network that answers zero whatever it saw has a loss of one.

Used by ``11-lstm``.
"""

import numpy as np

from rnnbook.data import recall_task
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [{"length": length, "bias": b} for length in (10, 25, 50) for b in (0, 1, 3)]
SEEDS = range(10)
# A training is chaotic; these runs have all learned the task, or nothing.
TOLERANCE = {"loss": 0.1}


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


def run(setting, seed):
    return {"loss": recall_loss(setting["length"], setting["bias"], seed)}
