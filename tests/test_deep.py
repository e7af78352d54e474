"""Layers of layers: equal to PyTorch and Keras, outputs, states and every gradient."""

import subprocess
import sys

import numpy as np
import pytest

from rnnbook import convert_deep
from rnnbook.data.vowels import SYMBOLS, VOWELS, missing_vowels
from rnnbook.deep import Bidirectional, Residual, Stacked, reversed_steps
from rnnbook.gradcheck import numerical_gradient
from rnnbook.layers import GRU, LSTM, RNN, Linear

KINDS = pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
B, T, D, H = 3, 6, 4, 5


def made(kind, rng, layers=2, both=True, dropout=0.0, **options):
    """A stack in float64, its biases not zero."""

    def one(size):
        layer = kind(size, H, rng, np.float64, **options)
        for p in layer.params.values():
            if p.ndim == 1:
                p[:] = rng.normal(size=p.shape)
        return layer

    sizes = [D] + [H * (1 + both)] * (layers - 1)
    rows = [Bidirectional(one(s), one(s)) if both else one(s) for s in sizes]
    return Stacked(*rows, dropout=dropout)


def drawn_like(state, rng):
    """A state of the same nest, drawn."""
    if isinstance(state, tuple):
        return tuple(drawn_like(s, rng) for s in state)
    return rng.normal(size=state.shape)


def leaves(state):
    if isinstance(state, tuple):
        return [a for s in state for a in leaves(s)]
    return [state]


def near(a, b):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=0, atol=1e-12)


# ---- equal to PyTorch


@KINDS
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("both", [False, True])
def test_outputs_states_and_every_gradient_are_those_of_pytorch(kind, layers, both):
    import torch

    rng = np.random.default_rng(layers)
    stack = made(kind, rng, layers, both)
    module = convert_deep.to_torch(stack)
    assert (module.num_layers, module.bidirectional) == (layers, both)
    x, dh = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H * (1 + both)))
    first = drawn_like(stack.forward(x)[1], rng)
    h, last = stack.forward(x, first)
    dlast = drawn_like(last, rng)
    dx, dfirst = stack.backward(dh, dlast)

    as_torch = convert_deep.state_to_torch(stack, first)
    pair = isinstance(as_torch, tuple)
    given = [torch.tensor(a) for a in (as_torch if pair else (as_torch,))]
    seen = torch.tensor(x, requires_grad=True)
    for a in given:
        a.requires_grad_()
    out, h_n = module(seen, tuple(given) if pair else given[0])
    found = h_n if pair else (h_n,)
    arrived = convert_deep.state_to_torch(stack, dlast)
    arrived = arrived if pair else (arrived,)
    loss = (out * torch.tensor(dh)).sum()
    for a, d in zip(found, arrived, strict=True):
        loss = loss + (a * torch.tensor(d)).sum()
    loss.backward()

    near(h, out.detach())
    near(dx, seen.grad)
    for ours, theirs in ((last, found), (dfirst, [a.grad for a in given])):
        ours = convert_deep.state_to_torch(stack, ours)
        for a, b in zip(ours if pair else (ours,), theirs, strict=True):
            near(a, b.detach())
    names = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_h": "bias_ih"}
    names |= {"b_xh": "bias_ih", "b_hh": "bias_hh"}
    checked = 0
    for key, grad in stack.grads.items():
        k, *way, name = key.split(".")
        suffix = f"_l{k}" + "_reverse" * (way == ["backward"])
        near(grad.T, getattr(module, names[name] + suffix).grad)
        checked += 1
    assert checked == len(stack.params) == layers * (1 + both) * len(first_params(kind))


def first_params(kind):
    return kind(1, 1).params


