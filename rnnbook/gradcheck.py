"""Gradients by central differences, and how far another gradient is from them."""

import numpy as np


def numerical_gradient(f, a, eps=1e-5):
    """Gradient of a scalar function by central differences, one entry at a time.

    Parameters
    ----------
    f : function of no argument
        Returns the scalar loss, read from ``a`` anew at each call.
    a : ndarray of any shape, float64
        The array to differentiate in. It is changed during the call and is, bit for
        bit, as before afterwards.
    eps : float
        Half the distance between the two points.

    Returns
    -------
    ndarray
        The shape of ``a``.

    Raises
    ------
    ValueError
        If ``a`` is not float64: rounding would drown the difference.

    Notes
    -----
    Listed in ``03-bptt``. The truncation error falls as eps squared while
    the rounding error grows as 1 / eps; near 1e-5 both are about 1e-10.
    """
    if a.dtype != np.float64:
        raise ValueError(f"a: expected float64, got {a.dtype}")
    grad = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        kept = a[index]
        a[index] = kept + eps
        above = f()
        a[index] = kept - eps
        below = f()
        a[index] = kept
        grad[index] = (above - below) / (2 * eps)
    return grad


def relative_error(a, b):
    """Largest difference of two arrays, relative to their largest entry.

    Parameters
    ----------
    a, b : ndarrays of one shape

    Returns
    -------
    float
        0 for equal arrays, also for two arrays of zeros.

    Raises
    ------
    ValueError
        If the shapes differ: broadcasting would hide a mistake.

    Notes
    -----
    Listed in ``03-bptt``. Relative to the whole array, not entry by entry: an entry
    that is almost zero has few correct digits in a numerical gradient.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"b: expected the shape of a, {a.shape}, got {b.shape}")
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    return float(np.abs(a - b).max(initial=0) / scale) if scale else 0.0


def verify(name, ours, f, a):
    """Compare a derived gradient with central differences, and print that they agree.

    Parameters
    ----------
    name : str
        What is printed after a ``d``.
    ours : ndarray, the gradient of ``f`` with respect to ``a``
    f : function of no argument
        Returns the scalar loss, read from ``a`` anew at each call.
    a : ndarray, float64

    Raises
    ------
    AssertionError
        If they differ by a millionth of the largest entry, or more.
    ValueError
        If the shapes differ.

    Notes
    -----
    Listed in ``03-bptt``.
    """
    error = relative_error(ours, numerical_gradient(f, a))
    assert error < 1e-6, f"d{name} is wrong: {error:.1e}"
    print(f"d{name:5s} {str(ours.shape):10s} agrees with central differences")
