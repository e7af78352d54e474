"""Windows over a series, and splits in the order of time."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnnbook.data._arguments import integer


class TargetWindows(NamedTuple):
    """Windows of one part of a split.

    Attributes
    ----------
    x : (M, L) or (M, L, F) ndarray, the inputs
    y : (M, K) or (M, K, F) ndarray, the targets, K = horizon
    t : (M,) ndarray of int64
        The index in the series of the first target of each window, so that
        ``dates[t]`` are the dates of ``y[:, 0]`` and ``series[t - 1]`` is the last
        value before it.
    """

    x: np.ndarray
    y: np.ndarray
    t: np.ndarray


def windows(series, length: int, horizon: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Cut a series into all windows of ``length`` values and what follows each.

    Parameters
    ----------
    series : (N,) or (N, F) array of numbers
    length : int, L, the number of values in an input
    horizon : int, K, the number of values to predict

    Returns
    -------
    x : (M, L) or (M, L, F) ndarray, with M = N - L - K + 1
        ``x[m]`` is ``series[m : m + L]``.
    y : (M, K) or (M, K, F) ndarray
        ``y[m]`` is ``series[m + L : m + L + K]``. Both are copies: writing into one
        changes neither the other nor the series.

    Raises
    ------
    ValueError
        If the series has another rank, is not numeric or has NaN or infinite values,
        if a size is not a positive integer, or if the series is shorter than L + K.

    Notes
    -----
    Neighbouring windows share L - 1 values, so windows must not be split at random,
    nor cut before the series is split: cut each part of a
    :func:`chronological_split`, or use :func:`windows_by_target`.
    """
    series = _finite("series", series)
    length, horizon = integer("length", length), integer("horizon", horizon)
    if len(series) < length + horizon:
        raise ValueError(
            f"series: expected at least length + horizon = {length + horizon} values, "
            f"got {len(series)}"
        )
    view = sliding_window_view(series, length + horizon, axis=0)
    view = np.moveaxis(view, -1, 1)  # (M, L + K) or (M, L + K, F)
    return view[:, :length].copy(), view[:, length:].copy()


def chronological_split(n, fractions=(0.7, 0.15, 0.15), *, sizes=None):
    """Split a series into consecutive parts, the oldest first.

    Parameters
    ----------
    n : int, or anything with a length
        The length of the series, or the series.
    fractions : sequence of float
        The share of each part; they sum to 1. The bounds are rounded.
    sizes : sequence of int, optional
        The size of each part in place of its share; they sum to ``n``.

    Returns
    -------
    tuple of slice
        One for each part, without gap or overlap: ``train, val, test = (series[s]
        for s in chronological_split(series))``. Windows cut from such a part cannot
        straddle a boundary.

    Raises
    ------
    ValueError
        If the shares do not sum to 1, the sizes not to ``n``, or a part is empty.
    """
    n = integer("n", len(n) if hasattr(n, "__len__") else n)
    if sizes is not None:
        sizes = [integer("sizes", size) for size in sizes]
        if sum(sizes) != n:
            raise ValueError(f"sizes: expected a sum of n = {n}, got {sizes}")
        bounds = [0, *np.cumsum(sizes).tolist()]
    else:
        fractions = list(np.ravel(fractions) if np.isscalar(fractions) else fractions)
        shares = np.asarray(fractions, dtype=np.float64)
        if (
            shares.ndim != 1
            or not (shares > 0).all()
            or not np.isclose(shares.sum(), 1)
        ):
            raise ValueError(
                f"fractions: expected positive shares with the sum 1, got {fractions}"
            )
        bounds = [0, *np.rint(np.cumsum(shares) * n).astype(int).tolist()]
    parts = tuple(slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True))
    if any(part.start == part.stop for part in parts):
        raise ValueError(f"n: expected values for every part, got n = {n}: {parts}")
    return parts


def windows_by_target(
    series, length: int, split, horizon: int = 1
) -> tuple[TargetWindows, ...]:
    """For each part of a split, the windows whose targets lie in that part.

    The inputs of a validation or test window may reach back into the part before: on
    the day of the forecast these values are known, so that is history and not a leak,
    and the test part loses no target at its beginning. No target is in two parts, and
    no input is later than the targets of its window.

    Parameters
    ----------
    series : (N,) or (N, F) array of numbers
    length : int, L
    split : iterable of slice
        Such as :func:`chronological_split` returns, or the training and the next
        block of a walk-forward validation, ``[slice(0, k), slice(k, k + 21)]``.
        In the order of time, without overlap, in the series.
    horizon : int, K
        All K targets of a window lie in its part.

    Returns
    -------
    tuple of TargetWindows
        ``x, y, t`` for each part.

    Raises
    ------
    ValueError
        As :func:`windows`; if there is no slice, they are not as said, or a part has
        no window.

    Notes
    -----
    What is fitted beforehand, a scaler for one, must see ``series[split[0]]`` only:
    no window can repair that leak.
    """
    series = _finite("series", series)
    length, horizon = integer("length", length), integer("horizon", horizon)
    split = _check_split(split, len(series))
    parts = []
    for part in split:
        start = max(part.start - length, 0)
        if part.stop - start < length + horizon:
            raise ValueError(
                f"split: expected room for a window of length {length} and horizon "
                f"{horizon} with its targets in each part, got {part} of a series of "
                f"{len(series)} values: {part.stop - start} where {length + horizon} "
                "are needed; take a longer series or a shorter window"
            )
        x, y = windows(series[start : part.stop], length, horizon)
        parts.append(TargetWindows(x, y, start + length + np.arange(len(x))))
    return tuple(parts)


def _check_split(split, n: int) -> list[slice]:
    """Return the parts as a list: a generator could be read only once."""
    if isinstance(split, slice) or not isinstance(split, Iterable):
        raise ValueError(f"split: expected a sequence of slices, got {split!r}")
    split, previous = list(split), 0
    if not split:
        raise ValueError("split: expected at least one slice, got none (used up?)")
    for part in split:
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise ValueError(f"split: expected slices without a step, got {part!r}")
        start = integer("split", part.start, minimum=0)
        stop = integer("split", part.stop)
        if not previous <= start < stop <= n:
            raise ValueError(
                f"split: expected parts in the order of time, not empty, without "
                f"overlap, up to {n}, got {split}"
            )
        previous = stop
    return split


def _finite(name: str, series) -> np.ndarray:
    """Return ``series`` as an array of rank 1 or 2 of finite numbers."""
    if np.ma.is_masked(series):
        raise ValueError(f"{name}: expected no masked values, got {series.mask.sum()}")
    series = np.asarray(series)
    if series.dtype.kind not in "iuf":
        raise ValueError(f"{name}: expected numbers, got dtype {series.dtype}")
    if series.ndim not in (1, 2):
        raise ValueError(
            f"{name}: expected shape (N,) or (N, F), got shape {series.shape}"
        )
    bad = np.argwhere(~np.isfinite(series))
    if len(bad):
        index = tuple(bad[0].tolist())
        raise ValueError(
            f"{name}: expected finite values, got {series[index]} at index {index}"
        )
    return series
