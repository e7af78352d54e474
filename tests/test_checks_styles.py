"""Right solutions pass, whatever their style."""

import copy
import functools
import inspect
import itertools
import math
import statistics

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from rnnbook import bptt, cells, data
from rnnbook.checks import CHECKS, check
from rnnbook.checks.judge import prepared
from rnnbook.checks.pages import a_training
from rnnbook.checks.reading import leaves
from rnnbook.gradcheck import numerical_gradient

STYLES = []


def style(name):
    """Enter a right solution of a check."""

    def enter(function):
        STYLES.append((name, function))
        return function

    return enter


def logistic(a):
    return 1 / (1 + np.exp(-a))


# ---- steps


@style("rnn.step")
def rnn_loops(x, h, params):
    new = np.zeros(h.shape)
    for b in range(len(x)):
        for j in range(h.shape[1]):
            total = params["b_h"][j]
            for d in range(x.shape[1]):
                total += x[b, d] * params["W_xh"][d, j]
            for k in range(h.shape[1]):
                total += h[b, k] * params["W_hh"][k, j]
            new[b, j] = math.tanh(total)
    return new


@style("rnn.step")
def rnn_einsum(x, h, params):
    a = np.einsum("bd,dk->bk", x, params["W_xh"])
    a += np.einsum("bh,hk->bk", h, params["W_hh"])
    return np.tanh(a + params["b_h"]), {"anything": "may be a cache"}


@style("rnn.step")
def rnn_concatenated(x, h, params):
    W = np.vstack([params["W_xh"], params["W_hh"]])
    h = np.tanh(np.hstack([x, h]).dot(W) + params["b_h"])
    return h, None


@style("rnn.step")
def rnn_columns(x, h, params):
    a = params["W_xh"].T @ x.T + params["W_hh"].T @ h.T + params["b_h"][:, None]
    return [np.tanh(a).T, (x, h)]


@style("rnn.step")
def rnn_by_exponentials(x, h, params):
    a = np.dot(x, params["W_xh"]) + np.dot(h, params["W_hh"]) + params["b_h"]
    return ((np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))).tolist()


def lstm_gate(k, x, h, params):
    H = h.shape[1]
    part = slice(k * H, (k + 1) * H)
    W, U, b = (params[name][..., part] for name in ("W_xh", "W_hh", "b_h"))
    return x @ W + h @ U + b


@style("lstm.step")
def lstm_separate(x, state, params):
    h, c = state
    i, f, o = (logistic(lstm_gate(k, x, h, params)) for k in (0, 1, 3))
    g = np.tanh(lstm_gate(2, x, h, params))
    c = f * c + i * g
    return o * np.tanh(c), c


@style("lstm.step")
def lstm_with_flat_cache(x, state, params):
    h, c = lstm_separate(x, state, params)
    return h, c, (x, state)


@style("lstm.step")
def lstm_stacked(x, state, params):
    return np.stack(lstm_separate(x, state, params))


@style("lstm.step")
def lstm_list(x, state, params):
    return [list(lstm_separate(x, state, params)), None]


@style("lstm.step")
def lstm_examples(x, state, params):
    hs, cs = [], []
    for row, h, c in zip(x, *state, strict=True):
        h, c = lstm_separate(row[None], (h[None], c[None]), params)
        hs.append(h[0])
        cs.append(c[0])
    return (hs, cs), ()


@style("lstm.step")
def lstm_einsum(x, state, params):
    h, c = state
    W = np.concatenate([params["W_xh"], params["W_hh"]])
    a = np.einsum("bi,ik->bk", np.concatenate([x, h], axis=1), W) + params["b_h"]
    a = a.reshape(len(x), 4, -1)
    i, f, g, o = logistic(a[:, 0]), logistic(a[:, 1]), np.tanh(a[:, 2]), a[:, 3]
    c = i * g + c * f
    return (np.tanh(c) * logistic(o), c), a


@style("gru.step")
def gru_separate(x, h, params):
    H = h.shape[1]
    W, U, b = (np.split(params[k], 3, axis=-1) for k in ("W_xh", "W_hh", "b_h"))
    r, z = (logistic(x @ W[k] + h @ U[k] + b[k]) for k in (0, 1))
    n = np.tanh(x @ W[2] + (r * h) @ U[2] + b[2])
    assert n.shape[1] == H
    return n + z * (h - n)


@style("gru.step")
def gru_examples(x, h, params):
    rows = [
        gru_separate(a[None], s[None], params)[0] for a, s in zip(x, h, strict=True)
    ]
    return np.array(rows), "cache"


@style("gru_reset_after.step")
def gru_after(x, h, params):
    W, U, b, d = (np.split(p, 3, axis=-1) for p in params.values())
    r, z = (logistic(x @ W[k] + b[k] + h @ U[k] + d[k]) for k in (0, 1))
    n = np.tanh(x @ W[2] + b[2] + r * (np.einsum("bh,hk->bk", h, U[2]) + d[2]))
    return (1 - z) * n + z * h


# ---- their gradients, by central differences: right in quite another way


def by_differences(kind):
    step = getattr(cells, f"{kind}_step")

    def backward(dstate, cache, params):
        x, params = cache[0].copy(), copy.deepcopy(params)
        lstm = isinstance(dstate, tuple)
        start = [a.copy() for a in (cache[1:3] if lstm else cache[1:2])]
        weights = dstate if lstm else (dstate,)

        def loss():
            state, _ = step(x, tuple(start) if lstm else start[0], params)
            state = state if lstm else (state,)
            return sum((w * s).sum() for w, s in zip(weights, state, strict=True))

        dx, *dstart = (numerical_gradient(loss, a) for a in (x, *start))
        grads = {name: numerical_gradient(loss, p) for name, p in params.items()}
        return dx, tuple(dstart) if lstm else dstart[0], grads

    return backward


for kind in ("rnn", "lstm", "gru", "gru_reset_after"):
    STYLES.append((f"{kind}.step_backward", by_differences(kind)))


@style("rnn.step_backward")
def rnn_backward_flat(dh_next, cache, params):
    x, h, h_next = cache
    da = dh_next - dh_next * h_next * h_next
    dW = np.einsum("bd,bk->dk", np.hstack([x, h]), da)
    dW_xh, dW_hh = dW[: x.shape[1]], dW[x.shape[1] :]
    dx = np.einsum("bk,dk->bd", da, params["W_xh"])
    return dx, da.dot(params["W_hh"].T), dW_xh, dW_hh, np.sum(da, 0)


@style("rnn.step_backward")
def rnn_backward_examples(dh_next, cache, params):
    grads = {"d" + name: np.zeros(p.shape) for name, p in params.items()}
    dx, dh = [], []
    for d, x, h, new in zip(dh_next, *cache, strict=True):
        da = d * (1 - new) * (1 + new)
        grads["dW_xh"] += np.outer(x, da)
        grads["dW_hh"] += np.outer(h, da)
        grads["db_h"] += da
        dx.append(params["W_xh"] @ da)
        dh.append(params["W_hh"] @ da)
    return dx, np.array(dh), grads


@style("lstm.step_backward")
def lstm_backward_separate(dstate, cache, params):
    (dh, dc), (x, h, c, i, f, g, o, c_next) = dstate, cache
    t = np.tanh(c_next)
    dc = dc + dh * o * (1 - t * t)
    da = np.hstack(
        [
            dc * g * i * (1 - i),
            dc * c * f * (1 - f),
            dc * i * (1 - g * g),
            dh * t * o * (1 - o),
        ]
    )
    dW = np.concatenate([x, h], axis=1).T @ da
    dxh = da @ np.concatenate([params["W_xh"], params["W_hh"]]).T
    D = x.shape[1]
    return dxh[:, :D], dxh[:, D:], dc * f, (dW[:D], dW[D:], da.sum(0))


# ---- sequences


def forward_own(kind):
    step = getattr(cells, f"{kind}_step")

    def forward(x, state, params):
        B, T, _ = x.shape
        h, caches = np.empty((B, T, len(params["W_hh"]))), []
        for t in range(T):
            state, cache = step(x[:, t, :], state, params)
            h[:, t] = state[0] if isinstance(state, tuple) else state
            caches.append(cache)
        return h, state, caches

    return forward


def forward_listed(step, x, state, params):
    hs, caches = [], []
    for x_t in x.transpose(1, 0, 2):
        state, cache = step(x_t, state, params)
        hs.append(state[0] if isinstance(state, tuple) else state)
        caches.append(cache)
    return [np.array(hs).swapaxes(0, 1), state, tuple(caches)]


def forward_examples(step, x, state, params):
    """Example by example; the caches from the whole batch."""
    out, last = [], []
    lstm = isinstance(state, tuple)
    for b in range(len(x)):
        one = tuple(s[b : b + 1] for s in state) if lstm else state[b : b + 1]
        h, end, _ = bptt.forward(step, x[b : b + 1], one, params)
        out.append(h[0])
        last.append([part[0] for part in end] if lstm else end[0])
    last = np.swapaxes(last, 0, 1) if lstm else np.array(last)
    return np.array(out), last, bptt.forward(step, x, state, params)[2]


def backward_added(step_backward, dh, dlast, caches, params):
    grads = {name: np.zeros(p.shape) for name, p in params.items()}
    dx = [None] * len(caches)
    carried = dlast
    for t in range(len(caches) - 1, -1, -1):
        if isinstance(carried, tuple):
            carried = carried[0] + dh[:, t], carried[1]
        else:
            carried = carried + dh[:, t]
        dx[t], carried, part = step_backward(carried, caches[t], params)
        for name in part:
            grads[name] += part[name]
    return np.stack(dx, 1), carried, grads


def backward_recursive(kind):
    step_backward = getattr(cells, f"{kind}_step_backward")

    def backward(dh, dlast, caches, params):
        if not caches:
            D = len(params["W_xh"])
            zeros = {name: np.zeros(p.shape) for name, p in params.items()}
            return np.zeros((len(dh), 0, D)), dlast, zeros
        lstm = isinstance(dlast, tuple)
        now = (dlast[0] + dh[:, -1], dlast[1]) if lstm else dlast + dh[:, -1]
        dx_t, before, part = step_backward(now, caches[-1], params)
        dx, first, grads = backward(dh[:, :-1], before, caches[:-1], params)
        total = {name: grads[name] + part[name] for name in grads}
        return np.concatenate([dx, dx_t[:, None]], axis=1), first, total

    return backward


for kind in ("rnn", "lstm", "gru", "gru_reset_after"):
    STYLES.append((f"{kind}.forward", forward_own(kind)))
    STYLES.append((f"{kind}.forward", forward_listed))
    STYLES.append((f"{kind}.forward", forward_examples))
    STYLES.append((f"{kind}.backward", backward_added))
    STYLES.append((f"{kind}.backward", backward_recursive(kind)))


# ---- data

STYLES.append(("data.windows", data.windows))
STYLES.append(("data.split", data.chronological_split))
STYLES.append(("data.streams", data.streams))


@style("data.windows")
def windows_append(series, length, horizon=1):
    x, y = [], []
    i = length
    while i + horizon <= len(series):
        x.append(list(series[i - length : i]))
        y.append(list(series[i : i + horizon]))
        i += 1
    return x, y


@style("data.windows")
def windows_indexed(series, length, horizon):
    M = len(series) - length - horizon + 1
    rows = np.arange(M)[:, None] + np.arange(length + horizon)
    both = series[rows]
    return both[:, :length], both[:, length:]


@style("data.split")
def split_by_split(series, fractions):
    a = round(fractions[0] * len(series))
    b = a + round(fractions[1] * len(series))
    return np.split(series, [a, b])


@style("data.scale")
def scale_sklearn(train, test):
    shape = (len(train), -1), (len(test), -1)
    scaler = StandardScaler().fit(train.reshape(shape[0]))
    parts = zip((train, test), shape, strict=True)
    return [scaler.transform(a.reshape(s)).reshape(a.shape) for a, s in parts]


@style("data.scale")
def scale_by_hand(train, test):
    n = len(train)
    mean = sum(train) / n
    std = (sum((row - mean) ** 2 for row in train) / n) ** 0.5
    return (train - mean) / std, (test - mean) / std


