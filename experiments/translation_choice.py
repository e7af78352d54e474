"""Which rate, dropout and number of passes, with attention and without?

All training pairs (and one pass over a few, for a quick look); BLEU and chrF of greedy
translation on the validation part, the loss of a token with the true beginning given.
Used by ``26-translation``.
"""

import torch
from _translation import (
    by_source,
    coded,
    loss_of_all,
    new_translator,
    tatoeba,
    train,
    translated,
)

from rnnbook.bleu import corpus_bleu, corpus_chrf

FEW = {"pairs": "few", "attention": True, "rate": 1e-2, "dropout": 0.2, "passes": 1}
GRID = [
    FEW,
    *(
        FEW | {"pairs": "all", "attention": attention} | kind
        for attention in (True, False)
        for kind in (
            {"passes": 7, "rate": 5e-3},
            {"passes": 7},
            {"passes": 7, "rate": 2e-2},
            {"passes": 7, "dropout": 0.1},
            {"passes": 14},
        )
    ),
]
SEEDS = [0]
TOLERANCE = {"bleu": 3.0, "chrf": 3.0, "loss": 0.1}


def run(setting, seed):
    torch.set_num_threads(1)
    (first, val, _), source, target = tatoeba()
    few = setting["pairs"] == "few"
    pairs = coded(first[::16] if few else first, source, target)
    kind = {k: setting[k] for k in ("attention", "dropout")}
    model = new_translator(source, target, seed, **kind)
    train(model, pairs, setting["passes"], seed, rate=setting["rate"])
    sentences, references = by_source(val)
    said = translated(model, sentences, source, target)
    return {
        "bleu": corpus_bleu(said, references),
        "chrf": corpus_chrf(said, references),
        "loss": loss_of_all(model, coded(val, source, target)),
    }
