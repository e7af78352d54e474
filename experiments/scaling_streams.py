"""Whose state? A carried state given to the stream it belongs to, to another, to none.

The letters of 31-training. Sixteen streams, eight for each of two workers, windows of
8 letters, an LSTM of 64 units, Adam. ``own``: streams are dealt once, and each window
begins from the last state of its own stream. ``another``: before each window streams
are dealt anew, and the states stay where they were. ``zeros``: no state is carried. The
rate of each is chosen on the validation part; all are scored on the test part, read
from one end to the other, and once more with states exchanged every 8 letters.

Used by ``33-scaling``.
"""

import numpy as np
from _training import ONE_HOT, Rule, adam, bits, fresh, parts

from rnnbook.losses import softmax_cross_entropy

WORKERS, EACH, LENGTH = 2, 8, 8
GRID = [
    {"state": "own", "lr": 0.01, "updates": 40},  # cheap: a test makes it again
    *(
        {"state": state, "lr": lr, "updates": 1200}
        for state in ("own", "another", "zeros")
        for lr in (0.01, 0.03, 0.1)
    ),
]
SEEDS = range(3)
TOLERANCE = {"valid": 0.1, "test": 0.1, "exchanged": 0.1}


def streams(ids, n):
    """A text cut into n pieces of equal length, one a row."""
    return ids[: len(ids) // n * n].reshape(n, -1)


def learned(state, lr, updates, seed):
    body, head = fresh(seed)
    rule = Rule(adam, [body.params, head.params], lr)
    rng = np.random.default_rng(1000 + seed)
    B = WORKERS * EACH
    rows = streams(parts()["train"][:, :-1].ravel(), B)
    dealt, at, last = np.arange(B), 0, None
    for _ in range(updates):
        if at + LENGTH >= rows.shape[1]:
            at, last = 0, None
        if state == "another":
            dealt = rng.permutation(B)  # the states do not come along
        x = rows[dealt, at : at + LENGTH]
        y = rows[dealt, at + 1 : at + LENGTH + 1]
        h, last = body.forward(ONE_HOT[x], None if state == "zeros" else last)
        _, d = softmax_cross_entropy(head.forward(h), y)
        body.backward(head.backward(d))
        rule.step([body.grads, head.grads])
        at += LENGTH
    return body, head


def exchanged(body, head):
    """Bits a letter of the test part if each row goes on from its neighbour's state."""
    rows, losses, last = parts()["test"], [], None
    for at in range(0, 1024, LENGTH):
        x, y = rows[:, at : at + LENGTH], rows[:, at + 1 : at + LENGTH + 1]
        h, last = body.forward(ONE_HOT[x], last)
        losses.append(softmax_cross_entropy(head.forward(h), y)[0] / np.log(2))
        last = tuple(np.roll(s, 1, axis=0) for s in last)
    return float(np.mean(losses))


def run(setting, seed):
    made = learned(**setting, seed=seed)
    return {
        "valid": bits(*made, "valid"),
        "test": bits(*made, "test"),
        "exchanged": exchanged(*made),
    }
