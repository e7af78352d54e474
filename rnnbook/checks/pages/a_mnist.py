"""Checks of the assignment `mnist`.

They differ from the chapters' exercises, whose solutions stand in the book.
"""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.pages._shared import not_finite


def serpentine(images, order):
    """Step t shows row order[t], each second step from right to left: (N, R, C)."""
    x = images[:, order]
    x[:, 1::2] = x[:, 1::2, ::-1].copy()
    return x


def _serpentine_cases(rng):
    return [
        Case("one image", (np.arange(12.0).reshape(1, 4, 3), np.array([2, 3, 0, 1]))),
        Case("eight rows", (rng.normal(size=(9, 8, 8)), np.roll(np.arange(8), 3))),
        Case("seven rows", (rng.normal(size=(7, 7, 4)), rng.permutation(7))),
        Case("five rows", (rng.normal(size=(6, 5, 5)), np.array([3, 0, 4, 1, 2]))),
    ]


def _turned_by_row(images, order):
    x = images.copy()
    x[:, 1::2] = x[:, 1::2, ::-1].copy()
    return x[:, order]


def _mirrored(images, order):
    x = images[:, order]
    for k in range(x.shape[2]):
        x[:, 1::2, k] = x[:, 1::2, -1 - k]
    return x


SECOND_STEPS = "x[:, 1::2] = x[:, 1::2, ::-1].copy()"


def _written_over(images, order):
    x = images.copy()
    for t, row in enumerate(order):
        step = x[:, row].copy()
        x[:, t] = step[:, ::-1] if t % 2 else step
    return x


def _turned_then_put_back(images, order):
    x = images.copy()
    x[:, 1::2] = x[:, 1::2, ::-1].copy()
    return x[:, np.argsort(order)]


enter(
    Check(
        "images.serpentine",
        "22-mnist-rows",
        serpentine,
        "images, order",
        ("x",),
        _serpentine_cases,
        (
            mistake(
                "not_turned",
                "All steps are read from left to right; each second should go back.",
                f"    {SECOND_STEPS}\n",
                "",
            ),
            mistake(
                "all_turned",
                "All steps are read from right to left. The first, the third and so on "
                "should not be.",
                SECOND_STEPS,
                "x = x[:, :, ::-1]",
            ),
            mistake(
                "first_turned",
                "The first step is read from right to left, and with it every second "
                "one: the turns begin one step too early.",
                SECOND_STEPS,
                "x[:, ::2] = x[:, ::2, ::-1].copy()",
            ),
            mistake(
                "batch_turned",
                "At each second step the order of the *images* was turned, and not "
                "that of the pixels.",
                "x[:, 1::2, ::-1].copy()",
                "x[::-1, 1::2].copy()",
            ),
            mistake(
                "steps_turned",
                "The second, fourth, sixth step and so on changed places with each "
                "other. What goes back is the reading within each of them.",
                "x[:, 1::2, ::-1].copy()",
                "x[:, 1::2][:, ::-1].copy()",
            ),
            mistake(
                "flipped_along_every_axis",
                "Images, steps and pixels were all turned at once: turning needs to be "
                "told along which axis.",
                "x[:, 1::2, ::-1].copy()",
                "np.flip(x[:, 1::2]).copy()",
            ),
            mistake(
                "turned_by_row",
                "Each second *row of the image* was turned, and then the rows were put "
                "in order. It is each second step of the reading that goes back.",
                _turned_by_row,
            ),
            mistake(
                "order_ignored",
                "The rows stand as in the image: the order has no effect.",
                "images[:, order]",
                "images.copy()",
            ),
            mistake(
                "order_undone",
                "The rows are in the opposite order to the one given: row t went to "
                "the place that the order names for it, where step t should show the "
                "row that is named.",
                "images[:, order]",
                "images[:, np.argsort(order)]",
            ),
            mistake(
                "columns_permuted",
                "The order was used on the columns: the pixels within a row have "
                "changed places.",
                "images[:, order]",
                "images[:, :, order[order < images.shape[2]]]",
            ),
            mistake(
                "images_permuted",
                "The order was used on the first axis, that of the images.",
                "images[:, order]",
                "images[order]",
            ),
            mistake(
                "overwritten",
                "A half of each turned row was overwritten before it was read, so that "
                "those rows are now mirror images of themselves.",
                lambda images, order: _mirrored(images, order),
            ),
            mistake(
                "written_over",
                "Rows were written over before the step that shows them was read.",
                _written_over,
            ),
            mistake(
                "turned_then_put_back",
                "Each second row of the image was turned, and then row t went to "
                "the place that the order names for it.",
                _turned_then_put_back,
            ),
            mistake(
                "images_and_pixels_turned",
                "At each second step the images were turned along with the pixels.",
                "x[:, 1::2, ::-1].copy()",
                "x[::-1, 1::2, ::-1].copy()",
            ),
            mistake(
                "steps_first",
                "The axis of the steps stands first, and that of the images should.",
                "    return x",
                "    return x.swapaxes(0, 1)",
            ),
        ),
    )
)


def wide_parameters(C, units, cell, classes):
    """What a Keras stack learns whose head reads the last state and the mean."""
    blocks, biases = {"RNN": (1, 1), "LSTM": (4, 1), "GRU": (3, 2)}[cell]
    total, D = 0, C
    for H in units:
        total += blocks * (D * H + H * H + biases * H)
        D = H
    return total + 2 * units[-1] * classes + classes


