"""From scores to the next token: temperature, and three ways to cut the tail off.

Each function takes and returns one array ``(V,)`` and changes nothing; what has several
rows is refused. They chain: ``top_p(temperature(logits, 0.8), 0.9)``. Drawing from the
result is ``rng.choice(len(probs), p=probs)``.
"""

import numpy as np


def one_row(name, values):
    """One row of numbers, as floats.

    Parameters
    ----------
    name : str
        What the message calls it.
    values : (V,) array_like

    Returns
    -------
    (V,) ndarray
        In float32, also of float16 or int8, or in float64.

    Raises
    ------
    ValueError
        If there is not one row. Several rows would be taken for one long one.

    Notes
    -----
    Listed in ``21-text-generation``.
    """
    values = np.asarray(values)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name}: expected one row (V,), got {values.shape}")
    return values.astype(np.result_type(values, np.float32))


def temperature(logits, tau):
    """Softmax of ``logits / tau``.

    Parameters
    ----------
    logits : (V,) array_like
    tau : float
        Below 1 the likely become likelier, above 1 all come closer together.

    Returns
    -------
    (V,) ndarray
        Probabilities; in float32, also of float16 or int8, or in float64.

    Raises
    ------
    ValueError
        If ``tau`` is not positive, ``logits`` has not one row, or its largest score is
        not finite. A score of minus infinity is a token that never comes.

    Notes
    -----
    Listed in ``21-text-generation``. Ackley, Hinton and Sejnowski (1985).
    """
    logits = one_row("logits", logits)
    if not tau > 0:
        raise ValueError(f"tau: expected a positive number, got {tau}")
    if not np.isfinite(logits.max()):
        raise ValueError(f"logits: expected a finite maximum, got {logits.max()}")
    tau = min(max(tau, 1e-30), 1e30)  # beyond, greedy or even all the same
    scaled = (logits - logits.max()) / tau
    p = np.exp(scaled)
    return p / p.sum()


def distribution(probs):
    """The probabilities as an array, if they are some.

    Parameters
    ----------
    probs : (V,) array_like

    Returns
    -------
    (V,) ndarray
        The same numbers, in float32 or float64.

    Raises
    ------
    ValueError
        If there is not one row, a number is negative, or the sum is not 1. Without
        this, scores given by mistake would be cut and renormalised like probabilities.

    Notes
    -----
    Listed in ``21-text-generation``.
    """
    probs = one_row("probs", probs)
    least, total = probs.min(), probs.sum(dtype=np.float64)
    if not (least >= 0 and abs(total - 1) < 1e-3):
        raise ValueError(
            "probs: expected numbers from 0 on with a sum of 1, "
            f"got {least:.3g} and a sum of {total:.3g}"
        )
    return probs


def top_k(probs, k):
    """The ``k`` most likely tokens, renormalised.

    Parameters
    ----------
    probs : (V,) array_like
    k : int, in 1 .. V
        Of equally likely tokens at the border the first ones stay.

    Returns
    -------
    (V,) ndarray
        Zero but for k tokens.

    Raises
    ------
    ValueError
        If ``k`` is out of range, or ``probs`` is no :func:`distribution`.

    Notes
    -----
    Listed in ``21-text-generation``. Fan, Lewis and Dauphin (2018).
    """
    probs = distribution(probs)
    if k not in range(1, len(probs) + 1):
        raise ValueError(f"k: expected 1 to {len(probs)}, got {k}")
    keep = np.argsort(-probs, kind="stable")[:k]
    kept = np.zeros_like(probs)
    kept[keep] = probs[keep]
    return kept / kept.sum()


def top_p(probs, p):
    """The fewest of the most likely tokens that together reach ``p``, renormalised.

    Parameters
    ----------
    probs : (V,) array_like
    p : float, in (0, 1]

    Returns
    -------
    (V,) ndarray
        Zero but for the kept tokens; the one that crosses ``p`` is kept.

    Raises
    ------
    ValueError
        If ``p`` is out of range, or ``probs`` is no :func:`distribution`.

    Notes
    -----
    Listed in ``21-text-generation``. Holtzman et al. (2020), nucleus sampling.
    """
    probs = distribution(probs)
    if not 0 < p <= 1:
        raise ValueError(f"p: expected a number in (0, 1], got {p}")
    order = np.argsort(-probs, kind="stable")
    total = np.cumsum(probs[order], dtype=np.float64)
    total /= total[-1]  # the last one is 1, whatever was rounded
    keep = order[: np.searchsorted(total, p) + 1]
    kept = np.zeros_like(probs)
    kept[keep] = probs[keep]
    return kept / kept.sum()


def min_p(probs, m):
    """The tokens with at least ``m`` times the largest probability, renormalised.

    Parameters
    ----------
    probs : (V,) array_like
    m : float, in [0, 1]

    Returns
    -------
    (V,) ndarray
        Zero but for the kept tokens.

    Raises
    ------
    ValueError
        If ``m`` is out of range, or ``probs`` is no :func:`distribution`.

    Notes
    -----
    Listed in ``21-text-generation``, as the solution of an exercise. Nguyen et al.
    (2024).
    """
    probs = distribution(probs)
    if not 0 <= m <= 1:
        raise ValueError(f"m: expected a number in [0, 1], got {m}")
    kept = np.where(probs >= m * probs.max(), probs, 0.0)
    return kept / kept.sum()
