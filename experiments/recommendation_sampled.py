"""What becomes of recall@10 when the target is ranked among a hundred drawn items?

The same scores of the same test clicks, judged three times: among all items, among the
target and 100 items drawn uniformly, and 100 drawn by their popularity. The GRU is
trained for one pass. Used by ``28-recommendation`` and ``41-claims-tested``.
"""

import numpy as np
from _recommendation import (
    RATES,
    log_probabilities,
    markov,
    mrr,
    neighbours,
    pairs,
    popularity,
    ranks,
    recall,
    sampled_ranks,
    shop,
    train,
)

MODELS = ("random", "popularity", "neighbours of the last item", "Markov")
GRID = [{"model": name} for name in (*MODELS, "GRU, one pass")]
SEEDS = range(100, 103)
TOLERANCE = {"full": 0.01, "uniform": 0.01, "popular": 0.01, "mrr": 0.01}
TOLERANCE |= {"mrr_uniform": 0.01, "mrr_popular": 0.01}


def run(setting, seed):
    (first, _, test), items = shop()
    now, target = pairs(test)
    rng = np.random.default_rng(seed)
    shares = popularity(first, items)
    scores = {
        "random": lambda: rng.random((len(now), items)),
        "popularity": lambda: np.tile(shares, (len(now), 1)),
        "neighbours of the last item": lambda: neighbours(first, items)[now],
        "Markov": lambda: markov(first, items)[now],
        "GRU, one pass": lambda: log_probabilities(
            train(first, items, seed, RATES[:1]), test
        ),
    }[setting["model"]]()
    full = ranks(scores, target)
    drawn = sampled_ranks(scores, target, rng)
    popular = sampled_ranks(scores, target, rng, p=shares)
    return {
        "full": recall(full),
        "uniform": recall(drawn),
        "popular": recall(popular),
        "mrr": mrr(full),
        "mrr_uniform": mrr(drawn),
        "mrr_popular": mrr(popular),
    }
