"""How well is one digit heard, of speakers who were heard before?

The official split: takes 5 to 49 of six speakers to learn from, takes 0 to 4 to judge
by. ``accuracy`` of 300; ``only``: how many are right that logistic regression on thirds
has wrong, ``lost``: the other way round; ``weights``: the parameters. ``GRU, frames
shuffled``: in training and test; ``GRU, read at the padded end``: all rows filled up to
one second, the state behind the last pad; ``GRU, read at the true end``: the state at
the last column that is no pad. Used by ``27-speech`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _speech import (
    cepstra,
    coarse,
    digit_scores,
    heard,
    learned,
    logistic,
    recordings,
    thirds,
    warped,
)

GRID = [
    {"model": name}
    for name in (
        "logistic, mean only",
        "logistic, thirds",
        "warping",
        "GRU",
        "convolutions alone",
        "GRU, frames shuffled",
        "GRU, read at the padded end",
        "GRU, read at the true end",
    )
]
SEEDS = range(3)
TOLERANCE = {"accuracy": 0.03, "only": 6, "lost": 8, "weights": 0}


def padded_end(model, x, length):
    h, _ = model.states(x, length)
    return model.out(h[:, -1])


def true_end(model, x, length):
    h, length = model.states(x, length)
    return model.out(h[torch.arange(len(h)), length - 1])


def run(setting, seed):
    torch.set_num_threads(1)
    name = setting["model"]
    spoken, frames = recordings()
    test, y = spoken.is_test, spoken.digits
    shapes = [cepstra(f) for f in frames]
    parts = np.array([thirds(c) for c in shapes])
    simple = logistic().fit(parts[~test], y[~test]).predict(parts[test])
    weights = 0
    if name == "logistic, thirds":
        said = simple
    elif name == "logistic, mean only":
        means = np.array([c.mean(axis=0) for c in shapes])
        said = logistic().fit(means[~test], y[~test]).predict(means[test])
    elif name == "warping":
        few = [coarse(c) for c in shapes]
        known = [few[k] for k in np.flatnonzero(~test)]
        nearest = [warped(few[k], known).argmin() for k in np.flatnonzero(test)]
        said = y[~test][nearest]
    else:
        rows = [(f - f.mean()) / 3 for f in frames]
        if name == "GRU, frames shuffled":
            rng = np.random.default_rng(seed)
            rows = [rng.permutation(row) for row in rows]
        scores = digit_scores
        if name == "GRU, read at the true end":
            scores, rows = true_end, [r[:100] for r in rows]
        if name == "GRU, read at the padded end":
            scores = padded_end
            rows = [np.pad(r[:100], ((0, 100 - len(r[:100])), (0, 0))) for r in rows]
        alone = name == "convolutions alone"
        kind = {"strides": (2, 2, 1, 1) if alone else (2, 2), "gru": not alone}
        use, asked = np.flatnonzero(~test), np.flatnonzero(test)
        known = [rows[k] for k in use]
        model = learned(known, y[use], 500, seed, scores=scores, **kind)
        weights = sum(p.numel() for p in model.parameters())
        said = heard(model, [rows[k] for k in asked], scores)
    right, by_thirds = said == y[test], simple == y[test]
    return {
        "accuracy": float(right.mean()),
        "only": int((right & ~by_thirds).sum()),
        "lost": int((by_thirds & ~right).sum()),
        "weights": weights,
    }
