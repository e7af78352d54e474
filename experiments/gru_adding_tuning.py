"""Which learning rate and which bias suit an LSTM and a GRU on the adding problem?

The validation runs of ``gru_adding``: sequences of 50 steps, 32 units, the same four
rates and the same three biases of the gate that keeps (f or z) for both cells. Counted
are the updates until the mean of the last 25 losses is 0.01; a run that has not come
there after 1,000 is counted with 1,000. The seeds are not those of ``gru_adding``.

Used by ``12-gru``.
"""

from _gru import CELLS, adding_updates

GRID = [
    {"cell": cell, "lr": lr, "bias": bias}
    for cell in ("LSTM", "GRU")
    for lr in (0.01, 0.02, 0.04, 0.08)
    for bias in (0, 1, 3)
]
SEEDS = range(100, 103)
# A training is chaotic: another processor is as good as another seed.
TOLERANCE = {"updates": 300}


def run(setting, seed):
    kind = CELLS[setting["cell"]]
    lr, bias = setting["lr"], setting["bias"]
    return {"updates": adding_updates(kind, 50, lr, bias, 1000, seed)}
