"""Windows and chronological splits: every value in its place, and no leak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.data import chronological_split, windows, windows_by_target


def test_windows_of_a_series():
    x, y = windows(np.arange(6), 3)
    assert x.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert y.tolist() == [[3], [4], [5]]


def test_windows_with_horizon_and_features():
    series = np.arange(14, dtype=np.float32).reshape(7, 2)
    x, y = windows(series, 3, horizon=2)
    assert x.shape == (3, 3, 2) and y.shape == (3, 2, 2) and x.dtype == np.float32
    for m in range(3):
        np.testing.assert_array_equal(x[m], series[m : m + 3])
        np.testing.assert_array_equal(y[m], series[m + 3 : m + 5])


def test_one_window_if_the_series_just_suffices():
    x, y = windows([1, 2, 3, 4], 3)
    assert x.tolist() == [[1, 2, 3]] and y.tolist() == [[4]]


def test_windows_are_copies():
    series = np.arange(8.0)
    x, y = windows(series, 3, 2)
    x[:] = -1
    assert y[0].tolist() == [3, 4] and series.tolist() == list(range(8))
    y[0] = -2
    assert y[1].tolist() == [4, 5] and series.tolist() == list(range(8))
    x[0] = -3
    assert (x[1] == -1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2, 3], 3), r"series: expected at least length \+ horizon = 4.*got 3"),
        (([1, 2, 3, 4], 2, 3), r"series: expected at least length \+ horizon = 5"),
        (([], 1), "series: expected at least"),
        (([1, 2, 3], 0), "length: expected an integer of at least 1, got 0"),
        (([1, 2, 3], -1), "length: expected an integer of at least 1, got -1"),
        (([1, 2, 3], 1.5), "length: expected an integer of at least 1, got 1.5"),
        (([1, 2, 3], True), "length: expected an integer of at least 1, got True"),
        (([1, 2, 3], 1, 0), "horizon: expected an integer of at least 1, got 0"),
        (
            ([1, np.nan, 3], 1),
            r"series: expected finite values, got nan at index \(1,\)",
        ),
        (([[1, 2], [3, np.inf]], 1), r"series: .* got inf at index \(1, 1\)"),
        ((np.zeros((2, 3, 4)), 1), r"series: expected shape .* got shape \(2, 3, 4\)"),
        ((3.0, 1), r"series: expected shape .* got shape \(\)"),
        ((["1", "2"], 1), "series: expected numbers, got dtype <U1"),
        (([1, None, 3], 1), "series: expected numbers, got dtype object"),
    ],
)
def test_bad_windows_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        windows(*arguments)


def test_split_by_fractions():
    assert chronological_split(100) == (slice(0, 70), slice(70, 85), slice(85, 100))
    assert chronological_split(10, (0.8, 0.2)) == (slice(0, 8), slice(8, 10))
    assert chronological_split(np.zeros((10, 3)), (0.8, 0.2))[0] == slice(0, 8)


def test_split_by_sizes():
    assert chronological_split(10, sizes=(7, 1, 2)) == (
        slice(0, 7),
        slice(7, 8),
        slice(8, 10),
    )


@settings(deadline=None)  # a busy machine is no mistake
@given(
    n=st.integers(100, 5000),
    weights=st.lists(st.integers(1, 10), min_size=1, max_size=5),
)
def test_the_parts_cover_the_series_once(n, weights):
    shares = np.array(weights) / sum(weights)
    parts = chronological_split(n, shares)
    covered = np.concatenate([np.arange(n)[part] for part in parts])
    np.testing.assert_array_equal(covered, np.arange(n))
    sizes = [part.stop - part.start for part in parts]
    assert np.abs(sizes - shares * n).max() <= 1


@pytest.mark.parametrize(
    ("n", "keywords", "message"),
    [
        (10, {"fractions": (0.7, 0.2)}, "fractions: .* sum 1, got"),
        (10, {"fractions": (1.2, -0.2)}, "fractions: expected positive shares"),
        (10, {"fractions": ()}, "fractions: expected positive shares"),
        (10, {"fractions": (np.nan, 0.5)}, "fractions: expected positive shares"),
        (10, {"sizes": (5, 4)}, "sizes: expected a sum of n = 10, got"),
        (10, {"sizes": (10, 0)}, "sizes: expected an integer of at least 1, got 0"),
        (10, {"sizes": (2.5, 7.5)}, "sizes: expected an integer"),
        (2, {}, "n: expected values for every part, got n = 2"),
        (0, {}, "n: expected an integer of at least 1, got 0"),
        ([], {}, "n: expected an integer of at least 1, got 0"),
        (10.0, {}, "n: expected an integer of at least 1, got 10.0"),
    ],
)
def test_bad_splits_are_refused(n, keywords, message):
    with pytest.raises(ValueError, match=message):
        chronological_split(n, **keywords)


def test_windows_made_after_the_split_do_not_straddle_it():
    series = np.arange(100)
    for part in chronological_split(series):
        x, y = windows(series[part], 5, 2)
        assert min(x.min(), y.min()) == part.start
        assert max(x.max(), y.max()) == part.stop - 1


sizes_for_targets = {
    "n": st.integers(40, 120),
    "length": st.integers(1, 12),
    "horizon": st.integers(1, 4),
}


@settings(deadline=None)
@given(**sizes_for_targets)
def test_targets_lie_in_their_part_and_nothing_leaks(n, length, horizon):
    series = np.arange(n)  # the value is the index, so that a leak can be read off
    split = chronological_split(n, (0.5, 0.25, 0.25))
    parts = windows_by_target(series, length, split, horizon)
    for part, (x, y, t) in zip(split, parts, strict=True):
        assert x.shape == (len(t), length) and y.shape == (len(t), horizon)
        assert y.min() >= part.start and y.max() == part.stop - 1
        np.testing.assert_array_equal(y, t[:, None] + np.arange(horizon))
        np.testing.assert_array_equal(x, t[:, None] - length + np.arange(length))
    train, val, test = (set(part.y.ravel().tolist()) for part in parts)
    assert not train & val and not train & test and not val & test
    # The training part sees nothing of what comes after it, inputs included.
    assert max(parts[0].x.max(), parts[0].y.max()) == split[0].stop - 1


def test_a_test_part_keeps_its_first_targets():
    series, split = np.arange(20.0), (slice(0, 15), slice(15, 20))
    train, test = windows_by_target(series, 4, split)
    assert train.t.tolist() == list(range(4, 15))
    assert test.t.tolist() == [15, 16, 17, 18, 19]
    assert test.x[0].tolist() == [11, 12, 13, 14] and test.y[0].tolist() == [15]
    assert len(windows(series[split[1]], 4)[0]) == 1  # without history: one of five


def test_a_part_shorter_than_the_window_is_fine_with_history():
    (_, test) = windows_by_target(np.arange(20), 10, [slice(0, 18), slice(18, 20)])
    assert test.t.tolist() == [18, 19]


def test_walk_forward_blocks_with_features():
    series = np.random.default_rng(0).normal(size=(30, 2))
    train, block = windows_by_target(series, 4, [slice(0, 20), slice(20, 25)])
    assert train.x.shape == (16, 4, 2) and block.y.shape == (5, 1, 2)
    np.testing.assert_array_equal(block.y[:, 0], series[block.t])
    np.testing.assert_array_equal(block.x[:, -1], series[block.t - 1])


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ([slice(0, 10), slice(9, 20)], "split: expected parts in the order of time"),
        ([slice(10, 20), slice(0, 10)], "split: expected parts in the order of time"),
        ([slice(0, 10), slice(10, 21)], "split: .* up to 20"),
        ([slice(0, 10), slice(10, 10)], "split: expected parts .* not empty"),
        ([slice(0, 10, 2)], "split: expected slices without a step"),
        ([slice(None, 10)], "split: expected an integer of at least 0, got None"),
        ([slice(0, -5)], "split: expected an integer of at least 1, got -5"),
        ([10, 10], "split: expected slices without a step, got 10"),
        ([slice(0, 3), slice(3, 20)], r"split: expected room .* slice\(0, 3, None\)"),
    ],
)
def test_bad_parts_are_refused(split, message):
    with pytest.raises(ValueError, match=message):
        windows_by_target(np.arange(20), 3, split)


def test_a_split_may_be_a_generator():
    series, split = np.arange(20), [slice(0, 15), slice(15, 20)]
    parts = windows_by_target(series, 4, (part for part in split))
    for part, wanted in zip(parts, windows_by_target(series, 4, split), strict=True):
        np.testing.assert_array_equal(part.t, wanted.t)
    shares = chronological_split(20, (share for share in (0.75, 0.25)))
    assert shares == tuple(split)


@pytest.mark.parametrize("split", [[], iter([]), slice(0, 20), 5])
def test_a_split_without_parts_is_refused(split):
    with pytest.raises(ValueError, match="split: expected"):
        windows_by_target(np.arange(20), 4, split)


def test_too_short_a_series_is_said():
    with pytest.raises(ValueError, match="series of 24 values: 17 where 21 are needed"):
        windows_by_target(np.arange(24.0), 20, chronological_split(24))


def test_masked_values_are_refused():
    series = np.ma.masked_array(np.arange(9.0), mask=[0] * 8 + [1])
    with pytest.raises(ValueError, match="series: expected no masked values, got 1"):
        windows(series, 3)
    assert len(windows(np.ma.masked_array(np.arange(9.0)), 3)[0]) == 6


def test_bad_series_by_target_is_refused():
    split = slice(0, 3), slice(3, 6)
    with pytest.raises(ValueError, match=r"series: .* got nan at index \(5,\)"):
        windows_by_target([0, 1, 2, 3, 4, np.nan], 2, split)
    with pytest.raises(ValueError, match="length: expected an integer"):
        windows_by_target([0, 1, 2, 3, 4, 5], 0, split)
