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


@exam("weather.report", "25-weather", 3, "judge the claim of a forecast")
def _(rng):
    hours = int(rng.choice([12, 24, 36]))
    ours = round(float(rng.uniform(40, 55)), 1)
    last = round(ours * float(rng.uniform(1.2, 1.4)), 1)
    return Drawn(
        f"A report: our GRU forecasts the air {hours} hours ahead with a mean absolute "
        f"error of {ours}, the last value has {last}. Missing readings were filled by "
        "interpolation before the windows were cut, the scaler and the climatology "
        "were computed on all years, and one network was trained. By what share is "
        "its error smaller? Name three faults of the report, and for each what you "
        "would do instead.",
        "",
        [],
        worked=f"1 - {ours} / {last} = {show(1 - ours / last)}. Faults: an "
        "interpolated reading knows the next one, so carry the last one on; scaler and "
        "climatology saw the test years, so compute them from the training years; the "
        "last value is a weak opponent so far ahead, so show ridge and boosted trees "
        "on the same hours. One may add seeds, and an interval over weeks.",
        rubric=(
            (1, f"the share, {show(1 - ours / last)}"),
            (2, "interpolation reads the future: carry the last reading on"),
            (2, "scaler and climatology from the training years only"),
            (2, "a stronger opponent, or seeds and an interval over weeks"),
        ),
    )
