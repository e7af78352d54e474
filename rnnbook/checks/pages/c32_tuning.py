"""Checks of 32-tuning: draws, luck, folds, halving, repetitions, choice and verdict."""

import math
from statistics import NormalDist

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "32-tuning"

quantile = NormalDist().inv_cdf  # SciPy would make every import of the checks slow


def log_uniform(u, low, high):
    """Draws from low to high, even in the logarithm, from uniform numbers u in 0..1."""
    return np.exp(np.log(low) + u * (np.log(high) - np.log(low)))


def _draws(rng):
    return [
        Case(f"from {low} to {high}", (rng.uniform(size=size), low, high))
        for low, high, size in (
            (1e-4, 0.3, 6),
            (0.5, 40.0, 5),
            (1.0, 10.0, 4),
        )
    ]


enter(
    Check(
        "tuning.log_uniform",
        PAGE,
        log_uniform,
        "u, low, high",
        ("x",),
        _draws,
        (
            mistake(
                "even",
                "The draws are even between the two ends. Small values are hardly "
                "ever tried that way: even out the logarithm.",
                "np.exp(np.log(low) + u * (np.log(high) - np.log(low)))",
                "low + u * (high - low)",
            ),
            mistake(
                "left_in_logarithms",
                "Those are the logarithms of the draws. They have to be turned back.",
                "np.exp(np.log(low) + u * (np.log(high) - np.log(low)))",
                "np.log(low) + u * (np.log(high) - np.log(low))",
            ),
            mistake(
                "exponential_of_even",
                "The ends went into the exponential as they are. Their logarithms "
                "have to.",
                "np.exp(np.log(low) + u * (np.log(high) - np.log(low)))",
                "np.exp(low + u * (high - low))",
            ),
            mistake(
                "two_bases",
                "Two bases are mixed: a logarithm to base 10 is turned back by a "
                "power of 10.",
                "np.exp(np.log(low) + u * (np.log(high) - np.log(low)))",
                "np.exp(np.log10(low) + u * (np.log10(high) - np.log10(low)))",
            ),
            mistake(
                "ten_to_natural",
                "Two bases are mixed: a natural logarithm is turned back by np.exp.",
                "np.exp(np.log(low) + u * (np.log(high) - np.log(low)))",
                "10.0 ** (np.log(low) + u * (np.log(high) - np.log(low)))",
            ),
            mistake(
                "high_as_width",
                "The width of the interval of logarithms is the difference of both "
                "ends, not the upper end.",
                "u * (np.log(high) - np.log(low))",
                "u * np.log(high)",
            ),
            mistake(
                "ends_exchanged",
                "A draw of 0 has to give the lower end, and 1 the upper one. Yours "
                "are exchanged.",
                "np.log(low) + u * (np.log(high) - np.log(low))",
                "np.log(high) + u * (np.log(low) - np.log(high))",
            ),
            mistake(
                "squared_in_place_of_log",
                "Squaring u favours the small values, but does not give every factor "
                "of ten the same share.",
                "np.exp(np.log(low) + u * (np.log(high) - np.log(low)))",
                "low + u**2 * (high - low)",
            ),
        ),
    )
)


def expected_best(mean, std, N):
    """The expected smallest of N normal errors."""
    return mean - std * quantile((N - 3 / 8) / (N + 1 / 4))


def _lucks(rng):
    cases = (1.2, 0.04, 40), (10.0, 2.0, 5), (0.3, 0.1, 1), (5.0, 1.5, 200)
    return [Case(f"mean, std, N = {case}", case) for case in cases]


