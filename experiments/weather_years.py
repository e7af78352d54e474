"""Does the network need more years than ridge? The same test year, other years to fit.

2013 chooses the epoch and 2014 is judged; the number of updates is the same for one
year and for three. Used by ``25-weather`` and ``41-claims-tested``.
"""

from _weather import TRIES, beijing
from _weather_live import Live

YEARS = {"2010": (2010, 2010), "2012": (2012, 2012), "2010 to 2012": (2010, 2012)}
GRID = [
    {"model": model, "fitted to": years}
    for model in ("ridge", "GRU")
    for years in YEARS
]
SEEDS = range(3)
TOLERANCE = {"mae_1": 0.6, "mae_6": 1.0, "mae_24": 1.2, "mae_48": 1.8}


def run(setting, seed):
    first, last = YEARS[setting["fitted to"]]
    live = Live(beijing(), first, last)
    if setting["model"] == "ridge":
        return live.scores(live.steps("ridge", TRIES["ridge"][0]))
    return live.learn(seed, 24 // (last - first + 1))
