"""Does a wrong formula, or one without a reset gate, learn adding as a GRU does?

The wrong formula has one gate, and a learned map of the input in place of a candidate
that sees the state. It and a GRU of the same size get 400 updates over 30 steps;
``error`` is the mean of the last 50 losses. The GRU without a reset gate and the whole
one train over 50 steps until the mean of the last 25 losses is 0.01 (at most 400
updates); ``updates`` counts them. All are trained in PyTorch by the same loop, at one
rate. Each starts as its parts do in PyTorch: ``Linear`` takes larger weights for two
inputs than ``GRU`` does.

Used by ``12-gru`` and ``41-claims-tested``.
"""

import numpy as np
import torch

from rnnbook.data import adding_task

GRID = [
    {"cell": "wrong", "hidden": 16, "length": 30, "enough": 0.0},
    {"cell": "GRU", "hidden": 16, "length": 30, "enough": 0.0},
    {"cell": "no reset", "hidden": 32, "length": 50, "enough": 0.01},
    {"cell": "GRU", "hidden": 32, "length": 50, "enough": 0.01},
]
SEEDS = range(10)
TOLERANCE = {"error": 0.005, "updates": 25}


class WrongGRU(torch.nn.Module):
    """The wrong cell behind a learned map, with a readout."""

    def __init__(self, hidden=16):
        super().__init__()
        self.into = torch.nn.Linear(2, hidden)
        self.gate = torch.nn.Linear(2 + hidden, hidden)
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x):
        C = torch.zeros(len(x), self.into.out_features)
        for x_t in x.unbind(dim=1):
            r = torch.sigmoid(self.gate(torch.cat([x_t, C], dim=1)))
            C = r * C + (1 - r) * self.into(x_t)
        return self.head(C)[:, 0]


class NoReset(torch.nn.Module):
    """A GRU with one gate, z, and a readout."""

    def __init__(self, hidden=32):
        super().__init__()
        self.from_x = torch.nn.Linear(2, 2 * hidden)
        self.from_h = torch.nn.Linear(hidden, 2 * hidden)
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.zeros(len(x), self.head.in_features)
        for a_t in self.from_x(x).unbind(dim=1):
            z, n = (a_t + self.from_h(h)).chunk(2, dim=1)
            h = torch.lerp(torch.tanh(n), h, torch.sigmoid(z))
        return self.head(h)[:, 0]


class WholeGRU(torch.nn.Module):
    """PyTorch's GRU, with a readout."""

    def __init__(self, hidden):
        super().__init__()
        self.rnn = torch.nn.GRU(2, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])[:, 0]


def adding_losses(cell, hidden, length, seed, updates=400, enough=0.0):
    """Losses, until the mean of the last 25 is small enough."""
    torch.manual_seed(seed)
    rng, model, losses = np.random.default_rng(seed), cell(hidden), []
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    while len(losses) < updates and np.mean(losses[-25:] or 1) > enough:
        x, y = map(torch.from_numpy, adding_task(32, length, rng))
        loss = ((model(x) - y) ** 2).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return losses


CELLS = {"wrong": WrongGRU, "no reset": NoReset, "GRU": WholeGRU}


def run(setting, seed):
    torch.set_num_threads(1)
    cell, hidden, length = CELLS[setting["cell"]], setting["hidden"], setting["length"]
    losses = adding_losses(cell, hidden, length, seed, enough=setting["enough"])
    return {"error": np.mean(losses[-50:]), "updates": len(losses)}
