"""Questions of 33-scaling."""

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("scaling.fronts", "33-scaling")
def _(rng):
    L, T = int(rng.integers(3, 9)), int(rng.integers(20, 120))
    return Drawn(
        f"A network has {L} recurrent layers and reads {T} steps. Every cell of a "
        "layer and step takes one moment, and as many as you like may work at the same "
        "moment. After how many moments can it be done?",
        L + T - 1,
        [
            (L * T, "That is one cell after the other."),
            (T, "The last layer begins when the layers below have done a step."),
            (L + T, "The first layer and the first step share one cell."),
            (L, "A layer cannot do all its steps at one moment."),
        ],
        worked="The cell of layer l and step t can work at moment l + t - 1, so the "
        f"last one works at moment {L} + {T} - 1 = {L + T - 1}.",
    )


@question("scaling.bytes", "33-scaling")
def _(rng):
    millions, n = int(rng.integers(2, 40)), int(rng.choice([2, 4, 8, 16]))
    answer = 4 * millions * 2 * (n - 1) / n
    return Drawn(
        f"{n} workers average the float32 gradients of {millions} million parameters "
        "in a ring. How many megabytes (millions of bytes) does each worker send at an "
        "update? (three significant digits)",
        answer,
        [
            (4 * millions, "That is one copy of the gradient."),
            (answer / 2, "That is the first round; the sums go around as well."),
            (answer / 4, "Those are millions of numbers. A float32 takes 4 bytes."),
            (4 * millions * (n - 1), "That is everything sent to everybody."),
            (answer * n, "That is what all workers send together."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Two rounds of {n} - 1 pieces, each 1/{n} of 4 × {millions} MB: "
        f"2 × ({n} - 1) × 4 × {millions} / {n} = {show(answer)}.",
    )


@question("scaling.limit", "33-scaling")
def _(rng):
    percent, n = int(rng.integers(4, 40)), int(rng.choice([2, 4, 8, 16, 32]))
    answer = 1 / (percent / 100 + (1 - percent / 100) / n)
    return Drawn(
        f"{percent} % of an update has to be done in a row, the rest can be shared. "
        f"How many times as fast is it with {n} workers, if sending costs nothing? "
        "(three significant digits)",
        answer,
        [
            (float(n), "What is done in a row does not become faster."),
            (100 / percent, "That is the ceiling for any number of workers."),
            (1 / answer, "That is the time that is left, as a share."),
            (n * (1 - percent / 100), "The two parts of the time are added."),
            (
                1 / (1 - percent / 100 + percent / 100 / n),
                "You shared what has to be done in a row.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"The time left is {percent} / 100 + {100 - percent} / 100 / {n} = "
        f"{show(1 / answer, 5)}, and 1 / {show(1 / answer, 5)} = {show(answer)}.",
    )
