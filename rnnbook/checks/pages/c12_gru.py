"""Checks of 12-gru: both conventions, forwards and backwards."""

import numpy as np

from rnnbook import cells
from rnnbook.cells import sigmoid
from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.pages._cells import SIZES, enter_step, enter_step_backward
from rnnbook.checks.pages._shared import layer_sizes


def _gru_candidate_first(x, h, params):
    H = h.shape[1]
    a_x = x @ params["W_xh"] + params["b_h"]
    W = params["W_hh"]
    r, z = np.split(cells.sigmoid(a_x[:, H:] + h @ W[:, H:]), 2, axis=1)
    n = np.tanh(a_x[:, :H] + (r * h) @ W[:, :H])
    return (1 - z) * n + z * h, None


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


def _in_order(*blocks):
    """The edit that takes the blocks of the packed weights in another order."""
    return (
        "    H = h.shape[1]\n",
        "    H, packed = h.shape[1], ('W_xh', 'W_hh', 'b_h')\n"
        "    found = {name: np.split(params[name], 3, axis=-1) for name in packed}\n"
        f"    params = {{n: np.concatenate([w[k] for k in {blocks}], axis=-1)\n"
        "        for n, w in found.items()}\n",
    )


def _gru_resets_the_update_gate(x, h, params):
    W_r, W_z, W_n = np.split(params["W_hh"], 3, axis=1)
    a_r, a_z, a_n = np.split(x @ params["W_xh"] + params["b_h"], 3, axis=1)
    rh = sigmoid(a_r + h @ W_r) * h
    z = sigmoid(a_z + rh @ W_z)
    return (1 - z) * np.tanh(a_n + rh @ W_n) + z * h, None


def _gru_transposed(x, h, params):
    """Each block of `W_hh` transposed, as PyTorch stores it."""
    W = np.concatenate([w.T for w in np.split(params["W_hh"], 3, axis=1)], axis=1)
    return cells.gru_step(x, h, params | {"W_hh": W})


