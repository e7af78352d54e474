"""Questions of 28-recommendation."""

import numpy as np

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("clicks.reciprocal", "28-recommendation")
def _(rng):
    few = rng.choice(np.arange(2, 10), size=3, replace=False)
    far = rng.choice(np.arange(11, 90), size=3, replace=False)
    rank = rng.permutation([1, *few, 10, *far])
    hit = rank[rank <= 10]
    total = float((1 / hit).sum())
    return Drawn(
        f"A model ranked all items at eight clicks. The items that were clicked next "
        f"had the ranks {rank.tolist()}. What is MRR@10? (three significant digits)",
        total / 8,
        [
            (float((1 / rank).mean()), "Ranks beyond the tenth earn nothing."),
            (total / 5, "The mean runs over all clicks, those that were missed too."),
            (5 / 8, "That is the recall: a hit earns 1 there, wherever it stands."),
            ((total - 0.1) / 8, "The tenth place is still one of the ten."),
            (1 / float(rank.mean()), "First one over each rank, and then the mean."),
        ],
        rtol=THREE_DIGITS,
        worked="Ranks beyond 10 earn 0, and the mean runs over all eight: ("
        + " + ".join(f"1/{r}" for r in hit)
        + f") / 8 = {show(total / 8)}.",
    )


@question("clicks.table", "28-recommendation")
def _(rng):
    n = int(rng.integers(4, 16))
    c = int(rng.integers(1, n - 1))
    q = round(float(rng.uniform(0.03, 0.2)), 3)
    k = int(rng.choice([3, 4, 5, 8, 10]))
    right = (c + k * q) / (n + k)
    return Drawn(
        f"In the training part an item was followed by another one {n} times, by "
        f"the item j {c} times. The share of j among all that came next is {q}. A "
        f"Markov table adds {k} imagined clicks on what is popular. Which "
        "probability does it give to j? (three significant digits)",
        right,
        [
            (c / n, "That is the share alone, without the imagined clicks."),
            (
                (c + k * q) / n,
                "Then the row sums to more than 1: divide by all clicks.",
            ),
            ((c + k) / (n + k), "Only the share of j of the imagined clicks is on j."),
            (c / (n + k), "Some of the imagined clicks are on j, too."),
            (q, "That is popularity: it does not depend on the item before."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Of the {k} imagined clicks {k} × {q} = {show(k * q, 5)} are on j, so "
        f"the probability is ({c} + {show(k * q, 5)}) / ({n} + {k}) = {show(right)}.",
    )
