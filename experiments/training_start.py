"""What do the numbers before the first update buy, where something is to be kept long?

A sign, 99 steps of noise, then the question for the sign: an LSTM of 16 cells, 400
updates of Adam. The forget gate's bias at 0, 1 or 3, spread over the lengths (chrono),
or the recurrent weights of each gate orthogonal, with a bias of 0 or 1. (The layer of
the course begins with 1, so that every start here says its bias.) A network that
answers zero whatever it saw has a loss of one.

Used by ``31-training``, ``41-claims-tested`` and ``42-classic-experiments``.
"""

import numpy as np
from _training import Rule, adam

from rnnbook.data.tasks import recall_task
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import clip_grad_norm

CELLS, STEPS, SEQUENCES = 16, 100, 32
ORTHOGONAL = ("orthogonal, bias 0", "orthogonal, bias 1")
STARTS = ("bias 0", "bias 1", "bias 3", "chrono", *ORTHOGONAL)
GRID = [
    {"start": "bias 0", "lr": 0.01, "updates": 40},  # cheap: a test makes it again
    *(
        {"start": start, "lr": lr, "updates": 400}
        for start in STARTS
        for lr in (0.003, 0.01, 0.03)
    ),
]
SEEDS = range(3)
TOLERANCE = {"valid": 0.15, "test": 0.15}


def orthogonal(size, rng):
    """A random orthogonal matrix."""
    q, r = np.linalg.qr(rng.normal(size=(size, size)))
    return q * np.sign(np.diag(r))


def begin(params, start, rng, longest=STEPS):
    """Set the biases, and the recurrent weights, of an LSTM, gates i, f, g, o."""
    n = len(params["W_hh"])
    i, f = slice(0, n), slice(n, 2 * n)
    if start.startswith("orthogonal"):
        params["W_hh"][:] = np.hstack([orthogonal(n, rng) for _ in range(4)])
    if start == "chrono":
        params["b_h"][f] = np.log(rng.uniform(1, longest - 1, n))
        params["b_h"][i] = -params["b_h"][f]
    else:
        params["b_h"][f] = int(start[-1])


def answers(layer, head, x):
    return head.forward(layer.forward(x)[0][:, -1])


def run(setting, seed):
    rng = np.random.default_rng(seed)
    layer, head = LSTM(2, CELLS, rng), Linear(CELLS, 1, rng)
    begin(layer.params, setting["start"], rng)
    rule = Rule(adam, [layer.params, head.params], setting["lr"])
    for _ in range(setting["updates"]):
        x, y = recall_task(SEQUENCES, STEPS, rng)
        _, dy = squared_error(answers(layer, head, x), y[:, None])
        dh = np.zeros((SEQUENCES, STEPS, CELLS), np.float32)
        dh[:, -1] = head.backward(dy)
        layer.backward(dh)
        grads = [layer.grads, head.grads]
        clip_grad_norm(grads, 1.0)
        rule.step(grads)
    found = {}
    for k, part in enumerate(("valid", "test")):
        x, y = recall_task(500, STEPS, np.random.default_rng(5000 + k))
        found[part] = float(((answers(layer, head, x)[:, 0] - y) ** 2).mean())
    return found
