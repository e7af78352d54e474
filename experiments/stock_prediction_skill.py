"""Does an LSTM or a GRU foresee the next day's return of a share?

On the real share, on a planted one whose returns can be forecast in part, and on a
random walk, where nothing can be. A control on the real share: an LSTM whose forget
gates start open. Used by ``23-stock-prediction``.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, load_prices, windows_by_target
from rnnbook.metrics import mase, skill

GRID = [
    *[
        {"prices": prices, "model": model}
        for prices in ("share", "planted", "random walk")
        for model in ("LSTM", "GRU")
    ],
    {"prices": "share", "model": "LSTM, open gates"},
]
SEEDS = range(8)
TOLERANCE = {
    "MAE": 0.2,
    "RMSE": 0.2,
    "MASE": 0.05,
    "skill": 0.01,
    "right": 0.05,
    "says_up": 0.2,
    "epochs": 30,
}
SPLIT = (0.6, 0.2, 0.2)
SERIES = {"planted": {"share": 0.4, "seed": 2}, "random walk": {"share": 0, "seed": 1}}

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


def train(parts, seed, cell=nn.LSTM, lr=3e-3, epochs=60, patience=10):
    """Fit on the first part, stop early by the second."""
    first, val = parts[:2]
    torch.manual_seed(seed)
    model = Forecaster(cell, horizon=first.y.shape[1])
    adam = torch.optim.Adam(model.parameters(), lr)
    loaders = batches(first.x, first.y, shuffle=True), batches(val.x, val.y)
    history = fit(model, nn.MSELoss(), adam, *loaders, epochs=epochs, patience=patience)
    return model, history


def score(price, t, log_return):
    """Scores of a forecast of price[t + 1], made on day t."""
    today, tomorrow = price[t], price[t + 1]
    forecast = today * np.exp(log_return)
    mae = mean_absolute_error(tomorrow, forecast)
    right = (log_return > 0) == (tomorrow > today)
    return {
        "MAE": mae,
        "RMSE": root_mean_squared_error(tomorrow, forecast),
        "MASE": mase(tomorrow, forecast, price[: int(SPLIT[0] * len(price))]),
        "skill": skill(mae, mean_absolute_error(tomorrow, today)),
        "right": int(right.sum()) if log_return.any() else None,
    }


def planted_csv(path, share=0.4, n=1047, seed=2):
    """Write a CSV of n business days with predictable returns."""
    returns = 0.02 * np.random.default_rng(seed).normal(size=n)
    for k in range(1, n):
        returns[k] += share * returns[k - 1]
    close = 100 * np.exp(np.cumsum(returns))
    dates = np.busday_offset("2020-01-01", np.arange(n), roll="forward")
    lines = [f"{d},{p:.4f}" for d, p in zip(dates, close, strict=True)]
    Path(path).write_text("\n".join(["Date,Close", *lines]), "utf-8")


def price_of(name):
    """The share, or a series of the same length, written and read as a reader's own."""
    if name == "share":
        return load_prices().price
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        planted_csv(path, **SERIES[name])
        return load_prices(path).price


def run(setting, seed):
    price, model = price_of(setting["prices"]), setting["model"]
    scaler, parts = prepare(np.diff(np.log(price)))
    cell = {"GRU": nn.GRU, "LSTM, open gates": open_lstm}.get(model, nn.LSTM)
    network, history = train(parts, seed, cell)
    f = predict(network, parts[2].x)[:, 0] * scaler.scale_[0] + scaler.mean_[0]
    numbers = score(price, parts[2].t, f)
    return numbers | {
        "right": numbers["right"] / len(f),
        "says_up": (f > 0).mean(),
        "epochs": 1 + history.best_epoch,
    }
