"""Do layers, a forget bias, or the side of the padding decide what an LSTM remembers?

``layers``: the sign of the first input after 60 steps of noise, for one, two and three
layers of about as many weights. ``xor``: the product of two signs, one at the start and
one in the middle of 16 steps, for three forget biases. ``padding``: the sign of the
first of five inputs, with 60 zeros before or behind them and no mask, or none at all.
Errors relative to that of always answering the mean. Used by ``41-claims-tested``.
"""

import numpy as np
import torch
from _claims import Reader, judged

RATES = 0.003, 0.01, 0.03
GRID = [
    {"claim": claim, "net": net, "lr": lr, "updates": updates}
    for claim, nets, updates in (
        ("padding", ("no zeros", "zeros before", "zeros behind"), 300),
        ("layers", ("one layer", "two layers", "three layers"), 400),
        ("xor", ("bias 0", "bias 1", "bias 2"), 1200),
    )
    for net in nets
    for lr in RATES
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.3, "test": 0.3}

LAYERS = {"one layer": (1, 27), "two layers": (2, 16), "three layers": (3, 12)}
ZEROS = {"no zeros": (0, 0), "zeros before": (60, 0), "zeros behind": (0, 60)}


def recall(steps, before=0, behind=0):
    """Draws of a sign, then noise; zeros before and behind."""

    def draw(rng, B):
        x = rng.normal(0, 0.3, (B, steps))
        y = x[:, 0] = rng.choice([-1.0, 1.0], B)
        return np.pad(x, ((0, 0), (before, behind)))[..., None], y

    return draw


def product(rng, B):
    """Two signs, at steps 0 and 8 of 16, marked; their product is asked for."""
    x = np.zeros((B, 16, 2))
    x[:, [0, 8], 0] = sign = rng.choice([-1.0, 1.0], (B, 2))
    x[:, [0, 8], 1] = 1.0
    return x, sign.prod(axis=1)


def run(setting, seed):
    torch.manual_seed(seed)
    claim, net = setting["claim"], setting["net"]
    if claim == "layers":
        layers, units = LAYERS[net]
        model, draw = Reader(1, units=units, layers=layers, bias=1.0), recall(60)
    elif claim == "padding":
        model, draw = Reader(1, bias=1.0), recall(5, *ZEROS[net])
    else:
        model, draw = Reader(2, bias=float(net[-1])), product
    return judged(model, draw, setting["updates"], setting["lr"], seed)
