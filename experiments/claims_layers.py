"""Do more layers give an LSTM a longer memory, where one layer neither fails nor knows?

The second design: in ``claims_memory`` every network stayed at chance, and nothing was
learned of layers. Here the sign of the first input is asked for after several distances
and starts, some of which one layer has, and some not. Errors relative to that of always
answering the mean. Used by ``41-claims-tested``.
"""

import torch
from _claims import Reader, judged

GRID = [
    {"steps": steps, "bias": bias, "net": net, "lr": lr}
    for steps, bias in ((30, 1), (45, 1), (100, 3))
    for net in ("one layer", "two layers", "three layers")
    for lr in (0.003, 0.01)
]
SEEDS = range(5)
TOLERANCE = {"valid": 1.0, "test": 1.0}  # at the border the last digits decide

LAYERS = {"one layer": (1, 27), "two layers": (2, 16), "three layers": (3, 12)}


def recall(steps):
    """Draws of a sign, then noise."""

    def draw(rng, B):
        x = rng.normal(0, 0.3, (B, steps))
        y = x[:, 0] = rng.choice([-1.0, 1.0], B)
        return x[..., None], y

    return draw


def run(setting, seed):
    torch.manual_seed(seed)
    layers, units = LAYERS[setting["net"]]
    model = Reader(1, units=units, layers=layers, bias=float(setting["bias"]))
    return judged(model, recall(setting["steps"]), 400, setting["lr"], seed)
