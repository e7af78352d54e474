"""Exam questions of 02-rnn."""

import math

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("rnn.parameters", 1, "count the weights of an RNN")
from_chapter("rnn.step", 1, "compute a step of an RNN by hand")


@exam("rnn.two_steps", "02-rnn", 2, "unroll an RNN over two steps")
def _(rng):
    w, u, b, x1, x2 = decimals(rng, 5, 0.2, 0.9)
    h1 = math.tanh(w * x1 + b)
    h2 = math.tanh(w * x2 + u * h1 + b)
    return Drawn(
        f"An RNN with one unit has W_xh = {w}, W_hh = {u}, b_h = {b}, and its state is "
        f"0. It reads {x1} and then {x2}. What is its state after both? "
        "(three significant digits)",
        h2,
        [
            (h1, "That is the state after the first step."),
            (math.tanh(w * x2 + b), "The state of the first step is missing."),
            (
                math.tanh(w * x2 + u * (w * x1 + b) + b),
                "The tanh of the first step is missing.",
            ),
            (w * x2 + u * h1 + b, "The tanh of the last step is missing."),
            (
                math.tanh(w * x2 + u * math.tanh(w * x1)),
                "The bias is added at each step.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"First step: tanh({w} × {x1} + {b}) = {show(h1, 5)}. Second: "
        f"tanh({w} × {x2} + {u} × {show(h1, 5)} + {b}) = {show(h2)}.",
    )


@exam("rnn.stack_code", "02-rnn", 2, "trace shapes through the loop")
def _(rng):
    B, T, D, H = whole(rng, (2, 9), (10, 30), (3, 9), (31, 60))
    code = (
        f"h, seen = np.zeros(({B}, {H})), []\n"
        f"for t in range({T}):\n"
        "    h = np.tanh(x[:, t] @ W_xh + h @ W_hh + b_h)\n"
        "    seen.append(h)\n"
        "print(h.shape, np.stack(seen).shape)"
    )
    return Drawn(
        f"x has the shape ({B}, {T}, {D}): batch, steps, inputs. The layer has {H} "
        "units. What is printed?" + fence(code),
        printed(
            code,
            x=np.zeros((B, T, D)),
            W_xh=np.zeros((D, H)),
            W_hh=np.zeros((H, H)),
            b_h=np.zeros(H),
        ),
        [
            (
                f"({B}, {H}) ({B}, {T}, {H})",
                "np.stack puts the new axis first; batch first needs axis=1.",
            ),
            (
                f"({B}, {T}, {H}) ({T}, {B}, {T}, {H})",
                "h is the state of one step, without an axis for time.",
            ),
            (f"({H},) ({T}, {H})", "Each sequence of the batch has its own state."),
            (f"({B}, {D}) ({T}, {B}, {D})", "W_xh makes units of inputs."),
        ],
        worked=f"At each step the state is ({B}, {H}). The list holds {T} of them, and "
        f"np.stack makes the new axis the first one: ({T}, {B}, {H}).",
    )


@exam("rnn.longer", "02-rnn", 1, "say what a longer sequence changes")
def _(rng):
    T, k, H = whole(rng, (20, 60), (3, 12), (8, 64))
    return Drawn(
        f"An RNN with {H} units was trained on sequences of {T} steps. Now it gets a "
        f"sequence of {k * T} steps. What happens?",
        "It runs with the same weights; how good it is must be measured",
        [
            (
                f"It stops with an error, as it has weights for {T} steps",
                "The weights belong to the rule, not to the step.",
            ),
            (
                f"It runs with {k} times as many weights",
                "The number of weights does not depend on the length.",
            ),
            (
                f"It runs, and only the last {T} steps have an influence",
                "No step is cut off; how long one is felt depends on the weights.",
            ),
        ],
        worked=f"One rule is applied {k} × {T} = {k * T} times. Nothing fails, but "
        "states may come up that training never met.",
    )
