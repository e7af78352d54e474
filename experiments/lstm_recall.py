"""How far does an LSTM learn to recall, from which forget-gate bias?

A sign, then noise, then the question for the sign: an LSTM of 16 cells, 250 updates,
the forget gate's bias at 0, 1 or 3 at the start and nothing else changed, over 10 to 50
steps. A network that answers zero whatever it saw has a loss of one.

Used by ``11-lstm`` and ``41-claims-tested``.
"""

from _lstm import recall_loss

GRID = [{"length": length, "bias": b} for length in (10, 25, 50) for b in (0, 1, 3)]
SEEDS = range(10)
# A training is chaotic; these runs have all learned the task, or nothing.
TOLERANCE = {"loss": 0.1}


def run(setting, seed):
    return {"loss": recall_loss(setting["length"], setting["bias"], seed)}
