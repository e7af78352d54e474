"""Exam questions of 15-deep-and-both-ways."""

from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "15-deep-and-both-ways"

from_chapter("deep.parameters", 2, "count what a second layer reads")
from_chapter("deep.h_n", 1, "find a state in h_n")
from_chapter("deep.residual", 2, "follow a gradient past the layers")


@exam("deep.survives", PAGE, 1, "say what dropout does to a memory")
def _(rng):
    p, n = round(float(rng.uniform(0.1, 0.4)), 2), int(rng.integers(4, 15))
    return Drawn(
        f"A network drops each entry of its carried state with probability {p}, anew "
        "at each step. With what probability does an entry that was written before "
        f"the first of {n} steps come through all of them? (three significant digits)",
        (1 - p) ** n,
        [
            (p**n, "That is the probability of being dropped every time."),
            (1 - p, "That is one step."),
            (1 - (1 - p) ** n, "That is the probability of being dropped once."),
            (max(1 - n * p, 0.0), "Probabilities of that kind are not subtracted."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each step leaves it with probability 1 - {p} = {show(1 - p)}; {n} "
        f"draws: {show(1 - p)}^{n} = {show((1 - p) ** n)}.",
    )


@exam("deep.last_column", PAGE, 2, "read what a column of both ways knows")
def _(rng):
    T, k = int(rng.integers(20, 90)), int(rng.integers(2, 9))
    return Drawn(
        f"A bidirectional layer has read {T} words, numbered from 0. Somebody uses the "
        f"output at column {T - k} as the summary of the sentence. How many words has "
        "its backward half read there?",
        k,
        [
            (T, "It would have, at column 0."),
            (T - k + 1, "So many has the forward half read."),
            (k - 1, "The word of the column itself has been read, too."),
            (T - k, "Those before the column are what the forward half has read."),
        ],
        worked=f"The backward direction begins at column {T - 1} and has come to "
        f"column {T - k}, with both of them read: {T} - {T - k} = {k}.",
    )


@exam("deep.turned_code", PAGE, 2, "read a sum from both ends")
def _(rng):
    x = [int(v) for v in rng.integers(1, 9, size=5)]
    code = (
        f"x = np.array({x})\n"
        "ahead = np.cumsum(x)\n"
        "back = np.cumsum(x[::-1])[::-1]\n"
        "print(ahead[1] + back[3])"
    )
    return Drawn(
        "What is printed?" + fence(code),
        int(printed(code)),
        [
            (
                sum(x[:2]) + sum(x[:2]),
                "back runs from the end: back[3] is the sum of the last two.",
            ),
            (sum(x[:2]) + sum(x[1:]), "After the second turn, index 3 is column 3."),
            (sum(x), "Column 2 is in neither of the two sums."),
            (sum(x[:2]) + x[4], "Column 3 itself has been read, too."),
        ],
        worked="ahead[1] is the sum of the first two, and back[3], after the second "
        f"turn, that of the last two: {x[0]} + {x[1]} + {x[3]} + {x[4]} = "
        f"{sum(x[:2]) + sum(x[3:])}.",
    )


@exam("deep.live", PAGE, 2, "say where both directions may not be used")
def _(rng):
    task = str(
        rng.choice(
            [
                "the load of a power grid in the next hour",
                "the next price of a share",
                "the next letter that somebody types",
            ]
        )
    )
    return Drawn(
        f"A bidirectional network is trained to forecast {task}, one forecast at each "
        "step of a recorded sequence. Its error on new recordings is nearly zero. What "
        "is the likely reason?",
        "At each step the backward direction has read what is to be forecast",
        [
            (
                "Two directions have twice the parameters",
                "That would not bring an error near zero on new recordings.",
            ),
            (
                "The backward direction finds patterns that run backwards in time",
                "Whatever it finds, it finds in the future, which is not there in use.",
            ),
            (
                "The recordings of the test were in the training data",
                "They are new. The leak is within each recording.",
            ),
        ],
        worked="The target of step t is the input of step t + 1, and the backward "
        "direction has read that before it gives its state of step t. In use there is "
        "nothing to read.",
    )
