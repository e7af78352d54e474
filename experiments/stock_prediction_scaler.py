"""What does the tutorial gain by a scaler that has seen the prices of the test part?

The network of the tutorials, on price levels, is judged in the rising year before the
end of the series: its scaler knows the training part, or the whole series. Used by
``23-stock-prediction`` and ``41-claims-tested``.
"""

import torch
from _stock_prediction import Forecaster, batches, fit, predict
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import MinMaxScaler
from torch import nn

from rnnbook.data import chronological_split, load_prices, windows_by_target

GRID = [{"scaler": "the past"}, {"scaler": "everything"}]
SEEDS = range(10)
TOLERANCE = {"mae": 1.5}  # dollars


def tutorial_error(price, known, seed):
    """MAE of the tutorial's network in the year after 60 %, in dollars."""
    split = chronological_split(price, (0.6, 0.2, 0.2))[:2]
    scale = MinMaxScaler().fit(known[:, None])
    scaled = scale.transform(price[:, None])[:, 0]
    first, then = windows_by_target(scaled, 30, split)
    torch.manual_seed(seed)
    model = Forecaster()
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    loader = batches(first.x, first.y, shuffle=True)
    fit(model, nn.MSELoss(), adam, loader, epochs=40)
    forecast = scale.inverse_transform(predict(model, then.x))[:, 0]
    return mean_absolute_error(price[then.t], forecast)


def run(setting, seed):
    price = load_prices().price
    past = price[: chronological_split(price, (0.6, 0.2, 0.2))[0].stop]
    known = past if setting["scaler"] == "the past" else price
    return {"mae": tutorial_error(price, known, seed)}
