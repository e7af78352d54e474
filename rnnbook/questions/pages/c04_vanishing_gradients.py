"""Questions of 04-vanishing-gradients."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("vanishing.factor", "04-vanishing-gradients")
def _(rng):
    factor = 0.0
    while factor < 0.01:  # a smaller one hides its digits behind zeros
        w, h = round(rng.uniform(0.9, 1.4), 2), round(rng.uniform(0.3, 0.8), 2)
        k = int(rng.integers(10, 40))
        slope = 1 - h**2
        factor = (w * slope) ** k
    return Drawn(
        f"One unit, h = tanh({w} h + ...), and its output stays near {h}. By what "
        f"factor is the gradient multiplied on its way back over {k} steps? "
        "(three significant digits; keep all digits on the way)",
        factor,
        [
            (w**k, "The slope of the tanh is a factor at every step as well."),
            (w * slope, "That is one step."),
            (k * w * slope, "Factors multiply; they do not add up."),
            ((w * (1 - h)) ** k, "The slope of the tanh is one minus the square."),
            (slope**k, "The weight is a factor at every step as well."),
        ],
        rtol=THREE_DIGITS,
        near=0.005 * k,  # a factor in three digits, k times
        worked=(
            f"One step back multiplies by {w} × (1 - {h}^2) = {show(w * slope, 6)}; "
            f"{k} steps by {show(w * slope, 6)}^{k} = {show(factor)}."
        ),
    )


@question("vanishing.clip", "04-vanishing-gradients")
def _(rng):
    a, b = (round(x, 1) for x in rng.uniform(2, 12, size=2))
    limit = round(rng.uniform(0.5, 2), 1)
    both = math.hypot(a, b)
    return Drawn(
        f"The gradients of two arrays have norms {a} and {b}. Together they are "
        f"clipped to norm {limit}. What is the norm of the first one now? "
        "(three significant digits)",
        a * limit / both,
        [
            (limit, "Clipped are all arrays together, not each to the limit."),
            (a * limit / (a + b), "Norms do not add up; their squares do."),
            (
                a * limit / both**2,
                "The squares are summed; then comes the root.",
            ),
            (a / both, "Scaled to one, not to the limit."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The norm of both is √({a}^2 + {b}^2) = {show(both, 5)}. Everything is "
            f"multiplied by {limit} / {show(both, 5)} = {show(limit / both, 5)}: {a} × "
            f"{show(limit / both, 5)} = {show(a * limit / both)}."
        ),
    )
