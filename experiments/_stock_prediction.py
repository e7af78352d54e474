"""What the experiments of ``23-stock-prediction`` share: network, training, scores."""

from functools import partial

import numpy as np
import torch
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, windows_by_target
from rnnbook.metrics import skill

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
