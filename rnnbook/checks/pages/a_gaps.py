"""Checks of the assignment `gaps`: horizons, gaps, decay, and an honest score."""

import numpy as np

from rnnbook.cells import gru_step
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.pages._cells import params as weights

PAGE = "25-weather"


def windows(series, length, horizon):
    """x (N, length) and y (N,), the value that comes `horizon` after the last input."""
    count = len(series) - length - horizon + 1
    starts = np.arange(count)
    x = series[starts[:, None] + np.arange(length)]
    return x, series[starts + length - 1 + horizon]


def _windows_cases(rng):
    return [
        Case(f"{n} values, {length} in, {h} ahead", (rng.normal(size=n), length, h))
        for n, length, h in ((20, 4, 3), (30, 3, 12), (15, 5, 1), (12, 4, 5))
    ]


enter(
    Check(
        "gaps.windows",
        PAGE,
        windows,
        "series, length, horizon",
        (("x", "y"),),
        _windows_cases,
        (
            mistake(
                "one_step_too_far",
                "The label lies one step too far: the horizon was counted from the "
                "first step after the window, and not from the last input.",
                "- horizon + 1",
                "- horizon",
                "length - 1 + horizon",
                "length + horizon",
            ),
            mistake(
                "one_step_too_near",
                "The label lies one step too near. At a horizon of one it is the last "
                "input itself.",
                "- horizon + 1",
                "- horizon + 2",
                "length - 1 + horizon",
                "length - 2 + horizon",
            ),
            mistake(
                "counted_from_the_first_input",
                "The horizon was counted from the first input, so the label may lie "
                "inside the window.",
                "starts + length - 1 + horizon",
                "starts + horizon",
            ),
            mistake(
                "horizon_ignored",
                "The label is the next value, whatever the horizon is.",
                "- horizon + 1",
                "- 1 + 1",
                "length - 1 + horizon",
                "length - 1 + 1",
            ),
            mistake(
                "last_window_missing",
                "The last window is missing: its label is the last of the values.",
                "- horizon + 1",
                "- horizon",
            ),
            mistake(
                "first_window_missing",
                "The window that starts at the first value is missing.",
                "np.arange(count)",
                "np.arange(1, count)",
            ),
            mistake(
                "all_until_the_horizon",
                "All values up to the horizon are returned. Asked for is the one at "
                "the horizon.",
                "series[starts + length - 1 + horizon]",
                "series[starts[:, None] + length + np.arange(horizon)]",
            ),
            mistake(
                "side_by_side",
                "The windows stand side by side: each begins where the one before "
                "ended. Each step may begin one.",
                "np.arange(count)",
                "np.arange(0, count, length)",
            ),
            mistake(
                "newest_value_first",
                "Each window runs backwards: the newest of its values should be the "
                "last.",
                "+ np.arange(length)]",
                "+ np.arange(length)[::-1]]",
            ),
            mistake(
                "round_the_end",
                "Where the label would lie beyond the end, one was taken from the "
                "beginning of the series.",
                "- horizon + 1",
                "+ 1",
                "series[starts + length - 1 + horizon]",
                "np.take(series, starts + length - 1 + horizon, mode='wrap')",
            ),
        ),
    )
)


def filled(x, start):
    """(T, D): the newest reading at or before each step, `start` before the first."""
    last, rows = np.array(start, float), []
    for row in x:
        last = np.where(np.isnan(row), last, row)
        rows.append(last)
    return np.array(rows)


def _with_gaps(rng, shape, share=0.4):
    """Readings with gaps; every column begins with one, and has readings."""
    x = rng.normal(1, 1, size=shape)
    gaps = rng.random(shape) < share
    gaps[..., :2, :] = True
    gaps[..., 2, :] = False
    gaps[..., 3:5, :] = True  # at least two in a row, somewhere inside
    gaps[..., 6:8, 0] = [[True, False]] if gaps.ndim == 3 else [True, False]
    x[gaps] = np.nan
    return x


def _filled_cases(rng):
    block = rng.normal(size=(14, 2))
    block[3:9, 0], block[11:, 1] = np.nan, np.nan
    one = rng.normal(size=(8, 1))
    one[[0, 4, 5, 7]] = np.nan
    return [
        Case("gaps at random", (_with_gaps(rng, (12, 3)), rng.normal(size=3))),
        Case("gaps in blocks", (block, rng.normal(size=2))),
        Case("one column, its first reading missing", (one, rng.normal(size=1))),
        Case("no gap", (rng.normal(size=(5, 2)), rng.normal(size=2))),
    ]


