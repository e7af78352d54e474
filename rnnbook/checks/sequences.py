"""A step repeated over time, and backpropagation through time, for each cell."""

from rnnbook import bptt, cells
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.cells import GATES, STATE, gradients, params, state

SIZES = (  # batch, length, inputs, units; T is never 2 or 3, to be told from a tuple
    ("one example of five steps", 1, 5, 2, 3),
    ("a batch", 3, 4, 2, 5),
    ("as many examples as steps", 4, 4, 3, 2),
    ("a single step", 5, 1, 3, 4),
)


def _forward_cases(kind):
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
            for label, B, T, D, H in SIZES
        ]

    return cases


def _backward_cases(kind):
    step_backward = getattr(cells, f"{kind}_step_backward")

    def cases(rng):
        found = []
        for label, args in _forward_cases(kind)(rng):
            h, last, caches = bptt.forward(*args)
            dh = rng.normal(size=h.shape)
            dlast = state(rng, kind, len(h), h.shape[2])
            found.append(Case(label, (step_backward, dh, dlast, caches, args[3])))
        return found

    return cases


ZERO = "tuple(0 * s for s in state) if isinstance(state, tuple) else 0 * state"
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
        "Only the last output is returned; asked for is the one of every step.",
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

DH_TUPLE = "dstate = (dstate[0] + dh[:, t], *dstate[1:])"
DH_ARRAY = "dstate = dstate + dh[:, t]"
DZERO = ZERO.replace("state", "dstate")

