"""The taught steps: every gradient by central differences, and against autograd."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import bptt, cells
from rnnbook.gradcheck import numerical_gradient, relative_error

KINDS = {
    "rnn": (cells.rnn_step, cells.rnn_step_backward, 1, ("b_h",)),
    "lstm": (cells.lstm_step, cells.lstm_step_backward, 4, ("b_h",)),
    "gru": (cells.gru_step, cells.gru_step_backward, 3, ("b_h",)),
    "gru_reset_after": (
        cells.gru_reset_after_step,
        cells.gru_reset_after_step_backward,
        3,
        ("b_xh", "b_hh"),
    ),
}


def make(kind, B, T, D, H, seed):
    """Random input, state and parameters, and random weights of a linear loss."""
    _, _, k, biases = KINDS[kind]
    rng = np.random.default_rng(seed)
    params = {"W_xh": rng.normal(size=(D, k * H)) / 2}
    params |= {"W_hh": rng.normal(size=(H, k * H)) / 2}
    params |= {b: rng.normal(size=k * H) / 2 for b in biases}
    h, c = rng.normal(size=(2, B, H))
    state = (h, c) if kind == "lstm" else h
    dstate = tuple(rng.normal(size=(2, B, H))) if kind == "lstm" else h * 0.5 + 1
    return rng.normal(size=(B, T, D)), state, params, rng.normal(size=(B, T, H)), dstate


def parts(state):
    return list(state) if isinstance(state, tuple) else [state]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(
    B=st.integers(1, 3),
    T=st.integers(1, 4),
    D=st.integers(1, 3),
    H=st.integers(1, 3),
    seed=st.integers(0, 10**6),
)
def test_every_gradient_by_central_differences(kind, B, T, D, H, seed):
    step, step_backward, *_ = KINDS[kind]
    x, state, params, dh, dstate = make(kind, B, T, D, H, seed)

    def loss():
        h, last, _ = bptt.forward(step, x, state, params)
        ends = zip(parts(last), parts(dstate), strict=True)
        return (h * dh).sum() + sum((s * d).sum() for s, d in ends)

    before = [a.copy() for a in (x, dh, *parts(state), *parts(dstate))]
    _, _, caches = bptt.forward(step, x, state, params)
    dx, dstate0, grads = bptt.backward(step_backward, dh, dstate, caches, params)
    for a, b in zip((x, dh, *parts(state), *parts(dstate)), before, strict=True):
        assert np.array_equal(a, b), "an argument was changed"

    assert set(grads) == set(params)
    checks = [(x, dx), *zip(parts(state), parts(dstate0), strict=True)]
    checks += [(params[name], grads[name]) for name in params]
    for a, da in checks:
        assert relative_error(da, numerical_gradient(loss, a)) < 1e-6


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru_reset_after"])
def test_steps_equal_torch(kind):
    step, step_backward, k, biases = KINDS[kind]
    x, state, params, dh, dstate = make(kind, 3, 6, 4, 5, 0)
    name = {"rnn": "RNN", "lstm": "LSTM", "gru_reset_after": "GRU"}[kind]
    module = getattr(torch.nn, name)(4, 5, batch_first=True, dtype=torch.float64)
    b_ih = params[biases[0]]
    b_hh = params["b_hh"] if "b_hh" in params else np.zeros_like(b_ih)
    values = [params["W_xh"].T, params["W_hh"].T, b_ih, b_hh]
    for p, value in zip(module.parameters(), values, strict=True):
        p.data = torch.tensor(value)
    xt = torch.tensor(x, requires_grad=True)
    starts = [torch.tensor(s[None], requires_grad=True) for s in parts(state)]
    out, last = module(xt, tuple(starts) if kind == "lstm" else starts[0])
    ends = zip(parts(last), parts(dstate), strict=True)
    loss = (out * torch.tensor(dh)).sum()
    (loss + sum((s[0] * torch.tensor(d)).sum() for s, d in ends)).backward()

    h, last_np, caches = bptt.forward(step, x, state, params)
    dx, dstate0, grads = bptt.backward(step_backward, dh, dstate, caches, params)
    W_ih, W_hh, gb_ih, gb_hh = (p.grad.numpy() for p in module.parameters())
    pairs = [(h, out), (dx, xt.grad), (grads["W_xh"], W_ih.T), (grads["W_hh"], W_hh.T)]
    pairs += [(grads[biases[0]], gb_ih), (grads[biases[-1]], gb_hh)]
    pairs += [(a, b[0]) for a, b in zip(parts(last_np), parts(last), strict=True)]
    pairs += [(a, s.grad[0]) for a, s in zip(parts(dstate0), starts, strict=True)]
    for ours, theirs in pairs:
        if torch.is_tensor(theirs):
            theirs = theirs.detach().numpy()
        assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_float32(kind):
    step, step_backward, *_ = KINDS[kind]
    x, state, params, dh, dstate = make(kind, 2, 3, 2, 3, 0)
    x, dh = x.astype(np.float32), dh.astype(np.float32)
    params = {name: p.astype(np.float32) for name, p in params.items()}
    state, dstate = (
        tuple(a.astype(np.float32) for a in s)
        if isinstance(s, tuple)
        else s.astype(np.float32)
        for s in (state, dstate)
    )
    h, last, caches = bptt.forward(step, x, state, params)
    dx, d0, grads = bptt.backward(step_backward, dh, dstate, caches, params)
    for a in (h, dx, *parts(last), *parts(d0), *grads.values()):
        assert a.dtype == np.float32


def test_sigmoid_does_not_overflow():
    with np.errstate(all="raise"):
        assert np.array_equal(cells.sigmoid(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])


def test_numerical_gradient_of_a_cubic_and_its_bad_input():
    a = np.array([[1.0, -2.0]])
    assert np.allclose(numerical_gradient(lambda: (a**3).sum(), a), 3 * a**2)
    assert np.array_equal(a, [[1.0, -2.0]])
    with pytest.raises(ValueError, match="float32"):
        numerical_gradient(lambda: 0.0, np.zeros(2, np.float32))


def test_relative_error():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([1.0, 4.0]), np.array([1.0, 5.0])) == 0.2
    assert not relative_error(np.array([np.nan]), np.array([1.0])) < 1
    with pytest.raises(ValueError, match="shape"):
        relative_error(np.zeros(3), np.zeros((3, 1)))
