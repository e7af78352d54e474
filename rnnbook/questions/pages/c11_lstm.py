"""Questions of 11-lstm."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, par, question, show


@question("lstm.parameters", "11-lstm")
def _(rng):
    D, H = int(rng.integers(3, 40)), int(rng.integers(8, 64))
    gate = D * H + H * H + H
    return Drawn(
        f"How many numbers does an LSTM layer with {D} inputs and {H} cells learn, "
        "with one bias?",
        4 * gate,
        [
            (gate, "That is one gate. Gates and candidate have weights of their own."),
            (3 * gate, "Three gates, but the candidate has weights too."),
            (4 * (gate + H), "With two biases, as PyTorch counts; asked for is one."),
            (4 * (D * H + H * H), "The biases are missing."),
        ],
        worked=(
            f"One block has {D} × {H} + {H} × {H} + {H} = {gate} numbers; three gates "
            f"and the candidate have 4 × {gate} = {4 * gate}."
        ),
    )


@question("lstm.step", "11-lstm")
def _(rng):
    i, f, o = (round(v, 1) for v in rng.uniform(0.1, 0.9, size=3))
    g, c = round(rng.uniform(-0.9, 0.9), 1), round(rng.uniform(-2, 2), 1)
    c_next = f * c + i * g
    return Drawn(
        f"One cell holds c = {c}. At this step i = {i}, f = {f}, o = {o} and g = {g}. "
        "What is the output h? (three significant digits)",
        o * math.tanh(c_next),
        [
            (c_next, "That is the new cell. The output is gated, after a tanh."),
            (o * c_next, "The tanh between cell and output is missing."),
            (
                o * math.tanh(i * c + f * g),
                "i and f have changed places: f keeps the "
                "old cell, i lets the candidate in.",
            ),
            (
                o * math.tanh((1 - f) * c + i * g),
                "f is what is kept, not what is lost.",
            ),
            (o * math.tanh(c), "The output shows the new cell, not the old one."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The new cell is {f} × {par(c)} + {i} × {par(g)} = {show(c_next, 4)}; the "
            f"output is {o} × tanh({show(c_next, 4)}) = {show(o * math.tanh(c_next))}."
        ),
    )


@question("lstm.half_life", "11-lstm")
def _(rng):
    b = round(rng.uniform(0.5, 4), 1)
    f = 1 / (1 + math.exp(-b))
    return Drawn(
        f"The forget gate of a cell stands at the sigmoid of {b}, and nothing is "
        "written. After how many steps is half of the content left? Not rounded "
        "to whole steps. (three significant digits; keep all digits on the way)",
        math.log(2) / -math.log(f),
        [
            (
                math.log(2) / b,
                "The gate is the sigmoid of the bias, not its exponential.",
            ),
            (
                math.log(2) / (1 - f),
                "Nearly, for gates near one; but the content is "
                "multiplied by f at each step, so take the logarithm of f.",
            ),
            (-1 / math.log(f), "After that many steps 1/e is left, not one half."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The gate is σ({b}) = {show(f, 6)}. Its power k is one half at "
            f"k = ln(2) / -ln({show(f, 6)}) = {show(math.log(2) / -math.log(f))}."
        ),
    )
