"""How well does a GRU forecast the air of Beijing, 1 to 48 hours ahead?

Rolling origin: each test year is forecast by networks fitted on the years before the
one before it; that one chose the setting (``weather_tuning``) and the epoch. ``mae_k``
is the mean over 52 weeks, ``h6_w00`` the error of one week, six hours ahead. The few
epochs are those of the page. Used by ``25-weather`` and ``41-claims-tested``.
"""

import numpy as np
from _weather import SCORED, TRIES, Origin, beijing

CHOSEN = TRIES["GRU"][4]  # in each of the three years
WEEKLY = (1, 6, 24, 48)
GRID = [
    {"epochs": 1, "year": 2012},  # the cheap one
    *({"epochs": epochs, "year": y} for epochs in (8, 30) for y in (2012, 2013, 2014)),
]
SEEDS = range(3)
TOLERANCE = {f"mae_{k}": 0.6 for k in (1, 6, 12, 24, 48)}
TOLERANCE |= {f"h{k}_w{w:02}": 15.0 for k in (1, 6, 24, 48) for w in range(52)}


def run(setting, seed):
    origin = Origin(beijing(), setting["year"])
    found = origin.network(seed, **CHOSEN, epochs=setting["epochs"])
    weeks = {k: origin.weeks(found[k], k) for k in SCORED}
    numbers = {f"mae_{k}": weeks[k].mean() for k in SCORED}
    for k in WEEKLY:
        numbers |= {f"h{k}_w{w:02}": v for w, v in enumerate(np.round(weeks[k], 1))}
    return numbers
