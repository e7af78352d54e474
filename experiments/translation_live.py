"""How good is the translator that the page has the time to train?

Attention, two passes over all training pairs; BLEU on the validation part.
Used by ``26-translation``.
"""

import torch
from _translation import (
    by_source,
    coded,
    new_translator,
    tatoeba,
    train,
    translated,
)

from rnnbook.bleu import corpus_bleu

GRID = [{"pairs": "few"}, {"pairs": "all"}]
SEEDS = range(4)
TOLERANCE = {"bleu": 3.0}


def run(setting, seed):
    torch.set_num_threads(1)
    (first, val, _), source, target = tatoeba()
    first = first[::16] if setting["pairs"] == "few" else first
    model = new_translator(source, target, seed)
    train(model, coded(first, source, target), 2, seed)
    sentences, references = by_source(val)
    said = translated(model, sentences, source, target)
    return {"bleu": corpus_bleu(said, references)}
