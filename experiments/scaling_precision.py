"""What do bfloat16 and torch.compile buy on this processor, and what do they cost?

One LSTM layer, T = 8, as many inputs as units, forwards and backwards, one thread. As
``torch.nn.LSTM``, and as a loop of a few lines, which torch.compile can see into (it
leaves torch.nn.LSTM as it is). Processor time of the first call and the least of five
later ones, logarithms to base 10 of milliseconds; the gradient of the weights against
that in float64, as the size of the difference over the size of the gradient.

Used by ``33-scaling``.
"""

import os
import time

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # each compiles for itself

import torch
from _scaling import least, log10
from torch import nn

T = 8
WAYS = ("float32", "bfloat16", "compiled", "bfloat16, compiled")
GRID = [
    {"H": 32, "B": 2, "code": "nn.LSTM", "way": "float32"},
    *(
        {"H": H, "B": B, "code": code, "way": way}
        for H, B in ((64, 16), (256, 64))
        for code, ways in (("nn.LSTM", WAYS[:2]), ("loop", WAYS[:3]))
        for way in ways
    ),
]
SEEDS = range(3)
TOLERANCE = {"log10_ms": 0.8, "log10_first": 1.5, "apart": 1e-4}


def looped(x, W, U, b, V):
    h = c = torch.zeros(len(x), U.shape[1], dtype=x.dtype)
    a, hs = x @ W.T + b + V, []
    for t in range(T):
        i, f, g, o = (a[:, t] + h @ U.T).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        hs.append(h)
    return torch.stack(hs, 1)


def run(setting, seed):
    torch.set_num_threads(1)
    torch.compiler.reset()
    torch.manual_seed(seed)
    H, B, way = setting["H"], setting["B"], setting["way"]
    lstm, x = nn.LSTM(H, H, batch_first=True), torch.randn(B, T, H)
    target = torch.randn(B, T, H)
    W, U, b, V = weights = list(lstm.parameters())
    loop = torch.compile(looped) if "compiled" in way else looped

    def gradient(network, x, target):
        h = network(x)
        return torch.autograd.grad(((h - target) ** 2).mean(), weights)

    def once():
        with torch.autocast("cpu", torch.bfloat16, enabled="bfloat16" in way):
            if setting["code"] == "loop":
                return gradient(lambda x: loop(x, W, U, b, V), x, target)
            return gradient(lambda x: lstm(x)[0], x, target)

    begun = time.process_time()
    g = once()[1].double()
    first = 1000 * (time.process_time() - begun)
    ms = least(once, 5)
    lstm.double()
    right = gradient(lambda x: lstm(x)[0], x.double(), target.double())[1]
    return {
        "log10_ms": log10(ms),
        "log10_first": log10(first),
        "apart": float((g - right).norm() / right.norm()),
    }
