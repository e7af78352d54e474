"""One LSTM that reads the course's own prose letter by letter, and what changes it.

What the experiments of ``31-training`` share: the text in blocks, the update rules, the
schedules, dropout in four places, the training itself, the score.
"""

import functools

import numpy as np

from rnnbook.cells import lstm_step, lstm_step_backward
from rnnbook.data.prose import load_prose
from rnnbook.data.vowels import missing_vowels
from rnnbook.layers import LSTM, Linear
from rnnbook.losses import softmax_cross_entropy
from rnnbook.optim import clip_grad_norm, pairs

LETTERS = " abcdefghijklmnopqrstuvwxyz"
V, H, BATCH, LENGTH, BLOCK = len(LETTERS), 64, 16, 32, 1025
ONE_HOT = np.eye(V, dtype=np.float32)


@functools.cache
def parts():
    """Blocks of letters (N, 1025): of ten, eight train, one chooses, one judges."""
    text = missing_vowels(load_prose().text).text
    ids = np.array([LETTERS.index(c) for c in text])
    blocks = ids[: len(ids) // BLOCK * BLOCK].reshape(-1, BLOCK)
    kind = np.arange(len(blocks)) % 10
    return {
        "train": blocks[kind < 8],
        "valid": blocks[kind == 8],
        "test": blocks[kind == 9],
    }


def sgd(p, g, s, t, lr):
    p -= lr * g


def momentum(p, g, s, t, lr, mu=0.9):
    s["v"] = mu * s.get("v", 0) + g
    p -= lr * s["v"]


def rmsprop(p, g, s, t, lr, rho=0.99, eps=1e-8):
    s["v"] = rho * s.get("v", 0) + (1 - rho) * g**2
    p -= lr * g / (np.sqrt(s["v"]) + eps)


def adam(p, g, s, t, lr, b1=0.9, b2=0.999, eps=1e-8):
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * g**2
    m_hat, v_hat = s["m"] / (1 - b1**t), s["v"] / (1 - b2**t)
    p -= lr * m_hat / (np.sqrt(v_hat) + eps)


def adamw(p, g, s, t, lr, decay=0.01):
    p *= 1 - lr * decay
    adam(p, g, s, t, lr)


RULES = {f.__name__: f for f in (sgd, momentum, rmsprop, adam, adamw)}


class Rule:
    """An update rule for every array of a network, each with what it remembers."""

    def __init__(self, update, params, lr, **options):
        self.update, self.params, self.lr = update, params, lr
        self.options, self.t, self.state = options, 0, {}

    def step(self, grads):
        self.t += 1
        for place, p, g in pairs(self.params, grads):
            s = self.state.setdefault(place, {})
            self.update(p, g, s, self.t, self.lr, **self.options)


# The share of the peak rate, when the share s of all updates is done.
SCHEDULES = {
    "constant": lambda s: 1.0,
    "warm-up": lambda s: min(1.0, (s + 0.01) / 0.1),
    "cosine": lambda s: (1 + np.cos(np.pi * s)) / 2,
    "one cycle": lambda s: (
        (s + 0.01) / 0.31 if s < 0.3 else (1 + np.cos(np.pi * (s - 0.3) / 0.7)) / 2
    ),
}


def drawn(blocks, batch, length, rng):
    """Windows of letters and of the letters after them, two arrays (B, T)."""
    row = rng.integers(0, len(blocks), batch)[:, None]
    start = rng.integers(0, blocks.shape[1] - length, batch)[:, None]
    window = blocks[row, start + np.arange(length + 1)]
    return window[:, :-1], window[:, 1:]


def fresh(seed, body=LSTM):
    """A network that has learned nothing: the layer and its readout."""
    rng = np.random.default_rng(seed)
    return body(V, H, rng), Linear(H, V, rng)


def losses_of(body, head, blocks):
    """Bits of every letter but the first, (N, 1024): each block read from zeros."""
    h, _ = body.forward(ONE_HOT[blocks[:, :-1]])
    z = head.forward(h)
    z = z - z.max(axis=2, keepdims=True)
    right = np.take_along_axis(z, blocks[:, 1:, None], axis=2)[..., 0]
    return (np.log(np.exp(z).sum(axis=2)) - right) / np.log(2)


def bits(body, head, part):
    """Bits a letter of a part, all of it judged once."""
    return float(losses_of(body, head, parts()[part]).mean())


def update(body, head, x, y, clip=None, rng=None):
    """Forwards and backwards once: loss in bits, gradients, their joint norm."""
    h, _ = body.forward(ONE_HOT[x]) if rng is None else body.forward(ONE_HOT[x], rng)
    loss, d = softmax_cross_entropy(head.forward(h), y)
    body.backward(head.backward(d))
    grads = [body.grads, head.grads]
    norm = clip_grad_norm(grads, clip or 1e9)
    return loss / np.log(2), grads, norm


def trained(
    rule, lr, seed, updates, schedule="constant", clip=None, batch=BATCH, length=LENGTH
):
    """A network after so many updates, and its loss at each of them."""
    body, head = fresh(seed)
    rule = Rule(RULES[rule], [body.params, head.params], lr)
    rng = np.random.default_rng(1000 + seed)
    losses = []
    for k in range(updates):
        rule.lr = lr * SCHEDULES[schedule](k / updates)
        x, y = drawn(parts()["train"], batch, length, rng)
        loss, grads, _ = update(body, head, x, y, clip)
        rule.step(grads)
        losses.append(loss)
    return body, head, np.array(losses)


def scores(body, head):
    """What an experiment stores: the part to choose by, and the part to judge by."""
    return {part: bits(body, head, part) for part in ("valid", "test")}


def mask(shape, p, rng):
    """Zeros with probability p, and 1 / (1 - p) elsewhere."""
    return (rng.random(shape) >= p).astype(np.float32) / np.float32(1 - p)


# For each place: which array it thins, and whether each step has a draw of its own.
PLACES = {
    "letters": ("x", True),
    "output": ("out", True),
    "state, each step": ("h", True),
    "state, one mask": ("h", False),
    "cell, each step": ("c", True),
    "cell, one mask": ("c", False),
}


class Thinned:
    """An LSTM with dropout in one place; without ``rng`` it thins nothing."""

    def __init__(self, layer, place, p):
        self.params, self.place, self.p = layer.params, place, p
        self.H = layer.hidden_size

    def masks(self, B, T, D, rng):
        """Four arrays (T, B, size) of factors, ones but in the one place."""
        sizes = {"x": D, "h": self.H, "c": self.H, "out": self.H}
        factors = {k: np.ones((T, 1, n), np.float32) for k, n in sizes.items()}
        if rng is not None and self.p:
            array, each_step = PLACES[self.place]
            draw = mask((T if each_step else 1, B, sizes[array]), self.p, rng)
            factors[array] = np.broadcast_to(draw, (T, B, sizes[array]))
        return factors

    def forward(self, x, rng=None):
        B, T, D = x.shape
        self.m, self.caches, hs = self.masks(B, T, D, rng), [], []
        h = c = np.zeros((B, self.H), np.float32)
        m = self.m
        for t in range(T):
            state = (h * m["h"][t], c * m["c"][t])
            (h, c), cache = lstm_step(x[:, t] * m["x"][t], state, self.params)
            hs.append(h * m["out"][t])
            self.caches.append(cache)
        return np.stack(hs, axis=1), (h, c)

    def backward(self, dh):
        B, T, _ = dh.shape
        m, back = self.m, (np.zeros((B, self.H), np.float32),) * 2
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        for t in reversed(range(T)):
            arrives = (dh[:, t] * m["out"][t] + back[0], back[1])
            _, back, step = lstm_step_backward(arrives, self.caches[t], self.params)
            back = (back[0] * m["h"][t], back[1] * m["c"][t])
            for name, g in step.items():
                self.grads[name] += g
