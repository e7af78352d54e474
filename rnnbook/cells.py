"""One time step of each recurrent cell, forward and backward, as the chapters teach it.

Every step has the same form: ``step(x, state, params)`` returns the next state and a
cache, and ``step_backward(dstate, cache, params)`` returns ``dx``, the gradient of the
previous state and a dict of parameter gradients with the keys of ``params``. The state
is ``h`` for the RNN and the GRU, ``(h, c)`` for the LSTM. Nothing is mutated.

Shapes: ``x (B, D)``, states ``(B, H)``, ``W_xh (D, kH)``, ``W_hh (H, kH)``,
``b_h (kH,)`` with k = 1 (RNN), 4 (LSTM: i, f, g, o) or 3 (GRU: r, z, n).
Bad shapes are reported by :mod:`rnnbook.layers`, which is what applications use.
"""

import numpy as np


def sigmoid(a):
    """Logistic function, without overflow for any ``a``.

    Parameters
    ----------
    a : ndarray of any shape

    Returns
    -------
    ndarray
        The same shape and dtype, in [0, 1].

    Notes
    -----
    Listed in ``11-lstm``.
    """
    return 0.5 * np.tanh(0.5 * a) + 0.5


def rnn_step(x, h, params):
    """One step of the plain (Elman) RNN.

    Parameters
    ----------
    x : (B, D) ndarray
    h : (B, H) ndarray
    params : dict of ``W_xh (D, H)``, ``W_hh (H, H)``, ``b_h (H,)``

    Returns
    -------
    h_next : (B, H) ndarray
    cache : tuple, for :func:`rnn_step_backward`

    Notes
    -----
    Listed in ``02-rnn``. Elman (1990), with the output layer left to the caller.
    """
    h_next = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
    return h_next, (x, h, h_next)


def rnn_step_backward(dh_next, cache, params):
    """Gradient of :func:`rnn_step`.

    Parameters
    ----------
    dh_next : (B, H) ndarray, the total gradient with respect to ``h_next``
    cache, params : as in :func:`rnn_step`

    Returns
    -------
    dx : (B, D) ndarray
    dh : (B, H) ndarray
    grads : dict with the keys and shapes of ``params``

    Notes
    -----
    Listed in ``03-bptt``.
    """
    x, h, h_next = cache
    da = dh_next * (1 - h_next**2)
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return da @ params["W_xh"].T, da @ params["W_hh"].T, grads


def lstm_step(x, state, params):
    """One step of the LSTM with forget gate, gates packed in the order i, f, g, o.

    Parameters
    ----------
    x : (B, D) ndarray
    state : tuple of ``h (B, H)`` and ``c (B, H)``
    params : dict of ``W_xh (D, 4H)``, ``W_hh (H, 4H)``, ``b_h (4H,)``

    Returns
    -------
    state : tuple of ``h_next (B, H)`` and ``c_next (B, H)``
    cache : tuple, for :func:`lstm_step_backward`

    Notes
    -----
    Listed in ``11-lstm``. Hochreiter and Schmidhuber (1997) with the forget gate of
    Gers, Schmidhuber and Cummins (2000); no peepholes.
    """
    h, c = state
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]  # (B, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
    g = np.tanh(a_g)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return (h_next, c_next), (x, h, c, i, f, g, o, c_next)


def lstm_step_backward(dstate, cache, params):
    """Gradient of :func:`lstm_step`.

    Parameters
    ----------
    dstate : tuple of ``dh_next (B, H)`` and ``dc_next (B, H)``
        ``dc_next`` is what arrives from later steps only; with what comes through
        ``h_next`` it makes the total ``dc``.
    cache, params : as in :func:`lstm_step`

    Returns
    -------
    dx : (B, D) ndarray
    dstate : tuple of two ``(B, H)``, what arrives at the step before
    grads : dict with the keys and shapes of ``params``

    Notes
    -----
    Listed in ``11-lstm``.
    """
    dh_next, dc_next = dstate
    x, h, c, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
    do = dh_next * tanh_c
    dc = dc_next + dh_next * o * (1 - tanh_c**2)  # what arrives, and all of it
    di, df, dg = dc * g, dc * c, dc * i
    da_i, da_f, da_o = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)
    da_g = dg * (1 - g**2)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)  # (B, 4H)
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return da @ params["W_xh"].T, (da @ params["W_hh"].T, dc * f), grads


