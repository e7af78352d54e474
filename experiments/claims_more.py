"""What do formulas say to three more claims that need no training?

``value`` is what the claim speaks of, ``control`` the same with one thing changed; what
they are stands beside each function below. Used by ``41-claims-tested``.
"""

import torch
from torch import nn

GRID = [{"claim": c} for c in ("any number", "minus a gate", "clip a small one")]
SEEDS = range(5)
TOLERANCE = {"value": 0.01, "control": 0.01}

B, L, D, H = 4, 10, 3, 16


def any_number():
    """The largest output for inputs times a thousand: of the state, and of a head.

    The head reads the same states; its weights and bias are ten times as drawn.
    """
    h = nn.LSTM(D, H, batch_first=True)(1000 * torch.randn(B, L, D))[0].detach()
    return float(h.abs().max()), float((10 * nn.Linear(H, 1)(h).detach()).abs().max())


def minus_a_gate():
    """How far a GRU and an LSTM that lacks a gate differ: as they are, and r at one.

    The LSTM has the GRU's weights, its input gate is coupled to the forget gate, i.e.
    i = 1 - f, and there is neither an output gate nor a tanh on the way out.
    """
    out = []
    for bias in (0.0, 30.0):
        cell, x = nn.GRUCell(D, H), torch.randn(L, B, D)
        cell.bias_ih.data[:H] += bias  # the reset gate
        h = c = torch.zeros(B, H)
        for x_t in x:
            h = cell(x_t, h)
            a = x_t @ cell.weight_ih.T + cell.bias_ih + cell.bias_hh
            a = a + c @ cell.weight_hh.T
            f, g = a[:, H : 2 * H].sigmoid(), a[:, 2 * H :].tanh()
            c = f * c + (1 - f) * g
        out.append(float((h - c).detach().abs().max()))
    return out


def clip_a_small_one():
    """By what a gradient is multiplied by a bound of 1: of norm 0.01, and of 100."""
    out = []
    for norm in (0.01, 100.0):
        w = torch.zeros(H, requires_grad=True)
        w.grad = torch.nn.functional.normalize(torch.randn(H), dim=0) * norm
        nn.utils.clip_grad_norm_([w], 1.0)
        out.append(float(w.grad.norm()) / norm)
    return out


def run(setting, seed):
    torch.manual_seed(seed)
    value, control = globals()[setting["claim"].replace(" ", "_")]()
    return {"value": value, "control": control}
