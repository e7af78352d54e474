"""Do both rules of ``classic_exchange`` stay silent where nothing can be foreseen?

The null of that row. Ten random walks, as long as the price, stand in its place: on
them the last value is the best forecast that there is, on average over walks. The same
windows, models, rates and training, one seed for each walk. Who lets the part that
judges choose among three models may see it beaten all the same, by luck. The numbers
are squared errors; ``last`` is that of repeating the last value on the test part.

Used by ``42-classic-experiments``.
"""

from _classic_exchange import trained
from _classic_rules import IN_PART, NOT_HERE, WHOLE

RULE = {
    "best of three": "On each of 10 walks, the model with the lowest test error, at "
    "24 and at 96 steps. *Holds*: on at most one walk it is below the last value at "
    "either distance. *In part*: on at most one at both. Else the rule calls luck a "
    "forecast: *does not hold here*.",
    "chosen": "The same for the model (and rate) with the lowest validation error.",
}


def beaten(runs, choose):
    """Walks by distance: is the model that ``choose`` picks below the last value?"""
    where = ["series", "ahead"]
    best = runs.loc[runs.groupby([*where, "model"])["valid"].idxmin()]  # own rates
    best = best.loc[best.groupby(where)[choose].idxmin()]
    return best.assign(won=best["test"] < best["last"]).pivot(
        index="series", columns="ahead", values="won"
    )


def verdict(runs):
    runs, found = runs[runs.updates == runs.updates.max()], {}
    for name, choose in (("best of three", "test"), ("chosen", "valid")):
        won = beaten(runs, choose)
        either, both = won.any(axis=1).sum(), won.all(axis=1).sum()
        found[name] = WHOLE if either <= 1 else IN_PART if both <= 1 else NOT_HERE
    return found


def _setting(series, ahead, model, lr, updates=300):
    return {
        "series": series,
        "ahead": ahead,
        "model": model,
        "lr": lr,
        "updates": updates,
    }


GRID = [
    _setting("walk 0", 24, "linear", 0.003, 50),  # cheap: a test makes it again
    *(
        _setting(f"walk {k}", ahead, model, lr)
        for k in range(10)
        for ahead in (24, 96)
        for model in ("linear", "differences", "LSTM")
        for lr in (0.001, 0.003, 0.01)
    ),
]
SEEDS = range(1)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 1.0, "test": 1.0, "last": 0.01}


def run(setting, seed):
    return trained(setting, seed)
