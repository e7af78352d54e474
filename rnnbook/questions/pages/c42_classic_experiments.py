"""Questions of 42-classic-experiments."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show

PAGE = "42-classic-experiments"


@question("classic.copying", PAGE)
def _(rng):
    S, A = int(rng.integers(4, 16)), int(rng.integers(3, 12))
    gap = int(rng.integers(20, 400))
    answer = S * math.log(A) / (gap + 2 * S)
    return Drawn(
        f"In a copying task {S} symbols of {A} are shown, then there are {gap} blanks, "
        f"then the {S} are asked for. What is the lowest loss, in nats a step, of a "
        "network that remembers no symbol? (three significant digits)",
        answer,
        [
            (S * math.log(A) / gap, "A sequence is longer than its gap."),
            (S * math.log2(A) / (gap + 2 * S), "That is in bits."),
            (math.log(A), "That is what one answer costs. The mean is over all steps."),
            (S * math.log(A), "That is the sum over the steps."),
            (S * math.log(A) / (gap + S), "The symbols are shown first."),
        ],
        rtol=THREE_DIGITS,
        worked=f"{S} guesses at ln({A}) nats, over {gap} + 2 × {S} steps: "
        f"{S} × ln({A}) / ({gap} + 2 × {S}) = {show(answer)}.",
    )


@question("classic.adding", PAGE)
def _(rng):
    width, parts = round(float(rng.uniform(1, 4)), 1), int(rng.integers(2, 6))
    answer = 2 * width**2 / 12 / parts**2
    return Drawn(
        f"Two numbers are uniform from 0 to {width}. A network is to say their sum "
        f"divided by {parts}. What is the mean squared error of the best constant "
        "answer? (three significant digits)",
        answer,
        [
            (width**2 / 12 / parts**2, "That is the variance of one of the two."),
            (2 * width**2 / 12 / parts, "The divisor is squared in a variance."),
            (2 * width**2 / 12, "The sum is divided before it is asked for."),
            (math.sqrt(answer), "That is its root."),
            (2 * width**2 / 3 / parts**2, "A uniform number has width² / 12."),
        ],
        rtol=THREE_DIGITS,
        worked="The variance of the target, of two independent numbers: "
        f"2 × {width}^2 / 12 / {parts}^2 = {show(answer)}.",
    )


@question("classic.sees", PAGE)
def _(rng):
    kernel, levels = int(rng.integers(2, 8)), int(rng.integers(3, 8))
    answer = 1 + 2 * (kernel - 1) * (2**levels - 1)
    return Drawn(
        f"Causal convolutions with kernels of {kernel} stand two in a level, dilated "
        f"by 1, 2, 4, and so on, doubled from level to level; there are {levels} "
        "levels. How many steps does the last output see?",
        answer,
        [
            (answer - 1, "The last step itself is seen as well."),
            (1 + (kernel - 1) * (2**levels - 1), "There are two in each level."),
            (
                1 + 2 * kernel * (2**levels - 1),
                "One weight of each is for the present.",
            ),
            (1 + 2 * (kernel - 1) * levels, "The dilations are missing."),
            (
                1 + 2 * (kernel - 1) * 2**levels,
                "1 + 2 + 4 + ... is one less than that.",
            ),
        ],
        worked="Each level reaches back by two times the kernel less one, times its "
        f"dilation: 1 + 2 × ({kernel} - 1) × (2^{levels} - 1) = {answer}.",
    )
