"""How many bits do counting and two compressors need on new text?

n-grams with Witten and Bell's smoothing, ``bz2`` and ``xz``, on the last tenth of
Python's documentation and of Shakespeare's plays. Nothing here depends on chance, so
one run is enough.

Used by ``21-text-generation``.
"""

import bz2
import lzma
from collections import Counter, defaultdict

import numpy as np

from rnnbook.data import DataUnavailable, Vocabulary, load_shakespeare, load_text

MODELS = [f"{n}-gram" for n in (1, 3, 4, 5, 6)] + ["bz2", "xz"]
GRID = [{"text": "documentation", "model": model} for model in MODELS]
GRID += [{"text": "plays", "model": model} for model in ("5-gram", "bz2", "xz")]
SEEDS = range(1)
# Python's documentation is another text in each Python.
TOLERANCE = {"bits": 0.15}


def count(text, n):
    """What followed each context of 0 to n - 1 characters."""
    tables = defaultdict(Counter)
    for k in range(n):
        for i in range(k, len(text)):
            tables[text[i - k : i]][text[i]] += 1
    return dict(tables)


def probability(c, context, tables, V):
    p = 1 / V
    for k in range(len(context) + 1):
        seen = tables.get(context[len(context) - k :])
        if seen:
            p = (seen[c] + len(seen) * p) / (seen.total() + len(seen))
    return p  # eq-text-ngram


def ngram_surprise(n, tables, new, V):
    """Bits of each character of a new text, (N,)."""
    contexts = (new[max(0, i - n + 1) : i] for i in range(len(new)))
    pairs = zip(new, contexts)
    return -np.log2([probability(c, s, tables, V) for c, s in pairs])


def packed_bits(compress, text, cut):
    """What the rest of a text adds to its packed beginning, per character."""
    all_of_it, known = (len(compress(t.encode())) for t in (text, text[:cut]))
    return 8 * (all_of_it - known) / (len(text) - cut)


def run(setting, seed):
    loaded = load_text() if setting["text"] == "documentation" else load_shakespeare()
    if loaded.name == load_text().name and setting["text"] == "plays":
        raise DataUnavailable("text_generation_counts needs Tiny Shakespeare")
    text = loaded.text
    cut = int(0.9 * len(text))
    model = setting["model"]
    if model in ("bz2", "xz"):
        pack = {"bz2": bz2.compress, "xz": lzma.compress}[model]
        return {"bits": packed_bits(pack, text, cut)}
    n = int(model[0])
    tables, V = count(text[:cut], n), len(Vocabulary(text))
    return {"bits": ngram_surprise(n, tables, text[cut:], V).mean()}
