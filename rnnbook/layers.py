"""Layers for whole batches of sequences: the mathematics of ``cells``, made fast.

Every recurrent layer has the interface ::

    layer = LSTM(input_size, hidden_size, rng=0, dtype=np.float32)
    h, state = layer.forward(x, state=None, lengths=None)
    dx, dstate = layer.backward(dh, dstate=None)

with ``x (B, T, D)``, ``h (B, T, H)`` and ``state`` the pair ``(h, c)`` for the LSTM and
``h`` for the others, each ``(B, H)``. ``layer.params`` may be changed in place between
calls; ``backward`` fills ``layer.grads``, with the same keys, anew and uses the
parameters that the last ``forward`` saw. Equal to :mod:`rnnbook.cells` unrolled by
:mod:`rnnbook.bptt`, as the tests show.

What makes the recurrent layers fast stands here and nowhere else:

* Inside, arrays are *feature-major*: ``(T, rows, B)``, the batch last. Each gate is
  then one contiguous block, and the weights stand on the left of every product.
* The input rows of step t are ``[h_{t-1}; 1; x_t]``. One matrix, made of ``W_hh``, the
  bias and ``W_xh`` at each forward, turns them into gates, and nothing is to be added.
* sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, with the inner half folded into that matrix: one
  ``tanh`` serves all gates.
* Backward, every gate gradient is the gradient of ``h`` or ``c`` times a *factor* that
  needs no other step. Factors are made for a chunk of steps by whole-array operations,
  and overwritten by the gradients. The loop over time only multiplies by them.
* Weight gradients and ``dx`` are one matrix product for each chunk.
* Buffers are kept from call to call, and so are the views that each step needs. In the
  loops, ``ndarray.dot`` and positional ``out`` have the smallest overhead for a call.
"""

import operator
from types import SimpleNamespace

import numpy as np

__all__ = ["RNN", "LSTM", "GRU", "Linear", "Embedding"]

# Columns (steps times batch) of one chunk: enough for the product that makes the weight
# gradients, few enough for the cache.
_CHUNK_COLUMNS = 512
# Spare columns, so that rows a power of two long do not compete for the same cache sets
# when an array is read column by column.
_SPARE = 16


def _size(name, value):
    """Return a size as int; ValueError unless it is a whole number of at least 1."""
    try:
        size = 0 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        size = 0
    if size < 1:
        raise ValueError(f"{name}: expected an integer of at least 1, got {value!r}")
    return size


def _float_dtype(dtype):
    """Return the dtype; ValueError unless it is float32 or float64."""
    for known in (np.dtype(np.float32), np.dtype(np.float64)):
        try:
            if dtype is not None and np.dtype(dtype) == known:
                return known
        except TypeError:
            pass
    raise ValueError(f"dtype: expected float32 or float64, got {dtype!r}")


def _array(name, value, dtype):
    """Return the value as array; ValueError unless it has the dtype of the layer."""
    value = np.asarray(value)
    if value.dtype != dtype:
        raise ValueError(
            f"{name}: expected {dtype}, the dtype of the layer, got {value.dtype}"
        )
    return value


