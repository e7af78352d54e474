"""Checks of 01-sequences: windows, splits, baselines and scores."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.pages._shared import nats_cases
from rnnbook.checks.pages._shared import windows as varied_windows
from rnnbook.data import windows


def _window_cases(rng):
    clock = np.arange(12.0)
    return [
        Case("a clock, 4 in and 1 out", (clock, 4, 1)),
        Case("a clock, 3 in and 2 out", (clock, 3, 2)),
        Case("a random series, 5 in and 4 out", (rng.normal(size=20), 5, 4)),
        Case("room for one window only", (rng.normal(size=9), 5, 4)),
        Case("two columns", (rng.normal(size=(15, 2)), 4, 3)),
    ]


X = "series[m : m + length] for m in starts"
Y = "series[m + length : m + length + horizon]"
STARTS = "range(len(series) - length - horizon + 1)"

enter(
    Check(
        "data.windows",
        "01-sequences",
        varied_windows,
        "series, length, horizon",
        (("x", "y"),),
        _window_cases,
        (
            mistake(
                "last_window_missing",
                "The last window is missing: off by one at the end. Count the starts "
                "of a short series on paper, and see where the last one may stand.",
                STARTS,
                "range(len(series) - length - horizon)",
            ),
            mistake(
                "first_window_missing",
                "The first window is missing: off by one at the beginning, which is "
                "position 0.",
                STARTS,
                "range(1, len(series) - length - horizon + 1)",
            ),
            mistake(
                "target_in_input",
                "The first target is the last input: off by one, and a leak. A model "
                "need only repeat what it was shown.",
                Y,
                "series[m + length - 1 : m + length - 1 + horizon]",
            ),
            mistake(
                "target_late",
                "The targets come one step late: one value between the input and the "
                "first target is skipped.",
                STARTS,
                "range(len(series) - length - horizon)",
                Y,
                "series[m + length + 1 : m + length + 1 + horizon]",
            ),
            mistake(
                "horizon_short",
                "Each window has one target too few: the second number of a slice is "
                "not part of it.",
                Y,
                "series[m + length : m + length + horizon - 1]",
            ),
            mistake(
                "horizon_long",
                "Each window has one target too many.",
                STARTS,
                "range(len(series) - length - horizon)",
                Y,
                "series[m + length : m + length + horizon + 1]",
            ),
            mistake(
                "input_long",
                "Each input is one value too long and holds the first target.",
                X,
                "series[m : m + length + 1] for m in starts",
            ),
            mistake(
                "input_short",
                "Each input is one value too short: the newest one, the most telling, "
                "is left out.",
                X,
                "series[m : m + length - 1] for m in starts",
            ),
            mistake(
                "input_reversed",
                "Each input runs backwards, the newest value first. A recurrent "
                "network reads in the order of the array.",
                X,
                "series[m : m + length][::-1] for m in starts",
            ),
            mistake(
                "target_is_shifted_input",
                "The targets are the inputs shifted by one. That is how a language "
                "model is trained at every step; here the target is what follows the "
                "window.",
                Y,
                "series[m + 1 : m + 1 + length]",
                page="21-text-generation",
            ),
            mistake(
                "last_target_only",
                "Only the last target of each window is returned, not all of them.",
                Y,
                "series[m + length + horizon - 1 : m + length + horizon]",
            ),
            mistake(
                "no_overlap",
                "The windows do not overlap: each starts where the one before ended. "
                "Here they move on by one, so that no pair is lost.",
                STARTS,
                "range(0, len(series) - length - horizon + 1, length)",
            ),
            mistake(
                "horizon_ignored",
                "The horizon is ignored: there is one target, however long the "
                "horizon is.",
                STARTS,
                "range(len(series) - length)",
                Y,
                "series[m + length : m + length + 1]",
            ),
            mistake(
                "series_sorted",
                "The series was sorted before it was cut. The order of its values is "
                "what there is to learn.",
                "starts = ",
                "series = np.sort(series, axis=0)\n    starts = ",
            ),
        ),
    )
)


def split(series, fractions):
    """The parts of :func:`rnnbook.data.chronological_split`, as arrays."""
    a, b, _ = np.rint(np.cumsum(fractions) * len(series)).astype(int)
    return series[:a], series[a:b], series[b:]


def _parts(function):
    """Accept slices as well as the parts themselves."""

    def parts(series, fractions):
        got = function(series, fractions)
        if not isinstance(got, tuple | list):
            return got
        return tuple(series[s] if isinstance(s, slice) else s for s in got)

    return parts


def _split_cases(rng):
    thirds = (0.5, 0.25, 0.25)
    return [
        Case("a clock of 16 steps", (np.arange(16.0), thirds)),
        Case("a random series", (rng.normal(size=40), (0.625, 0.25, 0.125))),
        Case("two columns", (rng.normal(size=(24, 2)), thirds)),
    ]


def _split_shuffled(series, fractions):
    order = np.random.default_rng(0).permutation(len(series))
    return split(series[order], fractions)


def _split_interleaved(series, fractions):
    return series[::2], series[1::4], series[3::4]


def _is_shuffle(case, outputs, expected):
    """Every value is in one part, the sizes are right, and the order is not kept."""
    series = case.args[0].reshape(len(case.args[0]), -1)
    if any(a.shape != expected[n].shape for n, a in outputs.items()):
        return False
    parts = [a.reshape(len(a), -1) for a in outputs.values()]
    rows = np.concatenate(parts)
    where = [np.flatnonzero((series == row).all(axis=1)) for row in rows]
    if any(len(w) != 1 for w in where) or len({int(w[0]) for w in where}) < len(rows):
        return False
    positions = np.array([w[0] for w in where])
    n = len(parts[0])
    regular = abs(np.diff(positions))  # reversed or interleaved parts are no shuffle
    return positions[:n].max() >= n and len(set(regular[: n - 1].tolist())) > 2


enter(
    Check(
        "data.split",
        "01-sequences",
        split,
        "series, fractions",
        (("train", "val", "test"),),
        _split_cases,
        (
            mistake(
                "time_shuffled",
                "The rows were shuffled before they were split. Time is out of order: "
                "the training part knows days that come after those of the test.",
                _split_shuffled,
                holds=_is_shuffle,
            ),
            mistake(
                "newest_first",
                "The training part is the newest. A model is tested on what comes "
                "after its training, or it has seen the future.",
                "return series",
                "series = series[::-1]\n    return series",
            ),
            mistake(
                "parts_reversed_order",
                "The training part lies at the end of the series and the test part at "
                "its beginning: it would be trained on the future.",
                "return series[:a], series[a:b], series[b:]",
                "n = len(series)\n    return series[n - a :], series[n - b : n - a], "
                "series[: n - b]",
            ),
            mistake(
                "train_and_test_overlap",
                "The test part begins inside the training part: they overlap, and the "
                "score rewards learning by heart.",
                "series[b:]",
                "series[a - (len(series) - b) : a]",
            ),
            mistake(
                "parts_share_a_row",
                "Neighbouring parts share a row: the last one of a part is the first "
                "one of the next. A slice ends *before* its second number.",
                "series[a:b], series[b:]",
                "series[a - 1 : b], series[b - 1 :]",
            ),
            mistake(
                "row_lost",
                "Between neighbouring parts a row is lost.",
                "series[a:b], series[b:]",
                "series[a + 1 : b], series[b + 1 :]",
            ),
            mistake(
                "last_row_lost",
                "The last row of the series is in no part.",
                "series[b:]",
                "series[b:-1]",
            ),
            mistake(
                "validation_in_training",
                "The training part includes the validation part, so that settings are "
                "chosen on what was learned.",
                "series[:a], ",
                "series[:b], ",
            ),
            mistake(
                "test_includes_validation",
                "The test part begins where the validation part does: it holds the "
                "rows on which the settings were chosen.",
                "series[b:]",
                "series[a:]",
            ),
            mistake(
                "validation_is_test",
                "Validation and test part are the same rows. Once a setting was chosen "
                "on it, a test part tests no more.",
                "series[a:b], series[b:]",
                "series[b:], series[b:]",
            ),
            mistake(
                "shares_not_cumulated",
                "The second bound is the share of the validation part itself. A bound "
                "says where a part ends, counted from the beginning of the series, so "
                "it is a sum of shares.",
                "np.cumsum(fractions)",
                "np.array(fractions)",
            ),
            mistake(
                "interleaved",
                "The rows were dealt out in turn. Each test row has training rows "
                "right before and after it, which is a leak wherever neighbours are "
                "alike.",
                _split_interleaved,
            ),
        ),
        wrap=_parts,
    )
)


def scale(train, test):
    """Standardise both by the training part."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


