"""How many bits a character does counting need on the text of ``bptt_text``?

Interpolated counts of contexts of 0 to 5 characters, as in the course's first chapter,
where the guess of the shorter context counts as if it had been seen ten times. The
text, without repeated paragraphs, and the split are those of ``bptt_text``. Nothing
here depends on chance, so one run is enough.

Used by ``03-bptt``.
"""

import numpy as np

from rnnbook.data import Vocabulary, load_text

LONGEST, STRENGTH = 5, 10
GRID = [{"order": order} for order in range(6)]
SEEDS = range(1)
# Python's documentation is another text in each Python.
TOLERANCE = {"test": 0.15}


def contexts(ids, k):
    """The k characters before each position from LONGEST on, as one number."""
    found, V = np.zeros(len(ids) - LONGEST, dtype=int), ids.max() + 1
    for j in range(LONGEST - k, LONGEST):
        found = found * V + ids[j : len(ids) - LONGEST + j]
    return found


def seen(known, asked):
    """How often each of the numbers asked for stands among the known ones."""
    values, n = np.unique(known, return_counts=True)
    at = np.searchsorted(values, asked).clip(max=len(values) - 1)
    return np.where(values[at] == asked, n[at], 0)


def run(setting, seed):
    text = "\n\n".join(dict.fromkeys(load_text().text.split("\n\n")))
    ids = Vocabulary(text).encode(text)
    V, cut = ids.max() + 1, int(0.9 * len(ids))
    q = 1 / V
    for k in range(setting["order"] + 1):
        context, after = contexts(ids, k), ids[LONGEST:]
        known, asked = context[: cut - LONGEST], context[cut:]
        pairs = context * V + after
        n = seen(pairs[: cut - LONGEST], pairs[cut:])
        q = (n + STRENGTH * q) / (seen(known, asked) + STRENGTH)  # eq-seq-ngram
    return {"test": -np.log2(q).mean()}
