"""The contest of ``beyond_rates`` for the sLSTM, and for a control of its minGRUs.

Does the cell of xLSTM whose gates see the last state keep what the mLSTM loses? And is
it the *sign* that lets the signed minGRU count, or the slope and the start that a tanh
has? A minGRU with a factor of |tanh| has both, and no sign; it is asked for parity.
Same body, sizes, rates, seeds and updates.

Used by ``35-beyond``.
"""

import _beyond_more  # noqa: F401
from _beyond import contest

UPDATES = {"parity": 300, "echo": 200, "letters": 200}
TRIED = (
    ("parity", "|tanh| minGRU", (0.01, 0.003, 0.03)),
    ("parity", "sLSTM", (0.01, 0.003, 0.03)),
    ("echo", "sLSTM", (0.01, 0.003, 0.03)),
    ("letters", "sLSTM", (0.01, 0.03, 0.1)),
)
GRID = [
    # so that a test can make one again in a moment
    {"task": "parity", "kind": "|tanh| minGRU", "lr": 0.01, "updates": 10},
    *(
        {"task": task, "kind": kind, "lr": lr, "updates": UPDATES[task]}
        for task, kind, rates in TRIED
        for lr in rates
    ),
    # where the best rate was the last of the three
    {"task": "echo", "kind": "sLSTM", "lr": 0.1, "updates": 200},
]
SEEDS = range(3)
TOLERANCE = {"valid": 0.15, "test": 0.15, "longer": 0.3}


def run(setting, seed):
    return contest(
        setting["kind"], setting["task"], setting["lr"], seed, setting["updates"]
    )
