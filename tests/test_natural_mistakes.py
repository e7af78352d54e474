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
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_what_is_right_in_another_way_passes(name, function):
    for seed in range(3):
        assert check(name, function, seed=seed).passed
