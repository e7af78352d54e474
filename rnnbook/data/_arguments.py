"""Checks of arguments shared by the modules of :mod:`rnnbook.data`."""

from numbers import Integral

import numpy as np


def integer(name: str, value, minimum: int = 1) -> int:
    """Return ``value`` as an int, or raise ValueError if it is not one or too small."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
        raise ValueError(
            f"{name}: expected an integer of at least {minimum}, got {value!r}"
        )
    return int(value)


def generator(rng) -> np.random.Generator:
    """Return ``rng`` if it is a Generator, else one seeded with the integer ``rng``."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(integer("rng", rng, minimum=0))


def float_dtype(dtype) -> np.dtype:
    """Return ``dtype`` as a NumPy dtype, or raise ValueError if it is not a float."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"dtype: expected float32 or float64, got {dtype}")
    return dtype
