"""Temperature, top-k, top-p and min-p."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbook.sampling import distribution, min_p, temperature, top_k, top_p

PROBS = np.array([0.1, 0.4, 0.05, 0.25, 0.2])


@st.composite
def probabilities(draw):
    size = draw(st.integers(1, 20))
    seed = draw(st.integers(0, 10**6))
    return np.random.default_rng(seed).dirichlet(np.ones(size))


def test_temperature_by_hand():
    expected = np.array([np.e**2, np.e**4, 1.0])
    got = temperature(np.array([1.0, 2.0, 0.0]), 0.5)
    np.testing.assert_allclose(got, expected / expected.sum())


def test_temperature_limits():
    logits = np.array([1.0, 3.0, 2.0])
    np.testing.assert_allclose(temperature(logits, 1e-3), [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(temperature(logits, 1e9), np.full(3, 1 / 3), atol=1e-8)
    assert np.isfinite(temperature(1e5 * logits, 1.0)).all()


def test_top_k_by_hand():
    np.testing.assert_allclose(top_k(PROBS, 2), [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0])
    np.testing.assert_allclose(top_k(PROBS, 5), PROBS)
    np.testing.assert_array_equal(top_k(np.full(4, 0.25), 2), [0.5, 0.5, 0, 0])


def test_top_p_by_hand():
    np.testing.assert_allclose(top_p(PROBS, 0.4), [0, 1, 0, 0, 0])
    np.testing.assert_allclose(top_p(PROBS, 0.6), [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0])
    np.testing.assert_allclose(top_p(PROBS, 1.0), PROBS)


def test_min_p_by_hand():
    np.testing.assert_allclose(min_p(PROBS, 0.6), [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0])
    np.testing.assert_allclose(min_p(PROBS, 0), PROBS)
    np.testing.assert_array_equal(min_p(PROBS, 1), [0, 1, 0, 0, 0])
    np.testing.assert_array_equal(min_p(np.full(4, 0.25), 1), np.full(4, 0.25))


@given(probabilities(), st.floats(0.01, 1), st.integers(0, 19))
def test_what_is_kept_is_a_distribution(probs, p, k):
    before = probs.copy()
    k = k % len(probs) + 1
    for kept in (top_p(probs, p), top_k(probs, k), min_p(probs, p)):
        assert np.isclose(kept.sum(), 1) and (kept >= 0).all()
        ratio = kept[kept > 0] / probs[kept > 0]
        np.testing.assert_allclose(ratio, ratio[0])
        assert probs[kept > 0].min() >= probs[kept == 0].max(initial=0)
    assert (top_k(probs, k) > 0).sum() == k
    total = probs[top_p(probs, p) > 0]
    assert total.sum() >= p - 1e-9 and total.sum() - total.min() < p + 1e-9
    np.testing.assert_array_equal(probs, before)


def test_the_dtype_stays():
    for f in (temperature, top_p, min_p):
        assert f(PROBS.astype(np.float32), 0.5).dtype == np.float32
    assert top_k(PROBS.astype(np.float32), 2).dtype == np.float32


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (temperature, 0, "tau: expected a positive number, got 0"),
        (temperature, float("nan"), "tau: expected a positive number, got nan"),
        (top_k, 0, "k: expected 1 to 5, got 0"),
        (top_k, 6, "k: expected 1 to 5, got 6"),
        (top_k, 2.5, "k: expected 1 to 5, got 2.5"),
        (top_k, float("nan"), "k: expected 1 to 5, got nan"),
        (top_k, None, "k: expected 1 to 5, got None"),
        (top_p, 0, r"p: expected a number in \(0, 1\], got 0"),
        (top_p, 1.1, r"p: expected a number in \(0, 1\], got 1.1"),
        (top_p, float("nan"), r"p: expected a number in \(0, 1\], got nan"),
        (min_p, -0.1, r"m: expected a number in \[0, 1\], got -0.1"),
        (min_p, 1.1, r"m: expected a number in \[0, 1\], got 1.1"),
        (min_p, float("nan"), r"m: expected a number in \[0, 1\], got nan"),
    ],
)
def test_bad_values_are_named(function, value, message):
    with pytest.raises(ValueError, match=message):
        function(PROBS, value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tau", [5e-324, 1e-310, 1e-45, 1e-30, 1e-9, np.float32(1e-45)])
def test_the_smallest_temperature_is_greedy(tau, dtype):
    for logits in ([1.0, 3.0, 2.0], [-3e4, 0.0, -1e-3], [1e5, 1e6, -np.inf]):
        found = temperature(np.array(logits, dtype), tau)
        np.testing.assert_array_equal(found, [0, 1, 0])
    two = temperature(np.array([2.0, 1.0, 2.0], dtype), tau)
    np.testing.assert_array_equal(two, [0.5, 0, 0.5])


def test_the_largest_temperature_is_even_and_a_token_may_be_forbidden():
    logits = np.array([1.0, 3.0, 2.0])
    np.testing.assert_array_equal(temperature(logits, np.inf), np.full(3, 1 / 3))
    np.testing.assert_allclose(
        temperature(np.array([0.0, -np.inf, 0.0]), 0.7), [0.5, 0, 0.5]
    )


CUTS = [(top_k, 2), (top_p, 0.6), (min_p, 0.6)]
ROWS = [
    np.zeros((2, 5)),
    np.zeros((1, 5)),
    np.zeros((5, 1)),
    np.float64(1),
    np.array([]),
]


@pytest.mark.parametrize("rows", ROWS, ids=[str(r.shape) for r in ROWS])
def test_one_row_is_taken(rows):
    with pytest.raises(
        ValueError, match=r"^logits: expected one row \(V,\), got \(.*\)$"
    ):
        temperature(rows, 1)
    for cut, value in CUTS:
        with pytest.raises(
            ValueError, match=r"^probs: expected one row \(V,\), got \("
        ):
            cut(rows, value)


def test_a_batch_row_by_row_is_right():
    logits = np.random.default_rng(0).normal(size=(3, 7))
    each = np.apply_along_axis(temperature, 1, logits, 0.5)
    np.testing.assert_allclose(each.sum(axis=1), 1)
    for cut, value in CUTS:
        found = np.apply_along_axis(cut, 1, each, value)
        np.testing.assert_array_equal(found, [cut(row, value) for row in each])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_without_a_best_are_refused(bad):
    told = "^logits: expected a finite maximum, got (nan|inf|-inf)$"
    for logits in ([1.0, bad, 0.0], [bad] * 3, [-np.inf] * 3):
        with pytest.raises(ValueError, match=told):
            temperature(np.array(logits), 0.5)


@pytest.mark.parametrize("cut, value", CUTS)
@pytest.mark.parametrize(
    "scores",
    [
        [5.0, 4.0, 1.0],
        [5, 4, 1],
        [0.5, 0.4, 0.2],
        [0.3, 0.3, 0.3],
        [2.0, -1.0, 0.0],
        [1.5, -0.25, -0.25],
        [0.5, np.nan, 0.5],
        [np.inf, 0.0, 0.0],
        [0.0, 0.0, 0.0],
        np.log([0.5, 0.3, 0.2]),
        np.float32([5.0, 4.0, 1.0]),
    ],
)
def test_scores_in_place_of_probabilities_are_refused(cut, value, scores):
    with pytest.raises(ValueError, match="^probs: expected .* a sum of 1, got .*$"):
        cut(np.asarray(scores), value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [2, 60, 50_000])
def test_many_tokens_in_single_precision(size, dtype):
    rng = np.random.default_rng(size)
    exact = temperature(4 * rng.normal(size=size), 1.0)
    probs = exact.astype(dtype)
    np.testing.assert_allclose(top_p(probs, 1.0), probs, rtol=1e-3)
    assert (top_p(probs, 1.0) > 0).all()
    for cut, value in ((top_k, 2), (top_p, 0.9), (top_p, 0.99), (min_p, 0.05)):
        kept = cut(probs, value)
        assert kept.dtype == dtype and abs(kept.sum(dtype=float) - 1) < 1e-5
        assert abs((kept > 0).sum() - (cut(exact, value) > 0).sum()) <= 1
        rng.choice(size, p=kept)  # NumPy looks at the sum, too


def test_lists_and_tensors_are_read():
    import torch

    logits = [1.0, 3.0, 2.0]
    expected = temperature(np.array(logits), 0.5)
    np.testing.assert_array_equal(temperature(logits, 0.5), expected)
    tensor = torch.tensor(logits, dtype=torch.float64)
    np.testing.assert_array_equal(temperature(tensor, 0.5), expected)
    for cut, value in CUTS:
        found = cut(torch.tensor(expected), value)
        np.testing.assert_array_equal(found, cut(expected, value))
        np.testing.assert_array_equal(cut(expected.tolist(), value), found)


def test_a_distribution_is_itself():
    np.testing.assert_array_equal(distribution(PROBS), PROBS)
    one_hot = np.array([0, 1, 0])
    np.testing.assert_array_equal(distribution(one_hot), one_hot)
    for cut, value in CUTS:
        np.testing.assert_array_equal(cut(one_hot, min(value, 1)), one_hot)


OTHER_TYPES = ["float16", "int8", "uint8", "uint32", "int64"]


@pytest.mark.parametrize("dtype", OTHER_TYPES)
def test_scores_of_any_type_are_read_as_numbers(dtype):
    logits = np.array([1, 3, 2], dtype)
    expected = temperature(np.array([1.0, 3.0, 2.0]), 1.0)
    np.testing.assert_allclose(temperature(logits, 1.0), expected, rtol=1e-6)
    for tau in (1e-40, 1e-30, 1e-8):
        np.testing.assert_array_equal(temperature(logits, tau), [0, 1, 0])
    one = np.array([0, 1, 0], dtype)
    for cut, value in CUTS:
        np.testing.assert_array_equal(cut(one, min(value, 1)), one)


def test_scores_that_fill_their_type():
    np.testing.assert_array_equal(
        temperature(np.array([-128, 127], np.int8), 1.0), [0, 1]
    )
    many = temperature(np.zeros(70_000, np.float16), 1.0)
    np.testing.assert_allclose(many, np.full(70_000, 1 / 70_000), rtol=1e-3)
    yes = np.array([False, True])
    np.testing.assert_array_equal(temperature(yes, 1e-9), [0, 1])
    for cut, value in CUTS:
        np.testing.assert_array_equal(cut(yes, min(value, 1)), [0, 1])


@pytest.mark.parametrize("tau", [1e30, 1e300, np.inf, np.float32(np.inf)])
def test_a_forbidden_token_never_comes(tau):
    for dtype in (np.float32, np.float64):
        logits = np.array([3, -np.inf, 0], dtype)
        np.testing.assert_array_equal(temperature(logits, tau), [0.5, 0, 0.5])
        assert temperature(logits, tau).dtype == dtype
