"""After how many requests is a change seen, and how often is an alarm for nothing?

A request is 64 letters. Four alarms: the CUSUM of what a letter costs; the letters of
32 requests by chi-squared, with the limit of the textbook or with one that was
simulated; and the same letters by the population stability index with its rule of
thumb, 0.1. The simulated limits are set on the validation part, for one false alarm in
10,000 requests, and meet the test part as it is, or with a share of requests of another
kind.

Numbers are the requests until the alarm, on average, as a power of ten (at most
400,000 can be seen), then the limit of the CUSUM and what a letter costs.

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
    requests_of,
    stability,
    windows,
)
from _training import V, parts
from scipy.stats import chi2

GRID = [
    {"kind": "none", "share": 1.0, "updates": 40},  # cheap: a test makes it again
    {"kind": "none", "share": 1.0, "updates": 600},
    *(
        {"kind": kind, "share": share, "updates": 600}
        for kind in ("Shakespeare", "no vowels", "shuffled")
        for share in (1.0, 0.2)
    ),
]
SEEDS = range(3)
MOST = 400_000
TOLERANCE = {name: 0.4 for name in ("cost", "letters", "book", "index")}
TOLERANCE |= {"limit": 1.0, "cost_usual": 0.1, "cost_here": 0.1}


def until(rate, requests=1):
    return float(np.log10(min(MOST, requests / max(rate, 1e-9))))


def run(setting, seed):
    torch.set_num_threads(1)
    rng = np.random.default_rng(3000 + seed)
    net = large(0.03, seed, setting["updates"])
    usual = pieces(parts()["valid"].ravel())
    known = costs(net, usual)
    mean, deviation = known.mean(), known.std(ddof=1)
    limit = limit_of((known - mean) / deviation, rng)
    expected = np.bincount(parts()["train"].ravel(), minlength=V) + 0.5
    expected /= expected.sum()
    null = chi_squared(windows(counts(usual), rng), expected)
    simulated = np.quantile(null, 1 - WINDOW / EVERY)
    book = chi2.ppf(1 - WINDOW / EVERY, V - 1)

    same, other = requests_of("none", rng), requests_of(setting["kind"], rng)
    many, share = 4000, setting["share"]  # a stock of requests to draw from
    if setting["kind"] == "none":
        mixed = same
    else:
        new = rng.random(many) < share
        mixed = np.where(
            new[:, None],
            other[rng.integers(0, len(other), many)],
            same[rng.integers(0, len(same), many)],
        )
    here = costs(net, mixed)
    drawn = windows(counts(mixed), rng)
    found = chi_squared(drawn, expected)
    (alarms,) = rates((here - mean) / deviation, np.array([limit]), rng)
    return {
        "cost": until(alarms),
        "letters": until((found > simulated).mean(), WINDOW),
        "book": until((found > book).mean(), WINDOW),
        "index": until((stability(drawn, expected) > 0.1).mean(), WINDOW),
        "limit": limit,
        "cost_usual": float(mean),
        "cost_here": float(here.mean()),
    }
