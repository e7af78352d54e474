"""Does it help to refit the network every 21 days, or to forget the distant past?

A walk-forward validation on the real share. The number of epochs is that at which early
stopping ended with the same seed; the linear model has no seed. ``low``
and ``high`` are the ends of the 95 % interval over blocks of days. Used by
``23-stock-prediction``.
"""

import numpy as np
import torch
from _stock_prediction import (
    Forecaster,
    batches,
    block_interval,
    fit,
    gain,
    predict,
    prepare,
    train,
)
from sklearn.linear_model import Ridge
from torch import nn

from rnnbook.data import load_prices, windows_by_target

GRID = [
    {"model": model, "fitted_on": days}
    for days in ("all days before", "250 days before")
    for model in ("LSTM", "linear AR")
]
SEEDS = range(8)
TOLERANCE = {"skill": 0.01, "low": 0.02, "high": 0.02, "epochs": 30}


def fit_predict(series, part, seed, epochs=None, device="cpu"):
    """Fit on part[0], forecast part[1]; seed None is the linear model."""
    known = series[part[0]]
    mean, std = known.mean(), known.std()
    first, then = windows_by_target((series - mean) / std, 20, part)
    if seed is None:
        model = Ridge(1000).fit(first.x, first.y[:, 0])
        return model.predict(then.x) * std + mean
    torch.manual_seed(seed)
    model = Forecaster().to(device)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    loader = batches(first.x, first.y, shuffle=True)
    fit(model, nn.MSELoss(), adam, loader, epochs=epochs)
    return predict(model, then.x)[:, 0] * std + mean


def walk_forward(series, start, seed, epochs=None, every=21):
    """Forecasts of series[start:], refitted every so many days."""
    n = len(series)
    return np.concatenate(
        [
            fit_predict(
                series, [slice(0, k), slice(k, min(k + every, n))], seed, epochs
            )
            for k in range(start, n, every)
        ]
    )


def rolling_blocks(n, start, memory, every):
    return [(k - memory, k, k, min(k + every, n)) for k in range(start, n, every)]


def rolling(series, start, seed, epochs=None, memory=250):
    """Forecasts of series[start:], each fitted on the last days before."""
    blocks = rolling_blocks(len(series), start, memory, 21)
    return np.concatenate(
        [
            fit_predict(series, [slice(a, b), slice(c, d)], seed, epochs)
            for a, b, c, d in blocks
        ]
    )


def run(setting, seed):
    price = load_prices().price
    r = np.diff(np.log(price))
    _, parts = prepare(r)
    t = parts[2].t
    start, epochs = None, 0  # the linear model
    if setting["model"] == "LSTM":
        start, epochs = seed, 1 + train(parts, seed)[1].best_epoch
    walk = walk_forward if setting["fitted_on"] == "all days before" else rolling
    f = walk(r, t[0], start, epochs)
    error = np.abs(price[t] * np.exp(f) - price[t + 1])
    naive = np.abs(price[t + 1] - price[t])
    low, high = block_interval(gain, error, naive)
    return {"skill": gain(error, naive), "low": low, "high": high, "epochs": epochs}
