"""Exam questions of 01-sequences."""

import math

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("sequences.windows", 1, "cut a series into windows")
from_chapter("sequences.bits", 1, "convert nats to bits")
from_chapter("sequences.mase", 2, "score a forecast against its baseline")


@exam("sequences.leak", "01-sequences", 1, "find the step that lets the future in")
def _(rng):
    N, L = whole(rng, (600, 3000), (10, 40))
    share = int(rng.choice([60, 70, 80]))
    steps = [
        (
            "It scales the values with mean and spread of the training part.",
            f"It scales the values with mean and spread of all {N} values.",
            "A scale must come from the training part alone.",
        ),
        (
            f"It trains on the first {share} % and tests on the rest.",
            f"It draws {share} % of the days at random for training.",
            "Neighbours of a test day, also later ones, are then training days.",
        ),
        (
            f"It takes the {L} days before a day as its inputs.",
            f"It takes the mean of the {L} days around a day as an input.",
            "A centred mean contains days that lie behind the one to be forecast.",
        ),
        (
            "It stops training where the error on the last training days is smallest.",
            "It stops training where the error on the test part is smallest.",
            "What chooses anything by the test part has seen the test part.",
        ),
    ]
    culprit = int(rng.integers(4))
    told = [leaks if k == culprit else fine for k, (fine, leaks, _) in enumerate(steps)]
    text = "\n".join(f"{k + 1}. {step}" for k, step in enumerate(told))
    return Drawn(
        f"A program forecasts tomorrow's value of a series of {N} days, and does four "
        f"things. Which of them lets the future in?\n{text}",
        f"Step {culprit + 1}",
        [
            (
                f"Step {k + 1}",
                f"Step {k + 1} is sound: it uses nothing that lies ahead.",
            )
            for k in range(4)
            if k != culprit
        ],
        worked=f"{steps[culprit][2]} The other three use nothing that lies ahead.",
    )


@exam("sequences.windows_code", "01-sequences", 2, "predict what a window holds")
def _(rng):
    N, L, k = whole(rng, (60, 100), (5, 12), (13, 40))
    code = (
        f"x = np.arange({N})\n"
        f"windows = np.lib.stride_tricks.sliding_window_view(x, {L} + 1)\n"
        f"print(windows[{k}, -1])"
    )
    return Drawn(
        f"A window holds {L} inputs and one target. What is printed?" + fence(code),
        int(printed(code)),
        [
            (k + L - 1, "That is the last input; the target is one further on."),
            (k + L + 1, "The first window has the number 0."),
            (k * (L + 1) + L, "The windows overlap: each begins one further on."),
            (k, "That is the first input."),
        ],
        worked=f"Window {k} begins at the value {k}; its last place is the target, "
        f"{L} further on: {k} + {L} = {k + L}.",
    )


@exam("sequences.skill", "01-sequences", 2, "measure the gain over a baseline")
def _(rng):
    ours = rng.choice(np.arange(1, 9), size=4, replace=False)
    naive = rng.choice(np.arange(2, 12), size=4, replace=False)
    a, b = float(ours.mean()), float(naive.mean())
    return Drawn(
        f"On four test days a network was wrong by {ours.tolist()}, the last value by "
        f"{naive.tolist()} (absolute errors). What is the skill of the network against "
        "the last value, by the mean absolute error? (three significant digits)",
        1 - a / b,
        [
            (a / b, "That is the ratio of the errors; the skill is one minus it."),
            (1 - b / a, "The baseline's error is the unit, not the network's."),
            (b - a, "That is the gain in units of the series, not a share."),
            (
                1 - math.sqrt((ours**2).mean() / (naive**2).mean()),
                "Asked for are absolute errors, not squared ones.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"The mean errors are {show(a)} and {show(b)}: "
        f"1 - {show(a, 5)} / {show(b, 5)} = {show(1 - a / b)}. "
        + ("The network is worse." if a > b else "The network is better."),
    )


@exam("sequences.random_split", "01-sequences", 3, "criticise a random split")
def _(rng):
    L, share = whole(rng, (10, 40), (60, 85))
    better = int(rng.integers(8, 25))
    alone = (1 - share / 100) ** 2
    return Drawn(
        f"A report on the price of a share cuts it into all windows of {L} inputs and "
        f"one target, draws {share} % of the windows at random for training, and finds "
        f"the network's error on the others {better} % below that of the last value. "
        "Say what is wrong with this, why it makes the network look better than it is, "
        "and what you would do instead.",
        "",
        [],
        worked=f"A window shares {L} of its {L} + 1 = {L + 1} values with the next "
        "one. Both neighbours of a test window are test windows, too, with "
        f"probability (1 - {share / 100})^2 = {show(alone, 4)} only. So nearly every "
        "test target stands in a training window, with its surroundings before and "
        "behind: the network fills a gap between days that it knows, and never "
        "forecasts. Split in the order of time, so that all test targets come after "
        "the last training target, compare with the last value on the same test days, "
        "and repeat for several origins and seeds.",
        rubric=(
            (2, "neighbouring windows share nearly all of their values"),
            (1, "test targets stand in training windows, or lie between them"),
            (2, "a split in the order of time, test after training"),
            (1, "the last value on the same days, or several origins or seeds"),
        ),
    )
