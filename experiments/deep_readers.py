"""What does each reader of a text without vowels need on text that nobody chose by?

The readers of ``deep_rates``, each at the rate that was best there on the validation
part, 400 updates, five other seeds, judged on the test part.

Used by ``15-deep-and-both-ways``.
"""

from _deep import Reader, trained

LR = {}
GRID = [
    # so that a test can make one again in a moment
    {"reader": "no waiting", "updates": 50},
    *({"reader": r, "updates": 400} for r in LR),
]
SEEDS = range(5)
TOLERANCE = {"bits": 0.1, "parameters": 0}


def run(setting, seed):
    name, updates = setting["reader"], setting["updates"]
    reader = trained(name, LR[name], seed, updates)
    return {"bits": reader.bits("test"), "parameters": Reader(name, 0).size()}
