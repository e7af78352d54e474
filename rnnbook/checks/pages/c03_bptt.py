"""Checks of 03-bptt: gradients through a step and through time."""

import numpy as np

from rnnbook import bptt, cells
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.pages._cells import (
    GATES,
    ZERO,
    enter_step_backward,
    forward_cases,
    gradients,
    state,
)

enter_step_backward(
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


def _backward_cases(kind):
    step_backward = getattr(cells, f"{kind}_step_backward")

    def cases(rng):
        found = []
        for label, args in forward_cases(kind)(rng):
            h, last, caches = bptt.forward(*args)
            dh = rng.normal(size=h.shape)
            dlast = state(rng, kind, len(h), h.shape[2])
            found.append(Case(label, (step_backward, dh, dlast, caches, args[3])))
        return found

    return cases


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


def _backward(kind):
    lstm = kind == "lstm"
    first = ("dh_0", "dc_0") if lstm else "dh_0"
    dlast = "(dh_T, dc_T)" if lstm else "dh_T"
    return Check(
        f"{kind}.backward",
        "03-bptt",
        bptt.backward,
        f"step_backward, dh, {dlast}, caches, params",
        gradients(kind, first),
        _backward_cases(kind),
        BACKWARD + BACKWARD_LSTM * lstm,
        time={"dx": (1, -1)},
        forms=(slice(None), slice(1, None)),
    )


enter(*map(_backward, GATES))


def cross_entropy(logits, targets):
    """As :func:`rnnbook.losses.softmax_cross_entropy`, written to be varied."""
    n, V = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), targets]).mean()
    return loss, (p - np.eye(V)[targets]) / n


def _cross_entropy_cases(rng):
    def case(label, n, V):
        return Case(label, (rng.normal(size=(n, V)), rng.integers(0, V, size=n)))

    large = np.array([[900.0, 901.0, 899.0], [1000.0, 998.0, 1001.0]])
    return [
        case("four examples of three classes", 4, 3),
        case("one example", 1, 5),
        case("as many examples as classes", 4, 4),
        Case("scores of a thousand", (large, np.array([1, 0]))),
    ]


def _cross_entropy_overflow(logits, targets):
    n, V = logits.shape
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _cross_entropy_wrong_axis(logits, targets):
    n, V = logits.shape
    shifted = logits - logits.max(axis=0)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=0)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _cross_entropy_softmax_twice(logits, targets):
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return cross_entropy(p, targets)


enter(
    Check(
        "losses.cross_entropy",
        "03-bptt",
        cross_entropy,
        "logits, targets",
        (("loss", "dlogits"), "loss"),
        _cross_entropy_cases,
        (
            mistake(
                "summed",
                "The loss is a sum over the examples. Asked for is the mean, in which "
                "the learning rate does not depend on the size of the batch.",
                "targets]).mean()",
                "targets]).sum()",
                "[targets]) / n",
                "[targets])",
            ),
            mistake(
                "gradient_summed",
                "The loss is a mean, and its gradient is that of a sum: it lacks the "
                "division by the number of examples.",
                "(p - np.eye(V)[targets]) / n",
                "p - np.eye(V)[targets]",
            ),
            mistake(
                "gradient_sign",
                "The gradient has the wrong sign: a step against it would raise the "
                "loss.",
                "p - np.eye(V)[targets]",
                "np.eye(V)[targets] - p",
            ),
            mistake(
                "gradient_is_probability",
                "The gradient lacks the target: it would push all scores down, the "
                "right one too.",
                "(p - np.eye(V)[targets])",
                "p",
            ),
            mistake(
                "gradient_by_classes",
                "The gradient is divided by the number of all scores, not of examples.",
                "[targets]) / n",
                "[targets]) / logits.size",
            ),
            mistake(
                "base_two",
                "The loss is in bits, and its gradient in nats.",
                "np.log(p[",
                "np.log2(p[",
            ),
            mistake(
                "logarithm_missing",
                "The logarithm is missing: that is the mean probability of the right "
                "class, with a minus.",
                "-np.log(p[np.arange(n), targets])",
                "-(p[np.arange(n), targets])",
            ),
            mistake(
                "wrong_axis",
                "The softmax runs over the examples of the batch. It runs over the "
                "classes of one example.",
                _cross_entropy_wrong_axis,
            ),
            mistake(
                "softmax_twice",
                "There are two softmaxes, one over the other. A cross-entropy takes "
                "the bare scores; with probabilities it can never become small.",
                _cross_entropy_softmax_twice,
                page="31-training",
            ),
            mistake(
                "overflow",
                "Scores of a thousand overflow in the exponential, and the loss is not "
                "a number. Shifting all scores of an example does not change it.",
                _cross_entropy_overflow,
            ),
        ),
    )
)


def only_last(dh_last, T):
    """The immediate gradients of all outputs for a loss in the last one."""
    dh = np.zeros((len(dh_last), T, dh_last.shape[1]))
    dh[:, -1] = dh_last
    return dh


