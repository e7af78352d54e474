"""A step of :mod:`rnnbook.cells` repeated over time, forwards and backwards."""

import numpy as np


def forward(step, x, state, params):
    """Run ``step`` over a batch of sequences.

    Parameters
    ----------
    step : function
        One of ``rnn_step``, ``lstm_step``, ``gru_step``, ``gru_reset_after_step``.
    x : (B, T, D) ndarray
    state : ``h (B, H)``, or ``(h, c)`` for the LSTM; the state before the first step
    params : dict, as ``step`` takes it

    Returns
    -------
    h : (B, T, H) ndarray, the hidden state after every step
    state : as the argument, after the last step
    caches : list of T caches, for :func:`backward`

    Notes
    -----
    Listed in ``02-rnn``.
    """
    hs, caches = [], []
    for t in range(x.shape[1]):
        state, cache = step(x[:, t], state, params)
        hs.append(state[0] if isinstance(state, tuple) else state)
        caches.append(cache)
    return np.stack(hs, axis=1), state, caches


def backward(step_backward, dh, dstate, caches, params):
    """Backpropagation through time for :func:`forward`.

    Parameters
    ----------
    step_backward : function, the gradient of the step
    dh : (B, T, H) ndarray
        The immediate gradient with respect to every output, without what flows back
        through later steps.
    dstate : ``dh (B, H)``, or ``(dh, dc)`` for the LSTM
        The gradient with respect to the final state.
    caches : list of T caches
    params : dict

    Returns
    -------
    dx : (B, T, D) ndarray
    dstate : as the argument, with respect to the initial state
    grads : dict with the keys and shapes of ``params``, summed over time

    Notes
    -----
    Listed in ``03-bptt``. Werbos (1990).
    """
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dxs = []
    for t in reversed(range(len(caches))):
        if isinstance(dstate, tuple):
            dstate = (dstate[0] + dh[:, t], *dstate[1:])
        else:
            dstate = dstate + dh[:, t]
        dx_t, dstate, grads_t = step_backward(dstate, caches[t], params)
        dxs.append(dx_t)
        grads = {name: grads[name] + grads_t[name] for name in grads}
    return np.stack(dxs[::-1], axis=1), dstate, grads
