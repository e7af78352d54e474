"""Questions of 27-speech."""

from math import comb

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("speech.paths", "27-speech")
def _(rng):
    T = int(rng.integers(7, 12))
    a, b = (int(k) for k in 1 + rng.choice(9, 2, replace=False))
    label = [a, a, b] if rng.random() < 0.5 else [b, a, a]
    L, r = 3, 1
    n = T + L - r
    right = comb(n, 2 * L)
    return Drawn(
        f"How many paths of {T} frames are read as the string {label}? (blanks are "
        "allowed everywhere, eleven symbols)",
        right,
        [
            (comb(T + L, 2 * L), "The two equal digits need a blank between them."),
            (comb(T, L), "That chooses three frames; digits may last longer."),
            (11**T, "Those are all paths, whatever they are read as."),
            (comb(T - r, 2 * L), "The count has T + L - r above, not T - r."),
        ],
        worked=f"With 3 digits and 1 repeat the count is the binomial coefficient of "
        f"{T} + 3 - 1 = {n} over 6. That is "
        f"({' × '.join(str(n - k) for k in range(6))}) / 720 = {right}.",
    )


@question("speech.error_rate", "27-speech")
def _(rng):
    n = int(rng.integers(180, 420))
    wrong, missed, extra = (int(k) for k in rng.integers(3, 19, size=3))
    right = 100 * (wrong + missed + extra) / n
    return Drawn(
        f"In a test {n} digits were said. The fewest edits between what was said and "
        f"what was heard are {wrong} replacements, {missed} digits that were missed "
        f"and {extra} that nobody said. What is the digit error rate in percent? "
        "(three significant digits)",
        right,
        [
            (100 * wrong / n, "Missed and invented digits are errors as well."),
            (
                100 * (wrong + missed) / n,
                "Digits that nobody said are errors as well.",
            ),
            (
                100 * (wrong + missed + extra) / (n - missed + extra),
                "Divide by what was said, not by what was heard.",
            ),
            (right / 100, "That is a share; percent is asked for."),
        ],
        rtol=THREE_DIGITS,
        worked=f"{wrong} + {missed} + {extra} = {wrong + missed + extra} edits. "
        f"100 × {wrong + missed + extra} / {n} = {show(right)} percent.",
    )
