"""Does a network spell strings of digits, by CTC, and when does it begin to?

Convolutions that keep every 4th frame, every 2nd or every 8th (``stride``; one, two
and three convolutions, so that a stride also changes the weights), a GRU in one
direction or in both, new strings of 3 to 6 digits in every update, all from takes 10
and later. The two directions have more weights than the one, and the same rate.
``error``: edits for each digit on 300 strings of
takes 0 to 4; ``whole``: strings without a mistake; ``blanks``: their share
of frames. ``loss_k`` and ``error_k``: the mean loss of a digit in the 25 updates to k
eighths of them, and the error on 50 strings of takes 5 to 9. ``spare``: the least of
frames over what the string needs. Used by ``27-speech`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _speech import (
    Listener,
    ctc_loss,
    framed,
    padded,
    recordings,
    train,
    transcribed,
)

from rnnbook.data import spoken_strings
from rnnbook.edits import error_rate

ALL = {"both": True, "stride": 4, "updates": 400}
GRID = [
    ALL | {"updates": 10},
    ALL | {"both": False},
    *(ALL | {"stride": s} for s in (2, 4, 8)),
    ALL | {"both": False, "updates": 800},
    ALL | {"updates": 800},
]
SEEDS = range(3)
MARKS = range(1, 9)
TOLERANCE = {
    **dict.fromkeys(("error", "whole", "blanks"), 0.12),
    **{f"loss_{k}": 2.0 for k in MARKS},
    **{f"error_{k}": 0.6 for k in MARKS},
    "spare": 1.0,
}


@torch.inference_mode()
def blank_share(model, rows):
    scores, length = model(*padded(rows))
    paths = scores.argmax(dim=2).numpy()
    return float(np.mean([np.mean(p[:n] == 0) for p, n in zip(paths, length)]))


def run(setting, seed):
    torch.set_num_threads(1)
    spoken, _ = recordings()
    torch.manual_seed(seed)
    strides = (2,) * int(np.log2(setting["stride"]))
    model, n = Listener(11, strides, setting["both"]), setting["updates"]
    few, rng = n == 10, np.random.default_rng(1000)
    val = (spoken.takes >= 5) & (spoken.takes < 10)
    val, right = spoken_strings(spoken, val, 5 if few else 50, rng)
    test, said = spoken_strings(spoken, spoken.is_test, 5 if few else 300, rng)
    val, test = framed(val), framed(test)
    draw, losses, found = np.random.default_rng(seed), [], {}
    marks = {-(-n * k // 8) for k in MARKS}

    def watch():
        k = len(losses) * 8 // n
        found[f"loss_{k}"] = float(np.mean(losses[-25:]))
        found[f"error_{k}"] = error_rate(transcribed(model, val), right)

    def new_loss():
        if len(losses) in marks:
            watch()
        waves, digits = spoken_strings(spoken, spoken.takes >= 10, 24, draw)
        loss = ctc_loss(*model(*padded(framed(waves))), digits)
        losses.append(loss.item())
        return loss

    train(model, new_loss, n)
    watch()
    texts = transcribed(model, test)
    need = [len(s) + np.sum(s[1:] == s[:-1]) for s in said]
    size = [-(-len(row) // setting["stride"]) for row in test]
    return found | {
        "error": error_rate(texts, said),
        "whole": float(np.mean(list(map(np.array_equal, texts, said)))),
        "blanks": blank_share(model, test),
        "spare": float(np.min(np.divide(size, need))),
    }
