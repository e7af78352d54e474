"""Checks of the assignment `bptt`: a state that also comes back after k steps.

The network is that of Lin et al. (1996).
"""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def masked_loss(y_hat, y, mask):
    """Mean squared error of the steps that count, and its gradient."""
    counted = mask[:, :, None] * np.ones_like(y)  # (B, T, K)
    n = counted.sum()
    error = (y_hat - y) * counted
    loss = (error**2).sum() / n
    return loss, 2 * error / n


def _masked_cases(rng):
    found = []
    for label, B, T, K in (("a batch", 3, 5, 2), ("one output", 2, 4, 1)):
        mask = (rng.uniform(size=(B, T)) < 0.5).astype(float)
        mask[0, 0], mask[-1, -1] = 1, 0  # some count, some do not
        y_hat, y = rng.normal(size=(2, B, T, K))
        found.append(Case(label, (y_hat, y, mask)))
    y_hat, y = rng.normal(size=(2, 1, 3, 2))
    return [*found, Case("every step counts", (y_hat, y, np.ones((1, 3))))]


enter(
    Check(
        "bptt.masked_loss",
        "03-bptt",
        masked_loss,
        "y_hat, y, mask",
        (("loss", "dy_hat"),),
        _masked_cases,
        (
            mistake(
                "divided_by_all_steps",
                "The sum is divided by all steps, also by those that do not count.",
                "counted.sum()",
                "counted.size",
            ),
            mistake(
                "outputs_not_counted",
                "The number of steps that count is there, but a step has several "
                "outputs, and the mean is over these, too.",
                "n = counted.sum()",
                "n = mask.sum()",
            ),
            mistake(
                "mask_ignored",
                "Every step counts, whatever the mask says.",
                "mask[:, :, None] * np.ones_like(y)",
                "np.ones_like(y)",
            ),
            mistake(
                "mask_not_in_gradient",
                "The loss is right, but its gradient also flows into steps that do "
                "not count.",
                "2 * error / n",
                "2 * (y_hat - y) / n",
            ),
            mistake(
                "factor_two_forgotten",
                "The loss is right; the gradient of a square is twice the error.",
                "2 * error / n",
                "error / n",
            ),
            mistake(
                "gradient_sign",
                "The gradient points the wrong way: it is the one with respect to `y`, "
                "and that with respect to `y_hat` is wanted.",
                "2 * error / n",
                "-2 * error / n",
            ),
            mistake(
                "gradient_not_divided",
                "The loss is a mean, and its gradient is that of the sum.",
                "2 * error / n",
                "2 * error",
            ),
            mistake(
                "summed",
                "Loss and gradient are those of the sum. They should be those of the "
                "mean over the entries that count.",
                "n = counted.sum()",
                "n = 1.0",
            ),
            mistake(
                "mask_inverted",
                "The steps that should not count are those that you count.",
                "mask[:, :, None]",
                "(1 - mask)[:, :, None]",
            ),
            mistake(
                "gradient_outputs_not_counted",
                "The loss is right; its gradient was divided by the steps, and not "
                "by all their outputs.",
                "2 * error / n",
                "2 * error / mask.sum()",
            ),
            mistake(
                "half",
                "That is half of the mean squared error, and half of its gradient.",
                "loss = (error**2).sum() / n",
                "loss = (error**2).sum() / n / 2",
                "2 * error / n",
                "error / n",
            ),
        ),
    )
)


def delayed_forward(x, params, k):
    """h (B, T, H) of a network that also sees its state of k steps ago."""
    B, T, _ = x.shape
    h = np.zeros((B, k + T, len(params["W_hh"])))  # k states of zeros before
    for t in range(T):
        a = x[:, t] @ params["W_xh"] + params["b_h"]
        a = a + h[:, k + t - 1] @ params["W_hh"] + h[:, t] @ params["W_kh"]
        h[:, k + t] = np.tanh(a)
    return h[:, k:]


def _delayed_weights(rng, D, H):
    shapes = {"W_xh": (D, H), "W_hh": (H, H), "W_kh": (H, H), "b_h": (H,)}
    return {name: rng.uniform(-0.7, 0.7, size=s) for name, s in shapes.items()}


