"""Losses, optimisers, clipping, metrics: values, gradients, bad input."""

import numpy as np
import pandas as pd
import pytest
import torch

from rnnbook import metrics
from rnnbook.gradcheck import numerical_gradient, relative_error, verify
from rnnbook.losses import softmax_cross_entropy, squared_error
from rnnbook.optim import SGD, Adam, clip_grad_norm


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(3,), (2, 5), (1, 1)])
@pytest.mark.parametrize("masked", [False, True])
def test_cross_entropy_equals_torch(rng, shape, masked):
    logits = 5 * rng.normal(size=(*shape, 7))
    targets = rng.integers(0, 7, size=shape)
    mask = np.zeros(shape, bool)
    mask.flat[:2] = True
    loss, dlogits = softmax_cross_entropy(logits, targets, mask if masked else None)
    t = torch.tensor(logits, requires_grad=True)
    ids = torch.tensor(np.where(mask, targets, -100) if masked else targets)
    expected = torch.nn.functional.cross_entropy(t.reshape(-1, 7), ids.reshape(-1))
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert relative_error(dlogits, t.grad.numpy()) < 1e-12


def test_cross_entropy_of_huge_logits_is_exact():
    loss, dlogits = softmax_cross_entropy(np.array([[1e4, 0.0]]), np.array([1]))
    assert loss == 1e4
    assert np.array_equal(dlogits, [[1.0, -1.0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_keep_the_dtype_and_their_arguments(rng, dtype):
    logits, target = rng.normal(size=(4, 3)).astype(dtype), np.array([0, 1, 2, 0])
    kept = logits.copy()
    assert softmax_cross_entropy(logits, target)[1].dtype == dtype
    assert squared_error(logits, np.zeros_like(logits))[1].dtype == dtype
    assert np.array_equal(logits, kept)


@pytest.mark.parametrize("masked", [False, True])
def test_squared_error_gradient(rng, masked):
    p, y = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    mask = rng.random((4, 2)) < 0.5 if masked else None
    loss, dp = squared_error(p, y, mask)
    kept = (p - y)[mask] if masked else p - y
    assert loss == pytest.approx((kept**2).mean(), rel=1e-12)
    numerical = numerical_gradient(lambda: squared_error(p, y, mask)[0], p)
    assert relative_error(dp, numerical) < 1e-8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: softmax_cross_entropy(np.zeros((2, 3), int), [0, 1]), "logits"),
        (lambda: softmax_cross_entropy(np.zeros((2, 3)), [0.0, 1.0]), "targets"),
        (lambda: softmax_cross_entropy(np.zeros((2, 3)), [0, 3]), r"0 \.\. 3"),
        (lambda: softmax_cross_entropy(np.zeros((2, 3)), [0, -1]), r"-1 \.\. 0"),
        (lambda: softmax_cross_entropy(np.zeros((2, 3)), [0]), r"\(2,\)"),
        (lambda: softmax_cross_entropy(np.zeros((0, 3)), []), "logits"),
        (
            lambda: softmax_cross_entropy(np.zeros((1, 3)), [0], np.array([False])),
            "mask",
        ),
        (lambda: squared_error(np.zeros((2, 1)), np.zeros(2)), r"target.*\(2, 1\)"),
        (lambda: squared_error(np.zeros(2), np.zeros(2, np.float32)), "float32"),
        (lambda: squared_error(np.zeros(2), np.zeros(2), np.ones(3, bool)), "mask"),
    ],
)
def test_losses_refuse_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_optimisers_equal_torch_over_many_steps(rng, name):
    arrays = [{"W": rng.normal(size=(3, 4)), "b": np.zeros(4)}, {"W": np.ones((4, 2))}]
    tensors = [torch.nn.Parameter(torch.tensor(a)) for p in arrays for a in p.values()]
    ours = {"SGD": SGD, "Adam": Adam}[name](arrays, lr=0.1)
    theirs = getattr(torch.optim, name)(tensors, lr=0.1)
    for _ in range(20):
        grads = [{k: rng.normal(size=a.shape) for k, a in p.items()} for p in arrays]
        kept = [{k: g.copy() for k, g in p.items()} for p in grads]
        flat = [g for p in grads for g in p.values()]
        for t, g in zip(tensors, flat, strict=True):
            t.grad = torch.tensor(g)
        ours.step(grads)
        theirs.step()
        for p, q in zip(grads, kept, strict=True):
            assert all(np.array_equal(p[k], q[k]) for k in p)
    for t, a in zip(tensors, [a for p in arrays for a in p.values()], strict=True):
        assert relative_error(t.detach().numpy(), a) < 1e-12


