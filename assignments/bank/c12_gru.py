"""Exam questions of 12-gru."""

import math

from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, sigmoid, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("gru.step", 1, "compute a step of a GRU by hand")
from_chapter("gru.half_life", 2, "say how long a GRU remembers")


@exam("gru.candidate", "12-gru", 2, "compute a candidate with the reset gate after")
def _(rng):
    a, u, b, h, r = decimals(rng, 5, 0.2, 0.9)
    return Drawn(
        f"One unit of a PyTorch GRU (reset gate after the product): the candidate's "
        f"input part is {a}, W_hn = {u}, b_hn = {b}, the old state {h}, and r = {r}. "
        "What is the candidate? (three significant digits)",
        math.tanh(a + r * (u * h + b)),
        [
            (
                math.tanh(a + u * (r * h) + b),
                "That is the reset gate before the product: the bias escapes it.",
            ),
            (math.tanh(a + u * h + b), "The reset gate is missing."),
            (r * math.tanh(a + u * h + b), "The reset gate stands within the tanh."),
            (a + r * (u * h + b), "The tanh is missing."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The product with its bias is {u} × {h} + {b} = {show(u * h + b, 4)}; "
        f"tanh({a} + {r} × {show(u * h + b, 4)}) = "
        f"{show(math.tanh(a + r * (u * h + b)))}.",
    )


@exam("gru.sign", "12-gru", 3, "carry weights from one convention to the other")
def _(rng):
    a = round(float(rng.uniform(0.5, 2.5)), 1)
    z = sigmoid(a)
    return Drawn(
        "A paper writes h' = (1 - z) h + z n, and this book h' = (1 - z) n + z h. In "
        f"the paper's trained network a unit's update gate is the sigmoid of {a}, "
        f"which is {show(z)}. Which change of the weights gives the same network in "
        "the book's convention?",
        "Weights and bias of the update gate change their sign",
        [
            (
                "The blocks of the update and the reset gate change places",
                "The gates keep their jobs; only keeping and taking are exchanged.",
            ),
            (
                "Each weight w of the update gate becomes 1 - w",
                "It is the gate that must become 1 - z, not the weight.",
            ),
            (
                "Weights and bias of the candidate change their sign",
                "That turns the candidate round, and leaves the blend as it is.",
            ),
        ],
        worked=f"Here z must be 1 - {show(z, 4)} = {show(1 - z, 4)}, and that is "
        f"σ(-{a}) = {show(1 - z)}.",
    )


@exam("gru.units", "12-gru", 3, "compare GRU and LSTM at equal size")
def _(rng):
    D, H = whole(rng, (10, 60), (40, 120))
    size = 4 * (D * H + H * H + H)
    K = max(k for k in range(1, 2 * H) if 3 * (D * k + k * k + k) <= size)
    return Drawn(
        f"An LSTM has {D} inputs and {H} cells. How many units may a GRU with the same "
        "inputs have at most, so that it does not learn more numbers? (one bias for "
        "each block in both)",
        K,
        [
            (H, "With as many units the GRU has three quarters of the numbers."),
            (4 * H // 3, "The matrix of the state grows with the square of the units."),
            (K + 1, "That one learns a few more than the LSTM."),
        ],
        worked=f"The LSTM learns 4 × ({D} × {H} + {H}^2 + {H}) = {size}. A GRU with "
        f"{K} units learns 3 × ({D} × {K} + {K}^2 + {K}) = {3 * (D * K + K * K + K)}, "
        f"with one more 3 × ({D} × {K + 1} + {K + 1}^2 + {K + 1}) = "
        f"{3 * (D * (K + 1) + (K + 1) ** 2 + K + 1)}.",
    )


@exam("gru.step_code", "12-gru", 2, "read a step of the GRU")
def _(rng):
    v, h = round(float(rng.uniform(0.4, 2.5)), 1), round(float(rng.uniform(0.3, 2)), 1)
    code = (
        "from rnnbook.cells import gru_step  # gates r, z, n\n"
        f"params = {{'W_xh': np.zeros((1, 3)), 'W_hh': np.zeros((1, 3)),\n"
        f"          'b_h': np.array([0.0, {v}, 0.0])}}\n"
        f"h, _ = gru_step(np.ones((1, 1)), np.array([[{h}]]), params)\n"
        "print(h.item())"
    )
    z = sigmoid(v)
    return Drawn(
        "What is printed? In the convention of this book z keeps. "
        "(three significant digits)" + fence(code),
        float(printed(code)),
        [
            ((1 - z) * h, "Here z is what is kept of the state."),
            (0.5 * h, "The bias stands in the block of z, the second one."),
            (h, "z is not 1: a part of the state is given up."),
            (z, "The gate is multiplied by the state."),
        ],
        rtol=THREE_DIGITS,
        worked=f"z = σ({v}) = {show(z, 5)}, and the candidate is tanh(0) = 0: "
        f"{show(z, 5)} × {h} = {show(z * h)}.",
    )