def _delayed_cases(rng):
    return [
        Case(label, (rng.normal(size=(B, T, D)), _delayed_weights(rng, D, H), k))
        for label, B, T, D, H, k in (
            ("a delay of two", 3, 6, 2, 4, 2),
            ("a delay of three", 2, 7, 3, 3, 3),
            ("one example", 1, 5, 2, 3, 4),
            ("shorter than the delay", 2, 2, 3, 2, 5),
        )
    ]


enter(
    Check(
        "bptt.delayed_forward",
        "02-rnn",
        delayed_forward,
        "x, params, k",
        ("h",),
        _delayed_cases,
        (
            mistake(
                "delayed_path_missing",
                "The state of k steps ago does not enter: that is a plain RNN.",
                ' + h[:, t] @ params["W_kh"]',
                "",
            ),
            mistake(
                "last_state_missing",
                "The state of the step before does not enter.",
                'h[:, k + t - 1] @ params["W_hh"] + ',
                "",
            ),
            mistake(
                "delay_too_long",
                "The delayed state is one step too old.",
                'h[:, t] @ params["W_kh"]',
                '(h[:, t - 1] if t else 0 * h[:, 0]) @ params["W_kh"]',
            ),
            mistake(
                "delay_too_short",
                "The delayed state is one step too young.",
                'h[:, t] @ params["W_kh"]',
                'h[:, t + 1] @ params["W_kh"]',
            ),
            mistake(
                "matrices_exchanged",
                "The two matrices for states are exchanged.",
                'h[:, k + t - 1] @ params["W_hh"] + h[:, t] @ params["W_kh"]',
                'h[:, k + t - 1] @ params["W_kh"] + h[:, t] @ params["W_hh"]',
            ),
            mistake(
                "bias_missing",
                "The bias of the delayed network does not enter.",
                ' + params["b_h"]',
                "",
            ),
            mistake(
                "tanh_missing",
                "The sum goes on as it is; the tanh of this network is missing.",
                "np.tanh(a)",
                "a",
            ),
            mistake(
                "padding_returned",
                "The states of zeros before the first step are returned, too, and as "
                "many states are missing at the end.",
                "return h[:, k:]",
                "return h[:, :T]",
            ),
            mistake(
                "time_first",
                "The axes of batch and time are exchanged in `h`.",
                "return h[:, k:]",
                "return h[:, k:].swapaxes(0, 1)",
            ),
            mistake(
                "first_delayed_missing",
                "The first state is left out where it should come back, k steps later.",
                'h[:, t] @ params["W_kh"]',
                '(h[:, t] if t > k else 0 * h[:, t]) @ params["W_kh"]',
            ),
        ),
        time={"h": (1, 1)},
    )
)


def delayed_backward(dh, h, x, params, k):
    """The gradient of delayed_forward: dx, and a dict like params."""
    B, T, H = h.shape
    zeros = np.zeros((B, k, H))
    past = np.concatenate([zeros, h], axis=1)  # state t - k at place t
    dpast = np.concatenate([zeros, dh], axis=1)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx = np.zeros_like(x)
    for t in reversed(range(T)):
        da = dpast[:, k + t] * (1 - h[:, t] ** 2)
        dx[:, t] = da @ params["W_xh"].T
        dpast[:, k + t - 1] += da @ params["W_hh"].T
        dpast[:, t] += da @ params["W_kh"].T
        grads["W_xh"] += x[:, t].T @ da
        grads["W_hh"] += past[:, k + t - 1].T @ da
        grads["W_kh"] += past[:, t].T @ da
        grads["b_h"] += da.sum(axis=0)
    return dx, grads


def _delayed_backward_cases(rng):
    return [
        Case(label, (rng.normal(size=h.shape), h, x, p, k))
        for label, (x, p, k) in _delayed_cases(rng)
        for h in [delayed_forward(x, p, k)]
    ]


