"""A network that repeats what it read, trained on windows: for ``03-bptt``."""

import numpy as np

from rnnbook.layers import RNN, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm


def echo_windows(window, delay, rng):
    """Windows of an endless stream of bits, and the bits of delay steps ago."""
    past = np.zeros((32, delay, 1), np.float32)
    while True:
        x = rng.integers(0, 2, size=(32, window, 1)).astype(np.float32)
        stream = np.concatenate([past, x], axis=1)
        yield x, stream[:, :window]
        past = stream[:, window:]


def learn_echo(window, seed, lr, trained, delay=4, updates=3000):
    """The RNN after training, and its error relative to answering the mean."""
    rng, h, losses = np.random.default_rng(seed), None, []
    rnn, head = RNN(1, 16, rng=rng), Linear(16, 1, rng=rng)
    layers = [rnn, head] if trained == "all" else [head]
    optimizer = Adam([layer.params for layer in layers], lr)
    stream = echo_windows(window, delay, rng)
    for _ in range(updates):
        x, y = next(stream)
        hs, h = rnn.forward(x, h)  # the state is carried, the gradient not
        loss, dy_hat = squared_error(head.forward(hs), y)
        rnn.backward(head.backward(dy_hat))
        grads = [layer.grads for layer in layers]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
        losses.append(loss)
    return rnn, float(np.mean(losses[-50:]) / 0.25)


def held(rnn, delay=4):
    """The same relative error for the best linear readout of the states."""
    x, y = next(echo_windows(500, delay, np.random.default_rng(1000)))
    hs = rnn.forward(x)[0][:, 50:].reshape(-1, 16)
    A = np.column_stack([hs, np.ones(len(hs))]).astype(np.float64)
    y = y[:, 50:].ravel()
    best = np.linalg.lstsq(A, y, rcond=None)[0]
    return float(np.mean((A @ best - y) ** 2) / 0.25)
