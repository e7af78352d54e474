"""How much of what a reader loses beyond its training text is due to other chapters?

The test part of ``deep_readers`` is the last tenth of the text, with subjects and words
of its own. Here ``waits 2`` learns as in ``deep_longer``, but the tenth that is kept
back lies in blocks of 2,000 letters all over the text.

Used by ``15-deep-and-both-ways``.
"""

from unittest import mock

import numpy as np
from _deep import bits, parts, trained

BLOCK = 2_000
GRID = [
    # so that a test can make one again in a moment
    {"reader": "waits 2", "updates": 50},
    {"reader": "waits 2", "updates": 1200},
]
SEEDS = range(3)
TOLERANCE = {"bits": 0.1, "train_bits": 0.1}


def scattered():
    """The same text, every tenth block for the test, the others to learn from."""
    x, y = (np.concatenate(both) for both in zip(*parts().values(), strict=True))
    test = np.arange(len(x)) // BLOCK % 10 == 7
    return {"train": (x[~test], y[~test]), "test": (x[test], y[test])}


def run(setting, seed):
    found = scattered()
    with mock.patch.dict(trained.__globals__, parts=lambda: found):
        reader = trained(setting["reader"], 0.025, seed, setting["updates"])
        return {"bits": bits(*reader, "test"), "train_bits": bits(*reader, "train")}
