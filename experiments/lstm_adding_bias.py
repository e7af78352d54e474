"""Does the LSTM owe its lead at the adding problem to its forget bias of one?

The same training as in ``lstm_adding``, 40 steps and 32 units, with the forget gate's
bias at 0 at the start, as every bias of the network with shared gates is. 900 updates;
the number is the first update at which the mean of the last 50 losses lies below 0.01
(900 if none).

Used by ``11-lstm``.
"""

import numpy as np

from rnnbook.data import adding_task
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

UPDATES = 900
GRID = [{"bias": 0}]
SEEDS = range(5)
# When a run begins to learn is chaotic: another order of summation is another seed.
TOLERANCE = {"learned": 400}


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


def run(setting, seed):
    rng = np.random.default_rng(seed)
    layer = LSTM(2, 32, rng=rng)
    layer.params["b_h"][32:64] = setting["bias"]
    losses = train(layer, adding_task, 40, UPDATES, 0.02, rng)
    means = np.convolve(losses, np.ones(50) / 50, "valid")  # of updates 1 to 50, ...
    low = np.flatnonzero(means < 0.01)
    return {"learned": int(low[0]) + 50 if low.size else UPDATES}
