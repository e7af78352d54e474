"""The layers equal torch.nn and keras.layers: outputs, states, every gradient.

In both directions of conversion, with and without padding, in float64 and float32.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_exam import TERM, asked, numbers

from rnnbook.convert import from_keras, from_torch, to_keras, to_torch
from rnnbook.layers import GRU, LSTM, RNN, Linear

KINDS = {
    "RNN": (RNN, {}, "SimpleRNN"),
    "LSTM": (LSTM, {}, "LSTM"),
    "GRU": (GRU, {"reset_after": True}, "GRU"),
    "GRU before": (GRU, {"reset_after": False}, "GRU"),
}
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}
every_dtype = pytest.mark.parametrize("dtype", TOLERANCE)
every_kind = pytest.mark.parametrize("kind", KINDS)
torch_kind = pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
both_ways = pytest.mark.parametrize("direction", ["to", "from"])
some = settings(deadline=None, derandomize=True, database=None)


@st.composite
def sizes(draw):
    """B, T, D, H, lengths (or None), and whether an initial state is given."""
    B, T, D, H = (draw(st.integers(1, n)) for n in (4, 6, 4, 5))
    lengths = st.lists(st.integers(1, T), min_size=B, max_size=B)
    return B, T, D, H, draw(st.none() | lengths), draw(st.booleans())


def tuple_of(state):
    return tuple(state) if isinstance(state, tuple | list) else (state,)


def arrays_for(kind, dtype, B, T, D, H, lengths, with_state):
    rng = np.random.default_rng(7)
    normal = lambda *shape: rng.standard_normal(shape).astype(dtype)  # noqa: E731
    n = 2 if kind == "LSTM" else 1
    x, dh = normal(B, T, D), normal(B, T, H)
    states = [normal(B, H) if with_state else np.zeros((B, H), dtype) for _ in range(n)]
    lengths = None if lengths is None else np.array(lengths)
    if lengths is not None:  # frameworks do not ignore what comes back from padding
        dh[np.arange(T) >= lengths[:, None]] = 0
    return x, dh, states, [normal(B, H) for _ in range(n)], lengths


def random_layer(kind, D, H, dtype):
    make, options, _ = KINDS[kind]
    layer = make(D, H, rng=3, dtype=dtype, **options)
    rng = np.random.default_rng(4)
    for p in layer.params.values():
        p[...] = 0.4 * rng.standard_normal(p.shape)  # saturation would cost digits
    return layer


def run_layer(layer, x, dh, states, dstates, lengths):
    pack = tuple if len(states) > 1 else lambda s: s[0]
    h, state = layer.forward(x, pack(states), lengths)
    dx, dstate = layer.backward(dh, pack(dstates))
    out = {"h": h, "dx": dx, **{name: g for name, g in layer.grads.items()}}
    out |= {f"state {k}": s for k, s in enumerate(tuple_of(state))}
    return out | {f"dstate {k}": s for k, s in enumerate(tuple_of(dstate))}


def run_torch(module, x, dh, states, dstates, lengths):
    import torch
    from torch.nn.utils import rnn

    x, *states = (torch.from_numpy(a).requires_grad_() for a in (x, *states))
    first = tuple(s[None] for s in states)
    given = x
    if lengths is not None:
        given = rnn.pack_padded_sequence(
            x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
        )
    h, last = module(given, first if len(first) > 1 else first[0])
    if lengths is not None:
        h, _ = rnn.pad_packed_sequence(h, batch_first=True, total_length=x.shape[1])
    last = [s[0] for s in tuple_of(last)]
    gradients = [torch.from_numpy(d) for d in (dh, *dstates)]
    torch.autograd.backward([h, *last], gradients)
    out = {"h": h.detach(), "dx": x.grad}
    out |= {f"state {k}": s.detach() for k, s in enumerate(last)}
    out |= {f"dstate {k}": s.grad for k, s in enumerate(states)}
    out |= {"W_xh": module.weight_ih_l0.grad.T, "W_hh": module.weight_hh_l0.grad.T}
    if isinstance(module, torch.nn.GRU):
        out |= {"b_xh": module.bias_ih_l0.grad, "b_hh": module.bias_hh_l0.grad}
    else:
        out |= {"b_h": module.bias_ih_l0.grad}
    return {name: np.asarray(a) for name, a in out.items()}


def run_keras(layer, kind, x, dh, states, dstates, lengths):
    import tensorflow as tf

    layer.return_sequences = layer.return_state = True
    x, *first = (tf.constant(a) for a in (x, *states))
    mask = None if lengths is None else tf.sequence_mask(lengths, x.shape[1])
    weights = [w.value for w in layer.trainable_weights]
    with tf.GradientTape() as tape:
        tape.watch([x, *first])
        h, *last = layer(x, initial_state=first, mask=mask)
        loss = tf.reduce_sum(h * dh)
        loss += sum(tf.reduce_sum(s * d) for s, d in zip(last, dstates, strict=True))
    dx, *rest = tape.gradient(loss, [x, *first, *weights])
    dfirst, dweights = rest[: len(first)], [np.array(g) for g in rest[len(first) :]]
    if kind.startswith("GRU"):  # Keras has z, r, n
        H = layer.units
        order = np.r_[H : 2 * H, 0:H, 2 * H : 3 * H]
        dweights = [g[..., order] for g in dweights]
    W_xh, W_hh, b = dweights
    biases = {"b_xh": b[0], "b_hh": b[1]} if b.ndim == 2 else {"b_h": b}
    out = {"h": h, "dx": dx, "W_xh": W_xh, "W_hh": W_hh, **biases}
    out |= {f"state {k}": s for k, s in enumerate(last)}
    out |= {f"dstate {k}": d for k, d in enumerate(dfirst)}
    return {name: np.array(a) for name, a in out.items()}


def assert_equal(found, expected, dtype):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype == np.dtype(dtype), name
        # Relative to the largest entry, but a sum may cancel almost to nothing.
        scale = max(1, np.abs(value).max())
        assert np.abs(found[name] - value).max() < TOLERANCE[dtype] * scale, name


# ---- PyTorch


def pair_with_torch(direction, kind, D, H, dtype):
    import torch

    if direction == "to":
        layer = random_layer(kind, D, H, dtype)
        return layer, to_torch(layer)
    torch.manual_seed(5)
    made = getattr(torch.nn, kind)(D, H, batch_first=True, dtype=getattr(torch, dtype))
    return from_torch(made), made


@torch_kind
@both_ways
@every_dtype
@settings(some, max_examples=50)
@given(size=sizes())
def test_equal_to_torch(kind, direction, dtype, size):
    _, _, D, H, *_ = size
    layer, module = pair_with_torch(direction, kind, D, H, dtype)
    arrays = arrays_for(kind, dtype, *size)
    assert_equal(run_layer(layer, *arrays), run_torch(module, *arrays), dtype)


@torch_kind
@every_dtype
def test_equal_to_torch_at_training_size(kind, dtype):
    layer, module = pair_with_torch("from", kind, 28, 64, dtype)
    arrays = arrays_for(kind, dtype, 32, 28, 28, 64, None, True)
    assert_equal(run_layer(layer, *arrays), run_torch(module, *arrays), dtype)


@torch_kind
def test_torch_and_back(kind):
    layer = random_layer(kind, 3, 4, "float32")
    module = to_torch(layer)
    assert module.batch_first
    back = from_torch(module)
    module.weight_ih_l0.data.zero_()  # neither shares memory
    for name, p in layer.params.items():
        np.testing.assert_array_equal(back.params[name], p)


@torch_kind
def test_torch_without_biases_has_zeros(kind):
    import torch

    layer = from_torch(getattr(torch.nn, kind)(3, 4, bias=False))
    assert not any(p.any() for name, p in layer.params.items() if name[0] == "b")


def test_torch_has_no_reset_before():
    with pytest.raises(ValueError, match="reset_after=False: torch.nn.GRU applies"):
        to_torch(GRU(3, 4, reset_after=False))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("LSTM", {"num_layers": 2}, "num_layers=1, got 2"),
        ("GRU", {"bidirectional": True}, "bidirectional=False, got True"),
        ("LSTM", {"proj_size": 2}, "proj_size=0, got 2"),
        ("RNN", {"nonlinearity": "relu"}, "nonlinearity='tanh', got 'relu'"),
        ("LSTM", {"dtype": "float16"}, "expected float32 or float64, got float16"),
    ],
)
def test_torch_modules_without_equal(kind, options, message):
    import torch

    if "dtype" in options:
        options = {"dtype": getattr(torch, options["dtype"])}
    with pytest.raises(ValueError, match=f"^module: .*{message}"):
        from_torch(getattr(torch.nn, kind)(3, 4, **options))


def test_from_torch_takes_recurrent_modules_only():
    import torch

    with pytest.raises(ValueError, match="module: expected .* got Linear"):
        from_torch(torch.nn.Linear(3, 4))


@torch_kind
def test_torch_parameters_are_read_by_name(kind):
    """Their order changes where one was taken out and put back, as after pruning."""
    import torch
    from torch.nn.utils import prune

    module = getattr(torch.nn, kind)(3, 4)
    expected = from_torch(module).params
    for name in ("weight_ih_l0", "bias_ih_l0"):
        module._parameters[name] = module._parameters.pop(name)
    found = from_torch(module).params
    prune.l1_unstructured(module, "weight_hh_l0", 3)
    prune.remove(module, "weight_hh_l0")
    pruned = from_torch(module).params
    for name, p in expected.items():
        np.testing.assert_array_equal(found[name], p)
    assert (pruned["W_hh"] == 0).sum() == 3
    np.testing.assert_array_equal(pruned["W_xh"], expected["W_xh"])


def weight_norm(module):
    import torch

    torch.nn.utils.weight_norm(module, "weight_hh_l0")


def both_weights_normed(module):
    import torch

    for name in ("weight_ih_l0", "weight_hh_l0"):
        torch.nn.utils.weight_norm(module, name)


def weight_drop(module):
    """As in the AWD-LSTM: the weight is made of a raw one at each call."""
    import torch

    raw = module._parameters.pop("weight_hh_l0")
    module.register_parameter("weight_hh_l0_raw", torch.nn.Parameter(raw.data))
    module.weight_hh_l0 = torch.nn.functional.dropout(raw.detach(), 0.5)


def pruned(module):
    from torch.nn.utils import prune

    prune.l1_unstructured(module, "weight_hh_l0", 3)


def another_first(module):
    import torch

    extra = torch.nn.Parameter(torch.zeros(16, 3))
    module._parameters = {"extra": extra, **module._parameters}


def one_missing(module):
    del module._parameters["bias_hh_l0"]


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (weight_norm, "weight_hh_l0_g, weight_hh_l0_v; what computes a weight"),
        (both_weights_normed, "got bias_ih_l0, bias_hh_l0, weight_ih_l0_g"),
        (weight_drop, "weight_hh_l0_raw; what computes a weight from others"),
        (pruned, "weight_hh_l0_orig; what computes"),
        (another_first, "expected the parameters weight_ih_l0, .* got extra, "),
        (one_missing, "got weight_ih_l0, weight_hh_l0, bias_ih_l0; "),
    ],
)
def test_torch_weights_made_of_others_are_refused(change, message):
    import torch

    module = torch.nn.LSTM(3, 4)
    change(module)
    with pytest.raises(ValueError, match=f"^module: .*{message}.*$"):
        from_torch(module)


@torch_kind
def test_torch_weights_without_values_are_refused(kind):
    import torch

    with pytest.raises(ValueError, match="^module: .* on the device meta, .*$"):
        from_torch(getattr(torch.nn, kind)(3, 4, device="meta"))


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("weight_ih_l0", (16, 5), r"weight_ih_l0 in .* \(16, 3\), got .* \(16, 5\)"),
        ("weight_hh_l0", (4, 4), r"weight_hh_l0 in .* \(16, 4\), got .* \(4, 4\)"),
        ("bias_ih_l0", (1,), r"bias_ih_l0 in .* \(16,\), got .* \(1,\)"),
        ("bias_hh_l0", (16, 1), r"bias_hh_l0 in .* \(16,\), got .* \(16, 1\)"),
    ],
)
def test_torch_weights_of_another_shape_are_refused(name, shape, message):
    import torch

    module = torch.nn.LSTM(3, 4)
    setattr(module, name, torch.nn.Parameter(torch.zeros(shape)))
    with pytest.raises(ValueError, match=f"^module: expected {message}$"):
        from_torch(module)


def test_torch_weights_of_two_dtypes_are_refused():
    import torch

    module = torch.nn.LSTM(3, 4)
    module.weight_hh_l0 = torch.nn.Parameter(module.weight_hh_l0.double())
    with pytest.raises(ValueError, match="weight_hh_l0 in torch.float32 .*float64"):
        from_torch(module)


# ---- Keras


def pair_with_keras(direction, kind, D, H, dtype):
    import keras

    if direction == "to":
        layer = random_layer(kind, D, H, dtype)
        return layer, to_keras(layer)
    _, options, name = KINDS[kind]
    keras.utils.set_random_seed(6)
    made = getattr(keras.layers, name)(
        H,
        dtype=dtype,
        bias_initializer=keras.initializers.RandomNormal(seed=1),
        zero_output_for_mask=True,
        **options,
    )
    made.build((None, None, D))
    return from_keras(made), made


@every_kind
@both_ways
@every_dtype
@settings(some, max_examples=15)
@given(size=sizes())
def test_equal_to_keras(kind, direction, dtype, size):
    _, _, D, H, *_ = size
    layer, made = pair_with_keras(direction, kind, D, H, dtype)
    arrays = arrays_for(kind, dtype, *size)
    assert_equal(run_layer(layer, *arrays), run_keras(made, kind, *arrays), dtype)


@every_kind
@pytest.mark.parametrize("lengths", [None, (5, 2, 1)])
def test_equal_to_keras_with_and_without_mask(kind, lengths):
    layer, made = pair_with_keras("from", kind, 3, 4, "float64")
    arrays = arrays_for(kind, "float64", 3, 5, 3, 4, lengths, True)
    assert_equal(run_layer(layer, *arrays), run_keras(made, kind, *arrays), "float64")


@every_kind
def test_keras_and_back(kind):
    layer = random_layer(kind, 3, 4, "float32")
    made = to_keras(layer)
    assert made.return_sequences
    back = from_keras(made)
    for name, p in layer.params.items():
        np.testing.assert_array_equal(back.params[name], p)


@every_kind
def test_keras_without_biases_has_zeros(kind):
    import keras

    _, options, name = KINDS[kind]
    made = getattr(keras.layers, name)(4, use_bias=False, **options)
    made.build((None, None, 3))
    layer = from_keras(made)
    assert not any(p.any() for name, p in layer.params.items() if name[0] == "b")
    np.testing.assert_array_equal(
        layer.params["W_xh"][:, -4:], made.get_weights()[0][:, -4:]
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("LSTM", {"activation": "relu"}, "activation='tanh', got 'relu'"),
        (
            "GRU",
            {"recurrent_activation": "hard_sigmoid"},
            "recurrent_activation='sigmoid'",
        ),
        ("SimpleRNN", {"go_backwards": True}, "go_backwards=False, got True"),
        ("LSTM", {"stateful": True}, "stateful=False, got True"),
        ("LSTM", {"dropout": 0.5}, "dropout=0, got 0.5"),
        ("GRU", {"recurrent_dropout": 0.5}, "recurrent_dropout=0, got 0.5"),
        ("LSTM", {"dtype": "float16"}, "expected float32 or float64, got float16"),
    ],
)
def test_keras_layers_without_equal(name, options, message):
    import keras

    made = getattr(keras.layers, name)(4, **options)
    made.build((2, 5, 3))
    with pytest.raises(ValueError, match=f"^layer: .*{message}"):
        from_keras(made)


def test_from_keras_takes_built_recurrent_layers_only():
    import keras

    with pytest.raises(ValueError, match="layer: expected .* got Dense"):
        from_keras(keras.layers.Dense(4))
    with pytest.raises(ValueError, match="layer: expected a built layer"):
        from_keras(keras.layers.LSTM(4))
    with pytest.raises(ValueError, match="layer: expected .* got Bidirectional"):
        from_keras(keras.layers.Bidirectional(keras.layers.LSTM(4)))


@pytest.mark.parametrize("convert", [to_torch, to_keras])
def test_other_layers_are_refused(convert):
    with pytest.raises(
        ValueError, match="layer: expected an RNN, LSTM or GRU, got Linear"
    ):
        convert(Linear(3, 4))


@pytest.mark.parametrize("convert", [to_torch, to_keras])
@pytest.mark.parametrize(
    ("kind", "name", "value", "message"),
    [
        (LSTM, "b_h", np.zeros(1, np.float32), r"float32 of shape \(16,\), .* \(1,\)"),
        (LSTM, "b_h", np.zeros(4, np.float32), r"shape \(16,\), got .* \(4,\)"),
        (RNN, "b_h", np.zeros((1, 4), np.float32), r"shape \(4,\), got .* \(1, 4\)"),
        (GRU, "b_hh", np.zeros(1, np.float32), r"shape \(12,\), got .* \(1,\)"),
        (LSTM, "W_hh", np.zeros((16, 4), np.float32), r"\(4, 16\), got .* \(16, 4\)"),
        (RNN, "W_xh", np.zeros((3, 4)), "in float32 .* got float64"),
        (RNN, "b_h", np.float32(0), r"an array of shape \(4,\), got float32"),
        (RNN, "b_h", [0.0] * 4, r"an array of shape \(4,\), got list"),
        (RNN, "b_h", None, r"an array of shape \(4,\), got nothing"),
    ],
)
def test_params_that_the_layer_refuses_are_refused(convert, kind, name, value, message):
    layer = kind(3, 4)
    layer.params[name] = value
    told = f"^layer: expected params.'{name}'. .*"
    with pytest.raises(ValueError, match=told + message):
        convert(layer)
    del layer.params[name]
    with pytest.raises(ValueError, match=told + "got nothing$"):
        convert(layer)


@pytest.mark.parametrize("convert", [to_torch, to_keras])
@pytest.mark.parametrize("kind", [RNN, LSTM])
def test_params_that_the_layer_does_not_have_are_refused(convert, kind):
    layer = kind(3, 4)
    layer.params["b_hh"] = np.zeros_like(layer.params["b_h"])
    with pytest.raises(ValueError, match="^layer: expected params .* got also b_hh$"):
        convert(layer)


# What the exam asks about Keras, here as it takes seconds to load.


def test_a_keras_model_has_the_parameters_of_the_stacked_question():
    keras = pytest.importorskip("keras")
    q = asked("images.stack", TERM, "Ada")
    C, _, H, K = map(int, numbers(q.text))
    layers = [
        keras.layers.Input((C, C)),
        keras.layers.LSTM(H, return_sequences=True),
        keras.layers.LSTM(H),
        keras.layers.Dense(K),
    ]
    assert keras.Sequential(layers).count_params() == q.answer


def test_the_update_gate_comes_first_in_keras():
    torch = pytest.importorskip("torch")
    q = asked("libraries.order", TERM, "Ada")
    first, last = numbers(q.answer.replace("to", " "))
    D, _, H = (int(n) for n in numbers(q.text)[:3])
    gru = torch.nn.GRU(D, H, batch_first=True)
    keras = to_keras(from_torch(gru))
    blocks = gru.weight_ih_l0.detach().numpy().T[:, int(first) : int(last) + 1]
    assert np.allclose(keras.get_weights()[0][:, :H], blocks)
