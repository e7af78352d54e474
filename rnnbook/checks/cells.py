"""One step of each cell, forward and backward."""

import numpy as np

from rnnbook import cells
from rnnbook.checks.catalogue import Case, Check, enter, mistake

# name, batch, inputs (None: as many as rows of packed gates), units
SIZES = (
    ("one example", 1, 2, 3),
    ("a batch of three", 3, 2, 4),
    ("as many inputs as units", 5, 3, 3),
    ("a single unit", 4, None, 1),
)
GATES = {"rnn": 1, "lstm": 4, "gru": 3, "gru_reset_after": 3}


def params(rng, kind: str, D: int, H: int) -> dict:
    """Random weights of a size that keeps the gates away from 0 and 1."""
    k = GATES[kind] * H
    biases = ("b_xh", "b_hh") if kind == "gru_reset_after" else ("b_h",)
    shapes = {"W_xh": (D, k), "W_hh": (H, k)} | {b: (k,) for b in biases}
    return {name: rng.uniform(-1, 1, size=s) for name, s in shapes.items()}


def state(rng, kind: str, B: int, H: int):
    """A state between -0.9 and 0.9; for the LSTM a pair, whose cell goes up to 2."""
    h = rng.uniform(-0.9, 0.9, size=(B, H))
    return (h, rng.uniform(-2, 2, size=(B, H))) if kind == "lstm" else h


def step_cases(kind: str):
    def cases(rng):
        found = []
        for label, B, D, H in SIZES:
            D = D or GATES[kind] * H
            x, p = rng.normal(size=(B, D)), params(rng, kind, D, H)
            found.append(Case(label, (x, state(rng, kind, B, H), p)))
        label, B, D, H = "state of zeros", 2, 3, 4
        zero = np.zeros((B, H))
        zero = (zero, zero.copy()) if kind == "lstm" else zero
        x, p = rng.normal(size=(B, D)), params(rng, kind, D, H)
        return [*found, Case(label, (x, zero, p))]

    return cases


def backward_cases(kind: str):
    step = getattr(cells, f"{kind}_step")

    def cases(rng):
        found = []
        for label, (x, start, p) in step_cases(kind)(rng):
            _, cache = step(x, start, p)
            B, H = cache[1].shape
            found.append(Case(label, (state(rng, kind, B, H), cache, p)))
        return found

    return cases


STATE = {"rnn": "h", "lstm": "(h, c)", "gru": "h", "gru_reset_after": "h"}
H_STEP = (("h_next", "*cache"), "h_next")
HC_STEP = (
    (("h_next", "c_next"), "*cache"),
    ("h_next", "c_next", "*cache"),
    ("h_next", "c_next"),
)


def gradients(kind: str, dstate, *more: str) -> tuple:
    """The forms in which dx, the state's gradient and the weights' may be returned."""
    biases = ("b_xh", "b_hh") if kind == "gru_reset_after" else ("b_h",)
    grads = {name: f"d{name}" for name in ("W_xh", "W_hh", *biases, *more)}
    flat = dstate if isinstance(dstate, tuple) else (dstate,)
    named, listed = grads, tuple(grads.values())
    return (
        ("dx", dstate, named),
        ("dx", dstate, listed),
        ("dx", *flat, named),
        ("dx", *flat, listed),
        ("dx", dstate, *listed),
        ("dx", *flat, *listed),
    )


def _step(kind, page, *mistakes):
    reference = getattr(cells, f"{kind}_step")
    arguments = f"x, {STATE[kind]}, params"
    returns = HC_STEP if kind == "lstm" else H_STEP
    enter(
        Check(
            f"{kind}.step",
            page,
            reference,
            arguments,
            returns,
            step_cases(kind),
            mistakes,
        )
    )


def _backward(kind, page, *mistakes):
    reference = getattr(cells, f"{kind}_step_backward")
    dstate = ("dh", "dc") if kind == "lstm" else "dh"
    arguments = f"{'(dh_next, dc_next)' if kind == 'lstm' else 'dh_next'}, cache, "
    enter(
        Check(
            f"{kind}.step_backward",
            page,
            reference,
            arguments + "params",
            gradients(kind, dstate),
            backward_cases(kind),
            mistakes,
        )
    )


def _rnn_sigmoid(x, h, params):
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    return cells.sigmoid(a), None


def _rnn_linear(x, h, params):
    return x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"], None


def _rnn_relu(x, h, params):
    return np.maximum(_rnn_linear(x, h, params)[0], 0), None


def _rnn_two_tanh(x, h, params):
    new = np.tanh(x @ params["W_xh"] + params["b_h"])
    return new + np.tanh(h @ params["W_hh"]), None


