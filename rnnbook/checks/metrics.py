"""Scores and losses."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def mase(y_true, y_pred, y_train, season):
    """As :func:`rnnbook.metrics.mase`, written to be varied."""
    scale = np.abs(y_train[season:] - y_train[:-season]).mean()
    return np.abs(y_true - y_pred).mean() / scale


def _mase_cases(rng):
    def case(label, n, k, season):
        train = 3 * rng.normal(size=n).cumsum() + 5
        true = train[-1] + rng.normal(size=k).cumsum()
        return Case(label, (true, true + rng.normal(size=k), train, season))

    return [
        case("no season", 20, 8, 1),
        case("season 4", 30, 12, 4),
        case("season 7", 40, 15, 7),
    ]


TRAIN_SCALE = "y_train[season:] - y_train[:-season]"

enter(
    Check(
        "metrics.mase",
        "01-sequences",
        mase,
        "y_true, y_pred, y_train, season",
        ("mase",),
        _mase_cases,
        (
            mistake(
                "scaled_on_test",
                "The scale was taken from the test series. It belongs to the training "
                "series, so that it is known before and the same for every model.",
                TRAIN_SCALE,
                "y_true[season:] - y_true[:-season]",
            ),
            mistake(
                "season_ignored",
                "The season is ignored: the scale is the error of the last value, not "
                "of the value one season ago.",
                TRAIN_SCALE,
                "y_train[1:] - y_train[:-1]",
            ),
            mistake(
                "not_scaled",
                "That is the mean absolute error, not yet divided by a scale.",
                " / scale",
                "",
            ),
            mistake(
                "scaled_by_level",
                "The error was divided by the mean size of the training values. The "
                "scale is the error that a naive forecast makes on them.",
                TRAIN_SCALE,
                "y_train",
            ),
            mistake(
                "squared_errors",
                "The errors were squared before the mean and the root taken after it. "
                "MASE, as its first letters say, takes absolute errors.",
                "np.abs(y_true - y_pred).mean()",
                "np.sqrt(((y_true - y_pred) ** 2).mean())",
            ),
            mistake(
                "squared_scale",
                "The scale is a root mean square; it should be a mean of absolute "
                "differences, like the error above it.",
                f"np.abs({TRAIN_SCALE}).mean()",
                f"np.sqrt((({TRAIN_SCALE}) ** 2).mean())",
            ),
            mistake(
                "rolled",
                "The scale compares the first training values with the last: `np.roll` "
                "goes round in a circle, and a series does not.",
                TRAIN_SCALE,
                "y_train - np.roll(y_train, season)",
            ),
            mistake(
                "inverted",
                "Scale and error have changed places: the better the forecast, the "
                "larger this number.",
                "np.abs(y_true - y_pred).mean() / scale",
                "scale / np.abs(y_true - y_pred).mean()",
            ),
            mistake(
                "signed_error",
                "The errors were averaged with their signs: too high and too low "
                "cancel out.",
                "np.abs(y_true - y_pred).mean()",
                "(y_true - y_pred).mean()",
            ),
            mistake(
                "sum",
                "The errors are summed up; a long test part would look worse than a "
                "short one.",
                "(y_true - y_pred).mean()",
                "(y_true - y_pred).sum()",
            ),
        ),
    )
)


def _nats_cases(rng):
    return [Case(f"{nats} nats", (nats,)) for nats in (1.0, 1.7, 2.25, 0.4)]


enter(
    Check(
        "metrics.bits_per_character",
        "01-sequences",
        lambda nats: nats / math.log(2),
        "nats",
        ("bits",),
        _nats_cases,
        (
            mistake(
                "nats_called_bits",
                "That is the number in nats. The natural logarithm counts in nats; a "
                "bit is a logarithm to base two.",
                lambda nats: nats,
            ),
            mistake(
                "multiplied",
                "Multiplied by ln 2 where one divides: the bit is the smaller unit, so "
                "there must be more of them.",
                lambda nats: nats * math.log(2),
            ),
            mistake(
                "logarithm_of_nats",
                "A second logarithm was taken. The loss is a logarithm already, and "
                "only its unit changes.",
                lambda nats: math.log2(nats),
            ),
            mistake(
                "base_ten",
                "The factor is that of base ten.",
                lambda nats: nats / math.log(10),
            ),
            mistake(
                "perplexity",
                "That is the perplexity.",
                lambda nats: math.exp(nats),
            ),
        ),
    ),
    Check(
        "metrics.perplexity",
        "21-text-generation",
        lambda nats: math.exp(nats),
        "nats",
        ("perplexity",),
        _nats_cases,
        (
            mistake(
                "base_two",
                "Two to the power of nats. Base and unit belong together: two with "
                "bits, e with nats.",
                lambda nats: 2**nats,
            ),
            mistake(
                "nats",
                "That is the loss itself. Perplexity is the number of equally likely "
                "choices that would be as hard.",
                lambda nats: nats,
            ),
            mistake(
                "probability",
                "That is below one: the typical probability of a token. Perplexity is "
                "its inverse.",
                lambda nats: math.exp(-nats),
            ),
            mistake(
                "bits",
                "That is the loss in bits, not the perplexity.",
                lambda nats: nats / math.log(2),
            ),
            mistake(
                "base_e_of_bits",
                "The loss was turned into bits, and then e was raised to it.",
                lambda nats: math.exp(nats / math.log(2)),
            ),
        ),
    ),
)


def mean_over_batches(losses, sizes):
    """The mean over all examples, from the mean and the size of each batch."""
    return (losses * sizes).sum() / sizes.sum()


def _batch_cases(rng):
    return [
        Case("a short last batch", (np.array([1.0, 2.0, 6.0]), np.array([8, 8, 2]))),
        Case("random sizes", (rng.uniform(1, 3, size=5), rng.integers(1, 20, size=5))),
        Case("one batch", (rng.uniform(1, 3, size=1), np.array([7]))),
    ]


enter(
    Check(
        "metrics.mean_over_batches",
        "31-training",
        mean_over_batches,
        "losses, sizes",
        ("mean",),
        _batch_cases,
        (
            mistake(
                "sizes_ignored",
                "The batches were averaged as if all had one size: each example of the "
                "short last batch counts for more than the others.",
                "(losses * sizes).sum() / sizes.sum()",
                "losses.mean()",
            ),
            mistake(
                "divided_by_batches",
                "The sum over examples was divided by the number of batches.",
                "sizes.sum()",
                "len(sizes)",
            ),
            mistake(
                "losses_not_weighted",
                "The batches' means were added and divided by the number of examples. "
                "A mean must be turned back into a sum first.",
                "(losses * sizes)",
                "losses",
            ),
            mistake(
                "last_batch",
                "That is the mean of the last batch.",
                "(losses * sizes).sum() / sizes.sum()",
                "losses[-1]",
            ),
            mistake(
                "last_batch_dropped",
                "The last batch is left out.",
                "(losses * sizes).sum() / sizes.sum()",
                "(losses * sizes)[:-1].sum() / sizes[:-1].sum()",
            ),
        ),
    )
)


def mean_and_spread(values):
    """As :func:`rnnbook.metrics.mean_and_spread`, written to be varied."""
    a = np.asarray(values, dtype=float)
    return a.mean(), a.std(ddof=1)


def _spread_cases(rng):
    return [
        Case("three seeds", (np.array([1.0, 2.0, 4.0]),)),
        Case("random", (rng.normal(size=6),)),
        Case("two seeds", (rng.normal(size=2),)),
    ]


enter(
    Check(
        "metrics.mean_and_spread",
        "31-training",
        mean_and_spread,
        "values",
        (("mean", "spread"),),
        _spread_cases,
        (
            mistake(
                "population_deviation",
                "The spread is that of a whole population, with n. A few seeds are a "
                "sample, and n makes their spread look smaller than it is.",
                "std(ddof=1)",
                "std()",
            ),
            mistake(
                "variance",
                "The spread is the variance; its root has the unit of the score.",
                "std(ddof=1)",
                "var(ddof=1)",
            ),
            mistake(
                "standard_error",
                "The spread is divided by the root of n. That is how far the *mean* is "
                "off, and shrinks with more seeds; the spread of seeds does not.",
                "a.std(ddof=1)",
                "a.std(ddof=1) / math.sqrt(len(a))",
            ),
            mistake(
                "median",
                "The first number is the median.",
                "a.mean()",
                "np.median(a)",
            ),
            mistake(
                "range",
                "The spread is the distance from the smallest to the largest value.",
                "a.std(ddof=1)",
                "np.ptp(a)",
            ),
            mistake(
                "best_seed",
                "The first number is the best seed's. Reporting the best of several "
                "is choosing on the test part.",
                "a.mean()",
                "a.min()",
                page="41-claims-tested",
            ),
        ),
    )
)


def cross_entropy(logits, targets):
    """As :func:`rnnbook.losses.softmax_cross_entropy`, written to be varied."""
    n, V = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), targets]).mean()
    return loss, (p - np.eye(V)[targets]) / n


def _cross_entropy_cases(rng):
    def case(label, n, V):
        return Case(label, (rng.normal(size=(n, V)), rng.integers(0, V, size=n)))

    large = np.array([[900.0, 901.0, 899.0], [1000.0, 998.0, 1001.0]])
    return [
        case("four examples of three classes", 4, 3),
        case("one example", 1, 5),
        case("as many examples as classes", 4, 4),
        Case("scores of a thousand", (large, np.array([1, 0]))),
    ]


def _cross_entropy_overflow(logits, targets):
    n, V = logits.shape
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _cross_entropy_wrong_axis(logits, targets):
    n, V = logits.shape
    shifted = logits - logits.max(axis=0)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=0)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _cross_entropy_softmax_twice(logits, targets):
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return cross_entropy(p, targets)


enter(
    Check(
        "losses.cross_entropy",
        "03-bptt",
        cross_entropy,
        "logits, targets",
        (("loss", "dlogits"), "loss"),
        _cross_entropy_cases,
        (
            mistake(
                "summed",
                "The loss is a sum over the examples. Asked for is the mean, in which "
                "the learning rate does not depend on the size of the batch.",
                "targets]).mean()",
                "targets]).sum()",
                "[targets]) / n",
                "[targets])",
            ),
            mistake(
                "gradient_summed",
                "The loss is a mean, and its gradient is that of a sum: it lacks the "
                "division by the number of examples.",
                "(p - np.eye(V)[targets]) / n",
                "p - np.eye(V)[targets]",
            ),
            mistake(
                "gradient_sign",
                "The gradient has the wrong sign: a step against it would raise the "
                "loss.",
                "p - np.eye(V)[targets]",
                "np.eye(V)[targets] - p",
            ),
            mistake(
                "gradient_is_probability",
                "The gradient lacks the target: it would push all scores down, the "
                "right one too.",
                "(p - np.eye(V)[targets])",
                "p",
            ),
            mistake(
                "gradient_by_classes",
                "The gradient is divided by the number of all scores, not of examples.",
                "[targets]) / n",
                "[targets]) / logits.size",
            ),
            mistake(
                "base_two",
                "The loss is in bits, and its gradient in nats.",
                "np.log(p[",
                "np.log2(p[",
            ),
            mistake(
                "logarithm_missing",
                "The logarithm is missing: that is the mean probability of the right "
                "class, with a minus.",
                "-np.log(p[np.arange(n), targets])",
                "-(p[np.arange(n), targets])",
            ),
            mistake(
                "wrong_axis",
                "The softmax runs over the examples of the batch. It runs over the "
                "classes of one example.",
                _cross_entropy_wrong_axis,
            ),
            mistake(
                "softmax_twice",
                "There are two softmaxes, one over the other. A cross-entropy takes "
                "the bare scores; with probabilities it can never become small.",
                _cross_entropy_softmax_twice,
                page="31-training",
            ),
            mistake(
                "overflow",
                "Scores of a thousand overflow in the exponential, and the loss is not "
                "a number. Shifting all scores of an example does not change it.",
                _cross_entropy_overflow,
            ),
        ),
    )
)


def clip(grads, max_norm):
    """As :func:`rnnbook.optim.clip_grad_norm`, and returns new gradients."""
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = min(1, max_norm / norm)
    return {name: g * factor for name, g in grads.items()}


def _clip_cases(rng):
    def grads(scale):
        shapes = {"W_xh": (2, 3), "W_hh": (3, 3), "b_h": (3,)}
        return {name: scale * rng.normal(size=s) for name, s in shapes.items()}

    return [
        Case("a large norm", (grads(4), 1.0)),
        Case("a small norm", (grads(0.01), 1.0)),
        Case("another bound", (grads(2), 0.25)),
        Case("one array larger than the bound", (grads(1) | {"b_h": np.ones(3)}, 2.0)),
    ]


def _clip_each(grads, max_norm):
    norms = {name: np.sqrt((g**2).sum()) for name, g in grads.items()}
    return {n: g * min(1, max_norm / norms[n]) for n, g in grads.items()}


enter(
    Check(
        "training.clip",
        "04-vanishing-gradients",
        clip,
        "grads, max_norm",
        (
            {"W_xh": "dW_xh", "W_hh": "dW_hh", "b_h": "db_h"},
            ("dW_xh", "dW_hh", "db_h"),
            ({"W_xh": "dW_xh", "W_hh": "dW_hh", "b_h": "db_h"}, "*norm"),
        ),
        _clip_cases,
        (
            mistake(
                "each_array",
                "Each array is clipped by its own norm. The norm of all together "
                "decides; else the direction of the step changes.",
                _clip_each,
            ),
            mistake(
                "by_value",
                "The entries are clipped one by one, which bends the direction of the "
                "gradient. Clipping by norm scales all of them by one factor.",
                lambda grads, max_norm: {
                    name: g.clip(-max_norm, max_norm) for name, g in grads.items()
                },
            ),
            mistake(
                "always_scaled",
                "Small gradients are blown up to the bound. Clipping only shrinks: "
                "below the bound nothing changes.",
                "min(1, max_norm / norm)",
                "max_norm / norm",
            ),
            mistake(
                "root_missing",
                "The root is missing: that is the square of the norm.",
                "np.sqrt(sum((g**2).sum() for g in grads.values()))",
                "sum((g**2).sum() for g in grads.values())",
            ),
            mistake(
                "not_multiplied_by_bound",
                "Clipped gradients have norm one, whatever the bound.",
                "min(1, max_norm / norm)",
                "1 if norm <= max_norm else 1 / norm",
            ),
            mistake(
                "absolute_sum",
                "The norm is a sum of absolute values; asked for is the Euclidean one.",
                "np.sqrt(sum((g**2).sum() for g in grads.values()))",
                "sum(np.abs(g).sum() for g in grads.values())",
            ),
            mistake(
                "not_clipped",
                "The gradients come back as they were, however large.",
                "g * factor",
                "g * 1",
            ),
        ),
    )
)