@style("data.streams")
def streams_list(ids, batch_size, length):
    piece = (len(ids) - 1) // batch_size
    batches = []
    for k in range(piece // length):
        starts = [b * piece + k * length for b in range(batch_size)]
        x = np.array([ids[s : s + length] for s in starts])
        batches.append((x, np.array([ids[s + 1 : s + length + 1] for s in starts])))
    return batches


@style("data.seasonal_naive")
def seasonal_loop(y, t, m, h):
    back = m
    while back < h:
        back += m
    return [y[one - back] for one in t]


# ---- sampling


@style("sampling.temperature")
def temperature_logsumexp(logits, tau):
    a = np.asarray(logits) / tau
    return np.exp(a - np.logaddexp.reduce(a))


@style("sampling.temperature")
def temperature_list(logits, tau):
    top = max(logits)
    weights = [math.exp((v - top) / tau) for v in logits]
    return [w / sum(weights) for w in weights]


@style("sampling.top_k")
def top_k_threshold(probs, k):
    kept = np.where(probs >= np.sort(probs)[-k], probs, 0)
    return kept / kept.sum()


@style("sampling.top_k")
def top_k_zeroed(probs, k):
    kept = probs.copy()
    kept[np.argpartition(probs, -k)[: len(probs) - k]] = 0
    return kept / np.sum(kept)


@style("sampling.top_p")
def top_p_loop(probs, p):
    kept, total = np.zeros(len(probs)), 0.0
    for token in sorted(range(len(probs)), key=lambda v: -probs[v]):
        kept[token] = probs[token]
        total += probs[token]
        if total >= p:
            break
    return kept / total


@style("sampling.top_p")
def top_p_shifted(probs, p):
    order = np.argsort(probs)[::-1]
    before = np.cumsum(probs[order]) - probs[order]
    kept = np.zeros_like(probs)
    kept[order[before < p]] = probs[order[before < p]]
    return kept / kept.sum()


@style("sampling.draw")
def draw_inverse(probs, rng):
    return int(np.searchsorted(np.cumsum(probs), rng.random(), side="right"))


@style("sampling.draw")
def draw_multinomial(probs, rng):
    return rng.multinomial(1, probs).argmax()


@style("sampling.draw")
def draw_gumbel(probs, rng):
    with np.errstate(divide="ignore"):
        return np.argmax(np.log(probs) + rng.gumbel(size=len(probs)))


# ---- scores


@style("metrics.mase")
def mase_loop(y_true, y_pred, y_train, season):
    naive = [abs(y_train[t] - y_train[t - season]) for t in range(season, len(y_train))]
    errors = [abs(a - b) for a, b in zip(y_true, y_pred, strict=True)]
    return (sum(errors) / len(errors)) / (sum(naive) / len(naive))


STYLES.append(("metrics.bits_per_character", lambda nats: nats * math.log2(math.e)))
STYLES.append(("metrics.bits_per_character", lambda n: np.array(n / np.log(2))))
STYLES.append(("metrics.perplexity", lambda nats: 2 ** (nats / math.log(2))))
STYLES.append(("metrics.mean_over_batches", lambda a, n: np.average(a, weights=n)))
STYLES.append(("metrics.mean_over_batches", lambda a, n: a @ n / sum(n)))


@style("metrics.mean_and_spread")
def spread_by_hand(values):
    n, mean = len(values), sum(values) / len(values)
    return mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))


@style("losses.cross_entropy")
def cross_entropy_loop(logits, targets):
    total, gradient = 0.0, np.zeros(logits.shape)
    for n, (row, target) in enumerate(zip(logits, targets, strict=True)):
        log_z = np.logaddexp.reduce(row)
        total += log_z - row[target]
        gradient[n] = np.exp(row - log_z)
        gradient[n, target] -= 1
    return total / len(logits), gradient / len(logits)


@style("training.clip")
def clip_flat(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    if norm <= max_norm:
        return grads
    return {name: g / norm * max_norm for name, g in grads.items()}


# ---- shapes and counts

STYLES.append(("shapes.time_first", lambda x: x.swapaxes(0, 1)))
STYLES.append(("shapes.time_first", lambda x: np.moveaxis(x, 1, 0)))
STYLES.append(("shapes.time_first", lambda x: np.einsum("btd->tbd", x)))
STYLES.append(("shapes.time_first", lambda x: [x[:, t] for t in range(x.shape[1])]))
STYLES.append(("shapes.last_step", lambda h: h[:, h.shape[1] - 1, :]))
STYLES.append(("shapes.last_step", lambda h: [row[-1] for row in h]))
STYLES.append(
    ("shapes.last_valid", lambda h, n: [a[k - 1] for a, k in zip(h, n, strict=True)])
)
STYLES.append(
    (
        "shapes.last_valid",
        lambda h, n: np.take_along_axis(h, n[:, None, None] - 1, axis=1)[:, 0],
    )
)
STYLES.append(("shapes.split_gates", lambda a: list(np.hsplit(a, 4))))
STYLES.append(
    ("shapes.split_gates", lambda a: a.reshape(len(a), 4, -1).transpose(1, 0, 2))
)
STYLES.append(("shapes.mask", lambda n, T: [[t < k for t in range(T)] for k in n]))
STYLES.append(("shapes.mask", lambda n, T: (np.arange(T) < n[:, None]).astype(float)))
STYLES.append(("rnn.parameters", lambda D, H, K: (D + H + 1) * H + (H + 1) * K))
STYLES.append(("lstm.parameters", lambda D, H: np.int64(4 * H * (D + H + 1))))
STYLES.append(("gru.parameters", lambda D, H: 3.0 * H * (D + H + 1)))
STYLES.append(("lstm.bias_for", lambda k: -np.log(2 ** (1 / k) - 1)))


# ---- the exercises of the chapters, as readers would solve them


@style("data.peeks")
def peeks_by_noise(features, series, t):
    other = series.copy()
    other[t:] = np.random.default_rng(0).normal(size=len(series) - t)
    before, after = features(series)[: t + 1], features(other)[: t + 1]
    return not np.allclose(before, after)


@style("metrics.cost")
def cost_by_loop(p, q):
    return sum(a * math.log(1 / b, 2) for a, b in zip(p, q, strict=True))


@style("data.mended")
def mended_by_loop(series, n):
    known = list(series[:n])
    smooth = []
    for t in range(n):
        last = [known[max(t - k, 0)] for k in range(5)]
        smooth.append(sum(last) / 5)
    smooth = np.array(smooth)
    smooth = (smooth - smooth.mean()) / smooth.std()
    x = np.array([smooth[t : t + 20] for t in range(n - 20)])
    return x, smooth[20:, None]


@style("text.discounted")
def discounted_by_loop(n, q, D):
    total, kinds = sum(n), sum(1 for k in n if k)
    if not total:
        return list(q)
    return [(max(k - D, 0) + D * kinds * p) / total for k, p in zip(n, q, strict=True)]


@style("text.adaptive_bits")
def adaptive_by_dict(symbols, V):
    seen, bits = dict.fromkeys(range(V), 1), []
    for t, c in enumerate(symbols):
        bits += [math.log2((t + V) / seen[int(c)])]
        seen[int(c)] += 1
    return bits


@style("rnn.time_axis")
def time_axis_by_difference(f, x):
    changed = np.concatenate([x[:1] * 2, x[1:]])
    return int((f(changed) - f(x))[1:].any() == 0)


@style("rnn.latch")
def latch_as_network(events):
    params = {
        "W_xh": np.array([[6.0], [-6.0]]),
        "W_hh": np.full((1, 1), 3.0),
        "b_h": np.zeros(1),
    }
    rows = [{"s": [1.0, 0], "r": [0, 1.0], ".": [0, 0]}[e] for e in events]
    h, _, _ = bptt.forward(
        cells.rnn_step, np.array(rows)[None], -np.ones((1, 1)), params
    )
    return "".join("1" if v > 0 else "0" for v in h[0, :, 0])


@style("vanishing.steps_until")
def steps_by_logarithm(factor, floor):
    return math.floor(math.log(floor) / math.log(factor)) + 1


@style("vanishing.with_radius")
def with_radius_in_two_lines(W, rho):
    values, _ = np.linalg.eig(W)
    return rho * W / max(abs(v) for v in values)


@style("vanishing.worst_growth")
def worst_growth_by_loop(W, k):
    product = np.eye(len(W))
    for _ in range(k):
        product = product @ W
    return np.linalg.svd(product, compute_uv=False)[0]


@style("vanishing.orthogonal")
def orthogonal_by_svd(W):
    u, _, vt = np.linalg.svd(W)
    return u @ vt


@style("rnn.relu_step_backward")
def relu_by_where(dh_next, cache, params):
    x, h, h_next = cache
    da = np.where(h_next == 0, 0, dh_next)
    return (
        np.einsum("bh,dh->bd", da, params["W_xh"]),
        np.einsum("bh,kh->bk", da, params["W_hh"]),
        {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": np.ones(len(x)) @ da},
    )


@style("rnn.leaky_step_backward")
def leaky_by_parts(dh_next, cache, params):
    x, h, n = cache
    dn = params["alpha"] * dh_next
    da = dn - dn * n**2
    dh = dh_next - params["alpha"] * dh_next
    dh += da @ params["W_hh"].T
    return da @ params["W_xh"].T, dh, [x.T @ da, h.T @ da, da.sum(0)]


@style("convert.parameters")
def parameters_from_tables(library, kind, D, H):
    k = 1 + 2 * (kind == "GRU") + 3 * (kind == "LSTM")
    extra = {"torch": H, "keras": H * (kind == "GRU")}[library]
    return k * D * H + k * H**2 + k * (H + extra)


@style("convert.keras_order")
def keras_order_by_index(a):
    H = a.shape[-1] // 3
    return a[..., np.r_[H : 2 * H, 2 * H : 3 * H, 0:H]]


@style("convert.from_torch_lstm")
def from_torch_as_list(weight_ih, weight_hh, bias_ih, bias_hh):
    return weight_ih.swapaxes(0, 1), np.transpose(weight_hh), bias_hh + bias_ih


@style("shapes.reverse_padded")
def reversed_by_index(x, lengths):
    t = np.arange(x.shape[1])
    index = np.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)
    return np.take_along_axis(x, index[:, :, None], axis=1)


@style("metrics.fair_error")
def fair_error_by_sorting(errors):
    return sorted(sum(row) / len(row) for row in errors)[0]


@style("lstm.broken_backward")
def broken_by_detour(dstate, cache, params):
    """The right backward pass, with dh taken away wherever it enters the cell."""
    dh, dc = dstate
    o, c_next = cache[6], cache[7]
    slope = 1 - np.tanh(c_next) ** 2
    return cells.lstm_step_backward((dh, dc - dh * o * slope), cache, params)


@style("rnn.bit_line")
def bit_line_by_index(units, gain):
    W = np.zeros((units, units))
    for j in range(units - 1):
        W[j, j + 1] = 1.1 * gain
    return {"W_xh": np.eye(1, units) * gain, "W_hh": W, "b_h": np.zeros(units)}


@style("metrics.unexplained")
def unexplained_by_variance(loss, y):
    return loss / np.var(y)


@style("rnn.mod3")
def mod3_as_network(presses):
    read, h, out = np.array([0.5, 0.5, -1.0]), -np.ones(3), []
    for x in presses:
        h = np.tanh(10 * (x + h @ read - np.array([0.5, 1.5, 2.5])))
        out.append(round(h @ read))
    return out


@style("training.length_at")
def length_at_by_share(call, steps, longest):
    return 2 + min(int(call / steps * (longest - 1)), longest - 2)


@style("bptt.masked_loss")
def masked_loss_by_selection(y_hat, y, mask):
    counted = mask.astype(bool)
    error = y_hat[counted] - y[counted]
    dy_hat = np.zeros(y.shape)
    dy_hat[counted] = 2 * error / error.size
    return np.mean(error**2), dy_hat


@style("bptt.delayed_forward")
def delayed_by_queue(x, params, k):
    """The last k states as a list; the oldest in front."""
    queue = [np.zeros((len(x), len(params["b_h"])))] * k
    for t in range(x.shape[1]):
        both = queue[t : t + k]
        seen = np.hstack([x[:, t], both[-1], both[0]])
        W = np.vstack([params["W_xh"], params["W_hh"], params["W_kh"]])
        queue.append(np.tanh(seen @ W + params["b_h"]))
    return np.stack(queue[k:], axis=1)


@style("bptt.delayed_backward")
def delayed_by_carry(dh, h, x, params, k):
    """What later steps send back is looked up, in place of added up on arrival."""
    T = h.shape[1]
    da = np.zeros((T + k, len(x), h.shape[2]))
    for t in range(T - 1, -1, -1):
        arrives = da[t + 1] @ params["W_hh"].T + da[t + k] @ params["W_kh"].T
        da[t] = (dh[:, t] + arrives) * (1 - h[:, t] * h[:, t])
    da = da[:T].swapaxes(0, 1)
    grads = {"W_xh": np.einsum("btd,bth->dh", x, da), "b_h": da.sum(axis=(0, 1))}
    grads["W_hh"] = np.einsum("btg,bth->gh", h[:, :-1], da[:, 1:])
    lag = min(k, T)
    grads["W_kh"] = np.einsum("btg,bth->gh", h[:, : T - lag], da[:, lag:])
    return da @ params["W_xh"].T, grads


@style("bptt.directional")
def directional_along_a_line(f, params, direction, eps):
    def line(s):
        return f({name: a + s * direction[name] for name, a in params.items()})

    return (line(eps) - line(-eps)) / eps / 2


@style("bptt.reach")
def reach_by_loops(T, length):
    return [[s <= t and s >= t - t % length for s in range(T)] for t in range(T)]


@style("vanishing.carried")
def carried_from_behind(h, W_hh):
    J = np.identity(len(W_hh))
    for t in range(len(h) - 1, 0, -1):
        J = W_hh @ np.diag(1 - h[t] ** 2) @ J
    return J


@style("gru.convert")
def convert_by_index(params, order, new_order, flip):
    H = len(params["W_hh"])
    sign = np.repeat([-1.0 if flip and gate == "z" else 1.0 for gate in new_order], H)
    index = [order.index(gate) * H + j for gate in new_order for j in range(H)]
    return {name: packed[..., index] * sign for name, packed in params.items()}


@style("gru.padded")
def padded_one_by_one(x, lengths, h, params):
    rows = []
    for b, n in enumerate(lengths):
        row = h[b : b + 1]
        for t in range(n):
            row = cells.gru_step(x[b : b + 1, t], row, params)[0]
        rows.append(row)
    return np.concatenate(rows)


@style("forecast.folds")
def folds_by_while(n, first, size, gap):
    found, end = [], first
    while end + gap < n:
        found.append((end, end + gap, end + gap + min(size, n - end - gap)))
        end += size
    return found


@style("forecast.prices")
def prices_day_by_day(z, mean, std, last):
    path = []
    for one in z:
        last = last * np.exp(mean + std * one)
        path.append(last)
    return path


@style("forecast.drift")
def drift_by_mean_change(y, t, h):
    return y[t] + h * np.diff(y[: t + 1]).mean()


@style("forecast.recursive")
def recursive_by_list(model, window, steps):
    values = list(window)
    for _ in range(steps):
        values.append(model(np.array(values[-len(window) :])))
    return values[len(window) :]


@style("forecast.rmsse")
def rmsse_by_loop(y_true, y_pred, y_train, season):
    steps = [
        (y_train[t] - y_train[t - season]) ** 2 for t in range(season, len(y_train))
    ]
    return (np.square(y_true - y_pred).mean() / (sum(steps) / len(steps))) ** 0.5


@style("forecast.diebold_mariano")
def diebold_mariano_by_definition(error_a, error_b, h):
    d = np.square(error_a) - np.square(error_b)
    n, mean = len(d), np.mean(d)
    gamma = [
        sum((d[t] - mean) * (d[t - k] - mean) for t in range(k, n)) / n
        for k in range(h)
    ]
    plain = mean / np.sqrt((gamma[0] + 2 * sum(gamma[1:])) / n)
    return plain * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)


