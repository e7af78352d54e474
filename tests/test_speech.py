"""The loss of 27-speech: against all alignments, and against torch."""

import sys
from itertools import groupby, product
from math import comb
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "experiments"))

from _speech import ctc


@pytest.mark.parametrize("T", [1, 3, 5, 6])
@pytest.mark.parametrize("label", [[], [1], [1, 2], [1, 1], [1, 1, 2], [2, 2, 2]])
def test_ctc_is_the_sum_over_all_alignments_and_torchs(T, label):
    rng = np.random.default_rng(T)
    log_p = torch.log_softmax(torch.tensor(rng.normal(size=(T, 3))), -1).numpy()
    total, number, share = 0.0, 0, np.zeros_like(log_p)
    for path in product(range(3), repeat=T):
        if [k for k, _ in groupby(path) if k != 0] == label:
            p = np.exp(log_p[np.arange(T), list(path)].sum())
            total, number = total + p, number + 1
            share[np.arange(T), list(path)] += p
    L, r = len(label), sum(a == b for a, b in zip(label, label[1:], strict=False))
    assert number == comb(T + L - r, 2 * L)
    loss, occupied = ctc(log_p, label)
    if number == 0:
        assert T < L + r and loss == np.inf and not occupied.any()
        return
    np.testing.assert_allclose(loss, -np.log(total), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(occupied, share / total, rtol=1e-11, atol=1e-13)
    x = torch.tensor(log_p, requires_grad=True)
    theirs = torch.nn.functional.ctc_loss(
        x.log_softmax(-1)[:, None],
        torch.tensor([label or [0]])[:, :L],
        [T],
        [L],
        reduction="sum",
    )
    theirs.backward()
    np.testing.assert_allclose(loss, theirs.item(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.exp(log_p) - occupied, x.grad, atol=1e-12)