_step(
    "rnn",
    "02-rnn",
    mistake(
        "tanh_missing",
        "The tanh is missing: what you return is the sum before it. Without a bend the "
        "whole network is one linear map, and the state can grow without bound.",
        _rnn_linear,
    ),
    mistake(
        "sigmoid_for_tanh",
        "The state went through a sigmoid in place of the tanh, so it is never "
        "negative, and its slope is four times flatter.",
        _rnn_sigmoid,
    ),
    mistake(
        "relu_for_tanh",
        "The state went through a ReLU in place of the tanh: negative values are cut "
        "off and positive ones have no bound.",
        _rnn_relu,
    ),
    mistake(
        "two_tanh",
        "Input and state went through a tanh each and were added afterwards. They are "
        "added first, and one tanh bends the sum.",
        _rnn_two_tanh,
    ),
    mistake(
        "state_missing",
        "The old state does not enter, so the network has no memory: each step sees "
        "its own input only.",
        ' + h @ params["W_hh"]',
        "",
    ),
    mistake(
        "input_missing",
        "The input does not enter: the state moves on by itself, whatever is read.",
        'x @ params["W_xh"] + ',
        "",
    ),
    mistake(
        "input_for_state",
        "The input stands where the old state belongs, beside `W_hh`. Where inputs "
        "and units differ in number this stops with an error; where they are equal "
        "it runs, without a memory.",
        "h @ params",
        "x @ params",
    ),
    mistake(
        "bias_missing",
        "The bias is missing from the sum inside the tanh.",
        ' + params["b_h"]',
        "",
    ),
    mistake(
        "bias_twice",
        "The bias is counted twice. Two biases, one for the input and one for the "
        "state, are PyTorch's way; here there is one.",
        ' + params["b_h"]',
        ' + 2 * params["b_h"]',
        page="13-three-libraries",
    ),
    mistake(
        "bias_outside",
        "The bias is added after the tanh. It belongs inside, where it shifts the "
        "point at which the unit bends.",
        ' + params["b_h"])',
        ') + params["b_h"]',
    ),
    mistake(
        "W_hh_transposed",
        "`W_hh` is used transposed. It is square, so no shape complains. With states "
        "as rows, the state stands to the left of the matrix.",
        'params["W_hh"]',
        'params["W_hh"].T',
    ),
    mistake(
        "matrices_swapped",
        "`W_xh` and `W_hh` have changed places. That can run only where there are as "
        "many inputs as units.",
        'x @ params["W_xh"] + h @ params["W_hh"]',
        'x @ params["W_hh"] + h @ params["W_xh"]',
    ),
    mistake(
        "old_state_added",
        "The old state is added to the new one. The plain RNN overwrites its state at "
        "each step; carrying it on unchanged is what the gated cells were made for.",
        "np.tanh(",
        "h + np.tanh(",
        page="11-lstm",
    ),
)

_backward(
    "rnn",
    "03-bptt",
    mistake(
        "derivative_missing",
        "The derivative of the tanh is missing: the gradient at the output was used as "
        "if it were the gradient at the sum inside the tanh.",
        " * (1 - h_next**2)",
        "",
    ),
    mistake(
        "derivative_of_preactivation",
        "The derivative is taken as if `h_next` were the sum inside the tanh. It is "
        "the value after it, so it must not go through a tanh again.",
        "h_next**2",
        "np.tanh(h_next) ** 2",
    ),
    mistake(
        "derivative_at_old_state",
        "The derivative of the tanh is taken at the old state. It belongs to the state "
        "this step has made.",
        "1 - h_next**2",
        "1 - h**2",
    ),
    mistake(
        "square_missing",
        "The square is missing from the derivative of the tanh.",
        "h_next**2)",
        "h_next)",
    ),
    mistake(
        "sigmoid_derivative",
        "That is the derivative of a sigmoid. The state went through a tanh.",
        "(1 - h_next**2)",
        "h_next * (1 - h_next)",
    ),
    mistake(
        "dW_hh_from_new_state",
        "`dW_hh` is made with the new state. The matrix was multiplied by the old one.",
        "h.T @ da",
        "h_next.T @ da",
    ),
    mistake(
        "W_hh_not_transposed",
        "Back through `W_hh` goes its transpose. The matrix is square, so nothing "
        "complains when it is forgotten; the gradient goes to the wrong units.",
        'da @ params["W_hh"].T',
        'da @ params["W_hh"]',
    ),
    mistake(
        "dW_hh_transposed",
        "`dW_hh` is transposed. It is square, so no shape complains: its row is the "
        "unit a connection comes from, as in `W_hh`.",
        "h.T @ da",
        "da.T @ h",
    ),
    mistake(
        "batch_mean",
        "The gradients of the weights are averaged over the batch. The loss already "
        "says how examples are weighted; here their gradients are summed.",
        '"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)',
        '"W_xh": x.T @ da / len(x), "W_hh": h.T @ da / len(x), "b_h": da.mean(axis=0)',
    ),
    mistake(
        "db_mean",
        "`db_h` is a mean over the batch, where the other gradients are sums.",
        "da.sum(axis=0)",
        "da.mean(axis=0)",
    ),
    mistake(
        "db_not_summed",
        "`db_h` still has a row for each example. One bias served the whole batch, so "
        "its gradient is the sum over the examples.",
        "da.sum(axis=0)",
        "da",
    ),
    mistake(
        "db_summed_over_units",
        "`db_h` is summed over the units in place of the examples.",
        "da.sum(axis=0)",
        "da.sum(axis=1)",
    ),
    mistake(
        "dh_past_the_tanh",
        "`dh` was sent through `W_hh` from the output itself; on its way it passes the "
        "tanh, whose derivative is missing there.",
        'da @ params["W_hh"].T',
        'dh_next @ params["W_hh"].T',
    ),
)

