"""How well do methods without a network forecast the air of Beijing?

The same years, hours and scores as ``weather_forecast``. Setting of ridge and boosted
trees: the best of six in the year before (``weather_tuning``), as for the network.
Used by ``25-weather`` and ``41-claims-tested``.
"""

import numpy as np
from _weather import SCORED, TRIES, Origin, beijing

CHOSEN = {  # the attempt that was best in the year before
    "ridge": {2012: 1, 2013: 1, 2014: 0},
    "boosting": {2012: 2, 2013: 4, 2014: 1},
}
WEEKLY = (1, 6, 24, 48)
GRID = [
    {"model": model, "year": year}
    for model in ("last value", "climatology", "ridge", "boosting")
    for year in (2012, 2013, 2014)
]
SEEDS = [0]
TOLERANCE = {f"mae_{k}": 0.2 for k in (1, 6, 12, 24, 48)}
TOLERANCE |= {f"h{k}_w{w:02}": 5.0 for k in (1, 6, 24, 48) for w in range(52)}


def run(setting, seed):
    model, year = setting["model"], setting["year"]
    tried = TRIES[model][CHOSEN[model][year]] if model in CHOSEN else {}
    origin = Origin(beijing(), year)
    found = origin.steps(model, tried)
    weeks = {k: origin.weeks(found[k], k) for k in SCORED}
    numbers = {f"mae_{k}": weeks[k].mean() for k in SCORED}
    for k in WEEKLY:
        numbers |= {f"h{k}_w{w:02}": v for w, v in enumerate(np.round(weeks[k], 1))}
    return numbers
