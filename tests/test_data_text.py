"""Vocabulary and streams: nothing is lost, and the text goes on from batch to batch."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnbook.data import Vocabulary, streams


def test_vocabulary_is_sorted():
    vocabulary = Vocabulary("hello")
    assert vocabulary.symbols == "ehlo" and len(vocabulary) == 4
    ids = vocabulary.encode("hello")
    assert ids.tolist() == [1, 0, 2, 2, 3] and ids.dtype == np.int64
    assert vocabulary.decode([3, 1]) == "oh"
    assert "4" in repr(vocabulary)


@settings(deadline=None)  # a busy machine is no mistake
@given(st.text(min_size=1))
def test_decode_reverses_encode(text):
    vocabulary = Vocabulary(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_the_empty_text_has_no_ids():
    vocabulary = Vocabulary("ab")
    assert (
        vocabulary.encode("").shape == (0,) and vocabulary.encode("").dtype == np.int64
    )
    assert vocabulary.decode([]) == ""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: Vocabulary(""), "text: expected a string, not empty, got ''"),
        (lambda v: Vocabulary(["a"]), "text: expected a string, not empty"),
        (lambda v: v.encode("abxaz"), "text: .* got 'x' at position 2"),
        (lambda v: v.encode("abzax"), "text: .* got 'z' at position 2"),
        (lambda v: v.encode(b"ab"), "text: expected a string, got bytes"),
        (lambda v: v.decode([0, 2]), "ids: expected 0 to 1, got 2"),
        (lambda v: v.decode([0, -1]), "ids: expected 0 to 1, got -1"),
        (lambda v: v.decode([0.0]), "ids: expected .* integers, got .* float64"),
        (lambda v: v.decode([[0, 1]]), r"ids: expected .* got shape \(1, 2\)"),
        (lambda v: v.decode([True]), "ids: expected .* got .* bool"),
    ],
)
def test_bad_text_and_ids_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Vocabulary("abab"))


def test_streams_by_hand():
    batches = list(streams(np.arange(14), batch_size=2, length=3))
    # 13 inputs, two pieces of 6: 0..5 and 6..11.
    assert [x.tolist() for x, _ in batches] == [
        [[0, 1, 2], [6, 7, 8]],
        [[3, 4, 5], [9, 10, 11]],
    ]
    assert [y.tolist() for _, y in batches] == [
        [[1, 2, 3], [7, 8, 9]],
        [[4, 5, 6], [10, 11, 12]],
    ]


@settings(deadline=None)
@given(n=st.integers(2, 200), batch_size=st.integers(1, 5), length=st.integers(1, 12))
def test_streams_go_on_and_targets_are_shifted(n, batch_size, length):
    assume((n - 1) // batch_size >= length)
    batches = list(streams(np.arange(n), batch_size, length))
    for x, y in batches:
        assert x.shape == y.shape == (batch_size, length)
        np.testing.assert_array_equal(y, x + 1)
    for (x, _), (x_next, _) in zip(batches, batches[1:], strict=False):
        np.testing.assert_array_equal(x_next[:, 0], x[:, -1] + 1)
    read = np.concatenate([x.ravel() for x, _ in batches])
    assert len(np.unique(read)) == len(read)  # no character twice
    assert n - 1 - len(read) < batch_size * length  # as many batches as fit


def test_streams_are_copies():
    ids = np.arange(9)
    x, y = next(iter(streams(ids, 2, 2)))
    x[:] = -1
    assert y.tolist() == [[1, 2], [5, 6]] and ids[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.arange(6), 2, 3), r"ids: expected at least .* = 7 characters, got 6"),
        ((np.arange(6), 0, 3), "batch_size: expected an integer of at least 1, got 0"),
        ((np.arange(6), 2, 0), "length: expected an integer of at least 1, got 0"),
        ((np.zeros((6, 2), int), 2, 1), r"ids: expected .* got shape \(6, 2\)"),
        ((np.zeros(6), 2, 1), "ids: expected .* float64"),
        (([], 1, 1), "ids: expected at least .* = 2 characters, got 0"),
    ],
)
def test_bad_streams_are_refused_at_the_call(arguments, message):
    with pytest.raises(ValueError, match=message):
        streams(*arguments)
