"""Which rate suits which reader, and when does depth pay?

A text without its vowels is read by networks of about 24,000 parameters each: one
direction that answers at once or waits for letters, both directions, one layer or
more. 400 updates, three rates, judged on the validation part only.

Used by ``15-deep-and-both-ways`` and ``41-claims-tested``.
"""

from _deep import bits, trained

READERS = (
    "no waiting",
    "waits 2",
    "waits 4",
    "waits 2, columns",
    "waits 2, two layers",
    "waits 2, four layers",
    "waits 2, four layers, residual",
    "both ways",
    "both ways, columns",
    "both ways, two layers",
)
RATES = (0.01, 0.025, 0.06)
GRID = [
    # so that a test can make one again in a moment
    {"reader": "no waiting", "lr": 0.025, "updates": 50},
    *({"reader": r, "lr": lr, "updates": 400} for r in READERS for lr in RATES),
]
SEEDS = range(2)
TOLERANCE = {"bits": 0.1}


def run(setting, seed):
    name, lr, updates = (setting[k] for k in ("reader", "lr", "updates"))
    return {"bits": bits(*trained(name, lr, 100 + seed, updates), "valid")}
