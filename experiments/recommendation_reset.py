"""What does it cost to forget the reset where one session ends and another begins?

The state is cleared at each border in training, or never; and at the test it begins
empty, or with what the session before has left. Recall@10 by clicks seen so far.
``old_state`` and ``reset`` are no scores: the largest difference that the state of
another session makes in the scores after the first click, without and with the reset.
Used by ``28-recommendation``.
"""

from functools import cache

import numpy as np
import torch
from _recommendation import (
    carried,
    log_probabilities,
    report,
    reset,
    shop,
    train,
)

GRID = [
    {"training": training, "test": test}
    for training in ("cleared", "never cleared")
    for test in ("empty", "carried over")
]
SEEDS = range(100, 103)
TOLERANCE = dict.fromkeys(("recall", "mrr", "hit"), 0.01) | {"reset": 0.0}
TOLERANCE |= {f"seen_{k}": 0.03 for k in ("1", "2", "3_4", "5_8", "9_19", "20_up")}
TOLERANCE |= {"old_state": 1.5}


@cache
def network(training, seed):
    (first, _, _), items = shop()
    return train(first, items, seed, how={"cleared": training == "cleared"})


def run(setting, seed):
    (_, _, test), _ = shop()
    model = network(setting["training"], seed)
    empty = setting["test"] == "empty"
    numbers = report((log_probabilities if empty else carried)(model, test), test)
    before, now = (torch.tensor(test[k])[None] for k in (0, 1))
    with torch.inference_mode():
        h = model(before)[1]
        fresh = model(now[:, :1])[0]
        old = model(now[:, :1], h)[0]
        new = model(now[:, :1], reset(h, np.array([True])))[0]
    return numbers | {
        "old_state": float((old - fresh).abs().max()),
        "reset": float((new - fresh).abs().max()),
    }
