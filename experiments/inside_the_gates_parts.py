"""What is each part of an LSTM worth, and how far open should its cell begin?

Six LSTMs that lack one part each, the whole one, and the whole one with other forget
biases at the start, all trained side by side on tasks that ask for different things.
The numbers are the errors over the last 50 updates, one for each network.

Used by ``14-inside-the-gates`` and ``41-claims-tested``.
"""

import numpy as np
import torch

from rnnbook.data import adding_task, recall_task

GRID = [
    {"task": "adding", "length": 10, "updates": 300},
    {"task": "adding", "length": 25, "updates": 450},
    {"task": "recall", "length": 25, "updates": 200},
    {"task": "last write", "length": 25, "updates": 450},
    {"task": "recall", "length": 40, "updates": 250},
    {"task": "last write", "length": 40, "updates": 250},
    {"task": "adding", "length": 5, "updates": 100},  # the cheap one
]
SEEDS = range(10)

VARIANTS = {
    "whole": "nothing left out",
    "no i": "input gate = 1",
    "no f": "forget gate = 1",
    "no o": "output gate = 1",
    "no out tanh": "shows o * c",
    "no g tanh": "candidate without tanh",
    "coupled": "i = 1 - f",
}
NETWORKS = [(v, 1) for v in VARIANTS] + [("whole", b) for b in (0, 2, 3, 5)]
TOLERANCE = {f"{variant}, bias {bias}": 0.01 for variant, bias in NETWORKS}


def flags(names):
    """For each variant, which of the networks are of that kind: (N, 1, 1)."""
    kinds = {v: [name == v for name in names] for v in VARIANTS}
    return {v: torch.tensor(which).view(-1, 1, 1) for v, which in kinds.items()}


def ablated_step(a, c, on):
    """One step from the packed sums; `on[name]`: which networks lack what."""
    where = torch.where
    i, f, g, o = a.chunk(4, dim=-1)  # each (N, B, H)
    i, f, o = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o)
    i = where(on["coupled"], 1 - f, where(on["no i"], 1.0, i))
    f, o = where(on["no f"], 1.0, f), where(on["no o"], 1.0, o)
    g = where(on["no g tanh"], g, torch.tanh(g))
    c = f * c + i * g
    return o * where(on["no out tanh"], c, torch.tanh(c)), c


def many_lstms(N, bias, hidden=16, inputs=2, seed=0):
    """Weights of N networks with a readout, and a forget bias for each."""
    H, generator = hidden, torch.Generator().manual_seed(seed)
    shapes = {"W_xh": (inputs, 4 * H), "W_hh": (H, 4 * H), "W": (H, 1)}
    p = {
        name: (2 * torch.rand(N, *shape, generator=generator) - 1) / H**0.5
        for name, shape in shapes.items()
    }
    p |= {"b_h": torch.zeros(N, 1, 4 * H), "b": torch.zeros(N, 1, 1)}
    p["b_h"][:, 0, H : 2 * H] = torch.as_tensor(bias).float()[:, None]
    return {name: a.requires_grad_() for name, a in p.items()}


def answer(p, x, on):
    """What each network says at the end of each sequence: (N, B)."""
    N, H = len(p["W_xh"]), p["W_hh"].shape[1]
    a_x = torch.einsum("btd,ndk->tnbk", x, p["W_xh"]) + p["b_h"]  # (T, N, B, 4H)
    h = c = torch.zeros(N, len(x), H)
    for a in a_x:
        h, c = ablated_step(a + h @ p["W_hh"], c, on)
    return (h @ p["W"] + p["b"])[..., 0]


def last_write_task(batch, length, rng):
    value = rng.uniform(-1, 1, size=(batch, length)).astype(np.float32)
    mark = (rng.random((batch, length)) < 0.15).astype(np.float32)
    mark[:, 0] = 1
    last = length - 1 - mark[:, ::-1].argmax(axis=1)
    return np.stack([value, mark], axis=-1), value[np.arange(batch), last]


def train_many(task, length, updates, networks, seed, lr=0.015):
    """Errors of each network over the last 50 updates: (N,)."""
    names, bias = zip(*networks, strict=True)
    p, on, errors = many_lstms(len(names), bias, seed=seed), flags(names), []
    adam, rng = torch.optim.Adam(p.values(), lr), np.random.default_rng(seed)
    for _ in range(updates):
        x, y = map(torch.from_numpy, task(16, length, rng))
        loss = ((answer(p, x, on) - y) ** 2).mean(dim=1)  # (N,)
        adam.zero_grad()
        loss.sum().backward()  # the networks do not touch each other
        squares = sum((a.grad**2).flatten(1).sum(dim=1) for a in p.values())
        scale = 1 / squares.sqrt().clamp(min=1)  # each clipped by its own norm
        for a in p.values():
            a.grad *= scale.view(-1, 1, 1)
        adam.step()
        errors.append(loss.detach().numpy())
    return np.mean(errors[-50:], axis=0)


TASKS = {"adding": adding_task, "recall": recall_task, "last write": last_write_task}


def run(setting, seed):
    torch.set_num_threads(1)
    task, length, updates = (setting[key] for key in ("task", "length", "updates"))
    errors = train_many(TASKS[task], length, updates, NETWORKS, seed)
    return dict(zip(TOLERANCE, errors, strict=True))
