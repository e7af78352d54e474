"""Functions of the graded assignments: bptt, gru and forecast."""

import numpy as np

from rnnbook.cells import gru_step
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.cells import params as weights

# ---- bptt: a state that also comes back after k steps (Lin et al. 1996)


def masked_loss(y_hat, y, mask):
    """Mean squared error of the steps that count, and its gradient."""
    counted = mask[:, :, None] * np.ones_like(y)  # (B, T, K)
    n = counted.sum()
    error = (y_hat - y) * counted
    loss = (error**2).sum() / n
    return loss, 2 * error / n


def delayed_forward(x, params, k):
    """h (B, T, H) of a network that also sees its state of k steps ago."""
    B, T, _ = x.shape
    h = np.zeros((B, k + T, len(params["W_hh"])))  # k states of zeros before
    for t in range(T):
        a = x[:, t] @ params["W_xh"] + params["b_h"]
        a = a + h[:, k + t - 1] @ params["W_hh"] + h[:, t] @ params["W_kh"]
        h[:, k + t] = np.tanh(a)
    return h[:, k:]


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


def directional(f, params, direction, eps):
    """The derivative of f along a direction, by a central difference."""
    there = {name: params[name] + eps * direction[name] for name in params}
    back = {name: params[name] - eps * direction[name] for name in params}
    return (f(there) - f(back)) / (2 * eps)


def reach(T, length):
    """(T, T): does the loss of step t (row) send a gradient to input s (column)?"""
    t, s = np.arange(T)[:, None], np.arange(T)[None, :]
    return (s <= t) & (s // length == t // length)


def carried(h, W_hh):
    """(H, H): how the last of the states h (T, H) depends on the first."""
    product = np.eye(len(W_hh))
    for h_t in h[1:]:
        product = product @ (W_hh * (1 - h_t**2))
    return product


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


def _delayed_backward_cases(rng):
    return [
        Case(label, (rng.normal(size=h.shape), h, x, p, k))
        for label, (x, p, k) in _delayed_cases(rng)
        for h in [delayed_forward(x, p, k)]
    ]


def _masked_cases(rng):
    found = []
    for label, B, T, K in (("a batch", 3, 5, 2), ("one output", 2, 4, 1)):
        mask = (rng.uniform(size=(B, T)) < 0.5).astype(float)
        mask[0, 0], mask[-1, -1] = 1, 0  # some count, some do not
        y_hat, y = rng.normal(size=(2, B, T, K))
        found.append(Case(label, (y_hat, y, mask)))
    y_hat, y = rng.normal(size=(2, 1, 3, 2))
    return [*found, Case("every step counts", (y_hat, y, np.ones((1, 3))))]


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
                "The gradient points the wrong way: it is that of `y`, and asked is "
                "that of `y_hat`.",
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
                "Loss and gradient are those of the sum, and asked is the mean of the "
                "counted entries.",
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
    ),
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
    ),
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
    ),
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
                "The two points are two eps apart, and you divide by one.",
                "(2 * eps)",
                "eps",
            ),
            mistake(
                "multiplied",
                "The 2 stands below the line and eps above it: brackets are missing.",
                "/ (2 * eps)",
                "/ 2 * eps",
            ),
            mistake(
                "not_divided",
                "That is the difference of two values, and asked is the derivative.",
                " / (2 * eps)",
                "",
            ),
            mistake(
                "sign",
                "The derivative has the wrong sign: the point behind is subtracted "
                "from the one ahead.",
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
                "The second point does not lie behind the start: it was reached "
                "from the first one, and is the start again.",
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
    ),
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
                "A chunk is one step longer than asked for.",
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
    ),
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
    ),
)


# ---- gru: packed in another order, with the other sign, and stopped where a row ends


def convert(params, order, new_order, flip):
    """Packed weights in a new order of gates, their meaning of z turned if flip."""
    found = {}
    for name, packed in params.items():
        block = dict(zip(order, np.split(packed, 3, axis=-1), strict=True))
        if flip:
            block["z"] = -block["z"]
        found[name] = np.concatenate([block[gate] for gate in new_order], axis=-1)
    return found


