"""Does a bias that keeps carry a sign over a hundred steps, in an LSTM and in a GRU?

The task, the networks and the training of ``gru_recall``, at a distance where 250
updates are hardly enough: whether an LSTM gets there may be decided by its last digits.

Used by ``12-gru``.
"""

import numpy as np

from rnnbook.data import recall_task
from rnnbook.layers import GRU, LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [
    {"length": 100, "cell": cell, "bias": bias}
    for cell in ("LSTM", "GRU")
    for bias in (0, 1, 3)
]
SEEDS = range(10)
# Another processor may make a run learn that did not, or the other way round.
TOLERANCE = {"error": 1.05}

CELLS = {"LSTM": LSTM, "GRU": GRU}


def update(layer, head, optimizer, x, y):
    """One step of training for a task that asks for one number at the end."""
    h, _ = layer.forward(x)
    loss, dy = squared_error(head.forward(h[:, -1]), y[:, None])
    dh = np.zeros_like(h)
    dh[:, -1] = head.backward(dy)
    layer.backward(dh)
    grads = [layer.grads, head.grads]
    clip_grad_norm(grads, max_norm=1.0)
    optimizer.step(grads)
    return loss


def train(layer, task, length, updates, lr, rng, enough=0.0):
    """Losses, until the mean of the last 25 is small enough."""
    head, losses = Linear(layer.hidden_size, 1, rng=rng), []
    optimizer = Adam([layer.params, head.params], lr=lr)
    while len(losses) < updates and np.mean(losses[-25:] or 1) > enough:
        x, y = task(32, length, rng)
        losses.append(update(layer, head, optimizer, x, y))
    return losses


def recall(kind, bias, length, seed):
    rng = np.random.default_rng(seed)
    layer = kind(2, 16, rng=rng)
    name = "b_h" if kind is LSTM else "b_xh"
    layer.params[name][16:32] = bias  # the second block: f, or z
    return np.mean(train(layer, recall_task, length, 250, 0.01, rng)[-25:])


def run(setting, seed):
    kind = CELLS[setting["cell"]]
    return {"error": recall(kind, setting["bias"], setting["length"], seed)}
