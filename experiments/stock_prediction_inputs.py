"""Can the size of the next move be forecast, and do more inputs help?

The target is the return of the next day or the range of its prices; the inputs are the
range alone, two series or three. ``skill`` compares with the last price (return) or
with an exponentially weighted average (range), ``over_last_skill`` with the last price
or the last range; each has its 95 % interval over blocks of days. Used by
``23-stock-prediction`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _stock_prediction import (
    SPLIT,
    Forecaster,
    batches,
    block_interval,
    ewma,
    fit,
    gain,
    predict,
    prepare,
    train,
)
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler
from torch import nn

from rnnbook.data import chronological_split, load_prices, windows_by_target

GRID = [
    {"target": "range", "inputs": "range", "model": "LSTM"},
    {"target": "range", "inputs": "return, volume, range", "model": "LSTM"},
    {"target": "range", "inputs": "return, volume, range", "model": "GRU"},
    {"target": "return", "inputs": "return, volume, range", "model": "LSTM"},
    {"target": "return", "inputs": "return, volume, range", "model": "GRU"},
    {"target": "return", "inputs": "return, volume", "model": "LSTM"},
]
SEEDS = range(8)
TOLERANCE = {
    "skill": 0.02,
    "low": 0.03,
    "high": 0.03,
    "over_last_skill": 0.02,
    "over_last_low": 0.03,
    "over_last_high": 0.03,
}


def prepare_columns(features, length=20):
    """As prepare, for a series (N, D): each column has its own scale."""
    split = chronological_split(features, SPLIT)
    scaler = StandardScaler().fit(features[split[0]])
    return scaler, windows_by_target(scaler.transform(features), length, split)


def forecast_column(scaler, parts, column, cell, seed, device="cpu"):
    """Forecasts of one column for the test part, in its own unit."""
    torch.manual_seed(seed)
    model = Forecaster(cell, inputs=parts[0].x.shape[2]).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    loaders = [batches(p.x, p.y[..., column], shuffle=p is parts[0]) for p in parts[:2]]
    fit(model, nn.MSELoss(), adam, *loaders, epochs=60, patience=10)
    z = predict(model, parts[2].x)[:, 0]
    return z * scaler.scale_[column] + scaler.mean_[column]


def run(setting, seed):
    prices = load_prices()
    r = np.diff(np.log(prices.price))
    u = np.log(prices.high / prices.low)[1:]
    series = {"return": r, "volume": np.diff(np.log(prices.volume)), "range": u}
    names = setting["inputs"].split(", ")
    if names == ["range"]:
        scaler, parts = prepare(u)
        model, _ = train(parts, seed)
        f = predict(model, parts[2].x)[:, 0] * scaler.scale_[0] + scaler.mean_[0]
    else:
        features = np.column_stack([series[name] for name in names])
        scaler, parts = prepare_columns(features)
        cell = nn.GRU if setting["model"] == "GRU" else nn.LSTM
        column = names.index(setting["target"])
        f = forecast_column(scaler, parts, column, cell, seed)
    t, val = parts[2].t, parts[1].t
    if setting["target"] == "return":
        price = prices.price
        error = np.abs(price[t] * np.exp(f) - price[t + 1])
        rivals = [np.abs(price[t + 1] - price[t])] * 2
    else:
        averages = [ewma(u, decay) for decay in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)]
        smooth = min(averages, key=lambda s: mean_absolute_error(u[val], s[val]))
        error = np.abs(u[t] - f)
        rivals = [np.abs(u[t] - smooth[t]), np.abs(u[t] - u[t - 1])]
    numbers = {}
    for name, rival in zip(("", "over_last_"), rivals, strict=True):
        low, high = block_interval(gain, error, rival)
        numbers |= {f"{name}low": low, f"{name}high": high}
        numbers[f"{name}skill"] = gain(error, rival)
    return numbers
