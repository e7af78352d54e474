"""Which layer does best at its own rate, on two more seeds?

The settings of ``beyond_rates``, each layer at the rate that did best on the validation
part there; a test of the chapter holds the two together.

Used by ``35-beyond``.
"""

from _beyond import contest, fresh, weights, width

UPDATES = {"parity": 300, "echo": 200, "letters": 200}
BEST = {}
GRID = [
    # so that a test can make one again in a moment
    {"task": "echo", "kind": "linear SSM", "lr": 0.01, "updates": 20},
    *(
        {"task": task, "kind": kind, "lr": lr, "updates": UPDATES[task]}
        for (task, kind), lr in BEST.items()
    ),
]
SEEDS = (1, 2)
TOLERANCE = {"valid": 0.15, "test": 0.15, "longer": 0.3, "width": 0, "weights": 0}


def run(setting, seed):
    kind, task = setting["kind"], setting["task"]
    found = contest(kind, task, setting["lr"], seed, setting["updates"])
    size = {"width": width(kind), "weights": weights(fresh(kind, task, seed))}
    return found | size
