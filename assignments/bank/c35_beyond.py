"""Exam questions of 35-beyond."""

from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "35-beyond"

from_chapter("beyond.composed", 2, "put two linear steps together")
from_chapter("beyond.sees", 2, "say how far a stack of convolutions sees")
from_chapter("beyond.cache", 2, "count what attention keeps in a stream")


@exam("beyond.settles", PAGE, 3, "say what a constant input does to a minGRU")
def _(rng):
    z = round(float(rng.uniform(0.1, 0.6)), 2)
    n = round(float(rng.uniform(1, 5)), 1)
    t = int(rng.integers(3, 8))
    answer = n * (1 - (1 - z) ** t)
    return Drawn(
        f"One unit of a minGRU begins at 0 and gets the same input at each step: its "
        f"gate is z = {z}, its candidate n = {n}. What is its state after {t} steps? "
        "(three significant digits)",
        answer,
        [
            (n * (1 - z) ** t, "That is the distance that is left to n."),
            (n * (1 - z**t), "What is kept at each step is 1 - z."),
            (n, "That is the limit, which it does not reach."),
            (n * z * t, "Each step goes a share of what is left, not of the whole."),
            (
                n * (1 - (1 - z) ** (t - 1)),
                "That is one step too few.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"The distance to n shrinks by 1 - {z} at each step: "
        f"{n} × (1 - (1 - {z})^{t}) = {show(answer)}.",
    )


@exam("beyond.scan_code", PAGE, 2, "read a scan by doubling")
def _(rng):
    b = [int(v) for v in rng.integers(1, 9, size=4)]
    code = (
        f"a, b, d = np.full(4, 2), np.array({b}), 1\n"
        "while d < 4:\n"
        "    b[d:] += a[d:] * b[:-d]\n"
        "    a[d:] = a[d:] * a[:-d]\n"
        "    d *= 2\n"
        "print(b[2])"
    )
    return Drawn(
        "What is printed?" + fence(code),
        int(printed(code)),
        [
            (b[2] + 2 * b[1], "After the second round the first one is in it, too."),
            (sum(b[:3]), "Each step multiplies what came before by 2."),
            (b[2] + 2 * b[1] + 2 * b[0], "The first has gone through two steps."),
            (4 * b[2] + 2 * b[1] + b[0], "The last one has not been multiplied."),
        ],
        worked=f"It is h after three steps of h = 2 h + b: "
        f"{b[2]} + 2 × {b[1]} + 4 × {b[0]} = {printed(code).strip()}.",
    )


@exam("beyond.which_scan", PAGE, 2, "say which recurrence a scan can compute")
def _(rng):
    unit = str(rng.choice(["GRU", "LSTM", "plain RNN"]))
    return Drawn(
        f"Why can an associative scan compute a minGRU over all steps at once, and not "
        f"a {unit}?",
        "Two steps of the minGRU in a row are again a step of the same short form",
        [
            (
                f"The {unit} has more weights",
                "Their number does not matter; the form of a step does.",
            ),
            (
                "The minGRU does not depend on its last state",
                "It does, linearly.",
            ),
            (
                "The minGRU has the same factor at each step",
                "Its factor depends on the input. A convolution would need the same.",
            ),
        ],
        worked="A scan puts steps together before it knows the state. That pays if the "
        "composition of two steps is as short as one: a factor and a term. With the "
        "last state in a gate or a tanh, no such form is known.",
    )
