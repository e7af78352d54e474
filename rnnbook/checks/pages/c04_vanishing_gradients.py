"""Checks of 04-vanishing-gradients: factors, norms and other cells."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.guard import Unreadable
from rnnbook.checks.pages._cells import (
    DW_HH_FROM_NEW_STATE,
    RNN_BACK,
    SIZES,
    gradients,
)
from rnnbook.checks.pages.c03_bptt import SUMMED_FIRST


def clip(grads, max_norm):
    """As :func:`rnnbook.optim.clip_grad_norm`, and returns new gradients."""
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = min(1, max_norm / norm)
    return {name: g * factor for name, g in grads.items()}


def _clip_cases(rng):
    def grads(scale):
        shapes = {"W_xh": (2, 3), "W_hh": (3, 3), "b_h": (3,)}
        return {name: scale * rng.normal(size=s) for name, s in shapes.items()}

    return [
        Case("a large norm", (grads(4), 1.0)),
        Case("a small norm", (grads(0.01), 1.0)),
        Case("another bound", (grads(2), 0.25)),
        Case("one array larger than the bound", (grads(1) | {"b_h": np.ones(3)}, 2.0)),
    ]


def _clip_each(grads, max_norm):
    norms = {name: np.sqrt((g**2).sum()) for name, g in grads.items()}
    return {n: g * min(1, max_norm / norms[n]) for n, g in grads.items()}


enter(
    Check(
        "training.clip",
        "04-vanishing-gradients",
        clip,
        "grads, max_norm",
        (
            {"W_xh": "dW_xh", "W_hh": "dW_hh", "b_h": "db_h"},
            ("dW_xh", "dW_hh", "db_h"),
            ({"W_xh": "dW_xh", "W_hh": "dW_hh", "b_h": "db_h"}, "*norm"),
        ),
        _clip_cases,
        (
            mistake(
                "each_array",
                "Each array is clipped by its own norm. The norm of all of them "
                "together decides; otherwise the direction of the step changes.",
                _clip_each,
            ),
            mistake(
                "by_value",
                "The entries are clipped one by one, which bends the direction of the "
                "gradient. Clipping by norm scales all of them by one factor.",
                lambda grads, max_norm: {
                    name: g.clip(-max_norm, max_norm) for name, g in grads.items()
                },
            ),
            mistake(
                "always_scaled",
                "Small gradients are blown up to the bound. Clipping only shrinks: "
                "below the bound nothing changes.",
                "min(1, max_norm / norm)",
                "max_norm / norm",
            ),
            mistake(
                "root_missing",
                "The root is missing: that is the square of the norm.",
                "np.sqrt(sum((g**2).sum() for g in grads.values()))",
                "sum((g**2).sum() for g in grads.values())",
            ),
            mistake(
                "not_multiplied_by_bound",
                "Clipped gradients have norm one, whatever the bound.",
                "min(1, max_norm / norm)",
                "1 if norm <= max_norm else 1 / norm",
            ),
            mistake(
                "absolute_sum",
                "The norm is a sum of absolute values; clipping uses the Euclidean "
                "norm, with squares and a root.",
                "np.sqrt(sum((g**2).sum() for g in grads.values()))",
                "sum(np.abs(g).sum() for g in grads.values())",
            ),
            mistake(
                "not_clipped",
                "The gradients come back as they were, however large.",
                "g * factor",
                "g * 1",
            ),
        ),
    )
)


def steps_until(factor, floor):
    """After how many steps, each of which multiplies, the floor is passed."""
    k = 0
    while factor**k >= floor:
        k += 1
    return k


UNTIL = "k = 0\n    while factor**k >= floor:\n        k += 1\n    return k"


def _until_cases(rng):
    pairs = [(0.9, 1e-3), (0.5, 0.25), (0.5, 0.3), (0.99, 1e-8), (0.2, 0.9)]
    pairs.append((float(rng.uniform(0.3, 0.95)), float(rng.uniform(1e-6, 1e-2))))
    return [Case(f"factor {f:.2g}, floor {e:.2g}", (f, e)) for f, e in pairs]


enter(
    Check(
        "vanishing.steps_until",
        "04-vanishing-gradients",
        steps_until,
        "factor, floor",
        ("steps",),
        _until_cases,
        (
            mistake(
                "reached_is_not_below",
                "At the step you give, the factor has just reached the floor. The "
                "first step at which it is *below* is wanted.",
                ">= floor",
                "> floor",
            ),
            mistake(
                "one_short",
                "One step short: after the steps you give, the factor is not yet "
                "below the floor. Rounding the quotient of the logarithms down leads "
                "to this, and so does a count that begins one step late.",
                "return k",
                "return k - 1",
            ),
            mistake(
                "one_too_many",
                "One step too many: the factor was below the floor a step earlier.",
                "return k",
                "return k + 1",
            ),
            mistake(
                "loss_added_up",
                "A loss of `1 - factor` is taken off at every step. The factor "
                "multiplies: ten steps are its tenth power.",
                "factor**k >= floor",
                "1 - k * (1 - factor) >= floor",
            ),
            mistake(
                "slope_squared",
                "The factor enters twice at every step, as if it were squared.",
                "factor**k",
                "factor ** (2 * k)",
            ),
            mistake(
                "not_whole",
                "That is not a whole number. Steps are counted: the first whole one at "
                "which the factor is below.",
                UNTIL,
                "return np.log(floor) / np.log(factor)",
            ),
            mistake(
                "rounded",
                "The logarithms were divided and the result rounded to the nearest "
                "whole number. Where that is rounding down, the factor is not yet "
                "below.",
                UNTIL,
                "return round(np.log(floor) / np.log(factor))",
            ),
            mistake(
                "one_too_many_but_at_equality",
                "One step too many, but where a step just reaches the floor. The "
                "first step *below* the floor is wanted, and no further one.",
                UNTIL,
                UNTIL.replace(">= floor", "> floor").replace(
                    "return k", "return k + 1"
                ),
            ),
            mistake(
                "one_short_two_at_equality",
                "One step short, and two where a step just reaches the floor.",
                UNTIL,
                UNTIL.replace(">= floor", "> floor").replace(
                    "return k", "return k - 1"
                ),
            ),
            mistake(
                "rounded_and_one_more",
                "The quotient of the logarithms was rounded to the nearest whole "
                "number, and one added. Where it was rounded up, that is one too many.",
                UNTIL,
                "return round(np.log(floor) / np.log(factor)) + 1",
            ),
            mistake(
                "factor_subtracted",
                "The factor itself was taken off at every step. It multiplies.",
                "factor**k >= floor",
                "1 - k * factor >= floor",
            ),
            mistake(
                "what_is_left",
                "That is what is left, and not after how many steps.",
                UNTIL,
                UNTIL.replace("return k", "return factor**k"),
            ),
            mistake(
                "floor_divided_by_factor",
                "The floor was divided by the factor. A product of many factors needs "
                "logarithms, or a loop.",
                UNTIL,
                "return int(floor / factor)",
            ),
            mistake(
                "logarithm_of_the_floor_alone",
                "The logarithm of the floor was divided by the factor. The factor "
                "needs its logarithm, too.",
                UNTIL,
                "return int(-np.log(floor) / factor) + 1",
            ),
            mistake(
                "sum_of_the_powers",
                "What is left was added up over the steps. A gradient after `k` steps "
                "is the `k`-th power alone.",
                "k = 0\n    while factor**k >= floor:",
                "k = 1\n    while factor**k / (1 - factor) >= floor:",
            ),
            mistake(
                "two_too_many",
                "Two steps too many: two steps earlier the factor was below the floor.",
                "return k",
                "return k + 2",
            ),
            mistake(
                "negative",
                "The number of steps is negative: a minus sign does not belong there. "
                "Both logarithms are negative, so their quotient is not.",
                "return k",
                "return -k",
            ),
            mistake(
                "upside_down",
                "The two logarithms have changed places.",
                UNTIL,
                "return int(np.log(factor) / np.log(floor)) + 1",
            ),
        ),
    )
)


def with_radius(W, rho):
    """A copy of W with spectral radius rho."""
    return W * (rho / np.abs(np.linalg.eigvals(W)).max())


def _is_multiple(case, outputs, expected):
    """Whether it is W times one number, and not the right one."""
    W, mine = case.args[0], outputs["W"]
    factor = (W * mine).sum() / (W * W).sum()
    wrong = not np.allclose(mine, expected["W"])
    return factor != 0 and wrong and np.allclose(mine, factor * W)


def _is_no_multiple(case, outputs, expected):
    W, mine = case.args[0], outputs["W"]
    if mine.shape != W.shape:
        return False
    return not np.allclose(mine, (W * mine).sum() / (W * W).sum() * W)


def _real(function):
    """Says of a complex result where its imaginary part comes from."""

    def scaled(W, rho):
        found = function(W, rho)
        if isinstance(found, np.ndarray) and np.imag(found).any():
            raise Unreadable(
                "`W` came back complex. The eigenvalues of a real matrix may be "
                "complex, and they were used as they are: it is their modulus, the "
                "distance from zero, that counts."
            )
        return found

    return scaled


def _radius_cases(rng):
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    jordan = np.array([[0.5, 4.0], [0.0, -0.5]])
    return [
        Case("a random matrix", (rng.normal(size=(6, 6)), 1.5)),
        Case("a rotation, whose eigenvalues are imaginary", (turn, 0.9)),
        Case("a matrix far from symmetric", (jordan, 1.0)),
        Case("a negative eigenvalue", (np.diag([0.2, -3.0]), 1.2)),
    ]


enter(
    Check(
        "vanishing.with_radius",
        "04-vanishing-gradients",
        with_radius,
        "W, rho",
        ("W",),
        _radius_cases,
        (
            mistake(
                "norm_for_radius",
                "The spectral *norm* (the largest singular value) was set to rho. The "
                "spectral radius is the largest modulus of an eigenvalue, and is "
                "smaller for most matrices.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.norm(W, 2)",
            ),
            mistake(
                "frobenius_norm",
                "The root of the sum of all squares (the Frobenius norm, NumPy's "
                "default for a matrix) was set to rho, not the spectral radius.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.norm(W)",
            ),
            mistake(
                "real_part",
                "You took the largest real part of the eigenvalues. They may be "
                "complex or negative, and it is their modulus that counts.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.eigvals(W).real.max()",
            ),
            mistake(
                "imaginary_part_dropped",
                "W was divided by an eigenvalue as it is, a complex number, and the "
                "imaginary part of the result was dropped. It is the modulus of an "
                "eigenvalue that counts.",
                "W * (rho / np.abs(np.linalg.eigvals(W)).max())",
                "(W * (rho / np.linalg.eigvals(W).max())).real",
            ),
            mistake(
                "not_divided",
                "W was multiplied by rho, but not divided by the radius it had.",
                "(rho / np.abs(np.linalg.eigvals(W)).max())",
                "rho",
            ),
            mistake(
                "largest_entry",
                "The largest entry of W was set to rho. Entries say little about what "
                "repeated products do.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(W).max()",
            ),
            mistake(
                "radius_one",
                "The result has spectral radius one, whatever rho is.",
                "rho / np",
                "1 / np",
            ),
            mistake(
                "modulus_of_one_eigenvalue",
                "The modulus was taken of one eigenvalue, the one that `max` picks "
                "from complex numbers, which goes by the real part. Take all moduli, "
                "and then the largest.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W).max())",
            ),
            mistake(
                "size_of_the_real_part",
                "The eigenvalues lost their imaginary parts before their size was "
                "taken. A rotation has nothing left then.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W).real).max()",
            ),
            mistake(
                "as_if_symmetric",
                "The eigenvalues are those of a symmetric matrix: `eigvalsh` looks at "
                "one half of W only.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvalsh(W)).max()",
            ),
            mistake(
                "upside_down",
                "The factor is upside down: the larger the radius that is wanted, the "
                "smaller the result.",
                "rho / np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W)).max() / rho",
            ),
            mistake(
                "factor_alone",
                "That is the factor by which W has to be multiplied, and not yet the "
                "matrix.",
                lambda W, rho: rho / np.abs(np.linalg.eigvals(W)).max(),
            ),
            mistake(
                "one_number",
                "A single number came back. W itself is wanted, scaled.",
                lambda W, rho: np.abs(np.linalg.eigvals(W)).max(),
                holds=lambda case, outputs, expected: outputs["W"].ndim == 0,
            ),
            mistake(
                "another_radius",
                "W was multiplied by one number, as is right, but its radius comes out "
                "as something else than rho.",
                lambda W, rho: W * rho / np.abs(W).sum(),
                holds=_is_multiple,
            ),
            mistake(
                "no_multiple",
                "What came back is no multiple of W. One factor scales the whole "
                "matrix, and with it all eigenvalues.",
                lambda W, rho: W + rho * np.eye(len(W)),
                holds=_is_no_multiple,
            ),
            mistake(
                "square_of_the_norm",
                "W was divided by the largest eigenvalue of `W.T @ W`, which is the "
                "square of the spectral norm. The radius belongs to W itself.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.norm(W, 2) ** 2",
            ),
            mistake(
                "square_of_the_radius",
                "W was divided by the square of its radius.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W)).max() ** 2",
            ),
            mistake(
                "root_of_the_radius",
                "W was divided by the root of its radius.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W)).max() ** 0.5",
            ),
            mistake(
                "sum_of_moduli",
                "The moduli of all eigenvalues were added up. The largest one is the "
                "spectral radius.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W)).sum()",
            ),
            mistake(
                "multiplied_by_radius",
                "W was multiplied by the radius it had. Dividing by it gives a matrix "
                "of radius one.",
                "rho / np.abs",
                "rho * np.abs",
            ),
            mistake(
                "divided_by_radius_and_rho",
                "The result has a radius of one over rho: W was divided by rho, too.",
                "(rho / np.abs(np.linalg.eigvals(W)).max())",
                "(1 / rho / np.abs(np.linalg.eigvals(W)).max())",
            ),
            mistake(
                "smallest_eigenvalue",
                "The smallest eigenvalue was brought to rho. In the long run the "
                "largest decides.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W)).min()",
            ),
            mistake(
                "first_eigenvalue",
                "The first eigenvalue was set to rho. They are in no order; the "
                "largest modulus counts.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W))[0]",
            ),
            mistake(
                "columns_scaled",
                "Every column was scaled by its own length. All of W gets one factor.",
                "(rho / np.abs(np.linalg.eigvals(W)).max())",
                "(rho / np.linalg.norm(W, axis=0))",
            ),
            mistake(
                "mean_modulus",
                "The mean of the moduli was set to rho. The largest one is the "
                "spectral radius.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(np.linalg.eigvals(W)).mean()",
            ),
        ),
        wrap=_real,
    )
)


def _squared_each_time(W, k):
    product = W
    for _ in range(k - 1):
        product = product @ product
    return np.linalg.norm(product, 2)


def worst_growth(W, k):
    """By how much k linear steps can lengthen a vector at the most."""
    return np.linalg.norm(np.linalg.matrix_power(W, k), 2)


def _growth_cases(rng):
    jordan = np.array([[0.5, 4.0], [0.0, 0.5]])
    return [
        Case("a matrix far from symmetric", (jordan, 3)),
        Case("one step", (rng.normal(size=(4, 4)), 1)),
        Case("five steps", (rng.normal(size=(4, 4)), 5)),
        Case("a diagonal matrix", (np.diag([0.9, -1.1]), 2)),
    ]


enter(
    Check(
        "vanishing.worst_growth",
        "04-vanishing-gradients",
        worst_growth,
        "W, k",
        ("growth",),
        _growth_cases,
        (
            mistake(
                "radius_to_the_k",
                "This is the spectral radius to the power k. It tells the rate of the "
                "long run; over a few steps a matrix that is far from symmetric can do "
                "much more.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.abs(np.linalg.eigvals(W)).max() ** k",
            ),
            mistake(
                "norm_to_the_k",
                "This is the norm of W to the power k, a bound: no vector need be "
                "stretched the most at every one of the k steps.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.linalg.norm(W, 2) ** k",
            ),
            mistake(
                "entrywise_power",
                "`W**k` raises every entry to the power k. Going through W k times is "
                "a product of matrices.",
                "np.linalg.matrix_power(W, k)",
                "W**k",
            ),
            mistake(
                "frobenius_norm_of_power",
                "Without its second argument `np.linalg.norm` takes the root of the "
                "sum of all squares. The most that one vector can grow is the largest "
                "singular value.",
                ", k), 2)",
                ", k))",
            ),
            mistake(
                "one_step_less",
                "This is the growth over one step less.",
                "np.linalg.matrix_power(W, k)",
                "np.linalg.matrix_power(W, k - 1)",
            ),
            mistake(
                "one_step_only",
                "This is what a single step can do, whatever k is.",
                "np.linalg.matrix_power(W, k)",
                "W",
            ),
            mistake(
                "multiplied_by_k",
                "The growth of one step was multiplied by k. Each step acts on what "
                "the one before has left: a product.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "k * np.linalg.norm(W, 2)",
            ),
            mistake(
                "sum_of_singular_values",
                "The singular values of the k steps were added up. A single vector "
                "grows by the largest at the most.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                'np.linalg.norm(np.linalg.matrix_power(W, k), "nuc")',
            ),
            mistake(
                "least_growth",
                "That is the smallest singular value: by how much k steps lengthen a "
                "vector at the *least*.",
                ", k), 2)",
                ", k), -2)",
            ),
            mistake(
                "determinant",
                "That is a determinant: by how much a volume changes. Single vectors "
                "can grow while the volume shrinks.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "abs(np.linalg.det(np.linalg.matrix_power(W, k)))",
            ),
            mistake(
                "frobenius_to_the_k",
                "The root of the sum of all squares of W was raised to the power k. "
                "The product comes first, and then its largest singular value.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.linalg.norm(W) ** k",
            ),
            mistake(
                "one_vector",
                "That is how much the vector of ones grows. Another vector may grow "
                "more; the most that any can grow is wanted.",
                lambda W, k: (
                    np.linalg.norm(np.linalg.matrix_power(W, k) @ np.ones(len(W)))
                    / np.sqrt(len(W))
                ),
            ),
            mistake(
                "added_steps",
                "The norms of the steps were added up, from the first power to the "
                "last. The growth over all k steps is that of the last power.",
                "return np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "return sum(\n        np.linalg.norm(np.linalg.matrix_power(W, j), 2)"
                "\n        for j in range(1, k + 1)\n    )",
            ),
            mistake(
                "largest_on_the_way",
                "That is the largest growth at any number of steps up to k. Asked for "
                "is the growth after k steps.",
                "return np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "return max(\n        np.linalg.norm(np.linalg.matrix_power(W, j), 2)"
                "\n        for j in range(k + 1)\n    )",
            ),
            mistake(
                "symmetrised",
                "The power was taken of the product of W with its transpose. Each step "
                "goes through W itself.",
                "np.linalg.matrix_power(W, k)",
                "np.linalg.matrix_power(W @ W.T, k)",
            ),
            mistake(
                "largest_column_sum",
                "That is the largest sum of a column, `np.linalg.norm` with a 1. The "
                "length of a vector is meant in the usual sense, with squares.",
                ", k), 2)",
                ", k), 1)",
            ),
            mistake(
                "largest_entry_of_the_power",
                "That is the largest entry of the product. A vector that meets several "
                "entries at once can grow more.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.abs(np.linalg.matrix_power(W, k)).max()",
            ),
            mistake(
                "one_step_more",
                "This is the growth over one step more.",
                "np.linalg.matrix_power(W, k)",
                "np.linalg.matrix_power(W, k + 1)",
            ),
            mistake(
                "eigenvalue_of_the_power",
                "That is the largest eigenvalue of the product, with its sign. How "
                "much a vector can grow is the largest *singular* value.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.linalg.eigvals(np.linalg.matrix_power(W, k)).real.max()",
            ),
            mistake(
                "growth_of_one_step",
                "That is the growth of a single step that would give the same over k "
                "steps. The growth over all k steps is wanted.",
                "return np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "return np.linalg.norm(np.linalg.matrix_power(W, k), 2) ** (1 / k)",
            ),
            mistake(
                "largest_row_sum",
                "That is the largest sum of a row. The length of a vector is meant in "
                "the usual sense, with squares and a root.",
                ", k), 2)",
                ", k), np.inf)",
            ),
            mistake(
                "mean_singular_value",
                "That is the mean of the singular values. The most that a vector can "
                "grow is the largest.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.linalg.svd(np.linalg.matrix_power(W, k))[1].mean()",
            ),
            mistake(
                "product_times_itself",
                "The product is multiplied by itself each time, not by W, so every "
                "round doubles the number of steps.",
                _squared_each_time,
            ),
        ),
    )
)


def orthogonal(W):
    """An orthogonal matrix made from a square one."""
    q, r = np.linalg.qr(W)
    return q * np.sign(np.diag(r))


def _gram(function):
    """Of an orthogonal matrix only its products are compared: there are many."""

    def products(W):
        found = function(W.copy())
        if isinstance(found, tuple | list) and np.ndim(found[0]) == 2:
            raise Unreadable(
                f"your function returns {len(found)} arrays, all that the "
                "decomposition gives; expected is one matrix, the orthogonal one."
            )
        if np.iscomplexobj(found):
            raise Unreadable(
                "your function returns complex numbers, as eigenvectors may be; "
                "expected is one matrix of real numbers."
            )
        q = np.asarray(found, dtype=np.float64)
        other = np.asarray(function(W + np.eye(len(W))), dtype=np.float64)
        made = not np.allclose(q, other)
        return q.T @ q, 1 if made else 0

    return products


def _gram_is(length_one, right_angles):
    """What the products of the columns with each other say of them."""

    def holds(case, outputs, expected):
        products = outputs["products"]
        lengths = np.diag(products)
        angles = products - np.diag(lengths)
        small = 1e-7 * np.abs(lengths).max()
        found = np.allclose(lengths, 1), np.allclose(angles, 0, atol=small)
        return products.shape == expected["products"].shape and found == (
            length_one,
            right_angles,
        )

    return holds


def _orthogonal_cases(rng):
    labels = ("two by two", 2), ("five by five", 5), ("one by one", 1)
    cases = [Case(label, (rng.normal(size=(n, n)),)) for label, n in labels[:2]]
    return [*cases, Case("eight by eight", (rng.normal(size=(8, 8)) * 3,))]


enter(
    Check(
        "vanishing.orthogonal",
        "04-vanishing-gradients",
        orthogonal,
        "W",
        (("products", "made_from_W"),),
        _orthogonal_cases,
        (
            mistake(
                "columns_only_normalised",
                "Every column has length one, but the columns are not at right angles "
                "to each other.",
                lambda W: W / np.linalg.norm(W, axis=0),
                holds=_gram_is(length_one=True, right_angles=False),
            ),
            mistake(
                "neither_length_nor_angle",
                "The columns do not have length one, and are not at right angles to "
                "each other.",
                lambda W: W**2,
                holds=_gram_is(length_one=False, right_angles=False),
            ),
            mistake(
                "right_angles_only",
                "The columns are at right angles to each other, and not all of them "
                "have length one.",
                lambda W: 2 * orthogonal(W),
                holds=_gram_is(length_one=False, right_angles=True),
            ),
            mistake(
                "the_triangle",
                "The columns have the same products with each other as those of W, so "
                "they are not orthogonal. Either W came back, or the triangular one "
                "of the two matrices that `np.linalg.qr` gives.",
                "q * np.sign(np.diag(r))",
                "r",
            ),
            mistake(
                "not_normalised",
                "The columns are at right angles to each other, and their length is "
                "not one.",
                "q * np.sign(np.diag(r))",
                "q * np.diag(r)",
            ),
            mistake(
                "rows_normalised",
                "Every row has length one, but the rows are not at right angles to "
                "each other.",
                "q * np.sign(np.diag(r))",
                "W / np.linalg.norm(W, axis=1, keepdims=True)",
            ),
            mistake(
                "divided_by_frobenius_norm",
                "W was divided by the root of the sum of all its squares. One number "
                "changes no angle between its columns.",
                "q * np.sign(np.diag(r))",
                "W / np.linalg.norm(W)",
            ),
            mistake(
                "symmetric_not_orthogonal",
                "That is the mean of W and its transpose, a symmetric matrix. Its "
                "eigenvectors are orthogonal to each other, and its columns are not.",
                "q * np.sign(np.diag(r))",
                "(W + W.T) / 2",
            ),
            mistake(
                "skew",
                "That is half of W minus its transpose, a matrix of another kind: its "
                "columns have not length one.",
                "q * np.sign(np.diag(r))",
                "(W - W.T) / 2",
            ),
            mistake(
                "divided_by_determinant",
                "W was divided by a power of its determinant. The volume is one now; "
                "lengths and angles are still those of W.",
                "q * np.sign(np.diag(r))",
                "W / abs(np.linalg.det(W)) ** (1 / len(W))",
            ),
            mistake(
                "divided_by_radius",
                "W was divided by its spectral radius. Its largest eigenvalue has "
                "size one then; its columns are not at right angles.",
                "q * np.sign(np.diag(r))",
                "W / np.abs(np.linalg.eigvals(W)).max()",
            ),
            mistake(
                "always_the_same",
                "The matrix is orthogonal, but it is the same for every W.",
                "q * np.sign(np.diag(r))",
                "np.eye(len(W))",
            ),
            mistake(
                "scaled",
                "W was divided by its spectral norm, so it keeps the length of one "
                "direction and shortens all others.",
                "q * np.sign(np.diag(r))",
                "W / np.linalg.norm(W, 2)",
            ),
        ),
        wrap=_gram,
        gives="Q",
    )
)


def relu_step_backward(dh_next, cache, params):
    """Backward through h_next = relu(x W_xh + h W_hh + b_h)."""
    x, h, h_next = cache
    da = dh_next * (h_next > 0)
    dx, dh = da @ params["W_xh"].T, da @ params["W_hh"].T
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh, grads


def _cell_cases(rng, alphas):
    cases = []
    for (label, B, D, H), alpha in zip(SIZES, alphas, strict=False):
        D = D or 1
        params = {
            "W_xh": rng.normal(size=(D, H)),
            "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
            "b_h": rng.normal(size=H) / 2,
        }
        x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
        a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        if alpha is None:
            last = np.maximum(a, 0)
        else:
            last, params = np.tanh(a), params | {"alpha": alpha}
        cases.append(Case(label, (rng.normal(size=(B, H)), (x, h, last), params)))
    return cases


enter(
    Check(
        "rnn.relu_step_backward",
        "04-vanishing-gradients",
        relu_step_backward,
        "dh_next, cache, params",
        gradients("rnn", "dh"),
        lambda rng: _cell_cases(rng, (None,) * len(SIZES)),
        (
            mistake(
                "slope_of_tanh",
                "The slope is still that of the tanh. A ReLU passes a gradient on "
                "unchanged where its unit is on, and not at all where it is off.",
                "(h_next > 0)",
                "(1 - h_next**2)",
            ),
            mistake(
                "both_slopes",
                "The slope of the tanh is still a factor beside that of the ReLU. "
                "There is no tanh in this step.",
                "(h_next > 0)",
                "(h_next > 0) * (1 - h_next**2)",
            ),
            mistake(
                "slope_left_out",
                "Units that are off pass a gradient on. They must not: there the ReLU "
                "is flat.",
                "da = dh_next * (h_next > 0)",
                "da = dh_next",
            ),
            mistake(
                "output_for_slope",
                "The gradient is multiplied by the output of the ReLU in place of its "
                "slope, which is zero or one.",
                "(h_next > 0)",
                "h_next",
            ),
            mistake(
                "gate_of_the_old_state",
                "The units that were on *before* the step decide. It must be the "
                "units that are on after it.",
                "(h_next > 0)",
                "(h > 0)",
            ),
            mistake(
                "gradient_rectified",
                "The ReLU was applied to the gradient. A gradient may be negative; its "
                "slope depends on the state alone.",
                "dh_next * (h_next > 0)",
                "np.maximum(dh_next, 0)",
            ),
            mistake(
                "off_for_on",
                "On and off are exchanged.",
                "(h_next > 0)",
                "(h_next <= 0)",
            ),
            *RNN_BACK,
            SUMMED_FIRST,
            DW_HH_FROM_NEW_STATE,
            mistake(
                "slope_of_sigmoid",
                "That is the slope of a sigmoid. A ReLU has the slope one where its "
                "unit is on, and zero where it is off.",
                "(h_next > 0)",
                "h_next * (1 - h_next)",
            ),
            mistake(
                "incoming_gradient_left_out",
                "The gradient with respect to the new state does not enter: zeros and "
                "ones alone were sent back.",
                "dh_next * (h_next > 0)",
                "1.0 * (h_next > 0)",
            ),
            mistake(
                "bias_left_out_of_the_sum",
                "Whether a unit is on was computed anew, without the bias.",
                "(h_next > 0)",
                '(x @ params["W_xh"] + h @ params["W_hh"] > 0)',
            ),
            mistake(
                "sign_of_the_old_state",
                "The gradient was multiplied by the sign of the *old* state. The "
                "slope is one or zero, by the new one.",
                "(h_next > 0)",
                "np.sign(h)",
            ),
            mistake(
                "at_the_input",
                "Where the gradient is negative it was cut off. What a ReLU cuts off "
                "depends on its own sum alone, not on the gradient.",
                "(h_next > 0)",
                "(dh_next > 0) * (h_next > 0)",
            ),
        ),
    )
)


def leaky_step_backward(dh_next, cache, params):
    """Backward through h_next = (1 - alpha) h + alpha n, n = tanh(...)."""
    x, h, n = cache
    alpha = params["alpha"]
    da = alpha * dh_next * (1 - n**2)
    dx = da @ params["W_xh"].T
    dh = (1 - alpha) * dh_next + da @ params["W_hh"].T
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh, grads


enter(
    Check(
        "rnn.leaky_step_backward",
        "04-vanishing-gradients",
        leaky_step_backward,
        "dh_next, cache, params",
        gradients("rnn", "dh"),
        lambda rng: _cell_cases(rng, (0.1, 0.5, 0.9, 0.3, 0.7)),
        (
            mistake(
                "the_way_past_the_tanh_forgotten",
                "The old state reaches the new one by two ways: through the tanh, and "
                "past it with the share that is kept. The second is missing from `dh`, "
                "and with it the long memory.",
                "(1 - alpha) * dh_next + da",
                "da",
            ),
            mistake(
                "the_way_through_the_tanh_forgotten",
                "`dh` has only what goes past the tanh. The old state also enters the "
                "tanh, through `W_hh`.",
                ' + da @ params["W_hh"].T',
                "",
            ),
            mistake(
                "alpha_forgotten",
                "The candidate enters with weight `alpha`; so does every gradient that "
                "comes through it.",
                "alpha * dh_next * (1 - n**2)",
                "dh_next * (1 - n**2)",
            ),
            mistake(
                "alpha_exchanged",
                "On the way past the tanh the share that is written stands in place of "
                "the share that is kept.",
                "(1 - alpha) * dh_next +",
                "alpha * dh_next +",
            ),
            mistake(
                "past_way_undamped",
                "What goes past the tanh is not multiplied by anything, so this "
                "gradient never fades. In the network only a share of the old state "
                "is kept.",
                "(1 - alpha) * dh_next +",
                "dh_next +",
            ),
            mistake(
                "slope_of_the_mixture",
                "The slope of the tanh was taken at the new state. It belongs to the "
                "candidate `n`, which the cache holds.",
                "(1 - n**2)",
                "(1 - ((1 - alpha) * h + alpha * n) ** 2)",
            ),
            *RNN_BACK,
            SUMMED_FIRST,
            mistake(
                "kept_share_on_both_ways",
                "Both ways to the old state are multiplied by the share that is kept. "
                "The one through the tanh has `alpha` already, and no other factor.",
                'dh = (1 - alpha) * dh_next + da @ params["W_hh"].T',
                'dh = (1 - alpha) * (dh_next + da @ params["W_hh"].T)',
            ),
            mistake(
                "way_past_the_tanh_with_its_slope",
                "What goes past the tanh was multiplied by the slope of the tanh. Past "
                "it means that it does not go through.",
                "(1 - alpha) * dh_next + da",
                "(1 - alpha) * dh_next * (1 - n**2) + da",
            ),
            mistake(
                "state_for_gradient",
                "On the way past the tanh stands the old state in place of the "
                "gradient that comes back.",
                "(1 - alpha) * dh_next + da",
                "(1 - alpha) * h + da",
            ),
            mistake(
                "incoming_gradient_missing",
                "The gradient with respect to the new state does not enter what goes "
                "through the tanh.",
                "alpha * dh_next * (1 - n**2)",
                "alpha * (1 - n**2)",
            ),
            mistake(
                "way_past_the_tanh_through_W_hh",
                "What goes past the tanh was sent through `W_hh` as well. It reaches "
                "the old state directly.",
                'dh = (1 - alpha) * dh_next + da @ params["W_hh"].T',
                'dh = ((1 - alpha) * dh_next + da) @ params["W_hh"].T',
            ),
            mistake(
                "kept_share_through_the_tanh",
                "What goes through the tanh is multiplied by the share that is kept. "
                "The candidate enters with `alpha`.",
                "da = alpha * dh_next",
                "da = (1 - alpha) * dh_next",
            ),
            mistake(
                "alpha_twice_in_dh",
                "On the way through the tanh to the old state `alpha` is multiplied "
                "twice.",
                'da @ params["W_hh"].T',
                'alpha * da @ params["W_hh"].T',
            ),
            mistake(
                "alpha_twice_in_the_weights",
                "The gradients with respect to the weights have `alpha` twice.",
                '"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)',
                '"W_xh": alpha * x.T @ da, "W_hh": alpha * h.T @ da, '
                '"b_h": alpha * da.sum(axis=0)',
            ),
            mistake(
                "alpha_missing_from_the_weights",
                "`alpha` is missing from the gradients with respect to the weights and "
                "the bias. They belong to the candidate, which enters with weight "
                "`alpha`.",
                '"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)',
                '"W_xh": x.T @ da / alpha, "W_hh": h.T @ da / alpha, '
                '"b_h": da.sum(axis=0) / alpha',
            ),
            mistake(
                "sigmoid_slope",
                "That is the slope of a sigmoid. The candidate went through a tanh.",
                "(1 - n**2)",
                "n * (1 - n)",
            ),
            mistake(
                "square_missing_from_the_slope",
                "The square is missing from the slope of the tanh at the candidate.",
                "(1 - n**2)",
                "(1 - n)",
            ),
            mistake(
                "slope_at_the_old_state",
                "The slope of the tanh was taken at the old state. It belongs to the "
                "candidate.",
                "(1 - n**2)",
                "(1 - h**2)",
            ),
            mistake(
                "tanh_of_the_candidate",
                "The candidate went through the tanh once more before its slope was "
                "taken.",
                "(1 - n**2)",
                "(1 - np.tanh(n) ** 2)",
            ),
            mistake(
                "slope_missing",
                "The slope of the tanh is missing: the way through the candidate "
                "passes it.",
                "alpha * dh_next * (1 - n**2)",
                "alpha * dh_next",
            ),
            mistake(
                "alpha_in_dh_only",
                "`alpha` multiplies what goes back through the old state, and is "
                "missing from `dx` and from the gradients with respect to the weights.",
                "alpha * dh_next * (1 - n**2)",
                "dh_next * (1 - n**2)",
                'da @ params["W_hh"].T',
                'alpha * da @ params["W_hh"].T',
            ),
            mistake(
                "dW_hh_from_candidate",
                "`dW_hh` is made with the candidate. The matrix was multiplied by the "
                "old state.",
                "h.T @ da",
                "n.T @ da",
            ),
            mistake(
                "written_share_kept",
                "The two shares are exchanged on both ways: `alpha` is the share of "
                "what is new.",
                "da = alpha * dh_next",
                "da = (1 - alpha) * dh_next",
                "dh = (1 - alpha) * dh_next +",
                "dh = alpha * dh_next +",
            ),
        ),
    )
)

taught_in(
    {
        "training.clip": "The cliff",
        "vanishing.steps_until": "One number, carried",
        "vanishing.with_radius": "A layer: the product of many matrices",
        "vanishing.worst_growth": "A layer: the product of many matrices",
        "vanishing.orthogonal": "Remedies at the start",
        "rnn.relu_step_backward": "Remedies at the start",
        "rnn.leaky_step_backward": "A layer: the product of many matrices",
    }
)