@style("images.stacked_parameters")
def stacked_parameters_by_shapes(D, H, layers, classes):
    shapes = [(H, classes), (classes,)]
    for k in range(layers):
        shapes += [(4 * H, H if k else D), (4 * H, H), (4 * H,), (4 * H,)]
    return sum(np.empty(shape).size for shape in shapes)


@style("images.columns_and_pixels")
def columns_and_pixels_by_loops(images):
    N, R, C = images.shape
    columns = [[image[:, c] for c in range(C)] for image in images]
    return np.array(columns), np.array([image.ravel() for image in images])[..., None]


@style("images.shuffled_rows")
def shuffled_rows_by_take(train, test, seed):
    rng = np.random.default_rng(seed)
    order = np.arange(train.shape[1])
    rng.shuffle(order)
    return [np.take(images, order, axis=1) for images in (train, test)]


@style("images.confusion")
def confusion_with_scikit(labels, guesses, classes):
    from sklearn.metrics import confusion_matrix, recall_score

    names = range(classes)
    recall = recall_score(labels, guesses, labels=names, average=None, zero_division=0)
    return confusion_matrix(labels, guesses, labels=names), recall


@style("images.confusion")
def confusion_by_loop(labels, guesses, classes):
    matrix = [[0] * classes for _ in range(classes)]
    for label, guess in zip(labels, guesses, strict=True):
        matrix[label][guess] += 1
    recall = [row[k] / sum(row) if sum(row) else 0 for k, row in enumerate(matrix)]
    return matrix, recall


@style("images.paired")
def paired_with_scipy(a_right, b_right):
    from scipy.stats import binomtest

    only_a, only_b = (a_right > b_right).sum(), (a_right < b_right).sum()
    n = only_a + only_b
    return only_a, only_b, binomtest(only_a, n).pvalue if n else 1


@style("images.decided")
def decided_by_loop(logits, labels):
    N, T, _ = logits.shape
    p, rows = np.zeros((N, T)), []
    for n in range(N):
        last = 0
        for t in range(T):
            z = logits[n, t] - logits[n, t].max()
            p[n, t] = np.exp(z[labels[n]]) / np.exp(z).sum()
            last = last if z.argmax() == labels[n] else t + 1
        rows.append(last + 1)
    return p.mean(axis=0), rows


@style("images.decided")
def decided_with_scipy(logits, labels):
    from scipy.special import softmax

    wrong = logits.argmax(2) != labels[:, None]
    steps = np.arange(1, logits.shape[1] + 1)
    true = softmax(logits, axis=2)[np.arange(len(labels)), :, labels]
    return true.mean(0), (wrong * steps).max(1) + 1


@style("images.patches")
def patches_by_loop(images, p):
    _, R, C = images.shape
    corners = itertools.product(range(0, R, p), range(0, C, p))
    flat = [
        images[:, r : r + p, c : c + p].reshape(len(images), -1) for r, c in corners
    ]
    return np.stack(flat, axis=1)


@style("images.patches")
def patches_by_sliding(images, p):
    view = np.lib.stride_tricks.sliding_window_view(images, (p, p), axis=(1, 2))
    return view[:, ::p, ::p].reshape(len(images), -1, p**2)


@style("images.committee")
def committee_with_scipy(logits):
    from scipy.special import softmax

    return [int(total.argmax()) for total in sum(softmax(one, -1) for one in logits)]


@style("images.committee")
def committee_by_logsumexp(logits):
    from scipy.special import logsumexp

    z = logits - logsumexp(logits, axis=-1, keepdims=True)
    return logsumexp(z, axis=0).argmax(axis=-1)


@style("data.clean")
def clean_with_scikit(price, first_test_day):
    from sklearn.preprocessing import MinMaxScaler

    scaled = MinMaxScaler().fit_transform(price[:first_test_day, None])[:, 0]
    rows = range(len(scaled) - 20)
    return np.stack([scaled[k : k + 20] for k in rows]), scaled[20:, None]


@style("metrics.always_up")
def always_up_with_statsmodels(returns):
    from statsmodels.stats.proportion import proportion_confint

    up, n = np.count_nonzero(np.sign(returns) == 1), returns.size
    return [up / n, *proportion_confint(up, n, alpha=0.05, method="wilson")]


@style("metrics.days_needed")
def days_needed_with_statsmodels(share):
    from statsmodels.stats.proportion import proportion_confint

    n = np.arange(1, 2000)
    low, _ = proportion_confint(share * n, n, method="wilson")
    return n[low > 0.5][0]


@style("pairs.attend")
def attention_by_torch(s, states, mask, W):
    import torch

    s, states, W = (torch.tensor(v) for v in (s, states, W))
    e = torch.einsum("buh,hk,btk->but", s, W, states)
    a = torch.softmax(e + torch.where(torch.tensor(mask), 0.0, -1e9)[:, None], dim=-1)
    return torch.bmm(a, states).numpy(), a.numpy()


@style("pairs.scores_back")
def scores_back_by_jacobian(a, da):
    return np.stack(
        [(np.diag(p) - np.outer(p, p)) @ g for p, g in zip(a, da, strict=True)]
    )


@style("pairs.loss")
def loss_in_a_loop(log_p, y, pad):
    found = [
        -row[k]
        for rows, ks in zip(log_p, y, strict=True)
        for row, k in zip(rows, ks, strict=True)
        if k != pad
    ]
    return sum(found) / len(found)


@style("pairs.bleu")
def bleu_by_sacrebleu(said, references):
    import sacrebleu

    said, wanted = (
        [" ".join(map(str, s)) for s in part] for part in (said, references)
    )
    options = {"tokenize": "none", "smooth_method": "none", "force": True}
    return sacrebleu.corpus_bleu(said, [wanted], **options).score / 100


@style("pairs.grow")
def grow_by_sorting(log_p, scores, width):
    every = [
        (scores[k] + p, k, v) for k, row in enumerate(log_p) for v, p in enumerate(row)
    ]
    total, parents, new = zip(*sorted(every, reverse=True)[:width], strict=True)
    return parents, new, total


@style("pairs.em")
def em_by_matrices(pairs, t):
    counts = np.zeros_like(t)
    for x, y in pairs:
        words, signs = np.eye(len(t))[x], np.eye(t.shape[1])[y]
        p = words @ t @ signs.T  # (T, U)
        counts += words.T @ (p / p.sum(axis=0)) @ signs
    rows = counts.sum(axis=1, keepdims=True)
    return counts / (rows + (rows == 0))


@style("speech.hertz")
def hertz_by_exponential(m):
    return 700 * np.expm1(np.log(10) * np.asarray(m) / 2595)


@style("speech.frames")
def frames_that_fit(samples, length, hop):
    return sum(1 for at in range(0, samples, hop) if at + length <= samples)


@style("speech.read")
def path_read_in_a_loop(path):
    said, before = [], 0
    for k in path:
        if k != 0 and k != before:
            said.append(k)
        before = k
    return said


@style("speech.fewest")
def fewest_frames_in_numpy(label):
    return len(label) + int(np.sum(np.diff(label) == 0))


@style("speech.warp")
def warp_row_by_row(d):
    best = np.cumsum(d[0])
    for row in d[1:]:
        new = [best[0] + row[0]]
        for t in range(1, len(row)):
            new.append(row[t] + min(best[t], best[t - 1], new[-1]))
        best = new
    return best[-1]


@style("speech.probability")
def probability_by_listing(p, label):
    from itertools import groupby, product

    return sum(
        np.prod(p[range(len(p)), path])
        for path in product(range(p.shape[1]), repeat=len(p))
        if [k for k, _ in groupby(path) if k] == label
    )


@style("speech.choice")
def choice_in_a_loop(right):
    found = []
    for pair in range(right.shape[1]):
        for asked, judge in ((0, 1), (1, 0)):
            settings = sorted(range(len(right)), key=lambda k: -right[k, pair, judge])
            found.append(right[settings[0], pair, asked])
    return sum(found) / len(found)


@style("clicks.ranks")
def ranks_in_a_loop(scores, target):
    found = []
    for row, t in zip(scores, target, strict=True):
        above, level = np.sum(row > row[t]), np.sum(row == row[t])
        found.append(above + (level + 1) / 2)
    return found


@style("clicks.mrr")
def mrr_in_a_loop(rank, k):
    return sum(1 / r for r in rank if r <= k) / len(rank)


@style("clicks.markov")
def markov_by_bincount(sessions, items, k):
    pairs = np.concatenate([s[:-1] * items + s[1:] for s in sessions])
    table = np.bincount(pairs, minlength=items**2).reshape(items, items)
    table = table + k * table.sum(0) / table.sum()
    return (table.T / table.sum(1)).T


@style("clicks.reset")
def reset_by_where(h, new):
    return np.where(new[:, None], 0.0, h)


@style("clicks.lanes")
def lanes_by_lane(sessions, b):
    """Plan first which lane takes what, then cut at the first that is empty."""
    free, rows = [0] * b, [[] for _ in range(b)]
    for s in sessions:
        lane = free.index(min(free))
        rows[lane] += [
            (i, j, t == 0) for t, (i, j) in enumerate(zip(s[:-1], s[1:], strict=True))
        ]
        free[lane] += len(s) - 1
    steps = [row[: min(free)] for row in rows]
    x, y, new = (np.array([[c[k] for c in row] for row in steps]).T for k in range(3))
    return x, y, new.astype(bool)