enter(
    Check(
        "tuning.expected_best",
        PAGE,
        expected_best,
        "mean, std, N",
        ("best",),
        _lucks,
        (
            mistake(
                "wrong_end",
                "That is the largest of the errors. The best error is the smallest.",
                "mean - std",
                "mean + std",
            ),
            mistake(
                "quantile_of_the_rank",
                "You took the quantile at N / (N + 1). The mean of a quantile is not "
                "the quantile of a mean; the correction is missing.",
                "(N - 3 / 8) / (N + 1 / 4)",
                "N / (N + 1)",
            ),
            mistake(
                "standard_error",
                "The deviation was divided by the root of N. That is for the mean of "
                "N tries; here one of them is taken.",
                "std * quantile",
                "std / np.sqrt(N) * quantile",
            ),
            mistake(
                "spread_left_out",
                "The deviation does not enter. The luck is in units of it.",
                "std * quantile",
                "quantile",
            ),
            mistake(
                "variance",
                "You multiplied by the variance. The quantile counts deviations.",
                "std * quantile",
                "std**2 * quantile",
            ),
            mistake(
                "root_of_two_log",
                "The root of 2 log N holds for enormous N only; at forty tries it is "
                "far too large.",
                "quantile((N - 3 / 8) / (N + 1 / 4))",
                "np.sqrt(2 * np.log(N))",
            ),
            mistake(
                "no_luck",
                "That is the mean. One of N tries is chosen, and it is the best one.",
                "mean - std * quantile((N - 3 / 8) / (N + 1 / 4))",
                "mean",
            ),
            mistake(
                "signs_of_blom",
                "The two fractions of the correction have exchanged their places.",
                "(N - 3 / 8) / (N + 1 / 4)",
                "(N - 1 / 4) / (N + 3 / 8)",
            ),
        ),
    )
)


def walk_forward(n, first, size, horizon):
    """Rows (train_stop, start, stop): train on targets before train_stop."""
    rows = []
    for start in range(first, n - size + 1, size):
        rows.append((start - horizon + 1, start, start + size))
    return np.array(rows)


def _series(rng):
    cases = (60, 30, 10, 3), (65, 30, 10, 3), (40, 20, 7, 1), (100, 40, 20, 12)
    return [Case(f"n, first, size, horizon = {case}", case) for case in cases]


def _by_size(n, first, size, horizon):
    rows = []
    for start in range(first, n - size + 1, size):
        rows.append((start - horizon + 1 - first, start, start + size))
    return np.array(rows)


enter(
    Check(
        "tuning.walk_forward",
        PAGE,
        walk_forward,
        "n, first, size, horizon",
        ("rows",),
        _series,
        (
            mistake(
                "no_gap",
                "The training goes up to the block. When its first target is forecast, "
                "the last values before it are not known yet: they lie within the "
                "horizon.",
                "start - horizon + 1",
                "start",
            ),
            mistake(
                "gap_too_wide",
                "The gap is one step too wide. With a horizon of 1 everything before "
                "the block is known.",
                "start - horizon + 1",
                "start - horizon",
            ),
            mistake(
                "gap_after",
                "The gap lies on the wrong side: training targets reach into the "
                "block.",
                "start - horizon + 1",
                "start + horizon - 1",
            ),
            mistake(
                "incomplete_block",
                "The last block runs past the end of the series. It has to fit whole.",
                "n - size + 1",
                "n",
            ),
            mistake(
                "last_block_missing",
                "A last block that just fits is missing.",
                "n - size + 1",
                "n - size",
            ),
            mistake(
                "blocks_overlap",
                "The origin moves by one step, so the blocks overlap, and months count "
                "several times. Move it by the size of a block.",
                "range(first, n - size + 1, size)",
                "range(first, n - size + 1)",
            ),
            mistake(
                "lengths_for_ends",
                "The third column holds the length of the block; it has to be where it "
                "stops.",
                "start + size))",
                "size))",
            ),
            mistake(
                "stop_inclusive",
                "The third column is one too small: a block stops before its stop, as "
                "a slice does, so the stop is the start plus the size.",
                "start + size))",
                "start + size - 1))",
            ),
            mistake(
                "first_not_moved",
                "The training stops at the same place in every fold. It may grow with "
                "the origin.",
                "start - horizon + 1",
                "first - horizon + 1",
            ),
            mistake(
                "counted_from_first",
                "Where training stops is counted from the first origin. Count from the "
                "beginning of the series.",
                _by_size,
            ),
        ),
    )
)