enter_step(
    "gru",
    "12-gru",
    mistake(
        "state_blocks_transposed",
        "Each block of `W_hh` is used transposed. A block is square, so no shape "
        "complains; states are rows here and are multiplied by it as it stands.",
        _gru_transposed,
        page="13-three-libraries",
    ),
    mistake(
        "update_gate_inverted",
        "Your update gate works the other way round: here z is the share of the old "
        "state that stays, as in PyTorch and Keras. Some papers define it as the share "
        "that is new.",
        "(1 - z) * n + z * h",
        "z * n + (1 - z) * h",
    ),
    mistake(
        "reset_after",
        "The reset gate comes after the matrix product. In this GRU it acts before, on "
        "the old state; the other one is `gru_reset_after`.",
        "(r * h) @ W_n",
        "r * (h @ W_n)",
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
        "The input itself stands where the candidate belongs. That is a moving "
        "average of the inputs and no GRU. It runs only where there are as many "
        "inputs as units.",
        _gru_carries_input,
    ),
    mistake(
        "old_state_missing",
        "The old state is not carried over: the update gate scales the candidate only.",
        "(1 - z) * n + z * h",
        "(1 - z) * n",
    ),
    mistake(
        "candidate_ungated",
        "The candidate is added in full. The shares of new and old should add up to "
        "one; otherwise the state can grow at every step.",
        "(1 - z) * n + z * h",
        "n + z * h",
    ),
    mistake(
        "reset_state_carried",
        "What is carried over is the state after the reset gate. The reset acts on "
        "what the candidate sees; the update gate keeps the state as it was.",
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
    ),
    mistake(
        "reset_inverted",
        "The reset gate works the other way round: one minus it decides how much of "
        "the old state the candidate sees.",
        "(r * h) @ W_n",
        "((1 - r) * h) @ W_n",
    ),
    mistake(
        "order_nrz",
        "You unpack the blocks of the GRU in the order n, r, z. Here the candidate "
        "comes last.",
        _gru_candidate_first,
    ),
    mistake(
        "gates_linear",
        "The gates r and z have no sigmoid: the bare sums were used as if they were "
        "shares.",
        "sigmoid(a_x[:, : 2 * H] + h @ W_rz)",
        "a_x[:, : 2 * H] + h @ W_rz",
    ),
    mistake(
        "gates_without_state",
        "The gates r and z decide by the input alone: the old state does not enter "
        "them.",
        " + h @ W_rz",
        "",
    ),
    mistake(
        "state_squashed",
        "The blend of old and new went through a tanh once more. Both parts lie "
        "between -1 and 1 already.",
        "h_next = (1 - z) * n + z * h",
        "h_next = np.tanh((1 - z) * n + z * h)",
    ),
    mistake(
        "old_state_in_full",
        "The old state is carried over in full, besides the candidate's share. What "
        "the update gate does not keep is given up.",
        "(1 - z) * n + z * h",
        "(1 - z) * n + h",
    ),
    mistake(
        "update_missing",
        "The update gate is not used: the new state is the candidate alone.",
        "(1 - z) * n + z * h",
        "n",
    ),
    mistake(
        "candidate_relu",
        "The candidate n went through a ReLU: it is never negative and has no bound.",
        "n = np.tanh(a_x[:, 2 * H :] + (r * h) @ W_n)",
        "n = np.maximum(a_x[:, 2 * H :] + (r * h) @ W_n, 0)",
    ),
    mistake(
        "reset_for_update",
        "The candidate's share is one minus the reset gate. It is what the *update* "
        "gate leaves.",
        "(1 - z) * n",
        "(1 - r) * n",
    ),
    mistake(
        "reset_on_the_input_only",
        "The reset gate acts on the input's part of the candidate. It should act on "
        "the old state.",
        "np.tanh(a_x[:, 2 * H :] + (r * h) @ W_n)",
        "np.tanh(r * a_x[:, 2 * H :] + h @ W_n)",
    ),
    mistake(
        "input_missing_in_candidate",
        "The candidate does not see the input, nor its bias: it is made from the old "
        "state alone.",
        "a_x[:, 2 * H :] + (r * h)",
        "(r * h)",
    ),
    *(
        mistake(f"order_{order}", says, *_in_order(*blocks))
        for order, blocks, says in (
            (
                "rnz",
                (0, 2, 1),
                "You unpack r, n, z: update gate and candidate are exchanged.",
            ),
            (
                "znr",
                (2, 0, 1),
                "You unpack z, n, r. The reset gate has the first of the blocks.",
            ),
            ("nzr", (2, 1, 0), "You unpack n, z, r, the blocks of the GRU in reverse."),
        )
    ),
    mistake(
        "bias_missing_in_candidate",
        "The candidate's part of the bias is missing; the gates have theirs.",
        "a_x[:, 2 * H :] + (r * h)",
        'a_x[:, 2 * H :] - params["b_h"][2 * H :] + (r * h)',
    ),
    mistake(
        "reset_before_the_update_gate",
        "The update gate sees the state after the reset. It sees the whole old state; "
        "the reset is for the candidate.",
        _gru_resets_the_update_gate,
    ),
    mistake(
        "only_bias_in_candidate",
        "The candidate does not see the input: it is made from the old state and the "
        "bias.",
        "a_x[:, 2 * H :] + (r * h)",
        'params["b_h"][2 * H :] + (r * h)',
    ),
    mistake(
        "reset_state_besides",
        "The candidate sees the old state in full through its matrix, and the state "
        "after the reset besides. Only what the reset leaves goes in, through the "
        "matrix.",
        "(r * h) @ W_n",
        "h @ W_n + r * h",
    ),
    mistake(
        "candidate_not_blended_in",
        "The new state is the kept share of the old one; the candidate does not enter.",
        "(1 - z) * n + z * h",
        "z * h",
    ),
    mistake(
        "update_gate_resets",
        "The update gate stands in the candidate, where the reset gate belongs.",
        "(r * h) @ W_n",
        "(z * h) @ W_n",
    ),
    mistake(
        "candidate_without_matrix",
        "The old state enters the candidate without its matrix.",
        "(r * h) @ W_n",
        "r * h",
    ),
)


GRU_DERIVATIVES = "dn * (1 - n**2), dz * z * (1 - z)"


def _kept_share_only(dh_next, cache, params):
    x, z = cache[0], cache[3]
    return np.zeros_like(x), dh_next * z, {name: 0 * p for name, p in params.items()}


