"""What does an LSTM lose with a gate, each variant at its own best rate?

After Jozefowicz, Zaremba and Sutskever (2015) and Greff et al. (2017): the LSTM with a
forget bias of 1 or 0; without forget, input or output gate (held at 1); with the input
gate coupled to the forget gate; without the tanh on the way out. Three tasks: the
letters of the course's prose (bits a letter); *last write*, where of several written
values the last is asked for; adding, where nothing need be forgotten (both squared
errors, 30 steps). 32 or 16 cells, 500 updates of Adam on batches of 16 or 32; three
rates, and for letters a fourth, 0.12, which was added after the run, since there all
stood at the largest. The networks of a record train side by side from the same weights.

Used by ``42-classic-experiments``.
"""

import functools

import numpy as np
import torch
from _classic_long import long
from _classic_many import Many, flags, forward, started
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best, below
from torch.nn.functional import cross_entropy

from rnnbook.data.prose import load_prose
from rnnbook.data.tasks import adding_task
from rnnbook.data.vowels import missing_vowels

RULE = {
    "forget gate": "Each variant at its own best rate. *Holds*: without the forget "
    "gate "
    "the LSTM is worse by two standard errors on last write, and on letters by less "
    "than 0.05 bits. *In part*: worse on last write.",
    "variants": "*Holds*: on letters the LSTM is worse by two standard errors both "
    "without the forget gate and without the tanh on the way out, and not worse with "
    "coupled gates. *In part*: one of the two is worse, and the coupled ones are not.",
}


def verdict(runs):
    best = at_best(long(runs), ["task", "variant"])
    test = {k: rows.test for k, rows in best.groupby(["task", "variant"])}

    def worse(task, variant):
        return below(test[task, "whole"], test[task, variant])

    lost = test["letters", "no f"].mean() - test["letters", "whole"].mean()
    forget = worse("last write", "no f") * (1 + (lost < 0.05))
    both = worse("letters", "no f") + worse("letters", "no out tanh")
    words = NOT_HERE, IN_PART, WHOLE
    return {
        "forget gate": words[forget],
        "variants": words[both * (not worse("letters", "coupled"))],
    }


def _setting(task, lr, updates=500):
    return {"task": task, "lr": lr, "updates": updates}


GRID = [
    _setting("adding", 0.01, 20),  # cheap: a test makes it again
    *(
        _setting(task, lr)
        for task in ("last write", "adding", "letters")
        for lr in (0.01, 0.03, 0.06)
    ),
    _setting("letters", 0.12),  # added: all letters stood at the largest rate
]
SEEDS = range(3)
VARIANTS = "whole", "bias 0", "no f", "no i", "no o", "coupled", "no out tanh"
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {f"{part}, {v}": 0.5 for part in ("valid", "test") for v in VARIANTS}
ALPHABET, LENGTH = " abcdefghijklmnopqrstuvwxyz", 30


@functools.cache
def prose():
    """Blocks of letters (N, 1025): of ten, eight train, one chooses, one judges."""
    text = missing_vowels(load_prose().text).text
    ids = np.array([ALPHABET.index(c) for c in text])
    blocks, V = ids[: len(ids) // 1025 * 1025].reshape(-1, 1025), len(ALPHABET)
    kind = np.arange(len(blocks)) % 10
    cut = {"train": kind < 8, "valid": kind == 8, "test": kind == 9}
    return {part: np.eye(V, dtype=np.float32)[blocks[k]] for part, k in cut.items()}


def last_write(size, length, rng):
    """Values from 0 to 1, a third of them marked; asked for is the last marked one."""
    x = np.zeros((size, length, 2), np.float32)
    x[..., 0] = rng.random((size, length))
    x[..., 1] = rng.random((size, length)) < 1 / 3
    x[:, 0, 1] = 1
    last = length - 1 - x[:, ::-1, 1].argmax(axis=1)
    return x * x[..., 1:], x[np.arange(size), last, 0]


def batch(task, part, rng):
    """Inputs (B, T, D) and targets: next letters (B, T), or a number (B,)."""
    few = part == "train"
    if task == "letters":
        blocks, length, size = prose()[part], 32 if few else 200, 16 if few else 20
        row = rng.integers(0, len(blocks), size)[:, None]
        start = rng.integers(0, blocks.shape[1] - length, size)[:, None]
        w = torch.as_tensor(blocks[row, start + np.arange(length + 1)])
        return w[:, :-1], w[:, 1:].argmax(-1)
    make = last_write if task == "last write" else adding_task
    return tuple(map(torch.as_tensor, make(32 if few else 500, LENGTH, rng)))


def losses(z, y):
    """One for each network: bits a letter, or the squared error at the end."""
    if y.ndim == 2:
        flat = y.expand(len(z), *y.shape).reshape(-1)
        each = cross_entropy(z.reshape(-1, z.shape[-1]), flat, reduction="none")
        return each.view(len(z), -1).mean(1) / np.log(2)
    return ((z[:, :, -1, 0] - y) ** 2).mean(1)


def run(setting, seed):
    torch.manual_seed(seed)
    task, rng, on = setting["task"], np.random.default_rng(seed), flags(VARIANTS)
    sizes = (27, 32, 27) if task == "letters" else (2, 16, 1)
    p = started(VARIANTS, *sizes)
    many = Many(p, setting["lr"], setting["updates"])
    for _ in range(setting["updates"]):
        x, y = batch(task, "train", rng)
        many.step(losses(forward(p, x, on)[0], y))
    found = {}
    for k, part in enumerate(("valid", "test")):
        x, y = batch(task, part, np.random.default_rng(4000 + k))
        with torch.no_grad():
            scores = losses(forward(p, x, on)[0], y).nan_to_num(10).clamp(max=10)
        found |= {
            f"{part}, {v}": float(s) for v, s in zip(VARIANTS, scores, strict=True)
        }
    return found