@style("clicks.among_sampled")
def among_sampled_by_scipy(rank, items, negatives, k):
    from scipy.stats import hypergeom

    return hypergeom(items - 1, rank - 1, negatives).cdf(k - 1)


@style("weather.pairs")
def pairs_by_windows(z, length, k):
    x, y = data.windows(z, length, k)
    return x, y[:, -1]


@style("weather.climatology")
def climatology_by_groups(values, hour, known):
    import pandas as pd

    frame = pd.DataFrame({"value": values, "hour": hour}).head(known)
    return frame.groupby("hour")["value"].mean()


@style("weather.since")
def since_by_accumulating(read):
    steps = np.arange(len(read))
    return steps - np.maximum.accumulate(np.where(read, steps, 0))


@style("weather.without_best")
def without_best_by_list(ours, theirs, n):
    gains = sorted((b - a for a, b in zip(ours, theirs, strict=True)), reverse=True)
    return sum(gains[n:]) / len(gains[n:])


@style("weather.decayed")
def decayed_one_by_one(x, m, delta, last, mean, w):
    out = []
    for value, here, age, before in zip(x, m, delta, last, strict=True):
        share = math.exp(-max(w, 0) * age)
        out.append(value if here else mean + share * (before - mean))
    return out


@style("weather.despiked")
def despiked_by_pandas(x, hours, limit):
    import pandas as pd

    median = pd.Series(x).rolling(hours, min_periods=1).median()
    return pd.Series(x).where(x <= median + limit, median)


@style("series.frame")
def frame_by_sliding(series, length, horizon):
    both = np.lib.stride_tricks.sliding_window_view(series, length + horizon)
    return both[:, :length, None], both[:, length:]


@style("series.standardised")
def standardised_by_scaler(series, n_train):
    scaler = StandardScaler().fit(series[:n_train, None])
    z = scaler.transform(series[:, None])[:, 0]
    return z, scaler.mean_[0], scaler.scale_[0]


@style("series.harmonic")
def harmonic_by_complex_waves(y, n, k, season):
    from sklearn.linear_model import LinearRegression

    wave = np.exp(2j * np.pi * np.arange(n + k) / season)
    w = np.column_stack([wave.real, wave.imag])
    return LinearRegression().fit(w[:n], y[:n]).predict(w[n:])


@style("series.recursive")
def recursive_by_rolling(weights, window, k):
    steps, window = [], np.array(window)
    for _ in range(k):
        window = np.append(window[1:], (weights * window).sum())
        steps.append(window[-1])
    return steps


@style("series.by_horizon")
def by_horizon_in_a_loop(y, y_hat):
    errors = (y - y_hat).T
    return [math.sqrt((e @ e) / len(e)) for e in errors]


@style("series.relu_states")
def relu_states_by_where(x, w, u):
    states = np.zeros(len(x) + 1)
    for t, value in enumerate(x):
        a = w * value + u * states[t]
        states[t + 1] = a if a > 0 else 0
    return states[1:]


@style("torch.open_lstm")
def open_lstm_by_filling(*args, **kwargs):
    import torch

    layer = torch.nn.LSTM(*args, **kwargs)
    for name, value in (("bias_ih_l0", 0.25), ("bias_hh_l0", 0.75)):
        getattr(layer, name).data.chunk(4)[1].fill_(value)
    return layer


@style("data.return_and_volume")
def return_and_volume_by_quotient(price, volume):
    return np.stack([np.log(a[1:] / a[:-1]) for a in (price, volume)], axis=1)


@style("data.rolling_blocks")
def rolling_blocks_by_loop(n, start, memory, every):
    blocks, k = [], start
    while k < n:
        end = k + every if k + every < n else n
        blocks.append([k - memory, k, k, end])
        k += every
    return np.array(blocks)


@style("torch.pinball")
def pinball_by_relu(q, y, levels=(0.05, 0.95)):
    import torch

    total = 0
    for k, tau in enumerate(levels):
        above = torch.relu(y[:, 0] - q[:, k])
        below = torch.relu(q[:, k] - y[:, 0])
        total = total + (tau * above + (1 - tau) * below).mean()
    return total / len(levels)


@style("text.floor_bits")
def floor_bits_by_softmax(V, a):
    scores = np.full(V, -float(a))
    scores[0] = a
    return -np.log2(np.exp(scores) / np.exp(scores).sum())[0]


@style("sampling.min_p")
def min_p_in_a_loop(probs, m):
    limit = max(probs) * m
    kept = [p if p >= limit else 0 for p in probs]
    return np.array(kept) / sum(kept)


@style("text.mixture_bits")
def mixture_bits_in_a_loop(p, q, share):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        total -= np.log(a * share + b * (1 - share)) / np.log(2)
    return total / len(p)


@style("text.rate")
def rate_by_cases(n, updates, peak, warm):
    if n < warm:
        return peak * n / warm
    return peak - peak * (n - warm) / (updates - warm)


@style("text.prequential")
def prequential_by_index(score, update, pieces):
    scores = np.zeros(len(pieces))
    for i in range(len(pieces)):
        scores[i] = score(pieces[i])
        update(pieces[i])
    return scores


@style("text.padded")
def padded_row_by_row(rows, length):
    cut = [list(row)[:length] for row in rows]
    x = [row + [0] * (length - len(row)) for row in cut]
    mask = [[k < len(row) for k in range(length)] for row in cut]
    return np.array(x), np.array(mask)


@style("text.last_valid")
def last_valid_by_loop(h, n):
    return np.stack([states[k - 1] for states, k in zip(h, n, strict=True)])


@style("text.max_pool")
def max_pool_by_loop(h, n):
    return [states[:k].max(axis=0) for states, k in zip(h, n, strict=True)]


@style("text.both_ends")
def both_ends_by_loop(h, n):
    H = h.shape[2] // 2
    out = np.empty((len(h), 2 * H))
    for b, k in enumerate(n):
        out[b, :H], out[b, H:] = h[b, k - 1, :H], h[b, 0, H:]
    return out


@style("text.occlusion")
def occlusion_by_copy(score, words):
    whole, parts = score(words), np.zeros(len(words))
    for k in range(len(words)):
        rest = list(words)
        del rest[k]
        parts[k] = whole - score(rest)
    return parts


@style("text.mcnemar")
def mcnemar_by_scipy(right_a, right_b):
    from scipy.stats import binomtest

    differ = right_a != right_b
    return binomtest(int(right_a[differ].sum()), int(differ.sum())).pvalue


@style("bptt.only_last")
def only_last_by_concatenation(dh_last, T):
    zeros = np.zeros((dh_last.shape[0], T - 1, dh_last.shape[1]))
    return np.concatenate([zeros, dh_last[:, None]], axis=1)


@style("bptt.taught")
def taught_by_counting(window, lag):
    return sum(1 for t in range(window) if t - lag >= 0)


@style("bptt.forward_gradient")
def gradient_backwards(w, x, h_0, y):
    hs = [h_0]
    for x_t in x:
        hs.append(math.tanh(w * hs[-1] + x_t))
    dh, dw = 2 * (hs[-1] - y), 0.0
    for t in range(len(x), 0, -1):
        da = dh * (1 - hs[t] ** 2)
        dw, dh = dw + da * hs[t - 1], da * w
    return dw


@style("bptt.readout_backward")
def readout_by_einsum(dy_hat, hs, W_hy):
    return (
        np.einsum("btk,hk->bth", dy_hat, W_hy),
        np.einsum("bth,btk->hk", hs, dy_hat),
        np.einsum("btk->k", dy_hat),
    )


@style("gru.other_column")
def other_column_by_signs(params):
    H = len(params["W_hh"])
    signs = np.repeat([1.0, -1.0, 1.0], H)
    return {name: p * signs for name, p in params.items()}


@style("gru.no_reset_step")
def no_reset_by_parts(x, h, params):
    H = h.shape[1]
    a = np.concatenate([x, h], 1) @ np.vstack([params["W_xh"], params["W_hh"]])
    a = a + params["b_h"]
    keep = logistic(a[:, :H])
    return keep * h + (1 - keep) * np.tanh(a[:, H:])


@style("gru.turns_back")
def turns_by_loop(path):
    found = 0
    for entry in path.T:
        steps = {np.sign(b - a) for a, b in itertools.pairwise(entry)}
        found += {1.0, -1.0} <= steps
    return found


@style("gates.half_life")
def half_life_by_product(f):
    return math.log(0.5) * len(f) / math.log(np.prod(f))


@style("gates.position_in_line")
def position_by_find(text):
    ends = [text.rfind("\n", 0, t + 1) for t in range(len(text))]
    return np.array([t - max(end, 0) for t, end in enumerate(ends)])


@style("gates.kernel")
def kernel_by_loop(f):
    return [math.prod(f[t + 1 :]) for t in range(len(f))]


@style("gates.no_forget_step")
def no_forget_by_lstm(x, state, params):
    """An LSTM whose forget gate is held open by a large bias."""
    H = state[0].shape[1]
    opened = {name: p.copy() for name, p in params.items()}
    for p in opened.values():
        p[..., H : 2 * H] = 0
    opened["b_h"][H : 2 * H] = 60
    return cells.lstm_step(x, state, opened)[0]


@style("gates.best_by_chance")
def best_by_corrcoef(cells, y, shift):
    rolled = np.concatenate([y[len(y) - shift :], y[: len(y) - shift]])
    return max(abs(np.corrcoef(c, rolled)[0, 1]) for c in cells.T)


@style("gates.judged_on_rest")
def judged_by_corrcoef(cells, y, n):
    first = [abs(np.corrcoef(c[:n], y[:n])[0, 1]) for c in cells.T]
    return np.corrcoef(cells[n:, first.index(max(first))], y[n:])[0, 1]


@style("gates.two_cells")
def two_cells_without_a_loop(x):
    show = 1 / (1 + np.exp(20 - 40 * x[:, 1])) * np.tanh(np.tanh(0.05 * x[:, 0]))
    before = np.tanh(show[:-1]).sum()  # the second cell sees the first one step later
    return (show[-1] + np.tanh(before)) / 0.05


@style("lstm.counter")
def counter_as_network(text):
    params = {
        "W_xh": np.zeros((2, 4)),
        "W_hh": np.zeros((1, 4)),
        "b_h": np.array([20.0, 20, 0, 20]),
    }
    params["W_xh"][:, 2] = [20, -20]
    x = np.eye(2)[["ab".index(s) for s in text]][None]
    start = np.zeros((1, 1)), np.zeros((1, 1))
    return bptt.forward(cells.lstm_step, x, start, params)[1][1][0, 0]


@style("lstm.cifg_step")
def cifg_as_lstm(x, state, params):
    wide = {k: np.split(p, 3, axis=-1) for k, p in params.items()}
    four = {k: np.concatenate([-f, f, g, o], -1) for k, (f, g, o) in wide.items()}
    return cells.lstm_step(x, state, four)


@style("lstm.peephole_step")
def peephole_separate(x, state, params):
    h, c = state
    i, f, g, o = (lstm_gate(k, x, h, params) for k in range(4))
    i, f = logistic(i + c * params["p_i"]), logistic(f + c @ np.diag(params["p_f"]))
    c = f * c + i * np.tanh(g)
    return logistic(o + params["p_o"] * c) * np.tanh(c), c


@style("lstm.peephole_step_backward")
def peephole_by_differences(dstate, cache, params):
    x, h, c = (a.copy() for a in cache[:3])
    params = copy.deepcopy(params)

    def loss():
        new = peephole_separate(x, (h, c), params)
        return sum((w * s).sum() for w, s in zip(dstate, new, strict=True))

    dx, dh, dc = (numerical_gradient(loss, a) for a in (x, h, c))
    return dx, (dh, dc), {k: numerical_gradient(loss, p) for k, p in params.items()}


@style("text.known_characters")
def known_by_count(train, new, least):
    known = sorted(set(train), key=lambda c: (len(train) - train.count(c), c))
    known = [None, *(c for c in known if train.count(c) >= least)]
    return [known.index(c) if c in known else 0 for c in new], len(known)


