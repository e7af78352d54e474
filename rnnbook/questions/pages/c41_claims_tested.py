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
        worked=f"Variances of means add up: √({a:.2f}^2 / {n} + {b:.2f}^2 / {n}) = "
        f"{show(error)}.",
    )


@question("claims.agreeing", "41-claims-tested")
def _(rng):
    n, share = int(rng.integers(3, 9)), int(rng.integers(55, 96))
    p = share / 100
    return Drawn(
        f"One network is better: it wins a pair of seeds with a probability of {share} "
        f"%. Both are trained with {n} pairs. With what probability does it win every "
        "pair? (three significant digits)",
        p**n,
        [
            (p, "That is for one pair."),
            (1 - p**n, "That is the probability that it loses at least once."),
            (p**n + (1 - p) ** n, "The other one may not win all of them here."),
            (1 - (1 - p) ** n, "That is the probability that it wins at least once."),
            ((1 - p) ** n, "That is the probability that it loses every pair."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The pairs are independent: all {n} are won with the probability "
        f"{share / 100:.2f}^{n} = {show(p**n)}.",
    )


@question("claims.ways", "41-claims-tested")
def _(rng):
    n, alpha = int(rng.integers(20, 120)), int(rng.choice([1, 2, 5]))
    expected = n * alpha / 100
    return Drawn(
        f"{n} claims, all of which are wrong, are judged by a test that calls a wrong "
        f"claim true in {alpha} of 100 cases. How many are called true on average? "
        "(three significant digits)",
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
