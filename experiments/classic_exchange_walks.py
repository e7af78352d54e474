"""How often is the last value beaten where nothing can be foreseen?

The first rule of ``classic_exchange`` took, of three trained models, the one that did
best on the part that judges; that part holds two windows of 96 days that do not
overlap. Here the same procedure, with two of its three rates and one start each, reads
19 random walks as long as the price: by the first rule, and by the second, where the
validation part chooses the model. The numbers are those of ``classic_exchange``.

Used by ``42-classic-experiments``.
"""

from _classic_exchange import trained
from _classic_rules import IN_PART, NOT_HERE, WHOLE

_SOUND = (
    "*Holds*, that this rule can judge: at each distance it sees the last value beaten "
    "on at most one of 19 random walks, on which nobody can beat it but by luck. *In "
    "part*: at one distance."
)
RULE = {
    "best of three": "The best of three models on the test part. " + _SOUND,
    "chosen": "The model that the validation part chose. " + _SOUND,
}


def beaten(runs):
    """Of the walks, how many have the last value beaten, by each of the two rules."""
    runs = runs[runs.updates == runs.updates.max()]
    walk = ["ahead", "series"]
    at_rate = runs.loc[runs.groupby([*walk, "model"]).valid.idxmin()]
    won = at_rate.assign(won=at_rate.test < at_rate["last"]).set_index(walk)
    first = won.groupby(walk).won.any()
    chosen = at_rate.loc[at_rate.groupby(walk).valid.idxmin()]
    second = (chosen.test < chosen["last"]).groupby(chosen.ahead).sum()
    return {"best of three": first.groupby("ahead").sum(), "chosen": second}


def verdict(runs):
    words = NOT_HERE, IN_PART, WHOLE
    return {k: words[int((n <= 1).sum())] for k, n in beaten(runs).items()}


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
        for k in range(19)
        for ahead in (24, 96)
        for model in ("linear", "differences", "LSTM")
        for lr in (0.003, 0.01)
    ),
]
SEEDS = range(1)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 5.0, "test": 5.0, "last": 0.01}


def run(setting, seed):
    return trained(setting, seed)
