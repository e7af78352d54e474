"""Is a network ahead of the last price when it looks further, up to ten days?

Recursive, direct, and the common mistake of feeding a recursion with what really came:
the mean absolute error in dollars, one to ten days ahead, and three rivals without a
network. ``skill`` compares with the last value at ten days, ``low`` and ``high`` are
the ends of its 95 % interval over blocks of days. Used by ``23-stock-prediction`` and
``41-claims-tested``.
"""

import numpy as np
from _stock_prediction import block_interval, gain, predict, prepare, train
from sklearn.linear_model import Ridge
from torch import nn

from rnnbook.data import load_prices

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
