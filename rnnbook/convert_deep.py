"""Weights of deep and bidirectional networks to and from ``torch.nn`` and Keras.

``torch.nn.LSTM(num_layers=2, bidirectional=True)`` is one module; here, and in Keras,
it is a stack of two bidirectional layers. How the states lie:

==========  ==============================================================
rnnbook     ``((h of layer 0, forward), (backward)), (layer 1 …)``: nested
torch.nn    ``h_n (layers * directions, B, H)``: layer 0 forward, layer 0
            backward, layer 1 forward, layer 1 backward; ``c_n`` likewise
Keras       after the output: forward h (c), backward h (c), of one layer
==========  ==============================================================

Values are copied. The frameworks are imported when a function is called.
"""

import numpy as np

from rnnbook import convert
from rnnbook.deep import Bidirectional, Stacked
from rnnbook.layers import GRU, LSTM, RNN

__all__ = [
    "to_torch",
    "from_torch",
    "to_keras",
    "from_keras",
    "state_to_torch",
    "state_from_torch",
]


def _plan(stack):
    """The first layer, and a list for each layer of its one or two directions."""
    if not isinstance(stack, Stacked):
        raise ValueError(f"stack: expected a Stacked, got {type(stack).__name__}")
    rows = [
        list(one.layers) if isinstance(one, Bidirectional) else [one]
        for one in stack.layers
    ]
    first = rows[0][0]
    for k, row in enumerate(rows):
        for layer in row:
            if not isinstance(layer, RNN | LSTM | GRU):
                raise ValueError(
                    f"stack: expected RNN, LSTM or GRU in layer {k}, got "
                    f"{type(layer).__name__}"
                )
    return first, rows


def _said(layer):
    kind = next(k.__name__ for k in (RNN, LSTM, GRU) if isinstance(layer, k))
    after = ""
    if kind == "GRU":
        after = f" with reset_after={layer.reset_after}"
    return f"{kind} of {layer.hidden_size}{after}"


def _same(first, rows):
    """ValueError unless one module of ``torch.nn`` can be all of it."""
    for k, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"stack: expected {len(rows[0])} directions in each layer, got "
                f"{len(row)} in layer {k}: torch.nn has one number for all"
            )
        for layer in row:
            if _said(layer) != _said(first):
                raise ValueError(
                    f"stack: expected layer {k} to be as the first, {_said(first)}, "
                    f"got {_said(layer)}"
                )


def _suffixes(layers, directions):
    return [
        [f"_l{k}" + "_reverse" * d for d in range(directions)] for k in range(layers)
    ]


def to_torch(stack):
    """Make the ``torch.nn`` module that computes the same.

    Parameters
    ----------
    stack : Stacked
        Of RNN, LSTM or GRU, or of Bidirectional of them, all of one kind and size.

    Returns
    -------
    torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        With ``batch_first=True``, ``num_layers``, ``bidirectional``, ``dropout`` and
        the dtype of the stack.

    Raises
    ------
    ValueError
        For what one module cannot be: other layers, several kinds, sizes or numbers
        of directions, a GRU with ``reset_after=False``.
    """
    import torch

    first, rows = _plan(stack)
    _same(first, rows)
    parts = [[convert.to_torch(layer) for layer in row] for row in rows]
    module = type(parts[0][0])(
        stack.input_size,
        first.hidden_size,
        num_layers=len(rows),
        bidirectional=len(rows[0]) == 2,
        dropout=stack.dropout if len(rows) > 1 else 0.0,
        batch_first=True,
        dtype=getattr(torch, stack.dtype.name),
    )
    with torch.no_grad():
        for row, names in zip(parts, _suffixes(len(rows), len(rows[0])), strict=True):
            for part, suffix in zip(row, names, strict=True):
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                    value = getattr(part, name + "_l0")
                    getattr(module, name + suffix).copy_(value)
    return module


def from_torch(module):
    """Make the stack that computes the same as a ``torch.nn`` module.

    Parameters
    ----------
    module : torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU

    Returns
    -------
    Stacked
        Of ``num_layers`` layers, each a Bidirectional if the module is; with the
        module's ``dropout`` between them.

    Raises
    ------
    ValueError
        For any other module, and for what :func:`rnnbook.convert.from_torch` refuses.
    """
    import torch

    kinds = torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU
    if type(module) not in kinds:
        raise ValueError(
            f"module: expected torch.nn.RNN, LSTM or GRU, got {type(module).__name__}"
        )
    if module.proj_size:
        raise ValueError(f"module: expected proj_size=0, got {module.proj_size}")
    directions = 2 if module.bidirectional else 1
    layers = []
    for k, row in enumerate(_suffixes(module.num_layers, directions)):
        size = directions * module.hidden_size if k else module.input_size
        found = [_one_of(module, size, suffix) for suffix in row]
        layers.append(Bidirectional(*found) if directions == 2 else found[0])
    return Stacked(*layers, dropout=module.dropout)


def _one_of(module, input_size, suffix):
    """One layer and direction of a module, as a layer of ours."""
    import torch

    named = dict(module.named_parameters())
    more = (
        {}
        if not isinstance(module, torch.nn.RNN)
        else {"nonlinearity": module.nonlinearity}
    )
    names = ("weight_ih", "weight_hh", *("bias_ih", "bias_hh") * module.bias)
    if missing := [name + suffix for name in names if name + suffix not in named]:
        raise ValueError(
            f"module: expected the parameters {', '.join(missing)}; what computes a "
            "weight from others (weight norm, pruning) has to be taken off first"
        )
    one = type(module)(
        input_size,
        module.hidden_size,
        bias=module.bias,
        dtype=named["weight_ih" + suffix].dtype,
        device=named["weight_ih" + suffix].device,
        **more,
    )
    with torch.no_grad():
        for name in names:
            getattr(one, name + "_l0").copy_(named[name + suffix])
    return convert.from_torch(one)


