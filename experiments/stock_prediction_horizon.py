"""Is a network ahead of the last price when it looks further, up to ten days?

Recursive, direct, and the common mistake of feeding a recursion with what really came:
the mean absolute error in dollars, one to ten days ahead, and three rivals without a
network. ``skill`` compares with the last value at ten days, ``low`` and ``high`` are
the ends of its 95 % interval over blocks of days. Used by ``23-stock-prediction``.
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
    {"method": "recursive"},
    {"method": "direct"},
    {"method": "direct GRU"},
    {"method": "mistake"},
    {"method": "last value"},
    {"method": "mean return"},
    {"method": "regression"},
]
SEEDS = range(8)
H = 10
TOLERANCE = {f"day_{h}": 0.3 + 0.2 * h for h in range(1, H + 1)}  # dollars
TOLERANCE |= {"skill": 0.05, "low": 0.05, "high": 0.05}
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


def regression(far):
    """Ten outputs at once, from the ridge with the lowest validation error."""
    first, val, test = far
    fits = [Ridge(10.0**k).fit(first.x, first.y) for k in range(5)]
    best = min(fits, key=lambda f: np.mean((val.y - f.predict(val.x)) ** 2))
    return best.predict(test.x)


def scaled_returns(method, parts, far, seed):
    """Forecasts (M, H) of the scaled returns of the next ten days."""
    x, y = far[2].x, far[2].y
    if method == "mean return":
        return np.zeros(y.shape)
    if method == "regression":
        return regression(far)
    cell = nn.GRU if method == "direct GRU" else nn.LSTM
    model, _ = train(far if method.startswith("direct") else parts, seed, cell)
    if method == "mistake":
        return mistaken(model, x, y)
    return recursive(model, x) if method == "recursive" else predict(model, x)


def run(setting, seed):
    price, method = load_prices().price, setting["method"]
    r = np.diff(np.log(price))
    scaler, parts = prepare(r)
    _, far = prepare(r, horizon=H)
    t = far[2].t
    future = np.stack([price[t + h] for h in range(1, H + 1)], axis=1)
    naive = np.repeat(price[t, None], H, axis=1)
    forecast = naive
    if method != "last value":
        z = scaled_returns(method, parts, far, seed) * scaler.scale_ + scaler.mean_
        forecast = naive * np.exp(np.cumsum(z, axis=1))
    if method == "mistake":
        before = np.stack([price[t + h] for h in range(H)], axis=1)
        forecast = before * np.exp(z)
    error, naive = np.abs(forecast - future), np.abs(naive - future)
    low, high = block_interval(gain, error[:, -1], naive[:, -1])
    numbers = {"skill": gain(error[:, -1], naive[:, -1]), "low": low, "high": high}
    return {f"day_{h}": e for h, e in enumerate(error.mean(axis=0), 1)} | numbers
