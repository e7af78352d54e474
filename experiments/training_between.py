"""Dropout between two layers: does it keep a network from learning by heart?

As ``training_dropout``, with two LSTMs of 64 units on top of one another: 8 blocks of
the course's prose again and again, Adam on a half cosine. Dropout on the way from the
lower to the upper layer, anew at each step, two shares, two rates, 1,000 updates;
without it three rates and shorter budgets, as there. Every 125 updates a check: the
test part judges the end, and the check that the validation part chose.

Used by ``31-training``.
"""

import numpy as np
from _training import (
    ONE_HOT,
    SCHEDULES,
    H,
    Rule,
    V,
    adam,
    drawn,
    losses_of,
    parts,
    scores,
)

from rnnbook.deep import Stacked
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import softmax_cross_entropy
from rnnbook.optim import clip_grad_norm

FEW, EVERY = 8, 125


def _setting(share, lr, updates=1000):
    return {"share": share, "updates": updates, "lr": lr}


GRID = [
    _setting(0.0, 0.01, 20),  # cheap: a test makes it again
    *(_setting(d, lr) for d in (0.3, 0.5) for lr in (0.03, 0.01)),
    *(_setting(0.0, lr, updates) for lr in (0.02, 0.03) for updates in (250, 500)),
    *(_setting(0.0, 0.01, updates) for updates in (500, 1000)),
]
SEEDS = range(3)
TOLERANCE = {"train": 0.2, "end": 0.15, "valid": 0.1, "test": 0.1}


def run(setting, seed):
    rng = np.random.default_rng(seed)
    layers = LSTM(V, H, rng), LSTM(H, H, rng)
    body, head = Stacked(*layers, dropout=setting["share"]), Linear(H, V, rng)
    rule = Rule(adam, [body.params, head.params], setting["lr"])
    rng = np.random.default_rng(1000 + seed)
    blocks, checks = parts()["train"][:FEW], []
    for k in range(setting["updates"]):
        rule.lr = setting["lr"] * SCHEDULES["cosine"](k / setting["updates"])
        x, y = drawn(blocks, 16, 32, rng)
        h, _ = body.forward(ONE_HOT[x], rng=rng)
        body.backward(head.backward(softmax_cross_entropy(head.forward(h), y)[1]))
        grads = [body.grads, head.grads]
        clip_grad_norm(grads, 1.0)
        rule.step(grads)
        if (k + 1) % EVERY == 0 or k + 1 == setting["updates"]:
            checks.append(scores(body, head))
    best = min(checks, key=lambda s: s["valid"])
    train = float(losses_of(body, head, blocks).mean())
    return {"train": train, "end": checks[-1]["test"], **best}
