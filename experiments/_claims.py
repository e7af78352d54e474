"""What the small trainings of the claims share: a reader, and a loop that judges it."""

import numpy as np
import torch
from torch import nn

UNITS, BATCH = 16, 32


class Reader(nn.Module):
    """A recurrent layer and a readout of its last state.

    Shapes: x (B, T, D) -> (B,).
    """

    def __init__(self, inputs, kind="LSTM", units=UNITS, layers=1, bias=None):
        super().__init__()
        self.body = getattr(nn, kind)(inputs, units, layers, batch_first=True)
        self.head = nn.Linear(units, 1)
        if bias is not None:  # of the forget gate: the two biases of PyTorch add up
            for name, p in self.body.named_parameters():
                if "bias_ih" in name:
                    p.data[units : 2 * units] = bias
                elif "bias_hh" in name:
                    p.data[units : 2 * units] = 0.0

    def forward(self, x):
        return self.head(self.body(x)[0][:, -1])[:, 0]


def fit(model, draw, updates, lr, rng):
    """Adam on the mean squared error of batches ``x, y = draw(rng, B)``."""
    optimiser = torch.optim.Adam(model.parameters(), lr)
    for _ in range(updates):
        x, y = tensors(draw(rng, BATCH))
        optimiser.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()


def tensors(arrays):
    return tuple(torch.as_tensor(np.asarray(a, dtype=np.float32)) for a in arrays)


@torch.no_grad()
def error(model, x, y):
    """The mean squared error, relative to that of always answering the mean."""
    x, y = tensors((x, y))
    return float(((model(x) - y) ** 2).mean() / y.var(correction=0))


def judged(model, draw, updates, lr, seed, unseen=None):
    """Errors of a new validation and a new test part, which ``unseen`` draws."""
    fit(model, draw, updates, lr, np.random.default_rng(seed))
    valid = draw(np.random.default_rng(10_000 + seed), 1000)
    test = (unseen or draw)(np.random.default_rng(20_000 + seed), 1000)
    return {"valid": error(model, *valid), "test": error(model, *test)}
