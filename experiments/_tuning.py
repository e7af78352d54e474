"""What the experiments of 32-tuning share: folds, the network, its learning curve."""

import numpy as np

from rnnbook.data import load_sea_temperature
from rnnbook.layers import GRU, RNN, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

HORIZON = 3
RUNGS = (25, 50, 100, 200)
CELLS = {"RNN": RNN, "GRU": GRU}


def folds(n, first, size):
    starts = range(first, n - size + 1, size)
    return [(origin, origin + size) for origin in starts]


def pairs(y, months, start, stop):
    t = np.arange(max(start, months + HORIZON - 1), stop)  # targets
    back = np.arange(months)[::-1]
    return y[t[:, None] - HORIZON - back, None], y[t, None]  # (N, T, 1), (N, 1)


def forecaster(setting, seed):
    rng = np.random.default_rng(seed)
    body = CELLS[setting["cell"]](1, setting["units"], rng, np.float64)
    return body, Linear(setting["units"], 1, rng, np.float64)


def forecast(body, head, x):
    return head.forward(body.forward(x)[1])  # from the last state: (B, 1)


def update(body, head, x, target, adam):
    _, d = squared_error(forecast(body, head, x), target)
    dh = np.zeros((*x.shape[:2], body.hidden_size))
    body.backward(dh, head.backward(d))
    grads = [body.grads, head.grads]
    clip_grad_norm(grads, 1.0)
    adam.step(grads)


def learning(y, origin, stop, setting, seed, rungs=RUNGS):
    known = y[: origin - HORIZON + 1]  # when origin is forecast
    scale = known.std()
    z = (y - known.mean()) / scale
    x, target = pairs(z, setting["months"], 0, len(known))
    x_new, new = pairs(z, setting["months"], origin, stop)
    body, head = forecaster(setting, seed)
    adam = Adam([body.params, head.params], setting["rate"])
    rng = np.random.default_rng(1000 + seed)
    for k in range(1, max(rungs) + 1):
        rows = rng.integers(0, len(x), setting["batch"])
        update(body, head, x[rows], target[rows], adam)
        if k in rungs:
            yield (forecast(body, head, x_new) - new)[:, 0] * scale


def rmse(errors):
    return float(np.sqrt(np.mean(np.square(errors))))


def sea():
    """The series, its walk-forward folds, and where the test part begins."""
    y = load_sea_temperature().values
    n = int(0.8 * len(y))
    return y, folds(n, n - 3 * 72, 72), n


def judged(setting, seed):
    """RMSE over the folds after each rung, and on the test part after the last."""
    y, origins, n = sea()
    runs = [learning(y, *fold, setting, seed) for fold in origins]
    numbers = {
        f"at_{updates}": rmse(np.concatenate(errors))
        for updates, errors in zip(RUNGS, zip(*runs))
    }
    (errors,) = learning(y, n, len(y), setting, seed, RUNGS[-1:])
    return {**numbers, "test": rmse(errors)}
