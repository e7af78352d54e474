"""Checks of the assignment `forecast`: folds, prices, baselines and a test."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def folds(n, first, size, gap):
    """(K, 3): training ends, test begins, test ends; expanding, with a gap."""
    return np.array(
        [
            (end, end + gap, min(end + gap + size, n))
            for end in range(first, n - gap, size)
        ]
    )


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
                "The gap is taken from the test days: a block is shorter than it "
                "should be, and days between the blocks are never tested.",
                "min(end + gap + size, n)",
                "min(end + size, n)",
            ),
            mistake(
                "gap_taken_from_training",
                "The gap is taken from the training days, so the first fit has too "
                "few of them.",
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
                "The last test block ends beyond the last day.",
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
                "The ends are the last days themselves; they should be the days after "
                "those.",
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
    )
)


def prices(z, mean, std, last):
    """(h,): the prices that standardised log returns lead to."""
    returns = z * std + mean
    return last * np.exp(np.cumsum(returns))


enter(
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
    )
)


def drift(y, t, h):
    """The forecast for h steps after t: the mean change so far goes on."""
    return y[t] + h * (y[t] - y[0]) / t


enter(
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
                "That is the mean of the levels. The mean of the changes is wanted.",
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
    )
)


def recursive(model, window, steps):
    """(steps,): forecasts, each of which is an input of the next."""
    window, path = np.array(window, float), []
    for _ in range(steps):
        path.append(model(window))
        window = np.append(window[1:], path[-1])
    return np.array(path)


def _weighted(window):
    """A made-up model: neither symmetric nor linear in its window."""
    return float(np.tanh(window @ np.linspace(0.2, 1, len(window))) + 0.1)


enter(
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
                "There is one forecast more than there should be.",
                "range(steps)",
                "range(steps + 1)",
            ),
        ),
    )
)


def rmsse(y_true, y_pred, y_train, season):
    """Root mean squared scaled error (Makridakis et al. 2022)."""
    scale = np.mean((y_train[season:] - y_train[:-season]) ** 2)
    return np.sqrt(np.mean((y_true - y_pred) ** 2) / scale)


enter(
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
    )
)


def diebold_mariano(error_a, error_b, h):
    """Test statistic for forecasts h steps ahead, with squared errors."""
    d = error_a**2 - error_b**2
    n, centred = len(d), d - d.mean()
    variance = centred @ centred / n
    for k in range(1, h):
        variance += 2 * (centred[k:] @ centred[:-k]) / n
    corrected = np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return corrected * d.mean() / np.sqrt(variance / n)


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
        "forecast.diebold_mariano",
        "23-stock-prediction",
        diebold_mariano,
        "error_a, error_b, h",
        ("statistic",),
        _errors_cases,
        (
            mistake(
                "absolute_errors",
                "The errors were taken without their signs. They should be squared.",
                "error_a**2 - error_b**2",
                "np.abs(error_a) - np.abs(error_b)",
            ),
            mistake(
                "squared_difference",
                "The difference of the errors is squared. Each error is squared "
                "first, and then the difference is taken.",
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
                "The sum goes one lag too far: at a horizon of one it should be empty.",
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
    )
)
