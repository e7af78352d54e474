"""What should a network be told where readings of the air are missing?

Readings of all years are taken away at random or in blocks of 12 to 72 hours, the
targets that are fitted to with them; judged on all that were really read. Every network
forecasts from the last reading, and has the same budget. ``mae_k`` is the mean over 52
weeks; ``w00`` to ``w51`` are the weeks six hours ahead. Used by ``25-weather`` and
``41-claims-tested``.
"""

import numpy as np
from _weather import Ridge, beijing, lags, usable
from _weather_gaps import GapForecaster, carry, remove, since, told
from _weather_side import Side
from sklearn.ensemble import HistGradientBoostingRegressor

METHODS = (
    "last reading",
    "ridge",
    "boosting",
    "carried",
    "mean",
    "mean, mask",
    "carried, mask, time",
    "GRU-D",
)
GRID = [{"kind": "none", "share": 0.0, "method": method} for method in METHODS]
GRID += [
    {"kind": kind, "share": share, "method": method}
    for kind in ("at random", "in blocks")
    for share in (0.1, 0.3, 0.6)
    for method in METHODS
]
SEEDS = range(3)
TOLERANCE = {f"mae_{k}": 0.8 for k in (1, 6, 24)}
TOLERANCE |= {f"w{w:02}": 12.0 for w in range(52)}
STEPS = (1, 6, 24)


def without_network(side, method, z, x):
    last, delta = carry(z), since(~np.isnan(z))
    if method == "last reading":
        return {k: last for k in STEPS}
    told_x = lags(np.column_stack([last, np.log1p(delta), x[:, 1:]]))
    if method == "boosting":  # takes NaN as it is
        told_x = np.column_stack([told_x, z])
    rows, found = np.arange(side.fit.start, side.fit.stop), {}
    for k in STEPS:
        y = side.known(z)[:, k - 1]
        if method == "ridge":
            use = usable(told_x, y, rows)
            model = Ridge(10).fit(told_x[use], y[use])
        else:
            use = rows[~np.isnan(y[rows])]
            model = HistGradientBoostingRegressor(
                loss="absolute_error", max_leaf_nodes=15, early_stopping=False
            ).fit(told_x[use], y[use])
        found[k] = model.predict(np.nan_to_num(told_x) if method == "ridge" else told_x)
    return found


def run(setting, seed):
    side, method = Side(beijing()), setting["method"]
    rng = np.random.default_rng(seed)
    keep = np.ones(len(side.z), bool)
    if setting["kind"] != "none":
        keep = remove(len(side.z), setting["share"], setting["kind"], rng)
    z = np.where(keep, side.z, np.nan)
    if method in METHODS[:3]:
        found = without_network(side, method, z, side.x)
    else:
        x = told(method, z, side.x[:, 1:])

        def make(*sizes):
            return GapForecaster(*sizes, decay=method == "GRU-D")

        f = side.learn(x, side.known(z), seed, make)
        found = {k: f[:, k - 1] for k in STEPS}
    return side.scores(found, STEPS, 6)