LSTM_SUM = 'a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]'
LSTM_SPLIT = "a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)"


def _lstm_shared_matrix(x, state, params):
    """All four parts from the first block of the weights, each with its own bias."""
    h, c = state
    H = h.shape[1]
    a = x @ params["W_xh"][:, :H] + h @ params["W_hh"][:, :H]
    a_i, a_f, a_g, a_o = (a + b for b in np.split(params["b_h"], 4))
    i, f, o = cells.sigmoid(a_i), cells.sigmoid(a_f), cells.sigmoid(a_o)
    c_next = f * c + i * np.tanh(a_g)
    return (o * np.tanh(c_next), c_next), None


_step(
    "lstm",
    "11-lstm",
    mistake(
        "gates_share_everything",
        "Your gates and the candidate are one and the same: all are made from the "
        "first block of the packed weights. Each needs its own, or the cell cannot "
        "hold without writing.",
        LSTM_SPLIT,
        "a_i = a_f = a_g = a_o = np.split(a, 4, axis=1)[0]",
    ),
    mistake(
        "gates_share_one_matrix",
        "Your gates share one weight matrix: only their biases differ. Each gate has "
        "a block of `W_xh` and of `W_hh` to itself, to decide about different things.",
        _lstm_shared_matrix,
    ),
    mistake(
        "three_gates_in_one",
        "The three gates are one gate: the input gate serves as forget and output gate "
        "too, so writing means keeping and showing as well.",
        "sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)",
        "sigmoid(a_i), sigmoid(a_i), sigmoid(a_i)",
    ),
    mistake(
        "forget_gate_missing",
        "Your forget gate is missing: the old cell is added in full, as in the cell of "
        "1997, and nothing is ever forgotten.",
        "f * c + i * g",
        "c + i * g",
    ),
    mistake(
        "input_gate_missing",
        "Your input gate is missing: the candidate is written in full at every step.",
        "f * c + i * g",
        "f * c + g",
    ),
    mistake(
        "output_gate_missing",
        "Your output gate is missing: the cell is always shown.",
        "o * np.tanh(c_next)",
        "np.tanh(c_next)",
    ),
    mistake(
        "old_cell_missing",
        "The old cell does not enter: the new one is what is written at this step, so "
        "the cell holds nothing from before.",
        "f * c + i * g",
        "i * g",
    ),
    mistake(
        "forget_gate_inverted",
        "Your forget gate works the other way round: it says what is kept, not what is "
        "lost. With one it keeps, with zero it erases.",
        "f * c + i * g",
        "(1 - f) * c + i * g",
    ),
    mistake(
        "gates_coupled",
        "The input gate is one minus the forget gate. That is a known variant with one "
        "gate less; the LSTM decides about writing and keeping separately.",
        "f * c + i * g",
        "f * c + (1 - f) * g",
    ),
    mistake(
        "input_and_forget_swapped",
        "Input gate and forget gate have changed places. The packed order is i, f, g, "
        "o: the first block writes, the second keeps.",
        "a_i, a_f, a_g, a_o =",
        "a_f, a_i, a_g, a_o =",
        page="13-three-libraries",
    ),
    mistake(
        "order_ifog",
        "You unpack the gates in the order i, f, o, g. Here, as in PyTorch and Keras, "
        "the candidate g stands third and the output gate last.",
        "a_i, a_f, a_g, a_o =",
        "a_i, a_f, a_o, a_g =",
        page="13-three-libraries",
    ),
    mistake(
        "gates_interleaved",
        "Every fourth column was taken for a gate. The packed matrix holds the gates "
        "side by side, each as one block of neighbouring columns.",
        LSTM_SPLIT,
        "a_i, a_f, a_g, a_o = a[:, 0::4], a[:, 1::4], a[:, 2::4], a[:, 3::4]",
        page="13-three-libraries",
    ),
    mistake(
        "output_tanh_missing",
        "The tanh between cell and output is missing: the output gate shows the bare "
        "cell, which has no bound.",
        "o * np.tanh(c_next)",
        "o * c_next",
    ),
    mistake(
        "tanh_after_gate",
        "The tanh comes after the output gate. It squashes the cell first, and the "
        "gate then scales what is shown.",
        "o * np.tanh(c_next)",
        "np.tanh(o * c_next)",
    ),
    mistake(
        "cell_squashed",
        "The new cell went through a tanh before it was kept. The cell itself is never "
        "squashed: that is what lets it hold a value, and its gradient live.",
        "c_next = f * c + i * g",
        "c_next = np.tanh(f * c + i * g)",
    ),
    mistake(
        "candidate_sigmoid",
        "Your candidate went through a sigmoid, so it is never negative and the cell "
        "can only be counted up.",
        "g = np.tanh(a_g)",
        "g = sigmoid(a_g)",
    ),
    mistake(
        "candidate_linear",
        "Your candidate has no tanh: what is written into the cell has no bound.",
        "g = np.tanh(a_g)",
        "g = a_g",
    ),
    mistake(
        "gates_tanh",
        "Your gates went through a tanh. A gate is a share between zero and one, which "
        "is what the sigmoid gives; a tanh can turn what is kept into its opposite.",
        "sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)",
        "np.tanh(a_i), np.tanh(a_f), np.tanh(a_o)",
    ),
    mistake(
        "gates_linear",
        "Your gates have no sigmoid: the bare sums are used as if they were shares.",
        "sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)",
        "a_i, a_f, a_o",
    ),
    mistake(
        "old_cell_shown",
        "The output shows the old cell. The cell is renewed first, and the new one is "
        "shown.",
        "o * np.tanh(c_next)",
        "o * np.tanh(c)",
    ),
    mistake(
        "h_for_c",
        "The forget gate keeps the old output `h` in place of the old cell `c`, so "
        "what the output gate hid is lost.",
        "f * c + i * g",
        "f * h + i * g",
    ),
    mistake(
        "state_swapped",
        "The two parts of the state have changed places: it comes in as the output "
        "first and the cell second.",
        "h, c = state",
        "c, h = state",
    ),
    mistake(
        "state_missing",
        "The old output `h` does not enter the gates, so they decide by the input "
        "alone.",
        ' + h @ params["W_hh"]',
        "",
    ),
    mistake(
        "input_for_state",
        "The input stands where the old output belongs, beside `W_hh`: the gates never "
        "see the state. It runs only where there are as many inputs as cells.",
        "h @ params",
        "x @ params",
    ),
    mistake(
        "cell_for_h",
        "The gates read the cell `c` where they read the output `h`. Looking into the "
        "cell is what peepholes do, with weights of their own.",
        'h @ params["W_hh"]',
        'c @ params["W_hh"]',
    ),
    mistake(
        "bias_missing",
        "The bias is missing from the sums of all four gates, among it the forget "
        "bias that keeps a fresh cell open.",
        ' + params["b_h"]',
        "",
    ),
    mistake(
        "bias_twice",
        "The bias is counted twice: PyTorch adds one to the input's and one to the "
        "state's part, this LSTM has one for both.",
        ' + params["b_h"]',
        ' + 2 * params["b_h"]',
        page="13-three-libraries",
    ),
    mistake(
        "W_xh_transposed",
        "`W_xh` is used transposed. With examples as rows, `x` stands to its left as "
        "it is, and its columns are the gates'.",
        'params["W_xh"]',
        'params["W_xh"].T',
    ),
)

