"""Does the plateau of CTC come from where the blank begins, or from the rate?

The network of ``speech_strings`` with both directions, every 4th frame and 400 updates,
and two changes, one at a time. ``bias``: what the score of the blank begins with (0 is
the page's; the ten digits begin near 0): far below, it is improbable at the start.
``rate``: that of Adam. Seeds, strings and validation are those of ``speech_strings``,
whose runs are the ones without a change. After k eighths of the updates: ``error_k``,
the digit error on 50 strings, and ``blanks_k``, the share of frames in which the blank
is most probable. Used by ``27-speech``.
"""

import numpy as np
import torch
from _speech import (
    BLANK,
    Listener,
    collapsed,
    ctc_loss,
    framed,
    padded,
    train,
)

from rnnbook.data import load_spoken_digits, spoken_strings
from rnnbook.edits import error_rate

GRID = [
    {"bias": 0.0, "rate": 4e-3, "updates": 8},
    {"bias": -5.0, "rate": 4e-3, "updates": 400},
    {"bias": 0.0, "rate": 8e-3, "updates": 400},
]
SEEDS = range(3)
MARKS = range(9)
TOLERANCE = {
    **{f"error_{k}": 0.6 for k in MARKS},
    **{f"blanks_{k}": 0.3 for k in MARKS},
}


@torch.inference_mode()
def looked(model, rows, said):
    """The digit error, and the share of blanks."""
    scores, length = model(*padded(rows))
    paths = scores.argmax(dim=2).numpy()
    paths = [path[:n] for path, n in zip(paths, length)]
    blanks = np.mean([np.mean(path == BLANK) for path in paths])
    return error_rate([collapsed(path) for path in paths], said), float(blanks)


def run(setting, seed):
    torch.set_num_threads(1)
    spoken = load_spoken_digits()
    n, rng = setting["updates"], np.random.default_rng(1000)
    val = (spoken.takes >= 5) & (spoken.takes < 10)
    waves, right = spoken_strings(spoken, val, 3 if n == 8 else 50, rng)
    val = framed(waves)
    torch.manual_seed(seed)
    model, draw = Listener(11, (2, 2), both=True), np.random.default_rng(seed)
    with torch.no_grad():
        model.out.bias[BLANK] += setting["bias"]
    found, done = {}, 0

    def watch():
        k = 8 * done // n
        found[f"error_{k}"], found[f"blanks_{k}"] = looked(model, val, right)

    def new_loss():
        nonlocal done
        if done % (n // 8) == 0:
            watch()
        done += 1
        waves, digits = spoken_strings(
            spoken, spoken.takes >= 10, 4 if n == 8 else 24, draw
        )
        return ctc_loss(*model(*padded(framed(waves))), digits)

    train(model, new_loss, n, setting["rate"])
    watch()
    return found
