"""Is anything trained better than repeating the last value, months ahead?

Zeng et al. (2023) on exchange rates; the course has no exchange rates, so here the
daily logarithm of a share's price, 24 and 96 days ahead, and as a control the
temperature of the sea in the Pacific, 24 months ahead, where the seasons can be
learned. From the last 48 values: one linear layer, the same on differences to the last
value, and an LSTM of 16 cells. In the order of time 60 % train, 20 % choose the rate
and the update (every 25 of 300), 20 % judge; each in units of the training part's
standard deviation. The numbers are squared errors; ``last`` is that of repeating the
last value on the test part. Three rates; for the line and the LSTM two
larger ones came after the first run, which chose the largest.

Used by ``42-classic-experiments``.
"""

from _classic_exchange import trained
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best

RULE = {
    "best of three": "Mean test error at the own best rate. *Holds*: at both distances "
    "of the price no trained model is below the last value, and on the sea, the "
    "control, one is. *In part*: at one distance of the price.",
    "chosen": "The model is chosen as well as the rate, by the mean error on the "
    "validation part. *Holds*: at both distances of the price the chosen model's mean "
    "test error is not below the last value's, and on the sea it is. *In part*: at one "
    "distance of the price. (Written after the run, which the first rule judged.)",
}


def judged(won):
    """``won``: whether the last value was beaten, for each series and distance."""
    if not won["sea"].any():
        return NOT_HERE
    return (NOT_HERE, IN_PART, WHOLE)[int((~won["price"]).sum())]


def verdict(runs):
    best = at_best(runs, ["series", "ahead", "model"])
    where = ["series", "ahead"]
    means = best.groupby([*where, "model"])[["valid", "test", "last"]].mean()
    won = means.test < means["last"]
    chosen = won[means.groupby(where).valid.idxmin()].droplevel("model")
    return {
        "best of three": judged(won.groupby(where).any()),
        "chosen": judged(chosen),
    }


def _setting(series, ahead, model, lr, updates=300):
    return {
        "series": series,
        "ahead": ahead,
        "model": model,
        "lr": lr,
        "updates": updates,
    }


WHERE = ("price", 24), ("price", 96), ("sea", 24)
GRID = [
    _setting("price", 24, "linear", 0.003, 50),  # cheap: a test makes it again
    *(
        _setting(*where, model, lr)
        for where in WHERE
        for model in ("linear", "differences", "LSTM")
        for lr in (0.001, 0.003, 0.01)
    ),
    *(  # added after the first run: the best rate lay at the edge
        _setting(*where, model, lr)
        for where in WHERE
        for model in ("linear", "LSTM")
        for lr in (0.03, 0.1)
    ),
]
SEEDS = range(3)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 1.0, "test": 1.0, "last": 0.01}


def run(setting, seed):
    return trained(setting, seed)
