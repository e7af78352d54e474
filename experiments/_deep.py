"""Readers of a text whose vowels are missing, all with about as many parameters.

A reader is a name; ``built`` makes its layers. What the experiments of
``15-deep-and-both-ways`` share: the text in three parts, windows, training, the score.
"""

import functools

import numpy as np

from rnnbook.data.prose import load_prose
from rnnbook.data.vowels import SYMBOLS, VOWELS, missing_vowels
from rnnbook.deep import Bidirectional, Residual, Stacked
from rnnbook.layers import GRU, Linear
from rnnbook.losses import softmax_cross_entropy
from rnnbook.optim import Adam, clip_grad_norm

D, K = len(SYMBOLS), len(VOWELS)
LENGTH, EDGE = 64, 8  # columns of a window, and those at either end not judged
BATCH, LONG = 32, 256
ONE_HOT = np.eye(D, dtype=np.float32)


class Columns:
    """A layer without memory: ``tanh(x W + b)``, each column on its own."""

    def __init__(self, input_size, hidden_size, rng):
        self.linear = Linear(input_size, hidden_size, rng)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.params, self.grads = self.linear.params, self.linear.grads
        self.dtype = self.linear.dtype

    def forward(self, x, state=None, lengths=None):
        self.y = np.tanh(self.linear.forward(x))
        return self.y, None

    def backward(self, dy, dstate=None):
        return self.linear.backward(dy * (1 - self.y**2)), None


def both(d, h, rng):
    return Bidirectional(GRU(d, h, rng), GRU(d, h, rng))


# For each reader: the letters it waits, the units h, its layers from a generator.
READERS = {
    "no waiting": (0, 77, lambda h, rng: [GRU(D, h, rng)]),
    "waits 2": (2, 77, lambda h, rng: [GRU(D, h, rng)]),
    "waits 4": (4, 77, lambda h, rng: [GRU(D, h, rng)]),
    "both ways": (0, 51, lambda h, rng: [both(D, h, rng)]),
    "both ways, columns": (
        0,
        42,
        lambda h, rng: [both(D, h, rng), Columns(2 * h, 2 * h, rng)],
    ),
    "both ways, two layers": (
        0,
        28,
        lambda h, rng: [both(D, h, rng), both(2 * h, h, rng)],
    ),
    "waits 2, columns": (
        2,
        68,
        lambda h, rng: [GRU(D, h, rng), Columns(h, h, rng)],
    ),
    "waits 2, two layers": (
        2,
        47,
        lambda h, rng: [GRU(D, h, rng), GRU(h, h, rng)],
    ),
    "waits 2, four layers": (
        2,
        32,
        lambda h, rng: [GRU(D, h, rng), *(GRU(h, h, rng) for _ in range(3))],
    ),
    "waits 2, four layers, residual": (
        2,
        32,
        lambda h, rng: [
            GRU(D, h, rng),
            *(Residual(GRU(h, h, rng)) for _ in range(3)),
        ],
    ),
}


@functools.cache
def parts():
    """The text without its vowels: 80 % to train, 10 % to choose, 10 % to judge."""
    task = missing_vowels(load_prose().text)
    at = [int(len(task.x) * share) for share in (0, 0.8, 0.9, 1)]
    return {
        name: (task.x[a:b], task.y[a:b])
        for name, a, b in zip(("train", "valid", "test"), at[:-1], at[1:], strict=True)
    }


def judged(x, y, starts, length, wait):
    """Windows (B, T, D), and what is to be said at each column; -1 for nothing.

    A reader that waits says the vowel of column t at column t + wait.
    """
    at = starts[:, None] + np.arange(length)
    targets = np.full(at.shape, -1)
    inner = np.arange(EDGE, length - EDGE)
    targets[:, inner + wait] = y[at[:, inner]]
    return ONE_HOT[x[at]], targets


def fresh(name, seed, dropout=0.0):
    """A reader that has not learned: its layers, its readout, how long it waits."""
    wait, units, layers = READERS[name]
    rng = np.random.default_rng(seed)
    body = Stacked(*layers(units, rng), dropout=dropout)
    return body, Linear(body.hidden_size, K, rng), wait


def bits(body, head, wait, part):
    """Bits a missing vowel, each of a part judged once."""
    x, y = parts()[part]
    starts = np.arange(0, len(x) - LONG, LONG - 2 * EDGE)
    total = count = 0
    for some in np.array_split(starts, -(-len(starts) // BATCH)):
        seen, targets = judged(x, y, some, LONG, wait)
        n = (targets >= 0).sum()
        scores = head.forward(body.forward(seen)[0])
        loss, _ = softmax_cross_entropy(scores, targets.clip(0), targets >= 0)
        total, count = total + loss * n, count + n
    return total / count / np.log(2)


def trained(name, lr, seed, updates, dropout=0.0):
    """A reader after so many updates, the rate falling to zero on a half cosine."""
    body, head, wait = fresh(name, seed, dropout)
    adam = Adam([body.params, head.params], lr)
    rng = np.random.default_rng(1000 + seed)
    x, y = parts()["train"]
    for k in range(updates):
        adam.lr = lr * (1 + np.cos(np.pi * k / updates)) / 2
        starts = rng.integers(0, len(x) - LENGTH, BATCH)
        seen, targets = judged(x, y, starts, LENGTH, wait)
        scores = head.forward(body.forward(seen, rng=rng)[0])
        _, d = softmax_cross_entropy(scores, targets.clip(0), targets >= 0)
        body.backward(head.backward(d))
        grads = [body.grads, head.grads]
        clip_grad_norm(grads, 1.0)
        adam.step(grads)
    return body, head, wait
