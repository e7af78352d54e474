"""Checks of 31-training: means over batches and over seeds."""

import math  # noqa: F401  (a mistake uses it)

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


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
