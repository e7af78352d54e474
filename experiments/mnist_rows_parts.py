"""Which of its parts do the two readers owe their accuracy to?

Two LSTMs read MNIST's digits in pairs of rows and in pairs of columns, and the head
sees the last state and the mean of all states. Here it is beside the same network
without one of the three, one epoch over 16,000 images, without their shifts.

Used by ``22-mnist-rows``.
"""

from functools import partial

from _mnist_rows import load
from _mnist_rows_torch import TwoReaders, accuracy, shuffled, train

GRID = [
    {"without": "nothing"},
    {"without": "columns"},
    {"without": "pairs"},
    {"without": "mean"},
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"accuracy": 0.02}
SHORT = 16000


def run(setting, seed):
    known, val, _ = load(SHORT)
    make = partial(TwoReaders, setting["without"])
    return {"accuracy": accuracy(train(make, seed, shuffled(*known)), *val)}