def _wide_cases(rng):
    return [
        Case("one LSTM layer", (8, [20], "LSTM", 10)),
        Case("two LSTM layers", (28, [50, 30], "LSTM", 10)),
        Case("two GRU layers", (8, [24, 40], "GRU", 10)),
        Case("three plain layers", (16, [10, 20, 15], "RNN", 7)),
    ]


enter(
    Check(
        "images.wide_parameters",
        "22-mnist-rows",
        wide_parameters,
        "C, units, cell, classes",
        ("count",),
        _wide_cases,
        (
            mistake(
                "head_reads_once",
                "The head reads the last state alone; the mean has weights of its own.",
                "2 * units[-1]",
                "units[-1]",
            ),
            mistake(
                "head_bias_missing",
                "The bias of the head is missing.",
                " * classes + classes",
                " * classes",
            ),
            mistake(
                "head_bias_twice",
                "The head reads two things, but it adds one bias for each class.",
                " * classes + classes",
                " * classes + 2 * classes",
            ),
            mistake(
                "head_missing",
                "Only the recurrent layers are counted, and the head learns as well.",
                "    return total + 2 * units[-1] * classes + classes",
                "    return total",
            ),
            mistake(
                "every_layer_reads_the_image",
                "Each layer was counted as if it read rows of the image; only the "
                "first does.",
                "        D = H\n",
                "",
            ),
            mistake(
                "two_biases",
                "Each layer was given two biases, as PyTorch keeps them. In Keras that "
                "is so for one kind of cell only.",
                "1, 1)",
                "1, 2)",
                "4, 1)",
                "4, 2)",
            ),
            mistake(
                "one_bias",
                "One bias for each layer is right for two of the three kinds of cell. "
                "Look the third up in Keras.",
                "3, 2)",
                "3, 1)",
            ),
            mistake(
                "no_biases",
                "The biases of the recurrent layers are missing.",
                " + biases * H",
                "",
            ),
            mistake(
                "state_matrix_missing",
                "The matrix from state to state is missing in each layer.",
                " + H * H",
                "",
            ),
            mistake(
                "blocks_exchanged",
                "LSTM and GRU are exchanged: count their gates and their candidate.",
                "(4, 1)",
                "(3, 1)",
                "(3, 2)",
                "(4, 2)",
            ),
            mistake(
                "one_block",
                "One block was counted for every kind of cell: the gates are missing.",
                "total += blocks * ",
                "total += ",
            ),
            mistake(
                "head_reads_all_layers",
                "The head was counted as if it read every layer; it reads the last.",
                "2 * units[-1]",
                "2 * sum(units)",
            ),
            mistake(
                "candidate_missing",
                "The gates were counted, and the candidate has weights as well.",
                "(4, 1)",
                "(3, 1)",
                "(3, 2)",
                "(2, 2)",
            ),
            mistake(
                "lstm_candidate_missing",
                "In the LSTM the candidate was not counted along with its gates.",
                "(4, 1)",
                "(3, 1)",
            ),
            mistake(
                "biases_of_one_block",
                "The biases of a layer were counted for one of its blocks only.",
                "blocks * (D * H + H * H + biases * H)",
                "blocks * (D * H + H * H) + biases * H",
            ),
        ),
    )
)


def belief(x, params):
    """Probabilities after each row, from the mean of the states so far: (B, T, K)."""
    h = np.zeros((len(x), len(params["b_h"])))
    total, out = np.zeros_like(h), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        total = total + h
        mean = total / (t + 1)
        scores = mean @ params["W_hy"] + params["b_y"]
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        out.append(p / p.sum(axis=1)[:, None])
    return np.stack(out, axis=1)


def _reader(rng, D, H, K, scale=1.0):
    return {
        "W_xh": rng.normal(size=(D, H)),
        "W_hh": 0.7 * rng.normal(size=(H, H)),
        "b_h": rng.normal(size=H),
        "W_hy": scale * rng.normal(size=(H, K)),
        "b_y": rng.normal(size=K),
    }


def _belief_cases(rng):
    return [
        Case("a batch of three", (rng.normal(size=(3, 5, 4)), _reader(rng, 4, 6, 3))),
        Case("one image", (rng.normal(size=(1, 8, 8)), _reader(rng, 8, 5, 10))),
        Case("four rows", (rng.normal(size=(4, 4, 3)), _reader(rng, 3, 4, 4))),
        Case(
            "scores of thousands",
            (rng.normal(size=(2, 6, 2)), _reader(rng, 2, 3, 5, 3e3)),
        ),
    ]