def _columns(x, fill):
    """A fill applied to each column: `fill(t, t of readings, readings)`."""
    t = np.arange(len(x))
    found = []
    for column in x.T:
        read = ~np.isnan(column)
        found.append(fill(t, t[read], column[read]))
    return np.array(found).T


def _next_reading(x, start):
    turned = filled(x[::-1], np.full(x.shape[1], np.nan))
    return turned[::-1]


def _last_then_next(x, start):
    known = filled(x, np.full(x.shape[1], np.nan))
    return np.where(np.isnan(known), _next_reading(x, start), known)


def _interpolated(x, start):
    return _columns(x, np.interp)


def _start_then_interpolated(x, start):
    unread = np.isnan(filled(x, np.full(x.shape[1], np.nan)))
    return np.where(unread, start, _interpolated(x, start))


def _nearest(x, start):
    return _columns(x, lambda t, at, y: y[np.abs(t[:, None] - at).argmin(axis=1)])


def _along_the_row(x, start):
    return filled(x.reshape(-1, 1), start[:1]).reshape(x.shape)


enter(
    Check(
        "gaps.filled",
        PAGE,
        filled,
        "x, start",
        ("filled",),
        _filled_cases,
        (
            mistake(
                "next_reading",
                "A gap was filled with the reading that comes *after* it, which nobody "
                "has at that time.",
                _next_reading,
            ),
            mistake(
                "first_ones_from_the_future",
                "Before its first reading a column was filled from a later one. There "
                "`start` is all that is known.",
                _last_then_next,
            ),
            mistake(
                "interpolated",
                "A gap was filled between the readings on both of its sides. The one "
                "behind it is not known yet.",
                _interpolated,
            ),
            mistake(
                "line_between",
                "Before the first reading all is right. Further on a gap lies on the "
                "line to the reading that comes after it.",
                _start_then_interpolated,
            ),
            mistake(
                "nearest_reading",
                "A gap was filled with the nearest reading, which is a later one for "
                "its second half.",
                _nearest,
            ),
            mistake(
                "one_step_only",
                "A reading was carried one step and no further, so longer gaps are "
                "still there.",
                "        last = np.where(np.isnan(row), last, row)\n"
                "        rows.append(last)\n",
                "        rows.append(np.where(np.isnan(row), last, row))\n"
                "        last = row\n",
            ),
            mistake(
                "start_everywhere",
                "Each gap was filled with `start`, also where something had been read "
                "before.",
                "        last = np.where(np.isnan(row), last, row)\n"
                "        rows.append(last)\n",
                "        rows.append(np.where(np.isnan(row), last, row))\n",
            ),
            mistake(
                "mean_of_the_column",
                "A gap was filled with the mean of its column, later readings "
                "included.",
                lambda x, start: np.where(np.isnan(x), np.nanmean(x, axis=0), x),
            ),
            mistake(
                "zeros",
                "The gaps were filled with zeros. A zero is a reading like any other.",
                lambda x, start: np.nan_to_num(x),
            ),
            mistake(
                "start_ignored",
                "Before the first reading of a column the gap is still there.",
                "np.array(start, float)",
                "np.full(x.shape[1], np.nan)",
            ),
            mistake(
                "zero_at_the_beginning",
                "Before the first reading of a column stand zeros in the place of "
                "`start`.",
                "np.array(start, float)",
                "np.zeros(x.shape[1])",
            ),
            mistake(
                "whole_rows",
                "Where one column has a gap, the whole row was taken from before, its "
                "readings with it.",
                "np.isnan(row)",
                "np.isnan(row).any()",
            ),
            mistake(
                "late_by_one",
                "Each step has what was known one step before, so a new reading comes "
                "late.",
                "        last = np.where(np.isnan(row), last, row)\n"
                "        rows.append(last)\n",
                "        rows.append(last)\n"
                "        last = np.where(np.isnan(row), last, row)\n",
            ),
            mistake(
                "along_the_row",
                "A gap was filled from the column beside it. What belongs together "
                "stands in one column.",
                _along_the_row,
            ),
            mistake(
                "rows_dropped",
                "The rows with a gap were left out, so that the rest no longer stands "
                "at its time.",
                lambda x, start: x[~np.isnan(x).any(axis=1)],
            ),
        ),
    )
)


