"""Checks of 03-bptt: gradients through a step and through time."""

import numpy as np

from rnnbook import bptt, cells
from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.compare import all_same
from rnnbook.checks.pages._cells import (
    DW_HH_FROM_NEW_STATE,
    GATES,
    RNN_BACK,
    ZERO,
    enter_step_backward,
    forward_cases,
    gradients,
    state,
)

SUMMED_FIRST = mistake(
    "summed_before_the_product",
    "Inputs and gradients were summed over the batch first and then multiplied. For "
    "each example its own pair is multiplied, and the products are summed.",
    '"W_xh": x.T @ da, "W_hh": h.T @ da',
    '"W_xh": np.outer(x.sum(0), da.sum(0)), "W_hh": np.outer(h.sum(0), da.sum(0))',
)

enter_step_backward(
    "rnn",
    "03-bptt",
    mistake(
        "derivative_missing",
        "The derivative of the tanh is missing: the gradient with respect to the "
        "output was used as if it were the one with respect to the sum inside the "
        "tanh.",
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
        "dh_past_the_tanh",
        "On the way to `dh` the derivative of the tanh is missing: the gradient with "
        "respect to the output was sent through `W_hh` as it is.",
        'da @ params["W_hh"].T',
        'dh_next @ params["W_hh"].T',
    ),
    *RNN_BACK,
    SUMMED_FIRST,
    mistake(
        "gradient_left_out",
        "The gradient with respect to the new state does not enter: what you return "
        "is made of the slope of the tanh alone.",
        "dh_next * (1 - h_next**2)",
        "(1 - h_next**2)",
    ),
    mistake(
        "divided_by_the_slope",
        "The gradient was divided by the slope of the tanh. On the way back it is "
        "multiplied by it.",
        "dh_next * (1 - h_next**2)",
        "dh_next / (1 - h_next**2)",
    ),
    DW_HH_FROM_NEW_STATE,
    mistake(
        "square_outside",
        "The square stands outside: you squared one minus the state. It is one minus "
        "the square of the state.",
        "(1 - h_next**2)",
        "(1 - h_next) ** 2",
    ),
    mistake(
        "slope_of_the_old_state_too",
        "`dh` was multiplied by the slope at the old state as well. That slope belongs "
        "to the step before.",
        'da @ params["W_hh"].T',
        'da @ params["W_hh"].T * (1 - h**2)',
    ),
    mistake(
        "square_added",
        "The square is added. The slope of the tanh is one *minus* the square.",
        "(1 - h_next**2)",
        "(1 + h_next**2)",
    ),
    mistake(
        "matrix_before_slope",
        "The gradient went through `W_hh` before the slope of the tanh. On the way "
        "back the tanh comes first, as it came last on the way forwards.",
        "da = dh_next * (1 - h_next**2)",
        'da = (dh_next @ params["W_hh"].T) * (1 - h_next**2)',
        'da @ params["W_hh"].T, grads',
        "da, grads",
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
        "The gradient with respect to the outputs enters at the last step only. Every "
        "step has an output, and each adds its `dh` to what comes from later.",
        DH_TUPLE,
        "dstate = (dstate[0] + dh[:, t] * (t == len(caches) - 1), *dstate[1:])",
        DH_ARRAY,
        "dstate = dstate + dh[:, t] * (t == len(caches) - 1)",
    ),
    mistake(
        "dh_missing",
        "`dh` is not added at each step: only the gradient with respect to the final "
        "state goes back, as if no step had an output.",
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
        "The `dh` of a step replaces what flows back to the state from later steps. "
        "The two add up.",
        DH_TUPLE,
        "dstate = (dh[:, t], *dstate[1:])",
        DH_ARRAY,
        "dstate = dh[:, t]",
    ),
    mistake(
        "loop_forwards",
        "The loop runs forwards. A step can pass its gradient on only when it has got "
        "everything that comes back from later steps.",
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
        "The gradient with respect to the final state is ignored: the way back starts "
        "from zero, whatever is given.",
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
        "The loop stops before the first step, so the gradients of that step are "
        "missing.",
        "reversed(range(len(caches)))",
        "reversed(range(1, len(caches)))",
        "dxs[::-1]",
        "[0 * caches[0][0], *dxs[::-1]]",
    ),
    mistake(
        "first_step_not_stored",
        "The loop stops before the first step, so `dx` is one step too short and the "
        "gradients of the weights lack a share.",
        "reversed(range(len(caches)))",
        "reversed(range(1, len(caches)))",
    ),
    mistake(
        "last_step_only",
        "Only the last step was gone back through: no gradient reaches an earlier one.",
        "reversed(range(len(caches)))",
        "reversed(range(len(caches) - 1, len(caches)))",
    ),
    mistake(
        "last_step_only_without_dh",
        "Only the last step was gone back through, and all that was sent back is the "
        "gradient with respect to the final state: `dh` is not used yet.",
        "reversed(range(len(caches)))",
        "reversed(range(len(caches) - 1, len(caches)))",
        DH_TUPLE,
        "dstate = dstate",
        DH_ARRAY,
        "dstate = dstate",
    ),
    mistake(
        "dh_added_after_the_step",
        "`dh` is added after the step back and not before it: the gradient with "
        "respect to an output is handed to the step before, and the last output gets "
        "none.",
        DH_TUPLE,
        "dstate = dstate",
        DH_ARRAY,
        "dstate = dstate",
        "dxs.append(dx_t)",
        "dxs.append(dx_t)\n"
        "        if isinstance(dstate, tuple):\n"
        "            dstate = (dstate[0] + dh[:, t], dstate[1])\n"
        "        else:\n"
        "            dstate = dstate + dh[:, t]",
    ),
    mistake(
        "time_first",
        "Batch and time are swapped in `dx`: time is the second axis, as in `x`.",
        "axis=1",
        "axis=0",
    ),
    mistake(
        "state_gradient_not_carried",
        "The gradient with respect to the state is not carried back from step to "
        "step: each one starts from the one with respect to the final state.",
        "dxs = []",
        "dxs, final = [], dstate",
        DH_TUPLE,
        "dstate = (final[0] + dh[:, t], *final[1:])",
        DH_ARRAY,
        "dstate = final + dh[:, t]",
    ),
    mistake(
        "last_step_skipped",
        "The loop leaves out the last step: it begins with the one before it.",
        "reversed(range(len(caches)))",
        "reversed(range(len(caches) - 1))",
        "dxs[::-1]",
        "[*dxs[::-1], 0 * caches[-1][0]]",
    ),
)