def _states(x, params):
    h, out = np.zeros((len(x), len(params["b_h"]))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        out.append(h)
    return np.stack(out, axis=1)


def _scores_by_row(x, params):
    h = _states(x, params)
    mean = h.cumsum(axis=1) / np.arange(1, h.shape[1] + 1)[:, None]
    return mean @ params["W_hy"] + params["b_y"]


def _softmax_over_batch(x, params):
    scores = _scores_by_row(x, params)
    p = np.exp(scores - scores.max(axis=0, keepdims=True))
    return p / p.sum(axis=0, keepdims=True)


def _softmax_over_rows(x, params):
    scores = _scores_by_row(x, params)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _softmax(scores):
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def _mean_of_all(x, params):
    h = _states(x, params)
    mean = np.broadcast_to(h.mean(axis=1, keepdims=True), h.shape)
    return _softmax(mean @ params["W_hy"] + params["b_y"])


def _mean_of_probabilities(x, params):
    p = _softmax(_states(x, params) @ params["W_hy"] + params["b_y"])
    return p.cumsum(axis=1) / np.arange(1, p.shape[1] + 1)[:, None]


def _overflowing_belief(x, params):
    p = np.exp(_scores_by_row(x, params))
    return p / p.sum(axis=2, keepdims=True)


def _max_over_rows(x, params):
    s = _scores_by_row(x, params)
    with np.errstate(all="ignore"):
        p = np.exp(s - s.max(axis=1, keepdims=True))
        return p / p.sum(axis=2, keepdims=True)


def _state_before_row(x, params):
    h = _states(x, params)
    h = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
    mean = h.cumsum(axis=1) / np.arange(1, h.shape[1] + 1)[:, None]
    return _softmax(mean @ params["W_hy"] + params["b_y"])


enter(
    Check(
        "images.belief",
        "22-mnist-rows",
        belief,
        "x, params",
        ("p",),
        _belief_cases,
        (
            mistake(
                "last_state",
                "The head reads the state after each row. It should read the mean of "
                "the states up to this row.",
                "total = total + h",
                "total = (t + 1) * h",
            ),
            mistake(
                "sum_for_mean",
                "The head reads the sum of the states, which grows with every row, and "
                "not their mean.",
                "total / (t + 1)",
                "total",
            ),
            mistake(
                "mean_of_the_mean",
                "What the next state is added to was divided already. Sum and mean "
                "need a name each.",
                "        mean = total / (t + 1)",
                "        mean = total = total / (t + 1)",
            ),
            mistake(
                "half_and_half",
                "The mean was updated as half of the old and half of the new: then "
                "later rows count more than early ones.",
                "        mean = total / (t + 1)",
                "        mean = total = total / 2",
            ),
            mistake(
                "mean_of_all",
                "The mean runs over all rows, also in the answers that stand before "
                "them: what has not been read yet must not matter.",
                _mean_of_all,
            ),
            mistake(
                "divided_by_all",
                "The sum of the states so far was divided by the number of all rows.",
                "(t + 1)",
                "x.shape[1]",
            ),
            mistake(
                "start_counted",
                "The state of zeros before the first row was counted along in the "
                "mean.",
                "(t + 1)",
                "(t + 2)",
            ),
            mistake(
                "mean_of_probabilities",
                "The probabilities were averaged. The states are averaged, and one "
                "softmax comes after it.",
                _mean_of_probabilities,
            ),
            mistake(
                "mean_carried",
                "The mean was carried on as the state of the network. It is for the "
                "head alone; the state goes on as it is.",
                "        scores = mean @",
                "        h = mean\n        scores = mean @",
            ),
            mistake(
                "state_not_carried",
                "The state does not go from row to row: each row is read as if it were "
                "the first.",
                '+ h @ params["W_hh"]',
                '+ 0 * h @ params["W_hh"]',
            ),
            mistake(
                "softmax_over_batch",
                "The softmax runs over the images of the batch: an image's belief "
                "then depends on its neighbours.",
                _softmax_over_batch,
            ),
            mistake(
                "softmax_over_rows",
                "The softmax runs over the rows, and should run over the classes.",
                _softmax_over_rows,
            ),
            mistake(
                "scores",
                "These are scores: the softmax is missing.",
                "out.append(p / p.sum(axis=1)[:, None])",
                "out.append(scores)",
            ),
            mistake(
                "not_normalised",
                "These are exponentials: they do not sum to one yet.",
                "p / p.sum(axis=1)[:, None]",
                "p",
            ),
            mistake(
                "overflow",
                "Large scores overflow in the exponential; a number may be taken off "
                "all scores of an answer before it.",
                _overflowing_belief,
                holds=not_finite,
            ),
            mistake(
                "last_answer_only",
                "Only the answer after the last row is returned.",
                "np.stack(out, axis=1)",
                "out[-1]",
            ),
            mistake(
                "rows_first",
                "The axis of the rows stands first, and that of the images should.",
                "np.stack(out, axis=1)",
                "np.stack(out)",
            ),
            mistake(
                "hidden_bias_missing",
                "The bias of the step is missing.",
                ' + params["b_h"])',
                ")",
            ),
            mistake(
                "head_bias_missing",
                "The bias of the head is missing, so no class is commoner than others "
                "before anything is read.",
                ' + params["b_y"]',
                "",
            ),
            mistake(
                "tanh_missing",
                "The tanh of the step is missing, and nothing bounds the states.",
                "np.tanh(",
                "(",
            ),
            mistake(
                "taken_off_over_batch",
                "The largest score was taken over the images. What is taken off then "
                "differs from class to class, and that changes the probabilities.",
                "scores.max(axis=1, keepdims=True)",
                "scores.max(axis=0, keepdims=True)",
            ),
            mistake(
                "taken_off_over_rows",
                "The largest score was taken over the rows. What is taken off then "
                "differs from class to class.",
                _max_over_rows,
            ),
            mistake(
                "shares_added",
                "Each state was divided as it came, and never again when later ones "
                "joined: that is no mean.",
                "total = total + h",
                "total = total + h / (t + 1)",
                "mean = total / (t + 1)",
                "mean = total",
            ),
            mistake(
                "state_before_row",
                "The mean goes up to the row before: the newest state is not in it "
                "yet.",
                _state_before_row,
            ),
            mistake(
                "matrix_transposed",
                "The matrix from state to state was transposed.",
                'h @ params["W_hh"]',
                'h @ params["W_hh"].T',
            ),
            mistake(
                "divided_by_rows_before",
                "The sum was divided by the number of rows before this one, which "
                "is zero at the first.",
                "total / (t + 1)",
                "total / t",
            ),
            mistake(
                "logarithms",
                "These are the logarithms of the probabilities.",
                "out.append(p / p.sum(axis=1)[:, None])",
                "out.append(np.log(p / p.sum(axis=1)[:, None]))",
            ),
        ),
    )
)


def loss_by_row(scores, labels, weights):
    """Weighted mean of the cross-entropies after each row, and its gradient."""
    B, T, K = scores.shape
    s = scores - scores.max(axis=2, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=2, keepdims=True))
    share = weights / weights.sum()
    true = np.eye(K)[labels][:, None]
    losses = -(true * log_p).sum(axis=2) @ share
    dscores = (np.exp(log_p) - true) * share[:, None] / B
    return losses.mean(), dscores


