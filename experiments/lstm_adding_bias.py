"""Does the LSTM owe its lead at the adding problem to its forget bias of one?

The same training as in ``lstm_adding``, 40 steps and 32 units, with the forget gate's
bias at 0 at the start, as every bias of the network with shared gates is. 900 updates;
the number is the first update at which the mean of the last 50 losses lies below 0.01
(900 if none).

Used by ``11-lstm`` and ``41-claims-tested``.
"""

import numpy as np
from _lstm import learned, train

from rnnbook.data import adding_task
from rnnbook.layers import LSTM

UPDATES = 900
GRID = [{"bias": 0}]
SEEDS = range(5)
# When a run begins to learn is chaotic: another order of summation is another seed.
TOLERANCE = {"learned": 400}


def run(setting, seed):
    rng = np.random.default_rng(seed)
    layer = LSTM(2, 32, rng=rng)
    layer.params["b_h"][32:64] = setting["bias"]
    losses = train(layer, adding_task, 40, UPDATES, 0.02, rng)
    return {"learned": learned(losses, UPDATES)}
