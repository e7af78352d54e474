"""Can a random split bring the error of a random walk below what is possible?

The third design. ``claims_leaks`` could not tell the leak from new levels, and in
``claims_split`` neighbours in value were hardly ever neighbours in time. Here windows
of a random walk are 5, 20 or 60 long, and the next value or the mean of the next ten is
forecast by three nearest neighbours. Split at random; the same split, but each window
that judges finds no training window that shares a value with it (purged); by blocks of
60 within the walk, where hardly any level is new; or at the end. The errors are in
units of the smallest that any forecast can have on average. Used by
``41-claims-tested``.
"""

import numpy as np

GRID = [{"window": w, "ahead": a} for w in (5, 20, 60) for a in (1, 10)]
SEEDS = range(10)
TOLERANCE = {"random": 0.02, "purged": 0.02, "blocks": 0.02, "end": 0.02}


def least(ahead):
    """The error of the best forecast of the mean of the next values of a walk."""
    return np.sqrt(sum(((ahead - k) / ahead) ** 2 for k in range(ahead)))


def off(x, y, test, reach=0, k=3):
    """The error of the mean of k targets: of the nearest windows, none within reach."""
    row = np.arange(len(y))
    apart = ((x[test][:, None] - x[~test][None]) ** 2).sum(axis=2)
    apart[np.abs(row[test][:, None] - row[~test]) < reach] = np.inf
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
    random = rng.permutation(rows) < len(y) // 5
    found = {
        "random": off(x, y, random),
        "purged": off(x, y, random, window + ahead),
        "blocks": off(x, y, rows // 60 % 5 == 2),
        "end": off(x, y, rows >= len(y) * 4 // 5),
    }
    return {k: float(v / least(ahead)) for k, v in found.items()}
