"""Does the network that spells strings spell those of a speaker it never heard?

As in ``speech_strings``, both directions and every 4th frame, but learned without the
speaker in ``out``. Each number is the digit error on 100 strings of one speaker, of
takes 0 to 4, which nobody learned from: networks that another speaker was left out of
say what the error is for those who heard this one. Used by ``27-speech``.
"""

import numpy as np
import torch
from _speech import Listener, ctc_loss, framed, padded, train, transcribed

from rnnbook.data import load_spoken_digits, spoken_strings
from rnnbook.edits import error_rate

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
GRID = [
    {"out": "george", "updates": 5},
    *({"out": who, "updates": 400} for who in SPEAKERS),
]
SEEDS = range(3)
TOLERANCE = dict.fromkeys(SPEAKERS, 0.2)


def run(setting, seed):
    torch.set_num_threads(1)
    spoken, n = load_spoken_digits(), setting["updates"]
    use = (spoken.speakers != setting["out"]) & (spoken.takes >= 10)
    torch.manual_seed(seed)
    model, draw = Listener(11, (2, 2), both=True), np.random.default_rng(seed)

    def new_loss():
        waves, digits = spoken_strings(spoken, use, 4 if n == 5 else 24, draw)
        return ctc_loss(*model(*padded(framed(waves))), digits)

    train(model, new_loss, n)
    found, rng = {}, np.random.default_rng(1000)
    for who in SPEAKERS:
        mine = spoken.is_test & (spoken.speakers == who)
        waves, digits = spoken_strings(spoken, mine, 3 if n == 5 else 100, rng)
        found[who] = error_rate(transcribed(model, framed(waves)), digits)
    return found
