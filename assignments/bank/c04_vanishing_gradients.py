"""Exam questions of 04-vanishing-gradients."""

import math

from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("vanishing.factor", 2, "predict how a gradient shrinks or grows")
from_chapter("vanishing.clip", 2, "clip a gradient by its norm")


@exam("vanishing.norm_code", "04-vanishing-gradients", 2, "follow a norm backwards")
def _(rng):
    H, k = whole(rng, (4, 60), (8, 40))
    r = round(float(rng.uniform(0.85, 1.15)), 2)
    code = (
        f"g = np.ones({H})\n"
        f"for step in range({k}):\n"
        f"    g = g @ ({r} * np.eye({H}))\n"
        "print(np.linalg.norm(g))"
    )
    root = math.sqrt(H)
    return Drawn(
        "What is printed? (three significant digits)" + fence(code),
        float(printed(code)),
        [
            (r**k, f"The norm of {H} ones is not 1."),
            (r**k * H, "A norm is the root of the sum of the squares."),
            (k * r * root, "Factors multiply; they do not add up."),
            (r * root, "That is one step."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each step multiplies by {r}: √({H}) × {r}^{k} = {show(root * r**k)}.",
    )


@exam("vanishing.clip_vector", "04-vanishing-gradients", 2, "keep the direction")
def _(rng):
    a, b = decimals(rng, 1, 0.5, 0.9)[0], whole(rng, (4, 15))[0]
    norm = math.hypot(a, b)

    def vector(x, y):
        return f"({show(x)}, {show(y)})"

    return Drawn(
        f"The gradient ({a}, {b}) is clipped to norm 1. What comes out, to three "
        "significant digits?",
        vector(a / norm, b / norm),
        [
            (vector(a, 1), "That is clipping by value: it changes the direction."),
            (
                vector(a / (a + b), b / (a + b)),
                "Divided by the sum; the norm is the root of the sum of the squares.",
            ),
            (vector(a / b, 1), "Divided by the largest entry, not by the norm."),
            (vector(math.sqrt(0.5), math.sqrt(0.5)), "The direction must be kept."),
        ],
        worked=f"The norm is √({a}^2 + {b}^2) = {show(norm, 5)}, above 1; both entries "
        f"are divided by it: {a} / {show(norm, 5)} = {show(a / norm)} and "
        f"{b} / {show(norm, 5)} = {show(b / norm)}.",
    )


@exam("vanishing.lstm_clip", "04-vanishing-gradients", 3, "say what gates do not cure")
def _(rng):
    T = int(rng.integers(60, 150))
    f, grow = round(float(rng.uniform(0.95, 0.99)), 2), decimals(rng, 1, 1.05, 1.15, 2)
    return Drawn(
        f'A colleague says: "We use an LSTM over {T} steps, so we need no clipping." '
        f"Take a forget gate of {f} along the cell, and, along the way through h, a "
        f"factor of {grow[0]} per step. What do the gates ease, what do they not cure, "
        "and where does clipping belong in the training step? Use the numbers.",
        "",
        [],
        worked=f"Along the cell {f}^{T} = {show(f**T)} of a gradient arrives, where a "
        "plain RNN may lose nearly all: the gates ease vanishing. Along the other way, "
        f"through h, W_hh and the gates, it can grow: {grow[0]}^{T} = "
        f"{show(grow[0] ** T)}. Nothing in the cell bounds that, so an LSTM can "
        "explode. Clip the norm of all gradients together after backward and before "
        "the step of the optimiser. It shrinks what is too large, and brings back "
        "nothing that has vanished.",
        rubric=(
            (2, f"along the cell vanishing is eased, {f} to the power {T}"),
            (2, "through h and W_hh gradients can still grow"),
            (1, "clip after backward, before the step"),
            (1, "clipping does nothing against vanishing"),
        ),
    )
