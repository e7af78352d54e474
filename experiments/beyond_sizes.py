"""How wide is each layer of the contest, if all models are to have the same size?

The width at which a model of two symbols has nearest to 25,000 weights, and how many
it has; for the letters, how many it has and how many of them are in matrices that
multiply at each step, which the embedding does not; and the processor time of one
update on the letters, scoring excluded, as the logarithm to base 2 of milliseconds.

Used by ``35-beyond``.
"""

import math
import time

import _beyond_more  # noqa: F401
import torch
from _beyond import fresh, trained, weights, width

KINDS = (
    "GRU",
    "LSTM",
    "RNN",
    "minGRU",
    "signed minGRU",
    "minLSTM",
    "linear SSM",
    "selective SSM",
    "mLSTM",
    "Transformer",
    "TCN",
    "sLSTM",
)
UPDATES = 20
GRID = [{"kind": kind} for kind in KINDS]
SEEDS = range(1)
TOLERANCE = {
    "width": 0,
    "weights": 0,
    "letters": 0,
    "products": 0,
    "update": 2.0,  # another processor, or a busy one
}


def run(setting, seed):
    torch.set_num_threads(1)
    kind = setting["kind"]
    model = fresh(kind, "letters", seed)
    named = dict(model.named_parameters())
    trained(kind, "letters", 0.01, seed, 2)
    start = time.process_time()
    trained(kind, "letters", 0.01, seed, UPDATES)
    took = (time.process_time() - start) / UPDATES
    return {
        "width": width(kind),
        "weights": weights(fresh(kind, "echo", seed)),
        "letters": weights(model),
        "products": sum(
            p.numel()
            for name, p in named.items()
            if p.dim() > 1 and not name.startswith("embedding")
        ),
        "update": math.log2(1000 * took),
    }
