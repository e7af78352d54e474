"""Does it help to refit the network every 21 days, or to forget the distant past?

A walk-forward validation on the real share. The number of epochs is that at which early
stopping ended with the same seed; the linear model has no seed. ``low``
and ``high`` are the ends of the 95 % interval over blocks of days. Used by
``23-stock-prediction``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, load_prices, windows_by_target

GRID = [
    {"model": model, "fitted_on": days}
    for days in ("all days before", "250 days before")
    for model in ("LSTM", "linear AR")
]
SEEDS = range(8)
TOLERANCE = {"skill": 0.01, "low": 0.02, "high": 0.02, "epochs": 30}
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