def test_optimisers_match_gradients_by_name_not_by_order():
    params = {"W": np.zeros(2), "b": np.zeros(2)}
    SGD(params, lr=1.0).step({"b": np.ones(2), "W": np.full(2, 3.0)})
    assert np.array_equal(params["W"], [-3, -3])
    assert np.array_equal(params["b"], [-1, -1])


@pytest.mark.parametrize("optimiser", [SGD, Adam])
def test_optimisers_refuse_bad_input(optimiser):
    params = {"W": np.zeros((2, 3))}
    with pytest.raises(ValueError, match="lr"):
        optimiser(params, lr=0)
    with pytest.raises(ValueError, match=r"W expected \(2, 3\), got \(3,\)"):
        optimiser(params, lr=1).step({"W": np.zeros(3)})
    with pytest.raises(ValueError, match="keys"):
        optimiser(params, lr=1).step({})
    with pytest.raises(ValueError, match="keys"):
        optimiser(params, lr=1).step({"W": np.zeros((2, 3)), "b": np.zeros(3)})


def test_clipping_keeps_the_direction_over_all_layers():
    grads = [{"W": np.array([3.0, 0.0])}, {"W": np.array([0.0, 4.0])}]
    assert clip_grad_norm(grads, 1.0) == 5.0
    assert np.allclose(grads[0]["W"], [0.6, 0]) and np.allclose(grads[1]["W"], [0, 0.8])
    assert clip_grad_norm(grads, 10.0) == pytest.approx(1.0)
    assert np.allclose(grads[0]["W"], [0.6, 0])
    with pytest.raises(ValueError, match="finite"):
        clip_grad_norm({"W": np.array([np.nan])}, 1.0)
    with pytest.raises(ValueError, match="max_norm"):
        clip_grad_norm(grads, 0.0)


def test_clipping_float32_does_not_overflow():
    grads = {"W": np.full(4, 1e25, np.float32)}
    assert clip_grad_norm(grads, 1.0) == pytest.approx(2e25, rel=1e-6)
    assert grads["W"].dtype == np.float32
    assert np.allclose(grads["W"], 0.5)


def test_bits_and_perplexity_of_a_fair_coin():
    assert metrics.bits_per_character(np.log(2)) == 1.0
    assert metrics.perplexity(np.log(8)) == pytest.approx(8)
    for bad in (-0.1, float("nan")):
        with pytest.raises(ValueError, match="nats"):
            metrics.bits_per_character(bad)
        with pytest.raises(ValueError, match="nats"):
            metrics.perplexity(bad)


def test_a_perplexity_larger_than_any_float_is_infinite():
    assert metrics.perplexity(709) == pytest.approx(np.exp(709))
    assert metrics.perplexity(1000) == metrics.perplexity(np.float32(1e9)) == np.inf
    assert metrics.perplexity(float("inf")) == np.inf


def test_scores_may_come_from_a_generator():
    runs = [1.0, 3.0, 5.0]
    for once in ((r for r in runs), map(float, runs), iter(runs)):
        assert metrics.mean_and_spread(once) == (3.0, 2.0)
    assert metrics.mase(iter([5.0]), iter([3.0]), iter([0.0, 1.0, 2.0])) == 2.0


@pytest.mark.parametrize(
    "values",
    [
        {"a": 1.0},
        {1.0, 2.0},
        ["a", "b"],
        [[1.0], [1.0, 2.0]],
        None,
        iter([]),
        (x for x in (1.0, np.nan)),
        np.full((90, 3), np.nan),
    ],
)
def test_what_are_no_scores_is_refused_in_one_line(values):
    with pytest.raises(ValueError, match="^values: expected finite numbers, .+$"):
        metrics.mean_and_spread(values)