@style("text.streams_with_ends")
def streams_with_ends_by_loop(ids, rows, length, end):
    piece = (len(ids) - 1) // rows
    xs, ys, marks = [], [], []
    for start in range(0, piece - length + 1, length):
        places = [[b * piece + start + t for t in range(length)] for b in range(rows)]
        xs.append([[ids[i] for i in row] for row in places])
        ys.append([[ids[i + 1] for i in row] for row in places])
        marks.append([[i % piece == 0 or ids[i - 1] == end for i in r] for r in places])
    return np.array(xs), np.array(ys), np.array(marks)


@style("text.cost")
def cost_by_character(scores, y, skip):
    bits = []
    for row, came in zip(scores, y, strict=True):
        for s, k in list(zip(row, came, strict=True))[skip:]:
            bits.append(np.logaddexp.reduce(s - s[k]) / np.log(2))
    return np.mean(bits), 2 ** np.mean(bits)


@style("text.bigram")
def bigram_by_loop(ids, V, weights):
    ids = ids.tolist()
    single = np.array([ids.count(b) for b in range(V)]) / len(ids)
    rows = []
    for a in range(V):
        after = [d for c, d in itertools.pairwise(ids) if c == a]
        share = np.bincount(after, minlength=V) / len(after) if after else single
        rows.append(weights[0] * share + weights[1] * single + weights[2] / V)
    return np.array(rows)


@style("sampling.bounded_nucleus")
def nucleus_by_loop(scores, tau, p, least, most):
    probs = np.exp(scores / tau - np.logaddexp.reduce(scores / tau))
    kept, total = [], 0.0
    for k in sorted(range(len(probs)), key=lambda k: -probs[k]):
        if len(kept) == most or (total >= p and len(kept) >= least):
            break
        kept.append(k)
        total += probs[k]
    return [probs[k] / total if k in kept else 0.0 for k in range(len(probs))]


@style("text.write")
def write_on_the_way(prompt, u, params):
    text, h = list(prompt), np.zeros((1, len(params["b_h"])))
    for t in range(len(prompt) + len(u)):
        x = np.eye(len(params["W_xh"]))[[text[t]]]
        h = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        scores = (h @ params["W_hy"] + params["b_y"])[0]
        if t >= len(prompt) - 1 and len(text) < len(prompt) + len(u):
            total = np.cumsum(np.exp(scores)) / np.exp(scores).sum()
            share = u[t - len(prompt) + 1]
            text.append(int(np.searchsorted(total, share, side="right")))
    return text[len(prompt) :], h[0]


@style("text.copied_share")
def copied_by_character(sample, source, n):
    starts = range(len(sample) - n + 1)
    found = {i for i in starts if sample[i : i + n] in source}
    lie = [any(j in found for j in range(k - n + 1, k + 1)) for k in range(len(sample))]
    return sum(lie) / len(lie)


@style("images.serpentine")
def serpentine_by_loop(images, order):
    rows = [images[:, row][:, :: (-1) ** t] for t, row in enumerate(order)]
    return np.stack(rows, axis=1)


@style("images.wide_parameters")
def wide_by_arrays(C, units, cell, classes):
    blocks = {"RNN": 1, "LSTM": 4, "GRU": 3}[cell]
    below, H = np.array([C, *units[:-1]]), np.array(units)
    layers = blocks * H * (below + H + 1 + (cell == "GRU"))
    return layers.sum() + classes * (2 * units[-1] + 1)


@style("images.belief")
def belief_one_image(x, params):
    answers = []
    for image in x:
        h, states, said = np.zeros(len(params["b_h"])), [], []
        for row in image:
            a = np.concatenate([row, h]) @ np.vstack([params["W_xh"], params["W_hh"]])
            h = np.tanh(a + params["b_h"])
            states.append(h)
            s = np.mean(states, axis=0) @ params["W_hy"] + params["b_y"]
            said.append(np.exp(s - np.logaddexp.reduce(s)))
        answers.append(said)
    return np.array(answers)


@style("images.loss_by_row")
def loss_by_loop(scores, labels, weights):
    loss, dscores = 0.0, np.zeros(scores.shape)
    for b, label in enumerate(labels):
        for t, weight in enumerate(weights):
            share = weight / sum(weights) / len(labels)
            total = np.logaddexp.reduce(scores[b, t])
            loss += share * (total - scores[b, t, label])
            dscores[b, t] = share * np.exp(scores[b, t] - total)
            dscores[b, t, label] -= share
    return loss, dscores


@style("images.hardest_pair")
def pair_by_loop(labels, guesses, classes):
    best = (0, 1, 0.0)
    for a, b in itertools.combinations(range(classes), 2):
        shown = np.isin(labels, [a, b])
        named = guesses[shown] == a + b - labels[shown]
        if shown.any() and named.mean() > best[2] + 1e-12:
            best = a, b, named.mean()
    return best


@style("metrics.by_writer")
def by_writer_drawn_images(right, writer, draws):
    shares = []
    for drawn in draws:
        images = np.concatenate([np.flatnonzero(writer == w) for w in drawn])
        shares.append(right[images].mean())
    return np.percentile(shares, 2.5), np.percentile(shares, 97.5)


@style("metrics.duel")
def duel_by_parts(a, b, labels):
    scores = [[np.mean(named == labels) for named in side] for side in (a, b)]
    of_means = [np.std(s, ddof=1) / math.sqrt(len(s)) for s in scores]
    gains = [
        np.mean(a[:, n] == k) - np.mean(b[:, n] == k) for n, k in enumerate(labels)
    ]
    images = np.std(gains, ddof=1) / math.sqrt(len(gains))
    return np.mean(gains), math.hypot(*of_means), images


# ---- the assignment gaps


@style("gaps.windows")
def horizon_by_views(series, length, horizon):
    rows = np.lib.stride_tricks.sliding_window_view(series, length + horizon)
    return rows[:, :length].tolist(), rows[:, -1]


@style("gaps.filled")
def filled_by_pandas(x, start):
    import pandas as pd

    return pd.DataFrame(x).ffill().fillna(dict(enumerate(start))).to_numpy()


@style("gaps.filled")
def filled_by_index(x, start):
    at = np.where(np.isnan(x), -1, np.arange(len(x))[:, None])
    at = np.maximum.accumulate(at, axis=0)
    both = np.vstack([start, x])
    return np.take_along_axis(both, at + 1, axis=0)


@style("gaps.mask_and_time")
def mask_and_time_by_index(x):
    t = np.arange(len(x))[:, None]
    read = x == x
    at = np.maximum.accumulate(np.where(read, t, -1), axis=0)
    return read, t - at


@style("gaps.climatology")
def climatology_by_pandas(y, slot, train):
    import pandas as pd

    past = pd.Series(y[:train])
    means = past.groupby(slot[:train]).mean().reindex(range(slot.max() + 1))
    return means.fillna(past.mean()).to_numpy()[slot]


@style("gaps.decayed")
def decayed_by_entries(x, last, since, h, params):
    x_hat, last_next, h_hat = x.copy(), x.copy(), h.copy()
    for b, d in np.argwhere(np.isnan(x)):
        share = min(1, math.exp(-since[b, d] * params["w_x"][d]))
        mean = params["mean"][d]
        x_hat[b, d] = mean + share * (last[b, d] - mean)
        last_next[b, d] = last[b, d]
    for b, j in np.ndindex(*h.shape):
        h_hat[b, j] *= min(1, math.exp(-(since[b] @ params["W_d"][:, j])))
    return x_hat, h_hat, last_next


@style("gaps.states")
def states_one_by_one(x, h, params):
    """Each example by itself; times and last readings from the whole column."""
    found = []
    for example, state in zip(x, h, strict=True):
        start = np.asarray(params["mean"], float)
        values = filled_by_index(example, start)
        before = np.vstack([start, values[:-1]])
        read, since = mask_and_time_by_index(example)
        rows = []
        for t in range(len(example)):
            at = slice(t, t + 1)
            x_hat, state_hat, _ = decayed_by_entries(
                example[at], before[at], since[at], np.atleast_2d(state), params
            )
            both = np.concatenate([x_hat, read[at]], axis=1)
            state, _ = cells.gru_step(both, state_hat, params)
            rows.append(state[0])
        found.append(rows)
    return np.array(found)


@style("gaps.rate_gradient")
def rate_gradient_by_differences(dx_hat, last, since, params):
    """Central differences of the estimates, weighted by their gradient."""
    w = params["w_x"].copy()

    def total():
        share = np.exp(-np.maximum(0, since * w))
        return (dx_hat * (share * last + (1 - share) * params["mean"])).sum()

    return numerical_gradient(total, w)


@style("gaps.skill")
def skill_by_joining(error, error_last, size, draws):
    blocks = [slice(k, k + size) for k in range(0, len(error), size)]

    def of(a, b):
        both = ~np.isnan(a + b)
        return 1 - (a[both] ** 2).sum() / (b[both] ** 2).sum()

    again = []
    for row in draws:
        a = np.concatenate([error[blocks[k]] for k in row])
        again.append(of(a, np.concatenate([error_last[blocks[k]] for k in row])))
    return of(error, error_last), np.percentile(again, 2.5), np.percentile(again, 97.5)


# ---- the assignment translation


@style("translation.vocabulary")
def vocabulary_step_by_step(texts):
    numbers = {}
    for sign in ("<pad>", "<bos>", "<eos>", "<unk>"):
        numbers[sign] = len(numbers)
    for code in sorted({ord(symbol) for text in texts for symbol in text}):
        numbers[chr(code)] = np.int64(len(numbers))
    return numbers


@style("translation.batch")
def batch_by_lists(texts, vocabulary):
    ids, mask = [], []
    longest = max(map(len, texts))
    for text in texts:
        empty = longest - len(text)
        inner = [
            vocabulary[s] if s in vocabulary else vocabulary["<unk>"] for s in text
        ]
        around = [vocabulary["<bos>"]], [vocabulary["<eos>"]]
        ids.append(around[0] + inner + around[1] + empty * [vocabulary["<pad>"]])
        mask.append([1] * (len(text) + 2) + [0] * empty)
    return ids, mask


@style("translation.split")
def split_by_concatenation(source, shuffled, n_test):
    parts = []
    for chosen in (shuffled[n_test:], shuffled[:n_test]):
        rows = np.concatenate([np.flatnonzero(source == one) for one in chosen])
        parts.append(sorted(rows.tolist()))
    return parts


@style("translation.loss")
def loss_by_loops(logits, targets, pad):
    costs = []
    for rows, numbers in zip(logits, targets, strict=True):
        for row, number in zip(rows, numbers, strict=True):
            if number != pad:
                high = max(row)
                costs.append(high + math.log(sum(np.exp(row - high))) - row[number])
    return sum(costs) / len(costs)


@style("translation.attention")
def attention_one_by_one(query, keys, mask):
    weights, context = np.zeros(mask.shape), np.zeros(query.shape)
    for b in range(len(query)):
        words = np.flatnonzero(mask[b])
        scores = keys[b, words] @ query[b] / len(query[b]) ** 0.5
        e = np.exp(scores - scores.max())
        weights[b, words] = e / e.sum()
        context[b] = weights[b] @ keys[b]
    return context, weights


@style("translation.keys_gradient")
def keys_gradient_by_differences(dcontext, query, keys, weights):
    """Central differences of the context, weighted by its gradient."""
    keys, mask = keys.copy(), weights > 0

    def total():
        return (attention_one_by_one(query, keys, mask)[0] * dcontext).sum()

    return numerical_gradient(total, keys)


@style("translation.encode")
def encode_one_by_one(x, mask, h, params):
    states = []
    for example, real, state in zip(x, mask, h, strict=True):
        rows, state = [], state[None]
        for t in range(len(example)):
            if real[t]:
                state, _ = cells.gru_step(example[t : t + 1], state, params)
            rows.append(state[0])
        states.append(rows)
    states = np.array(states)
    return states, states[:, -1]


@style("translation.greedy")
def greedy_by_sorting(scores, bos, eos, barred, limit):
    text = [bos]
    while len(text) <= limit:
        p = scores(text)
        best = next(k for k in np.argsort(-p, kind="stable") if k not in barred)
        if best == eos:
            return text[1:]
        text += [best]
    return np.array(text[1:])


@style("translation.beam")
def beam_in_arrays(scores, bos, eos, width, alpha, limit):
    texts, sums, done = [[bos]], np.zeros(1), []
    while texts and len(texts[0]) <= limit:
        grown = sums[:, None] + np.array([scores(text) for text in texts])
        best = np.argsort(-grown, axis=None)[:width]
        rows, symbols = np.unravel_index(best, grown.shape)
        new = [
            ([*texts[r], int(k)], grown[r, k])
            for r, k in zip(rows, symbols, strict=True)
        ]
        done += [pair for pair in new if pair[0][-1] == eos]
        alive = [pair for pair in new if pair[0][-1] != eos]
        texts, sums = [t for t, _ in alive], np.array([s for _, s in alive])
    judged = [(s / (len(t) - 1) ** alpha, t) for t, s in done or alive]
    score, text = max(judged, key=lambda pair: pair[0])
    return text[1 : -1 if text[-1] == eos else None], score


