"""What does the seed alone change, when every trial has the same settings?

Sixty seeds of one setting: the null under which the best of N trials
is luck and nothing else. Used by ``32-tuning`` and ``41-claims-tested``.
"""

from _tuning import judged

GRID = [{"rate": 1e-2, "units": 16, "months": 12, "batch": 32, "cell": "GRU"}]
SEEDS = range(60)
TOLERANCE = {f"at_{k}": 0.02 for k in (25, 50, 100, 200)} | {"test": 0.02}


def run(setting, seed):
    return judged(setting, seed)
