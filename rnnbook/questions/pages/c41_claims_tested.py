"""Questions of 41-claims-tested."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("claims.interval", "41-claims-tested")
def _(rng):
    n = int(rng.integers(4, 12))
    a, b = (round(float(v), 2) for v in rng.uniform(0.05, 0.4, 2))
    error = math.sqrt(a**2 / n + b**2 / n)
    return Drawn(
        f"Two networks were trained with {n} seeds each. The errors of the first have "
        f"the standard deviation {a:.2f}, those of the second {b:.2f}. What is the "
        "standard error of the difference of their means? (three significant digits)",
        error,
        [
            (math.sqrt(a**2 + b**2), "That is the spread of single runs."),
            (a / math.sqrt(n) + b / math.sqrt(n), "Squares add up, not errors."),
            ((a**2 + b**2) / n, "The root is missing."),
            (math.sqrt(a**2 + b**2) / n, "Divide the variances by n, not the errors."),
            (a / math.sqrt(n), "The second mean has an error too."),
        ],
        rtol=THREE_DIGITS,
        worked=f"√({a:.2f}^2 / {n} + {b:.2f}^2 / {n}) = {show(error)}.",
    )


@question("claims.agreeing", "41-claims-tested")
def _(rng):
    n = int(rng.integers(4, 13))
    p = 2 / 2**n
    return Drawn(
        f"Two networks are equally good, and were trained with {n} pairs of seeds. "
        f"With "
        "what probability does one and the same of them win every pair? (three "
        "significant digits)",
        p,
        [
            (1 / 2**n, "That is for one of the two, named before."),
            (1 / n, "Each pair is a throw of its own."),
            (2 / n, "Each pair is a throw of its own."),
            (1 - 2 / 2**n, "That is the probability that they share the wins."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Either of the two may win all: 2 / 2^{n} = {show(p)}.",
    )


@question("claims.ways", "41-claims-tested")
def _(rng):
    n, alpha = int(rng.integers(20, 120)), int(rng.choice([1, 2, 5]))
    expected = n * alpha / 100
    return Drawn(
        f"{n} claims, all of which are wrong, are judged by a test that calls a wrong "
        f"claim true in {alpha} of 100 cases. How many are called true on average?",
        expected,
        [
            (float(n), "Most wrong claims are refuted."),
            (alpha / 100, "That is for one claim."),
            (1 - (1 - alpha / 100) ** n, "That is the probability of at least one."),
            (n * (1 - alpha / 100), "Those are called wrong."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each has a chance of {alpha} / 100: {n} × {alpha} / 100 = "
        f"{show(expected)}.",
    )
