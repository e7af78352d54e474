"""What does a careless copy of a trained GRU still know, and does training repair it?

A GRU is trained until the mean of its last 25 losses is 0.02. Then it is copied as a
library with another convention reads the same numbers: ``careless`` with the blocks of
r and z exchanged, ``before`` with the blocks right and the reset before the product.
For both and for the ``right`` copy: the share of correct signs and the mean squared
error on 2,000 new sequences. Then the careless copy is trained on, and a fresh GRU from
the start, in the same way; the updates are counted, at most 500.

Two tasks over 12 steps: the sign of the last marked step, and the sign of the first.

Used by ``13-three-libraries`` and ``41-claims-tested``.
"""

import copy

import numpy as np
import torch

from rnnbook.convert import from_torch
from rnnbook.data import recall_task
from rnnbook.layers import GRU

GRID = [{"task": "last write"}, {"task": "recall"}]
SEEDS = range(8)
COPIES = "right", "careless", "before"
TOLERANCE = (
    {f"{name}_accuracy": 0.15 for name in ("right", "careless", "before")}
    | {f"{name}_error": 0.5 for name in ("right", "careless", "before")}
    | {f"{name}_updates": 60 for name in ("first", "careless", "fresh")}
)


def last_write(batch, length, rng):
    """Sequences of signs with marks, and the sign at the last mark."""
    x = np.zeros((batch, length, 2))
    x[..., 0] = rng.choice([-1, 1], size=(batch, length))
    x[..., 1] = rng.random((batch, length)) < 0.15
    x[:, 0, 1] = 1
    last = length - 1 - x[:, ::-1, 1].argmax(axis=1)
    return x, x[np.arange(batch), last, 0]


def recall(batch, length, rng):
    """Noise after a sign, and the sign."""
    return (a.astype(float) for a in recall_task(batch, length, rng))


TASKS = {"last write": last_write, "recall": recall}


def network(seed):
    """A GRU of 16 units and a readout of one number."""
    torch.manual_seed(seed)
    gru = torch.nn.GRU(2, 16, batch_first=True, dtype=torch.float64)
    return gru, torch.nn.Linear(16, 1, dtype=torch.float64)


def train(gru, readout, task, rng):
    """Losses, until the mean of the last 25 is at most 0.02."""
    parameters, losses = [*gru.parameters(), *readout.parameters()], []
    optimizer = torch.optim.Adam(parameters, lr=0.02)
    while len(losses) < 500 and np.mean(losses[-25:] or 1) > 0.02:
        x, y = (torch.from_numpy(a) for a in task(32, 12, rng))
        y_hat = readout(gru(x)[0][:, -1])[:, 0]
        loss = ((y_hat - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def exchanged(gru):
    """The GRU with the weights of the reset gate in the update gate and back."""
    gru = copy.deepcopy(gru)
    with torch.no_grad():
        for p in gru.parameters():
            r, z, n = p.chunk(3)
            p.copy_(torch.cat([z, r, n]))
    return gru


def reset_before(gru):
    """The GRU that resets before the product, with the same weights."""
    after = from_torch(gru).params
    layer = GRU(2, 16, dtype=np.float64, reset_after=False)
    layer.params["W_xh"][...] = after["W_xh"]
    layer.params["W_hh"][...] = after["W_hh"]
    layer.params["b_h"][...] = after["b_xh"] + after["b_hh"]
    return layer


def scores(layer, readout, task):
    """The share of correct signs and the mean squared error on new sequences."""
    x, y = task(2000, 12, np.random.default_rng(2026))
    weight, bias = (p.detach().numpy() for p in readout.parameters())
    y_hat = layer.forward(x)[0][:, -1] @ weight[0] + bias
    return ((y_hat > 0) == (y > 0)).mean(), ((y_hat - y) ** 2).mean()


def run(setting, seed):
    task, rng = TASKS[setting["task"]], np.random.default_rng(seed)
    gru, readout = network(seed)
    found = {"first_updates": len(train(gru, readout, task, rng))}
    wrong = exchanged(gru)
    layers = from_torch(gru), from_torch(wrong), reset_before(gru)
    for name, layer in zip(COPIES, layers, strict=True):
        accuracy, error = scores(layer, readout, task)
        found |= {f"{name}_accuracy": accuracy, f"{name}_error": error}
    found["careless_updates"] = len(train(wrong, readout, task, rng))
    found["fresh_updates"] = len(train(*network(100 + seed), task, rng))
    return found