def mask_and_time(x):
    """(T, D) twice: 1 where there is a reading, and the steps since the last one."""
    mask = (~np.isnan(x)).astype(float)
    since, rows = np.zeros(x.shape[1]), []
    for read in mask:
        since = np.where(read == 1, 0.0, since + 1)
        rows.append(since)
    return mask, np.array(rows)


def _since_start(x):
    mask, _ = mask_and_time(x)
    return mask, np.where(mask == 1, 0.0, np.arange(1.0, len(x) + 1)[:, None])


def _until_next(x):
    mask, since = mask_and_time(x[::-1])
    return mask[::-1], since[::-1]


def _length_of_gap(x):
    mask, since = mask_and_time(x)
    for t in range(len(x) - 2, -1, -1):
        inside = (mask[t] == 0) & (mask[t + 1] == 0)
        since[t] = np.where(inside, since[t + 1], since[t])
    return mask, since


def _before_this_step(x):
    mask, _ = mask_and_time(x)
    since = np.zeros(x.shape)
    for t in range(1, len(x)):
        since[t] = np.where(mask[t - 1] == 1, 1, since[t - 1] + 1)
    return mask, since


enter(
    Check(
        "gaps.mask_and_time",
        PAGE,
        mask_and_time,
        "x",
        (("mask", "since"),),
        lambda rng: [Case(c.label, c.args[:1]) for c in _filled_cases(rng)],
        (
            mistake(
                "mask_inverted",
                "The mask is one where nothing was read. It says what *is* there.",
                "return mask",
                "return 1 - mask",
            ),
            mistake(
                "counted_on",
                "The time is not set back by a reading: it counts all gaps so far.",
                "np.where(read == 1, 0.0, since + 1)",
                "since + 1 - read",
            ),
            mistake(
                "since_the_beginning",
                "The time is counted from the beginning of the series, and not from "
                "the last reading.",
                _since_start,
            ),
            mistake(
                "reading_before",
                "That is the time since the reading *before* this step, as in the "
                "paper: it is one where the value is new. Here a value that is read "
                "now has the age zero.",
                _before_this_step,
            ),
            mistake(
                "set_back_too_late",
                "A reading sets the time back one step too late: at the reading itself "
                "it still runs.",
                "        since = np.where(read == 1, 0.0, since + 1)\n"
                "        rows.append(since)\n",
                "        rows.append(since + 1)\n"
                "        since = np.where(read == 1, 0.0, since + 1)\n",
            ),
            mistake(
                "first_gap_too_young",
                "Before the first reading the time is one too small, and zero at the "
                "first step, as if something had been read there.",
                "np.zeros(x.shape[1])",
                "np.full(x.shape[1], -1.0)",
            ),
            mistake(
                "one_time_for_all",
                "A reading of one column sets the time of all columns back.",
                "read == 1",
                "read.any()",
            ),
            mistake(
                "set_back_by_whole_rows",
                "The time of a column is set back only where all columns were read.",
                "read == 1",
                "read.all()",
            ),
            mistake(
                "until_the_next",
                "That is the time until the *next* reading, which is not known yet.",
                _until_next,
            ),
            mistake(
                "length_of_the_gap",
                "Each step of a gap has the length of the whole gap. How long it will "
                "last is not known inside it.",
                _length_of_gap,
            ),
            mistake(
                "gap_marked_only",
                "The time is one in each gap, however long it has lasted.",
                "since + 1)",
                "1.0)",
            ),
            mistake(
                "set_back_to_one",
                "A reading sets the time to one. What was read now is no step old.",
                "read == 1, 0.0",
                "read == 1, 1.0",
            ),
        ),
    )
)


def climatology(y, slot, train):
    """(T,): for each step the mean training reading of its slot."""
    past, where = y[:train], slot[:train]
    known = ~np.isnan(past)
    means = np.full(slot.max() + 1, past[known].mean())
    for k in np.unique(where[known]):
        means[k] = past[known & (where == k)].mean()
    return means[slot]


