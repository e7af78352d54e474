"""Exam questions of 32-tuning."""

from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "32-tuning"

from_chapter("tuning.budget", 2, "count the updates of successive halving")
from_chapter("tuning.decades", 1, "draw a rate on a logarithmic scale")
from_chapter("tuning.reach", 2, "say what random search reaches")


@exam("tuning.rank", PAGE, 1, "say where the best of many lies")
def _(rng):
    N, a = int(rng.integers(4, 25)), int(rng.integers(1, 6))
    b = a + int(rng.integers(3, 12))
    return Drawn(
        "The errors of a network, over its seeds, are spread evenly between "
        f"{a} and {b}. Of {N} trials with equal settings the best one is kept. What is "
        "its error on average? (three significant digits)",
        a + (b - a) / (N + 1),
        [
            (b - (b - a) / (N + 1), "That is the worst one."),
            ((a + b) / 2, "That is one trial, without a choice."),
            (a + (b - a) / 2 / N, "That halves the interval once more."),
            (float(a), "The best of a finite number is not the best there is."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The best of {N} lies on average 1/({N} + 1) of the way up: "
        f"{a} + ({b} - {a}) / ({N} + 1) = {show(a + (b - a) / (N + 1))}.",
    )


@exam("tuning.share", PAGE, 2, "decompose a variance")
def _(rng):
    a = b = c = d = 1
    while a + b == c + d or a + c == b + d:
        a, b, c, d = (int(v) for v in rng.choice(range(1, 20), size=4, replace=False))
    rows, columns = ((a + b) / 2, (c + d) / 2), ((a + c) / 2, (b + d) / 2)
    mean = (a + b + c + d) / 4
    total = sum((v - mean) ** 2 for v in (a, b, c, d)) / 4
    first = (rows[0] - rows[1]) ** 2 / 4 / total
    second = (columns[0] - columns[1]) ** 2 / 4 / total
    return Drawn(
        "Two settings with two values each. The errors of the four combinations, one "
        f"row for each value of the first setting: {a}, {b} and {c}, {d}. Which share "
        "of their variance is that of the first setting alone? (three significant "
        "digits)",
        first,
        [
            (second, "That is the share of the second setting."),
            (1 - second, "That counts what the two do together as well."),
            (first + second, "That is both settings, each alone."),
            (1 - first - second, "That is what the two do together."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The means of the rows are {show(rows[0], 4)} and {show(rows[1], 4)}, "
        f"so their variance is (({show(rows[0], 4)} - {show(rows[1], 4)}) / 2)^2 = "
        f"{show((rows[0] - rows[1]) ** 2 / 4, 5)}. That of all four is "
        f"{show(total, 6)}, and {show((rows[0] - rows[1]) ** 2 / 4, 5)} / "
        f"{show(total, 6)} = {show(first)}.",
    )


@exam("tuning.resumed_code", PAGE, 2, "see that a seed begins again")
def _(rng):
    seed, a, b = int(rng.integers(0, 99)), *(int(v) for v in rng.integers(3, 12, 2))
    code = (
        f"first = np.random.default_rng({seed}).random({a})\n"
        f"second = np.random.default_rng({seed}).random({b})\n"
        "print(len(set(first) | set(second)))"
    )
    return Drawn(
        "A search was interrupted, and resumed with the same seed. What is printed?"
        + fence(code),
        int(printed(code)),
        [
            (a + b, "The second generator begins where the first one began."),
            (min(a, b), "That is how many draws were made twice."),
            (abs(a - b), "That is how many draws were made once."),
        ],
        worked=f"Both draw the same numbers from the start, so the shorter list lies "
        f"within the longer one: {max(a, b)} different ones.",
    )


@exam("tuning.winner", PAGE, 2, "say why a winner falls back")
def _(rng):
    N, gain = int(rng.integers(20, 90)), int(rng.integers(2, 6))
    return Drawn(
        f"Of {N} settings the best is {gain} % better on validation than the usual "
        "one. Trained again with other seeds, it is as good as the usual one. What is "
        "the likely reason?",
        "The best of many scores is best partly by luck, and luck is not repeated",
        [
            (
                "The other seeds were bad ones",
                "They were not chosen, so they are as good as seeds are on average.",
            ),
            (
                "The network was overfitted to its training data",
                "That would show on validation, too, in the first run.",
            ),
            (
                "The search was too short",
                "A longer search has more luck in its best score, not less.",
            ),
        ],
        worked="The scores of equal settings spread with the seed, and the smallest "
        f"of {N} lies about two deviations below their mean. It was chosen for that, "
        "and a new seed begins at the mean again.",
    )


@exam("tuning.range", PAGE, 2, "say what an importance depends on")
def _(rng):
    low, high = int(rng.integers(3, 6)), int(rng.choice([1, 10]))
    return Drawn(
        f"Rates from 0.{'0' * low}1 to {high} were tried, and the analysis gives the "
        "learning rate nearly all of the variance. What follows for a search among "
        "rates that all train well?",
        "Nothing: among those rates another setting may matter more",
        [
            (
                "The other settings need not be searched",
                "They did not matter beside rates that fail; among good ones they may.",
            ),
            (
                "The rate has to be searched more finely",
                "Its share came from the bad rates. Among the good ones it may be "
                "small.",
            ),
            (
                "The best rate found is the best for every size",
                "That would be a statement about interactions, which was not asked.",
            ),
        ],
        worked="A share is a share of the variance within the range that was tried. "
        "With hopeless rates in the range, they make nearly all of it.",
    )
