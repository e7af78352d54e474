"""One network for air and temperature, or one for each?

The same network, budget and columns; ``together`` has a head of twice the width. Errors
of the air in µg/m³ and of the temperature in °C. Used by ``25-weather`` and
``41-claims-tested``.
"""

import numpy as np
import torch
from _weather import beijing, forecast, mae, pieces, train
from _weather_side import CUT, EPOCHS, HIDDEN, Side
from torch import nn

GRID = [{"targets": targets} for targets in ("last reading", "alone", "together")]
SEEDS = range(3)
STEPS = (1, 6, 24)
TOLERANCE = {f"air_{k}": 0.8 for k in (1, 6, 24)}
TOLERANCE |= {f"temperature_{k}": 0.15 for k in (1, 6, 24)}


class Two(nn.Module):
    """Forecasts (B, T, 2 * 48) of the first two columns."""

    def __init__(self, inputs, hidden, steps=48):
        super().__init__()
        self.rnn = nn.GRU(inputs, hidden, batch_first=True)
        self.drop, self.head = nn.Dropout(0.4), nn.Linear(hidden, 2 * steps)
        self.steps = steps

    def forward(self, x):
        now = x[..., :2].repeat_interleave(self.steps, -1)
        if self.training:
            x = x + 0.1 * torch.randn_like(x)
        return now + self.head(self.drop(self.rnn(x)[0]))


def run(setting, seed):
    air, warm = (Side(beijing(), *what) for what in (("pm25",), ("temperature", False)))
    others = np.delete(air.x, [0, 5], axis=1)
    both = air.x[:, 0], warm.z
    if setting["targets"] == "last reading":
        f = [np.tile(now[:, None], 48) for now in both]
    elif setting["targets"] == "alone":
        f = [
            side.learn(np.column_stack([*order, others]), side.known(), seed)
            for side, order in ((air, both), (warm, both[::-1]))
        ]
    else:
        x = np.column_stack([*both, others])
        y = np.hstack([air.known(), warm.known()])
        torch.manual_seed(seed)
        model = Two(x.shape[1], HIDDEN)
        train(model, pieces(x[air.fit], y[air.fit], **CUT), None, EPOCHS, mae)
        f = np.split(forecast(model, x, **CUT), 2, axis=1)
    numbers = {}
    for name, side, of in (("air", air, f[0]), ("temperature", warm, f[1])):
        found = side.scores({k: of[:, k - 1] for k in STEPS}, STEPS, 6)
        numbers |= {f"{name}_{k}": found[f"mae_{k}"] for k in STEPS}
    return numbers
