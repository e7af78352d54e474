"""Scores that the course uses beside those of :mod:`sklearn.metrics`."""

import math
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike


def _not_negative(name: str, value: float) -> float:
    if not value >= 0:
        raise ValueError(f"{name}: expected a number of at least 0, got {value}")
    return float(value)


def bits_per_character(nats: float) -> float:
    """Mean cross-entropy in nats per character, in bits per character."""
    return _not_negative("nats", nats) / math.log(2)


def perplexity(nats: float) -> float:
    """Perplexity of a mean cross-entropy given in nats per symbol.

    Infinite where it is larger than any float, from 710 nats on.
    """
    try:
        return math.exp(_not_negative("nats", nats))
    except OverflowError:
        return math.inf


def _series(name: str, values: ArrayLike) -> np.ndarray:
    values = list(values) if isinstance(values, Iterator) else values
    try:
        a = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name}: expected finite numbers, got {type(values).__name__}"
        ) from None
    if a.size == 0 or not np.isfinite(a).all():
        few = " ".join(np.array2string(a, threshold=8).split())
        raise ValueError(f"{name}: expected finite numbers, got shape {a.shape}: {few}")
    return a


def mase(
    y_true: ArrayLike, y_pred: ArrayLike, y_train: ArrayLike, season: int = 1
) -> float:
    """Mean absolute scaled error.

    Parameters
    ----------
    y_true, y_pred : array_like of one shape
        What came and what was forecast.
    y_train : (N,) array_like
        The training series, in order. Its error under "as one season ago" is the
        unit, so that scores of different series can be compared.
    season : int
        1 for the last value, 12 for monthly data with a yearly cycle.

    Returns
    -------
    float
        Below 1: better than that forecast was within the training series.

    Raises
    ------
    ValueError
        On shapes that differ, NaN, a season that does not fit, a constant ``y_train``.

    Notes
    -----
    Hyndman and Koehler (2006), with the in-sample scale.
    """
    y_true, y_pred = _series("y_true", y_true), _series("y_pred", y_pred)
    y_train = _series("y_train", y_train)
    if y_pred.shape != y_true.shape:
        raise ValueError(f"y_pred: expected shape {y_true.shape}, got {y_pred.shape}")
    if y_train.ndim != 1 or not 1 <= season < len(y_train):
        raise ValueError(
            f"season: expected 1 .. len(y_train) - 1 of a series (N,), "
            f"got {season} for shape {y_train.shape}"
        )
    scale = np.abs(y_train[season:] - y_train[:-season]).mean()
    if scale == 0:
        raise ValueError("y_train: expected a series that changes, got a constant one")
    return float(np.abs(y_true - y_pred).mean() / scale)


def skill(error: float, baseline_error: float) -> float:
    """Share of the baseline's error that is gone: 1 perfect, 0 no gain, < 0 worse."""
    if not baseline_error > 0:
        raise ValueError(
            f"baseline_error: expected a positive number, got {baseline_error}"
        )
    return 1 - _not_negative("error", error) / baseline_error


def mean_and_spread(values: Iterable[float]) -> tuple[float, float]:
    """Mean and sample standard deviation (n - 1) of one score over several seeds."""
    a = _series("values", values)
    if a.ndim != 1 or len(a) < 2:
        raise ValueError(f"values: expected at least 2 runs, got shape {a.shape}")
    return float(a.mean()), float(a.std(ddof=1))


def best_time(function: Callable[[], object], runs: int = 10) -> float:
    """Shortest time of a call in milliseconds, after one to warm up."""
    if runs < 1:
        raise ValueError(f"runs: expected at least 1, got {runs}")
    function()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)
