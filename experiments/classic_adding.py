"""Does today's training solve the adding problem as 1997 posed it, by 1997's measure?

Experiment 4 of Hochreiter and Schmidhuber (1997), sequences of 40 to 44 pairs: values
from -1 to 1; a marker that is -1 at the first and the last pair, 1 at two more, 0
elsewhere; the first mark among the first ten pairs, the second before the middle. The
target is ``0.5 + (X1 + X2) / 4``, of which the mean has a squared error of 1/24. A
sequence is wrong if the answer is off by more than 0.04. An LSTM of 16 cells and a tanh
network of 32 units, about as many numbers; 1,500 batches of 32, that is 48,000
sequences. Numbers: the squared error on two parts, and how many of 2,560 are wrong.

Used by ``42-classic-experiments``.
"""

import numpy as np
import torch
from _classic import Reader, learn, made, squared
from _classic_rules import IN_PART, NOT_HERE, WHOLE, at_best

RULE = (
    "At its own best rate. *Holds*: in each run the LSTM has at most 3 of 2,560 wrong, "
    "and the plain network does not. *In part*: its squared error is below a tenth of "
    "the mean's, 1/24, in each run, and the plain network's is not."
)


def verdict(runs):
    best = at_best(runs, ["network"])
    lstm, plain = (best[best.network == n] for n in ("LSTM", "tanh"))
    if lstm.wrong.max() <= 3 < plain.wrong.min():
        return WHOLE
    return IN_PART if lstm.test.max() < 1 / 240 < plain.test.min() else NOT_HERE


def _setting(network, lr, updates=1500):
    return {"network": network, "lr": lr, "updates": updates}


GRID = [
    _setting("LSTM", 0.03, 40),  # cheap: a test makes it again
    *(_setting("LSTM", lr) for lr in (0.01, 0.03)),
    *(_setting("tanh", lr) for lr in (0.001, 0.003, 0.01)),
]
SEEDS = range(4)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"valid": 0.05, "test": 0.05, "wrong": 2560}
UNITS, LENGTH = {"LSTM": 16, "tanh": 32}, 40


def adding_1997(size, rng):
    """Pairs (B, T, 2) of value and marker, T drawn; targets (B,)."""
    T, rows = int(rng.integers(LENGTH, LENGTH + LENGTH // 10 + 1)), np.arange(size)
    x = np.zeros((size, T, 2), np.float32)
    x[..., 0] = rng.uniform(-1, 1, (size, T))
    x[:, [0, -1], 1] = -1
    first = rng.integers(1, 10, size)
    second = rng.integers(1, LENGTH // 2 - 2, size)
    second += second >= first  # not the same pair
    x[rows, first, 1] = x[rows, second, 1] = 1
    y = 0.5 + (x[rows, first, 0] + x[rows, second, 0]) / 4
    return torch.as_tensor(x), torch.as_tensor(y)


def run(setting, seed):
    torch.manual_seed(seed)
    H = UNITS[setting["network"]]
    kind = "LSTM" if setting["network"] == "LSTM" else "tanh, orthogonal"
    model = Reader(made(kind, 2, H), H, 1)
    rng = np.random.default_rng(seed)
    learn(
        model,
        lambda rng: adding_1997(32, rng),
        squared,
        setting["lr"],
        setting["updates"],
        rng,
    )
    found = {}
    with torch.no_grad():
        for k, part in enumerate(("valid", "test")):
            x, y = adding_1997(2560, np.random.default_rng(8000 + k))
            off = model(x)[:, 0] - y
            found[part] = float((off**2).mean())
    return found | {"wrong": int((off.abs() > 0.04).sum())}
