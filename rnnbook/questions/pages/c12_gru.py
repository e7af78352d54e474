"""Questions of 12-gru."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, par, question, show


@question("gru.step", "12-gru")
def _(rng):
    h, n = (round(x, 1) for x in rng.uniform(-0.9, 0.9, size=2))
    z, r = (round(x, 1) for x in rng.uniform(0.2, 0.8, size=2))
    return Drawn(
        f"One unit of a GRU, in the convention of this course: the old state is {h}, "
        f"z = {z}, r = {r}, and the candidate came out as {n}. What is the new state? "
        "(three significant digits)",
        (1 - z) * n + z * h,
        [
            (z * n + (1 - z) * h, "That is the other convention: here z keeps."),
            (
                (1 - z) * n + z * r * h,
                "The reset gate has done its work in the candidate; the blend takes "
                "the old state in full.",
            ),
            (n + z * h, "What is kept is given up by the candidate: it has the rest."),
            (r * n + (1 - r) * h, "The blend belongs to z; r is the reset gate."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"r has done its work within the candidate: "
            f"(1 - {z}) × {par(n)} + {z} × {par(h)} = {show((1 - z) * n + z * h)}."
        ),
    )


@question("gru.half_life", "12-gru")
def _(rng):
    b = round(rng.uniform(1.5, 5), 2)
    z = 1 / (1 + math.exp(-b))
    return Drawn(
        f"The update gate of a GRU, which keeps, stands at the sigmoid of {b}, and the "
        "candidate is 0. After how many steps is half of the state left? Not rounded "
        "to whole steps. (three significant digits; keep all digits on the way)",
        math.log(2) / -math.log(z),
        [
            (
                math.log(2) / -math.log(1 - z),
                "That is for a gate that updates. Here z keeps.",
            ),
            (
                math.log(2) / (1 - z),
                "Nearly, for gates near one; but the state is multiplied by z at each "
                "step, so take its logarithm.",
            ),
            (-1 / math.log(z), "After that many steps 1/e is left, not one half."),
            (math.log(2) / b, "The gate is the sigmoid of the bias."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The gate is σ({b}) = {show(z, 6)}. Its power k is one half at "
            f"k = ln(2) / -ln({show(z, 6)}) = {show(math.log(2) / -math.log(z))}."
        ),
    )