@style("translation.bleu")
def bleu_by_removing(found, right, most):
    score = 1.0
    for n in range(1, most + 1):
        hits = count = 0
        for a, b in zip(found, right, strict=True):
            left = [b[k : k + n] for k in range(len(b) - n + 1)]
            for k in range(len(a) - n + 1):
                count += 1
                if a[k : k + n] in left:
                    left.remove(a[k : k + n])
                    hits += 1
        score *= (hits / count) ** (1 / most)
    c, r = sum(map(len, found)), sum(map(len, right))
    return score if c >= r else score * math.exp(1 - r / c)


@style("translation.nearest")
def nearest_by_removing(texts, train):
    rows, shares = [], []
    for a in texts:
        best, at = -1.0, None
        for k, b in enumerate(train):
            left, both = list(b), 0
            for symbol in a:
                if symbol in left:
                    left.remove(symbol)
                    both += 2
            if both / (len(a) + len(b)) > best:
                best, at = both / (len(a) + len(b)), k
        rows.append(at)
        shares.append(best)
    return rows, shares


@style("translation.accuracies")
def accuracies_by_loops(forced, free, targets, mask):
    hits, real, whole = [0, 0], 0, 0
    for n, row in enumerate(targets):
        length = int(mask[n].sum())
        hits[0] += sum(forced[n, t] == row[t] for t in range(length))
        hits[1] += sum(free[n, t] == row[t] for t in range(length))
        whole += list(free[n, :length]) == list(row[:length])
        real += length
    return hits[0] / real, hits[1] / real, whole / len(targets)


# ---- the assignment training


@style("mending.fault")
def fault_in_numbers(train, valid):
    epochs, batches = train.shape
    mean = [sum(row) / batches for row in train.tolist()]
    if any(not math.isfinite(m) for m in mean) or mean[-1] > mean[0]:
        return "too large"
    losses = valid.tolist()
    low = min(losses)
    if losses[-1] / low > 1.1 and mean[-1] < mean[losses.index(low)]:
        return "by heart"
    rest = np.array([row - m for row, m in zip(train, mean, strict=True)])
    places = [np.mean(column) for column in rest.T]
    if statistics.pvariance(places) > statistics.pvariance(rest.ravel().tolist()) / 2:
        return "not shuffled"
    if mean[-1] / mean[0] > 0.9:
        return "too small"
    late = losses[int(0.75 * epochs)]
    return "too soon" if losses[-1] / late < 0.95 else "fine"


@style("mending.range_test")
def range_test_in_arrays(rates, losses, beta, drop, jump):
    weights = beta ** np.arange(len(losses))
    smooth = np.array(
        [
            beta ** (k + 1) * losses[0]
            + (1 - beta) * (weights[: k + 1] * losses[k::-1]).sum()
            for k in range(len(losses))
        ]
    )
    lowest = np.minimum.accumulate(np.append(losses[0], np.nan_to_num(smooth, nan=1e9)))
    up = np.flatnonzero(~(smooth <= lowest[1:] + jump))
    end = up[0] if len(up) else len(rates)
    low = np.flatnonzero(smooth[:end] < losses[0] - drop)
    return rates[low[0]] if len(low) else 0, rates[end] if len(up) else 0


@style("mending.real_loss")
def real_loss_by_loops(out, y, lengths):
    total, gradient = 0.0, np.zeros(out.shape)
    for b, length in enumerate(lengths):
        for t in range(length):
            total += (out[b, t] - y[b, t]) ** 2
            gradient[b, t] = 2 * (out[b, t] - y[b, t])
    return total / sum(lengths), gradient / sum(lengths)


@style("mending.clipped")
def clipped_by_numbers(grads, most):
    squares = [x * x for g in grads.values() for x in g.ravel().tolist()]
    norm = math.sqrt(math.fsum(squares))
    new = {}
    for name in grads:
        new[name] = grads[name] * (most / norm) if norm > most else grads[name].copy()
    return new, norm


@style("mending.adamw")
def adamw_one_by_one(p, g, m, v, t, lr, decay):
    new = [np.empty(p.shape) for _ in range(3)]
    for at in np.ndindex(p.shape):
        one = 0.9 * m[at] + (1 - 0.9) * g[at]
        two = 0.999 * v[at] + (1 - 0.999) * g[at] ** 2
        size = math.sqrt(two / (1 - 0.999**t)) + 1e-8
        step = one / (1 - 0.9**t) / size + decay * p[at]
        for array, value in zip(new, (p[at] - lr * step, one, two), strict=True):
            array[at] = value
    return tuple(new)


@style("mending.rate_at")
def rate_from_a_list(k, updates, peak, warm, floor):
    up = [peak * n / warm for n in range(1, warm + 1)]
    down = np.cos(np.linspace(0, np.pi, updates - warm))
    return np.concatenate([up, floor + (peak - floor) / 2 * (1 + down)])[k]


@style("mending.thinned")
def thinned_by_other_weights(x, params, u_x, u_h, p):
    """One mask a sequence is a network with other weights."""
    states = []
    for one, read, kept in zip(x, u_x >= p, u_h >= p, strict=True):
        W_xh = params["W_xh"] * read[:, None] / (1 - p)
        W_hh = params["W_hh"] * kept[:, None] / (1 - p)
        h, rows = np.zeros(len(kept)), []
        for step in one:
            h = np.tanh(step @ W_xh + h @ W_hh + params["b_h"])
            rows.append(h)
        states.append(rows)
    return states


@style("mending.buckets")
def buckets_by_sorting(lengths, batch, shuffled):
    ranked = sorted(range(len(lengths)), key=lambda row: lengths[row])
    rows, columns = [], 0
    for k in shuffled:
        some = ranked[k * batch : (k + 1) * batch]
        rows += some
        columns += len(some) * int(lengths[some[-1]])
    return rows, (columns - sum(lengths.tolist())) / columns


@style("mending.best_of_run")
def best_of_run_from_a_list(params, step, loss, patience, most):
    params, seen = copy.deepcopy(params), []
    for k in range(most):
        step(params, k)
        seen.append((loss(params), k, copy.deepcopy(params)))
        best = min(seen, key=lambda one: one[:2])
        if k - best[1] == patience:
            break
    return best[2], best[0], len(seen)


@style("mending.luck")
def luck_by_loop(valid, test, picks):
    found, left = [], []
    for row in picks.tolist():
        best = min(row, key=lambda run: valid[run])
        found.append(valid[best])
        left.append(test[best])
    return statistics.fmean(found), statistics.fmean(left)


@style("mending.compared")
def compared_by_lists(valid_a, test_a, valid_b, test_b, t):
    def best(valid):
        sums = [math.fsum(row) for row in valid.tolist()]
        return sums.index(min(sums))

    a, b = best(valid_a), best(valid_b)
    apart = [p - q for p, q in zip(test_a[a].tolist(), test_b[b].tolist(), strict=True)]
    error = statistics.stdev(apart) / math.sqrt(len(apart))
    return a, b, statistics.fmean(apart), t * error


@style("mending.race")
def race_with_sgd(part, valid, updates, seed):
    """No clipping, no momentum: a good rate, real days, and the best of the run."""
    x, y, lengths = part
    params, best = a_training.network(seed + 1, H=12), np.inf
    rng = np.random.default_rng(seed)
    for k in range(updates):
        rows = rng.integers(len(x), size=8)
        out, states = a_training.outputs(params, x[rows])
        d_out = real_loss_by_loops(out, y[rows], lengths[rows])[1]
        grads = a_training.gradients(params, x[rows], states, d_out)
        params = {name: p - 0.1 * grads[name] for name, p in params.items()}
        if k % 5 == 0:
            out = a_training.outputs(params, valid[0])[0]
            now = real_loss_by_loops(out, *valid[1:])[0]
            if now < best:
                best, kept = now, params
    return kept


# ---- 96-find-the-bug


@style("bugs.windows")
def windows_by_loop(series, length, rng):
    rows = [series[k : k + length] for k in range(len(series) - length + 1)]
    cut = len(rows) * 4 // 5
    return np.array(rows[:cut])[::-1], np.array(rows[cut:])


@style("bugs.scaled")
def scaled_by_line(price, days):
    known = sorted(price[:days])
    line = np.polyfit([known[0], known[-1]], [0, 1], 1)
    return np.polyval(line, price[:days]), np.polyval(line, price[days:])


@style("bugs.last_row")
def last_row_by_reshape(lstm, images):
    x = images.reshape(len(images), *images.shape[-2:])
    _, (h, _) = lstm(x)
    return h[0]


@style("bugs.first_state")
def first_state_left_out(gru, x):
    out, _ = gru(x)
    return out[:, -1].tolist()


@style("bugs.train")
def train_by_hand(gru, head, stream):
    import torch

    weights, losses, h = [*gru.parameters(), *head.parameters()], [], None
    for x, y in stream:
        out, new = gru(x) if h is None else gru(x, h)
        loss = ((head(out) - y) ** 2).mean()
        grads = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, g in zip(weights, grads, strict=True):
                w -= 0.3 * g
        h, losses = new.data, [*losses, float(loss)]
    return np.array(losses)


@style("bugs.class_loss")
def class_loss_in_two_steps(logits, y):
    import torch

    log_p = torch.log_softmax(logits, dim=-1)
    return torch.nn.functional.nll_loss(log_p, y)


@style("bugs.keras_loss")
def keras_loss_by_loop(logits, y):
    losses = [np.logaddexp.reduce(z) - z[k] for z, k in zip(logits, y, strict=True)]
    return sum(losses) / len(losses)


@style("bugs.fit")
def fit_by_formula(model, x, y, steps):
    """Linear regression, its gradient written down."""
    X = np.c_[x.numpy(), np.ones(len(x))].astype(float)
    w = np.r_[model.weight.data.numpy()[0], model.bias.data.numpy()].astype(float)
    losses = []
    for _ in range(steps):
        error = X @ w - y.numpy()[:, 0]
        losses.append((error**2).mean())
        w -= 0.2 * 2 * X.T @ error / len(x)
    return losses


@style("bugs.read")
def read_step_by_step(rnn, x):
    h = None
    for t in range(x.shape[1]):
        _, h = rnn(x[None, :, t], h)
    return h[0]


@style("bugs.squared_error")
def squared_error_by_column(prediction, y):
    return float(np.square(prediction - y.reshape(-1, 1)).mean())


@style("bugs.features")
def features_from_state(lstm, x):
    _, (h, _) = lstm(x.permute(1, 0, 2))
    return h.squeeze(0)


@style("bugs.represent")
def represent_one_by_one(gru, reviews):
    import torch

    return torch.cat([gru(review[None])[0][:, -1] for review in reviews])


@style("bugs.represent")
def represent_packed(gru, reviews):
    from torch.nn.utils.rnn import pack_sequence

    _, h = gru(pack_sequence(reviews, enforce_sorted=False))
    return h[-1]


@style("bugs.predict")
def predict_by_parts(model, x):
    first, bend, _, last = model
    return last(bend(first(x)))


@style("bugs.next_character")
def next_character_by_exponentials(h, W, b):
    p = (h @ W + b).double().exp()
    return p / p.sum(dim=1, keepdim=True)


@style("bugs.at_temperatures")
def at_temperatures_at_once(logits, temperatures):
    p = np.exp(np.divide.outer(logits, temperatures)).T
    return p / p.sum(axis=1, keepdims=True)


@style("bugs.keep")
def keep_named_first(folder, weights):
    names = {epoch: f"{epoch:03d}.npy" for epoch in range(len(weights))}
    for epoch, name in names.items():
        np.save(folder / name, weights[epoch])
    return names


@style("bugs.off_normal")
def off_normal_by_loop(y, month, days):
    off = []
    for value, m in zip(y, month, strict=True):
        off.append(value - np.mean([y[k] for k in range(days) if month[k] == m]))
    return off[:days], off[days:]


@style("bugs.without_gaps")
def without_gaps_by_loop(x, start):
    rows = [[start] * x.shape[1]]
    for row in x:
        rows.append(
            [b if math.isnan(a) else a for a, b in zip(row, rows[-1], strict=True)]
        )
    return rows[1:]


