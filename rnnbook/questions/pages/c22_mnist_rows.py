"""Questions of 22-mnist-rows."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("images.stack", "22-mnist-rows")
def _(rng):
    H, K = (int(n) for n in rng.integers(12, 90, size=2))
    C = int(rng.choice([8, 16, 28, 32]))
    first, second = (4 * (n * H + H * H + H) for n in (C, H))
    head = (H + 1) * K
    return Drawn(
        f"Images of {C} x {C} pixels are read row by row by two stacked Keras LSTM "
        f"layers of {H} units each, and a Dense layer tells {K} classes apart. How "
        "many numbers are learned?",
        first + second + head,
        [
            (2 * first + head, "The second layer reads the first, not the image."),
            (first + second, "The dense layer learns, too."),
            (
                first + second + head + 8 * H,
                "Those are PyTorch's two biases; Keras keeps one.",
            ),
            (3 * (first + second) // 4 + head, "Three blocks belong to the GRU."),
            (
                4 * (C * C * H + H * H + H) + second + head,
                "A step reads one row, not the whole image.",
            ),
        ],
        worked=(
            f"First layer: 4 × ({C} × {H} + {H} × {H} + {H}) = {first}. Second: 4 × "
            f"({H} × {H} + {H} × {H} + {H}) = {second}. Dense: ({H} + 1) × {K} = "
            f"{head}. Together: {first} + {second} + {head} = {first + second + head}."
        ),
    )


@question("images.patches", "22-mnist-rows")
def _(rng):
    p, s = int(rng.integers(3, 8)), int(rng.integers(1, 3))
    down, across = (int(n) for n in rng.integers(4, 12, size=2))
    R, C = p + s * (down - 1), p + s * (across - 1)
    return Drawn(
        f"An image of {R} x {C} pixels is read in patches of {p} x {p} that overlap: "
        f"the next begins {s} pixel{'s' if s > 1 else ''} further on. How many steps "
        "does the sequence have, if no patch leaves the image?",
        down * across,
        [
            ((down - 1) * (across - 1), "One short in each direction: count the ends."),
            ((R // p) * (C // p), "That many fit side by side, without overlap."),
            ((R // s) * (C // s), "The last patches would leave the image."),
            (down + across, "Every place down goes with every place across."),
            (p * p, "That is the number of features of a step."),
        ],
        worked=(
            f"Down: ({R} - {p}) / {s} + 1 = {down} places. Across: ({C} - {p}) / {s} + "
            f"1 = {across}. Steps: {down} × {across} = {down * across}."
        ),
    )


@question("images.seeds", "22-mnist-rows")
def _(rng):
    scores = [round(float(a), 2) for a in rng.normal(98.6, 0.15, size=4)]
    mean = sum(scores) / 4
    squares = sum((a - mean) ** 2 for a in scores)
    return Drawn(
        f"Four seeds of one network reach {scores} percent on the test images. What is "
        "the sample standard deviation over the seeds, in percentage points? "
        "(three significant digits; keep all digits on the way)",
        math.sqrt(squares / 3),
        [
            (math.sqrt(squares / 4), "Divide by one less than the number of seeds."),
            (squares / 3, "That is the variance."),
            (max(scores) - min(scores), "That is the range."),
            (
                math.sqrt(squares / 12),
                "That is the standard error of the mean, not the spread of the seeds.",
            ),
            (
                100 * math.sqrt(mean / 100 * (1 - mean / 100) / 10000),
                "That is the luck of 10,000 test images, the other kind.",
            ),
        ],
        rtol=THREE_DIGITS,
        unit="%",
        near=0.15,  # a mean in three digits takes much of such small deviations
        worked=(
            f"The mean is {show(mean, 6)}, the squared deviations sum to "
            f"{show(squares, 4)}; √({show(squares, 4)} / 3) = "
            f"{show(math.sqrt(squares / 3))}."
        ),
    )
