"""What the rules of ``42-classic-experiments`` share; needs no framework.

A rule stands in its experiment, before it is run: its text (``RULE``) and a function of
the records (``verdict``). Both count as code of the experiment: who changes a rule
after the run has stale results.
"""

import math

WHOLE, IN_PART, NOT_HERE = "holds", "holds in part", "does not hold here"


def at_best(runs, by, over="lr", choose="valid"):
    """The runs of each rival at the rate that its validation part chose.

    Settings with fewer updates than the most, the cheap ones, are left out.
    """
    if "updates" in runs:
        runs = runs[runs.updates == runs.groupby(by).updates.transform("max")]
    means = runs.groupby([*by, over], sort=False)[choose].mean()
    best = means.groupby(by, sort=False).idxmin()
    rows = [tuple(r) in set(best) for r in runs[[*by, over]].itertuples(index=False)]
    return runs[rows].reset_index(drop=True)


def below(a, b):
    """Do the runs ``a`` lie below the runs ``b``, by more than two standard errors?"""
    error = 2 * math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return bool(b.mean() - a.mean() > error)