def _climatology_cases(rng):
    found = []
    for label, n, slots, train, unseen in (
        ("four slots", 60, 4, 40, None),
        ("a slot that the training part never read", 50, 5, 30, 3),
        ("in another order", 48, 3, 30, None),
    ):
        slot = np.arange(n) % slots
        if label == "in another order":
            slot = rng.permutation(slot)
        y = slot + 3 + rng.normal(size=n) + np.linspace(0, 2, n)
        y[rng.choice(np.arange(slots, n), n // 4, replace=False)] = np.nan
        y[1] = np.nan
        if unseen is not None:
            y[:train][slot[:train] == unseen] = np.nan
            y[train + unseen] = 7.0
        found.append(Case(label, (y, slot, train)))
    return found


def _last_of_slot(y, slot, train):
    past, where = y[:train], slot[:train]
    known = ~np.isnan(past)
    means = np.full(slot.max() + 1, past[known].mean())
    for k in np.unique(where[known]):
        means[k] = past[known & (where == k)][-1]
    return means[slot]


enter(
    Check(
        "gaps.climatology",
        PAGE,
        climatology,
        "y, slot, train",
        ("climatology",),
        _climatology_cases,
        (
            mistake(
                "saw_the_test",
                "The means are those of the whole series: the test part stands in its "
                "own forecast.",
                "y[:train], slot[:train]",
                "y, slot",
            ),
            mistake(
                "gaps_as_zero",
                "A gap counts as a reading of zero and pulls the mean down.",
                "y[:train], slot[:train]",
                "np.nan_to_num(y[:train]), slot[:train]",
            ),
            mistake(
                "one_gap_is_enough",
                "One gap makes the mean of its slot no number. The mean is that of the "
                "readings.",
                "means[k] = past[known & (where == k)]",
                "means[k] = past[where == k]",
            ),
            mistake(
                "one_mean_for_all",
                "All slots have the same mean.",
                "    for k in np.unique(where[known]):\n"
                "        means[k] = past[known & (where == k)].mean()\n",
                "",
            ),
            mistake(
                "rest_from_the_test",
                "A slot that the training part never read got a mean of the whole "
                "series, the test part included.",
                "past[known].mean())",
                "np.nanmean(y))",
            ),
            mistake(
                "rest_is_zero",
                "A slot that the training part never read got zero.",
                "past[known].mean())",
                "0.0)",
            ),
            mistake(
                "rest_is_no_number",
                "A slot that the training part never read got no number, and whatever "
                "is computed from it is none.",
                "past[known].mean())",
                "np.nan)",
            ),
            mistake(
                "mean_of_means",
                "A slot that was never read got the mean of the slots' means. Asked "
                "for is the mean of all training readings.",
                "    return means[slot]",
                "    seen = np.unique(where[known])\n"
                "    rest = np.setdiff1d(np.arange(len(means)), seen)\n"
                "    means[rest] = means[seen].mean()\n"
                "    return means[slot]",
            ),
            mistake(
                "median",
                "That is the median of the readings, and the mean is asked for.",
                "means[k] = past[known & (where == k)].mean()",
                "means[k] = np.median(past[known & (where == k)])",
            ),
            mistake(
                "last_reading_of_the_slot",
                "Each slot has its last training reading. That is the seasonal naive "
                "forecast.",
                _last_of_slot,
            ),
            mistake(
                "slots_by_position",
                "The slots were counted through from the first step on. Which slot a "
                "step has, `slot` says.",
                "y[:train], slot[:train]",
                "y[:train], np.arange(train) % (slot.max() + 1)",
            ),
            mistake(
                "readings_kept",
                "Where there is a reading, it stands there itself. A forecast that "
                "knows what it forecasts is always right.",
                "return means[slot]",
                "return np.where(np.isnan(y), means[slot], y)",
            ),
            mistake(
                "training_part_only",
                "The forecast ends where the training part does.",
                "return means[slot]",
                "return means[where]",
            ),
        ),
    )
)


def decayed(x, last, since, h, params):
    """What the GRU reads in the place of gaps, its decayed state, the last readings."""
    gamma_x = np.exp(-np.maximum(0, since * params["w_x"]))  # (B, D)
    gamma_h = np.exp(-np.maximum(0, since @ params["W_d"]))  # (B, H)
    blend = gamma_x * last + (1 - gamma_x) * params["mean"]
    read = ~np.isnan(x)
    x_hat = np.where(read, x, blend)
    last_next = np.where(read, x, last)
    return x_hat, gamma_h * h, last_next


def _decay_params(rng, D, H):
    params = weights(rng, "gru", 2 * D, H)
    rates = {"w_x": rng.uniform(0.1, 0.6, D), "W_d": rng.uniform(0, 0.4, (D, H))}
    return params | rates | {"mean": rng.normal(size=D)}


def _decayed_cases(rng):
    found = []
    for label, B, D, H in (
        ("gaps of all ages", 4, 3, 2),
        ("nothing is missing", 3, 2, 4),
        ("a gap without an end", 2, 2, 3),
        ("a rate below zero", 3, 3, 2),
        ("one example", 1, 2, 3),
    ):
        p = _decay_params(rng, D, H)
        x, last = rng.normal(size=(2, B, D))
        since = rng.integers(1, 6, size=(B, D)).astype(float)
        read = rng.random((B, D)) < 0.4
        read[0, :2] = False, True
        read |= label == "nothing is missing"
        if label == "a gap without an end":
            since, read = since * 1e6, np.zeros((B, D), bool)
        if label == "a rate below zero":
            p["w_x"][0], p["W_d"][:, 0] = -0.3, -0.2
        since[read], x[~read] = 0, np.nan
        h = rng.uniform(-1, 1, size=(B, H))
        found.append(Case(label, (x, last, since, h, p)))
    return found


enter(
    Check(
        "gaps.decayed",
        PAGE,
        decayed,
        "x, last, since, h, params",
        (("x_hat", "h_hat", "last_next"),),
        _decayed_cases,
        (
            mistake(
                "current_value_decayed",
                "What decays in a gap is the *current* value, a zero, since there is "
                "none. The value that was last read should decay.",
                "gamma_x * last +",
                "gamma_x * np.nan_to_num(x) +",
            ),
            mistake(
                "no_way_to_the_mean",
                "The last reading decays to zero. It should go over into the mean.",
                " + (1 - gamma_x) * params",
                " + 0 * params",
            ),
            mistake(
                "input_not_decayed",
                "The input does not decay: the last reading stands there, however old "
                "it is.",
                "gamma_x * last + (1 - gamma_x) *",
                "last + 0 *",
            ),
            mistake(
                "mean_at_once",
                "The mean stands in each gap at once, and the last reading is not "
                "used.",
                "gamma_x * last + (1 - gamma_x) *",
                "0 * last + 1 *",
            ),
            mistake(
                "shares_exchanged",
                "The shares of the last reading and of the mean are exchanged: what is "
                "old counts most.",
                "gamma_x * last + (1 - gamma_x) *",
                "(1 - gamma_x) * last + gamma_x *",
            ),
            mistake(
                "gap_survives",
                "The gap is still there: zero times what is no number is no number. "
                "One such entry makes the loss and every gradient no number, too.",
                "np.where(read, x, blend)",
                "read * x + (1 - read) * blend",
            ),
            mistake(
                "gap_remembered",
                "The gap itself is remembered as the last reading.",
                "last_next = np.where(read, x, last)",
                "last_next = x",
            ),
            mistake(
                "estimate_remembered",
                "What stands in for a gap is remembered as the last *reading*, and so "
                "it decays again at each step.",
                "last_next = np.where(read, x, last)",
                "last_next = x_hat",
            ),
            mistake(
                "last_reading_kept",
                "The last reading is never replaced by a newer one.",
                "last_next = np.where(read, x, last)",
                "last_next = last",
            ),
            mistake(
                "reading_ignored",
                "The new reading is not read: the estimate stands everywhere.",
                "np.where(read, x, blend)",
                "blend",
            ),
            mistake(
                "state_not_decayed",
                "The state does not decay.",
                "gamma_h * h",
                "h",
            ),
            mistake(
                "state_share_exchanged",
                "The older the readings, the more is left of the state; it should be "
                "less.",
                "gamma_h * h",
                "(1 - gamma_h) * h",
            ),
            mistake(
                "input_floor_missing",
                "At a rate below zero the weight of the last reading grows beyond one.",
                "np.maximum(0, since * params",
                "(since * params",
            ),
            mistake(
                "state_floor_missing",
                "At rates below zero the state grows with the gap.",
                "np.maximum(0, since @ params",
                "(since @ params",
            ),
            mistake(
                "input_grows",
                "The weight of the last reading grows with its age: look at the sign "
                "in the exponent.",
                "np.exp(-np.maximum(0, since * ",
                "np.exp(np.maximum(0, since * ",
            ),
            mistake(
                "state_grows",
                "The state grows with the age of the readings: its exponent has the "
                "wrong sign.",
                "np.exp(-np.maximum(0, since @ ",
                "np.exp(np.maximum(0, since @ ",
            ),
            mistake(
                "age_ignored",
                "The age of the readings has no effect: a gap of one step and one of a "
                "thousand decay alike.",
                "since * params",
                "(since > 0) * params",
                "since @ params",
                "(since > 0) @ params",
            ),
        ),
    )
)


def states(x, h, params):
    """(B, T, H): the states of a GRU with decay over a batch with gaps."""
    since = np.zeros((len(x), x.shape[2]))
    last = np.zeros_like(since) + params["mean"]
    found = []
    for t in range(x.shape[1]):
        read = ~np.isnan(x[:, t])
        since = np.where(read, 0.0, since + 1)
        x_hat, h_hat, last = decayed(x[:, t], last, since, h, params)
        h = gru_step(np.hstack([x_hat, read]), h_hat, params)[0]
        found.append(h)
    return np.stack(found, axis=1)


def _states_cases(rng):
    found = []
    for label, B, T, D, H in (
        ("gaps at random", 3, 9, 2, 3),
        ("no gap", 2, 5, 2, 3),
        ("nothing was ever read", 2, 4, 3, 2),
        ("one example", 1, 10, 3, 2),
    ):
        x = _with_gaps(rng, (B, T, D)) if T > 8 else rng.normal(size=(B, T, D))
        if label == "nothing was ever read":
            x[:] = np.nan
        h = rng.uniform(-1, 1, size=(B, H))
        found.append(Case(label, (x, h, _decay_params(rng, D, H))))
    return found


enter(
    Check(
        "gaps.states",
        PAGE,
        states,
        "x, h, params",
        ("states",),
        _states_cases,
        (
            mistake(
                "age_always_zero",
                "The age of the readings stays at zero, so nothing decays: that is a "
                "plain GRU on values that were carried forward.",
                "np.where(read, 0.0, since + 1)",
                "0 * since",
            ),
            mistake(
                "age_never_set_back",
                "A reading does not set its age back to zero.",
                "np.where(read, 0.0, since + 1)",
                "since + ~read",
            ),
            mistake(
                "age_of_the_step_before",
                "Each step decays by the age that the readings had one step before.",
                "since = np.where(read, 0.0, since + 1)",
                "before, since = since, np.where(read, 0.0, since + 1)",
                "last, since, h, params)",
                "last, before, h, params)",
            ),
            mistake(
                "one_age_for_all",
                "A reading of one column sets the age of all columns back.",
                "np.where(read, 0.0",
                "np.where(read.any(axis=1, keepdims=True), 0.0",
            ),
            mistake(
                "mask_always_one",
                "The mask says that everything was read. The gates should know what is "
                "an estimate.",
                "np.hstack([x_hat, read])",
                "np.hstack([x_hat, read | True])",
            ),
            mistake(
                "mask_turned",
                "The mask that the gates read is one where there is *no* reading.",
                "np.hstack([x_hat, read])",
                "np.hstack([x_hat, ~read])",
            ),
            mistake(
                "mask_in_front",
                "The mask stands in front of the values. The first columns of `W_xh` "
                "belong to the values.",
                "np.hstack([x_hat, read])",
                "np.hstack([read, x_hat])",
            ),
            mistake(
                "undecayed_state_read",
                "The step starts from the state before its decay.",
                "h_hat, params)[0]",
                "h, params)[0]",
            ),
            mistake(
                "decayed_state_returned",
                "What is collected are the decayed states, before the step; each step "
                "is missing its reading.",
                "found.append(h)",
                "found.append(h_hat)",
            ),
            mistake(
                "last_reading_forgotten",
                "The last readings are not carried on: in each gap the mean stands at "
                "once.",
                "x_hat, h_hat, last = decayed",
                "x_hat, h_hat, _ = decayed",
            ),
            mistake(
                "zero_before_the_first",
                "Before the first reading a zero stands in the place of the mean.",
                'np.zeros_like(since) + params["mean"]',
                "np.zeros_like(since)",
            ),
            mistake(
                "first_state_ignored",
                "The state that was handed in is not used.",
                "    found = []\n",
                "    found, h = [], np.zeros_like(h)\n",
            ),
            mistake(
                "last_state_alone",
                "Only the state after the last step is returned.",
                "return np.stack(found, axis=1)",
                "return found[-1]",
            ),
            mistake(
                "time_in_front",
                "Time is the first axis of what is returned; the batch should be.",
                "np.stack(found, axis=1)",
                "np.stack(found)",
            ),
        ),
    )
)


def rate_gradient(dx_hat, last, since, params):
    """(D,): gradient with respect to w_x, from that of the estimates in the gaps."""
    w = params["w_x"]
    gamma = np.exp(-np.maximum(0, since * w))
    dgamma = dx_hat * (last - params["mean"])
    dw = -dgamma * since * gamma * (w > 0)
    return dw.sum(axis=0)


def _rate_cases(rng):
    found = []
    for label, B, D in (
        ("a batch", 5, 3),
        ("a rate below zero", 4, 2),
        ("one example", 1, 2),
    ):
        p = _decay_params(rng, D, 2)
        if label == "a rate below zero":
            p["w_x"][1] = -0.2
        dx_hat, last = rng.normal(size=(2, B, D))
        since = rng.integers(0, 6, size=(B, D)).astype(float)
        since[0] = rng.integers(2, 5, size=D)
        p = {name: p[name] for name in ("w_x", "mean")}
        found.append(Case(label, (dx_hat, last, since, p)))
    return found


enter(
    Check(
        "gaps.rate_gradient",
        PAGE,
        rate_gradient,
        "dx_hat, last, since, params",
        ("dw_x",),
        _rate_cases,
        (
            mistake(
                "sign",
                "The sign is turned: a larger rate makes the weight of the last "
                "reading *smaller*.",
                "-dgamma",
                "dgamma",
            ),
            mistake(
                "slope_of_the_floor",
                "At a rate below zero nothing depends on the rate, and its gradient is "
                "zero.",
                " * (w > 0)",
                "",
            ),
            mistake(
                "mean_left_out",
                "The share of the mean depends on the rate as well.",
                '(last - params["mean"])',
                "last",
            ),
            mistake(
                "last_left_out",
                "The share of the last reading depends on the rate as well as that of "
                "the mean.",
                '(last - params["mean"])',
                '(-params["mean"])',
            ),
            mistake(
                "age_left_out",
                "The age of a reading, which multiplies the rate, is missing.",
                " * since * gamma",
                " * gamma",
            ),
            mistake(
                "exponential_left_out",
                "The derivative of an exponential holds the exponential itself, and it "
                "is missing.",
                " * since * gamma",
                " * since",
            ),
            mistake(
                "other_share",
                "The factor is one minus the weight. The derivative of the exponential "
                "is the exponential.",
                "since * gamma * (w",
                "since * (1 - gamma) * (w",
            ),
            mistake(
                "mean_over_the_batch",
                "That is the mean over the batch. Every example uses the same rate, so "
                "what they send back adds up.",
                "dw.sum(axis=0)",
                "dw.mean(axis=0)",
            ),
            mistake(
                "not_summed",
                "Each example has a gradient of its own. The rate is one for all of "
                "them.",
                "dw.sum(axis=0)",
                "dw",
            ),
        ),
    )
)


def skill(error, error_last, size, draws):
    """Skill against the last value, and the ends of a 95 % interval over blocks."""
    known = ~(np.isnan(error) | np.isnan(error_last))
    squares = np.where(known, np.array([error, error_last]) ** 2, 0)
    starts = np.arange(0, len(error), size)
    ours, last = np.add.reduceat(squares, starts, axis=1)
    again = 1 - ours[draws].sum(axis=1) / last[draws].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    return 1 - ours.sum() / last.sum(), low, high


def _skill_cases(rng):
    found = []
    for label, n, size, scale in (
        ("blocks of ten", 80, 10, 0.7),
        ("a short last block", 75, 8, 1.3),
        ("few blocks", 20, 5, 0.9),
    ):
        a, b = rng.normal(size=(2, n)) * rng.uniform(0.5, 2, size=n)
        a = scale * (0.5 * a + 0.5 * b)
        a[rng.choice(n, n // 6, replace=False)] = np.nan
        b[:3] = np.nan
        a[3], b[4] = np.nan, np.nan
        blocks = -(-n // size)
        draws = rng.integers(blocks, size=(40, blocks))
        found.append(Case(label, (a, b, size, draws)))
    return found


def _single_values(error, error_last, size, draws):
    known = ~(np.isnan(error) | np.isnan(error_last))
    ours, last = np.where(known, np.array([error, error_last]) ** 2, 0)
    again = 1 - ours[draws].sum(axis=1) / last[draws].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    return 1 - ours.sum() / last.sum(), low, high


def _own_means(error, error_last, size, draws):
    starts = range(0, len(error), size)
    blocks = [np.arange(k, min(k + size, len(error))) for k in starts]

    def of(steps):
        return 1 - np.nanmean(error[steps] ** 2) / np.nanmean(error_last[steps] ** 2)

    again = [of(np.concatenate([blocks[k] for k in row])) for row in draws]
    low, high = np.quantile(again, [0.025, 0.975])
    return of(np.arange(len(error))), low, high


AGAIN = "    low, high = np.quantile(again, [0.025, 0.975])\n"
TOTAL = "1 - ours.sum() / last.sum(), low, high"

enter(
    Check(
        "gaps.skill",
        PAGE,
        skill,
        "error, error_last, size, draws",
        (("skill", "low", "high"),),
        _skill_cases,
        (
            mistake(
                "roots",
                "The errors are root mean squared ones. The skill takes mean squares.",
                "1 - ours[draws].sum(axis=1) / last[draws].sum(axis=1)",
                "1 - np.sqrt(ours[draws].sum(axis=1) / last[draws].sum(axis=1))",
                "1 - ours.sum() / last.sum()",
                "1 - np.sqrt(ours.sum() / last.sum())",
            ),
            mistake(
                "absolute_errors",
                "The sizes of the errors were summed up. Asked for are their squares.",
                "np.array([error, error_last]) ** 2",
                "np.abs([error, error_last])",
            ),
            mistake(
                "ratio_alone",
                "That is the ratio of the two errors. The skill is what it leaves to "
                "one.",
                "again = 1 - ours",
                "again = ours",
                "return 1 - ours",
                "return ours",
            ),
            mistake(
                "upside_down",
                "The ratio is turned round: a better forecast gets a worse skill.",
                "ours[draws].sum(axis=1) / last[draws].sum(axis=1)",
                "last[draws].sum(axis=1) / ours[draws].sum(axis=1)",
                "ours.sum() / last.sum()",
                "last.sum() / ours.sum()",
            ),
            mistake(
                "mean_of_the_blocks",
                "That is the mean of the blocks' own skills, in which a quiet block "
                "counts as much as a wild one. The squares are summed first.",
                "1 - ours[draws].sum(axis=1) / last[draws].sum(axis=1)",
                "(1 - ours / last)[draws].mean(axis=1)",
                "1 - ours.sum() / last.sum()",
                "(1 - ours / last).mean()",
            ),
            mistake(
                "last_value_not_drawn",
                "Only one of the two forecasts was drawn again. Both have the same "
                "easy and hard blocks, and belong together.",
                "last[draws].sum(axis=1)",
                "last.sum()",
            ),
            mistake(
                "values_for_blocks",
                "`draws` holds the numbers of blocks, and single values were drawn "
                "with them. Neighbouring errors are alike, so single ones would "
                "promise too much.",
                _single_values,
            ),
            mistake(
                "ninety_per_cent",
                "That is an interval of 90 %: on each side five per cent were cut off.",
                "[0.025, 0.975]",
                "[0.05, 0.95]",
            ),
            mistake(
                "from_end_to_end",
                "That is the whole range of what was drawn. Of a hundred, 95 lie in "
                "the interval.",
                "np.quantile(again, [0.025, 0.975])",
                "again.min(), again.max()",
            ),
            mistake(
                "by_the_deviation",
                "The interval was made from a standard deviation. Asked for are the "
                "quantiles of what was drawn, which need not lie alike on both sides.",
                AGAIN,
                "    middle = 1 - ours.sum() / last.sum()\n"
                "    low, high = middle + 1.96 * again.std() * np.array([-1, 1])\n",
            ),
            mistake(
                "interval_of_the_mean",
                "The interval shrinks with the number of draws, and more draws are no "
                "more data.",
                AGAIN,
                "    off = 1.96 * again.std() / np.sqrt(len(again))\n"
                "    low, high = again.mean() - off, again.mean() + off\n",
            ),
            mistake(
                "ends_exchanged",
                "The ends of the interval are exchanged.",
                TOTAL,
                "1 - ours.sum() / last.sum(), high, low",
            ),
            mistake(
                "other_steps",
                "The two errors were summed over different steps: where one of them is "
                "missing, neither counts.",
                "np.where(known, np.array([error, error_last]) ** 2, 0)",
                "np.nan_to_num(np.array([error, error_last]) ** 2)",
            ),
            mistake(
                "means_of_other_steps",
                "Each of the two means was taken over the steps that its own forecast "
                "has. They are compared on the same steps.",
                _own_means,
            ),
            mistake(
                "middle_of_the_draws",
                "The skill itself is a mean over the draws. It should come from the "
                "errors as they are.",
                TOTAL,
                "again.mean(), low, high",
            ),
        ),
    )
)
