"""One head for all hours, a network for each horizon, or one hour fed back?

The same GRU and budget for each network. ``recursive`` forecasts every column of the
weather one hour ahead, and reads what it forecast. ``w00`` to ``w51`` are weeks, 24
hours ahead. Used by ``25-weather`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _weather import SCORED, Forecaster, beijing, mae, pieces, rows_of, train
from _weather_side import CUT, EPOCHS, HIDDEN, Side
from torch import nn

GRID = [{"way": way} for way in ("last value", "one head", "direct", "recursive")]
SEEDS = range(3)
TOLERANCE = {f"mae_{k}": 1.0 for k in (1, 6, 12, 24, 48)}
TOLERANCE |= {f"w{w:02}": 15.0 for w in range(52)}


class OneHour(nn.Module):
    """A GRU that forecasts the columns of the next hour, (B, T, D)."""

    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.rnn = nn.GRU(inputs, hidden, batch_first=True)
        self.drop, self.head = nn.Dropout(0.4), nn.Linear(hidden, outputs)

    def step(self, x, h=None):
        h, last = self.rnn(x, h)
        return x[..., : self.head.out_features] + self.head(self.drop(h)), last

    def forward(self, x):
        if self.training:
            x = x + 0.1 * torch.randn_like(x)
        return self.step(x)[0]


def recursive(side, seed, steps=48):
    """Forecasts (N, steps): each hour is read as if it had come."""
    x, D = side.x, side.x.shape[1] - 4  # the calendar is known
    following = np.vstack([x[1:, :D], np.full((1, D), np.nan)])
    following[:-1, 0] = side.z[1:]
    following[side.fit.stop - 1] = np.nan
    torch.manual_seed(seed)
    model = OneHour(x.shape[1], HIDDEN, D)
    train(model, pieces(x[side.fit], following[side.fit], **CUT), None, EPOCHS, mae)
    model.eval()
    first = side.test.start - 2 * CUT["length"]
    rows = first + rows_of(len(x) - first, **CUT)
    out = np.full((len(x), steps), np.nan)
    with torch.inference_mode():
        states, _ = model.rnn(torch.tensor(x[rows], dtype=torch.float32))
        kept = rows[:, 24:].ravel()
        h = states[:, 24:].reshape(1, len(kept), -1)
        now = torch.tensor(x[kept, None], dtype=torch.float32)
        ahead = now[:, :, :D] + model.head(h[0][:, None])
        for k in range(steps):
            out[kept, k] = ahead[:, 0, 0].numpy()
            then = np.minimum(kept + k + 1, len(x) - 1)
            clock = torch.tensor(x[then, None, D:], dtype=torch.float32)
            ahead, h = model.step(torch.cat([ahead, clock], -1), h)
    return out


def run(setting, seed):
    side, way = Side(beijing()), setting["way"]
    if way == "last value":
        return side.scores({k: side.x[:, 0] for k in SCORED}, SCORED, 24)
    if way == "recursive":
        f = recursive(side, seed)
    elif way == "one head":
        f = side.learn(side.x, side.known(), seed, Forecaster)
    else:
        y = side.known()
        f = np.full((len(y), 48), np.nan)
        for k in SCORED:
            f[:, k - 1 : k] = side.learn(side.x, y[:, k - 1 : k], seed)
    return side.scores({k: f[:, k - 1] for k in SCORED}, SCORED, 24)
