"""What checks of several pages share."""

import numpy as np

from rnnbook.checks.catalogue import Case


def layer_sizes(rng):
    """Cases for a count of weights."""
    return [Case(f"D, H = {D}, {H}", (D, H)) for D, H in ((3, 5), (28, 128), (7, 2))]


def windows(series, length, horizon):
    """As :func:`rnnbook.data.windows`, written to be varied."""
    starts = range(len(series) - length - horizon + 1)
    x = [series[m : m + length] for m in starts]
    y = [series[m + length : m + length + horizon] for m in starts]
    return np.stack(x), np.stack(y)


def nats_cases(rng):
    """Cases for what is made of a mean cross-entropy."""
    return [Case(f"{nats} nats", (nats,)) for nats in (1.0, 1.7, 2.25, 0.4)]


def not_finite(case, outputs, expected):
    """Right, but for scores in the thousands."""
    if set(outputs) != set(expected):
        return False
    pairs = [(outputs[name], expected[name]) for name in expected]
    if case.label == "scores of thousands":
        return not all(np.isfinite(a).all() for a, _ in pairs)
    return all(a.shape == b.shape and np.allclose(a, b) for a, b in pairs)
