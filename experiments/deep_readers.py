"""What does each reader of a text without vowels need on text that nobody chose by?

The readers of ``deep_rates``, each at the rate that was best there on the validation
part, 400 updates, five other seeds, judged on the test part.

Used by ``15-deep-and-both-ways`` and ``41-claims-tested``.
"""

from _deep import bits, trained

LR = {
    "no waiting": 0.025,
    "waits 2": 0.025,
    "waits 4": 0.025,
    "waits 2, columns": 0.025,
    "waits 2, two layers": 0.025,
    "waits 2, four layers": 0.025,
    "waits 2, four layers, residual": 0.025,
    "both ways": 0.025,
    "both ways, columns": 0.06,
    "both ways, two layers": 0.025,
}
GRID = [
    # so that a test can make one again in a moment
    {"reader": "no waiting", "updates": 50},
    *({"reader": r, "updates": 400} for r in LR),
]
SEEDS = range(5)
TOLERANCE = {"bits": 0.1, "parameters": 0}


def run(setting, seed):
    name, updates = setting["reader"], setting["updates"]
    body, head, wait = trained(name, LR[name], seed, updates)
    size = sum(p.size for one in (body, head) for p in one.params.values())
    return {"bits": bits(body, head, wait, "test"), "parameters": size}
