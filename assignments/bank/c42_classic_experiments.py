"""Exam questions of 42-classic-experiments."""

import math

from exam_bank import exam, from_chapter

from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "42-classic-experiments"

from_chapter("classic.copying", 2, "compute the loss that needs no memory")
from_chapter("classic.adding", 2, "compute what a constant answer costs")
from_chapter("classic.sees", 2, "count the steps that a stack of dilated kernels reads")


@exam("classic.drift", PAGE, 2, "say what a cell without a forget gate adds up")
def _(rng):
    i, g = (
        round(float(rng.uniform(0.1, 0.9)), 2),
        round(float(rng.uniform(0.1, 0.9)), 2),
    )
    T = int(rng.integers(20, 200))
    answer = T * i * g
    return Drawn(
        "A cell of 1997 has no forget gate. In a stream its input gate stands at "
        f"{i} and its candidate at {g}. It begins at zero and nobody resets it. How "
        f"large is it after {T} steps? (three significant digits)",
        answer,
        [
            (i * g, "That is what one step adds."),
            (T * g, "The input gate lets a share of it in."),
            (g, "That is where a coupled forget gate, 1 - i, would end it."),
            (
                math.tanh(answer),
                "The tanh comes after the cell, and does not bound it.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each step adds the same: {T} × {i} × {g} = {show(answer)}.",
    )


@exam("classic.error", PAGE, 3, "compute the error of a difference of two means")
def _(rng):
    s = [round(float(v), 3) for v in rng.uniform(0.01, 0.2, 2)]
    n = [int(v) for v in rng.choice(range(3, 12), size=2, replace=False)]
    answer = 2 * math.sqrt(s[0] ** 2 / n[0] + s[1] ** 2 / n[1])
    return Drawn(
        f"Over {n[0]} seeds one network's error has the standard deviation {s[0]}, "
        f"over {n[1]} seeds another one's {s[1]}. How large are two standard errors "
        "of the difference of their means? (three significant digits)",
        answer,
        [
            (answer / 2, "That is one standard error."),
            (
                2 * (s[0] / math.sqrt(n[0]) + s[1] / math.sqrt(n[1])),
                "Independent errors are added as squares.",
            ),
            (2 * math.sqrt(s[0] ** 2 + s[1] ** 2), "That is for single runs."),
            (answer**2, "A root is missing."),
        ],
        rtol=THREE_DIGITS,
        worked="The variances of both means are added, then the root: "
        f"2 × √({s[0]}^2 / {n[0]} + {s[1]}^2 / {n[1]}) = {show(answer)}.",
    )


@exam("classic.kept", PAGE, 2, "say what a fixed forget gate leaves of a memory")
def _(rng):
    f, T = round(float(rng.uniform(0.8, 0.98)), 2), int(rng.integers(7, 40))
    answer = f**T
    return Drawn(
        f"In place of a learned forget gate a cell is multiplied by {f} at each step. "
        f"Which share of what it holds is left after {T} steps? (three significant "
        "digits)",
        answer,
        [
            (1 - answer, "That is what is lost."),
            (f * T, "The factors are multiplied."),
            ((1 - f) ** T, "What is kept is multiplied, not what is lost."),
            (f ** (T - 1), "There is one factor for each step."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each step multiplies once more by the same factor: "
        f"{f}^{T} = {show(answer)}.",
    )


@exam("classic.null", PAGE, 2, "tell a result from its null")
def _(rng):
    S, gap = int(rng.integers(5, 12)), int(rng.integers(100, 900))
    null = S * math.log(8) / (gap + 2 * S)
    printed = f"{null * float(rng.uniform(0.99, 1.0)):.4f}"
    return Drawn(
        f"A table reports a loss of {printed} nats a step for an LSTM that copies {S} "
        f"symbols of eight over a gap of {gap}. What does that number say?",
        "It is what guessing the symbols costs: next to nothing was remembered",
        [
            (
                "The LSTM has nearly solved the task, since the loss is close to zero",
                "It is small because most steps ask for a blank.",
            ),
            (
                "The LSTM copies about half of the symbols",
                "Half of them would bring half of the loss.",
            ),
            (
                "Nothing, because no other network stands beside it",
                "A null can be computed without any network.",
            ),
        ],
        worked="The null has all guesses, over all steps: "
        f"{S} × ln(8) / ({gap} + 2 × {S}) = {null:.4f}, "
        "and the table's number is within a hundredth of it.",
    )