BACKWARD_LSTM = (
    mistake(
        "cell_gradient_lost",
        "The gradient with respect to the cell is lost between steps: it starts from "
        "zero at each one, and only that of `h` goes back. The way through the cell "
        "is the one on which gradients live long.",
        DH_TUPLE,
        "dstate = (dstate[0] + dh[:, t], 0 * dstate[1])",
    ),
    mistake(
        "dh_added_to_cell",
        "`dh` is added to the gradient with respect to the cell too. It is the one "
        "with respect to the output; the step itself takes it on to the cell.",
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


BACKWARD_PLAIN = (
    mistake(
        "nothing_handed_back",
        "Each step gets the gradient of its own output, and the last one that of the "
        "final state besides, but no step hands anything to the one before. A state "
        "has two ways to the loss, and the way through the later steps is missing.",
        DH_ARRAY,
        "dstate = dstate * (t == len(caches) - 1) + dh[:, t]",
    ),
    mistake(
        "dh_of_mirrored_step",
        "Each step gets the `dh` of another one, counted from the other end of the "
        "sequence. Going backwards, `t` runs from the last step to 0.",
        DH_ARRAY,
        "dstate = dstate + dh[:, len(caches) - 1 - t]",
    ),
    mistake(
        "dh_of_the_step_before",
        "Each step gets the `dh` of the step before it: the index is one too small.",
        DH_ARRAY,
        "dstate = dstate + dh[:, t - 1]",
    ),
    mistake(
        "dh_of_the_step_after",
        "Each step gets the `dh` of the step after it, and the last one none: the "
        "index is one too large.",
        DH_ARRAY,
        "dstate = dstate + (dh[:, t + 1] if t + 1 < len(caches) else 0)",
    ),
    mistake(
        "dh_twice",
        "`dh` of a step is added before the step back and once more after it, so it "
        "is handed to the step before as well.",
        DH_ARRAY,
        "dstate = dstate + dh[:, t]",
        "dxs.append(dx_t)",
        "dxs.append(dx_t)\n        dstate = dstate + dh[:, t]",
    ),
    mistake(
        "last_dh_twice",
        "The `dh` of the last step is added twice: once before the loop, and in it.",
        DH_ARRAY,
        "dstate = dstate + dh[:, t] * (1 + (t == len(caches) - 1))",
    ),
    mistake(
        "dh_0_before_the_step",
        "`dh_0` is what arrives at the first *new* state. One step back remains, "
        "through the first step to the state before it.",
        "dx_t, dstate, grads_t",
        "before = dstate\n        dx_t, dstate, grads_t",
        "axis=1), dstate,",
        "axis=1), before,",
    ),
    mistake(
        "dh_0_is_the_final_gradient",
        "What comes back as `dh_0` is the gradient with respect to the final state, "
        "as it came in.",
        "dxs = []",
        "dxs, final = [], dstate",
        "axis=1), dstate,",
        "axis=1), final,",
    ),
    mistake(
        "dh_0_is_zero",
        "`dh_0` is zero. What flows back through the first step reaches the initial "
        "state, too.",
        "axis=1), dstate,",
        "axis=1), 0 * dstate,",
    ),
    mistake(
        "slope_of_state_again",
        "What comes from later steps was multiplied by the slope at the state before "
        "it is handed on. The step back contains the slope already.",
        DH_ARRAY,
        "dstate = (dstate + dh[:, t]) * (1 - caches[t][2] ** 2)",
    ),
    mistake(
        "dx_added_up",
        "`dx` was added up over time. Each input is used once; only the weights are "
        "used at every step.",
        "dxs.append(dx_t)",
        "dxs.append(dx_t + (dxs[-1] if dxs else 0))",
    ),
    mistake(
        "gradients_of_first_and_last",
        "The gradients of the weights are the sum of two steps only.",
        "grads[name] + grads_t[name]",
        "grads[name] + grads_t[name] * (t in (0, len(caches) - 1))",
    ),
    mistake(
        "final_gradient_at_every_step",
        "The gradient with respect to the final state is added at every step. It "
        "enters once, at the end, and flows back from there.",
        "dxs = []",
        "dxs, final = [], dstate",
        DH_ARRAY,
        "dstate = dstate + dh[:, t] + final * (t < len(caches) - 1)",
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
        BACKWARD + (BACKWARD_LSTM if lstm else BACKWARD_PLAIN),
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


HOPELESS = "a score for what came that is hopeless"


def _cross_entropy_cases(rng):
    def case(label, n, V):
        return Case(label, (rng.normal(size=(n, V)), rng.integers(0, V, size=n)))

    large = np.array([[900.0, 901.0, 899.0], [1000.0, 998.0, 1001.0]])
    return [
        case("four examples of three classes", 4, 3),
        case("one example", 1, 5),
        case("as many examples as classes", 4, 4),
        Case("scores of a thousand", (large, np.array([1, 0]))),
        Case(
            "rows of very different size",
            (np.array([[1000.0, 999.0], [0.0, 1.0]]), np.array([0, 1])),
        ),
        Case(HOPELESS, (np.array([[600.0, 0.0], [1.0, 2.0]]), np.array([1, 1]))),
    ]


def _cross_entropy_overflow(logits, targets):
    n, V = logits.shape
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _cross_entropy_wrong_axis(logits, targets):
    n, V = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=0)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _cross_entropy_wrong_axis_of_the_shift(logits, targets):
    n, V = logits.shape
    shifted = logits - logits.max(axis=0)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=0)
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _by_logarithms(axis):
    """The logarithms of the probabilities, with the sums over an axis."""

    def loss_and_gradient(logits, targets):
        n, V = logits.shape
        shifted = logits - logits.max(axis=axis, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
        loss = -logs[np.arange(n), targets].mean()
        return loss, (np.exp(logs) - np.eye(V)[targets]) / n

    return loss_and_gradient


def _cross_entropy_of_all(logits, targets):
    n, V = logits.shape
    p = np.exp(logits) / np.exp(logits).sum()
    return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n


def _of_all_shifted(axis):
    """As one may write it with the hint: the largest score off, one sum for all."""

    def loss_and_gradient(logits, targets):
        n, V = logits.shape
        shifted = logits - logits.max(axis=axis, keepdims=True)
        p = np.exp(shifted) / np.exp(shifted).sum()
        return -np.log(p[np.arange(n), targets]).mean(), (p - np.eye(V)[targets]) / n

    return loss_and_gradient


def _is_of_all(case, outputs, expected):
    """Whether all rows share one sum, with either shift, or by logarithms."""
    ways = *map(_of_all_shifted, (None, 1)), _one_sum_by_logarithms
    with np.errstate(all="ignore"):
        found = (map(np.asarray, way(*case.args)) for way in ways)
        named = (dict(zip(expected, pair, strict=True)) for pair in found)
        return any(all_same(outputs, other, 1e-7) for other in named)


def _one_sum_by_logarithms(logits, targets):
    n, V = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum())
    return -logs[np.arange(n), targets].mean(), (np.exp(logs) - np.eye(V)[targets]) / n


def _cross_entropy_guarded(logits, targets):
    n, V = logits.shape
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), targets] + 1e-12).mean()
    return loss, (p - np.eye(V)[targets]) / n


