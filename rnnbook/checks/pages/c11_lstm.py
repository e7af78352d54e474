"""Checks of 11-lstm: the cell, its gradient and its relatives."""

import math

import numpy as np

from rnnbook import cells
from rnnbook.cells import sigmoid
from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.pages._cells import (
    HC_STEP,
    backward_cases,
    enter_step,
    enter_step_backward,
    gradients,
    lstm_slips,
    variant_cases,
)
from rnnbook.checks.pages._shared import layer_sizes

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


enter_step(
    "lstm",
    "11-lstm",
    mistake(
        "gates_share_everything",
        "Your gates and the candidate are one and the same: all are made from the "
        "first block of the packed weights. Each needs its own block, or the cell "
        "cannot keep anything without writing.",
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
        "The input gate serves as forget gate and as output gate, too. Each gate has "
        "its own block of the packed weights.",
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
        "Your output gate is missing: the cell is always shown in full.",
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
        "Your forget gate works the other way round: in your step a gate of one "
        "erases the old cell. In the LSTM, a forget gate of one keeps it and a gate "
        "of zero erases it.",
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
        "The gates read the cell `c`. They should read the output `h`. Looking into "
        "the cell is what peepholes do, with weights of their own.",
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
        "The bias is counted twice. PyTorch has one bias for the input's part and one "
        "for the state's; this LSTM has one for both.",
        ' + params["b_h"]',
        ' + 2 * params["b_h"]',
        page="13-three-libraries",
    ),
    mistake(
        "W_xh_transposed",
        "`W_xh` is used transposed. Examples are rows, so `x` is multiplied by the "
        "matrix as it stands, and its columns belong to the gates.",
        'params["W_xh"]',
        'params["W_xh"].T',
    ),
)


enter_step_backward(
    "lstm",
    "11-lstm",
    mistake(
        "cell_gradient_forgotten",
        "The gradient through the cell is forgotten: what later steps sent back to the "
        "cell, `dc_next`, does not enter. It is the way on which a gradient survives "
        "many steps.",
        "dc = dc_next + dh_next * o * (1 - tanh_c**2)",
        "dc = dh_next * o * (1 - tanh_c**2)",
    ),
    mistake(
        "output_gradient_forgotten",
        "The cell gets its gradient from later steps only. This step's output was made "
        "from it too, and that second way is missing.",
        "dc = dc_next + dh_next * o * (1 - tanh_c**2)",
        "dc = dc_next + 0.0",
    ),
    mistake(
        "output_tanh_derivative_missing",
        "On the way from output to cell the derivative of the tanh is missing; the "
        "output gate is there.",
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
        "On the way from output to cell the output gate is missing: a cell that was "
        "not shown should get no gradient from the output.",
        "dh_next * o * (1",
        "dh_next * (1",
    ),
    mistake(
        "forget_gate_missing",
        "`dc` is handed back without the forget gate. Only a share of the old cell "
        "was kept, and only that share of the gradient goes back to it.",
        "dc * f), grads",
        "dc), grads",
    ),
    mistake(
        "forget_gate_from_new_cell",
        "The forget gate's gradient uses the new cell. What the gate multiplied was "
        "the old one.",
        "dc * c,",
        "dc * c_next,",
    ),
    mistake(
        "input_and_candidate_swapped",
        "The factors of input gate and candidate have changed places: each gets its "
        "gradient through the *other* one.",
        "dc * g, dc * c, dc * i",
        "dc * i, dc * c, dc * g",
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
        "The gates' derivatives are those of a tanh. The gates went through a sigmoid.",
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
        "dc * c,",
        "dc,",
    ),
    mistake(
        "candidate_missing",
        "The gradient of the input gate lacks what that gate multiplies.",
        "dc * g,",
        "dc,",
    ),
    mistake(
        "input_gate_missing",
        "The gradient of the candidate lacks the gate that lets it in.",
        "dc * i",
        "dc",
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
        "`db_h` is averaged over the batch, and should be the sum, as `dW_xh` and "
        "`dW_hh` are.",
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
        "What arrived, `dc_next`, was handed back times the forget gate. What reaches "
        "the cell through this step's output goes back to the old cell too.",
        "dc * f), grads",
        "dc_next * f), grads",
    ),
)


def lstm_parameters(D, H):
    """An LSTM layer with one bias."""
    return 4 * (D * H + H * H + H)


enter(
    Check(
        "lstm.parameters",
        "11-lstm",
        lstm_parameters,
        "D, H",
        ("count",),
        layer_sizes,
        (
            mistake(
                "one_gate",
                "That is one gate. Each of the four parts has weights of its own.",
                "4 * (",
                "1 * (",
            ),
            mistake(
                "three_gates",
                "Three gates were counted; the candidate has weights too.",
                "4 * (",
                "3 * (",
            ),
            mistake(
                "bias_missing",
                "The biases of the gates were not counted.",
                " + H)",
                ")",
            ),
            mistake(
                "two_biases",
                "Each gate was counted with two biases. PyTorch stores two, of which "
                "one is redundant; this layer has one.",
                " + H)",
                " + 2 * H)",
                page="13-three-libraries",
            ),
            mistake(
                "one_bias_for_all",
                "One bias was counted for all gates together.",
                "4 * (D * H + H * H + H)",
                "4 * (D * H + H * H) + H",
            ),
            mistake(
                "state_matrix_missing",
                "The gates read the old output too: those matrices are missing.",
                " + H * H",
                "",
            ),
            mistake(
                "sizes_exchanged",
                "Inputs and units have changed places: the square is that of the "
                "number of inputs. The square matrix leads from the units to the "
                "units, and each unit has a bias.",
                "D * H + H * H + H",
                "D * H + D * D + D",
            ),
            mistake(
                "square_of_both_sizes",
                "Inputs and state were put side by side, and a square matrix counted "
                "for both. Its rows are as many as both together, its columns as many "
                "as the units.",
                "D * H + H * H + H",
                "(D + H) ** 2 + H",
            ),
            mistake(
                "only_the_bias_four_times",
                "Only the biases were counted for each of the four parts. Each part "
                "has its own matrices as well.",
                "4 * (D * H + H * H + H)",
                "D * H + H * H + 4 * H",
            ),
            mistake(
                "state_matrix_as_vector",
                "The matrix for the state was counted as a vector of H numbers. Every "
                "unit reads every other one.",
                "H * H",
                "H",
            ),
            mistake(
                "square_of_inputs",
                "The matrix for the state was counted as a square of the number of "
                "inputs. It leads from the units to the units.",
                "H * H",
                "D * D",
            ),
            mistake(
                "input_matrix_missing",
                "The gates read the input too: those matrices are missing.",
                "D * H + H * H",
                "H * H",
            ),
            mistake(
                "bias_of_inputs",
                "The bias was counted with one number for each input. It has one for "
                "each unit.",
                " + H)",
                " + D)",
            ),
            mistake(
                "state_counted",
                "The state was counted. It is computed anew for each sequence and not "
                "learned.",
                "4 * (D * H + H * H + H)",
                "4 * (D * H + H * H + H) + 2 * H",
            ),
            mistake(
                "bias_of_one_number",
                "The bias of each gate was counted as a single number. It has one for "
                "each unit.",
                "H * H + H)",
                "H * H + 1)",
            ),
            mistake(
                "state_matrix_once",
                "The matrix for the state and the bias were counted once. Each of the "
                "four parts has its own.",
                "4 * (D * H + H * H + H)",
                "4 * D * H + H * H + H",
            ),
            mistake(
                "state_of_four_gates",
                "The matrix for the state was counted with four times as many rows. "
                "The gates read one state, of H numbers.",
                "H * H + H",
                "4 * H * H + H",
            ),
        ),
    )
)


