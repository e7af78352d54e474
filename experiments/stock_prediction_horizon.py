"""Is a network ahead of the last price when it looks further, up to ten days?

Recursive, direct, and the common mistake of feeding a recursion with what really came:
the mean absolute error in dollars, one to ten days ahead. Used by
``23-stock-prediction``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, load_prices, windows_by_target

GRID = [
    {"method": "recursive"},
    {"method": "direct"},
    {"method": "direct GRU"},
    {"method": "mistake"},
]
SEEDS = range(8)
H = 10
TOLERANCE = {f"day_{h}": 0.3 + 0.2 * h for h in range(1, H + 1)}  # dollars
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


def recursive(model, x):
    """Ten one-day forecasts (M, H), each fed with the one before."""
    steps = []
    for _ in range(H):
        steps.append(predict(model, x))  # (M, 1)
        x = np.hstack([x[:, 1:], steps[-1]])
    return np.hstack(steps)


def mistaken(model, x, y):
    """The same loop, but fed with what really came."""
    full = np.hstack([x, y])
    return np.hstack([predict(model, full[:, k : k + 20]) for k in range(H)])


def run(setting, seed):
    price, method = load_prices().price, setting["method"]
    r = np.diff(np.log(price))
    scaler, parts = prepare(r)
    _, far = prepare(r, horizon=H)
    x, y, t = far[2].x, far[2].y, far[2].t
    cell = nn.GRU if method == "direct GRU" else nn.LSTM
    model, _ = train(far if method.startswith("direct") else parts, seed, cell)
    if method == "mistake":
        z = mistaken(model, x, y)
        start = np.stack([price[t + h] for h in range(H)], axis=1)
        forecast = start * np.exp(z * scaler.scale_ + scaler.mean_)
    else:
        z = recursive(model, x) if method == "recursive" else predict(model, x)
        steps = np.cumsum(z * scaler.scale_ + scaler.mean_, axis=1)
        forecast = price[t, None] * np.exp(steps)
    future = np.stack([price[t + h] for h in range(1, H + 1)], axis=1)
    errors = np.abs(forecast - future).mean(axis=0)
    return {f"day_{h}": error for h, error in enumerate(errors, 1)}
