"""Which layer does best at its own learning rate, on three tasks of the course?

Eleven ways to mix a sequence over time, in the same body, with 25,000 weights each:
say again what stood ten steps before, say whether the number of ones is odd, say the
next letter of Shakespeare. Three seeds; three rates, and more on the side where the
best of them was the last.

Used by ``35-beyond``.
"""

from _beyond import contest

KINDS = (
    "GRU",
    "LSTM",
    "RNN",
    "minGRU",
    "signed minGRU",
    "minLSTM",
    "linear SSM",
    "selective SSM",
    "mLSTM",
    "Transformer",
    "TCN",
)
UPDATES = {"parity": 300, "echo": 200, "letters": 200}
GRID = [
    # so that a test can make one again in a moment
    {"task": "echo", "kind": "linear SSM", "lr": 0.01, "updates": 20},
    *(
        {"task": task, "kind": kind, "lr": lr, "updates": updates}
        for task, updates in UPDATES.items()
        for kind in KINDS
        for lr in (0.01, 0.003, 0.03)
    ),
    # where the best rate was at the end of the three
    *(
        {"task": task, "kind": kind, "lr": lr, "updates": UPDATES[task]}
        for task, lr, kinds in (
            ("letters", 0.1, ("GRU", "LSTM", "RNN", "minGRU", "signed minGRU")),
            ("letters", 0.1, ("minLSTM", "Transformer", "TCN")),
            ("echo", 0.1, ("LSTM",)),
            ("echo", 0.001, ("RNN",)),
            ("letters", 0.1, ("linear SSM", "mLSTM")),
            ("parity", 0.1, ("TCN",)),
            ("echo", 0.1, ("minGRU", "signed minGRU")),
            ("parity", 0.001, ("Transformer", "selective SSM")),
            ("letters", 0.1, ("selective SSM",)),
            ("echo", 0.0003, ("RNN",)),
            ("parity", 0.3, ("TCN",)),
        )
        for kind in kinds
    ),
]
SEEDS = range(3)
TOLERANCE = {"valid": 0.15, "test": 0.15, "longer": 0.3}


def run(setting, seed):
    return contest(
        setting["kind"], setting["task"], setting["lr"], seed, setting["updates"]
    )
