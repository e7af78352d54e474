"""Is the forecast in the picture of the tutorials better than yesterday's price?

An LSTM on price levels, scaled by all of them, is trained on the first 80 % and judged
on the rest. ``ratio`` is its mean absolute error over that of yesterday's price. Three
correlations say what the forecast resembles: the price of the same day, that of the day
before, and whether its change is the one that came. Used by ``23-stock-prediction`` and
``41-claims-tested``.
"""

import numpy as np
import torch
from _stock_prediction import Forecaster, batches, fit, predict
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.preprocessing import MinMaxScaler
from torch import nn

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
