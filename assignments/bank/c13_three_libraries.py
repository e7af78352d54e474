"""Exam questions of 13-three-libraries."""

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import fence, printed, whole
from rnnbook.questions import Drawn

from_chapter("libraries.parameters", 1, "count the weights of a PyTorch GRU")
from_chapter("libraries.bias", 2, "explain PyTorch's two biases")


@exam("libraries.time_first", "13-three-libraries", 2, "know which axis is time")
def _(rng):
    B, T, D, H = whole(rng, (2, 9), (10, 30), (3, 9), (31, 60))
    code = (
        "import torch\n"
        f"lstm = torch.nn.LSTM({D}, {H})\n"
        f"out, (h, c) = lstm(torch.zeros({B}, {T}, {D}))\n"
        "print(tuple(out.shape), tuple(h.shape))"
    )
    return Drawn(
        f"{B} sequences of {T} steps with {D} features each are given to PyTorch. What "
        "is printed?" + fence(code),
        printed(code),
        [
            (
                f"({B}, {T}, {H}) (1, {B}, {H})",
                "Without batch_first=True the first axis is time: the state has a "
                f"batch of {T}.",
            ),
            (f"({T}, {B}, {H}) (1, {B}, {H})", "Nothing is transposed."),
            (f"({B}, {T}, {H}) ({B}, {H})", "The state has an axis for the layers."),
            (
                f"({B}, {T}, {D}) (1, {T}, {D})",
                f"The layer turns {D} features into {H} units.",
            ),
        ],
        worked=f"The default is time first: PyTorch reads {B} steps of a batch of {T}, "
        "gives no error, and mixes the sequences.",
    )


@exam("libraries.reshape", "13-three-libraries", 2, "swap axes without scrambling")
def _(rng):
    T, B = whole(rng, (4, 8), (2, 4))
    start = int(rng.integers(10, 60))
    code = (
        f"x = np.arange({start}, {start + T * B}).reshape({T}, {B})  # steps, batch\n"
        f"print(x.reshape({B}, {T})[1].tolist())"
    )
    x = np.arange(start, start + T * B).reshape(T, B)
    return Drawn(
        f"Somebody wants the second of {B} sequences and writes this. What is "
        "printed?" + fence(code),
        printed(code),
        [
            (
                str(x.T[1].tolist()),
                "That is the second sequence; reshape does not swap axes.",
            ),
            (str(x.reshape(B, T)[0].tolist()), "The second row has the number 1."),
            (str(x.T[0].tolist()), "That is the first sequence, and a transposition."),
            (str(x[1].tolist()), "The new rows are longer than the old ones."),
        ],
        worked=f"reshape cuts the same run of numbers into {B} rows of {T}; it does "
        f"not swap axes. The second row is {x.reshape(B, T)[1].tolist()}, the second "
        f"sequence would be {x.T[1].tolist()} (x.T, or np.swapaxes).",
    )


@exam("libraries.order", "13-three-libraries", 2, "convert the order of the gates")
def _(rng):
    D, H = whole(rng, (4, 40), (16, 100))
    return Drawn(
        f"The input weights of a PyTorch GRU, transposed to ({D}, {3 * H}), hold the "
        f"blocks r, z, n of {H} columns each. Which of these columns come first in the "
        "kernel of a Keras GRU?",
        f"{H} to {2 * H - 1}",
        [
            (f"0 to {H - 1}", "Keras does not begin with the reset gate."),
            (f"{2 * H} to {3 * H - 1}", "In both libraries the candidate comes last."),
            (f"0, 3, 6, ... {3 * H - 3}", "Gates lie in blocks, not interleaved."),
        ],
        worked=f"Keras packs z, r, h: first the update gate, in PyTorch the second "
        f"block, which ends before column 2 × {H} = {2 * H}. All shapes would agree "
        "without the exchange, and all answers be wrong.",
    )


@exam("libraries.proof", "13-three-libraries", 3, "prove that two layers are the same")
def _(rng):
    B, T, D, H = whole(rng, (2, 6), (5, 12), (3, 9), (4, 12))
    return Drawn(
        f"You have written a GRU layer in NumPy and want to prove that it equals "
        f"PyTorch's, with a batch of {B}, {T} steps, {D} inputs and {H} units. Which "
        "arrays do you compare, how many numbers are that for the gradients, and which "
        "choices (values, precision, initial state, loss) make the comparison able to "
        "find a mistake?",
        "",
        [],
        worked="The outputs of all steps, the last state, and the gradients of all "
        "weights, of both biases, of the inputs and of the initial state: weights 3 × "
        f"({D} × {H} + {H} × {H} + 2 × {H}) = {3 * (D * H + H * H + 2 * H)}, inputs "
        f"{B} × {T} × {D} = {B * T * D}, initial state {B} × {H} = {B * H}. Random "
        "values everywhere, also for the biases and the initial state: zeros hide "
        "what is multiplied by them. float64, with a relative error near 1e-12. A "
        "loss that weighs every output differently, as a plain sum hides exchanged "
        "outputs. More than one sequence, and sizes that differ, so that no axis can "
        "be exchanged.",
        rubric=(
            (2, "outputs, and gradients of weights, inputs and initial state"),
            (1, f"{3 * (D * H + H * H + 2 * H)} numbers for the weights"),
            (1, "random biases and a random initial state, not zeros"),
            (1, "float64, or a tolerance that fits the precision"),
            (1, "a loss with random weights, or sizes that all differ"),
        ),
    )
