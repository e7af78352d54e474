"""Several layers as one: stacked, in both directions, with a residual connection.

Each takes layers of :mod:`rnnbook.layers`, or others of this module, and is used as one
of them ::

    stack = Stacked(Bidirectional(LSTM(D, H), LSTM(D, H, rng=1)), GRU(2 * H, H))
    h, state = stack.forward(x, state=None, lengths=None)
    dx, dstate = stack.backward(dh, dstate=None)

``params`` and ``grads`` are dicts whose names say where an array stands:
``"0.forward.W_xh"``. The arrays are those of the layers, so that an optimiser which
changes them in place changes the layers.
"""

import numpy as np

__all__ = ["Stacked", "Bidirectional", "Residual"]


class _Wrapper:
    """What the wrappers share: named parts, the sizes, the ready flag."""

    def __init__(self, parts):
        self._parts = parts
        layers = [layer for _, layer in parts]
        if len({id(layer) for layer in layers}) < len(layers):
            raise ValueError(
                f"layers: expected {len(layers)} layers of their own, got one twice: "
                "its second forward pass would overwrite what the first one kept"
            )
        found = [np.dtype(layer.dtype) for layer in layers]
        if len(set(found)) > 1:
            names = ", ".join(str(dtype) for dtype in found)
            raise ValueError(f"layers: expected one dtype for all, got {names}")
        self.dtype, self._ready = found[0], False

    @property
    def params(self):
        """Every array of every layer, ``{"0.W_xh": array}``."""
        return self._collected("params")

    @property
    def grads(self):
        """The gradients of the last ``backward``, with the names of ``params``."""
        return self._collected("grads")

    def _collected(self, which):
        return {
            f"{name}.{key}" if name else key: array
            for name, layer in self._parts
            for key, array in getattr(layer, which).items()
        }

    def _states(self, name, state, what):
        """The state as a tuple with one entry a part; ValueError otherwise."""
        n = len(self._parts)
        if state is None:
            return (None,) * n
        if not isinstance(state, tuple | list) or len(state) != n:
            got = type(state).__name__
            got = f"a {got} of {len(state)}" if isinstance(state, tuple | list) else got
            raise ValueError(f"{name}: expected {what}, got {got}")
        return tuple(state)

    def _check_ready(self):
        if not self._ready:
            raise RuntimeError("backward: call forward first")


def _run(layer, x, state, lengths, rng):
    """One layer forward; only what stands here knows of dropout."""
    more = {"rng": rng} if isinstance(layer, _Wrapper) else {}
    return layer.forward(x, state, lengths, **more)


