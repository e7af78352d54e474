"""How far off are forecasts of the sea, one to twelve months ahead, in the test part?

Rivals without a network; LSTM and GRU, each from the values, from the values with the
month, and from what is left when the harmonics are taken out; one model for all
horizons (direct) or one step at a time (recursive). Each is compared with the rival
that the validation part prefers, ridge on the residuals. Used by
``29-series-in-keras`` and ``41-claims-tested``.
"""

import keras
import numpy as np
from _series_keras import (
    HORIZON,
    LENGTH,
    change,
    forecaster,
    harmonics,
    recursive,
    rmse,
    sea_and_split,
    simple_forecasts,
    train,
    waves,
)
from keras import layers

from rnnbook.data import windows_by_target

RIVAL = "ridge, residuals"
CELLS = {"LSTM": layers.LSTM, "GRU": layers.GRU}
RIVALS = (
    "last value",
    "seasonal naive",
    "harmonics",
    "harmonics + residual",
    "ridge, values",
    "ridge, residuals",
)
GRID = [{"method": name, "inputs": "", "how": "no network"} for name in RIVALS] + [
    {"method": cell, "inputs": inputs, "how": how}
    for how, kinds in (
        ("direct", ("values", "values and month", "residuals")),
        ("recursive", ("values", "residuals")),
    )
    for inputs in kinds
    for cell in ("LSTM", "GRU")
]
SEEDS = range(100, 105)
TOLERANCE = {"rmse": 0.08, "change": 0.08, "low": 0.1, "high": 0.1}
TOLERANCE |= {f"h{k}": 0.15 for k in range(1, 13)}


def network_forecasts(y, split, setting, seed):
    """Forecasts of the test part, (M, HORIZON)."""
    season = harmonics(y, split[0])
    if setting["inputs"] != "residuals":
        season = np.zeros_like(season)
    series = (y - season[: len(y)])[:, None]  # (N, D)
    if setting["inputs"] == "values and month":
        series = np.hstack([series, waves(np.arange(len(y)), pairs=1)])
    mean, std = series[split[0]].mean(axis=0), series[split[0]].std(axis=0)
    direct = setting["how"] == "direct"
    horizon = HORIZON if direct else 1
    first, val = windows_by_target(series, LENGTH, split[:2], horizon)
    test = windows_by_target(series, LENGTH, split, HORIZON)[2]
    keras.utils.set_random_seed(seed)
    model = forecaster(CELLS[setting["method"]], mean, std, horizon=horizon)
    train(model, (first.x, first.y[..., 0]), (val.x, val.y[..., 0]))
    f = model.predict(test.x, verbose=0) if direct else recursive(model, test.x)
    return f + season[test.t[:, None] + np.arange(HORIZON)]


def run(setting, seed):
    y, split = sea_and_split()
    simple = simple_forecasts(y, split, part=2)
    if setting["how"] == "no network":
        forecast = simple[setting["method"]]
    else:
        forecast = network_forecasts(y, split, setting, seed)
    true = windows_by_target(y, LENGTH, split, HORIZON)[2].y
    error = forecast - true
    ratio, low, high = change(error, simple[RIVAL] - true)
    each = {f"h{k + 1}": rmse(error[:, k]) for k in range(HORIZON)}
    return {"rmse": rmse(error), "change": ratio, "low": low, "high": high} | each
