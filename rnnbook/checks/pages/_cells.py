"""What the checks of cells share: random weights and states, cases, and forms."""

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
    """Cases for one step of a cell."""

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
    """Cases for one step back, with what the step forward keeps."""
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


def enter_step(kind, page, *mistakes):
    """Enter the check of one step of a cell."""
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


def enter_step_backward(kind, page, *mistakes):
    """Enter the check of one step of a cell back."""
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


# batch, length, inputs, units; T is never 2 or 3, to be told from a tuple
SEQUENCES = (
    ("one example of five steps", 1, 5, 2, 3),
    ("a batch", 3, 4, 2, 5),
    ("as many examples as steps", 4, 4, 3, 2),
    ("a single step", 5, 1, 3, 4),
)


def forward_cases(kind):
    """Cases for a step that is repeated over time."""
    step = getattr(cells, f"{kind}_step")

    def cases(rng):
        return [
            Case(
                label,
                (
                    step,
                    rng.normal(size=(B, T, D)),
                    state(rng, kind, B, H),
                    params(rng, kind, D, H),
                ),
            )
            for label, B, T, D, H in SEQUENCES
        ]

    return cases


ZERO = "tuple(0 * s for s in state) if isinstance(state, tuple) else 0 * state"


def variant_cases(gates, peepholes=False):
    """Cases for one step of an LSTM with other gates, or with peepholes."""

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


def lstm_slips(cell: str, output_gate: str) -> tuple:
    """Slips that every relative of the LSTM's step can have, in words of its own."""
    shown = f"{output_gate} * np.tanh(c_next)"
    return (
        mistake(
            "state_swapped",
            f"Output and cell of {cell} have changed places as they came in: the "
            "output comes first.",
            "h, c = state",
            "c, h = state",
        ),
        mistake(
            "cell_for_h",
            f"The sums of {cell} are made with the old cell `c` beside `W_hh`. That "
            "matrix multiplies the old output `h`.",
            'h @ params["W_hh"]',
            'c @ params["W_hh"]',
        ),
        mistake(
            "bias_twice",
            f"The bias of {cell} is counted twice.",
            ' + params["b_h"]',
            ' + 2 * params["b_h"]',
        ),
        mistake(
            "tanh_after_gate",
            f"The tanh of {cell} comes after the output gate, and belongs before it.",
            shown,
            f"np.tanh({output_gate} * c_next)",
        ),
        mistake(
            "old_cell_shown",
            f"The output of {cell} shows the old cell, before this step wrote into it.",
            shown,
            f"{output_gate} * np.tanh(c)",
        ),
        mistake(
            "output_gate_missing",
            f"The output of {cell} has no gate: the cell is shown in full.",
            shown,
            "np.tanh(c_next)",
        ),
        mistake(
            "old_cell_returned",
            f"The old cell is handed back as the new one: {cell} shows what was "
            "written, and forgets it at once.",
            f"{shown}, c_next)",
            f"{shown}, c)",
        ),
        mistake(
            "output_returned_as_cell",
            f"The output is handed back as the cell, too. What {cell} keeps is the "
            "cell before tanh and output gate.",
            f"{shown}, c_next)",
            f"{shown}, {shown})",
        ),
    )


# Slips that every step of a plain RNN back can have, whatever bends its sum.
RNN_BACK = (
    mistake(
        "W_hh_not_transposed",
        "Back through `W_hh` goes its transpose. The matrix is square, so nothing "
        "complains when it is forgotten; the gradient goes to the wrong units.",
        'da @ params["W_hh"].T',
        'da @ params["W_hh"]',
    ),
    mistake(
        "dW_hh_transposed",
        "`dW_hh` is transposed. It is square, so no shape complains: in it, as in "
        "`W_hh`, a row belongs to the unit from which a connection comes.",
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
        "`db_h` is a mean over the batch, and should be the sum, as the other "
        "gradients are.",
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
        "db_one_number",
        "`db_h` is one number: it was summed over the units too. Each unit has a bias "
        "of its own.",
        "da.sum(axis=0)",
        "da.sum()",
    ),
    mistake(
        "db_keeps_axis",
        "`db_h` has kept the axis of the batch, with length one. It should have the "
        "shape of the bias.",
        "da.sum(axis=0)",
        "da.sum(axis=0, keepdims=True)",
    ),
    mistake(
        "dW_xh_transposed",
        "`dW_xh` is transposed: its rows belong to the inputs, as those of `W_xh` do.",
        "x.T @ da",
        "da.T @ x",
    ),
    mistake(
        "weights_from_the_output",
        "The gradients of weights and bias were made with the gradient with respect to "
        "the output. These stand inside the nonlinearity, so its slope comes first.",
        '"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)',
        '"W_xh": x.T @ dh_next, "W_hh": h.T @ dh_next, "b_h": dh_next.sum(axis=0)',
    ),
    mistake(
        "dx_from_the_output",
        "On the way to `dx` the slope of the nonlinearity is missing: the gradient "
        "with respect to the output was sent through `W_xh` as it is.",
        'da @ params["W_xh"].T',
        'dh_next @ params["W_xh"].T',
    ),
    mistake(
        "gradient_also_passed_by",
        "`dh` holds the gradient with respect to the output besides what came through "
        "`W_hh`, as if the old state were added to the new one. Here it is not.",
        'da @ params["W_hh"].T',
        'da @ params["W_hh"].T + dh_next',
    ),
)

DW_HH_FROM_NEW_STATE = mistake(
    "dW_hh_from_new_state",
    "`dW_hh` is made with the new state. The matrix was multiplied by the old one.",
    "h.T @ da",
    "h_next.T @ da",
)