enter(
    Check(
        "bptt.only_last",
        "03-bptt",
        only_last,
        "dh_last, T",
        ("dh",),
        lambda rng: [
            Case(f"B, T, H = {B}, {T}, {H}", (rng.normal(size=(B, H)), T))
            for B, T, H in ((2, 6, 4), (1, 1, 3), (3, 3, 3))
        ],
        (
            mistake(
                "every_output",
                "Every output gets the gradient, as if the loss looked at all of them.",
                "dh[:, -1] = dh_last",
                "dh[:] = dh_last[:, None]",
            ),
            mistake(
                "first_output",
                "The gradient stands at the first output. The loss looks at the last.",
                "dh[:, -1]",
                "dh[:, 0]",
            ),
            mistake(
                "batch_for_time",
                "The last *example* got the gradient, in place of the last step: axis "
                "0 is the batch.",
                "dh[:, -1] = dh_last",
                "dh[-1] = dh_last[-1]",
            ),
            mistake(
                "shared_out",
                "The gradient is divided by the number of steps. Nothing is averaged: "
                "the loss looks at one output.",
                "dh[:, -1] = dh_last",
                "dh[:, -1] = dh_last / T",
            ),
            mistake(
                "all_zero",
                "All gradients are zero: nothing would be learned.",
                "    dh[:, -1] = dh_last\n",
                "",
            ),
        ),
    )
)


def taught(window, lag):
    """At how many steps of a window a lag is inside it."""
    return max(window - lag, 0)


enter(
    Check(
        "bptt.taught",
        "03-bptt",
        taught,
        "window, lag",
        ("steps",),
        lambda rng: [
            Case(f"window {k}, lag {d}", (k, d))
            for k, d in ((5, 2), (4, 4), (3, 7), (8, 0), (12, 5))
        ],
        (
            mistake(
                "one_too_many",
                "One step too many: with a window as long as the lag, the input still "
                "lies one step before the window.",
                "max(window - lag, 0)",
                "max(window - lag + 1, 0)",
            ),
            mistake(
                "negative",
                "For a window shorter than the lag there is no such step; a number of "
                "steps cannot be negative.",
                "max(window - lag, 0)",
                "window - lag",
            ),
            mistake(
                "all_steps",
                "That is every step of the window. The first ones ask for something "
                "that lies before it.",
                "max(window - lag, 0)",
                "window",
            ),
            mistake(
                "the_others",
                "Those are the steps that ask for something *before* the window.",
                "max(window - lag, 0)",
                "min(lag, window)",
            ),
            mistake(
                "one_short",
                "One step too few: an input at the first step of the window counts.",
                "max(window - lag, 0)",
                "max(window - lag - 1, 0)",
            ),
        ),
    )
)


def forward_gradient(w, x, h_0, y):
    """dL/dw of one unit, carried forwards."""
    h, slope = h_0, 0.0
    for x_t in x:
        h_next = np.tanh(w * h + x_t)
        slope = (1 - h_next**2) * (h + w * slope)
        h = h_next
    return 2 * (h - y) * slope


def _unit_cases(rng):
    def draw(T):
        return tuple(rng.uniform(0.2, 0.9, size=2)), rng.normal(size=T) / 2

    cases = []
    for T in (3, 1, 8):
        (w, h_0), x = draw(T)
        cases.append(Case(f"{T} steps", (float(w), x, float(h_0), 0.9)))
    return cases


enter(
    Check(
        "bptt.forward_gradient",
        "03-bptt",
        forward_gradient,
        "w, x, h_0, y",
        ("dw",),
        _unit_cases,
        (
            mistake(
                "immediate_only",
                "That is the immediate derivative, of the last use of `w` alone. The "
                "earlier uses act through the state.",
                "(h + w * slope)",
                "h",
            ),
            mistake(
                "slope_of_the_old_state",
                "The slope of the tanh was taken at the old state. It belongs to the "
                "new one.",
                "(1 - h_next**2)",
                "(1 - h**2)",
            ),
            mistake(
                "slope_left_out",
                "The slope of the tanh is missing.",
                "(1 - h_next**2) * (h + w * slope)",
                "h + w * slope",
            ),
            mistake(
                "direct_way_left_out",
                "The direct effect of `w` at each step is missing, so the derivative "
                "stays where it started, at zero.",
                "(h + w * slope)",
                "(w * slope)",
            ),
            mistake(
                "weight_left_out",
                "On its way through the old state the derivative has to be multiplied "
                "by the weight.",
                "w * slope",
                "slope",
            ),
            mistake(
                "state_for_the_loss",
                "That is the derivative of the last state. Asked is that of the loss.",
                "2 * (h - y) * slope",
                "slope",
            ),
            mistake(
                "new_state_in_the_product",
                "The weight multiplies the *old* state; you took the new one.",
                "(h + w * slope)",
                "(h_next + w * slope)",
            ),
            mistake(
                "factor_two_forgotten",
                "The derivative of a square has a factor of two.",
                "2 * (h - y)",
                "(h - y)",
            ),
        ),
    )
)
