"""How many updates does a GRU need on the adding problem, and how many an LSTM?

Both with 32 units, the LSTM with its forget bias of one, over 25, 50 and 100 steps, at
two learning rates. Counted are the updates until the mean of the last 25 losses is
0.01; who has not come there after 700 is counted with 700.

Used by ``12-gru``.
"""

import numpy as np

from rnnbook.data import adding_task
from rnnbook.layers import GRU, LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [
    {"cell": cell, "lr": lr, "length": length}
    for lr in (0.02, 0.01)
    for cell in ("LSTM", "GRU")
    for length in (25, 50, 100)
]
SEEDS = range(10)
TOLERANCE = {"updates": 25}

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


def adding_updates(kind, length, lr, seed):
    rng = np.random.default_rng(seed)
    layer = kind(2, 32, rng=rng)
    return len(train(layer, adding_task, length, 700, lr, rng, 0.01))


def run(setting, seed):
    kind = CELLS[setting["cell"]]
    return {"updates": adding_updates(kind, setting["length"], setting["lr"], seed)}
