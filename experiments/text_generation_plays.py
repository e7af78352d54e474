"""How many bits does the LSTM need on Shakespeare's plays?

The network and the training of ``text_generation_network``, on Tiny Shakespeare; the
last tenth is judged. (The setting of 128 units is a short run of the same code, for the
tests.) ``text_generation_counts`` has the rivals.

Used by ``21-text-generation``.
"""

import numpy as np
import torch
from _text_generation_torch import Writer, long_training

from rnnbook.data import DataUnavailable, Vocabulary, load_shakespeare

GRID = [
    {"hidden": 256, "updates": 1500},
    {"hidden": 128, "updates": 100},
    {"hidden": 64, "updates": 20},  # the cheap one
]
SEEDS = range(3)
TOLERANCE = {"bits": 0.05}


# The mean surprise as `text_generation_network` computes it: the others' is equal but
# for rounding.
@torch.no_grad()
def bits_of(writer, ids):
    logits, _ = writer.eval()(torch.tensor(ids)[None])
    log_p = logits[0, :-1].log_softmax(-1).double().numpy()
    return -log_p[np.arange(len(ids) - 1), ids[1:]].mean() / np.log(2)


def run(setting, seed):
    plays = load_shakespeare()
    if plays.name != "Tiny Shakespeare":
        raise DataUnavailable("text_generation_plays needs Tiny Shakespeare: not found")
    torch.set_num_threads(1)
    vocabulary = Vocabulary(plays.text)
    ids = vocabulary.encode(plays.text)
    end = int(0.9 * len(ids))
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary), hidden=setting["hidden"], layers=1)
    long_training(writer, ids[:end], setting["updates"])
    return {"bits": bits_of(writer, ids[end:])}
