"""Questions of 23-stock-prediction."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("stock.direction", "23-stock-prediction")
def _(rng):
    n, hits = int(rng.integers(100, 400)), 0
    hits = int(n * rng.uniform(0.5, 0.58))
    p = hits / n
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    return Drawn(
        f"A model called the direction right on {hits} of {n} days. By the normal "
        "approximation, by how many percentage points may the share of hits be off, "
        "either way, at 95 %? (three significant digits)",
        100 * half,
        [
            (100 * half / 1.96, "That is one standard error; 95 % takes about two."),
            (200 * half, "That is the whole width; asked for is one side."),
            (100 * 1.96 * p * (1 - p) / math.sqrt(n), "The root covers p (1 - p) too."),
            (half, "That is the share; asked for are percentage points."),
        ],
        rtol=THREE_DIGITS,
        unit="%",
        worked=(
            f"The share of hits is {hits} / {n} = {show(p, 5)}, and the half width is "
            f"1.96 × √({show(p, 5)} × (1 - {show(p, 5)}) / {n}) = {show(half, 5)}; in "
            f"percentage points 100 × {show(half, 5)} = {show(100 * half)}."
        ),
    )


@question("stock.horizon", "23-stock-prediction")
def _(rng):
    daily, days = round(rng.uniform(0.5, 3), 1), int(rng.choice([4, 9, 16, 25, 36]))
    return Drawn(
        f"Daily log returns of a share are independent with a standard deviation of "
        f"{daily} %. What is the standard deviation of its log return over {days} "
        "days, in %? (three significant digits)",
        daily * math.sqrt(days),
        [
            (
                daily * days,
                "Independent errors do not all point the same way: the "
                "variances add up, not the deviations.",
            ),
            (daily, "The uncertainty grows with the horizon."),
            (daily**2 * days, "That is the variance."),
        ],
        rtol=THREE_DIGITS,
        unit="%",
        worked=(
            f"The variances add up: {days} × {daily}^2 = {show(days * daily**2, 5)}, "
            f"and the root is √({show(days * daily**2, 5)}) = "
            f"{show(daily * math.sqrt(days))}."
        ),
    )
