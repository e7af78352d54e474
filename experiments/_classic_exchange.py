"""What ``classic_exchange`` trains: series, windows, models, training."""

import numpy as np
import torch
from _classic import made
from torch import nn
from torch.nn.functional import mse_loss

from rnnbook.data.prices import load_prices

BACK, EVERY = 48, 25


def series(name):
    """A price's logarithm, the sea's temperature, or a random walk (``walk 3``)."""
    if name == "price":
        return np.log(load_prices().price)
    if name.startswith("walk"):
        rng = np.random.default_rng(7700 + int(name.split()[1]))
        return rng.normal(size=1047).cumsum()
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
    """From 48 values to the next ones."""

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


def trained(setting, seed):
    """Errors at the update that the validation part chose, and of the last value."""
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
