"""Does the order of the readers last when they learn for longer, and does dropout pay?

Some readers of ``deep_readers`` at the same rates, with three times as many updates:
one layer and two, one direction that waits and both; and both directions in two layers
with dropout on the way from the first to the second.

Used by ``15-deep-and-both-ways``.
"""

from _deep import bits, trained

LR = {
    "waits 2": 0.025,
    "waits 2, two layers": 0.025,
    "both ways": 0.025,
    "both ways, two layers": 0.025,
}
GRID = [
    # so that a test can make one again in a moment
    {"reader": "waits 2", "dropout": 0.0, "updates": 50},
    *(
        {"reader": r, "dropout": dropout, "updates": 1200}
        for r, dropout in (
            ("waits 2", 0.0),
            ("waits 2, two layers", 0.0),
            ("both ways", 0.0),
            ("both ways, two layers", 0.0),
            ("both ways, two layers", 0.2),
        )
    ),
]
SEEDS = range(3)
TOLERANCE = {"bits": 0.1, "train_bits": 0.1}


def run(setting, seed):
    name, dropout, updates = (setting[k] for k in ("reader", "dropout", "updates"))
    reader = trained(name, LR[name], seed, updates, dropout)
    return {"bits": bits(*reader, "test"), "train_bits": bits(*reader, "train")}
