"""Does an LSTM recall a sign over a hundred steps, and with which forget-gate bias?

The task, the network and the training of ``lstm_recall``, at a distance where 250
updates are hardly enough: whether a run gets there is decided by its last digits.

Used by ``11-lstm``.
"""

import numpy as np

from rnnbook.data import recall_task
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [{"length": 100, "bias": bias} for bias in (0, 1, 3)]
SEEDS = range(10)
# Another processor may make a run learn that did not, or the other way round.
TOLERANCE = {"loss": 1.05}


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
