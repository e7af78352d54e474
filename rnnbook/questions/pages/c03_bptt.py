"""Questions of 03-bptt."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("bptt.two_steps", "03-bptt")
def _(rng):
    w, h0, h1, h2 = (round(x, 2) for x in rng.uniform(0.2, 0.8, size=4))
    s1, s2 = 1 - h1**2, 1 - h2**2
    return Drawn(
        f"One unit, h_t = tanh(w h_(t-1) + x_t) with w = {w}, started from the given "
        f"state {h0} and went through {h1} and {h2}. What is the total derivative of "
        "the last state with respect to w? (three significant digits)",
        s2 * h1 + s2 * w * s1 * h0,
        [
            (s2 * h1, "That is the immediate derivative, of the last use of w alone."),
            (
                s1 * h0 + s2 * h1,
                "The first use lacks the derivative along its path to the last state.",
            ),
            (h1 + w * h0, "The slopes of the tanh are factors as well."),
            (s2 * w * s1 * h0, "The last use of w counts too."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The slopes of the tanh are 1 - {h1}^2 = {show(s1, 4)} and 1 - {h2}^2 = "
            f"{show(s2, 4)}. The last use of w gives {show(s2, 4)} × {h1} = "
            f"{show(s2 * h1, 4)}, the first {show(s2, 4)} × {w} × {show(s1, 4)} × {h0} "
            f"= {show(s2 * w * s1 * h0, 4)}. Together: {show(s2 * h1, 4)} + "
            f"{show(s2 * w * s1 * h0, 4)} = {show(s2 * h1 + s2 * w * s1 * h0)}."
        ),
    )


@question("bptt.adam", "03-bptt")
def _(rng):
    g, lr = round(rng.uniform(2, 90), 1), round(rng.uniform(0.002, 0.09), 3)
    return Drawn(
        f"Adam (beta_1 = 0.9, beta_2 = 0.999) makes its very first step with learning "
        f"rate {lr}; the gradient of a weight is {g}. By how much does the weight "
        "change, without the sign? (three significant digits)",
        lr,
        [
            (lr * g, "That is plain gradient descent. Adam divides by the size."),
            (0.1 * lr * g, "The mean is divided by the root of the mean square."),
            (
                lr * 0.1 / math.sqrt(0.001),
                "Both means start at zero, and Adam corrects for that.",
            ),
            (lr / g, "The mean stands above the fraction too."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"Corrected for their start at zero, the mean is {g} and the mean square "
            f"{g}^2 = {show(g * g, 6)}. The step is {lr} × {g} / √({show(g * g, 6)}) = "
            f"{show(lr)}: the learning rate, whatever the gradient."
        ),
    )
