"""How many bits a character does a plain RNN need on new text?

128 units read Python's documentation, without repeated paragraphs; nine tenths are for
training, the last tenth is for judging. ``train`` is on the first 40,000 characters.

Used by ``03-bptt``, which trains the same network with its own functions.
"""

import numpy as np

from rnnbook.data import Vocabulary, load_text, streams
from rnnbook.layers import RNN, Linear
from rnnbook.losses import softmax_cross_entropy
from rnnbook.optim import Adam, clip_grad_norm

GRID = [{"epochs": epochs} for epochs in (1, 2, 8)]  # 1 is the cheap one
SEEDS = range(3)
# Python's documentation is another text in each Python.
TOLERANCE = {"test": 0.15, "train": 0.15}
ROWS, WINDOW, HIDDEN = 32, 50, 128


def split():
    """Numbers of the characters for training and for judging, and V."""
    text = "\n\n".join(dict.fromkeys(load_text().text.split("\n\n")))
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    cut = int(0.9 * len(ids))
    return ids[:cut], ids[cut:], len(vocabulary)


def bits(rnn, head, one_hot, ids):
    hs, _ = rnn.forward(one_hot[ids[None, :-1]])
    return softmax_cross_entropy(head.forward(hs), ids[None, 1:])[0] / np.log(2)


def run(setting, seed):
    train, test, V = split()
    rng, one_hot = np.random.default_rng(seed), np.eye(V, dtype=np.float32)
    rnn, head = RNN(V, HIDDEN, rng=rng), Linear(HIDDEN, V, rng=rng)
    optimizer = Adam([rnn.params, head.params], lr=0.003)
    for _ in range(setting["epochs"]):
        h = None  # a new epoch starts without a memory
        for x, y in streams(train, ROWS, WINDOW):
            hs, h = rnn.forward(one_hot[x], h)
            _, dy_hat = softmax_cross_entropy(head.forward(hs), y)
            rnn.backward(head.backward(dy_hat))
            grads = [rnn.grads, head.grads]
            clip_grad_norm(grads, max_norm=1.0)
            optimizer.step(grads)
    return {
        "test": bits(rnn, head, one_hot, test),
        "train": bits(rnn, head, one_hot, train[:40_000]),
    }
