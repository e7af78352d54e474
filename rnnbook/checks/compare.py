"""When two arrays count as equal, and how the parts of an argument are called."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from rnnbook.checks.reading import HUGE

SINGLE = 1.5e-5  # what rounding in float32 may change, of the largest number


def _tolerance(a: np.ndarray, b: np.ndarray, floor: float) -> float:
    """Looser for numbers in float32, and only where the right ones are fractions."""
    if a.dtype != np.float32 or b.dtype.kind != "f":
        return floor
    finite = b[np.isfinite(b)]
    return floor if (finite == np.round(finite)).all() else max(floor, SINGLE)


def agree(a: np.ndarray, b: np.ndarray, floor: float) -> np.ndarray:
    """Where ``a`` equals ``b``, up to rounding in the type of ``a``."""
    tol = _tolerance(a, b, floor)
    a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    finite, size = np.isfinite(b), np.abs(b)
    scale = np.max(size, where=finite, initial=0.0)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= tol * (max(scale, 1e-3) + size)
    return (near & finite) | (a == b) | ((a != a) & (b != b))


def same(a: Any, b: np.ndarray, floor: float = 1e-7) -> bool:
    if a.shape != b.shape or a.size > HUGE:
        return a.shape == b.shape  # of a huge one only the shape was kept
    if a.dtype == b.dtype and (a == b).all():
        return True
    return bool(agree(a, b, floor).all())


def all_same(outputs: dict, others: dict, floor: float) -> bool:
    return all(n in others and same(a, others[n], floor) for n, a in outputs.items())


def identical(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays hold the same numbers, NaN among them, to the last bit."""
    if a.shape != b.shape or b.dtype.kind not in "biuf":
        return False
    return bool(((a == b) | ((a != a) & (b != b))).all())


# ---- arguments


def fresh(args: tuple) -> tuple:
    """Arguments for one call, which may do to them what it likes."""
    return _copied(args, {})


def _copied(value: Any, done: dict[int, Any]) -> Any:
    """As ``copy.deepcopy``, sooner: nearly all is arrays in tuples, lists and dicts."""
    if id(value) not in done:
        kind = type(value)
        if kind is tuple or kind is list:
            made = kind([_copied(part, done) for part in value])
        elif kind is dict:
            made = {key: _copied(part, done) for key, part in value.items()}
        elif kind is np.ndarray and not value.dtype.hasobject:
            made = value.copy("K")
        else:
            made = copy.deepcopy(value, done)
        done[id(value)] = made
    return done[id(value)]


def names_of(arguments: str) -> list[str]:
    """The names in ``"x, (h, c), params"``, one for each argument."""
    return [n.strip() for n in re.split(r",(?![^(]*\))", arguments)]


def part_names(name: str, count: int) -> list[str]:
    """Names for the parts of a tuple: of ``(h, c)`` they are ``h`` and ``c``."""
    inner = name.strip("()").split(", ")
    return inner if len(inner) == count > 1 else [f"{name}[{i}]" for i in range(count)]


def inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What is in an argument and holds no parts itself, each with its path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from inside(f'{name}["{key}"]', part)
    elif isinstance(value, tuple | list):
        for one, part in zip(part_names(name, len(value)), value, strict=True):
            yield from inside(one, part)
    else:
        yield name, value