def _is_guarded(case, outputs, expected):
    """The gradient is right, and the loss too, but where it should be huge."""
    if not set(expected) <= set(outputs):
        return False
    close = {n: np.allclose(outputs[n], expected[n], 1e-4, 1e-4) for n in expected}
    if case.label != HOPELESS:
        return all(close.values())
    return bool(close["dlogits"] and 1 < outputs["loss"] < expected["loss"] - 1)


def _cross_entropy_changed_first(logits, targets):
    n, V = logits.shape
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True) - np.eye(V)[targets]
    return -np.log(p[np.arange(n), targets]).mean(), p / n


def _cross_entropy_softmax_twice(logits, targets):
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return cross_entropy(p, targets)


def _cross_entropy_as_it_came(logits, targets):
    p = np.exp(logits) / np.exp(logits).sum()
    return -np.log(p[0, targets[0]]), p


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
                "The loss is a sum over the examples. The mean is wanted: with it, a "
                "learning rate suits batches of any size.",
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
                "class, with a minus sign.",
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
                "The softmax was taken twice: its probabilities were used as scores. "
                "Such scores lie between 0 and 1, so the loss can never become small.",
                _cross_entropy_softmax_twice,
                page="31-training",
            ),
            mistake(
                "overflow",
                "Scores of a thousand overflow in the exponential, and the loss is "
                "not a number. Taking the same number off all scores of an example "
                "does not change its probabilities.",
                _cross_entropy_overflow,
            ),
            mistake(
                "wrong_axis_everywhere",
                "Both the largest score and the sum of the softmax are taken over the "
                "examples. Each example has a softmax of its own, over its classes.",
                _cross_entropy_wrong_axis_of_the_shift,
            ),
            mistake(
                "logarithms_over_examples",
                "The logarithm of the sum is taken over the examples of the batch, "
                "and so is the largest score. Both belong to the classes of one "
                "example.",
                _by_logarithms(0),
            ),
            mistake(
                "logarithm_of_sum_of_all",
                "One logarithm of the sum of *all* exponentials was taken off. Each "
                "row has a sum of its own.",
                _by_logarithms(None),
            ),
            mistake(
                "softmax_over_everything",
                "The exponentials are divided by the sum of *all* of them. Each row "
                "has a softmax of its own.",
                _cross_entropy_of_all,
            ),
            mistake(
                "one_sum_for_all_rows",
                "The largest score is taken off, and then all rows are divided by one "
                "sum. A row has probabilities of its own, which add up to one.",
                _of_all_shifted(None),
                holds=_is_of_all,
            ),
            mistake(
                "one_shift_for_all",
                "The largest score of *all* examples was taken off. A row whose own "
                "scores are far below it becomes zero divided by zero.",
                "logits.max(axis=1, keepdims=True)",
                "logits.max()",
            ),
            mistake(
                "small_number_added",
                "The loss has an upper limit: something keeps the probability away "
                "from zero, before the logarithm. A confident wrong guess costs far "
                "more. Computed from the shifted scores, the logarithm needs no such "
                "help.",
                _cross_entropy_guarded,
                holds=_is_guarded,
            ),
            mistake(
                "changed_before_the_loss",
                "The target was taken off the probabilities before the loss was "
                "computed, so the logarithm gets a negative number.",
                _cross_entropy_changed_first,
            ),
            mistake(
                "mean_of_all_logarithms",
                "The loss is the mean over the logarithms of *all* probabilities. Of "
                "each example, the one of its target counts.",
                "-np.log(p[np.arange(n), targets]).mean()",
                "-np.log(p).mean()",
            ),
            mistake(
                "entropy",
                "The loss is the entropy of the guess: the logarithms are weighted by "
                "the probabilities, and the targets do not enter.",
                "-np.log(p[np.arange(n), targets]).mean()",
                "-(p * np.log(p)).sum(axis=1).mean()",
            ),
            mistake(
                "loss_by_all_scores",
                "The loss is divided by the number of all scores. The mean runs over "
                "the examples: of each, one probability counts.",
                "-np.log(p[np.arange(n), targets]).mean()",
                "-np.log(p[np.arange(n), targets]).sum() / logits.size",
            ),
            mistake(
                "loss_of_each_example",
                "The loss of each example is there, and not yet their mean.",
                "targets]).mean()",
                "targets])",
            ),
            mistake(
                "loss_sign",
                "The loss is negative: the logarithm of a probability is. The better "
                "the guess, the *closer to zero* a loss should be, from above.",
                "loss = -np",
                "loss = np",
            ),
            mistake(
                "gradient_in_probabilities",
                "That is the gradient with respect to the probabilities. The softmax "
                "still lies between them and the scores.",
                "return loss, (p - np.eye(V)[targets]) / n",
                "return loss, -np.eye(V)[targets] / p / n",
            ),
            mistake(
                "every_target_in_every_gradient",
                "One was subtracted at every target in every row. Each row has one "
                "target of its own.",
                "np.eye(V)[targets]",
                "np.isin(np.arange(V), targets)",
            ),
            mistake(
                "one_off_everywhere",
                "One was subtracted from *all* probabilities. It is subtracted from "
                "that of the right class only.",
                "np.eye(V)[targets]",
                "1",
            ),
            mistake(
                "number_of_the_target_subtracted",
                "The *number* of the target was subtracted from all probabilities of a "
                "row. One is subtracted, at the place of the target.",
                "np.eye(V)[targets]",
                "targets[:, None]",
            ),
            mistake(
                "first_row_only_in_gradient",
                "Only the first row has its target taken off.",
                "np.eye(V)[targets]",
                "np.eye(V)[targets] * (np.arange(n) == 0)[:, None]",
            ),
            mistake(
                "gradient_divided_twice",
                "The gradient was divided by the number of examples twice.",
                "[targets]) / n",
                "[targets]) / n**2",
            ),
            mistake(
                "gradient_of_the_mean_of_probabilities",
                "The gradient is that of the mean probability of the right class; the "
                "logarithm is missing from it.",
                "return loss, (p - np.eye(V)[targets]) / n",
                "right = p[np.arange(n), targets][:, None]\n"
                "    return loss, right * (p - np.eye(V)[targets]) / n",
            ),
            mistake(
                "gradient_of_the_target_only",
                "Only the score of the right class gets a gradient. The others enter "
                "the softmax, too, and have to go down.",
                "(p - np.eye(V)[targets])",
                "(p - 1) * np.eye(V)[targets]",
            ),
            mistake(
                "first_example_only",
                "The loss is that of the first example alone.",
                "-np.log(p[np.arange(n), targets]).mean()",
                "-np.log(p[0, targets[0]])",
            ),
            mistake(
                "three_things_missing",
                "Three things are still missing: every row has a sum of its own, "
                "the loss is a mean over all examples, and where the gradient belongs "
                "stand the probabilities.",
                _cross_entropy_as_it_came,
            ),
            mistake(
                "no_softmax",
                "The loss is made of the score of the right class itself: neither "
                "softmax nor logarithm.",
                "-np.log(p[np.arange(n), targets]).mean()",
                "-logits[np.arange(n), targets].mean()",
            ),
            mistake(
                "every_target_in_every_row",
                "Every target was looked up in every row. Row and target belong "
                "together.",
                "p[np.arange(n), targets]",
                "p[:, targets]",
            ),
            mistake(
                "loss_summed",
                "The loss is a sum over the examples, and its gradient is that of a "
                "mean. Both should belong to the mean.",
                "targets]).mean()",
                "targets]).sum()",
            ),
        ),
    )
)


