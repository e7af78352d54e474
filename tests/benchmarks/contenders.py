"""What is compared: one training step (forward, backward, dx) of one recurrent layer.

``step(kind, shape)`` of each contender returns a function without arguments that does
the step. All get the same numbers, in float32 but for the tutorial.
"""

import numpy as np

from rnnbook import convert, layers

KINDS = ("LSTM", "GRU", "RNN")
SHAPES = (  # B, T, D, H
    (32, 28, 28, 128),  # an image, row by row
    (64, 100, 65, 256),  # characters
    (1, 100, 1, 64),  # one series
    (128, 60, 8, 32),  # many short windows
    (32, 35, 256, 512),  # word vectors
)


def layer_and_data(kind, shape, dtype=np.float32):
    B, T, D, H = shape
    rng = np.random.default_rng(0)
    x = rng.standard_normal((B, T, D)).astype(dtype)
    dh = rng.standard_normal((B, T, H)).astype(dtype)
    return getattr(layers, kind)(D, H, dtype=dtype), x, dh


def rnnbook(kind, shape):
    layer, x, dh = layer_and_data(kind, shape)

    def step():
        h, _ = layer.forward(x)
        layer.backward(dh)
        return h

    return step


def torch(kind, shape):
    import torch

    layer, x, dh = layer_and_data(kind, shape)
    module = convert.to_torch(layer)
    x, dh = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dh)

    def step():
        x.grad = None
        module.zero_grad()
        h, _ = module(x)
        h.backward(dh)
        return h.detach().numpy()

    return step


def keras(kind, shape):
    import tensorflow as tf

    layer, x, dh = layer_and_data(kind, shape)
    made = convert.to_keras(layer)
    x, dh = tf.constant(x), tf.constant(dh)
    weights = [w.value for w in made.trainable_weights]

    @tf.function
    def compiled(x, dh):
        with tf.GradientTape() as tape:
            tape.watch(x)
            h = made(x)
        return h, tape.gradient(h, [x, *weights], output_gradients=dh)

    def step():
        h, gradients = compiled(x, dh)
        gradients[0].numpy()  # waits for the result
        return h.numpy()

    return step


def tutorial(kind, shape):
    """The usual NumPy code: whole batches, one matrix for each gate, float64."""
    layer, x, dh = layer_and_data(kind, shape)
    W, U, b = (
        np.split(layer.params[name].astype(np.float64), len(GATES[kind]), axis=-1)
        for name in ("W_xh", "W_hh", "b_xh" if kind == "GRU" else "b_h")
    )
    W, U, b = (dict(zip(GATES[kind], a, strict=True)) for a in (W, U, b))
    dh = dh.astype(np.float64)
    return lambda: TUTORIALS[kind](x, dh, W, U, b)


GATES = {"RNN": "h", "LSTM": "ifgo", "GRU": "rzn"}


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


def _add_products(dW, dU, db, x, h, da):
    for k, d in da.items():
        dW[k] += x.T @ d
        dU[k] += h.T @ d
        db[k] += d.sum(axis=0)


def _zeros(*groups):
    return [{k: np.zeros_like(a) for k, a in group.items()} for group in groups]


def _tutorial_rnn(x, dh, W, U, b):
    (B, T, H), dx = dh.shape, np.zeros(x.shape)
    hs, dW_dU_db = [np.zeros((B, H))], _zeros(W, U, b)
    for t in range(T):
        hs.append(np.tanh(x[:, t] @ W["h"] + hs[-1] @ U["h"] + b["h"]))
    d = np.zeros((B, H))
    for t in reversed(range(T)):
        da = (d + dh[:, t]) * (1 - hs[t + 1] ** 2)
        _add_products(*dW_dU_db, x[:, t], hs[t], {"h": da})
        dx[:, t], d = da @ W["h"].T, da @ U["h"].T
    return np.stack(hs[1:], axis=1)


