"""Records of many networks side by side as a long table; needs no framework."""

import pandas as pd


def long(runs, number="test", choose="valid"):
    """One row a network: from columns ``"test, no f"`` to the columns of a rival."""
    names = [c.split(", ", 1)[1] for c in runs if c.startswith(f"{number}, ")]
    rows = [
        runs[[k for k in runs if ", " not in k]].assign(
            variant=name,
            **{k: runs[f"{k}, {name}"] for k in {number, choose}},
        )
        for name in names
    ]
    return pd.concat(rows, ignore_index=True)
