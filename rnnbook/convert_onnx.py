"""Recurrent layers to and from ONNX, with the state as input and output.

What differs:

===========  =======================  ====================================
             rnnbook                  ONNX
===========  =======================  ====================================
matrices     ``(D, kH), (H, kH)``     ``W (1, kH, D)``, ``R (1, kH, H)``
biases       one; GRU with            always two, one behind the other:
             ``reset_after`` two      ``B (1, 2kH)``
LSTM         i, f, g, o               i, o, f, c (c is the candidate g)
GRU          r, z, n                  z, r, h (h is the candidate n)
GRU kinds    ``reset_after``          ``linear_before_reset``
sequences    ``(B, T, D)``            ``(T, B, D)``
states       ``(B, H)``               ``(1, B, H)``
===========  =======================  ====================================

Values are copied. ``onnx`` and ``onnxruntime`` are imported when a function is called;
``pip install -e ".[practice]"`` brings them.
"""

import os
import tempfile
from pathlib import Path

import numpy as np

from rnnbook.layers import GRU, LSTM, RNN, Linear

__all__ = ["to_onnx", "from_onnx", "folded"]

_OPSET = 17
_NAMES = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}
# The place of each of our gates in ONNX's order, and the way back.
_THERE = {"RNN": (0,), "GRU": (1, 0, 2), "LSTM": (0, 3, 1, 2)}
_BACK = {"RNN": (0,), "GRU": (1, 0, 2), "LSTM": (0, 2, 3, 1)}
# What a node may say and mean the layers of this course: other values are other layers.
_USUAL = {
    "direction": "forward",
    "layout": 0,
    "input_forget": 0,
    "activations": {
        "RNN": ["Tanh"],
        "GRU": ["Sigmoid", "Tanh"],
        "LSTM": ["Sigmoid", "Tanh", "Tanh"],
    },
}
_KNOWN = {*_USUAL, "hidden_size", "linear_before_reset"}


def _reordered(a, order):
    """Blocks along the last axis, in another order."""
    blocks = np.split(a, len(order), axis=-1)
    return np.concatenate([blocks[k] for k in order], axis=-1)


def _checked(model):
    """Raise ValueError unless this is a model, and not its path or its bytes."""
    import onnx

    if not isinstance(model, onnx.ModelProto):
        raise ValueError(
            "model: expected an onnx.ModelProto, as onnx.load(path) gives, got "
            f"{type(model).__name__}"
        )


def _text(value):
    """An attribute of a node, with text in place of bytes."""
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


def to_onnx(layer, head, facts=None):
    """Make the ONNX model of a recurrent layer and a head.

    Parameters
    ----------
    layer : RNN, LSTM or GRU of :mod:`rnnbook.layers`, in float32
    head : Linear, from H to the scores
    facts : dict of str, kept in the file beside the weights

    Returns
    -------
    onnx.ModelProto
        Inputs ``x (B, T, D)``, ``h (1, B, H)`` and for an LSTM ``c (1, B, H)``; outputs
        ``scores (B, T, V)``, ``h_new``, ``c_new``. All weights are constants of the
        file, so that tools that quantise find them.

    Raises
    ------
    ValueError
        If the layers are others, do not fit, or are not in float32.
    """
    from onnx import checker, helper, numpy_helper

    kind = next((name for name, one in _NAMES.items() if isinstance(layer, one)), None)
    if kind is None:
        raise ValueError(
            f"layer: expected an RNN, LSTM or GRU, got {type(layer).__name__}"
        )
    if not isinstance(head, Linear):
        raise ValueError(f"head: expected a Linear, got {type(head).__name__}")
    H = layer.hidden_size
    if head.params["W"].shape[0] != H:
        raise ValueError(
            f"head: expected {H} inputs, as many as the layer has units, got "
            f"{head.params['W'].shape[0]}"
        )
    kinds = layer.dtype, head.params["W"].dtype
    if any(dtype != np.float32 for dtype in kinds):
        raise ValueError(
            "layer, head: expected float32, got "
            f"{' and '.join(str(np.dtype(dtype)) for dtype in kinds)}"
        )
    for key, value in (facts or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise ValueError(
                f"facts: expected texts by name, got {key!r}: {type(value).__name__}"
            )

    p, there = layer.params, _THERE[kind]
    first = p.get("b_xh", p.get("b_h"))
    second = p.get("b_hh", np.zeros_like(first))
    both = [_reordered(b, there) for b in (first, second)]
    weights = {
        "W": _reordered(p["W_xh"], there).T[None],
        "R": _reordered(p["W_hh"], there).T[None],
        "B": np.concatenate(both)[None],
        "head_W": head.params["W"],
        "head_b": head.params["b"],
    }
    states = ["h", "c"] if kind == "LSTM" else ["h"]
    more = {"linear_before_reset": int("b_hh" in p)} if kind == "GRU" else {}
    D, size = p["W_xh"].shape[0], head.params["W"].shape[1]
    tensor = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Transpose", ["x"], ["steps"], perm=[1, 0, 2]),
        helper.make_node(
            kind,
            ["steps", "W", "R", "B", "", *states],
            ["all", *(f"{name}_new" for name in states)],
            hidden_size=H,
            **more,
        ),
        # (T, 1, B, H): the direction goes, the batch comes first again
        helper.make_node("Transpose", ["all"], ["turned"], perm=[2, 0, 1, 3]),
        helper.make_node("Reshape", ["turned", "three"], ["read"]),
        helper.make_node("MatMul", ["read", "head_W"], ["products"]),
        helper.make_node("Add", ["products", "head_b"], ["scores"]),
    ]
    constants = [
        numpy_helper.from_array(np.ascontiguousarray(a), name)
        for name, a in weights.items()
    ]
    constants.append(numpy_helper.from_array(np.array([0, 0, H]), "three"))
    graph = helper.make_graph(
        nodes,
        "reader",
        [tensor("x", 1, ["B", "T", D]), *(tensor(s, 1, [1, "B", H]) for s in states)],
        [
            tensor("scores", 1, ["B", "T", size]),
            *(tensor(f"{s}_new", 1, [1, "B", H]) for s in states),
        ],
        constants,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8
    )
    helper.set_model_props(model, facts or {})
    checker.check_model(model)
    return model


