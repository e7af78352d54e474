"""Nothing has changed, and alarms come more often than was wished: what is the reason?

The test part, as in ``deployment_drift``, and one change a number that takes one
possible reason away. For the CUSUM: the costs moved so that their mean is that of the
validation part (``cost_centred``). For the table of chi-squared: the letters of all
requests in any order, so that those of one request have nothing to do with each other
(``apart``); the shares of the test part itself in place of those of the training text
(``own``); both.

Numbers are the requests until an alarm, on average, as a power of ten; then by how many
bits a letter of the test part costs more.

Used by ``34-deployment``.
"""

import numpy as np
import torch
from _deployment import large
from _deployment_drift import (
    EVERY,
    WINDOW,
    chi_squared,
    costs,
    counts,
    limit_of,
    pieces,
    rates,
    windows,
)
from _training import V, parts
from scipy.stats import chi2

GRID = [{"updates": 40}, {"updates": 600}]  # the first is cheap: a test makes it again
SEEDS = range(3)
MOST = 400_000
TOLERANCE = {
    name: 0.4 for name in ("cost", "cost_centred", "book", "apart", "own", "apart_own")
}
TOLERANCE |= {"harder": 0.1}


def until(rate, requests=1):
    return float(np.log10(min(MOST, requests / max(rate, 1e-9))))


def run(setting, seed):
    torch.set_num_threads(1)
    rng = np.random.default_rng(3000 + seed)
    net = large(0.03, seed, setting["updates"])
    known, here = (costs(net, pieces(parts()[p].ravel())) for p in ("valid", "test"))
    mean, deviation = known.mean(), known.std(ddof=1)
    limit = np.array([limit_of((known - mean) / deviation, rng)])
    found = {
        "cost": until(*rates((here - mean) / deviation, limit, rng)),
        "cost_centred": until(*rates((here - here.mean()) / deviation, limit, rng)),
    }

    usual = np.bincount(parts()["train"].ravel(), minlength=V) + 0.5
    same = pieces(parts()["test"].ravel())
    mixed = rng.permutation(same.ravel()).reshape(same.shape)
    own = np.bincount(same.ravel(), minlength=V) + 0.5
    book = chi2.ppf(1 - WINDOW / EVERY, V - 1)
    for name, requests, shares in (
        ("book", same, usual),
        ("apart", mixed, usual),
        ("own", same, own),
        ("apart_own", mixed, own),
    ):
        drawn = windows(counts(requests), rng)
        rate = (chi_squared(drawn, shares / shares.sum()) > book).mean()
        found[name] = until(rate, WINDOW)
    return found | {"harder": float(here.mean() - mean)}
