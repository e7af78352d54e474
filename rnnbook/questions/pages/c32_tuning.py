"""Questions of 32-tuning."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("tuning.budget", "32-tuning")
def _(rng):
    n, first = 2 ** int(rng.integers(4, 8)), 5 * int(rng.integers(2, 25))
    rungs = [first, 2 * first, 4 * first]
    spent = n * first + n // 2 * first + n // 4 * 2 * first
    return Drawn(
        f"Successive halving starts {n} settings and has rungs at {rungs[0]}, "
        f"{rungs[1]} and {rungs[2]} updates. At the first two the better half goes on, "
        "from where it stands. How many updates are done in all?",
        spent,
        [
            (n * rungs[-1], "That is with every setting trained to the last rung."),
            (
                n * first + n // 2 * rungs[1] + n // 4 * rungs[2],
                "Survivors train on from where they stand; a rung costs what it adds.",
            ),
            (
                n * first + n // 2 * first + n // 4 * first,
                "From the second rung to the third is twice as far as to the second.",
            ),
            (
                n // 2 * first + n // 4 * first + n // 8 * 2 * first,
                "All settings have to reach the first rung before half can be dropped.",
            ),
            (
                n * first + n // 2 * first,
                "The way to the third rung has to be paid for as well.",
            ),
        ],
        worked=(
            "All to the first rung, half to the second, a quarter to the third: "
            f"{n} × {first} + {n // 2} × {first} + {n // 4} × {2 * first} = {spent}."
        ),
    )


@question("tuning.decades", "32-tuning")
def _(rng):
    a, b = int(rng.integers(4, 7)), int(rng.integers(0, 2))
    c, k = int(rng.integers(b + 2, a)), int(rng.integers(2, 10))
    low, high, cut = 10.0**-a, 10.0**-b, k * 10.0**-c
    up, width = k * 10 ** (a - c), 10 ** (a - b)
    return Drawn(
        f"A learning rate is drawn log-uniformly from {low:.{a}f} to {high:.{b}f}. "
        f"With what probability is it below {cut:.{c}f}? (three significant digits)",
        math.log(up) / math.log(width),
        [
            ((cut - low) / (high - low), "That is for even draws, without logarithms."),
            (
                1 - math.log(up) / math.log(width),
                "That is the probability of being above.",
            ),
            (1 / (a - b), "That is the share of one factor of ten."),
            (
                math.log(k) / math.log(width),
                "Count the decades from the lower end, not within the last one.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"Up to the bound is a factor of {up}, to the upper end one of {width}: "
        f"ln({up}) / ln({width}) = {show(math.log(up) / math.log(width))}.",
    )


@question("tuning.reach", "32-tuning")
def _(rng):
    share, N = int(rng.integers(2, 12)), int(rng.integers(10, 61))
    p = share / 100
    return Drawn(
        f"{share} % of all settings are good enough. Random search tries {N}. With "
        "what probability is at least one of them good enough? (three significant "
        "digits)",
        1 - (1 - p) ** N,
        [
            ((1 - p) ** N, "That is the probability that none is."),
            (min(N * p, 1.0), "Probabilities of that kind do not add up."),
            (p**N, "That is the probability that all of them are."),
            (N * p * (1 - p) ** (N - 1), "That is exactly one; more will do as well."),
            (p, "That is one try."),
        ],
        rtol=THREE_DIGITS,
        worked="At least one is good unless all fail: "
        f"1 - {show(1 - p)}^{N} = {show(1 - (1 - p) ** N)}.",
    )
