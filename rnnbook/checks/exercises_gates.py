"""Functions that the exercises of part 1, gates, ask for."""

import numpy as np

from rnnbook import cells
from rnnbook.cells import sigmoid
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.cells import HC_STEP, SIZES, backward_cases, gradients

# ---- 11-lstm


def cifg_step(x, state, params):
    """The LSTM with i = 1 - f, packed f, g, o."""
    h, c = state
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    a_f, a_g, a_o = np.split(a, 3, axis=1)
    f, g, o = sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + (1 - f) * g
    return (o * np.tanh(c_next), c_next), (x, h, c, f, g, o, c_next)


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


def _variant_cases(gates, peepholes=False):
    def cases(rng):
        found = []
        for label, B, D, H in SIZES[:3]:
            k = gates * H
            shapes = {"W_xh": (D, k), "W_hh": (H, k), "b_h": (k,)}
            shapes |= {p: (H,) for p in ("p_i", "p_f", "p_o") if peepholes}
            p = {name: rng.uniform(-1, 1, size=s) for name, s in shapes.items()}
            h, c = rng.uniform(-0.9, 0.9, size=(2, B, H)) * np.array([[[1]], [[2]]])
            found.append(Case(label, (rng.normal(size=(B, D)), (h, c), p)))
        return found

    return cases


enter(
    Check(
        "lstm.cifg_step",
        "11-lstm",
        cifg_step,
        "x, (h, c), params",
        HC_STEP,
        _variant_cases(3),
        (
            mistake(
                "coupled_other_way",
                "The one gate is used the other way round: packed first is f, the "
                "share that is *kept*.",
                "f * c + (1 - f) * g",
                "(1 - f) * c + f * g",
            ),
            mistake(
                "not_coupled",
                "The candidate is written in full. What is kept and what is written "
                "share out the cell between them.",
                "(1 - f) * g",
                "g",
            ),
            mistake(
                "same_gate",
                "The forget gate scales old and new alike. What is kept closes the "
                "door to what is new: one share and the rest.",
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
                "Between cell and output the tanh is missing, also in this variant.",
                "o * np.tanh(c_next)",
                "o * c_next",
            ),
        ),
    ),
    Check(
        "lstm.peephole_step",
        "11-lstm",
        peephole_step,
        "x, (h, c), params",
        HC_STEP,
        _variant_cases(4, peepholes=True),
        (
            mistake(
                "no_peepholes",
                "That is the LSTM without peepholes: the gates do not see the cell.",
                cells.lstm_step,
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
        ),
    ),
)


def peephole_step_backward(dstate, cache, params):
    """Gradient of :func:`peephole_step`."""
    dh_next, dc_next = dstate
    x, h, c, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
    da_o = dh_next * tanh_c * o * (1 - o)
    dc_next = dc_next + dh_next * o * (1 - tanh_c**2) + da_o * params["p_o"]
    da_i, da_f = dc_next * g * i * (1 - i), dc_next * c * f * (1 - f)
    da_g = dc_next * i * (1 - g**2)
    dc = dc_next * f + da_i * params["p_i"] + da_f * params["p_f"]
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    grads["p_i"], grads["p_f"] = (da_i * c).sum(axis=0), (da_f * c).sum(axis=0)
    grads["p_o"] = (da_o * c_next).sum(axis=0)
    return da @ params["W_xh"].T, (da @ params["W_hh"].T, dc), grads


def _peephole_backward_cases(rng):
    found = []
    for label, (x, start, p) in _variant_cases(4, peepholes=True)(rng):
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
        ),
    )
)


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
                "sign",
                "The sign is the other way round: a counts down and b up.",
                'text.count("a") - text.count("b")',
                'text.count("b") - text.count("a")',
            ),
            mistake(
                "last_letter",
                "The cell knows the last letter only: what was counted is not "
                "kept. One of the gates is there for that.",
                'float(text.count("a") - text.count("b"))',
                'float(1 if text[-1] == "a" else -1)',
            ),
            mistake(
                "zero",
                "The cell stays at zero: nothing is written.",
                'text.count("a") - text.count("b")',
                "0",
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
                "The best rate was chosen for each seed anew, and then the mean taken: "
                "nobody can choose a rate after having seen how the seed ends.",
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
                "mean_of_all",
                "This is the mean over all rates. Each network is to be judged at its "
                "own best one.",
                "errors.mean(axis=1).min()",
                "errors.mean()",
            ),
            mistake(
                "median_for_mean",
                "The median over the seeds hides a run that failed.",
                "errors.mean(axis=1)",
                "np.median(errors, axis=1)",
            ),
            mistake(
                "worst_rate",
                "This is the worst rate, not the best.",
                ".min()",
                ".max()",
            ),
        ),
    ),
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
    ),
)

