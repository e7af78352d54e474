"""Can the size of the next move be forecast, and do more inputs help?

The target is the return of the next day or the range of its prices; the inputs are the
range alone, two series or three. ``skill`` compares with the last price (return) or
with an exponentially weighted average (range), ``over_last`` with the last price or the
last range. Used by ``23-stock-prediction``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, load_prices, windows_by_target
from rnnbook.metrics import skill

GRID = [
    {"target": "range", "inputs": "range", "model": "LSTM"},
    {"target": "range", "inputs": "return, volume, range", "model": "LSTM"},
    {"target": "range", "inputs": "return, volume, range", "model": "GRU"},
    {"target": "return", "inputs": "return, volume, range", "model": "LSTM"},
    {"target": "return", "inputs": "return, volume, range", "model": "GRU"},
    {"target": "return", "inputs": "return, volume", "model": "LSTM"},
]
SEEDS = range(8)
TOLERANCE = {"skill": 0.02, "over_last": 0.02}
SPLIT = (0.6, 0.2, 0.2)

fit = partial(training.fit, progress=False)


class Forecaster(nn.Module):
    """A recurrent layer over (B, T) or (B, T, D), a head on its last output."""

    def __init__(self, cell=nn.LSTM, hidden=32, horizon=1, inputs=1):
        super().__init__()
        self.rnn = cell(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, horizon)

    def forward(self, x):
        x = x if x.ndim == 3 else x[..., None]  # (B, T, D)
        outputs, _ = self.rnn(x)  # (B, T, H)
        return self.head(outputs[:, -1])  # (B, horizon)


def batches(x, y, shuffle=False):
    x, y = (torch.tensor(a, dtype=torch.float32) for a in (x, y))
    return DataLoader(TensorDataset(x, y), 64, shuffle=shuffle)


def predict(model, x):
    """Outputs for an array of windows (M, T): an array (M, horizon)."""
    with torch.no_grad():
        return model(torch.tensor(x, dtype=torch.float32)).numpy()


def prepare(series, length=20, horizon=1):
    """A scaler fitted on the training part; windows of the three parts."""
    split = chronological_split(series, SPLIT)
    scaler = StandardScaler().fit(series[split[0], None])
    scaled = scaler.transform(series[:, None])[:, 0]
    return scaler, windows_by_target(scaled, length, split, horizon)


def train(parts, seed, cell=nn.LSTM, lr=3e-3, epochs=60, patience=10):
    """Fit on the first part, stop early by the second."""
    first, val = parts[:2]
    torch.manual_seed(seed)
    model = Forecaster(cell, horizon=first.y.shape[1])
    adam = torch.optim.Adam(model.parameters(), lr)
    loaders = batches(first.x, first.y, shuffle=True), batches(val.x, val.y)
    history = fit(model, nn.MSELoss(), adam, *loaders, epochs=epochs, patience=patience)
    return model, history


def skill_of(price, t, log_return):
    """The share of the last value's mean absolute error that a forecast removes."""
    today, tomorrow = price[t], price[t + 1]
    mae = mean_absolute_error(tomorrow, today * np.exp(log_return))
    return skill(mae, mean_absolute_error(tomorrow, today))


def ewma(u, decay):
    """s[t] from u[:t]."""
    s = np.empty(len(u))
    s[0] = u[0]  # the first day has no past; it lies far before the test
    for t in range(1, len(u)):
        s[t] = decay * s[t - 1] + (1 - decay) * u[t - 1]
    return s


def prepare_columns(features, length=20):
    """As prepare, for a series (N, D): each column has its own scale."""
    split = chronological_split(features, SPLIT)
    scaler = StandardScaler().fit(features[split[0]])
    return scaler, windows_by_target(scaler.transform(features), length, split)


def forecast_column(scaler, parts, column, cell, seed):
    """Forecasts of one column for the test part, in its own unit."""
    torch.manual_seed(seed)
    model = Forecaster(cell, inputs=parts[0].x.shape[2])
    adam = torch.optim.Adam(model.parameters(), 3e-3)
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
        numbers = [skill_of(prices.price, t, f)] * 2
    else:
        averages = [ewma(u, decay) for decay in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)]
        smooth = min(averages, key=lambda s: mean_absolute_error(u[val], s[val]))
        error = mean_absolute_error(u[t], f)
        rivals = smooth[t], u[t - 1]
        numbers = [skill(error, mean_absolute_error(u[t], g)) for g in rivals]
    return dict(zip(("skill", "over_last"), numbers, strict=True))