@style("bugs.samples")
def samples_one_by_one(series, starts, past, future):
    x = [series[s : s + past] for s in starts]
    y = [series[s + past :][future - 1] for s in starts]
    return np.array(x), np.array(y)


@style("bugs.loss_with_gaps")
def loss_with_gaps_assigned(gru, head, x, y, mean):
    import torch

    gap = torch.isnan(x)
    x = x.clone()
    x[gap] = mean.expand_as(x)[gap]
    _, h = gru(torch.cat([x, 1 - gap.float()], dim=2))
    return float(((head(h[0]) - y) ** 2).mean())


@style("bugs.estimates")
def estimates_by_column(x, mask, mean, rate):
    made = np.empty_like(x)
    for d in range(x.shape[1]):
        at = -1
        for t in range(len(x)):
            at = t if mask[t, d] else at
            share = math.exp(-rate[d] * (t - at))
            made[t, d] = mean[d] + share * ((x[at, d] if at >= 0 else 0) - mean[d])
    return made


@style("bugs.sentence_loss")
def sentence_loss_by_words(scores, targets, pad):
    log_p = scores.log_softmax(dim=2)
    words = [(b, t) for b, t in np.ndindex(*targets.shape) if targets[b, t] != pad]
    return float(-sum(log_p[b, t, targets[b, t]] for b, t in words) / len(words))


@style("bugs.attend")
def attend_one_by_one(layer, state, word, encoded):
    import torch

    rows = []
    for s, w, states in zip(state, word, encoded, strict=True):
        weights = torch.softmax(states @ layer(torch.cat([s, w])), dim=0)
        rows.append(weights @ states)
    return torch.stack(rows)


@style("bugs.spoken_loss")
def spoken_loss_one_by_one(scores, lengths, labels, label_lengths):
    import torch

    total = 0.0
    for k in range(len(scores)):
        log_p = torch.log_softmax(scores[k, : lengths[k]], dim=1)[:, None]
        parts = labels[k : k + 1], lengths[k : k + 1], label_lengths[k : k + 1]
        total += float(torch.nn.CTCLoss(reduction="sum")(log_p, *parts))
    return total / len(scores)


@style("bugs.state_of_sessions")
def state_of_sessions_lane_by_lane(cell, clicks, first):
    import torch

    lanes = []
    for b in range(clicks.shape[1]):
        rows, h = [], None
        for t in range(len(clicks)):
            h = cell(clicks[t, b : b + 1], None if first[t, b] else h)
            rows.append(h[0])
        lanes.append(torch.stack(rows))
    return torch.stack(lanes, dim=1)


# ---- 15


@style("deep.parameters")
def stack_by_arrays(D, H, layers, directions):
    shapes = [[(D, 4 * H), (H, 4 * H), (4 * H,)]]
    shapes += [[(H * directions, 4 * H), (H, 4 * H), (4 * H,)]] * (layers - 1)
    return directions * sum(math.prod(shape) for row in shapes for shape in row)


@style("deep.of_layer")
def state_by_reshape(h_n, layer):
    by_layer = h_n.reshape(-1, 2, *h_n.shape[1:])[layer]  # (2, B, H)
    return by_layer.transpose(1, 0, 2).reshape(h_n.shape[1], -1)


@style("deep.both_ways")
def both_ways_filled_in(x, ahead, back):
    B, T, _ = x.shape
    H = len(ahead[2])
    out = np.empty((B, T, 2 * H))
    h, g = np.zeros((B, H)), np.zeros((B, H))
    for t in range(T):
        h = np.tanh(ahead[2] + x[:, t] @ ahead[0] + h @ ahead[1])
        out[:, t, :H] = h
        s = T - 1 - t
        g = np.tanh(back[2] + x[:, s] @ back[0] + g @ back[1])
        out[:, s, H:] = g
    return out


@style("deep.residual_backward")
def residual_by_jacobians(dy, x, weights):
    jacobians = [np.eye(x.shape[1])] * len(x)
    for W in weights:
        h = np.tanh(x @ W)
        one = [np.eye(len(W)) + W * (1 - row**2) for row in h]
        jacobians = [a @ b for a, b in zip(jacobians, one, strict=True)]
        x = x + h
    return np.stack([J @ d for J, d in zip(jacobians, dy, strict=True)])


@style("deep.thinned")
def thinned_by_where(h, u, p):
    return np.where(u < p, 0.0, h / (1.0 - p))


@style("deep.normalised")
def normalised_row_by_row(a, gain, bias, eps):
    rows = []
    for row in a:
        centred = row - sum(row) / len(row)
        rows.append(centred / math.sqrt(centred @ centred / len(row) + eps))
    return np.array(rows) * gain + bias


@style("deep.delayed")
def delayed_by_padding(y, wait):
    return np.pad(y, ((0, 0), (wait, 0)), constant_values=-1)[:, : y.shape[1]]


@style("deep.seen")
def seen_by_listing(t, T, both, wait):
    read = [s for s in range(T) if both or s <= t + wait]
    return np.array([read[0], read[-1]])


# ---- 31


@style("training.columns")
def columns_by_splitting(lengths, batch):
    some = np.split(lengths, range(batch, len(lengths), batch))
    return sum(max(s) * s.size for s in some), sum(lengths)


@style("training.adam_step")
def adam_by_steps(p, g, m, v, t, lr):
    m, v = m + 0.1 * (g - m), v + 0.001 * (g * g - v)
    size = np.sqrt(v) / np.sqrt(1 - 0.999**t)
    return p - lr / (1 - 0.9**t) * m / (size + 1e-8), m, v


@style("training.one_mask")
def one_mask_other_weights(x, params, u, p):
    out = np.zeros((len(x), x.shape[1], u.shape[1]))
    for b, row in enumerate(u):
        weights = np.where(row < p, 0, 1 / (1 - p))[:, None] * params["W_hh"]
        h = np.zeros(u.shape[1])
        for t in range(x.shape[1]):
            h = np.tanh(params["b_h"] + x[b, t] @ params["W_xh"] + h @ weights)
            out[b, t] = h
    return out


@style("training.chrono")
def chrono_side_by_side(u, T):
    kept = [math.log((1 - share) + share * (T - 1)) for share in u]
    return np.concatenate([np.negative(kept), kept, np.zeros(2 * len(u))])


@style("training.one_cycle")
def one_cycle_by_interpolation(k, updates, peak):
    if k < 0.3 * updates:
        return np.interp(k, [0, 0.3 * updates], [peak / 25, peak])
    angle = np.interp(k, [0.3 * updates, updates], [0, np.pi])
    return peak * np.cos(angle / 2) ** 2


@style("training.best_kept")
def best_kept_by_index(w, steps, losses, patience):
    path = w + np.cumsum(steps, axis=0)
    made = len(losses)
    for k in range(len(losses)):
        if k - int(np.argmin(losses[: k + 1])) >= patience:
            made = k + 1
            break
    return path[np.argmin(losses[:made])], made


@style("tuning.log_uniform")
def log_uniform_by_ratio(u, low, high):
    return low * (high / low) ** u


@style("tuning.expected_best")
def best_by_bisection(mean, std, N):
    p = (N - 0.375) / (N + 0.25)
    return mean - std * statistics.NormalDist().inv_cdf(p)


