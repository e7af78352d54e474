"""An LSTM without an input gate is slow to learn adding. Does it learn in the end?

Six whole LSTMs and six whose input gate is fixed at one, from twelve starts, learn to
add two marked numbers, side by side and from the same sequences; another seed has
twelve other starts and other sequences. The numbers are the errors of each network
after each tenth of the updates, over the 50 updates before.

Used by ``14-inside-the-gates``.
"""

import numpy as np
import torch

from rnnbook.data import adding_task

GRID = [
    {"length": 10, "updates": 300},
    {"length": 25, "updates": 1500},
    {"length": 10, "updates": 50},  # the cheap one
]
SEEDS = range(2)

STARTS = 6
PARTS = 10  # the errors are noted after each tenth of the updates
TOLERANCE = {
    f"{kind} {start}, {part}/{PARTS}": 0.02
    for kind in ("whole", "no i")
    for start in range(STARTS)
    for part in range(1, PARTS + 1)
}


def weights(N, hidden, seed):
    """Weights of N networks with a forget bias of one, and of their readouts."""
    H, generator = hidden, torch.Generator().manual_seed(seed)
    shapes = {"W_xh": (2, 4 * H), "W_hh": (H, 4 * H), "W": (H, 1)}
    p = {
        name: (2 * torch.rand(N, *shape, generator=generator) - 1) / H**0.5
        for name, shape in shapes.items()
    }
    p |= {"b_h": torch.zeros(N, 1, 4 * H), "b": torch.zeros(N, 1, 1)}
    p["b_h"][:, :, H : 2 * H] = 1
    return {name: a.requires_grad_() for name, a in p.items()}


def answer(p, x, no_input_gate):
    """What each network says at the end of each sequence: (N, B)."""
    N, H = len(p["W_xh"]), p["W_hh"].shape[1]
    h = c = torch.zeros(N, len(x), H)
    for x_t in x.unbind(1):
        a = torch.baddbmm(x_t @ p["W_xh"] + p["b_h"], h, p["W_hh"])
        i, f, g, o = a.chunk(4, dim=-1)
        i = torch.where(no_input_gate, 1.0, torch.sigmoid(i))
        c = torch.sigmoid(f) * c + i * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return (h @ p["W"] + p["b"])[..., 0]


def run(setting, seed, hidden=16, lr=0.015):
    torch.set_num_threads(1)
    p, errors = weights(2 * STARTS, hidden, seed), []
    no_input_gate = (torch.arange(2 * STARTS) >= STARTS).view(-1, 1, 1)
    adam, rng = torch.optim.Adam(p.values(), lr), np.random.default_rng(seed)
    for _ in range(setting["updates"]):
        x, y = map(torch.from_numpy, adding_task(16, setting["length"], rng))
        loss = ((answer(p, x, no_input_gate) - y) ** 2).mean(dim=1)  # (N,)
        adam.zero_grad()
        loss.sum().backward()  # the networks do not touch each other
        squares = sum((a.grad**2).flatten(1).sum(dim=1) for a in p.values())
        scale = 1 / squares.sqrt().clamp(min=1)  # each clipped by its own norm
        for a in p.values():
            a.grad *= scale.view(-1, 1, 1)
        adam.step()
        errors.append(loss.detach().numpy())
    parts = np.split(np.array(errors), PARTS)
    noted = np.array([part[-50:].mean(axis=0) for part in parts])  # (PARTS, N)
    return dict(zip(TOLERANCE, noted.T.ravel(), strict=True))
