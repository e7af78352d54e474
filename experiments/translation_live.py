"""How good is the translator that the page has the time to train?

Attention, two passes over all training pairs; BLEU on the validation part, after each
pass. Used by ``26-translation``.
"""

import torch
from _translation import (
    by_source,
    coded,
    corpus_bleu,
    new_translator,
    tatoeba,
    train,
    translated,
)

GRID = [{"pairs": "few"}, {"pairs": "all"}]
SEEDS = range(5)
TOLERANCE = {"bleu_1": 3.0, "bleu_2": 3.0}


def run(setting, seed):
    torch.set_num_threads(1)
    (first, val, _), source, target = tatoeba()
    first = first[::16] if setting["pairs"] == "few" else first
    model = new_translator(source, target, seed)
    sentences, references = by_source(val)
    found = []

    def after(model):
        found.append(
            corpus_bleu(translated(model, sentences, source, target), references)
        )

    train(model, coded(first, source, target), 2, seed, rate=1e-2, after=after)
    return {f"bleu_{k}": score for k, score in enumerate(found, 1)}
