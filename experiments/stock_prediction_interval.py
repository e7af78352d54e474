"""Does an interval that promises 90 % of the returns hold 90 % of them a year later?

A conformal interval of constant width, one that follows the size of the moves, and one
that a network draws itself (the pinball loss): the share of the returns inside it, in
the three parts and on the last twenty days; ``low`` and ``high`` are the ends of the
95 % interval of the share in the test part, over blocks of days. Used by
``23-stock-prediction`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _stock_prediction import (
    Forecaster,
    batches,
    block_interval,
    ewma,
    fit,
    predict,
    prepare,
    train,
)
from sklearn.metrics import mean_absolute_error

from rnnbook.data import load_prices

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


def radius(errors, coverage=0.9):
    """The conformal quantile of absolute errors."""
    level = np.ceil((len(errors) + 1) * coverage) / len(errors)
    return np.quantile(errors, level, method="inverted_cdf")


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
