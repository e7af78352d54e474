"""What does a network do when nobody stops it, and what does that cost?

An LSTM on the returns of the real share: stopped by the validation part, or trained for
120 epochs at a larger rate. Losses are mean squared errors of scaled returns; those of
the validation part are set against the mean return of the training part, ``val_gain``
at the best epoch, ``val_end`` after the last. Used by ``23-stock-prediction``.
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

GRID = [{"stopping": "early"}, {"stopping": "never"}]
SEEDS = range(5)
TOLERANCE = {"train_end": 0.1, "val_gain": 0.03, "val_end": 0.6, "skill": 0.1}
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


def skill_of(price, t, log_return):
    """The share of the last value's mean absolute error that a forecast removes."""
    today, tomorrow = price[t], price[t + 1]
    mae = mean_absolute_error(tomorrow, today * np.exp(log_return))
    return skill(mae, mean_absolute_error(tomorrow, today))


def run(setting, seed):
    price = load_prices().price
    scaler, parts = prepare(np.diff(np.log(price)))
    options = {}
    if setting["stopping"] == "never":
        options = {"lr": 1e-2, "epochs": 120, "patience": None}
    model, history = train(parts, seed, **options)
    f = predict(model, parts[2].x)[:, 0] * scaler.scale_ + scaler.mean_
    mean_return = (parts[1].y ** 2).mean()  # scaled: the training mean is 0
    return {
        "train_end": history.train[-1],
        "val_gain": 1 - min(history.val) / mean_return,
        "val_end": history.val[-1] / mean_return,
        "skill": skill_of(price, parts[2].t, f),
    }
