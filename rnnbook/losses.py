"""Losses with their gradients. Each returns ``(loss, gradient)`` for a whole batch."""

import numpy as np


def _mean_weights(shape, mask, dtype):
    """Weight of each position in the mean: 1/count where ``mask`` is True, else 0."""
    if mask is None:
        mask = np.ones(shape, dtype=bool)
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.shape != shape:
        raise ValueError(
            f"mask: expected bool of shape {shape}, got {mask.dtype} {mask.shape}"
        )
    count = int(mask.sum())
    if count == 0:
        raise ValueError("mask: expected at least one True, got none")
    return mask.astype(dtype) / dtype.type(count)


def _float_array(name, a):
    a = np.asarray(a)
    if a.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name}: expected float32 or float64, got {a.dtype}")
    if a.size == 0:
        raise ValueError(f"{name}: expected at least one entry, got shape {a.shape}")
    return a


def softmax_cross_entropy(
    logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """Mean cross-entropy of integer targets under the softmax of ``logits``.

    Parameters
    ----------
    logits : (..., V) ndarray, float32 or float64
        Scores before the softmax.
    targets : (...) ndarray of integers in 0 .. V-1
    mask : (...) ndarray of bool, optional
        False leaves a position (padding) out of the mean.

    Returns
    -------
    loss : float, in nats per position
    dlogits : (..., V) ndarray, the dtype of ``logits``

    Raises
    ------
    ValueError
        On other dtypes or shapes, a target out of range, or a mask without True.
    """
    logits, targets = _float_array("logits", logits), np.asarray(targets)
    if not np.issubdtype(targets.dtype, np.integer):
        raise ValueError(f"targets: expected integers, got {targets.dtype}")
    if targets.shape != logits.shape[:-1]:
        raise ValueError(
            f"targets: expected shape {logits.shape[:-1]}, got {targets.shape}"
        )
    V = logits.shape[-1]
    if targets.min() < 0 or targets.max() >= V:
        raise ValueError(
            f"targets: expected values in 0 .. {V - 1}, "
            f"got {targets.min()} .. {targets.max()}"
        )
    weights = _mean_weights(targets.shape, mask, logits.dtype)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    dlogits = np.exp(log_p)
    at_target = np.take_along_axis(dlogits, targets[..., None], axis=-1) - 1
    np.put_along_axis(dlogits, targets[..., None], at_target, axis=-1)
    loss = -float((picked * weights).sum(dtype=np.float64))
    return loss, dlogits * weights[..., None]


def squared_error(
    prediction: np.ndarray, target: np.ndarray, mask: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """Mean squared error.

    Parameters
    ----------
    prediction : (...) ndarray, float32 or float64
    target : (...) ndarray, the shape and dtype of ``prediction``
    mask : (...) ndarray of bool, optional
        False leaves an entry out of the mean.

    Returns
    -------
    loss : float
    dprediction : (...) ndarray, the dtype of ``prediction``

    Raises
    ------
    ValueError
        If shapes or dtypes differ (broadcasting ``(B,)`` against ``(B, 1)`` is a
        classic silent mistake), or the mask holds no True.
    """
    prediction, target = _float_array("prediction", prediction), np.asarray(target)
    if target.shape != prediction.shape or target.dtype != prediction.dtype:
        raise ValueError(
            f"target: expected {prediction.dtype} of shape {prediction.shape}, "
            f"got {target.dtype} of shape {target.shape}"
        )
    weights = _mean_weights(prediction.shape, mask, prediction.dtype)
    error = prediction - target
    loss = float((weights * error**2).sum(dtype=np.float64))
    return loss, 2 * weights * error