def only_last(dh_last, T):
    """The immediate derivatives of a loss of the last output, for all outputs."""
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
                "a_share_for_every_output",
                "Every output gets an equal share of the gradient. The loss looks at "
                "the last one only, and does not feel the others.",
                "dh[:, -1] = dh_last",
                "dh[:] = dh_last[:, None] / T",
            ),
            mistake(
                "ones_for_zeros",
                "The other outputs have a gradient of one. The loss does not look at "
                "them, so theirs is zero.",
                "dh = np.zeros(",
                "dh = np.ones(",
            ),
            mistake(
                "time_reshaped",
                "The array was made with time in front and then reshaped. That gives "
                "the right shape and mixes examples with steps: a reshape does not "
                "swap axes.",
                "return dh\n",
                "return dh.swapaxes(0, 1).reshape(dh.shape)\n",
                page="01-sequences",
            ),
            mistake(
                "one_before_the_last",
                "The gradient stands at the last output but one. Counting from the "
                "end begins with -1.",
                "dh[:, -1]",
                "dh[:, max(T - 2, 0)]",
            ),
            mistake(
                "all_zero",
                "All gradients are zero: nothing would be learned.",
                "    dh[:, -1] = dh_last\n",
                "",
            ),
            mistake(
                "no_time_axis",
                "The gradient came back without an axis of time: the other outputs "
                "have gradients as well, all zero.",
                "return dh\n",
                "return dh_last\n",
            ),
            mistake(
                "one_step_only",
                "The axis of time has length one. It needs a place for every output, "
                "also for those that the loss does not look at.",
                "return dh\n",
                "return dh_last[:, None]\n",
            ),
            mistake(
                "time_first",
                "The last step is right, but time is the first axis here. It is the "
                "second.",
                "return dh\n",
                "return dh.swapaxes(0, 1)\n",
            ),
        ),
    )
)