enter(
    Check(
        "bptt.delayed_backward",
        "03-bptt",
        delayed_backward,
        "dh, h, x, params, k",
        (("dx", {n: f"d{n}" for n in ("W_xh", "W_hh", "W_kh", "b_h")}),),
        _delayed_backward_cases,
        (
            mistake(
                "delayed_path_missing",
                "What comes back from k steps later does not reach the state. It went "
                "forwards along this path, so a gradient comes back along it.",
                '        dpast[:, t] += da @ params["W_kh"].T\n',
                "",
            ),
            mistake(
                "last_path_missing",
                "The gradient does not go back to the state of the step before; only "
                "the delayed path is there.",
                '        dpast[:, k + t - 1] += da @ params["W_hh"].T\n',
                "",
            ),
            mistake(
                "nothing_carried",
                "No gradient goes back in time: each step sees its own loss alone. A "
                "loop that runs from the first step to the last does this, too.",
                '        dpast[:, k + t - 1] += da @ params["W_hh"].T\n'
                '        dpast[:, t] += da @ params["W_kh"].T\n',
                "",
            ),
            mistake(
                "overwritten_by_last_path",
                "The gradient that comes from the next step takes the place of what "
                "was there. A state that is used several times gets the sum.",
                "dpast[:, k + t - 1] +=",
                "dpast[:, k + t - 1] =",
            ),
            mistake(
                "overwritten_by_delayed_path",
                "The gradient that comes along the delayed path takes the place of "
                "the loss's own, where both have to be added.",
                "dpast[:, t] +=",
                "dpast[:, t] =",
            ),
            mistake(
                "slope_missing",
                "The slope of the tanh is missing on the way back.",
                " * (1 - h[:, t] ** 2)",
                "",
            ),
            mistake(
                "slope_of_sigmoid",
                "The slope is that of a sigmoid; the network has a tanh.",
                "(1 - h[:, t] ** 2)",
                "h[:, t] * (1 - h[:, t])",
            ),
            mistake(
                "slope_of_old_state",
                "The slope is taken at the state before. The tanh made the new one.",
                "(1 - h[:, t] ** 2)",
                "(1 - past[:, k + t - 1] ** 2)",
            ),
            mistake(
                "transpose_missing",
                "Back through the matrix of the last state goes its transpose.",
                'params["W_hh"].T',
                'params["W_hh"]',
            ),
            mistake(
                "delayed_transpose_missing",
                "Back through the matrix of the delayed state goes its transpose.",
                'params["W_kh"].T',
                'params["W_kh"]',
            ),
            mistake(
                "dW_kh_from_last_state",
                "The gradient of `W_kh` is built with the state of the step before. "
                "This matrix met the one of k steps ago.",
                'grads["W_kh"] += past[:, t]',
                'grads["W_kh"] += past[:, k + t - 1]',
            ),
            mistake(
                "dW_hh_from_new_state",
                "The gradient of `W_hh` is built with the new state. This matrix met "
                "the old one.",
                'grads["W_hh"] += past[:, k + t - 1]',
                'grads["W_hh"] += past[:, k + t]',
            ),
            mistake(
                "sum_over_time_missing",
                "The gradients of the weights are those of one step. The weights are "
                "used in every step, so the gradients of all steps are added.",
                'grads["W_xh"] +=',
                'grads["W_xh"][:] =',
                'grads["W_hh"] +=',
                'grads["W_hh"][:] =',
                'grads["W_kh"] +=',
                'grads["W_kh"][:] =',
                'grads["b_h"] +=',
                'grads["b_h"][:] =',
            ),
            mistake(
                "db_mean",
                "The bias got the mean over the batch in place of the sum.",
                "da.sum(axis=0)",
                "da.mean(axis=0)",
            ),
            mistake(
                "last_state_wraps",
                "Before the first step stands a state of zeros. An index of -1 took "
                "the last state of all, and it entered the gradient of `W_hh`.",
                'grads["W_hh"] += past[:, k + t - 1]',
                'grads["W_hh"] += past[:, k + t - 1 if t else -1]',
            ),
            mistake(
                "both_states_wrap",
                "Negative indices count from the end: where zeros belong, late "
                "states entered the gradients of both matrices.",
                'grads["W_hh"] += past[:, k + t - 1]',
                'grads["W_hh"] += past[:, k + t - 1 if t else -1]',
                'grads["W_kh"] += past[:, t]',
                'grads["W_kh"] += h[:, t - k]',
            ),
            mistake(
                "first_delayed_use_missing",
                "The first state is never seen again k steps later: the way back "
                "ends one step too early.",
                "dpast[:, t] += da",
                "dpast[:, t] += (t > k) * da",
                'grads["W_kh"] += past',
                'grads["W_kh"] += (t > k) * past',
            ),
            mistake(
                "same_matrix_twice",
                "Along both ways back goes the matrix of the last state.",
                'params["W_kh"].T',
                'params["W_hh"].T',
            ),
            mistake(
                "matrices_exchanged_back",
                "On the way back the two matrices for states are exchanged.",
                'params["W_hh"].T',
                'params["W_kh"].T',
                'da @ params["W_kh"].T\n        grads',
                'da @ params["W_hh"].T\n        grads',
            ),
            mistake(
                "dW_kh_missing",
                "The gradient of `W_kh` is still zero.",
                'grads["W_kh"] += past[:, t].T @ da',
                "pass",
            ),
            mistake(
                "mean_over_batch",
                "The gradients of the weights are divided by the size of the batch; "
                "`dh` holds the whole gradient already.",
                "return dx, grads",
                "return dx, {n: g / B for n, g in grads.items()}",
            ),
        ),
        time={"dx": (1, -1)},
    )
)


