"""Is the forecast in the picture of the tutorials better than yesterday's price?

An LSTM on price levels, scaled by all of them, is trained on the first 80 % and judged
on the rest. ``ratio`` is its mean absolute error over that of yesterday's price. Three
correlations say what the forecast resembles: the price of the same day, that of the day
before, and whether its change is the one that came. Used by ``23-stock-prediction``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.preprocessing import MinMaxScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import load_prices, windows

GRID = [{"network": "LSTM"}]
SEEDS = range(8)
TOLERANCE = {
    "mae": 2,  # dollars
    "ratio": 0.2,
    "r2": 0.015,
    "same_day": 0.004,
    "day_before": 0.004,
    "change": 0.03,
    "bias": 6,  # dollars
}

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


def run(setting, seed):
    price = load_prices().price
    scaler = MinMaxScaler()
    scaled = scaler.fit_transform(price[:, None])[:, 0]
    x, y = windows(scaled, length=30)
    cut = int(0.8 * len(x))
    torch.manual_seed(seed)
    classic = Forecaster()
    optimizer = torch.optim.Adam(classic.parameters(), lr=1e-2)
    train_batches = batches(x[:cut], y[:cut], shuffle=True)
    fit(classic, nn.MSELoss(), optimizer, train_batches, epochs=40)
    forecast, true, yesterday = (
        scaler.inverse_transform(z)[:, 0]
        for z in (predict(classic, x[cut:]), y[cut:], x[cut:, -1:])
    )
    mae = mean_absolute_error(true, forecast)
    change = forecast - yesterday
    return {
        "mae": mae,
        "ratio": mae / mean_absolute_error(true, yesterday),
        "r2": r2_score(true, forecast),
        "same_day": np.corrcoef(true, forecast)[0, 1],
        "day_before": np.corrcoef(yesterday, forecast)[0, 1],
        "change": np.corrcoef(true - yesterday, change)[0, 1],
        "bias": change.mean(),
    }