def bias_for(k):
    """The forget bias of a cell that halves in k steps."""
    p = 2 ** (-1 / k)
    return math.log(p / (1 - p))


enter(
    Check(
        "lstm.bias_for",
        "11-lstm",
        bias_for,
        "k",
        ("bias",),
        lambda rng: [Case(f"k = {k}", (k,)) for k in (1, 2, 10, 100)],
        (
            mistake(
                "gate_not_bias",
                "That is the value of the gate. The bias is what goes into the "
                "sigmoid.",
                "math.log(p / (1 - p))",
                "p",
            ),
            mistake(
                "logarithm_only",
                "That is the logarithm of the gate. The inverse of the sigmoid is "
                "another function.",
                "math.log(p / (1 - p))",
                "math.log(p)",
            ),
            mistake(
                "time_constant",
                "With this gate 1/e is left after k steps, not one half.",
                "2 ** (-1 / k)",
                "math.exp(-1 / k)",
            ),
            mistake(
                "linear",
                "The gate was set so that half is lost when the losses are *added*. "
                "They multiply: each step takes its share of what is left.",
                "2 ** (-1 / k)",
                "1 - 0.5 / k",
            ),
            mistake(
                "sign",
                "The sign is the other way round: this is the bias of one minus the "
                "gate.",
                "p / (1 - p)",
                "(1 - p) / p",
            ),
            mistake(
                "product_for_quotient",
                "The gate was multiplied by one minus itself. The inverse of the "
                "sigmoid divides; the product is the sigmoid's slope.",
                "math.log(p / (1 - p))",
                "math.log(p * (1 - p))",
            ),
            mistake(
                "rule_for_long_memories",
                "That is the rule for long half-lives, the logarithm of k over ln 2. "
                "It is near for large k, and the exact bias is asked for.",
                "math.log(p / (1 - p))",
                "math.log(k / math.log(2))",
            ),
            mistake(
                "plus_in_the_inverse",
                "One was added where it is taken off: the inverse of the sigmoid has "
                "one over the gate, minus one.",
                "math.log(p / (1 - p))",
                "-math.log(1 / p + 1)",
            ),
            mistake(
                "half_over_the_steps",
                "The gate is one half, divided by the number of steps. It is the root "
                "of one half that is wanted: that number, multiplied k times, gives "
                "one half.",
                "2 ** (-1 / k)",
                "0.5 / k",
            ),
            mistake(
                "base_two",
                "The logarithm has base two. The sigmoid is made with e, so its "
                "inverse needs the natural logarithm.",
                "math.log(p / (1 - p))",
                "math.log2(p / (1 - p))",
            ),
            mistake(
                "power_not_root",
                "This gate is one half to the power k. Its content is halved k times "
                "in the first step alone; it should be halved once in all k steps "
                "together.",
                "p = 2 ** (-1 / k)",
                "p = 2.0**-k",
            ),
            mistake(
                "half_of_the_steps",
                "With this gate the content halves in 2k steps, not in k.",
                "2 ** (-1 / k)",
                "2 ** (-0.5 / k)",
            ),
            mistake(
                "share_of_one_step",
                "The gate was set to lose one part in k at each step. After k steps "
                "nearly 1/e is left then, and not one half.",
                "    p = 2 ** (-1 / k)\n    return math.log(p / (1 - p))",
                "    return math.log(k - 1) if k > 1 else -math.inf",
            ),
            mistake(
                "logarithm_of_the_steps",
                "That is the logarithm of the number of steps, a rule of thumb for a "
                "time constant. The bias for a half-life can be computed exactly.",
                "math.log(p / (1 - p))",
                "math.log(k)",
            ),
            mistake(
                "inverse_of_tanh",
                "The inverse is that of the tanh. A gate is made by a sigmoid.",
                "math.log(p / (1 - p))",
                "math.atanh(p)",
            ),
            mistake(
                "sigmoid_of_the_gate",
                "The gate went through the sigmoid once more, instead of back through "
                "it.",
                "math.log(p / (1 - p))",
                "1 / (1 + math.exp(-p))",
            ),
        ),
    )
)


def split_gates(a):
    """Packed sums (B, 4H) as four of (B, H), in the order i, f, g, o."""
    return tuple(np.split(a, 4, axis=1))


def _packed(rng):
    return [
        Case("three units", (rng.normal(size=(2, 12)),)),
        Case("four examples", (rng.normal(size=(4, 8)),)),
        Case("as many rows as columns", (rng.normal(size=(8, 8)),)),
    ]


enter(
    Check(
        "shapes.split_gates",
        "11-lstm",
        split_gates,
        "a",
        (("a_i", "a_f", "a_g", "a_o"),),
        _packed,
        (
            mistake(
                "interleaved",
                "Every fourth column was taken. A gate is a block of neighbouring "
                "columns: the units vary fastest.",
                "np.split(a, 4, axis=1)",
                "a[:, k::4] for k in range(4)",
            ),
            mistake(
                "rows",
                "The rows were divided among the gates. Rows are examples; the gates "
                "lie side by side in the columns.",
                "axis=1",
                "axis=0",
            ),
            mistake(
                "candidate_last",
                "The last two are in the order o, g. PyTorch and Keras both have the "
                "candidate before the output gate.",
                "tuple(np.split(a, 4, axis=1))",
                "tuple(np.split(a, 4, axis=1)[k] for k in (0, 1, 3, 2))",
                page="13-three-libraries",
            ),
            mistake(
                "forget_first",
                "The first two are in the order f, i; the input gate comes first.",
                "tuple(np.split(a, 4, axis=1))",
                "tuple(np.split(a, 4, axis=1)[k] for k in (1, 0, 2, 3))",
                page="13-three-libraries",
            ),
        ),
    )
)


