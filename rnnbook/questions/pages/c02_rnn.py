"""Questions of 02-rnn."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, par, question, show


@question("rnn.parameters", "02-rnn")
def _(rng):
    D, H, T = (int(n) for n in (rng.integers(3, 40), rng.integers(8, 64), 20))
    right = D * H + H * H + H
    return Drawn(
        f"A plain RNN layer has {D} inputs and {H} hidden units and reads sequences of "
        f"{T} steps. How many numbers does it learn (one bias)?",
        right,
        [
            (
                right * T,
                "The same weights serve every step: the length does not enter.",
            ),
            (D * H + H, "The matrix from the state to the state is missing."),
            (D * H + H * H, "The bias is missing."),
            (D * H + D * D + H, "The state goes to the state: that matrix is (H, H)."),
        ],
        worked=(
            f"W_xh has {D} × {H} = {D * H} numbers, W_hh {H} × {H} = {H * H}, the bias "
            f"{H}; the length does not enter: {D * H} + {H * H} + {H} = {right}."
        ),
    )


@question("rnn.step", "02-rnn")
def _(rng):
    w, u, b, x, h = (round(v, 1) for v in rng.uniform(-1, 1, size=5))
    a = w * x + u * h + b
    return Drawn(
        f"An RNN with one unit has W_xh = {w}, W_hh = {u}, b_h = {b}. The state is "
        f"{h}, the input {x}. What is the next state? (three significant digits)",
        math.tanh(a),
        [
            (a, "That is the sum before the tanh."),
            (math.tanh(w * x + b), "The old state is missing."),
            (math.tanh(u * x + w * h + b), "The two weights have changed places."),
            (math.tanh(w * x + u * h), "The bias is missing."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The sum is {w} × {par(x)} + {par(u)} × {par(h)} + {par(b)} = "
            f"{show(a, 4)}; the state is tanh({show(a, 4)}) = {show(math.tanh(a))}."
        ),
    )
