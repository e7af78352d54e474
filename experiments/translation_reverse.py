"""Can a fixed vector carry a string to its end, so that it is written backwards?

Strings of 26 letters, 3 to 20 long, to be written from their end; 64 units of state,
with attention and without, also with four times the units, with twice the updates, and
with another rate. The share of new strings of each length that is written without a
mistake; 24 is longer than all that was trained on. Used by ``26-translation`` and
``41-claims-tested``.
"""

import numpy as np
import torch
from _translation import Translator, strings, train, whole

LENGTHS = (4, 8, 12, 16, 20, 24)
ATTENTION = {
    "strings": "all",
    "attention": True,
    "units": 64,
    "updates": 900,
    "rate": 7e-3,
}
ALONE = ATTENTION | {"attention": False}
GRID = [
    ATTENTION | {"strings": "few", "updates": 60},
    ATTENTION,
    ALONE,
    ALONE | {"units": 256},
    ALONE | {"updates": 1800},
    ALONE | {"rate": 2e-2},
]
SEEDS = range(3)
TOLERANCE = {f"whole_{n}": 0.1 for n in LENGTHS}


def run(setting, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Translator(
        30, 30, setting["attention"], E=64, H=setting["units"], dropout=0.0
    )
    pairs = strings(64 * setting["updates"], rng)
    train(model, pairs, 1, seed, rate=setting["rate"])
    rng = np.random.default_rng(1000)
    return {
        f"whole_{n}": whole(model, strings(300, rng, shortest=n, longest=n))
        for n in LENGTHS
    }
