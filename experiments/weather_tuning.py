"""Which settings of ridge, boosted trees and GRU are best on the year before the test?

Six tries each. ``mean`` is the mean absolute error over five horizons in the year
``chosen_on``, by which the setting for the year after it is chosen. Used by
``25-weather``.
"""

from _weather import SCORED, TRIES, Origin, beijing

GRID = [
    {"model": model, "chosen_on": year, "attempt": k}
    for model in ("ridge", "boosting", "GRU")
    for year in (2011, 2012, 2013)
    for k in range(6)
]
SEEDS = [0]
TOLERANCE = {f"mae_{k}": 0.6 for k in (1, 6, 12, 24, 48)} | {"mean": 0.6}


def run(setting, seed):
    origin = Origin(beijing(), setting["chosen_on"] + 1)
    model, chosen = setting["model"], TRIES[setting["model"]][setting["attempt"]]
    if model == "GRU":
        found = origin.network(seed, **chosen)
    else:
        found = origin.steps(model, chosen)
    numbers = {f"mae_{k}": origin.weeks(found[k], k, origin.val).mean() for k in SCORED}
    return numbers | {"mean": sum(numbers.values()) / len(numbers)}
