"""Questions of 26-translation."""

import numpy as np

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("pairs.weight", "26-translation")
def _(rng):
    e = np.round(rng.normal(scale=1.5, size=3), 1)
    pads = int(rng.integers(2, 7))
    t = int(rng.integers(3))
    p = np.exp(e)
    right = float(p[t] / p.sum())
    return Drawn(
        f"A source has three tokens and {pads} pads. The scores of the tokens are "
        f"{e.tolist()}. Which weight of attention has token {t + 1}? (three "
        "significant digits)",
        right,
        [
            (float(p[t] / (p.sum() + pads)), "The pads must not be looked at."),
            (float(p[t]), "Divide by the sum over the tokens."),
            (1 / 3, "That would be a plain mean. The scores are not equal."),
            (1 / (3 + pads), "That is a plain mean over tokens and pads."),
            (
                float(1 / (1 + np.exp(-e[t]))),
                "A softmax, not a sigmoid: the weights sum to 1.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked="The pads have weight 0. The exponentials of the scores are "
        + ", ".join(show(v, 5) for v in p)
        + f"; {show(p[t], 5)} / {show(float(p.sum()), 5)} = {show(right)}.",
    )


@question("pairs.brevity", "26-translation")
def _(rng):
    r = int(rng.integers(90, 140))
    s = int(r * rng.uniform(0.75, 0.93))
    p = np.round(np.sort(rng.uniform(0.15, 0.75, size=4))[::-1], 2)
    mean = float(np.prod(p) ** 0.25)
    factor = float(np.exp(1 - r / s))
    right = 100 * factor * mean
    return Drawn(
        f"In a test part {s} tokens were said, and the references have {r}. The shares "
        f"of runs of 1 to 4 tokens that stand in the references are {p.tolist()}. What "
        "is BLEU in percent? (three significant digits)",
        right,
        [
            (100 * mean, "The output is too short: the brevity factor is missing."),
            (
                100 * factor * float(p.mean()),
                "The mean of the shares is a geometric one.",
            ),
            (
                100 * mean * s / r,
                "The factor is an exponential, not the ratio of lengths.",
            ),
            (100 * factor * float(np.prod(p)), "Take the fourth root of the product."),
            (factor * mean, "That is a share; BLEU is asked for in percent."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The geometric mean is {show(mean, 5)}, the brevity factor "
        f"exp(1 - {r}/{s}) = {show(factor, 5)}, and 100 × {show(factor, 5)} × "
        f"{show(mean, 5)} = {show(right)}.",
    )
