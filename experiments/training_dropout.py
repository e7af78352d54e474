"""Dropout, and where, or decaying weights: what keeps it from learning by heart?

The LSTM of 64 units reads 8 blocks of the course's prose, 8,200 letters, again and
again, 1,000 updates of Adam on a half cosine. Dropout on the letters, on the output or
on the state, there anew at each step or one mask a sequence; two shares, two rates
each, chosen on the validation part. Without dropout there are more to choose from:
three rates, and shorter budgets, whose rate has fallen before the text is learned by
heart. Every 125 updates a check: the test part judges the end, and the check that the
validation part chose. (``run`` takes the cell and AdamW's decay as well; nothing is
stored of these.)

Used by ``31-training``, ``41-claims-tested`` and ``42-classic-experiments``.
"""

import numpy as np
from _training import (
    SCHEDULES,
    Rule,
    Thinned,
    adam,
    adamw,
    drawn,
    fresh,
    losses_of,
    parts,
    scores,
    update,
)

FEW, EVERY = 8, 125
RATES = (0.01, 0.03)
PLACES = (
    "letters",
    "output",
    "state, each step",
    "state, one mask",
    "cell, each step",
)


def _setting(place, share, lr, updates=1000):
    return {"place": place, "share": share, "updates": updates, "lr": lr}


GRID = [
    _setting("none", 0.0, 0.01, 40),  # cheap: a test makes it again
    *(
        _setting("none", 0.0, lr, updates)
        for lr in (0.01, 0.02, 0.03)
        for updates in (250, 500, 1000)
    ),
    *(_setting(p, d, lr) for p in PLACES[:4] for d in (0.1, 0.3) for lr in RATES),
]
SEEDS = range(3)
TOLERANCE = {"train": 0.2, "end": 0.15, "valid": 0.1, "test": 0.1}


def run(setting, seed):
    place, share = setting["place"], setting["share"]
    layer, head = fresh(seed)
    thinned = place in PLACES
    body = Thinned(layer, place, share) if thinned else layer
    options = {"decay": share} if place == "weights" else {}
    kind = adamw if place == "weights" else adam
    rule = Rule(kind, [layer.params, head.params], setting["lr"], **options)
    rng = np.random.default_rng(1000 + seed)
    blocks, checks = parts()["train"][:FEW], []
    for k in range(setting["updates"]):
        rule.lr = setting["lr"] * SCHEDULES["cosine"](k / setting["updates"])
        x, y = drawn(blocks, 16, 32, rng)
        rule.step(update(body, head, x, y, 1.0, rng if thinned else None)[1])
        if (k + 1) % EVERY == 0 or k + 1 == setting["updates"]:
            checks.append(scores(layer, head))
    best = min(checks, key=lambda s: s["valid"])
    train = float(losses_of(layer, head, blocks).mean())
    return {"train": train, "end": checks[-1]["test"], **best}