# ---- 12-gru


def other_column(params):
    """Weights r, z, n with the meaning of z turned round."""
    turned = {name: p.copy() for name, p in params.items()}
    for p in turned.values():
        n = p.shape[-1] // 3
        p[..., n : 2 * n] *= -1
    return turned


def no_reset_step(x, h, params):
    """A GRU without its reset gate, packed z, n."""
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    z, n = np.split(a, 2, axis=1)
    z, n = sigmoid(z), np.tanh(n)
    return (1 - z) * n + z * h, None


def turns_back(path):
    """How many entries go up at one time and down at another."""
    moves = np.diff(path, axis=0)
    return int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())


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


def _no_reset_cases(rng):
    cases = []
    for label, B, D, H in SIZES[:3]:
        p = {"W_xh": (D, 2 * H), "W_hh": (H, 2 * H), "b_h": (2 * H,)}
        p = {name: rng.uniform(-1, 1, size=shape) for name, shape in p.items()}
        h = rng.uniform(-0.9, 0.9, size=(B, H))
        cases.append(Case(label, (rng.normal(size=(B, D)), h, p)))
    return cases


def _paths(rng):
    rising = np.sort(rng.normal(size=(8, 3)), axis=0)
    stairs = np.array([[0, 1.0, 0], [0, 1, 0], [1, 0, 2], [1, 0, 2], [2, -1, 3]])
    return [
        Case("rising entries", (rising,)),
        Case("steps that stay for a while", (stairs,)),
        Case("random entries", (rng.normal(size=(6, 5)),)),
        Case("one that turns", (np.c_[rising[:, :2], rng.normal(size=8)],)),
        Case("as many steps as entries", (rng.normal(size=(3, 3)).cumsum(axis=0),)),
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
                "The matrices are turned and the bias is not: the whole sum has to "
                "change its sign.",
                "    for p in turned.values():\n",
                "    for p in (turned['W_xh'], turned['W_hh']):\n",
            ),
            mistake(
                "one_minus",
                "One minus the *weights*? What becomes one minus itself is the gate, "
                "and for that the sum before the sigmoid changes its sign.",
                "p[..., n : 2 * n] *= -1",
                "p[..., n : 2 * n] = 1 - p[..., n : 2 * n]",
            ),
            mistake(
                "nothing_done",
                "The weights come back as they were.",
                "p[..., n : 2 * n] *= -1",
                "pass",
            ),
        ),
    ),
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
        ),
    ),
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
                "You counted the turns. Asked is how many entries turn at all.",
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
                "any_at_all",
                "The answer is one if there is any: count them.",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).sum())",
                "int(((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).any())",
            ),
        ),
    ),
)


# ---- 13-three-libraries


def parameters(library, kind, D, H):
    """How many numbers a layer of a library learns, with its defaults."""
    blocks = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind]
    biases = 2 if library == "torch" or kind == "GRU" else 1
    return blocks * (D * H + H * H + biases * H)


def keras_order(a):
    """Blocks n, z, r of the last axis as z, r, n."""
    n, z, r = np.split(a, 3, axis=-1)
    return np.concatenate([z, r, n], axis=-1)


def from_torch_lstm(weight_ih, weight_hh, bias_ih, bias_hh):
    """The weights of a PyTorch LSTM as those of this course."""
    return {"W_xh": weight_ih.T, "W_hh": weight_hh.T, "b_h": bias_ih + bias_hh}


def reverse_padded(x, lengths):
    """Each row's real steps turned round, its padding left in place."""
    turned = x.copy()
    for b, n in enumerate(lengths):
        turned[b, :n] = x[b, :n][::-1]
    return turned


def _layers(rng):
    sizes = [(10, 32), (3, 4), (int(rng.integers(5, 60)), int(rng.integers(5, 60)))]
    return [
        Case(f"{kind} of {library}, D = {D}, H = {H}", (library, kind, D, H))
        for D, H in sizes
        for library in ("torch", "keras")
        for kind in ("RNN", "LSTM", "GRU")
    ]


