"""Which lags can truncated backpropagation teach?

A plain RNN is asked for the bit of four steps ago, and trained on windows of several
lengths, always for 1,000 updates. The state is carried from window to window, the
gradient is not. (A window of a single step is no setting: what it learns is luck, and
another rounding is another outcome. The chapter shows three such runs live.)

Used by ``03-bptt``.
"""

import numpy as np

from rnnbook.layers import RNN, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRID = [{"window": window} for window in (2, 3, 4, 5, 6, 8, 12, 16)]
SEEDS = range(10)
TOLERANCE = {"remaining": 0.1}


def echo_windows(window, delay, rng):
    """Windows of an endless stream of bits, and the bits of delay steps ago."""
    past = np.zeros((32, delay, 1), np.float32)
    while True:
        x = rng.integers(0, 2, size=(32, window, 1)).astype(np.float32)
        stream = np.concatenate([past, x], axis=1)
        yield x, stream[:, :window]
        past = stream[:, window:]


def learn_echo(window, seed, delay=4, updates=1000):
    """What remains of the error of answering the mean, after training."""
    rng, h, losses = np.random.default_rng(seed), None, []
    rnn, head = RNN(1, 16, rng=rng), Linear(16, 1, rng=rng)
    optimizer = Adam([rnn.params, head.params], lr=0.01)
    stream = echo_windows(window, delay, rng)
    for _ in range(updates):
        x, y = next(stream)
        hs, h = rnn.forward(x, h)  # the state is carried, the gradient not
        loss, dy = squared_error(head.forward(hs), y)
        rnn.backward(head.backward(dy))
        grads = [rnn.grads, head.grads]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
        losses.append(loss)
    return float(np.mean(losses[-50:]) / 0.25)


def run(setting, seed):
    return {"remaining": learn_echo(setting["window"], seed)}
