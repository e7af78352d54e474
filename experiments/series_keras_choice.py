"""Which inputs, cell, size and rate forecast the sea best, on the validation part?

The network reads the values, the values with the month as sine and cosine, or what is
left when the harmonics are taken out. The test part is not looked at. Used by
``29-series-in-keras``.
"""

import keras
import numpy as np
from _series_keras import (
    HORIZON,
    LENGTH,
    forecaster,
    harmonics,
    rmse,
    sea_and_split,
    train,
    waves,
)
from keras import layers

from rnnbook.data import windows_by_target

CELLS = {"LSTM": layers.LSTM, "GRU": layers.GRU}
GRID = [
    {"inputs": inputs, "cell": cell, "units": units, "rate": rate}
    for inputs in ("values", "values and month", "residuals")
    for cell in ("LSTM", "GRU")
    for units, rate in ((16, 1e-2), (32, 3e-3))
]
SEEDS = range(3)
TOLERANCE = {"rmse": 0.08, "epochs": 40}


def run(setting, seed):
    y, split = sea_and_split()
    season = harmonics(y, split[0])
    columns = [y]
    if setting["inputs"] == "residuals":
        columns = [y - season[: len(y)]]
    elif setting["inputs"] == "values and month":
        columns += list(waves(np.arange(len(y)), pairs=1).T)
    series = np.column_stack(columns)  # (N, D)
    mean, std = series[split[0]].mean(axis=0), series[split[0]].std(axis=0)
    parts = windows_by_target(series, LENGTH, split[:2], HORIZON)
    pairs = [(part.x, part.y[..., 0]) for part in parts]
    keras.utils.set_random_seed(seed)
    model = forecaster(CELLS[setting["cell"]], mean, std, setting["units"])
    seen = train(model, *pairs, rate=setting["rate"])
    error = model.predict(pairs[1][0], verbose=0) - pairs[1][1]
    return {"rmse": rmse(error), "epochs": len(seen["loss"])}
