"""Does attention turn dates, written in eight ways, into one, and a fixed vector not?

``saturday, 7 nov 2026`` to ``2026-11-07``, letter by letter; 12,000 dates of 1950 to
2049 to learn from, six passes; judged on days that were held out, in all ways. The
share that is right whole, and that of single signs at their place. Used by
``26-translation`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _translation import EOS, Translator, coded, dates, greedy, train

from rnnbook.data import Words

GRID = [
    {"attention": True, "dates": 200},  # the cheap one
    {"attention": True, "dates": 1200},
    {"attention": True, "dates": 12000},
    {"attention": False, "dates": 12000},
]
SEEDS = range(3)
TOLERANCE = {"whole": 0.1, "signs": 0.1}


def run(setting, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    rows = dates(setting["dates"], rng, held_out=False)
    source, target = (Words(column, 100) for column in zip(*rows))
    sizes = len(source), len(target)
    model = Translator(*sizes, setting["attention"], E=32, H=64, dropout=0.0)
    part = dict(zip(("source", "target"), zip(*rows)))
    train(model, coded(part, source, target), 6, seed)
    rows = dates(1000, np.random.default_rng(1000), held_out=True)
    said = greedy(model, [source.encode(x) + [EOS] for x, _ in rows], limit=12)
    wanted = [target.encode(y) for _, y in rows]
    signs = [
        [k < len(s) and s[k] == sign for k, sign in enumerate(y)]
        for s, y in zip(said, wanted)
    ]
    return {
        "whole": float(np.mean([s == y for s, y in zip(said, wanted)])),
        "signs": float(np.mean(signs)),
    }
