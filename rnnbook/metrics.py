"""Scores that the course uses beside those of :mod:`sklearn.metrics`."""

import math
from collections.abc import Iterable, Iterator, ValuesView
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def _number(value: Any) -> float:
    """The value as a float; NaN if it is no number."""
    try:
        return math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return math.nan


def _not_negative(name: str, value: float) -> float:
    number = _number(value)
    if not number >= 0:
        raise ValueError(f"{name}: expected a number of at least 0, got {value}")
    return number


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 1


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
    values = list(values) if isinstance(values, Iterator | ValuesView) else values
    got = type(values).__name__
    try:
        a = np.asarray(values)
        if a.dtype.kind in "cmM" or np.ma.is_masked(values):
            got = f"{a.dtype} values" if a.dtype.kind in "cmM" else "masked ones"
            raise TypeError
        a = a.astype(np.float64)
    except RuntimeError:  # said by PyTorch
        raise ValueError(
            f"{name}: expected numbers without gradients, got {got}; call detach()"
        ) from None
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected finite numbers, got {got}") from None
    if a.size == 0 or not np.isfinite(a).all():
        few = " ".join(np.array2string(a, threshold=8).split())
        raise ValueError(f"{name}: expected finite numbers, got shape {a.shape}: {few}")
    return a


def _refuse_other_index(y_true: Any, y_pred: Any) -> None:
    """Two pandas series are compared by place, which is wrong for other places."""
    both = hasattr(y_true, "iloc") and hasattr(y_pred, "iloc")
    if both and not y_true.index.equals(y_pred.index):
        raise ValueError(
            "y_pred: expected the index of y_true, got another one; align them, or "
            "give .to_numpy() of both"
        )


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
        On shapes or pandas indices that differ, NaN, a season that does not fit, a
        constant ``y_train``.

    Notes
    -----
    Hyndman and Koehler (2006), with the in-sample scale.
    """
    _refuse_other_index(y_true, y_pred)
    y_true, y_pred = _series("y_true", y_true), _series("y_pred", y_pred)
    y_train = _series("y_train", y_train)
    if y_pred.shape != y_true.shape:
        raise ValueError(f"y_pred: expected shape {y_true.shape}, got {y_pred.shape}")
    fits = y_train.ndim == 1 and _is_count(season) and season < len(y_train)
    if not fits:
        raise ValueError(
            f"season: expected 1 .. len(y_train) - 1 of a series (N,), "
            f"got {season} for shape {y_train.shape}"
        )
    scale = np.abs(y_train[season:] - y_train[:-season]).mean()
    if scale <= 8 * np.finfo(float).eps * np.abs(y_train).max():  # but for rounding
        raise ValueError("y_train: expected a series that changes, got a constant one")
    return float(np.abs(y_true - y_pred).mean() / scale)


def skill(error: float, baseline_error: float) -> float:
    """Share of the baseline's error that is gone: 1 perfect, 0 no gain, < 0 worse."""
    baseline = _number(baseline_error)
    if not 0 < baseline < math.inf:
        raise ValueError(
            f"baseline_error: expected a positive number, got {baseline_error}"
        )
    number = _not_negative("error", error)
    if number == math.inf:
        raise ValueError(f"error: expected a finite number, got {error}")
    return 1 - number / baseline


def mean_and_spread(values: Iterable[float]) -> tuple[float, float]:
    """Mean and sample standard deviation (n - 1) of one score over several seeds."""
    a = _series("values", values)
    if a.ndim != 1 or len(a) < 2:
        raise ValueError(f"values: expected at least 2 runs, got shape {a.shape}")
    return float(a.mean()), float(a.std(ddof=1))
