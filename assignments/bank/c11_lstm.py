"""Exam questions of 11-lstm."""

import math

from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("lstm.parameters", 1, "count the weights of an LSTM")
from_chapter("lstm.step", 2, "compute a step of an LSTM by hand")
from_chapter("lstm.half_life", 2, "say how long a cell remembers")


@exam("lstm.backward", "11-lstm", 3, "carry out a backward step of the cell")
def _(rng):
    f, o = decimals(rng, 2, 0.2, 0.9)
    c, dh, dc = decimals(rng, 3, 0.3, 1.5)
    t = math.tanh(c)
    total = dc + dh * o * (1 - t**2)
    return Drawn(
        f"At one step of an LSTM cell f = {f}, o = {o}, and the new cell is {c}. The "
        f"gradient in h is {dh}, and {dc} reaches the cell from the next step. What is "
        "the gradient in the old cell? (three significant digits)",
        total * f,
        [
            (dc * f, "What reaches the cell through h is missing."),
            (total, "That is in the new cell; the way to the old one leads through f."),
            ((dc + dh * o) * f, "The slope of the tanh is missing."),
            (
                (dc + dh * (1 - t**2)) * f,
                "The output gate stands between h and the cell.",
            ),
            (dh * o * (1 - t**2) * f, "What comes from the next step is missing."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Through h come {dh} × {o} × (1 - tanh({c})^2) = "
        f"{show(total - dc, 5)}; in the new cell that makes {dc} + "
        f"{show(total - dc, 5)} = {show(total, 5)}, and in the old one "
        f"{show(total, 5)} × {f} = {show(total * f)}.",
    )


@exam("lstm.cases", "11-lstm", 1, "read the forget and the input gate")
def _(rng):
    high, low = round(rng.uniform(0.97, 0.99), 2), round(rng.uniform(0.01, 0.03), 2)
    keep, write = (bool(v) for v in rng.integers(2, size=2))
    ways = {
        (True, False): "It keeps what it held",
        (False, True): "It takes over the candidate",
        (False, False): "It is emptied",
        (True, True): "The candidate is added to what it held",
    }
    right = ways.pop((keep, write))
    f, i = (high if keep else low), (high if write else low)
    return Drawn(
        f"At some step the forget gate of an LSTM cell is {f} and its input gate {i}. "
        "What happens to the cell, nearly?",
        right,
        [
            (
                way,
                f"That takes f near {int(a)} and i near {int(b)}: f is what is kept, "
                "i what is let in.",
            )
            for (a, b), way in ways.items()
        ],
        worked=f"c' = {f} c + {i} g: f near {int(keep)} "
        f"{'keeps' if keep else 'erases'}, i near {int(write)} "
        f"{'lets the candidate in' if write else 'keeps the candidate out'}.",
    )


@exam("lstm.packed_code", "11-lstm", 2, "know the shapes of packed weights")
def _(rng):
    D, H = whole(rng, (3, 20), (21, 60))
    code = (
        "from rnnbook.layers import LSTM\n"
        f"lstm = LSTM({D}, {H})\n"
        'print(lstm.params["W_xh"].shape, lstm.params["b_h"].shape)'
    )
    return Drawn(
        "What is printed?" + fence(code),
        printed(code),
        [
            (f"({D}, {H}) ({H},)", "Three gates and the candidate lie side by side."),
            (
                f"({4 * H}, {D}) ({4 * H},)",
                "That is PyTorch's way; here inputs are rows.",
            ),
            (f"({D}, {3 * H}) ({3 * H},)", "Three blocks belong to the GRU."),
            (f"({D + H}, {4 * H}) ({4 * H},)", "W_hh is an array of its own here."),
        ],
        worked=f"Inputs are rows, and the four blocks i, f, g, o lie side by side: "
        f"4 × {H} = {4 * H} columns, and as many biases.",
    )


@exam("lstm.one_matrix", "11-lstm", 3, "recognise a wrong LSTM by what it cannot do")
def _(rng):
    D, H = whole(rng, (5, 40), (16, 100))
    block = D * H + H * H + H
    return Drawn(
        f"A tutorial with {D} inputs and {H} units computes `a = x @ W + h @ U + b` "
        f"with W of shape ({D}, {H}), then `i = f = o = sigmoid(a)` and `g = "
        "tanh(a)`. How many numbers does it learn, how many does an LSTM learn (one "
        "bias), what can this cell not do, and by which test would you show it?",
        "",
        [],
        worked=f"It learns {D} × {H} + {H} × {H} + {H} = {block} numbers, an LSTM "
        f"4 × {block} = {4 * block}. With f = i a cell that keeps (f near 1) must "
        "also write (i near 1), and one that writes nothing forgets; and with o = f "
        "it cannot keep and hide. So it cannot hold a bit while inputs come and go. "
        "Test: show a bit once, then noise over many steps, and ask for the bit; or "
        "count the parameters; or compare one step with `torch.nn.LSTM`.",
        rubric=(
            (1, f"{block} numbers"),
            (1, f"{4 * block} for the LSTM"),
            (3, "keeping and writing cannot be separated, as f = i"),
            (1, "a test that needs holding, or a comparison with a library"),
        ),
    )
