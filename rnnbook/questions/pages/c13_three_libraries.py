"""Questions of 13-three-libraries."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("libraries.parameters", "13-three-libraries")
def _(rng):
    D, H = (int(n) for n in rng.integers(5, 60, size=2))
    return Drawn(
        f"How many numbers does torch.nn.GRU({D}, {H}) learn?",
        3 * (D * H + H * H + 2 * H),
        [
            (3 * (D * H + H * H + H), "PyTorch keeps two biases for each gate."),
            (4 * (D * H + H * H + 2 * H), "Four blocks belong to the LSTM."),
            (3 * (D * H + H * H), "The biases are learned too."),
            (3 * (D * H + H * H) + 2 * H, "Each of the three gates has two biases."),
        ],
        worked=(
            f"With its two biases a block has {D} × {H} + {H} × {H} + 2 × {H} = "
            f"{D * H + H * H + 2 * H} numbers; three blocks have "
            f"3 × {D * H + H * H + 2 * H} = {3 * (D * H + H * H + 2 * H)}."
        ),
    )


@question("libraries.bias", "13-three-libraries")
def _(rng):
    a, b = (round(x, 1) for x in rng.uniform(0.3, 2.5, size=2))

    def gate(x):
        return 1 / (1 + math.exp(-x))

    return Drawn(
        f"The forget block of a PyTorch LSTM is {a} in bias_ih_l0 and {b} in "
        "bias_hh_l0. How far is the forget gate open where input and state are zero? "
        "(three significant digits)",
        gate(a + b),
        [
            (gate(a), "That is the first bias alone; the second is added to it."),
            (gate(b), "That is the second bias alone; it is added to the first."),
            (gate((a + b) / 2), "The biases are added up, not averaged."),
            (a + b, "That is the sum; the gate is its sigmoid."),
            (gate(a) * gate(b), "The sum comes first, then one sigmoid."),
            (1 - gate(a + b), "A gate of one keeps: open means that it remembers."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The biases add up, {a} + {b} = {show(a + b, 4)}, and σ({show(a + b, 4)}) "
            f"= {show(gate(a + b))}."
        ),
    )