def cifg_step(x, state, params):
    """The LSTM with i = 1 - f, packed f, g, o."""
    h, c = state
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    a_f, a_g, a_o = np.split(a, 3, axis=1)
    f, g, o = sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + (1 - f) * g
    return (o * np.tanh(c_next), c_next), (x, h, c, f, g, o, c_next)


enter(
    Check(
        "lstm.cifg_step",
        "11-lstm",
        cifg_step,
        "x, (h, c), params",
        HC_STEP,
        variant_cases(3),
        (
            mistake(
                "gates_through_tanh",
                "Both gates of the coupled cell went through a tanh, and may be "
                "negative. They are shares, between zero and one.",
                "sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)",
                "np.tanh(a_f), np.tanh(a_g), np.tanh(a_o)",
            ),
            mistake(
                "coupled_other_way",
                "The one gate is used the other way round: the first block is f, the "
                "share of the old cell that is *kept*.",
                "f * c + (1 - f) * g",
                "(1 - f) * c + f * g",
            ),
            mistake(
                "not_coupled",
                "The candidate is written in full. What is kept and what is written "
                "should add up to one.",
                "(1 - f) * g",
                "g",
            ),
            mistake(
                "same_gate",
                "The forget gate scales old and new alike. The more is kept, the less "
                "should be written.",
                "f * c + (1 - f) * g",
                "f * c + f * g",
            ),
            mistake(
                "order_fog",
                "You unpack f, o, g; the exercise packs f, g, o.",
                "a_f, a_g, a_o =",
                "a_f, a_o, a_g =",
            ),
            mistake(
                "output_tanh_missing",
                "The tanh between cell and output is missing. This variant has it, "
                "too.",
                "o * np.tanh(c_next)",
                "o * c_next",
            ),
            mistake(
                "bias_missing",
                "The bias is missing from all sums of the coupled cell.",
                ' + params["b_h"]',
                "",
            ),
            mistake(
                "bias_twice",
                "The bias of the coupled cell is counted twice.",
                ' + params["b_h"]',
                ' + 2 * params["b_h"]',
            ),
            mistake(
                "state_missing",
                "The old output does not enter: the coupled gate, the candidate and "
                "the output gate know the input only.",
                ' + h @ params["W_hh"]',
                "",
            ),
            mistake(
                "candidate_sigmoid",
                "The candidate of the coupled cell went through a sigmoid. It keeps "
                "its tanh; only the input gate is left out.",
                "np.tanh(a_g)",
                "sigmoid(a_g)",
            ),
            mistake(
                "candidate_linear",
                "The candidate of the coupled cell has lost its tanh. Only the input "
                "gate is left out.",
                "np.tanh(a_g)",
                "a_g",
            ),
            mistake(
                "gates_linear",
                "The two gates have no sigmoid, so that they are no shares.",
                "sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)",
                "a_f, np.tanh(a_g), a_o",
            ),
            mistake(
                "cell_squashed",
                "The coupled cell went through a tanh before it was kept. It is "
                "squashed only where it is shown.",
                "c_next = f * c + (1 - f) * g",
                "c_next = np.tanh(f * c + (1 - f) * g)",
            ),
            mistake(
                "tanh_after_gate",
                "The tanh of the coupled cell comes after the output gate, and belongs "
                "before it.",
                "o * np.tanh(c_next)",
                "np.tanh(o * c_next)",
            ),
            mistake(
                "old_cell_shown",
                "The output shows the old cell. It should show the new one, in this "
                "variant, too.",
                "o * np.tanh(c_next)",
                "o * np.tanh(c)",
            ),
            mistake(
                "output_gate_missing",
                "The output gate was left out. In this variant it is the *input* gate "
                "that is left out.",
                "o * np.tanh(c_next)",
                "np.tanh(c_next)",
            ),
            mistake(
                "old_cell_missing",
                "The old cell does not enter the new one: only what is written is "
                "there.",
                "f * c + (1 - f) * g",
                "(1 - f) * g",
            ),
            mistake(
                "h_for_c",
                "The coupled gate keeps the old output in place of the old cell.",
                "f * c + (1 - f) * g",
                "f * h + (1 - f) * g",
            ),
            mistake(
                "state_swapped",
                "Output and cell have changed places as they came in.",
                "h, c = state",
                "c, h = state",
            ),
            mistake(
                "candidate_from_forget_block",
                "The candidate is made from the block of the forget gate. The second "
                "block is its own.",
                "np.tanh(a_g)",
                "np.tanh(a_f)",
            ),
            mistake(
                "one_minus_the_sum",
                "What is written has the share one minus the *sum* of the forget gate, "
                "without its sigmoid. It is one minus the gate.",
                "(1 - f) * g",
                "(1 - a_f) * g",
            ),
            mistake(
                "rest_for_both",
                "One minus the forget gate scales old and new alike. The gate itself "
                "says how much of the old cell is kept.",
                "f * c + (1 - f) * g",
                "(1 - f) * c + (1 - f) * g",
            ),
            mistake(
                "old_cell_returned",
                "The old cell is handed back as the new one, so that the coupled cell "
                "never changes.",
                "o * np.tanh(c_next), c_next)",
                "o * np.tanh(c_next), c)",
            ),
            mistake(
                "output_returned_as_cell",
                "The output is handed back as the cell, too. The coupled cell goes on "
                "as it was before tanh and output gate.",
                "o * np.tanh(c_next), c_next)",
                "o * np.tanh(c_next), o * np.tanh(c_next))",
            ),
            mistake(
                "order_gof",
                "You unpack g, o, f; the first of the three blocks is that of f.",
                "a_f, a_g, a_o =",
                "a_g, a_o, a_f =",
            ),
            mistake(
                "order_ofg",
                "You unpack o, f, g; the output gate has the last of the three blocks.",
                "a_f, a_g, a_o =",
                "a_o, a_f, a_g =",
            ),
            mistake(
                "order_ogf",
                "You unpack o, g, f, the blocks in reverse.",
                "a_f, a_g, a_o =",
                "a_o, a_g, a_f =",
            ),
            mistake(
                "output_gate_linear",
                "The output gate has no sigmoid; the forget gate has its own.",
                "sigmoid(a_o)",
                "a_o",
            ),
            mistake(
                "order_gfo",
                "You unpack g, f, o; the exercise packs the forget gate first.",
                "a_f, a_g, a_o =",
                "a_g, a_f, a_o =",
            ),
            mistake(
                "gates_interleaved",
                "Every third column was taken for a gate. The blocks lie side by side, "
                "each with as many columns as there are units.",
                "np.split(a, 3, axis=1)",
                "(a[:, k::3] for k in range(3))",
            ),
            mistake(
                "one_minus_before_sigmoid",
                "One minus was taken inside the sigmoid. It is the gate that is taken "
                "from one, after its sigmoid.",
                "(1 - f) * g",
                "sigmoid(1 - a_f) * g",
            ),
            mistake(
                "output_gate_tanh",
                "The output gate went through a tanh. It is a share, between zero and "
                "one.",
                "np.tanh(a_g), sigmoid(a_o)",
                "np.tanh(a_g), np.tanh(a_o)",
            ),
            mistake(
                "cell_through_sigmoid",
                "The cell was shown through a sigmoid. It goes through a tanh.",
                "o * np.tanh(c_next)",
                "o * sigmoid(c_next)",
            ),
        ),
    )
)


