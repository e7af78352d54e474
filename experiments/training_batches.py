"""How many sequences in a batch, how many steps in a window, and the state carried on?

The LSTM of 64 units, Adam with a constant rate. First: 4, 16 or 64 windows of 32
letters an update, after equally many letters and after equally many updates. Then: 512
letters an update in windows of 8, 32 or 128, read block after block in their order, the
state carried on from window to window, or set to zeros before each. Rates are chosen on
the validation part.

Used by ``31-training`` and ``41-claims-tested``.
"""

import numpy as np
from _training import (
    BLOCK,
    ONE_HOT,
    Rule,
    adam,
    fresh,
    parts,
    scores,
    trained,
)

from rnnbook.losses import softmax_cross_entropy

RATES = (0.003, 0.01, 0.03, 0.1)
SIZES = ((4, 1600), (4, 400), (16, 400), (64, 100), (64, 400))
WINDOWS = ((8, 64), (32, 16), (128, 4))


def _setting(read, batch, length, updates, lr):
    names = ("read", "batch", "length", "updates", "lr")
    return dict(zip(names, (read, batch, length, updates, lr)))


GRID = [
    _setting("drawn", 4, 32, 40, 0.03),  # cheap: a test makes it again
    *(_setting("drawn", b, 32, n, lr) for b, n in SIZES for lr in RATES),
    *(
        _setting(read, batch, length, 400, lr)
        for read in ("carried", "zeros")
        for length, batch in WINDOWS
        for lr in RATES[1:]
    ),
]
SEEDS = range(3)
TOLERANCE = {"valid": 0.1, "test": 0.1}


def in_order(lr, seed, updates, batch, length, carry):
    """Trained on whole blocks, window after window, the state carried on or not."""
    body, head = fresh(seed)
    rule = Rule(adam, [body.params, head.params], lr)
    rng = np.random.default_rng(1000 + seed)
    at, state = BLOCK, None
    for _ in range(updates):
        if at + length >= BLOCK:  # the block is read to its end
            blocks, at, state = parts()["train"], 0, None
            rows = blocks[rng.choice(len(blocks), batch, replace=False)]
        x, y = rows[:, at : at + length], rows[:, at + 1 : at + length + 1]
        h, last = body.forward(ONE_HOT[x], state)
        _, d = softmax_cross_entropy(head.forward(h), y)
        body.backward(head.backward(d))
        rule.step([body.grads, head.grads])
        at, state = at + length, last if carry else None
    return body, head


def run(setting, seed):
    read, lr, updates = (setting[k] for k in ("read", "lr", "updates"))
    batch, length = setting["batch"], setting["length"]
    if read == "drawn":
        made = trained("adam", lr, seed, updates, batch=batch, length=length)[:2]
    else:
        made = in_order(lr, seed, updates, batch, length, read == "carried")
    return scores(*made)
