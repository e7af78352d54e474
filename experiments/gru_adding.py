"""How many updates does a GRU need on the adding problem, and how many an LSTM?

Both with 32 units, each at the learning rate and the start of the gate that keeps that
its own validation runs chose (``gru_adding_tuning``), over 25, 50 and 100 steps.
Counted are the updates until the mean of the last 25 losses is 0.01; 2,000 stands for
a run that had not come there.

Used by ``12-gru`` and ``41-claims-tested``.
"""

from _gru import CELLS, adding_updates

CHOSEN = {"LSTM": {"lr": 0.08, "bias": 1}, "GRU": {"lr": 0.08, "bias": 0}}
GRID = [
    {"cell": cell, "length": length, **chosen}
    for cell, chosen in CHOSEN.items()
    for length in (25, 50, 100)
]
SEEDS = range(10)
# A training is chaotic: another processor is as good as another seed.
TOLERANCE = {"updates": 300}


def run(setting, seed):
    kind, length = CELLS[setting["cell"]], setting["length"]
    lr, bias = setting["lr"], setting["bias"]
    return {"updates": adding_updates(kind, length, lr, bias, 2000, seed)}
