"""Does training tell that a term of the LSTM's backward step is missing?

The adding problem over 10 steps, 32 units, 400 updates, with the right backward step
and with one that leaves out the way from the output to the cell. Then no gradient ever
enters the cell, and three of the four blocks of the weights never move. The numbers are
mean losses over the last 50 updates before each mark, and how far, at the end, the
block of the output gate and the three others have moved (largest entry).

Used by ``11-lstm`` and ``41-claims-tested``.
"""

import numpy as np

from rnnbook import bptt
from rnnbook.cells import lstm_step, lstm_step_backward
from rnnbook.data import adding_task
from rnnbook.layers import Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

T, H, B, UPDATES = 10, 32, 64, 400
MARKS = 50, 100, 200, 300, 400
GRID = [{"term": "there"}, {"term": "left out"}]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {f"after_{m}": 0.05 for m in MARKS} | {"moved_o": 1.0, "moved_ifg": 1.0}


def broken_backward(dstate, cache, params):
    """The step back whose ``dc`` is what arrives: the way from h is taken off."""
    dh_next, dc_next = dstate
    _, _, _, _, _, _, o, c_next = cache
    way = dh_next * o * (1 - np.tanh(c_next) ** 2)
    return lstm_step_backward((dh_next, dc_next - way), cache, params)


def run(setting, seed):
    rng, bound = np.random.default_rng(seed), 1 / np.sqrt(H)
    shapes = {"W_xh": (2, 4 * H), "W_hh": (H, 4 * H), "b_h": (4 * H,)}
    params = {k: rng.uniform(-bound, bound, size=s) for k, s in shapes.items()}
    start = {k: p.copy() for k, p in params.items()}
    head = Linear(H, 1, rng=rng, dtype=np.float64)
    optimizer = Adam([params, head.params], lr=0.02)
    back = lstm_step_backward if setting["term"] == "there" else broken_backward
    zeros, losses = (np.zeros((B, H)), np.zeros((B, H))), []
    for _ in range(UPDATES):
        x, y = (a.astype(np.float64) for a in adding_task(B, T, rng))
        h, _, caches = bptt.forward(lstm_step, x, zeros, params)
        loss, dy = squared_error(head.forward(h[:, -1]), y[:, None])
        dh = np.zeros_like(h)
        dh[:, -1] = head.backward(dy)
        _, _, grads = bptt.backward(back, dh, zeros, caches, params)
        clip_grad_norm([grads, head.grads], max_norm=1.0)
        optimizer.step([grads, head.grads])
        losses.append(loss)
    moved = np.concatenate([np.atleast_2d(params[k] - start[k]) for k in params])
    far = np.abs(moved).max(axis=0).reshape(4, H).max(axis=1)  # i, f, g, o
    found = {f"after_{m}": float(np.mean(losses[m - 50 : m])) for m in MARKS}
    return found | {"moved_o": float(far[3]), "moved_ifg": float(far[:3].max())}
