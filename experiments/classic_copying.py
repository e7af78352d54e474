"""Which networks leave the loss that needs no memory, on the copying task?

Five symbols of eight, a gap, a sign, and the five again (Arjovsky, Shah and Bengio,
2016, after Hochreiter and Schmidhuber, 1997). Whoever answers blanks, and then guesses,
has a loss of ``S ln 8 / (gap + 2 S)``: here 5 symbols, gaps of 5 and 40 steps. Four
networks of at most 5,000 numbers: tanh, orthogonal at the start, LSTM, GRU, and
convolutions that see 61 steps. 600 updates of Adam on batches of 32, two rates. The
numbers are losses as shares of that baseline.

Used by ``42-classic-experiments``.
"""

import math

import numpy as np
import torch
from _classic import class_loss, learn, of_size, symbols
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best, below

from rnnbook.data.tasks import copying_task

RULE = (
    "Shares of the loss without memory, at the own best rate. *Holds*: at the gap of "
    "40 "
    "every recurrent network keeps more than 0.9 of it and the convolutions less than "
    "0.1, and at the gap of 5, the control, an LSTM or a GRU is below 0.9. *In part*: "
    "at 40 the convolutions lie below each recurrent network by two standard errors."
)


def verdict(runs):
    best = at_best(runs, ["gap", "network"])
    far = {n: rows.test for n, rows in best[best.gap == 40].groupby("network")}
    near = best[best.gap == 5].groupby("network").test.mean()
    recurrent = [far[n] for n in ("tanh", "LSTM", "GRU")]
    stuck = all(r.mean() > 0.9 for r in recurrent)
    able = min(near["LSTM"], near["GRU"]) < 0.9
    if stuck and able and far["convolution"].mean() < 0.1:
        return WHOLE
    return IN_PART if all(below(far["convolution"], r) for r in recurrent) else NOT_HERE


def _setting(network, gap, lr, updates=600):
    return {"network": network, "gap": gap, "lr": lr, "updates": updates}


GRID = [
    _setting("LSTM", 5, 0.01, 40),  # cheap: a test makes it again
    *(
        _setting(network, gap, lr)
        for gap in (5, 40)
        for network in ("tanh", "LSTM", "GRU", "convolution")
        for lr in (0.003, 0.01)
    ),
]
SEEDS = range(3)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 0.5, "test": 0.5}
S, A = 5, 8


def run(setting, seed):
    torch.manual_seed(seed)
    kind = {"tanh": "tanh, orthogonal"}.get(setting["network"], setting["network"])
    model = of_size(kind, A + 2, A + 1, 5000, last=False, levels=4)
    gap = setting["gap"]

    def batch(size, rng):
        x, y = copying_task(size, S, gap, rng, A)
        return symbols(x, A + 2), torch.as_tensor(y)

    learn(
        model,
        lambda rng: batch(32, rng),
        class_loss,
        setting["lr"],
        setting["updates"],
        np.random.default_rng(seed),
    )
    baseline, found = S * math.log(A) / (gap + 2 * S), {}
    with torch.no_grad():
        for k, part in enumerate(("valid", "test")):
            x, y = batch(500, np.random.default_rng(9000 + k))
            found[part] = float(class_loss(model(x), y)) / baseline
    return found
