"""What looks wrong in a series, said by day; nothing is changed."""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

_SHOWN = 3
_SPLITS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100)
_NEAR_SPLIT = 0.08  # of the logarithm: a split day has a return of its own
_LARGE = np.log(1.4)
_OUTSIDE = 1e-4  # of the price; less is rounding


def about_prices(
    dates: np.ndarray,
    price: np.ndarray,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
    close: np.ndarray | None = None,
) -> list[str]:
    """One line for each kind of doubt.

    Parameters
    ----------
    dates : (N,) ndarray of datetime64[D], increasing
    price, low, high, close : (N,) ndarray of float64; the last three may have NaN
    """
    found = [
        jumps(dates, price),
        outside(dates, low, high, close),
        gaps(dates),
        weekends(dates),
        future(dates),
    ]
    return [line for line in found if line]


def jumps(dates: np.ndarray, price: np.ndarray) -> str:
    """Days on which the price changes by two fifths or more, and what it may be."""
    steps = np.diff(np.log(price))
    rows = np.flatnonzero(np.abs(steps) > _LARGE)
    lines = [
        f"{dates[k + 1]} ({price[k]:g} to {price[k + 1]:g}{_split(steps[k])})"
        for k in rows
    ]
    return _said("jump on", lines)


def _split(step: float) -> str:
    near = [k for k in _SPLITS if abs(abs(step) - np.log(k)) < _NEAR_SPLIT]
    if abs(abs(step) - np.log(1.5)) < _NEAR_SPLIT / 2:
        return f", like a split {'3:2' if step < 0 else '2:3'} that is not adjusted"
    if not near:
        return ""
    ratio = f"{near[0]}:1" if step < 0 else f"1:{near[0]}"
    return f", like a split {ratio} that is not adjusted"


def outside(
    dates: np.ndarray,
    low: np.ndarray | None,
    high: np.ndarray | None,
    close: np.ndarray | None,
) -> str:
    """Days whose close is not between low and high."""
    if low is None or high is None or close is None:
        return ""
    with np.errstate(invalid="ignore"):
        wrong = (close < low * (1 - _OUTSIDE)) | (close > high * (1 + _OUTSIDE))
        wrong |= low > high * (1 + _OUTSIDE)
    lines = [
        f"{dates[k]} ({close[k]:g}, low {low[k]:g}, high {high[k]:g})"
        for k in np.flatnonzero(wrong)
    ]
    return _said("close outside low and high on", lines)


def gaps(dates: np.ndarray) -> str:
    """Steps that are much longer than the usual one; for days, more than a week."""
    steps = np.diff(dates).astype("timedelta64[D]").astype(np.int64)
    if not len(steps):
        return ""
    usual = np.median(steps)
    rows = np.flatnonzero(steps > (7 if usual <= 4 else 2.5 * usual))
    rows = sorted(rows, key=lambda k: -steps[k])
    lines = [f"{dates[k]} to {dates[k + 1]} ({steps[k]} days)" for k in rows]
    return _said("gap from", lines)


def holes(dates: np.ndarray) -> str:
    """For a regular series: steps longer than the usual one."""
    steps = np.diff(dates.astype("datetime64[s]")).astype(np.int64)
    usual = np.median(steps) if len(steps) else 0
    if len(steps) < 3 or np.mean(np.abs(steps - usual) <= 0.11 * usual) < 0.9:
        return ""
    rows = np.flatnonzero(steps > 1.5 * usual)
    rows = sorted(rows, key=lambda k: -steps[k])
    lines = [f"{dates[k]} to {dates[k + 1]}" for k in rows]
    return _said("gap from", lines)


def weekends(dates: np.ndarray) -> str:
    """Saturdays and Sundays in a series that has few of them."""
    off = ~np.is_busday(dates.astype("datetime64[D]"))
    if not 0 < off.mean() <= 0.2:
        return ""
    return _said("days on a weekend,", [str(day) for day in dates[off]])


def signs_of_nothing(values: np.ndarray) -> str:
    """Numbers such as -999 and 9999.9 that are far from all others."""
    sizes = np.abs(values)
    nines = [
        k for k in np.unique(values) if re.fullmatch(r"-?9{2,}(\.9+)?", f"{k:.10g}")
    ]
    usual = np.max(sizes[~np.isin(values, nines)], initial=0)
    lines = [
        f"{k:.10g} ({(values == k).sum()} times; na_values=['{k:.10g}'] leaves it out)"
        for k in nines
        if abs(k) > 3 * usual
    ]
    return _said("for no number,", lines)


def future(dates: np.ndarray) -> str:
    """Dates after today."""
    late = dates.astype("datetime64[D]") > np.datetime64(date.today())
    return _said("dates after today,", [str(day) for day in dates[late]])


def _said(what: str, lines: Sequence[str]) -> str:
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"{what} {', '.join(lines[:_SHOWN])}{more}" if lines else ""
