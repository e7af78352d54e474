"""Exam questions of 25-weather."""

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("weather.row", 2, "count a horizon from the last input")
from_chapter("weather.decay", 2, "decay a last reading towards the mean")


@exam("weather.gain", "25-weather", 2, "compare two forecasts week by week")
def _(rng):
    theirs = rng.integers(30, 70, size=4)
    ours = theirs - rng.integers(2, 12, size=4)
    code = (
        f"theirs = np.array({theirs.tolist()})\n"
        f"ours = np.array({ours.tolist()})\n"
        "print(1 - ours.mean() / theirs.mean())"
    )
    answer = float(printed(code))
    ratio = float(np.mean(1 - ours / theirs))
    return Drawn(
        "The mean absolute errors of two forecasts in the same four weeks. What is "
        "printed? (three significant digits)" + fence(code),
        answer,
        [
            (1 - answer, "That is what is left of the error; asked for is the gain."),
            (float(theirs.mean() - ours.mean()), "That is the gain in units."),
            (1 - theirs.mean() / ours.mean(), "The other one is the reference."),
            (ratio, "The means are taken first, and then their ratio."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The means are {show(ours.mean(), 5)} and {show(theirs.mean(), 5)}; "
        f"1 - {show(ours.mean(), 5)} / {show(theirs.mean(), 5)} = {show(answer)}.",
    )
