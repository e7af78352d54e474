"""How good is each of 192 settings of a small forecaster, after 25 to 200 updates?

Every combination of rate, units, months read, batch and cell, two seeds each. The
RMSE in degrees over three walk-forward folds, after each rung, and that of a network
trained anew on all that comes before the test part. Searches are replayed on this table
at no cost. Used by ``32-tuning`` and ``41-claims-tested``.
"""

from itertools import product

from _tuning import judged

GRID = [
    {"rate": rate, "units": units, "months": months, "batch": batch, "cell": cell}
    for rate, units, months, batch, cell in product(
        (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1),
        (4, 16),
        (6, 12, 24),
        (8, 32),
        ("RNN", "GRU"),
    )
]
SEEDS = range(2)
TOLERANCE = {f"at_{k}": 0.02 for k in (25, 50, 100, 200)} | {"test": 0.02}


def run(setting, seed):
    return judged(setting, seed)