def _tutorial_lstm(x, dh, W, U, b):
    (B, T, H), dx = dh.shape, np.zeros(x.shape)
    hs, cs, seen, dW_dU_db = [np.zeros((B, H))], [np.zeros((B, H))], [], _zeros(W, U, b)
    for t in range(T):
        a = {k: x[:, t] @ W[k] + hs[-1] @ U[k] + b[k] for k in W}
        i, f, o = (_sigmoid(a[k]) for k in "ifo")
        g = np.tanh(a["g"])
        cs.append(f * cs[-1] + i * g)
        hs.append(o * np.tanh(cs[-1]))
        seen.append((i, f, g, o))
    d, dc = np.zeros((B, H)), np.zeros((B, H))
    for t in reversed(range(T)):
        i, f, g, o = seen[t]
        tanh_c = np.tanh(cs[t + 1])
        d = d + dh[:, t]
        dc = dc + d * o * (1 - tanh_c**2)
        da = {
            "i": dc * g * i * (1 - i),
            "f": dc * cs[t] * f * (1 - f),
            "g": dc * i * (1 - g**2),
            "o": d * tanh_c * o * (1 - o),
        }
        _add_products(*dW_dU_db, x[:, t], hs[t], da)
        dx[:, t] = sum(da[k] @ W[k].T for k in W)
        d, dc = sum(da[k] @ U[k].T for k in W), dc * f
    return np.stack(hs[1:], axis=1)


def _tutorial_gru(x, dh, W, U, b):
    (B, T, H), dx = dh.shape, np.zeros(x.shape)
    hs, seen, dW_dU_db = [np.zeros((B, H))], [], _zeros(W, U, b)
    for t in range(T):
        h = hs[-1]
        r, z = (_sigmoid(x[:, t] @ W[k] + h @ U[k] + b[k]) for k in "rz")
        m = h @ U["n"]
        n = np.tanh(x[:, t] @ W["n"] + r * m + b["n"])
        hs.append((1 - z) * n + z * h)
        seen.append((r, z, n, m))
    d = np.zeros((B, H))
    for t in reversed(range(T)):
        r, z, n, m = seen[t]
        d = d + dh[:, t]
        dn = d * (1 - z) * (1 - n**2)
        da = {"r": dn * m * r * (1 - r), "z": d * (hs[t] - n) * z * (1 - z), "n": dn}
        _add_products(*dW_dU_db, x[:, t], hs[t], da)
        dx[:, t] = sum(da[k] @ W[k].T for k in W)
        d = d * z + da["r"] @ U["r"].T + da["z"] @ U["z"].T + (dn * r) @ U["n"].T
    return np.stack(hs[1:], axis=1)


TUTORIALS = {"RNN": _tutorial_rnn, "LSTM": _tutorial_lstm, "GRU": _tutorial_gru}


def products(kind, shape):
    """The matrix products of ``rnnbook`` alone: what no code around them can save."""
    B, T, D, H = shape
    F = H + 1 + D
    # rows and inner size of the products of a step, forwards and backwards; rows of the
    # weight gradients and their columns; gates that x enters
    forward, backward, gradients, x_gates = {
        "RNN": ([(1, F)], [1], [(1, F)], 1),
        "LSTM": ([(4, F)], [4], [(4, F)], 4),
        "GRU": ([(2, F), (1, H + 1), (1, D + 1)], [3], [(3, D + 1), (3, H + 1)], 3),
    }[kind]
    ones = lambda *s: np.full(s, 0.01, np.float32)  # noqa: E731
    chunks = max(1, -(-T * B // layers._CHUNK_COLUMNS))
    columns = T * B // chunks
    by_step = [(ones(k * H, n), ones(n, B), ones(k * H, B)) for k, n in forward]
    by_step += [(ones(H, k * H), ones(k * H, B), ones(H, B)) for k in backward]
    by_chunk = [(ones(k * H, columns), ones(n, columns).T) for k, n in gradients]
    by_chunk += [(ones(D, x_gates * H), ones(x_gates * H, columns))]

    def step():
        for a, b, out in by_step:
            for _ in range(T):
                a.dot(b, out)
        for a, b in by_chunk:
            for _ in range(chunks):
                a @ b

    return step