@KINDS
def test_padded_sequences_are_those_of_a_packed_batch(kind):
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    rng = np.random.default_rng(4)
    stack = made(kind, rng)
    module = convert_deep.to_torch(stack)
    x, lengths = rng.normal(size=(B, T, D)), np.array([T, 2, 4])
    h, last = stack.forward(x, lengths=lengths)
    packed = pack_padded_sequence(
        torch.tensor(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    out, h_n = module(packed)
    near(h, pad_packed_sequence(out, batch_first=True)[0].detach())
    ours = convert_deep.state_to_torch(stack, last)
    pair = isinstance(ours, tuple)
    for a, b in zip(ours if pair else (ours,), h_n if pair else (h_n,), strict=True):
        near(a, b.detach())


@KINDS
@pytest.mark.parametrize("both", [False, True])
def test_there_and_back_again(kind, both):
    rng = np.random.default_rng(0)
    stack = made(kind, rng, 3, both, dropout=0.25)
    back = convert_deep.from_torch(convert_deep.to_torch(stack))
    assert back.dropout == 0.25 and back.params.keys() == stack.params.keys()
    x = rng.normal(size=(B, T, D))
    near(back.forward(x)[0], stack.forward(x)[0])
    state = stack.forward(x)[1]
    nested = convert_deep.state_from_torch(
        stack, convert_deep.state_to_torch(stack, state)
    )
    assert len(leaves(nested)) == len(leaves(state))
    for a, b in zip(leaves(nested), leaves(state), strict=True):
        near(a, b)


# ---- equal to Keras


@pytest.mark.parametrize(
    ("kind", "options"), [(RNN, {}), (LSTM, {}), (GRU, {}), (GRU, {"reset_after": 0})]
)
def test_outputs_and_every_gradient_are_those_of_keras(kind, options):
    import tensorflow as tf

    rng = np.random.default_rng(1)
    options = {key: bool(value) for key, value in options.items()}
    both = made(kind, rng, 1, True, **options).layers[0]
    stack = Stacked(both, kind(2 * H, 3, rng, np.float64, **options))
    layers = convert_deep.to_keras(stack)
    assert [type(one).__name__ for one in layers][0] == "Bidirectional"
    x, dh = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, 3))
    h, _ = stack.forward(x)
    dx, _ = stack.backward(dh)
    seen = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(seen)
        y = seen
        for layer in layers:
            y = layer(y)
        loss = tf.reduce_sum(y * dh)
    weights = [w for layer in layers for w in layer.trainable_variables]
    near(h, y)
    d, *grads = tape.gradient(loss, [seen, *(w.value for w in weights)])
    near(dx, d)
    assert len(grads) == 3 * 3
    order = (1, 0, 2) if kind is GRU else range(4)  # Keras has z, r, n
    for (key, ours), theirs in zip(by_matrix(stack), grads, strict=True):
        units = H if key.startswith("0.") else 3
        gates = np.split(ours, ours.shape[-1] // units, axis=-1)
        near(np.concatenate([gates[k] for k in order[: len(gates)]], axis=-1), theirs)
    back = convert_deep.from_keras(layers)
    near(back.forward(x)[0], h)
    assert back.params.keys() == stack.params.keys()


def by_matrix(stack):
    """Gradients as Keras groups them: the two biases of a GRU are one array."""
    found = []
    for key, grad in stack.grads.items():
        if key.endswith("b_hh"):
            name, before = found.pop()
            grad, key = np.stack([before, grad]), name
        found.append((key, grad))
    return found


def test_what_keras_has_and_we_have_not_is_refused():
    import keras

    def read(layer):
        layer.build((None, None, D))
        return convert_deep.from_keras([layer])

    gru = keras.layers.GRU
    with pytest.raises(ValueError, match="return_sequences=True in layer 0"):
        read(gru(H))
    with pytest.raises(ValueError, match="merge_mode='concat' in layer 0, got 'sum'"):
        read(keras.layers.Bidirectional(gru(H, return_sequences=True), "sum"))
    with pytest.raises(ValueError, match="layers: expected a list of Keras layers"):
        convert_deep.from_keras([])


# ---- mathematics of our own


@pytest.mark.parametrize("lengths", [None, np.array([T, 1, 4])])
def test_residual_and_dropout_have_the_gradients_of_central_differences(lengths):
    rng = np.random.default_rng(2)
    stack = Stacked(
        GRU(D, H, rng, np.float64),
        Residual(Stacked(LSTM(H, H, rng, np.float64), RNN(H, H, rng, np.float64))),
        Residual(Bidirectional(RNN(H, 2, rng, np.float64), RNN(H, 3, rng, np.float64))),
        dropout=0.4,
    )
    x, dh = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))

    def loss():
        h, _ = stack.forward(x, lengths=lengths, rng=np.random.default_rng(7))
        return (h * dh).sum()

    loss()
    dx, _ = stack.backward(dh)
    grads = {name: grad.copy() for name, grad in stack.grads.items()}
    near_by = dict(rtol=0, atol=1e-7)
    np.testing.assert_allclose(dx, numerical_gradient(loss, x), **near_by)
    for name, p in stack.params.items():
        np.testing.assert_allclose(grads[name], numerical_gradient(loss, p), **near_by)


