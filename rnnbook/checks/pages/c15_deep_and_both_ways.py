"""Checks of 15-deep-and-both-ways: several layers, both directions, what they know."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "15-deep-and-both-ways"


def stack_parameters(D, H, layers, directions):
    """Learned numbers of a stack of LSTMs with one bias each."""
    count = 0
    for k in range(layers):
        read = D if k == 0 else directions * H
        count += directions * 4 * (read * H + H * H + H)
    return count


def _sizes(rng):
    sizes = (3, 5, 1, 1), (3, 5, 2, 1), (28, 50, 3, 2), (7, 4, 2, 2), (6, 9, 1, 2)
    return [Case(f"D, H, layers, directions = {s}", s) for s in sizes]


enter(
    Check(
        "deep.parameters",
        PAGE,
        stack_parameters,
        "D, H, layers, directions",
        ("count",),
        _sizes,
        (
            mistake(
                "upper_layers_read_x",
                "Every layer was counted as if it read the D inputs. Only the lowest "
                "one does; the others read the states of the layer below.",
                "D if k == 0 else directions * H",
                "D",
            ),
            mistake(
                "upper_layers_read_one_half",
                "Above the lowest layer you let each layer read H numbers. Below it "
                "stand the states of all directions side by side.",
                "else directions * H",
                "else H",
            ),
            mistake(
                "lowest_reads_twice",
                "The lowest layer was counted with the inputs once for each direction. "
                "Each direction reads the same D inputs.",
                "D if k == 0",
                "directions * D if k == 0",
            ),
            mistake(
                "directions_share_weights",
                "The two directions were counted as if they shared their weights. Each "
                "one has its own.",
                "directions * 4 * (",
                "4 * (",
            ),
            mistake(
                "upper_layers_one_direction",
                "Above the lowest layer you counted one direction. There, too, each "
                "direction has weights of its own.",
                "count += directions * 4",
                "count += (directions if k == 0 else 1) * 4",
            ),
            mistake(
                "two_biases",
                "You counted two biases. That is PyTorch's number; here an LSTM has "
                "one.",
                "H * H + H)",
                "H * H + 2 * H)",
            ),
            mistake(
                "biases_left_out",
                "The biases are missing: each gate of each layer has one a unit.",
                " + H)",
                ")",
            ),
            mistake(
                "one_gate",
                "You counted one block of weights. An LSTM has four, for i, f, g and "
                "o.",
                "directions * 4 * (",
                "directions * (",
            ),
            mistake(
                "three_gates",
                "You counted three blocks, as in a GRU. An LSTM has four.",
                "directions * 4 * (",
                "directions * 3 * (",
            ),
            mistake(
                "one_layer",
                "That is the lowest layer alone.",
                "range(layers)",
                "range(1)",
            ),
            mistake(
                "all_but_the_lowest",
                "The lowest layer is missing.",
                "range(layers)",
                "range(1, layers)",
            ),
        ),
    )
)


def of_layer(h_n, layer):
    """Both last states of one layer side by side, (B, 2H), from h_n (2 L, B, H)."""
    return np.concatenate([h_n[2 * layer], h_n[2 * layer + 1]], axis=-1)


def _states(rng):
    shapes = ((2, 3, 4), 0), ((4, 3, 2), 0), ((4, 3, 2), 1), ((6, 6, 6), 1)
    return [
        Case(f"h_n {shape}, layer {k}", (rng.normal(size=shape), k))
        for shape, k in shapes
    ]


enter(
    Check(
        "deep.of_layer",
        PAGE,
        of_layer,
        "h_n, layer",
        ("states",),
        _states,
        (
            mistake(
                "directions_first",
                "h_n was read as if all forward states came first and then all "
                "backward ones. It goes layer by layer, and within a layer forwards, "
                "then backwards.",
                "h_n[2 * layer], h_n[2 * layer + 1]",
                "h_n[layer], h_n[len(h_n) // 2 + layer]",
            ),
            mistake(
                "one_direction_a_layer",
                "You took the states number `layer` and `layer + 1`, as if a layer had "
                "one state. It has two.",
                "h_n[2 * layer], h_n[2 * layer + 1]",
                "h_n[layer], h_n[layer + 1]",
            ),
            mistake(
                "exchanged",
                "The two halves are exchanged: the forward state stands first.",
                "h_n[2 * layer], h_n[2 * layer + 1]",
                "h_n[2 * layer + 1], h_n[2 * layer]",
            ),
            mistake(
                "always_the_top",
                "That is the top layer, whichever was asked for.",
                "h_n[2 * layer], h_n[2 * layer + 1]",
                "h_n[-2], h_n[-1]",
            ),
            mistake(
                "always_the_lowest",
                "That is the lowest layer, whichever was asked for.",
                "h_n[2 * layer], h_n[2 * layer + 1]",
                "h_n[0], h_n[1]",
            ),
            mistake(
                "counted_from_the_top",
                "The layers were counted from the top. Layer 0 is the one that reads "
                "the inputs.",
                "h_n[2 * layer], h_n[2 * layer + 1]",
                "h_n[-2 - 2 * layer], h_n[-1 - 2 * layer]",
            ),
            mistake(
                "forward_only",
                "Only the forward state is there.",
                "np.concatenate([h_n[2 * layer], h_n[2 * layer + 1]], axis=-1)",
                "h_n[2 * layer]",
            ),
            mistake(
                "backward_only",
                "Only the backward state is there.",
                "np.concatenate([h_n[2 * layer], h_n[2 * layer + 1]], axis=-1)",
                "h_n[2 * layer + 1]",
            ),
            mistake(
                "below_one_another",
                "The two states stand below one another, so the batch seems twice as "
                "large. Put them side by side, along the units.",
                "axis=-1",
                "axis=0",
            ),
            mistake(
                "added",
                "The two states were added. Side by side nothing of either is lost.",
                "np.concatenate([h_n[2 * layer], h_n[2 * layer + 1]], axis=-1)",
                "h_n[2 * layer] + h_n[2 * layer + 1]",
            ),
            mistake(
                "reshaped",
                "A reshape of the two states mixes the examples: it runs over the "
                "batch of the first state before it comes to the second.",
                "np.concatenate([h_n[2 * layer], h_n[2 * layer + 1]], axis=-1)",
                "h_n[2 * layer : 2 * layer + 2].reshape(h_n.shape[1], -1)",
            ),
        ),
    )
)


def both_ways(x, ahead, back):
    """Two plain RNNs from both ends, (B, T, 2H); each is (W_xh, W_hh, b_h)."""
    halves = []
    for steps, (W_xh, W_hh, b_h) in ((1, ahead), (-1, back)):
        h, found = np.zeros((len(x), len(W_hh))), []
        for x_t in x.swapaxes(0, 1)[::steps]:
            h = np.tanh(x_t @ W_xh + h @ W_hh + b_h)
            found.append(h)
        halves.append(np.stack(found[::steps], axis=1))
    return np.concatenate(halves, axis=2)


def _readers(rng):
    def drawn(D, H):
        return tuple(rng.normal(size=s) for s in ((D, H), (H, H), (H,)))

    return [
        Case(label, (rng.normal(size=(B, T, D)), drawn(D, H), drawn(D, H)))
        for label, B, T, D, H in (
            ("two sequences", 2, 5, 3, 4),
            ("one sequence", 1, 4, 2, 3),
            ("as many sequences as steps", 4, 4, 3, 2),
        )
    ]


def _kept_state(x, ahead, back):
    halves, h = [], np.zeros((len(x), len(ahead[1])))
    for steps, (W_xh, W_hh, b_h) in ((1, ahead), (-1, back)):
        found = []
        for x_t in x.swapaxes(0, 1)[::steps]:
            h = np.tanh(x_t @ W_xh + h @ W_hh + b_h)
            found.append(h)
        halves.append(np.stack(found[::steps], axis=1))
    return np.concatenate(halves, axis=2)


def _turned_after(x, ahead, back):
    H = len(ahead[1])
    forwards = both_ways(x, ahead, ahead)[:, :, :H], both_ways(x, back, back)[:, :, :H]
    return np.concatenate([forwards[0], forwards[1][:, ::-1]], axis=2)


def _units_turned(x, ahead, back):
    H = len(ahead[1])
    turned = both_ways(x[:, :, ::-1], back, back)[:, :, :H]
    return np.concatenate([both_ways(x, ahead, ahead)[:, :, :H], turned], axis=2)


enter(
    Check(
        "deep.both_ways",
        PAGE,
        both_ways,
        "x, ahead, back",
        ("h",),
        _readers,
        (
            mistake(
                "not_turned_back",
                "The states of the backward direction stand in the order in which it "
                "read. Turn them round, so that column t of both halves belongs to "
                "the same input.",
                "found[::steps], axis=1",
                "found, axis=1",
            ),
            mistake(
                "both_read_forwards",
                "Both halves were read from the first step on. The second one begins "
                "at the last. If you did turn the input, look along which axis: time "
                "is the second one.",
                "((1, ahead), (-1, back))",
                "((1, ahead), (1, back))",
            ),
            mistake(
                "only_turned_back",
                "The second half was read from the first step on, and its states were "
                "then turned. The input has to be turned, too.",
                _turned_after,
            ),
            mistake(
                "units_turned",
                "The numbers within each step were turned, not the steps. Time is the "
                "second axis of x.",
                _units_turned,
            ),
            mistake(
                "both_read_backwards",
                "Both halves were read from the last step on. The first one begins "
                "at step 0.",
                "((1, ahead), (-1, back))",
                "((-1, ahead), (-1, back))",
            ),
            mistake(
                "one_set_of_weights",
                "Both directions use the first set of weights. Each has its own.",
                "(-1, back)",
                "(-1, ahead)",
            ),
            mistake(
                "weights_exchanged",
                "The weights are exchanged: `ahead` belongs to the direction that "
                "begins at step 0.",
                "((1, ahead), (-1, back))",
                "((1, back), (-1, ahead))",
            ),
            mistake(
                "halves_exchanged",
                "The halves are exchanged: the forward one stands first.",
                "np.concatenate(halves, axis=2)",
                "np.concatenate(halves[::-1], axis=2)",
            ),
            mistake(
                "halves_added",
                "The halves were added. They stand side by side, with 2H numbers a "
                "column.",
                "np.concatenate(halves, axis=2)",
                "sum(halves)",
            ),
            mistake(
                "one_after_the_other",
                "The halves stand one after the other in time. Put them side by side, "
                "along the units.",
                "np.concatenate(halves, axis=2)",
                "np.concatenate(halves, axis=1)",
            ),
            mistake(
                "forward_half_only",
                "Only the forward half is there.",
                "np.concatenate(halves, axis=2)",
                "halves[0]",
            ),
            mistake(
                "state_carried_over",
                "The backward direction began with the last state of the forward one. "
                "It begins with zeros of its own.",
                _kept_state,
            ),
            mistake(
                "last_states_only",
                "Those are the two last states. The output has every column.",
                "np.concatenate(halves, axis=2)",
                "np.concatenate([halves[0][:, -1], halves[1][:, 0]], axis=1)",
            ),
            mistake(
                "last_column",
                "That is the last column alone. The output has every column.",
                "np.concatenate(halves, axis=2)",
                "np.concatenate(halves, axis=2)[:, -1]",
            ),
            mistake(
                "biases_missing",
                "The biases are missing.",
                " + b_h)",
                ")",
            ),
            mistake(
                "time_first",
                "The steps stand on the first axis. Batch first: (B, T, 2H).",
                "np.stack(found[::steps], axis=1)",
                "np.stack(found[::steps], axis=0)",
            ),
        ),
    )
)


def residual_backward(dy, x, weights):
    """The gradient with respect to x of y = x + tanh(x W), layer after layer."""
    slopes = []
    for W in weights:
        h = np.tanh(x @ W)
        slopes.append(1 - h**2)
        x = x + h
    for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
        dy = dy + (dy * slope) @ W.T
    return dy


def _residual_cases(rng):
    return [
        Case(
            label,
            (
                rng.normal(size=(B, H)),
                rng.normal(size=(B, H)),
                [rng.normal(size=(H, H)) / 2 for _ in range(n)],
            ),
        )
        for label, B, H, n in (
            ("one layer", 3, 4, 1),
            ("two layers", 2, 3, 2),
            ("five layers", 4, 4, 5),
        )
    ]


def _only_around_all(dy, x, weights):
    whole, kept = dy, []
    for W in weights:
        h = np.tanh(x @ W)
        kept.append(1 - h**2)
        x = x + h
    for W, slope in zip(weights[::-1], kept[::-1], strict=True):
        dy = (dy * slope) @ W.T
    return whole + dy


enter(
    Check(
        "deep.residual_backward",
        PAGE,
        residual_backward,
        "dy, x, weights",
        ("dx",),
        _residual_cases,
        (
            mistake(
                "no_way_past",
                "The gradient goes through the layers only. The way past each of them "
                "is missing: what arrives is added unchanged.",
                "dy = dy + (dy * slope) @ W.T",
                "dy = (dy * slope) @ W.T",
            ),
            mistake(
                "past_all_once",
                "The way past was taken once, around all layers together. Each layer "
                "has one of its own.",
                _only_around_all,
            ),
            mistake(
                "only_past",
                "That is the gradient that came in: it went past the layers and "
                "through none of them.",
                "dy = dy + (dy * slope) @ W.T",
                "dy = dy + 0 * (dy * slope) @ W.T",
            ),
            mistake(
                "forward_without_residual",
                "On the way forwards the input was not added, so from the second layer "
                "on the slopes are those of another network.",
                "x = x + h",
                "x = h",
            ),
            mistake(
                "layers_in_order",
                "The layers were passed in the order of the forward pass. The last one "
                "comes first.",
                "zip(weights[::-1], slopes[::-1], strict=True)",
                "zip(weights, slopes, strict=True)",
            ),
            mistake(
                "slopes_in_order",
                "The weights come from the last layer on, and the slopes from the "
                "first: they do not belong together.",
                "slopes[::-1]",
                "slopes",
            ),
            mistake(
                "slope_missing",
                "The slope of the tanh, one minus its square, is missing.",
                "(dy * slope) @ W.T",
                "dy @ W.T",
            ),
            mistake(
                "value_for_slope",
                "The gradient was multiplied by the value of the tanh. Its slope is "
                "one minus the square of that value.",
                "slopes.append(1 - h**2)",
                "slopes.append(h)",
            ),
            mistake(
                "slope_after_the_weights",
                "The slope was multiplied after the weights. Backwards the tanh comes "
                "first: the slope, then the transpose of W.",
                "(dy * slope) @ W.T",
                "(dy @ W.T) * slope",
            ),
            mistake(
                "one_for_dy",
                "Past the layer came 1. What comes past it is what arrived, dy.",
                "dy = dy + (dy * slope) @ W.T",
                "dy = 1 + (dy * slope) @ W.T",
            ),
            mistake(
                "not_transposed",
                "The gradient was multiplied by W. Backwards it is multiplied by its "
                "transpose.",
                "@ W.T",
                "@ W",
            ),
            mistake(
                "slope_of_the_sum",
                "The slope was taken from what comes out, input and layer together. "
                "The tanh knows only its own value.",
                "        slopes.append(1 - h**2)\n        x = x + h\n",
                "        x = x + h\n        slopes.append(1 - x**2)\n",
            ),
            mistake(
                "slope_on_the_way_past",
                "The slope of the tanh multiplies the way past the layer, too. Only "
                "what goes through the layer meets it.",
                "dy = dy + (dy * slope) @ W.T",
                "dy = dy * slope + (dy * slope) @ W.T",
            ),
        ),
    )
)


def thinned(h, u, p):
    """Dropout of h with the uniform numbers u: those below p go, the rest grow."""
    keep = u >= p
    return h * keep / (1 - p)


def _dropout_cases(rng):
    return [
        Case(label, (rng.normal(size=shape), rng.random(shape), p))
        for label, shape, p in (
            ("p = 0.2", (2, 5, 4), 0.2),
            ("p = 0.6", (3, 4, 6), 0.6),
            ("p = 0.1", (3, 3, 3), 0.1),
        )
    ]


enter(
    Check(
        "deep.thinned",
        PAGE,
        thinned,
        "h, u, p",
        ("h_thinned",),
        _dropout_cases,
        (
            mistake(
                "not_divided",
                "What stays was not made larger. In the mean the next layer then gets "
                "less in training than in use.",
                " / (1 - p)",
                "",
            ),
            mistake(
                "multiplied",
                "What stays was multiplied by 1 - p. To keep the mean it is divided.",
                " / (1 - p)",
                " * (1 - p)",
            ),
            mistake(
                "divided_by_p",
                "What stays was divided by the share that is dropped. Divide by the "
                "share that stays.",
                " / (1 - p)",
                " / p",
            ),
            mistake(
                "grown_by_p",
                "What stays was multiplied by 1 + p. That is 1 / (1 - p) to first "
                "order only.",
                " / (1 - p)",
                " * (1 + p)",
            ),
            mistake(
                "kept_the_others",
                "Kept and dropped are exchanged: entries whose number is below p are "
                "the ones to go.",
                "u >= p",
                "u < p",
            ),
            mistake(
                "kept_below_one_minus_p",
                "The right share is dropped, and other entries than asked for: those "
                "go whose number is below p.",
                "u >= p",
                "u < 1 - p",
            ),
            mistake(
                "kept_above_one_minus_p",
                "Only a share p stays: those whose number is above 1 - p. The share p "
                "is to go, those below p.",
                "u >= p",
                "u >= 1 - p",
            ),
            mistake(
                "one_mask_for_all_steps",
                "The draws of the first step were used at every step. On the way up "
                "each step has its own.",
                "keep = u >= p",
                "keep = u[:, :1] >= p",
            ),
            mistake(
                "one_mask_for_the_batch",
                "All sequences lose what the first one loses. Each has draws of its "
                "own.",
                "keep = u >= p",
                "keep = u[:1] >= p",
            ),
            mistake(
                "whole_columns",
                "Whole columns were dropped, by the number of their first unit. Each "
                "entry has its own.",
                "keep = u >= p",
                "keep = u[:, :, :1] >= p",
            ),
            mistake(
                "nothing_dropped",
                "Nothing was dropped; everything only grew.",
                "h * keep / (1 - p)",
                "h / (1 - p)",
            ),
        ),
    )
)


def normalised(a, gain, bias, eps):
    """Layer normalisation of the sums a (B, H), over the units of each example."""
    mu = a.mean(axis=1, keepdims=True)
    sigma = np.sqrt(a.var(axis=1, keepdims=True) + eps)
    return gain * (a - mu) / sigma + bias


def _sums(rng):
    return [
        Case(
            label,
            (rng.normal(size=(B, H)) + 0.5, *rng.normal(size=(2, H)), eps),
        )
        for label, B, H, eps in (
            ("a batch", 3, 5, 0.01),
            ("as many examples as units", 4, 4, 0.01),
            ("a large eps", 2, 6, 0.5),
        )
    ]


enter(
    Check(
        "deep.normalised",
        PAGE,
        normalised,
        "a, gain, bias, eps",
        ("y",),
        _sums,
        (
            mistake(
                "over_the_batch",
                "You normalised over the batch, each unit by itself. That is batch "
                "normalisation: what one example gives would depend on the others. "
                "Here the units of one example are normalised.",
                "a.mean(axis=1, keepdims=True)",
                "a.mean(axis=0, keepdims=True)",
                "a.var(axis=1, keepdims=True)",
                "a.var(axis=0, keepdims=True)",
            ),
            mistake(
                "over_everything",
                "One mean and one deviation were taken for the whole array. Each "
                "example has its own.",
                "a.mean(axis=1, keepdims=True)",
                "a.mean()",
                "a.var(axis=1, keepdims=True)",
                "a.var()",
            ),
            mistake(
                "root_missing",
                "Divide by the deviation, not by the variance: the root is missing.",
                "np.sqrt(a.var(axis=1, keepdims=True) + eps)",
                "(a.var(axis=1, keepdims=True) + eps)",
            ),
            mistake(
                "eps_outside",
                "eps was added to the deviation. It is added to the variance, under "
                "the root.",
                "np.sqrt(a.var(axis=1, keepdims=True) + eps)",
                "(np.sqrt(a.var(axis=1, keepdims=True)) + eps)",
            ),
            mistake(
                "eps_missing",
                "eps is missing. Where all sums are equal, you would divide by zero.",
                " + eps)",
                ")",
            ),
            mistake(
                "one_less",
                "The sum of squares was divided by H - 1. Here, as in PyTorch, it is "
                "divided by H.",
                "a.var(axis=1, keepdims=True)",
                "a.var(axis=1, keepdims=True, ddof=1)",
            ),
            mistake(
                "mean_not_taken_out",
                "The mean was not taken out before dividing.",
                "gain * (a - mu) / sigma",
                "gain * a / sigma",
            ),
            mistake(
                "gain_missing",
                "The gain is missing, one number a unit.",
                "gain * (a - mu)",
                "(a - mu)",
            ),
            mistake(
                "gain_and_bias_exchanged",
                "The gain and the bias are exchanged: the gain multiplies, the bias is "
                "added.",
                "gain * (a - mu) / sigma + bias",
                "bias * (a - mu) / sigma + gain",
            ),
            mistake(
                "mean_of_everything",
                "The mean was taken over the whole array. Each example has its own.",
                "a.mean(axis=1, keepdims=True)",
                "a.mean()",
            ),
            mistake(
                "bias_missing",
                "The bias is missing, one number a unit.",
                " / sigma + bias",
                " / sigma",
            ),
            mistake(
                "bias_scaled",
                "The gain multiplies the bias as well. The bias is added last.",
                "gain * (a - mu) / sigma + bias",
                "gain * ((a - mu) / sigma + bias)",
            ),
            mistake(
                "gain_first",
                "The gain came before the normalisation, which takes most of it out "
                "again. It multiplies what was normalised.",
                "    mu = a.mean",
                "    a = gain * a\n    mu = a.mean",
                "return gain * (a - mu)",
                "return (a - mu)",
            ),
        ),
    )
)


def seen(t, T, both, wait):
    """First and last column that are read before the answer for column t is given."""
    if both:
        return 0, T - 1
    return 0, min(t + wait, T - 1)


def _reading(rng):
    cases = (2, 8, False, 0), (2, 8, False, 3), (2, 8, True, 0), (6, 8, False, 3)
    cases += (0, 5, False, 0), (4, 5, True, 2), (0, 1, True, 0)
    return [Case(f"t, T, both, wait = {case}", case) for case in cases]


enter(
    Check(
        "deep.seen",
        PAGE,
        seen,
        "t, T, both, wait",
        (("first", "last"),),
        _reading,
        (
            mistake(
                "own_column_missing",
                "The column itself is missing: its input is read before the answer.",
                "min(t + wait, T - 1)",
                "min(t + wait, T - 1) - 1",
            ),
            mistake(
                "wait_ignored",
                "The waiting is missing: an answer that comes `wait` columns later has "
                "read them.",
                "t + wait",
                "t",
            ),
            mistake(
                "beyond_the_end",
                "Beyond the end of the sequence there is nothing to read: the last "
                "column has the number T - 1.",
                "min(t + wait, T - 1)",
                "t + wait",
            ),
            mistake(
                "one_past",
                "The last column of a sequence of T has the number T - 1.",
                "return 0, T - 1",
                "return 0, T",
            ),
            mistake(
                "both_ways_from_here",
                "With both directions you left out what came before the column. The "
                "forward half has read it.",
                "return 0, T - 1",
                "return t, T - 1",
            ),
            mistake(
                "both_ways_up_to_here",
                "With both directions the backward half has read everything from the "
                "end on.",
                "return 0, T - 1",
                "return 0, t",
            ),
            mistake(
                "only_the_window",
                "The first column is always read: the state carries what came before.",
                "return 0, min(t + wait, T - 1)",
                "return t, min(t + wait, T - 1)",
            ),
            mistake(
                "wait_to_the_left",
                "Waiting looks at what comes *after* the column, not at less of what "
                "came before.",
                "return 0, min(t + wait, T - 1)",
                "return max(t - wait, 0), t",
            ),
        ),
    )
)


def delayed(y, wait):
    """Targets (B, T) that are asked for ``wait`` columns later; -1 for nothing."""
    moved = np.full(y.shape, -1)
    moved[:, wait:] = y[:, : y.shape[1] - wait]
    return moved


def _targets(rng):
    return [
        Case(label, (rng.integers(-1, 5, size=shape), wait))
        for label, shape, wait in (
            ("wait 2", (3, 8), 2),
            ("wait 1", (2, 6), 1),
            ("no wait", (2, 5), 0),
            ("as many rows as columns", (7, 7), 3),
        )
    ]


def _rolled_left(y, wait):
    moved = np.full(y.shape, -1)
    moved[:, : y.shape[1] - wait] = y[:, wait:]
    return moved


enter(
    Check(
        "deep.delayed",
        PAGE,
        delayed,
        "y, wait",
        ("moved",),
        _targets,
        (
            mistake(
                "rolled_round",
                "What was moved past the end has come in again at the beginning. A "
                "reader would be asked there for vowels of the end of the text.",
                lambda y, wait: np.roll(y, wait, axis=1),
            ),
            mistake(
                "rolled_without_an_axis",
                "Without an axis np.roll runs over the whole array: the end of each "
                "row has come in at the beginning of the next one.",
                lambda y, wait: np.roll(y, wait),
            ),
            mistake(
                "moved_to_the_left",
                "The targets were moved to the left: a reader would have to name a "
                "vowel before it has come to the gap.",
                _rolled_left,
            ),
            mistake(
                "rolled_to_the_left",
                "The targets were rolled to the left, and what stood at the beginning "
                "has come in at the end.",
                lambda y, wait: np.roll(y, -wait, axis=1),
            ),
            mistake(
                "zeros_for_nothing",
                "The first columns hold zeros, and zero is the number of a vowel. "
                "Where nothing is to be said stands -1.",
                "np.full(y.shape, -1)",
                "np.zeros(y.shape, dtype=int)",
            ),
            mistake(
                "moved_down",
                "The rows were moved. Time is the second axis.",
                lambda y, wait: (
                    np.concatenate(
                        [np.full((wait, y.shape[1]), -1), y[: len(y) - wait]]
                    )
                    if wait < len(y)
                    else np.full(y.shape, -1)
                ),
            ),
            mistake(
                "first_columns_kept",
                "The first columns still hold their old targets, so that these are "
                "asked for twice.",
                "np.full(y.shape, -1)",
                "np.array(y)",
            ),
            mistake(
                "end_kept",
                "The array has become longer. What would be asked for after the last "
                "column is left out.",
                lambda y, wait: np.concatenate(
                    [np.full((len(y), wait), -1), y], axis=1
                ),
            ),
            mistake(
                "beginning_left_out",
                "The array has become shorter. The first columns stay, with nothing "
                "to be said.",
                lambda y, wait: y[:, : y.shape[1] - wait],
            ),
            mistake(
                "not_moved",
                "The targets stand where they stood.",
                lambda y, wait: y,
            ),
        ),
    )
)

taught_in(
    {
        "deep.delayed": "What one layer can say",
        "deep.parameters": "One layer above another",
        "deep.of_layer": "One layer above another",
        "deep.both_ways": "Two readers, one from each end",
        "deep.residual_backward": "A way past the layers",
        "deep.thinned": "One layer above another",
        "deep.normalised": "Normalising within the cell",
        "deep.seen": "When the future may not be read",
    }
)
