"""What does an RNN learn that is asked only after the last of its inputs?

Strings of presses, 0 or 1 at random, and three questions: what was the first press, how
many were there, is their number odd. Plain RNNs are trained with the loss at the last
step or at every step; for the parity of eight presses also with more units, more
updates, other learning rates, larger initial weights, and strings that grow.

Used by ``02-rnn`` and ``41-claims-tested``.
"""

import numpy as np

from rnnbook.layers import RNN, Linear
from rnnbook.losses import squared_error
from rnnbook.optim import Adam, clip_grad_norm

USUAL = {
    "question": "parity",
    "asked": "at the end",
    "length": 8,
    "hidden": 8,
    "updates": 1500,
    "lr": 0.01,
    "scale": 1,
    "strings": "of one length",
}
GRID = [
    *(
        USUAL | {"question": question, "length": length}
        for question in ("first press", "number", "parity")
        for length in (2, 4, 8)
    ),
    *(USUAL | {"question": q, "length": 32} for q in ("first press", "parity")),
    *(USUAL | {"asked": "at every step", "length": length} for length in (4, 8)),
    *(USUAL | {"updates": 3000, "strings": s} for s in ("of one length", "growing")),
    *(USUAL | {"lr": lr} for lr in (0.003, 0.03)),
    *(USUAL | {"scale": 2, "length": length} for length in (4, 8)),
    USUAL | {"updates": 6000},
    USUAL | {"updates": 6000, "hidden": 32},
]
SEEDS = range(5)
# Whether a run that has learned short strings counts on for ever is a matter of luck.
TOLERANCE = {"remaining": 0.1, "right": 0.1, "far": 0.6}


def answers(x, question):
    """What is asked about the presses so far, after every step: (B, T, 1)."""
    if question == "first press":
        return np.repeat(x[:, :1], x.shape[1], axis=1)
    number = x.cumsum(axis=1)
    return number if question == "number" else number % 2


def presses(length, question="parity"):
    """A task: a function of rng that gives 32 strings and the answers."""

    def task(rng):
        x = rng.integers(0, 2, size=(32, length, 1)).astype(np.float32)
        return x, answers(x, question)

    return task


def train(task, hidden, updates, seed, only_last=False, lr=0.01, scale=1):
    """Fit an RNN and a readout to a task: rnn, head, loss at every update."""
    rng = np.random.default_rng(seed)
    rnn, head = RNN(1, hidden, rng=rng), Linear(hidden, 1, rng=rng)
    for w in (*rnn.params.values(), *head.params.values()):
        w *= scale
    optimizer, losses = Adam([rnn.params, head.params], lr=lr), []
    for _ in range(updates):
        x, y = task(rng)  # (B, T, 1), (B, T, 1)
        counts = np.zeros(y.shape, dtype=bool)
        counts[:, -1 if only_last else slice(None)] = True
        y_hat = head.forward(rnn.forward(x)[0])
        loss, dy_hat = squared_error(y_hat, y, counts)
        rnn.backward(head.backward(dy_hat))
        grads = [rnn.grads, head.grads]
        clip_grad_norm(grads, max_norm=1.0)
        optimizer.step(grads)
        losses.append(loss)
    return rnn, head, np.array(losses)


def growing(length, updates):
    """The same task with strings of two presses at first, then longer and longer."""
    calls = iter(range(updates))
    return lambda rng: presses(2 + (length - 1) * next(calls) // updates)(rng)


def at_the_end(run, question, length, strings=500):
    """Answers and right answers after the last step of fresh strings: (strings,)."""
    rnn, head, _ = run
    rng = np.random.default_rng(99)
    x = rng.integers(0, 2, size=(strings, length, 1)).astype(np.float32)
    y_hat = head.forward(rnn.forward(x)[0])
    return y_hat[:, -1, 0], answers(x, question)[:, -1, 0]


def run(setting, seed):
    question, length = setting["question"], setting["length"]
    task = presses(length, question)
    if setting["strings"] == "growing":
        task = growing(length, setting["updates"])
    last = setting["asked"] == "at the end"
    hidden, updates, lr = setting["hidden"], setting["updates"], setting["lr"]
    trained = train(task, hidden, updates, seed, last, lr, setting["scale"])
    y_hat, y = at_the_end(trained, question, length)
    y_hat_far, y_far = at_the_end(trained, question, 1000, strings=200)
    return {
        "remaining": float(((y_hat - y) ** 2).mean() / y.var()),
        "right": float((np.abs(y_hat - y) < 0.5).mean()),
        "far": float((np.abs(y_hat_far - y_far) < 0.5).mean()),
    }