def test_a_second_round_gives_the_same_and_changes_no_argument():
    rng = np.random.default_rng(3)
    stack = made(LSTM, rng)
    x, dh = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, 2 * H))
    kept = x.copy(), dh.copy()
    rounds = []
    for _ in range(2):
        h, _ = stack.forward(x)
        dx, _ = stack.backward(dh)
        rounds.append([h, dx, *(g.copy() for g in stack.grads.values())])
    assert all(np.array_equal(a, b) for a, b in zip(*rounds, strict=True))
    assert np.array_equal(kept[0], x) and np.array_equal(kept[1], dh)


def test_what_stands_after_a_sequence_changes_nothing():
    rng = np.random.default_rng(5)
    stack = Stacked(*made(GRU, rng).layers, Residual(RNN(2 * H, 2 * H, 0, np.float64)))
    x, lengths = rng.normal(size=(B, T, D)), np.array([2, T, 3])
    other = x.copy()
    other[0, 2:] = np.nan
    h, _ = stack.forward(x, lengths=lengths)
    again, _ = stack.forward(other, lengths=lengths)
    assert np.array_equal(h, again) and not h[0, 2:].any()
    alone, _ = stack.forward(x[:1, :2])
    near(h[0, :2], alone[0])


def test_only_an_rng_drops_and_never_after_the_last_layer():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(B, T, D))
    one = made(RNN, rng, 1, False, dropout=0.5)
    assert np.array_equal(one.forward(x)[0], one.forward(x, rng=rng)[0])
    two = made(RNN, rng, 2, False, dropout=0.5)
    plain = two.forward(x)[0]
    assert np.array_equal(plain, two.forward(x)[0])
    dropped = two.forward(x, rng=np.random.default_rng(1))[0]
    assert not np.allclose(plain, dropped)
    # The lower layer's own recurrence is as it was: only what goes up is thinned.
    states = [two.forward(x, rng=r)[1][0] for r in (None, np.random.default_rng(1))]
    assert np.array_equal(*states)
    assert (dropped != 0).all()


def test_dropout_keeps_the_mean_of_what_goes_up():
    from types import SimpleNamespace

    class Ones:
        input_size = hidden_size = 1
        dtype = np.dtype(np.float64)
        params = grads = {}

        def forward(self, x, state=None, lengths=None):
            return x, None

    got = Stacked(Ones(), Ones(), dropout=0.3)
    x = np.ones((40, 50, 1))
    h, _ = got.forward(x, rng=np.random.default_rng(0))
    assert set(np.unique(h).round(9)) == {0, round(1 / 0.7, 9)}
    assert abs(h.mean() - 1) < 0.05 and abs((h == 0).mean() - 0.3) < 0.03
    assert SimpleNamespace(dropout=got.dropout).dropout == 0.3


def test_a_backward_direction_ends_at_the_first_column():
    rng = np.random.default_rng(8)
    both = made(GRU, rng, 1).layers[0]
    h, (ahead, back) = both.forward(rng.normal(size=(B, T, D)))
    assert np.array_equal(ahead, h[:, -1, :H]) and np.array_equal(back, h[:, 0, H:])
    assert not np.allclose(back, h[:, -1, H:])


def test_steps_turned_twice_are_as_they_were():
    a, n = np.arange(24).reshape(2, 4, 3), np.array([4, 2])
    once = reversed_steps(a, n)
    assert np.array_equal(once[1, :2], a[1, 1::-1]) and (once[1, 2:] == a[1, 2:]).all()
    assert np.array_equal(reversed_steps(once, n), a)
    assert np.array_equal(reversed_steps(reversed_steps(a)), a)


# ---- refused