def _loss_cases(rng):
    return [
        Case(
            "later rows count more",
            (rng.normal(size=(3, 4, 5)), rng.integers(0, 5, 3), np.arange(1.0, 5)),
        ),
        Case(
            "only two rows count",
            (rng.normal(size=(2, 5, 4)), np.array([3, 1]), np.array([0, 2.0, 0, 0, 1])),
        ),
        Case(
            "weights that sum to one",
            (
                rng.normal(size=(4, 3, 3)),
                rng.integers(0, 3, 4),
                np.array([0.2, 0.5, 0.3]),
            ),
        ),
        Case(
            "scores of thousands",
            (
                np.array([[[2e3, 1999.0, 1996.0], [-1e3, -999.0, -998.0]]] * 2),
                np.array([1, 2]),
                np.array([1.0, 3.0]),
            ),
        ),
    ]


def _overflowing_loss(scores, labels, weights):
    B, T, K = scores.shape
    p = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    share = weights / weights.sum()
    true = np.eye(K)[labels][:, None]
    picked = p[np.arange(B), :, labels]
    return (-np.log(picked) @ share).mean(), (p - true) * share[:, None] / B


enter(
    Check(
        "images.loss_by_row",
        "22-mnist-rows",
        loss_by_row,
        "scores, labels, weights",
        (("loss", "dscores"),),
        _loss_cases,
        (
            mistake(
                "weights_not_divided",
                "The weights were used as they are. In a weighted mean they are "
                "divided by their sum, so that twice the weights change nothing.",
                "weights / weights.sum()",
                "weights",
            ),
            mistake(
                "weights_ignored",
                "All rows count the same: the weights have no effect.",
                "weights / weights.sum()",
                "np.ones(T) / T",
            ),
            mistake(
                "divided_by_rows",
                "The weighted sum was divided by the number of rows, and not by the "
                "sum of the weights.",
                "weights / weights.sum()",
                "weights / T",
            ),
            mistake(
                "weights_reversed",
                "The weights stand in the wrong order: the first belongs to the first "
                "row.",
                "weights / weights.sum()",
                "weights[::-1] / weights.sum()",
            ),
            mistake(
                "gradient_not_weighted",
                "The loss is weighted and its gradient is not: it is that of another "
                "loss.",
                "share[:, None] / B",
                "1 / (T * B)",
            ),
            mistake(
                "gradient_not_divided",
                "The loss is a mean over the images, and its gradient is that of the "
                "sum.",
                "share[:, None] / B",
                "share[:, None]",
            ),
            mistake(
                "loss_summed",
                "The loss is summed over the images and not averaged.",
                "losses.mean()",
                "losses.sum()",
            ),
            mistake(
                "both_summed",
                "Loss and gradient are those of the sum over the images; the mean is "
                "wanted.",
                "losses.mean()",
                "losses.sum()",
                "share[:, None] / B",
                "share[:, None]",
            ),
            mistake(
                "gradient_sign",
                "The gradient points the other way: going against it pushes the true "
                "class down.",
                "(np.exp(log_p) - true)",
                "(true - np.exp(log_p))",
            ),
            mistake(
                "gradient_is_probability",
                "In the gradient the true class is missing: these are weighted "
                "probabilities, which never push a score up.",
                "(np.exp(log_p) - true)",
                "np.exp(log_p)",
            ),
            mistake(
                "gradient_also_by_rows",
                "The gradient was divided by the number of rows once more, although "
                "the weights already make it a mean over them.",
                "share[:, None] / B",
                "share[:, None] / (T * B)",
            ),
            mistake(
                "loss_sign",
                "The loss is negative: the logarithm of a probability is, and the "
                "sign in front is missing.",
                "-(true * log_p)",
                "(true * log_p)",
            ),
            mistake(
                "all_classes",
                "The logarithms of all classes were added up. Only the true class "
                "counts.",
                "(true * log_p)",
                "log_p",
            ),
            mistake(
                "overflow",
                "Scores in the thousands overflow, or leave a probability of zero, "
                "whose logarithm is infinite.",
                _overflowing_loss,
                holds=not_finite,
            ),
            mistake(
                "gradient_weights_not_divided",
                "The loss divides by the sum of the weights, and its gradient does "
                "not.",
                "* share[:, None] / B",
                "* weights[:, None] / B",
            ),
            mistake(
                "loss_weights_not_divided",
                "The gradient belongs to a weighted mean, and the loss is a "
                "weighted sum.",
                "@ share",
                "@ weights",
            ),
            mistake(
                "also_by_rows",
                "Loss and gradient were divided by the number of rows once more "
                "than the weights ask for.",
                "weights / weights.sum()",
                "weights / weights.sum() / T",
            ),
            mistake(
                "bits",
                "The loss is in bits, and should be in nats.",
                "losses.mean()",
                "losses.mean() / np.log(2)",
            ),
            mistake(
                "true_class_not_weighted",
                "In the gradient the probabilities are weighted and averaged, and "
                "what is taken off at the true class is not.",
                "(np.exp(log_p) - true) * share[:, None] / B",
                "np.exp(log_p) * share[:, None] / B - true",
            ),
            mistake(
                "labels_of_all_images",
                "In every image something was taken off at the labels of all "
                "images, and each has a label of its own.",
                "(np.exp(log_p) - true)",
                "(np.exp(log_p) - true.max(axis=0))",
            ),
            mistake(
                "gradient_unweighted_sum",
                "The gradient is that of a plain sum over the rows, without the "
                "weights.",
                "share[:, None] / B",
                "1 / B",
            ),
            mistake(
                "one_loss_for_each_image",
                "There is one loss for each image here; one number is wanted.",
                "losses.mean(), dscores",
                "losses, dscores",
            ),
            mistake(
                "softmax_over_rows",
                "The sum of the softmax runs over the rows of the image, and should "
                "run over the classes.",
                "np.exp(s).sum(axis=2, keepdims=True)",
                "np.exp(s).sum(axis=1, keepdims=True)",
            ),
        ),
        tolerance=1e-6,  # a small number may be added before a logarithm
    )
)