def _packed_threes(rng):
    return [
        Case("a bias", (rng.normal(size=6),)),
        Case("a matrix", (rng.normal(size=(2, 12)),)),
        Case("as many rows as columns", (rng.normal(size=(6, 6)),)),
        Case("two rows of biases", (rng.normal(size=(2, 9)),)),
    ]


def _torch_lstms(rng):
    sizes = (
        ("D below H", 2, 3),
        ("as many inputs as packed rows", 8, 2),
        ("D = H", 3, 3),
    )
    return [
        Case(
            label,
            tuple(
                rng.normal(size=shape)
                for shape in ((4 * H, D), (4 * H, H), (4 * H,), (4 * H,))
            ),
        )
        for label, D, H in sizes
    ]


def _padded_batches(rng):
    return [
        Case("two lengths", (rng.normal(size=(2, 5, 3)), np.array([5, 3]))),
        Case(
            "as many rows as steps",
            (rng.normal(size=(4, 4, 2)), np.array([1, 4, 2, 3])),
        ),
        Case("no padding", (rng.normal(size=(3, 4, 4)), np.array([4, 4, 4]))),
    ]


enter(
    Check(
        "convert.parameters",
        "13-three-libraries",
        parameters,
        "library, kind, D, H",
        ("count",),
        _layers,
        (
            mistake(
                "biases_left_out",
                "The biases are missing. They are learned too.",
                " + biases * H)",
                ")",
            ),
            mistake(
                "one_bias_everywhere",
                "One bias for each block, everywhere. PyTorch always keeps two, and "
                "the GRU of Keras does so as well.",
                "biases = 2 if",
                "biases = 1 if",
            ),
            mistake(
                "two_biases_everywhere",
                "Two biases everywhere. The RNN and the LSTM of Keras have one.",
                "else 1",
                "else 2",
            ),
            mistake(
                "one_bias_in_the_gru_of_keras",
                "Nearly: the GRU of Keras, with its defaults, has two biases, since it "
                "resets after the product.",
                ' or kind == "GRU"',
                "",
            ),
            mistake(
                "one_bias_in_torch",
                "PyTorch keeps two biases in each kind of layer, not in the GRU alone.",
                'library == "torch" or ',
                "",
            ),
            mistake(
                "blocks_of_the_lstm_everywhere",
                "Four blocks belong to the LSTM. A plain RNN has one, a GRU three.",
                '{"RNN": 1, "LSTM": 4, "GRU": 3}[kind]',
                "4",
            ),
        ),
    ),
    Check(
        "convert.keras_order",
        "13-three-libraries",
        keras_order,
        "a",
        ("reordered",),
        _packed_threes,
        (
            mistake(
                "nothing_done",
                "The blocks come back in the order in which they were given.",
                "[z, r, n]",
                "[n, z, r]",
            ),
            mistake(
                "order_of_torch",
                "This is the order of PyTorch, with the reset gate first.",
                "[z, r, n]",
                "[r, z, n]",
            ),
            mistake(
                "first_two_exchanged",
                "The first two blocks are exchanged. That would be right for arrays in "
                "the order of PyTorch; this one begins with the candidate.",
                "[z, r, n]",
                "[z, n, r]",
            ),
            mistake(
                "turned_the_wrong_way",
                "The blocks were moved round in the other direction: the last came "
                "first.",
                "[z, r, n]",
                "[r, n, z]",
            ),
            mistake(
                "entries_reversed",
                "Single entries were reversed, not whole blocks.",
                "np.concatenate([z, r, n], axis=-1)",
                "a[..., ::-1]",
            ),
            mistake(
                "interleaved",
                "Entries are taken by threes, as if the gates were interleaved. They "
                "lie in three blocks, one behind the other.",
                "n, z, r = np.split(a, 3, axis=-1)",
                "n, z, r = (a[..., k::3] for k in range(3))",
            ),
        ),
    ),
    Check(
        "convert.from_torch_lstm",
        "13-three-libraries",
        from_torch_lstm,
        "weight_ih, weight_hh, bias_ih, bias_hh",
        ({"W_xh": "W_xh", "W_hh": "W_hh", "b_h": "b_h"}, ("W_xh", "W_hh", "b_h")),
        _torch_lstms,
        (
            mistake(
                "second_bias_forgotten",
                "The second bias is left out. Both are added to the same sum.",
                " + bias_hh",
                "",
            ),
            mistake(
                "first_bias_forgotten",
                "The first bias is left out. Both are added to the same sum.",
                "bias_ih + bias_hh",
                "bias_hh",
            ),
            mistake(
                "biases_averaged",
                "The biases were averaged. The layer adds them up.",
                "bias_ih + bias_hh",
                "(bias_ih + bias_hh) / 2",
            ),
            mistake(
                "reshaped",
                "The shapes are right and the numbers are not: a `reshape` keeps the "
                "order of the numbers in memory. A transposition changes it.",
                "weight_ih.T",
                "weight_ih.reshape(weight_ih.T.shape)",
                "weight_hh.T",
                "weight_hh.reshape(weight_hh.T.shape)",
            ),
            mistake(
                "candidate_and_output_exchanged",
                "The blocks of the candidate and of the output gate are exchanged. "
                "PyTorch has the order i, f, g, o, as this course.",
                "weight_ih.T",
                "weight_ih.reshape(4, -1, weight_ih.shape[1])[[0, 1, 3, 2]]"
                ".reshape(weight_ih.shape).T",
                "weight_hh.T",
                "weight_hh.reshape(4, -1, weight_hh.shape[1])[[0, 1, 3, 2]]"
                ".reshape(weight_hh.shape).T",
                "bias_ih + bias_hh",
                "(bias_ih + bias_hh).reshape(4, -1)[[0, 1, 3, 2]].ravel()",
            ),
        ),
    ),
    Check(
        "shapes.reverse_padded",
        "13-three-libraries",
        reverse_padded,
        "x, lengths",
        ("reversed",),
        _padded_batches,
        (
            mistake(
                "padding_turned_too",
                "The whole time axis is turned round, so the padding comes first and "
                "the network begins with it.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = x[b][::-1]",
            ),
            mistake(
                "one_short",
                "The last real step of each row stays where it was.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b, : n - 1] = x[b, : n - 1][::-1]",
            ),
            mistake(
                "features_turned",
                "The features of each step are turned round, not the steps.",
                "x[b, :n][::-1]",
                "x[b, :n, ::-1]",
            ),
            mistake(
                "nothing_done",
                "The steps come back in the order in which they were given.",
                "[::-1]",
                "",
            ),
            mistake(
                "batch_turned",
                "The rows of the batch are turned round, not the steps of each.",
                "turned[b, :n] = x[b, :n][::-1]",
                "turned[b] = x[len(x) - 1 - b]",
            ),
            mistake(
                "padding_cleared",
                "The padding was set to zero. It should stay as it is.",
                "turned = x.copy()",
                "turned = np.zeros_like(x)",
            ),
        ),
    ),
)