def directional(f, params, direction, eps):
    """The derivative of f along a direction, by a central difference."""
    there = {name: params[name] + eps * direction[name] for name in params}
    back = {name: params[name] - eps * direction[name] for name in params}
    return (f(there) - f(back)) / (2 * eps)


def _cubic(params):
    return sum(float((a**3).sum() + a.sum()) for a in params.values())


def _directional_cases(rng):
    found = []
    for label, eps in (("a small step", 1e-3), ("a larger step", 0.1)):
        point, way = (
            {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=3)} for _ in range(2)
        )
        found.append(Case(label, (_cubic, point, way, eps)))
    return found


enter(
    Check(
        "bptt.directional",
        "03-bptt",
        directional,
        "f, params, direction, eps",
        ("derivative",),
        _directional_cases,
        (
            mistake(
                "one_sided",
                "That is a one-sided difference. Its error falls with eps, the one of "
                "a central difference with its square.",
                "(f(there) - f(back)) / (2 * eps)",
                "(f(there) - f(params)) / eps",
            ),
            mistake(
                "divided_by_eps",
                "The two points are two eps apart, and you divide by one eps.",
                "(2 * eps)",
                "eps",
            ),
            mistake(
                "multiplied",
                "You divided by 2 and then multiplied by eps: brackets are missing in "
                "the denominator.",
                "/ (2 * eps)",
                "/ 2 * eps",
            ),
            mistake(
                "not_divided",
                "That is the difference of two values. The derivative is wanted, so "
                "it has to be divided by their distance.",
                " / (2 * eps)",
                "",
            ),
            mistake(
                "sign",
                "The derivative has the wrong sign: the value behind should be "
                "subtracted from the value ahead.",
                "f(there) - f(back)",
                "f(back) - f(there)",
            ),
            mistake(
                "direction_ignored",
                "All entries are moved by the same, whatever the direction says.",
                "params[name] + eps * direction[name]",
                "params[name] + eps",
                "params[name] - eps * direction[name]",
                "params[name] - eps",
            ),
            mistake(
                "one_array_moved",
                "Only the first array is moved. The direction has a part in each.",
                "params[name] + eps * direction[name] for",
                "params[name] + eps * direction[name] * (name == min(params)) for",
                "params[name] - eps * direction[name] for",
                "params[name] - eps * direction[name] * (name == min(params)) for",
            ),
            mistake(
                "second_from_first",
                "The second point does not lie on the other side of the start: it was "
                "reached from the first one, and is the start again.",
                "(f(there) - f(back)) / (2 * eps)",
                "(f(there) - f(params)) / (2 * eps)",
            ),
            mistake(
                "one_sided_back",
                "That is a one-sided difference, looking back.",
                "(f(there) - f(back)) / (2 * eps)",
                "(f(params) - f(back)) / eps",
            ),
        ),
        tolerance=1e-9,
    )
)