def peephole_step(x, state, params):
    """The LSTM whose gates see the cell."""
    h, c = state
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f = sigmoid(a_i + c * params["p_i"]), sigmoid(a_f + c * params["p_f"])
    g = np.tanh(a_g)
    c_next = f * c + i * g
    o = sigmoid(a_o + c_next * params["p_o"])
    return (o * np.tanh(c_next), c_next), (x, h, c, i, f, g, o, c_next)


enter(
    Check(
        "lstm.peephole_step",
        "11-lstm",
        peephole_step,
        "x, (h, c), params",
        HC_STEP,
        variant_cases(4, peepholes=True),
        (
            mistake(
                "no_peepholes",
                "That is the LSTM without peepholes: the gates do not see the cell.",
                cells.lstm_step,
            ),
            *lstm_slips("the cell with peepholes", "o"),
            mistake(
                "bias_missing",
                "The bias is missing from the sums beside the peepholes.",
                ' + params["b_h"]',
                "",
            ),
            mistake(
                "state_missing",
                "The old output is gone from the sums. The peepholes come in addition "
                "to it.",
                ' + h @ params["W_hh"]',
                "",
            ),
            mistake(
                "output_tanh_missing",
                "The cell with peepholes is shown without its tanh.",
                "o * np.tanh(c_next)",
                "o * c_next",
            ),
            mistake(
                "candidate_linear",
                "The candidate beside the peepholes has lost its tanh.",
                "g = np.tanh(a_g)",
                "g = a_g",
            ),
            mistake(
                "candidate_sigmoid",
                "The candidate beside the peepholes went through a sigmoid. It has a "
                "tanh.",
                "g = np.tanh(a_g)",
                "g = sigmoid(a_g)",
            ),
            mistake(
                "order_ifog",
                "With peepholes, too, the packed order is i, f, g, o; you unpack i, f, "
                "o, g.",
                "a_i, a_f, a_g, a_o =",
                "a_i, a_f, a_o, a_g =",
            ),
            mistake(
                "peepholes_after_sigmoid",
                "The peepholes are added to the gates after their sigmoids, so that no "
                "gate is a share any more. They belong to the sums inside.",
                'sigmoid(a_i + c * params["p_i"]), sigmoid(a_f + c * params["p_f"])',
                'sigmoid(a_i) + c * params["p_i"], sigmoid(a_f) + c * params["p_f"]',
                'sigmoid(a_o + c_next * params["p_o"])',
                'sigmoid(a_o) + c_next * params["p_o"]',
            ),
            mistake(
                "every_peephole_to_h",
                "All three peepholes look at the old output `h`, which the gates see "
                "anyway through `W_hh`. A peephole looks at the cell.",
                'a_i + c * params["p_i"]',
                'a_i + h * params["p_i"]',
                'a_f + c * params["p_f"]',
                'a_f + h * params["p_f"]',
                'a_o + c_next * params["p_o"]',
                'a_o + h * params["p_o"]',
            ),
            mistake(
                "every_peephole_after_tanh",
                "All three peepholes look at the tanh of the cell. They see the cell "
                "itself.",
                'a_i + c * params["p_i"]',
                'a_i + np.tanh(c) * params["p_i"]',
                'a_f + c * params["p_f"]',
                'a_f + np.tanh(c) * params["p_f"]',
                'a_o + c_next * params["p_o"]',
                'a_o + np.tanh(c_next) * params["p_o"]',
            ),
            mistake(
                "peepholes_summed_over_cells",
                "Each peephole is a product that was summed over the cells, so that "
                "every gate sees all cells alike. A gate sees its own cell only, entry "
                "by entry.",
                'a_i + c * params["p_i"]',
                'a_i + (c @ params["p_i"])[:, None]',
                'a_f + c * params["p_f"]',
                'a_f + (c @ params["p_f"])[:, None]',
                'a_o + c_next * params["p_o"]',
                'a_o + (c_next @ params["p_o"])[:, None]',
            ),
            mistake(
                "peepholes_as_matrix_products",
                "Cell and peephole are multiplied as matrices, which leaves one number "
                "for each example. A gate sees its own cell only, entry by entry.",
                'a_i + c * params["p_i"]',
                'a_i + c @ params["p_i"]',
                'a_f + c * params["p_f"]',
                'a_f + c @ params["p_f"]',
                'a_o + c_next * params["p_o"]',
                'a_o + c_next @ params["p_o"]',
            ),
            mistake(
                "output_peephole_to_h",
                "The peephole of the output gate looks at the old output `h`. It looks "
                "at the new cell; the other two are right.",
                "a_o + c_next *",
                "a_o + h *",
            ),
            mistake(
                "one_peephole_for_all",
                "All three gates have the peephole of the input gate. Each has weights "
                "of its own.",
                'c * params["p_f"]',
                'c * params["p_i"]',
                'c_next * params["p_o"]',
                'c_next * params["p_i"]',
            ),
            mistake(
                "forget_and_output_peepholes_swapped",
                "`p_f` and `p_o` have changed places.",
                'c * params["p_f"]',
                'c * params["p_o"]',
                'c_next * params["p_o"]',
                'c_next * params["p_f"]',
            ),
            mistake(
                "input_and_output_peepholes_swapped",
                "`p_i` and `p_o` have changed places.",
                'c * params["p_i"]',
                'c * params["p_o"]',
                'c_next * params["p_o"]',
                'c_next * params["p_i"]',
            ),
            mistake(
                "output_gate_linear",
                "The output gate has no sigmoid: the sum with its peephole is used as "
                "it is.",
                'sigmoid(a_o + c_next * params["p_o"])',
                'a_o + c_next * params["p_o"]',
            ),
            mistake(
                "input_and_forget_swapped",
                "The blocks of input gate and forget gate have changed places; with "
                "peepholes, too, the first one writes.",
                "a_i, a_f, a_g, a_o =",
                "a_f, a_i, a_g, a_o =",
            ),
            mistake(
                "output_peephole_added",
                "In the output gate the cell and its peephole are added. They are "
                "multiplied.",
                'c_next * params["p_o"]',
                'c_next + params["p_o"]',
            ),
            mistake(
                "peepholes_added",
                "In all three gates the cell and its peephole are added. A peephole is "
                "a weight, and multiplies the cell.",
                'a_i + c * params["p_i"]',
                'a_i + c + params["p_i"]',
                'a_f + c * params["p_f"]',
                'a_f + c + params["p_f"]',
                'a_o + c_next * params["p_o"]',
                'a_o + c_next + params["p_o"]',
            ),
            mistake(
                "peephole_weights_missing",
                "The cell enters all three gates without its weights, the peepholes.",
                'a_i + c * params["p_i"]',
                "a_i + c",
                'a_f + c * params["p_f"]',
                "a_f + c",
                'a_o + c_next * params["p_o"]',
                "a_o + c_next",
            ),
            mistake(
                "output_sees_old_cell",
                "The output gate looks at the old cell. By the time it opens, the new "
                "one is there, and that is what it looks at.",
                "a_o + c_next *",
                "a_o + c *",
            ),
            mistake(
                "output_peephole_missing",
                "The output gate has no peephole.",
                'a_o + c_next * params["p_o"]',
                "a_o",
            ),
            mistake(
                "input_and_forget_peepholes_swapped",
                "`p_i` and `p_f` have changed places.",
                'a_i + c * params["p_i"]',
                'a_i + c * params["p_f"]',
                'a_f + c * params["p_f"]',
                'a_f + c * params["p_i"]',
            ),
            mistake(
                "peephole_after_sigmoid",
                "The peephole of the output gate is added after the sigmoid, so that "
                "the gate is no share any more.",
                'sigmoid(a_o + c_next * params["p_o"])',
                'sigmoid(a_o) + c_next * params["p_o"]',
            ),
            mistake(
                "peephole_to_h",
                "The peepholes look at the output `h`. They are there to see the cell "
                "itself, which the output gate may hide.",
                'a_i + c * params["p_i"]',
                'a_i + h * params["p_i"]',
                'a_f + c * params["p_f"]',
                'a_f + h * params["p_f"]',
            ),
            mistake(
                "input_peephole_missing",
                "The input gate has no peephole.",
                'a_i + c * params["p_i"]',
                "a_i",
            ),
            mistake(
                "forget_peephole_missing",
                "The forget gate has no peephole.",
                'a_f + c * params["p_f"]',
                "a_f",
            ),
            mistake(
                "only_the_output_peephole",
                "Only the output gate sees the cell. Input gate and forget gate have "
                "peepholes as well.",
                'a_i + c * params["p_i"]',
                "a_i",
                'a_f + c * params["p_f"]',
                "a_f",
            ),
            mistake(
                "output_sees_what_is_shown",
                "The output gate looks at the new cell after its tanh. A peephole sees "
                "the bare cell.",
                "a_o + c_next *",
                "a_o + np.tanh(c_next) *",
            ),
            mistake(
                "cell_not_multiplied",
                "The peepholes were added to the sums as if they were biases: the cell "
                "does not enter.",
                'a_i + c * params["p_i"]',
                'a_i + params["p_i"]',
                'a_f + c * params["p_f"]',
                'a_f + params["p_f"]',
                'a_o + c_next * params["p_o"]',
                'a_o + params["p_o"]',
            ),
        ),
    )
)


