"""Checks of 42-classic-experiments: nulls, own rates, differences, what is seen."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "42-classic-experiments"


def copy_null(S, A, gap):
    """The loss in nats a step of the best answer without memory, on copying."""
    steps = gap + 2 * S
    return S * np.log(A) / steps


def _copies(rng):
    cases = (10, 8, 1000), (5, 8, 40), (3, 2, 1), (7, 12, 23)
    return [Case(f"S, A, gap = {case}", case) for case in cases]


enter(
    Check(
        "classic.copy_null",
        PAGE,
        copy_null,
        "S, A, gap",
        ("loss",),
        _copies,
        (
            mistake(
                "steps_of_the_gap",
                "The loss was spread over the gap alone. A sequence has the symbols "
                "before it and the answers after it as well.",
                "gap + 2 * S",
                "gap",
            ),
            mistake(
                "symbols_counted_once",
                "The symbols were counted once. They are shown, and asked for later.",
                "gap + 2 * S",
                "gap + S",
            ),
            mistake(
                "bits",
                "That is in bits. Networks report the natural logarithm, nats.",
                "np.log(A)",
                "np.log2(A)",
            ),
            mistake(
                "not_spread",
                "That is the loss of the answers added up, not a mean over all steps.",
                " / steps",
                "",
            ),
            mistake(
                "answers_alone",
                "That is the loss of one answer. Most steps ask for a blank and cost "
                "nothing, and the mean is over all of them.",
                "S * np.log(A) / steps",
                "np.log(A)",
            ),
            mistake(
                "guesses_at_every_step",
                "The guess was paid for at every step but those of the input. During "
                "the gap a blank is asked for, and blanks are known.",
                "S * np.log(A)",
                "(S + gap) * np.log(A)",
            ),
            mistake(
                "blank_and_sign_too",
                "The blank and the sign were counted among the symbols. Who answers "
                "knows that neither is asked for at the end.",
                "np.log(A)",
                "np.log(A + 2)",
            ),
            mistake(
                "one_symbol",
                "One symbol was paid for. All of them have to be guessed.",
                "S * np.log(A)",
                "np.log(A)",
            ),
        ),
    )
)


def mean_null(y, answer):
    """The squared errors of the best constant, and of a constant that was given."""
    best = ((y - y.mean()) ** 2).mean()
    return best, ((y - answer) ** 2).mean()


def _targets(rng):
    return [
        Case("three targets", (np.array([0.0, 1.0, 5.0]), 1.0)),
        Case("sums of two", (rng.uniform(0, 1, (2, 9)).sum(axis=0), 1.0)),
        Case("another answer", (rng.normal(2, 1, 8), -1.5)),
    ]


enter(
    Check(
        "classic.mean_null",
        PAGE,
        mean_null,
        "y, answer",
        (("best", "given"),),
        _targets,
        (
            mistake(
                "median",
                "The constant is the median. It has the least absolute error, and not "
                "the least squared one.",
                "y.mean()) ** 2).mean()\n",
                "np.median(y)) ** 2).mean()\n",
            ),
            mistake(
                "one_less",
                "The squares were divided by one less than there are targets. That "
                "estimates a variance; an error is a mean over what is there.",
                "best = ((y - y.mean()) ** 2).mean()",
                "best = y.var(ddof=1)",
            ),
            mistake(
                "roots",
                "Those are roots of the squared errors.",
                "return best, ((y - answer) ** 2).mean()",
                "return best**0.5, ((y - answer) ** 2).mean() ** 0.5",
            ),
            mistake(
                "sums",
                "The squares were added up. The error is their mean.",
                "best = ((y - y.mean()) ** 2).mean()",
                "best = ((y - y.mean()) ** 2).sum()",
                "return best, ((y - answer) ** 2).mean()",
                "return best, ((y - answer) ** 2).sum()",
            ),
            mistake(
                "absolute",
                "Those are absolute errors.",
                "best = ((y - y.mean()) ** 2).mean()",
                "best = np.abs(y - y.mean()).mean()",
                "return best, ((y - answer) ** 2).mean()",
                "return best, np.abs(y - answer).mean()",
            ),
            mistake(
                "zero_for_the_best",
                "The best constant was taken to be zero.",
                "y - y.mean()",
                "y",
            ),
            mistake(
                "error_of_the_mean_alone",
                "The second number is how far the given answer is off on average, "
                "squared. What varies around it is missing.",
                "((y - answer) ** 2).mean()",
                "(y.mean() - answer) ** 2",
            ),
            mistake(
                "constant_returned",
                "The first number is the best constant itself. Asked for is what it "
                "costs.",
                "return best,",
                "return y.mean(),",
            ),
            mistake(
                "both_exchanged",
                "The best constant comes first, then the one that was given.",
                "return best, ((y - answer) ** 2).mean()",
                "return ((y - answer) ** 2).mean(), best",
            ),
        ),
    )
)


def at_own_rate(valid, test):
    """Mean test errors (rivals,), each at the rate that its validation runs chose."""
    best = valid.mean(axis=2).argmin(axis=1)
    rivals = np.arange(len(valid))
    return test[rivals, best].mean(axis=1)


def _scores(rng):
    valid = np.array(
        [
            [[0.30, 0.10, 0.35], [0.22, 0.24, 0.26], [0.50, 0.55, 0.60]],
            [[0.70, 0.72, 0.74], [0.60, 0.90, 0.95], [0.40, 0.45, 0.41]],
        ]
    )
    other = valid + np.array([[[0.05], [0.11], [-0.45]], [[-0.6], [0.02], [0.07]]])
    return [
        Case("two rivals", (valid, other)),
        *(
            Case("random", tuple(rng.uniform(size=(2, *size))))
            for size in ((3, 4, 5), (4, 3, 2), (2, 5, 4))
        ),
    ]


enter(
    Check(
        "classic.at_own_rate",
        PAGE,
        at_own_rate,
        "valid, test",
        ("errors",),
        _scores,
        (
            mistake(
                "chosen_on_test",
                "Each rate was chosen on the test part. The error at the choice is "
                "then too low.",
                "valid.mean(axis=2)",
                "test.mean(axis=2)",
            ),
            mistake(
                "one_rate_for_all",
                "One rate was chosen for all rivals together. Each has its own.",
                "valid.mean(axis=2).argmin(axis=1)",
                "valid.mean(axis=(0, 2)).argmin()",
            ),
            mistake(
                "rate_of_the_first",
                "All stand at the rate of the first rival.",
                "argmin(axis=1)",
                "argmin(axis=1)[0]",
            ),
            mistake(
                "luckiest_seed_chooses",
                "The rate with the luckiest single seed was taken. The mean over the "
                "seeds chooses.",
                "valid.mean(axis=2)",
                "valid.min(axis=2)",
            ),
            mistake(
                "validation_reported",
                "You report the validation part, which has chosen. The test part has "
                "to judge.",
                "test[rivals, best]",
                "valid[rivals, best]",
            ),
            mistake(
                "median_chooses",
                "The median over the seeds chose the rate. Here the mean does.",
                "valid.mean(axis=2)",
                "np.median(valid, axis=2)",
            ),
            mistake(
                "largest_error",
                "You chose the rate with the largest error.",
                "argmin",
                "argmax",
            ),
            mistake(
                "best_seed_reported",
                "The best seed of each rival is reported, not the mean of its seeds.",
                "best].mean(axis=1)",
                "best].min(axis=1)",
            ),
            mistake(
                "mean_over_rates",
                "The test errors were averaged over all rates, too. Only the chosen "
                "one counts.",
                "test[rivals, best].mean(axis=1)",
                "test.mean(axis=(1, 2))",
            ),
            mistake(
                "rates_of_all",
                "Each rival stands at the rates of all: the slice takes every row with "
                "every rate. Pair each row with its own.",
                "test[rivals, best]",
                "test[:, best]",
            ),
            mistake(
                "rate_for_each_seed",
                "Each seed has a rate of its own. A rate is one setting, chosen once "
                "for a rival.",
                "best = valid.mean(axis=2).argmin(axis=1)\n    rivals = "
                "np.arange(len(valid))\n    return test[rivals, best].mean(axis=1)",
                "best = valid.argmin(axis=1)[:, None]\n    return "
                "np.take_along_axis(test, best, axis=1)[:, 0].mean(axis=1)",
            ),
        ),
    )
)


def apart(a, b):
    """By how much ``b`` lies above ``a``, and two standard errors of that."""
    squares = a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)
    return b.mean() - a.mean(), 2 * np.sqrt(squares)


def _two(rng):
    return [
        Case("three and five seeds", (rng.normal(1, 0.3, 3), rng.normal(2, 0.6, 5))),
        Case("b is below", (np.array([5.0, 7.0, 9.0]), np.array([1.0, 2.0, 6.0, 4.0]))),
        Case("eight and four", (rng.normal(0, 1, 8), rng.normal(0.2, 0.1, 4))),
    ]


enter(
    Check(
        "classic.apart",
        PAGE,
        apart,
        "a, b",
        (("difference", "error"),),
        _two,
        (
            mistake(
                "errors_added",
                "The two standard errors were added. Independent errors are added as "
                "squares.",
                "np.sqrt(squares)",
                "(a.std(ddof=1) / len(a) ** 0.5 + b.std(ddof=1) / len(b) ** 0.5)",
            ),
            mistake(
                "spread_of_seeds",
                "The spread of single runs was taken. A mean of several is known "
                "better than one of them.",
                "a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)",
                "a.var(ddof=1) + b.var(ddof=1)",
            ),
            mistake(
                "deviations_not_squared",
                "The standard deviations were divided by the numbers of runs. A "
                "variance is divided so.",
                "a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)",
                "a.std(ddof=1) / len(a) + b.std(ddof=1) / len(b)",
            ),
            mistake(
                "one_error",
                "That is one standard error, not two.",
                "2 * np.sqrt(squares)",
                "np.sqrt(squares)",
            ),
            mistake(
                "whole_population",
                "The squares were divided by n in place of n - 1. A few seeds are a "
                "sample, and look too much alike that way.",
                "a.var(ddof=1)",
                "a.var()",
                "b.var(ddof=1)",
                "b.var()",
            ),
            mistake(
                "no_root",
                "The variances were added and doubled, and no root was taken.",
                "2 * np.sqrt(squares)",
                "2 * squares",
            ),
            mistake(
                "a_above_b",
                "The sign is exchanged: asked for is how far b lies above a.",
                "b.mean() - a.mean()",
                "a.mean() - b.mean()",
            ),
            mistake(
                "of_one_alone",
                "The error is that of a alone. The mean of b is not known exactly "
                "either.",
                "a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)",
                "a.var(ddof=1) / len(a)",
            ),
            mistake(
                "pooled_variance",
                "One variance was pooled for both, as if both spread alike. Each mean "
                "has its own.",
                "2 * np.sqrt(squares)",
                "2 * np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) "
                "* b.var(ddof=1)) / (len(a) + len(b) - 2) * (1 / len(a) + 1 / len(b)))",
            ),
            mistake(
                "as_if_paired",
                "Both were divided by all runs together. Each mean rests on its own "
                "runs.",
                "a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)",
                "(a.var(ddof=1) + b.var(ddof=1)) / (len(a) + len(b))",
            ),
        ),
    )
)


def sees(kernel, levels, convolutions):
    """How many steps a stack of causal convolutions sees, dilated 1, 2, 4, ..."""
    reach = 0
    for level in range(levels):
        reach += convolutions * (kernel - 1) * 2**level
    return 1 + reach


def _stacks(rng):
    cases = (3, 4, 2), (3, 3, 2), (2, 1, 1), (7, 8, 2), (5, 3, 1)
    return [Case(f"kernel, levels, convolutions = {case}", case) for case in cases]


enter(
    Check(
        "classic.sees",
        PAGE,
        sees,
        "kernel, levels, convolutions",
        ("steps",),
        _stacks,
        (
            mistake(
                "last_step_forgotten",
                "The step at which the answer is given is missing. It is seen, too.",
                "return 1 + reach",
                "return reach",
            ),
            mistake(
                "kernel_not_less_one",
                "Each convolution reaches back by one less than its kernel: one of its "
                "weights is for the present.",
                "(kernel - 1)",
                "kernel",
            ),
            mistake(
                "one_a_level",
                "Only one convolution of each level was counted.",
                "convolutions * (kernel - 1)",
                "(kernel - 1)",
            ),
            mistake(
                "no_dilation",
                "The dilation is missing: each level reaches twice as far as the one "
                "below.",
                " * 2**level",
                "",
            ),
            mistake(
                "linear_dilation",
                "The dilations grow 1, 2, 3. They double.",
                "2**level",
                "(level + 1)",
            ),
            mistake(
                "a_level_too_few",
                "The top level is missing: the dilations end at 2 to the power of the "
                "levels less one.",
                "range(levels)",
                "range(levels - 1)",
            ),
            mistake(
                "begins_at_two",
                "The first level was dilated by 2. It has 1.",
                "2**level",
                "2 ** (level + 1)",
            ),
            mistake(
                "every_convolution_doubles",
                "Each convolution was dilated twice as far as the one before. Those of "
                "a level share one dilation.",
                "range(levels)",
                "range(levels * convolutions)",
                "convolutions * (kernel - 1)",
                "(kernel - 1)",
            ),
            mistake(
                "top_alone",
                "That is the reach of the top level. Those below add to it.",
                "reach += ",
                "reach = ",
            ),
            mistake(
                "multiplied",
                "The kernels were multiplied. Reaches add up.",
                "1 + reach",
                "kernel ** (levels * convolutions)",
            ),
        ),
    )
)


def best_of_many(cells, y, shifts):
    """The largest |r| of any cell, and its mean where ``y`` is shifted, by each shift.

    ``cells`` is (T, H), ``y`` (T,); a shift moves ``y`` around in a circle.
    """
    z = (cells - cells.mean(axis=0)) / cells.std(axis=0)

    def largest(y):
        r = z.T @ ((y - y.mean()) / y.std()) / len(y)
        return np.abs(r).max()

    return largest(y), np.mean([largest(np.roll(y, s)) for s in shifts])


def _cells(rng):
    def case(label, T, H, shifts, sign):
        cells, y = rng.normal(2, 3, (T, H)), rng.normal(1, 2, T)
        cells[:, 1] += sign * 3 * y
        return Case(label, (cells, y, np.array(shifts)))

    return [
        case("a cell that follows", 40, 5, (7, 11, 23), 1),
        case("a cell that goes against it", 30, 4, (5, 17, 20), -1),
        case("many cells", 24, 12, (3, 9), -1),
    ]


def _own_cell(cells, y, shifts):
    def r(y):
        return np.array([np.corrcoef(c, y)[0, 1] for c in cells.T])

    k = np.abs(r(y)).argmax()
    return np.abs(r(y)[k]), np.mean([np.abs(r(np.roll(y, s))[k]) for s in shifts])


def _with_sign(cells, y, shifts):
    def r(y):
        return np.array([np.corrcoef(c, y)[0, 1] for c in cells.T])

    found = r(y)
    chance = np.mean([np.abs(r(np.roll(y, s))).max() for s in shifts])
    return found[np.abs(found).argmax()], chance


enter(
    Check(
        "classic.best_of_many",
        PAGE,
        best_of_many,
        "cells, y, shifts",
        (("best", "chance"),),
        _cells,
        (
            mistake(
                "chance_of_one_cell",
                "The chance is that of the one cell that was found. On shifted data "
                "the best has to be looked for again, among all.",
                _own_cell,
            ),
            mistake(
                "signed",
                "The largest r was taken with its sign. A cell that goes the other "
                "way tells as much.",
                "np.abs(r).max()",
                "r.max()",
            ),
            mistake(
                "best_with_its_sign",
                "The best cell was reported with its sign. Asked for is |r|, as for "
                "the shifts.",
                _with_sign,
            ),
            mistake(
                "mean_of_cells",
                "That is the mean over the cells, not the best.",
                "np.abs(r).max()",
                "np.abs(r).mean()",
            ),
            mistake(
                "best_chance",
                "The largest of the shifts was taken. Asked for is the mean over them.",
                "np.mean([",
                "np.max([",
            ),
            mistake(
                "least_chance",
                "The smallest of the shifts was taken. Asked for is the mean over "
                "them.",
                "np.mean([",
                "np.min([",
            ),
            mistake(
                "first_shift_alone",
                "Only the first shift was used.",
                "for s in shifts",
                "for s in shifts[:1]",
            ),
            mistake(
                "not_shifted",
                "Nothing was shifted: the chance is the same number again.",
                "np.roll(y, s)",
                "y",
            ),
            mistake(
                "squared",
                "Those are squares of r.",
                "np.abs(r).max()",
                "(r**2).max()",
            ),
            mistake(
                "covariance",
                "The cells were not divided by their spread: that is no correlation, "
                "and the largest cell wins.",
                " / cells.std(axis=0)",
                "",
            ),
        ),
    )
)

taught_in(
    {
        "classic.copy_null": "Copying, and a loss that says nothing",
        "classic.mean_null": "Adding, by 1997's measure",
        "classic.at_own_rate": "Two marks, in the open",
        "classic.apart": "Two marks, in the open",
        "classic.sees": "Convolutions",
        "classic.best_of_many": "Cells that can be read",
    }
)
