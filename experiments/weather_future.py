"""What is the weather of the next two days worth, if somebody knew it?

``known``: the measured weather of the next 48 hours, every six hours, is an input, as a
perfect weather forecast would be. ``w00`` to ``w51`` are weeks, 24 hours ahead. Used by
``25-weather``.
"""

import numpy as np
from _weather import Ridge, beijing, lags, usable
from _weather_side import Side
from sklearn.ensemble import HistGradientBoostingRegressor

GRID = [
    {"weather": weather, "model": model}
    for weather in ("past only", "future known")
    for model in ("ridge", "boosting", "GRU")
]
SEEDS = range(3)
STEPS = (6, 24, 48)
TOLERANCE = {f"mae_{k}": 0.8 for k in (6, 24, 48)}
TOLERANCE |= {f"w{w:02}": 12.0 for w in range(52)}


def ahead(x, steps):
    """x[t + k] in row t; the last row where there is none."""
    rows = np.minimum(np.arange(len(x))[:, None] + steps, len(x) - 1)
    return x[rows].reshape(len(x), -1)


def run(setting, seed):
    side, model = Side(beijing()), setting["model"]
    x, weather = side.x, side.x[:, 1:-4]
    later = ahead(weather, np.arange(6, 49, 6))
    known = setting["weather"] == "future known"
    if model == "GRU":
        f = side.learn(np.hstack([x, later]) if known else x, side.known(), seed)
        return side.scores({k: f[:, k - 1] for k in STEPS}, STEPS, 24)
    told = np.hstack([lags(x), later]) if known else lags(x)
    rows, found = np.arange(side.fit.start, side.fit.stop), {}
    for k in STEPS:
        y = side.known()[:, k - 1]
        use = usable(told, y, rows)
        made = Ridge(10)
        if model == "boosting":
            made = HistGradientBoostingRegressor(
                loss="absolute_error", max_leaf_nodes=15, early_stopping=False
            )
        found[k] = made.fit(told[use], y[use]).predict(np.nan_to_num(told))
    return side.scores(found, STEPS, 24)
