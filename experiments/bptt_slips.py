"""Does the loss show that a backward pass is wrong?

The echo task of four steps, on windows of 16 steps, learned with the right gradient of
the recurrent weights and with two wrong ones: the shares of the steps overwrite each
other, or nothing is handed back to the step before. The gradient of the readout is
right in all three. The numbers are the squared error of the last ten updates up to a
count, relative to the error of always answering the mean; ``off`` is the relative error
of the gradient with respect to ``W_hh`` at the first update.

Used by ``03-bptt``.
"""

import numpy as np

from rnnbook.bptt import forward
from rnnbook.cells import rnn_step, rnn_step_backward
from rnnbook.gradcheck import relative_error
from rnnbook.layers import RNN, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

GRADIENTS = ("right", "overwritten", "no future")
GRID = [{"gradient": gradient} for gradient in GRADIENTS]
SEEDS = range(5)
AT = (1, 20, 50, 100, 200, 500, 1000)
TOLERANCE = {f"after {n}": 0.15 for n in AT} | {"off": 0.01}
DELAY, WINDOW = 4, 16


def slipped(gradient, dh, caches, params):
    """The gradients of the weights, right or with one slip."""
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    dh_next = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(caches))):
        dh_t = dh[:, t] + dh_next
        _, dh_next, share = rnn_step_backward(dh_t, caches[t], params)
        if gradient == "no future":
            dh_next = np.zeros_like(dh_next)
        if gradient == "overwritten":
            grads = share
        else:
            grads = {name: grads[name] + share[name] for name in grads}
    return grads


def run(setting, seed):
    rng, losses, off = np.random.default_rng(seed), [], None
    rnn, head = RNN(1, 16, rng=rng), Linear(16, 1, rng=rng)
    optimizer = Adam([rnn.params, head.params], lr=0.01)
    for _ in range(max(AT)):
        bits = rng.integers(0, 2, size=(32, WINDOW + DELAY, 1)).astype(np.float32)
        h_0 = np.zeros((32, 16), np.float32)
        hs, _, caches = forward(rnn_step, bits, h_0, rnn.params)
        y_hat = head.forward(hs)
        loss, dy_hat = squared_error(y_hat[:, DELAY:], bits[:, :-DELAY])
        dh = head.backward(np.pad(dy_hat, ((0, 0), (DELAY, 0), (0, 0))))
        grads = slipped(setting["gradient"], dh, caches, rnn.params)
        if off is None:
            right = slipped("right", dh, caches, rnn.params)
            off = relative_error(right["W_hh"], grads["W_hh"])
        grads = [grads, head.grads]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
        losses.append(loss / 0.25)
    numbers = {f"after {n}": np.mean(losses[max(n - 10, 0) : n]) for n in AT}
    return numbers | {"off": off}