def _scale_cases(rng):
    trend = np.linspace(0, 3, 24)[:, None] * np.array([1.0, -2.0, 0.5])
    drifting = trend + rng.normal(size=(24, 3))
    return [
        Case("a rising series", (np.arange(6.0) ** 1.5, np.arange(6.0, 9.0) ** 1.5)),
        Case("three columns", (drifting[:15], drifting[15:])),
        Case(
            "columns of other sizes",
            (np.array([1, 100.0]) * rng.normal(size=(9, 2)), rng.normal(size=(4, 2))),
        ),
    ]


FIT = "train.mean(axis=0), train.std(axis=0)"
SCALED = "(train - mean) / std, (test - mean) / std"

enter(
    Check(
        "data.scale",
        "01-sequences",
        scale,
        "train, test",
        (("train_scaled", "test_scaled"),),
        _scale_cases,
        (
            mistake(
                "fitted_on_everything",
                "The scaler was fitted on everything: mean and spread of the test part "
                "enter the training data, which thereby know where the series will go.",
                FIT,
                "*((both := np.concatenate([train, test])).mean(axis=0), "
                "both.std(axis=0)),",
            ),
            mistake(
                "test_by_itself",
                "The test part was scaled by its own mean and spread. On the day of a "
                "forecast these are not known, and the two parts no longer share a "
                "unit.",
                SCALED,
                "(train - mean) / std, (test - test.mean(axis=0)) / test.std(axis=0)",
            ),
            mistake(
                "fitted_on_test",
                "The scaler was fitted on the test part.",
                FIT,
                "test.mean(axis=0), test.std(axis=0)",
            ),
            mistake(
                "test_not_scaled",
                "The test part is returned as it came: the model would meet numbers in "
                "a unit it has never seen.",
                SCALED,
                "(train - mean) / std, test",
            ),
            mistake(
                "mean_only",
                "The mean was taken off and the spread left as it is.",
                SCALED,
                "train - mean, test - mean",
            ),
            mistake(
                "mean_not_subtracted",
                "The spread was divided out, but the mean was not taken off first.",
                SCALED,
                "train / std, test / std",
            ),
            mistake(
                "variance",
                "You divide by the variance. The standard deviation is its root, and "
                "has the unit of the data.",
                "train.std(axis=0)",
                "train.var(axis=0)",
            ),
            mistake(
                "sample_deviation",
                "You divide by the sample standard deviation, with n - 1. This "
                "exercise takes the one with n, as NumPy and scikit-learn compute it "
                "unless told otherwise.",
                "train.std(axis=0)",
                "train.std(axis=0, ddof=1)",
            ),
            mistake(
                "min_max",
                "That is scaling by the smallest and the largest value. This exercise "
                "scales by mean and standard deviation.",
                FIT,
                "train.min(axis=0), train.max(axis=0) - train.min(axis=0)",
            ),
            mistake(
                "columns_together",
                "One mean and one spread were taken for all columns. Each column is a "
                "quantity of its own.",
                FIT,
                "train.mean(), train.std()",
            ),
        ),
    )
)


