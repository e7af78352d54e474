"""What several exam questions need."""

import contextlib
import io
import math

import numpy as np


def printed(code: str, **names) -> str:
    """What the code prints, with some names already there."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {"np": np, **names})
    return out.getvalue().strip()


def fence(code: str) -> str:
    return f"\n```python\n{code}\n```\n"


def whole(rng, *ranges: tuple[int, int]) -> list[int]:
    return [int(rng.integers(low, high)) for low, high in ranges]


def decimals(rng, count: int, low: float, high: float, digits: int = 1) -> list[float]:
    return [round(float(v), digits) for v in rng.uniform(low, high, size=count)]


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))
