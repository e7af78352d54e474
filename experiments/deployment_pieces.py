"""Does a file in eight bits answer a text in pieces as it answers the whole?

What flows through is rounded by the range of what is in the call. The LSTM of the page,
128 units and 600 updates, as three files; each reads the test part block by block, the
whole block in one call, and letter by letter.

``whole`` and ``pieces`` are bits a letter, ``apart`` the mean distance of the two for
one letter, ``most`` the largest of all, and ``lost`` the mean distance of the whole
from a reader whose state is lost after each letter.

Used by ``34-deployment``.
"""

import numpy as np
import torch
from _deployment import file_of, int8, large, session
from _training import V, parts

GRID = [
    {"form": "int8", "updates": 20},  # cheap: a test makes it again
    *({"form": form, "updates": 600} for form in ("float32", "int8", "int8 rows")),
]
SEEDS = range(3)
TOLERANCE = {"whole": 0.08, "pieces": 0.08, "apart": 0.02, "most": 1.0, "lost": 1.0}


def bits_in_pieces(reader, ids, size, keep=True):
    """What the letters of one text cost, read ``size`` at a time: (T - 1,).

    ``keep`` the state from piece to piece, or begin each at zeros.
    """
    H, eye, found = reader.get_inputs()[1].shape[2], np.eye(V, dtype=np.float32), []
    h = c = zero = np.zeros((1, 1, H), np.float32)
    for t in range(0, len(ids) - 1, size):
        x = eye[ids[:-1][t : t + size]][None]
        z, h, c = reader.run(["scores", "h_new", "c_new"], {"x": x, "h": h, "c": c})
        h, c = (h, c) if keep else (zero, zero)
        found.append(z[0].astype(float))
    z = np.concatenate(found)
    z -= z.max(axis=1, keepdims=True)
    right = z[np.arange(len(z)), ids[1:]]
    return (np.log(np.exp(z).sum(axis=1)) - right) / np.log(2)


def run(setting, seed):
    torch.set_num_threads(1)
    file = file_of(large(0.03, seed, setting["updates"]))
    if setting["form"] != "float32":
        file = int8(file, setting["form"] == "int8 rows")
    reader, blocks = session(file), parts()["test"]
    whole, pieces, lost = (
        np.stack([bits_in_pieces(reader, ids, size, keep) for ids in blocks])
        for size, keep in ((blocks.shape[1], True), (1, True), (1, False))
    )
    return {
        "whole": float(whole.mean()),
        "pieces": float(pieces.mean()),
        "apart": float(abs(whole - pieces).mean()),
        "most": float(abs(whole - pieces).max()),
        "lost": float(abs(whole - lost).mean()),
    }