def seasonal_naive(y, t, m, k):
    """The newest known value of the same season, k steps ahead."""
    return y[t - m * -(-k // m)]


def _seasonal_cases(rng):
    clock = np.arange(60)
    t = np.array([30, 41, 59])
    return [
        Case("a clock, season 12, one step ahead", (clock, t, 12, 1)),
        Case("a clock, season 12, a whole season ahead", (clock, t, 12, 12)),
        Case("a clock, season 12, more than a season", (clock, t, 12, 13)),
        Case("a random series, season 4, six ahead", (rng.normal(size=60), t, 4, 6)),
        Case("no season, three ahead", (rng.normal(size=60), t, 1, 3)),
        Case("season 5, two ahead", (rng.normal(size=60), t, 5, 2)),
    ]


BACK = "t - m * -(-k // m)"

enter(
    Check(
        "data.seasonal_naive",
        "01-sequences",
        seasonal_naive,
        "y, t, m, k",
        ("forecast",),
        _seasonal_cases,
        (
            mistake(
                "horizon_ignored",
                "The horizon is ignored: for more than a season ahead, the value one "
                "season back is not known yet.",
                BACK,
                "t - m",
            ),
            mistake(
                "last_value",
                "That is the last known value, whatever its season. It should be of "
                "the same season as the target.",
                BACK,
                "t - k",
            ),
            mistake(
                "rounded_down",
                "The number of seasons is rounded down, so the forecast uses values "
                "that are not known yet, or the target itself.",
                BACK,
                "t - m * (k // m)",
            ),
            mistake(
                "season_too_far",
                "The forecast goes one season too far back where the horizon is a "
                "whole number of seasons.",
                BACK,
                "t - m * (k // m + 1)",
            ),
            mistake(
                "season_after_horizon",
                "The forecast goes back by the horizon and a season more, which ends "
                "in another season than the target's.",
                BACK,
                "t - k - m",
            ),
            mistake(
                "rounded_to_nearest",
                "The number of seasons is rounded to the nearest whole number. It "
                "must be rounded up, because otherwise the value may not be known "
                "yet.",
                "-(-k // m)",
                "round(k / m)",
            ),
            mistake(
                "larger_of_two",
                "The forecast goes back by the season or by the horizon, whichever is "
                "longer. A horizon that is longer than a season ends in another "
                "season.",
                "t - m * -(-k // m)",
                "t - max(m, k)",
            ),
            mistake(
                "season_times_horizon",
                "The forecast goes back one season for each *step* of the horizon. "
                "That is known, but far older than it need be.",
                "t - m * -(-k // m)",
                "t - m * k",
            ),
            mistake(
                "t_is_the_origin",
                "You took `t` for the last known day and forecast `k` steps after it. "
                "Here `t` is the day that is forecast.",
                "t - m * -(-k // m)",
                "t + k - m * -(-k // m)",
            ),
            mistake(
                "remainder",
                "The forecast goes back by what is left of the horizon after whole "
                "seasons. It should go back by the whole seasons.",
                "t - m * -(-k // m)",
                "t - k % m",
            ),
            mistake(
                "remainder_and_horizon",
                "The forecast goes back by the horizon and by its remainder besides. "
                "It has to end in the season of the target: the number of steps back "
                "is a whole number of seasons.",
                "t - m * -(-k // m)",
                "t - k - k % m",
            ),
            mistake(
                "start_of_a_season",
                "The forecast is the value at a multiple of the season, whatever the "
                "season of the target is.",
                "t - m * -(-k // m)",
                "(t - k) - (t - k) % m",
            ),
            mistake(
                "complement_of_the_remainder",
                "What is missing to a whole season was gone back alone, without the "
                "horizon.",
                "t - m * -(-k // m)",
                "t - (m - k % m)",
            ),
            mistake(
                "number_of_seasons",
                "The *number* of seasons was gone back in place of their steps: each "
                "season has `m` of them.",
                "t - m * -(-k // m)",
                "t - -(-k // m)",
            ),
            mistake(
                "two_seasons_at_most",
                "The forecast goes back one season, or two where one is not enough. A "
                "long horizon may need more.",
                "m * -(-k // m)",
                "(m if k <= m else 2 * m)",
            ),
            mistake(
                "rounded_down_but_one",
                "The number of seasons is rounded down, except that it is at least "
                "one. Where the horizon is longer than a season, the value is not "
                "known yet.",
                "-(-k // m)",
                "max(1, k // m)",
            ),
            mistake(
                "season_before_the_known",
                "The forecast goes back by `m + k - 1` steps. That is a whole number "
                "of seasons only where `k - 1` is, too.",
                "t - m * -(-k // m)",
                "t - k - m + 1",
            ),
            mistake(
                "one_before_the_known",
                "That is the value before the last one that is known, whatever its "
                "season.",
                "t - m * -(-k // m)",
                "t - k - 1",
            ),
        ),
    )
)


def mase(y_true, y_pred, y_train, season):
    """As :func:`rnnbook.metrics.mase`, written to be varied."""
    scale = np.abs(y_train[season:] - y_train[:-season]).mean()
    return np.abs(y_true - y_pred).mean() / scale


def _mase_cases(rng):
    def case(label, n, k, season):
        train = 3 * rng.normal(size=n).cumsum() + 5
        true = train[-1] + rng.normal(size=k).cumsum()
        return Case(label, (true, true + rng.normal(size=k), train, season))

    return [
        case("no season", 20, 8, 1),
        case("season 4", 30, 12, 4),
        case("season 7", 40, 15, 7),
    ]


TRAIN_SCALE = "y_train[season:] - y_train[:-season]"

enter(
    Check(
        "metrics.mase",
        "01-sequences",
        mase,
        "y_true, y_pred, y_train, season",
        ("mase",),
        _mase_cases,
        (
            mistake(
                "scaled_on_test",
                "The scale was taken from the test series. It belongs to the training "
                "series, so that it is known before and the same for every model.",
                TRAIN_SCALE,
                "y_true[season:] - y_true[:-season]",
            ),
            mistake(
                "season_ignored",
                "The season is ignored: the scale is the error of the last value, not "
                "of the value one season ago.",
                TRAIN_SCALE,
                "y_train[1:] - y_train[:-1]",
            ),
            mistake(
                "not_scaled",
                "That is the mean absolute error, not yet divided by a scale.",
                " / scale",
                "",
            ),
            mistake(
                "scaled_by_level",
                "The error was divided by the mean size of the training values. The "
                "scale is the error that a naive forecast makes on them.",
                TRAIN_SCALE,
                "y_train",
            ),
            mistake(
                "squared_errors",
                "The errors were squared before the mean and the root taken after it. "
                "MASE, as its first letters say, takes absolute errors.",
                "np.abs(y_true - y_pred).mean()",
                "np.sqrt(((y_true - y_pred) ** 2).mean())",
            ),
            mistake(
                "squared_scale",
                "The scale is a root mean square; it should be a mean of absolute "
                "differences, like the error above it.",
                f"np.abs({TRAIN_SCALE}).mean()",
                f"np.sqrt((({TRAIN_SCALE}) ** 2).mean())",
            ),
            mistake(
                "rolled",
                "The scale compares the first training values with the last ones, as "
                "if the series were a circle. `np.roll` does this, and so does an "
                "index below zero.",
                TRAIN_SCALE,
                "y_train - np.roll(y_train, season)",
            ),
            mistake(
                "inverted",
                "Scale and error have changed places: the better the forecast, the "
                "larger this number.",
                "np.abs(y_true - y_pred).mean() / scale",
                "scale / np.abs(y_true - y_pred).mean()",
            ),
            mistake(
                "signed_error",
                "The errors were averaged with their signs: too high and too low "
                "cancel out.",
                "np.abs(y_true - y_pred).mean()",
                "(y_true - y_pred).mean()",
            ),
            mistake(
                "sum",
                "The errors were added up and not averaged, so a long test part would "
                "look worse than a short one.",
                "(y_true - y_pred).mean()",
                "(y_true - y_pred).sum()",
            ),
            mistake(
                "mean_error_in_size",
                "The errors were averaged first and the sign taken off afterwards, so "
                "forecasts that are too high and too low still cancel out.",
                "np.abs(y_true - y_pred).mean()",
                "abs((y_true - y_pred).mean())",
            ),
            mistake(
                "signed_scale",
                "The differences in the scale kept their signs, so that rises and "
                "falls cancel out. The scale is the mean *size* of a seasonal change.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "abs((y_train[season:] - y_train[:-season]).mean())",
            ),
            mistake(
                "scale_with_its_sign",
                "The scale is the mean *change* over a season, with its sign, so that "
                "rises and falls cancel out; where the series falls it is negative. It "
                "should be the mean size of a change.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "(y_train[season:] - y_train[:-season]).mean()",
            ),
            mistake(
                "scaled_on_both_parts",
                "The scale was taken from the training and the test part together. It "
                "belongs to the training part alone.",
                TRAIN_SCALE,
                "np.r_[y_train, y_true][season:] - np.r_[y_train, y_true][:-season]",
            ),
            mistake(
                "last_difference_missing",
                "The last difference of the training part is missing from the scale: "
                "off by one at the end.",
                TRAIN_SCALE,
                "y_train[season:-1] - y_train[: -season - 1]",
            ),
            mistake(
                "first_difference_missing",
                "The first difference of the training part is missing from the scale: "
                "off by one at the beginning.",
                TRAIN_SCALE,
                "y_train[season + 1 :] - y_train[1:-season]",
            ),
            mistake(
                "lag_one_too_long",
                "The values in the scale lie a season and one step apart.",
                TRAIN_SCALE,
                "y_train[season + 1 :] - y_train[: -season - 1]",
            ),
            mistake(
                "one_too_few_in_the_mean",
                "The sum of the differences was divided by one less than their number.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "np.abs(y_train[season:] - y_train[:-season]).sum() / "
                "(len(y_train) - season - 1)",
            ),
            mistake(
                "difference_of_means",
                "The error of the naive forecast was subtracted. It is what the error "
                "is divided by.",
                "return np.abs(y_true - y_pred).mean() / scale",
                "return np.abs(y_true - y_pred).mean() - scale",
            ),
            mistake(
                "errors_of_neighbours",
                "The forecasts were compared with the true values of another step.",
                "np.abs(y_true - y_pred).mean()",
                "np.abs(y_true[1:] - y_pred[:-1]).mean()",
            ),
            mistake(
                "scale_of_the_forecast",
                "The scale was taken from the forecast. It belongs to the training "
                "series.",
                TRAIN_SCALE,
                "y_pred[season:] - y_pred[:-season]",
            ),
            mistake(
                "scale_divided_by_all",
                "The scale is divided by the number of all training values. There are "
                "fewer differences than values: one season less.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "np.abs(y_train[season:] - y_train[:-season]).sum() / len(y_train)",
            ),
            mistake(
                "mean_squares",
                "Error and scale are mean squares, without a root. MASE takes the "
                "absolute value of each difference.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "((y_train[season:] - y_train[:-season]) ** 2).mean()",
                "np.abs(y_true - y_pred).mean()",
                "((y_true - y_pred) ** 2).mean()",
            ),
            mistake(
                "scaled_by_spread",
                "The error was divided by the standard deviation of the training "
                "values. That is how far they lie from their mean; the scale is how "
                "far they lie from the value one season before.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "y_train.std()",
            ),
            mistake(
                "percentage_error",
                "Each error was divided by the true value: that is MAPE, which depends "
                "on where zero lies. MASE has one scale, taken from the training part.",
                "np.abs(y_true - y_pred).mean() / scale",
                "np.abs((y_true - y_pred) / y_true).mean()",
            ),
            mistake(
                "differences_of_differences",
                "The differences were taken again and again, as often as the season is "
                "long: the second argument of `np.diff` counts how often. A seasonal "
                "difference is taken once, over a season.",
                "y_train[season:] - y_train[:-season]",
                "np.diff(y_train, season)",
            ),
            mistake(
                "scale_summed",
                "The differences in the scale were added up and not averaged.",
                "np.abs(y_train[season:] - y_train[:-season]).mean()",
                "np.abs(y_train[season:] - y_train[:-season]).sum()",
            ),
            mistake(
                "scaled_by_distance_from_mean",
                "The scale is the mean distance of the training values from their "
                "mean. It should be their distance from the value one season before.",
                "y_train[season:] - y_train[:-season]",
                "y_train - y_train.mean()",
            ),
            mistake(
                "median_error",
                "The median of the errors was taken. MASE takes their mean.",
                "np.abs(y_true - y_pred).mean()",
                "np.median(np.abs(y_true - y_pred))",
            ),
        ),
    )
)


enter(
    Check(
        "metrics.bits_per_character",
        "01-sequences",
        lambda nats: nats / math.log(2),
        "nats",
        ("bits",),
        nats_cases,
        (
            mistake(
                "nats_called_bits",
                "That is the number in nats. The natural logarithm counts in nats; a "
                "bit is a logarithm to base two.",
                lambda nats: nats,
            ),
            mistake(
                "multiplied",
                "The nats were multiplied by ln 2, and should be divided by it. A bit "
                "is smaller than a nat, so there must be more bits than nats.",
                lambda nats: nats * math.log(2),
            ),
            mistake(
                "logarithm_of_nats",
                "The logarithm of the loss was taken. The loss is made of logarithms "
                "already; only its unit changes.",
                lambda nats: math.log2(nats),
            ),
            mistake(
                "base_ten",
                "The nats were divided by the logarithm of ten. That is the unit for "
                "logarithms to base ten; bits belong to base two.",
                lambda nats: nats / math.log(10),
            ),
            mistake(
                "perplexity",
                "That is the perplexity, a number of choices. The exercise asks for "
                "the same loss in another unit.",
                lambda nats: math.exp(nats),
            ),
        ),
    )
)


def peeks(features, series, t):
    """Whether row t, or one before it, depends on the series from t on."""
    other = series.copy()
    other[t:] = other[t:] + 1 + np.arange(len(series) - t) % 3
    return not np.array_equal(features(series)[: t + 1], features(other)[: t + 1])


def _yesterday(s):
    return np.r_[s[0], s[:-1]][:, None]


def _today(s):
    return s[:, None] * 2


def _two_days_ahead(s):
    return np.r_[s[2:], s[-1], s[-1]][:, None]


def _ten_days_ahead(s):
    return np.r_[s[10:], s[:10]][:, None]


def _centred(s):
    return np.convolve(s, np.ones(3) / 3, mode="same")[:, None]


def _weekday(s):
    return (np.arange(len(s)) % 7)[:, None]


def _peek_cases(rng):
    series = rng.normal(size=20).cumsum()
    return [
        Case("yesterday's value", (_yesterday, series, 10)),
        Case("today's value", (_today, series, 10)),
        Case("a value two days ahead", (_two_days_ahead, series, 8)),
        Case("a centred mean", (_centred, series, 12)),
        Case("a value ten days ahead", (_ten_days_ahead, series, 5)),
        Case("the day of the week", (_weekday, series, 9)),
    ]


PEEK = "features(series)[: t + 1], features(other)[: t + 1]"

enter(
    Check(
        "data.peeks",
        "01-sequences",
        peeks,
        "features, series, t",
        ("peeks",),
        _peek_cases,
        (
            mistake(
                "day_t_left_out",
                "A feature of today's value goes unnoticed: row t is not compared, or "
                "day t itself was not replaced. Row t is the input for day t, so it "
                "must not know that day.",
                PEEK,
                "features(series)[:t], features(other)[:t]",
            ),
            mistake(
                "all_rows",
                "The answer is yes for every feature that looks at the series at all. "
                "Either rows after t are compared, which may depend on day t, or days "
                "before t were changed, too.",
                PEEK,
                "features(series), features(other)",
            ),
            mistake(
                "never_yes",
                "The answer is no for every feature: nothing is looked for, or two "
                "arrays are compared that are always the same.",
                lambda features, series, t: False,
            ),
            mistake(
                "inverted",
                "The answer is the other way round: it says that a feature is clean.",
                "return not np",
                "return np",
            ),
            mistake(
                "past_replaced",
                "The past was replaced, and of course the features depend on it. "
                "Replace the future.",
                "other[t:] = other[t:] + 1 + np.arange(len(series) - t) % 3",
                "other[:t] = other[:t] + 1",
            ),
            mistake(
                "always_yes",
                "The answer is yes for every feature, also for one that does not look "
                "at the series at all. What is compared must be equal where nothing "
                "leaks: the same rows, before and after.",
                lambda features, series, t: True,
            ),
            mistake(
                "only_the_next_day_replaced",
                "Only the day after day t was replaced. A feature may also look at "
                "day t itself, or at a later one.",
                "other[t:] = other[t:] + 1 + np.arange(len(series) - t) % 3",
                "other[t + 1 : t + 2] = other[t + 1 : t + 2] + 1",
            ),
            mistake(
                "only_day_t_replaced",
                "Only day t itself was replaced. A feature may also look at a later "
                "day.",
                "other[t:] = other[t:] + 1 + np.arange(len(series) - t) % 3",
                "other[t] = other[t] + 1",
            ),
        ),
    )
)


def cost(p, q):
    """Bits a symbol of the source p costs one who believes q."""
    return -(p * np.log2(q)).sum()


def _cost_cases(rng):
    p = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    r = rng.dirichlet(np.ones(6), size=2)
    return [
        Case("a receiver who knows the source", (p, p)),
        Case("all equally likely", (p, np.full(4, 1 / 4))),
        Case("six symbols", (r[0], r[1])),
    ]


enter(
    Check(
        "metrics.cost",
        "01-sequences",
        cost,
        "p, q",
        ("bits",),
        _cost_cases,
        (
            mistake(
                "belief_ignored",
                "That is the entropy of the source, whatever the receiver believes. "
                "What a symbol costs follows from its probability under `q`.",
                "np.log2(q)",
                "np.log2(p)",
            ),
            mistake(
                "weighted_by_belief",
                "The mean was taken with the receiver's belief. How often a symbol "
                "comes is decided by the source, `p`.",
                "(p * np.log2(q))",
                "(q * np.log2(q))",
            ),
            mistake(
                "exchanged",
                "Source and belief have changed places.",
                "(p * np.log2(q))",
                "(q * np.log2(p))",
            ),
            mistake(
                "in_nats",
                "These are nats. Bits come from the logarithm to base two.",
                "log2",
                "log",
            ),
            mistake(
                "sign_missing",
                "The cost is negative: the logarithm of a probability is, and a sign "
                "in front is missing.",
                "-(p",
                "(p",
            ),
            mistake(
                "logarithm_to_ten",
                "The logarithm was taken to the base ten. Bits come from that to the "
                "base two.",
                "np.log2",
                "np.log10",
            ),
            mistake(
                "only_the_extra_cost",
                "That is what the wrong belief costs on top of the entropy. The whole "
                "cost is wanted.",
                "np.log2(q)",
                "np.log2(q / p)",
            ),
            mistake(
                "not_weighted",
                "All symbols count alike. Those that come often must count more.",
                "-(p * np.log2(q)).sum()",
                "-np.log2(q).mean()",
            ),
            mistake(
                "mean_for_sum",
                "The weighted bits were averaged over the symbols. The weights already "
                "add up to one, so the weighted bits are summed.",
                ".sum()",
                ".mean()",
            ),
            mistake(
                "summed_without_weights",
                "The bits of all symbols were added up, however rare a symbol is. Each "
                "counts by how often it comes.",
                "(p * np.log2(q))",
                "np.log2(q)",
            ),
            mistake(
                "logarithm_of_mean",
                "The mean was taken of the probabilities and the logarithm afterwards. "
                "Each symbol costs its own bits, and these are averaged.",
                "-(p * np.log2(q)).sum()",
                "-np.log2((p * q).sum())",
            ),
            mistake(
                "whole_bits",
                "The bits of each symbol were rounded up to a whole number. That is "
                "the length of a code word; this cost need not be whole.",
                "-(p * np.log2(q)).sum()",
                "(p * np.ceil(-np.log2(q))).sum()",
            ),
            mistake(
                "every_symbol_a_coin",
                "Each symbol is charged when it comes and when it does not, as if it "
                "were a coin by itself. Only the symbol that comes is charged.",
                "-(p * np.log2(q)).sum()",
                "-(p * np.log2(q) + (1 - p) * np.log2(1 - q)).sum()",
            ),
            mistake(
                "not_summed",
                "Each symbol's share of the cost is there; the sum over the symbols is "
                "missing.",
                ".sum()",
                "",
            ),
            mistake(
                "perplexity",
                "Two was raised to the power of the bits: that is a perplexity, a "
                "number of symbols.",
                "-(p * np.log2(q)).sum()",
                "2 ** -(p * np.log2(q)).sum()",
            ),
        ),
    )
)


def mended(series, n):
    """Smoothed, scaled windows of 20 of the first n days, in the order of time."""
    past = np.r_[[series[0]] * 4, series[:n]]
    smooth = np.convolve(past, np.ones(5) / 5, mode="valid")
    scaled = (smooth - smooth.mean()) / smooth.std()
    return windows(scaled, 20)


def _mended_cases(rng):
    return [
        Case("a random walk", (100 + rng.normal(size=60).cumsum(), 40)),
        Case("a rising series", (np.arange(50.0) ** 1.5, 35)),
        Case("a long series", (50 + rng.normal(size=860).cumsum(), 850)),
    ]


def _rolling(series, first):
    """The mean of each day and the four before it, and something for the first four."""
    smooth = np.convolve(series, np.ones(5) / 5, mode="valid")
    return np.r_[np.broadcast_to(first, 4), smooth]


def _scaled_windows(smooth):
    return windows((smooth - smooth.mean()) / smooth.std(), 20)


def _not_mended(series, n):
    smooth = np.convolve(series, np.ones(5) / 5, mode="same")
    x, y = windows((smooth - smooth.mean()) / smooth.std(), 20)
    rows = np.random.default_rng(0).permutation(len(x))[:800]
    return x[rows], y[rows]


enter(
    Check(
        "data.mended",
        "01-sequences",
        mended,
        "series, n",
        (("x", "y"),),
        _mended_cases,
        (
            mistake(
                "average_looks_ahead",
                "The average is centred: each day knows the two days after it. It may "
                "only look back.",
                "past = np.r_[[series[0]] * 4, series[:n]]",
                "past = np.r_[[series[0]] * 2, series[:n], [series[n - 1]] * 2]",
            ),
            mistake(
                "centred_with_zeros",
                "The average is still centred, so each day knows the two days after "
                "it, and at both ends it averages with zeros.",
                'np.convolve(past, np.ones(5) / 5, mode="valid")',
                'np.convolve(series[:n], np.ones(5) / 5, mode="same")',
            ),
            mistake(
                "four_days_after",
                "Each day is averaged with the four days *after* it, not before it.",
                "np.r_[[series[0]] * 4, series[:n]]",
                "series[: n + 4]",
            ),
            mistake(
                "centred_behind_the_padding",
                "Days are put in front, and yet the average is centred: each day still "
                "knows the two days after it.",
                'mode="valid")',
                'mode="same")[4:]',
            ),
            mistake(
                "two_days_late",
                "The values come two days late: each is an average of five days that "
                "ended two days before.",
                'mode="valid")',
                'mode="same")[:n]',
            ),
            mistake(
                "scale_of_everything",
                "Mean and spread come from the whole series: they tell the training "
                "part how high and how restless the later days are.",
                "past = np.r_[[series[0]] * 4, series[:n]]",
                "past = np.r_[[series[0]] * 4, series]",
                "return windows(scaled, 20)",
                "return windows(scaled[:n], 20)",
            ),
            mistake(
                "windows_of_everything",
                "The windows reach beyond the first `n` days.",
                "series[:n]",
                "series",
            ),
            mistake(
                "not_scaled",
                "The values are smoothed and not scaled.",
                "(smooth - smooth.mean()) / smooth.std()",
                "smooth",
            ),
            mistake(
                "not_smoothed",
                "The values are scaled and not smoothed.",
                'np.convolve(past, np.ones(5) / 5, mode="valid")',
                "series[:n]",
            ),
            mistake(
                "shuffled",
                "The rows are shuffled. Within the training part that is no leak, but "
                "here they are to stay in the order of time.",
                "return windows(scaled, 20)",
                "x, y = windows(scaled, 20)\n"
                "    rows = np.random.default_rng(0).permutation(len(x))\n"
                "    return x[rows], y[rows]",
            ),
            mistake(
                "not_mended",
                "All three leaks are still there: this is what the function with the "
                "leaks returns.",
                _not_mended,
            ),
            mistake(
                "sample_deviation",
                "The spread is the sample standard deviation, with one less than the "
                "number of days, as pandas computes it. Here it is the one that NumPy "
                "computes unless told otherwise.",
                "smooth.std()",
                "smooth.std(ddof=1)",
            ),
            mistake(
                "only_800",
                "Only 800 windows are returned: the limit of the old function is still "
                "there.",
                "return windows(scaled, 20)",
                "x, y = windows(scaled, 20)\n    return x[:800], y[:800]",
            ),
            mistake(
                "first_days_not_averaged",
                "The first four days have the first price, not an average. Before the "
                "first day stands the first price; the days that follow are averaged "
                "with it.",
                lambda series, n: _scaled_windows(_rolling(series[:n], series[0])),
            ),
            mistake(
                "first_days_as_they_were",
                "The first four days were not averaged. Before the first day stands "
                "the first price, so they can be.",
                lambda series, n: _scaled_windows(_rolling(series[:n], series[:4])),
            ),
            mistake(
                "first_days_from_the_future",
                "The first four days have the average of the first five, so they know "
                "days that come later.",
                lambda series, n: _scaled_windows(
                    _rolling(series[:n], series[:5].mean())
                ),
            ),
            mistake(
                "average_looks_forwards",
                "Each day is averaged with the four days *after* it. A moving average "
                "may only look back.",
                lambda series, n: _scaled_windows(
                    _rolling(np.r_[series[:n], [series[n - 1]] * 4], 0)[4:]
                ),
            ),
            mistake(
                "first_days_dropped",
                "The first four days are gone, because they have no four days before "
                "them. The exercise says what to put there: the first price.",
                "past = np.r_[[series[0]] * 4, series[:n]]",
                "past = series[:n]",
            ),
            mistake(
                "zeros_in_front",
                "The average looks back only, but at the beginning it averages with "
                "zeros. Before the first day the first price should stand.",
                "past = np.r_[[series[0]] * 4, series[:n]]",
                "past = np.r_[[0.0] * 4, series[:n]]",
            ),
            mistake(
                "shorter_average_at_start",
                "The first days are averaged over fewer days. The exercise fills up "
                "with the first price, so that there are always five.",
                'np.convolve(past, np.ones(5) / 5, mode="valid")',
                "np.array([series[max(0, k - 4) : k + 1].mean() for k in range(n)])",
            ),
            mistake(
                "scale_of_the_raw_days",
                "Mean and spread were taken from the days before they were smoothed. "
                "They should be those of the smoothed days.",
                "(smooth - smooth.mean()) / smooth.std()",
                "(smooth - series[:n].mean()) / series[:n].std()",
            ),
            mistake(
                "four_days",
                "The average is over four days. Each day and the four before it are "
                "five.",
                'np.convolve(past, np.ones(5) / 5, mode="valid")',
                'np.convolve(past, np.ones(4) / 4, mode="valid")[1:]',
            ),
            mistake(
                "mean_only",
                "The mean was taken off, and the values were not divided by the "
                "spread.",
                "(smooth - smooth.mean()) / smooth.std()",
                "smooth - smooth.mean()",
            ),
            mistake(
                "min_max",
                "The smoothed days were scaled to the range from 0 to 1. The exercise "
                "scales with mean and spread.",
                "(smooth - smooth.mean()) / smooth.std()",
                "(smooth - smooth.min()) / (smooth.max() - smooth.min())",
            ),
            mistake(
                "day_itself_left_out",
                "Each day is smoothed by the five days before it. The day itself "
                "belongs to the average, with the four before it.",
                "np.r_[[series[0]] * 4, series[:n]]",
                "np.r_[[series[0]] * 5, series[: n - 1]]",
            ),
            mistake(
                "windows_of_19",
                "The windows have 19 days. They should have 20.",
                "return windows(scaled, 20)",
                "return windows(scaled, 19)",
            ),
        ),
    )
)


def discounted(n, q, D):
    """Probabilities from counts in one context and those of a shorter one."""
    if n.sum() == 0:
        return q
    saved = D * np.count_nonzero(n)
    return (np.maximum(n - D, 0) + saved * q) / n.sum()


def _discount_cases(rng):
    q = rng.dirichlet(np.ones(5))
    return [
        Case("some never seen", (np.array([4, 1, 0, 0, 2]), q, 0.75)),
        Case("never seen at all", (np.zeros(5, int), q, 0.75)),
        Case("all seen", (rng.integers(1, 9, size=5), q, 0.5)),
    ]


enter(
    Check(
        "text.discounted",
        "01-sequences",
        discounted,
        "n, q, D",
        ("probabilities",),
        _discount_cases,
        (
            mistake(
                "saving_lost",
                "The probabilities do not add up to one: what the discount saves is "
                "given to nobody.",
                " + saved * q",
                "",
            ),
            mistake(
                "saved_once_only",
                "The discount is taken off *every* character that was seen, so what is "
                "saved is `D` times their number. You give back `D` once.",
                "D * np.count_nonzero(n)",
                "D",
            ),
            mistake(
                "saved_for_every_character",
                "What is saved is `D` for each character that was *seen* here, not for "
                "each of the alphabet.",
                "np.count_nonzero(n)",
                "len(n)",
            ),
            mistake(
                "saved_by_occurrence",
                "What you give back amounts to `D` for every occurrence. The discount "
                "is taken once for each *different* character.",
                "np.count_nonzero(n)",
                "n.sum()",
            ),
            mistake(
                "negative_counts",
                "Characters never seen get a negative count: a discount can only be "
                "taken from what is there.",
                "np.maximum(n - D, 0)",
                "(n - D)",
            ),
            mistake(
                "no_discount",
                "The counts were not reduced, and the shorter context gets its share "
                "all the same: the sum is above one.",
                "np.maximum(n - D, 0)",
                "n",
            ),
            mistake(
                "shared_out_evenly",
                "What is saved goes to all characters alike. It should be shared out "
                "by the probabilities of the shorter context.",
                "saved * q",
                "saved / len(q)",
            ),
            mistake(
                "unseen_is_zero",
                "For a context that was never seen the shorter one decides alone; you "
                "return zeros.",
                "return q",
                "return 0 * q",
            ),
            mistake(
                "not_discounted_at_all",
                "These are the plain shares of the counts. Nothing is taken off yet, "
                "and the shorter context has no part in it.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "n / n.sum()",
            ),
            mistake(
                "divided_by_what_is_left",
                "The sum was divided by what is left of the counts after the discount. "
                "What was saved belongs to the whole as well, so it is the sum of the "
                "counts as they were.",
                "+ saved * q) / n.sum()",
                "+ saved * q) / np.maximum(n - D, 0).sum()",
            ),
            mistake(
                "only_the_saving_divided",
                "What is saved is divided by the sum of the counts, and the counts are "
                "not.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "np.maximum(n - D, 0) + saved * q / n.sum()",
            ),
            mistake(
                "discounted_in_proportion",
                "What is given to the shorter context was taken from the counts in "
                "proportion to their size. The discount takes the same amount from "
                "every count.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "(n * (1 - saved / n.sum()) + saved * q) / n.sum()",
            ),
            mistake(
                "mixed_by_what_is_missing",
                "The shorter context got, for each character, what is missing from its "
                "own share to one. What was saved is one number for all of them.",
                "return (np.maximum(n - D, 0) + saved * q) / n.sum()",
                "kept = np.maximum(n - D, 0) / n.sum()\n"
                "    return kept + (1 - kept) * q",
            ),
            mistake(
                "discounted_by_a_factor",
                "The counts were multiplied by the discount. It is subtracted, the "
                "same amount from every count.",
                "np.maximum(n - D, 0)",
                "n * (1 - D)",
            ),
            mistake(
                "saved_without_discount",
                "What is saved lacks the discount itself: it is D for each character "
                "that was seen, not one.",
                "saved = D * np.count_nonzero(n)",
                "saved = np.count_nonzero(n)",
            ),
            mistake(
                "renormalised",
                "What the discount saves is given back to the characters that were "
                "seen: the reduced counts are divided by their own sum. It belongs to "
                "the shorter context.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "np.maximum(n - D, 0) / np.maximum(n - D, 0).sum()",
            ),
            mistake(
                "saved_not_divided",
                "The counts are divided by their sum, and what is saved is not. Both "
                "are counts until then.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "np.maximum(n - D, 0) / n.sum() + saved * q",
            ),
            mistake(
                "only_unseen_get_it",
                "The shorter context is asked about unseen characters only. In this "
                "smoothing every character gets its share of what is saved.",
                "saved * q)",
                "saved * q * (n == 0))",
            ),
            mistake(
                "empty_context_divided",
                "A context that was never seen has no counts, and here they are "
                "divided by their sum, which is zero. The shorter context decides "
                "there.",
                "    if n.sum() == 0:\n        return q\n",
                "",
            ),
            mistake(
                "unseen_is_uniform",
                "For a context that was never seen all characters come out equally "
                "likely. The shorter context knows better.",
                "return q",
                "return np.full(len(q), 1 / len(q))",
            ),
            mistake(
                "saved_for_seen_only",
                "Only the characters that were seen here get something from the "
                "shorter context. What is saved is shared out among all of them.",
                "saved * q)",
                "D * (n > 0) * q)",
            ),
            mistake(
                "linear_interpolation",
                "The shares of the counts and the shorter context were mixed with "
                "fixed weights. Here a fixed number is taken off each *count*.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "(1 - D) * n / n.sum() + D * q",
            ),
            mistake(
                "added_not_taken_off",
                "`D` of the shorter context was added to the counts: that is the "
                "interpolation of the chapter, with `D` for alpha. A discount is taken "
                "off every count, and what it saves is given away.",
                "(np.maximum(n - D, 0) + saved * q) / n.sum()",
                "(n + D * q) / (n.sum() + D)",
            ),
            mistake(
                "saved_for_unseen",
                "What is saved was counted by the characters that were *not* seen. The "
                "discount is taken off those that were.",
                "np.count_nonzero(n)",
                "np.sum(n == 0)",
            ),
        ),
    )
)


def adaptive_bits(symbols, V):
    """Bits of each symbol under counts that begin at one and go on counting."""
    n, bits = np.ones(V), []
    for c in symbols:
        bits.append(-np.log2(n[c] / n.sum()))
        n[c] += 1
    return np.array(bits)


def _symbol_cases(rng):
    return [
        Case("three times the same", (np.array([0, 0, 0, 1]), 2)),
        Case("five symbols", (rng.integers(0, 5, size=40), 5)),
        Case("a symbol that never comes", (np.array([2, 0, 2, 1, 0, 0]), 4)),
    ]


enter(
    Check(
        "text.adaptive_bits",
        "01-sequences",
        adaptive_bits,
        "symbols, V",
        ("bits",),
        _symbol_cases,
        (
            mistake(
                "counted_before_charged",
                "Each symbol is counted before it is charged for. That is a leak: the "
                "model has seen the answer.",
                "        bits.append(-np.log2(n[c] / n.sum()))\n        n[c] += 1\n",
                "        n[c] += 1\n        bits.append(-np.log2(n[c] / n.sum()))\n",
            ),
            mistake(
                "learns_nothing",
                "Every symbol costs the same as at the start: no count grows, or all "
                "grow alike.",
                "        n[c] += 1\n",
                "",
            ),
            mistake(
                "in_nats",
                "Those are nats. Bits come from the logarithm to base two.",
                "np.log2",
                "np.log",
            ),
            mistake(
                "sum_forgotten",
                "A count is no probability: divide by the sum of all counts.",
                "n[c] / n.sum()",
                "n[c]",
            ),
            mistake(
                "starts_at_zero",
                "The counts start at zero, so a symbol that comes for the first time "
                "has probability zero and costs infinitely much. For the very first "
                "symbol, zero is divided by zero.",
                "np.ones(V)",
                "np.zeros(V)",
            ),
            mistake(
                "mean_returned",
                "That is the mean. Return the bits of each symbol.",
                "return np.array(bits)",
                "return np.mean(bits)",
            ),
            mistake(
                "counts_all_at_once",
                "All symbols were counted before the first was charged for: the model "
                "has read the text.",
                "n, bits = np.ones(V), []",
                "n, bits = 1.0 + np.bincount(symbols, minlength=V), []",
                "        n[c] += 1\n",
                "",
            ),
            mistake(
                "shares_of_the_whole_text",
                "Each symbol is charged by its share of the whole text, which is not "
                "known before it has been read.",
                "n, bits = np.ones(V), []",
                "n, bits = 1.0 * np.bincount(symbols, minlength=V), []",
                "        n[c] += 1\n",
                "",
            ),
            mistake(
                "only_symbols_that_come",
                "The counts begin with one for each symbol that *comes* in the text. "
                "Which ones do is not known before it is read; all `V` begin with one.",
                "n, bits = np.ones(V), []",
                "n, bits = np.bincount(symbols, minlength=V).clip(max=1) * 1.0, []",
            ),
            mistake(
                "sign_missing",
                "The bits are negative: the logarithm of a probability is. A cost "
                "takes a minus sign.",
                "-np.log2",
                "np.log2",
            ),
            mistake(
                "probabilities_returned",
                "Those are the probabilities of the symbols. What each costs is the "
                "logarithm of it, with a minus sign.",
                "-np.log2(n[c] / n.sum())",
                "n[c] / n.sum()",
            ),
            mistake(
                "divided_by_alphabet",
                "The count of a symbol is divided by the size of the alphabet. All "
                "counts grow, and so does their sum.",
                "n.sum()",
                "V",
            ),
            mistake(
                "one_too_many_in_the_sum",
                "The sum that the count is divided by is one too large: the symbol "
                "itself has not been counted yet.",
                "n.sum()",
                "(n.sum() + 1)",
            ),
            mistake(
                "one_too_few_in_the_sum",
                "The sum that the count is divided by is one too small.",
                "n.sum()",
                "(n.sum() - 1)",
            ),
            mistake(
                "counted_twice",
                "Each symbol is counted twice.",
                "n[c] += 1",
                "n[c] += 2",
            ),
            mistake(
                "divided_by_symbols_so_far",
                "The count of a symbol is divided by the number of symbols read so "
                "far. The ones that all counts began with belong to the sum, too.",
                "n[c] / n.sum()",
                "n[c] / (n.sum() - V + 1)",
            ),
            mistake(
                "total_returned",
                "That is the sum of all bits. Each symbol's bits are wanted one by "
                "one.",
                "return np.array(bits)",
                "return np.sum(bits)",
            ),
            mistake(
                "divided_by_length",
                "The count is divided by the length of the whole text, which is not "
                "known before it has been read. Divide by the sum of the counts.",
                "n[c] / n.sum()",
                "n[c] / len(symbols)",
            ),
            mistake(
                "expected_bits",
                "That is what a symbol costs on average under the counts so far. Each "
                "symbol is charged for what it is.",
                "-np.log2(n[c] / n.sum())",
                "-(n / n.sum() * np.log2(n / n.sum())).sum()",
            ),
        ),
    )
)

taught_in(
    {
        "data.windows": "Windows",
        "data.split": "A split in the order of time",
        "data.scale": "A scale that knows the future",
        "data.seasonal_naive": "The naive family",
        "metrics.mase": "The naive family",
        "metrics.bits_per_character": "Text: the same questions in bits",
        "data.peeks": "A test that finds leaks",
        "metrics.cost": "Text: the same questions in bits",
        "data.mended": "The leak",
        "text.discounted": "Which order?",
        "text.adaptive_bits": "Counting",
    }
)
