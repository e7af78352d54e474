"""LSTM, GRU, or two LSTMs: which is best after a thousand updates?

Networks of 64 units on Python's documentation, at three peaks of the learning rate.
They are fitted on the first eight tenths and validated on the ninth; the last one is
judged.
(``text_generation_cells`` has the short training, at several rates.)

Used by ``21-text-generation`` and ``41-claims-tested``.
"""

from _text_generation import documentation
from _text_generation_torch import rival, surprises

GRID = [
    {"model": model, "peak": peak}
    for peak in (0.015, 0.03, 0.06)
    for model in ("LSTM", "GRU", "two LSTMs")
]
SEEDS = range(3)
# Python's documentation is another text in each Python.
TOLERANCE = {"validation": 0.2, "test": 0.2}


def run(setting, seed):
    writer, curve = rival(setting, seed, updates=1000)
    *_, test = documentation()
    return {
        "validation": curve["validation"].min(),
        "test": surprises(writer, test, rows=128).mean(),
    }
