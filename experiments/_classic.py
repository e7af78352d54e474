"""The networks and the training that ``42-classic-experiments`` shares.

Everything of the old papers that is repeated small: plain networks, gated ones, one
that convolves, the course's update (Adam or SGD, on half a cosine), and symbols as
vectors.
"""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss, one_hot, pad

torch.set_num_threads(1)


class Convolution(nn.Module):
    """Causal convolutions over 3 steps, dilated 1, 2, 4, ...: two a block, a way by.

    After Bai, Kolter and Koltun (2018), without weight norm and dropout. It sees the
    last ``1 + 4 * (2**levels - 1)`` steps.
    """

    def __init__(self, D, H, levels):
        super().__init__()
        self.levels = levels
        sizes = [D, *[H] * (2 * levels)]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(a, b, 3, dilation=2 ** (k // 2))
            for k, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False))
        )
        self.way = nn.Linear(D, H)

    def forward(self, x):  # (B, T, D) -> (B, T, H)
        a, kept = x.transpose(1, 2), self.way(x).transpose(1, 2)
        for k, conv in enumerate(self.convolutions):
            a = conv(pad(a, (2 * conv.dilation[0], 0))).relu()
            if k % 2:
                a = kept = (a + kept).relu()
        return a.transpose(1, 2), None


@torch.no_grad()
def begin(body, start):
    """The recurrent matrix: identity, orthogonal, or PyTorch's own; forget bias 1."""
    H = body.hidden_size
    if start == "identity":
        body.weight_hh_l0.copy_(torch.eye(H))
        body.bias_ih_l0.zero_(), body.bias_hh_l0.zero_()
    elif start == "orthogonal":
        nn.init.orthogonal_(body.weight_hh_l0)
    if isinstance(body, nn.LSTM):
        body.bias_ih_l0[H : 2 * H] = 1
        body.bias_hh_l0[H : 2 * H] = 0
    return body


def made(kind, D, H, levels=5):
    """A body that maps (B, T, D) to (B, T, H)."""
    if kind == "convolution":
        return Convolution(D, H, levels)
    if kind in ("LSTM", "GRU"):
        return begin(getattr(nn, kind)(D, H, batch_first=True), "own")
    squash, start = kind.split(", ")
    squash = {"tanh": "tanh", "ReLU": "relu"}[squash]
    return begin(nn.RNN(D, H, nonlinearity=squash, batch_first=True), start)


class Reader(nn.Module):
    """A body, and a linear layer on its last state, or on all of them."""

    def __init__(self, body, H, out, last=True):
        super().__init__()
        self.body, self.head, self.last = body, nn.Linear(H, out), last

    def forward(self, x):
        h = self.body(x)[0]
        return self.head(h[:, -1] if self.last else h)


def size(model):
    """How many numbers a network learns."""
    return sum(p.numel() for p in model.parameters())


def of_size(kind, D, out, numbers, last=True, levels=5):
    """The largest network of a kind with at most so many numbers."""
    H = 1
    while size(Reader(made(kind, D, H + 1, levels), H + 1, out)) <= numbers:
        H += 1
    return Reader(made(kind, D, H, levels), H, out, last)


def learn(model, draw, loss, lr, updates, rng, clip=1.0, rule="Adam"):
    """Train in place, on half a cosine; return the loss of each update.

    A training that has become NaN ends, and its last loss stands for the rest.
    """
    kind = {"Adam": torch.optim.Adam, "SGD": torch.optim.SGD}[rule]
    optimizer, losses = kind(model.parameters(), lr), []
    for k in range(updates):
        for group in optimizer.param_groups:
            group["lr"] = lr * (1 + np.cos(np.pi * k / updates)) / 2
        x, y = draw(rng)
        value = loss(model(x), y)
        optimizer.zero_grad()
        value.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        if not torch.isfinite(value):
            break
        optimizer.step()
        losses.append(float(value.detach()))
    return losses


def symbols(ids, n):
    """Numbers as one-hot vectors, (B, T, n)."""
    return one_hot(torch.as_tensor(ids), n).float()


def class_loss(z, y):
    """Cross-entropy in nats, over the classes in the last axis."""
    return cross_entropy(z.flatten(0, -2), y.flatten())


def squared(z, y):
    return mse_loss(z[..., 0], y)


@torch.no_grad()
def wrong(model, x, y):
    """The share of wrong classes; a network that is not finite is wrong everywhere."""
    z = model(x)
    return float((~((z.argmax(-1) == y) & z.isfinite().all(-1))).float().mean())
