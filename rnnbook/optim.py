"""Optimisers for dicts of NumPy parameters, and clipping by the global norm.

``params`` and ``grads`` are a dict of arrays or a list of such dicts, one per layer:
``Adam([rnn.params, head.params])``, then ``optimizer.step([rnn.grads, head.grads])``.
"""

from collections.abc import Iterator, Sequence

import numpy as np

Tree = dict[str, np.ndarray] | Sequence[dict[str, np.ndarray]]


def pairs(
    params: Tree, grads: Tree
) -> Iterator[tuple[tuple[int, str], np.ndarray, np.ndarray]]:
    """Every parameter with its place and its gradient, matched by name.

    Raises
    ------
    ValueError
        If a gradient is missing, too many, or of another shape.

    Notes
    -----
    Listed in ``03-bptt``.
    """
    if isinstance(params, dict):
        params, grads = [params], [grads]
    keys, found = ([sorted(part) for part in tree] for tree in (params, grads))
    if keys != found:
        raise ValueError(f"grads: expected the keys of params, {keys}, got {found}")
    for k, part in enumerate(params):
        for name, p in part.items():
            g = grads[k][name]
            if g.shape != p.shape:
                raise ValueError(f"grads: {name} expected {p.shape}, got {g.shape}")
            yield (k, name), p, g


class SGD:
    """Stochastic gradient descent, in place: ``p -= lr * g``.

    Parameters
    ----------
    params : dict of ndarrays, or a list of such dicts
    lr : float, the learning rate; may be changed between steps

    Notes
    -----
    Listed in ``03-bptt``.
    """

    def __init__(self, params: Tree, lr: float):
        if not lr > 0:
            raise ValueError(f"lr: expected a positive number, got {lr!r}")
        self.params, self.lr = params, lr

    def step(self, grads: Tree) -> None:
        """Update every parameter from its gradient, matched by name."""
        for _, p, g in pairs(self.params, grads):
            p -= self.lr * g


class Adam:
    """Adam, in place, with the bias correction of the paper.

    Parameters
    ----------
    params : dict of ndarrays, or a list of such dicts
    lr : float, the learning rate; may be changed between steps
    betas : decay of the running mean of the gradient and of its square
    eps : float, added to the root of the second moment

    Notes
    -----
    Listed in ``03-bptt``. Kingma and Ba (2015), algorithm 1.
    """

    def __init__(self, params: Tree, lr: float = 1e-3, betas=(0.9, 0.999), eps=1e-8):
        if not lr > 0:
            raise ValueError(f"lr: expected a positive number, got {lr!r}")
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.t, self.m, self.v = 0, {}, {}

    def step(self, grads: Tree) -> None:
        """Update every parameter from its gradient, matched by name."""
        self.t += 1
        b1, b2 = self.betas
        for place, p, g in pairs(self.params, grads):
            m = self.m.setdefault(place, np.zeros_like(p))
            v = self.v.setdefault(place, np.zeros_like(p))
            m += (1 - b1) * (g - m)
            v += (1 - b2) * (g**2 - v)
            m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
            p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def clip_grad_norm(grads: Tree, max_norm: float) -> float:
    """Scale all gradients, in place, so that their joint norm is at most ``max_norm``.

    Parameters
    ----------
    grads : dict of ndarrays, or a list of such dicts
    max_norm : float

    Returns
    -------
    float
        The norm before clipping.

    Raises
    ------
    ValueError
        If ``max_norm`` is not positive, or the norm is not finite: scaling would
        turn every gradient into zeros or NaN and hide the accident.

    Notes
    -----
    Listed in ``04-vanishing-gradients``. Pascanu, Mikolov and Bengio (2013).
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm: expected a positive number, got {max_norm!r}")
    parts = [grads] if isinstance(grads, dict) else grads
    arrays = [g for part in parts for g in part.values()]
    norm = float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in arrays)))
    if not np.isfinite(norm):
        raise ValueError(f"grads: expected a finite norm, got {norm}")
    if norm > max_norm:
        for g in arrays:
            g *= max_norm / norm
    return norm