def from_onnx(model):
    """Read a recurrent layer, and the head behind it, out of an ONNX model.

    Parameters
    ----------
    model : onnx.ModelProto, with one ``RNN``, ``LSTM`` or ``GRU`` and one ``MatMul``

    Returns
    -------
    layer : RNN, LSTM or GRU
    head : Linear

    Raises
    ------
    ValueError
        If there is not exactly one of them, it is not a layer of this course (it reads
        backwards, or has other activations, peepholes, lengths), or its weights are
        computed in the graph; :func:`folded` makes constants of those.
    """
    from onnx import helper, numpy_helper

    _checked(model)
    nodes = [node for node in model.graph.node if node.op_type in _NAMES]
    heads = [node for node in model.graph.node if node.op_type == "MatMul"]
    if len(nodes) != 1 or len(heads) != 1:
        raise ValueError(
            "model: expected one RNN, LSTM or GRU and one MatMul, got "
            f"{[node.op_type for node in model.graph.node]}"
        )
    (node,), (product,) = nodes, heads
    kind = node.op_type
    said = {a.name: _text(helper.get_attribute_value(a)) for a in node.attribute}
    for name, value in said.items():
        usual = _USUAL.get(name)
        usual = usual[kind] if isinstance(usual, dict) else usual
        if name not in _KNOWN or (name in _USUAL and value != usual):
            raise ValueError(
                f"model: expected a {kind} with {name} {usual or 'left away'}, got "
                f"{value}"
            )
    inputs = [*node.input, *[""] * 8][:8]
    if inputs[4] or inputs[7]:
        what = "lengths of sequences" if inputs[4] else "peepholes"
        raise ValueError(f"model: expected a {kind} without {what}, got {node.input}")
    held = {a.name: numpy_helper.to_array(a) for a in model.graph.initializer}
    added = [
        n for n in model.graph.node
        if n.op_type == "Add" and product.output[0] in n.input
    ]  # fmt: skip
    biases = [name for n in added[:1] for name in n.input if name != product.output[0]]
    wanted = [*inputs[1:3], *filter(None, inputs[3:4]), product.input[1], *biases]
    computed = [name for name in wanted if name not in held]
    if computed:
        raise ValueError(
            f"model: expected weights that are constants, got {computed}, which the "
            "graph computes; rnnbook.convert_onnx.folded(file) makes constants of them"
        )
    W, R, head_W = (held[name] for name in (*inputs[1:3], product.input[1]))
    B = held[inputs[3]] if inputs[3] else np.zeros((1, 2 * W.shape[1]), W.dtype)
    head_b = held[biases[0]] if biases else np.zeros(head_W.shape[1], head_W.dtype)
    if head_W.shape[0] != R.shape[2] or W.dtype != np.float32:
        raise ValueError(
            f"model: expected float32 and a MatMul of {R.shape[2]} rows behind the "
            f"{kind}, got {W.dtype} and {head_W.shape}"
        )
    back, D, H = _BACK[kind], W.shape[2], R.shape[2]
    both = [_reordered(b, back) for b in np.split(B[0], 2)]
    options = {}
    if kind == "GRU":
        options = {"reset_after": bool(said.get("linear_before_reset", 0))}
    layer = _NAMES[kind](D, H, **options)
    values = {"W_xh": _reordered(W[0].T, back), "W_hh": _reordered(R[0].T, back)}
    if "b_hh" in layer.params:
        values |= {"b_xh": both[0], "b_hh": both[1]}
    else:
        values["b_h"] = both[0] + both[1]
    head = Linear(*head_W.shape)
    for target, source in ((layer, values), (head, {"W": head_W, "b": head_b})):
        for name, value in source.items():
            target.params[name][...] = value
    return layer, head


def folded(model):
    """Make constants of what does not depend on the inputs.

    PyTorch's exporter brings the gates into ONNX's order *in the graph*, at every run.
    ONNX Runtime does that once when it loads the file; here it is asked for the result.

    Parameters
    ----------
    model : onnx.ModelProto

    Returns
    -------
    onnx.ModelProto
    """
    import onnx
    import onnxruntime

    _checked(model)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "folded.onnx")
        options.optimized_model_filepath = path
        onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        found = onnx.load_from_string(Path(path).read_bytes())
    del found.graph.value_info[:]  # shapes that were inferred from the example
    return found