_backward(
    "lstm",
    "11-lstm",
    mistake(
        "cell_gradient_forgotten",
        "The gradient through the cell is forgotten: what later steps sent back to the "
        "cell, `dc_next`, does not enter. It is the way on which a gradient survives "
        "many steps.",
        "dc_next = dc_next + dh_next * o * (1 - tanh_c**2)",
        "dc_next = dh_next * o * (1 - tanh_c**2)",
    ),
    mistake(
        "output_gradient_forgotten",
        "The cell gets its gradient from later steps only. This step's output was made "
        "from it too, and that second way is missing.",
        "dc_next = dc_next + dh_next * o * (1 - tanh_c**2)",
        "dc_next = dc_next + 0.0",
    ),
    mistake(
        "output_tanh_derivative_missing",
        "On the way from output to cell the derivative of the tanh is missing.",
        "dh_next * o * (1 - tanh_c**2)",
        "dh_next * o",
    ),
    mistake(
        "derivative_of_cell",
        "The derivative of the output's tanh is made from the cell itself. One minus "
        "the square holds for the value after the tanh.",
        "(1 - tanh_c**2)",
        "(1 - c_next**2)",
    ),
    mistake(
        "derivative_at_old_cell",
        "The derivative of the output's tanh is taken at the old cell; the output was "
        "made from the new one.",
        "tanh_c = np.tanh(c_next)",
        "tanh_c = np.tanh(c)",
    ),
    mistake(
        "output_gate_missing",
        "From output to cell the gradient passes the output gate, which is missing: a "
        "cell that was not shown gets no blame.",
        "dh_next * o * (1",
        "dh_next * (1",
    ),
    mistake(
        "forget_gate_missing",
        "`dc` is handed back without the forget gate. What was kept of the old cell is "
        "the share of the gradient that goes back to it.",
        "dc_next * i, dc_next * f",
        "dc_next * i, dc_next",
    ),
    mistake(
        "forget_gate_from_new_cell",
        "The forget gate's gradient uses the new cell. What the gate multiplied was "
        "the old one.",
        "dc_next * c, dc_next",
        "dc_next * c_next, dc_next",
    ),
    mistake(
        "input_and_candidate_swapped",
        "The factors of input gate and candidate have changed places: each gets its "
        "gradient through the *other* one.",
        "dc_next * g, dc_next * c, dc_next * i,",
        "dc_next * i, dc_next * c, dc_next * g,",
    ),
    mistake(
        "output_gate_from_bare_cell",
        "The output gate's gradient uses the bare cell. The gate multiplied the cell "
        "after its tanh.",
        "do = dh_next * tanh_c",
        "do = dh_next * c_next",
    ),
    mistake(
        "gate_derivatives_missing",
        "The derivatives of the sigmoids are missing: the gradients of the gates were "
        "used as if they were those of the sums inside.",
        "di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)",
        "di, df, do",
    ),
    mistake(
        "gate_derivatives_of_tanh",
        "The gates' derivatives are those of a tanh. A sigmoid's is the value times "
        "one minus the value.",
        "di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)",
        "di * (1 - i**2), df * (1 - f**2), do * (1 - o**2)",
    ),
    mistake(
        "candidate_derivative_missing",
        "The candidate's derivative of the tanh is missing.",
        "da_g = dg * (1 - g**2)",
        "da_g = dg",
    ),
    mistake(
        "candidate_derivative_of_sigmoid",
        "The candidate's derivative is that of a sigmoid, as for the gates; it went "
        "through a tanh.",
        "da_g = dg * (1 - g**2)",
        "da_g = dg * g * (1 - g)",
    ),
    mistake(
        "old_cell_missing",
        "The gradient of the forget gate lacks what that gate multiplies.",
        "dc_next * c,",
        "dc_next,",
    ),
    mistake(
        "candidate_missing",
        "The gradient of the input gate lacks what that gate multiplies.",
        "dc_next * g,",
        "dc_next,",
    ),
    mistake(
        "input_gate_missing",
        "The gradient of the candidate lacks the gate that lets it in.",
        "dc_next * i,",
        "dc_next,",
    ),
    mistake(
        "tanh_of_cell_missing",
        "The gradient of the output gate lacks what that gate multiplies.",
        "do = dh_next * tanh_c",
        "do = dh_next",
    ),
    mistake(
        "square_missing",
        "The slope of the tanh at the output lacks its square.",
        "(1 - tanh_c**2)",
        "(1 - tanh_c)",
    ),
    mistake(
        "input_derivative_missing",
        "The slope of the sigmoid is missing in the input gate alone.",
        "di * i * (1 - i)",
        "di",
    ),
    mistake(
        "forget_derivative_missing",
        "The slope of the sigmoid is missing in the forget gate alone.",
        "df * f * (1 - f)",
        "df",
    ),
    mistake(
        "output_derivative_missing",
        "The slope of the sigmoid is missing in the output gate alone.",
        "do * o * (1 - o)",
        "do",
    ),
    mistake(
        "db_not_summed",
        "The gradient of the bias still has one row for each example.",
        '"b_h": da.sum(axis=0)',
        '"b_h": da',
    ),
    mistake(
        "db_keeps_axis",
        "The gradient of the bias kept an axis of length one.",
        '"b_h": da.sum(axis=0)',
        '"b_h": da.sum(axis=0, keepdims=True)',
    ),
    mistake(
        "order_ifog",
        "The gates' gradients are packed in the order i, f, o, g; the weights have the "
        "candidate third.",
        "[da_i, da_f, da_g, da_o]",
        "[da_i, da_f, da_o, da_g]",
        page="13-three-libraries",
    ),
    mistake(
        "dW_hh_from_new_output",
        "`dW_hh` is made with the new output. What the gates read was the old one.",
        "h.T @ da",
        "(o * tanh_c).T @ da",
    ),
    mistake(
        "dW_hh_from_cell",
        "`dW_hh` is made with the cell. The gates read the output `h`.",
        "h.T @ da",
        "c.T @ da",
    ),
    mistake(
        "db_mean",
        "`db_h` is averaged over the batch, where `dW_xh` and `dW_hh` are sums.",
        "da.sum(axis=0)",
        "da.mean(axis=0)",
    ),
    mistake(
        "batch_mean",
        "The LSTM's weight gradients are averaged over the batch. Each example adds "
        "its own; the weighting belongs to the loss.",
        '"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)',
        '"W_xh": x.T @ da / len(x), "W_hh": h.T @ da / len(x), "b_h": da.mean(axis=0)',
    ),
    mistake(
        "dc_from_argument",
        "`dc` was handed back as it came in, times the forget gate. What reaches the "
        "cell through this step's output goes back to the old cell too.",
        "dc_next = dc_next + dh_next",
        "dc_late, dc_next = dc_next, dc_next + dh_next",
        '(da @ params["W_hh"].T, dc)',
        '(da @ params["W_hh"].T, dc_late * f)',
    ),
)


