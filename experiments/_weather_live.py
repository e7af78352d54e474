"""The network that ``25-weather`` trains live, with other parts or other years."""

import numpy as np
import torch
from _weather import Forecaster, Origin, forecast, future, pieces, train
from torch import nn

STEPS = (1, 6, 24, 48)


class Variant(Forecaster):
    """The same network with another cell, or without the step from the last reading."""

    def __init__(self, inputs, hidden, cell=nn.GRU, change=True, **rest):
        super().__init__(inputs, hidden, **rest)
        self.rnn = cell(inputs, hidden, batch_first=True)
        self.change = change

    def forward(self, x):  # (B, T, D)
        f = super().forward(x)
        return f if self.change else f - x[..., :1]


class Live(Origin):
    """2014 is judged and 2013 chooses, whatever the years that are fitted."""

    def __init__(self, table, first, last):
        super().__init__(table, 2014)
        years = np.searchsorted(self.time.year, [first, last + 1])
        full = Origin(table, 2014)
        self.fit = slice(*years)
        part = full.x[self.fit]
        mean, std = part.mean(0), part.std(0)
        self.x = (full.x - mean) / np.where(std > 0, std, 1)
        self.z = (full.z - mean[0]) / std[0]
        self.mean = full.mean + full.std * mean[0]
        self.std = full.std * std[0]

    def learn(self, seed, epochs, **parts):
        torch.manual_seed(seed)
        model = Variant(self.x.shape[1], 96, **({"dropout": 0.2} | parts))
        warm = slice(self.val.start - 24, self.val.stop)
        batches, held = (
            pieces(self.x[part], future(self.z[part])) for part in (self.fit, warm)
        )
        train(model, batches, held, epochs)
        f = forecast(model, self.x)
        return self.scores({k: f[:, k - 1] for k in STEPS})

    def scores(self, found):
        return {f"mae_{k}": self.weeks(found[k], k).mean() for k in STEPS}
