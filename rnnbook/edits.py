"""How far what was heard or read is from what was said: the edit distance."""

from collections.abc import Sequence

import numpy as np


def edits(a: Sequence, b: Sequence) -> int:
    """The fewest insertions, deletions and replacements that make b of a.

    Parameters
    ----------
    a, b : sequences of what can be compared, of any length

    Returns
    -------
    int

    Notes
    -----
    Wagner and Fischer, *The string-to-string correction problem*, 1974.
    """
    row = np.arange(len(b) + 1)
    for i, x in enumerate(a, 1):
        before, row = row, np.r_[i, np.zeros(len(b), int)]
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
    return int(row[-1])


def error_rate(found: Sequence[Sequence], wanted: Sequence[Sequence]) -> float:
    """Edits of all rows for each symbol that is wanted.

    Parameters
    ----------
    found, wanted : sequences of rows, one of each for each recording

    Returns
    -------
    float
        0 where everything is right; it may be above 1.

    Raises
    ------
    ValueError
        If the numbers of rows differ, or nothing is wanted.
    """
    if len(found) != len(wanted):
        raise ValueError(f"found: expected {len(wanted)} rows, got {len(found)}")
    if not (symbols := sum(map(len, wanted))):
        raise ValueError("wanted: expected at least one symbol, got none")
    return sum(map(edits, found, wanted)) / symbols
