"""Questions of 29-series-in-keras."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("series.fading", "29-series-in-keras")
def _(rng):
    now, ahead = (round(float(rng.uniform(18, 25)), 1) for _ in range(2))
    residual = round(float(rng.uniform(1.2, 3.5)), 1)
    phi, k = round(float(rng.uniform(0.2, 0.7)), 2), int(rng.integers(2, 7))
    known = round(now + residual, 1)
    forecast = ahead + phi * residual
    return Drawn(
        f"The sea is at {known} degrees this month. The harmonics say {now} for this "
        f"month and {ahead} for the one {k} months ahead, and {phi} is the share of a "
        f"residual that is left after {k} months. What does harmonics + residual "
        f"forecast, {k} months ahead? (three significant digits)",
        forecast,
        [
            (ahead, "That is the season alone; what is left of the residual is added."),
            (ahead + residual, "That is the whole residual; only a share is left."),
            (
                ahead - phi * residual,
                "The sign is turned: this month is warmer than its season.",
            ),
            (now + phi * residual, "The season is that of the month to be forecast."),
            (known + phi * residual, "The share is added to the season, not to today."),
        ],
        rtol=3e-3,
        near=0.01,
        worked=(
            f"The residual of this month is {known} - {now} = {show(residual)}, and of "
            f"it {phi} × {residual} = {show(phi * residual)} is left. With the season "
            f"of the month that is wanted, {ahead} + {phi} × {residual} = "
            f"{show(forecast)}."
        ),
    )


@question("series.relu", "29-series-in-keras")
def _(rng):
    u, T = round(float(rng.uniform(1.03, 1.25)), 2), int(rng.integers(20, 61))
    return Drawn(
        f"One relu unit, h = relu(w x + {u} h), stands at 1. All inputs from there on "
        f"are 0. How large is the state {T} steps later? (three significant digits)",
        u**T,
        [
            (u * T, "Each step multiplies what the last one left; nothing is added."),
            (1.0, "So it would be with a factor of 1."),
            (u ** (T - 1), "That is one step less: the first step multiplies, too."),
            (
                (u**T - 1) / (u - 1),
                "That is the sum for inputs of 1 and w = 1; here the inputs are 0.",
            ),
        ],
        rtol=THREE_DIGITS,
        near=0.02,
        worked=(
            f"The argument is positive in each step, so that relu changes nothing: the "
            f"state is {u}^{T} = {show(u**T)}."
        ),
    )


@question("series.all_horizons", "29-series-in-keras")
def _(rng):
    low = ((0.3, 0.6), (0.8, 1.2), (1.5, 2.2))
    a, b, c = (round(float(rng.uniform(*ends)), 2) for ends in low)
    mean = (a * a + b * b + c * c) / 3
    return Drawn(
        f"A direct forecaster with three outputs has an RMSE of {a}, {b} and {c} at "
        "horizons 1, 2 and 3, each over the same windows. What is its RMSE over all "
        "forecasts together? (three significant digits)",
        math.sqrt(mean),
        [
            ((a + b + c) / 3, "Squares are averaged, and the root comes last."),
            (mean, "That is the mean squared error; the root is missing."),
            (math.sqrt(3 * mean), "The squares are averaged, not added up."),
            (c, "That is the error of the last horizon alone."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The mean of the squares is ({a}^2 + {b}^2 + {c}^2) / 3 = "
            f"{show(mean, 5)}, and its root √({show(mean, 5)}) = "
            f"{show(math.sqrt(mean))}."
        ),
    )
