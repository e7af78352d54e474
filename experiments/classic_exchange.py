"""Is anything trained better than repeating the last value, months ahead?

Zeng et al. (2023) on exchange rates; the course has no exchange rates, so here the
daily logarithm of a share's price, 24 and 96 days ahead, and as a control the
temperature of the sea in the Pacific, 24 months ahead, where the seasons can be
learned. From the last 48 values: one linear layer, the same on differences to the last
value, and an LSTM of 16 cells. In the order of time 60 % train, 20 % choose the rate
and the update (every 25 of 300), 20 % judge; each in units of the training part's
standard deviation. The numbers are squared errors; ``last`` is that of repeating the
last value on the test part.

Used by ``42-classic-experiments``.
"""

import numpy as np
import torch
from _classic import made
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best
from torch import nn
from torch.nn.functional import mse_loss

from rnnbook.data.prices import load_prices

RULE = (
    "Mean test error at the own best rate. *Holds*: at both distances of the price no "
    "trained model is below the last value, and on the sea, the control, one is. *In "
    "part*: at one distance of the price."
)


def verdict(runs):
    best = at_best(runs, ["series", "ahead", "model"])
    means = best.groupby(["series", "ahead", "model"])[["test", "last"]].mean()
    won = (means.test < means["last"]).groupby(["series", "ahead"]).any()
    if not won["sea"].any():
        return NOT_HERE
    kept = int((~won["price"]).sum())
    return (NOT_HERE, IN_PART, WHOLE)[kept]


def _setting(series, ahead, model, lr, updates=300):
    return {
        "series": series,
        "ahead": ahead,
        "model": model,
        "lr": lr,
        "updates": updates,
    }


WHERE = ("price", 24), ("price", 96), ("sea", 24)
GRID = [
    _setting("price", 24, "linear", 0.003, 50),  # cheap: a test makes it again
    *(
        _setting(*where, model, lr)
        for where in WHERE
        for model in ("linear", "differences", "LSTM")
        for lr in (0.001, 0.003, 0.01)
    ),
]
SEEDS = range(3)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 1.0, "test": 1.0, "last": 0.01}
BACK, EVERY = 48, 25


def series(name):
    if name == "price":
        return np.log(load_prices().price)
    from statsmodels.datasets import elnino

    return elnino.load_pandas().data.to_numpy()[:, 1:].ravel()


def windows(name, ahead):
    """Past (N, 48, 1) and future (N, ahead) of each part, in time's order."""
    values = series(name)
    a, b = int(0.6 * len(values)), int(0.8 * len(values))
    z = ((values - values[:a].mean()) / values[:a].std()).astype(np.float32)
    found = {}
    for part, (begin, end) in {
        "train": (0, a),
        "valid": (a - BACK, b),
        "test": (b - BACK, len(z)),
    }.items():
        w = np.lib.stride_tricks.sliding_window_view(z[begin:end], BACK + ahead)
        w = torch.as_tensor(w.copy())
        found[part] = w[:, :BACK, None], w[:, BACK:]
    return found


class Model(nn.Module):
    def __init__(self, kind, ahead):
        super().__init__()
        self.kind = kind
        self.body = made("LSTM", 1, 16) if kind == "LSTM" else None
        self.head = nn.Linear(16 if kind == "LSTM" else BACK, ahead)

    def forward(self, x):  # (B, 48, 1) -> (B, ahead)
        if self.kind == "LSTM":
            return self.head(self.body(x)[0][:, -1])
        last = x[:, -1] if self.kind == "differences" else 0
        return self.head(x[..., 0] - last) + last


def run(setting, seed):
    torch.manual_seed(seed)
    data = windows(setting["series"], setting["ahead"])
    x, y = data["train"]
    model, rng = Model(setting["model"], setting["ahead"]), np.random.default_rng(seed)
    optimizer, best = torch.optim.Adam(model.parameters(), setting["lr"]), None
    for k in range(1, setting["updates"] + 1):
        rows = rng.integers(0, len(x), 32)
        loss = mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if k % EVERY == 0:
            with torch.no_grad():
                scores = {
                    part: float(mse_loss(model(data[part][0]), data[part][1]))
                    for part in ("valid", "test")
                }
            if best is None or scores["valid"] < best["valid"]:
                best = scores
    x, y = data["test"]
    return best | {"last": float(((x[:, -1] - y) ** 2).mean())}
