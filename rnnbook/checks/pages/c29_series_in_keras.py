"""Checks of 29-series-in-keras: windows, scale, rivals and forecasts far ahead."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "29-series-in-keras"


def frame(series, length, horizon):
    """Windows (M, L, 1), and the values that follow each, (M, K)."""
    m = len(series) - length - horizon + 1
    x = np.stack([series[i : i + length] for i in range(m)])
    y = np.stack([series[i + length : i + length + horizon] for i in range(m)])
    return x[..., None], y


def _one_late(series, length, horizon):
    m = len(series) - length - horizon
    x = np.stack([series[i : i + length] for i in range(m)])
    y = np.stack([series[i + length + 1 :][:horizon] for i in range(m)])
    return x[..., None], y


def _without_overlap(series, length, horizon):
    x, y = frame(series, length, horizon)
    return x[::length], y[::length]


enter(
    Check(
        "series.frame",
        PAGE,
        frame,
        "series, length, horizon",
        (("x", "y"),),
        lambda rng: [
            Case("ten months, three ahead", (rng.normal(size=10), 4, 3)),
            Case("one month ahead", (rng.normal(size=12), 5, 1)),
            Case("two windows", (rng.normal(size=8), 3, 4)),
            Case("a window of one", (rng.normal(size=6), 1, 2)),
        ],
        (
            mistake(
                "no_feature_axis",
                "The windows have the shape (M, L). A recurrent layer of Keras wants "
                "(B, T, D), with an axis for the features even where there is one.",
                "x[..., None]",
                "x",
            ),
            mistake(
                "feature_axis_in_front",
                "The new axis stands before the time: each window would be one step "
                "with L features, and the layer would have nothing to go through.",
                "x[..., None]",
                "x[:, None]",
            ),
            mistake(
                "target_in_the_window",
                "The first target is the last value of the window. What is to be "
                "forecast is among the inputs.",
                "series[i + length : i + length + horizon]",
                "series[i + length - 1 : i + length + horizon - 1]",
            ),
            mistake(
                "one_late",
                "The targets begin one step too late: the value right after the "
                "window is skipped.",
                _one_late,
            ),
            mistake(
                "last_window_lost",
                "The last window is missing. With N values there are N - L - K + 1.",
                "- horizon + 1",
                "- horizon",
            ),
            mistake(
                "last_step_alone",
                "The targets are the last of the K values only. All K are wanted.",
                "return x[..., None], y",
                "return x[..., None], y[:, -1:]",
            ),
            mistake(
                "targets_with_feature_axis",
                "The targets have the shape (M, K, 1). `Dense(K)` gives (M, K), and "
                "the loss would compare shapes that do not match.",
                "return x[..., None], y",
                "return x[..., None], y[..., None]",
            ),
            mistake(
                "without_overlap",
                "The windows do not overlap: the next one begins where the last "
                "ended. Here a window begins at every value.",
                _without_overlap,
            ),
            mistake(
                "exchanged",
                "Inputs and targets are exchanged.",
                "return x[..., None], y",
                "return y, x[..., None]",
            ),
            mistake(
                "end_of_the_window",
                "The targets are the end of the window itself, and the windows have no "
                "axis for the features: (M, L).",
                "return x[..., None], y",
                "return x, x[:, -horizon:]",
            ),
            mistake(
                "end_of_the_window_as_target",
                "The targets are the end of the window itself. They are what comes "
                "after it.",
                "return x[..., None], y",
                "return x[..., None], x[:, -horizon:]",
            ),
        ),
    )
)


def standardised(series, n_train):
    """The series in units of its training part, its mean, its deviation."""
    mean, std = series[:n_train].mean(), series[:n_train].std()
    return (series - mean) / std, mean, std


enter(
    Check(
        "series.standardised",
        PAGE,
        standardised,
        "series, n_train",
        (("z", "mean", "std"),),
        lambda rng: [
            Case("a series that rises", (np.arange(12.0) + rng.normal(size=12), 8)),
            Case("one that falls", (20 - np.arange(15.0) ** 1.2, 9)),
            Case("a walk", (5 + rng.normal(size=30).cumsum(), 20)),
        ],
        (
            mistake(
                "of_everything",
                "Mean and deviation are those of the whole series. They know the "
                "test part, which nobody knows at the time of the forecast.",
                "series[:n_train].mean(), series[:n_train].std()",
                "series.mean(), series.std()",
            ),
            mistake(
                "mean_of_everything",
                "The deviation is that of the training part, but the mean is that of "
                "the whole series.",
                "series[:n_train].mean()",
                "series.mean()",
            ),
            mistake(
                "std_of_everything",
                "The mean is that of the training part, but the deviation is that of "
                "the whole series.",
                "series[:n_train].std()",
                "series.std()",
            ),
            mistake(
                "part_alone",
                "Only the training part was transformed. All of the series is, with "
                "the numbers of the training part.",
                "(series - mean)",
                "(series[:n_train] - mean)",
            ),
            mistake(
                "variance",
                "The difference is divided by the variance. The deviation is its root.",
                "series[:n_train].std()",
                "series[:n_train].var()",
            ),
            mistake(
                "each_with_its_own",
                "The rest of the series was standardised by its own mean and "
                "deviation. In use, the future has neither.",
                "return (series - mean) / std, mean, std",
                "rest = series[n_train:]\n"
                "    late = (rest - rest.mean()) / rest.std()\n"
                "    early = (series[:n_train] - mean) / std\n"
                "    return np.concatenate([early, late]), mean, std",
            ),
            mistake(
                "not_centred",
                "The mean was not taken away.",
                "(series - mean) / std",
                "series / std",
            ),
            mistake(
                "not_divided",
                "The mean was taken away, but the deviation did not divide.",
                "(series - mean) / std",
                "series - mean",
            ),
            mistake(
                "sample_deviation",
                "The deviation is that with N - 1 in the denominator. Here it is the "
                "plain one, NumPy's default.",
                "series[:n_train].std()",
                "series[:n_train].std(ddof=1)",
            ),
            mistake(
                "nothing_done",
                "The series comes back as it was. It is to be centred and divided.",
                lambda series, n_train: (series, 0.0, 1.0),
            ),
        ),
    )
)


def harmonic(y, n, k, season):
    """A constant, one sine and one cosine, fitted on y[:n]: y[n : n + k]."""
    angle = 2 * np.pi * np.arange(n + k) / season
    w = np.column_stack([np.ones(n + k), np.sin(angle), np.cos(angle)])
    weights = np.linalg.lstsq(w[:n], y[:n], rcond=None)[0]
    return w[n:] @ weights


def _harmonic_cases(rng):
    t = np.arange(60)
    year = 20 + 3 * np.sin(2 * np.pi * t / 12 + 1) + rng.normal(size=60)
    week = 5 + np.cos(2 * np.pi * t / 7) + 0.3 * rng.normal(size=60)
    return [
        Case("a year ahead", (year, 40, 12, 12)),
        Case("part of a year ahead", (year, 31, 5, 12)),
        Case("a week", (week, 44, 9, 7)),
    ]


enter(
    Check(
        "series.harmonic",
        PAGE,
        harmonic,
        "y, n, k, season",
        ("forecast",),
        _harmonic_cases,
        (
            mistake(
                "knows_the_future",
                "The waves were fitted on all of y. After n nothing is known.",
                lambda y, n, k, season: harmonic(y, len(y), n + k, season)[
                    (n - len(y)) % season :
                ][:k],
            ),
            mistake(
                "knows_the_targets",
                "The waves were fitted on the k targets, too. After n nothing is "
                "known.",
                "w[:n], y[:n]",
                "w, y[: n + k]",
            ),
            mistake(
                "clock_starts_again",
                "The forecast is that for the first k times. The clock must go on "
                "from n, or the season is shifted.",
                "w[n:] @ weights",
                "w[:k] @ weights",
            ),
            mistake(
                "one_early",
                "The forecast begins at n - 1, which is known already: the whole of "
                "it is one step early.",
                "w[n:] @ weights",
                "w[n - 1 : -1] @ weights",
            ),
            mistake(
                "no_constant",
                "The constant is missing: the waves swing around zero.",
                "np.ones(n + k), np.sin",
                "np.sin",
            ),
            mistake(
                "sine_alone",
                "The cosine is missing. A sine alone has its phase fixed.",
                "np.sin(angle), np.cos(angle)",
                "np.sin(angle)",
            ),
            mistake(
                "cosine_alone",
                "The sine is missing. A cosine alone has its phase fixed.",
                "np.sin(angle), np.cos(angle)",
                "np.cos(angle)",
            ),
            mistake(
                "no_circle",
                "The factor 2 π is missing: the wave is more than six times too long.",
                "2 * np.pi * np.arange",
                "np.arange",
            ),
            mistake(
                "half_circle",
                "The wave is twice as long as the season: a full turn is 2 π.",
                "2 * np.pi",
                "np.pi",
            ),
            mistake(
                "mean_alone",
                "The forecast is the mean. The waves are not used yet.",
                lambda y, n, k, season: np.full(k, y[:n].mean()),
            ),
            mistake(
                "seasonal_naive",
                "That is the seasonal naive forecast, one season ago copied.",
                lambda y, n, k, season: y[n - season + np.arange(k) % season],
            ),
        ),
    )
)


def autoregressive(weights, window, k):
    """k forecasts, each from the last len(weights) values, forecasts included."""
    known = list(window)
    for _ in range(k):
        known.append(weights @ np.array(known[-len(weights) :]))
    return np.array(known[len(window) :])


def _turned(weights, window, k):
    return autoregressive(weights[::-1], window, k)


def _oldest_kept(weights, window, k):
    steps = []
    for _ in range(k):
        steps.append(weights @ window)
        window = np.append(window[:-1], steps[-1])
    return np.array(steps)


def _put_in_front(weights, window, k):
    steps = []
    for _ in range(k):
        steps.append(weights @ window)
        window = np.append(steps[-1], window[:-1])
    return np.array(steps)


def _powers(weights, window, k):
    return weights @ window * weights[-1] ** np.arange(k)


enter(
    Check(
        "series.recursive",
        PAGE,
        autoregressive,
        "weights, window, k",
        ("forecast",),
        lambda rng: [
            Case("three lags", (np.array([0.2, -0.3, 0.8]), rng.normal(size=3), 5)),
            Case("two lags", (np.array([-0.5, 1.2]), rng.normal(size=2), 7)),
            Case("six lags", (rng.normal(size=6) / 3, rng.normal(size=6), 4)),
        ],
        (
            mistake(
                "window_stands_still",
                "The window is not moved: the same forecast stands there k times.",
                "known.append(weights @ np.array(known[-len(weights) :]))",
                "known.append(weights @ np.array(known[: len(weights)]))",
            ),
            mistake(
                "weights_turned_round",
                "The weights are applied in reverse: the last one belongs to the "
                "newest value.",
                _turned,
            ),
            mistake(
                "newest_dropped",
                "The window loses its newest value at each step and keeps the "
                "oldest. The oldest is to go.",
                _oldest_kept,
            ),
            mistake(
                "put_in_front",
                "Each forecast was put in front of the window, where the oldest "
                "value stands.",
                _put_in_front,
            ),
            mistake(
                "last_alone",
                "Only the last of the k forecasts came back.",
                "known[len(window) :]",
                "known[-1:]",
            ),
            mistake(
                "window_returned",
                "The window came back with the forecasts. Only these are wanted.",
                "known[len(window) :]",
                "known",
            ),
            mistake(
                "one_too_few",
                "There is one forecast too few.",
                "range(k)",
                "range(k - 1)",
            ),
            mistake(
                "last_weight_alone",
                "From the second step on only the newest weight is used. All of the "
                "window enters each time.",
                _powers,
            ),
        ),
    )
)


def by_horizon(y, y_hat):
    """The root mean squared error at each horizon, (K,)."""
    return np.sqrt(np.mean((y_hat - y) ** 2, axis=0))


enter(
    Check(
        "series.by_horizon",
        PAGE,
        by_horizon,
        "y, y_hat",
        ("rmse",),
        lambda rng: [
            Case("four windows, three ahead", tuple(rng.normal(size=(2, 4, 3)))),
            Case("as many as ahead", tuple(rng.normal(size=(2, 5, 5)))),
            Case("one window", tuple(rng.normal(size=(2, 1, 4)))),
        ],
        (
            mistake(
                "over_the_horizons",
                "The mean runs over the horizons: one number for each window. Wanted "
                "is one for each horizon.",
                "axis=0",
                "axis=1",
            ),
            mistake(
                "one_number",
                "That is one number for all horizons together, which hides the growth.",
                ", axis=0",
                "",
            ),
            mistake(
                "absolute",
                "That is the mean absolute error.",
                "np.sqrt(np.mean((y_hat - y) ** 2, axis=0))",
                "np.mean(np.abs(y_hat - y), axis=0)",
            ),
            mistake(
                "no_root",
                "The root is missing: that is in squared units.",
                "np.sqrt(np.mean((y_hat - y) ** 2, axis=0))",
                "np.mean((y_hat - y) ** 2, axis=0)",
            ),
            mistake(
                "summed",
                "The squares were added up, not averaged: the number grows with the "
                "number of windows.",
                "np.mean(",
                "np.sum(",
            ),
            mistake(
                "mean_error",
                "That is the size of the mean error. Errors above and below cancel "
                "in it.",
                "np.sqrt(np.mean((y_hat - y) ** 2, axis=0))",
                "np.abs(np.mean(y_hat - y, axis=0))",
            ),
            mistake(
                "spread",
                "That is the deviation of the error around its mean, which forgives "
                "a forecast that is too high every time.",
                "np.sqrt(np.mean((y_hat - y) ** 2, axis=0))",
                "np.std(y_hat - y, axis=0)",
            ),
        ),
    )
)


def relu_states(x, w, u):
    """The states h of h[t] = max(0, w x[t] + u h[t - 1]), from 0, (T,)."""
    h, states = 0.0, []
    for x_t in x:
        h = max(0.0, w * x_t + u * h)
        states.append(h)
    return np.array(states)


def _clipped_at_the_end(x, w, u):
    h, states = 0.0, []
    for x_t in x:
        h = w * x_t + u * h
        states.append(h)
    return np.maximum(0, states)


enter(
    Check(
        "series.relu_states",
        PAGE,
        relu_states,
        "x, w, u",
        ("states",),
        lambda rng: [
            Case("signs that change", (rng.normal(size=9), 0.8, 0.7)),
            Case("a gain above one", (rng.normal(size=12), 1.3, 1.2)),
            Case("a constant", (np.ones(6), 0.5, 1.0)),
            Case("a negative weight", (rng.normal(size=10), -0.9, 0.6)),
        ],
        (
            mistake(
                "tanh",
                "That is the state with tanh. Here it is relu, which has no upper "
                "bound.",
                "max(0.0, w * x_t + u * h)",
                "np.tanh(w * x_t + u * h)",
            ),
            mistake(
                "linear",
                "The maximum with 0 is missing: states may be negative.",
                "max(0.0, w * x_t + u * h)",
                "w * x_t + u * h",
            ),
            mistake(
                "clipped_at_the_end",
                "The maximum was taken after the loop. It belongs into each step: a "
                "negative state must not be handed on.",
                _clipped_at_the_end,
            ),
            mistake(
                "no_recurrence",
                "The old state does not enter.",
                " + u * h",
                "",
            ),
            mistake(
                "weights_exchanged",
                "The two weights are exchanged.",
                "w * x_t + u * h",
                "u * x_t + w * h",
            ),
            mistake(
                "input_alone",
                "The relu covers the input only; the old state is added behind it.",
                "max(0.0, w * x_t + u * h)",
                "max(0.0, w * x_t) + u * h",
            ),
            mistake(
                "last_alone",
                "Only the last state came back. All T are wanted.",
                "np.array(states)",
                "np.array(states[-1:])",
            ),
            mistake(
                "absolute",
                "That is the absolute value. Relu turns a negative number into 0.",
                "max(0.0, w * x_t + u * h)",
                "abs(w * x_t + u * h)",
            ),
        ),
    )
)

taught_in(
    {
        "series.frame": "Windows, and what Keras calls them",
        "series.standardised": "A network of five lines",
        "series.harmonic": "The rivals",
        "series.recursive": "Twelve months ahead: direct or recursive",
        "series.by_horizon": "Twelve months ahead: direct or recursive",
        "series.relu_states": "Why relu is dangerous here",
    }
)
