"""What 26-translation proves on its page, and what it says of its stored runs.

The bars that were set before the chapter was written stand here by their numbers, also
those that were missed: then the assertion says how far it came.
"""

import sys
from pathlib import Path

import pytest
import torch

from rnnbook import evidence

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "experiments"))

import _translation as t

SENTENCES = [[5, 6, 7, 2], [8, 2], [9, 5, 5, 8, 6, 2]]


def model(attention=True):
    torch.manual_seed(0)
    return t.Translator(10, 11, attention, E=8, H=8, dropout=0.2).eval()


@torch.inference_mode()
def scores(net, rows, pads):
    x, length = t.batch(rows)
    x = torch.nn.functional.pad(x, (0, pads))
    return net(x, length, torch.tensor([[1, 4, 5]] * len(rows)))


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("pads", [1, 25])
def test_padding_changes_no_score(attention, pads):
    net = model(attention)
    torch.testing.assert_close(
        scores(net, SENTENCES, pads), scores(net, SENTENCES, 0), atol=1e-6, rtol=0
    )
    alone = torch.cat([scores(net, [row], 0) for row in SENTENCES])
    torch.testing.assert_close(alone, scores(net, SENTENCES, 0), atol=1e-6, rtol=0)


def test_weights_sum_to_one_and_pads_have_none():
    s, states, W = torch.randn(3, 4, 8), torch.randn(3, 6, 8), torch.randn(8, 8)
    mask = torch.arange(6) < torch.tensor([[4], [2], [6]])
    _, a = t.attend(s, states, mask, W)
    torch.testing.assert_close(a.sum(dim=2), torch.ones(3, 4))
    assert (a[~mask[:, None].expand_as(a)] == 0).all()


def test_every_real_state_of_the_encoder_has_a_gradient_and_no_pad_has():
    net = model()
    x, length = t.batch(SENTENCES)
    states, h = net.encode(x, length)
    out, _, _ = net.decode(torch.tensor([[1]] * 3), h, states, x != t.PAD)
    (d,) = torch.autograd.grad(out.max(dim=2).values.sum(), states)
    assert ((d.abs().sum(dim=2) > 0) == (x != t.PAD)).all()


# The bars: three seeds each.


@pytest.fixture(scope="module")
def runs():
    found = evidence.load("translation_models").query("pairs == 'all'")
    assert (found.groupby("model").size() == 3).all()
    return found.set_index("model").select_dtypes("number").loc


def test_a_bleu_of_31_in_75_seconds_with_every_seed(runs):
    assert (runs["attention"]["bleu"] >= 31).all()
    assert (runs["attention"]["seconds"] <= 75).all()


def test_attention_is_worth_more_than_the_vector_but_not_1_7_times_it(runs):
    """The bar of 1.7 was missed: the rival is better than in the first trials."""
    for name, least in (("without", 1.3), ("without, twice as wide", 1.15)):
        times = runs["attention"]["bleu"].min() / runs[name]["bleu"].max()
        assert least < times < 1.7, name
    means = runs["attention"]["bleu"].mean() / runs["without"]["bleu"].mean()
    assert 1.3 < means < 1.45


def test_1_8_times_the_nearest_sentence_in_the_farthest_quarter(runs):
    rivals = evidence.load("translation_rivals").set_index("who")
    other = rivals.loc["nearest sentence", "quarter_1"]
    assert (runs["attention"]["quarter_1"] >= 1.8 * other).all()
    assert (runs["attention"]["far_low"] > 0).all()


def test_attention_looks_where_model_1_looks_for_two_of_three_signs(runs):
    """The bar of 0.70 was missed by three points."""
    of = runs["attention"]
    assert of["aligned"].between(0.65, 0.70).all()
    assert (of["aligned"] > of["diagonal"] + 0.2).all()
    assert (of["aligned"] > of["chance"] + 0.4).all()


def test_a_string_is_reversed_with_attention_and_not_through_one_vector():
    runs = evidence.load("translation_reverse").query("strings == 'all'")
    assert (runs.groupby(["attention", "units", "updates", "rate"]).size() == 3).all()
    looks, carries = runs.query("attention"), runs.query("not attention")
    assert (looks["whole_12"] > 0.97).all() and (looks["whole_16"] > 0.93).all()
    assert (carries["whole_16"] < 0.05).all()
