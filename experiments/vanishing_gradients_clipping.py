"""Does clipping help a network on the edge, and how far does a burst set it back?

The identity start with ReLU on the adding problem of 32 steps, with the norm of the
gradient limited to 1 and without a limit.

Used by ``04-vanishing-gradients``.
"""

import numpy as np
import torch
from torch import nn

from rnnbook.data import adding_task

LIMITS = {"norm 1": 1.0, "none": 1e30}
GRID = [{"limit": limit} for limit in LIMITS]
SEEDS = range(10)
# Bursts make these runs the most chaotic of the chapter. The norm is a power of ten.
TOLERANCE = {"loss": 0.1, "largest_norm": 2.5}


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
    rnn = network("identity", 32, seed, relu=True)
    loss, norm = train(rnn, 32, 0.003, seed, LIMITS[setting["limit"]])
    return {"loss": loss, "largest_norm": float(np.log10(norm))}
