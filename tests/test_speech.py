"""The loss of 27-speech: against all alignments, and against torch."""

import sys
from itertools import groupby, product
from math import comb
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnbook import evidence

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "experiments"))

from _speech import (
    cepstra,
    collapsed,
    ctc,
    log_mel,
    mel_filters,
    padded,
    turned,
    warped,
)


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


def test_the_log_mel_is_that_of_librosa():
    import librosa  # three seconds, so here only

    theirs = librosa.filters.mel(sr=8000, n_fft=256, n_mels=40, htk=True, norm=None)
    np.testing.assert_allclose(mel_filters(), theirs, atol=1e-6)
    wave = np.random.default_rng(0).normal(scale=0.1, size=4000).astype(np.float32)
    centred = np.pad(wave, (28, 28))  # its window of 200 stands amid 256
    options = {"n_fft": 256, "hop_length": 80, "win_length": 200, "center": False}
    power = np.abs(librosa.stft(centred, **options)) ** 2
    mine = log_mel(wave)
    assert len(mine) == (4000 - 200) // 80 + 1
    wanted = np.log(theirs @ power + 1e-6).T[: len(mine)]
    np.testing.assert_allclose(mine, wanted, atol=1e-4)


def test_a_louder_wave_is_the_same_shape():
    wave = np.random.default_rng(1).normal(scale=0.1, size=4000)
    soft, loud = log_mel(wave), log_mel(3 * wave)
    np.testing.assert_allclose(loud - soft, 2 * np.log(3), atol=1e-3)
    np.testing.assert_allclose(cepstra(loud), cepstra(soft), atol=1e-2)


def test_warping_is_the_best_of_all_ways():
    def by_recursion(d, i, j):
        before = [(i - 1, j), (i, j - 1), (i - 1, j - 1)]
        before = [by_recursion(d, *b) for b in before if min(b) >= 0]
        return d[i, j] + min(before, default=0)

    rng = np.random.default_rng(0)
    q, templates = rng.normal(size=(4, 3)), [rng.normal(size=(n, 3)) for n in (5, 2)]
    for found, t in zip(warped(q, templates), templates, strict=True):
        d = np.linalg.norm(q[:, None] - t, axis=2)
        best = by_recursion(d, len(q) - 1, len(t) - 1)
        np.testing.assert_allclose(found, best / (len(q) + len(t)), rtol=1e-6)


def test_rows_turn_within_their_own_length():
    x, length = padded([np.arange(6.0).reshape(3, 2), np.arange(2.0).reshape(1, 2)])
    back = turned(x, length)
    assert back[0].tolist() == [[4, 5], [2, 3], [0, 1]]
    assert back[1].tolist() == x[1].tolist()


@pytest.mark.parametrize(
    ("path", "said"),
    [([0, 4, 4, 0, 4], [3, 3]), ([0, 0], []), ([1, 2, 2, 1], [0, 1, 0]), ([5], [4])],
)
def test_runs_become_one_and_then_blanks_go(path, said):
    assert collapsed(path).tolist() == said


# What 27-speech says of its stored runs.


@pytest.fixture(scope="module")
def kinds():
    runs = evidence.load("speech_choice").query("updates == 400")
    runs = runs.groupby(["features", "change", "seed"]).mean(numeric_only=True)
    return runs.sort_index()


def test_every_kind_was_run_on_each_pair_with_each_seed():
    runs = evidence.load("speech_choice").query("updates == 400")
    assert len(runs) == 7 * 3 * 3
    assert (runs.groupby(["features", "change"]).size() == 9).all()
    assert runs.out.str.split().explode().nunique() == 6


@pytest.mark.parametrize(("features", "change"), [("level", "none"), ("fixed", "none")])
def test_the_seeds_agree_on_what_the_page_reads(kinds, features, change):
    """Means over the pairs."""
    rows = kinds.loc[features, change]
    for name in ("heard", "heard_faint", "heard_loud", "new"):
        assert rows[name].max() - rows[name].min() < 0.12, name


def test_the_level_is_what_fixed_numbers_hear(kinds):
    fixed, level = kinds.loc["fixed", "none"], kinds.loc["level", "none"]
    louder = kinds.loc["fixed", "louder"]
    assert (fixed.heard_faint < 0.78).all() and (fixed.heard > 0.96).all()
    assert (level.heard_faint > 0.96).all() and (louder.heard_faint > 0.92).all()
    assert (level.new - fixed.new > 0.08).all()
    assert (louder.new - fixed.new > 0.08).all()
    assert (level.new_faint - louder.new_faint > 0.03).all()


# The bars that were set for 27-speech: three seeds each.


def test_digits_98_percent_on_the_official_split():
    runs = evidence.load("speech_digits").query("model == 'GRU'")
    assert len(runs) == 3 and (runs["accuracy"] >= 0.98).all()


def test_of_new_speakers_the_gru_is_not_above_the_best_simple_method():
    """The bar was missed, and the page says so: zero is within the interval."""
    runs = evidence.load("speech_speakers").query("part == 'all'")
    assert (runs.groupby("speaker").size() == 3).all() and runs.speaker.nunique() == 6
    over = runs.groupby("speaker")[["over_thirds", "over_warping"]].mean()
    half = 2.571 * over.std() / 6**0.5  # t, five degrees
    assert (over.mean() < 0).all() and (over.mean() + half > 0).all()


def spelled(**where):
    runs = evidence.select(evidence.load("speech_strings"), where)
    assert sorted(runs["seed"]) == [0, 1, 2]
    return runs


def test_strings_below_5_percent_take_800_updates_and_not_a_minute():
    short = spelled(both=True, stride=4, updates=400)
    assert short["error"].between(0.05, 0.09).all()
    assert (short["seconds"] < 60).all()
    longer = spelled(both=True, stride=4, updates=800)
    assert (longer["error"] < 0.05).all() and (longer["seconds"] > 60).all()


def test_one_direction_spells_with_800_updates():
    assert (spelled(both=False, stride=4, updates=400)["error"] > 0.95).all()
    assert (spelled(both=False, stride=4, updates=800)["error"] < 0.3).all()