def _gru_carries_input(x, h, params):
    H = h.shape[1]
    a = x @ params["W_xh"][:, : 2 * H] + h @ params["W_hh"][:, : 2 * H]
    r = np.split(cells.sigmoid(a + params["b_h"][: 2 * H]), 2, axis=1)[0]
    return r * h + (1 - r) * x, None


def _gru_shared_matrix(x, h, params):
    """Both gates and the candidate from the first block, each with its own bias."""
    H = h.shape[1]
    W, U = params["W_xh"][:, :H], params["W_hh"][:, :H]
    b_r, b_z, b_n = np.split(params["b_h"], 3)
    r, z = (cells.sigmoid(x @ W + h @ U + b) for b in (b_r, b_z))
    n = np.tanh(x @ W + (r * h) @ U + b_n)
    return (1 - z) * n + z * h, None


_step(
    "gru",
    "12-gru",
    mistake(
        "update_gate_inverted",
        "Your update gate works the other way round: here z is the share of the old "
        "state that stays, as in PyTorch and Keras. Some papers define it as the share "
        "that is new.",
        "(1 - z) * n + z * h",
        "z * n + (1 - z) * h",
        page="13-three-libraries",
    ),
    mistake(
        "reset_after",
        "The reset gate comes after the matrix product. In this GRU it acts before, on "
        "the old state; the other one is `gru_reset_after`.",
        "(r * h) @ W_n",
        "r * (h @ W_n)",
        page="13-three-libraries",
    ),
    mistake(
        "reset_missing",
        "The reset gate is missing: the candidate always sees the whole old state.",
        "(r * h) @ W_n",
        "h @ W_n",
    ),
    mistake(
        "reset_on_input",
        "The reset gate is applied to the candidate's whole sum, the input's part and "
        "the bias among it. It acts on the old state only.",
        "np.tanh(a_x[:, 2 * H :] + (r * h) @ W_n)",
        "np.tanh(r * (a_x[:, 2 * H :] + h @ W_n))",
    ),
    mistake(
        "candidate_without_state",
        "The old state does not enter the candidate.",
        " + (r * h) @ W_n",
        "",
    ),
    mistake(
        "candidate_sigmoid",
        "The candidate n went through a sigmoid, so the state of the GRU can never be "
        "pulled below zero.",
        "n = np.tanh(",
        "n = sigmoid(",
    ),
    mistake(
        "candidate_linear",
        "The candidate n has no tanh, so the state of the GRU has no bound.",
        "n = np.tanh(",
        "n = (",
    ),
    mistake(
        "gates_tanh",
        "The gates r and z went through a tanh. They are shares, between zero and one.",
        "np.split(sigmoid(",
        "np.split(np.tanh(",
    ),
    mistake(
        "order_zr",
        "You unpack the gates in the order z, r, n, which is that of Keras. Here, as "
        "in PyTorch, the reset gate comes first.",
        "r, z = ",
        "z, r = ",
        page="13-three-libraries",
    ),
    mistake(
        "one_gate_for_both",
        "One gate serves as reset and as update gate, the first block of the weights. "
        "What to look at and what to keep are two decisions.",
        "r, z = np.split(sigmoid(a_x[:, : 2 * H] + h @ W_rz), 2, axis=1)",
        "r = z = np.split(sigmoid(a_x[:, : 2 * H] + h @ W_rz), 2, axis=1)[0]",
    ),
    mistake(
        "gates_share_one_matrix",
        "Gates and candidate of your GRU share one weight matrix, and only their "
        "biases differ. Each has a block of its own.",
        _gru_shared_matrix,
    ),
    mistake(
        "input_for_candidate",
        "The input itself stands where the candidate belongs. That is a moving average "
        "of the inputs, which runs where there are as many inputs as units, and no "
        "GRU.",
        _gru_carries_input,
    ),
    mistake(
        "old_state_missing",
        "The old state is not carried over: the update gate scales the candidate, and "
        "what it leaves out is lost.",
        "(1 - z) * n + z * h",
        "(1 - z) * n",
    ),
    mistake(
        "candidate_ungated",
        "The candidate is added in full. The shares of new and old sum to one, or the "
        "state grows at every step.",
        "(1 - z) * n + z * h",
        "n + z * h",
    ),
    mistake(
        "reset_state_carried",
        "What is carried over is the state after the reset gate. The reset is for the "
        "candidate's eyes only; the update gate keeps the state as it was.",
        "(1 - z) * n + z * h",
        "(1 - z) * n + z * (r * h)",
    ),
    mistake(
        "bias_missing",
        "The bias is missing from gates and candidate of the GRU.",
        ' + params["b_h"]',
        "",
    ),
    mistake(
        "bias_twice",
        "The bias of the GRU is counted twice. Two biases make sense with the reset "
        "gate after the product; here there is one.",
        ' + params["b_h"]',
        ' + 2 * params["b_h"]',
        page="13-three-libraries",
    ),
)

