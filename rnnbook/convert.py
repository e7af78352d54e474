"""Weights of the recurrent layers to and from ``torch.nn`` and ``keras.layers``.

What differs between the libraries:

=========  =====================  ==========================  =====================
           rnnbook                torch.nn                    keras.layers
=========  =====================  ==========================  =====================
matrices   ``(D, kH), (H, kH)``   transposed                  ``(D, kH), (H, kH)``
biases     one; GRU with          always two                  one; GRU with
           ``reset_after`` two                                ``reset_after`` two
LSTM       i, f, g, o             i, f, g, o                  i, f, g, o
GRU        r, z, n                r, z, n                     z, r, n
GRU kinds  both                   ``reset_after=True`` only   both
=========  =====================  ==========================  =====================

Values are copied. The frameworks are imported when a function is called.
"""

import numpy as np

from rnnbook.layers import GRU, LSTM, RNN

__all__ = ["to_torch", "from_torch", "to_keras", "from_keras"]

_KEPT = (0, 1, 2, 3)
_TORCH_NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
_KERAS_GRU = (1, 0, 2)  # r, z, n to z, r, n; the exchange is its own inverse


def _kind(layer, name):
    for kind in (RNN, LSTM, GRU):
        if isinstance(layer, kind):
            return kind
    raise ValueError(
        f"{name}: expected an RNN, LSTM or GRU, got {type(layer).__name__}"
    )


def _checked_params(layer):
    """The parameters of a layer, each as the layer itself expects it."""
    for name, shape in layer._shapes.items():
        p = layer.params.get(name)
        if not isinstance(p, np.ndarray):
            raise ValueError(
                f"layer: expected params[{name!r}] to be an array of shape {shape}, "
                f"got {'nothing' if p is None else type(p).__name__}"
            )
        if p.shape != shape or p.dtype != layer.dtype:
            raise ValueError(
                f"layer: expected params[{name!r}] in {layer.dtype} of shape {shape}, "
                f"got {p.dtype} of shape {p.shape}"
            )
    if more := layer.params.keys() - layer._shapes.keys():
        raise ValueError(
            f"layer: expected params {', '.join(layer._shapes)} only, got also "
            f"{', '.join(sorted(map(str, more)))}"
        )
    return layer.params


def _set_params(layer, **values):
    for name, value in values.items():
        layer.params[name][...] = value
    return layer


def to_torch(layer):
    """Make the ``torch.nn`` module that computes the same.

    Parameters
    ----------
    layer : RNN, LSTM or GRU of :mod:`rnnbook.layers`

    Returns
    -------
    torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        With ``batch_first=True`` and the layer's dtype. A single bias of the layer
        becomes ``bias_ih_l0``, beside zeros in ``bias_hh_l0``.

    Raises
    ------
    ValueError
        For a GRU with ``reset_after=False``, which PyTorch does not have, for what is
        no recurrent layer, and for ``params`` that the layer itself would refuse.
    """
    import torch

    kind = _kind(layer, "layer")
    if kind is GRU and not layer.reset_after:
        raise ValueError(
            "layer: expected a GRU with reset_after=True, got reset_after=False: "
            "torch.nn.GRU applies the reset gate after the product with W_hh, and no "
            "weights make it do so before"
        )
    p = _checked_params(layer)
    module = getattr(torch.nn, kind.__name__)(
        layer.input_size,
        layer.hidden_size,
        batch_first=True,
        dtype=getattr(torch, layer.dtype.name),
    )
    b = p.get("b_xh", p.get("b_h"))
    values = p["W_xh"].T, p["W_hh"].T, b, p.get("b_hh", np.zeros_like(b))
    with torch.no_grad():
        for name, value in zip(_TORCH_NAMES, values, strict=True):
            getattr(module, name).copy_(torch.from_numpy(value.copy()))
    return module


def from_torch(module):
    """Make the layer that computes the same as a ``torch.nn`` module.

    Parameters
    ----------
    module : torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        One layer, one direction; without biases they become zeros. Its parameters are
        read by their names.

    Returns
    -------
    RNN, LSTM or GRU of :mod:`rnnbook.layers`

    Raises
    ------
    ValueError
        For any other module, several layers, two directions, a projection, the relu
        activation, a dtype other than float32 and float64, weights that are computed
        from other parameters, as a weight norm does, or none yet (``meta``).
    """
    import torch

    kinds = {torch.nn.RNN: RNN, torch.nn.LSTM: LSTM, torch.nn.GRU: GRU}
    kind = kinds.get(type(module))
    if kind is None:
        raise ValueError(
            f"module: expected torch.nn.RNN, LSTM or GRU, got {type(module).__name__}"
        )
    needed = {"num_layers": 1, "bidirectional": False, "proj_size": 0}
    if kind is RNN:
        needed["nonlinearity"] = "tanh"
    _check_options("module", vars(module), needed)
    named = _torch_parameters(module)
    dtype = _checked_dtype("module", str(named["weight_ih_l0"].dtype).split(".")[-1])
    layer = kind(module.input_size, module.hidden_size, dtype=dtype)
    W_xh, W_hh, *b = (p.detach().cpu().numpy().T for p in named.values())
    b_xh, b_hh = b or (0, 0)
    b = {"b_xh": b_xh, "b_hh": b_hh} if kind is GRU else {"b_h": b_xh + b_hh}
    return _set_params(layer, W_xh=W_xh, W_hh=W_hh, **b)


