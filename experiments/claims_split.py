"""How far below what any forecast can reach does a random split bring the error?

The second design: in ``claims_leaks`` a random split gains on the levels of a walk, but
a split in time also asks for levels that were never seen. Here the series comes back to
its mean, and the smallest error that any forecast can have is known: it is 1. Three
nearest neighbours, split at random (``value``) or in time (``control``). Used by
``41-claims-tested``.
"""

import numpy as np

GRID = [{"target": "next value"}, {"target": "mean of the next ten"}]
SEEDS = range(10)
TOLERANCE = {"value": 0.02, "control": 0.02}
KEPT = 0.95


def series(rng, n=2000):
    """Values that keep the share 0.95 of the one before; noise of 1 is added."""
    v = np.zeros(n)
    for k, noise in enumerate(rng.normal(size=n - 1), 1):
        v[k] = KEPT * v[k - 1] + noise
    return v


def least(ahead):
    """The error of the best forecast of the mean of the next values."""
    weights = [sum(KEPT**j for j in range(ahead - k)) / ahead for k in range(ahead)]
    return np.sqrt(np.square(weights).sum())


def run(setting, seed, window=5):
    rng = np.random.default_rng(seed)
    ahead = 1 if setting["target"] == "next value" else 10
    v = series(rng)
    ends = np.arange(window, len(v) - ahead)
    x = v[ends[:, None] - np.arange(window)]
    y = np.mean([v[ends + k] for k in range(1, ahead + 1)], axis=0)
    cut, out = int(0.8 * len(y)), []
    for rows in (rng.permutation(len(y)), np.arange(len(y))):
        train, test = rows[:cut], rows[cut:]
        apart = ((x[test][:, None] - x[train][None]) ** 2).sum(axis=2)
        guess = y[train][np.argsort(apart, axis=1)[:, :3]].mean(axis=1)
        out.append(float(np.sqrt(((guess - y[test]) ** 2).mean()) / least(ahead)))
    return {"value": out[0], "control": out[1]}
