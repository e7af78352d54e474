"""What does a forecast gain that sees the future, and by which of its ways?

``coin``: a GRU in one direction and in both says the next throw of a fair coin at each
step; the share of right answers. ``split``: three nearest neighbours forecast a random
walk, or what it adds, split at random (``value``) or in time (``control``); the error
relative to the spread of the targets of the test part. Used by ``41-claims-tested``.
"""

import numpy as np
import torch
from torch import nn

GRID = [
    {"claim": "split", "target": "level, next step"},
    {"claim": "split", "target": "change, next step"},
    {"claim": "split", "target": "change, over ten steps"},
    {"claim": "coin", "target": "next throw"},
]
SEEDS = range(10)
TOLERANCE = {"value": 0.05, "control": 0.05}


def coin(both, seed, updates=150):
    torch.manual_seed(seed)
    body = nn.GRU(1, 16, batch_first=True, bidirectional=both)
    head = nn.Linear(32 if both else 16, 1)
    parameters = [*body.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, 0.01)
    generator = torch.Generator().manual_seed(seed)
    for k in range(updates + 1):
        x = torch.randint(2, (64 if k < updates else 1000, 21, 1), generator=generator)
        z = head(body(x[:, :-1].float())[0])
        y = x[:, 1:].float()
        if k < updates:
            optimiser.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(z, y).backward()
            optimiser.step()
    return float(((z > 0) == (y > 0.5)).float().mean())


def walk(target, rng, n=1200, window=10):
    """Windows of a random walk, one a step, and what is to be forecast."""
    step = rng.normal(size=n)
    level = step.cumsum()
    seen, ahead = (level, 1) if target[0] == "l" else (step, 1)
    y = level
    if target[0] == "c":
        ahead = 10 if "ten" in target else 1
        y = np.concatenate([np.full(ahead, np.nan), level[ahead:] - level[:-ahead]])
    ends = np.arange(window, n - ahead)
    return seen[ends[:, None] - np.arange(window)], y[ends + ahead]


def neighbours(x, y, new):
    apart = ((new[:, None] - x[None]) ** 2).sum(axis=2)
    return y[np.argsort(apart, axis=1)[:, :3]].mean(axis=1)


def split(target, seed):
    rng = np.random.default_rng(seed)
    x, y = walk(target, rng)
    cut, out = int(0.8 * len(y)), []
    for rows in (rng.permutation(len(y)), np.arange(len(y))):
        train, test = rows[:cut], rows[cut:]
        off = neighbours(x[train], y[train], x[test]) - y[test]
        out.append(float(np.sqrt((off**2).mean()) / y[test].std()))
    return out


def run(setting, seed):
    if setting["claim"] == "coin":
        value, control = coin(True, seed), coin(False, seed)
    else:
        value, control = split(setting["target"], seed)
    return {"value": value, "control": control}