def padded_gru(x, lengths, h, params):
    """(B, H): the state after the last real step of each padded sequence."""
    for t in range(x.shape[1]):
        h_next, _ = gru_step(x[:, t], h, params)
        h = np.where((t < lengths)[:, None], h_next, h)
    return h


def _convert_cases(rng):
    found = []
    for label, D, H, order, new_order, flip in (
        ("one order into another", 2, 3, "rzn", "nrz", False),
        ("the other meaning of z", 3, 2, "rnz", "rnz", True),
        ("both", 2, 2, "znr", "nrz", True),
        ("both, the other way", 2, 3, "nzr", "zrn", True),
        ("nothing to do", 1, 2, "zrn", "zrn", False),
    ):
        p = weights(rng, "gru", D, H)
        found.append(Case(label, (p, order, new_order, flip)))
    return found


def _padded_cases(rng):
    found = []
    for label, B, T, D, H, lengths in (
        ("three lengths", 3, 5, 2, 4, (3, 5, 1)),
        ("nothing is padded", 2, 4, 3, 3, (4, 4)),
        ("an empty sequence", 2, 3, 2, 2, (0, 2)),
    ):
        x, h = rng.normal(size=(B, T, D)), rng.uniform(-0.9, 0.9, size=(B, H))
        p = weights(rng, "gru", D, H)
        found.append(Case(label, (x, np.array(lengths), h, p)))
    label, (x, n, h, p) = "padding that is no number", found[0].args
    x = np.where(np.arange(5)[:, None] < n[:, None, None], x, np.nan)
    return [*found, Case(label, (x, n, h, p))]