def hardest_pair(labels, guesses, classes):
    """The two classes that are taken for each other most often, and how often."""
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    images = matrix.sum(axis=1)
    mixed = matrix + matrix.T
    both = images[:, None] + images
    rate = mixed / np.maximum(both, 1)
    rate[np.tril_indices(classes)] = -1  # the smaller class first
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _guesses(rng, n, classes, wrong, shares=None):
    labels = rng.choice(classes, size=n, p=shares)
    guesses = np.where(rng.random(n) < wrong, rng.integers(0, classes, n), labels)
    return labels, guesses


def _pair_cases(rng):
    labels = np.repeat([0, 1, 2, 3], [40, 30, 4, 6])
    guesses = labels.copy()
    guesses[:6] = 1  # most in number, and not in share
    guesses[40] = 3
    guesses[70:72] = 3
    guesses[74] = 2
    guesses[78:] = 1
    lone = np.array([0, 0, 1, 1, 4, 4, 4]), np.array([1, 0, 1, 1, 1, 4, 0])
    even = np.repeat(np.arange(5), 12)
    told = even.copy()
    told[[0, 1, 2]] = 3  # 3 and 0, both ways
    told[[36, 37, 38, 39]] = 0
    told[[12, 13, 14, 15, 16]] = 2  # more, but one way only
    told[[48]] = 3
    alike = np.repeat(np.arange(4), 10)
    named = alike.copy()
    named[[10, 11, 20, 21]], named[30], named[31] = 3, 1, 2
    plain = np.array([2, 1, 0, 2, 1, 0])
    return [
        Case("four classes, two of them rare", (labels, guesses, 4)),
        Case("classes without images", (*lone, 6)),
        Case("five equal classes", (even, told, 5)),
        Case(
            "unequal classes",
            (*_guesses(rng, 160, 5, 0.3, [0.4, 0.3, 0.1, 0.1, 0.1]), 5),
        ),
        Case("ten classes", (*_guesses(rng, 300, 10, 0.4), 10)),
        Case("two pairs alike", (alike, named, 4)),
        Case("nothing mixed up", (plain, plain.copy(), 3)),
    ]


def _upper(rate):
    """Only pairs whose first class is the smaller one."""
    rate = rate * 1.0
    rate[np.tril_indices(len(rate))] = -1
    return rate


