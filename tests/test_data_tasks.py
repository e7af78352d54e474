"""The synthetic tasks: their layout, their baselines, their randomness."""

import numpy as np
import pytest

from rnnbook.data import adding_task, copying_task, echo_task, recall_task


@pytest.mark.parametrize(("batch", "length"), [(1, 2), (7, 5), (300, 10)])
def test_adding_marks_one_number_in_each_half(batch, length):
    x, y = adding_task(batch, length, 0)
    assert x.shape == (batch, length, 2) and y.shape == (batch,)
    assert x.dtype == y.dtype == np.float32
    values, marks = x[..., 0], x[..., 1]
    assert set(np.unique(marks)) <= {0, 1}
    assert (marks[:, : length // 2].sum(axis=1) == 1).all()
    assert (marks[:, length // 2 :].sum(axis=1) == 1).all()
    np.testing.assert_allclose(y, (values * marks).sum(axis=1), rtol=1e-6)
    assert values.min() >= 0 and values.max() < 1


def test_adding_uses_every_position():
    x, _ = adding_task(500, 7, 0)
    assert (x[..., 1].sum(axis=0) > 0).all()
    np.testing.assert_allclose(x[..., 0].mean(axis=0), 0.5, atol=0.08)


def test_adding_baseline():
    _, y = adding_task(200_000, 4, 0, dtype=np.float64)
    # The squared error has a standard deviation of about 0.2: 0.0005 for the mean.
    assert abs(np.mean((y - 1) ** 2) - 1 / 6) < 0.003
    assert abs(y.mean() - 1) < 0.005 and y.dtype == np.float64


def test_copying_layout():
    x, y = copying_task(6, symbols=3, blanks=5, rng=0, alphabet=4)
    assert x.shape == y.shape == (6, 11) and x.dtype == y.dtype == np.int64
    assert (x[:, :3] < 4).all() and (x[:, :3] >= 0).all()
    assert (x[:, 3:7] == 4).all() and (x[:, 7] == 5).all() and (x[:, 8:] == 4).all()
    assert (y[:, :8] == 4).all()
    np.testing.assert_array_equal(y[:, 8:], x[:, :3])


def test_copying_defaults_are_the_paper():
    x, y = copying_task(2000, 10, 50, 0)
    assert x.shape == (2000, 50 + 20)
    assert set(np.unique(x)) == set(range(10))
    np.testing.assert_allclose(
        np.bincount(x[:, :10].ravel()) / 20_000, 1 / 8, atol=0.01
    )
    # Blanks, then a guess among 8: the cost a step without memory.
    cost = np.where(y == 8, 0, np.log(8)).mean()
    assert abs(cost - 10 * np.log(8) / (50 + 20)) < 1e-12
    assert (np.argmax(x == 9, axis=1) == 59).all() and ((x == 9).sum(axis=1) == 1).all()


def test_copying_without_a_wait():
    x, y = copying_task(2, 1, 1, 0)
    assert x.shape == (2, 3) and (x[:, 1] == 9).all()
    np.testing.assert_array_equal(y[:, 2], x[:, 0])


@pytest.mark.parametrize("delay", [0, 1, 4, 9])
def test_echo(delay):
    x, y = echo_task(5, 10, delay, 0)
    assert x.shape == y.shape == (5, 10, 1) and x.dtype == y.dtype == np.float32
    assert set(np.unique(x)) == {0, 1}
    for t in range(10):
        expected = x[:, t - delay] if t >= delay else np.zeros((5, 1))
        np.testing.assert_array_equal(y[:, t], expected)


def test_echo_does_not_share_memory():
    x, y = echo_task(2, 3, 0, 0)
    kept = y.copy()
    x[:] = 7
    np.testing.assert_array_equal(y, kept)


TASKS = [
    lambda rng: adding_task(4, 6, rng),
    lambda rng: copying_task(4, 3, 2, rng),
    lambda rng: echo_task(4, 6, 2, rng),
]


@pytest.mark.parametrize("task", TASKS)
def test_the_generator_is_what_makes_the_batch(task):
    np.testing.assert_array_equal(task(1)[0], task(1)[0])
    np.testing.assert_array_equal(task(1)[0], task(np.random.default_rng(1))[0])
    assert not np.array_equal(task(1)[0], task(2)[0])
    rng = np.random.default_rng(1)
    assert not np.array_equal(task(rng)[0], task(rng)[0])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("rng", [None, -1, 1.5, "1", True])
def test_a_bad_generator_is_refused(task, rng):
    with pytest.raises(ValueError, match="rng: expected"):
        task(rng)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: adding_task(0, 6, 0),
            "batch: expected an integer of at least 1, got 0",
        ),
        (
            lambda: adding_task(4, 1, 0),
            "length: expected an integer of at least 2, got 1",
        ),
        (lambda: adding_task(4, 6, 0, dtype=int), "dtype: expected float32 or float64"),
        (lambda: copying_task(0, 3, 2, 0), "batch: expected an integer of at least 1"),
        (
            lambda: copying_task(4, 0, 2, 0),
            "symbols: expected an integer of at least 1",
        ),
        (lambda: copying_task(4, 3, 0, 0), "blanks: expected an integer of at least 1"),
        (
            lambda: copying_task(4, 3, 2, 0, 1),
            "alphabet: expected an integer of at least 2",
        ),
        (
            lambda: echo_task(4, 0, 0, 0),
            "length: expected an integer of at least 1, got 0",
        ),
        (
            lambda: echo_task(4, 6, -1, 0),
            "delay: expected an integer of at least 0, got -1",
        ),
        (lambda: echo_task(4, 6, 6, 0), "delay: expected less than length 6, got 6"),
        (
            lambda: echo_task(4, 6, 1, 0, dtype="i8"),
            "dtype: expected float32 or float64",
        ),
    ],
)
def test_impossible_sizes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype(dtype):
    for x, y in (adding_task(2, 4, 0, dtype=dtype), echo_task(2, 4, 1, 0, dtype=dtype)):
        assert x.dtype == y.dtype == dtype


@pytest.mark.parametrize(("batch", "length"), [(1, 1), (5, 4), (400, 30)])
def test_recall_shows_the_sign_once_and_noise_always(batch, length):
    x, sign = recall_task(batch, length, 0)
    assert x.shape == (batch, length, 2) and sign.shape == (batch,)
    assert x.dtype == sign.dtype == np.float32
    assert set(np.unique(sign)) <= {-1, 1}
    np.testing.assert_array_equal(x[:, 0, 1], sign)
    assert (x[:, 1:, 1] == 0).all() and (x[..., 0] != 0).all()


def test_recall_is_fair_noise_and_fair_signs():
    x, sign = recall_task(20_000, 5, 0)
    assert abs(sign.mean()) < 0.03 and abs(np.corrcoef(sign, x[:, 0, 0])[0, 1]) < 0.03
    assert abs(x[..., 0].mean()) < 0.015 and abs(x[..., 0].std() - 1) < 0.01
    again, _ = recall_task(20_000, 5, 0)
    np.testing.assert_array_equal(x, again)
    with pytest.raises(ValueError, match="length"):
        recall_task(2, 0, 0)
