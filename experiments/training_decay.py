"""Does weight decay help where a text is learned by heart, and must it be AdamW's?

As ``training_dropout``: the LSTM of 64 units reads 8 blocks of the course's prose again
and again, 1,000 updates on a half cosine. The weights decay as in AdamW, by its default
of 0.01 and by more; or the decay is added to the gradient, as the control, in Adam; or
AdamW's comes on top of dropout of the state, one mask a sequence. Rates and decays are
chosen on the validation part. Without any decay: "none" in ``training_dropout``.

Used by ``31-training``.
"""

import numpy as np
from _training import (
    BATCH,
    LENGTH,
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
AFTER, WITHIN, BOTH = "AdamW", "in Adam's gradient", "AdamW and dropout"


def _setting(way, decay, lr, updates=1000):
    return {"way": way, "decay": decay, "updates": updates, "lr": lr}


GRID = [
    _setting(AFTER, 0.1, 0.03, 40),  # cheap: a test makes it again
    *(_setting(AFTER, d, lr) for d in (0.01, 0.1, 0.3, 1) for lr in (0.01, 0.03, 0.06)),
    *(_setting(WITHIN, d, lr) for d in (1e-5, 1e-4, 3e-4) for lr in (0.01, 0.03)),
    *(_setting(BOTH, d, lr) for d in (0.1, 0.3) for lr in (0.01, 0.03)),
]
SEEDS = range(3)
TOLERANCE = {"train": 0.2, "end": 0.15, "valid": 0.1, "test": 0.1}


def adam_l2(p, g, s, t, lr, decay):
    """Adam of the loss and half the squared weights times the decay."""
    adam(p, g + decay * p, s, t, lr)


def run(setting, seed):
    way, lr, updates = setting["way"], setting["lr"], setting["updates"]
    layer, head = fresh(seed)
    body = Thinned(layer, "state, one mask", 0.3) if way == BOTH else layer
    kind = adam_l2 if way == WITHIN else adamw
    rule = Rule(kind, [layer.params, head.params], lr, decay=setting["decay"])
    rng = np.random.default_rng(1000 + seed)
    blocks, checks = parts()["train"][:FEW], []
    for k in range(updates):
        rule.lr = lr * SCHEDULES["cosine"](k / updates)
        x, y = drawn(blocks, BATCH, LENGTH, rng)
        rule.step(update(body, head, x, y, 1.0, rng if way == BOTH else None)[1])
        if (k + 1) % EVERY == 0 or k + 1 == updates:
            checks.append(scores(layer, head))
    best = min(checks, key=lambda s: s["valid"])
    train = float(losses_of(layer, head, blocks).mean())
    return {"train": train, "end": checks[-1]["test"], **best}