def peephole_step_backward(dstate, cache, params):
    """Gradient of :func:`peephole_step`."""
    dh_next, dc_next = dstate
    x, h, c, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
    da_o = dh_next * tanh_c * o * (1 - o)
    dc = dc_next + dh_next * o * (1 - tanh_c**2) + da_o * params["p_o"]
    da_i, da_f = dc * g * i * (1 - i), dc * c * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    dc_before = dc * f + da_i * params["p_i"] + da_f * params["p_f"]
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    grads["p_i"], grads["p_f"] = (da_i * c).sum(axis=0), (da_f * c).sum(axis=0)
    grads["p_o"] = (da_o * c_next).sum(axis=0)
    return da @ params["W_xh"].T, (da @ params["W_hh"].T, dc_before), grads


def _peephole_backward_cases(rng):
    found = []
    for label, (x, start, p) in variant_cases(4, peepholes=True)(rng):
        _, cache = peephole_step(x, start, p)
        dstate = tuple(rng.normal(size=(2, *start[0].shape)))
        found.append(Case(label, (dstate, cache, p)))
    return found


enter(
    Check(
        "lstm.peephole_step_backward",
        "11-lstm",
        peephole_step_backward,
        "(dh_next, dc_next), cache, params",
        gradients("lstm", ("dh", "dc"), "p_i", "p_f", "p_o"),
        _peephole_backward_cases,
        (
            mistake(
                "output_peephole_path_missing",
                "The way from the output gate through its peephole to the new cell is "
                "missing.",
                ' + da_o * params["p_o"]',
                "",
            ),
            mistake(
                "output_peephole_path_late",
                "What comes from the output gate through its peephole joins the "
                "gradient of the new cell too late: input gate, forget gate and "
                "candidate got theirs without it.",
                ' + da_o * params["p_o"]',
                "",
                "dc_before = dc * f",
                'dc_before = (dc + da_o * params["p_o"]) * f',
            ),
            mistake(
                "output_peephole_path_to_old_cell",
                "What comes from the output gate through its peephole was given to the "
                "old cell. That gate looked at the new one.",
                ' + da_o * params["p_o"]',
                "",
                ' + da_f * params["p_f"]',
                ' + da_f * params["p_f"] + da_o * params["p_o"]',
            ),
            mistake(
                "output_peephole_path_outside_the_gate",
                "On the way from the output gate through its peephole to the new cell "
                "the slope of the gate's sigmoid is missing: the peephole stands "
                "inside it.",
                'da_o * params["p_o"]',
                'dh_next * tanh_c * params["p_o"]',
            ),
            mistake(
                "output_slope_missing",
                "In the gradient of the output gate's sum the slope of its sigmoid is "
                "missing, and so in all that its peephole passes on.",
                "dh_next * tanh_c * o * (1 - o)",
                "dh_next * tanh_c",
            ),
            mistake(
                "output_peephole_path_through_tanh",
                "What comes through the peephole of the output gate was multiplied by "
                "the slope of the tanh. The peephole sees the cell before the tanh.",
                'dh_next * o * (1 - tanh_c**2) + da_o * params["p_o"]',
                '(dh_next * o + da_o * params["p_o"]) * (1 - tanh_c**2)',
            ),
            mistake(
                "peephole_gradients_without_slopes",
                "The gradients of the peepholes are made with those of the gates, "
                "without the slopes of the sigmoids. A peephole stands in the sum "
                "inside.",
                "(da_i * c).sum(axis=0), (da_f * c).sum(axis=0)",
                "(dc * g * c).sum(axis=0), (dc * c * c).sum(axis=0)",
                "(da_o * c_next).sum(axis=0)",
                "(dh_next * tanh_c * c_next).sum(axis=0)",
            ),
            mistake(
                "p_f_from_input_gate",
                "`dp_f` is made with the gradient of the input gate.",
                "(da_f * c).sum",
                "(da_i * c).sum",
            ),
            mistake(
                "old_cell_paths_without_slopes",
                "On the ways through the peepholes of input and forget gate to the old "
                "cell the slopes of the sigmoids are missing. The peepholes stand in "
                "the sums inside.",
                'da_i * params["p_i"] + da_f * params["p_f"]',
                'dc * g * params["p_i"] + dc * c * params["p_f"]',
            ),
            mistake(
                "peephole_gradients_from_h",
                "`dp_i` and `dp_f` are made with the old output. The peepholes "
                "multiplied the old cell.",
                "(da_i * c).sum(axis=0), (da_f * c).sum(axis=0)",
                "(da_i * h).sum(axis=0), (da_f * h).sum(axis=0)",
            ),
            mistake(
                "direct_way_missing",
                "The old cell gets its gradient through the peepholes only. What the "
                "forget gate kept of it is the main way back.",
                "dc_before = dc * f + ",
                "dc_before = ",
            ),
            mistake(
                "p_i_and_p_f_exchanged",
                "`dp_i` and `dp_f` have changed places.",
                'grads["p_i"], grads["p_f"] =',
                'grads["p_f"], grads["p_i"] =',
            ),
            mistake(
                "input_slope_missing",
                "In the gradient of the input gate's sum the slope of its sigmoid is "
                "missing, and so in what its peephole passes on.",
                "dc * g * i * (1 - i)",
                "dc * g",
            ),
            mistake(
                "forget_slope_missing",
                "In the gradient of the forget gate's sum the slope of its sigmoid is "
                "missing, and so in what its peephole passes on.",
                "dc * c * f * (1 - f)",
                "dc * c",
            ),
            mistake(
                "candidate_slope_missing",
                "The slope of the candidate's tanh is missing; peepholes change "
                "nothing there.",
                "da_g = dc * i * (1 - g**2)",
                "da_g = dc * i",
            ),
            mistake(
                "all_slopes_missing",
                "The slopes of the three sigmoids are missing: these are the gradients "
                "of the gates, and the peepholes stand in the sums inside.",
                "dh_next * tanh_c * o * (1 - o)",
                "dh_next * tanh_c",
                "dc * g * i * (1 - i), dc * c * f * (1 - f)",
                "dc * g, dc * c",
            ),
            mistake(
                "peephole_gradients_summed_over_cells",
                "The gradients of the peepholes were summed over the cells. Each cell "
                "has a peephole of its own; the sum runs over the examples.",
                "(da_i * c).sum(axis=0), (da_f * c).sum(axis=0)",
                "(da_i * c).sum(axis=1), (da_f * c).sum(axis=1)",
                "(da_o * c_next).sum(axis=0)",
                "(da_o * c_next).sum(axis=1)",
            ),
            mistake(
                "peephole_gradients_one_number",
                "The gradient of each peephole is one number: it was summed over the "
                "cells, too.",
                "(da_i * c).sum(axis=0), (da_f * c).sum(axis=0)",
                "(da_i * c).sum(), (da_f * c).sum()",
                "(da_o * c_next).sum(axis=0)",
                "(da_o * c_next).sum()",
            ),
            mistake(
                "forget_gate_missing",
                "The old cell of the cell with peepholes gets the gradient of the new "
                "one in full. Only the share `f` of it was kept.",
                "dc_before = dc * f",
                "dc_before = dc",
            ),
            mistake(
                "later_steps_missing",
                "What later steps sent back to the cell with peepholes does not enter.",
                "dc = dc_next + dh_next",
                "dc = dh_next",
            ),
            mistake(
                "output_path_missing",
                "The way from the output through the tanh to the new cell is missing; "
                "the one through the output gate's peephole is there.",
                " + dh_next * o * (1 - tanh_c**2)",
                "",
            ),
            mistake(
                "order_ifog",
                "With peepholes, too, the gradients are packed in the order i, f, g, "
                "o.",
                "[da_i, da_f, da_g, da_o]",
                "[da_i, da_f, da_o, da_g]",
            ),
            mistake(
                "old_cell_paths_missing",
                "`dc` lacks what the old cell gets through the peepholes of input and "
                "forget gate.",
                ' + da_i * params["p_i"] + da_f * params["p_f"]',
                "",
            ),
            mistake(
                "p_o_from_old_cell",
                "`dp_o` is made with the old cell; that gate looked at the new one.",
                "da_o * c_next).sum",
                "da_o * c).sum",
            ),
            mistake(
                "peephole_gradient_mean",
                "`dp_o` is a mean over the examples; gradients of weights are sums.",
                "(da_o * c_next).sum(axis=0)",
                "(da_o * c_next).mean(axis=0)",
            ),
            mistake(
                "p_i_and_p_f_from_new_cell",
                "`dp_i` and `dp_f` are made with the new cell; those gates looked at "
                "the old one, before there was a new one.",
                "(da_i * c).sum(axis=0), (da_f * c).sum",
                "(da_i * c_next).sum(axis=0), (da_f * c_next).sum",
            ),
            mistake(
                "peephole_factors_missing",
                "The gradients of the peepholes are sums of the gates' gradients "
                "alone. Each peephole was multiplied by a cell.",
                "(da_i * c).sum(axis=0), (da_f * c).sum(axis=0)",
                "da_i.sum(axis=0), da_f.sum(axis=0)",
                "(da_o * c_next).sum(axis=0)",
                "da_o.sum(axis=0)",
            ),
            mistake(
                "peephole_gradients_not_summed",
                "The gradients of the peepholes have a row for each example. They are "
                "summed over the batch, as that of a bias is.",
                "(da_i * c).sum(axis=0), (da_f * c).sum(axis=0)",
                "da_i * c, da_f * c",
                "(da_o * c_next).sum(axis=0)",
                "da_o * c_next",
            ),
            mistake(
                "old_cell_through_input_gate_only",
                "`dc` has the way through the peephole of the input gate, and not the "
                "one through that of the forget gate.",
                ' + da_f * params["p_f"]',
                "",
            ),
            mistake(
                "old_cell_through_forget_gate_only",
                "`dc` has the way through the peephole of the forget gate, and not the "
                "one through that of the input gate.",
                ' + da_i * params["p_i"]',
                "",
            ),
        ),
    )
)


