"""How should a network be told the hour, if the temperature is to be forecast?

The columns are those of the other questions, temperature first, without the hour of the
day; then the hour as a number, a point on a circle, or one column for each. Two rivals:
the temperature at the same hour a day before, and ridge on the circle. ``w00`` to
``w51`` are weeks, twelve hours ahead. Used by ``25-weather`` and ``41-claims-tested``.
"""

import numpy as np
from _weather import Ridge, beijing, lags, usable
from _weather_side import Side

HOURS = ("none", "number", "circle", "one-hot")
GRID = [{"method": "GRU", "hour": hour} for hour in HOURS]
GRID += [{"method": "ridge", "hour": "circle"}]
GRID += [{"method": "same hour before", "hour": "none"}]
SEEDS = range(3)
TOLERANCE = {f"mae_{k}": 0.15 for k in (1, 6, 12, 24)}
TOLERANCE |= {f"w{w:02}": 1.5 for w in range(52)}
STEPS = (1, 6, 12, 24)


def encoded(hour, kind):
    """Columns (N, ·) for the hour of the day."""
    angle = 2 * np.pi * hour / 24
    return {
        "none": np.empty((len(hour), 0)),
        "number": (hour[:, None] - 11.5) / 6.9,
        "circle": np.column_stack([np.sin(angle), np.cos(angle)]),
        "one-hot": np.eye(24)[hour],
    }[kind]


def run(setting, seed):
    side = Side(beijing(), "temperature", log=False)
    method, hour = setting["method"], side.time.hour.to_numpy()
    rest = np.delete(side.x, range(-4, -2), axis=1)  # without the hour
    x = np.column_stack([side.z, encoded(hour, setting["hour"]), rest])
    if method == "same hour before":
        z = side.z
        found = {k: np.roll(z, 24 - k) for k in STEPS}
    elif method == "GRU":
        f = side.learn(x, side.known(), seed)
        found = {k: f[:, k - 1] for k in STEPS}
    else:
        told, found = lags(x), {}
        for k in STEPS:
            y = side.known()[:, k - 1]
            use = usable(told, y, np.arange(side.fit.start, side.fit.stop))
            model = Ridge(10).fit(told[use], y[use])
            found[k] = model.predict(np.nan_to_num(told))
    return side.scores(found, STEPS, 12)