enter(
    Check(
        "gru.convert",
        "13-three-libraries",
        convert,
        "params, order, new_order, flip",
        ({n: n for n in ("W_xh", "W_hh", "b_h")},),
        _convert_cases,
        (
            mistake(
                "order_kept",
                "The blocks stand in the old order.",
                "for gate in new_order",
                "for gate in order",
            ),
            mistake(
                "turned_the_wrong_way",
                "The blocks were moved as if the weights came in the new order and "
                "were wanted in the old one.",
                "zip(order, np",
                "zip(new_order, np",
                "for gate in new_order",
                "for gate in order",
            ),
            mistake(
                "flip_ignored",
                "What z means was not turned.",
                '            block["z"] = -block["z"]',
                "            pass",
            ),
            mistake(
                "always_flipped",
                "What z means was turned although nobody asked for it.",
                "if flip:",
                "if True:",
            ),
            mistake(
                "reset_flipped",
                "The sign of the reset gate was turned. Two conventions differ in the "
                "other gate.",
                'block["z"] = -block["z"]',
                'block["r"] = -block["r"]',
            ),
            mistake(
                "everything_negated",
                "All three blocks were negated, the candidate among them.",
                'block["z"] = -block["z"]',
                "block = {gate: -b for gate, b in block.items()}",
            ),
            mistake(
                "bias_not_flipped",
                "In the weights z was turned, in the bias it was not. The sigmoid sees "
                "the sum of both.",
                "if flip:",
                "if flip and packed.ndim > 1:",
            ),
            mistake(
                "one_minus_weights",
                "You took one minus the weights. That is asked of the *gate*, behind "
                "its sigmoid.",
                '-block["z"]',
                '1 - block["z"]',
            ),
            mistake(
                "first_block_flipped",
                "The block that was turned is the first one. Where z stands, the order "
                "says.",
                'block["z"] = -block["z"]',
                "block[order[0]] = -block[order[0]]",
            ),
            mistake(
                "middle_block_flipped",
                "The block that was turned is the middle one. Where z stands, the "
                "order tells.",
                'block["z"] = -block["z"]',
                "block[new_order[1]] = -block[new_order[1]]",
            ),
        ),
    ),
    Check(
        "gru.padded",
        "24-text-classification",
        padded_gru,
        "x, lengths, h, params",
        ("h_last",),
        _padded_cases,
        (
            mistake(
                "lengths_ignored",
                "That is the state after the last column: the GRU went on reading "
                "where there is nothing to read.",
                "np.where((t < lengths)[:, None], h_next, h)",
                "h_next",
            ),
            mistake(
                "one_step_too_many",
                "Each sequence reads one step of its padding.",
                "t < lengths",
                "t <= lengths",
            ),
            mistake(
                "last_step_missing",
                "Each sequence stops one step early.",
                "t < lengths",
                "t < lengths - 1",
            ),
            mistake(
                "zero_after_the_end",
                "Where a sequence has ended, the state was set to zero. It should stay "
                "as it is.",
                "[:, None], h_next, h)",
                "[:, None], h_next, 0 * h)",
            ),
            mistake(
                "input_masked",
                "The inputs of the padding are set to zero, and the state goes on "
                "changing: also a zero is an input.",
                "gru_step(x[:, t], h, params)",
                "gru_step(x[:, t] * (t < lengths)[:, None], h, params)",
                "np.where((t < lengths)[:, None], h_next, h)",
                "h_next",
            ),
            mistake(
                "initial_state_ignored",
                "The recurrence starts at zero and not at the state that was given.",
                "    for t in range",
                "    h = 0 * h\n    for t in range",
            ),
            mistake(
                "shortest_for_all",
                "All sequences stop where the shortest one ends.",
                "range(x.shape[1])",
                "range(lengths.min())",
            ),
            mistake(
                "mask_inverted",
                "The state is held while there is something to read, and updated in "
                "the padding.",
                "t < lengths",
                "t >= lengths",
            ),
            mistake(
                "empty_row_wraps",
                "A row without a step got the state behind the last column: an "
                "index of -1 counts from the end.",
                "(t < lengths)",
                "((t < lengths) | (lengths == 0))",
            ),
            mistake(
                "empty_row_zero",
                "A row without a step got zeros; it keeps the state it came with.",
                "return h",
                "return h * (lengths > 0)[:, None]",
            ),
            mistake(
                "padding_multiplied",
                "The padding is multiplied by zero. What is no number stays none: "
                "choose, do not multiply.",
                "np.where((t < lengths)[:, None], h_next, h)",
                "(t < lengths)[:, None] * h_next + (t >= lengths)[:, None] * h",
            ),
        ),
    ),
)

# ---- forecast: folds with a gap, the way back to prices, baselines, a test


def folds(n, first, size, gap):
    """(K, 3): training ends, test begins, test ends; expanding, with a gap."""
    return np.array(
        [
            (end, end + gap, min(end + gap + size, n))
            for end in range(first, n - gap, size)
        ]
    )


def prices(z, mean, std, last):
    """(h,): the prices that standardised log returns lead to."""
    returns = z * std + mean
    return last * np.exp(np.cumsum(returns))


def drift(y, t, h):
    """The forecast for h steps after t: the mean change so far goes on."""
    return y[t] + h * (y[t] - y[0]) / t


def recursive(model, window, steps):
    """(steps,): forecasts, each of which is an input of the next."""
    window, path = np.array(window, float), []
    for _ in range(steps):
        path.append(model(window))
        window = np.append(window[1:], path[-1])
    return np.array(path)


def rmsse(y_true, y_pred, y_train, season):
    """Root mean squared scaled error (Makridakis et al. 2022)."""
    scale = np.mean((y_train[season:] - y_train[:-season]) ** 2)
    return np.sqrt(np.mean((y_true - y_pred) ** 2) / scale)


def diebold_mariano(error_a, error_b, h):
    """Test statistic for forecasts h steps ahead, with squared errors."""
    d = error_a**2 - error_b**2
    n, centred = len(d), d - d.mean()
    variance = centred @ centred / n
    for k in range(1, h):
        variance += 2 * (centred[k:] @ centred[:-k]) / n
    corrected = np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return corrected * d.mean() / np.sqrt(variance / n)


