"""Does a short training let an LSTM count further than a GRU?

So many a, then only b, and after each letter the sign of the difference. Both cells
have four units and see rows of 22 letters that begin with one to ten a. The number is
the largest count of a up to which every answer is right, of sixty; each row is asked
until the b are one ahead.

Used by ``12-gru``, ``41-claims-tested`` and ``42-classic-experiments``.
"""

import numpy as np

from rnnbook.layers import GRU, LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [{"cell": "LSTM"}, {"cell": "GRU"}]
SEEDS = range(12)
# Training is chaotic here: another order of summation is nearly another seed.
TOLERANCE = {"counts_to": 6}

CELLS = {"LSTM": LSTM, "GRU": GRU}


def count_task(counts, length):
    t = np.arange(length)
    a = t < np.asarray(counts)[:, None]  # (B, T)
    x = np.stack([a, ~a], axis=-1).astype(np.float32)
    sign = np.sign((x[..., 0] - x[..., 1]).cumsum(axis=1))
    return x, sign.astype(np.float32)


def learn_to_count(kind, seed, hidden=4, most=10):
    rng = np.random.default_rng(seed)
    layer, head = kind(2, hidden, rng=rng), Linear(hidden, 1, rng=rng)
    optimizer = Adam([layer.params, head.params], lr=0.02)
    for _ in range(700):
        x, y = count_task(rng.integers(1, most + 1, size=16), 2 * most + 2)
        _, dy = squared_error(head.forward(layer.forward(x)[0]), y[..., None])
        layer.backward(head.backward(dy))
        grads = [layer.grads, head.grads]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
    return layer, head


def counts_to(layer, head):
    """The largest number up to which a network counts without error."""
    x, y = count_task(np.arange(1, 61), 122)
    wrong = np.rint(head.forward(layer.forward(x)[0])[..., 0]) != y
    for n, row in enumerate(wrong, start=1):
        if row[: 2 * n + 1].any():
            return n - 1
    return 60


def run(setting, seed):
    return {"counts_to": counts_to(*learn_to_count(CELLS[setting["cell"]], seed))}