GRU_DERIVATIVES = "dn * (1 - n**2), dz * z * (1 - z)"


def _gru_backward(kind, *mistakes):
    """The mistakes that both conventions share, in words of their own, and others."""
    after = kind == "gru_reset_after"
    which = "With the reset gate after the product" if after else "In this GRU"
    _backward(
        kind,
        "12-gru",
        mistake(
            "update_gate_inverted",
            f"{which} the gradient is shared out the wrong way round: the old state "
            "gets the share z, the candidate the rest.",
            "dh_next * (1 - z), dh",
            "dh_next * z, dh",
            "dh = dh_next * z +",
            "dh = dh_next * (1 - z) +",
            page="13-three-libraries",
        ),
        mistake(
            "direct_path_missing",
            f"{which} the direct way is missing from `dh`: what the update gate kept "
            "of the old state sends its gradient straight back.",
            "dh = dh_next * z +",
            "dh =",
        ),
        mistake(
            "update_gradient_sign",
            f"{which} the update gate's gradient has the wrong sign: opening it moves "
            "the state from the candidate towards the old state.",
            "dh_next * (h - n)",
            "dh_next * (n - h)",
        ),
        mistake(
            "update_gradient_half",
            f"{which} the update gate's gradient knows one of its two ways only: the "
            "gate scales the old state, and the candidate with what is left.",
            "dh_next * (h - n)",
            "dh_next * h",
        ),
        mistake(
            "candidate_derivative_missing",
            f"{which} the derivative of the candidate's tanh is missing.",
            GRU_DERIVATIVES,
            "dn, dz * z * (1 - z)",
        ),
        mistake(
            "update_derivative_missing",
            f"{which} the derivative of the update gate's sigmoid is missing.",
            GRU_DERIVATIVES,
            "dn * (1 - n**2), dz",
        ),
        mistake(
            "reset_derivative_missing",
            f"{which} the derivative of the reset gate's sigmoid is missing.",
            " * r * (1 - r)",
            "",
        ),
        mistake(
            "order_zr",
            f"{which} the gradients are packed in the order z, r, n; the weights begin "
            "with the reset gate.",
            *(
                (
                    "da_x = np.concatenate([da_r, da_z, da_n]",
                    "da_x = np.concatenate([da_z, da_r, da_n]",
                    "da_h = np.concatenate([da_r, da_z,",
                    "da_h = np.concatenate([da_z, da_r,",
                )
                if after
                else ("[da_r, da_z]", "[da_z, da_r]")
            ),
            page="13-three-libraries",
        ),
        *mistakes,
    )


