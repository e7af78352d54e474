"""How much does the validation score flatter, when it says when to stop?

The LSTM of 64 units learns 8 blocks of prose by heart, 1,200 updates of Adam at a
constant rate, checked every 40. 42 blocks were kept back. Of these, some at random
choose the check with the lowest loss, and the others judge it, 400 times over. What the
choice flatters is the loss of the judges less that of the choosers.

Used by ``31-training`` and ``41-claims-tested``.
"""

import numpy as np
from _training import Rule, adam, drawn, fresh, losses_of, parts, update

FEW, EVERY = 8, 40
GRID = [
    # cheap: a test makes it again
    {"choosers": 2, "lr": 0.02, "updates": 80},
    *({"choosers": n, "lr": 0.02, "updates": 1200} for n in (1, 4, 16)),
]
SEEDS = range(6)
TOLERANCE = {
    "at_end": 0.25,
    "stopped": 0.1,
    "flattered": 0.05,
    "checks_apart": 12,
    "best_of_all": 0.1,
}


def by_check(lr, updates, seed):
    """The loss of each block that was kept back, at each check: (checks, 42)."""
    body, head = fresh(seed)
    rule = Rule(adam, [body.params, head.params], lr)
    rng = np.random.default_rng(1000 + seed)
    kept = np.concatenate([parts()["valid"], parts()["test"]])
    found = []
    for k in range(1, updates + 1):
        x, y = drawn(parts()["train"][:FEW], 16, 32, rng)
        rule.step(update(body, head, x, y)[1])
        if k % EVERY == 0:
            found.append(losses_of(body, head, kept).mean(axis=1))
    return np.array(found)


def run(setting, seed):
    losses = by_check(setting["lr"], setting["updates"], seed)
    rng, n = np.random.default_rng(9000 + seed), setting["choosers"]
    rows = []
    for _ in range(400):
        order = rng.permutation(losses.shape[1])
        choosers, judges = (losses[:, o].mean(axis=1) for o in (order[:n], order[n:]))
        k = choosers.argmin()
        level = (choosers - judges).mean()  # these blocks are harder, at every check
        flattered = judges[k] - choosers[k] + level
        rows.append((judges[k], judges[-1], flattered, abs(k - judges.argmin())))
    stopped, at_end, flattered, apart = np.mean(rows, axis=0)
    return {
        "at_end": float(at_end),
        "stopped": float(stopped),
        "flattered": float(flattered),
        "checks_apart": float(apart),
        "best_of_all": float(losses.mean(axis=1).min()),
    }
