"""How wide is each layer of the contest, if all models are to have the same size?

The width at which a model of two symbols has nearest to 25,000 weights, and how many
it has.

Used by ``35-beyond``.
"""

from _beyond import fresh, weights, width

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
GRID = [{"kind": kind} for kind in KINDS]
SEEDS = range(1)
TOLERANCE = {"width": 0, "weights": 0}


def run(setting, seed):
    kind = setting["kind"]
    return {"width": width(kind), "weights": weights(fresh(kind, "echo", seed))}
