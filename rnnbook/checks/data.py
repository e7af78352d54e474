"""Windows, splits, scalers, streams and the seasonal naive forecast."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def windows(series, length, horizon):
    """As :func:`rnnbook.data.windows`, written to be varied."""
    starts = range(len(series) - length - horizon + 1)
    x = [series[m : m + length] for m in starts]
    y = [series[m + length : m + length + horizon] for m in starts]
    return np.stack(x), np.stack(y)


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
        windows,
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


def streams(ids, batch_size, length):
    """As :func:`rnnbook.data.streams`, written to be varied."""
    piece = (len(ids) - 1) // batch_size
    x = ids[: batch_size * piece].reshape(batch_size, piece)
    y = ids[1 : batch_size * piece + 1].reshape(batch_size, piece)
    for s in range(0, piece - length + 1, length):
        yield x[:, s : s + length], y[:, s : s + length]


def _stacked(function):
    """All batches of a generator or a list, as two arrays with the batch first."""

    def stacked(*args):
        batches = list(function(*args))
        if not all(isinstance(b, tuple | list) and len(b) == 2 for b in batches):
            return batches
        return tuple(np.array([b[i] for b in batches]) for i in (0, 1))

    return stacked


def _stream_cases(rng):
    return [
        Case("a clock, two rows of three", (np.arange(25), 2, 3)),
        Case("random ids", (rng.integers(0, 50, size=64), 4, 5)),
        Case("one row", (rng.integers(0, 50, size=30), 1, 4)),
    ]


def _streams_consecutive(ids, batch_size, length):
    """Each batch takes the next B pieces of T, so that no row goes on."""
    n = batch_size * length
    for k in range((len(ids) - 1) // batch_size // length):
        part = ids[k * n : (k + 1) * n + 1]
        yield part[:-1].reshape(batch_size, -1), part[1:].reshape(batch_size, -1)


Y_STREAM = "ids[1 : batch_size * piece + 1].reshape(batch_size, piece)"
X_STREAM = "ids[: batch_size * piece].reshape(batch_size, piece)"

enter(
    Check(
        "data.streams",
        "21-text-generation",
        streams,
        "ids, batch_size, length",
        (("x", "y"),),
        _stream_cases,
        (
            mistake(
                "target_not_shifted",
                "The target is the input itself: a model that repeats what it reads "
                "would have no loss. The target is the *next* character.",
                Y_STREAM,
                X_STREAM,
            ),
            mistake(
                "target_before",
                "The target is the character before the input, not the one after it.",
                "x = ids[: batch_size * piece]",
                "x = ids[1 : batch_size * piece + 1]",
                "y = ids[1 : batch_size * piece + 1]",
                "y = ids[: batch_size * piece]",
            ),
            mistake(
                "target_wraps",
                "The last target of each row is its own first character: the text was "
                "rolled round inside the rows.",
                Y_STREAM,
                "np.roll(x, -1, axis=1)",
            ),
            mistake(
                "rows_interleaved",
                "Neighbouring characters stand in different rows: the text was dealt "
                "out to the rows in turn. A row is a piece of running text.",
                X_STREAM,
                "ids[: batch_size * piece].reshape(piece, batch_size).T",
                Y_STREAM,
                "ids[1 : batch_size * piece + 1].reshape(piece, batch_size).T",
            ),
            mistake(
                "rows_do_not_continue",
                "A row does not go on where it stopped in the batch before. The state "
                "that is carried over would belong to another place of the text.",
                _streams_consecutive,
            ),
            mistake(
                "batches_overlap",
                "Batches overlap: each starts one character after the one before, with "
                "a state that has read further than that.",
                "length + 1, length)",
                "length + 1)",
            ),
            mistake(
                "last_batch_missing",
                "The last batch is missing, though there is text for it.",
                "piece - length + 1, length",
                "piece - length, length",
            ),
        ),
        wrap=_stacked,
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