def _torch_parameters(module):
    """The parameters by name, in the order of the names; each as PyTorch makes it."""
    names = _TORCH_NAMES if module.bias else _TORCH_NAMES[:2]
    found = dict(module.named_parameters())
    if found.keys() != set(names):
        raise ValueError(
            f"module: expected the parameters {', '.join(names)}, got "
            f"{', '.join(found)}; what computes a weight from others (weight norm, "
            "pruning, weight drop) has to be taken off first"
        )
    H, first = module.hidden_size, found[names[0]]
    rows = {"RNN": 1, "LSTM": 4, "GRU": 3}[type(module).__name__] * H
    shapes = (rows, module.input_size), (rows, H), (rows,), (rows,)
    for name, shape in zip(names, shapes, strict=False):
        _check_tensor(name, found[name], shape, first.dtype)
    return {name: found[name] for name in names}


def _check_tensor(name, p, shape, dtype):
    if p.is_meta:
        raise ValueError(
            f"module: expected weights in memory, got {name} on the device meta, "
            "which has a shape and no values"
        )
    if tuple(p.shape) != shape or p.dtype != dtype:
        raise ValueError(
            f"module: expected {name} in {dtype} of shape {shape}, "
            f"got {p.dtype} of shape {tuple(p.shape)}"
        )


def to_keras(layer):
    """Make the ``keras.layers`` layer that computes the same.

    Parameters
    ----------
    layer : RNN, LSTM or GRU of :mod:`rnnbook.layers`

    Returns
    -------
    keras.layers.SimpleRNN, keras.layers.LSTM or keras.layers.GRU
        Built, with the layer's dtype and convention, ``return_sequences=True`` and
        zeros where a mask is false, as here after the length of a sequence.

    Raises
    ------
    ValueError
        For what is no recurrent layer, and for ``params`` that the layer itself would
        refuse.
    """
    import keras

    kind = _kind(layer, "layer")
    p = _checked_params(layer)
    options = {"reset_after": layer.reset_after} if kind is GRU else {}
    made = getattr(keras.layers, "SimpleRNN" if kind is RNN else kind.__name__)(
        layer.hidden_size,
        return_sequences=True,
        zero_output_for_mask=True,
        dtype=layer.dtype.name,
        **options,
    )
    made.build((None, None, layer.input_size))
    H = layer.hidden_size
    b = np.stack([p["b_xh"], p["b_hh"]]) if "b_xh" in p else p["b_h"]
    order = _KERAS_GRU if kind is GRU else _KEPT
    made.set_weights([_reordered(a, H, order) for a in (p["W_xh"], p["W_hh"], b)])
    return made


def from_keras(layer):
    """Make the layer that computes the same as a ``keras.layers`` layer.

    Parameters
    ----------
    layer : keras.layers.SimpleRNN, keras.layers.LSTM or keras.layers.GRU
        Built; without biases they become zeros.

    Returns
    -------
    RNN, LSTM or GRU of :mod:`rnnbook.layers`

    Raises
    ------
    ValueError
        For any other layer, one not built, activations other than tanh and sigmoid,
        ``go_backwards``, ``stateful``, dropout, or a dtype other than float32 and
        float64.
    """
    import keras

    names = keras.layers
    kinds = {names.SimpleRNN: RNN, names.LSTM: LSTM, names.GRU: GRU}
    kind = kinds.get(type(layer))
    if kind is None:
        raise ValueError(
            "layer: expected keras.layers.SimpleRNN, LSTM or GRU, "
            f"got {type(layer).__name__}"
        )
    if not layer.built:
        raise ValueError("layer: expected a built layer, got one without weights")
    needed = {"activation": "tanh", "recurrent_activation": "sigmoid"}
    if kind is RNN:
        del needed["recurrent_activation"]
    needed |= {"go_backwards": False, "stateful": False}
    needed |= {"dropout": 0, "recurrent_dropout": 0}
    config = layer.get_config()
    _check_options("layer", config, needed)
    dtype = _checked_dtype("layer", layer.compute_dtype)
    options = {"reset_after": config["reset_after"]} if kind is GRU else {}
    W_xh, W_hh, *b = layer.get_weights()
    made = kind(W_xh.shape[0], layer.units, dtype=dtype, **options)
    order = _KERAS_GRU if kind is GRU else _KEPT
    W_xh, W_hh, *b = (_reordered(a, layer.units, order) for a in (W_xh, W_hh, *b))
    b = b[0] if b else 0
    if "b_xh" in made.params:
        b_xh, b_hh = (0, 0) if np.isscalar(b) else b
        return _set_params(made, W_xh=W_xh, W_hh=W_hh, b_xh=b_xh, b_hh=b_hh)
    return _set_params(made, W_xh=W_xh, W_hh=W_hh, b_h=b)


def _reordered(a, H, order):
    """The gates, H columns each, in another order."""
    gates = np.split(a, a.shape[-1] // H, axis=-1)
    return np.concatenate([gates[k] for k in order[: len(gates)]], axis=-1)


def _check_options(name, options, needed):
    for option, value in needed.items():
        if options[option] != value:
            raise ValueError(
                f"{name}: expected {option}={value!r}, got {options[option]!r}"
            )


def _checked_dtype(name, dtype):
    if dtype not in ("float32", "float64"):
        raise ValueError(f"{name}: expected float32 or float64, got {dtype}")
    return np.dtype(dtype)
