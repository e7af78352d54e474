"""Does an LSTM or a GRU foresee the next day's return of a share?

``skill`` is the share of the last value's error that is removed; ``low`` and ``high``
are the ends of its 95 % interval over blocks of days. ``ahead`` is the share of right
directions less that of "always up" on the same days. A control: an LSTM whose forget
gates start open. Used by ``23-stock-prediction``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, load_prices, windows_by_target

GRID = [{"model": model} for model in ("LSTM", "GRU", "LSTM, open gates")]
SEEDS = range(8)
TOLERANCE = {
    "MAE": 0.2,
    "skill": 0.01,
    "low": 0.02,
    "high": 0.02,
    "right": 0.05,
    "ahead": 0.05,
    "ahead_low": 0.06,
    "ahead_high": 0.06,
    "says_up": 0.2,
    "epochs": 30,
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


def open_lstm(*args, **kwargs):
    layer = nn.LSTM(*args, **kwargs)
    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = 1
        layer.bias_hh_l0[H : 2 * H] = 0
    return layer


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


def run(setting, seed):
    price, model = load_prices().price, setting["model"]
    scaler, parts = prepare(np.diff(np.log(price)))
    cell = {"GRU": nn.GRU, "LSTM, open gates": open_lstm}.get(model, nn.LSTM)
    network, history = train(parts, seed, cell)
    f = predict(network, parts[2].x)[:, 0] * scaler.scale_[0] + scaler.mean_[0]
    numbers = score(price, parts[2].t, f)
    return numbers | {"says_up": (f > 0).mean(), "epochs": 1 + history.best_epoch}
