"""Does longer training take back what a permuted order of rows costs an LSTM?

Rows and permuted rows of 25,000 of MNIST's digits, in one, two and four epochs. The
permutation is another one with each seed, the same for all numbers of epochs.

Used by ``22-mnist-rows`` and ``41-claims-tested``.
"""

from functools import partial

import numpy as np
from _mnist_rows import R, load
from _mnist_rows_torch import Reader, accuracy, shuffled, train

GRID = [
    {"reading": reading, "epochs": epochs}
    for epochs in (1, 2, 4)
    for reading in ("rows", "permuted rows")
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"accuracy": 0.02}
SHORT = 25000


def run(setting, seed):
    (x, y), (x_val, y_val), _ = load(SHORT)
    order = np.arange(R)
    if setting["reading"] == "permuted rows":
        order = np.random.default_rng(seed).permutation(R)
    make, batches = partial(Reader, each_row=False), shuffled(x[:, order], y)
    model = train(make, seed, batches, setting["epochs"])
    return {"accuracy": accuracy(model, x_val[:, order], y_val)}
