"""Does an interval that promises 90 % of the returns hold 90 % of them a year later?

A conformal interval of constant width, one that follows the size of the moves, and one
that a network draws itself (the pinball loss): the share of the returns inside it, in
the three parts and on the last twenty days; ``low`` and ``high`` are the ends of the
95 % interval of the share in the test part, over blocks of days. Used by
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

GRID = [{"interval": "constant"}, {"interval": "breathing"}, {"interval": "pinball"}]
SEEDS = range(8)
TOLERANCE = {
    "training": 0.05,
    "validation": 0.05,
    "test": 0.05,
    "low": 0.06,
    "high": 0.06,
    "last_20": 0.1,
    "width": 0.01,
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


def block_interval(statistic, *daily, block=20, draws=1000):
    """95 % interval of a statistic of days, drawn again in blocks of days."""
    n, rng = len(daily[0]), np.random.default_rng(0)
    block = min(block, n)
    first = rng.integers(0, n - block + 1, (draws, -(-n // block)))
    days = (first[..., None] + np.arange(block)).reshape(draws, -1)[:, :n]
    found = statistic(*(values[days] for values in daily), axis=1)
    return np.quantile(found, (0.025, 0.975))


def radius(errors, coverage=0.9):
    """The conformal quantile of absolute errors."""
    level = np.ceil((len(errors) + 1) * coverage) / len(errors)
    return np.quantile(errors, level, method="inverted_cdf")


def ewma(u, decay):
    """s[t] from u[:t]."""
    s = np.empty(len(u))
    s[0] = u[0]  # the first day has no past; it lies far before the test
    for t in range(1, len(u)):
        s[t] = decay * s[t - 1] + (1 - decay) * u[t - 1]
    return s


def pinball(q, y, levels=(0.05, 0.95)):
    tau, e = torch.tensor(levels, device=q.device), y - q  # (B, 2)
    return torch.maximum(tau * e, (tau - 1) * e).mean()


def train_pinball(size_parts, parts, seed, device="cpu"):
    """From the ranges to the 5 % and the 95 % quantile of the return."""
    torch.manual_seed(seed)
    model = Forecaster(horizon=2).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    loaders = [
        batches(a.x, b.y, shuffle=a is size_parts[0])
        for a, b in zip(size_parts[:2], parts[:2], strict=True)
    ]
    fit(model, pinball, adam, *loaders, epochs=60, patience=20)
    return model


def conformal(model, parts, scaler, r, smooth):
    """Lower and upper ends for each part; the scale is 1, or follows the sizes."""
    centers = [predict(model, p.x)[:, 0] * scaler.scale_ + scaler.mean_ for p in parts]
    val = parts[1].t
    q = radius(np.abs(r[val] - centers[1]) / smooth[val])
    return [
        (c - q * smooth[p.t], c + q * smooth[p.t])
        for c, p in zip(centers, parts, strict=True)
    ]


def run(setting, seed):
    prices = load_prices()
    r = np.diff(np.log(prices.price))
    u = np.log(prices.high / prices.low)[1:]
    scaler, parts = prepare(r)
    if setting["interval"] == "pinball":
        _, size_parts = prepare(u)
        model = train_pinball(size_parts, parts, seed)
        ends = [
            predict(model, p.x).T * scaler.scale_ + scaler.mean_ for p in size_parts
        ]
    else:
        averages = [ewma(u, decay) for decay in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)]
        val = parts[1].t
        smooth = min(averages, key=lambda s: mean_absolute_error(u[val], s[val]))
        if setting["interval"] == "constant":
            smooth = np.ones(len(u))
        ends = conformal(train(parts, seed)[0], parts, scaler, r, smooth)
    inside = [
        (low <= r[p.t]) & (r[p.t] <= high)
        for (low, high), p in zip(ends, parts, strict=True)
    ]
    names = "training", "validation", "test"
    shares = {name: i.mean() for name, i in zip(names, inside, strict=True)}
    width = (ends[2][1] - ends[2][0]).mean()
    low, high = block_interval(np.mean, inside[2])
    last = inside[2][-20:].mean()
    return shares | {"low": low, "high": high, "last_20": last, "width": width}
