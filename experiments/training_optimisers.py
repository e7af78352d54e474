"""Which update rule learns fastest, each at its own best rate, without clipping?

An LSTM of 64 units reads the course's prose, 400 updates, five rules, four or five
rates each. The rate is chosen on the validation part, the test part judges. Two go on
for four times as many.

Used by ``31-training`` and ``41-claims-tested``.
"""

from _training import scores, trained

RATES = {
    "sgd": (1, 3, 10, 30),
    "momentum": (0.1, 0.3, 1, 3),
    "rmsprop": (0.001, 0.003, 0.01, 0.03),
    "adam": (0.003, 0.01, 0.03, 0.1),
    "adamw": (0.003, 0.01, 0.03, 0.1),
}
GRID = [
    # so that a test can make one again in a moment
    {"rule": "sgd", "lr": 1, "updates": 40},
    # the guess with which the page begins
    {"rule": "sgd", "lr": 0.1, "updates": 400},
    # four times as long: the guess, and the best
    {"rule": "sgd", "lr": 0.1, "updates": 1600},
    {"rule": "adam", "lr": 0.03, "updates": 1600},
    *({"rule": r, "lr": lr, "updates": 400} for r in RATES for lr in RATES[r]),
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.1, "test": 0.1}


def run(setting, seed):
    rule, lr, updates = (setting[k] for k in ("rule", "lr", "updates"))
    return scores(*trained(rule, lr, seed, updates)[:2])
