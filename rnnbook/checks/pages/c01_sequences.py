"""Checks of 01-sequences: windows, splits, baselines and scores."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake
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
                "Each window has one target too few: the end of a slice is left out, "
                "so the horizon counts from the first target on.",
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
                "model is trained at every step; asked for is what follows the window.",
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
                "The horizon is ignored: there is one target, whatever is asked for.",
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
                "The test part begins where the validation part does: the settings "
                "were chosen on half of it.",
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
                "The second bound is the share of the validation part itself. Bounds "
                "are sums of shares: where a part ends, counted from the beginning.",
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
                "You divide by the sample standard deviation, with n - 1. Asked for is "
                "the one with n, as NumPy and scikit-learn compute it unless told "
                "otherwise.",
                "train.std(axis=0)",
                "train.std(axis=0, ddof=1)",
            ),
            mistake(
                "min_max",
                "That is scaling by the smallest and the largest value. Asked for are "
                "mean and standard deviation.",
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


def seasonal_naive(y, t, m, h):
    """The newest known value of the same season, h steps ahead."""
    return y[t - m * -(-h // m)]


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


BACK = "t - m * -(-h // m)"

enter(
    Check(
        "data.seasonal_naive",
        "01-sequences",
        seasonal_naive,
        "y, t, m, h",
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
                "That is the last known value, of whatever season.",
                BACK,
                "t - h",
            ),
            mistake(
                "rounded_down",
                "The number of seasons is rounded down, so the forecast uses values "
                "that are not known yet, or the target itself.",
                BACK,
                "t - m * (h // m)",
            ),
            mistake(
                "season_too_far",
                "The forecast goes one season too far back where the horizon is a "
                "whole number of seasons.",
                BACK,
                "t - m * (h // m + 1)",
            ),
            mistake(
                "season_after_horizon",
                "The forecast goes back by the horizon and a season more, which ends "
                "in another season than the target's.",
                BACK,
                "t - h - m",
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
                "The scale compares the first training values with the last: `np.roll` "
                "goes round in a circle, and a series does not.",
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
                "The errors are summed up; a long test part would look worse than a "
                "short one.",
                "(y_true - y_pred).mean()",
                "(y_true - y_pred).sum()",
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
                "Multiplied by ln 2 where one divides: the bit is the smaller unit, so "
                "there must be more of them.",
                lambda nats: nats * math.log(2),
            ),
            mistake(
                "logarithm_of_nats",
                "A second logarithm was taken. The loss is a logarithm already, and "
                "only its unit changes.",
                lambda nats: math.log2(nats),
            ),
            mistake(
                "base_ten",
                "The factor is that of base ten.",
                lambda nats: nats / math.log(10),
            ),
            mistake(
                "perplexity",
                "That is the perplexity.",
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


def _peek_cases(rng):
    series = rng.normal(size=20).cumsum()
    return [
        Case("yesterday's value", (_yesterday, series, 10)),
        Case("today's value", (_today, series, 10)),
        Case("a value two days ahead", (_two_days_ahead, series, 8)),
        Case("a centred mean", (_centred, series, 12)),
        Case("a value ten days ahead", (_ten_days_ahead, series, 5)),
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
                "All rows are compared. Rows after t may depend on day t; that is no "
                "leak.",
                PEEK,
                "features(series), features(other)",
            ),
            mistake(
                "never_yes",
                "The answer is no for every feature: nothing is looked for yet.",
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
                "That is the entropy of the source, whatever the receiver believes. A "
                "symbol costs by its probability under `q`.",
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
                "The sign is missing: the logarithm of a probability is negative.",
                "-(p",
                "(p",
            ),
            mistake(
                "only_the_extra_cost",
                "That is what the wrong belief costs on top of the entropy. Asked is "
                "the whole cost.",
                "np.log2(q)",
                "np.log2(q / p)",
            ),
            mistake(
                "not_weighted",
                "All symbols count alike. Those that come often must count more.",
                "-(p * np.log2(q)).sum()",
                "-np.log2(q).mean()",
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
    ]


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
                "scale_of_everything",
                "Mean and spread come from the whole series: they tell the training "
                "part about the level and the unrest to come.",
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
                "The values are not scaled.",
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
                "You save `D` for every occurrence. The discount is taken once for "
                "each *different* character.",
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
                "The counts are not discounted, so the sum is above one.",
                "np.maximum(n - D, 0)",
                "n",
            ),
            mistake(
                "shared_out_evenly",
                "What is saved goes to all characters alike. It should go by the "
                "shorter context's probabilities.",
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
                "The counts never change: every symbol costs the same as at the start.",
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
                "costs infinitely much.",
                "np.ones(V)",
                "np.full(V, 1e-300)",
            ),
            mistake(
                "mean_returned",
                "That is the mean. Return the bits of each symbol.",
                "return np.array(bits)",
                "return np.full(len(bits), np.mean(bits))",
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
        ),
    )
)
