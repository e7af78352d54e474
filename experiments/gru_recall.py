"""What does a bias that keeps do for recall, in an LSTM and in a GRU?

The sign of the first input is asked for after 25 steps of noise. The forget bias of the
LSTM, or the bias of z in the GRU, starts at 0, 1 or 3. The number is the mean of the
last 25 of 250 losses; a network that always answers zero has a loss of one.

Used by ``12-gru`` and ``41-claims-tested``.
"""

from _gru import CELLS, recall

GRID = [
    {"length": 25, "cell": cell, "bias": bias}
    for cell in ("LSTM", "GRU")
    for bias in (0, 1, 3)
]
SEEDS = range(10)
# Nearly all of these runs have learned the task, or nothing.
TOLERANCE = {"error": 0.1}


def run(setting, seed):
    kind = CELLS[setting["cell"]]
    return {"error": recall(kind, setting["bias"], setting["length"], seed)}
