"""The edit distance, against all ways to edit short rows."""

from functools import cache

import numpy as np
import pytest

from rnnbook.edits import edits, error_rate


@cache
def by_trying(a: tuple, b: tuple) -> int:
    if not a or not b:
        return len(a) + len(b)
    return min(
        by_trying(a[1:], b) + 1,
        by_trying(a, b[1:]) + 1,
        by_trying(a[1:], b[1:]) + (a[0] != b[0]),
    )


@pytest.mark.parametrize("seed", range(40))
def test_edits_are_the_fewest_of_all_ways(seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(3, size=rng.integers(0, 7)).tolist() for _ in range(2))
    assert edits(a, b) == edits(b, a) == by_trying(tuple(a), tuple(b))
    assert edits(np.array(a), np.array(b)) == edits(a, b)


def test_words_and_an_empty_row():
    assert edits("kitten", "sitting") == 3
    assert edits([], [1, 2]) == 2 and edits([], []) == 0


def test_the_rate_is_per_symbol_that_is_wanted_and_may_be_above_one():
    assert error_rate([[1, 2], [3]], [[1], [3, 4]]) == 2 / 3
    assert error_rate([[1, 2, 3]], [[4]]) == 3


def test_wrong_rows_are_refused():
    with pytest.raises(ValueError, match="found: expected 2 rows, got 1"):
        error_rate([[1]], [[1], [2]])
    with pytest.raises(ValueError, match="wanted: expected at least one symbol"):
        error_rate([[1]], [[]])
