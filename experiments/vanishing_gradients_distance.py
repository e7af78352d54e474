"""Which recurrent networks learn the adding problem, over what distance, and why?

A plain start, an orthogonal one, the identity with ReLU and a GRU, on sequences of 8 to
64 steps. Two controls: at 16 steps each network also trains at the other learning rate,
and at 32 steps the matrix and the squashing function are exchanged. Besides the loss:
how much of a gradient arrives from 10, 20 and 40 steps back, before and after training,
as a power of ten.

Used by ``04-vanishing-gradients``.
"""

import numpy as np
import torch
from torch import nn

from rnnbook.data import adding_task

HIDDEN = 32
KINDS = {  # the start, and whether ReLU
    "plain": ("plain", False),
    "orthogonal": ("orthogonal", False),
    "identity, ReLU": ("identity", True),
    "gated": ("gated", False),
    "orthogonal, ReLU": ("orthogonal", True),
    "identity, tanh": ("identity", False),
}
CONTEST = {"plain": 0.01, "orthogonal": 0.003, "identity, ReLU": 0.01, "gated": 0.01}
GRID = (
    [
        {"network": network, "length": length, "lr": lr}
        for network, lr in CONTEST.items()
        for length in (8, 16, 32, 64)
    ]
    + [  # the other rate
        {"network": network, "length": 16, "lr": round(0.013 - lr, 3)}
        for network, lr in CONTEST.items()
    ]
    + [  # exchanged
        {"network": network, "length": 32, "lr": 0.003}
        for network in ("orthogonal, ReLU", "identity, tanh", "identity, ReLU")
    ]
)
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed. What a
# network hears that has learned nothing is the most chaotic of all.
TOLERANCE = (
    {"loss": 0.03}
    | {f"before_{k}": 0.05 for k in (10, 20, 40)}
    | {f"after_{k}": 0.15 * k for k in (10, 20, 40)}
)


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


def powers(rnn):
    """Powers of ten of what arrives from 10, 20 and 40 steps back."""
    row = hears(rnn)
    return {k: float(np.log10(row[k] + 1e-30)) for k in (10, 20, 40)}


def run(setting, seed):
    torch.set_num_threads(1)
    start, relu = KINDS[setting["network"]]
    rnn = network(start, HIDDEN, seed, relu)
    before = powers(rnn)
    loss, _ = train(rnn, setting["length"], setting["lr"], seed)
    numbers = {"loss": loss}
    numbers |= {f"before_{k}": power for k, power in before.items()}
    return numbers | {f"after_{k}": power for k, power in powers(rnn).items()}
