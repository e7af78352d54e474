"""What the experiments of 31-training compute: gradients, batches, decay."""

import numpy as np
import pytest

from rnnbook import evidence


def experiment(name):
    return evidence._module(name, evidence.FOLDER)


def test_the_way_back_of_the_normalised_lstm_is_its_gradient():
    norm, rng = experiment("training_norm"), np.random.default_rng(0)
    body = norm.Normalised(norm.fresh(0)[0])
    body.params = {name: p.astype(float) for name, p in body.params.items()}
    x, dh = rng.normal(size=(2, 5, 27)), rng.normal(size=(2, 5, norm.H))
    body.forward(x)
    body.backward(dh)
    grads, eps = body.grads, 1e-6
    for name, p in body.params.items():
        way = rng.normal(size=p.shape)
        p += eps * way
        up = (body.forward(x)[0] * dh).sum()
        p -= 2 * eps * way
        down = (body.forward(x)[0] * dh).sum()
        p += eps * way
        assert (grads[name] * way).sum() == pytest.approx(
            (up - down) / (2 * eps), rel=1e-5, abs=1e-6
        )


def test_normalised_sums_have_mean_0_and_deviation_1_at_any_scale():
    norm = experiment("training_norm")
    a = np.random.default_rng(0).normal(2, 3, size=(4, 4 * norm.H))
    one, (a_hat, _) = norm.normed(a, np.ones(4 * norm.H))
    assert np.allclose(a_hat.mean(axis=2), 0)
    assert np.allclose(a_hat.std(axis=2), 1, atol=1e-4)
    assert np.allclose(norm.normed(16 * a, np.ones(4 * norm.H))[0], one, atol=1e-4)


@pytest.mark.parametrize("kind", experiment("training_lengths").KINDS)
def test_an_epoch_holds_each_sentence_once(kind):
    program, rng = experiment("training_lengths"), np.random.default_rng(1)
    sizes = rng.integers(20, 160, 83)
    made = program.batches(sizes, kind, rng)
    assert sorted(np.concatenate(made)) == list(range(83))
    longest = [int(sizes[rows].max()) for rows in made]
    ordered = {"short ones first": sorted(longest)}
    ordered["long ones first"] = sorted(longest, reverse=True)
    assert kind not in ordered or longest == ordered[kind]
    if kind == "buckets":
        assert longest != sorted(longest)
        assert sorted(longest) == sorted(
            int(sizes[rows].max())
            for rows in program.batches(sizes, "short ones first", rng)
        )


def test_padding_stands_behind_the_end_and_targets_one_letter_later():
    program = experiment("training_lengths")
    x, y, lengths = program.padded([np.array([3, 1, 4, 1]), np.array([5, 9])])
    assert x.tolist() == [[3, 1, 4], [5, 9, 0]] and lengths.tolist() == [3, 1]
    assert y.tolist() == [[1, 4, 1], [9, 0, 0]]


def test_decay_in_the_gradient_is_that_of_torch():
    torch, program = pytest.importorskip("torch"), experiment("training_decay")
    p, s, rng = np.ones(5), {}, np.random.default_rng(0)
    theirs = torch.ones(5, dtype=torch.float64)
    rule = torch.optim.Adam([theirs], lr=0.1, weight_decay=0.3)
    for t in range(1, 21):
        g = rng.normal(size=5)
        program.adam_l2(p, g, s, t, 0.1, 0.3)
        theirs.grad = torch.tensor(g)
        rule.step()
    assert np.allclose(p, theirs.numpy(), rtol=0, atol=1e-12)