def halve(curves, rungs):
    """The setting that survives, and the updates spent: curves (n, R) of errors."""
    alive, spent, before = np.arange(len(curves)), 0, 0
    for k, rung in enumerate(rungs):
        spent += len(alive) * (rung - before)
        before = rung
        alive = alive[np.argsort(curves[alive, k], kind="stable")]
        if k < len(rungs) - 1:
            alive = alive[: max(len(alive) // 2, 1)]
    return alive[0], spent


def _curves(rng):
    cases = []
    for label, n, rungs in (
        ("eight settings, three rungs", 8, (10, 20, 40)),
        ("sixteen settings, four rungs", 16, (25, 50, 100, 200)),
        ("six settings, three rungs", 6, (5, 30, 100)),
    ):
        R = len(rungs)
        early = rng.permutation(n) * 1.0
        curves = np.stack([early + 0.01 * rng.permutation(n) for _ in range(R)], 1)
        first, second, *rest = np.argsort(early)
        curves[first, 1:] = 3.5  # the fastest at first, and not the best later
        curves[second, 1:] = 2.5
        curves[second, 1] = -3.0  # the best that anybody has been, and not for long
        curves[rest[0], 1:] = 0.5  # third at first, and best of the survivors
        curves[rest[-1], -1] = -5.0  # would win, and is dropped at the first rung
        cases.append(Case(label, (curves, rungs)))
    return cases


def _by_the_best_rung(curves, rungs):
    best = np.minimum.accumulate(curves, axis=1)
    return halve(best, rungs)


enter(
    Check(
        "tuning.halve",
        PAGE,
        halve,
        "curves, rungs",
        (("winner", "spent"),),
        _curves,
        (
            mistake(
                "kept_the_worse",
                "You kept the half with the larger errors.",
                "np.argsort(curves[alive, k], kind",
                "np.argsort(-curves[alive, k], kind",
            ),
            mistake(
                "always_the_first_rung",
                "Every rung was decided by the errors of the first one. What has been "
                "trained further has to be judged by its latest error.",
                "curves[alive, k]",
                "curves[alive, 0]",
            ),
            mistake(
                "final_errors",
                "You decided by the last column at every rung. Those errors are not "
                "known before everything has been trained.",
                "curves[alive, k]",
                "curves[alive, -1]",
            ),
            mistake(
                "trained_anew",
                "Each rung was paid for from the beginning. Survivors train on; a rung "
                "costs what it adds.",
                "(rung - before)",
                "rung",
            ),
            mistake(
                "everybody_trained",
                "Those are the updates of all settings trained to the end, without "
                "halving.",
                "len(alive) * (rung - before)",
                "len(curves) * (rung - before)",
            ),
            mistake(
                "positions_mixed",
                "The positions after sorting are those among the survivors, not the "
                "numbers of the settings.",
                'alive[np.argsort(curves[alive, k], kind="stable")]',
                'np.argsort(curves[alive, k], kind="stable")',
            ),
            mistake(
                "paid_after_the_halving",
                "The rung was paid for the half that is kept. All that were alive had "
                "to train up to it before one could choose.",
                "spent += len(alive) * (rung - before)",
                "spent += max(len(alive) // (2 if k < len(rungs) - 1 else 1), 1) * "
                "(rung - before)",
            ),
            mistake(
                "rounded_up",
                "Of an odd number one too many went on. The half is rounded down.",
                "len(alive) // 2",
                "(len(alive) + 1) // 2",
            ),
            mistake(
                "best_so_far",
                "You judged by the best error that each one ever had. The latest is "
                "what counts: one that has become worse is worse.",
                _by_the_best_rung,
            ),
        ),
    )
)


def wasted(trials):
    """How many trials repeat an earlier one: trials (N, J), one row a trial."""
    return len(trials) - len(np.unique(trials, axis=0))


def _lists(rng):
    few = rng.integers(0, 3, size=(12, 2))
    once = np.arange(10).reshape(5, 2)
    thrice = np.repeat(rng.permutation(8).reshape(4, 2), 3, axis=0)
    part = np.array([[1, 2], [1, 3], [2, 2], [1, 2], [3, 3], [1, 2], [2, 1]])
    return [
        Case("a small space", (few,)),
        Case("none twice", (once,)),
        Case("each three times", (thrice,)),
        Case("with common values", (part,)),
    ]


def _any_column(trials):
    return sum(
        any(np.any(trials[k] == other) for other in trials[:k])
        for k in range(len(trials))
    )


def _neighbours_only(trials):
    return sum(np.array_equal(a, b) for a, b in zip(trials, trials[1:], strict=False))


def _all_in_groups(trials):
    _, counts = np.unique(trials, axis=0, return_counts=True)
    return counts[counts > 1].sum()


def _groups(trials):
    _, counts = np.unique(trials, axis=0, return_counts=True)
    return (counts > 1).sum()


def _pairs(trials):
    _, counts = np.unique(trials, axis=0, return_counts=True)
    return (counts * (counts - 1) // 2).sum()


enter(
    Check(
        "tuning.wasted",
        PAGE,
        wasted,
        "trials",
        ("count",),
        _lists,
        (
            mistake(
                "different_ones",
                "That is how many different trials there are, not how many were done "
                "again.",
                "len(trials) - len(np.unique(trials, axis=0))",
                "len(np.unique(trials, axis=0))",
            ),
            mistake(
                "values_for_rows",
                "Single values were compared. A trial is repeated if the whole row is.",
                "len(trials) - len(np.unique(trials, axis=0))",
                "trials.size - len(np.unique(trials))",
            ),
            mistake(
                "one_setting_alike",
                "Trials were counted that share a single value with an earlier one. "
                "All settings have to be the same.",
                _any_column,
            ),
            mistake(
                "neighbours",
                "Each row was compared with the one before it only. The twin may lie "
                "anywhere earlier.",
                _neighbours_only,
            ),
            mistake(
                "first_one_too",
                "The first of equal trials was counted as well. It was not wasted.",
                _all_in_groups,
            ),
            mistake(
                "kinds",
                "That is how many different trials were repeated. One that was done "
                "three times wasted two.",
                _groups,
            ),
            mistake(
                "pairs",
                "You counted pairs of equal trials. Three equal ones make three pairs, "
                "and two of them were wasted.",
                _pairs,
            ),
        ),
    )
)


def simplest(errors, sizes):
    """The smallest size whose mean error is within one standard error of the best."""
    means = errors.mean(axis=1)
    best = means.argmin()
    error = errors[best].std(ddof=1) / np.sqrt(errors.shape[1])
    close = means <= means[best] + error
    return int(np.asarray(sizes)[close].min())


def _runs(rng):
    shapes = (
        ("sizes in rising sequence", (4, 8, 16, 32)),
        ("sizes in falling sequence", (64, 32, 8, 4)),
        ("sizes mixed", (16, 4, 48, 8)),
        ("five seeds", (2, 6, 12, 24)),
    )
    cases = []
    for k, (label, sizes) in enumerate(shapes):
        S = 5 if label == "five seeds" else 4
        unit = np.linspace(-1, 1, S)
        unit = unit / unit.std(ddof=1)  # so the standard error is 1 / root of S
        e = 1 / math.sqrt(S)
        rank = np.argsort(np.argsort(sizes))
        # The largest is the best, and the two next ones are within its error.
        mean = np.array([(1.6, 2.5)[k % 2] * e, 0.8 * e, 0.5 * e, 0.0])[rank] + 3
        width = np.array([(0.2, 4.0)[k % 2], 0.2, 0.1, 1.0])[rank]
        cases.append(Case(label, (mean[:, None] + width[:, None] * unit, sizes)))
    # One bar lies between the right error and one of a slip: of a population's
    # deviation (two seeds), of the number of sizes for that of seeds (nine).
    for label, K, mean in (
        ("two seeds", 2, (3.6, 3.55, 3.45, 3.0)),
        ("nine seeds", 9, (3.42, 3.25, 3.2, 3.0)),
    ):
        unit = np.linspace(-1, 1, K)
        unit = unit / unit.std(ddof=1)
        rows = np.outer((0.1, 0.1, 0.1, 1.0), unit) + np.array(mean)[:, None]
        cases.append(Case(label, (rows, (3, 6, 12, 24))))
    middle = np.array([1.5, 1.03, 1.0, 1.04])[:, None] + np.array([-0.1, 0.0, 0.1])
    cases.append(Case("the best in the middle", (middle, (2, 3, 9, 27))))
    return cases


enter(
    Check(
        "tuning.simplest",
        PAGE,
        simplest,
        "errors, sizes",
        ("size",),
        _runs,
        (
            mistake(
                "the_best",
                "That is the size with the smallest mean error. One that is smaller "
                "cannot be told from it.",
                "means <= means[best] + error",
                "means == means[best]",
            ),
            mistake(
                "one_deviation",
                "You allowed one standard deviation of a single run. The standard "
                "error of the mean is smaller, by the root of the number of runs.",
                " / np.sqrt(errors.shape[1])",
                "",
            ),
            mistake(
                "population",
                "The deviation was divided by the number of runs. That of a sample is "
                "divided by one less, ddof=1.",
                "std(ddof=1)",
                "std(ddof=0)",
            ),
            mistake(
                "number_of_sizes",
                "You divided by the root of the number of sizes. The error of a mean "
                "shrinks with the number of its runs, the columns.",
                "np.sqrt(errors.shape[1])",
                "np.sqrt(errors.shape[0])",
            ),
            mistake(
                "largest_close",
                "That is the largest size within reach of the best; the smallest is "
                "wanted.",
                "[close].min()",
                "[close].max()",
            ),
            mistake(
                "own_error",
                "Each size was given its own standard error, so a size of much noise "
                "is let through. The bar hangs on the best one.",
                "error = errors[best].std(ddof=1)",
                "error = errors.std(axis=1, ddof=1)",
            ),
            mistake(
                "smallest_of_all",
                "That is the smallest size, however bad it is.",
                "np.asarray(sizes)[close].min()",
                "min(sizes)",
            ),
            mistake(
                "position",
                "That is a position in the list. The size itself is wanted.",
                "np.asarray(sizes)[close].min()",
                "np.flatnonzero(close)[np.asarray(sizes)[close].argmin()]",
            ),
        ),
    )
)


def reported(valid, test):
    """The chosen setting, and its error on the test part: both (S, K), K seeds."""
    chosen = valid.mean(axis=1).argmin()
    return chosen, test[chosen].mean()


def _scores(rng):
    valid = np.array([[1.0, 1.4, 1.5], [1.2, 1.25, 1.2], [1.6, 1.6, 1.1], [2, 2, 2.0]])
    test = np.array([[1.5, 0.8, 1.9], [1.3, 1.1, 1.4], [0.9, 1.0, 1.3], [1.0, 2, 1.6]])
    many = rng.uniform(1, 2, size=(6, 4))
    other = rng.uniform(1, 2, size=(6, 4))
    many[2] -= 0.6
    other[4] -= 0.8
    many[3, 1] = 0.1
    return [Case("four settings", (valid, test)), Case("six settings", (many, other))]


def _best_run(valid, test):
    chosen, seed = np.unravel_index(valid.argmin(), valid.shape)
    return chosen, test[chosen, seed]


def _best_run_mean(valid, test):
    chosen = valid.min(axis=1).argmin()
    return chosen, test[chosen].mean()


def _both(valid, test):
    chosen = (valid.mean(axis=1) + test.mean(axis=1)).argmin()
    return chosen, test[chosen].mean()


enter(
    Check(
        "tuning.reported",
        PAGE,
        reported,
        "valid, test",
        (("chosen", "error"),),
        _scores,
        (
            mistake(
                "chosen_on_test",
                "The setting was chosen by the test part. Then its error there is no "
                "longer a test.",
                "chosen = valid.mean(axis=1).argmin()",
                "chosen = test.mean(axis=1).argmin()",
            ),
            mistake(
                "chosen_on_both",
                "The test part took part in the choice. Whatever chooses cannot judge.",
                _both,
            ),
            mistake(
                "validation_reported",
                "You report the error on validation, which won because it was the "
                "smallest.",
                "test[chosen].mean()",
                "valid[chosen].mean()",
            ),
            mistake(
                "luckiest_seed",
                "You report the best of the seeds on the test part. That is a choice "
                "too, made by the test part.",
                "test[chosen].mean()",
                "test[chosen].min()",
            ),
            mistake(
                "best_single_run",
                "You chose the best single run, and report that seed. A setting is "
                "judged by all of its seeds.",
                _best_run,
            ),
            mistake(
                "best_seed_chooses",
                "You chose by the luckiest seed of each setting. The mean over the "
                "seeds is what it is worth.",
                _best_run_mean,
            ),
            mistake(
                "seed_by_validation",
                "The setting is right, and then you took the seed that was best on "
                "validation. That was a choice, too; report the mean of the seeds.",
                "test[chosen].mean()",
                "test[chosen, valid[chosen].argmin()]",
            ),
            mistake(
                "worst_chosen",
                "The setting with the largest error was chosen.",
                "valid.mean(axis=1).argmin()",
                "valid.mean(axis=1).argmax()",
            ),
            mistake(
                "mean_of_all",
                "That is the mean over all settings on the test part. Only the chosen "
                "one is judged there.",
                "test[chosen].mean()",
                "test.mean()",
            ),
        ),
    )
)

taught_in(
    {
        "tuning.log_uniform": "Grid and random",
        "tuning.expected_best": "The best of many, when all are the same",
        "tuning.walk_forward": "Judged as it will be used",
        "tuning.halve": "Halving",
        "tuning.wasted": "A study that survives",
        "tuning.simplest": "Equal budgets, hundreds of searches",
        "tuning.reported": "What the test part is for",
    }
)