def gru_step(x, h, params):
    """One step of the GRU with the reset gate before the product, gates r, z, n.

    Parameters
    ----------
    x : (B, D) ndarray
    h : (B, H) ndarray
    params : dict of ``W_xh (D, 3H)``, ``W_hh (H, 3H)``, ``b_h (3H,)``

    Returns
    -------
    h_next : (B, H) ndarray
    cache : tuple, for :func:`gru_step_backward`

    Notes
    -----
    Listed in ``12-gru``. Cho et al. (2014), version 3 of the preprint; Keras with
    ``reset_after=False``.
    """
    H = h.shape[1]
    W_rz, W_n = params["W_hh"][:, : 2 * H], params["W_hh"][:, 2 * H :]
    a_x = x @ params["W_xh"] + params["b_h"]  # (B, 3H)
    r, z = np.split(sigmoid(a_x[:, : 2 * H] + h @ W_rz), 2, axis=1)
    n = np.tanh(a_x[:, 2 * H :] + (r * h) @ W_n)
    h_next = (1 - z) * n + z * h
    return h_next, (x, h, r, z, n)


def gru_step_backward(dh_next, cache, params):
    """Gradient of :func:`gru_step`.

    Parameters
    ----------
    dh_next : (B, H) ndarray
    cache, params : as in :func:`gru_step`

    Returns
    -------
    dx : (B, D) ndarray
    dh : (B, H) ndarray
    grads : dict with the keys and shapes of ``params``

    Notes
    -----
    Listed in ``12-gru``.
    """
    x, h, r, z, n = cache
    H = h.shape[1]
    W_rz, W_n = params["W_hh"][:, : 2 * H], params["W_hh"][:, 2 * H :]
    dn, dz = dh_next * (1 - z), dh_next * (h - n)
    da_n, da_z = dn * (1 - n**2), dz * z * (1 - z)
    drh = da_n @ W_n.T
    da_r = drh * h * r * (1 - r)
    da_rz = np.concatenate([da_r, da_z], axis=1)  # (B, 2H)
    dh = dh_next * z + drh * r + da_rz @ W_rz.T
    da = np.concatenate([da_rz, da_n], axis=1)  # (B, 3H)
    dW_hh = np.concatenate([h.T @ da_rz, (r * h).T @ da_n], axis=1)
    grads = {"W_xh": x.T @ da, "W_hh": dW_hh, "b_h": da.sum(axis=0)}
    return da @ params["W_xh"].T, dh, grads


def gru_reset_after_step(x, h, params):
    """One step of the GRU with the reset gate after the product, gates r, z, n.

    Parameters
    ----------
    x : (B, D) ndarray
    h : (B, H) ndarray
    params : dict of ``W_xh (D, 3H)``, ``W_hh (H, 3H)``, ``b_xh (3H,)``, ``b_hh (3H,)``

    Returns
    -------
    h_next : (B, H) ndarray
    cache : tuple, for :func:`gru_reset_after_step_backward`

    Notes
    -----
    Listed in ``12-gru``. Cho et al. (2014), version 1 of the preprint; PyTorch, and
    Keras by default. The third part of ``b_hh`` stands inside the reset product and
    cannot be merged into ``b_xh``.
    """
    H = h.shape[1]
    a_x = x @ params["W_xh"] + params["b_xh"]  # (B, 3H)
    a_h = h @ params["W_hh"] + params["b_hh"]  # (B, 3H)
    r, z = np.split(sigmoid(a_x[:, : 2 * H] + a_h[:, : 2 * H]), 2, axis=1)
    m = a_h[:, 2 * H :]
    n = np.tanh(a_x[:, 2 * H :] + r * m)
    h_next = (1 - z) * n + z * h
    return h_next, (x, h, r, z, n, m)


def gru_reset_after_step_backward(dh_next, cache, params):
    """Gradient of :func:`gru_reset_after_step`.

    Parameters
    ----------
    dh_next : (B, H) ndarray
    cache, params : as in :func:`gru_reset_after_step`

    Returns
    -------
    dx : (B, D) ndarray
    dh : (B, H) ndarray
    grads : dict with the keys and shapes of ``params``

    Notes
    -----
    Listed in ``12-gru``.
    """
    x, h, r, z, n, m = cache
    dn, dz = dh_next * (1 - z), dh_next * (h - n)
    da_n, da_z = dn * (1 - n**2), dz * z * (1 - z)
    da_r = da_n * m * r * (1 - r)
    da_x = np.concatenate([da_r, da_z, da_n], axis=1)  # (B, 3H)
    da_h = np.concatenate([da_r, da_z, da_n * r], axis=1)  # (B, 3H)
    dh = dh_next * z + da_h @ params["W_hh"].T
    grads = {
        "W_xh": x.T @ da_x,
        "W_hh": h.T @ da_h,
        "b_xh": da_x.sum(axis=0),
        "b_hh": da_h.sum(axis=0),
    }
    return da_x @ params["W_xh"].T, dh, grads
