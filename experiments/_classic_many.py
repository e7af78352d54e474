"""Many small LSTMs side by side, each with something left out: they train as if alone.

The weights have an axis for the network; a step is the same few products for all. Each
network has its own gradient norm to be clipped by. Adam works entry by entry, so that
none sees the others.
"""

import numpy as np
import torch

torch.set_num_threads(1)


def started(variants, D, H, out):
    """Weights of N networks, gates i, f, g, o; forget bias 1 unless the name says 0."""
    N = len(variants)
    shapes = {"W_xh": (D, 4 * H), "W_hh": (H, 4 * H), "W": (H, out)}
    one = {k: (2 * torch.rand(1, *s) - 1) / H**0.5 for k, s in shapes.items()}
    p = {k: w.repeat(N, 1, 1) for k, w in one.items()}  # all from the same start
    p |= {"b_h": torch.zeros(N, 1, 4 * H), "b": torch.zeros(N, 1, out)}
    for n, name in enumerate(variants):
        p["b_h"][n, 0, H : 2 * H] = 0 if name == "bias 0" else 1
    return {k: w.requires_grad_() for k, w in p.items()}


def step(a, c, on):
    """One step from the packed sums (N, B, 4H); ``on[name]``: who lacks what."""
    i, f, g, o = a.chunk(4, dim=-1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    f = torch.where(on["no f"], 1.0, torch.where(on["decay"], 0.9, f))
    i = torch.where(on["no i"], 1.0, torch.where(on["coupled"], 1 - f, i))
    o = torch.where(on["no o"], 1.0, o)
    c = f * c + i * g
    return o * torch.where(on["no out tanh"], c, c.tanh()), c


LACKS = "no f", "decay", "no i", "coupled", "no o", "no out tanh"


def flags(variants):
    """Which network lacks what; of ``"no f, reset"`` the first part counts."""
    kinds = [name.split(", ")[0] for name in variants]
    return {k: torch.tensor([k == v for v in kinds]).view(-1, 1, 1) for k in LACKS}


def forward(p, x, on, state=None, restart=None):
    """All outputs (N, B, T, out), the last state; ``restart`` (T, N, B, 1): 0/1."""
    N, H = len(p["W_xh"]), p["W_hh"].shape[1]
    a_x = torch.einsum("btd,ndk->tnbk", x, p["W_xh"]) + p["b_h"]
    h, c = state if state else (torch.zeros(N, len(x), H),) * 2
    hs = []
    for t, a in enumerate(a_x):
        if restart is not None:
            h, c = h * restart[t], c * restart[t]
        h, c = step(a + h @ p["W_hh"], c, on)
        hs.append(h)
    h_all = torch.stack(hs, 2)  # (N, B, T, H)
    return torch.einsum("nbth,nhk->nbtk", h_all, p["W"]) + p["b"][:, None], (h, c)


class Many:
    """Adam for all, on half a cosine; each network's gradient clipped at norm 1."""

    def __init__(self, p, lr, updates):
        self.p, self.lr, self.updates, self.k = p, lr, updates, 0
        self.optimizer = torch.optim.Adam(p.values(), lr)

    def step(self, losses):  # (N,)
        self.optimizer.zero_grad()
        losses.sum().backward()
        norm = sum((w.grad**2).sum((1, 2)) for w in self.p.values()).sqrt()
        share = (1 / (norm + 1e-6)).clamp(max=1).nan_to_num(0).view(-1, 1, 1)
        for w in self.p.values():
            w.grad.nan_to_num_(0).mul_(share)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * (1 + np.cos(np.pi * self.k / self.updates)) / 2
        self.optimizer.step()
        self.k += 1
