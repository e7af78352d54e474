"""What students write: wrong answers to the exercises, and the name that each must get.

They were written from the texts of the exercises, in the ways in which one would write
them, and not from the catalogue. Several are from a review that tried 667 of them.
"""

import itertools
import math

import numpy as np
import pytest

from rnnbook import bptt, cells
from rnnbook.checks import CHECKS, check
from rnnbook.checks.catalogue import variant
from rnnbook.data import windows

sigmoid = cells.sigmoid
FOUND: list[tuple[str, str | None, object]] = []


def of(name: str, **answers) -> None:
    """Enter wrong answers to a check, by the name of the mistake."""
    FOUND.extend((name, known, function) for known, function in answers.items())


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# ---- 01


def naive(train, season):
    return np.abs(train[season:] - train[:-season])


of(
    "metrics.mase",
    mean_error_in_size=lambda a, b, c, m: np.abs((a - b).mean()) / naive(c, m).mean(),
    scale_divided_by_all=lambda a, b, c, m: (
        np.abs(a - b).mean() / (naive(c, m).sum() / len(c))
    ),
    season_ignored=lambda a, b, c, m: (
        np.mean(np.abs(a - b)) / np.abs(np.diff(c)).mean()
    ),
    scaled_on_test=lambda a, b, c, m: np.abs(a - b).mean() / naive(a, m).mean(),
    mean_squares=lambda a, b, c, m: (
        ((a - b) ** 2).mean() / ((c[m:] - c[:-m]) ** 2).mean()
    ),
    scaled_by_spread=lambda a, b, c, m: np.abs(a - b).mean() / np.std(c),
    percentage_error=lambda a, b, c, m: np.mean(np.abs((a - b) / a)),
    signed_scale=lambda a, b, c, m: np.abs(a - b).mean() / abs(np.mean(c[m:] - c[:-m])),
)
of(
    "metrics.cost",
    weighted_by_belief=lambda p, q: -(q * np.log2(q)).sum(),
    belief_ignored=lambda p, q: -(p * np.log2(p)).sum(),
    not_weighted=lambda p, q: np.mean(-np.log2(q)),
    mean_for_sum=lambda p, q: (-p * np.log2(q)).mean(),
    summed_without_weights=lambda p, q: sum(-np.log2(q)),
    only_the_extra_cost=lambda p, q: (p * np.log2(p / q)).sum(),
    logarithm_of_mean=lambda p, q: -np.log2(p @ q),
    whole_bits=lambda p, q: (p * np.ceil(np.log2(1 / q))).sum(),
    not_summed=lambda p, q: -p * np.log2(q),
)
of(
    "data.seasonal_naive",
    horizon_ignored=lambda y, t, m, h: y[t - m],
    last_value=lambda y, t, m, h: y[t - h],
    rounded_to_nearest=lambda y, t, m, h: y[t - m * round(h / m)],
    season_too_far=lambda y, t, m, h: y[t - m * (h // m + 1)],
    larger_of_two=lambda y, t, m, h: y[t - max(h, m)],
    season_times_horizon=lambda y, t, m, h: y[t - h * m],
    t_is_the_origin=lambda y, t, m, h: y[t + h - m * math.ceil(h / m)],
    season_after_horizon=lambda y, t, m, h: y[t - h - m],
)


def _suspicious(series, n=None):
    smooth = np.convolve(series, np.ones(5) / 5, mode="same")
    x, y = windows((smooth - smooth.mean()) / smooth.std(), 20)
    rows = np.random.default_rng(0).permutation(len(x))
    return x[rows[:800]], y[rows[:800]]


def _back(series, n):
    return np.convolve(np.r_[[series[0]] * 4, series[:n]], np.ones(5) / 5, "valid")


def _standard(a, ddof=0):
    return (a - a.mean()) / a.std(ddof=ddof)


def _only_800(series, n):
    x, y = windows(_standard(_back(series, n)), 20)
    return x[:800], y[:800]


def _short_average(s, n):
    averaged = [s[max(0, k - 4) : k + 1].mean() for k in range(n)]
    return windows(_standard(np.array(averaged)), 20)


of(
    "data.mended",
    not_mended=_suspicious,
    sample_deviation=lambda s, n: windows(_standard(_back(s, n), 1), 20),
    only_800=_only_800,
    first_days_dropped=lambda s, n: windows(
        _standard(np.convolve(s[:n], np.ones(5) / 5, "valid")), 20
    ),
    zeros_in_front=lambda s, n: windows(
        _standard(np.convolve(s[:n], np.ones(5) / 5)[:n]), 20
    ),
    shorter_average_at_start=_short_average,
    centred_with_zeros=lambda s, n: windows(
        _standard(np.convolve(s[:n], np.ones(5) / 5, mode="same")), 20
    ),
    not_smoothed=lambda s, n: windows(_standard(s[:n]), 20),
    scale_of_everything=lambda s, n: windows(_standard(_back(s, len(s)))[:n], 20),
)


def _future(features, series, t):
    other = series.copy()
    other[t:] = np.random.default_rng(0).normal(size=len(series) - t)
    return features(series), features(other)


def _other_shape(features, series, t):
    a, b = _future(features, series, t)
    return not np.array_equal(a[:t], b[: t + 1])


def _tomorrow_replaced(features, series, t):
    other = series.copy()
    other[t + 1 :] = 0
    return not np.array_equal(features(series)[: t + 1], features(other)[: t + 1])


def _cut_off(features, series, t):
    return not np.array_equal(features(series)[:t], features(series[:t]))


of(
    "data.peeks",
    always_yes=_other_shape,
    never_yes=lambda features, series, t: False,
    day_t_left_out=_tomorrow_replaced,
    all_rows=lambda f, s, t: not np.array_equal(*_future(f, s, t)),
    inverted=lambda f, s, t: np.array_equal(*(a[: t + 1] for a in _future(f, s, t))),
)
of("data.peeks", always_yes=lambda features, series, t: True, day_t_left_out=_cut_off)


def _saved(n, D):
    return D * (n > 0).sum()


def _kn(n, q, D, share):
    return q if n.sum() == 0 else share(np.maximum(n - D, 0), q, _saved(n, D), n.sum())


of(
    "text.discounted",
    not_discounted_at_all=lambda n, q, D: n / n.sum() if n.sum() else q,
    saving_lost=lambda n, q, D: _kn(n, q, D, lambda a, q, s, N: a / N),
    renormalised=lambda n, q, D: _kn(n, q, D, lambda a, q, s, N: a / a.sum()),
    saved_not_divided=lambda n, q, D: _kn(n, q, D, lambda a, q, s, N: a / N + s * q),
    saved_once_only=lambda n, q, D: _kn(n, q, D, lambda a, q, s, N: (a + D * q) / N),
    only_unseen_get_it=lambda n, q, D: _kn(
        n, q, D, lambda a, q, s, N: np.where(a > 0, a / N, s * q / N)
    ),
    negative_counts=lambda n, q, D: (
        q if n.sum() == 0 else (n - D + _saved(n, D) * q) / n.sum()
    ),
    empty_context_divided=lambda n, q, D: (
        (np.maximum(n - D, 0) + _saved(n, D) * q) / n.sum()
    ),
)


def _adaptive(charge, start=np.ones):
    def bits(symbols, V):
        n, found = start(V), []
        for k, c in enumerate(symbols):
            found.append(charge(n, c, k))
            n[c] += 1
        return found

    return bits


def _seen_only(symbols, V):
    counts, found = dict.fromkeys(symbols, 1), []
    for c in symbols:
        found.append(math.log2(sum(counts.values()) / counts[c]))
        counts[c] += 1
    return found


def _counted_first(symbols, V):
    n, found = np.ones(V), []
    for c in symbols:
        n[c] += 1
        found.append(-np.log2(n[c] / n.sum()))
    return np.array(found)


of(
    "text.adaptive_bits",
    starts_at_zero=_adaptive(lambda n, c, k: -np.log2(n[c] / n.sum()), np.zeros),
    only_symbols_that_come=_seen_only,
    counted_before_charged=_counted_first,
    in_nats=_adaptive(lambda n, c, k: -math.log(n[c] / n.sum())),
    sum_forgotten=_adaptive(lambda n, c, k: -np.log2(n[c])),
    sign_missing=_adaptive(lambda n, c, k: np.log2(n[c] / n.sum())),
    learns_nothing=lambda s, V: np.full(len(s), np.log2(V)),
    mean_returned=lambda s, V: np.mean(CHECKS["text.adaptive_bits"].reference(s, V)),
    divided_by_symbols_so_far=_adaptive(lambda n, c, k: -np.log2(n[c] / (k + 1))),
)
of(
    "metrics.mase",
    scale_with_its_sign=lambda a, b, c, m: abs(a - b).mean() / (c[m:] - c[:-m]).mean(),
)


def _seasonal(train, season, times):
    return np.mean([abs(train[t] - train[t - season]) for t in times])


def _rolled_by_pandas(fill):
    """As a column of a table is smoothed, and what it lacks at the start filled in."""

    def mended(series, n):
        known = series[:n]
        smooth = np.convolve(known, np.ones(5) / 5, "valid")
        return windows(_standard(np.r_[fill(known), smooth]), 20)

    return mended


of(
    "metrics.mase",
    scaled_on_both_parts=lambda a, b, c, m: (
        abs(a - b).mean() / naive(np.concatenate([c, a]), m).mean()
    ),
    last_difference_missing=lambda a, b, c, m: (
        abs(a - b).mean() / _seasonal(c, m, range(m, len(c) - 1))
    ),
    first_difference_missing=lambda a, b, c, m: (
        abs(a - b).mean() / _seasonal(c, m, range(m + 1, len(c)))
    ),
    rolled=lambda a, b, c, m: abs(a - b).mean() / _seasonal(c, m, range(len(c))),
)
of("metrics.cost", logarithm_to_ten=lambda p, q: -(p * np.log10(q)).sum())
of(
    "data.seasonal_naive",
    remainder_and_horizon=lambda y, t, m, h: y[t - h - (h % m)],
    start_of_a_season=lambda y, t, m, h: y[t - h - (t - h) % m],
)
of(
    "data.mended",
    first_days_not_averaged=_rolled_by_pandas(lambda known: [known[0]] * 4),
    first_days_as_they_were=_rolled_by_pandas(lambda known: known[:4]),
    average_looks_forwards=lambda s, n: windows(
        _standard(np.convolve(np.r_[s[:n], [s[n - 1]] * 4], np.ones(5) / 5, "valid")),
        20,
    ),
)


def _discounted(formula):
    def discounted(n, q, D):
        u, N = np.count_nonzero(n), n.sum()
        return formula(n, q, D, u, N) if N else q

    return discounted


of(
    "text.discounted",
    divided_by_what_is_left=_discounted(
        lambda n, q, D, u, N: (
            (np.maximum(n - D, 0) + D * u * q) / np.maximum(n - D, 0).sum()
        )
    ),
    discounted_in_proportion=_discounted(
        lambda n, q, D, u, N: (1 - D * u / N) * n / N + D * u / N * q
    ),
)
of(
    "text.adaptive_bits",
    divided_by_alphabet=_adaptive(lambda n, c, k: np.log2(len(n) / n[c])),
)


def _next_day(features, series, t):
    other = series.copy()
    other[t + 1] += 10
    return not np.allclose(features(other)[: t + 1], features(series)[: t + 1])


of("data.peeks", only_the_next_day_replaced=_next_day)


def _averaged(mode, days, cut=slice(None)):
    def mended(s, n):
        return windows(
            _standard(np.convolve(days(s, n), np.ones(5) / 5, mode)[cut]), 20
        )

    return mended


def _in_front(s, n):
    return np.r_[[s[0]] * 4, s[:n]]


of(
    "data.mended",
    four_days_after=_averaged("valid", lambda s, n: s[: n + 4]),
    centred_behind_the_padding=_averaged("same", _in_front, slice(4, None)),
    two_days_late=_averaged("same", _in_front, slice(-4)),
)


# ---- 02


def _moved(f, x, place, rest):
    other = x.copy()
    other[place] += 1
    return int(np.allclose(f(other)[rest], f(x)[rest]))


EVERY, REST = slice(None), slice(1, None)
of(
    "rnn.time_axis",
    always_one=lambda f, x: 1,
    always_zero=lambda f, x: 0,
    inverted=lambda f, x: 1 - _moved(f, x, 0, REST),
    changed_row_compared=lambda f, x: _moved(f, x, 0, EVERY),
    columns_changed=lambda f, x: _moved(f, x, (EVERY, 0), (EVERY, REST)),
)
of(
    "rnn.parameters",
    two_biases=lambda D, H, K: D * H + H * H + 2 * H + H * K + K,
    hidden_bias_missing=lambda D, H, K: (D + H) * H + (H + 1) * K,
    sizes_exchanged=lambda D, H, K: H * D + D * D + D + H * K + K,
    readout_missing=lambda D, H, K: D * H + H * H + H,
    biases_missing=lambda D, H, K: H * (D + H + K),
    readout_bias_of_units=lambda D, H, K: D * H + H * H + H + H * K + H,
    state_matrix_missing=lambda D, H, K: (D + 1) * H + (H + 1) * K,
)
of(
    "metrics.unexplained",
    sample_variance=lambda loss, y: loss / y.var(ddof=1),
    root_taken=lambda loss, y: loss / y.std(),
    zero_for_mean=lambda loss, y: loss / (y**2).mean(),
    explained=lambda loss, y: 1 - loss / y.var(),
    root_of_the_share=lambda loss, y: np.sqrt(loss / y.var()),
    divided_by_mean=lambda loss, y: loss / np.mean(y),
    mean_of_each_column=lambda loss, y: loss / ((y - y.mean(axis=0)) ** 2).mean(),
    absolute_distance=lambda loss, y: loss / np.abs(y - y.mean()).mean(),
)
of(
    "training.length_at",
    ends_one_short=lambda call, steps, longest: 2 + int(call / steps * (longest - 2)),
    no_curriculum=lambda call, steps, longest: longest,
    starts_at_one=lambda call, steps, longest: 1 + call * longest // steps,
    unfair_shares=lambda call, steps, longest: min(longest, 2 + call),
)


def _delay(units, scale):
    W_xh = np.zeros((1, units))
    W_xh[0, 0] = scale
    return {"W_xh": W_xh, "W_hh": np.eye(units, k=1), "b_h": np.zeros(units)}


def _bits(W_hh):
    def bit_line(units, gain):
        p = _delay(units, scale=gain)
        return p | {"W_hh": W_hh(p["W_hh"], gain)}

    return bit_line


of(
    "rnn.bit_line",
    gain_fixed=lambda units, gain: (
        _delay(units, 3.0) | {"W_hh": 3.0 * _delay(units, 3.0)["W_hh"]}
    ),
    units_hold_their_own=_bits(lambda W, gain: W + gain * np.eye(len(W))),
    all_connected=_bits(lambda W, gain: W + gain),
)


def _latch(W_xh, W_hh):
    """The cell of the exercise, with these weights."""
    p = {"W_xh": np.array(W_xh), "W_hh": np.full((1, 1), W_hh), "b_h": np.zeros(1)}
    rows = {"s": [1.0, 0.0], "r": [0.0, 1.0], ".": [0.0, 0.0]}

    def run_latch(events):
        x = np.array([[rows[e] for e in events]])
        h, _, _ = bptt.forward(cells.rnn_step, x, -np.ones((1, 1)), p)
        return "".join("1" if v > 0 else "0" for v in h[0, :, 0])

    return run_latch


of(
    "rnn.latch",
    fades=_latch([[6.0], [-6.0]], 0.5),
    no_memory=_latch([[6.0], [-6.0]], 0.0),
    reset_sets=_latch([[6.0], [6.0]], 3.0),
    only_resets=_latch([[0.0], [6.0]], 3.0),
    set_and_reset_swapped=_latch([[-6.0], [6.0]], 3.0),
    always_off=_latch([[2.0], [-2.0]], 3.0),
)


def _counter(read, W_hh, gain=10.0, bias=(-0.5, -1.5, -2.5)):
    """The cell of the exercise, with these weights."""
    read, W_xh = np.array(read), np.full((1, 3), gain)
    p = {"W_xh": W_xh, "W_hh": gain * np.array(W_hh), "b_h": gain * np.array(bias)}

    def count_mod3(presses):
        x = np.asarray(presses, dtype=float)[None, :, None]
        h, _, _ = bptt.forward(cells.rnn_step, x, -np.ones((1, 3)), p)
        return (h @ read).round()[0]

    return count_mod3


READ = [0.5, 0.5, -1.0]
ROWS, COLUMNS = np.outer(READ, np.ones(3)), np.outer(np.ones(3), READ)
of(
    "rnn.mod3",
    state_matrix_transposed=_counter(READ, COLUMNS),
    other_numbers=_counter([0.5, 0.5, 0.5], np.full((3, 3), 0.5)),
    always_zero=_counter(READ, ROWS, bias=(0.5, 1.5, 2.5)),
    always_one=_counter(READ, ROWS, gain=1.0),
    forgets=_counter(READ, 0 * ROWS),
    wrong_from_the_first_press=_counter(
        [0.5, 0.5, -0.5], np.outer([0.5, 0.5, -0.5], np.ones(3))
    ),
    wrong_after_the_first_press=_counter(READ, 2 * ROWS),
)
of(
    "training.length_at",
    not_whole=lambda call, steps, longest: 2 + (longest - 2) * call / (steps - 1),
)
of(
    "rnn.parameters",
    square_as_double=lambda D, H, K: D * H + 2 * H + H + H * K + K,
    two_matrices_only=lambda D, H, K: H * (D + K),
)
of(
    "rnn.time_axis",
    some_stay_the_same=lambda f, x: int(
        (f(np.concatenate([x[:1] + 1, x[1:]]))[1:] == f(x)[1:]).any()
    ),
)
of(
    "rnn.latch",
    wrong_without_an_event=lambda events: "".join(
        "1" if "s" in events[max(0, k - 1) : k + 1] and events[k] != "r" else "0"
        for k in range(len(events))
    ),
)
of(
    "rnn.bit_line",
    input_missing=lambda units, gain: (
        _delay(units, 0.0) | {"W_hh": gain * _delay(units, 1.0)["W_hh"]}
    ),
    bias_added=lambda units, gain: (
        _delay(units, gain) | {"b_h": np.zeros(units) + gain}
    ),
    divided_by_gain=lambda units, gain: {
        name: p / gain for name, p in _delay(units, 1.0).items()
    },
)
of(
    "metrics.unexplained",
    median_for_mean=lambda loss, y: loss / ((y - np.median(y)) ** 2).mean(),
    square_of_the_mean=lambda loss, y: loss / y.mean() ** 2,
    bracket_missing=lambda loss, y: loss / (y**2).mean() - y.mean() ** 2,
)
of("rnn.mod3", forgets=_counter(READ, 0.1 * ROWS))
of(
    "training.length_at",
    one_length_too_many=lambda call, steps, longest: 2 + call // (steps // longest),
    other_end=lambda call, steps, longest: min(
        2 + call // (steps // (longest - 2)), longest
    ),
    shares_differ=lambda call, steps, longest: int(
        2 + (longest - 1) * (call / steps) ** 2
    ),
)

DOUBLED = 2 * np.array(READ)
of(
    "rnn.mod3",
    weights_too_small=_counter(READ, ROWS, gain=3.0),
    jumps_to_one=_counter(READ, ROWS, gain=2.0),
    wrong_from_the_first_press=_counter(DOUBLED, np.outer(DOUBLED, np.ones(3))),
)
of(
    "rnn.bit_line",
    gain_between_units_only=lambda units, gain: (
        _delay(units, 1.0) | {"W_hh": gain * np.eye(units, k=1)}
    ),
    units_keep_their_own=lambda units, gain: (
        _delay(units, gain) | {"W_hh": gain * np.eye(units)}
    ),
)
of(
    "training.length_at",
    longest_at_the_end_only=lambda call, steps, longest: int(
        2 + (longest - 2) * call / (steps - 1)
    ),
    unfair_shares=lambda call, steps, longest: min(2 + call // 5, longest),
)


of(
    "rnn.latch",
    swings=_latch([[6.0], [-6.0]], -3.0),
    never_reset=_latch([[6.0], [-1.0]], 3.0),
)


# ---- 03


def _rnn_back(da=None, dx=None, dh=None, grads=None):
    """A backward step of a cell, some parts of which are written in another way."""

    def back(dh_next, cache, params):
        x, h, out = cache
        a = da(dh_next, h, out)
        g = {"W_xh": x.T @ a, "W_hh": h.T @ a, "b_h": a.sum(axis=0)}
        g |= grads(x, h, out, a, dh_next) if grads else {}
        W, U = params["W_xh"], params["W_hh"]
        return (dx or _through)(a, W, dh_next), (dh or _through)(a, U, dh_next), g

    return back


def _through(a, W, dh_next):
    return a @ W.T


def _of_tanh(dh_next, h, out):
    return dh_next * (1 - out**2)


def _of_relu(dh_next, h, out):
    return dh_next * (out > 0)


for _name, _da in (
    ("rnn.step_backward", _of_tanh),
    ("rnn.relu_step_backward", _of_relu),
):
    of(
        _name,
        W_hh_not_transposed=_rnn_back(_da, dh=lambda a, W, d: a @ W),
        dW_hh_from_new_state=_rnn_back(
            _da, grads=lambda x, h, out, a, d: {"W_hh": out.T @ a}
        ),
        db_mean=_rnn_back(_da, grads=lambda x, h, out, a, d: {"b_h": a.mean(0)}),
        db_not_summed=_rnn_back(_da, grads=lambda x, h, out, a, d: {"b_h": a}),
        db_one_number=_rnn_back(_da, grads=lambda x, h, out, a, d: {"b_h": a.sum()}),
        dx_from_the_output=_rnn_back(_da, dx=lambda a, W, d: d @ W.T),
        weights_from_the_output=_rnn_back(
            _da,
            grads=lambda x, h, out, a, d: {
                "W_xh": x.T @ d,
                "W_hh": h.T @ d,
                "b_h": d.sum(axis=0),
            },
        ),
        dW_hh_transposed=_rnn_back(
            _da, grads=lambda x, h, out, a, d: {"W_hh": a.T @ h}
        ),
        gradient_also_passed_by=_rnn_back(_da, dh=lambda a, W, d: a @ W.T + d),
    )
of(
    "rnn.step_backward",
    derivative_missing=_rnn_back(lambda d, h, out: d),
    square_outside=_rnn_back(lambda d, h, out: d * (1 - out) ** 2),
    derivative_at_old_state=_rnn_back(lambda d, h, out: d * (1 - h**2)),
    derivative_of_preactivation=_rnn_back(
        lambda d, h, out: d * (1 - np.tanh(out) ** 2)
    ),
)
of(
    "rnn.relu_step_backward",
    slope_of_tanh=_rnn_back(_of_tanh),
    slope_left_out=_rnn_back(lambda d, h, out: d),
    gate_of_the_old_state=_rnn_back(lambda d, h, out: d * (h > 0)),
    gradient_rectified=_rnn_back(lambda d, h, out: np.maximum(d, 0)),
)


def _loss(p, targets, small=0.0):
    return -np.log(p[np.arange(len(p)), targets] + small).mean()


def _slope(p, targets):
    g = p.copy()
    g[np.arange(len(p)), targets] -= 1
    return g / len(p)


def _both(p, targets):
    return _loss(p, targets), _slope(p, targets)


def _one_shift(z, t):
    e = np.exp(z - z.max())
    return _both(e / e.sum(axis=1, keepdims=True), t)


def _axis_0_of_sum(z, t):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return _both(e / e.sum(axis=0), t)


def _axis_0(z, t):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return _both(e / e.sum(axis=0, keepdims=True), t)


def _in_place_too_early(z, t):
    p = softmax(z)
    p[np.arange(len(t)), t] -= 1
    return _loss(p, t), p / len(t)


def _hot(p, t):
    return np.eye(p.shape[1])[t]


of(
    "losses.cross_entropy",
    one_shift_for_all=_one_shift,
    wrong_axis=_axis_0_of_sum,
    wrong_axis_everywhere=_axis_0,
    softmax_over_everything=lambda z, t: _both(np.exp(z) / np.exp(z).sum(), t),
    small_number_added=lambda z, t: (
        _loss(softmax(z), t, 1e-12),
        _slope(softmax(z), t),
    ),
    changed_before_the_loss=_in_place_too_early,
    overflow=lambda z, t: _both(np.exp(z) / np.exp(z).sum(1, keepdims=True), t),
    not_returned=lambda z, t: _loss(softmax(z), t),
    loss_of_each_example=lambda z, t: (
        -np.log(softmax(z)[np.arange(len(t)), t]),
        _slope(softmax(z), t),
    ),
    loss_summed=lambda z, t: (_loss(softmax(z), t) * len(t), _slope(softmax(z), t)),
    loss_sign=lambda z, t: (-_loss(softmax(z), t), _slope(softmax(z), t)),
    gradient_summed=lambda z, t: (_loss(softmax(z), t), _slope(softmax(z), t) * len(t)),
    gradient_in_probabilities=lambda z, t: (
        _loss(softmax(z), t),
        -_hot(z, t) / softmax(z) / len(t),
    ),
    gradient_is_probability=lambda z, t: (_loss(softmax(z), t), softmax(z) / len(t)),
)
of(
    "losses.cross_entropy",
    small_number_added=lambda z, t: (_loss(softmax(z), t, 1e-8), _slope(softmax(z), t)),
)


def _loop(last=0, first_dh=True, late=False, carry=True):
    def backward(dh, dh_T, caches, params):
        T = len(caches)
        dx = np.zeros((*dh.shape[:2], len(params["W_xh"])))
        grads = {name: np.zeros_like(p) for name, p in params.items()}
        d = dh_T
        for t in range(T - 1, last - 1, -1):
            d = d if late else d + dh[:, t]
            dx[:, t], d, g = cells.rnn_step_backward(d, caches[t], params)
            d = d + dh[:, t] if late else d
            grads = {name: grads[name] + g[name] for name in grads}
        return dx, d, grads

    return backward


def _starter_loop(dh, dh_T, caches, params):
    dx, dh_0, grads = cells.rnn_step_backward(dh_T, caches[-1], params)
    return dx[:, None], dh_0, grads


def _forgets_dh(dh, dh_T, caches, params):
    return bptt.backward(cells.rnn_step_backward, 0 * dh, dh_T, caches, params)


def _forgets_final(dh, dh_T, caches, params):
    return bptt.backward(cells.rnn_step_backward, dh, 0 * dh_T, caches, params)


def _overwrites(dh, dh_T, caches, params):
    dx = np.zeros((*dh.shape[:2], len(params["W_xh"])))
    d = dh_T
    for t in reversed(range(len(caches))):
        dx[:, t], d, grads = cells.rnn_step_backward(d + dh[:, t], caches[t], params)
    return dx, d, grads


of(
    "rnn.backward",
    first_step_missing=_loop(last=1),
    dh_added_after_the_step=_loop(late=True),
    last_step_only_without_dh=_starter_loop,
    dh_missing=_forgets_dh,
    final_gradient_ignored=_forgets_final,
    sum_over_time_missing=_overwrites,
)


def _unit(w, x, h, start=0.0, update=None):
    slope = start
    for x_t in x:
        new = np.tanh(w * h + x_t)
        slope = update(slope, h, new, w)
        h = new
    return h, slope


def _forwards(update, start=0.0, factor=2):
    def gradient(w, x, h_0, y):
        h, slope = _unit(w, x, h_0, start, update)
        return factor * (h - y) * slope

    return gradient


def _right_update(s, h, new, w):
    return (1 - new**2) * (h + w * s)


of(
    "bptt.forward_gradient",
    factor_two_forgotten=_forwards(_right_update, factor=1),
    starts_at_one=_forwards(_right_update, start=1.0),
    sign=_forwards(_right_update, factor=-2),
    slope_left_out=_forwards(lambda s, h, new, w: h + w * s),
    past_without_slope=_forwards(lambda s, h, new, w: (1 - new**2) * h + w * s),
    immediate_only=_forwards(lambda s, h, new, w: (1 - new**2) * h),
    added_up_only=_forwards(lambda s, h, new, w: s + (1 - new**2) * h),
    weight_left_out=_forwards(lambda s, h, new, w: (1 - new**2) * (h + s)),
)
of(
    "bptt.only_last",
    every_output=lambda d, T: np.stack([d] * T, axis=1),
    no_time_axis=lambda d, T: d,
    one_step_only=lambda d, T: d[:, None, :],
    all_zero=lambda d, T: np.zeros((len(d), T, d.shape[1])),
)
of(
    "bptt.taught",
    all_steps=lambda window, lag: window,
    negative=lambda window, lag: window - lag,
    one_too_many=lambda window, lag: max(0, window - lag + 1),
    distance=lambda window, lag: abs(window - lag),
    yes_or_no=lambda window, lag: int(lag < window),
)
of(
    "bptt.only_last",
    a_share_for_every_output=lambda d, T: np.stack([d / T] * T, axis=1),
)
of(
    "bptt.taught",
    all_steps_of_a_long_window=lambda window, lag: window if window > lag else 0,
    all_steps_of_a_window_as_long=lambda window, lag: 0 if window < lag else window,
    divided=lambda window, lag: window // lag,
)
of(
    "bptt.forward_gradient",
    added_to_itself=_forwards(lambda s, h, new, w: s + (1 - new**2) * (h + w * s)),
    weight_on_both=_forwards(lambda s, h, new, w: (1 - new**2) * w * (h + s)),
)


def _log_softmax(z, t, axis):
    z = z - z.max(axis=axis, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=axis, keepdims=True))
    d = np.exp(logs)
    d[np.arange(len(t)), t] -= 1
    return -logs[np.arange(len(t)), t].mean(), d / len(t)


of(
    "losses.cross_entropy",
    logarithms_over_examples=lambda z, t: _log_softmax(z, t, 0),
    logarithm_of_sum_of_all=lambda z, t: _log_softmax(z, t, None),
)


def _alone(dh, dh_T, caches, params):
    """Each step by itself."""
    grads, dxs = {name: np.zeros_like(p) for name, p in params.items()}, []
    for t in reversed(range(len(caches))):
        d = dh[:, t] + (dh_T if t == len(caches) - 1 else 0)
        dx, dh_0, here = cells.rnn_step_backward(d, caches[t], params)
        dxs.insert(0, dx)
        grads = {name: grads[name] + here[name] for name in grads}
    return np.stack(dxs, axis=1), dh_0, grads


of("rnn.backward", nothing_handed_back=_alone)
of(
    "bptt.only_last",
    ones_for_zeros=lambda d, T: np.concatenate(
        [np.ones((len(d), T - 1, d.shape[1])), d[:, None]], axis=1
    ),
    time_reshaped=lambda d, T: np.stack([0 * d] * (T - 1) + [d]).reshape(
        len(d), T, d.shape[1]
    ),
)
of(
    "bptt.taught",
    other_way_round=lambda window, lag: max(lag - window, 0),
    remainder=lambda window, lag: window % lag if lag else window,
    one_short_and_negative=lambda window, lag: window - lag - 1,
    steps_listed=lambda window, lag: list(range(lag, window)),
)
of(
    "bptt.forward_gradient",
    slope_before_the_tanh=_forwards(
        lambda s, h, new, w: (1 - np.arctanh(new) ** 2) * (h + w * s)
    ),
    weight_squared=_forwards(lambda s, h, new, w: (1 - new**2) * (h + w * w * s)),
)
of(
    "losses.cross_entropy",
    every_target_in_every_gradient=lambda z, t: (
        _both(softmax(z), t)[0],
        (softmax(z) - np.eye(z.shape[1])[t].max(axis=0)) / len(t),
    ),
    one_off_everywhere=lambda z, t: (
        _both(softmax(z), t)[0],
        (softmax(z) - 1) / len(t),
    ),
)


def _loop_back(arrives, after=None, last=None):
    """The loop, some parts of which are written in another way."""

    def my_backward(dh, dh_T, caches, params):
        grads, dxs = {name: np.zeros_like(p) for name, p in params.items()}, []
        d = dh_T
        for t in reversed(range(len(caches))):
            before = arrives(d, dh, t)
            dx, d, here = cells.rnn_step_backward(before, caches[t], params)
            d = d + dh[:, t] if after else d
            dxs.insert(0, dx)
            grads = {name: grads[name] + here[name] for name in grads}
        return np.stack(dxs, axis=1), before if last else d, grads

    return my_backward


of(
    "rnn.backward",
    dh_twice=_loop_back(lambda d, dh, t: d + dh[:, t], after=True),
    dh_0_before_the_step=_loop_back(lambda d, dh, t: d + dh[:, t], last=True),
    dh_of_the_step_after=_loop_back(
        lambda d, dh, t: d + dh[:, t + 1] if t + 1 < dh.shape[1] else d
    ),
)
of(
    "rnn.step_backward",
    summed_before_the_product=_rnn_back(
        _of_tanh,
        grads=lambda x, h, out, a, d: {
            "W_xh": np.outer(x.sum(axis=0), a.sum(axis=0)),
            "W_hh": np.outer(h.sum(axis=0), a.sum(axis=0)),
        },
    ),
    gradient_left_out=_rnn_back(lambda d, h, out: 1 - out**2),
)


def _product_of_slopes(w, x, h_0, y):
    h, slope = h_0, 1.0
    for x_t in x:
        h = np.tanh(w * h + x_t)
        slope *= w * (1 - h**2)
    return 2 * (h - y) * slope


of("bptt.forward_gradient", first_state_followed=_product_of_slopes)


def _one_sum(axis):
    def cross_entropy(z, t):
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return _both(e / e.sum(), t)

    return cross_entropy


def _one_sum_of_logs(z, t):
    z = z - z.max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum())
    return -logs[np.arange(len(t)), t].mean(), _slope(np.exp(logs), t)


for _answer in (_one_sum(None), _one_sum(1), _one_sum_of_logs):
    of("losses.cross_entropy", one_sum_for_all_rows=_answer)


of(
    "losses.cross_entropy",
    mean_of_all_logarithms=lambda z, t: (
        -np.log(softmax(z)).mean(),
        _slope(softmax(z), t),
    ),
    entropy=lambda z, t: (
        -(softmax(z) * np.log(softmax(z))).sum() / len(z),
        _slope(softmax(z), t),
    ),
)


def _last_twice(dh, dh_T, caches, params):
    return bptt.backward(cells.rnn_step_backward, dh, dh_T + dh[:, -1], caches, params)


of("rnn.backward", last_dh_twice=_last_twice)


# ---- 04
of(
    "vanishing.steps_until",
    reached_is_not_below=lambda f, e: math.ceil(math.log(e) / math.log(f)),
    one_short=lambda f, e: int(math.log(e) / math.log(f)),
    not_whole=lambda f, e: math.log(e) / math.log(f),
    rounded=lambda f, e: round(math.log(e) / math.log(f)),
)
of(
    "vanishing.with_radius",
    real_part=lambda W, rho: W * rho / np.linalg.eigvals(W).real.max(),
    modulus_of_one_eigenvalue=lambda W, rho: W * rho / abs(np.linalg.eigvals(W).max()),
    size_of_the_real_part=lambda W, rho: (
        W * rho / np.max(np.abs(np.linalg.eigvals(W).real))
    ),
    norm_for_radius=lambda W, rho: rho * W / np.linalg.svd(W)[1].max(),
    frobenius_norm=lambda W, rho: rho * W / np.linalg.norm(W),
    not_divided=lambda W, rho: rho * W,
    radius_one=lambda W, rho: W / np.abs(np.linalg.eigvals(W)).max(),
    as_if_symmetric=lambda W, rho: rho * W / np.abs(np.linalg.eigvalsh(W)).max(),
    upside_down=lambda W, rho: W * np.abs(np.linalg.eigvals(W)).max() / rho,
)


def _power(W, k):
    return np.linalg.matrix_power(W, k)


of(
    "vanishing.worst_growth",
    radius_to_the_k=lambda W, k: np.abs(np.linalg.eigvals(W)).max() ** k,
    norm_to_the_k=lambda W, k: np.linalg.svd(W)[1][0] ** k,
    entrywise_power=lambda W, k: np.linalg.norm(W**k, ord=2),
    frobenius_norm_of_power=lambda W, k: np.linalg.norm(_power(W, k)),
    one_step_only=lambda W, k: np.linalg.norm(W, 2),
    multiplied_by_k=lambda W, k: k * np.linalg.svd(W, compute_uv=False).max(),
    least_growth=lambda W, k: np.linalg.svd(_power(W, k))[1].min(),
    sum_of_singular_values=lambda W, k: np.linalg.svd(_power(W, k))[1].sum(),
    determinant=lambda W, k: abs(np.linalg.det(W)) ** k,
    largest_entry_of_the_power=lambda W, k: np.abs(_power(W, k)).max(),
)


def _gram_schmidt(W):
    Q = W.copy()
    for j in range(W.shape[1]):
        for i in range(j):
            Q[:, j] -= (Q[:, i] @ W[:, j]) / (Q[:, i] @ Q[:, i]) * Q[:, i]
    return Q


of(
    "vanishing.orthogonal",
    not_normalised=_gram_schmidt,
    rows_normalised=lambda W: W / np.linalg.norm(W, axis=1)[:, None],
    divided_by_frobenius_norm=lambda W: W / np.linalg.norm(W),
    symmetric_not_orthogonal=lambda W: 0.5 * (W + W.T),
)
of(
    "vanishing.orthogonal",
    neither_length_nor_angle=lambda W: W @ W.T,
    columns_only_normalised=lambda W: W @ np.diag(1 / np.sqrt((W**2).sum(axis=0))),
)
of(
    "vanishing.steps_until",
    what_is_left=lambda f, e: f ** next(k for k in range(9999) if f**k < e),
    one_too_many_but_at_equality=lambda f, e: math.ceil(math.log(e) / math.log(f)) + 1,
)
of(
    "vanishing.with_radius",
    no_multiple=lambda W, rho: W + (rho - _spectral_radius(W)) * np.eye(len(W)),
    another_radius=lambda W, rho: W * rho / np.linalg.norm(np.linalg.eigvals(W)),
    factor_alone=lambda W, rho: rho / _spectral_radius(W),
)


def _spectral_radius(W):
    return np.abs(np.linalg.eigvals(W)).max()


def _leaky_rnn(past, through=lambda a: 1, weights=lambda a: 1):
    def back(dh_next, cache, params):
        x, h, n = cache
        a = params["alpha"]
        da = a * dh_next * (1 - n**2)
        dh = past(a, dh_next, h, n) + through(a) * da @ params["W_hh"].T
        grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
        grads = {name: weights(a) * g for name, g in grads.items()}
        return da @ params["W_xh"].T, dh, grads

    return back


of(
    "rnn.leaky_step_backward",
    kept_share_on_both_ways=_leaky_rnn(lambda a, d, h, n: (1 - a) * d, lambda a: 1 - a),
    alpha_twice_in_the_weights=_leaky_rnn(
        lambda a, d, h, n: (1 - a) * d, weights=lambda a: a
    ),
    state_for_gradient=_leaky_rnn(lambda a, d, h, n: (1 - a) * h),
)
of(
    "rnn.relu_step_backward",
    incoming_gradient_left_out=_rnn_back(lambda d, h, out: 1.0 * (out > 0)),
    sign_of_the_old_state=_rnn_back(lambda d, h, out: d * np.sign(h)),
)


def _while_above(f, e):
    steps, left = 0, 1.0
    while left * f > e:
        steps, left = steps + 1, left * f
    return steps


of(
    "vanishing.steps_until",
    one_short_two_at_equality=_while_above,
    rounded_and_one_more=lambda f, e: round(np.log(e) / np.log(f)) + 1,
)
of("vanishing.with_radius", one_number=lambda W, rho: _spectral_radius(W) * rho)
of(
    "rnn.leaky_step_backward",
    way_past_the_tanh_with_its_slope=_leaky_rnn(
        lambda a, d, h, n: (1 - a) * d * (1 - n**2)
    ),
)


def _product_squared(W, k):
    product = W
    for _ in range(k - 1):
        product = product @ product
    return np.linalg.svd(product)[1][0]


of("vanishing.worst_growth", product_times_itself=_product_squared)
of(
    "vanishing.with_radius",
    imaginary_part_dropped=lambda W, rho: np.real(W * rho / np.linalg.eigvals(W).max()),
)
of("vanishing.orthogonal", neither_length_nor_angle=lambda W: W / np.linalg.det(W))
of(
    "rnn.relu_step_backward",
    both_slopes=_rnn_back(da=lambda dh, h, out: dh * (1 - out**2) * (out > 0)),
)


# ---- 11
of(
    "lstm.parameters",
    sizes_exchanged=lambda H, D: 4 * (D * H + H * H + H),
    one_gate=lambda D, H: D * H + H * H + H,
    bias_missing=lambda D, H: 4 * H * (D + H),
    two_biases=lambda D, H: 4 * (D * H + H * H + 2 * H),
    three_gates=lambda D, H: 3 * (D * H + H * H + H),
    one_bias_for_all=lambda D, H: 4 * (D + H) * H + H,
    state_matrix_missing=lambda D, H: 4 * (D + 1) * H,
)
of(
    "lstm.bias_for",
    gate_not_bias=lambda k: 0.5 ** (1 / k),
    power_not_root=lambda k: math.log(0.5**k / (1 - 0.5**k)),
    time_constant=lambda k: -math.log(math.exp(1 / k) - 1),
    sign=lambda k: math.log(2 ** (1 / k) - 1),
    logarithm_only=lambda k: math.log(0.5) / k,
    logarithm_of_the_steps=lambda k: np.log(k),
    share_of_one_step=lambda k: np.log(np.float64(k - 1)),
    base_two=lambda k: -np.log2(2 ** (1 / k) - 1),
    inverse_of_tanh=lambda k: np.arctanh(0.5 ** (1 / k)),
)


def _cifg(cell=None, show=None, order="fgo", bias=True, state=True, act=np.tanh):
    def step(x, hc, params):
        h, c = hc
        a = x @ params["W_xh"]
        a = a + h @ params["W_hh"] if state else a
        a = a + params["b_h"] if bias else a
        part = dict(zip(order, np.split(a, 3, axis=1), strict=True))
        f, g, o = sigmoid(part["f"]), act(part["g"]), sigmoid(part["o"])
        new = cell(f, c, g, h) if cell else f * c + (1 - f) * g
        return ((show or (lambda o, c, old: o * np.tanh(c)))(o, new, c), new), None

    return step


of(
    "lstm.cifg_step",
    bias_missing=_cifg(bias=False),
    state_missing=_cifg(state=False),
    candidate_sigmoid=_cifg(act=sigmoid),
    candidate_linear=_cifg(act=lambda a: a),
    coupled_other_way=_cifg(lambda f, c, g, h: (1 - f) * c + f * g),
    not_coupled=_cifg(lambda f, c, g, h: f * c + g),
    same_gate=_cifg(lambda f, c, g, h: f * (c + g)),
    cell_squashed=_cifg(lambda f, c, g, h: np.tanh(f * c + (1 - f) * g)),
    h_for_c=_cifg(lambda f, c, g, h: f * h + (1 - f) * g),
    order_fog=_cifg(order="fog"),
    order_gfo=_cifg(order="gfo"),
    output_tanh_missing=_cifg(show=lambda o, c, old: o * c),
    old_cell_shown=_cifg(show=lambda o, c, old: o * np.tanh(old)),
    tanh_after_gate=_cifg(show=lambda o, c, old: np.tanh(o * c)),
    output_gate_missing=_cifg(show=lambda o, c, old: np.tanh(c)),
)
of(
    "metrics.fair_error",
    luckiest_run=lambda e: e.min(),
    rate_of_the_luckiest_run=lambda e: e[
        np.unravel_index(e.argmin(), e.shape)[0]
    ].mean(),
    a_rate_for_each_seed=lambda e: e.min(axis=0).mean(),
    best_seed_of_each_rate=lambda e: np.mean(e.min(axis=1)),
    rate_returned=lambda e: e.mean(axis=1).argmin(),
    one_for_each_rate=lambda e: e.mean(axis=1),
    axes_exchanged=lambda e: min(e.mean(axis=0)),
    median_for_mean=lambda e: np.median(e, axis=1).min(),
)


def _peep(look=None, out=None, names=("p_i", "p_f", "p_o")):
    look = look or (lambda a, c, p, h: sigmoid(a + c * p))

    def step(x, hc, params):
        h, c = hc
        a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
        p_i, p_f, p_o = (params[name] for name in names)
        new = look(a_f, c, p_f, h) * c + look(a_i, c, p_i, h) * np.tanh(a_g)
        o = (out or look)(a_o, new, p_o, h)
        return (o * np.tanh(new), new), None

    return step


def _peep_back(change=None, **extra):
    """The gradients by hand; ``change`` edits the intermediate ones."""

    def back(dstate, cache, params):
        v = dict(zip("xhcifgo", cache, strict=False), n=cache[-1], p=params)
        v["dh"], v["late"] = dstate
        t = v["t"] = np.tanh(v["n"])
        v["o_"] = v["o"] * (1 - v["o"])
        v["ao"] = v["dh"] * t * v["o_"]
        v |= {k: f(v) for k, f in extra.items() if k == "ao"}
        v["dc"] = v["late"] + v["dh"] * v["o"] * (1 - t * t) + v["ao"] * params["p_o"]
        v |= {k: f(v) for k, f in extra.items() if k == "dc"}
        v["ai"] = v["dc"] * v["g"] * v["i"] * (1 - v["i"])
        v["af"] = v["dc"] * v["c"] * v["f"] * (1 - v["f"])
        v["old"] = v["dc"] * v["f"] + v["ai"] * params["p_i"] + v["af"] * params["p_f"]
        v["dp"] = [v["ai"] * v["c"], v["af"] * v["c"], v["ao"] * v["n"]]
        v["axis"] = 0
        v |= {k: f(v) for k, f in extra.items() if k not in ("ao", "dc")}
        ag = v["dc"] * v["i"] * (1 - v["g"] ** 2)
        da = np.hstack([v["ai"], v["af"], ag, v["ao"]])
        grads = {"W_xh": v["x"].T @ da, "W_hh": v["h"].T @ da, "b_h": da.sum(axis=0)}
        sums = [one.sum(axis=v["axis"]) for one in v["dp"]]
        grads |= dict(zip(("p_i", "p_f", "p_o"), sums, strict=True))
        return da @ params["W_xh"].T, (da @ params["W_hh"].T, v["old"]), grads

    return back


def _lstm_counter(weight=20, bias=(20, 20, 0, 20)):
    """The counter with an LSTM, whose candidate has this weight."""
    params = {"W_xh": np.zeros((2, 4)), "W_hh": np.zeros((1, 4))}
    params["W_xh"][:, 2] = weight, -weight
    params["b_h"] = np.array(bias, dtype=float)

    def count(text):
        x = np.eye(2)[["ab".index(letter) for letter in text]][None]
        start = np.zeros((1, 1)), np.zeros((1, 1))
        state = bptt.forward(cells.lstm_step, x, start, params)[1]
        return float(state[1][0, 0])

    return count


def _broken(dc=lambda v: v["late"], old=lambda v: v["dc"] * v["f"], do=None):
    def back(dstate, cache, params):
        v = dict(zip("xhcifgo", cache, strict=False), t=np.tanh(cache[-1]))
        v["dh"], v["late"] = dstate
        v["way"] = v["dh"] * v["o"] * (1 - v["t"] ** 2)
        v["dc"] = dc(v)
        ao = (do(v) if do else v["dh"] * v["t"]) * v["o"] * (1 - v["o"])
        ai = v["dc"] * v["g"] * v["i"] * (1 - v["i"])
        af = v["dc"] * v["c"] * v["f"] * (1 - v["f"])
        da = np.hstack([ai, af, v["dc"] * v["i"] * (1 - v["g"] ** 2), ao])
        grads = {"W_xh": v["x"].T @ da, "W_hh": v["h"].T @ da, "b_h": da.sum(axis=0)}
        return da @ params["W_xh"].T, (da @ params["W_hh"].T, old(v)), grads

    return back


of(
    "lstm.parameters",
    square_of_inputs=lambda D, H: 4 * (D * H + D * D + H),
    square_of_both_sizes=lambda D, H: 4 * ((D + H) ** 2 + H),
    only_the_bias_four_times=lambda D, H: D * H + H * H + 4 * H,
)
of(
    "lstm.bias_for",
    product_for_quotient=lambda k: np.log(0.5 ** (1 / k) * (1 - 0.5 ** (1 / k))),
    rule_for_long_memories=lambda k: np.log(k / np.log(2)),
    plus_in_the_inverse=lambda k: -np.log(2 ** (1 / k) + 1),
)
of(
    "lstm.cifg_step",
    rest_for_both=_cifg(lambda f, c, g, h: (1 - f) * (c + g)),
    old_cell_returned=lambda x, s, p: ((_cifg()(x, s, p)[0][0], s[1]), None),
    output_returned_as_cell=lambda x, s, p: ((_cifg()(x, s, p)[0][0],) * 2, None),
)
for _weight, _bias in ((20, (0, 0, 0, 0)), (20, (20, 0, 0, 20)), (1, (1, 1, 0, 1))):
    of("lstm.counter", forget_gate_leaks=_lstm_counter(_weight, _bias))
of("lstm.counter", forget_gate_leaks=_lstm_counter(5, (5, 5, 0, 5)))
for _weight, _bias in ((1, (20, 20, 0, 20)), (20, (0, 20, 0, 20)), (1, (0, 20, 0, 0))):
    of("lstm.counter", written_in_part=_lstm_counter(_weight, _bias))
of("lstm.counter", only_b=lambda text: -text.count("b"))
of("lstm.counter", erased_at_b=lambda text: len(text) - text.rindex("b"))
of("lstm.bias_for", half_over_the_steps=lambda k: np.log(0.5**1 / k / (1 - 0.5 / k)))
of(
    "lstm.cifg_step",
    order_gof=_cifg(order="gof"),
    order_ofg=_cifg(order="ofg"),
    order_ogf=_cifg(order="ogf"),
)
of(
    "lstm.peephole_step",
    forget_and_output_peepholes_swapped=_peep(names=("p_i", "p_o", "p_f")),
    input_and_output_peepholes_swapped=_peep(names=("p_o", "p_f", "p_i")),
    output_gate_linear=_peep(out=lambda a, c, p, h: a + c * p),
)
of(
    "lstm.peephole_step_backward",
    direct_way_missing=_peep_back(old=lambda v: v["old"] - v["dc"] * v["f"]),
)


of(
    "lstm.peephole_step_backward",
    p_i_and_p_f_exchanged=_peep_back(dp=lambda v: [v["dp"][k] for k in (1, 0, 2)]),
)


of("lstm.parameters", state_matrix_as_vector=lambda D, H: 4 * (D * H + H + H))


def _from_zero(errors):
    best = 0
    for row in errors:
        if row.mean() < best:
            best = row.mean()
    return best


of(
    "metrics.fair_error",
    zero_is_the_lowest=_from_zero,
    largest_of_all=lambda e: e.max(),
)
of(
    "lstm.peephole_step",
    peepholes_after_sigmoid=_peep(lambda a, c, p, h: sigmoid(a) + c * p),
    every_peephole_to_h=_peep(lambda a, c, p, h: sigmoid(a + h * p)),
    every_peephole_after_tanh=_peep(lambda a, c, p, h: sigmoid(a + np.tanh(c) * p)),
    peepholes_summed_over_cells=_peep(lambda a, c, p, h: sigmoid(a + (c @ p)[:, None])),
    peepholes_added=_peep(lambda a, c, p, h: sigmoid(a + c + p)),
    peephole_weights_missing=_peep(lambda a, c, p, h: sigmoid(a + c)),
    output_peephole_added=_peep(out=lambda a, c, p, h: sigmoid(a + c + p)),
    output_peephole_to_h=_peep(out=lambda a, c, p, h: sigmoid(a + h * p)),
    one_peephole_for_all=_peep(names=("p_i",) * 3),
)
of(
    "lstm.peephole_step_backward",
    output_peephole_path_late=_peep_back(
        dc=lambda v: v["dc"] - v["ao"] * v["p"]["p_o"],
        old=lambda v: v["old"] + v["ao"] * v["p"]["p_o"] * v["f"],
    ),
    output_peephole_path_to_old_cell=_peep_back(
        dc=lambda v: v["dc"] - v["ao"] * v["p"]["p_o"],
        old=lambda v: v["old"] + v["ao"] * v["p"]["p_o"],
    ),
    output_slope_missing=_peep_back(ao=lambda v: v["dh"] * v["t"]),
    old_cell_paths_without_slopes=_peep_back(
        old=lambda v: (
            v["dc"] * (v["f"] + v["g"] * v["p"]["p_i"] + v["c"] * v["p"]["p_f"])
        )
    ),
    forget_gate_missing=_peep_back(old=lambda v: v["old"] + v["dc"] * (1 - v["f"])),
    peephole_gradients_summed_over_cells=_peep_back(axis=lambda v: 1),
    peephole_gradients_one_number=_peep_back(axis=lambda v: None),
    peephole_gradients_without_slopes=_peep_back(
        dp=lambda v: [
            v["dc"] * v["g"] * v["c"],
            v["dc"] * v["c"] ** 2,
            v["dh"] * v["t"] * v["n"],
        ]
    ),
    peephole_gradients_from_h=_peep_back(
        dp=lambda v: [v["ai"] * v["h"], v["af"] * v["h"], v["ao"] * v["n"]]
    ),
)
of(
    "metrics.fair_error",
    luckiest_seed_of_the_best_rate=lambda e: e[e.mean(axis=1).argmin()].min(),
    rate_chosen_by_median=lambda e: e[np.median(e, axis=1).argmin()].mean(),
    first_seed_only=lambda e: min(row[0] for row in e),
    last_seed_only=lambda e: e[:, -1].min(),
    rate_of_the_first_seed=lambda e: e[e[:, 0].argmin()].mean(),
    first_rate_only=lambda e: np.mean(e[0]),
)
of(
    "lstm.broken_backward",
    only_the_old_cell_broken=_broken(
        lambda v: v["late"] + v["way"], lambda v: v["late"] * v["f"]
    ),
    old_cell_not_broken=_broken(old=lambda v: (v["late"] + v["way"]) * v["f"]),
    forget_gate_left_out_too=_broken(old=lambda v: v["late"]),
    old_cell_gets_nothing=_broken(
        lambda v: v["late"] + v["way"], lambda v: 0 * v["late"]
    ),
    output_gate_and_slope_left_out=_broken(lambda v: v["late"] + v["dh"]),
    output_gate_without_cell=_broken(do=lambda v: v["dh"]),
)

of(
    "lstm.peephole_step",
    peepholes_as_matrix_products=_peep(look=lambda a, c, p, h: sigmoid(a + c @ p)),
)


def _tanh_for_all(x, hc, params):
    h, c = hc
    a = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
    f, g, o = np.split(a, 3, axis=1)
    new = f * c + (1 - f) * g
    return (o * np.tanh(new), new), None


of("lstm.cifg_step", gates_through_tanh=_tanh_for_all)


# ---- 12


def _gru(look=None, blend=None, order="rzn", gates=True, act=np.tanh, bias=True):
    def step(x, h, params):
        b = params["b_h"] if bias else 0
        a = np.split(x @ params["W_xh"] + b, 3, axis=1)
        W = np.split(params["W_hh"], 3, axis=1)
        a, W = (dict(zip(order, parts, strict=True)) for parts in (a, W))
        r, z = (sigmoid(a[k] + (h @ W[k] if gates else 0)) for k in "rz")
        n = act(a["n"] + (look(r, h, W["n"]) if look else (r * h) @ W["n"]))
        return blend(z, n, h, r) if blend else (1 - z) * n + z * h

    return step


of(
    "gru.step",
    reset_inverted=_gru(lambda r, h, W: ((1 - r) * h) @ W),
    reset_after=_gru(lambda r, h, W: r * (h @ W)),
    reset_missing=_gru(lambda r, h, W: h @ W),
    candidate_without_state=_gru(lambda r, h, W: 0),
    update_gate_inverted=_gru(blend=lambda z, n, h, r: (1 - z) * h + z * n),
    order_zr=_gru(order="zrn"),
    order_nrz=_gru(order="nrz"),
    gates_without_state=_gru(gates=False),
    candidate_sigmoid=_gru(act=sigmoid),
    bias_missing=_gru(bias=False),
    old_state_missing=_gru(blend=lambda z, n, h, r: (1 - z) * n),
    update_missing=_gru(blend=lambda z, n, h, r: n),
    state_squashed=_gru(blend=lambda z, n, h, r: np.tanh((1 - z) * n + z * h)),
)
of(
    "gru.parameters",
    sizes_exchanged=lambda H, D: 3 * (D * H + H * H + H),
    two_gates=lambda D, H: 2 * (D * H + H * H + H),
    two_biases=lambda D, H: 3 * (D * H + H * H + 2 * H),
    bias_missing=lambda D, H: 3 * (D + H) * H,
    state_matrix_missing=lambda D, H: 3 * (D + 1) * H,
)


def _by_product(path):
    d = np.diff(path, axis=0)
    return (d[1:] * d[:-1] < 0).any(axis=0).sum()


def _up_down(path, axis=0):
    d = np.diff(path, axis=axis)
    return d > 0, d < 0


of(
    "gru.turns_back",
    rest_hides_the_turn=_by_product,
    sign_changes_counted=lambda p: (
        (np.diff(p, axis=0)[1:] * np.diff(p, axis=0)[:-1] < 0).sum().item()
    ),
    none_found=lambda path: 0,
    each_entry=lambda p: _up_down(p)[0].any(axis=0) & _up_down(p)[1].any(axis=0),
    falling_counted=lambda p: (np.diff(p, axis=0) < 0).any(axis=0).sum(),
    next_to_each_other=lambda p: int(
        (_up_down(p, 1)[0].any(axis=0) & _up_down(p, 1)[1].any(axis=0)).sum()
    ),
    times_counted=lambda p: int(
        (_up_down(p)[0].any(axis=1) & _up_down(p)[1].any(axis=1)).sum()
    ),
    any_at_all=lambda p: bool(
        (_up_down(p)[0].any(axis=0) & _up_down(p)[1].any(axis=0)).any()
    ),
)


def _blocks(blocks):
    """All arrays with their three blocks r, z, n replaced."""

    def other_column(params):
        found = {}
        for name, p in params.items():
            r, z, n = np.split(p, 3, axis=-1)
            found[name] = np.concatenate(blocks(name, r, z, n), axis=-1)
        return found

    return other_column


def _only(*turned):
    return _blocks(lambda name, r, z, n: [r, -z if name in turned else z, n])


def _no_reset(look=lambda z, h: h, show=lambda z, n, h: (1 - z) * n + z * h, at=1):
    def step(x, h, params):
        W_z, W_n = np.split(params["W_hh"], 2, axis=1)
        a_z, a_n = np.split(x @ params["W_xh"] + params["b_h"], 2, axis=1)
        z = sigmoid(a_z + at * h @ W_z)
        return show(z, np.tanh(a_n + look(z, h) @ W_n), h), None

    return step


def _after(**extra):
    """The backward step of the kind that resets after the product, by hand."""

    def back(dh, cache, params):
        v = dict(zip("xhrznm", cache, strict=True), dh=dh, p=params)
        v["an"] = dh * (1 - v["z"]) * (1 - v["n"] ** 2)
        v |= {k: f(v) for k, f in extra.items() if k == "an"}
        v["az"] = dh * (v["h"] - v["n"]) * v["z"] * (1 - v["z"])
        v["ar"] = v["an"] * v["m"] * v["r"] * (1 - v["r"])
        v |= {k: f(v) for k, f in extra.items() if k == "ar"}
        v["to_x"] = np.hstack([v["ar"], v["az"], v["an"]])
        v["to_h"] = np.hstack([v["ar"], v["az"], v["an"] * v["r"]])
        v["old"] = dh * v["z"] + v["to_h"] @ params["W_hh"].T
        v["dx"] = v["to_x"] @ params["W_xh"].T
        v["W_hh"] = v["h"].T @ v["to_h"]
        v |= {k: f(v) for k, f in extra.items() if k in ("old", "dx", "W_hh")}
        grads = {"W_xh": v["x"].T @ v["to_x"], "W_hh": v["W_hh"]}
        grads |= {"b_xh": v["to_x"].sum(axis=0), "b_hh": v["to_h"].sum(axis=0)}
        return v["dx"], v["old"], grads

    return back


def _of_the_other_kind(dh, cache, params):
    dx, dh, grads = cells.gru_step_backward(dh, cache[:-1], params)
    both = {"b_xh": grads["b_h"], "b_hh": grads["b_h"]}
    return dx, dh, {"W_xh": grads["W_xh"], "W_hh": grads["W_hh"], **both}


def _library_layout(x, h, params):
    W = np.hstack([w.T for w in np.split(params["W_hh"], 3, axis=1)])
    return cells.gru_step(x, h, params | {"W_hh": W})


of(
    "gru.parameters",
    bias_of_inputs=lambda D, H: 3 * (D * H + H * H + D),
    square_of_inputs=lambda D, H: 3 * (D * H + D * D + H),
    square_of_both_sizes=lambda D, H: 3 * ((D + H) * (D + H) + H),
    only_the_bias_three_times=lambda D, H: D * H + H * H + 3 * H,
)
of(
    "gru.other_column",
    input_matrix_left=_only("W_hh", "b_h"),
    state_matrix_left=_only("W_xh", "b_h"),
    only_state_matrix_turned=_only("W_hh"),
    only_input_matrix_turned=_only("W_xh"),
    gates_negated=_blocks(lambda name, r, z, n: [-r, -z, n]),
    update_and_candidate_exchanged=_blocks(lambda name, r, z, n: [r, n, z]),
    block_alone=_blocks(lambda name, r, z, n: [-z]),
    block_emptied=_blocks(lambda name, r, z, n: [r, 0 * z, n]),
    one_over=_blocks(lambda name, r, z, n: [r, 1 / z, n]),
)
of(
    "gru.step",
    state_blocks_transposed=_library_layout,
    candidate_not_blended_in=_gru(blend=lambda z, n, h, r: z * h),
    reset_state_besides=_gru(lambda r, h, W: h @ W + r * h),
)
of(
    "gru.other_column",
    update_and_candidate_negated=_blocks(lambda name, r, z, n: [r, -z, -n]),
    all_but_the_update_negated=_blocks(lambda name, r, z, n: [-r, z, -n]),
    sigmoid_of_the_weights=_blocks(lambda name, r, z, n: [r, 1 - sigmoid(z), n]),
)
of(
    "gru.step",
    order_rnz=_gru(order="rnz"),
    order_znr=_gru(order="znr"),
    order_nzr=_gru(order="nzr"),
)
of(
    "gru.turns_back",
    turns_of_each_entry=lambda p: [
        sum(a * b < 0 for a, b in zip(d, d[1:], strict=False))
        for d in np.diff(p, axis=0).T
    ],
)


of("gru.parameters", state_matrix_as_vector=lambda D, H: 3 * (D * H + H + H))
of("gru.turns_back", not_always_rising=lambda p: (~_up_down(p)[0].all(axis=0)).sum())


def _reset_for_both(x, h, params):
    a = np.split(x @ params["W_xh"] + params["b_h"], 3, axis=1)
    W = np.split(params["W_hh"], 3, axis=1)
    kept = sigmoid(a[0] + h @ W[0]) * h
    z, n = sigmoid(a[1] + kept @ W[1]), np.tanh(a[2] + kept @ W[2])
    return n + z * (h - n), None


of("gru.step", reset_before_the_update_gate=_reset_for_both)
of(
    "gru.turns_back",
    ups_and_downs_added=lambda p: sum(d.any(axis=0).sum() for d in _up_down(p)),
)
of(
    "gru.no_reset_step",
    update_gate_resets=_no_reset(lambda z, h: z * h),
    update_gate_resets_the_rest=_no_reset(lambda z, h: (1 - z) * h),
    half_of_the_state=_no_reset(lambda z, h: h / 2),
    gate_without_state=_no_reset(at=0),
    candidate_missing=_no_reset(show=lambda z, n, h: z * h),
    old_state_in_full=_no_reset(show=lambda z, n, h: (1 - z) * n + h),
    state_squashed=_no_reset(show=lambda z, n, h: np.tanh((1 - z) * n + z * h)),
)
of(
    "gru_reset_after.step_backward",
    of_the_other_kind=_of_the_other_kind,
    candidate_share_inverted=_after(an=lambda v: v["dh"] * v["z"] * (1 - v["n"] ** 2)),
    kept_share_inverted=_after(old=lambda v: v["old"] + v["dh"] * (1 - 2 * v["z"])),
    candidate_slope_of_sigmoid=_after(
        an=lambda v: v["dh"] * (1 - v["z"]) * v["n"] * (1 - v["n"])
    ),
    reset_gradient_without_bias=_after(
        ar=lambda v: (
            v["an"] * (v["m"] - np.split(v["p"]["b_hh"], 3)[2]) * v["r"] * (1 - v["r"])
        )
    ),
    reset_gradient_without_product=_after(ar=lambda v: v["an"] * v["r"] * (1 - v["r"])),
    gate_paths_missing=_after(
        old=lambda v: (
            v["dh"] * v["z"]
            + (v["an"] * v["r"]) @ np.split(v["p"]["W_hh"], 3, axis=1)[2].T
        )
    ),
    dx_from_state_side=_after(dx=lambda v: v["to_h"] @ v["p"]["W_xh"].T),
    dW_hh_from_input_side=_after(W_hh=lambda v: v["h"].T @ v["to_x"]),
)
of(
    "gru.turns_back",
    standing_still_is_both=lambda p: (
        ((np.diff(p, axis=0) >= 0).any(axis=0) & (np.diff(p, axis=0) <= 0).any(axis=0))
        .sum()
        .item()
    ),
    signs_of_the_states=lambda p: ((p > 0).any(axis=0) & (p < 0).any(axis=0)).sum(),
    only_one_way=lambda p: (
        _up_down(p)[0].any(axis=0) ^ _up_down(p)[1].any(axis=0)
    ).sum(),
    peaks_only=lambda p: sum(0 < k < len(p) - 1 for k in p.argmax(axis=0)),
    change_of_pace_counted=lambda p: (
        (np.diff(np.sign(np.diff(p, axis=0)), axis=0) != 0).any(axis=0).sum()
    ),
    against_the_first=lambda p: ((p > p[0]).any(axis=0) & (p < p[0]).any(axis=0)).sum(),
    always_up_and_always_down=lambda p: (
        _up_down(p)[0].all(axis=0) & _up_down(p)[1].all(axis=0)
    ).sum(),
)


def _rows(params):
    turned = {name: p.copy() for name, p in params.items()}
    H = len(params["W_hh"])
    for p in turned.values():
        p[H : 2 * H] *= -1
    return turned


of("gru.other_column", rows_turned=_rows)
of(
    "gru.no_reset_step",
    candidate_on_top=_no_reset(show=lambda z, n, h: z * n + h),
)


of(
    "gru_reset_after.step_backward",
    dh_from_input_side=_after(
        old=lambda v: v["dh"] * v["z"] + v["to_x"] @ v["p"]["W_hh"].T
    ),
    direct_path_in_full=_after(old=lambda v: v["dh"] + v["to_h"] @ v["p"]["W_hh"].T),
    reset_gradient_without_slope=_after(
        ar=lambda v: v["dh"] * (1 - v["z"]) * v["m"] * v["r"] * (1 - v["r"])
    ),
)


def _not_all_alike(path):
    sides = np.sign(np.diff(path, axis=0))
    return (sides != sides[0]).any(axis=0).sum()


of(
    "gru.turns_back",
    any_up_and_any_down=lambda path: int(
        (np.diff(path, axis=0) > 0).any() and (np.diff(path, axis=0) < 0).any()
    ),
    change_of_pace_counted=_not_all_alike,
)


# ---- 13
BLOCKS = {"RNN": 1, "LSTM": 4, "GRU": 3}


def _counted(two, blocks=BLOCKS, formula=lambda D, H, b: D * H + H * H + b * H):
    def parameters(library, kind, D, H):
        return blocks[kind] * formula(D, H, 2 if two(library, kind) else 1)

    return parameters


def _two(library, kind):
    return library == "torch" or kind == "GRU"


of(
    "convert.parameters",
    biases_left_out=_counted(_two, formula=lambda D, H, b: D * H + H * H),
    one_bias_everywhere=_counted(lambda library, kind: False),
    two_biases_everywhere=_counted(lambda library, kind: True),
    one_bias_in_the_gru_of_keras=_counted(lambda library, kind: library == "torch"),
    sizes_exchanged=_counted(_two, formula=lambda H, D, b: D * H + H * H + b * H),
    libraries_exchanged=_counted(lambda lib, kind: lib == "keras" or kind == "GRU"),
    state_matrices_missing=_counted(_two, formula=lambda D, H, b: D * H + b * H),
    two_blocks_in_the_gru=_counted(_two, {"RNN": 1, "LSTM": 4, "GRU": 2}),
    biases_of_one_block=lambda library, kind, D, H: (
        BLOCKS[kind] * (D * H + H * H) + (1 + _two(library, kind)) * H
    ),
)
of(
    "convert.keras_order",
    nothing_done=lambda a: a,
    order_of_torch=lambda a: np.concatenate(np.split(a, 3, axis=-1)[::-1], axis=-1),
    rows_split=lambda a: np.concatenate(
        [np.split(a, 3)[k] for k in (1, 2, 0)], axis=-1
    ),
    split_and_joined_along_rows=lambda a: np.concatenate(
        [np.split(a, 3)[k] for k in (1, 2, 0)]
    ),
    put_below_each_other=lambda a: np.concatenate(
        [np.split(a, 3, axis=-1)[k] for k in (1, 2, 0)]
    ),
    turned_the_wrong_way=lambda a: np.concatenate(
        [np.split(a, 3, -1)[k] for k in (2, 0, 1)], -1
    ),
    first_two_exchanged=lambda a: np.concatenate(
        [np.split(a, 3, -1)[k] for k in (1, 0, 2)], -1
    ),
)
of(
    "convert.from_torch_lstm",
    second_bias_forgotten=lambda a, b, c, d: {"W_xh": a.T, "W_hh": b.T, "b_h": c},
    not_transposed=lambda a, b, c, d: {"W_xh": a, "W_hh": b, "b_h": c + d},
    biases_averaged=lambda a, b, c, d: {"W_xh": a.T, "W_hh": b.T, "b_h": (c + d) / 2},
    biases_side_by_side=lambda a, b, c, d: {
        "W_xh": a.T,
        "W_hh": b.T,
        "b_h": np.concatenate([c, d]),
    },
    reshaped=lambda a, b, c, d: {
        "W_xh": a.reshape(a.shape[::-1]),
        "W_hh": b.reshape(b.shape[::-1]),
        "b_h": c + d,
    },
    matrices_exchanged=lambda a, b, c, d: {"W_xh": b.T, "W_hh": a.T, "b_h": c + d},
)


def _padding_filled(x, lengths):
    steps = lengths[:, None] - 1 - np.arange(x.shape[1])
    return x[np.arange(len(x))[:, None], steps]


def _turned(write):
    def reverse(x, lengths):
        out = x.copy()
        for b, n in enumerate(lengths):
            write(out, x, b, n)
        return out

    return reverse


def _whole_row_cut(out, x, b, n):
    out[b, :n] = x[b, ::-1][:n]


def _features(out, x, b, n):
    out[b, :n] = x[b, :n, ::-1]


def _last_stays(out, x, b, n):
    out[b, : n - 1] = x[b, : n - 1][::-1]


def _zeroed(out, x, b, n):
    out[b] = 0
    out[b, :n] = x[b, :n][::-1]


of(
    "shapes.reverse_padded",
    padding_turned_too=lambda x, lengths: np.flip(x, axis=1),
    padding_filled=_padding_filled,
    padding_read_first=_turned(_whole_row_cut),
    features_turned=_turned(_features),
    one_short=_turned(_last_stays),
    padding_cleared=_turned(_zeroed),
    batch_turned=lambda x, lengths: x[::-1],
    nothing_done=lambda x, lengths: x.copy(),
)
for _name, _late, _last in (
    ("shapes.last_valid", "off_by_one", "lengths_ignored"),
    ("text.last_valid", "one_too_far", "last_column"),
):
    of(
        _name,
        **{
            _late: lambda h, n: h[np.arange(len(h)), n],
            _last: lambda h, n: h[:, -1],
            "first_step": lambda h, n: h[:, 0],
        },
    )
of("shapes.last_valid", all_pairs=lambda h, n: h[:, n - 1])
of("text.last_valid", all_lengths_for_all=lambda h, n: h[:, n - 1])


def _first_row(x, lengths):
    out = x.copy()
    for b, n in enumerate(lengths):
        out[b, :n] = x[b, :n][::-1]
        return out


def _to_the_longest(x, lengths):
    n = max(lengths)
    return np.concatenate([x[:, :n][:, ::-1], x[:, n:]], axis=1)


def _one_too_far(out, x, b, n):
    out[b, : n + 1] = x[b, : n + 1][::-1]


def _to_the_right(out, x, b, n):
    out[b, -n:] = x[b, :n][::-1]


def _to_the_right_of_zeros(out, x, b, n):
    out[b] = 0
    out[b, -n:] = x[b, :n][::-1]


def _both_axes(out, x, b, n):
    out[b, :n] = np.flip(x[b, :n])


def _one_index_off(out, x, b, n):
    for t in range(1, n):
        out[b, t] = x[b, n - t]


of(
    "shapes.reverse_padded",
    longest_for_all=_to_the_longest,
    one_too_far=_turned(_one_too_far),
    right_aligned=_turned(_to_the_right_of_zeros),
    right_aligned_over_padding=_turned(_to_the_right),
    features_turned_too=_turned(_both_axes),
    first_row_only=_first_row,
    first_step_stays=_turned(_one_index_off),
    everything_turned=lambda x, lengths: np.flip(x),
)
of(
    "shapes.last_valid",
    largest_of_valid=lambda h, lengths: np.array(
        [h[b, :n].max(axis=0) for b, n in enumerate(lengths)]
    ),
)
of(
    "convert.parameters",
    square_of_inputs=_counted(_two, formula=lambda D, H, b: D * H + D * D + b * H),
    biases_of_inputs=_counted(_two, formula=lambda D, H, b: D * H + H * H + b * D),
    square_of_both_sizes=_counted(_two, formula=lambda D, H, b: (D + H) ** 2 + b * H),
    state_matrix_of_one_block=lambda library, kind, D, H: (
        BLOCKS[kind] * (D + 1 + _two(library, kind)) * H + H * H
    ),
    two_biases_in_one_layer_only=_counted(
        lambda library, kind: library == "keras" and kind == "GRU"
    ),
    one_bias_in_the_gru_of_torch=_counted(
        lambda library, kind: (library == "torch") != (kind == "GRU")
    ),
    two_biases_in_the_lstm_of_keras=_counted(
        lambda library, kind: library == "torch" or kind != "RNN"
    ),
)


for _one, _kind in (("rnn", "RNN"), ("lstm", "LSTM")):
    of(
        "convert.parameters",
        **{
            f"one_bias_in_the_{_one}_of_torch": _counted(
                lambda lib, kind, one=_kind: _two(lib, kind) and kind != one
            )
        },
    )
of(
    "convert.parameters",
    two_biases_in_the_rnn_of_keras=_counted(
        lambda library, kind: library == "torch" or kind != "LSTM"
    ),
    biases_of_one_number=_counted(_two, formula=lambda D, H, b: D * H + H * H + b),
)
of(
    "shapes.last_valid",
    one_too_late_from_the_end=lambda h, lengths: np.array(
        [h[b, n - h.shape[1]] for b, n in enumerate(lengths)]
    ),
)
of(
    "convert.from_torch_lstm",
    first_bias_twice=lambda a, b, c, d: {"W_xh": a.T, "W_hh": b.T, "b_h": 2 * c},
    second_bias_twice=lambda a, b, c, d: {"W_xh": a.T, "W_hh": b.T, "b_h": d + d},
)


def _rolled(out, x, b, n):
    out[b] = np.roll(x[b], n, axis=0)


of("shapes.reverse_padded", rolled_by_the_length=_turned(_rolled))
of("shapes.last_valid", length_of_the_first=lambda h, n: h[:, n[0] - 1])


def _padding_only(out, x, b, n):
    out[b, n:] = np.flip(x[b, n:], axis=0)


of("shapes.reverse_padded", only_the_padding_turned=_turned(_padding_only))


of(
    "convert.parameters",
    gates_without_candidate=_counted(_two, {"RNN": 1, "LSTM": 3, "GRU": 2}),
    lstm_and_gru_exchanged=_counted(_two, {"RNN": 1, "LSTM": 3, "GRU": 4}),
    state_matrix_as_vector=_counted(_two, formula=lambda D, H, b: (D + 1 + b) * H),
)


def _stacked(stack):
    def order(a):
        n, z, r = np.split(a, 3, axis=-1)
        return stack([z, r, n])

    return order


of(
    "convert.keras_order",
    stacked_last=_stacked(lambda parts: np.stack(parts, axis=-1)),
    stacked_first=_stacked(np.array),
    stacked_in_rows=_stacked(np.vstack),
    woven=_stacked(lambda parts: np.stack(parts, -1).reshape(*parts[0].shape[:-1], -1)),
    three_entries=lambda a: a[..., [1, 2, 0]],
    interleaved_and_back=lambda a: a.reshape(-1, 3)[:, [1, 2, 0]].reshape(a.shape),
    moved_by_one_entry=lambda a: np.roll(a, -1, axis=-1),
)


def _from_torch(order=(0, 1, 2, 3), bias=np.add):
    def convert(w_x, w_h, b_x, b_h):
        def moved(w):
            return np.concatenate([np.split(w, 4)[k] for k in order]).T

        return {"W_xh": moved(w_x), "W_hh": moved(w_h), "b_h": moved(bias(b_x, b_h))}

    return convert


of(
    "convert.from_torch_lstm",
    input_and_forget_exchanged=_from_torch((1, 0, 2, 3)),
    biases_subtracted=_from_torch(bias=np.subtract),
    biases_multiplied=_from_torch(bias=np.multiply),
    input_matrix_not_transposed=lambda a, b, c, d: {
        "W_xh": a,
        "W_hh": b.T,
        "b_h": c + d,
    },
    state_blocks_not_transposed=lambda a, b, c, d: {
        "W_xh": a.T,
        "W_hh": np.hstack(np.split(b, 4)),
        "b_h": c + d,
    },
)


def _matrices_only(a, b, c, d):
    moved = _from_torch((0, 2, 1, 3))(a, b, c, d)
    return moved | {"b_h": c + d}


of("convert.from_torch_lstm", blocks_in_another_order=_from_torch((0, 2, 1, 3)))
of("convert.from_torch_lstm", blocks_in_another_order=_from_torch((3, 2, 1, 0)))
of("convert.from_torch_lstm", blocks_in_another_order=_from_torch((3, 0, 1, 2)))
of(
    "convert.from_torch_lstm",
    blocks_of_the_matrices_moved=_matrices_only,
    biases_stacked=lambda a, b, c, d: {"W_xh": a.T, "W_hh": b.T, "b_h": (c, d)},
    biases_as_columns=lambda a, b, c, d: {
        "W_xh": a.T,
        "W_hh": b.T,
        "b_h": np.column_stack([c, d]),
    },
)


def _by_layer(extra):
    blocks = {"RNN": 1, "LSTM": 4, "GRU": 3}

    def parameters(library, kind, D, H):
        k = blocks[kind]
        return k * (D * H + H * H + H) + extra(library == "torch", kind == "GRU", k) * H

    return parameters


def _all_rows_each_time(x, lengths):
    out = x.copy()
    for n in lengths:
        out[:, :n] = x[:, :n][:, ::-1]
    return out


of(
    "convert.parameters",
    second_bias_of_one_block=_by_layer(lambda torch, gru, k: torch or gru),
    second_bias_of_one_block_in_torch=_by_layer(lambda torch, gru, k: torch),
    third_bias_in_the_gru_of_torch=_by_layer(lambda torch, gru, k: k * (torch + gru)),
)
of(
    "convert.keras_order",
    transposed=lambda a: np.concatenate([np.split(a.T, 3)[k] for k in (1, 2, 0)]),
)
of("shapes.reverse_padded", whole_batch_turned=_all_rows_each_time)


def _begins_one_late(out, x, b, n):
    out[b, :n] = x[b, n::-1][:n]


def _slice_one_late(out, x, b, n):
    out[b, :n] = x[b, n:0:-1]


def _index_one_late(out, x, b, n):
    for t in range(n):
        out[b, t] = x[b, n - t]


of(
    "shapes.reverse_padded",
    begins_one_late=_turned(_begins_one_late),
    slice_one_late=_turned(_slice_one_late),
    index_one_late=_turned(_index_one_late),
)


# ---- 14
of(
    "gates.half_life",
    one_over_what_is_lost=lambda f: 1 / (1 - f.mean()),
    logarithm_of_the_mean=lambda f: np.log(0.5) / np.log(f.mean()),
    to_one_over_e=lambda f: -1 / np.log(f).mean(),
    sign_missing=lambda f: np.log(2) / np.log(f).mean(),
    sum_for_mean=lambda f: np.log(0.5) / np.log(f).sum(),
    mean_of_half_lives=lambda f: (np.log(0.5) / np.log(f)).mean(),
    loss_instead_of_logarithm=lambda f: np.log(2) / np.mean(1 - f),
    upside_down=lambda f: np.log(f).mean() / np.log(0.5),
    half_divided=lambda f: 0.5 / np.mean(1 - f),
)


def _places(text, start, newline, before):
    found, n = [], start
    for c in text:
        if before:
            n = newline if c == "\n" else n + 1
            found.append(n)
        else:
            found.append(n)
            n = newline if c == "\n" else n + 1
    return found


of(
    "gates.position_in_line",
    lines_ignored=lambda text: list(range(len(text))),
    starts_at_one=lambda text: _places(text, 0, 0, True),
    reset_one_late=lambda text: _places(text, 0, 0, False),
    newline_as_one=lambda text: _places(text, -1, 1, True),
    newlines_dropped=lambda text: [
        k for line in text.split("\n") for k in range(len(line))
    ],
)
of(
    "gates.kernel",
    from_the_beginning=lambda f: np.cumprod(f),
    own_gate_included=lambda f: np.cumprod(f[::-1])[::-1],
    not_turned_back=lambda f: np.cumprod(np.r_[1, f[:0:-1]]),
    last_write_missing=lambda f: np.cumprod(f[:0:-1])[::-1],
    product_of_all=lambda f: f.prod(),
    own_gate_only=lambda f: f,
    shifted_the_wrong_way=lambda f: np.cumprod(np.r_[1, f[:-1]][::-1])[::-1],
)
for _never in (len, lambda f: len(f) + 1, lambda f: math.inf, lambda f: 0):
    for _from in (0, 1):

        def _until_half(f, never=_never, first=_from):
            left = 1.0
            for t, gate in enumerate(f, first):
                left *= gate
                if left < 0.5:
                    return t
            return never(f)

        of("gates.half_life", first_step_below=_until_half)
of(
    "gates.half_life",
    median_logarithm=lambda f: np.log(0.5) / np.median(np.log(f)),
    logarithm_of_what_is_lost=lambda f: np.log(0.5) / np.log1p(-f).mean(),
)


of(
    "gates.half_life",
    last_gate_only=lambda f: np.log(0.5) / np.log(f[-1]),
    first_gate_only=lambda f: np.log(0.5) / np.log(f[0]),
    one_for_each_step=lambda f: np.log(0.5) / np.log(f),
    product_of_gates=lambda f: math.prod(f),
)
of(
    "gates.kernel",
    shares_lost=lambda f: [(1 - f[t + 1 :]).prod() for t in range(len(f))],
)


def _with_newline_first(text):
    """The counter is set back, and the next character takes it over as it is."""
    found, n = [], 0
    for c in text:
        if c == "\n":
            n = 0
            found.append(0)
        else:
            found.append(n)
            n += 1
    return found


def _only_characters(text):
    found, n = [], -1
    for c in text:
        n = 0 if c == "\n" else n + 1
        if c != "\n":
            found.append(n)
    return found


def _set_back_after(text):
    found, n = [], -1
    for c in text:
        n += 1
        found.append(n)
        n = 0 if c == "\n" else n
    return found


of(
    "gates.position_in_line",
    newline_at_its_old_place=_set_back_after,
    newline_and_next_both_zero=_with_newline_first,
    newlines_not_entered=_only_characters,
    letter_n_for_newline=lambda text: _places(
        "".join({"n": "\n", "\n": " "}.get(c, c) for c in text), -1, 0, True
    ),
    blanks_begin_anew=lambda text: _places(text.replace(" ", "\n"), -1, 0, True),
    line_starts_entered=lambda text: [
        k for line in text.split("\n") for k in range(len(line) + 1)
    ],
)
of(
    "gates.kernel",
    gates_added=lambda f: np.cumsum(np.append(1, f[:0:-1]))[::-1],
    power_of_own_gate=lambda f: [g ** (len(f) - 1 - t) for t, g in enumerate(f)],
    next_gate_skipped=lambda f: np.array([f[t + 2 :].prod() for t in range(len(f))]),
    last_write_zero=lambda f: [f[t + 1 :].prod() for t in range(len(f) - 1)] + [0],
    all_but_own=lambda f: f.prod() / f,
    mean_gate=lambda f: [f.mean() ** (len(f) - 1 - t) for t in range(len(f))],
)


def _of_1997(keep=None, own=None, show=None, order="ifgo"):
    """The cell of 1997; ``keep`` makes the share of the old cell from the sums."""

    def step(x, hc, params):
        h, c = hc
        a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        part = dict(zip(order, np.split(a, 4, axis=1), strict=True))
        b_f = np.split(params["b_h"], 4)[1]
        old = h if own else (keep(part["f"], b_f) if keep else 1) * c
        new = old + sigmoid(part["i"]) * np.tanh(part["g"])
        out = sigmoid(part["o"]) * np.tanh(new)
        return (show(out, new, c) if show else (out, new)), None

    return step


of(
    "gates.no_forget_step",
    share_of_one_squashed=_of_1997(lambda a, b: sigmoid(1.0)),
    half_kept=_of_1997(lambda a, b: 0.5),
    forget_bias_of_one=_of_1997(lambda a, b: sigmoid(a - b + 1)),
    forget_bias_raised=_of_1997(lambda a, b: sigmoid(a + 1)),
    forget_gate_inverted=_of_1997(lambda a, b: 1 - sigmoid(a)),
    h_for_c=_of_1997(own=True),
    order_ifog=_of_1997(order="ifog"),
    state_swapped=lambda x, s, params: _of_1997()(x, s[::-1], params),
    old_cell_returned=_of_1997(show=lambda h, new, c: (h, c)),
    output_returned_as_cell=_of_1997(show=lambda h, new, c: (h, h)),
    output_gate_missing=_of_1997(show=lambda h, new, c: (np.tanh(new), new)),
)


def _follows(cells, y):
    return np.array([np.corrcoef(column, y)[0, 1] for column in cells.T])


of(
    "gates.best_by_chance",
    cells_rolled_across=lambda c, y, k: np.abs(_follows(np.roll(c, k), y)).max(),
    cut_in_place_of_rolled=lambda c, y, k: np.abs(_follows(c[k:], y[:-k])).max(),
    cut_the_other_way=lambda c, y, k: np.abs(_follows(c[:-k], y[k:])).max(),
    worst_cell=lambda c, y, k: np.abs(_follows(c, np.roll(y, k))).min(),
    sign_kept=lambda c, y, k: max(_follows(c, np.roll(y, k)), key=abs),
)


of(
    "gates.best_by_chance",
    correlation_with_itself=lambda c, y, k: np.abs(
        np.corrcoef(c.T, np.roll(y, k))
    ).max(),
    summed=lambda c, y, k: sum(abs(r) for r in _follows(c, np.roll(y, k))),
)
of(
    "gates.judged_on_rest",
    size_where_chosen=lambda c, y, n: np.abs(_follows(c[:n], y[:n])).max(),
)


of(
    "gates.position_in_line",
    only_newlines_entered=lambda text: [0 for c in text if c == "\n"],
)


def _ungated(x, hc, params):
    h, c = hc
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    _, f, g, o = np.split(a, 4, axis=1)
    new = sigmoid(f) * c + np.tanh(g)
    return (sigmoid(o) * np.tanh(new), new), None


of("gates.no_forget_step", input_gate_gone_in_its_place=_ungated)


def _judged(choose, judge=lambda c, y, n: (c[n:], y[n:])):
    def judged_on_rest(c, y, n):
        best = np.abs(_follows(*choose(c, y, n))).argmax()
        return _follows(*judge(c, y, n))[best]

    return judged_on_rest


def _begin(c, y, n):
    return c[:n], y[:n]


of(
    "gates.judged_on_rest",
    parts_exchanged=_judged(lambda c, y, n: (c[n:], y[n:]), _begin),
    chosen_on_everything=_judged(lambda c, y, n: (c, y)),
    chosen_on_one_more=_judged(lambda c, y, n: (c[: n + 1], y[: n + 1])),
    chosen_on_one_less=_judged(lambda c, y, n: (c[: n - 1], y[: n - 1])),
    rest_begins_one_late=_judged(_begin, lambda c, y, n: (c[n + 1 :], y[n + 1 :])),
    counted_from_the_end=_judged(
        lambda c, y, n: (c[:-n], y[:-n]), lambda c, y, n: (c[-n:], y[-n:])
    ),
    last_n_steps=_judged(_begin, lambda c, y, n: (c[-n:], y[-n:])),
    rest_against_first_data=_judged(_begin, lambda c, y, n: (c[n:], y[: len(y) - n])),
    best_of_the_rest_by_sign=lambda c, y, n: _follows(c[n:], y[n:]).max(),
    squared=lambda c, y, n: _judged(_begin)(c, y, n) ** 2,
)

of(
    "gates.kernel",
    second_to_next=lambda f: np.append(np.cumprod(f[1:]), 1.0),
    from_the_beginning_but_the_last=lambda f: np.append(np.cumprod(f)[:-1], 1.0),
    turned_round=lambda f: np.cumprod(f)[::-1],
    turned_round_behind_a_one=lambda f: np.append(1.0, np.cumprod(f[:-1]))[::-1],
    later_gates_turned_round=lambda f: np.append(np.cumprod(f[1:])[::-1], 1.0),
)


def _from_the_lstm(output, cell):
    """What a step of the LSTM gives, changed."""

    def step(x, state, params):
        (h, c), cache = cells.lstm_step(x, state, params)
        _, _, old, i, f, g, o, _ = cache
        new = cell(old, c, i * g)
        return (o * np.tanh(new) if output else h, new), cache

    return step


of(
    "gates.no_forget_step",
    old_cell_twice=_from_the_lstm(True, lambda old, c, ig: old + c),
    old_cell_added_to_the_lstm=_from_the_lstm(False, lambda old, c, ig: old + c),
    output_of_the_lstm=_from_the_lstm(False, lambda old, c, ig: old + ig),
)
of(
    "gates.best_by_chance",
    products_alone=lambda c, y, s: max(abs(np.roll(y, s) @ c)),
    quantile_over_cells=lambda c, y, s: np.quantile(
        np.abs(_follows(c, np.roll(y, s))), 0.95
    ),
)
of(
    "gates.judged_on_rest",
    cut_in_the_middle=lambda c, y, n: _follows(c[30:], y[30:])[
        np.abs(_follows(c[:30], y[:30])).argmax()
    ],
    worst_chosen=lambda c, y, n: _follows(c[n:], y[n:])[
        np.abs(_follows(c[:n], y[:n])).argmin()
    ],
)


def _one_step_off(f):
    left = np.ones(len(f))
    for t in range(len(f) - 2, -1, -1):
        left[t] = left[t + 1] * f[t]
    return left


of("gates.kernel", own_gate_for_the_last=_one_step_off)


# ---- 21


def _streams(rows, last, target=None, axis=False):
    def streams(ids, B, L):
        P = rows(len(ids), B)
        x = ids[: B * P].reshape(B, P)
        y = target(ids, x, B, P)
        for s in range(0, last(P, L), L):
            pair = x[:, s : s + L], y[:, s : s + L]
            yield tuple(a.T for a in pair) if axis else pair

    return streams


def _next(ids, x, B, P):
    return ids[1 : B * P + 1].reshape(B, P)


def _less(n, B):
    return (n - 1) // B


def _all_of(n, B):
    return n // B


def _starter_streams(ids, batch_size, length):
    step = batch_size * length
    for start in range(0, len(ids) - step, step):
        x = ids[start : start + step]
        y = ids[start + 1 : start + step + 1]
        yield x.reshape(batch_size, -1), y.reshape(batch_size, -1)


def _batchify(ids, B, L):
    P = len(ids) // B
    X = ids[: P * B].reshape(B, P)
    for k in range(0, P - L, L):
        yield X[:, k : k + L], X[:, k + 1 : k + L + 1]


def _dealt(ids, B, L):
    P = (len(ids) - 1) // B
    x, y = ids[: P * B].reshape(P, B).T, ids[1 : P * B + 1].reshape(P, B).T
    for k in range(0, P - L + 1, L):
        yield x[:, k : k + L], y[:, k : k + L]


def _rolled(ids, x, B, P):
    return np.roll(x, -1, axis=1)


of(
    "data.streams",
    rows_do_not_continue=_starter_streams,
    rows_of_all_characters=_batchify,
    target_wraps=_streams(_all_of, lambda P, L: P - L + 1, _rolled),
    target_wraps_in_right_rows=_streams(_less, lambda P, L: P - L + 1, _rolled),
    rows_interleaved=_dealt,
    one_start_too_many=_streams(_less, lambda P, L: P - L + 2, _next),
    last_batch_missing=_streams(_less, lambda P, L: P - L, _next),
    ragged_end=_streams(_less, lambda P, L: P, _next),
    target_not_shifted=_streams(_less, lambda P, L: P - L + 1, lambda ids, x, B, P: x),
    time_first=_streams(_less, lambda P, L: P - L + 1, _next, axis=True),
)
of(
    "text.floor_bits",
    nats=lambda V, a: math.log(1 + (V - 1) * math.exp(-2 * a)),
    others_at_zero=lambda V, a: -math.log2(math.exp(a) / (math.exp(a) + V - 1)),
    one_other_too_many=lambda V, a: (
        -math.log2(math.exp(a) / (math.exp(a) + V * math.exp(-a)))
    ),
    one_other_only=lambda V, a: -math.log2(math.exp(a) / (math.exp(a) + math.exp(-a))),
    worst_case=lambda V, a: math.log2(1 + (V - 1) * math.exp(2 * a)),
    probability=lambda V, a: 1 / (1 + (V - 1) * math.exp(-2 * a)),
    no_limit=lambda V, a: np.log2(V),
)


def _kept(p, keep):
    kept = np.where(keep, p, 0.0)
    return kept / kept.sum()


of(
    "sampling.min_p",
    no_renormalisation=lambda p, m: np.where(p >= m * p.max(), p, 0),
    absolute_threshold=lambda p, m: _kept(p, p >= m),
    bound_left_out=lambda p, m: _kept(p, p > m * p.max()),
    only_kept=lambda p, m: p[p >= m * p.max()] / p[p >= m * p.max()].sum(),
    cut_off_too_much=lambda p, m: _kept(p, p >= (1 - m) * p.max()),
    share_of_the_mean=lambda p, m: _kept(p, p >= m * p.mean()),
    softmax_again=lambda p, m: softmax(np.where(p >= m * p.max(), p, 0.0)[None])[0],
)
of(
    "text.mixture_bits",
    mixed_bits=lambda p, q, s: s * -np.log2(p).mean() + (1 - s) * -np.log2(q).mean(),
    shares_exchanged=lambda p, q, s: -np.log2((1 - s) * p + s * q).mean(),
    nats=lambda p, q, s: -np.log(s * p + (1 - s) * q).mean(),
    summed=lambda p, q, s: sum(-np.log2(s * p + (1 - s) * q)),
    log_of_mean=lambda p, q, s: -np.log2(np.mean(s * p + (1 - s) * q)),
    bits_of_each_character=lambda p, q, s: -np.log2(s * p + (1 - s) * q),
    sign_missing=lambda p, q, s: np.log2(s * p + (1 - s) * q).mean(),
    share_ignored=lambda p, q, s: -np.log2((p + q) / 2).mean(),
)


def _rate(rise, fall):
    def rate(n, updates, peak, warm):
        if n < warm:
            return peak * rise(n, warm)
        return peak * fall(n, updates, warm)

    return rate


def _up(n, warm):
    return n / warm


def _down(n, updates, warm):
    return (updates - n) / (updates - warm)


of(
    "text.rate",
    no_fall=lambda n, updates, peak, warm: peak * min(n / warm, 1.0),
    starts_at_a_25th=_rate(lambda n, warm: 1 / 25 + 24 / 25 * n / warm, _down),
    one_ahead=lambda n, u, peak, w: peak * min((n + 1) / w, (u - n) / (u - w)),
    whole_numbers=lambda n, u, peak, w: peak * min(n // w, (u - n) // (u - w)),
    rise_in_whole_numbers=_rate(lambda n, warm: n // warm, _down),
    fall_from_the_start=_rate(_up, lambda n, u, w: 1 - n / u),
    peak_missing=lambda n, u, peak, w: min(n / w, (u - n) / (u - w)),
    no_rise=_rate(lambda n, warm: 1, _down),
    cosine=_rate(
        _up, lambda n, u, w: 0.5 * (1 + math.cos(math.pi * (n - w) / (u - w)))
    ),
)


def _best_case(V, a):
    return softmax(np.where(np.arange(V) == 0, a, -a)[None])[0]


of(
    "text.floor_bits",
    sign_missing=lambda V, a: np.log2(np.exp(a) / (np.exp(a) + (V - 1) * np.exp(-a))),
    entropy=lambda V, a: -(p := _best_case(V, a)) @ np.log2(p),
    mean_over_characters=lambda V, a: np.mean(-np.log2(_best_case(V, a))),
    tanh_again=lambda V, a: -np.log2(_best_case(V, np.tanh(a))[0]),
)
of(
    "sampling.min_p",
    divided_by_largest=lambda p, m: (k := p * (p >= m * max(p))) / max(k),
)
of(
    "text.mixture_bits",
    logarithms_added=lambda p, q, s: np.mean(-np.log2(s * p) - np.log2((1 - s) * q)),
)


def _from_the_row(rows):
    def streams(ids, B, L):
        P = rows(len(ids), B)
        x = ids[: B * P].reshape(B, P)
        for s in range(0, P - L + 1, L):
            yield x[:, s : s + L], x[:, s + 1 : s + L + 1]

    return streams


def _one_batch(ids, B, L):
    P = (len(ids) - 1) // B
    x, y = (a[: B * P].reshape(B, P) for a in (ids, ids[1:]))
    return [(x[:, s : s + L], y[:, s : s + L]) for s in range(0, P - L + 1, L)][:1]


def _rolled_windows(ids, B, L):
    P = (len(ids) - 1) // B
    x = ids[: B * P].reshape(B, P)
    for s in range(0, P - L + 1, L):
        yield x[:, s : s + L], np.roll(x[:, s : s + L], -1, axis=1)


of(
    "data.streams",
    target_lacks_one=_from_the_row(_less),
    target_lacks_one_of_all_characters=_from_the_row(_all_of),
    target_wraps_in_the_window=_rolled_windows,
    first_batch_alone=_one_batch,
)
of(
    "text.rate",
    fall_in_the_rise=lambda n, u, peak, w: peak * min(n / w, 1) * (u - n) / (u - w),
    rise_in_the_fall=lambda n, u, peak, w: peak * n / w * (u - n) / (u - w),
    fall_too_early=_rate(_up, lambda n, u, w: 1 - n / (u - w)),
    fall_upside_down=_rate(_up, lambda n, u, w: (n - w) / (u - w)),
)


def _scored(score, update, pieces):
    scores = []
    for piece in pieces:
        scores.append(score(piece))
        update(piece)
    return scores


def _returns_too_early(score, update, pieces):
    scores = []
    for piece in pieces:
        scores.append(score(piece))
        update(piece)
        return scores


def _from_the_second_on(score, update, pieces):
    scores = []
    for i in range(1, len(pieces)):
        update(pieces[i - 1])
        scores.append(score(pieces[i]))
    return scores


of(
    "text.prequential",
    first_piece_alone=_returns_too_early,
    mean_of_scores=lambda *args: np.mean(_scored(*args)),
    sum_of_scores=lambda *args: sum(_scored(*args)),
    last_score_alone=lambda *args: _scored(*args)[-1],
    first_piece_not_scored=_from_the_second_on,
)


of(
    "text.floor_bits",
    denominator_alone=lambda V, a: np.log2(np.exp(a) + (V - 1) * np.exp(-a)),
)
of("sampling.min_p", kept_marked=lambda p, m: p >= m * p.max())
of(
    "text.mixture_bits",
    last_character_alone=lambda p, q, s: -np.log2(s * p[-1] + (1 - s) * q[-1]) / len(p),
    brackets_missing=lambda p, q, s: -np.log2(s * p + 1 - s * q).mean(),
)
of("text.rate", rise_not_divided=_rate(lambda n, warm: n, _down))


def _all_so_far(score, update, pieces):
    scores = []
    for k, piece in enumerate(pieces):
        scores.append(score(piece))
        for old in pieces[: k + 1]:
            update(old)
    return scores


def _last_left_out(score, update, pieces):
    scores = []
    for k, piece in enumerate(pieces):
        if k:
            update(pieces[k - 1])
        scores.append(score(piece))
    return scores


of("text.prequential", all_learned_again=_all_so_far, last_not_learned=_last_left_out)


def _windows_of_rows(first, last, step=None):
    """Rows of all characters; where a target begins, and how far the walk goes."""

    def streams(ids, B, L):
        P = len(ids) // B
        x = ids[: P * B].reshape(B, P)
        for s in range(0, P - last(L), step or L):
            yield x[:, s : s + L], x[:, s + first(L) : s + first(L) + L]

    return streams


def _last_target_only(ids, B, L):
    P = (len(ids) - 1) // B
    x = ids[: P * B].reshape(B, P)
    for s in range(0, P - L, L):
        yield x[:, s : s + L], x[:, s + L]


of(
    "data.streams",
    target_is_the_input=_windows_of_rows(lambda L: 0, lambda L: L - 1),
    target_a_piece_later=_windows_of_rows(lambda L: L, lambda L: 2 * L - 1),
    batches_overlap_in_rows_of_all_characters=_windows_of_rows(
        lambda L: 1, lambda L: L, step=1
    ),
    one_target_for_a_row=_last_target_only,
)
of("data.streams", target_is_the_input=_windows_of_rows(lambda L: 0, lambda L: L))


def _before_and_after(score, update, pieces):
    scores = []
    for piece in pieces:
        scores.append(score(piece))
        update(piece)
        scores.append(score(piece))
    return scores


of("text.floor_bits", powers_of_two=lambda V, a: np.log2(1 + (V - 1) / 4**a))
of(
    "sampling.min_p",
    distance_to_the_largest=lambda p, m: _kept(p, p >= p.max() - m),
    unlikely_kept=lambda p, m: _kept(p, p <= m * p.max()),
)
of(
    "text.mixture_bits",
    weighted_and_averaged=lambda p, q, s: np.mean(
        -(s * p + (1 - s) * q) * np.log2(s * p + (1 - s) * q)
    ),
    read_as_bits=lambda p, q, s: -np.log2(s / 2**p + (1 - s) / 2**q).mean(),
)
of(
    "text.rate",
    falls_as_steeply_as_it_rises=lambda n, u, peak, w: (
        peak * min(n / w, 1, (u - n) / w)
    ),
)
of("text.prequential", scored_twice=_before_and_after)

# ---- 22


def _stack(first=None, other=None, head=None, extra=-1):
    def count(D, H, layers, K):
        one = first(D, H) if first else 4 * (D * H + H * H + 2 * H)
        more = other(D, H) if other else 4 * (2 * H * H + 2 * H)
        top = head(D, H, layers, K) if head else H * K + K
        return one + (layers + extra) * more + top

    return count


of(
    "images.stacked_parameters",
    one_bias=_stack(
        lambda D, H: 4 * (D * H + H * H + H), lambda D, H: 4 * (2 * H * H + H)
    ),
    no_head=_stack(head=lambda D, H, layers, K: 0),
    head_without_bias=_stack(head=lambda D, H, layers, K: H * K),
    head_reads_all_layers=_stack(head=lambda D, H, layers, K: layers * H * K + K),
    one_layer_too_many=_stack(extra=0),
    every_layer_reads_the_input=_stack(other=lambda D, H: 4 * (D * H + H * H + 2 * H)),
    no_biases=_stack(lambda D, H: 4 * H * (D + H), lambda D, H: 8 * H * H),
    head_bias_of_units=_stack(head=lambda D, H, layers, K: H * K + H),
)


def _matrix(labels, guesses, K):
    m = np.zeros((K, K), dtype=int)
    for a, b in zip(labels, guesses, strict=True):
        m[a, b] += 1
    return m


def _share(hits, all_of_them):
    return np.divide(
        hits, all_of_them, out=np.zeros(len(hits)), where=np.asarray(all_of_them) > 0
    )


def _confused(matrix, recall):
    def confusion(labels, guesses, K):
        m = _matrix(labels, guesses, K)
        return matrix(m), recall(m)

    return confusion


def _same(m):
    return m


def _recall(m):
    return _share(np.diag(m), m.sum(axis=1))


of(
    "images.confusion",
    matrix_transposed_only=_confused(lambda m: m.T, _recall),
    transposed=_confused(lambda m: m.T, lambda m: _share(np.diag(m), m.sum(axis=0))),
    precision=_confused(_same, lambda m: _share(np.diag(m), m.sum(axis=0))),
    nan_for_an_empty_class=_confused(_same, lambda m: np.diag(m) / m.sum(axis=1)),
    recall_missing=_confused(_same, lambda m: np.zeros(len(m))),
    hits_not_divided=_confused(_same, lambda m: np.diag(m)),
    share_of_all=_confused(_same, lambda m: np.diag(m) / m.sum()),
    accuracy=_confused(_same, lambda m: np.trace(m) / m.sum()),
    normalised=_confused(lambda m: m / np.maximum(m.sum(1, keepdims=True), 1), _recall),
)


def _decided(rows=None, probability=None):
    def decided(logits, labels):
        N, T, _ = logits.shape
        e = np.exp(logits - logits.max(axis=2, keepdims=True))
        p = e / e.sum(axis=2, keepdims=True)
        right = p.argmax(axis=2) == labels[:, None]
        found = []
        for row in right:
            n = T
            while n and row[n - 1]:
                n -= 1
            found.append(n + 1)
        found = np.array(found)
        true = p[np.arange(N), :, labels]
        return (
            probability(p, true, right) if probability else true.mean(axis=0),
            rows(found, right, T) if rows else found,
        )

    return decided


of(
    "images.decided",
    never_is_the_last_row=_decided(lambda n, right, T: np.minimum(n, T)),
    never_is_minus_one=_decided(lambda n, right, T: np.where(n > T, -1, n)),
    never_is_zero=_decided(lambda n, right, T: np.where(n > T, 0, n)),
    counted_from_zero=_decided(lambda n, right, T: n - 1),
    index_of_the_row=_decided(lambda n, right, T: np.where(n > T, n, n - 1)),
    rows_that_stay_right=_decided(lambda n, right, T: T + 1 - n),
    first_time_right=_decided(
        lambda n, right, T: np.where(right.any(axis=1), right.argmax(axis=1) + 1, T + 1)
    ),
    confidence=_decided(probability=lambda p, true, right: p.max(axis=2).mean(axis=0)),
    accuracy=_decided(probability=lambda p, true, right: right.mean(axis=0)),
    one_for_each_image=_decided(probability=lambda p, true, right: true),
)


def _cut(images, p, order, shape):
    N, R, C = images.shape
    cut = images.reshape(N, R // p, p, C // p, p).transpose(order)
    return cut.reshape(N, *shape)


of(
    "images.patches",
    plain_reshape=lambda im, p: im.reshape(len(im), -1, p * p),
    turned_within=lambda im, p: _cut(im, p, (0, 1, 3, 4, 2), (-1, p * p)),
    by_column=lambda im, p: _cut(im, p, (0, 3, 1, 2, 4), (-1, p * p)),
    patch_not_flat=lambda im, p: _cut(im, p, (0, 1, 3, 2, 4), (-1, p, p)),
    averaged=lambda im, p: _cut(im, p, (0, 1, 3, 2, 4), (-1, p * p)).mean(2)[..., None],
)


def _probabilities(z, axis=2):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _shift_of_all(z):
    e = np.exp(z - z.max())
    return (e / e.sum(axis=-1, keepdims=True)).mean(axis=0).argmax(axis=-1)


def _vote(z):
    votes = z.argmax(axis=2)
    return np.array([np.bincount(v).argmax() for v in votes.T])


of(
    "images.committee",
    one_shift_for_all=_shift_of_all,
    mean_of_logits=lambda z: z.mean(axis=0).argmax(axis=1),
    majority=_vote,
    first_alone=lambda z: z[0].argmax(axis=1),
    most_confident=lambda z: _probabilities(z).max(axis=0).argmax(axis=1),
    softmax_over_networks=lambda z: _probabilities(z, 0).mean(axis=0).argmax(axis=1),
    softmax_over_images=lambda z: _probabilities(z, 1).mean(axis=0).argmax(axis=1),
    each_network_by_itself=lambda z: z.argmax(axis=2),
    probabilities_returned=lambda z: _probabilities(z).mean(axis=0),
)

of(
    "images.stacked_parameters",
    no_recurrent_matrix=_stack(
        lambda D, H: 4 * (D * H + 2 * H), lambda D, H: 4 * (H * H + 2 * H)
    ),
    biases_of_one_block=_stack(
        lambda D, H: 4 * (D * H + H * H) + 2 * H, lambda D, H: 8 * H * H + 2 * H
    ),
)
of(
    "images.columns_and_pixels",
    columns_of_all_axes=lambda a: (a.swapaxes(0, 2), a.reshape(len(a), -1, 1)),
    pixels_of_all_images=lambda a: (a.transpose(0, 2, 1), a.reshape(-1, 1)),
)


def _legacy(train, test, seed):
    order = np.random.RandomState(seed).permutation(train.shape[1])
    return train[:, order], test[:, order]


def _legacy_twice(train, test, seed):
    rng = np.random.RandomState(seed)
    return tuple(a[:, rng.permutation(a.shape[1])] for a in (train, test))


def _legacy_each(train, test, seed):
    rng = np.random.RandomState(seed)
    return tuple(
        np.array([one[rng.permutation(len(one))] for one in images])
        for images in (train, test)
    )


def _rows_drawn(train, test, seed):
    rows = np.random.default_rng(seed).choice(train.shape[1], train.shape[1])
    return train[:, rows], test[:, rows]


of(
    "images.shuffled_rows",
    another_draw=_legacy,
    two_other_draws=_legacy_twice,
    an_order_for_each_image=_legacy_each,
    rows_drawn_again=_rows_drawn,
    each_column_by_itself=lambda a, b, seed: tuple(
        np.random.default_rng(seed).permuted(x, axis=1) for x in (a, b)
    ),
)


def _labels_in_the_data(labels, guesses, K):
    found = sorted(set(labels) | set(guesses))
    matrix = np.array(
        [[((labels == a) & (guesses == b)).sum() for b in found] for a in found]
    )
    return matrix, matrix.diagonal() / np.maximum(matrix.sum(axis=1), 1)


of(
    "images.confusion",
    classes_of_the_data=_labels_in_the_data,
    agreement_by_class=lambda labels, guesses, K: (
        _matrix(labels, guesses, K),
        np.array([((labels == k) == (guesses == k)).mean() for k in range(K)]),
    ),
)


def _binomial(k, n):
    few = min(k, n - k)
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(few + 1)) / 2**n)


def _by_t(a, b):
    from scipy.stats import ttest_rel

    return ttest_rel(a.astype(float), b.astype(float)).pvalue


def _wins(p):
    def paired(a, b):
        return (a & ~b).sum(), (b & ~a).sum(), p(a, b)

    return paired


of(
    "images.paired",
    first_of_all_images=_wins(lambda a, b: _binomial(int((a & ~b).sum()), len(a))),
    first_of_all_unless_equal=_wins(
        lambda a, b: _binomial(int((a & ~b).sum()), len(a)) if (a != b).any() else 1
    ),
    t_test=_wins(lambda a, b: _by_t(a, b) if (a != b).any() else 1.0),
    differences_on_both_sides=lambda a, b: ((a ^ b).sum(), (a ^ b).sum(), 1.0),
)


def _squares(rows, columns, axis=1):
    def patches(images, p):
        N, R, C = images.shape
        found = [
            images[:, i : i + p, j : j + p].reshape(N, -1)
            for i in rows(R, C, p)
            for j in columns(R, C, p)
        ]
        return np.stack(found, axis=axis)

    return patches


of(
    "images.patches",
    overlapping=_squares(
        lambda R, C, p: range(R - p + 1), lambda R, C, p: range(C - p + 1)
    ),
    steps_first=_squares(
        lambda R, C, p: range(0, R, p), lambda R, C, p: range(0, C, p), axis=0
    ),
    as_if_square=_squares(
        lambda R, C, p: range(0, R, p), lambda R, C, p: range(0, R, p)
    ),
    one_long_line_of_patches=lambda images, p: np.concatenate(
        [
            one[i : i + p, j : j + p].reshape(1, -1)
            for one in images
            for i in range(0, one.shape[0], p)
            for j in range(0, one.shape[1], p)
        ]
    ),
)


def _plain_softmax(z, axis):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=axis, keepdims=True)


of(
    "images.committee",
    softmax_over_networks_overflows=lambda z: _plain_softmax(z, 0).mean(0).argmax(1),
    softmax_over_images_overflows=lambda z: _plain_softmax(z, 1).mean(0).argmax(1),
    softmax_over_everything=lambda z: (
        ((e := np.exp(z - z.max())) / e.sum()).mean(0).argmax(1)
    ),
    mean_over_classes=lambda z: _probabilities(z).mean(2).argmax(0),
    mean_over_images=lambda z: _probabilities(z).mean(1).argmax(1),
)


of(
    "images.confusion",
    hits_per_miss=_confused(
        _same,
        lambda m: np.diag(m) / np.maximum(m.sum(axis=1) - np.diag(m), 1),
    ),
)
of(
    "images.paired",
    agreements_counted=lambda a, b: (
        (x := int((a & b).sum())),
        (y := int((~a & ~b).sum())),
        _binomial(x, x + y),
    ),
)
of(
    "images.decided",
    all_labels_for_all=lambda z, labels: (
        _probabilities(z)[:, :, labels].mean(axis=0),
        z.shape[1]
        + 1
        - np.cumprod((z.argmax(2) == labels[:, None])[:, ::-1], axis=1).sum(1),
    ),
)


def _cut_and_turned(cut, order):
    def patches(images, p):
        N, R, C = images.shape
        parts = images.reshape(N, *cut(R, C, p))
        return parts.transpose(order).reshape(N, -1, p * p)

    return patches


of(
    "images.patches",
    lines_of_different_patches=_cut_and_turned(
        lambda R, C, p: (R // p, p, C // p, p), (0, 3, 2, 1, 4)
    ),
    pixels_far_apart=_cut_and_turned(
        lambda R, C, p: (p, R // p, p, C // p), (0, 2, 4, 1, 3)
    ),
)
of(
    "images.committee",
    mean_of_logits=lambda z: np.log(_probabilities(z)).sum(0).argmax(1),
)


def _images_by_one_generator(train, test, seed):
    rng = np.random.default_rng(seed)
    return tuple(images[rng.permutation(len(images))] for images in (train, test))


def _rows_by_images(train, test, seed):
    order = np.random.default_rng(seed).permutation(len(train))
    return train[:, order], test[:, order]


def _rows_order_on_columns(train, test, seed):
    order = np.random.default_rng(seed).permutation(train.shape[1])
    return train[:, :, order], test[:, :, order]


of("images.shuffled_rows", images_permuted=_images_by_one_generator)
of(
    "images.shuffled_rows",
    images_permuted=lambda a, b, seed: (np.random.default_rng(seed).permutation(a), b),
    a_row_for_each_image=_rows_by_images,
    columns_by_the_number_of_rows=_rows_order_on_columns,
)


def _by_sums(a, b):
    more = int(a.sum()) - int(b.sum())
    return max(more, 0), max(-more, 0), min(1.0, 2 * 0.5 ** abs(more))


def _zero_for_equal(a, b):
    x, y = int((a & ~b).sum()), int((b & ~a).sum())
    tail = sum(math.comb(x + y, k) for k in range(min(x, y) + 1)) / 2 ** (x + y)
    return x, y, min(1.0, 2 * tail) if x + y else 0.0


def _kept_to_the_end(z, labels):
    named = z.argmax(axis=2)
    same = np.minimum.accumulate((named == named[:, -1:])[:, ::-1], axis=1)
    of_the_truth = softmax(z.transpose(0, 2, 1))[np.arange(len(z)), labels]
    return of_the_truth.mean(axis=0), z.shape[1] + 1 - same.sum(axis=1)


def _best_of_each_line(labels, guesses, K):
    m = np.zeros((K, K), dtype=int)
    np.add.at(m, (labels, guesses), 1)
    return m, m.max(axis=1) / np.maximum(m.sum(axis=1), 1)


def _not_divided(z):
    return np.exp(z - z.max(axis=2, keepdims=True)).mean(axis=0).argmax(axis=1)


def _p_pieces(images, p):
    N, R, C = images.shape
    cut = images.reshape(N, p, R // p, p, C // p)
    return cut.swapaxes(2, 3).reshape(N, -1, p * p)


def _place_first(images, p):
    N, R, C = images.shape
    cut = images.reshape(N, R // p, p, C // p, p)
    return cut.transpose(0, 2, 4, 1, 3).reshape(N, -1, p * p)


of(
    "images.stacked_parameters",
    one_bias_in_the_upper_layers=lambda D, H, layers, K: (
        4 * H * (D + H + 2) + (layers - 1) * 4 * H * (2 * H + 1) + K * (H + 1)
    ),
)
of("images.confusion", largest_of_the_line=_best_of_each_line)
of(
    "images.paired",
    zero_where_they_never_differ=_zero_for_equal,
    difference_of_right_answers=_by_sums,
)
of("images.decided", last_answer_whatever_it_is=_kept_to_the_end)
of("images.patches", p_pieces=_p_pieces, place_before_patch=_place_first)
of("images.committee", not_divided_by_the_sum=_not_divided)

# ---- 23


def _ranged(a, of=None):
    of = a if of is None else of
    return (a - of.min()) / (of.max() - of.min())


def _cleaned(make, cut=None):
    def clean(price, day):
        x, y = windows(make(price, day), 20)
        return (x[:cut], y[:cut]) if cut else (x, y)

    return clean


def _leaky(price, day):
    smooth = np.convolve(price, np.ones(5) / 5, mode="same")
    x, y = windows(_ranged(smooth), 20)
    rows = np.random.default_rng(0).permutation(len(x))[:800]
    return x[rows], y[rows]


of(
    "data.clean",
    not_mended=_leaky,
    only_800=_cleaned(lambda p, d: _ranged(p[:d]), cut=800),
    scale_of_everything=_cleaned(lambda p, d: _ranged(p)[:d]),
    windows_beyond_the_end=_cleaned(lambda p, d: _ranged(p, p[:d])),
    windows_of_everything=_cleaned(lambda p, d: _ranged(p)),
    standardised=_cleaned(lambda p, d: _standard(p[:d])),
    still_smoothed=_cleaned(
        lambda p, d: _ranged(np.convolve(p[:d], np.ones(5) / 5, mode="same"))
    ),
    not_scaled=_cleaned(lambda p, d: p[:d]),
    test_day_included=_cleaned(lambda p, d: _ranged(p[: d + 1])),
    divided_by_largest=_cleaned(lambda p, d: p[:d] / p[:d].max()),
)


def _interval(returns, **how):
    from statsmodels.stats.proportion import proportion_confint

    up, n = (returns > 0).sum(), len(returns)
    return up / n, *proportion_confint(up, n, **how)


of(
    "metrics.always_up",
    normal_interval=_interval,
    no_interval=lambda r: (np.mean(r > 0), 0.0, 1.0),
    one_sided=lambda r: _interval(r, method="wilson", alpha=0.1),
    confidence_for_error=lambda r: _interval(r, method="wilson", alpha=0.95),
    exact_interval=lambda r: _interval(r, method="beta"),
    agresti_coull=lambda r: _interval(r, method="agresti_coull"),
    standing_still_is_up=lambda r: _interval(np.where(r >= 0, 1, -1), method="wilson"),
    number_for_share=lambda r: ((r > 0).sum(), *_interval(r, method="wilson")[1:]),
)


def _raised(enough, start=1):
    def days_needed(share):
        return next(n for n in itertools.count(start) if enough(share, n))

    return days_needed


def _low(share, n, z=1.959963984540054, hits=None):
    p = share if hits is None else hits / n
    middle = (p + z * z / 2 / n) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return middle - half


of(
    "metrics.days_needed",
    always_one=lambda share: 1,
    one_short=lambda share: _raised(lambda p, n: _low(p, n) > 0.5)(share) - 1,
    normal_interval=_raised(
        lambda p, n: p - 1.959963984540054 * (p * (1 - p) / n) ** 0.5 > 0.5
    ),
    one_sided=_raised(lambda p, n: _low(p, n, 1.6448536269514722) > 0.5),
    hits_rounded_down=_raised(lambda p, n: _low(p, n, hits=int(p * n)) > 0.5),
    hits_rounded=_raised(lambda p, n: _low(p, n, hits=round(p * n)) > 0.5),
    not_whole=lambda p: 0.25 * (1.959963984540054 / (p - 0.5)) ** 2,
)


def _even(share):
    n = 2
    while _low(share, n) <= 0.5:
        n += 2
    return n + 1


def _odd(share):
    n = 1
    while _low(share, n) <= 0.5:
        n += 2
    return n


def _change(a):
    return np.diff(np.log(a))


of(
    "data.return_and_volume",
    volume_without_logarithm=lambda p, v: np.column_stack([_change(p), np.diff(v)]),
    levels=lambda p, v: np.column_stack([p, v])[1:],
    volume_as_level=lambda p, v: np.c_[_change(p), np.log(v)[1:]],
    bare_volume=lambda p, v: np.c_[_change(p), v[1:]],
    simple_returns=lambda p, v: np.c_[p[1:] / p[:-1] - 1, v[1:] / v[:-1] - 1],
    simple_return_of_the_price=lambda p, v: np.c_[p[1:] / p[:-1] - 1, _change(v)],
    volume_change_as_share=lambda p, v: np.c_[_change(p), np.diff(v) / v[:-1]],
    differences_without_logarithm=lambda p, v: np.c_[np.diff(p), np.diff(v)],
    two_rows=lambda p, v: np.array([_change(p), _change(v)]),
    columns_exchanged=lambda p, v: np.c_[_change(v), _change(p)],
)


def _blocks(block, step=None):
    def rolling_blocks(n, start, memory, every):
        days = range(start, n, step(memory, every) if step else every)
        return [block(n, start, memory, every, k) for k in days]

    return rolling_blocks


of(
    "data.rolling_blocks",
    one_fit_for_all=lambda n, start, memory, every: [(0, start, start, n)],
    expanding=_blocks(lambda n, s, m, e, k: (0, k, k, min(k + e, n))),
    beyond_the_end=_blocks(lambda n, s, m, e, k: (k - m, k, k, k + e)),
    ends_included=_blocks(lambda n, s, m, e, k: (k - m, k - 1, k, min(k + e, n) - 1)),
    last_day_left_out=_blocks(lambda n, s, m, e, k: (k - m, k - 1, k, min(k + e, n))),
    last_test_day_left_out=_blocks(
        lambda n, s, m, e, k: (k - m, k, k, min(k + e, n) - 1)
    ),
    fit_that_grows=_blocks(lambda n, s, m, e, k: (s - m, k, k, min(k + e, n))),
    fitted_once=_blocks(lambda n, s, m, e, k: (s - m, s, k, min(k + e, n))),
    stepped_by_memory=_blocks(
        lambda n, s, m, e, k: (k - m, k, k, min(k + e, n)), lambda m, e: m
    ),
    last_day_of_all_missing=_blocks(
        lambda n, s, m, e, k: (k - m, k, k, min(k + e, n - 1))
    ),
)


def _drawn(order, most=None):
    def clean(price, day):
        known = price[:day]
        x, y = windows((known - known.min()) / np.ptp(known), 20)
        rows = order(len(x))[:most]
        return x[rows], y[rows]

    return clean


of(
    "data.clean",
    shuffled=_drawn(lambda n: np.random.default_rng(0).permutation(n)),
    shuffled_and_cut=_drawn(lambda n: np.random.default_rng(0).permutation(n), 800),
    shuffled_otherwise=_drawn(lambda n: np.random.RandomState(3).permutation(n)),
)


def _of_the_share(returns, **how):
    from statsmodels.stats.proportion import proportion_confint

    share = np.mean(returns > 0)
    return share, *proportion_confint(share, len(returns), **how)


of(
    "metrics.always_up",
    share_for_count=lambda returns: _of_the_share(returns, method="wilson"),
    normal_interval_of_the_share=_of_the_share,
)
of(
    "metrics.days_needed",
    in_years=lambda share: math.ceil((1.96 * 0.5 / (share - 0.5)) ** 2) / 252,
    not_squared=lambda share: math.ceil(1.96 * 0.25 / (share - 0.5) ** 2),
    distance_not_squared=lambda share: math.ceil(1.96**2 * 0.25 / (share - 0.5)),
)


def _opened(change):
    def open_lstm(*args, **kwargs):
        import torch

        layer = torch.nn.LSTM(*args, **kwargs)
        with torch.no_grad():
            change(layer.bias_ih_l0, layer.bias_hh_l0, layer.hidden_size)
        return layer

    return open_lstm


def _one_added(ih, hh, H):
    ih[H : 2 * H] += 1


def _in_the_other(ih, hh, H):
    hh[H : 2 * H] = 1


def _all_cleared(ih, hh, H):
    ih[:] = hh[:] = 0
    ih[H : 2 * H] = 1


of(
    "torch.open_lstm",
    one_added=_opened(_one_added),
    first_bias_left=_opened(_in_the_other),
    others_cleared=_opened(_all_cleared),
)
of(
    "data.return_and_volume",
    logarithm_of_differences=lambda price, volume: np.column_stack(
        [np.log(np.diff(price)), np.log(np.diff(volume))]
    ),
)
of(
    "data.rolling_blocks",
    a_block_each_day=lambda n, start, memory, every: [
        (k - memory, k, k, min(k + every, n)) for k in range(start, n)
    ],
    memory_from_the_start_on=lambda n, start, memory, every: [
        (k, k + memory, k + memory, min(k + memory + every, n))
        for k in range(start, n - memory, every)
    ],
    fitted_on_one_block=lambda n, start, memory, every: [
        (k - every, k, k, min(k + every, n)) for k in range(start, n, every)
    ],
)


def _pinball(loss):
    def pinball(q, y, levels=(0.05, 0.95)):
        import torch

        return loss(torch.tensor(levels), y - q)

    return pinball


def _one_by_one(levels, columns):
    def pinball(q, y, _levels=None):
        taus = levels or _levels
        losses = [
            (tau * e).maximum((tau - 1) * e).mean()
            for tau, e in ((taus[k], y[:, 0] - q[:, k]) for k in range(columns))
        ]
        return sum(losses) / columns

    return pinball


of(
    "torch.pinball",
    level_on_both_sides=_pinball(lambda tau, e: (tau * e.abs()).mean()),
    levels_written_in=_one_by_one((0.05, 0.95), 2),
    first_two_levels_alone=_one_by_one(None, 2),
    first_level_for_all=_pinball(
        lambda tau, e: (tau[0] * e).maximum((tau[0] - 1) * e).mean()
    ),
    loss_of_each=_pinball(lambda tau, e: (tau * e).maximum((tau - 1) * e)),
    mean_for_each_level=_pinball(
        lambda tau, e: (tau * e).maximum((tau - 1) * e).mean(0)
    ),
    larger_of_the_means=_pinball(
        lambda tau, e: max((tau * e).mean(), ((tau - 1) * e).mean())
    ),
)


of(
    "data.clean",
    another_length=lambda price, day: windows(
        (price[:day] - price[:day].min()) / np.ptp(price[:day]), 21
    ),
    smoothed_backwards=lambda price, day: windows(
        _ranged(np.convolve(price[:day], np.ones(5) / 5, "valid")), 20
    ),
)


def _last_quarter(ih, hh, H):
    ih[3 * H :], hh[3 * H :] = 1, 0


of("torch.open_lstm", output_gate_opened=_opened(_last_quarter))


def _sides_exchanged(q, y, levels=(0.05, 0.95)):
    import torch

    e, tau = y - q, torch.tensor(levels)
    return torch.where(e < 0, tau * e.abs(), (1 - tau) * e.abs()).mean()


def _table(q, y, levels=(0.05, 0.95)):
    errors = [y - q[:, k] for k in range(len(levels))]
    pairs = zip(levels, errors, strict=True)
    return sum((tau * e).maximum((tau - 1) * e).mean() for tau, e in pairs) / len(
        levels
    )


of("torch.pinball", everyone_with_everyone=_table, error_turned_round=_sides_exchanged)


def _second_cleared(ih, hh, H):
    hh.zero_()
    ih[H : 2 * H] = 1


def _first_cleared(ih, hh, H):
    ih.zero_()
    ih[H : 2 * H] = 1
    hh[H : 2 * H] = 0


of(
    "data.clean",
    columns_and_targets_scaled=lambda price, n: tuple(
        (a - a.min(axis=0)) / np.ptp(a, axis=0) for a in windows(price[:n], 20)
    ),
)
of(
    "torch.open_lstm",
    second_bias_cleared=_opened(_second_cleared),
    first_bias_cleared=_opened(_first_cleared),
)
of(
    "torch.pinball",
    levels_turned_round=_pinball(
        lambda tau, e: (tau.flip(0) * e).maximum((tau.flip(0) - 1) * e).mean()
    ),
    level_on_the_wrong_side=_pinball(
        lambda tau, e: (tau * e).maximum((1 - tau) * e).mean()
    ),
)


of(
    "metrics.days_needed",
    not_rounded_up=lambda share: 0.25 * (1.96 / (share - 0.5)) ** 2,
    rounded_to_two=lambda share: math.ceil(0.25 * (2 / (share - 0.5)) ** 2),
)

# ---- 24


def _filled(x_of, mask_of):
    def padded(rows, length):
        return (
            np.array([x_of(list(row), length) for row in rows]),
            np.array([mask_of(list(row), length) for row in rows]),
        )

    return padded


def _end(row, length):
    return (row + [0] * length)[:length]


def _true(row, length):
    return [k < len(row) for k in range(length)]


of(
    "text.padded",
    mask_empty=_filled(_end, lambda row, length: [False] * length),
    mask_inverted=_filled(
        _end, lambda row, length: [k >= len(row) for k in range(length)]
    ),
    mask_of_full_length=_filled(_end, lambda row, length: [True] * length),
    mask_one_too_long=_filled(
        _end, lambda row, length: [k <= len(row) for k in range(length)]
    ),
    end_kept=_filled(lambda row, length: _end(row[-length:], length), _true),
    padded_with_ones=_filled(lambda row, length: (row + [1] * length)[:length], _true),
    nothing_filled_in=_filled(lambda row, length: [0] * length, _true),
)
of(
    "text.max_pool",
    padding_wins=lambda h, n: h.max(axis=1),
    zeros_win=lambda h, n: (h * (np.arange(h.shape[1]) < n[:, None])[..., None]).max(1),
    one_step_too_far=lambda h, n: np.array(
        [a[: k + 1].max(axis=0) for a, k in zip(h, n, strict=True)]
    ),
    one_number_for_a_sentence=lambda h, n: np.array(
        [a[:k].max() for a, k in zip(h, n, strict=True)]
    ),
    mean_for_maximum=lambda h, n: np.array(
        [a[:k].mean(axis=0) for a, k in zip(h, n, strict=True)]
    ),
    over_features=lambda h, n: np.where(
        (np.arange(h.shape[1]) < n[:, None])[..., None], h, -np.inf
    ).max(axis=2),
)


def _ends(first, second, join=None):
    def both_ends(h, n):
        H, b = h.shape[2] // 2, np.arange(len(h))
        pair = first(h, n, H, b), second(h, n, H, b)
        return join(pair) if join else np.concatenate(pair, axis=1)

    return both_ends


def _forward_end(h, n, H, b):
    return h[b, n - 1, :H]


def _backward_end(h, n, H, b):
    return h[:, 0, H:]


def _half_of_steps(h, n):
    H = h.shape[1] // 2
    return np.concatenate([h[np.arange(len(h)), n - 1, :H], h[:, 0, H:]], axis=1)


of(
    "text.both_ends",
    last_column=lambda h, n: h[:, -1],
    half_of_the_steps=_half_of_steps,
    both_at_the_end=lambda h, n: h[np.arange(len(h)), n - 1],
    forwards_at_last_column=_ends(lambda h, n, H, b: h[:, -1, :H], _backward_end),
    both_at_the_start=lambda h, n: h[:, 0],
    one_too_far=_ends(lambda h, n, H, b: h[b, n, :H], _backward_end),
    added=_ends(_forward_end, _backward_end, sum),
    below_each_other=_ends(_forward_end, _backward_end, np.concatenate),
    halves_exchanged=_ends(_backward_end, _forward_end),
)


def _parts(part):
    def occlusion_of(score, words):
        return [part(score, words, k) for k in range(len(words))]

    return occlusion_of


def _without(words, k):
    return words[:k] + words[k + 1 :]


def _removed(words, k):
    rest = list(words)
    rest.remove(words[k])
    return rest


of(
    "text.occlusion",
    word_alone=_parts(lambda s, w, k: s([w[k]])),
    sign=_parts(lambda s, w, k: s(_without(w, k)) - s(w)),
    score_without=_parts(lambda s, w, k: s(_without(w, k))),
    all_copies_removed=_parts(lambda s, w, k: s(w) - s([v for v in w if v != w[k]])),
    first_copy_removed=_parts(lambda s, w, k: s(w) - s(_removed(w, k))),
    added_in_turn=_parts(lambda s, w, k: s(w[: k + 1]) - s(w[:k])),
    size_only=_parts(lambda s, w, k: abs(s(w) - s(_without(w, k)))),
    not_put_back=_parts(lambda s, w, k: s(w) - s(w[k + 1 :])),
)


def _test(p):
    def mcnemar(a, b):
        return p(int((a & ~b).sum()), int((b & ~a).sum()))

    return mcnemar


def _tail(few, n):
    return sum(math.comb(n, k) for k in range(few + 1)) / 2**n


def _chi_square(a, b, less=0):
    from scipy.stats import chi2

    return chi2.sf(max(abs(a - b) - less, 0) ** 2 / max(a + b, 1), 1)


of(
    "text.mcnemar",
    point_probability=_test(
        lambda a, b: min(1, 2 * math.comb(a + b, a) / 2 ** (a + b))
    ),
    one_sided=_test(lambda a, b: _tail(min(a, b), a + b)),
    not_capped=_test(lambda a, b: 2 * _tail(min(a, b), a + b)),
    chi_square=_test(_chi_square),
    chi_square_corrected=_test(lambda a, b: _chi_square(a, b, 1)),
    direction_counted=_test(lambda a, b: min(1, 2 * _tail(a, a + b))),
    observed_split_left_out=_test(lambda a, b: min(1, 2 * _tail(min(a, b) - 1, a + b))),
    this_split_once=_test(lambda a, b: math.comb(a + b, a) / 2 ** (a + b)),
)


def _paired(p, all_right=False):
    def paired(a, b):
        x, y = int((a & ~b).sum()), int((b & ~a).sum())
        x, y = (int(a.sum()), int(b.sum())) if all_right else (x, y)
        return x, y, p(x, y)

    return paired


of(
    "images.paired",
    one_sided=_paired(lambda x, y: _tail(min(x, y), x + y)),
    normal_approximation=_paired(_chi_square),
    corrected_approximation=_paired(lambda x, y: _chi_square(x, y, 1)),
    this_split_only=_paired(
        lambda x, y: min(1, 2 * math.comb(x + y, x) / 2 ** (x + y))
    ),
    tail_of_the_first=_paired(lambda x, y: min(1.0, 2 * _tail(x, x + y))),
    tail_of_the_second=_paired(lambda x, y: min(1.0, 2 * _tail(y, x + y))),
    all_right_answers=_paired(
        lambda x, y: min(1.0, 2 * _tail(min(x, y), x + y)), all_right=True
    ),
)

of(
    "text.last_valid",
    counted_from_the_end=lambda h, n: h[np.arange(len(h)), -n],
    longest_for_all=lambda h, n: h[:, max(n) - 1],
    shortest_for_all=lambda h, n: h[:, min(n) - 1],
    mean_over_all_ends=lambda h, n: h[:, n - 1].mean(axis=1),
)
of(
    "text.max_pool",
    nan_in_the_padding=lambda h, n: np.where(
        (np.arange(h.shape[1]) < n[:, None])[..., None], h, np.nan
    ).max(axis=1),
)
of(
    "text.both_ends",
    mean_of_both=_ends(_forward_end, _backward_end, lambda pair: sum(pair) / 2),
    backwards_counted_from_the_end=_ends(_forward_end, lambda h, n, H, b: h[b, -n, H:]),
)
of(
    "text.occlusion",
    nothing_left_out=_parts(
        lambda score, words, k: score(words) - score(words[:k] + words[k:])
    ),
    joined_to_a_text=_parts(
        lambda score, words, k: score(words) - score(" ".join(_without(words, k)))
    ),
    fall_since_the_word_before=_parts(
        lambda score, words, k: (
            score(_without(words, k - 1) if k else words) - score(_without(words, k))
        )
    ),
)
of(
    "text.mcnemar",
    tail_of_the_larger=_test(lambda a, b: min(1.0, 2 * _tail(max(a, b), a + b))),
    agreements_tested=lambda a, b: _binomial(int((a & b).sum()), int((a == b).sum())),
)


of(
    "text.prequential",
    score_learned=lambda score, update, pieces: [
        (s := score(piece), update(s))[0] for piece in pieces
    ],
)
of(
    "text.rate",
    zero_one_early=_rate(_up, lambda n, u, w: (u - 1 - n) / (u - 1 - w)),
)
of(
    "images.decided",
    right_at_the_beginning=lambda z, labels: (
        _probabilities(z)[range(len(z)), :, labels].mean(axis=0),
        z.shape[1] + 1 - np.cumprod(z.argmax(2) == labels[:, None], axis=1).sum(1),
    ),
)


def _by_statsmodels(a, b):
    from statsmodels.stats.contingency_tables import mcnemar

    x, y = (a & ~b).sum(), (b & ~a).sum()
    return mcnemar([[0, x], [y, 0]], exact=False).pvalue if x + y else 1.0


of("images.paired", corrected_approximation_of_equal_wins=_wins(_by_statsmodels))
of(
    "text.mcnemar",
    chi_square_of_statsmodels=_by_statsmodels,
    tail_of_the_second=_test(
        lambda a, b: min(
            1, 2 * sum(math.comb(a + b, k) for k in range(a, a + b + 1)) / 2 ** (a + b)
        )
    ),
)


def _columns_scaled(price, day):
    x, y = windows(price[:day], 20)
    return (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0)), y


of("data.clean", columns_scaled=_columns_scaled)


def _one_error(returns):
    p = (returns > 0).mean()
    half = (p * (1 - p) / len(returns)) ** 0.5
    return p, p - half, p + half


of("metrics.always_up", one_standard_error=_one_error)
of(
    "metrics.days_needed",
    hits_rounded_up=lambda share: next(
        n for n in range(1, 9999) if _low(math.ceil(share * n) / n, n) > 0.5
    ),
)


def _quarter(ih, hh, H):
    ih[H // 4 : H // 4 * 2], hh[H // 4 : H // 4 * 2] = 1, 0


of("torch.open_lstm", a_quarter_of_the_units=_opened(_quarter))
of(
    "data.rolling_blocks",
    blocks_one_day_late=lambda n, start, memory, every: [
        (k - memory, k, k + 1, min(k + every + 1, n)) for k in range(start, n, every)
    ],
)
of(
    "torch.pinball",
    negative_below=_pinball(
        lambda tau, e: (tau * e.clamp(min=0) + (1 - tau) * e.clamp(max=0)).mean()
    ),
)
of(
    "text.padded",
    padded_with_minus_one=lambda rows, n: (
        (x := np.array([(row + [-1] * n)[:n] for row in rows])),
        x >= 0,
    ),
)


def _stacked_ends(h, n):
    H = h.shape[2] // 2
    return np.stack([h[np.arange(len(h)), n - 1, :H], h[:, 0, H:]], axis=1)


of("text.last_valid", length_of_the_first=lambda h, n: h[:, : n[0]][:, -1])
of(
    "text.max_pool",
    one_step_too_far=lambda h, n: np.array(
        [a[: k + 1].max(axis=0) for a, k in zip(h, n, strict=True)]
    ),
)
of("text.both_ends", stacked=_stacked_ends)
for _fill in (-1, 0, -1e9, np.nan):
    of(
        "text.max_pool",
        over_features=lambda h, n, fill=_fill: np.where(
            (np.arange(h.shape[1]) < n[:, None])[..., None], h, fill
        ).max(axis=2),
    )
of("text.max_pool", over_features=lambda h, n: h.max(axis=2))

# ---- 96


def _mixed_windows(series, length, rng):
    rows = np.lib.stride_tricks.sliding_window_view(series, length)
    rows = np.random.RandomState(0).permutation(rows)
    return rows[: int(0.8 * len(rows))], rows[int(0.8 * len(rows)) :]


def _cut_by_days(series, length, rng):
    rows, cut = np.lib.stride_tricks.sliding_window_view(series, length), len(series)
    return rows[: int(0.8 * cut)], rows[int(0.8 * cut) :]


def _values_cut(series, length, rng):
    parts = np.split(series, [int(0.8 * len(series))])
    return tuple(np.lib.stride_tricks.sliding_window_view(p, length) for p in parts)


def _on_scale(change):
    def scaled(price, days):
        known = price[:days]
        price = (price - known.min()) / np.ptp(known)
        return price[:days], change(price[days:], price, known, days)

    return scaled


of(
    "bugs.windows",
    test_among_training=_mixed_windows,
    cut_by_days=_cut_by_days,
    values_cut_first=_values_cut,
)
of(
    "bugs.scaled",
    test_not_scaled=lambda price, days: (
        (price[:days] - min(price[:days])) / np.ptp(price[:days]),
        price[days:],
    ),
    clipped=_on_scale(lambda test, *_: np.clip(test, 0, 1)),
)
of(
    "bugs.last_row",
    rows_lost=lambda lstm, images: lstm(images[:, 0])[0][:, -1],
    last_image=lambda lstm, images: lstm(images.squeeze(1))[0][-1],
)
of("bugs.first_state", last_example=lambda gru, x: gru(x)[0][-1])


def _trained(lead=None, keep=False, detach=False):
    def train(gru, head, stream):
        import torch

        sgd = torch.optim.SGD([*gru.parameters(), *head.parameters()], lr=0.3)
        h, losses = None, []
        for x, y in stream:
            out, h = gru(x, h)
            h = lead(h) if lead else h
            loss = ((head(out.detach() if detach else out) - y) ** 2).mean()
            sgd.zero_grad()
            loss.backward(retain_graph=keep)
            sgd.step()
            losses.append(loss.item())
        return losses

    return train


of(
    "bugs.train",
    endless_graph=_trained(),
    graph_kept=_trained(keep=True),
    state_forgotten=_trained(lambda h: 0 * h.detach()),
    output_detached=_trained(lambda h: h.detach(), detach=True),
)
of(
    "bugs.class_loss",
    softmax_over_batch=lambda z, y: -z.log_softmax(0)[range(len(y)), y].mean().item(),
)


def _mean_cost(p, y):
    return -np.log(p[np.arange(len(y)), y]).mean()


of(
    "bugs.keras_loss",
    softmax_twice=lambda z, y: _mean_cost(softmax(softmax(z)), y),
    each_class_squeezed=lambda z, y: _mean_cost(
        (s := sigmoid(z)) / s.sum(axis=1, keepdims=True), y
    ),
)
of(
    "bugs.read",
    across_the_batch_with_the_right_shape=lambda rnn, x: rnn(x)[0][:, -1],
    last_example=lambda rnn, x: rnn(x.permute(1, 0, 2))[0][:, -1],
    first_step=lambda rnn, x: rnn(x.permute(1, 0, 2))[0][0],
    mean_over_steps=lambda rnn, x: rnn(x.permute(1, 0, 2))[0].mean(0),
)
of(
    "bugs.features",
    across_the_batch=lambda lstm, x: lstm(x)[0][-1],
    across_the_batch_with_the_right_shape=lambda lstm, x: lstm(x)[0][:, -1],
    sequences_mixed=lambda lstm, x: lstm(x.reshape(x.shape[1], x.shape[0], -1))[0][-1],
    cell_state=lambda lstm, x: lstm(x.transpose(0, 1))[1][1][0],
)
of(
    "bugs.squared_error",
    first_prediction_alone=lambda p, y: ((p[0] - y) ** 2).mean(),
    summed=lambda p, y: sum((p[:, 0] - y) ** 2),
    squared_mean=lambda p, y: np.mean(p[:, 0] - y) ** 2,
)


def _padded_in_front(gru, reviews):
    import torch

    longest = max(map(len, reviews))
    x = torch.stack([torch.cat([torch.zeros(longest - len(r), 2), r]) for r in reviews])
    return gru(x)[0][:, -1]


of("bugs.represent", padding_first=_padded_in_front)


def _seeded(model, x):
    import torch

    torch.manual_seed(42)
    return model(x).detach()


def _eval_too_late(model, x):
    answer = model(x).detach()
    model.eval()
    return answer


of(
    "bugs.predict",
    half_the_units_missing=lambda model, x: model(x).detach(),
    same_units_missing=_seeded,
    right_from_the_second_call_on=_eval_too_late,
)
of(
    "bugs.next_character",
    scores_returned=lambda h, W, b: h @ W + b,
    state_squeezed=lambda h, W, b: (h.tanh() @ W + b).softmax(-1),
    each_character_by_itself=lambda h, W, b: (h @ W + b).sigmoid(),
)


def _files(which, named):
    def keep(folder, weights):
        for epoch, w in which(list(enumerate(weights))):
            np.save(folder / f"epoch-{epoch}.npy", w)
        return {epoch: f"epoch-{epoch}.npy" for epoch in named(range(len(weights)))}

    return keep


of(
    "bugs.keep",
    one_epoch_saved=_files(lambda all_of_them: all_of_them[-1:], list),
    one_name_returned=_files(list, lambda epochs: epochs[-1:]),
)


def test_what_is_returned_is_called_by_its_own_name():
    """A check may measure something on it; that is not what the reader returns."""
    said = [str(check("torch.open_lstm", lambda *args, **kwargs: None))]
    said += [str(check("bugs.keep", lambda folder, weights: None))]
    said += [str(check("data.streams", lambda ids, batch_size, length: None))]
    ends = [one.split("return ")[1].split(";")[0] for one in said]
    assert ends == ["layer", "names", "batches"]
    half = check("data.streams", _streams(_all_of, lambda P, L: P, _short_target))
    assert "y of different shapes" in str(half)
    without = check("bugs.keep", _without_suffix)
    assert "no file 'epoch-0'; in the folder is epoch-0.npy" in str(without)
    a_list = check("bugs.keep", lambda folder, weights: ["epoch-0.npy"])
    assert "expected a dict, got a list" in str(a_list)


def _short_target(ids, x, B, P):
    return x[:, 1:]


def _without_suffix(folder, weights):
    for epoch, w in enumerate(weights):
        np.save(folder / f"epoch-{epoch}", w)
    return {epoch: f"epoch-{epoch}" for epoch in range(len(weights))}


def _one_batch_turned_round(ids, B, L):
    x = ids[: B * L].reshape(B, L)
    yield x, x[:, ::-1]


def _at_half(model, x):
    model.eval()
    return 0.5 * model(x).detach()


# ---- the assignment gaps, and the bugs of series with gaps


def _frame(x):
    import pandas as pd

    return pd.DataFrame(x)


def _labelled(last, moved=0):
    """Windows by a loop over the index of each label."""

    def cut(z, length, horizon):
        ends = range(length, len(z) - last(horizon))
        x = [z[e - length + moved : e + moved] for e in ends]
        return np.array(x), np.array([z[e + last(horizon)] for e in ends])

    return cut


of(
    "gaps.windows",
    one_step_too_far=_labelled(lambda h: h),
    one_step_too_near=lambda z, n, h: (
        np.array([z[k : k + n] for k in range(len(z) - n - h + 2)]),
        z[n + h - 2 :],
    ),
    horizon_ignored=_labelled(lambda h: 0),
)
of(
    "gaps.filled",
    next_reading=lambda x, s: _frame(x).bfill().to_numpy(),
    first_ones_from_the_future=lambda x, s: _frame(x).ffill().bfill().to_numpy(),
    interpolated=lambda x, s: _frame(x).interpolate().bfill().to_numpy(),
    line_between=lambda x, s: (
        _frame(x).interpolate().fillna(dict(enumerate(s))).to_numpy()
    ),
    start_ignored=lambda x, s: _frame(x).ffill().to_numpy(),
    start_everywhere=lambda x, s: np.where(np.isnan(x), s, x),
    zeros=lambda x, s: _frame(x).fillna(0).to_numpy(),
    zero_at_the_beginning=lambda x, s: _frame(x).ffill().fillna(0.0).to_numpy(),
    mean_of_the_column=lambda x, s: _frame(x).fillna(_frame(x).mean()).to_numpy(),
    rows_dropped=lambda x, s: _frame(x).dropna().to_numpy(),
)


def _counted(at_a_reading, first):
    def times(x):
        mask, rows = ~np.isnan(x), []
        for row in mask:
            before = rows[-1] if rows else np.full(x.shape[1], first)
            rows.append(np.where(row, at_a_reading, before + 1))
        return mask.astype(float), np.array(rows)

    return times


of(
    "gaps.mask_and_time",
    mask_inverted=lambda x: (np.isnan(x) * 1.0, _counted(0.0, 0.0)(x)[1]),
    set_back_to_one=_counted(1.0, 0.0),
    first_gap_too_young=_counted(0.0, -1.0),
    counted_on=lambda x: (~np.isnan(x), np.isnan(x).cumsum(axis=0)),
    gap_marked_only=lambda x: (~np.isnan(x), np.isnan(x)),
)
of(
    "gaps.climatology",
    saw_the_test=lambda y, k, n: _frame(y)[0].groupby(k).transform("mean").to_numpy(),
    rest_is_no_number=lambda y, k, n: (
        _frame(y[:n])[0].groupby(k[:n]).mean().reindex(range(k.max() + 1)).to_numpy()[k]
    ),
    one_mean_for_all=lambda y, k, n: np.full(len(y), np.nanmean(y[:n])),
    readings_kept=lambda y, k, n: np.where(
        np.isnan(y), CHECKS["gaps.climatology"].reference(y, k, n), y
    ),
)


def _decayed(input_, state=lambda g, h: g * h, last_next=None):
    def step(x, last, since, h, p):
        m = ~np.isnan(x)
        g = np.exp(-np.maximum(since * p["w_x"], 0))
        g_h = np.exp(-np.maximum(since @ p["W_d"], 0))
        x_hat = input_(m, x, last, g, p["mean"])
        newest = np.where(m, x, last) if last_next is None else last_next(m, x, last)
        return x_hat, state(g_h, h), newest

    return step


def _blend(m, x, last, g, mean):
    return np.where(m, x, g * last + (1 - g) * mean)


of(
    "gaps.decayed",
    current_value_decayed=_decayed(
        lambda m, x, last, g, mean: np.where(
            m, x, g * np.where(m, x, 0) + (1 - g) * mean
        )
    ),
    no_way_to_the_mean=_decayed(lambda m, x, last, g, mean: np.where(m, x, g * last)),
    gap_survives=_decayed(
        lambda m, x, last, g, mean: m * x + (1 - m) * (g * last + (1 - g) * mean)
    ),
    input_not_decayed=_decayed(lambda m, x, last, g, mean: np.where(m, x, last)),
    mean_at_once=_decayed(lambda m, x, last, g, mean: np.where(m, x, mean)),
    state_not_decayed=_decayed(_blend, lambda g, h: h),
    gap_remembered=_decayed(_blend, last_next=lambda m, x, last: x),
    last_reading_kept=_decayed(_blend, last_next=lambda m, x, last: last),
)


def _skill(score, ends=lambda a: np.percentile(a, [2.5, 97.5])):
    def whole(a, b, size, draws):
        both = ~np.isnan(a) & ~np.isnan(b)
        a, b = np.where(both, a, 0), np.where(both, b, 0)
        cut = [np.arange(k, min(k + size, len(a))) for k in range(0, len(a), size)]
        rows = [np.concatenate([cut[k] for k in row]) for row in draws]
        again = np.array([score(a[row], b[row]) for row in rows])
        return score(a, b), *ends(again)

    return whole


def _squares(a, b):
    return 1 - (a**2).sum() / (b**2).sum()


of(
    "gaps.skill",
    roots=_skill(lambda a, b: 1 - np.sqrt((a**2).sum()) / np.sqrt((b**2).sum())),
    absolute_errors=_skill(lambda a, b: 1 - np.abs(a).sum() / np.abs(b).sum()),
    ratio_alone=_skill(lambda a, b: (a**2).sum() / (b**2).sum()),
    upside_down=_skill(lambda a, b: 1 - (b**2).sum() / (a**2).sum()),
    ninety_per_cent=_skill(_squares, lambda a: np.percentile(a, [5, 95])),
    from_end_to_end=_skill(_squares, lambda a: (min(a), max(a))),
    ends_exchanged=_skill(_squares, lambda a: np.percentile(a, [97.5, 2.5])),
)
of(
    "gaps.rate_gradient",
    not_summed=lambda d, a, s, p: (
        -d * (a - p["mean"]) * s * np.exp(-np.maximum(0, s * p["w_x"])) * (p["w_x"] > 0)
    ),
    slope_of_the_floor=lambda d, a, s, p: (
        -(d * (a - p["mean"]) * s * np.exp(-np.maximum(0, s * p["w_x"]))).sum(0)
    ),
)
# ---- the assignment training


def _kept_run(copied, better=lambda now, best, last: now < best):
    """Training until patience ends, as one would write it, with this copy."""

    def best_of_run(params, step, loss, patience, most):
        params = {name: p.copy() for name, p in params.items()}
        best = last = math.inf
        bad = made = 0
        for k in range(most):
            step(params, k)
            now, made = loss(params), made + 1
            if better(now, best, last):
                best, kept, bad = now, copied(params), 0
            else:
                bad += 1
            last = now
            if bad == patience:
                break
        return kept, best, made

    return best_of_run


def _decayed_adam(p, g, m, v, t, lr, decay):
    g = g + decay * p
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    root = np.sqrt(v / (1 - 0.999**t)) + 1e-8
    return p - lr * (m / (1 - 0.9**t)) / root, m, v


def _size_of(g):
    return np.sqrt((g**2).sum())


def _two_recipes(of_rate, half):
    def compared(valid_a, test_a, valid_b, test_b, t):
        a, b = of_rate(valid_a, test_a), of_rate(valid_b, test_b)
        apart = test_a[a] - test_b[b]
        return a, b, apart.mean(), half(test_a[a], test_b[b], t)

    return compared


def _over_seeds(a, b, t):
    return t * np.std(a - b, ddof=1) / math.sqrt(len(a))


def _by_validation(valid, test):
    return np.argmin(np.mean(valid, axis=1))


of(
    "mending.best_of_run",
    kept_without_a_copy=_kept_run(dict),
    better_than_before_kept=_kept_run(
        lambda params: {n: p.copy() for n, p in params.items()},
        lambda now, best, last: now < last,
    ),
)
of("mending.adamw", decay_in_the_gradient=_decayed_adam)
of(
    "mending.clipped",
    each_array_alone=lambda grads, most: (
        {
            n: g if _size_of(g) <= most else g * most / _size_of(g)
            for n, g in grads.items()
        },
        math.sqrt(sum(_size_of(g) ** 2 for g in grads.values())),
    ),
    always_scaled=lambda grads, most: (
        {
            n: g * most / math.sqrt(sum(_size_of(a) ** 2 for a in grads.values()))
            for n, g in grads.items()
        },
        math.sqrt(sum(_size_of(g) ** 2 for g in grads.values())),
    ),
)
of(
    "mending.real_loss",
    padding_counted=lambda out, y, n: (
        np.mean(np.square(out - y)),
        2 * (out - y) / out.size,
    ),
    gradient_in_the_padding=lambda out, y, n: (
        np.mean([e for row, k in zip(out - y, n, strict=True) for e in row[:k] ** 2]),
        2 * (out - y) / n.sum(),
    ),
)
of(
    "mending.luck",
    chosen_by_the_test=lambda valid, test, picks: (
        np.mean([min(valid[row]) for row in picks]),
        np.mean([min(test[row]) for row in picks]),
    ),
    place_for_a_run=lambda valid, test, picks: (
        valid[valid[picks].argmin(1)].mean(),
        test[valid[picks].argmin(1)].mean(),
    ),
)
of(
    "mending.compared",
    rates_chosen_on_the_test=_two_recipes(
        lambda valid, test: np.argmin(np.mean(test, axis=1)), _over_seeds
    ),
    luckiest_run=_two_recipes(
        lambda valid, test: np.unravel_index(valid.argmin(), valid.shape)[0],
        _over_seeds,
    ),
    not_paired=_two_recipes(
        _by_validation,
        lambda a, b, t: (
            t * math.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1)) / math.sqrt(len(a))
        ),
    ),
    spread_of_seeds=_two_recipes(
        _by_validation, lambda a, b, t: t * np.std(a - b, ddof=1)
    ),
)
of(
    "mending.buckets",
    padded_to_the_longest_of_all=lambda n, size, order: (
        np.concatenate(
            [np.argsort(n, kind="stable")[k * size : (k + 1) * size] for k in order]
        ),
        1 - n.sum() / (len(n) * n.max()),
    ),
)
of(
    "bugs.without_gaps",
    filled_from_both_sides=lambda x, s: _frame(x).interpolate().bfill().to_numpy(),
    line_between=lambda x, s: _frame(x).interpolate().fillna(s).to_numpy(),
    start_from_the_future=lambda x, s: _frame(x).ffill().bfill().to_numpy(),
)
of(
    "bugs.samples",
    one_step_further=lambda z, at, n, h: (
        np.array([z[k : k + n] for k in at]),
        np.array([z[k + n : k + n + h + 1][-1] for k in at]),
    ),
)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("bugs.predict", _at_half),  # the same twice, and no unit is missing
        ("data.clean", _drawn(lambda n: np.arange(n)[::-1])),  # nothing is random
        ("data.streams", _one_batch_turned_round),  # there is no next batch
        ("images.shuffled_rows", lambda a, b, seed: (a[:, [0, 0, 1]], b)),
    ],
)
def test_what_only_looks_like_a_known_mistake_is_not_called_so(name, answer):
    assert check(name, answer).mistake is None


def test_a_loss_may_be_a_plain_number():
    of_torch = _pinball(lambda tau, e: (tau * e).maximum((tau - 1) * e).mean().item())
    assert check("torch.pinball", of_torch).passed


of(
    "text.occlusion",
    placeholder_put_in=_parts(
        lambda score, words, k: (
            score(words) - score([*words[:k], "<unk>", *words[k + 1 :]])
        )
    ),
    empty_word_put_in=_parts(
        lambda score, words, k: score(words) - score([*words[:k], "", *words[k + 1 :]])
    ),
)


IDS = [f"{name}-{known}" for name, known, _ in FOUND]


@pytest.mark.parametrize(("name", "known", "function"), FOUND, ids=IDS)
def test_what_students_write_is_named(name, known, function):
    result = check(name, function)
    assert not result.passed
    assert result.mistake == known


def test_an_even_or_odd_answer_is_no_luck():
    assert not check("metrics.days_needed", _odd).passed
    assert not check("metrics.days_needed", _even).passed


def _wilson(returns, z=1.96):
    n, p = len(returns), (returns > 0).mean()
    middle, width = (p + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n)
    half = width * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return p, middle - half, middle + half


def _below_all(lowest):
    def max_pool(h, n):
        word = np.arange(h.shape[1]) < n[:, None]
        return np.where(word[..., None], h, lowest).max(axis=1)

    return max_pool


def _by_log_softmax(z, t):
    z = z - z.max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(t)), t].mean(), _slope(np.exp(logs), t)


