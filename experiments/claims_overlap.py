"""Can a random split bring the error of a random walk below what is possible?

The third design. ``claims_leaks`` could not tell the leak from new levels, and in
``claims_split`` neighbours in value were hardly ever neighbours in time. Here windows
of a random walk are 5, 20 or 60 long, and the next value or the mean of the next ten is
forecast by three nearest neighbours. Split at random, by blocks of 60 within the walk,
where hardly any level is new, or at the end. The errors are in units of the smallest
that any forecast can have on average. Used by ``41-claims-tested``.
"""

import numpy as np

GRID = [{"window": w, "ahead": a} for w in (5, 20, 60) for a in (1, 10)]
SEEDS = range(10)
TOLERANCE = {"random": 0.02, "blocks": 0.02, "end": 0.02}


def least(ahead):
    """The error of the best forecast of the mean of the next values of a walk."""
    return np.sqrt(sum(((ahead - k) / ahead) ** 2 for k in range(ahead)))


def off(x, y, test, k=3):
    """The error of the mean target of the k nearest training windows."""
    apart = ((x[test][:, None] - x[~test][None]) ** 2).sum(axis=2)
    guess = y[~test][np.argsort(apart, axis=1)[:, :k]].mean(axis=1)
    return np.sqrt(((guess - y[test]) ** 2).mean())


def run(setting, seed, n=1500):
    window, ahead = setting["window"], setting["ahead"]
    rng = np.random.default_rng(1000 + seed)
    v = rng.normal(size=n).cumsum()
    ends = np.arange(window, n - ahead)
    x = v[ends[:, None] - np.arange(window)]
    y = np.mean([v[ends + k] for k in range(1, ahead + 1)], axis=0)
    rows = np.arange(len(y))
    split = {
        "random": rng.permutation(rows) < len(y) // 5,
        "blocks": rows // 60 % 5 == 2,
        "end": rows >= len(y) * 4 // 5,
    }
    return {k: float(off(x, y, test) / least(ahead)) for k, test in split.items()}