def _counted(text, keep, write):
    """What a cell holds that keeps and writes these shares at every letter."""
    c = 0.0
    for letter in text:
        c = keep * c + (write if letter == "a" else -write)
    return c


_WEIGHTS = np.array([0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20, 100])
_WRITES = np.outer(sigmoid(_WEIGHTS), np.tanh(_WEIGHTS[1:]))
_LEAKS = sigmoid(_WEIGHTS[_WEIGHTS <= 10])


def _leaks(case, outputs, expected):
    """A count by a cell whose forget gate is not fully open, with round weights."""
    counts = [_counted(*case.args, keep, 1.0) for keep in _LEAKS]
    wanted = np.multiply.outer(counts, _WRITES)
    return bool(np.isclose(outputs["count"], wanted, rtol=1e-6, atol=0).any())


def _written_in_part(case, outputs, expected):
    """A count by a cell that keeps all and writes less than one at each letter."""
    wanted = expected["count"] * _WRITES[_WRITES < 0.9999]
    return bool(np.isclose(outputs["count"], wanted, rtol=1e-5, atol=0).any())


def count(text):
    """The number of a's less the number of b's."""
    return float(text.count("a") - text.count("b"))


enter(
    Check(
        "lstm.counter",
        "11-lstm",
        count,
        "text",
        ("count",),
        lambda rng: [
            Case(label, (text,))
            for label, text in (
                ("aaab", "aaab"),
                ("60 a's, 40 b's", "a" * 60 + "b" * 40),
                ("20 a's, 30 b's", "a" * 20 + "b" * 30),
                ("one more", "a" * 50 + "b" * 49),
            )
        ],
        (
            mistake(
                "sum",
                "Each b counts up as well: the candidate has the same sign for both.",
                'text.count("a") - text.count("b")',
                "len(text)",
            ),
            mistake(
                "only_a",
                "The b's do not count.",
                ' - text.count("b")',
                "",
            ),
            mistake(
                "only_b",
                "The a's do not count.",
                'text.count("a") - ',
                "-",
            ),
            mistake(
                "forget_gate_leaks",
                "The cell forgets while it counts: at each letter it keeps only a "
                "share of what was there, so the last letters weigh most. The forget "
                "gate stands open only in part.",
                lambda text: _counted(text, 0.5, 0.5),
                holds=_leaks,
            ),
            mistake(
                "written_in_part",
                "Each letter changes the cell by less than one. The input gate stands "
                "open only in part, or the candidate is not near one in size.",
                lambda text: math.tanh(1) * count(text),
                holds=_written_in_part,
            ),
            mistake(
                "erased_at_b",
                "A b erases what was counted: the forget gate looks at the letter. "
                "Only the candidate should.",
                'float(text.count("a") - text.count("b"))',
                'float(len(text) - text.rfind("b"))',
            ),
            mistake(
                "sign",
                "The sign is the other way round: a counts down and b up.",
                'text.count("a") - text.count("b")',
                'text.count("b") - text.count("a")',
            ),
            mistake(
                "last_letter",
                "After a b the cell holds that letter alone: what was counted before "
                "is not kept. One of the gates is there for that.",
                'float(text.count("a") - text.count("b"))',
                'float(1 if text[-1] == "a" else -1)',
            ),
            mistake(
                "zero",
                "The cell stays at zero: nothing is written.",
                'text.count("a") - text.count("b")',
                "0 * len(text)",
            ),
            mistake(
                "doubled",
                "Each letter counts twice.",
                'text.count("a") - text.count("b")',
                '2 * text.count("a") - 2 * text.count("b")',
            ),
        ),
        tolerance=2e-3,
    )
)


