"""LSTM, GRU, or two LSTMs: does one learning rate tell which is best?

Networks of 64 units after a hundred updates on Python's documentation, at several peaks
of the learning rate. They are fitted on the first eight tenths, and the ninth judges.

Used by ``21-text-generation``.
"""

from _text_generation_torch import rival

GRID = [
    {"model": model, "peak": peak}
    for peak in (0.015, 0.06)
    for model in ("LSTM", "GRU", "two LSTMs")
]
GRID += [{"model": "LSTM", "peak": peak} for peak in (0.0015, 0.45)]
SEEDS = range(3)
# Python's documentation is another text in each Python. The highest rates hang on the
# seed.
TOLERANCE = {"validation": 0.3}


def run(setting, seed):
    _, curve = rival(setting, seed, updates=100)
    return {"validation": curve["validation"].iloc[-1]}