def _one_direction(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    rate = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    rate = _upper(np.maximum(rate, rate.T))
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _most_in_number(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    mixed = _upper(matrix + matrix.T)
    a, b = np.unravel_index(mixed.argmax(), mixed.shape)
    return a, b, mixed[a, b] / max(matrix[[a, b]].sum(), 1)


def _rates_added(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    rate = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    rate = _upper(rate + rate.T)
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _third_left_out(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    hits, mixed = matrix.diagonal(), matrix + matrix.T
    rate = _upper(mixed / np.maximum(hits[:, None] + hits + mixed, 1))
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _rates_averaged(labels, guesses, classes):
    a, b, rate = _rates_added(labels, guesses, classes)
    return a, b, rate / 2


def _any_mistake(labels, guesses, classes):
    wrong = np.bincount(labels[labels != guesses], minlength=classes) * 1.0
    n = np.bincount(labels, minlength=classes)
    rate = _upper((wrong[:, None] + wrong) / np.maximum(n[:, None] + n, 1))
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


enter(
    Check(
        "images.hardest_pair",
        "22-mnist-rows",
        hardest_pair,
        "labels, guesses, classes",
        (("a", "b", "rate"),),
        _pair_cases,
        (
            mistake(
                "one_direction",
                "Only one direction counts here. Taking the one for the other and the "
                "other for the one belong together.",
                _one_direction,
            ),
            mistake(
                "most_in_number",
                "The pair was chosen by the *number* of mix-ups. Common classes then "
                "win, however well they are told apart.",
                _most_in_number,
            ),
            mistake(
                "number_returned",
                "That is a number of images and not a share; it also decides which "
                "pair is found.",
                "mixed / np.maximum(both, 1)",
                "mixed",
            ),
            mistake(
                "rates_added",
                "Two shares were added that are shares of different images. Put the "
                "images of both classes together first.",
                _rates_added,
            ),
            mistake(
                "third_classes_left_out",
                "Images that were named as some third class were left out. They show "
                "one of the two, and so count among their images.",
                _third_left_out,
            ),
            mistake(
                "of_the_named",
                "The mix-ups were divided by how often the two classes were *named*. "
                "They should be divided by the number of images that show one of "
                "them.",
                "images = matrix.sum(axis=1)",
                "images = matrix.sum(axis=0)",
            ),
            mistake(
                "of_all_images",
                "The mix-ups were divided by the number of all images.",
                "np.maximum(both, 1)",
                "len(labels)",
            ),
            mistake(
                "diagonal",
                "A class was paired with itself: what stands on the diagonal is read "
                "rightly.",
                "np.tril_indices(classes)",
                "np.tril_indices(classes, -1)",
            ),
            mistake(
                "pairs_counted_once",
                "A mix-up that came several times was counted once: adding at repeated "
                "places of an array keeps one of the additions.",
                "np.add.at(matrix, (labels, guesses), 1)",
                "matrix[labels, guesses] += 1",
            ),
            mistake(
                "nan_of_empty_classes",
                "For two classes without images zero was divided by zero, and the "
                "result was taken for the largest rate.",
                "np.maximum(both, 1)",
                "both",
            ),
            mistake(
                "smaller_as_larger_only",
                "Only the smaller class that was named as the larger one counts; "
                "the other way round belongs to it.",
                "matrix + matrix.T",
                "matrix",
            ),
            mistake(
                "rates_averaged",
                "The two classes' own shares were averaged. A class with few images "
                "then counts as much as one with many.",
                _rates_averaged,
            ),
            mistake(
                "any_mistake_counts",
                "Everything that was misread in the two classes counts, also what "
                "was named as a third.",
                _any_mistake,
            ),
            mistake(
                "of_the_mistakes",
                "That is a share of what was misread, and not of the images.",
                "images = matrix.sum(axis=1)",
                "images = matrix.sum(axis=1) - matrix.diagonal()",
            ),
            mistake(
                "percent",
                "The rate is in percent; a share is wanted.",
                "return a, b, rate[a, b]",
                "return a, b, 100 * rate[a, b]",
            ),
            mistake(
                "last_of_equals",
                "Of several pairs with the highest rate the last one is returned.",
                "rate.argmax()",
                "rate.size - 1 - rate.ravel()[::-1].argmax()",
            ),
        ),
    )
)


def by_writer(right, writer, draws):
    """A 95 % interval of the accuracy if whole writers are drawn."""
    hits = np.bincount(writer, weights=right)
    images = np.bincount(writer)
    shares = hits[draws].sum(axis=1) / images[draws].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return low, high


def _writer_cases(rng):
    def one(W, n, R, spread):
        writer = np.concatenate([np.arange(W), rng.integers(0, W, n - W)])
        share = np.clip(0.85 + spread * rng.normal(size=W), 0, 1)[writer]
        return rng.random(n) < share, writer, rng.integers(0, W, size=(R, W))

    sizes = np.repeat(np.arange(4), [30, 5, 12, 3])
    right = rng.random(50) < np.array([0.9, 0.4, 0.7, 0.0])[sizes]
    return [
        Case(
            "four writers, one with most", (right, sizes, rng.integers(0, 4, (60, 4)))
        ),
        Case("six writers", one(6, 90, 80, 0.2)),
        Case("nine writers", one(9, 70, 50, 0.1)),
    ]


def _normal_interval(right, writer, draws):
    hits, images = np.bincount(writer, weights=right), np.bincount(writer)
    shares = hits[draws].sum(axis=1) / images[draws].sum(axis=1)
    half = 1.96 * shares.std(ddof=1)
    return right.mean() - half, right.mean() + half


def _is_normal(case, outputs, expected):
    """About two standard deviations to either side of a mean."""
    right, writer, draws = case.args
    if set(outputs) != {"low", "high"} or outputs["low"].shape:
        return False
    hits, images = np.bincount(writer, weights=right), np.bincount(writer)
    plain = [hits[draws].sum(axis=1) / images[draws].sum(axis=1)]
    plain.append(np.array([right[np.isin(writer, d)].mean() for d in draws]))
    middle = (outputs["low"] + outputs["high"]) / 2
    half = (outputs["high"] - outputs["low"]) / 2
    return any(
        min(abs(middle - right.mean()), abs(middle - shares.mean())) < 1e-9
        and 1.9 < half / shares.std() < 2.1
        for shares in plain
    )


def _no_writers(right, writer, draws):
    half = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / len(right))
    return right.mean() - half, right.mean() + half


def _by_rank(case, outputs, expected):
    """Both ends within one rank of where the percentiles lie."""
    right, writer, draws = case.args
    if set(outputs) != {"low", "high"} or any(a.shape for a in outputs.values()):
        return False
    hits, n = np.bincount(writer, weights=right), np.bincount(writer)
    shares = np.sort(hits[draws].sum(axis=1) / n[draws].sum(axis=1))

    def near(value, share):
        k = int(share * (len(shares) - 1))
        return bool(np.isclose(shares[k : k + 2], value, atol=1e-9).any())

    return near(outputs["low"], 0.025) and near(outputs["high"], 0.975)


enter(
    Check(
        "metrics.by_writer",
        "22-mnist-rows",
        by_writer,
        "right, writer, draws",
        (("low", "high"),),
        _writer_cases,
        (
            mistake(
                "mean_of_writers",
                "Each writer counts the same, whether of few or of many images. The "
                "accuracy is a share of images.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "(hits / images)[draws].mean(axis=1)",
            ),
            mistake(
                "each_writer_once",
                "A writer who was drawn twice counts once here. In a draw with "
                "replacement all images of such a writer enter twice.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "[right[np.isin(writer, row)].mean() for row in draws]",
            ),
            mistake(
                "images_drawn",
                "The numbers in the draws were taken for images. They name writers, "
                "and each brings all the images of that hand.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "right[draws].mean(axis=1)",
            ),
            mistake(
                "ninety_percent",
                "That interval leaves five percent out on either side, and so holds "
                "ninety.",
                "[2.5, 97.5]",
                "[5, 95]",
            ),
            mistake(
                "counted_off",
                "The ends were counted off among the sorted shares. NumPy's "
                "percentiles, which the exercise names, may lie between two of them.",
                "np.percentile(shares, [2.5, 97.5])",
                "np.sort(shares)[[len(draws) * 25 // 1000, len(draws) * 975 // 1000]]",
                holds=_by_rank,
            ),
            mistake(
                "shares_for_percent",
                "The function wants percent, and was given shares: both ends are then "
                "next to the smallest value.",
                "[2.5, 97.5]",
                "[0.025, 0.975]",
            ),
            mistake(
                "whole_range",
                "That is the range from the smallest to the largest share.",
                "[2.5, 97.5]",
                "[0, 100]",
            ),
            mistake(
                "one_sided",
                "The lower end leaves out five percent, and the upper none.",
                "[2.5, 97.5]",
                "[5, 100]",
            ),
            mistake(
                "normal_interval",
                "That is the accuracy plus and minus about two standard deviations, "
                "always as far up as down. Percentiles are wanted.",
                _normal_interval,
                holds=_is_normal,
            ),
            mistake(
                "no_writers",
                "That is the interval for images that were drawn one by one: the "
                "writers have no effect.",
                _no_writers,
            ),
            mistake(
                "errors",
                "That is an interval of the share of *wrong* answers.",
                "weights=right",
                "weights=~right",
            ),
            mistake(
                "axes_exchanged",
                "The sums run over the draws. Each row of the draws is one test set, "
                "and has one share.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "hits[draws].sum(axis=0) / images[draws].sum(axis=0)",
            ),
            mistake(
                "without_hits_too_short",
                "A writer of the highest number may have no right answer at all, "
                "and the counts then end before that writer.",
                "np.bincount(writer, weights=right)",
                "np.bincount(writer[right])",
            ),
            mistake(
                "divided_by_all_images",
                "The right answers of a draw were divided by the number of all "
                "images, and a draw has a number of its own.",
                "images[draws].sum(axis=1)",
                "len(right)",
            ),
            mistake(
                "numbers_of_hits",
                "These are numbers of right answers and not shares.",
                " / images[draws].sum(axis=1)",
                "",
            ),
            mistake(
                "quartiles",
                "That interval leaves a quarter out on either side, and so holds "
                "one half.",
                "[2.5, 97.5]",
                "[25, 75]",
            ),
        ),
    )
)


def duel(a, b, labels):
    """Difference of two accuracies, with its errors from seeds and from images."""
    right_a, right_b = a == labels, b == labels
    score_a, score_b = right_a.mean(axis=1), right_b.mean(axis=1)
    seeds = score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)
    gain = right_a.mean(axis=0) - right_b.mean(axis=0)
    images = gain.var(ddof=1) / len(labels)
    return score_a.mean() - score_b.mean(), np.sqrt(seeds), np.sqrt(images)


def _duel_cases(rng):
    def one(S, Q, N, K, p, q):
        labels = rng.integers(0, K, N)
        hard = rng.random(N) < 0.3  # the same images are hard for both
        sides = []
        for seeds, share in ((S, p), (Q, q)):
            miss = rng.random((seeds, N)) < np.where(hard, 2.5, 0.4) * (1 - share)
            sides.append(np.where(miss, rng.integers(0, K, (seeds, N)), labels))
        return (*sides, labels)

    return [
        Case("three seeds each", one(3, 3, 60, 4, 0.8, 0.7)),
        Case("five seeds and two", one(5, 2, 80, 10, 0.75, 0.85)),
        Case("two and four", one(2, 4, 50, 3, 0.7, 0.6)),
    ]


def _seeds_as_images(a, b, labels):
    difference, seeds, _ = duel(a, b, labels)
    p, q = (a == labels).mean(), (b == labels).mean()
    return difference, seeds, np.sqrt(p * (1 - p) / a.size + q * (1 - q) / b.size)


def _first_seed_images(a, b, labels):
    gain = (a[0] == labels) * 1.0 - (b[0] == labels)
    error = np.sqrt(gain.var(ddof=1) / len(labels))
    return *duel(a, b, labels)[:2], error


enter(
    Check(
        "metrics.duel",
        "22-mnist-rows",
        duel,
        "a, b, labels",
        (("difference", "seeds", "images"),),
        _duel_cases,
        (
            mistake(
                "second_minus_first",
                "The difference has the wrong sign: it should be positive where the "
                "first recipe is better.",
                "score_a.mean() - score_b.mean()",
                "score_b.mean() - score_a.mean()",
            ),
            mistake(
                "best_seeds",
                "The luckiest seeds were compared, and not the means.",
                "score_a.mean() - score_b.mean()",
                "score_a.max() - score_b.max()",
            ),
            mistake(
                "population_variance",
                "The variance over the seeds was divided by their number. The mean was "
                "estimated from the same few seeds.",
                "score_a.var(ddof=1)",
                "score_a.var()",
                "score_b.var(ddof=1)",
                "score_b.var()",
            ),
            mistake(
                "population_of_images",
                "The variance over the images was divided by their number, and not by "
                "one less.",
                "gain.var(ddof=1)",
                "gain.var()",
            ),
            mistake(
                "seeds_paired",
                "The seeds of the two recipes were paired. They have nothing in "
                "common, and there may be more of one than of the other.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "(score_a - score_b).var(ddof=1) / len(a)",
            ),
            mistake(
                "spread_of_seeds",
                "The error of the seeds is that of one run of each. Here means over "
                "several seeds are compared, which vary less.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "score_a.var(ddof=1) + score_b.var(ddof=1)",
            ),
            mistake(
                "one_recipe_forgotten",
                "Only the seeds of the first recipe enter; those of the second vary, "
                "too.",
                " + score_b.var(ddof=1) / len(b)",
                "",
            ),
            mistake(
                "errors_added",
                "The two errors of the seeds were added as they are. For independent "
                "errors it is the variances that add up.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "(score_a.std(ddof=1) / len(a) ** 0.5 + score_b.std(ddof=1) "
                "/ len(b) ** 0.5) ** 2",
            ),
            mistake(
                "images_unpaired",
                "The error of the images is that of two accuracies on *different* "
                "images. Both recipes judged the same ones, and what is hard for both "
                "cancels.",
                "gain.var(ddof=1) / len(labels)",
                "sum(p * (1 - p) for p in (right_a.mean(), right_b.mean())) "
                "/ len(labels)",
            ),
            mistake(
                "seeds_as_images",
                "Each seed was counted as new test images. More seeds do not make the "
                "test set larger.",
                _seeds_as_images,
            ),
            mistake(
                "first_seed_images",
                "The error of the images was taken from the first seeds alone.",
                _first_seed_images,
            ),
            mistake(
                "spread_of_images",
                "That is the spread over single images, and not the error of the mean "
                "over all of them.",
                " / len(labels)",
                "",
            ),
            mistake(
                "variances",
                "The two errors are variances: the roots are missing.",
                "np.sqrt(seeds), np.sqrt(images)",
                "seeds, images",
            ),
            mistake(
                "errors_exchanged",
                "The two errors are exchanged: that of the seeds comes first.",
                "np.sqrt(seeds), np.sqrt(images)",
                "np.sqrt(images), np.sqrt(seeds)",
            ),
            mistake(
                "seeds_not_rooted",
                "The error of the seeds is still a variance.",
                "np.sqrt(seeds), np.sqrt(images)",
                "seeds, np.sqrt(images)",
            ),
            mistake(
                "images_not_rooted",
                "The error of the images is still a variance.",
                "np.sqrt(seeds), np.sqrt(images)",
                "np.sqrt(seeds), images",
            ),
            mistake(
                "one_number_of_seeds",
                "Both recipes were given the number of seeds of the first.",
                "score_b.var(ddof=1) / len(b)",
                "score_b.var(ddof=1) / len(a)",
            ),
            mistake(
                "variances_pooled",
                "The two variances over seeds were pooled, as if both recipes "
                "varied alike.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "((len(a) - 1) * score_a.var(ddof=1)"
                " + (len(b) - 1) * score_b.var(ddof=1))"
                " / (len(a) + len(b) - 2) * (1 / len(a) + 1 / len(b))",
            ),
            mistake(
                "images_apart",
                "The variances over images of the two recipes were added, as if "
                "each had judged images of its own.",
                "gain.var(ddof=1)",
                "(right_a.mean(axis=0).var(ddof=1) + right_b.mean(axis=0).var(ddof=1))",
            ),
            mistake(
                "number_for_its_root",
                "The spread of the gains was divided by the number of images, which "
                "makes the error far too small.",
                "gain.var(ddof=1) / len(labels)",
                "gain.var(ddof=1) / len(labels) ** 2",
            ),
            mistake(
                "number_for_its_root_of_seeds",
                "The spread over the seeds was divided by their number, which makes "
                "the error of a mean too small.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "score_a.var(ddof=1) / len(a) ** 2 + score_b.var(ddof=1) / len(b) ** 2",
            ),
            mistake(
                "one_less_twice",
                "One less than the number of seeds was divided by twice, once for "
                "the variance and once for the mean.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "score_a.var(ddof=1) / (len(a) - 1)"
                " + score_b.var(ddof=1) / (len(b) - 1)",
            ),
            mistake(
                "size_of_difference",
                "The difference has lost its sign, so nobody can tell which recipe "
                "is ahead.",
                "score_a.mean() - score_b.mean()",
                "abs(score_a.mean() - score_b.mean())",
            ),
        ),
    )
)
