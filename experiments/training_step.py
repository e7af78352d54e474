"""Where does the time of one update go, and what does a larger batch save?

One update of the LSTM of 64 units that reads windows of 32 letters, measured 60 times:
processor time for drawing the batch, forwards, backwards, the rule of Adam. Shares of
the sum, and how many letters go through in the time of one letter at batch 1.

Used by ``31-training``.
"""

import time

import numpy as np
from _training import LENGTH, ONE_HOT, Rule, adam, drawn, fresh, parts

from rnnbook.losses import softmax_cross_entropy

GRID = [{"batch": batch} for batch in (1, 4, 16, 64)]
SEEDS = range(3)
# A busy processor and another one share time otherwise; no page depends on the digits.
TOLERANCE = {
    "draw": 0.3,
    "forwards": 0.3,
    "backwards": 0.3,
    "rule": 0.3,
    "microseconds_a_letter": 300,
}


def run(setting, seed):
    batch, rng = setting["batch"], np.random.default_rng(seed)
    body, head = fresh(seed)
    rule = Rule(adam, [body.params, head.params], 0.01)
    times = []
    for _ in range(66):
        at = [time.process_time()]
        x, y = drawn(parts()["train"], batch, LENGTH, rng)
        at.append(time.process_time())
        scores = head.forward(body.forward(ONE_HOT[x])[0])
        _, d = softmax_cross_entropy(scores, y)
        at.append(time.process_time())
        body.backward(head.backward(d))
        at.append(time.process_time())
        rule.step([body.grads, head.grads])
        at.append(time.process_time())
        times.append(np.diff(at))
    spent = np.median(times[6:], axis=0)
    names = ("draw", "forwards", "backwards", "rule")
    shares = {n: float(s) for n, s in zip(names, spent / spent.sum())}
    letter = spent.sum() / (batch * LENGTH) * 1e6
    return {**shares, "microseconds_a_letter": float(letter)}
