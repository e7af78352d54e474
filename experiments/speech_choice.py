"""Which features and settings hear speakers who were left out?

Everything is learned from four speakers and judged on one of the two others, takes 5
and later: ``a_on_b`` is the share of digits of ``b`` that are right while ``a`` is
left out as well, so that the choice for ``a`` never sees ``a``. ``bands``: 40 log-mel
numbers with the level of the recording subtracted; ``centred``: with the mean of each
band subtracted; ``cepstra``: twelve numbers of each frame's shape. Used by
``27-speech``.
"""

import numpy as np
import torch
from _speech import (
    coarse,
    featured,
    heard,
    learned,
    logistic,
    recordings,
    stretched,
    thirds,
    warped,
)

GRID = [
    {"model": "thirds", "features": "bands", "stretched": False},
    {"model": "thirds", "features": "centred", "stretched": False},
    {"model": "thirds", "features": "cepstra", "stretched": False},
    {"model": "warping", "features": "bands", "stretched": False},
    {"model": "warping", "features": "centred", "stretched": False},
    {"model": "warping", "features": "cepstra", "stretched": False},
    {"model": "GRU", "features": "bands", "stretched": False},
    {"model": "GRU", "features": "centred", "stretched": False},
    {"model": "GRU", "features": "centred", "stretched": True},
]
SEEDS = [0]
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
PAIRS = [(a, SPEAKERS[(k + 1) % 6]) for k, a in enumerate(SPEAKERS)]
TOLERANCE = {f"{a}_on_{b}": 0.12 for pair in PAIRS for a, b in (pair, pair[::-1])}


def run(setting, seed):
    torch.set_num_threads(1)
    spoken, frames = recordings()
    x = [featured(f, setting["features"]) for f in frames]
    found = {}
    for pair in PAIRS:
        left = np.isin(spoken.speakers, pair)
        use = np.flatnonzero(~left & (spoken.takes >= 5))
        y = spoken.digits[use]
        if setting["model"] == "GRU":
            change = stretched if setting["stretched"] else None
            rows = [x[k] for k in use]
            model = learned(rows, y, 350, seed, change, strides=(2, 2))
        elif setting["model"] == "thirds":
            model = logistic().fit([thirds(x[k]) for k in use], y)
        for other, who in (pair, pair[::-1]):
            asked = np.flatnonzero((spoken.speakers == who) & (spoken.takes >= 5))
            if setting["model"] == "GRU":
                said = heard(model, [x[k] for k in asked])
            elif setting["model"] == "thirds":
                said = model.predict([thirds(x[k]) for k in asked])
            else:
                asked = asked[::3]
                known = [coarse(x[k]) for k in use[::2]]
                said = [y[::2][warped(coarse(x[k]), known).argmin()] for k in asked]
            right = np.mean(said == spoken.digits[asked])
            found[f"{other}_on_{who}"] = float(right)
    return found