def readout_backward(dy_hat, hs, W_hy):
    """The gradient through a linear readout at every step."""
    rows = dy_hat.reshape(-1, dy_hat.shape[-1])
    states = hs.reshape(-1, hs.shape[-1])
    dh = dy_hat @ W_hy.T
    dW_hy = states.T @ rows
    db_y = rows.sum(axis=0)
    return dh, dW_hy, db_y


def _readout_cases(rng):
    sizes = ((2, 6, 4, 5), (1, 1, 3, 2), (3, 3, 3, 3), (2, 1, 4, 4))
    return [
        Case(
            f"B, T, H, K = {B}, {T}, {H}, {K}",
            tuple(rng.normal(size=s) for s in ((B, T, K), (B, T, H), (H, K))),
        )
        for B, T, H, K in sizes
    ]


enter(
    Check(
        "bptt.readout_backward",
        "03-bptt",
        readout_backward,
        "dy_hat, hs, W_hy",
        (("dh", "dW_hy", "db_y"),),
        _readout_cases,
        (
            mistake(
                "dh_forwards",
                "On the way back through `W_hy` goes its transpose. That is the "
                "direction from the states to the scores.",
                "W_hy.T",
                "W_hy",
            ),
            mistake(
                "dW_hy_transposed",
                "`dW_hy` is transposed: it must have the shape of `W_hy`, the states "
                "in its rows.",
                "states.T @ rows",
                "rows.T @ states",
            ),
            mistake(
                "mean_over_rows",
                "The gradients of the weights are averaged over batch and time. They "
                "are sums: `dy_hat` contains the division of the loss already.",
                "states.T @ rows",
                "states.T @ rows / len(rows)",
                "rows.sum(axis=0)",
                "rows.mean(axis=0)",
            ),
            mistake(
                "last_step_only",
                "The gradients of the weights hold the last step alone. The readout "
                "is used at every step, so the shares of all steps are added.",
                "states.T @ rows",
                "hs[:, -1].T @ dy_hat[:, -1]",
                "rows.sum(axis=0)",
                "dy_hat[:, -1].sum(axis=0)",
            ),
            mistake(
                "db_y_of_each_step",
                "`db_y` still has an axis for time: there is one bias for all steps, "
                "so it is summed over batch *and* time.",
                "rows.sum(axis=0)",
                "dy_hat.sum(axis=0)",
            ),
            mistake(
                "db_y_of_each_example",
                "`db_y` still has an axis for the examples: it is summed over batch "
                "*and* time.",
                "rows.sum(axis=0)",
                "dy_hat.sum(axis=1)",
            ),
            mistake(
                "db_y_is_one_number",
                "`db_y` is one number. Each of the K scores has a bias of its own.",
                "rows.sum(axis=0)",
                "rows.sum()",
            ),
            mistake(
                "db_y_mean",
                "`db_y` is a mean over batch and time. It is a sum.",
                "rows.sum(axis=0)",
                "rows.mean(axis=0)",
            ),
            mistake(
                "summed_before_the_product",
                "States and gradients were summed first and then multiplied. Each "
                "state is multiplied by the gradient of its own scores, and the "
                "products are summed.",
                "states.T @ rows",
                "np.outer(states.sum(axis=0), rows.sum(axis=0))",
            ),
            mistake(
                "handed_back",
                "`dh` was added up from the last step to the first. What comes from "
                "later steps is the business of the loop; here is the immediate "
                "derivative, through a state's own scores.",
                "dh = dy_hat @ W_hy.T",
                "dh = np.cumsum((dy_hat @ W_hy.T)[:, ::-1], axis=1)[:, ::-1]",
            ),
            mistake(
                "slope_of_the_tanh",
                "`dh` was multiplied by the slope of the tanh as well. That comes with "
                "the step back; what is asked for ends at the state itself.",
                "dh = dy_hat @ W_hy.T",
                "dh = dy_hat @ W_hy.T * (1 - hs**2)",
            ),
            mistake(
                "first_example_only",
                "`dW_hy` holds the share of the first example alone. The shares of all "
                "examples are added.",
                "states.T @ rows",
                "hs[0].T @ dy_hat[0]",
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
            for k, d in ((5, 2), (4, 4), (3, 7), (8, 0), (13, 4))
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
                "all_steps_of_a_long_window",
                "As soon as the window is longer than the lag, every step of it is "
                "counted. Its first steps ask for something that lies before it.",
                "max(window - lag, 0)",
                "window if window > lag else 0",
            ),
            mistake(
                "all_steps_of_a_window_as_long",
                "As soon as the window is as long as the lag, every step of it is "
                "counted. Its first steps ask for something that lies before it.",
                "max(window - lag, 0)",
                "window if window >= lag else 0",
            ),
            mistake(
                "divided",
                "The window was divided by the lag: that is how many pieces of the "
                "length of the lag fit into it. What is asked for is at how many steps "
                "one can look back by the lag.",
                "max(window - lag, 0)",
                "window // lag",
            ),
            mistake(
                "the_longer_one",
                "That is the longer of the two, and no number of steps at which the "
                "input lies in the window.",
                "max(window - lag, 0)",
                "max(window, lag)",
            ),
            mistake(
                "other_way_round",
                "The window was taken off the lag. The lag is taken off the window.",
                "max(window - lag, 0)",
                "max(lag - window, 0)",
            ),
            mistake(
                "lag_less_window",
                "The window was taken off the lag, and the result may be negative. The "
                "lag is taken off the window.",
                "max(window - lag, 0)",
                "lag - window",
            ),
            mistake(
                "remainder",
                "That is what remains when the window is divided by the lag. The lag "
                "is taken off once.",
                "max(window - lag, 0)",
                "window % lag if lag else window",
            ),
            mistake(
                "steps_listed",
                "Those are the steps themselves. What is asked for is how many they "
                "are.",
                "max(window - lag, 0)",
                "np.arange(lag, max(window, lag))",
            ),
            mistake(
                "lag_of_one",
                "One step was taken off, whatever the lag is.",
                "max(window - lag, 0)",
                "max(window - 1, 0)",
            ),
            mistake(
                "one_too_many_and_negative",
                "One step too many, and negative for a window much shorter than the "
                "lag.",
                "max(window - lag, 0)",
                "window - lag + 1",
            ),
            mistake(
                "one_short_and_negative",
                "One step too few, and negative for a window shorter than the lag.",
                "max(window - lag, 0)",
                "window - lag - 1",
            ),
            mistake(
                "at_least_one",
                "The answer is never zero. Where the window is no longer than the lag, "
                "no step is taught.",
                "max(window - lag, 0)",
                "max(window - lag, 1)",
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
            mistake(
                "distance",
                "That is the distance between the two numbers. Where the window is "
                "shorter than the lag, the answer is none at all.",
                "max(window - lag, 0)",
                "abs(window - lag)",
            ),
            mistake(
                "yes_or_no",
                "That says whether the two ever meet in a window. The question is at "
                "how many steps.",
                "max(window - lag, 0)",
                "int(window > lag)",
            ),
            mistake(
                "lag_counted_twice",
                "The lag was taken off at both ends. Only the first steps of a window "
                "have their input before it.",
                "max(window - lag, 0)",
                "max(window - 2 * lag, 0)",
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


def _without_direct_effect(w, x, h_0, y):
    return 0.0 * w


def _of_first_state(w, x, h_0, y):
    h, slope = h_0, 1.0
    for x_t in x:
        h = np.tanh(w * h + x_t)
        slope *= (1 - h**2) * w
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
                "The slope of the tanh is missing from the derivative of the state.",
                "(1 - h_next**2) * (h + w * slope)",
                "h + w * slope",
            ),
            mistake(
                "state_not_derived",
                "That is the derivative with respect to the last state. How much this "
                "state changes with `w` has no part in it yet.",
                "return 2 * (h - y) * slope",
                "return 2 * (h - y)",
            ),
            mistake(
                "direct_way_left_out",
                "The derivative stays where it started, at zero: the direct effect of "
                "`w` at each step is missing, or is multiplied where it should be "
                "added.",
                _without_direct_effect,
            ),
            mistake(
                "first_state_followed",
                "That is how the last state depends on the *first*: the product of all "
                "slopes and weights. `w` acts directly at each step, and these effects "
                "are missing.",
                _of_first_state,
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
                "That is the derivative of the last state. The derivative of the loss "
                "is wanted.",
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
            mistake(
                "sign",
                "The sign is turned: the error is the state minus the target.",
                "2 * (h - y)",
                "2 * (y - h)",
            ),
            mistake(
                "starts_at_one",
                "The derivative starts at one. Before the first step `w` has not been "
                "used, so nothing depends on it yet.",
                "h, slope = h_0, 0.0",
                "h, slope = h_0, 1.0",
            ),
            mistake(
                "past_without_slope",
                "The slope of the tanh multiplies the direct part only. What comes "
                "from the past goes through the same tanh.",
                "(1 - h_next**2) * (h + w * slope)",
                "(1 - h_next**2) * h + w * slope",
            ),
            mistake(
                "first_state_at_every_step",
                "The direct effect of `w` is taken with the *first* state at every "
                "step. It belongs to the state that the step starts from.",
                "(h + w * slope)",
                "(h_0 + w * slope)",
            ),
            mistake(
                "slope_before_the_tanh",
                "The slope was taken from the sum inside the tanh. It is one minus the "
                "square of what comes *out* of it.",
                "(1 - h_next**2)",
                "(1 - (w * h + x_t) ** 2)",
            ),
            mistake(
                "starts_at_the_state",
                "The derivative starts at `h_0`. Before the first step `w` has not "
                "been used, so it starts at zero.",
                "h, slope = h_0, 0.0",
                "h, slope = h_0, h_0",
            ),
            mistake(
                "input_for_weight",
                "On its way through the old state the derivative was multiplied by the "
                "input, not by the weight.",
                "w * slope",
                "x_t * slope",
            ),
            mistake(
                "target_left_out",
                "The target is missing from the error.",
                "2 * (h - y)",
                "2 * h",
            ),
            mistake(
                "weight_squared",
                "The derivative of the past was multiplied by the weight twice.",
                "w * slope",
                "w * w * slope",
            ),
            mistake(
                "one_step_too_few",
                "The last step is missing from the derivative: it is that of the state "
                "before.",
                "    h, slope = h_0, 0.0",
                "    h, slope, last = h_0, 0.0, 0.0",
                "        slope = (1",
                "        last, slope = slope, (1",
                "return 2 * (h - y) * slope",
                "return 2 * (h - y) * last",
            ),
            mistake(
                "square_outside_the_bracket",
                "The square stands outside: the slope is one minus the square of the "
                "state.",
                "(1 - h_next**2)",
                "(1 - h_next) ** 2",
            ),
            mistake(
                "averaged",
                "The derivative was divided by the number of steps. The loss looks at "
                "the last state only; nothing is averaged.",
                "return 2 * (h - y) * slope",
                "return 2 * (h - y) * slope / len(x)",
            ),
            mistake(
                "added_to_itself",
                "The new derivative is added to the one of the step before. It takes "
                "its place: what it has of the past comes in through the weight.",
                "slope = (1 - h_next**2) * (h + w * slope)",
                "slope += (1 - h_next**2) * (h + w * slope)",
            ),
            mistake(
                "weight_on_both",
                "The weight multiplies the old state, too. The derivative of `w * h` "
                "with respect to `w` is `h` itself, where `h` is held fixed.",
                "(h + w * slope)",
                "(w * h + w * slope)",
            ),
            mistake(
                "input_for_state",
                "The input of the step stands in place of the old state: it is the "
                "state that the weight multiplies.",
                "(h + w * slope)",
                "(x_t + w * slope)",
            ),
            mistake(
                "square_missing",
                "The square is missing from the slope of the tanh.",
                "(1 - h_next**2)",
                "(1 - h_next)",
            ),
            mistake(
                "added_up_only",
                "The direct parts of all steps were added up. On its way to the end "
                "each of them passes every later step, which weakens it.",
                "slope = (1 - h_next**2) * (h + w * slope)",
                "slope += (1 - h_next**2) * h",
            ),
            mistake(
                "tanh_twice",
                "The state went through the tanh once more before its slope was taken. "
                "It has passed the tanh already.",
                "(1 - h_next**2)",
                "(1 - np.tanh(h_next) ** 2)",
            ),
            mistake(
                "loss_itself",
                "The squared error stands where its derivative belongs.",
                "2 * (h - y)",
                "(h - y) ** 2",
            ),
            mistake(
                "loss_at_every_step",
                "The error of every step was counted. The loss looks at the last state "
                "only.",
                "    h, slope = h_0, 0.0",
                "    h, slope, total = h_0, 0.0, 0.0",
                "        h = h_next",
                "        h = h_next\n        total += 2 * (h - y) * slope",
                "return 2 * (h - y) * slope",
                "return total",
            ),
        ),
    )
)

taught_in(
    {
        "rnn.step_backward": "A layer, backwards",
        "rnn.backward": "The loop",
        "lstm.backward": "The loop",
        "gru.backward": "The loop",
        "gru_reset_after.backward": "The loop",
        "losses.cross_entropy": "From the loss to the states",
        "bptt.readout_backward": "From the loss to the states",
        "bptt.only_last": "The loop",
        "bptt.taught": "Truncated backpropagation",
        "bptt.forward_gradient": "One number, three steps",
    }
)