# ---- 14-inside-the-gates


def half_life(f):
    """Steps after which half of a cell's content is left, from its gates (T,)."""
    return -np.log(2) / np.mean(np.log(f))


def position_in_line(text):
    """Characters since the last newline, which itself counts as 0."""
    found, n = [], -1
    for c in text:
        n = 0 if c == "\n" else n + 1
        found.append(n)
    return found


def kernel(f):
    """How much of a write at each step is left at the end."""
    after = np.append(f[1:], 1.0)
    return np.cumprod(after[::-1])[::-1]


def no_forget_step(x, state, params):
    """The cell of 1997: it adds and never forgets."""
    h, c = state
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    i, f, g, o = np.split(a, 4, axis=1)
    c_next = c + sigmoid(i) * np.tanh(g)
    return (sigmoid(o) * np.tanh(c_next), c_next), None


def _correlations(cells, y):
    cells, y = cells - cells.mean(axis=0), y - y.mean()
    scale = np.sqrt((cells**2).sum(axis=0) * (y**2).sum())
    return cells.T @ y / np.maximum(scale, 1e-12)


def best_by_chance(cells, y, shift):
    """The largest correlation of any cell with shifted data."""
    return np.abs(_correlations(cells, np.roll(y, shift))).max()


def judged_on_rest(cells, y, n):
    """The correlation, on the rest, of the cell chosen on the first n steps."""
    best = np.abs(_correlations(cells[:n], y[:n])).argmax()
    return _correlations(cells[n:], y[n:])[best]


def _gate_cases(rng):
    return [
        Case("gates that differ", (rng.uniform(0.05, 0.99, size=12),)),
        Case("equal gates", (np.full(5, 0.8),)),
        Case("nearly open", (rng.uniform(0.97, 0.999, size=20),)),
    ]


def _texts(rng):
    texts = "ab\ncd", "one\n\ntwo three\n", "\nx", "no newline"
    return [Case(repr(text), (text,)) for text in texts]