def _weighted(window):
    """A made-up model: neither symmetric nor linear in its window."""
    return float(np.tanh(window @ np.linspace(0.2, 1, len(window))) + 0.1)


def _errors_cases(rng):
    found = []
    for label, n, h in (
        ("one step ahead", 40, 1),
        ("three steps ahead", 60, 3),
        ("two steps, the other way", 50, 2),
    ):
        common = rng.normal(size=n)
        a, b = common + rng.normal(size=(2, n)) * np.array([[0.3], [0.9]])
        found.append(Case(label, (b, a, h) if h == 2 else (a, b, h)))
    return found


enter(
    Check(
        "forecast.folds",
        "23-stock-prediction",
        folds,
        "n, first, size, gap",
        ("folds",),
        lambda rng: [
            Case(
                f"{n} days, first {first}, size {size}, gap {gap}",
                (n, first, size, gap),
            )
            for n, first, size, gap in (
                (100, 40, 20, 5),
                (97, 50, 10, 3),
                (60, 30, 15, 0),
                (33, 20, 10, 3),
            )
        ],
        (
            mistake(
                "gap_ignored",
                "The test begins where the training ends; the gap is not there.",
                "(end, end + gap, min(end + gap + size, n))",
                "(end, end, min(end + size, n))",
                "n - gap, size",
                "n, size",
            ),
            mistake(
                "gap_taken_from_test",
                "The gap is taken from the test days: a block is shorter than asked "
                "for, and days between the blocks are never tested.",
                "min(end + gap + size, n)",
                "min(end + size, n)",
            ),
            mistake(
                "gap_taken_from_training",
                "The gap is taken from the training days, so the first fit has fewer "
                "of them than asked for.",
                "(end, end + gap, min(end + gap + size, n))",
                "(end - gap, end, min(end + size, n))",
                "n - gap, size",
                "n, size",
            ),
            mistake(
                "last_block_dropped",
                "The last block is missing, as it is shorter. These days are the "
                "newest ones.",
                "n - gap, size",
                "n - gap - size + 1, size",
            ),
            mistake(
                "beyond_the_end",
                "The last test block ends behind the last day.",
                "min(end + gap + size, n)",
                "end + gap + size",
            ),
            mistake(
                "steps_over_gap",
                "The next fit is made one block *and one gap* later, so the days of "
                "the gap are never tested.",
                "n - gap, size)",
                "n - gap, size + gap)",
            ),
            mistake(
                "tests_overlap",
                "The test blocks overlap: each day is to be forecast once.",
                "n - gap, size)",
                "n - gap, max(1, size // 2))",
            ),
            mistake(
                "last_days_returned",
                "The ends are the last days themselves; asked for are the days "
                "after them.",
                "(end, end + gap, min(end + gap + size, n))",
                "(end - 1, end + gap, min(end + gap + size, n) - 1)",
            ),
            mistake(
                "empty_fold",
                "There is a fold without a day to test.",
                "n - gap, size",
                "n - gap + 1, size",
            ),
            mistake(
                "fold_inside_gap",
                "There is a fold whose gap reaches to the last day or beyond it.",
                "n - gap, size",
                "n, size",
            ),
            mistake(
                "full_last_block_dropped",
                "The last block is missing even where it is full.",
                "n - gap, size",
                "n - gap - size, size",
            ),
        ),
    ),
    Check(
        "forecast.prices",
        "23-stock-prediction",
        prices,
        "z, mean, std, last",
        ("price",),
        lambda rng: [
            Case(label, (rng.normal(size=n), m, s, last))
            for label, n, m, s, last in (
                ("five days", 5, 0.003, 0.02, 40.0),
                ("one day", 1, -0.01, 0.3, 7.0),
                ("large moves", 8, 0.1, 0.4, 100.0),
            )
        ],
        (
            mistake(
                "not_cumulated",
                "Each price is computed from the last known one, as if the days in "
                "between had not moved it.",
                "np.cumsum(returns)",
                "returns",
            ),
            mistake(
                "simple_returns",
                "You took them for simple returns. They are differences of logarithms.",
                "np.exp(np.cumsum(returns))",
                "np.cumprod(1 + returns)",
            ),
            mistake(
                "sum_of_exponentials",
                "The sum is taken after the exponential, and belongs before it.",
                "np.exp(np.cumsum(returns))",
                "np.cumsum(np.exp(returns))",
            ),
            mistake(
                "mean_forgotten",
                "The mean that was subtracted before training is not added again.",
                "z * std + mean",
                "z * std",
            ),
            mistake(
                "scale_forgotten",
                "The standard deviation that was divided by is not put back.",
                "z * std + mean",
                "z + mean",
            ),
            mistake(
                "scaled_again",
                "You standardised once more. Here it has to be undone.",
                "z * std + mean",
                "(z - mean) / std",
            ),
            mistake(
                "mean_and_std_exchanged",
                "The mean and the standard deviation are exchanged.",
                "z * std + mean",
                "z * mean + std",
            ),
            mistake(
                "added_to_price",
                "The returns are added to the price. A log return is a factor.",
                "last * np.exp(np.cumsum(returns))",
                "last + np.cumsum(returns)",
            ),
            mistake(
                "shifted",
                "The first entry is the price that is known already; the last day is "
                "missing.",
                "np.cumsum(returns)",
                "np.cumsum(np.append(0, returns[:-1]))",
            ),
            mistake(
                "mean_scaled",
                "The mean was multiplied by the standard deviation as well: the two "
                "steps are undone in the wrong order.",
                "z * std + mean",
                "(z + mean) * std",
            ),
            mistake(
                "known_price_in_front",
                "The price that is known already stands in front.",
                "np.cumsum(returns)",
                "np.append(0, np.cumsum(returns))",
            ),
        ),
    ),
    Check(
        "forecast.drift",
        "01-sequences",
        drift,
        "y, t, h",
        ("forecast",),
        lambda rng: [
            Case(f"t = {t}, h = {h}", (rng.normal(0.4, 1, size=n).cumsum(), t, h))
            for n, t, h in ((30, 10, 3), (12, 4, 1), (25, 20, 7))
        ],
        (
            mistake(
                "future_slope",
                "The slope is that of the whole series, and so knows the future.",
                "(y[t] - y[0]) / t",
                "(y[-1] - y[0]) / (len(y) - 1)",
            ),
            mistake(
                "one_too_many",
                "From `y[0]` to `y[t]` there are as many changes as `t` says, not one "
                "more.",
                "/ t",
                "/ (t + 1)",
            ),
            mistake(
                "horizon_ignored",
                "The change of one step is added, for any horizon.",
                "h * (y[t] - y[0])",
                "(y[t] - y[0])",
            ),
            mistake(
                "no_drift",
                "That is the last value; the drift is not there.",
                " + h * (y[t] - y[0]) / t",
                "",
            ),
            mistake(
                "last_change",
                "You go on with the change of the last step alone.",
                "(y[t] - y[0]) / t",
                "(y[t] - y[t - 1])",
            ),
            mistake(
                "mean_level",
                "That is the mean of the levels. Asked is the mean of the changes.",
                "(y[t] - y[0]) / t",
                "y[: t + 1].mean()",
            ),
            mistake(
                "future_level",
                "The forecast starts from the last value of the series, which is "
                "not known yet.",
                "y[t] + h",
                "y[-1] + h",
            ),
            mistake(
                "one_too_few",
                "The sum of the changes is divided by one less than their number.",
                "/ t",
                "/ (t - 1)",
            ),
            mistake(
                "last_change_missing",
                "The change of the day itself is left out of the mean.",
                "(y[t] - y[0]) / t",
                "(y[t - 1] - y[0]) / (t - 1)",
            ),
        ),
    ),
    Check(
        "forecast.recursive",
        "23-stock-prediction",
        recursive,
        "model, window, steps",
        ("path",),
        lambda rng: [
            Case(label, (_weighted, rng.normal(size=L), steps))
            for label, L, steps in (
                ("four steps", 5, 4),
                ("further than the window", 3, 6),
                ("one step", 4, 1),
            )
        ],
        (
            mistake(
                "window_stays",
                "The window never moves, so the same forecast comes again and again.",
                "        window = np.append(window[1:], path[-1])\n",
                "",
            ),
            mistake(
                "window_grows",
                "The oldest value stays in, so the window grows beyond what the model "
                "was made for.",
                "window[1:]",
                "window",
            ),
            mistake(
                "new_value_in_front",
                "The forecast is put in front of the window. The newest value stands "
                "last.",
                "np.append(window[1:], path[-1])",
                "np.append(path[-1], window[:-1])",
            ),
            mistake(
                "newest_dropped",
                "The newest known value makes room for the forecast, and the oldest "
                "stays.",
                "np.append(window[1:], path[-1])",
                "np.append(window[:-1], path[-1])",
            ),
            mistake(
                "last_value_repeated",
                "The window moves on, but the last known value enters it in place of "
                "the forecast.",
                "np.append(window[1:], path[-1])",
                "np.append(window[1:], window[-1])",
            ),
            mistake(
                "window_turned",
                "The window goes round: its oldest value comes back as the newest.",
                "np.append(window[1:], path[-1])",
                "np.roll(window, -1)",
            ),
            mistake(
                "last_step_alone",
                "Only the forecast of the last step is returned.",
                "return np.array(path)",
                "return np.array(path[-1:])",
            ),
            mistake(
                "one_step_too_many",
                "There is one forecast more than asked for.",
                "range(steps)",
                "range(steps + 1)",
            ),
        ),
    ),
    Check(
        "forecast.rmsse",
        "01-sequences",
        rmsse,
        "y_true, y_pred, y_train, season",
        ("rmsse",),
        lambda rng: [
            Case(
                f"season {m}",
                (*rng.normal(size=(2, 9)), 3 * rng.normal(size=30), m),
            )
            for m in (1, 7, 4)
        ],
        (
            mistake(
                "absolute_errors",
                "That is the MASE: absolute errors, where these are squared.",
                "(y_train[season:] - y_train[:-season]) ** 2)",
                "np.abs(y_train[season:] - y_train[:-season]))",
                "np.sqrt(np.mean((y_true - y_pred) ** 2) / scale)",
                "np.mean(np.abs(y_true - y_pred)) / scale",
            ),
            mistake(
                "root_missing",
                "The root of the mean is missing.",
                "np.sqrt(np.mean((y_true - y_pred) ** 2) / scale)",
                "np.mean((y_true - y_pred) ** 2) / scale",
            ),
            mistake(
                "root_of_errors_alone",
                "The root is taken of the error alone, and the scale stays a square.",
                "np.sqrt(np.mean((y_true - y_pred) ** 2) / scale)",
                "np.sqrt(np.mean((y_true - y_pred) ** 2)) / scale",
            ),
            mistake(
                "scaled_on_test",
                "The scale is that of the test values. It has to be known before.",
                "np.mean((y_train[season:] - y_train[:-season]) ** 2)",
                "np.mean((y_true[season:] - y_true[:-season]) ** 2)",
            ),
            mistake(
                "season_ignored",
                "The scale is the error of yesterday's value, whatever the season.",
                "y_train[season:] - y_train[:-season]",
                "y_train[1:] - y_train[:-1]",
            ),
            mistake(
                "variance_as_scale",
                "The scale is the variance of the series, and not the error of the "
                "naive forecast.",
                "np.mean((y_train[season:] - y_train[:-season]) ** 2)",
                "np.var(y_train)",
            ),
            mistake(
                "mean_of_ratios_inverted",
                "The ratio is upside down.",
                "np.mean((y_true - y_pred) ** 2) / scale",
                "scale / np.mean((y_true - y_pred) ** 2)",
            ),
            mistake(
                "not_scaled",
                "That is the root mean squared error; it is not scaled.",
                " / scale)",
                ")",
            ),
            mistake(
                "scale_absolute",
                "The scale is made of absolute errors, the rest of squares.",
                "np.mean((y_train[season:] - y_train[:-season]) ** 2)",
                "np.mean(np.abs(y_train[season:] - y_train[:-season])) ** 2",
            ),
            mistake(
                "circular",
                "The first days of the training part are compared with its last ones.",
                "y_train[season:] - y_train[:-season]",
                "y_train - np.roll(y_train, season)",
            ),
            mistake(
                "sums",
                "Both errors are sums; but test and training have different lengths.",
                "np.mean((y_train[season:] - y_train[:-season]) ** 2)",
                "np.sum((y_train[season:] - y_train[:-season]) ** 2)",
                "np.mean((y_true - y_pred) ** 2)",
                "np.sum((y_true - y_pred) ** 2)",
            ),
        ),
    ),
    Check(
        "forecast.diebold_mariano",
        "23-stock-prediction",
        diebold_mariano,
        "error_a, error_b, h",
        ("statistic",),
        _errors_cases,
        (
            mistake(
                "absolute_errors",
                "The errors are taken without their sign, and asked for are squares.",
                "error_a**2 - error_b**2",
                "np.abs(error_a) - np.abs(error_b)",
            ),
            mistake(
                "squared_difference",
                "The difference of the errors is squared. Compared are the squares.",
                "error_a**2 - error_b**2",
                "(error_a - error_b) ** 2",
            ),
            mistake(
                "sign",
                "The sign is turned: a positive value says that the *first* forecast "
                "has the larger errors.",
                "error_a**2 - error_b**2",
                "error_b**2 - error_a**2",
            ),
            mistake(
                "neighbours_ignored",
                "The variance is that of independent days. Forecasts several steps "
                "ahead share steps, so neighbours move together.",
                "    for k in range(1, h):\n"
                "        variance += 2 * (centred[k:] @ centred[:-k]) / n\n",
                "",
            ),
            mistake(
                "neighbours_counted_once",
                "Each covariance stands on both sides of the diagonal, so it counts "
                "twice.",
                "2 * (centred",
                "1 * (centred",
            ),
            mistake(
                "one_lag_too_many",
                "The sum goes one lag too far: at a horizon of one it is empty.",
                "range(1, h)",
                "range(1, h + 1)",
            ),
            mistake(
                "mean_not_removed",
                "The covariances are taken without subtracting the mean.",
                "d - d.mean()\n",
                "d\n",
            ),
            mistake(
                "correction_missing",
                "The correction for small samples is missing.",
                "corrected * d.mean()",
                "d.mean()",
            ),
            mistake(
                "variance_of_a_day",
                "That is divided by the deviation of one day. The mean of many days "
                "varies less.",
                "np.sqrt(variance / n)",
                "np.sqrt(variance)",
            ),
            mistake(
                "sample_variance",
                "The variance is divided by one less than the days; this test divides "
                "all its covariances by their number.",
                "centred @ centred / n",
                "centred @ centred / (n - 1)",
            ),
            mistake(
                "lags_by_their_number",
                "Each covariance is divided by the number of its own products; this "
                "test divides all by the number of days.",
                "centred[:-k]) / n",
                "centred[:-k]) / (n - k)",
            ),
            mistake(
                "variance_not_rooted",
                "The mean is divided by its variance and not by the root of it.",
                "np.sqrt(variance / n)",
                "(variance / n)",
            ),
            mistake(
                "correction_not_rooted",
                "The correction is there without its root.",
                "corrected = np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)",
                "corrected = (n + 1 - 2 * h + h * (h - 1) / n) / n",
            ),
        ),
    ),
)
