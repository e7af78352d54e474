"""What helps with speakers who were never heard, and what is a choice on them worth?

A GRU on single digits, as in ``speech_speakers``, but without the two speakers in
``out``: learned from takes 5 and later of the four others. Seven kinds: three ways to
read the bands (``fixed``: shifted and scaled by fixed numbers; ``level``: the mean of
the recording subtracted; ``centred``: the mean of each band subtracted), as they are or
``stretched`` at random in time and frequency; and ``louder``: fixed numbers, each
recording made up to 20 dB louder or fainter in every update. All have equal updates.
As two speakers are left out, one can choose the kind and the other be asked.

``heard``: accuracy on takes 0 to 4 of the four; ``new``: on all 1,000 recordings of the
two; ``first`` and ``last``: of each of them. ``_faint`` and ``_loud``: the same
recordings, 20 dB fainter and louder (by arithmetic: their noise goes along, and nothing
is clipped). Used by ``27-speech``.
"""

import numpy as np
import torch
from _speech import featured, framed, heard, learned, log_mel, stretched

from rnnbook.data import load_spoken_digits

PAIRS = ("george jackson", "lucas nicolas", "theo yweweler")
KINDS = [
    *(
        {"features": features, "change": change}
        for features in ("fixed", "level", "centred")
        for change in ("none", "stretched")
    ),
    {"features": "fixed", "change": "louder"},
]
GRID = [
    {"out": PAIRS[0], **KINDS[-1], "updates": 5},
    *({"out": pair, **kind, "updates": 400} for kind in KINDS for pair in PAIRS),
]
SEEDS = range(3)
GAINS = {"": 1.0, "_faint": 0.1, "_loud": 10.0}
TOLERANCE = {
    **{who + gain: 0.12 for who in ("heard", "new") for gain in GAINS},
    **dict.fromkeys(("first", "last"), 0.15),
}


def read(wave, features):
    """What the network reads of one recording, (T, 40)."""
    if features == "fixed":
        return framed([wave])[0]
    return featured(log_mel(wave), features)


def louder(wave, rng):
    """The frames of a wave that was made up to 20 dB louder or fainter."""
    return read(wave * 10 ** rng.uniform(-1, 1), "fixed")


def run(setting, seed):
    torch.set_num_threads(1)
    spoken, features = load_spoken_digits(), setting["features"]
    few, speakers = setting["updates"] == 5, spoken.speakers
    pair = setting["out"].split()
    out = np.isin(speakers, pair)
    use = np.flatnonzero(~out & (spoken.takes >= 5))[:: 9 if few else 1]
    change = {"none": None, "stretched": stretched, "louder": louder}[setting["change"]]
    rows = [spoken.waves[k] for k in use]
    if change is not louder:
        rows = [read(wave, features) for wave in rows]
    y, updates = spoken.digits[use], setting["updates"]
    model = learned(rows, y, updates, seed, change, strides=(2, 2))

    asked = np.flatnonzero(out | spoken.is_test)[:: 10 if few else 1]
    known, found = ~out[asked], {}
    for name, gain in GAINS.items():
        rows = [read(gain * spoken.waves[k], features) for k in asked]
        right = heard(model, rows) == spoken.digits[asked]
        found[f"heard{name}"] = float(right[known].mean())
        found[f"new{name}"] = float(right[~known].mean())
        if gain == 1:
            for place, who in zip(("first", "last"), pair):
                found[place] = float(right[speakers[asked] == who].mean())
    return found