@style("tuning.walk_forward")
def origins_by_counting_blocks(n, first, size, horizon):
    starts = first + size * np.arange((n - first) // size)
    return [(int(a) - (horizon - 1), int(a), int(a) + size) for a in starts]


@style("tuning.halve")
def halving_by_a_dict(curves, rungs):
    alive = {k: row for k, row in enumerate(curves.tolist())}
    spent = 0
    for k, step in enumerate(np.diff([0, *rungs]).tolist()):
        spent += step * len(alive)
        ranked = sorted(alive, key=lambda i: alive[i][k])
        keep = ranked if k == len(rungs) - 1 else ranked[: max(1, len(ranked) // 2)]
        alive = {i: alive[i] for i in keep}
    return min(alive, key=lambda i: alive[i][-1]), spent


@style("tuning.wasted")
def wasted_by_a_set(trials):
    seen, count = set(), 0
    for row in map(tuple, trials.tolist()):
        count += row in seen
        seen.add(row)
    return count


@style("tuning.simplest")
def simplest_by_walking_up(errors, sizes):
    rows = sorted(zip(sizes, errors.tolist(), strict=True))
    means = [statistics.fmean(row) for _, row in rows]
    best = means.index(min(means))
    bar = means[best] + statistics.stdev(rows[best][1]) / math.sqrt(len(rows[0][1]))
    return next(
        size for (size, _), mean in zip(rows, means, strict=True) if mean <= bar
    )


@style("tuning.reported")
def reported_by_hand(valid, test):
    sums = [sum(row) for row in valid.tolist()]
    k = sums.index(min(sums))
    return k, sum(test[k].tolist()) / len(test[k])


@style("bugs.streamed")
def streamed_by_slices(lstm, x, size):
    import torch

    h, c = torch.zeros(2, 1, len(x), lstm.hidden_size)
    rows = []
    for k in range(0, x.shape[1], size):
        out, (h, c) = lstm(x[:, k : k + size], (h, c))
        rows.extend(out.transpose(0, 1))
    return torch.stack(rows, dim=1)


@style("bugs.buffered")
def one_buffer_of_two_rows(cell, x):
    import torch

    both = torch.zeros(2, x.shape[1], cell.hidden_size)
    rows = np.empty((len(x), *both.shape[1:]))
    for k, x_t in enumerate(x):
        both[:] = torch.stack(cell(x_t, tuple(both))).detach()
        rows[k] = both[0].numpy()
    return rows


@style("bugs.in_a_byte")
def bytes_one_by_one(w):
    step = max(abs(one) for one in w.ravel().tolist()) / 127
    return np.array([round(one / step) * step for one in w.ravel()]).reshape(w.shape)


@style("deployment.quantised")
def quantised_by_a_loop(w):
    numbers = [*w.ravel().tolist(), 0.0]
    s = (max(numbers) - min(numbers)) / 255
    z = round(-128 - min(numbers) / s)
    q = [min(127, max(-128, round(one / s) + z)) for one in w.ravel().tolist()]
    return np.reshape(q, w.shape), s, z


@style("deployment.from_file")
def gates_by_their_rows(W):
    n = W.shape[1] // 4
    rows = [k * n + j for k in (0, 2, 3, 1) for j in range(n)]
    return np.transpose(W[0])[:, rows]


@style("deployment.answer")
def answers_of_one_session_at_a_time(requests, params):
    found = np.empty((len(requests), len(params["b_h"])))
    for name in {name for name, _ in requests}:
        h = np.zeros(found.shape[1])
        for k, (whose, x) in enumerate(requests):
            if whose == name:
                for row in x:
                    a = row @ params["W_xh"] + params["b_h"] + h @ params["W_hh"]
                    h = np.tanh(a)
                found[k] = h
    return found


@style("deployment.new_sessions")
def new_sessions_by_looking_back(requests, limit, seconds):
    last, new = {}, []
    for now, name in requests:
        for key in [key for key in last if now - last[key] > seconds]:
            del last[key]
        new.append(name not in last)
        if new[-1] and len(last) == limit:
            del last[min(last, key=last.get)]
        last[name] = now
    return [int(one) for one in new]


@style("deployment.taught_gradient")
def taught_by_differences(a, b, tau):
    def loss():
        p, q = (np.exp(k / tau) for k in (a, b))
        p, q = (k / k.sum(axis=1, keepdims=True) for k in (p, q))
        return tau**2 * (q * (np.log(q) - np.log(p))).sum(axis=1).mean()

    a = a.copy()
    return numerical_gradient(loss, a)


@style("deployment.slowest")
def slowest_by_counting(milliseconds, lost, patience):
    times = milliseconds.tolist() + lost * [patience]
    return min(t for t in times if sum(u <= t for u in times) >= 0.99 * len(times))


@style("deployment.limit_of")
def limit_by_trying(null, a_day, days):
    return min(v for v in null if (null > v).mean() * a_day * days <= 1)


# ---- 35


@style("beyond.compose")
def compose_by_matrices(a, b, a2, b2):
    first = np.array([[a, b], [0 * a, 0 * a + 1]])
    second = np.array([[a2, b2], [0 * a, 0 * a + 1]])
    both = np.einsum("ij...,jk...->ik...", second, first)
    return both[0, 0], both[0, 1]


@style("beyond.doubling_work")
def work_by_listing(T):
    distances = [2**r for r in range(T) if 2**r < T]
    return len(distances), sum(T - d for d in distances)


@style("beyond.kernel")
def kernel_by_impulse(lam, B, C, T):
    h, out = np.zeros(len(lam), complex), []
    for t in range(T):
        h = lam * h + (B if t == 0 else 0)
        out.append(float(np.real(np.dot(h, C))))
    return out


@style("beyond.stable")
def stable_by_sums(i, f, g):
    out, total = [], np.cumsum(f)
    for t in range(len(g)):
        e = i[: t + 1] + total[t] - total[: t + 1]
        w = np.exp(e - e.max())
        out.append(w @ g[: t + 1] / w.sum())
    return np.array(out)


@style("beyond.causal_weights")
def causal_row_by_row(scores):
    out = np.zeros_like(scores)
    for t, row in enumerate(scores):
        e = np.exp(row[: t + 1] - row[: t + 1].max())
        out[t, : t + 1] = e / e.sum()
    return out


@style("beyond.linear_attention")
def linear_attention_at_once(q, k, v):
    return np.tril(q @ k.T) @ v


@style("beyond.reach")
def reach_by_walking(k, dilations):
    seen = {0}
    for d in dilations:
        seen = {place + j * d for place in seen for j in range(k)}
    return max(seen) + 1


@style("beyond.kept")
def kept_by_arrays(layers, width, T, per_number):
    one = np.zeros((T, width))
    return sum(2 * one.size * per_number for _ in range(layers))


@style("classic.copy_null")
def copy_null_by_listing_steps(S, A, gap):
    costs = [0.0] * (S + gap) + [math.log(A)] * S
    return statistics.fmean(costs)


@style("classic.mean_null")
def nulls_by_moments(y, answer):
    mean, square = sum(y) / len(y), sum(v * v for v in y) / len(y)
    return square - mean**2, square - 2 * answer * mean + answer**2


@style("classic.at_own_rate")
def own_rates_by_loops(valid, test):
    found = []
    for v, t in zip(valid.tolist(), test.tolist(), strict=True):
        k = min(range(len(v)), key=lambda k: sum(v[k]))
        found.append(sum(t[k]) / len(t[k]))
    return found


@style("classic.apart")
def apart_by_standard_errors(a, b):
    errors = [statistics.stdev(v) / math.sqrt(len(v)) for v in (a.tolist(), b.tolist())]
    return statistics.fmean(b) - statistics.fmean(a), 2 * math.hypot(*errors)


@style("classic.sees")
def sees_by_walking_back(kernel, levels, convolutions):
    first = 0
    for level in reversed(range(levels)):
        for _ in range(convolutions):
            first -= (kernel - 1) << level
    return len(range(first, 1))


@style("classic.best_of_many")
def best_of_many_by_corrcoef(cells, y, shifts):
    T = len(y)

    def best(shift):
        moved = y[(np.arange(T) - shift) % T]
        return abs(np.corrcoef(cells.T, moved)[-1, :-1]).max()

    return best(0), sum(map(best, shifts)) / len(shifts)


@style("scaling.amdahl")
def faster_by_shares(serial, parallel, n):
    s = serial / (serial + parallel)
    return 1 / (s + (1 - s) / n)


@style("scaling.dealt")
def dealt_by_a_loop(n, epoch, seed, rank, world):
    drawn = np.random.default_rng([seed, epoch]).permutation(n).tolist()
    return [drawn[k * world + rank] for k in range(n // world)]


@style("scaling.own_losses")
def losses_by_the_mean_count(sums, counts):
    return [one / np.mean(counts) for one in sums.tolist()]


@style("scaling.accumulated")
def accumulated_in_a_loop(grads, counts):
    total = np.zeros(grads.shape[1])
    for g, n in zip(grads, counts, strict=True):
        total = total + g * n
    return total / sum(counts.tolist())


@style("scaling.windows_of")
def windows_by_slices(ids, streams, length, rank, world):
    long, each = len(ids) // streams, streams // world
    starts = [long * k for k in range(rank * each, (rank + 1) * each)]
    return [
        [ids[a + t : a + t + length] for a in starts]
        for t in range(0, long - length + 1, length)
    ]


@style("scaling.resumed")
def resumed_by_listing(step, n, batch, seed):
    batches, epoch = [], 0
    while len(batches) <= step:
        drawn = np.random.default_rng([seed, epoch]).permutation(n)
        batches += [drawn[a : a + batch] for a in range(0, n - batch + 1, batch)]
        epoch += 1
    return batches[step]


@style("scaling.ring")
def ring_piece_by_piece(parts):
    n, _, P = parts.shape
    held = np.empty_like(parts)
    for piece in range(n):
        total = sum(parts[(piece + s) % n, piece] for s in range(n))
        held[:, piece] = total
    return held, (n - 1) * P + (n - 1) * P


@style("claims.verdict")
def verdicts_one_by_one(low, high, matters):
    found = []
    for a, b in zip(low, high, strict=True):
        found.append(1 if a > 0 else 0 if b < matters else -1)
    return found


@style("claims.welch")
def welch_by_statistics(a, b):
    parts = [statistics.variance(x.tolist()) / len(x) for x in (a, b)]
    lower = sum(p * p / (len(x) - 1) for p, x in zip(parts, (a, b), strict=True))
    difference = statistics.fmean(a) - statistics.fmean(b)
    return difference, math.sqrt(sum(parts)), sum(parts) ** 2 / lower


@style("claims.own_best")
def best_rate_of_each(valid, test):
    out = []
    for choosing, judging in zip(valid, test, strict=True):
        sums = [sum(row) for row in choosing.tolist()]
        out.append(judging[sums.index(min(sums))].mean())
    return np.array(out)


@style("claims.against_last")
def ratio_by_sums(price, forecast):
    new, old = price.tolist()[1:], price.tolist()[:-1]
    own = sum(abs(p - f) for p, f in zip(new, forecast.tolist(), strict=True))
    return own / sum(abs(p - q) for p, q in zip(new, old, strict=True))


@style("claims.purged")
def purged_by_sets(n, window, ahead, start, stop):
    touched = set()
    for k in range(start, stop):
        touched.update(range(k, k + window + ahead))
    return [touched.isdisjoint(range(k, k + window + ahead)) for k in range(n)]


@style("claims.by_luck")
def luck_by_both_tails(wins, n):
    few = min(wins, n - wins)
    tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n
    return min(1.0, 2 * tail)


@pytest.mark.parametrize(
    ("name", "function"), STYLES, ids=[f"{n}-{f.__name__}" for n, f in STYLES]
)
def test_a_right_solution_passes(name, function):
    result = check(name, function)
    assert result.passed, str(result)


# ---- how a function may be written down

SIGNATURES = (  # of three arguments; what is optional decides nothing
    "a, b, c",
    "a, b, c, step=None",
    "a, b, c, verbose=False, clip=5.0",
    "a, b, c, *, step=None",
    "a, b, c, *more",
    "a, b, c, **options",
    "a, b, c, *more, step=None, **options",
    "a, b, c, /",
    "a, /, b, c, clip=None",
    "a, b, c=None, step=None",
    "a=None, b=None, c=None, d=None",
)


def written(signature, function):
    names = {"function": function}
    exec(f"def own({signature}):\n    return function(a, b, c)", names)
    return names["own"]


class Model:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def method(self, a, b, c, step=None):
        return self.function(a, b, c)

    @staticmethod
    def still(function):
        return lambda a, b, c, verbose=False: function(a, b, c)


def ways(function):
    """A right function of three arguments, written in every way."""
    yield from (written(signature, function) for signature in SIGNATURES)
    yield functools.partial(lambda first, a, b, c: function(a, b, c), "bound")
    yield functools.partial(lambda a, b, c, step: function(a, b, c), step=None)
    yield from (Model(function), Model(function).method, Model.still(function))
    yield functools.wraps(function)(lambda *args, **options: function(*args))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "gru_reset_after"])
def test_an_optional_argument_decides_nothing(kind):
    """The longer form begins with the step; nothing but a required argument asks it."""
    step_backward = getattr(cells, f"{kind}_step_backward")

    def backward(dh, dlast, caches, params):
        return bptt.backward(step_backward, dh, dlast, caches, params)

    for function in ways(forward_own(kind)):
        result = check(f"{kind}.forward", function)
        assert result.passed, (function, str(result))
    for function in (
        lambda dh, dlast, caches, params, clip=None: backward(
            dh, dlast, caches, params
        ),
        lambda *args: backward(*args),
        functools.partial(bptt.backward, step_backward),
        lambda f, dh, dlast, caches, params, clip=None: bptt.backward(
            f, dh, dlast, caches, params
        ),
        Model(backward),
    ):
        result = check(f"{kind}.backward", function)
        assert result.passed, str(result)


def test_where_there_is_one_form_every_way_passes():
    for function in ways(rnn_einsum):
        assert check("rnn.step", function).passed
    assert check("text.max_pool", lambda h, n, axis=1: max_pool_by_loop(h, n)).passed


def test_what_cannot_be_called_so_is_told():
    for function in (lambda x, h: h, lambda x, h, p, *, step: h, lambda a, b, c, d: a):
        assert "its own arguments are" in str(check("rnn.step", function))
    many = lambda a, b, c, d, e: a  # noqa: E731
    text = str(check("rnn.forward", many))
    assert "(step, x, h, params) or (x, h, params)" in text


# ---- what is asked for and not returned


def _parts(value):
    return list(value) if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("name", CHECKS)
def test_a_part_of_what_is_asked_for_is_not_right(name):
    """No form that a check reads lacks an output of the first one and passes."""
    one = CHECKS[name]
    asked = {leaf.lstrip("+") for leaf in leaves(one.returns[0]) if leaf[0] != "*"}
    cases, wanted = prepared(name)
    for template in one.returns:
        given = {leaf.lstrip("+") for leaf in leaves(template)}
        if asked <= given or one.wrap:
            continue
        outputs = {repr(case.args): w for case, w in zip(cases, wanted, strict=True)}

        def part(*args, template=template, outputs=outputs):
            return _filled(template, outputs[repr(args)])

        part.__signature__ = inspect.signature(one.reference)
        result = check(name, part)
        assert not result.passed and result.mistake == "not_returned", template
        assert all(f"{n}" in str(result) for n in asked - given)


def _filled(template, outputs):
    if isinstance(template, tuple):
        return tuple(_filled(part, outputs) for part in template)
    return outputs.get(template)


@pytest.mark.parametrize(
    ("name", "function", "missing"),
    [
        ("lstm.forward", lambda *a: forward_own("lstm")(*a)[0], "h_T, c_T, caches"),
        ("lstm.forward", lambda *a: forward_own("lstm")(*a)[:2], "caches"),
        (
            "lstm.forward",
            lambda x, s, p: (*forward_own("lstm")(x, s, p)[:2], None),
            "caches",
        ),
        (
            "lstm.forward",
            lambda x, s, p: (*forward_own("lstm")(x, s, p)[:2], [1]),
            "caches",
        ),
        ("rnn.forward", lambda *a: forward_own("rnn")(*a)[0], "h_T"),
        ("losses.cross_entropy", lambda *a: cross_entropy_loop(*a)[0], "dlogits"),
    ],
)
def test_what_is_not_returned_is_named(name, function, missing):
    result = check(name, function)
    assert not result.passed and result.mistake == "not_returned"
    assert f"Not returned, or not whole: {missing}." in str(result)


def test_a_peephole_needs_its_gradient():
    reference = CHECKS["lstm.peephole_step_backward"].reference

    def flat(dstate, cache, params, last=None):
        dx, (dh, dc), grads = reference(dstate, cache, params)
        weights = "W_xh", "W_hh", "b_h", "p_i", "p_f", "p_o"
        return (dx, dh, dc, *(grads[name] for name in weights))[:last]

    assert check("lstm.peephole_step_backward", flat).passed
    without = functools.partial(flat, last=6)
    assert not check("lstm.peephole_step_backward", without).passed


def test_a_cache_that_nobody_asks_for_is_said_to_be_unchecked():
    text = str(check("gru.step", gru_separate))
    assert text.startswith("Right.") and "so not checked: cache." in text
    assert "not checked" not in str(check("gru.step", gru_examples))
    without = lambda *args: forward_own("rnn")(*args)[:2]  # noqa: E731
    assert "so not checked: caches." in str(check("rnn.forward", without))


def test_every_check_has_another_style():
    assert {name for name, _ in STYLES} == set(CHECKS)