_gru_backward(
    "gru",
    mistake(
        "db_mean",
        "In this GRU the bias got the mean over the batch in place of the sum.",
        '"b_h": da.sum(axis=0)',
        '"b_h": da.mean(axis=0)',
    ),
    mistake(
        "reset_path_missing",
        "The old state also acts through the reset gate; this way back is missing.",
        "da_rz @ W_rz.T",
        "np.concatenate([0 * da_r, da_z], axis=1) @ W_rz.T",
    ),
    mistake(
        "update_path_missing",
        "The old state also acts through the update gate; this way back is missing.",
        "da_rz @ W_rz.T",
        "np.concatenate([da_r, 0 * da_z], axis=1) @ W_rz.T",
    ),
    mistake(
        "kept_share_inverted",
        "Along the direct way the gradient got the candidate's share.",
        "dh_next * z",
        "dh_next * (1 - z)",
    ),
    mistake(
        "candidate_slope_of_sigmoid",
        "The slope of this GRU's candidate is that of a sigmoid; it has a tanh.",
        "(1 - n**2)",
        "n * (1 - n)",
    ),
    mistake(
        "dx_candidate_missing",
        "`dx` lacks what comes through the candidate.",
        'return da @ params["W_xh"].T',
        'return da_rz @ params["W_xh"][:, : 2 * H].T',
    ),
    mistake(
        "reset_factor_missing",
        "On the way from the candidate to the old state the reset gate is missing: "
        "what it hid gets no gradient.",
        "drh * r +",
        "drh +",
    ),
    mistake(
        "candidate_path_missing",
        "The way through the candidate is missing from `dh`: the old state was read "
        "there too, behind the reset gate.",
        " + drh * r",
        "",
    ),
    mistake(
        "gate_path_missing",
        "The way through the gates is missing from `dh`: both were made from the old "
        "state.",
        " + da_rz @ W_rz.T",
        "",
    ),
    mistake(
        "dW_n_from_whole_state",
        "The candidate's part of `dW_hh` uses the whole old state; that block was "
        "multiplied by what the reset gate had left of it.",
        "(r * h).T @ da_n",
        "h.T @ da_n",
    ),
    mistake(
        "reset_gradient_after",
        "The reset gate's gradient is that of the other convention, with the gate "
        "after the product. Here it multiplied the old state itself.",
        "da_r = drh * h *",
        "da_r = da_n * (h @ W_n) *",
        page="13-three-libraries",
    ),
)


