"""From scores to the next token: temperature, and two ways to cut the tail off.

Each function takes and returns one array ``(V,)`` and changes nothing. They chain:
``top_p(temperature(logits, 0.8), 0.9)``. Drawing from the result is
``rng.choice(len(probs), p=probs)``.
"""

import numpy as np


def temperature(logits, tau):
    """Softmax of ``logits / tau``.

    Parameters
    ----------
    logits : (V,) ndarray
    tau : float
        Below 1 the likely become likelier, above 1 all come closer together.

    Returns
    -------
    (V,) ndarray
        Probabilities.

    Raises
    ------
    ValueError
        If ``tau`` is not positive.

    Notes
    -----
    Listed in ``21-text-generation``. Ackley, Hinton and Sejnowski (1985).
    """
    if not tau > 0:
        raise ValueError(f"tau: expected a positive number, got {tau}")
    scaled = logits / tau
    p = np.exp(scaled - scaled.max())
    return p / p.sum()


def top_k(probs, k):
    """The ``k`` most likely tokens, renormalised.

    Parameters
    ----------
    probs : (V,) ndarray
    k : int, in 1 .. V
        Of equally likely tokens at the border the first ones stay.

    Returns
    -------
    (V,) ndarray
        Zero but for k tokens.

    Raises
    ------
    ValueError
        If ``k`` is out of range.

    Notes
    -----
    Listed in ``21-text-generation``. Fan, Lewis and Dauphin (2018).
    """
    if not 1 <= k <= len(probs):
        raise ValueError(f"k: expected 1 to {len(probs)}, got {k}")
    keep = np.argsort(-probs, kind="stable")[:k]
    kept = np.zeros_like(probs)
    kept[keep] = probs[keep]
    return kept / kept.sum()


def top_p(probs, p):
    """The fewest of the most likely tokens that together reach ``p``, renormalised.

    Parameters
    ----------
    probs : (V,) ndarray
    p : float, in (0, 1]

    Returns
    -------
    (V,) ndarray
        Zero but for the kept tokens; the one that crosses ``p`` is kept.

    Raises
    ------
    ValueError
        If ``p`` is out of range.

    Notes
    -----
    Listed in ``21-text-generation``. Holtzman et al. (2020), nucleus sampling.
    """
    if not 0 < p <= 1:
        raise ValueError(f"p: expected a number in (0, 1], got {p}")
    order = np.argsort(-probs, kind="stable")
    total = np.cumsum(probs[order])
    keep = order[: np.searchsorted(total, p) + 1]
    kept = np.zeros_like(probs)
    kept[keep] = probs[keep]
    return kept / kept.sum()