def _cell_matrix(rng):
    y = (rng.random(60) < 0.4).astype(float)
    cells = rng.normal(3, 2, size=(60, 5))
    cells[:30, 0] += 3 * y[:30]
    cells[:30, 1] -= 8 * y[:30]
    cells[30:, 3] -= 9 * y[30:]
    return cells, y


def _following(rng, shift, sign):
    """Cells of which one follows what y was before a shift."""
    y, cells = (rng.random(60) < 0.4).astype(float), rng.normal(3, 2, size=(60, 5))
    cells[:, 2] += sign * np.roll(y, shift)
    return Case(f"a shift of {shift}", (cells, y, shift))


enter(
    Check(
        "gates.half_life",
        "14-inside-the-gates",
        half_life,
        "f",
        ("steps",),
        _gate_cases,
        (
            mistake(
                "logarithm_of_the_mean",
                "That is the logarithm of the mean. A product of gates is the "
                "exponential of the *sum of the logarithms*; one gate near zero erases "
                "everything.",
                "np.mean(np.log(f))",
                "np.log(np.mean(f))",
            ),
            mistake(
                "one_over_what_is_lost",
                "One over what is lost at a step is the time to 1/e, nearly, and for "
                "gates near one only.",
                "-np.log(2) / np.mean(np.log(f))",
                "1 / (1 - f.mean())",
            ),
            mistake(
                "to_one_over_e",
                "Then 1/e is left; asked is when one half is left.",
                "-np.log(2)",
                "-1",
            ),
            mistake(
                "sign_missing",
                "The number of steps is negative: logarithms of gates are.",
                "-np.log(2)",
                "np.log(2)",
            ),
            mistake(
                "sum_for_mean",
                "The sum of the logarithms belongs to all steps together. The mean is "
                "that of one step.",
                "np.mean(np.log(f))",
                "np.sum(np.log(f))",
            ),
            mistake(
                "base_two_once",
                "One of the two logarithms is to base two and the other is not.",
                "-np.log(2)",
                "-np.log2(2)",
                "np.mean(np.log(f))",
                "np.mean(np.log10(f))",
            ),
        ),
    ),
    Check(
        "gates.position_in_line",
        "14-inside-the-gates",
        position_in_line,
        "text",
        ("positions",),
        _texts,
        (
            mistake(
                "lines_ignored",
                "The count goes on over the end of the line.",
                'n = 0 if c == "\\n" else n + 1',
                "n = n + 1",
            ),
            mistake(
                "reset_one_late",
                "The newline still belongs to the line before it, and the first "
                "character after it gets 0. Asked is that the newline itself has 0.",
                '        n = 0 if c == "\\n" else n + 1\n        found.append(n)\n',
                "        n = n + 1\n        found.append(n)\n"
                '        n = -1 if c == "\\n" else n\n',
            ),
            mistake(
                "starts_at_one",
                "The first character has position 1. It should have 0.",
                "found, n = [], -1",
                "found, n = [], 0",
            ),
            mistake(
                "lines_counted",
                "You counted the lines, not the characters within one.",
                'n = 0 if c == "\\n" else n + 1',
                'n = n + (c == "\\n") + (n < 0)',
            ),
            mistake(
                "newline_as_one",
                "The newline counts as 1. It should have 0, and the character after it "
                "1.",
                "n = 0 if",
                "n = 1 if",
            ),
        ),
    ),
    Check(
        "gates.kernel",
        "14-inside-the-gates",
        kernel,
        "f",
        ("left",),
        _gate_cases,
        (
            mistake(
                "from_the_beginning",
                "That is the product of the gates *up to* each step. What comes after "
                "a write shrinks it.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(f)",
            ),
            mistake(
                "own_gate_included",
                "The gate of the step itself is included. It acts on what was there "
                "before the write.",
                "np.append(f[1:], 1.0)",
                "f",
            ),
            mistake(
                "not_turned_back",
                "The order is reversed: the last step should hold everything.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(after[::-1])",
            ),
            mistake(
                "summed",
                "The logarithms were added and not turned back into a product.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumsum(np.log(after)[::-1])[::-1]",
            ),
            mistake(
                "shifted_the_wrong_way",
                "Each write is multiplied by the gates from one step *before* it on.",
                "np.append(f[1:], 1.0)",
                "np.append(1.0, f[:-1])",
            ),
            mistake(
                "last_gate_dropped",
                "The last gate is left out: all writes but the last go through it.",
                "np.append(f[1:], 1.0)",
                "np.append(f[1:-1], [1.0, 1.0])",
            ),
        ),
    ),
    Check(
        "gates.no_forget_step",
        "14-inside-the-gates",
        no_forget_step,
        "x, (h, c), params",
        HC_STEP,
        _variant_cases(4),
        (
            mistake(
                "still_forgets",
                "That is the LSTM with its forget gate.",
                "c_next = c + sigmoid(i)",
                "c_next = sigmoid(f) * c + sigmoid(i)",
            ),
            mistake(
                "forgets_everything",
                "The old cell is gone. Without a forget gate *everything* is kept.",
                "c_next = c + sigmoid(i)",
                "c_next = sigmoid(i)",
            ),
            mistake(
                "input_gate_gone_too",
                "The input gate is gone as well. It stays.",
                "sigmoid(i) * np.tanh(g)",
                "np.tanh(g)",
            ),
            mistake(
                "forget_block_as_input_gate",
                "The block of the forget gate was used as the input gate. The packing "
                "stays i, f, g, o.",
                "i, f, g, o = np",
                "f, i, g, o = np",
            ),
            mistake(
                "candidate_without_tanh",
                "The candidate has lost its tanh.",
                "np.tanh(g)",
                "g",
            ),
            mistake(
                "cell_shown_without_tanh",
                "The cell is shown without its tanh.",
                "sigmoid(o) * np.tanh(c_next)",
                "sigmoid(o) * c_next",
            ),
        ),
    ),
    Check(
        "gates.best_by_chance",
        "14-inside-the-gates",
        best_by_chance,
        "cells, y, shift",
        ("correlation",),
        lambda rng: [_following(rng, 7, -5), _following(rng, 25, 2)],
        (
            mistake(
                "not_shifted",
                "The data was not shifted, so this is no chance level.",
                "np.roll(y, shift)",
                "y",
            ),
            mistake(
                "sign_counts",
                "A cell may follow with a negative sign: take the absolute value "
                "before the largest.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "_correlations(cells, np.roll(y, shift)).max()",
            ),
            mistake(
                "mean_for_best",
                "That is the mean over the cells. Asked is the best.",
                ".max()",
                ".mean()",
            ),
            mistake(
                "covariance",
                "Not divided by the spreads: that is a covariance.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "np.abs((cells - cells.mean(0)).T @ (np.roll(y, shift) - y.mean()))"
                ".max() / len(y)",
            ),
            mistake(
                "means_left_in",
                "The means were not taken off before the products were summed.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "np.abs(cells.T @ np.roll(y, shift) / np.sqrt((cells**2).sum(0) * "
                "(y**2).sum())).max()",
            ),
            mistake(
                "first_cell_only",
                "Only the first cell was looked at.",
                "_correlations(cells, np",
                "_correlations(cells[:, :1], np",
            ),
        ),
    ),
    Check(
        "gates.judged_on_rest",
        "14-inside-the-gates",
        judged_on_rest,
        "cells, y, n",
        ("correlation",),
        lambda rng: [
            Case(f"the first {n} choose", (*_cell_matrix(rng), n)) for n in (30, 24)
        ],
        (
            mistake(
                "chosen_and_judged_on_all",
                "The cell was chosen and judged on the same text: the best of many "
                "always looks good there.",
                "cells[:n], y[:n]",
                "cells, y",
                "cells[n:], y[n:]",
                "cells, y",
            ),
            mistake(
                "judged_where_chosen",
                "Chosen on the first part and judged there too.",
                "cells[n:], y[n:]",
                "cells[:n], y[:n]",
            ),
            mistake(
                "chosen_where_judged",
                "Chosen on the rest, on which it is judged.",
                "cells[:n], y[:n]",
                "cells[n:], y[n:]",
            ),
            mistake(
                "sign_counts",
                "A cell may follow with a negative sign: choose by the size.",
                "np.abs(_correlations(cells[:n], y[:n])).argmax()",
                "_correlations(cells[:n], y[:n]).argmax()",
            ),
            mistake(
                "sign_lost",
                "The sign is lost. A cell that turns round on the rest has not been "
                "found again.",
                "return _correlations(cells[n:], y[n:])[best]",
                "return np.abs(_correlations(cells[n:], y[n:])[best])",
            ),
            mistake(
                "best_of_the_rest",
                "The best on the rest was taken, whatever had been chosen.",
                "_correlations(cells[n:], y[n:])[best]",
                "np.abs(_correlations(cells[n:], y[n:])).max()",
            ),
        ),
    ),
)
