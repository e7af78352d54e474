"""Checks of 02-rnn: a step, a layer, shapes, and what a state can hold."""

import numpy as np

from rnnbook import bptt, cells
from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.pages._cells import (
    GATES,
    STATE,
    ZERO,
    enter_step,
    forward_cases,
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


enter_step(
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
        "The input stands where the old state belongs, beside `W_hh`. With as many "
        "inputs as units this runs, without a memory; with other sizes it stops with "
        "an error.",
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
        "`W_hh` is used transposed. It is square, so no shape complains. A state is a "
        "row here, and is multiplied by the matrix as it stands.",
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


STEP = "state, cache = step(x[:, t], state, params)"
APPEND = "hs.append(state[0] if isinstance(state, tuple) else state)"

FORWARD = (
    mistake(
        "state_not_carried",
        "The state is not carried from step to step: every step starts from the "
        "initial state, so the network remembers nothing.",
        "hs, caches = [], []",
        "hs, caches, start = [], [], state",
        STEP,
        "state, cache = step(x[:, t], start, params)",
    ),
    mistake(
        "initial_state_ignored",
        "The initial state is ignored: the loop starts from zeros, whatever is given.",
        "hs, caches = [], []",
        f"hs, caches, state = [], [], {ZERO}",
    ),
    mistake(
        "state_before_step",
        "Each state is stored before its step instead of after it, so the outputs are "
        "one step late.",
        STEP,
        "old, (state, cache) = state, step(x[:, t], state, params)",
        APPEND,
        "hs.append(old[0] if isinstance(old, tuple) else old)",
    ),
    mistake(
        "last_step_missing",
        "The last step is missing: the loop ends one too early.",
        "range(x.shape[1])",
        "range(x.shape[1] - 1)",
    ),
    mistake(
        "first_step_missing",
        "The first step is missing: the loop begins with the second input.",
        "range(x.shape[1])",
        "range(1, x.shape[1])",
    ),
    mistake(
        "loop_backwards",
        "The loop reads the sequence from its end. Memory is of what came before, so "
        "it runs from the first step on.",
        "range(x.shape[1])",
        "reversed(range(x.shape[1]))",
    ),
    mistake(
        "loop_backwards_reordered",
        "The loop reads the sequence from its end and stores each output at its own "
        "step, as the backward half of a bidirectional network does: every output "
        "knows the future.",
        "range(x.shape[1])",
        "reversed(range(x.shape[1]))",
        "np.stack(hs, axis=1)",
        "np.stack(hs[::-1], axis=1)",
    ),
    mistake(
        "same_input",
        "Every step reads the first input: the index of time does not move.",
        "x[:, t]",
        "x[:, 0]",
    ),
    mistake(
        "one_buffer",
        "All steps show the last state. That happens when one array is overwritten in "
        "place and stored again and again: each entry of the list is the same array.",
        "np.stack(hs, axis=1)",
        "np.stack([hs[-1]] * len(hs), axis=1)",
    ),
    mistake(
        "time_first",
        "Batch and time are swapped in the output: the steps were stacked along the "
        "first axis, and time is the second.",
        "axis=1",
        "axis=0",
    ),
    mistake(
        "time_reshaped",
        "The steps were stacked along the first axis and then reshaped. That gives the "
        "right shape and mixes examples with steps: a reshape does not swap axes.",
        "np.stack(hs, axis=1)",
        "np.stack(hs).reshape(len(x), x.shape[1], -1)",
        page="01-sequences",
    ),
    mistake(
        "loop_over_batch",
        "The loop runs over the examples and takes them for steps. Time is the second "
        "axis of `x`.",
        "range(x.shape[1])",
        "range(x.shape[0])",
        "x[:, t]",
        "x[t]",
    ),
    mistake(
        "last_output_only",
        "Only the last output is returned; the output of every step is wanted.",
        "np.stack(hs, axis=1)",
        "hs[-1]",
    ),
    mistake(
        "initial_state_returned",
        "The state handed back is the initial one. Whoever goes on with the next piece "
        "of the sequence needs the last.",
        "hs, caches = [], []",
        "hs, caches, start = [], [], state",
        "axis=1), state,",
        "axis=1), start,",
    ),
)

FORWARD_LSTM = (
    mistake(
        "cell_not_carried",
        "The cell is not carried on: each step starts from the initial `c`, and only "
        "`h` remembers. The cell is what holds over long distances.",
        "hs, caches = [], []",
        "hs, caches, start = [], [], state[1]",
        STEP,
        "state, cache = step(x[:, t], (state[0], start) if t else state, params)",
    ),
    mistake(
        "output_not_carried",
        "The output is not carried on: each step gets the new cell, and the `h` that "
        "was there at the beginning.",
        "hs, caches = [], []",
        "hs, caches, start = [], [], state[0]",
        STEP,
        "state, cache = step(x[:, t], (start, state[1]), params)",
    ),
    mistake(
        "state_swapped",
        "Output and cell change places between one step and the next.",
        STEP,
        "state, cache = step(x[:, t], state[::-1] if t else state, params)",
    ),
    mistake(
        "cell_shown",
        "The cell of each step was stored, not its output.",
        APPEND,
        "hs.append(state[1])",
    ),
)


def _forward(kind):
    lstm = kind == "lstm"
    last = ("h_T", "c_T") if lstm else "h_T"
    # A task asks for the caches of the LSTM. What lacks an output is told so.
    caches = "+caches" if lstm else "*caches"
    flat = (("h", "h_T", "c_T", caches),) if lstm else ()
    part = (("h", "h_T", "c_T"),) if lstm else ()
    return Check(
        f"{kind}.forward",
        "02-rnn",
        bptt.forward,
        f"step, x, {STATE[kind]}, params",
        (("h", last, caches), *flat, ("h", last), *part, "h"),
        forward_cases(kind),
        FORWARD + FORWARD_LSTM * lstm,
        time={"h": (1, 1)},
        forms=(slice(None), slice(1, None)),
    )


enter(*map(_forward, GATES))


def rnn_parameters(D, H, K):
    """An RNN with a linear readout."""
    return D * H + H * H + H + H * K + K


def _rnn_sizes(rng):
    return [
        Case(f"D, H, K = {D}, {H}, {K}", (D, H, K))
        for D, H, K in ((3, 5, 2), (65, 256, 65), (1, 4, 7))
    ]


enter(
    Check(
        "rnn.parameters",
        "02-rnn",
        rnn_parameters,
        "D, H, K",
        ("count",),
        _rnn_sizes,
        (
            mistake(
                "state_matrix_missing",
                "The matrix from the state to the state is missing.",
                "D * H + H * H +",
                "D * H +",
            ),
            mistake(
                "readout_bias_missing",
                "The readout has a bias as well.",
                " + H * K + K",
                " + H * K",
            ),
            mistake(
                "biases_missing",
                "Neither bias was counted.",
                "H * H + H + H * K + K",
                "H * H + H * K",
            ),
            mistake(
                "hidden_bias_missing",
                "The bias of the recurrent layer was not counted.",
                "H * H + H + H * K",
                "H * H + H * K",
            ),
            mistake(
                "readout_missing",
                "The readout was not counted.",
                " + H * K + K",
                "",
            ),
            mistake(
                "readout_reads_input",
                "The readout reads the state, and was counted as if it read the input.",
                "H * K + K",
                "D * K + K",
            ),
            mistake(
                "two_biases",
                "There are H numbers too many: a second bias, as PyTorch keeps one, "
                "or a state. Here each unit has one bias, and the state is not "
                "learned.",
                "H * H + H +",
                "H * H + 2 * H +",
                page="13-three-libraries",
            ),
            mistake(
                "sizes_exchanged",
                "Inputs and units have changed places in the recurrent layer: the "
                "square is that of the number of inputs.",
                "D * H + H * H + H +",
                "D * H + D * D + D +",
            ),
            mistake(
                "two_matrices_only",
                "Only two matrices were counted, that of the input and that of the "
                "readout. The matrix from the state to the state is missing, and so "
                "are the biases.",
                "D * H + H * H + H + H * K + K",
                "D * H + H * K",
            ),
            mistake(
                "square_as_double",
                "The matrix from the state to the state was counted with two numbers "
                "for each unit. It has a row and a column for each, so their product.",
                "H * H + H + H * K",
                "2 * H + H + H * K",
            ),
            mistake(
                "inputs_squared",
                "The matrix from the state to the state was counted as if it were as "
                "large as the input: its size is that of the state, both ways.",
                "D * H + H * H",
                "D * H + D * D",
            ),
            mistake(
                "state_matrix_to_outputs",
                "The matrix from the state to the state was counted with a column for "
                "each output. It leads back to the units.",
                "H * H + H + H * K",
                "H * K + H + H * K",
            ),
            mistake(
                "gates_counted",
                "The recurrent layer was counted four times, as for the gates of an "
                "LSTM. The plain RNN has one such set of weights.",
                "D * H + H * H + H + H * K",
                "4 * (D * H + H * H + H) + H * K",
            ),
            mistake(
                "input_matrix_missing",
                "The matrix from the input to the state is missing.",
                "D * H + H * H",
                "H * H",
            ),
            mistake(
                "readout_bias_of_units",
                "The readout was counted with a bias for each unit. It has one for "
                "each output.",
                " + H * K + K",
                " + H * K + H",
            ),
            mistake(
                "recurrent_layer_missing",
                "Only the readout was counted.",
                "D * H + H * H + H + H * K",
                "H * K",
            ),
            mistake(
                "readout_reads_both",
                "The readout was counted as if it read the input besides the state.",
                "H * K + K",
                "(D + H) * K + K",
            ),
            mistake(
                "hidden_bias_of_inputs",
                "The recurrent layer was counted with a bias for each input. It has "
                "one for each unit.",
                "D * H + H * H + H +",
                "D * H + H * H + D +",
            ),
        ),
    )
)


def _cubes(rng):
    sizes = ((2, 3, 4), (3, 5, 2), (4, 4, 3), (3, 3, 3), (1, 5, 4))
    labels = ("two examples", "a batch", "B = T", "B = T = D", "one example")
    return [
        Case(label, (rng.normal(size=size),))
        for label, size in zip(labels, sizes, strict=True)
    ]


def time_first(x):
    """(B, T, D) as (T, B, D)."""
    return x.transpose(1, 0, 2)


enter(
    Check(
        "shapes.time_first",
        "02-rnn",
        time_first,
        "x",
        ("x_time_first",),
        _cubes,
        (
            mistake(
                "reshaped",
                "A reshape keeps the numbers in their order and cuts them anew: steps "
                "of different examples are mixed. To swap axes, transpose.",
                "x.transpose(1, 0, 2)",
                "x.reshape(x.shape[1], x.shape[0], x.shape[2])",
            ),
            mistake(
                "not_swapped",
                "Batch and time are where they were.",
                "x.transpose(1, 0, 2)",
                "x + 0",
            ),
            mistake(
                "all_reversed",
                "All three axes are reversed: `.T` turns the features to the front.",
                "x.transpose(1, 0, 2)",
                "x.T",
            ),
            mistake(
                "wrong_axes",
                "Time and features were swapped; the batch stays in front.",
                "x.transpose(1, 0, 2)",
                "x.transpose(0, 2, 1)",
            ),
            mistake(
                "rolled",
                "The axes were rotated: time is in front, but the batch is last.",
                "x.transpose(1, 0, 2)",
                "x.transpose(1, 2, 0)",
            ),
            mistake(
                "time_reversed",
                "The axes are right, and time runs backwards.",
                "x.transpose(1, 0, 2)",
                "x.transpose(1, 0, 2)[::-1]",
            ),
        ),
    )
)


def last_step(h):
    """The last of all steps, (B, T, H) to (B, H)."""
    return h[:, -1]


enter(
    Check(
        "shapes.last_step",
        "02-rnn",
        last_step,
        "h",
        ("h_last",),
        _cubes,
        (
            mistake(
                "last_example",
                "That is the last example, with all its steps: the first axis is the "
                "batch.",
                "h[:, -1]",
                "h[-1]",
            ),
            mistake(
                "last_unit",
                "That is the last unit at every step: the third axis is that of units.",
                "h[:, -1]",
                "h[:, :, -1]",
            ),
            mistake(
                "first_step",
                "That is the first step.",
                "h[:, -1]",
                "h[:, 0]",
            ),
            mistake(
                "mean_over_time",
                "That is the mean over time.",
                "h[:, -1]",
                "h.mean(axis=1)",
            ),
            mistake(
                "axis_kept",
                "The last step is there, and the axis of time as well, of length one. "
                "Against targets without it, a loss may broadcast and be wrong.",
                "h[:, -1]",
                "h[:, -1:]",
            ),
            mistake(
                "step_before",
                "That is the last step but one.",
                "h[:, -1]",
                "h[:, -2]",
            ),
        ),
    )
)


def time_axis(f, x):
    """1 if rows of the output depend on their own row of ``x`` only, else 0."""
    other = x.copy()
    other[0] = other[0] + 1
    return 1 if np.array_equal(f(other)[1:], f(x)[1:]) else 0


def _running_sum(x):
    return x.cumsum(axis=1)


def _same_for_all(x):
    return 0 * x


def _running_sum_first(x):
    return x.cumsum(axis=0)


def _sum_of_one_unit(x):
    """One unit carries its state along axis 0, the others hold none."""
    return np.concatenate([x[..., :1].cumsum(axis=0), x[..., 1:]], axis=-1)


def _axis_cases(rng):
    x = rng.normal(size=(4, 6, 3))
    return [
        Case("time is axis 1", (_running_sum, x)),
        Case("time is axis 0", (_running_sum_first, x)),
        Case("as many rows as columns", (_running_sum, rng.normal(size=(3, 3, 2)))),
        Case("a network that does not look at its input", (_same_for_all, x)),
        Case("one unit only has a state, along axis 0", (_sum_of_one_unit, x)),
    ]


enter(
    Check(
        "rnn.time_axis",
        "02-rnn",
        time_axis,
        "f, x",
        ("axis",),
        _axis_cases,
        (
            mistake(
                "inverted",
                "The two answers have changed places: if other rows move, the state "
                "goes from row to row, and time is axis 0.",
                "return 1 if np.array_equal(f(other)[1:], f(x)[1:]) else 0",
                "return 0 if np.array_equal(f(other)[1:], f(x)[1:]) else 1",
            ),
            mistake(
                "changed_row_compared",
                "A row that was changed itself is compared, and it moves with its own "
                "input. Look at the *other* rows.",
                "f(other)[1:], f(x)[1:]",
                "f(other), f(x)",
            ),
            mistake(
                "always_one",
                "The answer is 1 whatever the network does.",
                lambda f, x: 1,
            ),
            mistake(
                "always_zero",
                "The answer is 0 whatever the network does, also for one that does not "
                "look at its input.",
                lambda f, x: 0,
            ),
            mistake(
                "some_stay_the_same",
                "If *some* numbers of the other rows stay the same you say that none "
                "moves. One that moves is enough: then a state goes from row to row.",
                "np.array_equal(f(other)[1:], f(x)[1:])",
                "(f(other)[1:] == f(x)[1:]).any()",
            ),
            mistake(
                "columns_changed",
                "You changed the first *column* and looked at the other columns. That "
                "asks whether axis 1 is the batch; the exercise asks it of axis 0.",
                "other[0] = other[0] + 1",
                "other[:, 0] = other[:, 0] + 1",
                "np.array_equal(f(other)[1:], f(x)[1:])",
                "np.array_equal(f(other)[:, 1:], f(x)[:, 1:])",
            ),
        ),
    )
)


def latch(events):
    """1 from a set to the next reset, as text."""
    on, out = False, ""
    for event in events:
        on = event == "s" or (on and event != "r")
        out += "1" if on else "0"
    return out


def _digits(function):
    def digits(events):
        text = function(events)
        return np.array([int(c) for c in text]) if isinstance(text, str) else text

    return digits


def _latch_cases(rng):
    texts = "..s...r..s.", "ss..rr.s", ".r.s" + "." * 60, "srsrs.r."
    quiet = Case("a set, and 3000 steps without an event", ("s" + "." * 3000,))
    return [*(Case(text, (text,)) for text in texts), quiet]


def _fading_latch(events):
    return "".join(c if k < 1000 else "0" for k, c in enumerate(latch(events)))


def _fades(case, outputs, expected):
    """Right, but that after many steps without an event a 1 becomes 0."""
    mine, right = outputs["digits"], expected["digits"]
    wrong = np.flatnonzero(mine != right)
    if len(right) < 60:
        return not len(wrong)
    return not len(wrong) or (wrong[0] > 8 and not mine[wrong[0] :].any())


def _is_fading(case, outputs, expected):
    lost = (outputs["digits"] != expected["digits"]).any()
    return _fades(case, outputs, expected) and (len(case.args[0]) < 1000 or lost)


SWINGS = 1000  # changes in 3000 steps without an event


def _first_wrong(event):
    """Whether the first digit that is wrong stands at such an event."""

    def holds(case, outputs, expected):
        wrong = np.flatnonzero(outputs["digits"] != expected["digits"])
        if not len(wrong):
            return True
        if wrong[0] >= 60:  # what comes much later is a state that fades
            return False
        swings = np.abs(np.diff(outputs["digits"])).sum() > SWINGS
        return case.args[0][wrong[0]] == event and not swings

    return holds


enter(
    Check(
        "rnn.latch",
        "02-rnn",
        latch,
        "events",
        ("digits",),
        _latch_cases,
        (
            mistake(
                "fades",
                "The latch holds for a while only: without an event its state shrinks "
                "from step to step, until nothing is left of the set.",
                _fading_latch,
                holds=_is_fading,
            ),
            mistake(
                "swings",
                "Without an event the latch swings between 0 and 1: the state turns "
                "itself over at each step, in place of holding itself.",
                lambda events: "".join("01"[k % 2] for k in range(len(events))),
                holds=lambda case, outputs, expected: (
                    len(case.args[0]) < 100
                    or np.abs(np.diff(outputs["digits"])).sum() > SWINGS
                ),
            ),
            mistake(
                "wrong_at_a_set",
                "A set does not take the latch to 1 from wherever it stands.",
                lambda events: latch(events.replace("rs", "r.")),
                holds=_first_wrong("s"),
            ),
            mistake(
                "wrong_at_a_reset",
                "A reset does not take the latch to 0 from wherever it stands.",
                lambda events: latch(events.replace("sr", "s.")),
                holds=_first_wrong("r"),
            ),
            mistake(
                "wrong_without_an_event",
                "Sets and resets are answered, and the state does not hold: at a step "
                "without an event it changes by itself.",
                lambda events: latch(events.replace("s..", "s.r")),
                holds=_first_wrong("."),
            ),
            mistake(
                "reset_sets",
                "A reset sets, as a set does, so nothing ever takes the latch back to "
                "0.",
                'event == "s" or (on and event != "r")',
                'event in "sr" or on',
            ),
            mistake(
                "only_resets",
                "A set does nothing, and a reset sets: the signs of both inputs are "
                "such that only a reset leads to 1.",
                'event == "s" or (on and event != "r")',
                'event == "r" or on',
            ),
            mistake(
                "no_memory",
                "The latch shows a set and falls back as soon as there is no event. "
                "The state must hold itself.",
                '(on and event != "r")',
                "False",
            ),
            mistake(
                "never_reset",
                "Once on, the latch stays on. A reset does not push the unit down, or "
                "more weakly than the unit holds itself up.",
                '(on and event != "r")',
                "on",
            ),
            mistake(
                "starts_on",
                "The latch starts at 1; before the first event it is 0.",
                "on, out = False",
                "on, out = True",
            ),
            mistake(
                "always_off",
                "The latch never goes on. A set pushes the unit the wrong way, or not "
                "at all, or more weakly than the unit holds itself down.",
                '"1" if on else "0"',
                '"0"',
            ),
            mistake(
                "inverted",
                "Ones and zeros have changed places.",
                '"1" if on else "0"',
                '"0" if on else "1"',
            ),
            mistake(
                "set_and_reset_swapped",
                "A reset sets, and a set resets: their weights have changed places.",
                'event == "s" or (on and event != "r")',
                'event == "r" or (on and event != "s")',
            ),
        ),
        wrap=_digits,
    )
)


def bit_line(units, gain):
    """A shift register for bits: every connection brings them back to about one."""
    W_xh = np.zeros((1, units))
    W_xh[0, 0] = gain
    W_hh = gain * np.eye(units, k=1)
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": np.zeros(units)}


def _self_weights(units, gain):
    p = bit_line(units, gain)
    return p | {"W_hh": p["W_hh"] + gain * np.eye(units)}


def _noisy_bits(function):
    """The bits that come out of noisy units, and which units are near one."""

    def run(units, gain):
        p, rng = function(units, gain), np.random.default_rng(0)
        bits, h, out = rng.choice([-1.0, 1.0], size=60), np.zeros(units), []
        quiet = np.zeros(units)
        for bit in bits:
            h = np.tanh(bit * p["W_xh"][0] + h @ p["W_hh"] + p["b_h"])
            h = h + 0.2 * rng.normal(size=units)
            quiet = np.tanh(bit * p["W_xh"][0] + quiet @ p["W_hh"] + p["b_h"])
            out.append(h[-1])
        other = function(units, 2 * gain)
        follows = any(not np.array_equal(p[name], other[name]) for name in p)
        near_one = (np.abs(quiet) > 0.97).astype(int)
        out = np.sign(out[units - 1 :])
        right = np.array_equal(out, bits[: len(out)])
        sends = int(right or np.diag(p["W_hh"], 1).all())
        extra = [*_too_much(p["W_hh"]), p["b_h"].any()]
        extra = [int(e and not right) for e in extra]
        return out, near_one, int(follows), sends, *extra

    return run


def _too_much(W):
    """Whether units feed themselves, and whether others than the next one."""
    others = W - np.diag(np.diag(W)) - np.diag(np.diag(W, 1), 1)
    return np.diag(W).any(), others.any()


enter(
    Check(
        "rnn.bit_line",
        "02-rnn",
        bit_line,
        "units, gain",
        (
            (
                "bits_out",
                "units_near_one",
                "gain_is_used",
                "sent_to_the_next",
                "self_weights",
                "other_connections",
                "biases",
            ),
        ),
        lambda rng: [
            Case(f"{n} units, gain {g}", (n, g)) for n, g in ((6, 3.0), (4, 4.0))
        ],
        (
            mistake(
                "gain_at_the_input_only",
                "The gain is on the input only. From unit to unit the bits shrink and "
                "the noise stays: every connection has to bring them back.",
                "gain * np.eye",
                "np.eye",
            ),
            mistake(
                "gain_between_units_only",
                "The gain is between the units, and the input enters without it: the "
                "first unit stays well below one, and there the noise turns a bit over "
                "from time to time.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 1",
            ),
            mistake(
                "no_gain",
                "Neither the input nor the units have the gain.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 1",
                "gain * np.eye",
                "np.eye",
            ),
            mistake(
                "units_keep_their_own",
                "Each unit feeds itself, not the next one: nothing moves along.",
                "np.eye(units, k=1)",
                "np.eye(units)",
            ),
            mistake(
                "line_runs_backwards",
                "Each unit sends to the one *before* it. The state is a row and "
                "stands to the left of the matrix, so a row of the matrix says where "
                "a unit *sends*.",
                "k=1",
                "k=-1",
            ),
            mistake(
                "input_everywhere",
                "The input enters at every unit. It should enter at the first one "
                "only.",
                "W_xh[0, 0] = gain",
                "W_xh[0] = gain",
            ),
            mistake(
                "input_missing",
                "The input does not enter: its matrix holds nothing but zeros.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 0",
            ),
            mistake(
                "bias_added",
                "The biases are not zero. They push every unit to one side, whatever "
                "bit comes in.",
                lambda units, gain: (
                    bit_line(units, gain) | {"b_h": np.full(units, gain)}
                ),
                holds=lambda case, outputs, expected: (
                    outputs["biases"] == 1
                    and outputs["self_weights"] == outputs["other_connections"] == 0
                ),
            ),
            mistake(
                "input_at_the_end",
                "The input enters at the last unit, where the bit should come out.",
                "W_xh[0, 0] = gain",
                "W_xh[0, -1] = gain",
            ),
            mistake(
                "divided_by_gain",
                "The weights were divided by the gain. Bits that get smaller from unit "
                "to unit are lost in the noise; a gain makes them larger.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 1 / gain",
                "gain * np.eye",
                "1 / gain * np.eye",
            ),
            mistake(
                "sign_turned",
                "The gain between the units is negative, so that each of them turns "
                "the bit over.",
                "gain * np.eye",
                "-gain * np.eye",
            ),
            mistake(
                "gain_fixed",
                "The weights are the same for every `gain`: the argument is not used, "
                "a number of your own stands in its place.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 3",
                "gain * np.eye",
                "3 * np.eye",
            ),
            mistake(
                "units_hold_their_own",
                "Each unit feeds itself as well as the next one. It holds the bit it "
                "has against the one that should come in.",
                _self_weights,
                holds=lambda case, outputs, expected: (
                    outputs["sent_to_the_next"] == outputs["self_weights"] == 1
                    and outputs["other_connections"] == 0
                ),
            ),
            mistake(
                "all_connected",
                "Units send to others than the next one, too. In a line each sends to "
                "the next one only.",
                lambda units, gain: (
                    bit_line(units, gain) | {"W_hh": gain * np.ones((units, units))}
                ),
                holds=lambda case, outputs, expected: (
                    outputs["sent_to_the_next"] == outputs["other_connections"] == 1
                ),
            ),
        ),
        wrap=_noisy_bits,
        gives="params",
    )
)


def unexplained(loss, y):
    """A squared error as a share of that of always answering the mean."""
    return loss / ((y - y.mean()) ** 2).mean()


def _unexplained_cases(rng):
    return [
        Case("bits", (0.1, rng.integers(0, 2, size=(4, 6, 1)).astype(float))),
        Case("numbers far from zero", (2.5, 10 + rng.normal(size=(3, 5)))),
        Case("a short series", (0.3, rng.normal(size=7))),
    ]


enter(
    Check(
        "metrics.unexplained",
        "02-rnn",
        unexplained,
        "loss, y",
        ("share",),
        _unexplained_cases,
        (
            mistake(
                "zero_for_mean",
                "The loss was compared with the error of somebody who always answers "
                "zero. Here that is somebody who always answers the mean of `y`.",
                "(y - y.mean()) ** 2",
                "y**2",
            ),
            mistake(
                "root_taken",
                "The loss is a squared error, so it is compared with a squared error: "
                "the variance, not the standard deviation.",
                "((y - y.mean()) ** 2).mean()",
                "y.std()",
            ),
            mistake(
                "explained",
                "This is the share that the network *explains*. What it leaves "
                "unexplained is wanted.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return 1 - loss / ((y - y.mean()) ** 2).mean()",
            ),
            mistake(
                "upside_down",
                "The quotient is upside down: the better the network, the larger this "
                "number.",
                "loss / ((y - y.mean()) ** 2).mean()",
                "((y - y.mean()) ** 2).mean() / loss",
            ),
            mistake(
                "summed",
                "The loss is a mean over all targets; divide it by a mean, not a sum.",
                "** 2).mean()",
                "** 2).sum()",
            ),
            mistake(
                "loss_alone",
                "The loss came back as it was, not yet divided by anything.",
                " / ((y - y.mean()) ** 2).mean()",
                "",
            ),
            mistake(
                "sample_variance",
                "The variance was taken with one less than the number of targets. The "
                "loss is a mean over all of them, and so is what it is compared with.",
                "((y - y.mean()) ** 2).mean()",
                "y.var(ddof=1)",
            ),
            mistake(
                "root_of_the_share",
                "A root was taken of the share. Squared errors are compared as they "
                "are.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return (loss / ((y - y.mean()) ** 2).mean()) ** 0.5",
            ),
            mistake(
                "absolute_distance",
                "The loss is a squared error, and was divided by the mean *absolute* "
                "distance from the mean.",
                "((y - y.mean()) ** 2).mean()",
                "np.abs(y - y.mean()).mean()",
            ),
            mistake(
                "square_of_the_mean",
                "The loss was divided by the square of the mean. What remains for "
                "somebody who always answers the mean is the spread around it.",
                "((y - y.mean()) ** 2).mean()",
                "y.mean() ** 2",
            ),
            mistake(
                "bracket_missing",
                "The square of the mean was subtracted from the quotient. It belongs "
                "to the variance, by which the loss is divided.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return loss / (y**2).mean() - y.mean() ** 2",
            ),
            mistake(
                "median_for_mean",
                "The loss was compared with the error of somebody who always answers "
                "the *median* of the targets.",
                "y - y.mean()",
                "y - np.median(y)",
            ),
            mistake(
                "range_of_the_targets",
                "The loss was divided by the distance from the smallest to the largest "
                "target. It is compared with a mean square.",
                "((y - y.mean()) ** 2).mean()",
                "(y.max() - y.min())",
            ),
            mistake(
                "loss_squared",
                "The loss was squared once more. It is a squared error already.",
                "return loss /",
                "return loss**2 /",
            ),
            mistake(
                "root_of_the_loss",
                "The root of the loss was divided by a variance. Both are mean squares "
                "and are compared as they are.",
                "return loss /",
                "return loss**0.5 /",
            ),
            mistake(
                "multiplied",
                "The two errors were multiplied. A share is a quotient.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return loss * ((y - y.mean()) ** 2).mean()",
            ),
            mistake(
                "mean_of_each_column",
                "Each column was compared with its own mean. The one who always "
                "answers the mean gives one number for all targets.",
                "y.mean()) **",
                "y.mean(axis=0)) **",
            ),
            mistake(
                "divided_by_mean",
                "The loss was divided by the mean of the targets. What remains for "
                "somebody who always answers it is the spread around it.",
                "((y - y.mean()) ** 2).mean()",
                "y.mean()",
            ),
            mistake(
                "share_of_the_sum",
                "The loss was divided by the sum of both errors. It is compared with "
                "the other one alone.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return loss / (loss + ((y - y.mean()) ** 2).mean())",
            ),
            mistake(
                "difference",
                "The other error was subtracted. A share is a quotient.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return loss - ((y - y.mean()) ** 2).mean()",
            ),
            mistake(
                "one_minus_loss",
                "The loss was subtracted from one. A loss is no share yet.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return 1 - loss",
            ),
        ),
    )
)


def count_mod3(presses):
    """The number of presses so far, modulo three."""
    return np.cumsum(presses) % 3


def _press_cases(rng):
    strings = [[1, 0, 1, 1, 1], [1] * 12, list(rng.integers(0, 2, size=60))]
    return [Case(f"{len(x)} presses", (np.array(x),)) for x in strings]


def _outside(presses):
    """Counts two and four below zero, where one and two are meant."""
    return -2 * count_mod3(presses)


def _three_units(gain, transposed=False):
    """What the network of the exercise counts with other weights."""
    read, thresholds = np.array([0.5, 0.5, -1.0]), np.array([0.5, 1.5, 2.5])
    back = np.outer(read, np.ones(3))

    def count(presses):
        u, counts = -np.ones(3), []
        for press in presses:
            sent = u @ (back.T if transposed else back)
            u = np.tanh(gain * (sent + press - thresholds))
            counts.append(u @ read)
        return np.round(counts)

    return count


def _with_small_weights(case, outputs, expected):
    counted = (_three_units(gain)(*case.args) for gain in (2.5, 3.0, 3.5))
    return any(np.array_equal(outputs["counts"], counts) for counts in counted)


def _flaw(kind):
    """A wrong count that has no other name: where it goes wrong."""

    def holds(case, outputs, expected):
        (x,), counts = case.args, outputs["counts"]
        first = int(np.argmax(x))
        if (counts != np.round(counts)).any():
            return False
        early = counts[first] != 1 or counts[:first].any()
        seen = counts[: first + 1] if early else counts
        if not np.isin(seen, (0, 1, 2)).all():
            return kind == "outside"
        if early:
            return kind == "first"
        return kind == "later" and not np.array_equal(counts, expected["counts"])

    return holds


enter(
    Check(
        "rnn.mod3",
        "02-rnn",
        count_mod3,
        "presses",
        ("counts",),
        _press_cases,
        (
            mistake(
                "parity",
                "That is the count modulo two. To count modulo three, the state must "
                "hold three values.",
                "% 3",
                "% 2",
            ),
            mistake(
                "stays_at_two",
                "The count stops at two: nothing takes it back to zero.",
                "np.cumsum(presses) % 3",
                "np.minimum(np.cumsum(presses), 2)",
            ),
            mistake(
                "never_taken_back",
                "The count goes up and is never taken back to zero.",
                " % 3",
                "",
            ),
            mistake(
                "always_zero",
                "The count is always zero: the presses do not get into the state, or "
                "are not read from it, or the three units always say the same, and "
                "then what is read cancels out.",
                "np.cumsum(presses) % 3",
                "0 * presses",
            ),
            mistake(
                "forgets",
                "You see the press and forget the count: nothing leads from the state "
                "back into it, or too little.",
                "np.cumsum(presses) % 3",
                "1 * presses",
            ),
            mistake(
                "modulo_four",
                "The count goes back to zero one press too late.",
                "% 3",
                "% 4",
            ),
            mistake(
                "late",
                "The count is one step late: it does not contain the press of the same "
                "step.",
                "np.cumsum(presses) % 3",
                "(np.cumsum(presses) - presses) % 3",
            ),
            mistake(
                "starts_at_one",
                "The count starts at one. Before the first press it is zero.",
                "np.cumsum(presses) % 3",
                "(np.cumsum(presses) + 1) % 3",
            ),
            mistake(
                "always_one",
                "The count is always one, whatever is pressed: either the weights are "
                "too small, so that the units do not go over from one end to the "
                "other, or the presses do not get in.",
                "np.cumsum(presses) % 3",
                "0 * presses + 1",
            ),
            mistake(
                "state_matrix_transposed",
                "The matrix from the state to itself is transposed. A row of it says "
                "what one unit sends, and a column what one unit gets.",
                _three_units(10.0, transposed=True),
            ),
            mistake(
                "weights_too_small",
                "The wiring counts, but the weights are too small: the units do not "
                "come near their ends, and after some presses the count is lost.",
                _three_units(3.0),
                holds=_with_small_weights,
            ),
            mistake(
                "other_numbers",
                "There are counts that are not 0, 1 or 2: as it is read here, the "
                "state stands for other numbers.",
                _outside,
                holds=_flaw("outside"),
            ),
            mistake(
                "wrong_from_the_first_press",
                "It goes wrong at the first press already, or before it: the count "
                "starts at zero, and the first press should take it to one. Either a "
                "unit does not switch where it should, or what is read from the units "
                "is not 0 when all three say no, or not 1 when only the first says "
                "yes.",
                lambda presses: 2 * np.minimum(np.cumsum(presses), 1),
                holds=_flaw("first"),
            ),
            mistake(
                "wrong_after_the_first_press",
                "The first press is counted, and a later step goes wrong. Either what "
                "the state sends back to itself is not the count so far, or a unit "
                "does not switch at its threshold.",
                lambda presses: (
                    np.minimum(np.cumsum(presses), 1) + (np.cumsum(presses) > 3)
                ),
                holds=_flaw("later"),
            ),
            mistake(
                "jumps_to_one",
                "The third press leads to one instead of zero. Either it takes away "
                "two and not three, or the weights are too small for the third unit to "
                "go over in full.",
                "np.cumsum(presses) % 3",
                "(np.cumsum(presses) - 1) % 2 + (np.cumsum(presses) > 0)",
            ),
        ),
    )
)


def length_at(call, steps, longest):
    """From 2 to longest in equal shares of the updates."""
    return 2 + (longest - 1) * call // steps


def _curriculum(function):
    """Many curricula are right: compared are the ends, the jumps and the shares."""

    def traits(calls, steps, longest):
        lengths = np.array([function(int(call), steps, longest) for call in calls])
        jumps = np.diff(lengths)
        counts = [(lengths == n).sum() for n in range(2, longest + 1)]
        shares = np.array(counts) * (longest - 1) / steps
        fair = (0.4 < shares) & (shares < 2.5)
        return (
            int(lengths[0]),
            int(lengths[-1]),
            int(jumps.max()),
            int(jumps.min() >= 0),
            int(fair.all()),
            0 if fair[-1] else int(np.sign(shares[-1] - 1)),
            int((lengths == np.round(lengths)).all()),
        )

    return traits


FEW = [], ["fair_shares"]  # what may be wrong besides, where updates are few
TRAITS = "first_length", "last_length", "never_shorter", "largest_jump", "fair_shares"


def _first_trait(name):
    """Whether this is the first trait that is wrong, with many updates at least."""

    def holds(case, outputs, expected):
        wrong = [one for one in TRAITS if outputs[one] != expected[one]][:1]
        fits = wrong == [name] or (len(case.args[0]) < 300 and wrong in FEW)
        return fits and outputs["whole_numbers"] == 1

    return holds


def _unfair(longest):
    """Whether only the shares are wrong, and which way that of the longest is."""
    first = _first_trait("fair_shares")

    def holds(case, outputs, expected):
        many = len(case.args[0]) >= 300
        side = outputs["longest_too_rare_or_often"] == longest or not many
        return first(case, outputs, expected) and side

    return holds


enter(
    Check(
        "training.length_at",
        "02-rnn",
        length_at,
        "call, steps, longest",
        (
            (
                "first_length",
                "last_length",
                "largest_jump",
                "never_shorter",
                "fair_shares",
                "longest_too_rare_or_often",
                "whole_numbers",
            ),
        ),
        lambda rng: [
            Case(f"{s} updates up to length {n}", (np.arange(s), s, n))
            for s, n in ((300, 8), (100, 5), (77, 4))
        ],
        (
            mistake(
                "no_curriculum",
                "All strings have the full length. That is what failed; start at two.",
                "2 + (longest - 1) * call // steps",
                "longest",
            ),
            mistake(
                "ends_one_short",
                "The longest strings never come: the last length is one short. From 2 "
                "to 8 there are seven lengths.",
                "(longest - 1) * call",
                "(longest - 2) * call",
            ),
            mistake(
                "starts_at_zero",
                "It starts at length zero. Start at two.",
                "2 + (longest - 1) * call // steps",
                "(longest + 1) * call // steps",
            ),
            mistake(
                "starts_at_one",
                "It starts at length one. That needs no memory; start at two.",
                "2 + (longest - 1) * call // steps",
                "1 + longest * call // steps",
            ),
            mistake(
                "too_long",
                "It goes on beyond the longest.",
                "(longest - 1) * call",
                "longest * call",
            ),
            mistake(
                "from_long_to_short",
                "It goes from long to short.",
                "2 + (longest - 1) * call // steps",
                "longest - (longest - 1) * call // steps",
            ),
            mistake(
                "not_whole",
                "The lengths are not whole numbers. A string has no presses between "
                "its fifth and its sixth.",
                "call // steps",
                "call / steps",
            ),
            mistake(
                "one_jump",
                "Half of the updates have length two, and then comes the longest at "
                "once. Let it grow step by step.",
                "2 + (longest - 1) * call // steps",
                "2 if 2 * call < steps else longest",
            ),
            mistake(
                "one_length_too_many",
                "It goes on beyond the longest: the updates were divided by the "
                "longest length, and from two to it there is one length less.",
                "2 + (longest - 1) * call // steps",
                "2 + call // (steps // longest)",
            ),
            mistake(
                "other_start",
                "It does not start at length two.",
                lambda call, steps, longest: 3 + (longest - 2) * call // steps,
                holds=_first_trait("first_length"),
            ),
            mistake(
                "other_end",
                "It starts at two and does not end at the longest.",
                lambda call, steps, longest: 2 + (longest - 3) * call // steps,
                holds=_first_trait("last_length"),
            ),
            mistake(
                "jumps",
                "It starts at two and ends at the longest, but leaves lengths out: it "
                "grows by more than one at once.",
                lambda call, steps, longest: (
                    2
                    if call < steps / 3
                    else min(4, longest)
                    if call < steps / 2
                    else longest
                ),
                holds=_first_trait("largest_jump"),
            ),
            mistake(
                "shorter_again",
                "It grows, and becomes shorter again in between.",
                lambda call, steps, longest: (
                    2 + (longest - 1) * call // steps - (call == steps // 2)
                ),
                holds=_first_trait("never_shorter"),
            ),
            mistake(
                "shares_differ",
                "It grows from two to the longest step by step, but some lengths get "
                "many more updates than others.",
                lambda call, steps, longest: int(
                    2 + (longest - 1) * (call / steps) ** 2
                ),
                holds=_unfair(0),
            ),
            mistake(
                "unfair_shares",
                "It grows step by step and is at the longest too soon: those strings "
                "get far more than their share of the updates, and shorter ones less.",
                "2 + (longest - 1) * call // steps",
                "min(2 + call, longest)",
                holds=_unfair(1),
            ),
            mistake(
                "longest_at_the_end_only",
                "It grows step by step, but the longest strings come at the very end, "
                "for far less than their share of the updates.",
                "2 + (longest - 1) * call // steps",
                "2 + (longest - 2) * call // (steps - 1)",
                holds=_unfair(-1),
            ),
            mistake(
                "too_long_at_the_end",
                "Where the updates do not come out even, the last ones get strings "
                "beyond the longest: the number of updates for each length was rounded "
                "down.",
                "2 + (longest - 1) * call // steps",
                "2 + call // (steps // (longest - 1))",
            ),
        ),
        wrap=_curriculum,
        gives="length",
    )
)

taught_in(
    {
        "rnn.step": "The step",
        "rnn.forward": "The loop",
        "lstm.forward": "The loop",
        "gru.forward": "The loop",
        "gru_reset_after.forward": "The loop",
        "rnn.parameters": "The step",
        "shapes.time_first": "The loop",
        "shapes.last_step": "The loop",
        "rnn.time_axis": "The past, never the future",
        "rnn.latch": "A program in the weights: the parity counter",
        "rnn.bit_line": "A program in the weights: the delay line",
        "metrics.unexplained": "Where the loss stands",
        "rnn.mod3": "A program in the weights: the parity counter",
        "training.length_at": "Where the loss stands",
    }
)
