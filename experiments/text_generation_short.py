"""How much do the bits of the page's own training hang on the seed?

The network that the page trains itself: two LSTM layers of 128 units with dropout, on
the first eight tenths of Python's documentation; the ninth is for validation, the last
one is judged. These runs make the band of that one. (The shorter run is for the tests.)

Used by ``21-text-generation``.
"""

import torch
from _text_generation import documentation
from _text_generation_torch import Writer, surprises, train

GRID = [{"updates": 400}, {"updates": 60}]
SEEDS = range(5)
# Python's documentation is another text in each Python.
TOLERANCE = {"training": 0.15, "validation": 0.15, "test": 0.15}


def run(setting, seed):
    torch.set_num_threads(1)
    vocabulary, known, validation, test = documentation()
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary))
    curve = train(writer, known, validation, setting["updates"])
    return {
        "training": curve["training"].iloc[-1],
        "validation": curve["validation"].min(),
        "test": surprises(writer, test, rows=128).mean(),
    }