def _after_before(x, h, params):
    """The other convention, with both biases."""
    H = h.shape[1]
    W, b = params["W_hh"], params["b_hh"]
    a_x, a_h = x @ params["W_xh"] + params["b_xh"], h @ W + b
    gates = cells.sigmoid(a_x[:, : 2 * H] + a_h[:, : 2 * H])
    r, z = np.split(gates, 2, axis=1)
    n = np.tanh(a_x[:, 2 * H :] + (r * h) @ W[:, 2 * H :] + b[2 * H :])
    return (1 - z) * n + z * h, None


_step(
    "gru_reset_after",
    "12-gru",
    mistake(
        "update_gate_inverted",
        "Your update gate keeps what it should replace: z is the share of the old "
        "state, in this convention as in the other.",
        "(1 - z) * n + z * h",
        "z * n + (1 - z) * h",
        page="13-three-libraries",
    ),
    mistake(
        "reset_before",
        "The reset gate comes before the matrix product. Here it acts after it, as in "
        "PyTorch, on what the product and its bias give.",
        _after_before,
        page="13-three-libraries",
    ),
    mistake(
        "bias_outside_reset",
        "The candidate's part of `b_hh` stands outside the reset gate. Inside is where "
        "it differs from `b_xh`, and the reason for a second bias.",
        "r * m)",
        'r * (m - params["b_hh"][2 * H :]) + params["b_hh"][2 * H :])',
        page="13-three-libraries",
    ),
    mistake(
        "reset_missing",
        "The reset gate does nothing: the product enters the candidate in full.",
        "r * m)",
        "m)",
    ),
    mistake(
        "reset_on_everything",
        "The reset gate scales the input's part of the candidate too. It acts on the "
        "state's part alone.",
        "np.tanh(a_x[:, 2 * H :] + r * m)",
        "np.tanh(r * (a_x[:, 2 * H :] + m))",
    ),
    mistake(
        "b_hh_missing",
        "`b_hh` is missing: there are two biases here, one with the input and one with "
        "the state.",
        ' + params["b_hh"]',
        "",
    ),
    mistake(
        "b_xh_missing",
        "`b_xh` is missing, the bias that goes with the input.",
        ' + params["b_xh"]',
        "",
    ),
    mistake(
        "b_xh_twice",
        "`b_xh` is used in both places; the state's part has `b_hh`.",
        'params["b_hh"]',
        'params["b_xh"]',
    ),
    mistake(
        "candidate_sigmoid",
        "The candidate went through a sigmoid as if it were a third gate.",
        "n = np.tanh(",
        "n = sigmoid(",
    ),
    mistake(
        "biases_exchanged",
        "The two biases are exchanged.",
        'x @ params["W_xh"] + params["b_xh"]',
        'x @ params["W_xh"] + params["b_hh"]',
        'h @ params["W_hh"] + params["b_hh"]',
        'h @ params["W_hh"] + params["b_xh"]',
    ),
    mistake(
        "both_biases_inside",
        "Both biases stand inside the bracket that the reset gate multiplies. One of "
        "them belongs to the input.",
        'x @ params["W_xh"] + params["b_xh"]',
        'x @ params["W_xh"]',
        'h @ params["W_hh"] + params["b_hh"]',
        'h @ params["W_hh"] + params["b_hh"] + params["b_xh"]',
    ),
    mistake(
        "order_zr",
        "You unpack z before r. That is the order in which Keras stores this GRU; here "
        "it is PyTorch's, r, z, n.",
        "r, z = ",
        "z, r = ",
        page="13-three-libraries",
    ),
)

_gru_backward(
    "gru_reset_after",
    mistake(
        "reset_factor_missing",
        "The reset gate is missing between the candidate and the state's product: "
        "`dW_hh` and `db_hh` see the candidate through it.",
        "[da_r, da_z, da_n * r]",
        "[da_r, da_z, da_n]",
    ),
    mistake(
        "reset_factor_on_input",
        "The input's part of the candidate does not pass the reset gate, neither "
        "forwards nor backwards.",
        "[da_r, da_z, da_n]",
        "[da_r, da_z, da_n * r]",
    ),
    mistake(
        "reset_gradient_from_state",
        "The reset gate's gradient uses the old state. What the gate multiplied was "
        "the product made from it, with its bias.",
        "da_n * m *",
        "da_n * h *",
    ),
    mistake(
        "matrix_path_missing",
        "`dh` knows the direct way only; the old state also went through `W_hh`.",
        ' + da_h @ params["W_hh"].T',
        "",
    ),
    mistake(
        "db_shared",
        "Both biases got one gradient. They differ in the candidate's part, where "
        "`b_hh` stands behind the reset gate.",
        '"b_hh": da_h.sum(axis=0)',
        '"b_hh": da_x.sum(axis=0)',
        page="13-three-libraries",
    ),
)