def _all_finite(a):
    """Tell whether the array holds neither NaN nor infinity.

    The sum is far cheaper than ``isfinite`` on every entry, and a NaN or an infinity
    always spoils it. Only a sum that overflows needs the second look.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.add.reduce(a, axis=None)) or np.isfinite(a).all())


def _check_finite(name, a, real=None):
    """ValueError on NaN or infinity; ``real (B, T)`` marks the steps that count."""
    if _all_finite(a):
        return
    if real is None or not np.isfinite(a[real]).all():
        raise ValueError(f"{name}: expected finite values, got NaN or infinity")


def _check_params(params, shapes, dtype):
    """ValueError unless the parameters kept their shapes and the dtype of the layer."""
    for name, shape in shapes.items():
        p = params[name]
        if p.shape != shape or p.dtype != dtype:
            raise ValueError(
                f"params[{name!r}]: expected {dtype} of shape {shape}, "
                f"got {p.dtype} of shape {p.shape}"
            )


def _check_exact(name, d, shape, dtype):
    """Return d as array; ValueError unless finite, of this shape and this dtype."""
    d = _array(name, d, dtype)
    if d.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {d.shape}")
    _check_finite(name, d)
    return d


def _check_lengths(lengths, B, T):
    """Return lengths as an int array of shape (B,), or None; ValueError if bad."""
    if lengths is None:
        return None
    lengths = np.asarray(lengths)
    if lengths.shape != (B,):
        raise ValueError(f"lengths: expected shape {(B,)}, got {lengths.shape}")
    if not np.issubdtype(lengths.dtype, np.integer):
        raise ValueError(f"lengths: expected integers, got {lengths.dtype}")
    if lengths.min() < 1 or lengths.max() > T:
        raise ValueError(
            f"lengths: expected 1 to {T}, got {lengths.min()} to {lengths.max()}"
        )
    return lengths.astype(np.intp)


def _uniform(rng, shape, size, dtype):
    bound = 1 / np.sqrt(size)
    return rng.uniform(-bound, bound, shape).astype(dtype)


def _side_by_side(steps, buffer):
    """Steps (k, rows, B) as one matrix (rows, k * B), in the buffer if it is a copy."""
    k, rows, B = steps.shape
    if B == 1:
        return steps.reshape(k, rows).T
    matrix = buffer[: steps.size].reshape(rows, k, B)
    np.copyto(matrix, steps.transpose(1, 0, 2))
    return matrix.reshape(rows, k * B)


class _Recurrent:
    """What the recurrent layers share: checks, buffers, chunks, weight gradients.

    A subclass says which gates it has, in which order its buffers hold them, and what
    happens in one step, forwards and backwards. In the buffers,

    * ``work.v (T + 1, rows, B)`` holds the input rows ``[h; 1; x]`` of each step, and
      for one GRU ``r * h`` below them; the last h stands in ``v[T]``;
    * ``work.a (T + 1, rows, B)`` holds the gates of each step;
    * ``work.e (K, rows, B)`` holds first the factors, then the gate gradients of a
      chunk of at most K steps.
    """

    _states = 1  # arrays in the state
    _order = (0,)  # the block of the buffers that holds each gate of the parameters
    _a_blocks = 1  # blocks of H rows in a
    _e_blocks = 1  # blocks of H rows in e
    _v_extra = 0  # blocks of H rows in v below [h; 1; x]

    def __init__(self, input_size, hidden_size, rng=0, dtype=np.float32):
        self.input_size = _size("input_size", input_size)
        self.hidden_size = _size("hidden_size", hidden_size)
        self.dtype = _float_dtype(dtype)
        self.params = self._initial_params(np.random.default_rng(rng))
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        self._shapes = {name: p.shape for name, p in self.params.items()}
        self._work = None
        self._ready = False

    def __getstate__(self):
        """A copy or pickle leaves the buffers behind: their views would come apart."""
        return {**self.__dict__, "_work": None, "_ready": False}

    def _initial_params(self, rng):
        D, H, columns = self.input_size, self.hidden_size, self._columns(self._order)
        return {
            "W_xh": _uniform(rng, (D, columns), H, self.dtype),
            "W_hh": _uniform(rng, (H, columns), H, self.dtype),
            "b_h": np.zeros(columns, self.dtype),
        }

    def _columns(self, gates):
        return len(gates) * self.hidden_size

    def _block(self, first, last=None):
        """Slice of the blocks ``first`` to ``last - 1``, of H each; one by default."""
        last = first + 1 if last is None else last
        return slice(first * self.hidden_size, last * self.hidden_size)

    # ---- what a caller uses

    def forward(self, x, state=None, lengths=None):
        """Run the layer over a batch of sequences.

        Parameters
        ----------
        x : (B, T, D) ndarray of the layer's dtype
        state : ``h (B, H)``, or ``(h, c)`` for the LSTM; zeros if not given
        lengths : (B,) integers from 1 to T, optional
            The number of real steps of each sequence; what stands in ``x`` after them
            is ignored.

        Returns
        -------
        h : (B, T, H) ndarray, zero after the last real step
        state : as the argument, after the last real step

        Raises
        ------
        ValueError
            If a shape or dtype is wrong, a size is 0, a value is NaN or infinite, or a
            length is out of range.
        """
        _check_params(self.params, self._shapes, self.dtype)
        x = self._check_sequence("x", x, self.input_size)
        B, T, _ = x.shape
        lengths = _check_lengths(lengths, B, T)
        real = None if lengths is None else np.arange(T) < lengths[:, None]  # (B, T)
        _check_finite("x", x, real)
        state = self._check_state("state", state, B)
        self._ready = False
        work = self._workspace(B, T)
        work.lengths, work.real = lengths, real
        self._fold(work)
        self._load_x(work, x)
        for kept, first in zip(self._kept_states(work), state, strict=True):
            kept[0] = first.T
        self._forward_steps(work)
        self._ready = True
        return self._outputs(work)

    def backward(self, dh, dstate=None):
        """Backpropagate through the last :meth:`forward`, and fill ``grads``.

        Parameters
        ----------
        dh : (B, T, H) ndarray
            The gradient with respect to each output; ignored after the last real step.
        dstate : as ``state``, the gradient with respect to the returned state; or zeros

        Returns
        -------
        dx : (B, T, D) ndarray, zero after the last real step
        dstate : as the argument, with respect to the initial state

        Raises
        ------
        RuntimeError
            If there is no forward pass to go back through.
        ValueError
            If a shape or dtype is wrong, or a value is NaN or infinite.
        """
        if not self._ready:
            raise RuntimeError("backward: call forward first")
        work = self._work
        B, T = work.key
        dh = self._check_sequence("dh", dh, self.hidden_size, (B, T))
        _check_finite("dh", dh, work.real)
        dlast = self._check_state("dstate", dstate, B)
        self.grads.clear()  # lets the old ones go; the dict stays the same
        dx = np.empty((B, T, self.input_size), self.dtype)
        self._begin_backward(work, dlast)
        for start in reversed(range(0, T, work.chunk)):
            stop = min(start + work.chunk, T)
            self._load_dh(work, dh, dlast[0], start, stop)
            self._factors(work, start, stop)
            self._backward_steps(work, start, stop)
            self._products(work, dx, start, stop)
        sums, work.sums, work.back_of = work.sums, None, None  # lets the weights go
        self.grads.update(self._parameter_grads(sums))
        return dx, self._packed([work.carry, *work.more_carry])

    def _packed(self, states):
        """Feature-major states as the caller wants them: copies, (B, H) each."""
        copies = tuple(np.array(s.T, order="C") for s in states)
        return copies if self._states > 1 else copies[0]

    # ---- checks

    def _check_sequence(self, name, a, size, batch_and_time=None):
        a = _array(name, a, self.dtype)
        if a.ndim != 3:
            raise ValueError(
                f"{name}: expected 3 dimensions (B, T, {size}), got shape {a.shape}"
            )
        B, T = batch_and_time or a.shape[:2]
        if a.shape != (B, T, size):
            raise ValueError(f"{name}: expected shape {(B, T, size)}, got {a.shape}")
        if B == 0 or T == 0:
            raise ValueError(
                f"{name}: expected at least one sequence and one step, "
                f"got shape {a.shape}"
            )
        return a

    def _check_state(self, name, state, B):
        """Return the state as a tuple of (B, H) arrays, zeros if it is None."""
        shape = (B, self.hidden_size)
        if state is None:
            return (np.zeros(shape, self.dtype),) * self._states
        if self._states == 1:
            state = (state,)
        elif not isinstance(state, tuple | list) or len(state) != self._states:
            got = type(state).__name__
            raise ValueError(f"{name}: expected a pair of arrays (h, c), got {got}")
        return tuple(_check_exact(name, s, shape, self.dtype) for s in state)

    # ---- buffers and copies

    def _workspace(self, B, T):
        """The buffers for this shape, those of the last call if it had the same."""
        if self._work is not None and self._work.key == (B, T):
            return self._work
        self._work = None  # lets the old buffers go before the new ones are made
        D, H, dtype = self.input_size, self.hidden_size, self.dtype
        F = H + 1 + D
        K = -(-T // -(-T * B // _CHUNK_COLUMNS))  # chunks of nearly equal length
        work = SimpleNamespace(key=(B, T), chunk=K, more_carry=[], sums=None)
        work.v = np.empty((T + 1, F + self._v_extra * H, B), dtype)
        work.v[:, H] = 1
        work.h, work.x = work.v[:, :H], work.v[:T, H + 1 : F]
        work.a = np.empty((T + 1, self._a_blocks * H, B), dtype)
        work.e = np.empty((K, self._e_blocks * H, B), dtype)
        work.dh = np.empty((K, H, B), dtype)
        work.carry = np.empty((H, B), dtype)  # the gradient of h from later steps
        work.temporary = np.empty((H, B), dtype)
        work.staging = np.empty((K, B, max(D, H) + _SPARE), dtype)
        work.flat_v = np.empty(work.v.shape[1] * K * B, dtype)
        work.flat_e = np.empty(work.e.shape[1] * K * B, dtype)
        work.half = np.array(0.5, dtype)
        work.full = np.empty((F, self._e_blocks * H + _SPARE), dtype)
        self._views(work)
        self._work = work
        return work

    def _to_feature_major(self, work, source, target):
        """Copy (B, k, N) to (k, N, B), k at most K, by way of (k, B, N) with spare."""
        stage = work.staging[: source.shape[1], :, : source.shape[2]]
        np.copyto(stage, source.transpose(1, 0, 2))
        np.copyto(target, stage.transpose(0, 2, 1))

    def _load_x(self, work, x):
        T = x.shape[1]
        for start in range(0, T, work.chunk):
            steps = slice(start, start + work.chunk)
            self._to_feature_major(work, x[:, steps], work.x[steps])
        if work.real is not None:
            np.copyto(work.x, 0, where=~work.real.T[:, None])

    def _outputs(self, work):
        """The hidden states (B, T, H) and the last state, as copies."""
        B, T = work.key
        out = np.empty((B, T, self.hidden_size), self.dtype)
        for start in range(0, T, work.chunk):
            h = work.h[start + 1 : min(start + work.chunk, T) + 1]
            stage = work.staging[: len(h), :, : self.hidden_size]
            np.copyto(stage, h.transpose(0, 2, 1))
            np.copyto(out[:, start : start + len(h)], stage.transpose(1, 0, 2))
        if work.real is None:
            return out, self._packed([s[T] for s in self._kept_states(work)])
        out[~work.real] = 0
        ends = work.lengths, slice(None), np.arange(B)
        return out, self._packed([s[ends].T for s in self._kept_states(work)])

    def _kept_states(self, work):
        """For each part of the state, where its T + 1 values stand."""
        return (work.h,)

    # ---- weights, as one matrix

    def _place(self, target, source, order=None):
        """Copy parameter columns into the order that the buffers have."""
        for gate, block in enumerate(order or self._order):
            target[..., self._block(block)] = source[..., self._block(gate)]

    def _unplace(self, d, order=None):
        """Gradients (gates in buffer order, rows) as (rows, gates of parameters)."""
        order = order or self._order
        out = np.empty((d.shape[1], self._columns(order)), self.dtype)
        for gate, block in enumerate(order):
            out[:, self._block(gate)] = d[self._block(block)].T
        return out

    def _left(self, work, weights):
        """A copy of the weights, to stand on the left of a product with (rows, B)."""
        # For a single sequence that is a matrix times a vector: faster on columns.
        return np.array(weights, order="F" if work.key[0] == 1 else "C")

    def _fold(self, work):
        H, p = self.hidden_size, self.params
        self._place(work.full[:H], p["W_hh"])
        self._place(work.full[H], p["b_h"])
        self._place(work.full[H + 1 :], p["W_xh"])

    # ---- backward, around the steps

    def _begin_backward(self, work, dlast):
        work.carry[...] = 0
        W_hh = work.full[: self.hidden_size]
        work.back_of = [self._left(work, W_hh[:, g]).dot for g in self._h_gates()]

    def _load_dh(self, work, dh, dlast, start, stop):
        """Bring ``dh`` of one chunk into place, and add that of the last state."""
        chunk = work.dh[: stop - start]
        self._to_feature_major(work, dh[:, start:stop], chunk)
        if work.real is None:
            if stop == work.key[1]:
                chunk[-1] += dlast.T
            return
        np.copyto(chunk, 0, where=~work.real.T[start:stop, None])
        last = work.lengths - 1
        ends = np.flatnonzero((last >= start) & (last < stop))
        chunk[last[ends] - start, :, ends] += dlast[ends]

    def _products(self, work, dx, start, stop):
        """Add this chunk to the weight gradients, and write its ``dx``."""
        v = _side_by_side(work.v[start:stop], work.flat_v)
        e = _side_by_side(work.e[: stop - start], work.flat_e)
        pairs = self._gradient_products()
        if stop == work.key[1]:
            work.sums = [e[gates] @ v[rows].T for gates, rows in pairs]
        else:
            for total, (gates, rows) in zip(work.sums, pairs, strict=True):
                total += e[gates] @ v[rows].T
        x_gates = self._x_gates()
        d = work.full[self.hidden_size + 1 :, x_gates] @ e[x_gates]  # (D, k * B)
        d = d.reshape(self.input_size, stop - start, -1)
        np.copyto(dx[:, start:stop], d.transpose(2, 1, 0))

    def _gradient_products(self):
        """Pairs of gate rows and input rows whose products are weight gradients."""
        F = self.hidden_size + 1 + self.input_size
        return [(self._x_gates(), slice(0, F))]

    def _x_gates(self):
        """The rows of e that x enters."""
        return slice(0, self._columns(self._order))

    def _h_gates(self):
        """The rows of e that h enters, those of one product together."""
        return [self._x_gates()]

    def _parameter_grads(self, sums):
        H = self.hidden_size
        d = self._unplace(sums[0])  # (F, gates)
        return {"W_xh": d[H + 1 :], "W_hh": d[:H], "b_h": d[H]}


class RNN(_Recurrent):
    """Plain (Elman) recurrent layer with tanh, for batches of sequences.

    Parameters
    ----------
    input_size, hidden_size : int, D and H
    rng : int or numpy.random.Generator
    dtype : float32 or float64

    Attributes
    ----------
    params, grads : dict of ``W_xh (D, H)``, ``W_hh (H, H)``, ``b_h (H,)``
        Weights start uniform between plus and minus 1 / sqrt(H), biases at 0.

    Notes
    -----
    The equations of :func:`rnnbook.cells.rnn_step`. Elman (1990).
    """

    _a_blocks = 0  # h is all that is needed

    def _views(self, work):
        work.steps = list(zip(work.v[:-1], work.h[1:], strict=True))
        work.back = list(zip(work.dh, work.e, strict=True))

    def _forward_steps(self, work):
        gates_of = self._left(work, work.full[:, self._block(0)].T).dot
        for v, h in work.steps:
            gates_of(v, h)
            np.tanh(h, h)

    def _factors(self, work, start, stop):
        e = work.e[: stop - start]
        np.square(work.h[start + 1 : stop + 1], out=e)
        np.subtract(1, e, out=e)

    def _backward_steps(self, work, start, stop):
        carry, (back_of,) = work.carry, work.back_of
        for dh, e in reversed(work.back[: stop - start]):
            np.add(dh, carry, dh)
            np.multiply(dh, e, e)
            back_of(e, carry)


class LSTM(_Recurrent):
    """Long short-term memory with forget gate, for batches of sequences.

    Parameters
    ----------
    input_size, hidden_size : int, D and H
    rng : int or numpy.random.Generator
    dtype : float32 or float64

    Attributes
    ----------
    params, grads : dict of ``W_xh (D, 4H)``, ``W_hh (H, 4H)``, ``b_h (4H,)``
        Gates in the order i, f, g, o. Weights start uniform between plus and minus
        1 / sqrt(H), biases at 0, the forget gate's at 1.

    Notes
    -----
    The equations of :func:`rnnbook.cells.lstm_step`. Forget bias 1: Gers, Schmidhuber
    and Cummins (2000); Jozefowicz, Zaremba and Sutskever (2015).
    """

    # Blocks of a: o, i, f, g and the c that enters the step. So the three sigmoids are
    # one block, and (i, f) and (g, c) are two, whose product is summed to the next c.
    _states, _order, _a_blocks, _e_blocks = 2, (1, 2, 3, 0), 5, 4

    def _initial_params(self, rng):
        params = super()._initial_params(rng)
        params["b_h"][self._block(1)] = 1
        return params

    def _kept_states(self, work):
        return work.h, work.c

    def _views(self, work):
        B, T = work.key
        H, block = self.hidden_size, self._block
        work.c = work.a[:, block(4)]
        work.tanh_c = np.empty((T, H, B), self.dtype)
        work.products = np.empty((2 * H, B), self.dtype)
        work.from_h = np.empty((work.chunk, H, B), self.dtype)
        work.dc, work.dc_carry = np.empty((2, H, B), self.dtype)
        work.more_carry = [work.dc_carry]
        work.steps = []
        for t, a in enumerate(work.a[:T]):
            gates = a[block(0, 4)], a[block(0, 3)], a[block(1, 3)], a[block(3, 5)]
            after = work.c[t + 1], work.tanh_c[t], a[block(0)], work.h[t + 1]
            work.steps.append((work.v[t], *gates, *after))
        work.f = list(work.a[:, block(2)])
        work.back = []
        for dh, from_h, e in zip(work.dh, work.from_h, work.e, strict=True):
            work.back.append((dh, from_h, *e.reshape(4, H, B), e))

    def _forward_steps(self, work):
        H, half = self.hidden_size, work.half
        weights = self._left(work, work.full[:, self._block(0, 4)].T)
        weights[: 3 * H] *= half
        products, (ig, fc) = work.products, np.split(work.products, 2)
        gates_of, mul, add, tanh = weights.dot, np.multiply, np.add, np.tanh
        for v, gates, oif, i_f, g_c, c, tanh_c, o, h in work.steps:
            gates_of(v, gates)
            tanh(gates, gates)
            mul(oif, half, oif)
            add(oif, half, oif)
            mul(i_f, g_c, products)
            add(ig, fc, c)
            tanh(c, tanh_c)
            mul(o, tanh_c, h)

    def _begin_backward(self, work, dlast):
        super()._begin_backward(work, dlast)
        work.dc_carry[...] = 0
        # step: the columns that end there, and their gradient in c
        if work.real is None:
            work.dc_last = {work.key[1] - 1: (slice(None), dlast[1].T)}
            return
        work.dc_last = {}
        for t in np.unique(work.lengths - 1).tolist():
            columns = np.flatnonzero(work.lengths - 1 == t)
            work.dc_last[t] = columns, dlast[1][columns].T

    def _factors(self, work, start, stop):
        k, block = stop - start, self._block
        a, e, from_h = work.a[start:stop], work.e[:k], work.from_h[:k]
        h, tanh_c = work.h[start + 1 : stop + 1], work.tanh_c[start:stop]
        o, i, g = a[:, block(0)], a[:, block(1)], a[:, block(3)]
        i_f, g_c = a[:, block(1, 3)], a[:, block(3, 5)]
        e_o, e_if, e_g = e[:, block(0)], e[:, block(1, 3)], e[:, block(3)]
        np.multiply(h, tanh_c, out=from_h)
        np.subtract(o, from_h, out=from_h)  # dc / dh = o (1 - tanh(c)^2)
        np.multiply(h, o, out=e_o)
        np.subtract(h, e_o, out=e_o)  # tanh(c) o (1 - o)
        np.multiply(i_f, i_f, out=e_if)
        np.subtract(i_f, e_if, out=e_if)
        np.multiply(e_if, g_c, out=e_if)  # g i (1 - i) and c f (1 - f)
        np.multiply(g, g, out=e_g)
        np.multiply(e_g, i, out=e_g)
        np.subtract(i, e_g, out=e_g)  # i (1 - g^2)

    def _backward_steps(self, work, start, stop):
        carry, dc, dc_carry = work.carry, work.dc, work.dc_carry
        (back_of,) = work.back_of
        mul, add = np.multiply, np.add
        for t in reversed(range(start, stop)):
            dh, from_h, e_o, e_i, e_f, e_g, e = work.back[t - start]
            if t in work.dc_last:
                columns, d = work.dc_last[t]
                dc_carry[:, columns] += d
            add(dh, carry, dh)
            mul(dh, from_h, dc)
            add(dc, dc_carry, dc)
            mul(dh, e_o, e_o)
            mul(dc, e_i, e_i)
            mul(dc, e_f, e_f)
            mul(dc, e_g, e_g)
            mul(dc, work.f[t], dc_carry)
            back_of(e, carry)


class GRU(_Recurrent):
    """Gated recurrent unit, for batches of sequences, in both conventions.

    Parameters
    ----------
    input_size, hidden_size : int, D and H
    rng : int or numpy.random.Generator
    dtype : float32 or float64
    reset_after : bool
        Whether the reset gate acts after the product with ``W_hh`` (PyTorch, and Keras
        by default) or on ``h`` before it.

    Attributes
    ----------
    params, grads : dict of ``W_xh (D, 3H)``, ``W_hh (H, 3H)``, and of ``b_h (3H,)`` or,
        with ``reset_after``, ``b_xh (3H,)`` and ``b_hh (3H,)``
        Gates in the order r, z, n. Weights start uniform between plus and minus
        1 / sqrt(H), biases at 0.

    Notes
    -----
    The equations of :func:`rnnbook.cells.gru_reset_after_step` and
    :func:`rnnbook.cells.gru_step`. Cho et al. (2014), versions 1 and 3 of the preprint.
    """

    def __new__(
        cls, input_size=1, hidden_size=1, rng=0, dtype=np.float32, reset_after=True
    ):
        """An instance of the subclass for the convention: their steps differ."""
        if cls is GRU:
            cls = _GRUAfter if reset_after else _GRUBefore
        return super().__new__(cls)

    def __init__(
        self, input_size, hidden_size, rng=0, dtype=np.float32, reset_after=True
    ):
        if not isinstance(reset_after, bool | np.bool_):
            raise ValueError(
                f"reset_after: expected True or False, got {reset_after!r}"
            )
        super().__init__(input_size, hidden_size, rng, dtype)
        self.reset_after = bool(reset_after)

    def _sigmoids_from(self, work, gates):
        """The weights of r and z transposed, halved for the sigmoid through tanh."""
        weights = self._left(work, work.full[:, gates].T)
        weights *= work.half
        return weights.dot

    def _n_from_x(self, work, n):
        """Write what x and its bias give to n, for all steps at once."""
        H = self.hidden_size
        F = H + 1 + self.input_size
        weights = self._left(work, work.full[H:, n].T)
        np.matmul(weights, work.v[:-1, H:F], out=work.a[:-1, n])


class _GRUAfter(GRU):
    """The reset gate after the product: n = tanh(from x + r * (from h))."""

    # Blocks of a and e: n, r, z, and m, what h and its bias give to n. So x enters the
    # first three and h the last three.
    _order, _a_blocks, _e_blocks = (1, 2, 0), 4, 4
    _order_h = (1, 2, 3)

    def _initial_params(self, rng):
        params = super()._initial_params(rng)
        b = params.pop("b_h")
        return {**params, "b_xh": b, "b_hh": b.copy()}

    def _fold(self, work):
        H, p, full = self.hidden_size, self.params, work.full
        self._place(full[:H], p["W_hh"], self._order_h)
        self._place(full[H + 1 :], p["W_xh"])
        self._place(full[H], p["b_hh"], self._order_h)
        rz = self._block(1, 3)
        full[H, rz] += p["b_xh"][: 2 * H]
        full[H, self._block(0)] = p["b_xh"][2 * H :]

    def _views(self, work):
        H, block = self.hidden_size, self._block
        work.steps = []
        for v, a, h in zip(work.v[:-1], work.a[:-1], work.h[1:], strict=True):
            n, r, z, m = a.reshape(4, H, -1)
            work.steps.append((v, v[: H + 1], v[:H], a[block(1, 3)], n, r, z, m, h))
        work.back = [
            (dh, e.reshape(4, H, -1), e[block(1, 4)])
            for dh, e in zip(work.dh, work.e, strict=True)
        ]

    def _forward_steps(self, work):
        H, half, temporary = self.hidden_size, work.half, work.temporary
        sigmoids_of = self._sigmoids_from(work, self._block(1, 3))
        m_of = self._left(work, work.full[: H + 1, self._block(3)].T).dot
        self._n_from_x(work, self._block(0))
        mul, add, sub, tanh = np.multiply, np.add, np.subtract, np.tanh
        for v, h_1, h, rz, n, r, z, m, h_next in work.steps:
            sigmoids_of(v, rz)
            tanh(rz, rz)
            mul(rz, half, rz)
            add(rz, half, rz)
            m_of(h_1, m)
            mul(r, m, temporary)
            add(n, temporary, n)
            tanh(n, n)
            sub(h, n, temporary)  # h_next = n + z (h - n)
            mul(z, temporary, temporary)
            add(n, temporary, h_next)

    def _factors(self, work, start, stop):
        k, H = stop - start, self.hidden_size
        a, e = (b.reshape(len(b), 4, H, -1) for b in (work.a[start:stop], work.e[:k]))
        n, r, z, m = np.moveaxis(a, 1, 0)
        e_n, e_r, e_z, e_m = np.moveaxis(e, 1, 0)
        np.subtract(1, z, out=e_m)  # here a temporary, as e_r below
        np.subtract(work.h[start:stop], n, out=e_z)
        np.multiply(e_z, z, out=e_z)
        np.multiply(e_z, e_m, out=e_z)  # (h - n) z (1 - z)
        np.multiply(n, n, out=e_n)
        np.subtract(1, e_n, out=e_n)
        np.multiply(e_n, e_m, out=e_n)  # (1 - z) (1 - n^2)
        np.multiply(e_n, r, out=e_m)  # that of n times r
        np.subtract(1, r, out=e_r)
        np.multiply(e_r, m, out=e_r)
        np.multiply(e_r, e_m, out=e_r)  # that of n times m r (1 - r)

    def _backward_steps(self, work, start, stop):
        carry, temporary = work.carry, work.temporary
        (back_of,) = work.back_of
        z, mul, add = work.a[:, self._block(2)], np.multiply, np.add
        for t in reversed(range(start, stop)):
            dh, e, e_rzm = work.back[t - start]
            add(dh, carry, dh)
            mul(dh, e, e)
            back_of(e_rzm, carry)
            mul(dh, z[t], temporary)
            add(carry, temporary, carry)

    def _gradient_products(self):
        H = self.hidden_size
        h, x = slice(0, H + 1), slice(H, H + 1 + self.input_size)  # the 1 is in both
        return [(self._x_gates(), x), (self._block(1, 4), h)]

    def _h_gates(self):
        return [self._block(1, 4)]

    def _parameter_grads(self, sums):
        H = self.hidden_size
        x, h = self._unplace(sums[0]), self._unplace(sums[1], (0, 1, 2))
        return {"W_xh": x[1:], "W_hh": h[:H], "b_xh": x[0], "b_hh": h[H]}


class _GRUBefore(GRU):
    """The reset gate before the product: n = tanh(from x + from (r * h))."""

    # Blocks of a and e: r, z, n. Below [h; 1; x], v holds r * h.
    _order, _a_blocks, _e_blocks, _v_extra = (0, 1, 2), 3, 3, 1

    def _views(self, work):
        H, block = self.hidden_size, self._block
        F = H + 1 + self.input_size
        work.dr_h = np.empty_like(work.carry)
        work.steps = []
        for v, a, h in zip(work.v[:-1], work.a[:-1], work.h[1:], strict=True):
            gates = a[block(0, 2)], *a.reshape(3, H, -1)
            work.steps.append((v[:F], v[:H], v[F:], *gates, h))
        work.back = []
        for dh, e in zip(work.dh, work.e, strict=True):
            e_zn = e[block(1, 3)].reshape(2, H, -1)
            work.back.append((dh, e_zn, e[block(0)], e[block(2)], e[block(0, 2)]))

    def _forward_steps(self, work):
        H, half, temporary = self.hidden_size, work.half, work.temporary
        sigmoids_of = self._sigmoids_from(work, self._block(0, 2))
        n_of = self._left(work, work.full[:H, self._block(2)].T).dot
        self._n_from_x(work, self._block(2))
        mul, add, sub, tanh = np.multiply, np.add, np.subtract, np.tanh
        for v, h, r_h, rz, r, z, n, h_next in work.steps:
            sigmoids_of(v, rz)
            tanh(rz, rz)
            mul(rz, half, rz)
            add(rz, half, rz)
            mul(r, h, r_h)
            n_of(r_h, temporary)
            add(n, temporary, n)
            tanh(n, n)
            sub(h, n, temporary)  # h_next = n + z (h - n)
            mul(z, temporary, temporary)
            add(n, temporary, h_next)

    def _factors(self, work, start, stop):
        k, H = stop - start, self.hidden_size
        a, e = (b.reshape(len(b), 3, H, -1) for b in (work.a[start:stop], work.e[:k]))
        r, z, n = np.moveaxis(a, 1, 0)
        e_r, e_z, e_n = np.moveaxis(e, 1, 0)
        h = work.h[start:stop]
        np.subtract(1, z, out=e_r)  # here a temporary
        np.subtract(h, n, out=e_z)
        np.multiply(e_z, z, out=e_z)
        np.multiply(e_z, e_r, out=e_z)  # (h - n) z (1 - z)
        np.multiply(n, n, out=e_n)
        np.subtract(1, e_n, out=e_n)
        np.multiply(e_n, e_r, out=e_n)  # (1 - z) (1 - n^2)
        np.subtract(1, r, out=e_r)
        np.multiply(e_r, r, out=e_r)
        np.multiply(e_r, h, out=e_r)  # h r (1 - r), of the gradient in r * h

    def _backward_steps(self, work, start, stop):
        carry, temporary, dr_h = work.carry, work.temporary, work.dr_h
        back_of_rz, back_of_n = work.back_of
        r, z = work.a[:, self._block(0)], work.a[:, self._block(1)]
        mul, add = np.multiply, np.add
        for t in reversed(range(start, stop)):
            dh, e_zn, e_r, e_n, e_rz = work.back[t - start]
            add(dh, carry, dh)
            mul(dh, e_zn, e_zn)
            back_of_n(e_n, dr_h)
            mul(dr_h, e_r, e_r)
            back_of_rz(e_rz, carry)
            mul(dh, z[t], temporary)
            add(carry, temporary, carry)
            mul(dr_h, r[t], temporary)
            add(carry, temporary, carry)

    def _gradient_products(self):
        H = self.hidden_size
        F = H + 1 + self.input_size
        return [
            (self._block(0, 3), slice(H, F)),
            (self._block(0, 2), slice(0, H)),
            (self._block(2), slice(F, F + H)),
        ]

    def _h_gates(self):
        return [self._block(0, 2), self._block(2)]

    def _parameter_grads(self, sums):
        x = self._unplace(sums[0])
        W_hh = np.concatenate([sums[1].T, sums[2].T], axis=1)
        return {"W_xh": x[1:], "W_hh": W_hh, "b_h": x[0]}


class Linear:
    """Affine layer on the last axis, ``y = x W + b``.

    Parameters
    ----------
    input_size, output_size : int, D and K
    rng : int or numpy.random.Generator
    dtype : float32 or float64

    Attributes
    ----------
    params, grads : dict of ``W (D, K)``, ``b (K,)``
        W starts uniform between plus and minus 1 / sqrt(D), b at 0.
    """

    def __init__(self, input_size, output_size, rng=0, dtype=np.float32):
        self.input_size = _size("input_size", input_size)
        self.output_size = _size("output_size", output_size)
        self.dtype = _float_dtype(dtype)
        D, K = self.input_size, self.output_size
        W = _uniform(np.random.default_rng(rng), (D, K), D, self.dtype)
        self.params = {"W": W, "b": np.zeros(K, self.dtype)}
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        self._seen = None

    def forward(self, x):
        """Apply the layer.

        Parameters
        ----------
        x : (..., D) ndarray of the layer's dtype

        Returns
        -------
        (..., K) ndarray

        Raises
        ------
        ValueError
            If a shape or dtype is wrong, x is empty, or a value is NaN or infinite.
        """
        D, K = self.input_size, self.output_size
        _check_params(self.params, {"W": (D, K), "b": (K,)}, self.dtype)
        x = _array("x", x, self.dtype)
        if x.ndim == 0 or x.shape[-1] != D or x.size == 0:
            raise ValueError(
                f"x: expected shape (..., {D}) without a size of 0, got {x.shape}"
            )
        _check_finite("x", x)
        rows = x.reshape(-1, D).copy()
        self._seen = x.shape[:-1], rows, self.params["W"].copy()
        y = rows @ self.params["W"]
        y += self.params["b"]
        return y.reshape(*x.shape[:-1], K)

    def backward(self, dy):
        """Backpropagate through the last :meth:`forward`, and fill ``grads``.

        Parameters
        ----------
        dy : (..., K) ndarray

        Returns
        -------
        dx : (..., D) ndarray

        Raises
        ------
        RuntimeError
            If there is no forward pass to go back through.
        ValueError
            If the shape or dtype is wrong, or a value is NaN or infinite.
        """
        if self._seen is None:
            raise RuntimeError("backward: call forward first")
        shape, x, W = self._seen
        dy = _check_exact("dy", dy, (*shape, self.output_size), self.dtype)
        d = dy.reshape(-1, self.output_size)
        self.grads.update(W=x.T @ d, b=d.sum(axis=0))
        return (d @ W.T).reshape(*shape, self.input_size)


class Embedding:
    """A vector for each of V ids: row ``ids`` of a matrix.

    Parameters
    ----------
    num_embeddings, embedding_size : int, V and E
    rng : int or numpy.random.Generator
    dtype : float32 or float64

    Attributes
    ----------
    params, grads : dict of ``W (V, E)``
        W starts uniform between plus and minus 1 / sqrt(E).
    """

    def __init__(self, num_embeddings, embedding_size, rng=0, dtype=np.float32):
        self.num_embeddings = _size("num_embeddings", num_embeddings)
        self.embedding_size = _size("embedding_size", embedding_size)
        self.dtype = _float_dtype(dtype)
        shape = self.num_embeddings, self.embedding_size
        W = _uniform(np.random.default_rng(rng), shape, shape[1], self.dtype)
        self.params = {"W": W}
        self.grads = {"W": np.zeros_like(W)}
        self._ids = None

    def forward(self, ids):
        """Look the ids up.

        Parameters
        ----------
        ids : integer ndarray of any shape, from 0 to V - 1

        Returns
        -------
        (..., E) ndarray

        Raises
        ------
        ValueError
            If ids are not integers, out of range (also below 0), or none.
        """
        V, E = self.num_embeddings, self.embedding_size
        _check_params(self.params, {"W": (V, E)}, self.dtype)
        ids = np.asarray(ids)
        if not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(f"ids: expected integers, got {ids.dtype}")
        if ids.size == 0:
            raise ValueError(f"ids: expected at least one id, got shape {ids.shape}")
        if ids.min() < 0 or ids.max() >= V:
            raise ValueError(
                f"ids: expected 0 to {V - 1}, got {ids.min()} to {ids.max()}"
            )
        self._ids = ids.astype(np.intp)
        return self.params["W"][self._ids]

    def backward(self, dy):
        """Backpropagate through the last :meth:`forward`: fill ``grads``.

        Parameters
        ----------
        dy : (..., E) ndarray

        Raises
        ------
        RuntimeError
            If there is no forward pass to go back through.
        ValueError
            If the shape or dtype is wrong, or a value is NaN or infinite.
        """
        if self._ids is None:
            raise RuntimeError("backward: call forward first")
        E = self.embedding_size
        dy = _check_exact("dy", dy, (*self._ids.shape, E), self.dtype)
        # Sorted by id, the rows of one id are one run: summed at once, and in order.
        by_id = np.argsort(self._ids, axis=None, kind="stable")
        ids, starts = np.unique(self._ids.ravel()[by_id], return_index=True)
        W = np.zeros_like(self.params["W"])
        W[ids] = np.add.reduceat(dy.reshape(-1, E)[by_id], starts, axis=0)
        self.grads.update(W=W)
