"""Does an LSTM or a GRU foresee the next day's return of a share?

``skill`` is the share of the last value's error that is removed; ``low`` and ``high``
are the ends of its 95 % interval over blocks of days. ``ahead`` is the share of right
directions less that of "always up" on the same days. A control: an LSTM whose forget
gates start open. Used by ``23-stock-prediction`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _stock_prediction import predict, prepare, score, train
from torch import nn

from rnnbook.data import load_prices

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


def open_lstm(*args, **kwargs):
    layer = nn.LSTM(*args, **kwargs)
    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = 1
        layer.bias_hh_l0[H : 2 * H] = 0
    return layer


def run(setting, seed):
    price, model = load_prices().price, setting["model"]
    scaler, parts = prepare(np.diff(np.log(price)))
    cell = {"GRU": nn.GRU, "LSTM, open gates": open_lstm}.get(model, nn.LSTM)
    network, history = train(parts, seed, cell)
    f = predict(network, parts[2].x)[:, 0] * scaler.scale_[0] + scaler.mean_[0]
    numbers = score(price, parts[2].t, f)
    return numbers | {"says_up": (f > 0).mean(), "epochs": 1 + history.best_epoch}