class Stacked(_Wrapper):
    """Layers on top of one another: each reads all states of the one below.

    Parameters
    ----------
    *layers : layers, the lowest first
        Each has ``input_size`` equal to the ``hidden_size`` of the one below.
    dropout : float from 0 to below 1
        The share of entries set to zero on the way from each layer to the next, the
        others divided by what is left; not on the recurrent state, and not after the
        last layer. Only where ``forward`` gets an ``rng``.

    Attributes
    ----------
    params, grads : dict, ``{"0.W_xh": array, ...}``

    Raises
    ------
    ValueError
        Without layers, with one layer twice, or if sizes or dtypes do not fit.

    Notes
    -----
    As ``torch.nn.LSTM(num_layers=len(layers))``. Dropout on the connections that are
    not recurrent: Zaremba, Sutskever and Vinyals (2014).
    """

    def __init__(self, *layers, dropout=0.0):
        if not layers:
            raise ValueError("layers: expected at least one, got none")
        super().__init__([(str(k), layer) for k, layer in enumerate(layers)])
        for k, (below, above) in enumerate(zip(layers, layers[1:], strict=False)):
            if above.input_size != below.hidden_size:
                raise ValueError(
                    f"layers: expected layer {k + 1} to read {below.hidden_size}, the "
                    f"size of layer {k}, got input_size {above.input_size}"
                )
        if isinstance(dropout, bool) or not 0 <= dropout < 1:
            raise ValueError(f"dropout: expected from 0 to below 1, got {dropout!r}")
        self.layers, self.dropout = layers, float(dropout)
        self.input_size, self.hidden_size = layers[0].input_size, layers[-1].hidden_size

    def forward(self, x, state=None, lengths=None, rng=None):
        """Run all layers, the lowest first.

        Parameters
        ----------
        x : (B, T, D) ndarray
        state : tuple of the states of the layers, the lowest first, optional
        lengths : (B,) integers, optional
        rng : numpy.random.Generator, optional
            Draws what is dropped; without it nothing is.

        Returns
        -------
        h : (B, T, H) ndarray, the states of the last layer
        state : tuple of the last states of the layers

        Raises
        ------
        ValueError
            If the state is no tuple of one state a layer, or a layer refuses.
        """
        wanted = f"a tuple of {len(self.layers)} states, one a layer"
        states = self._states("state", state, wanted)
        self._ready, self._masks, last = False, [], []
        for k, layer in enumerate(self.layers):
            if k > 0:
                x = x * self._masks[-1] if self._drawn(x, rng) else x
            x, s = _run(layer, x, states[k], lengths, rng)
            last.append(s)
        self._ready = True
        return x, tuple(last)

    def _drawn(self, x, rng):
        """Draw which entries stay, if any are to go."""
        keep = None
        if rng is not None and self.dropout > 0:
            keep = (rng.random(x.shape) >= self.dropout) / (1 - self.dropout)
            keep = keep.astype(self.dtype)
        self._masks.append(keep)
        return keep is not None

    def backward(self, dh, dstate=None):
        """Back through all layers, the last first, and fill ``grads``.

        Parameters
        ----------
        dh : (B, T, H) ndarray
        dstate : as the state, optional

        Returns
        -------
        dx : (B, T, D) ndarray
        dstate : tuple, with respect to the initial states

        Raises
        ------
        RuntimeError
            If there is no forward pass to go back through.
        ValueError
            If ``dstate`` is no tuple of one state a layer, or a layer refuses.
        """
        self._check_ready()
        wanted = f"a tuple of {len(self.layers)} states, one a layer"
        arrived = self._states("dstate", dstate, wanted)
        first = []
        for k in reversed(range(len(self.layers))):
            dh, d = self.layers[k].backward(dh, arrived[k])
            first.insert(0, d)
            if k > 0 and self._masks[k - 1] is not None:
                dh = dh * self._masks[k - 1]
        return dh, tuple(first)


class Bidirectional(_Wrapper):
    """Two layers that read the same sequence, one of them from its end.

    Parameters
    ----------
    forward_layer, backward_layer : two layers of equal ``input_size``

    Attributes
    ----------
    params, grads : dict, ``{"forward.W_xh": array, "backward.W_xh": array, ...}``
    hidden_size : int, that of both together

    Raises
    ------
    ValueError
        For one layer twice, or if input sizes or dtypes differ.

    Notes
    -----
    Column t of the output holds side by side what the first layer knows of the steps up
    to t, and the second of those from t on. Schuster and Paliwal (1997).
    """

    def __init__(self, forward_layer, backward_layer):
        super().__init__([("forward", forward_layer), ("backward", backward_layer)])
        sizes = forward_layer.input_size, backward_layer.input_size
        if sizes[0] != sizes[1]:
            raise ValueError(
                "backward_layer: expected the input_size of forward_layer, "
                f"{sizes[0]}, got {sizes[1]}"
            )
        self.layers = forward_layer, backward_layer
        self.input_size = sizes[0]
        self.hidden_size = forward_layer.hidden_size + backward_layer.hidden_size

    def forward(self, x, state=None, lengths=None, rng=None):
        """Run both directions.

        Parameters
        ----------
        x : (B, T, D) ndarray
        state : pair of the states with which the two directions begin, optional
            The second one begins at the last real step.
        lengths : (B,) integers, optional
        rng : numpy.random.Generator, optional, for dropout within

        Returns
        -------
        h : (B, T, H_forward + H_backward) ndarray
        state : pair of the last states: after the last real step, and after column 0

        Raises
        ------
        ValueError
            If the state is no pair, or a layer refuses.
        """
        wanted = "a pair of states (forward, backward)"
        s_forward, s_backward = self._states("state", state, wanted)
        self._ready = False
        ahead, s_forward = _run(self.layers[0], x, s_forward, lengths, rng)
        self._lengths = None if lengths is None else np.asarray(lengths)
        turned = reversed_steps(np.asarray(x), self._lengths)
        back, s_backward = _run(self.layers[1], turned, s_backward, lengths, rng)
        self._ready = True
        h = np.concatenate([ahead, reversed_steps(back, self._lengths)], axis=2)
        return h, (s_forward, s_backward)

    def backward(self, dh, dstate=None):
        """Back through both directions, and fill ``grads``.

        Parameters
        ----------
        dh : (B, T, H_forward + H_backward) ndarray
        dstate : as the state, optional

        Returns
        -------
        dx : (B, T, D) ndarray
        dstate : pair, with respect to the initial states

        Raises
        ------
        RuntimeError
            If there is no forward pass to go back through.
        ValueError
            If ``dh`` has another shape, ``dstate`` is no pair, or a layer refuses.
        """
        self._check_ready()
        wanted = "a pair of states (forward, backward)"
        d_forward, d_backward = self._states("dstate", dstate, wanted)
        dh = np.asarray(dh)
        if dh.ndim != 3 or dh.shape[2] != self.hidden_size:
            raise ValueError(
                f"dh: expected shape (B, T, {self.hidden_size}), got {dh.shape}"
            )
        H = self.layers[0].hidden_size
        dx, d_forward = self.layers[0].backward(dh[:, :, :H], d_forward)
        turned = reversed_steps(dh[:, :, H:], self._lengths)
        dx_turned, d_backward = self.layers[1].backward(turned, d_backward)
        dx = dx + reversed_steps(dx_turned, self._lengths)
        return dx, (d_forward, d_backward)


