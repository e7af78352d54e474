"""Which rate, halved or not, which dropout, how many passes? Validation data say.

A GRU in session-parallel lanes on the shop's clicks: recall@10 and MRR@10 on the
validation part after each of four passes. The test part is not read. Used by
``28-recommendation``.
"""

from _recommendation import log_probabilities, mrr, pairs, ranks, recall, shop, train

GRID = [
    {"rate": rate, "each_pass": each, "dropout": dropout}
    for rate in (1e-3, 3e-3)
    for each in ("halved", "the same")
    for dropout in (0.0, 0.3)
]
SEEDS = range(1)
TOLERANCE = {f"{name}_{k}": 0.01 for name in ("recall", "mrr") for k in range(1, 5)}


def run(setting, seed):
    (first, val, _), items = shop()
    target, seen = pairs(val)[1], []

    def after(model):
        seen.append(ranks(log_probabilities(model, val), target))

    factor = 0.5 if setting["each_pass"] == "halved" else 1.0
    rates = [setting["rate"] * factor**k for k in range(4)]
    train(first, items, seed, rates, after=after, dropout=setting["dropout"])
    return {f"recall_{k}": recall(rank) for k, rank in enumerate(seen, 1)} | {
        f"mrr_{k}": mrr(rank) for k, rank in enumerate(seen, 1)
    }
