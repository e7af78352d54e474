"""Where does training move the spectral radius and the reach, from three starts?

A random recurrent matrix of spectral radius 0.7, 1 or 1.4, with tanh or ReLU, trained
on the adding problem of 8 steps. What arrives from 10 steps back is a power of ten.

Used by ``04-vanishing-gradients``.
"""

import numpy as np
import torch
from torch import nn

from rnnbook.data import adding_task

GRID = [
    {"squash": squash, "radius": rho}
    for squash in ("tanh", "ReLU")
    for rho in (0.7, 1.0, 1.4)
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"end": 0.15, "heard_before": 0.05, "heard_after": 0.5, "loss": 0.02}


def random_matrix(H, rho, rng):
    """A Gaussian matrix, scaled to the spectral radius rho: (H, H)."""
    W = rng.normal(size=(H, H))
    return W * rho / np.abs(np.linalg.eigvals(W)).max()


def network(start, hidden, seed, relu=False):
    """A recurrent layer for the adding problem, from one of four starts."""
    torch.manual_seed(seed)
    if start == "gated":
        return nn.GRU(2, hidden, batch_first=True)
    squash = "relu" if relu else "tanh"
    rnn = nn.RNN(2, hidden, 1, squash, bias=False, batch_first=True)
    if start == "orthogonal":
        nn.init.orthogonal_(rnn.weight_hh_l0)
    if start == "identity":
        nn.init.eye_(rnn.weight_hh_l0)
        nn.init.normal_(rnn.weight_ih_l0, std=0.1)
    return rnn


def from_radius(rho, relu, seed):
    """A network of 32 units whose recurrent matrix has the spectral radius rho."""
    rnn = network("plain", 32, seed, relu)
    W = random_matrix(32, rho, np.random.default_rng(seed))
    with torch.no_grad():
        rnn.weight_hh_l0.copy_(torch.from_numpy(W.T))
    return rnn


def hears(rnn, steps=60, seed=0):
    """Norm of the gradient in x_{T-k}, relative to the last step: (steps,)."""
    generator = torch.Generator().manual_seed(seed)
    x, _ = adding_task(64, steps, np.random.default_rng(seed))
    x = torch.from_numpy(x).requires_grad_()
    h, _ = rnn(x)
    weights = torch.randn(h[:, -1].shape, generator=generator)
    (dx,) = torch.autograd.grad((h[:, -1] * weights).sum(), x)
    norms = dx.norm(dim=(0, 2)).flip(0).numpy()
    return norms / norms[0]


def train(rnn, length, lr, seed, limit=1.0, updates=500):
    """Train on the adding problem; the last running loss and the largest norm."""
    head = nn.Linear(rnn.hidden_size, 1)
    weights = [*rnn.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(weights, lr=lr)
    rng, losses, norms = np.random.default_rng(seed), [], []
    while len(losses) < updates and not np.mean(losses[-50:] or 1) < 0.01:
        x, y = map(torch.from_numpy, adding_task(32, length, rng))
        h, _ = rnn(x)
        loss = ((head(h[:, -1])[:, 0] - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(weights, limit).item())
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses[-50:])), max(norms)


def run(setting, seed):
    torch.set_num_threads(1)
    rnn = from_radius(setting["radius"], setting["squash"] == "ReLU", seed)
    before = np.log10(hears(rnn)[10] + 1e-30)
    loss, _ = train(rnn, 8, 0.003, seed)
    W = rnn.weight_hh_l0.detach().numpy()
    return {
        "end": float(np.abs(np.linalg.eigvals(W)).max()),
        "heard_before": float(before),
        "heard_after": float(np.log10(hears(rnn)[10] + 1e-30)),
        "loss": loss,
    }
