"""Does layer normalisation inside the LSTM buy anything, and is it the normalising?

The LSTM of 64 units reads the course's prose, 400 updates of Adam. The sums of each
gate are normalised, those of the input and those of the state by themselves, or not.
Normalised sums have a deviation of 1 from the first update on, those of the usual
weights a tenth of it: so the plain cell begins with weights 4 and 16 times as large,
too, as the control. Four rates, chosen on the validation part.

Used by ``31-training``.
"""

import numpy as np
from _training import BATCH, LENGTH, H, Rule, adam, drawn, fresh, parts, scores, update

from rnnbook.cells import sigmoid

GRID = [
    {"cell": "normalised", "scale": 1, "updates": 40, "lr": 0.03},  # cheap
    *(
        {"cell": cell, "scale": scale, "updates": 400, "lr": lr}
        for cell, scales in (("plain", (1, 4, 16)), ("normalised", (1, 16)))
        for scale in scales
        for lr in (0.01, 0.03, 0.1, 0.3)
    ),
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.15, "test": 0.15}


def normed(a, gain, eps=1e-5):
    """Each row of each of the four gates to mean 0 and deviation 1, times the gain."""
    gates = a.reshape(len(a), 4, -1)
    gates = gates - gates.mean(axis=2, keepdims=True)
    sigma = np.sqrt((gates**2).mean(axis=2, keepdims=True) + eps)
    a_hat = gates / sigma
    return gain * a_hat.reshape(a.shape), (a_hat, sigma)


def normed_backward(dy, gain, cache):
    a_hat, sigma = cache
    dgain = (dy * a_hat.reshape(dy.shape)).sum(axis=0)
    d = (gain * dy).reshape(a_hat.shape)
    d = d - d.mean(axis=2, keepdims=True)
    d = (d - a_hat * (d * a_hat).mean(axis=2, keepdims=True)) / sigma
    return d.reshape(dy.shape), dgain


def gates(a, c):
    """The LSTM after its sums (B, 4H): the new state, and what the way back needs."""
    i, f, o = (sigmoid(a[:, k * H : (k + 1) * H]) for k in (0, 1, 3))
    g = np.tanh(a[:, 2 * H : 3 * H])
    c_next = f * c + i * g
    return (o * np.tanh(c_next), c_next), (c, i, f, g, o, c_next)


def gates_backward(dh, dc, cache):
    """The gradients of the sums and of the cell before."""
    c, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
    dc = dc + dh * o * (1 - tanh_c**2)
    da_i, da_f = dc * g * i * (1 - i), dc * c * f * (1 - f)
    da_g, da_o = dc * i * (1 - g**2), dh * tanh_c * o * (1 - o)
    return np.concatenate([da_i, da_f, da_g, da_o], axis=1), dc * f


class Normalised:
    """An LSTM whose sums ``x W_xh`` and ``h W_hh`` are normalised before the gates."""

    def __init__(self, layer):
        self.params = layer.params | {
            "gain_x": np.ones(4 * H, np.float32),
            "gain_h": np.ones(4 * H, np.float32),
        }

    def forward(self, x):
        h = c = np.zeros((len(x), H), np.float32)
        self.caches, hs, p = [], [], self.params
        for t in range(x.shape[1]):
            a_x, of_x = normed(x[:, t] @ p["W_xh"], p["gain_x"])
            a_h, of_h = normed(h @ p["W_hh"], p["gain_h"])
            before = h
            (h, c), cache = gates(a_x + a_h + p["b_h"], c)
            self.caches.append((x[:, t], before, of_x, of_h, cache))
            hs.append(h)
        return np.stack(hs, axis=1), (h, c)

    def backward(self, dh):
        p, back = self.params, (np.zeros_like(dh[:, 0]),) * 2
        self.grads = {name: np.zeros_like(array) for name, array in p.items()}
        for t in reversed(range(dh.shape[1])):
            x, before, of_x, of_h, cache = self.caches[t]
            da, dc = gates_backward(dh[:, t] + back[0], back[1], cache)
            d_x, dgain_x = normed_backward(da, p["gain_x"], of_x)
            d_h, dgain_h = normed_backward(da, p["gain_h"], of_h)
            step = {"W_xh": x.T @ d_x, "W_hh": before.T @ d_h, "b_h": da.sum(axis=0)}
            for name, g in (step | {"gain_x": dgain_x, "gain_h": dgain_h}).items():
                self.grads[name] += g
            back = (d_h @ p["W_hh"].T, dc)


def run(setting, seed):
    layer, head = fresh(seed)
    for name in ("W_xh", "W_hh"):
        layer.params[name] *= setting["scale"]
    body = Normalised(layer) if setting["cell"] == "normalised" else layer
    rule = Rule(adam, [body.params, head.params], setting["lr"])
    rng = np.random.default_rng(1000 + seed)
    for _ in range(setting["updates"]):
        x, y = drawn(parts()["train"], BATCH, LENGTH, rng)
        rule.step(update(body, head, x, y)[1])
    return scores(body, head)
