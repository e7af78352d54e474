"""What does it cost to forget the reset where one session ends and another begins?

The state is cleared at each border in training, or never; or nothing was trained.
Recall@10 on the test part, of all clicks and by clicks seen so far: ``empty_...`` where
each session begins with an empty state, ``left_...`` with what the session before has
left. ``old_state`` and ``reset`` are no scores: the largest difference that the state
of another session makes in the scores after the first click, without and with the
reset. Used by ``28-recommendation``.
"""

from functools import partial

import numpy as np
import torch
from _recommendation import (
    RATES,
    carried,
    log_probabilities,
    one_pass,
    report,
    reset,
    shop,
    train,
)

GRID = [{"training": kind} for kind in ("cleared", "never cleared", "none")]
SEEDS = range(100, 103)
SHOWN = ("recall", "mrr", "seen_1", "seen_2", "seen_9_19")
TOLERANCE = {
    f"{how}_{k}": 0.03 if "seen" in k else 0.01
    for how in ("empty", "left")
    for k in SHOWN
}
TOLERANCE |= {"old_state": 1.5, "reset": 0.0}


def run(setting, seed):
    (first, _, test), items = shop()
    kind = setting["training"]
    rates = () if kind == "none" else RATES
    model = train(
        first, items, seed, rates, pass_=partial(one_pass, cleared=kind == "cleared")
    )
    empty = report(log_probabilities(model, test), test)
    left = report(carried(model, test), test)
    before, now = (torch.tensor(test[k])[None] for k in (0, 1))
    with torch.inference_mode():
        h = model(before)[1]
        fresh = model(now[:, :1])[0]
        old = model(now[:, :1], h)[0]
        new = model(now[:, :1], reset(h, np.array([True])))[0]
    return {
        **{f"empty_{k}": empty[k] for k in SHOWN},
        **{f"left_{k}": left[k] for k in SHOWN},
        "old_state": float((old - fresh).abs().max()),
        "reset": float((new - fresh).abs().max()),
    }
