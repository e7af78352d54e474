"""Does a network spell strings of digits, by CTC, and when does it begin to?

Convolutions that keep every 4th frame (``stride``; or every 2nd, 8th), a GRU in one
direction or in both, new strings of 3 to 6 digits in every update, all from takes 10
and later, equal updates in all rows. ``error``: edits for each digit on 300 strings of
takes 0 to 4, opened once; ``whole``: strings without a mistake; ``blanks``: share of
frames. ``loss_U`` and ``error_U``: the mean loss of a digit in the 25 updates to U, and
the error on 40 strings of takes 5 to 9. ``single``: so many updates begin with strings
of one digit. ``leaves``: the first of these updates with an error below a half.
``without``: this speaker is left out in training, and the only one in the test.
``spare``: the least of frames over what the string needs. Used by ``27-speech``.
"""

import numpy as np
import torch
from _speech import (
    Listener,
    digit_error,
    pools_of,
    recordings,
    strings,
    train_strings,
    transcribed,
)

ALL = {"both": True, "stride": 4, "single": 0, "without": "nobody", "updates": 450}
GRID = [
    ALL | {"updates": 25},
    ALL,
    ALL | {"both": False},
    ALL | {"stride": 8},
    ALL | {"single": 100},
]
SEEDS = range(3)
MARKS = range(25, 451, 25)
TOLERANCE = {
    **dict.fromkeys(("error", "whole", "blanks"), 0.12),
    **{f"loss_{u}": 0.8 for u in MARKS},
    **{f"error_{u}": 0.6 for u in MARKS},
    "leaves": 75,
    "spare": 1.0,
}


def run(setting, seed):
    torch.set_num_threads(1)
    spoken, _ = recordings()
    away = spoken.speakers == setting["without"]
    strides = (2,) * int(np.log2(setting["stride"]))
    torch.manual_seed(seed)
    model = Listener(11, strides, setting["both"])
    few = setting["updates"] == 25
    rng = np.random.default_rng(1000)
    val = (spoken.takes >= 5) & (spoken.takes < 10) & ~away
    val = strings(10 if few else 40, spoken, pools_of(spoken, val), rng)
    test = spoken.is_test & (away if away.any() else ~away)
    test = strings(10 if few else 300, spoken, pools_of(spoken, test), rng)
    errors = {}

    def watch(u, model):
        if u % 25 == 0:
            errors[u] = digit_error(transcribed(model, val[0])[0], val[1])

    pools = pools_of(spoken, (spoken.takes >= 10) & ~away)
    n = setting["updates"]
    losses = train_strings(
        model, spoken, pools, n, seed, single=setting["single"], watch=watch
    )
    texts, blanks = transcribed(model, test[0])
    left = [u for u, e in errors.items() if e < 0.5]
    need = [len(s) + np.sum(s[1:] == s[:-1]) for s in test[1]]
    size = [-(-len(row) // setting["stride"]) for row in test[0]]
    return {
        "error": digit_error(texts, test[1]),
        "whole": float(np.mean(list(map(np.array_equal, texts, test[1])))),
        "blanks": blanks,
        "leaves": left[0] if left else n,
        "spare": float(np.min(np.divide(size, need))),
        **{f"loss_{u}": float(losses[u - 25 : u].mean()) for u in errors},
        **{f"error_{u}": e for u, e in errors.items()},
    }
