"""Checks of 22-mnist-rows: images as sequences, and judging classifiers."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in


def stacked_parameters(D, H, layers, classes):
    """What a PyTorch stack of LSTM layers with a linear head learns."""
    first = 4 * (D * H + H * H + 2 * H)
    other = 4 * (H * H + H * H + 2 * H)
    return first + (layers - 1) * other + H * classes + classes


def _stack_cases(rng):
    sizes = (28, 50, 2, 10), (28, 128, 1, 10), (8, 20, 3, 10), (5, 7, 4, 3)
    return [
        Case(f"width {D}, {layers} layers of {H}, {K} classes", (D, H, layers, K))
        for D, H, layers, K in sizes
    ]


enter(
    Check(
        "images.stacked_parameters",
        "22-mnist-rows",
        stacked_parameters,
        "D, H, layers, classes",
        ("parameters",),
        _stack_cases,
        (
            mistake(
                "one_bias",
                "Each layer was counted with one bias. That is right for Keras; "
                "PyTorch keeps two.",
                "4 * (D * H + H * H + 2 * H)",
                "4 * (D * H + H * H + H)",
                "4 * (H * H + H * H + 2 * H)",
                "4 * (H * H + H * H + H)",
                page="13-three-libraries",
            ),
            mistake(
                "every_layer_reads_the_input",
                "Every layer is counted as if it read the input. Only the first does; "
                "the others read the states of the one below.",
                "4 * (H * H + H * H + 2 * H)",
                "4 * (D * H + H * H + 2 * H)",
            ),
            mistake(
                "three_blocks",
                "Each layer was counted with three blocks. A GRU has three; an LSTM "
                "has four.",
                "4 * (D * H + H * H + 2 * H)",
                "3 * (D * H + H * H + 2 * H)",
                "4 * (H * H + H * H + 2 * H)",
                "3 * (H * H + H * H + 2 * H)",
            ),
            mistake(
                "no_recurrent_matrix",
                "The matrix is missing that reads the layer's own last state: an "
                "LSTM has one in each layer, H by H for each block.",
                "4 * (D * H + H * H + 2 * H)",
                "4 * (D * H + 2 * H)",
                "4 * (H * H + H * H + 2 * H)",
                "4 * (H * H + 2 * H)",
            ),
            mistake(
                "biases_of_one_block",
                "The biases were counted once a layer. Each of the four blocks has "
                "its own two.",
                "4 * (D * H + H * H + 2 * H)",
                "4 * (D * H + H * H) + 2 * H",
                "4 * (H * H + H * H + 2 * H)",
                "4 * (H * H + H * H) + 2 * H",
            ),
            mistake(
                "no_head",
                "The linear layer on top is missing.",
                " + H * classes + classes",
                "",
            ),
            mistake(
                "head_without_bias",
                "The linear layer on top has a bias for each class, too.",
                " + H * classes + classes",
                " + H * classes",
            ),
            mistake(
                "first_layer_only",
                "Only the first of the layers is counted.",
                "(layers - 1) * other",
                "0 * other",
            ),
            mistake(
                "one_layer_too_many",
                "One layer too many: the first is among the `layers`.",
                "(layers - 1) * other",
                "layers * other",
            ),
            mistake(
                "one_block",
                "That is one block a layer. An LSTM has four: three gates and the "
                "candidate.",
                "4 * (D * H + H * H + 2 * H)",
                "1 * (D * H + H * H + 2 * H)",
                "4 * (H * H + H * H + 2 * H)",
                "1 * (H * H + H * H + 2 * H)",
            ),
            mistake(
                "sizes_exchanged",
                "Width and units have changed places in the first layer.",
                "4 * (D * H + H * H + 2 * H)",
                "4 * (D * H + D * D + 2 * D)",
            ),
            mistake(
                "head_reads_all_layers",
                "The linear layer was counted as if it read the states of all layers. "
                "It reads the last one.",
                "H * classes + classes",
                "layers * H * classes + classes",
            ),
            mistake(
                "head_reads_the_input",
                "The linear layer was counted as if it read a row of the image. It "
                "reads the last state.",
                "H * classes + classes",
                "D * classes + classes",
            ),
            mistake(
                "head_bias_of_units",
                "The linear layer was counted with a bias for each unit. It has one "
                "for each class.",
                "H * classes + classes",
                "H * classes + H",
            ),
            mistake(
                "head_with_two_biases",
                "The linear layer was counted with two biases. Two are kept by "
                "recurrent layers only.",
                "H * classes + classes",
                "H * classes + 2 * classes",
            ),
            mistake(
                "no_biases",
                "The biases of the LSTM layers are missing.",
                "4 * (D * H + H * H + 2 * H)",
                "4 * (D * H + H * H)",
                "4 * (H * H + H * H + 2 * H)",
                "4 * (H * H + H * H)",
            ),
            mistake(
                "upper_layers_read_nothing_below",
                "The upper layers were counted without the matrix that reads the layer "
                "below.",
                "4 * (H * H + H * H + 2 * H)",
                "4 * (H * H + 2 * H)",
            ),
            mistake(
                "a_head_for_each_layer",
                "A linear layer was counted for each recurrent layer. There is one, on "
                "top.",
                "H * classes + classes",
                "layers * (H * classes + classes)",
            ),
            mistake(
                "one_bias_in_the_upper_layers",
                "The upper layers were counted with one bias. In PyTorch each layer "
                "keeps two.",
                "other = 4 * (H * H + H * H + 2 * H)",
                "other = 4 * (H * H + H * H + H)",
            ),
        ),
    )
)


def columns_and_pixels(images):
    """Columns (N, C, R) and pixels (N, R * C, 1) as steps."""
    columns = images.swapaxes(1, 2)
    return columns, images.reshape(len(images), -1, 1)


def _image_cases(rng):
    numbered = np.arange(24.0).reshape(2, 3, 4)
    return [
        Case("two images of 3 x 4 numbered pixels", (numbered,)),
        Case("square images", (rng.normal(size=(5, 4, 4)),)),
        Case("a single image", (rng.normal(size=(1, 5, 3)),)),
    ]


enter(
    Check(
        "images.columns_and_pixels",
        "22-mnist-rows",
        columns_and_pixels,
        "images",
        (("columns", "pixels"),),
        _image_cases,
        (
            mistake(
                "columns_by_reshape",
                "The columns have the right shape and the wrong content: `reshape` "
                "cuts the pixels anew in the order of their storage, and exchanges no "
                "axes.",
                "images.swapaxes(1, 2)",
                "images.reshape(len(images), images.shape[2], -1)",
            ),
            mistake(
                "columns_of_all_axes",
                "The axes are in reverse order, as by `.T`, so that the images stand "
                "last. Images stay first.",
                "images.swapaxes(1, 2)",
                "images.T",
            ),
            mistake(
                "still_rows",
                "The first result still holds the rows as steps.",
                "images.swapaxes(1, 2)",
                "images",
            ),
            mistake(
                "columns_from_the_right",
                "The columns run from right to left.",
                "images.swapaxes(1, 2)",
                "images.swapaxes(1, 2)[:, ::-1]",
            ),
            mistake(
                "columns_turned",
                "The image was turned by a quarter: each column is upside down.",
                "images.swapaxes(1, 2)",
                "images[:, ::-1].swapaxes(1, 2)",
            ),
            mistake(
                "pixels_of_all_images",
                "The pixels of all images stand in one line. Each image is a sequence "
                "of its own.",
                "images.reshape(len(images), -1, 1)",
                "images.reshape(-1, 1)",
            ),
            mistake(
                "one_step",
                "All pixels stand in a single step, so the recurrence would never be "
                "used. The pixels belong on the time axis, one feature each.",
                "images.reshape(len(images), -1, 1)",
                "images.reshape(len(images), 1, -1)",
            ),
            mistake(
                "no_feature_axis",
                "The pixels have no axis for features; a recurrent layer wants three "
                "dimensions, the last of length 1.",
                "images.reshape(len(images), -1, 1)",
                "images.reshape(len(images), -1)",
            ),
            mistake(
                "pixels_by_column",
                "The pixels are read down the columns; they should be read line by "
                "line.",
                "images.reshape(len(images), -1, 1)",
                "columns.reshape(len(images), -1, 1)",
            ),
        ),
    )
)


def shuffled_rows(train, test, seed):
    """Both sets of images with their rows in one random order."""
    order = np.random.default_rng(seed).permutation(train.shape[1])
    return train[:, order], test[:, order]


def _shuffle_cases(rng):
    numbered = np.arange(36.0).reshape(2, 6, 3)
    return [
        Case("images of 6 numbered rows", (numbered, 100 + numbered[:1], 1)),
        Case(
            "square images", (rng.normal(size=(4, 7, 7)), rng.normal(size=(4, 7, 7)), 2)
        ),
        Case("28 rows", (rng.normal(size=(3, 28, 5)), rng.normal(size=(2, 28, 5)), 3)),
    ]


def _order(image, shuffled):
    """Where each row of an image comes from; None if its rows are not whole."""
    equal = (shuffled[:, None] == image).all(axis=2)
    return tuple(equal.argmax(axis=1).tolist()) if equal.any(axis=1).all() else None


def _orders(case, outputs):
    """For both sets, the orders that its images have."""
    return [
        {_order(*pair) for pair in zip(images, outputs[name], strict=True)}
        for name, images in zip(("train", "test"), case.args[:2], strict=True)
    ]


def _known_orders(case):
    """What other mistakes lead to: the rows as they came, and orders of a seed."""
    n = case.args[0].shape[1]
    drawn = [np.random.default_rng(k).permutation(n) for k in (case.args[2], 0)]
    orders = [np.arange(n), *drawn, *map(np.argsort, drawn)]
    return {tuple(order.tolist()) for order in orders} | {None}


def _one_of_another_draw(case, outputs, expected):
    """Every image in one and the same order, which no other mistake leads to."""
    train, test = _orders(case, outputs)
    (order,) = train | test
    return not train & _known_orders(case) and _each_row_once(case, order)


def _each_row_once(case, order):
    return sorted(order) == list(range(case.args[0].shape[1]))


def _rows_again(case, outputs, expected):
    """Whole rows, some of them several times and others not at all."""
    found = set.union(*_orders(case, outputs))
    return None not in found and not any(len(set(one)) == len(one) for one in found)


def _with_replacement(train, test, seed):
    n = train.shape[1]
    rows = np.random.default_rng(seed).integers(0, n, n)
    return train[:, rows], test[:, rows]


def _two_of_another_draw(case, outputs, expected):
    """Each set in an order of its own, which no other mistake leads to."""
    train, test = _orders(case, outputs)
    whole = all(_each_row_once(case, order) for order in train | test if order)
    alone = whole and len(train) == len(test) == 1 and train != test
    return alone and not (train | test) & _known_orders(case)


def _one_for_each_image(case, outputs, expected):
    """The rows are whole, and stand in different orders."""
    sets = _orders(case, outputs)
    found = set.union(*sets) - {None}
    whole = all(_each_row_once(case, order) for order in found)
    return whole and not any(None in orders for orders in sets) and len(sets[0]) > 1


def _columns_torn(case, outputs, expected):
    """Each column holds its numbers, and the rows are not whole."""
    pairs = zip(case.args[:2], (outputs["train"], outputs["test"]), strict=True)
    kept = all(np.array_equal(np.sort(a, 1), np.sort(b, 1)) for a, b in pairs)
    return kept and {None} == set.union(*_orders(case, outputs))


def _images_moved(case, outputs, expected):
    """The images are whole and stand in other places, the test images perhaps not."""
    pairs = list(zip(case.args[:2], (outputs["train"], outputs["test"]), strict=True))
    same = all(
        sorted(a.reshape(len(a), -1).tolist()) == sorted(b.reshape(len(b), -1).tolist())
        for a, b in pairs
    )
    few = len(case.args[0]) < 4  # which may stay where they are by chance
    return same and (few or not np.array_equal(*pairs[0]))


def _permuted_alone(train, test, seed):
    rng = np.random.default_rng(seed)
    return rng.permuted(train, axis=1), rng.permuted(test, axis=1)


def _other_draw(train, test, seed):
    order = np.random.RandomState(seed).permutation(train.shape[1])
    return train[:, order], test[:, order]


def _two_other_draws(train, test, seed):
    rng = np.random.RandomState(seed)
    first = rng.permutation(train.shape[1])
    return train[:, first], test[:, rng.permutation(train.shape[1])]


def _alone(train, test, seed):
    rng = np.random.default_rng(seed)
    return tuple(
        np.stack([one[rng.permutation(len(one))] for one in x]) for x in (train, test)
    )


enter(
    Check(
        "images.shuffled_rows",
        "22-mnist-rows",
        shuffled_rows,
        "train, test, seed",
        (("train", "test"),),
        _shuffle_cases,
        (
            mistake(
                "two_orders",
                "Training and test got two different orders: the generator was asked "
                "twice. A network trained on one would be tested on the other.",
                "order = np.random.default_rng(seed).permutation(train.shape[1])\n"
                "    return train[:, order], test[:, order]",
                "rng = np.random.default_rng(seed)\n"
                "    first = rng.permutation(train.shape[1])\n"
                "    return train[:, first], test[:, rng.permutation(train.shape[1])]",
            ),
            mistake(
                "test_left",
                "The test images keep their natural order; they need the same one.",
                "test[:, order]",
                "test",
            ),
            mistake(
                "columns_permuted",
                "You permuted the columns; rows are the second axis.",
                "permutation(train.shape[1])\n"
                "    return train[:, order], test[:, order]",
                "permutation(train.shape[2])\n"
                "    return train[:, :, order], test[:, :, order]",
            ),
            mistake(
                "images_permuted",
                "You shuffled the images, and left each of them as it was.",
                "permutation(train.shape[1])\n"
                "    return train[:, order], test[:, order]",
                "permutation(len(train))\n"
                "    return train[order], test[order[order < len(test)]]",
                holds=_images_moved,
            ),
            mistake(
                "columns_by_the_number_of_rows",
                "The order has a number for each row, and was used on the columns. "
                "Where an image has fewer columns than rows, that stops; where it has "
                "as many, its columns are mixed.",
                "train[:, order], test[:, order]",
                "train[:, :, order], test[:, :, order]",
            ),
            mistake(
                "a_row_for_each_image",
                "The order has a number for each *image*, and was used on the rows. "
                "So each image keeps as many rows as there are images.",
                "train.shape[1]",
                "len(train)",
            ),
            mistake(
                "an_order_for_each_image",
                "Each image got an order of its own. Then no position means anything. "
                "One order is drawn for all images.",
                _alone,
                holds=_one_for_each_image,
            ),
            mistake(
                "another_draw",
                "All images have one order, as they should, but not the one that the "
                "exercise describes: it was drawn by another generator or in another "
                "way.",
                _other_draw,
                holds=_one_of_another_draw,
            ),
            mistake(
                "two_other_draws",
                "Training and test got two different orders, and neither is the one "
                "that the exercise describes.",
                _two_other_draws,
                holds=_two_of_another_draw,
            ),
            mistake(
                "each_column_by_itself",
                "Each column of an image got an order of its own, so the rows are torn "
                "apart. A row moves as a whole.",
                _permuted_alone,
                holds=_columns_torn,
            ),
            mistake(
                "rows_drawn_again",
                "Rows were drawn one by one, so that some come twice and others not at "
                "all. An order holds each row once.",
                _with_replacement,
                holds=_rows_again,
            ),
            mistake(
                "order_undone",
                "The order is inverted: each row went to the place that the order "
                "names. The row that it names first should come first.",
                "return train[:, order], test[:, order]",
                "back = np.argsort(order)\n    return train[:, back], test[:, back]",
            ),
            mistake(
                "seed_ignored",
                "The seed is not used: the order is always that of seed 0.",
                "default_rng(seed)",
                "default_rng(0)",
            ),
        ),
    )
)


def confusion(labels, guesses, classes):
    """Counts, true class down and named class across, and the recall of each."""
    matrix = np.zeros((classes, classes), dtype=int)
    np.add.at(matrix, (labels, guesses), 1)
    images = matrix.sum(axis=1)
    return matrix, matrix.diagonal() / np.maximum(images, 1)


def _confusion_cases(rng):
    labels = rng.integers(0, 10, size=200)
    guesses = np.where(rng.random(200) < 0.7, labels, rng.integers(0, 10, size=200))
    return [
        Case(
            "six images",
            (np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 2, 2]), 3),
        ),
        Case("200 images", (labels, guesses, 10)),
        Case("a class without images", (np.array([0, 2, 2]), np.array([1, 1, 2]), 4)),
    ]


enter(
    Check(
        "images.confusion",
        "22-mnist-rows",
        confusion,
        "labels, guesses, classes",
        (("matrix", "recall"),),
        _confusion_cases,
        (
            mistake(
                "transposed",
                "The matrix is transposed: true classes should go down and named ones "
                "across. So what you call recall is the precision.",
                "(labels, guesses), 1",
                "(guesses, labels), 1",
            ),
            mistake(
                "precision",
                "The matrix is right. The hits were divided by how often a class was "
                "*named*, which gives the precision. Recall divides by the number of "
                "its images.",
                "matrix.sum(axis=1)",
                "matrix.sum(axis=0)",
            ),
            mistake(
                "share_of_all",
                "The hits are divided by all images; recall is the share among the "
                "images of the class.",
                "np.maximum(images, 1)",
                "len(labels)",
            ),
            mistake(
                "errors",
                "That is the share of the images that was *missed*. Recall is the "
                "share that was recognised.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "1 - matrix.diagonal() / np.maximum(images, 1)",
            ),
            mistake(
                "pairs_counted_once",
                "`matrix[labels, guesses] += 1` counts a pair once, however often it "
                "occurs.",
                "np.add.at(matrix, (labels, guesses), 1)",
                "matrix[labels, guesses] += 1",
            ),
            mistake(
                "normalised",
                "The recall is right. The matrix is to hold counts, not shares.",
                "return matrix, ",
                "return matrix / np.maximum(images, 1)[:, None], ",
            ),
            mistake(
                "nan_for_an_empty_class",
                "For a class without images you divide zero by zero. The exercise "
                "says that its recall is 0.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "np.where(\n"
                "        images > 0, matrix.diagonal() / np.maximum(images, 1), np.nan"
                "\n"
                "    )",
            ),
            mistake(
                "matrix_transposed_only",
                "The recall is right. In the matrix the true classes go across and the "
                "named ones down; they should go the other way.",
                "return matrix, ",
                "return matrix.T, ",
            ),
            mistake(
                "agreement_by_class",
                "That is the share of images for which labels and guesses agree on "
                "whether it is this class. Most images are of other classes, and count "
                "as hits. Recall looks at the images of the class alone.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "(\n"
                "        (labels == np.arange(classes)[:, None])\n"
                "        == (guesses == np.arange(classes)[:, None])\n"
                "    ).mean(axis=1)",
            ),
            mistake(
                "classes_of_the_data",
                "A class that occurs neither among the labels nor among the guesses "
                "has no place in the matrix. There are `classes` of them in any case.",
                "    matrix = ",
                "    found = np.union1d(labels, guesses)\n"
                "    labels, guesses = (np.searchsorted(found, a) for a in "
                "(labels, guesses))\n"
                "    classes = len(found)\n"
                "    matrix = ",
            ),
            mistake(
                "hits_per_miss",
                "The hits were divided by the misses. Recall divides by all images of "
                "the class, hits and misses.",
                "np.maximum(images, 1)",
                "np.maximum(images - matrix.diagonal(), 1)",
            ),
            mistake(
                "hits_not_divided",
                "Those are the numbers of recognised images. Recall is their share "
                "among the images of the class.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "matrix.diagonal()",
            ),
            mistake(
                "normalised_by_what_was_named",
                "The recall is right. The matrix holds counts, and here each column "
                "was divided by its sum.",
                "return matrix, ",
                "return matrix / np.maximum(matrix.sum(axis=0), 1), ",
            ),
            mistake(
                "accuracy",
                "That is one number, the share of all images that were recognised. "
                "Each class has a recall of its own.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "matrix.diagonal().sum() / matrix.sum()",
            ),
            mistake(
                "mistakes_only",
                "The matrix holds the mistakes alone. Images that were recognised "
                "stand on its diagonal.",
                "return matrix, ",
                "return matrix - np.diag(matrix.diagonal()), ",
            ),
            mistake(
                "recall_missing",
                "The matrix is right. The recall is still zero for every class.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "np.zeros(classes)",
            ),
            mistake(
                "one_for_an_empty_class",
                "A class without images has recall 1 here. The exercise says that it "
                "is 0.",
                "matrix.diagonal() / np.maximum(images, 1)",
                "np.where(images > 0, matrix.diagonal() / np.maximum(images, 1), 1.0)",
            ),
            mistake(
                "largest_of_the_line",
                "The matrix is right. For the hits the largest number of each line was "
                "taken, and they stand on the diagonal, whether another is larger or "
                "not.",
                "matrix.diagonal()",
                "matrix.max(axis=1)",
            ),
        ),
    )
)


def paired(a_right, b_right):
    """Wins of either side, and the p-value of an exact sign test."""
    only_a = int((a_right & ~b_right).sum())
    only_b = int((b_right & ~a_right).sum())
    n, few = only_a + only_b, min(only_a, only_b)
    tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n
    return only_a, only_b, min(1.0, 2 * tail)


def _t_test(a_right, b_right):
    from scipy.stats import ttest_rel

    only_a, only_b, _ = paired(a_right, b_right)
    p = ttest_rel(a_right.astype(float), b_right.astype(float)).pvalue
    return only_a, only_b, p if only_a + only_b else 1.0


def _paired_cases(rng):
    a, b = rng.random(300) < 0.95, rng.random(300) < 0.9
    few = np.array([1, 1, 1, 1, 1, 1, 0, 0, 1], dtype=bool)
    less = np.array([0, 0, 0, 0, 1, 1, 0, 1, 1], dtype=bool)
    return [
        Case("nine images", (few, less)),
        Case("300 images", (a, b)),
        Case("the other way round", (b, a)),
        Case("nine images, the other way round", (less, few)),
        Case("two equal networks", (few, few.copy())),
        Case("as many wins on both sides", (few, few[::-1].copy())),
    ]


def _coin_for_every_image(a_right, b_right):
    only_a, only_b, _ = paired(a_right, b_right)
    n, few = len(a_right), min(only_a, len(a_right) - only_a)
    tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n
    return only_a, only_b, min(1.0, 2 * tail)


def _first_or_equal(a_right, b_right):
    only_a, only_b, p = _coin_for_every_image(a_right, b_right)
    return only_a, only_b, p if only_a + only_b else 1.0


enter(
    Check(
        "images.paired",
        "22-mnist-rows",
        paired,
        "a_right, b_right",
        (("only_a", "only_b", "p"),),
        _paired_cases,
        (
            mistake(
                "one_sided",
                "That is the one-sided test: it assumes that you knew beforehand "
                "which network would win.",
                "min(1.0, 2 * tail)",
                "min(1.0, tail)",
            ),
            mistake(
                "not_capped",
                "Where both sides win equally often, twice the tail is more than 1. A "
                "probability is at most 1.",
                "min(1.0, 2 * tail)",
                "2 * tail",
            ),
            mistake(
                "sides_exchanged",
                "The two counts have changed places.",
                "return only_a, only_b,",
                "return only_b, only_a,",
            ),
            mistake(
                "all_right_answers",
                "You counted all right answers of each side. Images that both read "
                "right say nothing about which is better.",
                "int((a_right & ~b_right).sum())",
                "int(a_right.sum())",
                "int((b_right & ~a_right).sum())",
                "int(b_right.sum())",
            ),
            mistake(
                "normal_approximation",
                "That is the normal approximation. With few differences it is off; "
                "the exact test sums the binomial.",
                "tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n",
                "tail = math.erfc((n - 2 * few) / math.sqrt(2 * max(n, 1))) / 2",
            ),
            mistake(
                "of_all_images",
                "The coin is thrown once for each image on which the two *differ*, not "
                "for every image.",
                "n, few = only_a + only_b, min(only_a, only_b)",
                "n, few = len(a_right), min(only_a, only_b)",
            ),
            mistake(
                "first_of_all_images",
                "The wins of the first network were tested as so many out of *all* "
                "images. Only images on which the two differ are throws of the coin.",
                _coin_for_every_image,
            ),
            mistake(
                "first_of_all_unless_equal",
                "The wins of the first network were tested as so many out of *all* "
                "images, but where the two never differ. Only images on which they do "
                "differ are throws of the coin.",
                _first_or_equal,
            ),
            mistake(
                "differences_on_both_sides",
                "Both counts hold all images on which the two differ, whoever is "
                "right.",
                lambda a_right, b_right: ((n := (a_right != b_right).sum()), n, 1.0),
            ),
            mistake(
                "t_test",
                "That is the paired t-test. It takes differences of 0 and 1 for "
                "normal ones; the exact test sums the binomial.",
                _t_test,
            ),
            mistake(
                "agreements_counted",
                "The images were counted that both read right and that both misread. "
                "Those on which the two differ count.",
                lambda a_right, b_right: paired(a_right, ~b_right),
            ),
            mistake(
                "observed_case_left_out",
                "The tail leaves out the count that was observed. The tail is what is "
                "as extreme as this, *or* more.",
                "range(few + 1)",
                "range(few)",
            ),
            mistake(
                "corrected_approximation",
                "That is the normal approximation with a correction for steps. With "
                "few differences it is off as well; the exact test sums the binomial.",
                "tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n",
                "far = max(n - 2 * few - 1, 0)\n"
                "    tail = math.erfc(far / math.sqrt(2 * max(n, 1))) / 2",
            ),
            mistake(
                "corrected_approximation_of_equal_wins",
                "That is the normal approximation with a correction for steps, as "
                "`mcnemar` of statsmodels has it. The exact test sums the binomial; "
                "it is 1 where both win equally often.",
                "tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n",
                "far = abs(n - 2 * few - 1) * (n > 0)\n"
                "    tail = math.erfc(far / math.sqrt(2 * max(n, 1))) / 2",
            ),
            mistake(
                "both_wrong_counted",
                "The images that both misread were counted as wins.",
                "int((a_right & ~b_right).sum())",
                "int((~b_right).sum())",
                "int((b_right & ~a_right).sum())",
                "int((~a_right).sum())",
            ),
            mistake(
                "this_split_only",
                "That is twice the probability of exactly these counts. The tail holds "
                "all that are at least as uneven.",
                "for k in range(few + 1)",
                "for k in [few]",
            ),
            mistake(
                "tail_of_the_first",
                "The tail is always the chance that the first network wins so few, "
                "even where it has won more than the second. Exchanging the two "
                "changes the result.",
                "min(only_a, only_b)\n",
                "only_a\n",
            ),
            mistake(
                "tail_of_the_second",
                "The tail is always the chance that the second network wins so few, "
                "even where it has won more than the first. Exchanging the two changes "
                "the result.",
                "min(only_a, only_b)\n",
                "only_b\n",
            ),
            mistake(
                "zero_where_they_never_differ",
                "Where the two never differ, p is 0, as if one of them were surely "
                "better. Nothing speaks for a difference there.",
                "min(1.0, 2 * tail)",
                "(min(1.0, 2 * tail) if n else 0.0)",
            ),
            mistake(
                "difference_of_right_answers",
                "The numbers of right answers were taken off each other, so that wins "
                "on one side cancel wins on the other. Both are counted.",
                "    n, few",
                "    more = only_a - only_b\n"
                "    only_a, only_b = max(more, 0), max(-more, 0)\n"
                "    n, few",
            ),
        ),
        tolerance=1e-9,
    )
)


def decided(logits, labels):
    """Mean probability of the truth by row, and rows until an answer stays right."""
    T, rows = logits.shape[1], np.arange(len(labels))
    p = np.exp(logits - logits.max(axis=2, keepdims=True))
    p = p / p.sum(axis=2, keepdims=True)
    right = logits.argmax(axis=2) == labels[:, None]
    stays = np.minimum.accumulate(right[:, ::-1], axis=1).sum(axis=1)
    return p[rows, :, labels].mean(axis=0), T + 1 - stays


def _decided_cases(rng):
    labels = rng.integers(0, 4, size=6)
    logits = rng.normal(size=(6, 5, 4))
    logits[0, :, labels[0]] += 9  # right from the first row on
    logits[1, 2:, labels[1]] += 9
    logits[2, :2, labels[2]] += 9  # right, and lost again
    logits[2, 2:, labels[2]] -= 9
    logits[3, [0, 3, 4], labels[3]] += 9  # right, wrong, right
    logits[3, 1, labels[3]] -= 9
    square = rng.normal(size=(4, 4, 4)), rng.integers(0, 4, size=4)
    return [
        Case("six images, five rows", (logits, labels)),
        Case("as many images as rows and classes", square),
        Case(
            "large logits",
            (300 * rng.normal(size=(5, 6, 3)), np.array([0, 1, 2, 0, 1])),
        ),
    ]


enter(
    Check(
        "images.decided",
        "22-mnist-rows",
        decided,
        "logits, labels",
        (("probability", "rows"),),
        _decided_cases,
        (
            mistake(
                "first_time_right",
                "Those are the rows until the answer is right for the *first* time. "
                "It may be lost again; the exercise asks when it is right for good.",
                "stays = np.minimum.accumulate(right[:, ::-1], axis=1).sum(axis=1)",
                "stays = np.maximum.accumulate(right, axis=1).sum(axis=1)",
            ),
            mistake(
                "counted_from_zero",
                "One row short: an answer after the first row has read one row, not "
                "none.",
                "T + 1 - stays",
                "T - stays",
            ),
            mistake(
                "rows_right",
                "You took off all rows on which the answer is right, also those "
                "before the last wrong answer. Only the right answers after it count.",
                "stays = np.minimum.accumulate(right[:, ::-1], axis=1).sum(axis=1)",
                "stays = right.sum(axis=1)",
            ),
            mistake(
                "confidence",
                "That is the mean of the *largest* probability. The probability of "
                "the true class is wanted.",
                "p[rows, :, labels].mean(axis=0)",
                "p.max(axis=2).mean(axis=0)",
            ),
            mistake(
                "accuracy",
                "That is the accuracy after each row. The mean probability of the "
                "true class is wanted.",
                "p[rows, :, labels].mean(axis=0)",
                "right.mean(axis=0)",
            ),
            mistake(
                "softmax_over_rows",
                "The softmax runs over the rows; after each row the probabilities of "
                "the classes should sum to one.",
                "p / p.sum(axis=2, keepdims=True)",
                "p / p.sum(axis=1, keepdims=True)",
                "logits.max(axis=2, keepdims=True)",
                "logits.max(axis=1, keepdims=True)",
            ),
            mistake(
                "all_labels_for_all",
                "For each image the probabilities of the true classes of *all* images "
                "were taken. Each image has one, its own.",
                "p[rows, :, labels].mean(axis=0)",
                "p[:, :, labels].mean(axis=0)",
            ),
            mistake(
                "right_at_the_beginning",
                "The right answers at the beginning were counted, up to the first "
                "wrong one. Those at the *end* count.",
                "right[:, ::-1], axis=1",
                "right, axis=1",
            ),
            mistake(
                "no_softmax",
                "Logits are no probabilities: the softmax is missing.",
                "p[rows, :, labels].mean(axis=0)",
                "logits[rows, :, labels].mean(axis=0)",
            ),
            mistake(
                "mean_over_rows",
                "The mean runs over the rows and gives a number for each image. It "
                "should run over the images and give a number for each row.",
                "p[rows, :, labels].mean(axis=0)",
                "p[rows, :, labels].mean(axis=1)",
            ),
            mistake(
                "never_is_the_last_row",
                "Where the last answer is wrong, the number is that of the last row. "
                "It should be one more, to tell the two apart.",
                "T + 1 - stays",
                "np.minimum(T + 1 - stays, T)",
            ),
            mistake(
                "never_is_minus_one",
                "Where the last answer is wrong you return -1. The exercise wants one "
                "more than there are rows.",
                "T + 1 - stays",
                "np.where(stays > 0, T + 1 - stays, -1)",
            ),
            mistake(
                "never_is_zero",
                "Where the last answer is wrong you return 0. The exercise wants one "
                "more than there are rows.",
                "T + 1 - stays",
                "np.where(stays > 0, T + 1 - stays, 0)",
            ),
            mistake(
                "index_of_the_row",
                "The rows are numbered from zero where the answer stays right. The "
                "exercise counts how many have been read: one after the first.",
                "T + 1 - stays",
                "np.where(stays > 0, T - stays, T + 1)",
            ),
            mistake(
                "rows_that_stay_right",
                "Those are the rows at the end on which the answer is right. The "
                "exercise asks how many had been read when that began.",
                "T + 1 - stays",
                "stays",
            ),
            mistake(
                "logarithms_averaged",
                "The mean was taken of the logarithms of the probabilities. The "
                "exercise averages the probabilities themselves.",
                "p[rows, :, labels].mean(axis=0)",
                "np.log(p[rows, :, labels]).mean(axis=0)",
            ),
            mistake(
                "one_for_each_image",
                "The probability of the truth is there for each image and row. Its "
                "mean over the images is wanted.",
                "p[rows, :, labels].mean(axis=0)",
                "p[rows, :, labels]",
            ),
            mistake(
                "one_shift_for_all",
                "The largest logit of all images and rows was taken off. An answer "
                "whose logits are all far smaller becomes zero divided by zero.",
                "logits.max(axis=2, keepdims=True)",
                "logits.max()",
            ),
            mistake(
                "last_answer_whatever_it_is",
                "Those are the rows until the last answer is found and kept, also "
                "where it is wrong.",
                "logits.argmax(axis=2) == labels[:, None]",
                "logits.argmax(axis=2) == logits[:, -1:].argmax(axis=2)",
            ),
        ),
    )
)


def patches(images, p):
    """Squares of p x p pixels as steps, line by line: (N, steps, p * p)."""
    N, R, C = images.shape
    cut = images.reshape(N, R // p, p, C // p, p)
    return cut.transpose(0, 1, 3, 2, 4).reshape(N, -1, p * p)


def _as_if_square(images, p):
    N, R, _ = images.shape
    places = [(i, j) for i in range(0, R, p) for j in range(0, R, p)]
    cut = [images[:, i : i + p, j : j + p].reshape(N, -1) for i, j in places]
    return np.stack(cut, axis=1)


def _patch_cases(rng):
    numbered = np.arange(32.0).reshape(2, 4, 4)
    return [
        Case("4 x 4 numbered pixels, patches of 2", (numbered, 2)),
        Case("images of 4 x 6, patches of 2", (rng.normal(size=(3, 4, 6)), 2)),
        Case("images of 9 x 6, patches of 3", (rng.normal(size=(2, 9, 6)), 3)),
        Case("28 x 28, patches of 4", (rng.normal(size=(2, 28, 28)), 4)),
    ]


enter(
    Check(
        "images.patches",
        "22-mnist-rows",
        patches,
        "images, p",
        ("patches",),
        _patch_cases,
        (
            mistake(
                "plain_reshape",
                "A plain `reshape` cuts each *line* into pieces. A square patch takes "
                "pixels from several lines.",
                "cut.transpose(0, 1, 3, 2, 4).reshape",
                "cut.reshape",
            ),
            mistake(
                "by_column",
                "The patches follow each other down the columns; they should follow "
                "each other line by line, as words on a page.",
                "transpose(0, 1, 3, 2, 4)",
                "transpose(0, 3, 1, 2, 4)",
            ),
            mistake(
                "turned_within",
                "Within each patch the pixels are read down the columns.",
                "transpose(0, 1, 3, 2, 4)",
                "transpose(0, 1, 3, 4, 2)",
            ),
            mistake(
                "both_turned",
                "Patches and pixels are both read down the columns: the whole image is "
                "transposed.",
                "transpose(0, 1, 3, 2, 4)",
                "transpose(0, 3, 1, 4, 2)",
            ),
            mistake(
                "axes_exchanged",
                "Steps and features have changed places: there are p x p steps, and "
                "each takes one pixel from every patch.",
                "cut.transpose(0, 1, 3, 2, 4).reshape(N, -1, p * p)",
                "cut.transpose(0, 2, 4, 1, 3).reshape(N, p * p, -1)",
            ),
            mistake(
                "overlapping",
                "The patches overlap: each begins one pixel after the one before. They "
                "should lie side by side, so that each pixel stands in one of them.",
                lambda images, p: (
                    np.lib.stride_tricks.sliding_window_view(images, (p, p), (1, 2))
                ).reshape(len(images), -1, p * p),
            ),
            mistake(
                "steps_first",
                "The steps stand in the first axis and the images in the second. "
                "Images come first.",
                "cut.transpose(0, 1, 3, 2, 4).reshape(N, -1, p * p)",
                "cut.transpose(1, 3, 0, 2, 4).reshape(-1, N, p * p)",
            ),
            mistake(
                "one_long_line_of_patches",
                "The patches of all images stand in one line. Each image is a sequence "
                "of its own.",
                ".reshape(N, -1, p * p)",
                ".reshape(-1, p * p)",
            ),
            mistake(
                "as_if_square",
                "It is right for square images. Otherwise the columns were counted as "
                "if there were as many as rows.",
                _as_if_square,
            ),
            mistake(
                "lines_of_different_patches",
                "A step holds lines of several patches: two axes were exchanged, but "
                "not the two that stand between a patch and its neighbour.",
                "cut.transpose(0, 1, 3, 2, 4)",
                "cut.transpose(0, 3, 2, 1, 4)",
            ),
            mistake(
                "pixels_far_apart",
                "A step holds pixels that lie far apart: each axis was cut into `p` "
                "parts. It is cut into parts of `p` pixels.",
                "images.reshape(N, R // p, p, C // p, p)",
                "images.reshape(N, p, R // p, p, C // p)",
                "cut.transpose(0, 1, 3, 2, 4)",
                "cut.transpose(0, 2, 4, 1, 3)",
            ),
            mistake(
                "averaged",
                "Each patch is averaged into one number. All its pixels are wanted.",
                "cut.transpose(0, 1, 3, 2, 4).reshape(N, -1, p * p)",
                "cut.mean(axis=(2, 4)).reshape(N, -1, 1)",
            ),
            mistake(
                "patch_not_flat",
                "The patches are squares still. A step wants its features in one line.",
                ".reshape(N, -1, p * p)",
                ".reshape(N, -1, p, p)",
            ),
            mistake(
                "cut_once",
                "Only the lines of the image were cut: each step is a strip that goes "
                "all the way across.",
                "cut.transpose(0, 1, 3, 2, 4).reshape(N, -1, p * p)",
                "images.reshape(N, R // p, p * C)",
            ),
            mistake(
                "patches_backwards",
                "The patches come in reverse order, the last of the page first.",
                ".reshape(N, -1, p * p)",
                ".reshape(N, -1, p * p)[:, ::-1]",
            ),
            mistake(
                "p_pieces",
                "Each side was cut into p pieces. It should be cut into pieces of p "
                "pixels.",
                "images.reshape(N, R // p, p, C // p, p)",
                "images.reshape(N, p, R // p, p, C // p)",
            ),
            mistake(
                "place_before_patch",
                "Each step gathers pixels of several patches: the axes of the place "
                "within a patch stand before those that say which patch it is.",
                "cut.transpose(0, 1, 3, 2, 4)",
                "cut.transpose(0, 2, 4, 1, 3)",
            ),
        ),
    )
)


def committee(logits):
    """What networks name that average their probabilities."""
    p = np.exp(logits - logits.max(axis=2, keepdims=True))
    p = p / p.sum(axis=2, keepdims=True)
    return p.mean(axis=0).argmax(axis=1)


def _unshifted(axis):
    """With a softmax over a wrong axis, and exponentials that may overflow."""

    def committee(logits):
        with np.errstate(all="ignore"):
            p = np.exp(logits)
            return (p / p.sum(axis=axis, keepdims=True)).mean(axis=0).argmax(axis=1)

    return committee


def _committee_cases(rng):
    # Two members doubt, a third is sure: the mean of probabilities follows the third.
    sure = np.array([[[0.3, 0.0, -9]], [[0.3, 0.0, -9]], [[-9, 6, 0.0]]])
    # One large logit outweighs in the mean of logits, and not among probabilities.
    loud = np.array([[[40.0, 0, 0]], [[0, 8.0, 0]], [[0, 8.0, 0]]])
    product = np.array([[[0.0, -0.2, -30]], [[0, -0.2, 0.1]]])
    spread = rng.normal(size=(3, 8, 4)) + 1000 * (np.arange(8) % 2)[:, None]
    return [
        Case("one member is sure", (sure,)),
        Case("one member is loud", (loud,)),
        Case("one member rules out", (product,)),
        Case("five members, 200 images", (3 * rng.normal(size=(5, 200, 10)),)),
        Case("large logits", (800 + rng.normal(size=(3, 50, 4)),)),
        Case("images of very different size", (spread,)),
    ]


enter(
    Check(
        "images.committee",
        "22-mnist-rows",
        committee,
        "logits",
        ("guesses",),
        _committee_cases,
        (
            mistake(
                "majority",
                "Each network has one voice: that is a vote. Averaging lets a network "
                "that is sure outweigh two that doubt.",
                "p.mean(axis=0).argmax(axis=1)",
                "(p == p.max(axis=2, keepdims=True)).sum(axis=0).argmax(axis=1)",
            ),
            mistake(
                "mean_of_logits",
                "That is the mean of the logits, or, which names the same digits, the "
                "product of the probabilities. One network with large logits decides "
                "for all then. The exercise averages probabilities.",
                "p.mean(axis=0).argmax(axis=1)",
                "logits.mean(axis=0).argmax(axis=1)",
            ),
            mistake(
                "most_confident",
                "The most confident network decides alone: that is the largest "
                "probability, not the mean.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.max(axis=0).argmax(axis=1)",
            ),
            mistake(
                "first_alone",
                "The first network decides alone.",
                "p.mean(axis=0).argmax(axis=1)",
                "p[0].argmax(axis=1)",
            ),
            mistake(
                "softmax_over_networks",
                "The softmax runs over the networks; for each of them the "
                "probabilities of the classes should sum to one.",
                "logits.max(axis=2, keepdims=True)",
                "logits.max(axis=0, keepdims=True)",
                "p / p.sum(axis=2, keepdims=True)",
                "p / p.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "probabilities_returned",
                "Those are the mean probabilities; the class with the largest one is "
                "wanted, for each image.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.mean(axis=0)",
            ),
            mistake(
                "softmax_overflows",
                "The exponential of a large logit overflows to infinity, and infinity "
                "divided by infinity is not a number, which names class 0. Taking the "
                "same number off all logits of an answer leaves its probabilities as "
                "they are.",
                "p = np.exp(logits - logits.max(axis=2, keepdims=True))",
                "p = np.where(\n"
                "        logits > 709, np.inf, np.exp(np.minimum(logits, 709))\n"
                "    )",
                "p = p / p.sum(axis=2, keepdims=True)",
                "with np.errstate(invalid='ignore'):\n"
                "        p = p / p.sum(axis=2, keepdims=True)",
            ),
            mistake(
                "one_shift_for_all",
                "The largest logit of *all* images was taken off. Where another image "
                "has far smaller ones, only zeros are left.",
                "logits.max(axis=2, keepdims=True)",
                "logits.max()",
            ),
            mistake(
                "mean_over_classes",
                "The mean was taken over the classes of each answer, which gives one "
                "divided by their number. It should run over the networks.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.mean(axis=2).argmax(axis=0)",
            ),
            mistake(
                "mean_over_images",
                "The mean was taken over the images, so there is an answer for each "
                "network. It should run over the networks.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.mean(axis=1).argmax(axis=1)",
            ),
            mistake(
                "median",
                "The median of the probabilities was taken. One network that is sure "
                "has no more weight in it than any other.",
                "p.mean(axis=0)",
                "np.median(p, axis=0)",
            ),
            mistake(
                "softmax_over_images",
                "The softmax runs over the images. The probabilities of the classes "
                "should sum to one for each image.",
                "logits.max(axis=2, keepdims=True)",
                "logits.max(axis=1, keepdims=True)",
                "p / p.sum(axis=2, keepdims=True)",
                "p / p.sum(axis=1, keepdims=True)",
            ),
            mistake(
                "softmax_over_networks_overflows",
                "The softmax runs over the networks; for each of them the "
                "probabilities of the classes should sum to one. And the exponential "
                "of a large logit overflows.",
                _unshifted(axis=0),
            ),
            mistake(
                "softmax_over_images_overflows",
                "The softmax runs over the images; for each of them the probabilities "
                "of the classes should sum to one. And the exponential of a large "
                "logit overflows.",
                _unshifted(axis=1),
            ),
            mistake(
                "softmax_over_everything",
                "One sum was taken over all networks, images and classes. The "
                "probabilities of the classes should sum to one, for each network and "
                "image.",
                "logits.max(axis=2, keepdims=True)",
                "logits.max()",
                "p.sum(axis=2, keepdims=True)",
                "p.sum()",
            ),
            mistake(
                "each_network_by_itself",
                "There is an answer from each network. The committee gives one for "
                "each image.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.argmax(axis=2)",
            ),
            mistake(
                "least_likely",
                "The class with the smallest mean probability was named.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.mean(axis=0).argmin(axis=1)",
            ),
            mistake(
                "image_for_each_class",
                "For each class the image was found that fits it best. The question is "
                "which class fits each image.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.mean(axis=0).argmax(axis=0)",
            ),
            mistake(
                "largest_logit",
                "The class of the largest logit was named, whichever network gave it. "
                "Logits of different networks are on different scales.",
                "p.mean(axis=0).argmax(axis=1)",
                "logits.max(axis=0).argmax(axis=1)",
            ),
            mistake(
                "last_alone",
                "The last network decides alone.",
                "p.mean(axis=0).argmax(axis=1)",
                "p[-1].argmax(axis=1)",
            ),
            mistake(
                "mean_of_answers",
                "The numbers of the digits were averaged. Between a 1 and a 7 lies no "
                "4.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.argmax(axis=2).mean(axis=0).round()",
            ),
            mistake(
                "largest_probability_returned",
                "Those are the largest mean probabilities. The digits that have them "
                "are wanted.",
                "p.mean(axis=0).argmax(axis=1)",
                "p.mean(axis=0).max(axis=1)",
            ),
            mistake(
                "not_normalised",
                "The exponentials were averaged before they were probabilities. A "
                "network with large logits then outweighs all others.",
                "p = p / p.sum(axis=2, keepdims=True)",
                "p = np.exp(logits - logits.max(axis=(0, 2), keepdims=True))",
            ),
            mistake(
                "median_of_logits",
                "The median of the logits was taken for each class. The committee "
                "takes the mean of the *probabilities*, in which a sure network counts "
                "for more.",
                "p.mean(axis=0).argmax(axis=1)",
                "np.median(logits, axis=0).argmax(axis=1)",
            ),
            mistake(
                "not_divided_by_the_sum",
                "Exponentials were averaged that were not divided by their sum: the "
                "best class of each network counts one, be it sure or in doubt.",
                "    p = p / p.sum(axis=2, keepdims=True)\n",
                "",
            ),
        ),
    )
)

taught_in(
    {
        "images.stacked_parameters": "The classic network",
        "images.columns_and_pixels": "What is the order worth?",
        "images.shuffled_rows": "What is the order worth?",
        "images.confusion": "Two kinds of luck",
        "images.paired": "LSTM or GRU?",
        "images.decided": "Belief by row",
        "images.patches": "What is the order worth?",
        "images.committee": "Belief by row",
    }
)