BACKWARD = (
    mistake(
        "sum_over_time_missing",
        "The sum over time is missing from the gradients of the weights: what you "
        "return is the share of the first step. The same weights served every step, "
        "so their gradients add up.",
        "grads[name] + grads_t[name]",
        "grads_t[name]",
    ),
    mistake(
        "sum_over_time_missing_from_dW_hh",
        "The sum over time is missing from `dW_hh`; the other gradients have it.",
        "grads[name] + grads_t[name]",
        'grads[name] * (name != "W_hh") + grads_t[name]',
    ),
    mistake(
        "mean_over_time",
        "The gradients of the weights are averaged over time. They are a sum: how "
        "steps are weighted is the business of the loss.",
        "dstate, grads\n",
        "dstate, {name: g / len(caches) for name, g in grads.items()}\n",
    ),
    mistake(
        "dh_of_last_step_only",
        "The gradient in the outputs enters at the last step only. Every step has an "
        "output, and each adds its `dh` to what comes from later.",
        DH_TUPLE,
        "dstate = (dstate[0] + dh[:, t] * (t == len(caches) - 1), *dstate[1:])",
        DH_ARRAY,
        "dstate = dstate + dh[:, t] * (t == len(caches) - 1)",
    ),
    mistake(
        "dh_missing",
        "`dh` is not added at each step: only the gradient in the final state goes "
        "back, as if no step had an output.",
        DH_TUPLE,
        "dstate = dstate",
        DH_ARRAY,
        "dstate = dstate",
    ),
    mistake(
        "dh_of_one_step",
        "Every step gets the `dh` of the last one: the index of time does not move.",
        DH_TUPLE,
        "dstate = (dstate[0] + dh[:, -1], *dstate[1:])",
        DH_ARRAY,
        "dstate = dstate + dh[:, -1]",
    ),
    mistake(
        "dh_replaces_state",
        "The `dh` of a step replaces what flows back from later steps, so no gradient "
        "in an output reaches an earlier one. The two add up.",
        DH_TUPLE,
        "dstate = (dh[:, t], *dstate[1:])",
        DH_ARRAY,
        "dstate = dh[:, t]",
    ),
    mistake(
        "loop_forwards",
        "The loop runs forwards. A step can pass its gradient on only when it has all "
        "that comes from later steps.",
        "reversed(range(len(caches)))",
        "range(len(caches))",
        "dxs[::-1]",
        "dxs",
    ),
    mistake(
        "loop_forwards_reordered",
        "The loop runs forwards through time, and `dx` is turned round at the end. The "
        "turning is for a loop that runs backwards.",
        "reversed(range(len(caches)))",
        "range(len(caches))",
    ),
    mistake(
        "dx_order",
        "`dx` is in the order in which it was computed, the last step first.",
        "dxs[::-1]",
        "dxs",
    ),
    mistake(
        "final_gradient_ignored",
        "The gradient in the final state is ignored: the way back starts from zero, "
        "whatever is given.",
        "dxs = []",
        f"dxs, dstate = [], {DZERO}",
    ),
    mistake(
        "one_cache",
        "Every step goes back through the cache of the last one. Each has its own.",
        "caches[t]",
        "caches[-1]",
    ),
    mistake(
        "first_step_missing",
        "The loop stops before the first step, whose gradients are missing.",
        "reversed(range(len(caches)))",
        "reversed(range(1, len(caches)))",
    ),
    mistake(
        "time_first",
        "Batch and time are swapped in `dx`: time is the second axis, as in `x`.",
        "axis=1",
        "axis=0",
    ),
    mistake(
        "state_gradient_not_carried",
        "The gradient in the state is not carried back from step to step: each one "
        "starts from the gradient in the final state.",
        "dxs = []",
        "dxs, final = [], dstate",
        DH_TUPLE,
        "dstate = (final[0] + dh[:, t], *final[1:])",
        DH_ARRAY,
        "dstate = final + dh[:, t]",
    ),
)
BACKWARD_LSTM = (
    mistake(
        "cell_gradient_lost",
        "The gradient in the cell is lost between steps: it starts from zero at each "
        "one, and only that of `h` goes back. The way through the cell is the one on "
        "which gradients live long.",
        DH_TUPLE,
        "dstate = (dstate[0] + dh[:, t], 0 * dstate[1])",
    ),
    mistake(
        "dh_added_to_cell",
        "`dh` is added to the gradient in the cell too. It is the gradient in the "
        "output; the step itself takes it on to the cell.",
        DH_TUPLE,
        "dstate = (dstate[0] + dh[:, t], dstate[1] + dh[:, t])",
    ),
    mistake(
        "everything_forgotten",
        "Between steps both gradients are dropped, that in the output and that in the "
        "cell: nothing flows through time.",
        "dxs = []",
        "dxs, zero = [], 0 * dstate[0]",
        DH_TUPLE,
        "dstate = (dh[:, t], zero)",
    ),
)

for kind in GATES:
    lstm = kind == "lstm"
    last = ("h_T", "c_T") if lstm else "h_T"
    first = ("dh_0", "dc_0") if lstm else "dh_0"
    # A task asks for the caches of the LSTM. What lacks an output is told so.
    caches = "+caches" if lstm else "*caches"
    flat = (("h", "h_T", "c_T", caches),) if lstm else ()
    part = (("h", "h_T", "c_T"),) if lstm else ()
    dlast = "(dh_T, dc_T)" if lstm else "dh_T"
    enter(
        Check(
            f"{kind}.forward",
            "02-rnn",
            bptt.forward,
            f"step, x, {STATE[kind]}, params",
            (("h", last, caches), *flat, ("h", last), *part, "h"),
            _forward_cases(kind),
            FORWARD + FORWARD_LSTM * lstm,
            time={"h": (1, 1)},
            forms=(slice(None), slice(1, None)),
        ),
        Check(
            f"{kind}.backward",
            "03-bptt",
            bptt.backward,
            f"step_backward, dh, {dlast}, caches, params",
            gradients(kind, first),
            _backward_cases(kind),
            BACKWARD + BACKWARD_LSTM * lstm,
            time={"dx": (1, -1)},
            forms=(slice(None), slice(1, None)),
        ),
    )
del kind, lstm, last, first, caches, flat, part, dlast
