"""Who names the next garment, among all 217, on sessions that nobody has chosen by?

Popularity, neighbours, Markov tables, and a GRU: one pass and four, with dropout, with
the loss BPR, over whole padded sessions, with the Markov table inside, and averaged
with it. Recall@10, MRR@10, hits at 1, recall by clicks seen so far; ``gain`` is the
recall minus that of the Markov table, ``low`` and ``high`` its 95 % interval over
sessions. All settings come from the validation part. Used by ``28-recommendation`` and
``41-claims-tested``.
"""

from functools import cache, partial

import numpy as np
from _recommendation import (
    RATES,
    bpr,
    log_probabilities,
    markov,
    neighbours,
    one_pass,
    one_pass_padded,
    pairs,
    popularity,
    ranks,
    recall,
    report,
    second_order,
    shop,
    train,
    whole_session,
)

SIMPLE = (
    "random",
    "popularity",
    "neighbours of the session",
    "neighbours of the last item",
    "Markov",
    "Markov, last two",
)
NETWORKS = (
    "GRU, one pass",
    "GRU, dropout",
    "GRU, BPR",
    "GRU, padded sessions",
    "GRU",
    "GRU, table inside",
    "GRU and Markov",
)
GRID = [{"model": name} for name in SIMPLE + NETWORKS]
SEEDS = range(100, 103)
TOLERANCE = dict.fromkeys(("recall", "mrr", "hit", "gain", "low", "high"), 0.01)
TOLERANCE |= {f"seen_{k}": 0.03 for k in ("1", "2", "3_4", "5_8", "9_19", "20_up")}


def best(kinds, make, val):
    """The kind whose scores have the highest recall on the validation part."""
    target = pairs(val)[1]
    return max(kinds, key=lambda kind: recall(ranks(make(kind), target)))


def simple(model, parts, items, seed):
    first, val, test = parts
    now, _ = pairs(test)
    if model == "random":
        return np.random.default_rng(seed).random((len(now), items))
    if model == "popularity":
        return np.tile(popularity(first, items), (len(now), 1))
    if model == "neighbours of the last item":
        return neighbours(first, items)[now]
    if model == "neighbours of the session":
        near = neighbours(first, items)
        decay = best((0.2, 0.4, 0.6, 0.8), lambda d: whole_session(near, val, d), val)
        return whole_session(near, test, decay)
    if model == "Markov, last two":
        kinds = (20, 50, 100, 200, 400)
        k = best(kinds, lambda k: second_order(first, val, items, k), val)
        return second_order(first, test, items, k)
    return markov(first, items)[now]


@cache
def network(model, seed):
    (first, _, _), items = shop()
    if model == "GRU, padded sessions":
        return train(first, items, seed, pass_=one_pass_padded)
    kinds = {
        "GRU": {},
        "GRU, one pass": {"rates": RATES[:1]},
        "GRU, dropout": {"dropout": 0.3},
        "GRU, BPR": {"pass_": partial(one_pass, loss=bpr)},
        "GRU, table inside": {"table": markov(first, items)},
    }
    return train(first, items, seed, **kinds[model])


def run(setting, seed):
    (first, val, test), items = shop()
    model = setting["model"]
    table = markov(first, items)[pairs(test)[0]]
    if model in SIMPLE:
        scores = simple(model, (first, val, test), items, seed)
    elif model == "GRU and Markov":  # the network of the row "GRU"
        scores = log_probabilities(network("GRU", seed), test) + np.log(table)
    else:
        scores = log_probabilities(network(model, seed), test)
    return report(scores, test, table)
