"""What is the order of reading worth to an LSTM?

Rows, columns, permuted rows, averaged pixels one by one, the same permuted, and
patches: short runs of one pass over 25,000 of MNIST's digits. Two controls: rows with
PyTorch's own initial weights, and the averaged pixels all at once in a network without
recurrence.

Used by ``22-mnist-rows``.
"""

from functools import partial

import numpy as np
from _mnist_rows import C, R, load
from _mnist_rows_torch import Reader, Shifted, accuracy, last_loss, mlp, train
from torch.nn.functional import cross_entropy

GRID = [
    {"reading": "rows"},
    {"reading": "columns"},
    {"reading": "permuted rows"},
    {"reading": "pixels"},
    {"reading": "permuted pixels"},
    {"reading": "rows, PyTorch's start"},
    {"reading": "pixels at once, no LSTM"},
    {"reading": "patches"},
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"accuracy": 0.02}
SHORT = 25000


def pixels(x, k):
    """Averages of k x k pixels, one a step: (N, steps, 1)."""
    down, across = x.shape[1] // k, x.shape[2] // k
    whole = x[:, : down * k, : across * k]  # what no block covers is left out
    blocks = whole.reshape(len(x), down, k, across, k)
    return blocks.mean(axis=(2, 4)).reshape(len(x), -1, 1)


def all_readings(k):
    """Each way to read: from images (N, R, C) to steps (N, T, D)."""
    rng = np.random.default_rng(0)
    row_order = rng.permutation(R)
    pixel_order = rng.permutation((R // k) * (C // k))
    return {
        "rows": lambda x: x,
        "columns": lambda x: x.transpose(0, 2, 1).copy(),
        "permuted rows": lambda x: x[:, row_order],
        "pixels": lambda x: pixels(x, k),
        "permuted pixels": lambda x: pixels(x, k)[:, pixel_order],
    }


def patches(images, p):
    N, R, C = images.shape
    cut = images.reshape(N, R // p, p, C // p, p)
    return cut.swapaxes(2, 3).reshape(N, -1, p * p)


def run(setting, seed):
    (x, y), (x_val, y_val), _ = load(SHORT)
    name, k = setting["reading"], 4
    readings = all_readings(k)
    readings["rows, PyTorch's start"] = readings["rows"]
    readings["pixels at once, no LSTM"] = readings["pixels"]
    readings["patches"] = lambda x: patches(x, k)
    read = readings[name]
    _, steps, width = read(x_val[:1]).shape
    if "no LSTM" in name:
        make, loss = partial(mlp, steps * width), cross_entropy
    else:
        ours = "PyTorch" not in name
        make, loss = partial(Reader, width, keras_start=ours), last_loss
    model = train(make, seed, Shifted(read(x), y), loss=loss)
    return {"accuracy": accuracy(model, read(x_val), y_val)}