def reach(T, length):
    """(T, T): does the loss of step t (row) send a gradient to input s (column)?"""
    t, s = np.arange(T)[:, None], np.arange(T)[None, :]
    return (s <= t) & (s // length == t // length)


enter(
    Check(
        "bptt.reach",
        "03-bptt",
        reach,
        "T, length",
        ("reaches",),
        lambda rng: [
            Case(f"{T} steps in chunks of {length}", (T, length))
            for T, length in ((7, 3), (6, 2), (4, 9), (5, 1))
        ],
        (
            mistake(
                "not_truncated",
                "Every loss reaches every input before it, as if nothing were cut.",
                " & (s // length == t // length)",
                "",
            ),
            mistake(
                "sliding_window",
                "Every loss reaches the same number of steps back. Where a sequence "
                "is cut into chunks, it reaches back to the start of its chunk.",
                "s // length == t // length",
                "t - s < length",
            ),
            mistake(
                "future_inputs",
                "A loss also sends a gradient to inputs that come after it.",
                "(s <= t) & ",
                "",
            ),
            mistake(
                "own_input_missing",
                "The loss of a step does not reach the input of this very step.",
                "s <= t",
                "s < t",
            ),
            mistake(
                "transposed",
                "Rows and columns are exchanged: a row is a loss, a column an input.",
                "s <= t",
                "s >= t",
            ),
            mistake(
                "chunk_too_long",
                "A chunk is one step longer than it should be.",
                "s // length == t // length",
                "s // (length + 1) == t // (length + 1)",
            ),
            mistake(
                "window_too_long",
                "Every loss reaches a fixed number of steps back, one more than a "
                "chunk is long. It should reach to the start of its chunk.",
                "s // length == t // length",
                "t - s <= length",
            ),
            mistake(
                "cut_from_the_end",
                "The chunks are counted from the end. The last one may be shorter, "
                "not the first.",
                "s // length == t // length",
                "(T - 1 - s) // length == (T - 1 - t) // length",
            ),
            mistake(
                "short_chunk_dropped",
                "The last, shorter chunk is missing.",
                "(s <= t) & ",
                "(s <= t) & (t < T // length * length) & ",
            ),
        ),
    )
)


def carried(h, W_hh):
    """(H, H): how the last of the states h (T, H) depends on the first."""
    product = np.eye(len(W_hh))
    for h_t in h[1:]:
        product = product @ (W_hh * (1 - h_t**2))
    return product


def _carried_cases(rng):
    return [
        Case(label, (rng.uniform(-0.9, 0.9, size=(T, H)), rng.normal(size=(H, H))))
        for label, T, H in (
            ("five states", 5, 3),
            ("two states", 2, 4),
            ("a single unit", 4, 1),
            ("the first is the last", 1, 2),
        )
    ]


enter(
    Check(
        "vanishing.carried",
        "04-vanishing-gradients",
        carried,
        "h, W_hh",
        ("J",),
        _carried_cases,
        (
            mistake(
                "slope_missing",
                "That is a power of the matrix. Each step also multiplies by the slope "
                "of its tanh.",
                "(W_hh * (1 - h_t**2))",
                "W_hh",
            ),
            mistake(
                "slope_of_rows",
                "The slopes multiply the rows of the matrix. They belong to the units "
                "that a step computes, which are its columns.",
                "(W_hh * (1 - h_t**2))",
                "(W_hh * (1 - h_t**2)[:, None])",
            ),
            mistake(
                "first_slope_counted",
                "The slope of the first state is in the product. How that state came "
                "about does not matter here.",
                "h[1:]",
                "h",
            ),
            mistake(
                "old_states",
                "The slopes are those of the states before. A step has the slope of "
                "the state that it makes.",
                "h[1:]",
                "h[:-1]",
            ),
            mistake(
                "order_reversed",
                "The matrices are multiplied in the reverse order.",
                "product @ (W_hh * (1 - h_t**2))",
                "(W_hh * (1 - h_t**2)) @ product",
            ),
            mistake(
                "transposed",
                "That is the transpose: a row stands for a unit of the first state, a "
                "column for one of the last.",
                "return product",
                "return product.T",
            ),
            mistake(
                "entry_by_entry",
                "The matrices of the steps are multiplied entry by entry.",
                "product = np.eye(len(W_hh))",
                "product = np.ones_like(W_hh) if len(h) > 1 else np.eye(len(W_hh))",
                "product @ (W_hh",
                "product * (W_hh",
            ),
            mistake(
                "column_convention",
                "That product is for states as columns. Here a state is a row, and "
                "stands to the left of the matrix.",
                "product @ (W_hh * (1 - h_t**2))",
                "((1 - h_t**2)[:, None] * W_hh) @ product",
            ),
            mistake(
                "matrix_transposed",
                "Each step multiplies by the transpose of its matrix.",
                "(W_hh * (1",
                "(W_hh.T * (1",
            ),
            mistake(
                "last_factor_missing",
                "The product of the steps ends one state early.",
                "h[1:]",
                "h[1:-1]",
            ),
            mistake(
                "last_step_alone",
                "That is the last step alone; the steps are multiplied.",
                "product @ (W_hh * (1 - h_t**2))",
                "W_hh * (1 - h_t**2)",
            ),
        ),
    )
)
