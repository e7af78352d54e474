"""Questions of 25-weather."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("weather.decay", "25-weather")
def _(rng):
    w, hours = round(rng.uniform(0.02, 0.09), 3), int(rng.integers(6, 24))
    last, mean = round(rng.uniform(1.2, 2.6), 1), round(rng.uniform(-0.8, -0.2), 1)
    gamma = math.exp(-w * hours)
    answer = gamma * last + (1 - gamma) * mean
    return Drawn(
        f"A GRU-D has learned w = {w} an hour. The last reading was {last}, {hours} "
        f"hours ago, and the mean of the readings is {mean}. What is the input in "
        "place of the missing reading? (three significant digits)",
        answer,
        [
            (last, "That is the last reading, carried on: nothing has decayed."),
            (mean, "That is the mean: it is reached only after a very long gap."),
            (gamma * last, "The reading decays to the mean, which is not 0 here."),
            (
                (1 - gamma) * last + gamma * mean,
                "Last reading and mean have each other's shares.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"gamma = exp(-{w} × {hours}) = {show(gamma, 5)}, and {show(gamma, 5)} × "
            f"{last} + {show(1 - gamma, 5)} × ({mean}) = {show(answer)}."
        ),
    )


@question("weather.row", "25-weather")
def _(rng):
    length, k = int(rng.integers(24, 97)), int(rng.choice([6, 12, 24, 36]))
    start = int(rng.integers(100, 900))
    answer = start + length - 1 + k
    return Drawn(
        f"A window starts at row {start} of an hourly table and has {length} rows. The "
        f"network is to forecast {k} hours ahead. In which row does its target stand?",
        answer,
        [
            (start + length + k, "The last input is one row before the window's end."),
            (start + k, "That counts the horizon from the first input."),
            (start + length - 1, "That is the last input itself."),
            (start + length, "That is one hour ahead."),
        ],
        worked=(
            f"The last input stands in row {start} + {length} - 1 = "
            f"{start + length - 1}, and {start + length - 1} + {k} = {answer}."
        ),
    )
