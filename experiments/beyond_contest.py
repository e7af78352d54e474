"""Which layer does best at its own rate, on two more seeds?

The settings of ``beyond_rates``, each layer at the rate that did best on the validation
part there; a test of the chapter holds the two together.

Used by ``35-beyond``.
"""

from _beyond import contest, fresh, weights, width

UPDATES = {"parity": 300, "echo": 200, "letters": 200}
BEST = {
    ("parity", "GRU"): 0.01,
    ("parity", "LSTM"): 0.01,
    ("parity", "RNN"): 0.01,
    ("parity", "minGRU"): 0.01,
    ("parity", "signed minGRU"): 0.01,
    ("parity", "minLSTM"): 0.01,
    ("parity", "linear SSM"): 0.01,
    ("parity", "selective SSM"): 0.003,
    ("parity", "mLSTM"): 0.01,
    ("parity", "Transformer"): 0.003,
    ("parity", "TCN"): 0.01,
    ("echo", "GRU"): 0.01,
    ("echo", "LSTM"): 0.03,
    ("echo", "RNN"): 0.003,
    ("echo", "minGRU"): 0.03,
    ("echo", "signed minGRU"): 0.03,
    ("echo", "minLSTM"): 0.01,
    ("echo", "linear SSM"): 0.01,
    ("echo", "selective SSM"): 0.01,
    ("echo", "mLSTM"): 0.003,
    ("echo", "Transformer"): 0.01,
    ("echo", "TCN"): 0.01,
    ("letters", "GRU"): 0.03,
    ("letters", "LSTM"): 0.03,
    ("letters", "RNN"): 0.03,
    ("letters", "minGRU"): 0.03,
    ("letters", "signed minGRU"): 0.03,
    ("letters", "minLSTM"): 0.03,
    ("letters", "linear SSM"): 0.03,
    ("letters", "selective SSM"): 0.03,
    ("letters", "mLSTM"): 0.03,
    ("letters", "Transformer"): 0.03,
    ("letters", "TCN"): 0.03,
}
GRID = [
    # so that a test can make one again in a moment
    {"task": "echo", "kind": "linear SSM", "lr": 0.01, "updates": 20},
    *(
        {"task": task, "kind": kind, "lr": lr, "updates": UPDATES[task]}
        for (task, kind), lr in BEST.items()
    ),
]
SEEDS = (1,)
TOLERANCE = {"valid": 0.15, "test": 0.15, "longer": 0.3, "width": 0, "weights": 0}


def run(setting, seed):
    kind, task = setting["kind"], setting["task"]
    found = contest(kind, task, setting["lr"], seed, setting["updates"])
    size = {"width": width(kind), "weights": weights(fresh(kind, task, seed))}
    return found | size
