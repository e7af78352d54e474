"""Does a bias that keeps carry a sign over a hundred steps, in an LSTM and in a GRU?

The task, the networks and the training of ``gru_recall``, at a distance where 250
updates are hardly enough: whether an LSTM gets there may be decided by its last digits.

Used by ``12-gru`` and ``41-claims-tested``.
"""

from _gru import CELLS, recall

GRID = [
    {"length": 100, "cell": cell, "bias": bias}
    for cell in ("LSTM", "GRU")
    for bias in (0, 1, 3)
]
SEEDS = range(10)
# Another processor may make a run learn that did not, or the other way round.
TOLERANCE = {"error": 1.05}


def run(setting, seed):
    kind = CELLS[setting["cell"]]
    return {"error": recall(kind, setting["bias"], setting["length"], seed)}
