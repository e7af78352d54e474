"""Questions of 14-inside-the-gates."""

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("gates.kernel", "14-inside-the-gates")
def _(rng):
    f = [round(float(x), 2) for x in rng.uniform(0.5, 0.98, size=4)]
    return Drawn(
        f"The forget gates of a cell at four steps are {f}. Something was written at "
        "the first of them. How much of it is left after the fourth? "
        "(three significant digits)",
        f[1] * f[2] * f[3],
        [
            (
                f[0] * f[1] * f[2] * f[3],
                "The gate of the step itself acts on what was there before the write.",
            ),
            (f[0] * f[1] * f[2], "The gate of the last step acts on it as well."),
            ((f[1] + f[2] + f[3]) / 3, "Gates multiply; they are not averaged."),
            (f[3], "All gates after the write act on it, not the last alone."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            "The gate of the step itself acts on what was there before; the three "
            f"later ones act on the write: {f[1]} × {f[2]} × {f[3]} = "
            f"{show(f[1] * f[2] * f[3])}."
        ),
    )


@question("gates.best_of", "14-inside-the-gates")
def _(rng):
    n, p = int(rng.integers(5, 60)), round(rng.uniform(0.01, 0.08), 3)
    return Drawn(
        f"A cell that follows nothing passes a test by chance with probability {p}. "
        f"You test {n} cells, independent of each other. With what probability does at "
        "least one pass? (three significant digits)",
        1 - (1 - p) ** n,
        [
            (n * p, "Probabilities that do not exclude each other do not add up."),
            (p, "That is one cell. The more you test, the likelier one passes."),
            ((1 - p) ** n, "That is the probability that none passes."),
            (p**n, "That is the probability that all pass."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"None passes with probability (1 - {p})^{n} = {show((1 - p) ** n, 6)}, at "
            f"least one with 1 - {show((1 - p) ** n, 6)} = {show(1 - (1 - p) ** n)}."
        ),
    )
