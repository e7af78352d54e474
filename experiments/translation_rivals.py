"""How well do simple methods translate that learn no network, and how well do people?

On the test part: the English copied, the commonest translation, IBM model 1 (for each
word its most probable sign, and all above a fifth), the translation of the nearest
English sentence in the training part. BLEU, chrF, exact matches, BLEU by quarters of
the likeness to the nearest sentence, and ``blanks``: BLEU if only blanks end a word.
``people``: one translation of a sentence of the whole file against its other ones; no
part of the test. Used by ``26-translation``.
"""

from collections import Counter

import numpy as np
from _translation import (
    by_source,
    coded,
    ibm1,
    nearest,
    quarters,
    tatoeba,
)

from rnnbook.bleu import corpus_bleu, corpus_chrf
from rnnbook.data import load_pairs, split_pairs

GRID = [
    {"who": who}
    for who in (
        "copied English",
        "commonest translation",
        "IBM 1, best sign",
        "IBM 1, above 0.2",
        "nearest sentence",
        "people",
    )
]
SEEDS = [0]
SCORES = ("bleu", "chrf", "exact", "blanks", *(f"quarter_{k}" for k in range(1, 5)))
TOLERANCE = dict.fromkeys(SCORES, 0.01)


def people():
    """One translation of each sentence that has several, and the others."""
    whole = split_pairs(load_pairs().table, share=(0, 0), longest=(99, 99))[0]
    several = [t for t in by_source(whole)[1] if len(t) > 1]
    return [t[0] for t in several], [t[1:] for t in several]


def answers(who, sentences):
    (first, _, _), source, target = tatoeba()
    known = first["target"].tolist()
    if who == "copied English":
        return sentences
    if who == "commonest translation":
        common = Counter(map(tuple, known)).most_common(1)[0][0]
        return [list(common)] * len(sentences)
    if who == "nearest sentence":
        near, _ = nearest(first["source"].tolist(), sentences)
        return [known[k] for k in near]
    pairs = [(x[:-1], y[1:-1]) for x, y in coded(first, source, target)]
    t = ibm1(pairs, len(source), len(target))
    t[:, :4] = 0
    said = []
    for sentence in sentences:
        rows = t[source.encode(sentence)]
        if who == "IBM 1, best sign":
            chosen = rows.argmax(axis=1)
        else:
            chosen = [k for row in rows for k in np.flatnonzero(row > 0.2)]
        said.append([target.names[k] for k in chosen])
    return said


def run(setting, seed):
    who = setting["who"]
    if who == "people":
        said, references = people()
        like = np.zeros(len(said))
    else:
        (first, _, test), _, _ = tatoeba()
        sentences, references = by_source(test)
        _, like = nearest(first["source"].tolist(), sentences)
        said = answers(who, sentences)
    blanks = (
        [["".join(s)] for s in said],
        [[["".join(r)] for r in rs] for rs in references],
    )
    return {
        "bleu": corpus_bleu(said, references),
        "chrf": corpus_chrf(said, references),
        "exact": float(np.mean([s in r for s, r in zip(said, references)])),
        "blanks": corpus_bleu(*blanks),
        **{
            f"quarter_{k}": score
            for k, score in enumerate(quarters(said, references, like), 1)
        },
    }
