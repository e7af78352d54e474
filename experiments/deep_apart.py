"""Is it the sum that holds one layer of both directions back, or its size?

Two controls of ``deep_readers``. *Columns apart*: the layer without memory stands above
each direction by itself, so that past and future still meet in a sum only; everything
else is as in ``both ways, columns``, at each of the two larger rates of ``deep_rates``.
*Twice as large*: one layer of both directions, each with all the units of ``waits 2``.

Used by ``15-deep-and-both-ways``.
"""

import numpy as np
from _deep import READERS, Columns, D, bits, both, trained


class Apart:
    """A layer without memory above each half, which sees nothing of the other."""

    def __init__(self, h, rng):
        self.halves = Columns(h, h, rng), Columns(h, h, rng)
        self.input_size = self.hidden_size = 2 * h
        self.dtype = self.halves[0].dtype

    @property
    def params(self):
        return self._named("params")

    @property
    def grads(self):
        return self._named("grads")

    def _named(self, which):
        return {
            f"{k}.{name}": array
            for k, half in enumerate(self.halves)
            for name, array in getattr(half, which).items()
        }

    def forward(self, x, state=None, lengths=None):
        pairs = zip(self.halves, np.split(x, 2, axis=2), strict=True)
        return np.concatenate([half.forward(part)[0] for half, part in pairs], 2), None

    def backward(self, dy, dstate=None):
        pairs = zip(self.halves, np.split(dy, 2, axis=2), strict=True)
        return np.concatenate([half.backward(part)[0] for half, part in pairs], 2), None


MORE = {
    "both ways, columns apart": (
        0,
        45,
        lambda h, rng: [both(D, h, rng), Apart(h, rng)],
    ),
    "both ways, twice as large": (0, 77, lambda h, rng: [both(D, h, rng)]),
}
GRID = [
    # so that a test can make one again in a moment
    {"reader": "both ways, columns apart", "lr": 0.025, "updates": 50},
    {"reader": "both ways, columns apart", "lr": 0.025, "updates": 400},
    {"reader": "both ways, columns apart", "lr": 0.06, "updates": 400},
    {"reader": "both ways, twice as large", "lr": 0.025, "updates": 400},
]
SEEDS = range(3)
TOLERANCE = {"bits": 0.1, "parameters": 0}


def run(setting, seed):
    READERS.update(MORE)
    reader = trained(setting["reader"], setting["lr"], seed, setting["updates"])
    size = sum(p.size for one in reader[:2] for p in one.params.values())
    return {"bits": bits(*reader, "test"), "parameters": size}
