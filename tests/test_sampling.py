"""Temperature, top-k and top-p."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbook.sampling import temperature, top_k, top_p

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


@given(probabilities(), st.floats(0.01, 1), st.integers(0, 19))
def test_what_is_kept_is_a_distribution(probs, p, k):
    before = probs.copy()
    k = k % len(probs) + 1
    for kept in (top_p(probs, p), top_k(probs, k)):
        assert np.isclose(kept.sum(), 1) and (kept >= 0).all()
        ratio = kept[kept > 0] / probs[kept > 0]
        np.testing.assert_allclose(ratio, ratio[0])
        assert probs[kept > 0].min() >= probs[kept == 0].max(initial=0)
    assert (top_k(probs, k) > 0).sum() == k
    total = probs[top_p(probs, p) > 0]
    assert total.sum() >= p - 1e-9 and total.sum() - total.min() < p + 1e-9
    np.testing.assert_array_equal(probs, before)


def test_the_dtype_stays():
    for f in (temperature, top_p):
        assert f(PROBS.astype(np.float32), 0.5).dtype == np.float32
    assert top_k(PROBS.astype(np.float32), 2).dtype == np.float32


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        (temperature, 0, "tau: expected a positive number, got 0"),
        (temperature, float("nan"), "tau: expected a positive number, got nan"),
        (top_k, 0, "k: expected 1 to 5, got 0"),
        (top_k, 6, "k: expected 1 to 5, got 6"),
        (top_p, 0, r"p: expected a number in \(0, 1\], got 0"),
        (top_p, 1.1, r"p: expected a number in \(0, 1\], got 1.1"),
    ],
)
def test_bad_values_are_named(function, value, message):
    with pytest.raises(ValueError, match=message):
        function(PROBS, value)
