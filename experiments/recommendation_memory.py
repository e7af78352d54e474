"""Does the GRU use more than the last clicks, and is the table its best partner?

Recall@10 on the validation part, of all clicks and by clicks seen so far. ``Markov`` is
the table. ``last 1`` gives a trained GRU the last click only, from an empty state;
``last 2`` and ``last 4`` as many clicks; ``all`` whole sessions. ``and Markov`` is the
mean of its logarithms with those of the table, ``and a second GRU`` with those of a
network of another seed. ``gain`` is the recall minus that of the table, ``low`` and
``high`` its 95 % interval over sessions. Used by ``28-recommendation`` and
``41-claims-tested``.
"""

from functools import cache

import numpy as np
import torch
from _recommendation import (
    F,
    log_probabilities,
    markov,
    pairs,
    report,
    shop,
    train,
)

READS = ("last 1", "last 2", "last 4", "all")
GRID = [
    {"scores": name}
    for name in ("Markov", *READS, "all, and Markov", "all, and a second GRU")
]
SEEDS = range(100, 103)
TOLERANCE = dict.fromkeys(("recall", "mrr", "hit", "gain", "low", "high"), 0.01)
TOLERANCE |= {f"seen_{k}": 0.03 for k in ("1", "2", "3_4", "5_8", "9_19", "20_up")}


def network(seed):
    return _network(seed).eval()


@cache
def _network(seed):
    (first, _, _), items = shop()
    return train(first, items, seed)


def last_only(model, sessions, width):
    """As log_probabilities, from the last ``width`` clicks of those seen, (N, V)."""
    seen = [s[max(0, t - width) : t] for s in sessions for t in range(1, len(s))]
    length = np.array([len(clicks) for clicks in seen])
    rows = [None] * len(seen)
    with torch.inference_mode():
        for n in np.unique(length):
            same = np.flatnonzero(length == n)
            x = torch.tensor(np.stack([seen[i] for i in same]))
            log = F.log_softmax(model(x)[0][:, -1], dim=-1).numpy()
            for i, row in zip(same, log, strict=True):
                rows[i] = row
    return np.stack(rows)


def run(setting, seed):
    (first, val, _), items = shop()
    kind = setting["scores"]
    table = np.log(markov(first, items)[pairs(val)[0]])
    if kind == "Markov":
        return report(table, val, table)
    if kind.startswith("last"):
        scores = last_only(network(seed), val, int(kind.split()[1]))
    else:
        scores = log_probabilities(network(seed), val)
    if kind == "all, and Markov":
        scores = scores + table
    if kind == "all, and a second GRU":
        scores = scores + log_probabilities(network(seed + 100), val)
    return report(scores, val, table)
