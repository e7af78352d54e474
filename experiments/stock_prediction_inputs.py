"""Can the size of the next move be forecast, and do more inputs help?

The target is the return of the next day or the range of its prices; the inputs are the
range alone, two series or three. ``skill`` compares with the last price (return) or
with an exponentially weighted average (range), ``over_last_skill`` with the last price
or the last range; each has its 95 % interval over blocks of days. Used by
``23-stock-prediction``.
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
    return DataLoader(TensorDataset(x, y), batch_size=64, shuffle=shuffle)


def predict(model, x):
    """Outputs for an array of windows (M, T): an array (M, horizon)."""
    model.eval()
    x = torch.tensor(x, dtype=torch.float32)
    with torch.inference_mode():
        return model(x.to(next(model.parameters()).device)).cpu().numpy()


def prepare(series, length=20, horizon=1):
    """A scaler fitted on the training part; windows of the three parts."""
    split = chronological_split(series, SPLIT)
    scaler = StandardScaler().fit(series[split[0], None])
    scaled = scaler.transform(series[:, None])[:, 0]
    return scaler, windows_by_target(scaled, length, split, horizon)


def train(parts, seed, cell=nn.LSTM, lr=3e-3, epochs=60, patience=10, device="cpu"):
    """Fit on the first part, stop early by the second."""
    first, val = parts[:2]
    torch.manual_seed(seed)
    model = Forecaster(cell, horizon=first.y.shape[1]).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    loaders = batches(first.x, first.y, shuffle=True), batches(val.x, val.y)
    history = fit(model, nn.MSELoss(), adam, *loaders, epochs=epochs, patience=patience)
    return model, history


def gain(error, naive, axis=None):
    """The share of the last value's mean error that a forecast removes."""
    return 1 - error.mean(axis) / naive.mean(axis)


def block_interval(statistic, *daily, block=20, draws=1000):
    """95 % interval of a statistic of days, drawn again in blocks of days."""
    n, rng = len(daily[0]), np.random.default_rng(0)
    block = min(block, n)
    first = rng.integers(0, n - block + 1, (draws, -(-n // block)))
    days = (first[..., None] + np.arange(block)).reshape(draws, -1)[:, :n]
    found = statistic(*(values[days] for values in daily), axis=1)
    return np.quantile(found, (0.025, 0.975))


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