def _gru_backward(kind, *mistakes):
    """The mistakes that both conventions share, in words of their own, and others."""
    after = kind == "gru_reset_after"
    which = "With the reset gate after the product" if after else "In this GRU"
    enter_step_backward(
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
        ),
        mistake(
            "candidate_share_inverted",
            f"{which} the candidate got the share z of the gradient. It entered the "
            "blend with what the update gate leaves.",
            "dh_next * (1 - z), dh",
            "dh_next * z, dh",
        ),
        mistake(
            "direct_path_missing",
            f"{which} the direct way is missing from `dh`: what the update gate kept "
            "of the old state sends its gradient straight back.",
            "dh = dh_next * z +",
            "dh =",
        ),
        mistake(
            "direct_path_in_full",
            f"{which} the whole gradient goes straight back to the old state. Of that "
            "only the share z was kept.",
            "dh = dh_next * z +",
            "dh = dh_next +",
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
        "On the direct way back to the old state the gradient was multiplied by the "
        "candidate's share.",
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
        "what it hid should get no gradient.",
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


enter_step(
    "gru_reset_after",
    "12-gru",
    mistake(
        "update_gate_inverted",
        "Your update gate keeps what it should replace: z is the share of the old "
        "state, in this convention as in the other.",
        "(1 - z) * n + z * h",
        "z * n + (1 - z) * h",
    ),
    mistake(
        "reset_before",
        "The reset gate comes before the matrix product. Here it comes after the "
        "product, as in PyTorch, and acts on the product with its bias.",
        _after_before,
    ),
    mistake(
        "bias_outside_reset",
        "The candidate's part of `b_hh` stands outside the reset gate. It belongs "
        "inside: that is what makes a second bias necessary.",
        "r * m)",
        'r * (m - params["b_hh"][2 * H :]) + params["b_hh"][2 * H :])',
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
        "`b_xh` is missing, the bias that is added to the input's part.",
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
        "The candidate went through a sigmoid, as if it were a third gate. It has a "
        "tanh.",
        "n = np.tanh(",
        "n = sigmoid(",
    ),
    mistake(
        "biases_exchanged",
        "The two biases have changed places: `b_xh` goes with the input, `b_hh` with "
        "the state.",
        'x @ params["W_xh"] + params["b_xh"]',
        'x @ params["W_xh"] + params["b_hh"]',
        'h @ params["W_hh"] + params["b_hh"]',
        'h @ params["W_hh"] + params["b_xh"]',
    ),
    mistake(
        "both_biases_inside",
        "The reset gate multiplies both biases of the candidate. One of them belongs "
        "to the input, which it does not touch.",
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


def _backward_of_the_other(dh_next, cache, params):
    """As if the reset gate had stood before the product."""
    dx, dh, grads = cells.gru_step_backward(dh_next, cache[:5], params)
    db = grads.pop("b_h")
    return dx, dh, grads | {"b_xh": db, "b_hh": db}


_gru_backward(
    "gru_reset_after",
    mistake(
        "of_the_other_kind",
        "These are the gradients of the other convention, in which the reset gate "
        "stands before the product. Here it multiplied the product.",
        _backward_of_the_other,
    ),
    mistake(
        "gate_paths_missing",
        "With the reset gate after the product `dh` lacks the ways through both "
        "gates, which were made from the old state, too.",
        'da_h @ params["W_hh"].T',
        '(da_n * r) @ params["W_hh"][:, -h.shape[1] :].T',
    ),
    mistake(
        "candidate_path_missing",
        "With the reset gate after the product `dh` lacks the way through the "
        "candidate.",
        'da_h @ params["W_hh"].T',
        'da_h[:, : -h.shape[1]] @ params["W_hh"][:, : -h.shape[1]].T',
    ),
    mistake(
        "reset_gradient_without_product",
        "The reset gate's gradient lacks the product that the gate multiplied.",
        "da_n * m *",
        "da_n *",
    ),
    mistake(
        "reset_factor_on_the_wrong_side",
        "The reset gate stands on the side of the input, and is missing on the side "
        "of the state. It multiplied the state's product.",
        "da_x = np.concatenate([da_r, da_z, da_n]",
        "da_x = np.concatenate([da_r, da_z, da_n * r]",
        "da_h = np.concatenate([da_r, da_z, da_n * r]",
        "da_h = np.concatenate([da_r, da_z, da_n]",
    ),
    mistake(
        "dh_from_input_side",
        "`dh` is made with the gradients on the side of the input. On the side of the "
        "state the candidate's part passes the reset gate.",
        'da_h @ params["W_hh"].T',
        'da_x @ params["W_hh"].T',
    ),
    mistake(
        "reset_gradient_without_slope",
        "With the reset gate after the product the reset gate's gradient lacks the "
        "slope of the candidate's tanh: the gate stands inside of it.",
        "da_n * m *",
        "dn * m *",
    ),
    mistake(
        "dx_from_state_side",
        "`dx` is made with the gradients on the side of the state. On the side of "
        "the input the candidate's part has no reset gate.",
        'return da_x @ params["W_xh"].T',
        'return da_h @ params["W_xh"].T',
    ),
    mistake(
        "dW_xh_from_state_side",
        "`dW_xh` is made with the gradients on the side of the state. On the side of "
        "the input the candidate's part has no reset gate.",
        "x.T @ da_x",
        "x.T @ da_h",
    ),
    mistake(
        "dW_hh_from_input_side",
        "`dW_hh` is made with the gradients on the side of the input. On the side of "
        "the state the candidate's part stands behind the reset gate.",
        "h.T @ da_h",
        "h.T @ da_x",
    ),
    mistake(
        "dW_hh_from_reset_state",
        "`dW_hh` is made with the state after the reset gate. Here the matrix "
        "multiplied the state itself, and the gate came later.",
        "h.T @ da_h",
        "(r * h).T @ da_h",
    ),
    mistake(
        "biases_not_summed",
        "With the reset gate after the product the gradients of the biases still have "
        "a row for each example.",
        '"b_xh": da_x.sum(axis=0)',
        '"b_xh": da_x',
        '"b_hh": da_h.sum(axis=0)',
        '"b_hh": da_h',
    ),
    mistake(
        "kept_share_inverted",
        "With the reset gate after the product the direct way back has the wrong "
        "share: the old state was kept by the share z.",
        "dh = dh_next * z +",
        "dh = dh_next * (1 - z) +",
    ),
    mistake(
        "candidate_slope_of_sigmoid",
        "With the reset gate after the product the candidate has its tanh, too; the "
        "slope is that of a sigmoid.",
        "(1 - n**2)",
        "n * (1 - n)",
    ),
    mistake(
        "reset_gradient_without_bias",
        "The reset gate's gradient uses the product of state and matrix without "
        "`b_hh`. The gate multiplied the bias as well.",
        "da_n * m *",
        'da_n * (h @ params["W_hh"][:, -h.shape[1] :]) *',
    ),
    mistake(
        "biases_mean",
        "With the reset gate after the product both biases got means over the batch. "
        "Gradients of weights are sums.",
        '"b_xh": da_x.sum(axis=0)',
        '"b_xh": da_x.mean(axis=0)',
        '"b_hh": da_h.sum(axis=0)',
        '"b_hh": da_h.mean(axis=0)',
    ),
    mistake(
        "kept_share_only",
        "The direct way back to the old state is all there is so far. The input and "
        "the weights get no gradient yet.",
        _kept_share_only,
    ),
    mistake(
        "reset_factor_missing",
        "The reset gate is missing between the candidate and the state's product: the "
        "gradients `dW_hh` and `db_hh` have to pass it.",
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
    ),
)


def gru_parameters(D, H):
    """A GRU layer with one bias."""
    return 3 * (D * H + H * H + H)


enter(
    Check(
        "gru.parameters",
        "12-gru",
        gru_parameters,
        "D, H",
        ("count",),
        layer_sizes,
        (
            mistake(
                "two_gates",
                "Two gates were counted, and the candidate of the GRU was not.",
                "3 * (",
                "2 * (",
            ),
            mistake(
                "as_lstm",
                "Four parts were counted: that is an LSTM. The GRU has one less.",
                "3 * (",
                "4 * (",
            ),
            mistake(
                "two_biases",
                "Each part of the GRU was counted with two biases. That is right with "
                "the reset gate after the product; this GRU has one.",
                " + H)",
                " + 2 * H)",
            ),
            mistake(
                "bias_missing",
                "The biases of the GRU were not counted.",
                " + H)",
                ")",
            ),
            mistake(
                "sizes_exchanged",
                "Inputs and units of the GRU have changed places: the square is that "
                "of the number of inputs.",
                "D * H + H * H + H",
                "D * H + D * D + D",
            ),
            mistake(
                "square_of_both_sizes",
                "Inputs and state of the GRU were put side by side, and a square "
                "matrix counted for both. It has one column for each unit only.",
                "D * H + H * H + H",
                "(D + H) ** 2 + H",
            ),
            mistake(
                "only_the_bias_three_times",
                "Only the biases were counted for each of the three blocks. Each block "
                "has its own matrices as well.",
                "3 * (D * H + H * H + H)",
                "D * H + H * H + 3 * H",
            ),
            mistake(
                "state_matrix_as_vector",
                "The matrices of the GRU for the state were counted as vectors of H "
                "numbers. Every unit reads every other one.",
                "H * H",
                "H",
            ),
            mistake(
                "square_of_inputs",
                "The matrices of the GRU for the state were counted as squares of the "
                "number of inputs. They lead from the units to the units.",
                "H * H",
                "D * D",
            ),
            mistake(
                "bias_of_inputs",
                "The bias of the GRU was counted with one number for each input. It "
                "has one for each unit.",
                " + H)",
                " + D)",
            ),
            mistake(
                "state_matrix_missing",
                "The matrices of the GRU from the state to the state are missing.",
                " + H * H",
                "",
            ),
            mistake(
                "one_bias_for_all",
                "One bias was counted for all three blocks of the GRU together. Each "
                "has its own.",
                "3 * (D * H + H * H + H)",
                "3 * (D * H + H * H) + H",
            ),
            mistake(
                "one_block",
                "One block was counted. The GRU has three: two gates and the "
                "candidate.",
                "3 * (",
                "1 * (",
            ),
            mistake(
                "bias_of_one_number",
                "The bias of each block of the GRU was counted as a single number. It "
                "has one for each unit.",
                "H * H + H)",
                "H * H + 1)",
            ),
            mistake(
                "state_matrix_once",
                "The matrix for the state and the bias of the GRU were counted once. "
                "Each of the three blocks has its own.",
                "3 * (D * H + H * H + H)",
                "3 * D * H + H * H + H",
            ),
        ),
    )
)


def other_column(params):
    """Weights r, z, n with the meaning of z turned round."""
    turned = {name: p.copy() for name, p in params.items()}
    for p in turned.values():
        n = p.shape[-1] // 3
        p[..., n : 2 * n] *= -1
    return turned


def _gru_weights(rng):
    return [
        Case(
            f"D = {D}, H = {H}",
            (
                {
                    "W_xh": rng.normal(size=(D, 3 * H)),
                    "W_hh": rng.normal(size=(H, 3 * H)),
                    "b_h": rng.normal(size=3 * H),
                },
            ),
        )
        for D, H in ((2, 3), (4, 2), (3, 3))
    ]


enter(
    Check(
        "gru.other_column",
        "12-gru",
        other_column,
        "params",
        ({"W_xh": "W_xh", "W_hh": "W_hh", "b_h": "b_h"},),
        _gru_weights,
        (
            mistake(
                "rows_turned",
                "In the matrices *rows* were turned. Each gate has a block of columns.",
                "p[..., n : 2 * n]",
                "p[n : 2 * n]",
            ),
            mistake(
                "everything_negated",
                "All weights were negated. The reset gate and the candidate should "
                "stay as they are.",
                "p[..., n : 2 * n] *= -1",
                "p[:] *= -1",
            ),
            mistake(
                "reset_negated",
                "You turned the reset gate. The order is r, z, n.",
                "p[..., n : 2 * n]",
                "p[..., :n]",
            ),
            mistake(
                "candidate_negated",
                "You turned the candidate. The order is r, z, n.",
                "p[..., n : 2 * n]",
                "p[..., 2 * n :]",
            ),
            mistake(
                "bias_left",
                "The matrices are turned and the bias is not: the whole sum in the "
                "gate has to change its sign.",
                "    for p in turned.values():\n",
                "    for p in (turned['W_xh'], turned['W_hh']):\n",
            ),
            mistake(
                "input_matrix_left",
                "`W_xh` is as it was: the input's part of the update gate's sum has to "
                "change its sign, too.",
                "    for p in turned.values():\n",
                "    for p in (turned['W_hh'], turned['b_h']):\n",
            ),
            mistake(
                "state_matrix_left",
                "`W_hh` is as it was: the state's part of the update gate's sum has to "
                "change its sign, too.",
                "    for p in turned.values():\n",
                "    for p in (turned['W_xh'], turned['b_h']):\n",
            ),
            mistake(
                "only_state_matrix_turned",
                "Only `W_hh` is turned. The whole sum in the update gate changes its "
                "sign: the input's part and the bias as well.",
                "    for p in turned.values():\n",
                "    for p in (turned['W_hh'],):\n",
            ),
            mistake(
                "only_input_matrix_turned",
                "Only `W_xh` is turned. The whole sum in the update gate changes its "
                "sign: the state's part and the bias as well.",
                "    for p in turned.values():\n",
                "    for p in (turned['W_xh'],):\n",
            ),
            mistake(
                "update_and_candidate_exchanged",
                "The blocks of z and n have changed places. The order stays, and only "
                "the sign of one block is turned.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n:] = np.roll(p[..., n:], n, axis=-1)",
            ),
            mistake(
                "block_alone",
                "Only the block of z came back. The new GRU needs all three.",
                "    return turned\n",
                "    return {k: p[..., len(p.T) // 3 : 2 * len(p.T) // 3] for k, p in "
                "turned.items()}\n",
            ),
            mistake(
                "block_emptied",
                "The block of z was set to zero: that is a gate of one half, whatever "
                "comes in.",
                "*= -1",
                "= 0",
            ),
            mistake(
                "one_over",
                "You took one over the *weights*. What turns is the meaning of the "
                "gate, by the sign of the sum in its sigmoid.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n : 2 * n] = 1 / p[..., n : 2 * n]",
            ),
            mistake(
                "update_and_candidate_negated",
                "The candidate was turned together with z. It stays as it is.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n:] *= -1",
            ),
            mistake(
                "all_but_the_update_negated",
                "Reset gate and candidate were turned, and the update gate was not.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n : 2 * n] *= -1\n        p *= -1",
            ),
            mistake(
                "sigmoid_of_the_weights",
                "You took one minus the sigmoid of the *weights*. The sigmoid is taken "
                "later, in the step, of the whole sum.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n : 2 * n] = 1 - sigmoid(p[..., n : 2 * n])",
            ),
            mistake(
                "gates_negated",
                "Both gates were turned. The reset gate keeps its meaning.",
                "p[..., n : 2 * n] *= -1",
                "p[..., : 2 * n] *= -1",
            ),
            mistake(
                "one_minus",
                "You took one minus the *weights*. It is the gate that should become "
                "one minus itself, and the weights stand inside its sigmoid.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n : 2 * n] = 1 - p[..., n : 2 * n]",
            ),
            mistake(
                "nothing_done",
                "The weights come back as they were.",
                "p[..., n : 2 * n] *= -1",
                "pass",
            ),
            mistake(
                "matrices_left",
                "The bias is turned and the matrices are not: the sum in the gate is "
                "made of both.",
                "    for p in turned.values():\n",
                "    for p in (turned['b_h'],):\n",
            ),
            mistake(
                "first_rows_negated",
                "The blocks were looked for along the first axis. The gates lie side "
                "by side in the columns.",
                "n = p.shape[-1] // 3\n        p[..., n : 2 * n] *= -1\n",
                "n = len(p) // 3\n        p[n : 2 * n] *= -1\n",
            ),
            mistake(
                "gates_exchanged",
                "The blocks of r and z have changed places. Their meaning was to "
                "change, not their order.",
                "p[..., n : 2 * n] *= -1",
                "p[..., : 2 * n] = np.roll(p[..., : 2 * n], n, axis=-1)",
            ),
        ),
    )
)


def no_reset_step(x, h, params):
    """A GRU without its reset gate, packed z, n."""
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    z, n = np.split(a, 2, axis=1)
    z, n = sigmoid(z), np.tanh(n)
    return (1 - z) * n + z * h, None


def _no_reset_looks(look):
    """The step whose candidate sees something else than the state."""

    def step(x, h, params):
        W_z, W_n = np.split(params["W_hh"], 2, axis=1)
        a_z, a_n = np.split(x @ params["W_xh"] + params["b_h"], 2, axis=1)
        z = sigmoid(a_z + h @ W_z)
        n = np.tanh(a_n + look(z, h) @ W_n)
        return (1 - z) * n + z * h, None

    return step


def _no_reset_transposed(x, h, params):
    W = np.concatenate([w.T for w in np.split(params["W_hh"], 2, axis=1)], axis=1)
    return no_reset_step(x, h, params | {"W_hh": W})


def _no_reset_cases(rng):
    cases = []
    for label, B, D, H in SIZES[:3]:
        p = {"W_xh": (D, 2 * H), "W_hh": (H, 2 * H), "b_h": (2 * H,)}
        p = {name: rng.uniform(-1, 1, size=shape) for name, shape in p.items()}
        h = rng.uniform(-0.9, 0.9, size=(B, H))
        cases.append(Case(label, (rng.normal(size=(B, D)), h, p)))
    return cases


enter(
    Check(
        "gru.no_reset_step",
        "12-gru",
        no_reset_step,
        "x, h, params",
        (("h_next", "*cache"), "h_next"),
        _no_reset_cases,
        (
            mistake(
                "state_unchanged",
                "The state comes back as it was.",
                "return (1 - z) * n + z * h, None",
                "return h, None",
            ),
            mistake(
                "blend_exchanged",
                "The blend is the other way round: here a gate of one keeps.",
                "(1 - z) * n + z * h",
                "z * n + (1 - z) * h",
            ),
            mistake(
                "candidate_on_top",
                "The old state is kept in full, whatever the gate says, and the "
                "candidate comes on top with the share that should be kept.",
                "(1 - z) * n + z * h",
                "z * n + h",
            ),
            mistake(
                "blocks_exchanged",
                "The blocks have changed places: the packing is z, n.",
                "z, n = np.split",
                "n, z = np.split",
            ),
            mistake(
                "tanh_missing",
                "The candidate has no tanh, so the state has no bound.",
                "sigmoid(z), np.tanh(n)",
                "sigmoid(z), n",
            ),
            mistake(
                "candidate_blind",
                "The candidate does not see the old state. That is a reset gate that "
                "is always shut; without one it sees the state in full.",
                'a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]',
                'a = x @ params["W_xh"] + params["b_h"]\n'
                '    a[:, : h.shape[1]] += h @ params["W_hh"][:, : h.shape[1]]',
            ),
            mistake(
                "gate_through_tanh",
                "The gate went through a tanh, so it can be negative.",
                "sigmoid(z), np.tanh(n)",
                "np.tanh(z), np.tanh(n)",
            ),
            mistake(
                "not_coupled",
                "The candidate is written in full, whatever the gate says.",
                "(1 - z) * n + z * h",
                "n + z * h",
            ),
            mistake(
                "update_gate_resets",
                "The update gate hides a part of the old state from the candidate, as "
                "a reset gate would. Without a reset the candidate sees the state in "
                "full.",
                _no_reset_looks(lambda z, h: z * h),
            ),
            mistake(
                "update_gate_resets_the_rest",
                "The candidate sees one minus the update gate's share of the old "
                "state. Without a reset it sees the state in full.",
                _no_reset_looks(lambda z, h: (1 - z) * h),
            ),
            mistake(
                "interleaved",
                "Every second column was taken for the gate. The two blocks lie side "
                "by side, and z is the first half of the columns.",
                "z, n = np.split(a, 2, axis=1)",
                "z, n = a[:, ::2], a[:, 1::2]",
            ),
            mistake(
                "candidate_missing",
                "The new state is what the gate keeps of the old one, and nothing is "
                "written.",
                "(1 - z) * n + z * h",
                "z * h",
            ),
            mistake(
                "bias_missing_in_candidate",
                "The candidate's bias is missing; the gate has its own.",
                "z, n = np.split(a, 2, axis=1)",
                "z, n = np.split(a, 2, axis=1)\n"
                '    n = n - params["b_h"][h.shape[1] :]',
            ),
            mistake(
                "half_of_the_state",
                "The candidate sees one half of the old state, as through a reset gate "
                "whose sum is zero. Without a reset it sees all of it.",
                _no_reset_looks(lambda z, h: 0.5 * h),
            ),
            mistake(
                "gate_without_state",
                "The gate decides by the input alone. It sees the old state, as the "
                "candidate does.",
                "z, n = np.split(a, 2, axis=1)",
                "z, n = np.split(a, 2, axis=1)\n"
                '    z = z - h @ params["W_hh"][:, : h.shape[1]]',
            ),
            mistake(
                "state_blocks_transposed",
                "Both blocks of `W_hh` are used transposed. They are square, so no "
                "shape complains; a state is a row, and stands on the left of them.",
                _no_reset_transposed,
            ),
            mistake(
                "bias_twice",
                "The bias of the two blocks is counted twice.",
                ' + params["b_h"]',
                ' + 2 * params["b_h"]',
            ),
            mistake(
                "old_state_in_full",
                "The old state is carried over in full, whatever the gate says.",
                "(1 - z) * n + z * h",
                "(1 - z) * n + h",
            ),
            mistake(
                "state_squashed",
                "The blend went through a tanh once more. Old state and candidate are "
                "between -1 and 1 already.",
                "return (1 - z) * n + z * h, None",
                "return np.tanh((1 - z) * n + z * h), None",
            ),
            mistake(
                "bias_missing",
                "The bias is missing from both blocks.",
                ' + params["b_h"]',
                "",
            ),
            mistake(
                "state_missing",
                "The old state enters neither the gate nor the candidate.",
                ' + h @ params["W_hh"]',
                "",
            ),
            mistake(
                "old_state_missing",
                "The gate scales the candidate, and what it should keep of the old "
                "state is lost.",
                "(1 - z) * n + z * h",
                "(1 - z) * n",
            ),
            mistake(
                "candidate_through_sigmoid",
                "The candidate went through a sigmoid, so that the state is never "
                "negative.",
                "sigmoid(z), np.tanh(n)",
                "sigmoid(z), sigmoid(n)",
            ),
            mistake(
                "gate_linear",
                "The gate has no sigmoid, so it is no share between zero and one.",
                "sigmoid(z), np.tanh(n)",
                "z, np.tanh(n)",
            ),
            mistake(
                "update_missing",
                "The candidate replaces the old state at every step: the gate is not "
                "used.",
                "(1 - z) * n + z * h",
                "n",
            ),
        ),
    )
)


def turns_back(path):
    """How many entries go up at one time and down at another."""
    moves = np.diff(path, axis=0)
    return int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())


def _one_state_may_stop(function):
    """Of a single state, where a maximum of no moves stops, nothing is asked."""

    def entries(path):
        try:
            return function(path)
        except (ValueError, IndexError):
            if len(path) > 1:
                raise
            return 0

    return entries


def _paths(rng):
    rising = np.sort(rng.normal(size=(8, 3)), axis=0)
    stairs = np.array([[0, 1.0, 0], [0, 1, 0], [1, 0, 2], [1, 0, 2], [2, -1, 3]])
    hill = np.array([[0, 3.0], [2, 3], [2, 1], [2, 1], [1, 4]])
    return [
        Case("rising entries", (rising,)),
        Case("steps that stay for a while", (stairs,)),
        Case("a rest between up and down", (hill,)),
        Case("a single state", (stairs[:1],)),
        Case("random entries", (rng.normal(size=(6, 5)),)),
        Case("one that turns", (np.c_[rising[:, :2], rng.normal(size=8)],)),
        Case("as many steps as entries", (rng.normal(size=(3, 3)).cumsum(axis=0),)),
        Case("some fall, one rests", (np.c_[-rising, rising[:, :2], np.zeros(8)],)),
        Case("one goes up and down", (np.c_[rising[:, 0], [0, 1, 2, 3, 2, 1, 1, 1]],)),
    ]


enter(
    Check(
        "gru.turns_back",
        "12-gru",
        turns_back,
        "path",
        ("entries",),
        _paths,
        (
            mistake(
                "none_found",
                "The answer is zero for every path.",
                lambda path: 0,
            ),
            mistake(
                "turns_counted",
                "You counted the turns. The question is how many entries turn at all.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((np.diff(np.sign(moves), axis=0) != 0).sum())",
            ),
            mistake(
                "standing_still_is_a_turn",
                "An entry that stands still for a step has not turned back.",
                "(moves < 0).any(axis=0)",
                "(moves <= 0).any(axis=0)",
            ),
            mistake(
                "standing_still_is_a_rise",
                "An entry that falls and stands still in between has not gone up.",
                "(moves > 0).any(axis=0)",
                "(moves >= 0).any(axis=0)",
            ),
            mistake(
                "standing_still_is_both",
                "A step at which an entry stands still was counted as up and as down. "
                "It is neither.",
                "(moves > 0).any(axis=0) & (moves < 0).any(axis=0)",
                "(moves >= 0).any(axis=0) & (moves <= 0).any(axis=0)",
            ),
            mistake(
                "only_one_way",
                "You counted the entries that move in one direction only. Those that "
                "turn move in both.",
                "(moves > 0).any(axis=0) & (moves < 0).any(axis=0)",
                "(moves > 0).any(axis=0) ^ (moves < 0).any(axis=0)",
            ),
            mistake(
                "peaks_only",
                "You counted the entries that end below their highest value and begin "
                "below it, too. One that goes down first and then up has turned back "
                "as well.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int(np.sum((path.max(axis=0) > path[0]) & (path.max(axis=0) > "
                "path[-1])))",
            ),
            mistake(
                "change_of_pace_counted",
                "An entry that only begins to move, or comes to rest, was counted: its "
                "direction changes from or to zero. It has not turned back.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((np.diff(np.sign(moves), axis=0) != 0).any(axis=0).sum())",
            ),
            mistake(
                "against_the_first",
                "Each state was compared with the first one. What turns is seen "
                "between one time and the next.",
                "moves = np.diff(path, axis=0)",
                "moves = path - path[0]",
            ),
            mistake(
                "always_up_and_always_down",
                "You asked for entries that go up at all times and down at all times. "
                "One time of each is enough.",
                "(moves > 0).any(axis=0) & (moves < 0).any(axis=0)",
                "(moves > 0).all(axis=0) & (moves < 0).all(axis=0)",
            ),
            mistake(
                "turns_of_each_entry",
                "There is a number of turns for each entry. Count the entries that "
                "have any.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "(moves[1:] * moves[:-1] < 0).sum(axis=0)",
            ),
            mistake(
                "ups_and_downs_added",
                "The entries that go up and those that go down were added. Count those "
                "that do both.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((moves > 0).any(axis=0).sum() + (moves < 0).any(axis=0).sum())",
            ),
            mistake(
                "not_always_rising",
                "You counted the entries that do not rise at every step. Those that "
                "only fall, or rest, have not turned back.",
                "(moves > 0).any(axis=0) & (moves < 0).any(axis=0)",
                "(moves <= 0).any(axis=0)",
            ),
            mistake(
                "signs_of_the_states",
                "You counted the entries that are above zero at one time and below at "
                "another. Up and down are in the differences between one time and the "
                "next.",
                "moves = np.diff(path, axis=0)",
                "moves = path",
            ),
            mistake(
                "along_the_entries",
                "The differences are between entries, not between times. Time is the "
                "first axis.",
                "np.diff(path, axis=0)",
                "np.diff(path, axis=1).T",
            ),
            mistake(
                "falling_counted",
                "You counted the entries that go down at some time. They must go up as "
                "well.",
                "(moves > 0).any(axis=0) & ",
                "",
            ),
            mistake(
                "any_up_and_any_down",
                "You asked whether any entry goes up and any goes down. They may be "
                "different ones; count those that do both.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((moves > 0).any() and (moves < 0).any())",
            ),
            mistake(
                "any_at_all",
                "The answer is one if any entry turns. Count how many do.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).any())",
            ),
            mistake(
                "rest_hides_the_turn",
                "Only neighbouring differences were compared. An entry that goes up, "
                "rests, and then goes down has turned back as well.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((moves[1:] * moves[:-1] < 0).any(axis=0).sum())",
            ),
            mistake(
                "sign_changes_counted",
                "You counted every change from up to down and back. The question is "
                "how many entries have one at all.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((moves[1:] * moves[:-1] < 0).sum())",
            ),
            mistake(
                "each_entry",
                "There is a yes or no for each entry. Count the ones that turn.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "(moves > 0).any(axis=0) & (moves < 0).any(axis=0)",
            ),
            mistake(
                "times_counted",
                "You counted the times at which some entries go up and others down. "
                "The question is about one entry at different times.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int(((moves > 0).any(axis=1) & (moves < 0).any(axis=1)).sum())",
            ),
            mistake(
                "share_of_entries",
                "That is the share of the entries that turn. Their number is wanted.",
                ".sum())",
                ".mean())",
                "int(((",
                "float(((",
            ),
            mistake(
                "rising_counted",
                "You counted the entries that go up at some time. They must go down as "
                "well.",
                " & (moves < 0).any(axis=0)",
                "",
            ),
            mistake(
                "next_to_each_other",
                "The differences are between neighbouring entries at the same time. "
                "Time is the first axis.",
                "np.diff(path, axis=0)",
                "np.diff(path, axis=1)",
            ),
            mistake(
                "moving_counted",
                "You counted the entries that move at all. They must go up at one time "
                "and down at another.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int((moves != 0).any(axis=0).sum())",
            ),
        ),
        wrap=_one_state_may_stop,
    )
)

taught_in(
    {
        "gru.step": "From three gates to two",
        "gru.step_backward": "Backwards, line by line",
        "gru_reset_after.step": "Reset after the product",
        "gru_reset_after.step_backward": "Reset after the product",
        "gru.parameters": "From three gates to two",
        "gru.other_column": "Four conventions under one name",
        "gru.no_reset_step": "What the reset gate is for",
        "gru.turns_back": "A candidate that does not see the state",
    }
)
