"""Exam questions of 34-deployment."""

from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "34-deployment"

from_chapter("deployment.bytes", 1, "count the bytes of a quantised layer")
from_chapter("deployment.rounding", 1, "bound the error of eight bits")
from_chapter("deployment.alarms", 1, "turn a rate of false alarms into alarms a week")


@exam("deployment.packed", PAGE, 2, "say what zeros save")
def _(rng):
    n, share = 1000 * int(rng.integers(20, 400)), int(rng.choice([60, 70, 80, 90]))
    left = n * (100 - share) // 100
    return Drawn(
        f"Of {n} weights of four bytes each, {share} % were set to zero. A sparse "
        "format keeps, for each weight that is left, its four bytes and a place of two "
        "bytes. How many bytes does it take?",
        6 * left,
        [
            (4 * left, "The places are needed as well."),
            (4 * n, "That is the dense format, which does not notice zeros."),
            (2 * left, "That is the places alone."),
            (6 * (n - left), "Those are the weights that were set to zero."),
        ],
        worked=f"{n} × {100 - share} / 100 = {left} weights are left, and {left} × 6 = "
        f"{6 * left}.",
    )


@exam("deployment.state_code", PAGE, 2, "see that a service shares one state")
def _(rng):
    a, b, c = (int(v) for v in rng.integers(2, 30, 3))
    code = (
        "def answer(number, seen=[]):\n"
        "    seen.append(number)\n"
        "    return sum(seen)\n\n\n"
        f"Ada, Bob = answer({a}), answer({b})\n"
        f"print(answer({c}))  # Ada again"
    )
    return Drawn(
        "Two clients use a function that keeps a state. What is printed?" + fence(code),
        int(printed(code)),
        [
            (a + c, "The list is made once; Bob's number is in it as well."),
            (c, "The list is not made anew at each call."),
            (a + b, "The last number is added before the sum."),
        ],
        worked=f"One list serves all calls, whoever makes them: {a} + {b} + {c} = "
        f"{a + b + c}.",
    )


@exam("deployment.waiting", PAGE, 2, "say what a mean of latencies hides")
def _(rng):
    n = 100 * int(rng.integers(2, 12))
    slow, fast = 1000 * int(rng.integers(2, 9)), int(rng.integers(5, 20))
    few = n // 50
    mean = (few * slow + (n - few) * fast) / n
    return Drawn(
        f"Of {n} requests {few} take {slow} ms and the others {fast} ms. What is the "
        "mean latency in milliseconds? (three significant digits)",
        mean,
        [
            (float(fast), "That is the median."),
            ((slow + fast) / 2, "There are far fewer slow ones than fast ones."),
            (float(slow), "That is the 99th percentile, which two in a hundred reach."),
            (few * slow / n, "The fast ones take time, too."),
        ],
        rtol=THREE_DIGITS,
        worked=f"({few} × {slow} + {n - few} × {fast}) / {n} = {show(mean)}: neither "
        "what most clients see nor what the unlucky ones do.",
    )


@exam("deployment.tied", PAGE, 2, "find why streaming fails")
def _(rng):
    first, later = int(rng.integers(8, 40)), int(rng.integers(2, 9))
    return Drawn(
        f"An exported LSTM gives the scores of PyTorch for texts of 1, {first} and "
        f"{first * later} letters from a state of zeros. In service, from the second "
        "piece on, its scores are wrong. There was no error. What is the likely cause?",
        "The two states were one tensor at export, so that c begins as h",
        [
            (
                "The loop over time was unrolled at export",
                "Then only one length would run at all.",
            ),
            (
                "The weights were rounded to eight bits",
                "That would show from zeros as well, and be small.",
            ),
            (
                "The batch axis was not declared as dynamic",
                "Then another batch would stop with an error.",
            ),
        ],
        worked="From zeros h and c are equal, and one input does for both. After the "
        "first piece they differ, and the cell goes on from the wrong one.",
    )
