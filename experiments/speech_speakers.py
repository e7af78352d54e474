"""How well is one digit heard, of a speaker who was never heard before?

Learned from takes 5 and later of five speakers, judged on all 500 recordings of the
sixth. The features of each model are those that ``speech_choice`` gives without that
speaker. ``gru``, ``alone`` (convolutions, no recurrence), ``thirds``, ``warping``:
accuracy; ``over_thirds`` and ``over_warping``: the accuracy of the GRU minus theirs on
the same recordings, ``se_thirds`` and ``se_warping``: the standard error over
recordings. Used by ``27-speech``.
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

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
GRID = [
    {"speaker": "george", "part": "few"},
    *({"speaker": who, "part": "all"} for who in SPEAKERS),
]
SEEDS = range(3)
TOLERANCE = {
    **dict.fromkeys(("gru", "alone"), 0.12),
    **dict.fromkeys(("thirds", "warping"), 0.02),
    **dict.fromkeys(("over_thirds", "over_warping"), 0.13),
    **dict.fromkeys(("se_thirds", "se_warping"), 0.02),
}
CHOSEN = {}


def run(setting, seed):
    torch.set_num_threads(1)
    spoken, frames = recordings()
    who, few = setting["speaker"], setting["part"] == "few"
    chosen, y = CHOSEN[who], spoken.digits
    use = np.flatnonzero((spoken.speakers != who) & (spoken.takes >= 5))
    asked = np.flatnonzero(spoken.speakers == who)
    if few:
        use, asked = use[::9], asked[::10]
    said = {}

    x = [featured(f, chosen["thirds"]) for f in frames]
    model = logistic().fit([thirds(x[k]) for k in use], y[use])
    said["thirds"] = model.predict([thirds(x[k]) for k in asked])

    x = [featured(f, chosen["warping"]) for f in frames]
    known = [coarse(x[k]) for k in use]
    nearest = [warped(coarse(x[k]), known).argmin() for k in asked]
    said["warping"] = y[use][nearest]

    features, stretch = chosen["GRU"]
    x = [featured(f, features) for f in frames]
    for name, alone in (("gru", False), ("alone", True)):
        kind = {"strides": (2, 2, 1, 1) if alone else (2, 2), "gru": not alone}
        change = stretched if stretch else None
        rows = [x[k] for k in use]
        model = learned(rows, y[use], 30 if few else 450, seed, change, **kind)
        said[name] = heard(model, [x[k] for k in asked])

    right = {name: digits == y[asked] for name, digits in said.items()}
    found = {name: float(r.mean()) for name, r in right.items()}
    for name in ("thirds", "warping"):
        gap = right["gru"].astype(float) - right[name]
        found[f"over_{name}"] = float(gap.mean())
        found[f"se_{name}"] = float(gap.std() / np.sqrt(len(gap)))
    return found
