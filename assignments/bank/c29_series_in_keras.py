"""Exam questions of 29-series-in-keras."""

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("series.fading", 2, "forecast from a season and a residual that fades")
from_chapter("series.relu", 2, "say how a relu state grows with the window")
from_chapter("series.all_horizons", 2, "put the errors of several horizons together")


@exam("series.sequences", "29-series-in-keras", 1, "read the shapes of a Keras model")
def _(rng):
    B, T, H, K = whole(rng, (16, 129), (12, 61), (17, 65), (2, 12))
    return Drawn(
        f"Windows of shape ({B}, {T}, 1) go through LSTM({H}, return_sequences=True) "
        f"and then Dense({K}). Which shape comes out, and what does that mean?",
        f"({B}, {T}, {K}): {K} forecasts at every step of the window",
        [
            (
                f"({B}, {K}): {K} forecasts for each window",
                "So it would be without `return_sequences`, from the last state alone.",
            ),
            (
                f"({B}, {T}, {H}): Dense leaves the states as they are",
                "Dense maps the last axis, from the units to its outputs.",
            ),
            (
                "None: Dense takes two axes only, and Keras raises an error",
                "Dense takes any number of axes and works on the last one.",
            ),
        ],
        worked=f"The LSTM returns all its states, ({B}, {T}, {H}), and Dense maps the "
        f"last axis of each: ({B}, {T}, {K}). Keras says nothing. With targets of one "
        "column the model would even train, each target being compared with every "
        "step of the window.",
    )


@exam("series.recursive_code", "29-series-in-keras", 2, "follow a forecast fed back")
def _(rng):
    w = [round(float(v), 1) for v in (rng.uniform(0.2, 0.6), rng.uniform(0.7, 1.2))]
    x, k = decimals(rng, 2, 2.0, 9.0), 3
    code = (
        f"w, x = np.array({w}), np.array({x})\n"
        f"for _ in range({k}):\n"
        "    x = np.append(x[1:], w @ x)\n"
        "print(round(float(x[-1]), 4))"
    )
    a, b = x
    one = w[0] * a + w[1] * b
    two = w[0] * b + w[1] * one
    three = w[0] * one + w[1] * two
    turned = list(x)
    for _ in range(k):
        turned.append(w[1] * turned[-2] + w[0] * turned[-1])
    return Drawn(
        "What is printed? (three significant digits)" + fence(code),
        float(printed(code)),
        [
            (one, "That is the first forecast; the loop runs three times."),
            (two, "That is the second forecast; the loop runs three times."),
            (turned[-1], "The last weight belongs to the newest value."),
            (
                w[0] * two + w[1] * three,
                "That is one step further than the loop goes.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each forecast stands in the next window. First {w[0]} × {a} + {w[1]} "
        f"× {b} = {show(one, 6)}, then {w[0]} × {b} + {w[1]} × {show(one, 6)} = "
        f"{show(two, 6)}, then {w[0]} × {show(one, 6)} + {w[1]} × {show(two, 6)} = "
        f"{show(three)}.",
    )


@exam("series.clip", "29-series-in-keras", 3, "tell a growing state from a gradient")
def _(rng):
    T, rate = int(rng.integers(80, 200)), float(rng.choice([0.003, 0.005, 0.01]))
    return Drawn(
        f"An LSTM with activation='relu' reads scaled windows of {T} steps. With "
        f"Adam at a rate of {rate} its loss becomes NaN in some epoch. Which change "
        "goes to the cause?",
        "Use tanh, the default, in the recurrent layer",
        [
            (
                "Clip the norm of the gradient at 1",
                "Clipping acts on the way back; the state grows on the way forwards.",
            ),
            (
                "Standardise the targets once more",
                "The targets do not enter the state.",
            ),
            (
                "Switch return_sequences on",
                "That returns the same states, all of them.",
            ),
        ],
        worked="Nothing bounds a state that is shown through relu: what feeds back can "
        f"grow at each of the {T} steps, before any gradient is computed. tanh bounds "
        "what is fed back between -1 and 1. On the page clipping did not help.",
    )


@exam("series.report", "29-series-in-keras", 3, "judge a report of a forecaster")
def _(rng):
    months = int(rng.integers(20, 40))
    naive = round(float(rng.uniform(1.4, 2.4)), 2)
    ours = round(naive * float(rng.uniform(0.62, 0.75)), 2)
    waves = round(ours * float(rng.uniform(0.85, 0.97)), 2)
    gain = 1 - np.round(ours / naive, 6)
    return Drawn(
        f"A report forecasts monthly sales with an LSTM. On the last {months} months "
        f"its RMSE is {ours}, that of seasonal naive {naive}. Of twelve settings the "
        "one with the smallest error on these months was kept, with one seed. A reader "
        f"fits three pairs of sines and cosines to the training part: RMSE {waves} on "
        "the same months. How large is the gain over seasonal naive, what does it say "
        "about the LSTM, and what is wrong with the choice of the setting?",
        "",
        [],
        worked=f"1 - {ours} / {naive} = {show(float(gain))} is the gain over seasonal "
        "naive. It says little: seasonal naive copies the noise of one year, and seven "
        f"fitted numbers are closer than the LSTM, {waves} against {ours}. The setting "
        "was chosen on the months that judge, so its error is too small; choose on a "
        "validation part, with several seeds, and open the test part once. "
        f"{months} months are few; give an interval over blocks of months.",
        rubric=(
            (1, f"gain {show(float(gain))} over seasonal naive"),
            (2, "the harmonics are closer: no network was needed here"),
            (2, "chosen on the test part; a validation part is missing"),
            (1, "several seeds, or an interval over blocks of months"),
        ),
    )