def fair_error(errors):
    """The mean over seeds at the learning rate whose mean is the lowest."""
    return errors.mean(axis=1).min()


def _error_cases(rng):
    return [
        Case("two rates, two seeds", (np.array([[0.1, 0.2], [0.14, 0.12]]),)),
        Case("as many rates as seeds", (rng.uniform(0, 1, size=(4, 4)),)),
        Case("three rates, five seeds", (rng.uniform(0, 1, size=(3, 5)),)),
        Case("a rate that failed once", (np.array([[0.2, 0.3, 0.1], [0.0, 9, 0]]),)),
    ]


enter(
    Check(
        "metrics.fair_error",
        "11-lstm",
        fair_error,
        "errors",
        ("error",),
        _error_cases,
        (
            mistake(
                "luckiest_run",
                "This is the luckiest single run. The rate is chosen by its mean over "
                "the seeds, or a lucky seed decides.",
                "errors.mean(axis=1).min()",
                "errors.min()",
            ),
            mistake(
                "a_rate_for_each_seed",
                "The best rate was chosen for each seed by itself, and then the mean "
                "was taken. One rate is chosen for all seeds.",
                "errors.mean(axis=1).min()",
                "errors.min(axis=0).mean()",
            ),
            mistake(
                "axes_exchanged",
                "The mean was taken over the rates. Rows are rates, columns are seeds.",
                "axis=1",
                "axis=0",
            ),
            mistake(
                "luckiest_seed_of_the_best_rate",
                "The rate was chosen by its mean, and then its luckiest seed was "
                "returned. The answer is the mean at that rate.",
                "errors.mean(axis=1).min()",
                "errors[errors.mean(axis=1).argmin()].min()",
            ),
            mistake(
                "rate_chosen_by_median",
                "The rate was chosen by the median over its seeds. It is chosen by the "
                "mean.",
                "errors.mean(axis=1).min()",
                "errors.mean(axis=1)[np.median(errors, axis=1).argmin()]",
            ),
            mistake(
                "first_seed_only",
                "Only the first seed was looked at. The mean over all seeds is wanted.",
                "errors.mean(axis=1).min()",
                "errors[:, 0].min()",
            ),
            mistake(
                "last_seed_only",
                "Only the last seed was looked at. The mean over all seeds is wanted.",
                "errors.mean(axis=1).min()",
                "errors[:, -1].min()",
            ),
            mistake(
                "rate_of_the_first_seed",
                "The rate was chosen by the first seed alone. It is chosen by the mean "
                "over the seeds.",
                "errors.mean(axis=1).min()",
                "errors.mean(axis=1)[errors[:, 0].argmin()]",
            ),
            mistake(
                "first_rate_only",
                "That is the mean of the first rate. The rate with the lowest mean is "
                "wanted.",
                ".min()",
                "[0]",
            ),
            mistake(
                "zero_is_the_lowest",
                "The answer is zero, whatever the errors are. A search for the lowest "
                "that starts at zero finds nothing lower.",
                ".min()",
                ".min() * 0",
            ),
            mistake(
                "largest_of_all",
                "That is the worst single run.",
                "errors.mean(axis=1).min()",
                "errors.max()",
            ),
            mistake(
                "mean_of_all",
                "This is the mean over all rates. Each network is to be judged at its "
                "own best one.",
                "errors.mean(axis=1).min()",
                "errors.mean()",
            ),
            mistake(
                "median_for_mean",
                "The median over the seeds was taken, which hides a run that failed. "
                "The exercise wants the mean.",
                "errors.mean(axis=1)",
                "np.median(errors, axis=1)",
            ),
            mistake(
                "worst_rate",
                "This is the worst rate, not the best.",
                ".min()",
                ".max()",
            ),
            mistake(
                "rate_of_the_luckiest_run",
                "This is the mean at the rate that had the luckiest single run. The "
                "rate is chosen by its mean.",
                "errors.mean(axis=1).min()",
                "errors.mean(axis=1)[errors.min(axis=1).argmin()]",
            ),
            mistake(
                "rate_returned",
                "That is the number of the best rate, counted from zero. The error at "
                "that rate is wanted.",
                ".min()",
                ".argmin()",
            ),
            mistake(
                "best_seed_of_each_rate",
                "For each rate its luckiest seed was taken, and then the mean over the "
                "rates.",
                "errors.mean(axis=1).min()",
                "errors.min(axis=1).mean()",
            ),
            mistake(
                "worst_seed_decides",
                "Each rate was judged by its worst seed. It is judged by the mean over "
                "its seeds.",
                "errors.mean(axis=1)",
                "errors.max(axis=1)",
            ),
            mistake(
                "one_for_each_rate",
                "There is one mean for each rate. The best of them is still to be "
                "chosen.",
                ".mean(axis=1).min()",
                ".mean(axis=1)",
            ),
        ),
    )
)


