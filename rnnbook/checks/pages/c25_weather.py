"""Checks of 25-weather: horizons, climatology, gaps and spikes."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in


def pairs(z, length, k):
    """Windows (M, length) and what came k steps after the last input of each (M,)."""
    count = len(z) - length - k + 1
    x = np.stack([z[m : m + length] for m in range(count)])
    first = length - 1 + k
    return x, z[first : first + count]


def _horizon_cases(rng):
    return [
        Case("one step ahead", (rng.normal(size=12), 4, 1)),
        Case("three steps ahead", (rng.normal(size=15), 5, 3)),
        Case("a window of one", (rng.normal(size=9), 1, 2)),
        Case("a day ahead", (np.arange(60.0), 6, 24)),
    ]


enter(
    Check(
        "weather.pairs",
        "25-weather",
        pairs,
        "z, length, k",
        (("x", "y"),),
        _horizon_cases,
        (
            mistake(
                "one_step_early",
                "The target is one step too early: the horizon is counted from the "
                "last input, so for `k = 1` it is the value right after the window.",
                "length - 1 + k",
                "length - 2 + k",
            ),
            mistake(
                "one_step_late",
                "The target is one step too late: it stands one step further from the "
                "last input than was asked for. Look at the index at which a window "
                "has its last input.",
                "len(z) - length - k + 1",
                "len(z) - length - k",
                "length - 1 + k",
                "length + k",
            ),
            mistake(
                "from_the_first_input",
                "The horizon is counted from the first input, so that the target of a "
                "long window lies inside it: the network is shown the answer.",
                "length - 1 + k",
                "k",
            ),
            mistake(
                "now_for_then",
                "The target is the last input itself, at every horizon.",
                "length - 1 + k",
                "length - 1",
            ),
            mistake(
                "last_window_lost",
                "All is right but for the last window, which is missing: its target is "
                "the last value of the series.",
                "len(z) - length - k + 1",
                "len(z) - length - k",
            ),
        ),
    )
)


def climatology(values, hour, known):
    """The mean of each hour of the day (24,), from the first ``known`` values."""
    values, hour = values[:known], hour[:known]
    return np.array([np.nanmean(values[hour == h]) for h in range(24)])


def _day_cases(rng):
    cases = []
    for label, days, known in (("ten days", 10, 7), ("a month", 30, 12)):
        hour = np.arange(24 * days) % 24
        values = np.exp(rng.normal(size=24 * days)) + hour
        values[rng.choice(24 * (known - 2), 9, replace=False)] = np.nan
        cases.append(Case(label, (values, hour, 24 * known)))
    hour = (np.arange(24 * 6) + 5) % 24
    cases.append(Case("from five o'clock on", (rng.normal(size=144), hour, 96)))
    return cases


enter(
    Check(
        "weather.climatology",
        "25-weather",
        climatology,
        "values, hour, known",
        ("means",),
        _day_cases,
        (
            mistake(
                "test_years_seen",
                "The means are taken over everything, what is to be forecast included: "
                "a climatology that has seen the test years.",
                "values[:known], hour[:known]",
                "values, hour",
            ),
            mistake(
                "test_years_only",
                "The means are those of what comes *after* the known part.",
                "values[:known], hour[:known]",
                "values[known:], hour[known:]",
            ),
            mistake(
                "gaps_are_zero",
                "Missing readings were counted as zeros, which pulls the mean of their "
                "hours down.",
                "np.nanmean(values[hour == h])",
                "np.nan_to_num(values[hour == h]).mean()",
            ),
            mistake(
                "one_mean_for_all",
                "Every hour has the same mean, that of the whole day.",
                "np.nanmean(values[hour == h])",
                "np.nanmean(values)",
            ),
            mistake(
                "median",
                "That is the median of each hour. It may be the better forecast, but "
                "the mean is asked for.",
                "np.nanmean",
                "np.nanmedian",
            ),
            mistake(
                "one_gap_spoils_its_hour",
                "One missing reading makes the mean of its whole hour NaN. Leave "
                "missing readings out of the mean.",
                "np.nanmean(values[hour == h])",
                "values[hour == h].mean()",
            ),
            mistake(
                "by_position",
                "The first entry belongs to the first hour of the file. It should "
                "belong to midnight: look at `hour`.",
                "hour == h",
                "np.arange(len(hour)) % 24 == h",
            ),
        ),
    )
)


def since(read):
    """Steps since the last reading: 0 where one was read now, or none before."""
    delta = np.zeros(len(read))
    for t in range(1, len(read)):
        delta[t] = 0 if read[t] else delta[t - 1] + 1
    return delta


def _mask_cases(rng):
    one = np.array([True, False, False, True, True, False, True, False])
    return [
        Case("a few gaps", (one,)),
        Case("nothing missing", (np.ones(6, bool),)),
        Case("half missing", (np.r_[True, rng.random(40) < 0.5],)),
        Case("a long gap", (np.r_[True, np.zeros(9, bool), True, True, False],)),
    ]


enter(
    Check(
        "weather.since",
        "25-weather",
        since,
        "read",
        ("delta",),
        _mask_cases,
        (
            mistake(
                "one_when_read",
                "It is 1 where something was read now. With that, a GRU-D decays where "
                "there is no gap: count from 0.",
                "delta = np.zeros(len(read))",
                "delta = np.ones(len(read))",
                "0 if read[t]",
                "1 if read[t]",
            ),
            mistake(
                "as_in_the_paper",
                "That is the convention of the paper, the time since the last reading "
                "*before* now: it is 1 also where the reading of now is there.",
                "0 if read[t] else delta[t - 1] + 1",
                "1 if read[t - 1] else delta[t - 1] + 1",
            ),
            mistake(
                "never_reset",
                "All missing steps so far are counted. The count should start again "
                "at each reading.",
                "0 if read[t] else delta[t - 1] + 1",
                "delta[t - 1] + (not read[t])",
            ),
            mistake(
                "gap_for_time",
                "It is 1 in every gap, however long: that is the mask, turned round.",
                "delta[t - 1] + 1",
                "1",
            ),
            mistake(
                "nothing_counted",
                "It is 0 everywhere: no gap is seen.",
                "delta[t - 1] + 1",
                "0",
            ),
        ),
    )
)


def decayed(x, m, delta, last, mean, w):
    """The input of a GRU-D: x where m is 1, else between the last reading and mean."""
    gamma = np.exp(-np.maximum(w, 0) * delta)
    return np.where(m == 1, x, gamma * last + (1 - gamma) * mean)


def _gap_cases(rng):
    cases = []
    for label, w in (("a decay", 0.3), ("a fast decay", 2.0), ("a negative w", -0.2)):
        m = (rng.random(12) < 0.5).astype(float)
        m[:2] = 1, 0
        x, last = rng.normal(size=(2, 12))
        delta = np.where(m == 1, 0.0, rng.integers(1, 6, 12))
        cases.append(Case(label, (x, m, delta, last, 0.7, w)))
    m = np.array([0.0, 0, 1])
    args = np.array([5.0, 6, 7]), m, np.array([1e6, 2, 3]), np.array([1.0, 2, 3])
    cases.append(
        Case("a gap without end, and a delta beside a reading", (*args, -1, 1))
    )
    return cases


enter(
    Check(
        "weather.decayed",
        "25-weather",
        decayed,
        "x, m, delta, last, mean, w",
        ("x_hat",),
        _gap_cases,
        (
            mistake(
                "decays_what_is_missing",
                "The *current* value decays, which was not read: what stands there is "
                "a placeholder. The last reading decays. Public versions of GRU-D "
                "made this mistake.",
                "gamma * last",
                "gamma * x",
            ),
            mistake(
                "towards_zero",
                "The value decays to zero, not to the mean: only where the mean is 0 "
                "is that the same.",
                "gamma * last + (1 - gamma) * mean",
                "gamma * last",
            ),
            mistake(
                "mask_ignored",
                "The mask is ignored: what was read is replaced as well.",
                "np.where(m == 1, x, gamma * last + (1 - gamma) * mean)",
                "gamma * last + (1 - gamma) * mean",
            ),
            mistake(
                "mask_turned_round",
                "The mask is turned round: readings are replaced, and gaps are kept.",
                "m == 1",
                "m == 0",
            ),
            mistake(
                "no_decay",
                "Nothing decays: the last reading stands for ever. A gap without end "
                "should give the mean.",
                "gamma * last + (1 - gamma) * mean",
                "last",
            ),
            mistake(
                "mean_at_once",
                "Every gap gets the mean at once, however short it is. The last "
                "reading should count, and count less as it gets older.",
                "gamma * last + (1 - gamma) * mean",
                "mean",
            ),
            mistake(
                "age_ignored",
                "The decay is the same after one hour as after twenty: `delta` does "
                "not enter.",
                "np.maximum(w, 0) * delta",
                "np.maximum(w, 0) * np.ones_like(delta)",
            ),
            mistake(
                "weight_not_held",
                "A negative `w` makes the last reading grow with the gap. It is held "
                "at zero or above.",
                "np.maximum(w, 0)",
                "w",
            ),
            mistake(
                "shares_turned_round",
                "Last reading and mean have each other's shares: a short gap gives "
                "the mean.",
                "gamma * last + (1 - gamma) * mean",
                "(1 - gamma) * last + gamma * mean",
            ),
        ),
    )
)


def despiked(x, hours, limit):
    """The median of the last hours where a reading lies more than limit above it."""
    out = x.copy()
    for t in range(len(x)):
        median = np.median(x[max(0, t - hours + 1) : t + 1])
        if x[t] - median > limit:
            out[t] = median
    return out


def _spike_cases(rng):
    cases = []
    for label, size in (("a few days", 60), ("a short series", 20)):
        x = 50 + rng.normal(0, 8, size).cumsum()
        x[rng.choice(np.arange(8, size), 3, replace=False)] += 500
        x[5] -= 600
        cases.append(Case(label, (x, 7, 100)))
    fall = np.r_[np.full(8, 900.0), np.full(8, 50.0), 950, np.full(7, 50.0)]
    cases.append(Case("a fall, then a spike", (fall, 5, 300)))
    return cases


enter(
    Check(
        "weather.despiked",
        "25-weather",
        despiked,
        "x, hours, limit",
        ("clean",),
        _spike_cases,
        (
            mistake(
                "looks_ahead",
                "The window lies around the reading, so that it holds hours that have "
                "not come yet. Nobody can clean like this at the time of the forecast.",
                "x[max(0, t - hours + 1) : t + 1]",
                "x[max(0, t - hours // 2) : t + hours // 2 + 1]",
            ),
            mistake(
                "everything_smoothed",
                "Every reading was replaced by the median. Only those far above it are "
                "to go.",
                "if x[t] - median > limit:\n            out[t] = median",
                "out[t] = median",
            ),
            mistake(
                "dips_too",
                "Readings far *below* the median are replaced as well. Only those "
                "above it are to go.",
                "x[t] - median > limit",
                "abs(x[t] - median) > limit",
            ),
            mistake(
                "set_to_the_limit",
                "Spikes were cut off at the limit above the median. The median itself "
                "should stand there.",
                "out[t] = median",
                "out[t] = median + limit",
            ),
            mistake(
                "median_of_everything",
                "The median is that of the whole series, future included. It should be "
                "that of the last hours.",
                "x[max(0, t - hours + 1) : t + 1]",
                "x",
            ),
            mistake(
                "mean_for_median",
                "The mean of the last hours was taken. A single spike lifts it; the "
                "median hardly moves.",
                "np.median",
                "np.mean",
            ),
            mistake(
                "own_reading_left_out",
                "The window ends one hour before the reading. Its own reading is to be "
                "among the last `hours` ones.",
                "x[max(0, t - hours + 1) : t + 1]",
                "x[max(0, t - hours) : max(1, t)]",
            ),
            mistake(
                "cleaned_readings_fed_back",
                "The medians are those of readings that were cleaned before. They "
                "should be those of the raw readings: work on a copy, and read `x`.",
                "x[max(0, t - hours + 1) : t + 1]",
                "out[max(0, t - hours + 1) : t + 1]",
            ),
            mistake(
                "nothing_removed",
                "Nothing is replaced: every spike is still there.",
                "out[t] = median",
                "out[t] = x[t]",
            ),
        ),
    )
)


def without_best(ours, theirs, n):
    """The mean gain, theirs minus ours, without the n weeks that gain most."""
    gain = np.sort(theirs - ours)
    return gain[: len(gain) - n].mean()


def _week_cases(rng):
    cases = []
    for label, weeks, n in (("a year, five left out", 52, 5), ("nine weeks", 9, 2)):
        theirs = 40 + 15 * rng.normal(size=weeks)
        cases.append(Case(label, (theirs - 2 - 4 * rng.normal(size=weeks), theirs, n)))
    ours = np.array([3.0, 9.0, 4.0, 8.0, 5.0])
    cases.append(Case("one week decides", (ours, np.array([4.0, 9, 30, 7, 5]), 1)))
    cases.append(Case("no week is left out", (ours, ours[::-1] + 1, 0)))
    return cases


enter(
    Check(
        "weather.without_best",
        "25-weather",
        without_best,
        "ours, theirs, n",
        ("gain",),
        _week_cases,
        (
            mistake(
                "all_weeks",
                "No week is left out: that is the mean gain of all.",
                "gain[: len(gain) - n]",
                "gain",
            ),
            mistake(
                "worst_left_out",
                "The weeks in which the network gains *least* are left out.",
                "gain[: len(gain) - n]",
                "gain[n:]",
            ),
            mistake(
                "best_alone",
                "That is the mean gain of the weeks that should be left out.",
                "gain[: len(gain) - n].mean()",
                "gain[len(gain) - n :].sum() / max(n, 1)",
            ),
            mistake(
                "shared_by_all",
                "The sum of the weeks that are left is divided by the number of all.",
                "gain[: len(gain) - n].mean()",
                "gain[: len(gain) - n].sum() / len(gain)",
            ),
            mistake(
                "their_largest_errors",
                "The weeks of the opponent's largest errors are left out, and these "
                "need not be those of the largest gain.",
                "np.sort(theirs - ours)",
                "(theirs - ours)[np.argsort(theirs)]",
            ),
            mistake(
                "in_the_order_of_time",
                "The last weeks of the year are left out: the gains are not sorted.",
                "np.sort(theirs - ours)",
                "theirs - ours",
            ),
            mistake(
                "both_ends",
                "As many of the worst weeks are left out as of the best ones.",
                "gain[: len(gain) - n]",
                "gain[n : len(gain) - n]",
            ),
        ),
    )
)

taught_in(
    {
        "weather.pairs": "From a table to arrays",
        "weather.climatology": "Opponents that know nothing of networks",
        "weather.since": "Missing values",
        "weather.decayed": "GRU-D, from its equation",
        "weather.despiked": "Outliers",
        "weather.without_best": "The verdict, over three years",
    }
)