def to_keras(stack):
    """Make the list of Keras layers that, one after the other, compute the same.

    Parameters
    ----------
    stack : Stacked
        Of RNN, LSTM or GRU, or of Bidirectional of two of one kind and size.

    Returns
    -------
    list of keras.layers layers, built
        ``keras.layers.Bidirectional`` where the stack has one, with
        ``merge_mode="concat"``; all with ``return_sequences=True``. What the stack
        drops between its layers is ``keras.layers.Dropout`` in a model of your own.

    Raises
    ------
    ValueError
        For layers that have no counterpart.
    """
    import keras

    made = []
    for row in _plan(stack)[1]:
        parts = [convert.to_keras(layer) for layer in row]
        if len(row) == 2:
            _same(row[0], [row])
            parts[1] = _turned(parts[1])
            both = keras.layers.Bidirectional(
                parts[0], backward_layer=parts[1], dtype=stack.dtype.name
            )
            both.build((None, None, row[0].input_size))
            for layer, ours in zip(
                (both.forward_layer, both.backward_layer), row, strict=True
            ):
                layer.set_weights(convert.to_keras(ours).get_weights())
            parts = [both]
        made += parts
    return made


def _turned(layer):
    """The same Keras layer, that reads from the end."""
    return type(layer).from_config(
        layer.get_config() | {"go_backwards": True, "name": layer.name + "_backward"}
    )


def from_keras(layers):
    """Make the stack that computes the same as Keras layers one after the other.

    Parameters
    ----------
    layers : list of keras.layers.SimpleRNN, LSTM, GRU, or Bidirectional of them
        Built, each with ``return_sequences=True``.

    Returns
    -------
    Stacked

    Raises
    ------
    ValueError
        For an empty list, a layer that gives only its last state, a ``merge_mode``
        other than ``"concat"``, and for what :func:`rnnbook.convert.from_keras`
        refuses.
    """
    import keras

    if not isinstance(layers, list | tuple) or not layers:
        raise ValueError(f"layers: expected a list of Keras layers, got {layers!r}")
    found = []
    for k, layer in enumerate(layers):
        both = isinstance(layer, keras.layers.Bidirectional)
        if both and layer.merge_mode != "concat":
            raise ValueError(
                f"layers: expected merge_mode='concat' in layer {k}, got "
                f"{layer.merge_mode!r}"
            )
        parts = [layer.forward_layer, layer.backward_layer] if both else [layer]
        if not all(getattr(part, "return_sequences", False) for part in parts):
            raise ValueError(
                f"layers: expected return_sequences=True in layer {k}: what stands "
                "above it reads all states"
            )
        if both:
            parts[1] = _ahead(parts[1])
        ours = [convert.from_keras(part) for part in parts]
        found.append(Bidirectional(*ours) if both else ours[0])
    return Stacked(*found)


def _ahead(layer):
    """The backward layer of a Bidirectional, reading forwards, with its weights."""
    if not layer.built:
        raise ValueError("layers: expected built layers, got one without weights")
    made = type(layer).from_config(layer.get_config() | {"go_backwards": False})
    made.build((None, None, layer.get_weights()[0].shape[0]))
    made.set_weights(layer.get_weights())
    return made


def state_to_torch(stack, state):
    """The state of a stack as ``torch.nn`` takes and gives it.

    Parameters
    ----------
    stack : Stacked
    state : tuple of states, as :meth:`Stacked.forward` gives it

    Returns
    -------
    h_n : (layers * directions, B, H) ndarray, or the pair ``(h_n, c_n)`` for LSTMs

    Raises
    ------
    ValueError
        As :func:`to_torch`.
    """
    first, rows = _plan(stack)
    _same(first, rows)
    flat = [s for one in state for s in (one if len(rows[0]) == 2 else (one,))]
    if isinstance(first, LSTM):
        return tuple(np.stack([pair[k] for pair in flat]) for k in (0, 1))
    return np.stack(flat)


def state_from_torch(stack, state):
    """The state of ``torch.nn`` as the stack takes it: the inverse.

    Parameters
    ----------
    stack : Stacked
    state : (layers * directions, B, H) array, or a pair of them for LSTMs

    Returns
    -------
    tuple of states, one a layer

    Raises
    ------
    ValueError
        As :func:`to_torch`, and where the first axis is not layers times directions.
    """
    first, rows = _plan(stack)
    _same(first, rows)
    n, both = len(rows) * len(rows[0]), len(rows[0]) == 2
    arrays = [np.asarray(a) for a in (state if isinstance(first, LSTM) else (state,))]
    for a in arrays:
        if a.ndim != 3 or a.shape[0] != n:
            raise ValueError(
                f"state: expected {n} entries on the first axis, layers times "
                f"directions, got shape {a.shape}"
            )
    flat = list(zip(*arrays, strict=True)) if len(arrays) == 2 else list(arrays[0])
    return tuple((flat[k], flat[k + 1]) for k in range(0, n, 2)) if both else (*flat,)