def broken_backward(dstate, cache, params):
    """The LSTM's backward step without the way of dh through the cell."""
    dh_next, dc_next = dstate
    x, h, c, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
    dc = dc_next
    do = dh_next * tanh_c
    di, df, dg = dc * g, dc * c, dc * i
    parts = di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)
    da = np.concatenate(parts, axis=1)
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return da @ params["W_xh"].T, (da @ params["W_hh"].T, dc * f), grads


enter(
    Check(
        "lstm.broken_backward",
        "11-lstm",
        broken_backward,
        "(dh_next, dc_next), cache, params",
        gradients("lstm", ("dh", "dc")),
        backward_cases("lstm"),
        (
            mistake(
                "nothing_broken",
                "These are the right gradients: the way from `dh_next` through the "
                "cell is still there. Leave it out.",
                "    dc = dc_next\n",
                "    dc = dc_next + dh_next * o * (1 - tanh_c**2)\n",
            ),
            mistake(
                "the_other_way_left_out",
                "You left out what arrives from later steps, `dc_next`. Keep that, and "
                "leave out what comes through `dh_next`.",
                "    dc = dc_next\n",
                "    dc = dh_next * o * (1 - tanh_c**2)\n",
            ),
            mistake(
                "both_ways_left_out",
                "The cell gets no gradient at all. What arrives from later stays.",
                "    dc = dc_next\n",
                "    dc = 0 * dc_next\n",
            ),
            mistake(
                "only_the_old_cell_broken",
                "Only the gradient of the old cell is broken. The gates and the "
                "candidate still get what comes from `dh_next` through the cell.",
                "    dc = dc_next\n",
                "    dc = dc_next + dh_next * o * (1 - tanh_c**2)\n",
                "dc * f), grads",
                "dc_next * f), grads",
            ),
            mistake(
                "old_cell_gets_nothing",
                "The old cell gets no gradient, and the rest is not broken. The way to "
                "leave out is the one from `dh_next` to the new cell.",
                "    dc = dc_next\n",
                "    dc = dc_next + dh_next * o * (1 - tanh_c**2)\n",
                "dc * f), grads",
                "0 * dc), grads",
            ),
            mistake(
                "output_gate_and_slope_left_out",
                "The way through `dh_next` is still there, and only output gate and "
                "slope are gone from it. Leave it out altogether.",
                "    dc = dc_next\n",
                "    dc = dc_next + dh_next\n",
            ),
            mistake(
                "output_gate_without_cell",
                "The gradient of the output gate lacks the tanh of the cell, which "
                "that gate multiplied. It has no part in the way to leave out.",
                "do = dh_next * tanh_c",
                "do = dh_next",
            ),
            mistake(
                "gate_slopes_left_out_too",
                "The slopes of the sigmoids are gone as well. They stay: only one way "
                "is left out.",
                "di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)",
                "di, df, dg * (1 - g**2), do",
            ),
            mistake(
                "old_cell_not_broken",
                "The gradient of the old cell still holds what comes from `dh_next`. "
                "The way is left out there too.",
                "dc * f), grads",
                "(dc + dh_next * o * (1 - tanh_c**2)) * f), grads",
            ),
            mistake(
                "forget_gate_left_out_too",
                "The gradient of the old cell lacks the forget gate as well. It stays: "
                "only the way from `dh_next` through the cell is left out.",
                "dc * f), grads",
                "dc), grads",
            ),
            mistake(
                "output_gate_left_out",
                "The way through `dh_next` is still there, without the output gate. "
                "Leave it out altogether.",
                "    dc = dc_next\n",
                "    dc = dc_next + dh_next * (1 - tanh_c**2)\n",
            ),
            mistake(
                "slope_left_out",
                "The way through `dh_next` is still there, without the slope of the "
                "tanh. Leave it out altogether.",
                "    dc = dc_next\n",
                "    dc = dc_next + dh_next * o\n",
            ),
            mistake(
                "output_gate_broken_too",
                "The gradient of the output gate is gone as well. It does not pass "
                "through the cell's gradient, so it stays as it was.",
                "do = dh_next * tanh_c",
                "do = 0 * dh_next",
            ),
        ),
    )
)

taught_in(
    {
        "lstm.step": "The forward step, gate by gate",
        "lstm.step_backward": "The backward step, line by line",
        "lstm.parameters": "A batch, with shapes",
        "lstm.bias_for": "How far back now?",
        "shapes.split_gates": "Four matrices in one",
        "lstm.cifg_step": "The forward step, gate by gate",
        "lstm.peephole_step": "The forward step, gate by gate",
        "lstm.peephole_step_backward": "The backward step, line by line",
        "lstm.counter": "What the gates can do, before anything is learned",
        "metrics.fair_error": "The adding problem",
        "lstm.broken_backward": "The backward step, line by line",
    }
)
