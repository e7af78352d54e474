"""The layers equal the taught cells unrolled, and their gradients numerical ones."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import bptt, cells, layers
from rnnbook.gradcheck import numerical_gradient, relative_error
from rnnbook.layers import GRU, LSTM, RNN, Embedding, Linear


def gru_before(*args, **kwargs):
    return GRU(*args, **kwargs, reset_after=False)


KINDS = {
    "RNN": (RNN, cells.rnn_step, cells.rnn_step_backward),
    "LSTM": (LSTM, cells.lstm_step, cells.lstm_step_backward),
    "GRU": (GRU, cells.gru_reset_after_step, cells.gru_reset_after_step_backward),
    "GRU before": (gru_before, cells.gru_step, cells.gru_step_backward),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
few = settings(deadline=None, derandomize=True, database=None, max_examples=40)
more = settings(few, max_examples=150)


def parts(state):
    """The arrays of a state, as a tuple."""
    return state if isinstance(state, tuple) else (state,)


class Case:
    """A layer with every parameter random, and all that a pass needs."""

    def __init__(self, kind, B, T, D, H, lengths=None, state=True, seed=0, dtype=float):
        self.rng = np.random.default_rng(seed)
        self.dtype = np.dtype(dtype)
        self.layer = KINDS[kind][0](D, H, rng=seed, dtype=dtype)
        for p in self.layer.params.values():
            p[...] = self.normal(*p.shape)
        self.lengths = None if lengths is None else np.array(lengths)
        self.x, self.dh = self.normal(B, T, D), self.normal(B, T, H)
        n = 2 if kind == "LSTM" else 1
        self.state = self.of_state([self.normal(B, H) for _ in range(n)], state)
        self.dstate = self.of_state([self.normal(B, H) for _ in range(n)], state)

    def normal(self, *shape):
        return self.rng.standard_normal(shape).astype(self.dtype)

    @staticmethod
    def of_state(arrays, given):
        if not given:
            return None
        return arrays[0] if len(arrays) == 1 else tuple(arrays)

    def forward(self):
        return self.layer.forward(self.x, self.state, self.lengths)

    def run(self):
        """Everything that forward and backward give, by name."""
        h, state = self.forward()
        dx, dstate = self.layer.backward(self.dh, self.dstate)
        out = {"h": h, "dx": dx, **self.layer.grads}
        out |= {f"state {k}": s for k, s in enumerate(parts(state))}
        return out | {f"dstate {k}": s for k, s in enumerate(parts(dstate))}

    def loss(self):
        h, state = self.forward()
        loss = (h * self.dh).sum()
        if self.dstate is not None:
            pairs = zip(parts(state), parts(self.dstate), strict=True)
            loss += sum((s * d).sum() for s, d in pairs)
        return loss


@st.composite
def cases(draw, kind):
    """Small cases, with chunks from one step long to longer than the sequence."""
    B, T, D, H = (draw(st.integers(1, n)) for n in (3, 6, 3, 3))
    one = st.lists(st.integers(1, T), min_size=B, max_size=B)
    lengths = draw(st.none() | one)
    columns = draw(st.sampled_from([1, 4, 512]))
    case = Case(
        kind, B, T, D, H, lengths, draw(st.booleans()), draw(st.integers(0, 99))
    )
    return case, columns


def unrolled(kind, case):
    """What Case.run gives, from the cells: each sequence alone, without its padding."""
    _, step, step_backward = KINDS[kind]
    B, T, H = case.dh.shape
    zeros = tuple(np.zeros((B, H)) for _ in range(2 if kind == "LSTM" else 1))
    state = zeros if case.state is None else parts(case.state)
    dstate = zeros if case.dstate is None else parts(case.dstate)
    out = {"h": np.zeros((B, T, H)), "dx": np.zeros(case.x.shape)}
    out |= {name: np.zeros(p.shape) for name, p in case.layer.params.items()}
    for b, L in enumerate([T] * B if case.lengths is None else case.lengths):
        one = slice(b, b + 1)
        s, d = ([a[one] for a in both] for both in (state, dstate))
        s, d = (tuple(a) if len(a) > 1 else a[0] for a in (s, d))
        params = case.layer.params
        h, s, caches = bptt.forward(step, case.x[one, :L], s, params)
        dx, d, grads = bptt.backward(step_backward, case.dh[one, :L], d, caches, params)
        out["h"][b, :L], out["dx"][b, :L] = h[0], dx[0]
        for name, g in grads.items():
            out[name] += g
        for name, arrays in {"state": s, "dstate": d}.items():
            for k, a in enumerate(parts(arrays)):
                out.setdefault(f"{name} {k}", np.zeros((B, H)))[b] = a[0]
    return out


# ---- the mathematics


@every_kind
@more
@given(data=st.data())
def test_layer_equals_cells_unrolled(kind, data):
    case, columns = data.draw(cases(kind))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "_CHUNK_COLUMNS", columns)
        found = case.run()
    expected = unrolled(kind, case)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, 1e-12, 1e-12, err_msg=name)


@every_kind
@pytest.mark.parametrize("lengths", [None, (300, 1, 171)])
def test_long_sequences_equal_cells_unrolled(kind, lengths):
    case = Case(kind, 3, 300, 2, 4, lengths)  # two chunks at the usual size
    for p in case.layer.params.values():
        p *= 0.5  # gradients that neither vanish nor explode
    found = case.run()
    for name, value in unrolled(kind, case).items():
        assert relative_error(found[name], value) < 1e-12, name


@every_kind
@few
@given(data=st.data())
def test_gradients_equal_numerical_ones(kind, data):
    case, columns = data.draw(cases(kind))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "_CHUNK_COLUMNS", columns)
        found = case.run()
    inputs = {"dx": case.x, **case.layer.params}
    if case.state is not None:
        inputs |= {f"dstate {k}": s for k, s in enumerate(parts(case.state))}
    for name, a in inputs.items():
        expected = numerical_gradient(case.loss, a)
        assert relative_error(found[name], expected) < 1e-6, name


@every_kind
def test_padding_changes_nothing(kind):
    case = Case(kind, 4, 6, 3, 5, lengths=(6, 1, 4, 2))
    before = case.run()
    for b, L in enumerate(case.lengths):
        case.x[b, L:] = (np.nan, np.inf, 1e30)[b % 3]
        case.dh[b, L:] = np.nan
    after = case.run()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    for b, L in enumerate(case.lengths):
        assert not before["h"][b, L:].any() and not before["dx"][b, L:].any()


@every_kind
def test_carried_state_continues_the_sequence(kind):
    case = Case(kind, 2, 7, 3, 4)
    whole, last = case.forward()
    first, state = case.layer.forward(case.x[:, :3], case.state)
    second, state = case.layer.forward(case.x[:, 3:], state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, 1e-12)
    for a, b in zip(parts(state), parts(last), strict=True):
        np.testing.assert_allclose(a, b, 1e-12)


def test_saturated_gates_stay_finite():
    case = Case("LSTM", 2, 5, 3, 4, dtype=np.float32)
    case.layer.params["W_xh"] *= 1e6
    assert all(np.isfinite(a).all() for a in case.run().values())


# ---- how it behaves


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("state", [True, False])
def test_dtype_is_kept(kind, dtype, state):
    case = Case(kind, 2, 3, 4, 5, state=state, dtype=dtype)
    arrays = {**case.run(), **case.layer.params}
    assert {a.dtype for a in arrays.values()} == {np.dtype(dtype)}


@every_kind
def test_passes_do_not_disturb_one_another(kind):
    case = Case(kind, 3, 4, 2, 5, lengths=(4, 2, 1))
    given_arrays = [case.x, case.dh, *parts(case.state), *parts(case.dstate)]
    given_arrays += [case.lengths, *case.layer.params.values()]
    kept = copy.deepcopy(given_arrays)
    first = case.run()
    copies = copy.deepcopy(first)
    other = Case(kind, 3, 4, 2, 5, seed=1)
    case.layer.forward(other.x)  # the same buffers
    case.layer.backward(other.dh)
    case.layer.forward(other.x[:2, :3])  # other buffers
    again = case.run()
    for name, value in copies.items():
        np.testing.assert_array_equal(first[name], value, err_msg=name)
        np.testing.assert_array_equal(again[name], value, err_msg=name)
    for a, b in zip(given_arrays, kept, strict=True):
        np.testing.assert_array_equal(a, b)


@every_kind
def test_backward_belongs_to_the_last_forward(kind):
    case, other = (Case(kind, 2, 3, 2, 3, seed=seed) for seed in (0, 1))
    expected = case.run()
    case.layer.forward(other.x, other.state)
    case.forward()
    for p in case.layer.params.values():
        p += 1  # a step taken too early must not mix two sets of weights
    for _ in range(2):
        dx, _ = case.layer.backward(case.dh, case.dstate)
        np.testing.assert_array_equal(dx, expected["dx"])
        for name, g in case.layer.grads.items():
            np.testing.assert_array_equal(g, expected[name], err_msg=name)


@every_kind
def test_parameters_may_change_in_place(kind):
    case = Case(kind, 2, 3, 2, 3)
    before, _ = case.forward()
    held = case.layer.grads
    case.layer.params["W_hh"] *= 2
    after, _ = case.forward()
    assert relative_error(before, after) > 1e-3
    case.layer.backward(case.dh)
    assert held is case.layer.grads and held.keys() == case.layer.params.keys()
    for name, p in case.layer.params.items():
        assert held[name].shape == p.shape


@every_kind
def test_strided_input_is_accepted(kind):
    case = Case(kind, 3, 4, 2, 3)
    expected = case.run()
    case.x = np.asfortranarray(case.x)
    case.dh = np.repeat(case.dh, 2, axis=1)[:, ::2]
    for name, value in case.run().items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


@every_kind
def test_copies_and_pickles_are_equal(kind):
    case = Case(kind, 2, 3, 2, 3)
    expected = case.run()
    for twin in (copy.deepcopy(case), pickle.loads(pickle.dumps(case))):
        assert type(twin.layer) is type(case.layer)
        for name, value in twin.run().items():
            np.testing.assert_array_equal(value, expected[name], err_msg=name)


@every_kind
def test_initial_parameters(kind):
    make = KINDS[kind][0]
    layer = make(3, 16, rng=5)
    k = {"RNN": 1, "LSTM": 4}.get(kind, 3)
    biases = {"b_xh", "b_hh"} if kind == "GRU" else {"b_h"}
    shapes = {"W_xh": (3, 16 * k), "W_hh": (16, 16 * k)} | dict.fromkeys(
        biases, (16 * k,)
    )
    for name in ("params", "grads"):
        assert {n: a.shape for n, a in getattr(layer, name).items()} == shapes
    for name in ("W_xh", "W_hh"):
        assert 0.2 < np.abs(layer.params[name]).max() <= 0.25
    for name in biases:
        expected = np.zeros(16 * k)
        if kind == "LSTM":
            expected[16:32] = 1
        np.testing.assert_array_equal(layer.params[name], expected)
    twin = make(3, 16, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(twin.params["W_hh"], layer.params["W_hh"])
    assert (make(3, 16, rng=6).params["W_hh"] != layer.params["W_hh"]).any()


# ---- bad input


x32 = np.zeros((2, 4, 3), np.float32)
h32 = np.zeros((2, 5), np.float32)


def with_value(a, value):
    a = a.copy()
    a.flat[-1] = value
    return a


BAD_FORWARD = [
    (dict(x=x32[0]), r"x: expected 3 dimensions \(B, T, 3\), got shape \(4, 3\)"),
    (dict(x=x32[:, :, :2]), r"x: expected shape \(2, 4, 3\), got \(2, 4, 2\)"),
    (dict(x=x32[:0]), r"x: expected at least one sequence"),
    (dict(x=x32[:, :0]), r"x: expected at least one sequence and one step"),
    (dict(x=x32.astype(float)), r"x: expected float32, .* got float64"),
    (dict(x=x32.astype(int)), r"x: expected float32, .* got int64"),
    (dict(x=with_value(x32, np.nan)), r"x: expected finite values"),
    (dict(x=with_value(x32, np.inf)), r"x: expected finite values"),
    (dict(x=x32, lengths=[4]), r"lengths: expected shape \(2,\), got \(1,\)"),
    (dict(x=x32, lengths=[4, 0]), r"lengths: expected 1 to 4, got 0 to 4"),
    (dict(x=x32, lengths=[5, 1]), r"lengths: expected 1 to 4, got 1 to 5"),
    (dict(x=x32, lengths=[4.0, 1.0]), r"lengths: expected integers, got float64"),
    (dict(x=x32, lengths=[True, True]), r"lengths: expected integers, got bool"),
]


@every_kind
@pytest.mark.parametrize(("arguments", "message"), BAD_FORWARD)
def test_bad_forward_arguments(kind, arguments, message):
    layer = KINDS[kind][0](3, 5)
    with pytest.raises(ValueError, match=message):
        layer.forward(**arguments)


@every_kind
def test_nan_in_a_real_step_is_found_beside_padding(kind):
    layer = KINDS[kind][0](3, 5)
    x = with_value(x32, np.nan)
    layer.forward(x, lengths=[4, 3])
    with pytest.raises(ValueError, match="x: expected finite"):
        layer.forward(x, lengths=[3, 4])


@every_kind
def test_large_finite_values_are_no_error(kind):
    layer = KINDS[kind][0](3, 5)
    h, _ = layer.forward(np.full((2, 4, 3), 3e38, np.float32))  # their sum overflows
    assert h.shape == (2, 4, 5)


@every_kind
@pytest.mark.parametrize(
    ("part", "message"),
    [
        (h32[:1], r"state: expected shape \(2, 5\), got \(1, 5\)"),
        (h32[0], r"state: expected shape \(2, 5\), got \(5,\)"),
        (h32.astype(float), "state: expected float32, .* got float64"),
        (with_value(h32, np.nan), "state: expected finite values"),
    ],
)
def test_bad_states(kind, part, message):
    layer = KINDS[kind][0](3, 5)
    state = (h32, part) if kind == "LSTM" else part
    with pytest.raises(ValueError, match="^" + message):
        layer.forward(x32, state)
    layer.forward(x32)
    with pytest.raises(ValueError, match="^d" + message):
        layer.backward(np.zeros((2, 4, 5), np.float32), state)


@pytest.mark.parametrize("state", [h32, (h32,), (h32, h32, h32), "hc"])
def test_lstm_state_is_a_pair(state):
    with pytest.raises(ValueError, match="state: expected"):
        LSTM(3, 5).forward(x32, state)


@every_kind
@pytest.mark.parametrize(
    ("dh", "message"),
    [
        (np.zeros((2, 4), np.float32), "dh: expected 3 dimensions"),
        (np.zeros((2, 3, 5), np.float32), r"dh: expected shape \(2, 4, 5\)"),
        (np.zeros((1, 4, 5), np.float32), r"dh: expected shape \(2, 4, 5\)"),
        (np.zeros((2, 4, 5)), "dh: expected float32"),
        (np.full((2, 4, 5), np.nan, np.float32), "dh: expected finite"),
    ],
)
def test_bad_dh(kind, dh, message):
    layer = KINDS[kind][0](3, 5)
    layer.forward(x32)
    with pytest.raises(ValueError, match=message):
        layer.backward(dh)


@every_kind
def test_backward_before_forward(kind):
    with pytest.raises(RuntimeError, match="call forward first"):
        KINDS[kind][0](3, 5).backward(np.zeros((2, 4, 5), np.float32))


@every_kind
@pytest.mark.parametrize(
    "bad", [np.zeros((3, 5)), np.zeros((5, 3), np.float32), np.zeros(3, np.float32)]
)
def test_replaced_parameters_are_checked(kind, bad):
    layer = KINDS[kind][0](3, 5)
    layer.params["W_xh"] = bad
    with pytest.raises(
        ValueError, match=r"params\['W_xh'\]: expected float32 of shape"
    ):
        layer.forward(x32)


MAKERS = [RNN, LSTM, GRU, gru_before, Linear, Embedding]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True])
def test_bad_sizes(make, bad):
    for sizes in ((bad, 3), (3, bad)):
        with pytest.raises(ValueError, match="_(size|embeddings): expected an integer"):
            make(*sizes)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("bad", [np.float16, int, complex, "text", None])
def test_bad_dtypes(make, bad):
    with pytest.raises(ValueError, match="dtype: expected float32 or float64"):
        make(3, 4, dtype=bad)


def test_bad_reset_after():
    with pytest.raises(ValueError, match="reset_after: expected True or False"):
        GRU(3, 4, reset_after="no")


def test_reset_after_by_position():
    assert "b_h" in GRU(3, 4, 0, np.float32, False).params
    assert GRU(3, 4).reset_after and not GRU(3, 4, reset_after=False).reset_after


# ---- Linear and Embedding


@few
@given(
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple),
    K=st.integers(1, 4),
)
def test_linear_gradients(shape, K):
    rng = np.random.default_rng(0)
    layer = Linear(shape[-1], K, dtype=float)
    layer.params["b"][...] = rng.standard_normal(K)
    x, dy = rng.standard_normal(shape), rng.standard_normal((*shape[:-1], K))
    y = layer.forward(x)
    np.testing.assert_allclose(y, x @ layer.params["W"] + layer.params["b"], 1e-12)
    dx = layer.backward(dy)
    assert dx.shape == x.shape
    for a, found in ((x, dx), *((p, layer.grads[n]) for n, p in layer.params.items())):
        expected = numerical_gradient(lambda: (layer.forward(x) * dy).sum(), a)
        assert relative_error(found, expected) < 1e-6


@few
@given(
    shape=st.lists(st.integers(1, 4), max_size=3).map(tuple),
    V=st.integers(1, 4),
    E=st.integers(1, 3),
)
def test_embedding_gradients(shape, V, E):
    rng = np.random.default_rng(0)
    layer = Embedding(V, E, dtype=float)
    ids, dy = rng.integers(V, size=shape), rng.standard_normal((*shape, E))
    y = layer.forward(ids)
    np.testing.assert_array_equal(y, layer.params["W"][ids])
    assert layer.backward(dy) is None
    W = layer.params["W"]
    expected = numerical_gradient(lambda: (layer.forward(ids) * dy).sum(), W)
    assert relative_error(layer.grads["W"], expected) < 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_and_embedding_keep_the_dtype(dtype):
    linear, embedding = Linear(3, 2, dtype=dtype), Embedding(5, 3, dtype=dtype)
    y = embedding.forward(np.array([[4, 0, 4]], np.uint8))
    z = linear.forward(y)
    dy = linear.backward(np.ones_like(z))
    embedding.backward(dy)
    arrays = y, z, dy, *linear.grads.values(), *embedding.grads.values()
    assert {a.dtype for a in arrays} == {np.dtype(dtype)}
    assert not embedding.grads["W"][1:4].any()


def test_linear_and_embedding_results_are_their_own():
    linear, embedding = Linear(3, 2), Embedding(5, 3)
    x = np.ones((2, 3), np.float32)
    y = linear.forward(x)
    x[...] = 7  # neither a later change of the input
    linear.params["W"] += 1  # nor of the parameters counts
    linear.backward(np.ones_like(y))
    np.testing.assert_array_equal(linear.grads["W"], np.full((3, 2), 2))
    e = embedding.forward(np.array([1]))
    e[...] = 9
    assert (embedding.params["W"] != 9).all()


BAD_X = [
    (x32[..., :2], r"x: expected shape \(..., 3\) .*, got \(2, 4, 2\)"),
    (x32[:0], r"x: expected shape \(..., 3\) without a size of 0"),
    (np.float32(1), r"x: expected shape \(..., 3\)"),
    (x32.astype(float), "x: expected float32"),
    (x32.astype(int), "x: expected float32"),
    (with_value(x32, np.nan), "x: expected finite"),
]


@pytest.mark.parametrize(("x", "message"), BAD_X)
def test_bad_linear_input(x, message):
    with pytest.raises(ValueError, match=message):
        Linear(3, 2).forward(x)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([0.0, 1.0], "ids: expected integers, got float64"),
        ([True], "ids: expected integers, got bool"),
        ([0, 5], "ids: expected 0 to 4, got 0 to 5"),
        ([-1, 2], "ids: expected 0 to 4, got -1 to 2"),
        (np.zeros((0, 2), int), r"ids: expected at least one id, got shape \(0, 2\)"),
    ],
)
def test_bad_embedding_input(ids, message):
    with pytest.raises(ValueError, match=message):
        Embedding(5, 3).forward(ids)


@pytest.mark.parametrize(
    ("layer", "argument"),
    [(Linear(3, 2), x32), (Embedding(5, 2), np.zeros((2, 4), int))],
)
def test_bad_dy(layer, argument):
    layer = copy.deepcopy(layer)
    dy = np.zeros((2, 4, 2), np.float32)
    with pytest.raises(RuntimeError, match="call forward first"):
        layer.backward(dy)
    layer.forward(argument)
    for bad in (dy[:1], dy[0], dy.astype(float), with_value(dy, np.nan)):
        with pytest.raises(ValueError, match="dy: expected"):
            layer.backward(bad)
