"""The trainings of an LSTM and a GRU that several experiments of ``12-gru`` share."""

import numpy as np

from rnnbook.data import adding_task, recall_task
from rnnbook.layers import GRU, LSTM, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

CELLS = {"LSTM": LSTM, "GRU": GRU}


def update(layer, head, optimizer, x, y):
    """One step of training for a task that asks for one number at the end."""
    h, _ = layer.forward(x)
    loss, dy = squared_error(head.forward(h[:, -1]), y[:, None])
    dh = np.zeros_like(h)
    dh[:, -1] = head.backward(dy)
    layer.backward(dh)
    grads = [layer.grads, head.grads]
    clip_grad_norm(grads, max_norm=1.0)
    optimizer.step(grads)
    return loss


def train(layer, task, length, updates, lr, rng, enough=0.0):
    """Losses, until the mean of the last 25 is small enough."""
    head, losses = Linear(layer.hidden_size, 1, rng=rng), []
    optimizer = Adam([layer.params, head.params], lr=lr)
    while len(losses) < updates and np.mean(losses[-25:] or 1) > enough:
        x, y = task(32, length, rng)
        losses.append(update(layer, head, optimizer, x, y))
    return losses


def start_at(layer, bias):
    """The bias of the gate that keeps: the second block, f of an LSTM, z of a GRU."""
    name, H = "b_h" if isinstance(layer, LSTM) else "b_xh", layer.hidden_size
    layer.params[name][H : 2 * H] = bias


def adding_updates(kind, length, lr, bias, limit, seed):
    """Updates until the task is learned; the limit if it is not."""
    rng = np.random.default_rng(seed)
    layer = kind(2, 32, rng=rng)
    start_at(layer, bias)
    return len(train(layer, adding_task, length, limit, lr, rng, 0.01))


def recall(kind, bias, length, seed):
    """The mean of the last 25 of 250 losses."""
    rng = np.random.default_rng(seed)
    layer = kind(2, 16, rng=rng)
    start_at(layer, bias)
    return np.mean(train(layer, recall_task, length, 250, 0.01, rng)[-25:])
