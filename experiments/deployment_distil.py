"""Which learning rate suits the large network of the chapter, and which the small one?

An LSTM of 128 units after 600 updates, which the chapter trains, and after 2,400; one
of 32 units that learns from letters alone, 1,200 updates. Each rival of
``deployment_table`` is trained at rates around the best of these. (A ``tau`` above zero
would be the temperature of a teacher.)

Used by ``34-deployment``.
"""

import torch
from _deployment import SMALL, bits, fresh, large, learn

GRID = [
    {"net": "small", "tau": 0, "lr": 0.03, "updates": 60},  # cheap: a test repeats it
    {"net": "large", "tau": 0, "lr": 0.03, "updates": 600},
    *(
        {"net": "large", "tau": 0, "lr": lr, "updates": 2400}
        for lr in (0.01, 0.03, 0.1)
    ),
    *(
        {"net": "small", "tau": tau, "lr": lr, "updates": 1200}
        for tau in (0,)
        for lr in (0.03, 0.1, 0.3)
    ),
]
SEEDS = range(3)
TOLERANCE = {"valid": 0.08, "test": 0.08}
TEACHER = 0.03  # the rate of the large network: the best of the three, by this file


def run(setting, seed):
    torch.set_num_threads(1)
    tau, lr, updates = setting["tau"], setting["lr"], setting["updates"]
    if setting["net"] == "large":
        net = large(lr, seed, updates)
    else:
        teacher = large(TEACHER, seed, 2400) if tau else None
        net = learn(fresh(SMALL, 100 + seed), lr, 2000 + seed, updates, teacher, tau)
    return {part: bits(net, part) for part in ("valid", "test")}