class Residual(_Wrapper):
    """A layer whose output is added to its input: ``y = x + h``.

    Parameters
    ----------
    layer : a layer with ``input_size`` equal to ``hidden_size``

    Attributes
    ----------
    params, grads : dict, those of the layer

    Raises
    ------
    ValueError
        If the two sizes differ.

    Notes
    -----
    He, Zhang, Ren and Sun (2016); in stacked LSTMs, Wu et al. (2016).
    """

    def __init__(self, layer):
        super().__init__([("", layer)])
        if layer.input_size != layer.hidden_size:
            raise ValueError(
                f"layer: expected input_size equal to hidden_size, what comes in is "
                f"added to what goes out; got {layer.input_size} and "
                f"{layer.hidden_size}"
            )
        self.layer = layer
        self.input_size = self.hidden_size = layer.hidden_size

    def forward(self, x, state=None, lengths=None, rng=None):
        """Run the layer, and add its input.

        Parameters
        ----------
        x : (B, T, H) ndarray
        state, lengths, rng : as for the layer

        Returns
        -------
        y : (B, T, H) ndarray, zero after the last real step
        state : that of the layer

        Raises
        ------
        ValueError
            If input and output differ in shape, or the layer refuses.
        """
        self._ready = False
        h, state = _run(self.layer, x, state, lengths, rng)
        if h.shape != x.shape:
            raise ValueError(
                f"x: expected the shape of the output, {h.shape}, to be added to it, "
                f"got {x.shape}"
            )
        self._real = None
        if lengths is not None:
            steps = np.arange(x.shape[1])
            self._real = (steps < np.asarray(lengths)[:, None])[..., None]  # (B, T, 1)
            x = np.where(self._real, x, self.dtype.type(0))
        self._ready = True
        return x + h, state

    def backward(self, dy, dstate=None):
        """Back through the layer and past it, and fill ``grads``.

        Parameters
        ----------
        dy : (B, T, H) ndarray
        dstate : as the state of the layer, optional

        Returns
        -------
        dx : (B, T, H) ndarray
        dstate : that of the layer

        Raises
        ------
        RuntimeError
            If there is no forward pass to go back through.
        """
        self._check_ready()
        dx, dstate = self.layer.backward(dy, dstate)
        past = dy if self._real is None else np.where(self._real, dy, 0)
        return dx + past.astype(self.dtype, copy=False), dstate


def reversed_steps(a, lengths=None):
    """The steps of each sequence from its last real one to its first.

    Parameters
    ----------
    a : (B, T, ...) ndarray
    lengths : (B,) integers, optional
        What stands after the last real step stays where it is.

    Returns
    -------
    (B, T, ...) ndarray, a copy

    Notes
    -----
    Twice in a row it gives back what came in.
    """
    if lengths is None:
        return np.ascontiguousarray(a[:, ::-1])
    steps, n = np.arange(a.shape[1]), np.asarray(lengths)[:, None]
    order = np.where(steps < n, n - 1 - steps, steps)  # (B, T)
    return np.take_along_axis(a, order.reshape(*order.shape, *(1,) * (a.ndim - 2)), 1)