def gru(d=D, h=H, dtype=np.float64):
    return GRU(d, h, 0, dtype)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Stacked(), "layers: expected at least one, got none"),
        (lambda: Stacked(gru(), gru()), "layer 1 to read 5, .* got input_size 4"),
        (lambda: Stacked(gru(), gru(H), dropout=1), "dropout: expected from 0 to"),
        (lambda: Stacked(gru(), gru(H), dropout=True), "dropout: expected .* got True"),
        (lambda: Stacked(*[gru(H)] * 2), "layers of their own, got one twice"),
        (lambda: Bidirectional(*[gru()] * 2), "layers of their own, got one twice"),
        (lambda: Bidirectional(gru(), gru(3)), "backward_layer: expected .* 4, got 3"),
        (lambda: Stacked(gru(), gru(H, H, np.float32)), "one dtype for all"),
        (lambda: Residual(gru()), "layer: expected input_size equal .* got 4 and 5"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_array_is_no_state_of_several_layers():
    both, x = Bidirectional(gru(), gru()), np.zeros((B, T, D))
    with pytest.raises(ValueError, match="state: expected a pair .* got ndarray"):
        both.forward(x, np.zeros((2, B, H)))
    stack = Stacked(gru(), gru(H))
    with pytest.raises(ValueError, match="state: expected a tuple of 2 .* got ndarray"):
        stack.forward(x, np.zeros((2, B, H)))
    with pytest.raises(ValueError, match="got a tuple of 3"):
        stack.forward(x, (None,) * 3)
    stack.forward(x)
    with pytest.raises(ValueError, match="dstate: expected a tuple of 2"):
        stack.backward(np.zeros((B, T, H)), np.zeros((2, B, H)))
    both.forward(x)
    with pytest.raises(ValueError, match=r"dh: expected shape \(B, T, 10\)"):
        both.backward(np.zeros((B, T, H)))


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda: Stacked(gru(H)),
        lambda: Bidirectional(gru(H), gru(H)),
        lambda: Residual(gru(H)),
    ],
)
def test_backward_needs_a_forward_pass_that_succeeded(wrapped):
    layer, x = wrapped(), np.zeros((B, T, H))
    with pytest.raises(RuntimeError, match="backward: call forward first"):
        layer.backward(x)
    layer.forward(x)
    with pytest.raises(ValueError, match="x: expected"):
        layer.forward(np.zeros((B, T, H + 1)))
    with pytest.raises(RuntimeError, match="backward: call forward first"):
        layer.backward(x)


def test_a_residual_never_broadcasts():
    class Narrow:
        input_size = hidden_size = 3
        dtype = np.dtype(np.float64)

        def forward(self, x, state=None, lengths=None):
            return x[:, :, :1], None

    with pytest.raises(ValueError, match=r"x: expected the shape of the output"):
        Residual(Narrow()).forward(np.zeros((2, 4, 3)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Stacked(Bidirectional(gru(), gru()), gru(2 * H)), "2 directions in"),
        (lambda: Stacked(gru(), LSTM(H, H, 0, np.float64)), "got LSTM of 5"),
        (lambda: Stacked(gru(), gru(H, 3)), "got GRU of 3"),
        (lambda: Stacked(Residual(gru(H))), "got Residual"),
        (lambda: gru(), "stack: expected a Stacked, got"),
    ],
)
def test_what_one_module_of_pytorch_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        convert_deep.to_torch(make())


def test_other_modules_of_pytorch_are_refused():
    import torch

    with pytest.raises(ValueError, match="module: expected torch.nn.RNN"):
        convert_deep.from_torch(torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match="proj_size=0, got 2"):
        convert_deep.from_torch(torch.nn.LSTM(3, 4, proj_size=2))
    with pytest.raises(ValueError, match="nonlinearity='tanh'"):
        convert_deep.from_torch(torch.nn.RNN(3, 4, 2, nonlinearity="relu"))
    stack = Stacked(gru(), gru(H))
    with pytest.raises(ValueError, match="state: expected 2 entries on the first axis"):
        convert_deep.state_from_torch(stack, np.zeros((4, B, H)))


def test_importing_it_imports_neither_framework():
    code = (
        "import sys, rnnbook.deep, rnnbook.convert_deep, rnnbook.data.vowels;"
        "print([m for m in ('torch', 'tensorflow', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# ---- the text without vowels


def test_vowels_are_taken_out_and_named():
    task = missing_vowels("Ab cd, $x_e$ `code` {doc}`a` ÜZ")
    assert task.text == "ab cd z"
    assert "".join(SYMBOLS[k] for k in task.x) == "_b cd z"
    assert task.y.tolist() == [0, -1, -1, -1, -1, -1, -1]


def test_each_letter_is_either_read_or_asked_for():
    task = missing_vowels("the quick brown fox jumps over the lazy dog")
    for c, x, y in zip(task.text, task.x, task.y, strict=True):
        assert c == (VOWELS[y] if y >= 0 else SYMBOLS[x])
        assert (SYMBOLS[x] == "_") == (y >= 0)


@pytest.mark.parametrize("text", ["", "xyz", 7])
def test_a_text_without_vowels_is_refused(text):
    with pytest.raises(ValueError, match="text: expected"):
        missing_vowels(text)


def test_a_readout_takes_what_a_stack_gives():
    stack = Stacked(Bidirectional(gru(), gru()))
    head = Linear(stack.hidden_size, 2, 0, np.float64)
    assert head.forward(stack.forward(np.zeros((B, T, D)))[0]).shape == (B, T, 2)
