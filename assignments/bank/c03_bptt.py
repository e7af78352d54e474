"""Exam questions of 03-bptt."""

from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("bptt.two_steps", 3, "tell a total derivative from an immediate one")
from_chapter("bptt.adam", 2, "compute a step of Adam")


@exam("bptt.detach_code", "03-bptt", 2, "predict what detach does to a gradient")
def _(rng):
    w, h = decimals(rng, 2, 0.3, 1.9)
    code = (
        "import torch\n"
        f"w = torch.tensor({w}, requires_grad=True)\n"
        f"h = torch.tensor({h})\n"
        "h = (w * h).detach()\n"
        "h = w * h\n"
        "h.backward()\n"
        "print(w.grad.item())"
    )
    return Drawn(
        "What is printed? (three significant digits)" + fence(code),
        float(printed(code)),
        [
            (2 * w * h, "That is without the detach: both uses of w would count."),
            (h, "The state has been multiplied by w once before."),
            (w * w * h, "That is the last state, not its derivative."),
        ],
        rtol=THREE_DIGITS,
        worked="The detached state is a number like any other; only the second use of "
        f"w counts, and its derivative is that state: {w} × {h} = {show(w * h)}.",
    )


@exam("bptt.central", "03-bptt", 1, "check a gradient with central differences")
def _(rng):
    slope, bend = decimals(rng, 2, 0.5, 3.0, 2)
    middle = round(float(rng.uniform(1, 2)), 4)
    up = round(middle + 0.1 * slope + 0.1 * bend, 4)
    down = round(middle - 0.1 * slope + 0.1 * bend, 4)
    return Drawn(
        f"The loss is {middle} at the weight w, {up} at w + 0.1 and {down} at w - 0.1. "
        "What is the derivative by central differences? (three significant digits)",
        (up - down) / 0.2,
        [
            ((up - middle) / 0.1, "That is the one-sided difference."),
            ((up - down) / 0.1, "The two points are two steps apart."),
            ((down - up) / 0.2, "The sign: the loss grows with w."),
            ((up - 2 * middle + down) / 0.01, "That is the second derivative."),
        ],
        rtol=THREE_DIGITS,
        worked=f"({up} - {down}) / (2 × 0.1) = {show((up - down) / 0.2)}. (A step of "
        "0.1 is for counting by hand; in float64 one takes about 0.00001.)",
    )


@exam("bptt.shared", "03-bptt", 1, "say what the gradient of a shared weight is")
def _(rng):
    T, H = whole(rng, (20, 90), (16, 200))
    return Drawn(
        f"A recurrent layer of {H} units reads {T} steps and is judged at the end. "
        f"W_hh was used {T} times. What is its gradient?",
        f"The sum of the contributions of its {T} uses",
        [
            (
                "The contribution of its last use",
                "That is the immediate derivative; earlier uses act through the state.",
            ),
            (
                f"The mean of the contributions of its {T} uses",
                "Each use changes the loss; the effects add up, undivided.",
            ),
            (
                f"The product of the contributions of its {T} uses",
                "Products stand along the way back; over the uses one sums.",
            ),
        ],
        worked=f"Give each use a copy of the weight: the loss has {T} derivatives. The "
        "copies move together, so the derivatives add up.",
    )


@exam("bptt.by_hand", "03-bptt", 3, "carry out a backward pass and check it")
def _(rng):
    w, h0, h1, h2 = decimals(rng, 4, 0.3, 0.8, 2)
    s1, s2 = 1 - h1**2, 1 - h2**2
    da2 = h2 * s2
    dh1 = da2 * w
    da1 = dh1 * s1
    return Drawn(
        f"One unit, h_t = tanh(w h_(t-1) + x_t) with w = {w}, started from the given "
        f"state {h0} and went through {h1} and {h2}. The loss is half the square of "
        "the last state. Carry out the backward pass: write down the gradient in the "
        "last state, in the sum before each tanh, in the state between, and in w. Then "
        "say how you would check the result numerically, and with which step and "
        "precision.",
        "",
        [],
        worked=f"In the last state: {h2}. Before its tanh: {h2} × (1 - {h2}^2) = "
        f"{show(da2, 4)}. In the state between: {show(da2, 4)} × {w} = {show(dh1, 4)}. "
        f"Before its tanh: {show(dh1, 4)} × (1 - {h1}^2) = {show(da1, 4)}. In w both "
        f"uses count: {show(da2, 4)} × {h1} + {show(da1, 4)} × {h0} = "
        f"{show(da2 * h1 + da1 * h0, 4)}. Check: the loss at w + e and at w - e, "
        "divided by 2 e, in float64 with e about 0.00001; the relative error should "
        "be far below one in a million.",
        rubric=(
            (2, f"back through the last tanh: {show(da2, 3)}"),
            (2, f"through w and the tanh before: {show(dh1, 3)} and {show(da1, 3)}"),
            (2, f"in w the sum of both uses: {show(da2 * h1 + da1 * h0, 3)}"),
            (1, "central differences, with a small step"),
            (1, "in float64, compared by the relative error"),
        ),
    )
