"""Does an LSTM recall a sign over a hundred steps, and with which forget-gate bias?

The task, the network and the training of ``lstm_recall``, at a distance where 250
updates are hardly enough: whether a run gets there is decided by its last digits.

Used by ``11-lstm``.
"""

from _lstm import recall_loss

GRID = [{"length": 100, "bias": bias} for bias in (0, 1, 3)]
SEEDS = range(10)
# Another processor may make a run learn that did not, or the other way round.
TOLERANCE = {"loss": 1.05}


def run(setting, seed):
    return {"loss": recall_loss(setting["length"], setting["bias"], seed)}
