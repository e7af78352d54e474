"""How strong must a signal be, for the test of the chapter to see it?

Made shares, in which each return repeats a part of the one before; every seed makes
another series and starts another network. ``found`` says whether the interval of the
skill over blocks of days lies above zero, ``found_direction`` whether the LSTM's
directions are ahead of both "always up" and "always down" in the same sense. ``rule``
knows the strength. Used by ``23-stock-prediction``.
"""

from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, windows_by_target

GRID = [{"strength": strength} for strength in (0, 0.1, 0.2, 0.4)]
SEEDS = range(20)
TOLERANCE = {
    "skill": 0.015,
    "low": 0.02,
    "right": 0.06,
    "found": 1,
    "found_direction": 1,
    "linear_skill": 0.01,
    "linear_found": 1,
    "rule_skill": 0.001,
    "rule_right": 0.001,
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


def score(price, t, log_return):
    """Scores of a forecast of price[t + 1], made on day t."""
    today, tomorrow = price[t], price[t + 1]
    error = np.abs(today * np.exp(log_return) - tomorrow)
    naive, up = np.abs(tomorrow - today), tomorrow > today
    right = (log_return > 0) == up
    ahead = right * 1.0 - up  # 1: right, where always up is wrong
    low, high = block_interval(gain, error, naive)
    ahead_low, ahead_high = block_interval(np.mean, ahead)
    return {
        "MAE": error.mean(),
        "skill": gain(error, naive),
        "low": low,
        "high": high,
        "right": right.mean(),
        "ahead": ahead.mean(),
        "ahead_low": ahead_low,
        "ahead_high": ahead_high,
    }


def planted(strength, seed, n=1047):
    """Prices of n business days; each return repeats a part of the one before."""
    returns = 0.02 * np.random.default_rng(seed).normal(size=n)
    for k in range(1, n):
        returns[k] += strength * returns[k - 1]
    days = pd.bdate_range("2020-01-01", periods=n)
    return pd.DataFrame({"Date": days, "Close": 100 * np.exp(returns.cumsum())})


def linear(train, val):
    """The ridge autoregression with the lowest validation error."""
    fits = [Ridge(10.0**k).fit(train.x, train.y[:, 0]) for k in range(5)]
    return min(fits, key=lambda f: np.mean((val.y[:, 0] - f.predict(val.x)) ** 2))


def run(setting, seed):
    strength = setting["strength"]
    price = planted(strength, seed)["Close"].to_numpy()
    r = np.diff(np.log(price))
    scaler, parts = prepare(r)
    t, scale, mean = parts[2].t, scaler.scale_[0], scaler.mean_[0]
    network, _ = train(parts, seed)
    f = predict(network, parts[2].x)[:, 0] * scale + mean
    lstm = score(price, t, f)
    z = linear(*parts[:2]).predict(parts[2].x)
    line, rule = score(price, t, z * scale + mean), score(price, t, strength * r[t - 1])
    right, up = (f > 0) == (r[t] > 0), r[t] > 0
    ahead = [block_interval(np.mean, right * 1.0 - same)[0] for same in (up, ~up)]
    return {
        "skill": lstm["skill"],
        "low": lstm["low"],
        "right": lstm["right"],
        "found": lstm["low"] > 0,
        "found_direction": min(ahead) > 0,
        "linear_skill": line["skill"],
        "linear_found": line["low"] > 0,
        "rule_skill": rule["skill"],
        "rule_right": rule["right"],
    }