def test_mase_uses_the_training_series_and_the_season():
    train = [0.0, 10.0, 1.0, 11.0]  # last value is off by 10, 9, 10; last season by 1
    assert metrics.mase([5.0], [3.0], train, season=2) == 2.0
    assert metrics.mase([5.0], [3.0], train) == pytest.approx(2 / (29 / 3))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (([1.0, 2.0], [1.0], [1.0, 2.0]), "y_pred"),
        (([1.0], [np.nan], [1.0, 2.0]), "y_pred"),
        (([], [], [1.0, 2.0]), "y_true"),
        (([1.0], [1.0], [2.0, 2.0]), "constant"),
        (([1.0], [1.0], [1.0, 2.0], 2), "season"),
        (([1.0], [1.0], [1.0, 2.0], 0), "season"),
    ],
)
def test_mase_refuses_bad_input(args, message):
    with pytest.raises(ValueError, match=message):
        metrics.mase(*args)


BAD_SERIES = [
    np.ma.array([1.0, 2.0], mask=[0, 1]),
    np.array([1.0, 2.0 + 1j]),
    np.array(["2020-01-01", "2020-01-02"], "M8[D]"),
    np.array([1, 2], "m8[s]"),
    torch.ones(2, requires_grad=True),
    [torch.ones((), requires_grad=True)] * 2,
]


@pytest.mark.parametrize("values", BAD_SERIES, ids=range(len(BAD_SERIES)))
def test_what_is_no_plain_series_is_refused(values):
    with pytest.raises(ValueError, match="^y_true: expected .*numbers"):
        metrics.mase(values, [1.0, 2.0], [1.0, 2.0, 4.0])


def test_pandas_series_of_other_places_are_not_compared():
    a, b = pd.Series([1.0, 2.0]), pd.Series([2.0, 1.0], index=[1, 0])
    with pytest.raises(ValueError, match="^y_pred: expected the index of y_true"):
        metrics.mase(a, b, [1.0, 2.0])
    assert metrics.mase(a, b.sort_index(), [1.0, 2.0]) == 0
    assert metrics.mase(b, a.to_numpy(), [1.0, 2.0]) == 1


def test_rounding_is_no_change_of_a_series():
    with pytest.raises(ValueError, match="constant"):
        metrics.mase([1.0], [2.0], [0.3, 0.1 + 0.2, 0.3])
    assert metrics.mase([1.0], [2.0], [1e9, 1e9 + 1e-3]) == pytest.approx(1e3, rel=1e-3)


@pytest.mark.parametrize("value", [0, -1, 1.5, 1.0, True, "1", None, np.nan])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(ValueError, match="^season: expected"):
        metrics.mase([1.0], [2.0], [1.0, 2.0, 4.0], value)


NO_SCORES = [-1.0, np.nan, None, "1", [1.0, 2.0], np.ones(2), torch.ones(2), 1j]


@pytest.mark.parametrize("value", NO_SCORES, ids=range(len(NO_SCORES)))
def test_what_is_no_score_is_refused(value):
    for function in (metrics.bits_per_character, metrics.perplexity):
        with pytest.raises(ValueError, match="^nats: expected a number of at least 0"):
            function(value)
    with pytest.raises(ValueError, match="^error: expected"):
        metrics.skill(value, 1.0)
    with pytest.raises(ValueError, match="^baseline_error: expected"):
        metrics.skill(1.0, value)


def test_a_skill_is_finite():
    with pytest.raises(ValueError, match="^baseline_error: .* got inf"):
        metrics.skill(1.0, np.inf)
    with pytest.raises(ValueError, match="^error: expected a finite number"):
        metrics.skill(np.inf, 1.0)


def test_scores_may_stand_in_a_dict():
    assert metrics.mean_and_spread({0: 1.0, 1: 3.0, 2: 5.0}.values()) == (3.0, 2.0)


def test_skill_and_spread():
    assert metrics.skill(1.0, 4.0) == 0.75
    assert metrics.skill(5.0, 4.0) < 0
    assert metrics.mean_and_spread([1.0, 3.0]) == (2.0, pytest.approx(2**0.5))
    for bad in ([1.0], [1.0, np.nan]):
        with pytest.raises(ValueError, match="values"):
            metrics.mean_and_spread(bad)
    with pytest.raises(ValueError, match="baseline_error"):
        metrics.skill(1.0, 0.0)


def test_verify_prints_what_agrees_and_raises_what_does_not(rng, capsys):
    a = rng.normal(size=(2, 3))
    verify("a", 2 * a, lambda: (a**2).sum(), a)
    assert capsys.readouterr().out == (
        "da     (2, 3)     agrees with central differences\n"
    )
    with pytest.raises(AssertionError, match="da is wrong"):
        verify("a", 2.001 * a, lambda: (a**2).sum(), a)