def _by_extremes(path):
    moves = np.diff(path, axis=0)  # of a single state it has none
    return ((moves.max(axis=0) > 0) & (moves.min(axis=0) < 0)).sum()


RIGHT = [
    ("metrics.always_up", lambda returns: _wilson(returns)),
    ("metrics.days_needed", lambda p: math.ceil((1.96 * 0.5 / (p - 0.5)) ** 2)),
    ("text.max_pool", _below_all(-1)),
    ("text.max_pool", _below_all(-1e9)),
    ("losses.cross_entropy", _by_log_softmax),
    ("losses.cross_entropy", lambda z, t: _both(softmax(z), t)),
    (
        "data.peeks",
        lambda f, s, t: not np.allclose(*(a[: t + 1] for a in _future(f, s, t))),
    ),
    ("images.paired", _paired(lambda x, y: min(1.0, 2 * _tail(min(x, y), x + y)))),
    ("gru.turns_back", _by_extremes),
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_what_is_right_in_another_way_passes(name, function):
    for seed in range(3):
        assert check(name, function, seed=seed).passed


def test_what_is_measured_is_not_said_to_be_returned():
    """There the student returns weights, and the check looks at what they do."""
    nothing = check("rnn.bit_line", lambda units, gain: None)
    assert "your function returns nothing. It should end with return params" in str(
        nothing
    )
    curve = check("training.length_at", lambda call, steps, longest: 2)
    assert "return first_length" not in str(curve)
    both = check("vanishing.orthogonal", np.linalg.qr)
    assert "expected is one matrix" in str(both)


def test_a_mistake_made_in_part_is_described_by_its_sentence():
    """Not by the name that it has in the catalogue."""

    def only_last(d, T):
        last = np.arange(T)[:, None] == T - 1
        return d[:, None] * (last | (T == 6))

    result = check("bptt.only_last", only_last)
    assert result.mistake is None and "every_output" not in str(result)
    assert "Where it is wrong, it gives what a known mistake gives" in str(result)
    assert "Every output gets the gradient" in str(result)


def test_no_two_mistakes_are_named_for_a_single_whole_number():
    """There two that have little to do with the answer hit it by chance."""
    result = check("bptt.taught", lambda window, lag: abs(window - lag) + 2)
    assert result.mistake is None
    for name in ("vanishing.steps_until", "data.peeks", "rnn.parameters"):
        first, *rest = CHECKS[name].mistakes
        for other in rest:
            both = variant(CHECKS[name].reference, first, other)
            assert not both or "+" not in (check(name, both).mistake or "")


def test_a_radius_that_is_complex_says_what_was_forgotten():
    said = str(check("vanishing.with_radius", _largest_as_it_is))
    assert "their modulus" in said and "expected real numbers" not in said


def _largest_as_it_is(W, rho):
    return W * rho / np.linalg.eigvals(W).max()


def test_what_is_said_to_be_right_is_so():
    """Units that feed themselves, and send nothing on, have no right weights."""
    own = check("rnn.bit_line", lambda n, g: _delay(n, g) | {"W_hh": g * np.eye(n)})
    right = str(own).split("Right: ")[1].split(". ")[0]
    assert "self_weights" not in right and "sent_to_the_next" not in right


def test_a_symptom_is_not_all_that_is_said():
    weak = str(check("rnn.latch", _latch([[1.0], [-1.0]], 3.0)))
    assert "more weakly than the unit holds itself down" in weak
    soft = str(check("rnn.mod3", _counter(READ, ROWS, gain=1.0)))
    assert "weights are too small" in soft
    less = [0.5, 0.5, -0.5]
    rest = str(check("rnn.mod3", _counter(less, np.outer(less, np.ones(3)))))
    assert "not 0 when all three say no" in rest
    zero = _adaptive(lambda n, c, k: -np.log2(n[c] / n.sum()), np.zeros)
    assert "zero is divided by zero" in str(check("text.adaptive_bits", zero))


def test_complex_eigenvectors_are_not_judged_by_their_real_part():
    said = str(check("vanishing.orthogonal", lambda W: np.linalg.eig(W)[1]))
    assert (
        "complex numbers, as eigenvectors may be" in said and "length one" not in said
    )


def test_a_sentence_fits_other_ways_to_make_the_same_mistake():
    """There is no mask where rows are cut; and a weight may be the larger one."""

    def cut(h, n):
        return np.array([a[: k + 1].max(axis=0) for a, k in zip(h, n, strict=True)])

    both_positive = _pinball(lambda tau, e: (tau * e).maximum((1 - tau) * e).mean())
    assert "mask" not in str(check("text.max_pool", cut))
    assert "above" not in str(check("torch.pinball", both_positive))


def test_what_the_check_itself_returns_is_not_said_to_be_the_readers():
    def appended(score, update, pieces):
        return [update(piece) for piece in pieces]

    said = str(check("text.prequential", appended))
    assert "a number for each piece, got None" in said and "tuple" not in said


def test_batches_of_different_shapes_are_told_apart():
    short = _streams(_all_of, lambda P, L: P, _short_target)
    said = str(check("data.streams", short))
    assert "(2, 3) in the first batch, (2, 2) in number 4 of 4" in said
